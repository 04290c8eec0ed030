// The HTTP host over real sockets, with a real server behind it.

import { randomBytes } from 'node:crypto';
import http from 'node:http';
import net from 'node:net';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import zlib from 'node:zlib';
import { afterEach, expect, test, vi } from 'vitest';
import { codingOf, KeptBodies } from '../../src/node/compression.ts';
import { HostFault } from '../../src/node/host-fault.ts';
import { openHttpHost, type HttpHost, type HttpHostOptions } from '../../src/node/http.ts';
import type { Answer } from '../../src/server/http-message.ts';
import { administratorToken, openWorld, type World } from '../server/world.ts';

interface Reply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly bytes: Buffer;
}

interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).toReversed()) await each[Symbol.asyncDispose]();
});

const local = { host: '127.0.0.1', port: 0 };
const errors: unknown[] = [];

async function openHost(options: Partial<HttpHostOptions> = {}): Promise<HttpHost> {
  const answer = async (): Promise<Answer> => ({ status: 204, headers: {}, body: '' });
  const host = await openHttpHost({ answer, listen: local, failed: (error) => errors.push(error), ...options });
  opened.push(host);
  return host;
}

async function openBoth(options: Partial<HttpHostOptions> = {}): Promise<{ host: HttpHost; world: World }> {
  const world = await openWorld();
  opened.push(world);
  return { world, host: await openHost({ answer: (request) => world.server.answer(request), ...options }) };
}

async function ask(host: HttpHost, path: string, { method = 'GET', headers = {}, body }: Asking = {}): Promise<Reply> {
  const request = http.request({ host: '127.0.0.1', port: host.address.port, path, method, headers, agent: false });
  request.end(body);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    rawHeaders: response.rawHeaders,
    bytes: Buffer.concat(parts),
  };
}

/** What comes back, until the other side closes, for octets sent as they are. */
async function speak(host: HttpHost, ...octets: readonly string[]): Promise<string> {
  const socket = net.connect(host.address.port, '127.0.0.1');
  let heard = '';
  socket.setEncoding('utf8').on('data', (text: string) => (heard += text));
  socket.on('error', () => undefined);
  for (const each of octets) socket.write(each);
  await once(socket, 'close');
  return heard;
}

const bearer = { authorization: `Bearer ${administratorToken}` };
const people = (count: number): { name: string; mail: string; department: string }[] =>
  Array.from({ length: count }, (_, at) => ({ name: `Person ${at}`, mail: `p${at}@example.com`, department: 'Works' }));

test('log-in, book and log-out over a socket', async () => {
  const { host, world } = await openBoth();
  await world.people({ name: 'Ada' });
  await world.account('ben', 'a long password');
  const body = JSON.stringify({ user: 'ben', password: 'a long password' });
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  const logIn = await ask(host, '/v1/session', { method: 'POST', headers, body });
  expect(logIn.status).toBe(200);
  const { token } = JSON.parse(logIn.bytes.toString()) as { token: string };
  const authorization = { authorization: `Bearer ${token}` };
  const book = await ask(host, '/v1/book', { headers: authorization });
  expect(JSON.parse(book.bytes.toString())).toMatchObject({ revision: 1, persons: [[expect.any(String), 'Ada']] });
  expect((await ask(host, '/v1/session', { method: 'DELETE', headers: authorization })).status).toBe(204);
  expect((await ask(host, '/v1/book', { headers: authorization })).status).toBe(401);
});

test('an answer carries no header that nobody needs', async () => {
  const { host, world } = await openBoth();
  await world.people({ name: 'Ada' });
  const { rawHeaders } = await ask(host, '/v1/changes?after=0', { headers: { ...bearer, connection: 'keep-alive' } });
  const names = rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
  expect(new Set(names)).toEqual(new Set(['content-type', 'etag', 'cache-control', 'content-length']));
});

test('nothing new is a 304 with its tag and nothing else', async () => {
  const { host, world } = await openBoth();
  await world.people({ name: 'Ada' });
  const { headers: first } = await ask(host, '/v1/changes?after=0', { headers: bearer });
  const headers = { ...bearer, 'if-none-match': first.etag ?? '', 'accept-encoding': 'br' };
  const reply = await ask(host, '/v1/changes?after=1', { headers });
  expect(reply).toMatchObject({ status: 304, headers: { etag: first.etag } });
  expect(reply.bytes).toHaveLength(0);
  expect(reply.headers['content-type']).toBeUndefined();
});

const unpack = { br: zlib.brotliDecompressSync, gzip: zlib.gunzipSync, zstd: zlib.zstdDecompressSync };

