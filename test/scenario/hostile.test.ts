// Malformed and hostile input at every door. Each is answered, or told, with what is wrong; the process lives,
// the book is unchanged, and afterwards a change still arrives at the terminal.

import dgram from 'node:dgram';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { findRunning } from '../../src/node/running.ts';
import { skipWithout } from '../peers/installed.ts';
import { testPerson } from '../peers/people.ts';
import { slapdIsInstalled, startSlapd, type Slapd } from '../peers/slapd.ts';
import { setTelephone } from './directory.ts';
import { runCommand } from './server-process.ts';
import { Happened } from './waiting.ts';
import { enter, telephone, type Watched } from './watched.ts';
import { loopback, World } from './world.ts';

const people = 30;
const crlf = (...lines: readonly string[]): string => [...lines, '', ''].join('\r\n');

/** A SUBSCRIBE with `change` made to it; without credentials, so that a good one is answered with 401. */
function subscribe(change: (lines: string[]) => readonly string[] = (lines) => lines, id = 'hostile'): string {
  return crlf(
    ...change([
      'SUBSCRIBE sip:address-book@example.com SIP/2.0',
      `Via: SIP/2.0/UDP ${loopback}:9;branch=z9hG4bK${id}${Math.abs(id.length)};rport`,
      'From: <sip:eve@example.com>;tag=1',
      'To: <sip:address-book@example.com>',
      `Call-ID: ${id}`,
      'CSeq: 1 SUBSCRIBE',
      'Max-Forwards: 70',
      `Contact: <sip:${loopback}:9>`,
      'Event: address-book;delivery=notice',
      'Expires: 3600',
      'Content-Length: 0',
    ]),
  );
}
const without = (name: string) => (lines: string[]) => lines.filter((line) => !line.startsWith(`${name}:`));
const instead = (name: string, line: string) => (lines: string[]) =>
  lines.map((each) => (each.startsWith(name) ? line : each));

const malformedSip: readonly (readonly [what: string, message: string | Uint8Array, answer: RegExp | undefined])[] = [
  ['an empty datagram', '', undefined],
  ['octets that are no text', Uint8Array.from({ length: 900 }, (_, at) => (at * 151 + 7) % 256), undefined],
  ['64 kB of one letter', 'A'.repeat(65_000), undefined],
  ['a request line alone', 'SUBSCRIBE sip:address-book@example.com SIP/2.0\r\n\r\n', undefined],
  ['no Call-ID', subscribe(without('Call-ID')), /^SIP\/2\.0 400 /],
  ['no CSeq', subscribe(without('CSeq')), /^SIP\/2\.0 400 /],
  ['a CSeq of another method', subscribe(instead('CSeq', 'CSeq: 1 NOTIFY')), /^SIP\/2\.0 400 /],
  ['a CSeq beyond all numbers', subscribe(instead('CSeq', 'CSeq: 99999999999999 SUBSCRIBE')), /^SIP\/2\.0 400 /],
  ['a negative Content-Length', subscribe(instead('Content-Length', 'Content-Length: -1')), /^SIP\/2\.0 400 /],
  ['a body that is not there', subscribe(instead('Content-Length', 'Content-Length: 500')), /^SIP\/2\.0 400 /],
  ['SIP of another version', subscribe(instead('SUBSCRIBE', 'SUBSCRIBE sip:a@b SIP/7.0')), /^SIP\/2\.0 505 /],
  [
    'a method that nobody knows',
    subscribe((lines) => lines.map((line) => line.replace('SUBSCRIBE', 'CONQUER'))),
    /^SIP\/2\.0 (?:405|501) /,
  ],
  ['another event package', subscribe(instead('Event', 'Event: presence')), /^SIP\/2\.0 (?:401|489) /],
  ['an Expires that is no number', subscribe(instead('Expires', 'Expires: forever')), /^SIP\/2\.0 (?:400|401) /],
  [
    'a thousand header fields',
    subscribe((lines) => [...lines, ...Array.from({ length: 1000 }, (_, at) => `X-${at}: ${at}`)]),
    /^SIP\/2\.0 (?:400|401|513) /,
  ],
  ['a forged answer', 'SIP/2.0 200 OK\r\nCSeq: 1 NOTIFY\r\nCall-ID: x\r\n\r\n', undefined],
  [
    'credentials that are rubbish',
    subscribe((lines) => [...lines, 'Authorization: Digest username="\u0000",,,']),
    /^SIP\/2\.0 (?:400|401) /,
  ],
];

