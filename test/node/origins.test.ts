// Pages of other sites: which may ask, over HTTP and by WebSocket, on real sockets.

import { once } from 'node:events';
import http from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { openHttpHost } from '../../src/node/http.ts';
import { readOrigin } from '../../src/node/origins.ts';
import { openWorld } from '../server/world.ts';
import { afterTest, closeAll, loopback, sockets } from './sip-world.ts';

afterEach(closeAll);

const allowedOrigins = ['https://intranet.example.com', 'http://localhost:3000'];

test('a site is named as browsers name it; what says more, or less, is none', () => {
  expect(readOrigin('https://Intranet.example.com')).toBe('https://intranet.example.com');
  expect(readOrigin('https://intranet.example.com:443/')).toBe('https://intranet.example.com');
  for (const text of ['*', 'null', 'intranet.example.com', 'https://a/b', 'https://a?b', 'https://u@a', 'ftp://a', ''])
    expect(readOrigin(text)).toBeUndefined();
});

test.each([
  ['a program, which names none', undefined, 101],
  ['a page of the own host', 'own', 101],
  ['a page of a site that is listed', 'https://intranet.example.com', 101],
  ['a page of that host by another scheme', 'http://intranet.example.com', 403],
  ['a page of that host on another port', 'https://intranet.example.com:8443', 403],
  ['a page of a host below it', 'https://evil.intranet.example.com', 403],
  ['a page of a host that ends as it does', 'https://evilintranet.example.com', 403],
  ['a page from a file, or in a sandbox', 'null', 403],
  ['what is no site', 'https://', 403],
] as const)('SIP over WebSocket is opened for %s: %s, %s', async (_, from, status) => {
  const server = http.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterTest(() => new Promise((resolve) => server.close(resolve)));
  sockets().made.serveWebSockets(server, '/sip', allowedOrigins);
  const { port } = server.address() as { readonly port: number };
  const origin = from === 'own' ? `http://127.0.0.1:${port}` : from;
  const client = new WebSocket(`ws://127.0.0.1:${port}/sip`, 'sip', origin === undefined ? {} : { origin });
  client.on('error', () => undefined);
  const answered = new Promise<number | undefined>((resolve) => {
    client.on('upgrade', ({ statusCode }) => resolve(statusCode));
    client.on('unexpected-response', (_request, { statusCode }) => resolve(statusCode));
  });
  expect(await answered).toBe(status);
  client.terminate();
});

interface Asking {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function asking(listed: readonly string[] | undefined): Promise<(ask: Asking) => Promise<Response>> {
  const world = await openWorld();
  afterTest(() => world[Symbol.asyncDispose]());
  const host = await openHttpHost({
    answer: (request) => world.server.answer(request),
    failed: (error) => expect(error).toBeUndefined(),
    listen: loopback,
    ...(listed !== undefined && { allowedOrigins: listed }),
  });
  afterTest(() => host[Symbol.asyncDispose]());
  return ({ path = '/v1/book', ...rest }) => fetch(`http://127.0.0.1:${host.address.port}${path}`, rest);
}

const asksFirst = {
  method: 'OPTIONS',
  headers: { 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' },
};

test('a browser that asks first whether a page of a listed site may, is told so, and that page may read what is answered, refusals too', async () => {
  const ask = await asking(allowedOrigins);
  const origin = 'https://intranet.example.com';
  const first = await ask({ ...asksFirst, headers: { ...asksFirst.headers, origin } });
  expect([first.status, first.headers.get('access-control-allow-origin')]).toEqual([204, origin]);
  expect(first.headers.get('access-control-allow-headers')).toContain('authorization');
  expect(first.headers.get('access-control-allow-credentials')).toBeNull();
  const refused = await ask({ headers: { origin } });
  expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, origin]);
  expect(refused.headers.get('access-control-expose-headers')).toContain('etag');
  expect(refused.headers.get('vary')).toContain('origin');
});

test('a page of another site is told nothing of the kind, and a cache is told that it depends on the site', async () => {
  const ask = await asking(allowedOrigins);
  for (const origin of ['https://evil.example', 'null', 'https://intranet.example.com.evil.example']) {
    const first = await ask({ ...asksFirst, headers: { ...asksFirst.headers, origin } });
    expect([first.status, first.headers.get('access-control-allow-origin')]).toEqual([405, null]);
    const answer = await ask({ path: '/health', headers: { origin } });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, null]);
    expect(answer.headers.get('vary')).toContain('origin');
  }
});

test('without a list no answer is shared, and none is longer for it', async () => {
  const ask = await asking(undefined);
  const answer = await ask({ path: '/health', headers: { origin: 'https://intranet.example.com' } });
  expect([...answer.headers.keys()].filter((name) => /^access-control|^vary$/.test(name))).toEqual([]);
});
