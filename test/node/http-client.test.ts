// The terminal's HTTP client against servers that are slow, large, broken or gone.

import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { once } from 'node:events';
import zlib from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { HttpClient, type HttpClientOptions } from '../../src/node/http-client.ts';
import type { HttpOutcome } from '../../src/terminal/http-exchange.ts';

const cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const each of cleanUp.splice(0).toReversed()) each();
});

async function listen(server: net.Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUp.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const serve = (answer: http.RequestListener): Promise<string> => {
  const server = http.createServer(answer);
  cleanUp.push(() => server.closeAllConnections());
  return listen(server);
};

function client(server: string, options: Partial<HttpClientOptions> = {}): HttpClient {
  const made = new HttpClient({ server, ...options });
  cleanUp.push(() => made[Symbol.dispose]());
  return made;
}

const get = { method: 'GET', path: '/v1/book' } as const;
const troubleOf = (outcome: HttpOutcome): unknown => (outcome.kind === 'unanswered' ? outcome.trouble.kind : outcome);

test.each([
  ['br', zlib.brotliCompressSync],
  ['gzip', zlib.gzipSync],
  ['zstd', zlib.zstdCompressSync],
] as const)('an answer in %s is unpacked, and its octets are counted as they crossed', async (encoding, pack) => {
  const text = JSON.stringify({ persons: Array.from({ length: 500 }, () => 'the same person') });
  const packed = pack(Buffer.from(text));
  const url = await serve((_, response) =>
    response.writeHead(200, { 'content-encoding': encoding, etag: '"x"' }).end(packed),
  );
  const outcome = await client(url).ask(get);
  expect(outcome).toMatchObject({ kind: 'answered', answer: { status: 200, text, etag: '"x"' } });
  if (outcome.kind !== 'answered') return;
  expect(outcome.received.bytes).toBeGreaterThan(packed.length);
  expect(outcome.received.bytes).toBeLessThan(packed.length + 250);
});

test('while a large answer comes it is told how much of it is here, unpacked; a small one is not worth it', async () => {
  const url = await serve((request, response) => {
    const size = request.url === '/v1/book' ? 3_000_000 : 100_000;
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(zlib.gzipSync(Buffer.alloc(size, 'x')));
  });
  const told: number[] = [];
  const coming = (octets: number): void => void told.push(octets);
  await client(url).ask({ ...get, path: '/v1/changes', coming });
  expect(told).toEqual([]);
  await client(url).ask({ ...get, coming });
  expect(told.length).toBeGreaterThan(5);
  expect(told).toEqual(told.toSorted((a, b) => a - b));
  expect(told.at(-1)).toBeLessThanOrEqual(3_000_000);
});

test('a question has no header that nobody needs', async () => {
  const seen: string[] = [];
  const url = await serve((request, response) => {
    seen.push(...request.rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase()));
    response.end('{}');
  });
  const outcome = await client(url).ask({ method: 'POST', path: '/v1/persons', body: '{}', token: 't', short: true });
  expect(seen.sort()).toEqual(['authorization', 'content-length', 'content-type', 'host']);
  expect(outcome).toMatchObject({
    sent: { firstLine: 'POST /v1/persons HTTP/1.1' },
    received: { firstLine: 'HTTP/1.1 200 OK' },
  });
});

test('a bomb, small as sent and huge unpacked, is refused, as is what is huge as sent', async () => {
  const bomb = zlib.gzipSync(Buffer.alloc(50 * 1024 * 1024));
  const url = await serve((request, response) => {
    if (request.url === '/bomb') response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    else response.end(Buffer.alloc(3 * 1024 * 1024));
  });
  const careful = client(url, { mostAnswerOctets: 1024 * 1024 });
  expect(troubleOf(await careful.ask({ method: 'GET', path: '/bomb' }))).toBe('too-large');
  expect(troubleOf(await careful.ask(get))).toBe('too-large');
});

test('what is not what it says it is, and what is no HTTP, is malformed', async () => {
  const url = await serve((_, response) => response.writeHead(200, { 'content-encoding': 'br' }).end('not br at all'));
  expect(troubleOf(await client(url).ask(get))).toBe('malformed');
  const noHttp = await listen(net.createServer((socket) => socket.end('SIP/2.0 200 OK\r\n\r\n')));
  expect(troubleOf(await client(noHttp).ask(get))).toBe('malformed');
});

test('a server that never answers, that is not there, or that goes away half-way, is unreachable', async () => {
  const silent = await serve(() => undefined);
  const outcome = await client(silent, { answerWithinMilliseconds: 50 }).ask(get);
  expect(outcome).toMatchObject({
    trouble: { kind: 'unreachable', words: expect.stringContaining('did not answer in time') },
  });
  expect(troubleOf(await client('http://127.0.0.1:1').ask(get))).toBe('unreachable');
  const half = await serve((_, response) => {
    response.writeHead(200, { 'content-length': '1000' }).write('{"half":');
    setImmediate(() => response.destroy());
  });
  expect(troubleOf(await client(half).ask(get))).toBe('unreachable');
});

test('a kept connection that was closed meanwhile is opened anew, and the question asked again', async () => {
  let answered = 0;
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    let first = true;
    socket.on('data', () => {
      // A server that closes the connection in the moment in which the second question comes by it.
      if (!first) {
        socket.resetAndDestroy();
        return;
      }
      first = false;
      answered += 1;
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}');
    });
  });
  const one = client(await listen(server));
  expect((await one.ask(get)).kind).toBe('answered');
  expect((await one.ask(get)).kind).toBe('answered');
  expect(answered).toBe(2);
});

test.each([
  ['120', 120],
  ['soon', undefined],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
])('Retry-After: %s is %s', async (text, retryAfterSeconds) => {
  const url = await serve((_, response) => response.writeHead(503, { 'retry-after': text }).end());
  const outcome = await client(url).ask(get);
  expect(outcome.kind === 'answered' && outcome.answer.retryAfterSeconds).toBe(retryAfterSeconds);
});

test('a redirection is not followed: the token would go with it', async () => {
  const url = await serve((_, response) => response.writeHead(302, { location: 'http://elsewhere.invalid/' }).end());
  expect(await client(url).ask({ ...get, token: 't' })).toMatchObject({ kind: 'answered', answer: { status: 302 } });
});

test('a server below a path is asked below it', async () => {
  const paths: (string | undefined)[] = [];
  const url = await serve((request, response) => {
    paths.push(request.url);
    response.end('{}');
  });
  await client(`${url}/book/`).ask(get);
  expect(paths).toEqual(['/book/v1/book']);
});