const json = 'application/json';
interface BadRequest {
  readonly what: string;
  readonly path: string;
  readonly method?: string;
  readonly type?: string;
  readonly body?: string | Uint8Array;
  readonly status: number;
}
const badRequests: readonly BadRequest[] = [
  { what: 'a log-in that is not JSON', path: '/v1/session', type: json, body: '{', status: 400 },
  {
    what: 'a log-in that is not UTF-8',
    path: '/v1/session',
    type: json,
    body: Uint8Array.of(0x22, 0xff, 0x22),
    status: 400,
  },
  { what: 'a log-in without a password', path: '/v1/session', type: json, body: '{"user":"eve"}', status: 400 },
  { what: 'a log-in nested 200,000 deep', path: '/v1/session', type: json, body: '['.repeat(200_000), status: 413 },
  { what: 'a body of another type', path: '/v1/persons', type: 'text/html', body: '<p>', status: 415 },
  { what: 'IDs that are none', path: '/v1/persons', type: json, body: '{"ids":["../../etc/passwd"]}', status: 400 },
  {
    what: 'more IDs than may be asked for',
    path: '/v1/persons',
    type: json,
    body: JSON.stringify({ ids: Array.from({ length: 10_001 }, () => 'abcd') }),
    status: 400,
  },
  {
    what: 'revisions that fit no IDs',
    path: '/v1/persons',
    type: json,
    body: '{"ids":["abcd"],"revisions":[1,2]}',
    status: 400,
  },
  { what: 'a body of 2 MB', path: '/v1/persons', type: json, body: ' '.repeat(2_000_000), status: 413 },
  { what: 'a revision that is none', path: '/v1/changes?after=-1', method: 'GET', status: 400 },
  { what: 'a revision beyond all numbers', path: '/v1/changes?after=1e99', method: 'GET', status: 400 },
  { what: 'a person that is a path', path: '/v1/persons/..%2f..%2fetc%2fpasswd', method: 'GET', status: 404 },
  {
    what: 'a field that does not exist',
    path: '/v1/admin/persons',
    type: json,
    body: '{"fields":{"salary":"1"}}',
    status: 400,
  },
  { what: 'a person without a name', path: '/v1/admin/persons', type: json, body: '{"fields":{}}', status: 400 },
  { what: 'an import that is empty', path: '/v1/admin/import?apply=true', type: 'text/csv', body: '', status: 400 },
  {
    what: 'an import of octets',
    path: '/v1/admin/import?apply=true',
    type: 'text/csv',
    body: Uint8Array.of(0, 1, 2, 0xff, 0xfe),
    status: 400,
  },
  {
    what: 'an import with a quote that never ends',
    path: '/v1/admin/import?apply=true',
    type: 'text/csv',
    body: 'name,mail\n"Eve,eve@example.com\n',
    status: 400,
  },
  {
    what: 'an import of a column that is unknown',
    path: '/v1/admin/import?apply=true',
    type: 'text/csv',
    body: 'name,salary\nEve,1\n',
    status: 400,
  },
  {
    what: 'an LDIF that is none',
    path: '/v1/admin/import?apply=true',
    type: 'application/ldif',
    body: 'name,mail\nEve,eve@example.com\n',
    status: 409,
  },
  { what: 'an approval of no hold', path: '/v1/admin/holds/nothing/approve', status: 404 },
];

