// Every torture case of RFC 4475 and RFC 5118 over real sockets to a running server, and after it the proof
// that the server lives: it answers OPTIONS, and a terminal can subscribe.

import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { concat, utf8 } from '../../src/base/bytes.ts';
import { run } from '../../src/node/run.ts';
import { parseAddress } from '../../src/node/address.ts';
import { SipSockets } from '../../src/node/sip-sockets.ts';
import { Endpoint } from '../../src/sip/endpoint.ts';
import { subscriptionId } from '../../src/sip/transaction-user.ts';
import type { Asking, FlowPath, Said } from '../../src/sip/transaction-user.ts';
import type { SipAccess } from '../../src/wire/http.ts';
import { changesType, noticeType } from '../../src/wire/protocol-version.ts';
import { openRealServer, type RealServer } from '../node/real-server.ts';
import { hash } from '../server/world.ts';
import { message } from '../vectors/sip/torture/torture-case.ts';
import { torture } from '../vectors/sip/torture/torture.ts';
import { numbered } from './two-endpoints.ts';

const random = numbered('t');
let server: RealServer;
let access: SipAccess;

beforeAll(async () => {
  server = await openRealServer();
  await server.world.account('ben', 'a long enough password');
  access = (await server.world.logIn('ben', 'a long enough password')).sip;
});

afterAll(() => server[Symbol.asyncDispose]());

const probe = (callId: string): Uint8Array =>
  message([
    'OPTIONS sip:address-book@example.com SIP/2.0',
    `Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK${callId};rport`,
    'From: <sip:ben@example.com>;tag=p',
    'To: <sip:address-book@example.com>',
    `Call-ID: ${callId}`,
    'CSeq: 1 OPTIONS',
    'Content-Length: 0',
  ]);

/** The statuses of answers, one after the other. */
const statusesIn = (octets: Uint8Array): readonly number[] =>
  [
    ...Buffer.from(octets)
      .toString('latin1')
      .matchAll(/^SIP\/2\.0 (\d{3}) /gm),
  ].map(([, status]) => Number(status));

/** A flow where each message is one: what it draws is all that comes before the answer to a probe behind it. */
interface Whole {
  send(octets: Uint8Array): void;
  hears(listener: (octets: Uint8Array) => void): void;
  close(): void;
  readonly localPort: number;
}

async function datagrams(): Promise<Whole> {
  const socket = dgram.createSocket('udp4');
  const { host, port } = parseAddress(access.udp ?? '');
  socket.connect(port, host);
  await once(socket, 'connect');
  return {
    send: (octets) => socket.send(octets),
    hears: (listener) => socket.on('message', listener),
    close: () => socket.close(),
    localPort: socket.address().port,
  };
}

async function webSocket(): Promise<Whole> {
  const socket = new WebSocket(webSocketUrl(), 'sip');
  await once(socket, 'open');
  return {
    send: (octets) => socket.send(octets),
    hears: (listener) => socket.on('message', (octets: Buffer) => listener(octets)),
    close: () => socket.close(),
    localPort: 0,
  };
}

async function drawnFrom(flow: Whole): Promise<Record<string, readonly number[]>> {
  const answers: Uint8Array[] = [];
  let heard = (): void => undefined;
  flow.hears((octets) => {
    answers.push(octets);
    heard();
  });
  const drawn: Record<string, readonly number[]> = {};
  for (const [index, { section, octets }] of torture.entries()) {
    flow.send(octets);
    flow.send(probe(`probe${index}.`));
    while (!answers.some((answer) => Buffer.from(answer).includes(`probe${index}.`)))
      await new Promise<void>((resolve) => (heard = resolve));
    const statuses = statusesIn(concat(answers.splice(0)));
    expect([section, statuses.at(-1)]).toEqual([section, 200]);
    drawn[section] = statuses.slice(0, -1);
  }
  flow.close();
  return drawn;
}

/** On a stream each case has a connection of its own: what it draws is all that comes until that is closed. */
async function drawnFromStream(...octets: readonly Uint8Array[]): Promise<readonly number[]> {
  const { host, port } = parseAddress(access.tcp ?? '');
  const socket = net.connect(port, host);
  const answers: Uint8Array[] = [];
  socket.on('data', (bytes) => answers.push(bytes));
  socket.end(concat(octets));
  await once(socket, 'close');
  return statusesIn(concat(answers));
}