test.each(['br', 'gzip', 'zstd'] as const)(
  '%s: the book and a change list, compressed, are the same',
  async (coding) => {
    const { host, world } = await openBoth();
    await world.people(...people(500));
    for (const path of ['/v1/book', '/v1/changes?after=0', '/v1/persons?limit=5']) {
      const plain = await ask(host, path, { headers: bearer });
      const packed = await ask(host, path, { headers: { ...bearer, 'accept-encoding': coding } });
      expect(packed.headers).toMatchObject({ 'content-encoding': coding, vary: expect.stringContaining('encoding') });
      expect(packed.bytes.length).toBeLessThan(plain.bytes.length / 2);
      expect(unpack[coding](packed.bytes).equals(plain.bytes)).toBe(true);
    }
  },
);

test.each([
  [undefined, undefined],
  ['', undefined],
  ['identity', undefined],
  ['gzip, deflate, br, zstd', 'br'],
  ['gzip, deflate', 'gzip'],
  ['gzip;q=1.0, br;q=0.5', 'gzip'],
  ['br;q=0, *', 'zstd'],
  ['*;q=0', undefined],
  ['gzip;q=nonsense', undefined],
  ['x'.repeat(10_000), undefined],
])('Accept-Encoding %s chooses %s', (header, coding) => {
  expect(codingOf(header)).toBe(coding);
});

test('what is short, and what holds secrets, is not compressed', async () => {
  const { host, world } = await openBoth();
  await world.people({ name: 'Ada' });
  await world.account('ben', 'a long password');
  const accept = { 'accept-encoding': 'br' };
  const short = await ask(host, '/v1/changes?after=1', { headers: { ...bearer, ...accept } });
  expect(short.headers['content-encoding']).toBeUndefined();
  const body = JSON.stringify({ user: 'ben', password: 'a long password' });
  const headers = { ...accept, 'content-type': 'application/json' };
  const session = await ask(host, '/v1/session', { method: 'POST', headers, body });
  expect(session.bytes.length).toBeGreaterThan(150);
  expect(session.headers['content-encoding']).toBeUndefined();
});

test('the whole book is read and compressed once a revision, for all who ask at the same time', async () => {
  let read = 0;
  const book = async (): Promise<Answer> => ({
    status: 200,
    headers: { etag: '"b.1"', 'content-type': 'application/json', 'cache-control': 'private, no-cache' },
    sameForAll: true,
    body: (async function* () {
      read += 1;
      await pause(20);
      yield 'x'.repeat(10_000);
    })(),
  });
  const host = await openHost({ answer: book });
  const headers = { 'accept-encoding': 'br' };
  const replies = await Promise.all(Array.from({ length: 8 }, () => ask(host, '/v1/book', { headers })));
  replies.push(await ask(host, '/v1/book', { headers }));
  for (const { bytes } of replies) expect(zlib.brotliDecompressSync(bytes)).toHaveLength(10_000);
  expect(read).toBe(1);
  expect((await ask(host, '/v1/book')).bytes).toHaveLength(10_000);
  expect(read).toBe(2);
});

test('a book too large to keep flows to each who asks, whole', async () => {
  const kept = new KeptBodies(50);
  const pieces = async function* (): AsyncGenerator<string> {
    for (let at = 0; at < 20; at += 1) yield `piece ${at};`;
  };
  for (let asker = 0; asker < 2; asker += 1) {
    const body = await kept.body('tag', pieces(), 'br');
    let text = '';
    if (body.kind === 'flowing') for await (const piece of body.pieces) text += piece;
    expect(text).toBe(Array.from({ length: 20 }, (_, at) => `piece ${at};`).join(''));
  }
});

test('who leaves a book too large to keep while its beginning is handed out ends the reading of it', async () => {
  let ended = false;
  const pieces = async function* (): AsyncGenerator<string> {
    try {
      for (;;) yield 'a piece';
    } finally {
      ended = true;
    }
  };
  const body = await new KeptBodies(50).body('tag', pieces(), undefined);
  if (body.kind === 'flowing') for await (const _piece of body.pieces) break;
  expect(ended).toBe(true);
});

test('a book that cannot be read is 503, is reported, and is tried again for the next who asks', async () => {
  errors.length = 0;
  let broken = true;
  const host = await openHost({
    answer: async () => ({
      status: 200,
      headers: { etag: '"b.1"' },
      sameForAll: true,
      body: (async function* () {
        if (broken) throw new HostFault('the disk failed');
        yield 'all is well';
      })(),
    }),
  });
  const reply = await ask(host, '/v1/book');
  expect(reply).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
  expect(reply.headers.etag).toBeUndefined();
  expect(errors).toEqual([expect.any(HostFault)]);
  broken = false;
  expect((await ask(host, '/v1/book')).bytes.toString()).toBe('all is well');
});

