import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { textOf, utf8 } from '../../src/base/bytes.ts';
import { milliseconds } from '../../src/base/time.ts';
import { siteOf } from '../../src/node/address.ts';
import { openHttpHost } from '../../src/node/http.ts';
import { run } from '../../src/node/run.ts';
import { SipSockets } from '../../src/node/sip-sockets.ts';
import { Admission } from '../../src/node/socket-limits.ts';
import { Endpoint } from '../../src/sip/endpoint.ts';
import type { StreamLimits } from '../../src/sip/streams.ts';
import { flow } from '../../src/sip/transaction-user.ts';
import { hash, notifierOptions, numbered } from '../sip/two-endpoints.ts';
import { afterTest, closeAll, dial, ended, loopback, sockets } from './sip-world.ts';

afterEach(closeAll);

async function webServer(): Promise<{ readonly server: http.Server; readonly port: number }> {
  const server = http.createServer((_, answer) => answer.end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterTest(() => new Promise((resolve) => server.close(resolve)));
  return { server, port: (server.address() as net.AddressInfo).port };
}

const upgrade = (path: string): string =>
  [
    `GET ${path} HTTP/1.1`,
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol: sip',
    '\r\n',
  ].join('\r\n');

test('connections beyond the number for all are hung up on, and whoever is in stays', async () => {
  const admission = new Admission({ connections: 2 });
  const server = sockets({ admission });
  const { port } = await server.made.listenStreams(loopback);
  const [first] = [await dial(port), await dial(port)];
  await server.next('opened');
  await ended(await dial(port));
  first.write('still here');
  expect(textOf((await server.next('received')).bytes)).toBe('still here');
  expect(admission.count).toBe(2);
});

test('who goes makes room for the next', async () => {
  const admission = new Admission({ connections: 1 });
  const server = sockets({ admission });
  const { port } = await server.made.listenStreams(loopback);
  (await dial(port)).destroy();
  await server.next('closed');
  (await dial(port)).write('next');
  expect(textOf((await server.next('received')).bytes)).toBe('next');
});

test('one address has its share of the connections; from another there is still room; a proxy has no share', async () => {
  const admission = new Admission({ connectionsPerAddress: 1, unlimited: ['::1'] });
  const server = sockets({ admission });
  const { port } = await server.made.listenStreams(loopback);
  await dial(port);
  await ended(await dial(port));
  const other = net.connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' });
  afterTest(() => other.destroy());
  other.write('from another');
  expect(textOf((await server.next('received')).bytes)).toBe('from another');
  const six = await server.made.listenStreams({ host: '::1', port: 0 });
  const many = [await dial(six.port, '::1'), await dial(six.port, '::1'), await dial(six.port, '::1')];
  many[2]?.write('through a proxy');
  expect(textOf((await server.next('received')).bytes)).toBe('through a proxy');
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:0:7:1:2:3:4', '2001:db8:0:7'],
  ['2001:db8::9', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
])('%s counts as %s: an IPv6 host may take any address of its /64', (remote, site) => {
  expect(siteOf(remote)).toBe(site);
});

test('a storm of connections that come and go at once leaves nothing behind', async () => {
  const admission = new Admission({ connections: 20 });
  const server = sockets({ admission });
  const { port } = await server.made.listenStreams(loopback);
  await Promise.all(
    Array.from({ length: 300 }, async (_, at) => {
      const socket = await dial(port);
      if (at % 2 === 0) socket.resetAndDestroy();
      else socket.destroy();
    }),
  );
  while (admission.count > 0) await turn();
  (await dial(port)).write('after the storm');
  expect(textOf((await server.next('received')).bytes)).toBe('after the storm');
});

test('a TCP peer that reads nothing is hung up on once too much waits for it, and never holds the others', async () => {
  const server = sockets({ limits: { mostUnsentOctets: 64 * 1024 } });
  const { port } = await server.made.listenStreams(loopback);
  const stuck = await dial(port);
  stuck.pause();
  const { path } = await server.next('opened');
  const other = await dial(port);
  const { path: others } = await server.next('opened');
  const bytes = new Uint8Array(256 * 1024);
  // More than the buffers of both kernels take.
  for (let sent = 0; sent < 256; sent += 1) server.made.send(path.flow, bytes);
  server.made.send(others.flow, utf8('prompt'));
  expect(String((await once(other, 'data'))[0])).toBe('prompt');
  expect((await server.next('closed')).flow).toBe(path.flow);
});

test('a flow that we close is gone soon, though its peer reads nothing and ends nothing', async () => {
  const server = sockets({ limits: { mostUnsentOctets: 2 ** 30, partingMilliseconds: 20 } });
  const { port } = await server.made.listenStreams(loopback);
  const stuck = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  stuck.on('error', () => undefined);
  afterTest(() => stuck.destroy());
  stuck.pause();
  const { path } = await server.next('opened');
  for (let sent = 0; sent < 64; sent += 1) server.made.send(path.flow, new Uint8Array(256 * 1024));
  server.made.close(path.flow);
  expect((await server.next('closed')).flow).toBe(path.flow);
});

test('a WebSocket message that trickles in is given up, and one that comes in pieces is not', async () => {
  const web = await webServer();
  const server = sockets({ limits: { messageMilliseconds: 150 } });
  server.made.serveWebSockets(web.server, '/sip');
  const open = async (): Promise<net.Socket> => {
    const socket = await dial(web.port);
    socket.write(upgrade('/sip'));
    await once(socket, 'data');
    return socket;
  };
  // RFC 6455 §5.2: a text frame with a mask of zeros, without FIN, then its continuation.
  const quick = await open();
  quick.write(Buffer.from([0x01, 0x82, 0, 0, 0, 0, 104, 105]));
  quick.write(Buffer.from([0x80, 0x81, 0, 0, 0, 0, 33]));
  expect(textOf((await server.next('received')).bytes)).toBe('hi!');
  const slow = await open();
  slow.write(Buffer.from([0x01, 0x81, 0, 0, 0, 0, 65]));
  const trickle = setInterval(() => slow.write(Buffer.from([0x00, 0x81, 0, 0, 0, 0, 65])), 10);
  slow.on('close', () => clearInterval(trickle));
  await ended(slow);
  quick.write(Buffer.from([0x81, 0x81, 0, 0, 0, 0, 63]));
  expect(textOf((await server.next('received')).bytes)).toBe('?');
});

test('an upgrade that is refused ends the connection, though the peer resets it or stays', async () => {
  const web = await webServer();
  const server = sockets({ limits: { partingMilliseconds: 20 } });
  server.made.serveWebSockets(web.server, '/sip');
  for (let at = 0; at < 20; at += 1) {
    const socket = await dial(web.port);
    socket.write(upgrade('/other'));
    if (at % 2 === 0) await once(socket, 'data');
    socket.resetAndDestroy();
  }
  const stays = net.connect({ port: web.port, host: '127.0.0.1', allowHalfOpen: true });
  afterTest(() => stays.destroy());
  stays.on('error', () => undefined);
  stays.write(upgrade('/other'));
  expect(String((await once(stays, 'data'))[0])).toMatch(/^HTTP\/1\.1 404/);
  while ((await connectionsOf(web.server)) > 0) await turn();
});

const connectionsOf = (server: http.Server): Promise<number> =>
  new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
  );

test('datagrams that cannot be sent are lost, not thrown: too long, to nobody, to a zone that is not there', async () => {
  const server = sockets();
  const local = await server.made.listenDatagrams(loopback);
  const six = await server.made.listenDatagrams({ host: '::1', port: 0 });
  const name = `127.0.0.1:${local.port}`;
  const nobody = net.createServer().listen(0, '127.0.0.1');
  await once(nobody, 'listening');
  const { port } = nobody.address() as net.AddressInfo;
  afterTest(() => nobody.close());
  server.made.send(flow(`udp:${name}>127.0.0.1:${local.port}`), new Uint8Array(70_000)); // EMSGSIZE
  for (let at = 0; at < 3; at += 1) server.made.send(flow(`udp:${name}>127.0.0.1:${port}`), utf8('x')); // ICMP
  server.made.send(flow(`udp:[::1]:${six.port}>[fe80::1%nowhere0]:5060`), utf8('x'));
  server.made.send(flow(`udp:127.0.0.1:1>127.0.0.1:2`), utf8('from a socket that is not there'));
  server.made.send(flow(`udp:${name}>127.0.0.1:${local.port}`), utf8('to itself'));
  expect(textOf((await server.next('received')).bytes)).toBe('to itself');
});

test('a terminal’s UDP flow ends with its socket when it is closed, and a server’s stays', async () => {
  const server = sockets();
  const client = sockets();
  const remote = await server.made.listenDatagrams(loopback);
  const { flow: first } = await client.made.open({ transport: 'UDP', remote });
  client.made.close(first);
  expect((await client.next('closed')).flow).toBe(first);
  const { flow: second } = await client.made.open({ transport: 'UDP', remote });
  client.made.send(first, utf8('late'));
  client.made.send(second, utf8('ping'));
  const asked = await server.next('received');
  server.made.close(asked.path.flow);
  server.made.send(asked.path.flow, utf8('pong'));
  expect([textOf(asked.bytes), textOf((await client.next('received')).bytes)]).toEqual(['ping', 'pong']);
});

test('a server that takes the connection and then says nothing is given up', async () => {
  const silent = net.createServer((socket) => socket.on('error', () => undefined));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  afterTest(() => silent.close());
  const { port } = silent.address() as net.AddressInfo;
  const client = sockets({ limits: { openMilliseconds: 50 } });
  await expect(client.made.open({ url: `ws://127.0.0.1:${port}/sip` })).rejects.toThrow('did not answer in time');
  await expect(client.made.open({ transport: 'TLS', remote: { host: '127.0.0.1', port } })).rejects.toThrow(
    'did not answer in time',
  );
});

/** A SIP server on TCP and WebSocket, of whose limits the times are short. */
async function sipServer(streams: Partial<StreamLimits>) {
  const endpoint = new Endpoint({ random: numbered('s'), hash, notifier: notifierOptions, streams });
  const made = new SipSockets((event) => running.tell(event));
  const running = run(endpoint, (said) => {
    if (said.kind === 'send') made.send(said.flow, said.bytes);
    else if (said.kind === 'close') made.close(said.flow);
  });
  afterTest(() => made[Symbol.asyncDispose]());
  afterTest(() => running.stop());
  const web = await webServer();
  made.serveWebSockets(web.server, '/sip');
  return { port: (await made.listenStreams(loopback)).port, webPort: web.port };
}

const options = [
  'OPTIONS sip:example.com SIP/2.0',
  'Via: SIP/2.0/TCP 127.0.0.1:5062;branch=z9hG4bK1',
  'From: <sip:ben@example.com>;tag=1',
  'To: <sip:example.com>',
  'Call-ID: 1@127.0.0.1',
  'CSeq: 1 OPTIONS',
  'Max-Forwards: 70',
  'Content-Length: 0',
  '\r\n',
].join('\r\n');

test('a stream that stops in the middle of a message is closed, and one that speaks in whole ones is answered', async () => {
  const { port } = await sipServer({ messageWithin: milliseconds(50) });
  const [slow, trickling, well] = [await dial(port), await dial(port), await dial(port)];
  slow.write(options.slice(0, 60));
  const trickle = setInterval(() => trickling.write('X'), 5);
  await Promise.all([ended(slow), ended(trickling)]);
  clearInterval(trickle);
  well.write(options);
  expect(String((await once(well, 'data'))[0])).toMatch(/^SIP\/2\.0 200 OK/);
});

test('strangers on TCP and WebSocket are shown the door, also those who keep asking', async () => {
  const { port, webPort } = await sipServer({ strangerWithin: milliseconds(50) });
  const silent = await dial(port);
  const asking = await dial(port);
  const again = setInterval(() => asking.write(options), 5);
  const web = await dial(webPort);
  web.write(upgrade('/sip'));
  await Promise.all([silent, asking, web].map(ended));
  clearInterval(again);
});

test('a crowd of strangers makes way for the next who comes', async () => {
  const { port } = await sipServer({ mostStrangers: 3 });
  const crowd = [await dial(port), await dial(port), await dial(port)];
  const next = await dial(port);
  next.write(options);
  expect(String((await once(next, 'data'))[0])).toMatch(/^SIP\/2\.0 200 OK/);
  await ended(crowd[0] ?? next);
});

test('an upgrade whose request never ends is closed by HTTP’s own time, and counts as a connection until then', async () => {
  const admission = new Admission({ connectionsPerAddress: 2 });
  const web = await openHttpHost({
    answer: () => Promise.resolve({ status: 204, headers: {}, body: '' }),
    listen: loopback,
    failed: () => undefined,
    limits: { headersMilliseconds: 50, requestMilliseconds: 60, checkMilliseconds: 10 },
    admission,
  });
  afterTest(() => web[Symbol.asyncDispose]());
  const sip = sockets();
  sip.made.serveWebSockets(web.server, '/sip');
  const [half, other] = [await dial(web.address.port), await dial(web.address.port)];
  half.write(upgrade('/sip').slice(0, -2));
  await ended(await dial(web.address.port)); // the third of one address
  await ended(half);
  other.destroy();
  while (admission.count > 0) await turn();
  const path = await sockets().made.open({ url: `ws://127.0.0.1:${web.address.port}/sip` });
  expect(path.transport).toBe('WS');
  sip.made.hangUp();
});

const sockety = (): number =>
  process.getActiveResourcesInfo().filter((name) => /TCP|UDP|TLS|Pipe/.test(name) && !name.startsWith('Pipe')).length;

test('disposing closes every socket there is: listening, accepted, opened, and being opened', async () => {
  const before = sockety();
  const silent = net.createServer((socket) => socket.on('error', () => undefined));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const server = new SipSockets(() => undefined);
  const { udp, tcp } = await server.listen(loopback);
  const client = new SipSockets(() => undefined, { limits: { partingMilliseconds: 20 } });
  await client.open({ transport: 'UDP', remote: udp });
  await client.open({ transport: 'TCP', remote: tcp });
  const opening = client.open({ url: `ws://127.0.0.1:${(silent.address() as net.AddressInfo).port}/sip` });
  const refused = expect(opening).rejects.toThrow('this program is ending');
  expect(sockety()).toBeGreaterThanOrEqual(before + 6);
  await client[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await refused;
  silent.close();
  await once(silent, 'close');
  while (sockety() > before) await turn();
});