/** What a terminal is told when it subscribes by this flow, until its first notification. */
async function told(open: (sockets: SipSockets) => Promise<FlowPath>): Promise<readonly Said['kind'][]> {
  const endpoint = new Endpoint({ random, hash });
  const kinds: Said['kind'][] = [];
  const notified = Promise.withResolvers<void>();
  const running = run(endpoint, (said) => {
    if (said.kind === 'send') return sockets.send(said.flow, said.bytes);
    kinds.push(said.kind);
    if (said.kind === 'notified' || said.kind === 'refused') notified.resolve();
  });
  await using sockets = new SipSockets((event) => running.tell(event));
  const asking: Asking = {
    path: await open(sockets),
    to: access.to,
    from: access.address,
    credentials: access,
    event: 'address-book;delivery=notice',
    accept: [changesType, noticeType],
    expiresInSeconds: 600,
  };
  running.tell({ kind: 'subscribe', subscription: subscriptionId('book'), asking });
  await notified.promise;
  running.stop();
  return kinds;
}

const expected = Object.fromEntries(torture.map(({ section, draws }) => [section, draws]));

const webSocketUrl = (): string => `${server.url.replace('http:', 'ws:')}${access.websocket ?? ''}`;
const subscribed: readonly Said['kind'][] = ['subscribed', 'notified'];

test('over UDP every case draws what it must, the server answers OPTIONS after each, and a terminal subscribes', async () => {
  expect(await drawnFrom(await datagrams())).toEqual(expected);
  const remote = parseAddress(access.udp ?? '');
  expect(await told((sockets) => sockets.open({ transport: 'UDP', remote }))).toEqual(subscribed);
});

test('over WebSocket every case draws what it must, the server answers OPTIONS after each, and a terminal subscribes', async () => {
  expect(await drawnFrom(await webSocket())).toEqual(expected);
  expect(await told((sockets) => sockets.open({ url: webSocketUrl() }))).toEqual(subscribed);
});

test('over TCP every case draws what it must, OPTIONS behind one that leaves the stream readable is answered, and a terminal subscribes', async () => {
  for (const { section, octets, draws, onStream = { draws, closes: false } } of torture) {
    expect([section, await drawnFromStream(octets)]).toEqual([section, onStream.draws]);
    const readable = !onStream.closes && section !== 'RFC 4475 §3.1.2.2';
    const both = await drawnFromStream(octets, probe('behind'));
    expect([section, both]).toEqual([section, readable ? [...onStream.draws, 200] : onStream.draws]);
  }
  expect(await drawnFromStream(probe('last'))).toEqual([200]);
  const remote = parseAddress(access.tcp ?? '');
  expect(await told((sockets) => sockets.open({ transport: 'TCP', remote }))).toEqual(subscribed);
});

test('what was malformed is reported with its section of the RFC', () => {
  const malformed = server.world.facts.flatMap((fact) => (fact.kind === 'malformed' ? [fact.section] : []));
  expect(malformed.length).toBeGreaterThan(0);
  for (const section of malformed) expect(section).toMatch(/^RFC \d+ §[\d.]+$/);
});

test('keep-alives are answered on each transport: STUN by where it came from, CRLFCRLF by CRLF (RFC 5626 §4.4)', async () => {
  const answerOf = (flow: Whole): Promise<Uint8Array> => new Promise((resolve) => flow.hears(resolve));
  const udp = await datagrams();
  const mapped = answerOf(udp);
  udp.send(Uint8Array.from(Buffer.from('000100002112a442000000000000000000000000', 'hex')));
  const answer = Buffer.from(await mapped);
  expect([answer.length, answer.readUInt16BE(0), answer.readUInt16BE(20)]).toEqual([32, 0x0101, 0x0020]);
  expect(answer.readUInt16BE(26) ^ 0x2112).toBe(udp.localPort);
  expect((answer.readUInt32BE(28) ^ 0x2112a442) >>> 0).toBe(0x7f000001);
  udp.close();
  const ws = await webSocket();
  const pong = answerOf(ws);
  ws.send(utf8('\r\n\r\n'));
  expect(Buffer.from(await pong).toString()).toBe('\r\n');
  ws.close();
  const { host, port } = parseAddress(access.tcp ?? '');
  const socket = net.connect(port, host);
  socket.write('\r\n\r\n');
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  expect(bytes.toString()).toBe('\r\n');
  socket.destroy();
});