describe.skipIf(skipWithout('slapd', slapdIsInstalled))('hostile input', () => {
  let slapd: Slapd;
  let world: World;
  let watched: Watched;
  let processId: number | undefined;
  let changes = 0;
  beforeAll(async () => {
    slapd = await startSlapd({ people });
    world = await World.open({ slapd, ownProcess: true }, people);
    watched = await enter(world, { employee: 2, transport: 'udp' });
    await watched.hold(await world.person(1));
    processId = findRunning(world.data)?.processId;
    expect(processId).toBeDefined();
  });
  afterAll(async () => {
    await watched?.[Symbol.asyncDispose]();
    await world?.[Symbol.asyncDispose]();
    await slapd?.[Symbol.asyncDispose]();
  });

  /** The same process lives, its book is as it was but for what this changes now, and the terminal hears of that. */
  async function expectUnharmed(): Promise<void> {
    expect(findRunning(world.data)?.processId).toBe(processId);
    const person = await world.person(1);
    const old = changes === 0 ? testPerson(1, '').attributes['telephoneNumber'] : `81${changes}`;
    const from = watched.told.all.length;
    changes += 1;
    await setTelephone(slapd, 1, `81${changes}`);
    expect((await watched.prompted(from)).map(({ fact }) => fact)).toEqual([telephone(old, `81${changes}`)]);
    const health = (await (await fetch(`${world.url}/health`)).json()) as { readonly revision: number };
    expect(health).toMatchObject({ ok: true, revision: people + changes });
    expect((await watched.entry(person)).base.officeTelephone).toBe(`81${changes}`);
  }

  /** What is answered to a datagram, up to the answer to a good one that follows it. */
  async function answersTo(message: string | Uint8Array, id: string): Promise<readonly string[]> {
    const socket = dgram.createSocket('udp4');
    const heard = new Happened<string>();
    socket.on('message', (bytes) => heard.add(bytes.toString('latin1')));
    socket.bind(0, loopback);
    await once(socket, 'listening');
    try {
      socket.send(message, world.sipPort, loopback);
      socket.send(subscribe(undefined, id), world.sipPort, loopback);
      const isLast = (answer: string): boolean => answer.includes(id);
      expect(await heard.first('the answer to the good one', isLast)).toMatch(/^SIP\/2\.0 401 /);
      return heard.all.filter((answer) => !isLast(answer));
    } finally {
      socket.close();
    }
  }

  test.each(malformedSip)('SIP over UDP: %s', async (what, message, answer) => {
    const answers = await answersTo(message, `after ${what}`.replaceAll(/\W/g, '-'));
    if (answer === undefined) expect(answers).toEqual([]);
    else expect(answers).toEqual([expect.stringMatching(answer)]);
  });

  /** What comes back on a connection until the server ends it. */
  async function untilClosed(message: string | Uint8Array): Promise<string> {
    const socket = net.connect(world.sipPort, loopback);
    let heard = '';
    socket.on('data', (bytes: Buffer) => (heard += bytes.toString('latin1')));
    socket.on('error', () => undefined); // 'close' follows
    socket.write(message);
    await once(socket, 'close');
    return heard;
  }

  test.each<readonly [string, string, RegExp]>([
    ['a head without an end', `SUBSCRIBE sip:a@b SIP/2.0\r\nX: ${'A'.repeat(400_000)}`, /^$|^SIP\/2\.0 (?:400|513) /],
    ['a negative Content-Length', subscribe(instead('Content-Length', 'Content-Length: -1')), /^SIP\/2\.0 400 /],
    ['two Content-Lengths', subscribe((lines) => [...lines, 'Content-Length: 5']), /^SIP\/2\.0 400 /],
    [
      'a body of a terabyte',
      subscribe(instead('Content-Length', 'Content-Length: 999999999999')),
      /^SIP\/2\.0 (?:400|413|513) /,
    ],
    ['no Content-Length', subscribe(without('Content-Length')), /^$|^SIP\/2\.0 400 /],
  ])('SIP over TCP: %s: the connection is ended, with the reason where one can be said', async (_, message, answer) => {
    expect(await untilClosed(message)).toMatch(answer);
  });

  const webSocketUrl = (path = '/sip'): string => world.url.replace('http', 'ws') + path;

  test.each<readonly [string, string | Uint8Array]>([
    ['text that is no SIP', 'hello'],
    ['octets', Uint8Array.from({ length: 500 }, (_, at) => (at * 77) % 256)],
    ['an empty frame', ''],
    ['half a message', subscribe().slice(0, 90)],
  ])('SIP over WebSocket: %s harms nobody, and what follows on the connection is answered', async (_, frame) => {
    const socket = new WebSocket(webSocketUrl(), 'sip');
    await once(socket, 'open');
    const heard = new Happened<string>();
    socket.on('message', (data: Buffer) => heard.add(data.toString()));
    socket.send(frame);
    socket.send(subscribe((lines) => lines.map((line) => line.replace('SIP/2.0/UDP', 'SIP/2.0/WS')), 'after'));
    const ended = once(socket, 'close').then(() => heard.add('closed'));
    await heard.first('an answer or the end', (answer) => answer === 'closed' || /401 [^]*after/.test(answer));
    socket.close();
    await ended;
  });

  test('SIP over WebSocket: a frame of 1 MB ends the connection as too big', async () => {
    const socket = new WebSocket(webSocketUrl(), 'sip', { perMessageDeflate: false });
    await once(socket, 'open');
    socket.send('A'.repeat(1_000_000));
    const [code] = (await once(socket, 'close')) as [number];
    expect(code).toBe(1009);
  });

  test.each<readonly [string, string, string | undefined, Readonly<Record<string, string>>, number]>([
    ['another subprotocol', '/sip', 'chat', {}, 400],
    ['another path', '/elsewhere', 'sip', {}, 404],
    ['a page of another site', '/sip', 'sip', { origin: 'http://evil.example' }, 403],
  ])('SIP over WebSocket: %s is refused at the door', async (_, path, protocol, headers, status) => {
    const socket = new WebSocket(webSocketUrl(path), protocol, { headers });
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toContain(String(status));
  });

  test('after hostile SIP a change arrives as before', expectUnharmed);

  test.each(badRequests)('HTTP: $what is answered with $status and what is wrong', async (bad) => {
    const { path, method = 'POST', type, body, status } = bad;
    const headers = {
      authorization: `Bearer ${world.administratorToken}`,
      ...(type !== undefined && { 'content-type': type }),
    };
    const answer = await fetch(world.url + path, { method, headers, ...(body !== undefined && { body }) });
    const problem = (await answer.json()) as { readonly title?: string; readonly detail?: string };
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/problem+json']);
    expect((problem.detail ?? problem.title ?? '').length).toBeGreaterThan(10);
    expect(JSON.stringify(problem)).not.toMatch(/node:|\.ts|stack/);
  });

  test.each<readonly [string, string]>([
    ['no HTTP at all', '\u0016\u0003\u0001 hello\r\n\r\n'],
    ['a header of 1 MB', `GET /health HTTP/1.1\r\nHost: x\r\nX: ${'A'.repeat(1_000_000)}\r\n\r\n`],
    [
      'two bodies in one (request smuggling)',
      'POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
  ])('HTTP: %s is answered with 4xx and the connection is ended', async (_, text) => {
    const socket = net.connect(Number(new URL(world.url).port), loopback);
    let heard = '';
    socket.on('data', (bytes: Buffer) => (heard += bytes.toString('latin1')));
    socket.on('error', () => undefined); // 'close' follows
    socket.write(text);
    await once(socket, 'close');
    expect(heard).toMatch(/^HTTP\/1\.1 4\d\d |^$/);
  });

  test('after hostile HTTP and imports a change arrives as before', expectUnharmed);

  test.each<readonly [string, string | Uint8Array, RegExp]>([
    ['octets', Uint8Array.of(0, 159, 146, 150), /rollcall\.yaml/],
    ['a key that is unknown', 'htpp: { port: 1 }', /htpp: no such setting; here go data, http/],
    [
      'a source without a password',
      'sources: [{ name: a, kind: openldap, url: "ldap://127.0.0.1", bindDn: cn=x, base: dc=x }]',
      /password or passwordFile is missing/,
    ],
    [
      'a filter that is none',
      'sources: [{ name: a, kind: openldap, url: "ldap://127.0.0.1", bindDn: cn=x, password: hush, base: dc=x, filter: "((" }]',
      /sources\.0\.filter: not a filter, at character 2 of "\(\("/,
    ],
  ])('a configuration with %s ends the start with one line that says what is wrong', async (what, text, words) => {
    const file = join(world.folder, `${what.replaceAll(' ', '-')}-rollcall.yaml`);
    writeFileSync(file, text);
    const flags = [
      '--data',
      join(world.folder, `data-${what.replaceAll(' ', '-')}`),
      '--http-port',
      '0',
      '--sip-port',
      '0',
    ];
    const { code, said, complaints } = await runCommand(['serve', '--config', file, ...flags]);
    expect([code, said]).toEqual([1, '']);
    expect(complaints).toMatch(words);
    expect(complaints).not.toMatch(/hush|\n\s+at /);
  });
});