test('a defect of ours is 500, is reported, and tells the asker nothing', async () => {
  errors.length = 0;
  const host = await openHost({ answer: () => Promise.reject(new TypeError('secret')) });
  const reply = await ask(host, '/');
  expect(reply.status).toBe(500);
  expect(reply.bytes.toString()).not.toContain('secret');
  expect(errors).toHaveLength(1);
});

test('a body of 2 MB is 413, whether its length is told or not, and the connection ends', async () => {
  const { host } = await openBoth();
  const headers = { ...bearer, 'content-type': 'application/json' };
  const told = await ask(host, '/v1/persons', { method: 'POST', headers, body: 'x'.repeat(2_000_000) });
  expect(told).toMatchObject({ status: 413, headers: { connection: 'close' } });
  const start = `POST /v1/persons HTTP/1.1\r\nHost: x\r\nAuthorization: ${bearer.authorization}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;
  const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
  expect(await speak(host, start, ...Array.from({ length: 20 }, () => chunk))).toMatch(/^HTTP\/1\.1 413 /);
});

test('who is not logged in is told so before the body has come, and cannot go on sending', async () => {
  const { host } = await openBoth();
  const start =
    'POST /v1/admin/import HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 60000000\r\n\r\n';
  const heard = await speak(host, start);
  expect(heard).toMatch(/^HTTP\/1\.1 401 /);
  expect(heard.toLowerCase()).toContain('connection: close');
});

test('a connection that ends in the middle of a body is no defect of ours', async () => {
  errors.length = 0;
  let outcome: unknown;
  const done = Promise.withResolvers<void>();
  const host = await openHost({
    answer: async (request) => {
      outcome = await request.body(1000);
      done.resolve();
      return { status: 204, headers: {}, body: '' };
    },
  });
  const socket = net.connect(host.address.port, '127.0.0.1');
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 100\r\n\r\nhalf');
  await pause(50);
  socket.destroy();
  await done.promise;
  expect(outcome).toEqual({ kind: 'cut-off' });
  expect(errors).toEqual([]);
});

test.each(['identity', 'br'])('who goes away in the middle of a book (%s) ends the reading of it', async (accept) => {
  errors.length = 0;
  const ended = Promise.withResolvers<void>();
  const endless = async function* (): AsyncGenerator<string> {
    try {
      for (let piece = 0; ; piece += 1) {
        yield String(piece).repeat(10_000);
        await pause(1);
      }
    } finally {
      ended.resolve();
    }
  };
  const headers = { 'cache-control': 'no-cache' };
  const host = await openHost({ answer: async () => ({ status: 200, headers, body: endless() }) });
  const socket = net.connect(host.address.port, '127.0.0.1');
  socket.write(`GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: ${accept}\r\n\r\n`);
  await once(socket, 'data');
  socket.destroy();
  await ended.promise;
  expect(errors).toEqual([]);
});

test.each(['identity', 'br'])('who stops reading in the middle of a book (%s) is parted with', async (accept) => {
  errors.length = 0;
  const ended = Promise.withResolvers<void>();
  const endless = async function* (): AsyncGenerator<string> {
    try {
      for (;;) yield randomBytes(50_000).toString('base64');
    } finally {
      ended.resolve();
    }
  };
  const host = await openHost({
    answer: async () => ({ status: 200, headers: {}, body: endless() }),
    limits: { silentReaderMilliseconds: 100 },
  });
  const socket = net.connect(host.address.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(`GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: ${accept}\r\n\r\n`);
  await ended.promise;
  socket.destroy();
  expect(errors).toEqual([]);
});

test('a book that fails in the middle ends the connection, so that nobody takes a part for the whole', async () => {
  errors.length = 0;
  const failing = async function* (): AsyncGenerator<string> {
    yield 'x'.repeat(100_000);
    throw new HostFault('the disk failed');
  };
  const host = await openHost({ answer: async () => ({ status: 200, headers: {}, body: failing() }) });
  await expect(ask(host, '/')).rejects.toThrow(/aborted|socket hang up/);
  expect(errors).toEqual([expect.any(HostFault)]);
});

test('a body that is not UTF-8 is 400', async () => {
  const { host } = await openBoth();
  const headers = { ...bearer, 'content-type': 'application/json' };
  const reply = await ask(host, '/v1/persons', { method: 'POST', headers, body: Buffer.from([0x22, 0xff, 0x22]) });
  expect(reply).toMatchObject({ status: 400, headers: { 'content-type': 'application/problem+json' } });
});

test('a body that trickles in is cut off', async () => {
  const { host } = await openBoth({
    limits: { requestMilliseconds: 200, headersMilliseconds: 200, checkMilliseconds: 50 },
  });
  const start = `POST /v1/persons HTTP/1.1\r\nHost: x\r\nAuthorization: ${bearer.authorization}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`;
  expect(await speak(host, start)).toMatch(/^(HTTP\/1\.1 408 [\s\S]*problem\+json[\s\S]*)?$/);
  expect(await speak(host, 'GET / HTTP/1.1\r\nHost:')).toMatch(/^HTTP\/1\.1 408 /);
});

test.each([
  ['no HTTP at all', 'hello\r\n\r\n', 400],
  ['a method that nobody knows', 'FROB /v1/book HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 400],
  ['a method that HTTP knows and we do not', 'PROPFIND /v1/book HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 405],
  ['headers without end', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`, 431],
  [
    'two lengths (request smuggling)',
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
    400,
  ],
  [
    'a length and chunks',
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    400,
  ],
  ['a path that cannot be decoded', 'GET /v1/persons/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 401],
  ['a path with dots', 'GET /v1/../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 404],
])('%s is answered with a problem document', async (_, octets, status) => {
  const { host } = await openBoth();
  const heard = await speak(host, octets);
  expect(heard).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(heard).toMatch(/application\/problem\+json/i);
});

test('HEAD has the headers of GET and no body', async () => {
  const { host, world } = await openBoth();
  await world.people({ name: 'Ada' });
  const reply = await ask(host, '/v1/changes?after=0', { method: 'HEAD', headers: bearer });
  expect(reply).toMatchObject({ status: 200, headers: { etag: expect.any(String) } });
  expect(reply.bytes).toHaveLength(0);
});

test('a connection is kept without a word, and ended where that is asked for', async () => {
  const host = await openHost();
  const get = 'GET / HTTP/1.1\r\nHost: x\r\n';
  const heard = await speak(host, `${get}\r\n`, `${get}\r\n`, `${get}Connection: close\r\n\r\n`);
  expect(heard.match(/HTTP\/1\.1 204/g)).toHaveLength(3);
  expect(await speak(host, 'GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 204/);
});

test('many at once on kept connections are all answered', async () => {
  const { host, world } = await openBoth();
  await world.people(...people(50));
  const statuses = await Promise.all(
    Array.from({ length: 200 }, async () => (await ask(host, '/v1/changes?after=0', { headers: bearer })).status),
  );
  expect(new Set(statuses)).toEqual(new Set([200]));
});

test('a taken port is said in the administrator’s words', async () => {
  const host = await openHost();
  await expect(openHost({ listen: { host: '127.0.0.1', port: host.address.port } })).rejects.toThrow(HostFault);
});

test('a stop answers those who wait, then nobody', async () => {
  const asked = Promise.withResolvers<void>();
  const reply = Promise.withResolvers<Answer>();
  const host = await openHost({
    answer: () => {
      asked.resolve();
      return reply.promise;
    },
  });
  const waiting = ask(host, '/');
  await asked.promise;
  const stopped = host[Symbol.asyncDispose]();
  reply.resolve({ status: 200, headers: {}, body: 'waited' });
  await stopped;
  opened.splice(opened.indexOf(host), 1);
  expect((await waiting).bytes.toString()).toBe('waited');
  await expect(ask(host, '/')).rejects.toThrow(/ECONNREFUSED/);
});

test.each([
  ['a request', 'GET / HTTP/1.1\r\nHo'],
  ['a body', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf'],
])('%s that stops in its middle does not hold a stop', async (_, octets) => {
  const host = await openHost({
    answer: async (request) => {
      await request.body(1000);
      return { status: 204, headers: {}, body: '' };
    },
    limits: { stopMilliseconds: 50 },
  });
  const accepted = once(host.server, 'connection') as Promise<[net.Socket]>;
  const socket = net.connect(host.address.port, '127.0.0.1');
  socket.on('error', () => undefined);
  const ended = once(socket, 'close');
  socket.resume().write(octets);
  const [served] = await accepted;
  // Node's parser takes the octets from the handle itself, so there is no event to wait for.
  await vi.waitUntil(() => served.bytesRead === octets.length);
  await host[Symbol.asyncDispose]();
  opened.splice(opened.indexOf(host), 1);
  await ended;
});

test('what else is registered is served beside the API, and upgrades are left to others', async () => {
  const { host } = await openBoth({ prepare: (app) => void app.get('/', async () => 'a page') });
  expect((await ask(host, '/')).bytes.toString()).toBe('a page');
  expect((await ask(host, '/v1/nothing')).status).toBe(404);
  host.server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 101 Mine\r\n\r\n'));
  const heard = await speak(host, 'GET /sip HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  expect(heard).toMatch(/^HTTP\/1\.1 101 Mine/);
});
