// The browser's HTTP client and flows against servers that are slow, large, broken or gone: Node has the same
// `fetch` and `WebSocket`.

import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { WebSocketServer, type WebSocket as Accepted } from 'ws';
import { freshText, hash, sha256 } from '../../src/browser/chance.ts';
import { HostFault } from '../../src/browser/host-fault.ts';
import { HttpClient, serverUrl } from '../../src/browser/http-client.ts';
import { WebSocketFlows } from '../../src/browser/websocket-flow.ts';
import { hash as hashOfNode, sha256 as sha256OfNode } from '../../src/node/chance.ts';
import type { FlowHeard } from '../../src/terminal/host.ts';

const cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const each of cleanUp.splice(0).toReversed()) each();
});

async function listen(server: http.Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUp.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function serve(answer: http.RequestListener): Promise<string> {
  const server = http.createServer(answer);
  cleanUp.push(() => server.closeAllConnections());
  return listen(server);
}

const get = { method: 'GET', path: '/v1/book' } as const;

test('an answer has its status, its entity tag and when to come again; a 304 has no text', async () => {
  const url = await serve((request, response) => {
    if (request.headers['if-none-match'] === '"x"') response.writeHead(304, { etag: '"x"' }).end();
    else response.writeHead(503, { 'retry-after': '7' }).end(`${request.headers.authorization} ${request.url}`);
  });
  using client = new HttpClient(`${url}/below/`);
  expect(await client.ask({ ...get, token: 't' })).toMatchObject({
    answer: { status: 503, retryAfterSeconds: 7, text: 'Bearer t /below/v1/book' },
  });
  expect(await client.ask({ ...get, ifNoneMatch: '"x"' })).toMatchObject({
    answer: { status: 304, etag: '"x"', text: '' },
  });
});

test('a large answer is told of while it comes, and refused where it is larger than is taken', async () => {
  const url = await serve((_, response) => response.end(Buffer.alloc(1_000_000, 'x')));
  using client = new HttpClient(url);
  const told: number[] = [];
  const outcome = await client.ask({ ...get, coming: (octets) => told.push(octets) });
  expect(outcome).toMatchObject({ kind: 'answered', received: { bytes: 1_000_000 } });
  expect(told.length).toBeGreaterThan(1);
  expect(await client.bytes({ ...get, mostAnswerOctets: 999_999 })).toMatchObject({ trouble: { kind: 'too-large' } });
});

test('a server that is silent, breaks off, sends elsewhere, or is not there is unreachable, in words', async () => {
  const silent = await serve(() => undefined);
  using late = new HttpClient(silent, { answerWithinMilliseconds: 50 });
  expect(await late.ask(get)).toMatchObject({
    trouble: { kind: 'unreachable', words: expect.stringContaining('in time') },
  });
  const broken = await serve((_, response) => {
    response.writeHead(200, { 'content-length': '10' }).write('half');
    setImmediate(() => response.destroy());
  });
  const elsewhere = await serve((_, response) => response.writeHead(302, { location: broken }).end());
  for (const server of [broken, elsewhere, 'http://127.0.0.1:9']) {
    using client = new HttpClient(server);
    expect(await client.ask(get)).toMatchObject({
      trouble: { kind: 'unreachable', words: expect.stringContaining('cannot be reached') },
    });
  }
  for (const text of ['', 'ftp://x', 'http://user@x', 'x']) expect(() => serverUrl(text)).toThrow(HostFault);
});

interface Dialled {
  readonly flows: WebSocketFlows;
  readonly heard: FlowHeard[];
  readonly url: string;
  readonly accepted: Promise<Accepted>;
}

async function dialled(): Promise<Dialled> {
  const server = http.createServer();
  const sockets = new WebSocketServer({ server, path: '/sip', handleProtocols: () => 'sip' });
  cleanUp.push(() => sockets.close());
  const accepted = once(sockets, 'connection').then(([socket]) => socket as Accepted);
  const heard: FlowHeard[] = [];
  const flows = new WebSocketFlows((event) => heard.push(event));
  cleanUp.push(() => void flows[Symbol.asyncDispose]());
  return { flows, heard, url: await listen(server), accepted };
}

test('a message goes as text and comes as text or binary; who closes is told of once', async () => {
  const { flows, heard, url, accepted } = await dialled();
  const path = await flows.open({ transport: 'WS', url: '/sip' }, url);
  expect(path.transport).toBe('WS');
  const peer = await accepted;
  flows.send(path.flow, new TextEncoder().encode('Grüße'));
  const [data, isBinary] = (await once(peer, 'message')) as [Buffer, boolean];
  expect([data.toString(), isBinary]).toEqual(['Grüße', false]);
  peer.send('one');
  peer.send(Buffer.from('two'));
  peer.close();
  await expect.poll(() => heard.map(({ kind }) => kind)).toEqual(['received', 'received', 'closed']);
  flows.send(path.flow, new Uint8Array(1));
  flows.close(path.flow);
  expect(heard).toHaveLength(3);
});

test('a message that no SIP peer of ours sends, of 2 MB, ends the flow', async () => {
  const { flows, heard, url, accepted } = await dialled();
  const { flow } = await flows.open({ transport: 'WS', url: '/sip' }, url);
  (await accepted).send('x'.repeat(2_000_000));
  await expect.poll(() => heard).toEqual([{ kind: 'closed', flow }]);
});

test('what is no WebSocket, or nobody’s, or no address, opens no flow', async () => {
  const { flows, url, heard } = await dialled();
  for (const bad of ['/other', 'http://127.0.0.1:9', 'ws://[', 'ftp://x/'])
    await expect(flows.open({ transport: 'WS', url: bad }, url)).rejects.toThrow(HostFault);
  await expect(flows.open({ transport: 'UDP', address: 'x:1' }, url)).rejects.toThrow('WebSocket alone');
  expect(heard).toEqual([]);
});

test('sums are Node’s, and fresh texts differ', () => {
  for (const text of ['', 'Grüße', 'x'.repeat(1000)]) {
    for (const algorithm of ['MD5', 'SHA-256'] as const)
      expect(hash(algorithm, text)).toBe(hashOfNode(algorithm, text));
    expect(sha256(Buffer.from(text))).toBe(sha256OfNode(Buffer.from(text)));
  }
  expect(new Set(Array.from({ length: 1000 }, freshText)).size).toBe(1000);
});
