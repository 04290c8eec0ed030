import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { textOf, utf8 } from '../../src/base/bytes.ts';
import { parseAddress } from '../../src/node/address.ts';
import { HostFault } from '../../src/node/host-fault.ts';
import { makeCertificates } from '../peers/certificates.ts';
import { afterTest, closeAll, loopback, sockets } from './sip-world.ts';

afterEach(closeAll);

async function webServer() {
  const server = http.createServer((_, answer) => answer.end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterTest(() => new Promise((resolve) => server.close(resolve)));
  return { server, port: (server.address() as net.AddressInfo).port };
}

test.each(['UDP', 'TCP'] as const)(
  'over %s both ends send and receive on the flow that was opened',
  async (transport) => {
    const server = sockets();
    const client = sockets();
    const remote = await (transport === 'UDP'
      ? server.made.listenDatagrams(loopback)
      : server.made.listenStreams(loopback));
    const path = await client.made.open({ transport, remote });
    client.made.send(path.flow, utf8('ping'));
    const asked = await server.next('received');
    expect([textOf(asked.bytes), asked.path.transport, asked.path.remote]).toEqual(['ping', transport, path.local]);
    server.made.send(asked.path.flow, utf8('pong'));
    const answered = await client.next('received');
    expect([textOf(answered.bytes), answered.path.flow]).toEqual(['pong', path.flow]);
  },
);

test('a TCP flow that either end closes is told as closed to both', async () => {
  const server = sockets();
  const client = sockets();
  const path = await client.made.open({ transport: 'TCP', remote: await server.made.listenStreams(loopback) });
  const { path: accepted } = await server.next('opened');
  server.made.close(accepted.flow);
  expect([(await client.next('closed')).flow, (await server.next('closed')).flow]).toEqual([path.flow, accepted.flow]);
  client.made.send(path.flow, utf8('late')); // a flow that is gone is passed over
});

test('over WebSocket one message is one frame, text, with the subprotocol sip (RFC 7118 §4.1)', async () => {
  const web = await webServer();
  const server = sockets();
  const client = sockets();
  server.made.serveWebSockets(web.server, '/sip');
  const path = await client.made.open({ url: `ws://127.0.0.1:${web.port}/sip` });
  client.made.send(path.flow, utf8('姓名'));
  const asked = await server.next('received');
  expect([textOf(asked.bytes), asked.path.transport]).toEqual(['姓名', 'WS']);
  client.made.close(path.flow);
  expect((await server.next('closed')).flow).toBe(asked.path.flow);
});

test.each([
  ['another path', '/other', 'sip', undefined, 404],
  ['no subprotocol', '/sip', undefined, undefined, 400],
  ['another subprotocol', '/sip', 'xmpp', undefined, 400],
  ['a page of another site', '/sip', 'sip', 'https://elsewhere.example', 403],
] as const)('an upgrade with %s is refused with its status', async (_, path, protocol, origin, status) => {
  const web = await webServer();
  sockets().made.serveWebSockets(web.server, '/sip');
  const client = new WebSocket(`ws://127.0.0.1:${web.port}${path}`, protocol, origin === undefined ? {} : { origin });
  client.on('error', () => undefined);
  const [, response] = (await once(client, 'unexpected-response')) as [unknown, http.IncomingMessage];
  expect(response.statusCode).toBe(status);
});

test('over wss the certificate must be by the CA that is given; then the flow is one of TLS', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sip-sockets-'));
  afterTest(() => rmSync(folder, { recursive: true }));
  const { ca, certificateFile, keyFile } = makeCertificates(folder);
  const web = https.createServer({ cert: readFileSync(certificateFile), key: readFileSync(keyFile) });
  web.listen(0, '127.0.0.1');
  await once(web, 'listening');
  afterTest(() => new Promise((resolve) => web.close(resolve)));
  const server = sockets();
  server.made.serveWebSockets(web, '/sip');
  const url = `wss://localhost:${(web.address() as net.AddressInfo).port}/sip`;
  await expect(sockets().made.open({ url })).rejects.toThrow('certificate');
  expect((await sockets().made.open({ url, ca })).transport).toBe('WSS');
});

