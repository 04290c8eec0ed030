// The PC client as a server gives it: a folder of files that a build has made. Each address that is not the API's and
// that a browser opens as a page is answered with the one page there is, which reads the address itself.
//
// What is below `/assets/` has the hash of its content in its name, so it is kept for ever; everything else is asked for
// again each time, and answered by entity tag. All of it is read when it is first asked for, and anew once it was built anew.

import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { matches } from '../server/http-message.ts';
import { codingOf, compressedForMany, type Coding } from './compression.ts';

interface PageFile {
  readonly octets: Buffer;
  readonly type: string;
  readonly etag: string;
  readonly packed: Map<Coding, Promise<Buffer>>;
}

type PageFiles = ReadonlyMap<string, PageFile>;

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
};
const packable: ReadonlySet<string> = new Set(['.html', '.js', '.css', '.svg', '.webmanifest']);

const pagePath = '/index.html';
/** What is not the page's, whatever a browser asks for there. */
const others = /^\/(?:v1|health|scim|sip)(?:\/|$)/;

/** Answers for the page's files before anything else does; the rest of `app` has the rest. */
export function servePage(folder: string): (app: FastifyInstance) => void {
  const files = filesOf(folder);
  return (app) =>
    app.addHook('onRequest', async (request, reply) => {
      if (request.method !== 'GET' && request.method !== 'HEAD') return;
      const path = request.url.split('?', 1)[0] ?? '/';
      if (others.test(path)) return;
      const all = await files();
      const file = all.get(path) ?? (isPage(request, path) ? (all.get(pagePath) ?? notBuilt) : undefined);
      if (file !== undefined) await send({ request, reply }, file, path);
    });
}

/** A browser says that it wants a page; a program that asks for an address which is not there is told so by the API. */
const isPage = ({ headers }: FastifyRequest, path: string): boolean =>
  path === '/' || (headers.accept ?? '').includes('text/html');

function filesOf(folder: string): () => Promise<PageFiles> {
  let builtAt: number | undefined;
  let files: Promise<PageFiles> = Promise.resolve(new Map());
  return async () => {
    const index = await stat(join(folder, pagePath)).catch(() => undefined);
    if (index?.mtimeMs !== builtAt) {
      builtAt = index?.mtimeMs;
      files = builtAt === undefined ? Promise.resolve(new Map()) : readAll(folder);
    }
    return files;
  };
}

async function readAll(folder: string): Promise<PageFiles> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = await Promise.all(
    paths.map(async (path): Promise<readonly [string, PageFile]> => {
      const name = path.slice(folder.length).split(sep).join('/');
      return [name, pageFile(await readFile(path), types[extname(path)])];
    }),
  );
  return new Map(files);
}

const pageFile = (octets: Buffer, type = 'application/octet-stream'): PageFile => ({
  octets,
  type,
  etag: createHash('sha256').update(octets).digest('base64url').slice(0, 22),
  packed: new Map(),
});

const notBuilt = pageFile(
  Buffer.from(
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Rollcall</title>' +
      '<h1>The page of the PC client is not built</h1>' +
      '<p>Build it with <code>npm run build</code> and load this page again. The server itself runs.</p></html>\n',
  ),
  types['.html'],
);

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

async function send({ request, reply }: Exchange, file: PageFile, path: string): Promise<void> {
  const coding = packable.has(extname(path) || '.html') ? codingOf(request.headers['accept-encoding']) : undefined;
  // One tag a representation (RFC 9110 §8.8.3.3).
  const etag = coding === undefined ? file.etag : `${file.etag}-${coding}`;
  reply.headers({
    'cache-control': path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag: `"${etag}"`,
    'x-content-type-options': 'nosniff',
    ...(file.type === types['.html'] && pageRules(request.headers.host)),
    ...(packable.has(extname(path) || '.html') && { vary: 'accept-encoding' }),
  });
  if (file === notBuilt) reply.code(404);
  else if (matches(request.headers['if-none-match'], etag)) {
    await reply.code(304).send();
    return;
  }
  reply.header('content-type', file.type);
  if (coding !== undefined) reply.header('content-encoding', coding);
  const octets = coding === undefined ? file.octets : await packedBy(file, coding);
  await (request.method === 'HEAD' ? reply.header('content-length', octets.length).send() : reply.send(octets));
}

function packedBy({ octets, packed }: PageFile, coding: Coding): Promise<Buffer> {
  const known = packed.get(coding);
  if (known !== undefined) return known;
  const made = compressedForMany(octets, coding);
  packed.set(coding, made);
  return made;
}

/** What the page may do: run its own code, show what it holds, talk to its own server. No other site may show it. */
function pageRules(host = ''): Readonly<Record<string, string>> {
  // Not every browser takes `'self'` for the WebSocket of the same host.
  const sockets = /^[\w.:[\]-]{1,255}$/.test(host) ? ` ws://${host} wss://${host}` : '';
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    `connect-src 'self'${sockets}`,
    "manifest-src 'self'",
    "worker-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
  ];
  return {
    'content-security-policy': policy.join('; '),
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
  };
}