test('once hung up, the HTTP server can close, though one peer never answers the end; who comes then is told 503', async () => {
  const web = await webServer();
  const server = sockets();
  server.made.serveWebSockets(web.server, '/sip');
  const client = sockets();
  await client.made.open({ url: `ws://127.0.0.1:${web.port}/sip` });
  const head =
    'Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: sip';
  const mute = net.connect(web.port, '127.0.0.1');
  mute.write(`GET /sip HTTP/1.1\r\n${head}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`);
  await once(mute, 'data');
  server.made.hangUp();
  await client.next('closed');
  await expect(client.made.open({ url: `ws://127.0.0.1:${web.port}/sip` })).rejects.toThrow('503');
  mute.on('error', () => undefined);
  await new Promise((resolve) => web.server.close(resolve));
});

test('a WebSocket message beyond the limit closes that connection and no other', async () => {
  const web = await webServer();
  const server = sockets();
  server.made.serveWebSockets(web.server, '/sip');
  const [big, small] = [sockets(), sockets()];
  const url = `ws://127.0.0.1:${web.port}/sip`;
  const bigPath = await big.made.open({ url });
  const smallPath = await small.made.open({ url });
  big.made.send(bigPath.flow, new Uint8Array(300 * 1024));
  await big.next('closed');
  small.made.send(smallPath.flow, utf8('still here'));
  expect(textOf((await server.next('received')).bytes)).toBe('still here');
});

test('a port that is taken, a host that is not there and a server that does not listen are host faults that name it', async () => {
  const taken = await sockets().made.listenStreams(loopback);
  await expect(sockets().made.listenStreams(taken)).rejects.toThrow(`TCP 127.0.0.1:${taken.port}: listen EADDRINUSE`);
  await expect(
    sockets().made.open({ transport: 'UDP', remote: { host: 'no-such-host.invalid', port: 5060 } }),
  ).rejects.toThrow(HostFault);
  const free = net.createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const { port } = free.address() as net.AddressInfo;
  free.close();
  await once(free, 'close');
  await expect(sockets().made.open({ transport: 'TCP', remote: { host: '127.0.0.1', port } })).rejects.toThrow(
    'ECONNREFUSED',
  );
  await expect(sockets().made.open({ url: `ws://127.0.0.1:${port}/sip` })).rejects.toThrow('ECONNREFUSED');
});

test.each([
  { url: 'ftp://localhost/sip' },
  { url: 'ws://localhost:1/sip#fragment' },
  { url: 'ws://[/' },
  { transport: 'UDP', remote: { host: '127.0.0.1', port: 0 } },
  { transport: 'TCP', remote: { host: '127.0.0.1', port: 0 } },
] as const)('a destination that cannot be, as a server may tell one, is a host fault: %j', async (to) => {
  await expect(sockets().made.open(to)).rejects.toThrow(HostFault);
});

test('a port that UDP has and TCP has not is kept by neither', async () => {
  const taken = await sockets().made.listenStreams(loopback);
  await expect(sockets().made.listen(taken)).rejects.toThrow(`TCP 127.0.0.1:${taken.port}: listen EADDRINUSE`);
  expect(await sockets().made.listenDatagrams(taken)).toEqual(taken);
});

test.each(['', 'host', 'host:', 'host:99999', ':5060', '::1:5060', 'a b:1'])('%j is not an address', (text) => {
  expect(() => parseAddress(text)).toThrow('not an address of the form host:port');
});

test('an IPv6 address stands in brackets', () => {
  expect(parseAddress('[::1]:5060')).toEqual({ host: '::1', port: 5060 });
});
