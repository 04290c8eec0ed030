// What an endpoint answers to single requests, as octets: no second endpoint here.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { concat, textOf, utf8 } from '../../src/base/bytes.ts';
import { instant } from '../../src/base/time.ts';
import { Endpoint } from '../../src/sip/endpoint.ts';
import { limits } from '../../src/sip/frame.ts';
import type { FlowPath, Said } from '../../src/sip/transaction-user.ts';
import { anyArrivals } from './hostile.ts';
import { request, sentBy, signedFor, status } from './played-terminal.ts';
import type { Parts } from './played-terminal.ts';
import { acceptAll, hash, notifierOptions, numbered, paths } from './two-endpoints.ts';

const udp = paths('UDP').server;
let endpoint: Endpoint;

beforeEach(() => {
  endpoint = new Endpoint({ random: numbered('s'), hash, software: 'Rollcall', notifier: notifierOptions });
});

const hear = (bytes: Uint8Array, path: FlowPath = udp): readonly Said[] =>
  endpoint.handle({ kind: 'received', path, bytes }, instant(0));

const signed = (parts: Parts): Uint8Array => signedFor(endpoint, parts);

test.each<[string, Parts, string, string]>([
  ['no Event', { headers: { Event: undefined } }, '400 Bad Event Header', ''],
  ['another package', { headers: { Event: 'presence' } }, '489 Bad Event', 'Allow-Events: address-book, x-book'],
  ['no Contact', { headers: { Contact: undefined } }, '400 Not One Contact', ''],
  ['two Contacts', { headers: { Contact: '<sip:a>, <sip:b>' } }, '400 Not One Contact', ''],
  ['a Contact that is no SIP URI', { headers: { Contact: '<mailto:a@b>' } }, '400 Not One Contact', ''],
  ['a tag that is not known', { headers: { To: '<sip:a@b>;tag=zz' } }, '481 Subscription Does Not Exist', ''],
  ['no tag in From', { headers: { From: '<sip:ben@example.com>' } }, '400 No Tag in From', ''],
  ['no credentials', {}, '401 Unauthorized', 'algorithm=SHA-256,qop="auth"'],
  ['a tel URI', { uri: 'tel:+12125551212' }, '416 Unsupported URI Scheme', ''],
  ['a URI without a scheme', { uri: 'address-book' }, '400 Bad Request', ''],
  ['Require', { headers: { Require: 'eventlist, x' } }, '420 Bad Extension', 'Unsupported: eventlist, x'],
  ['Max-Forwards past 255', { headers: { 'Max-Forwards': '256' } }, '400 Bad Max-Forwards', ''],
  ['Max-Forwards that is no number', { headers: { 'Max-Forwards': 'many' } }, '400 Bad Max-Forwards', ''],
  [
    'a known method that is not served',
    { method: 'INVITE' },
    '405 Method Not Allowed',
    'Allow: SUBSCRIBE, NOTIFY, OPTIONS',
  ],
  ['an unknown method', { method: 'DANCE' }, '501 Not Implemented', 'Allow: SUBSCRIBE, NOTIFY, OPTIONS'],
  ['CANCEL', { method: 'CANCEL' }, '481 Transaction Does Not Exist', ''],
  ['a NOTIFY outside any subscription', { method: 'NOTIFY' }, '481 Subscription Does Not Exist', ''],
  ['another version', { version: '3.0' }, '505 Version Not Supported', ''],
  ['CSeq of another method', { headers: { CSeq: '1 NOTIFY' } }, '400 Bad Request', ''],
  ['no Max-Forwards, as from an old peer', { headers: { 'Max-Forwards': undefined } }, '401 Unauthorized', ''],
])('N1, N7, RFC 3261 §8.2, RFC 6665 §4.2.1.1: a request with %s', (_, parts, answer, holds) => {
  const outputs = hear(request(parts));
  expect(status(outputs)).toEqual([answer]);
  expect(sentBy(outputs)[0]).toContain(holds);
  // Nothing is remembered of what is refused.
  expect(endpoint.deadline()).toBeUndefined();
});

test.each<[string, Parts, string, string]>([
  ['an interval under the minimum', { headers: { Expires: '59' } }, '423 Interval Too Brief', 'Min-Expires: 60'],
  ['an interval that is no number', { headers: { Expires: 'soon' } }, '400 Bad Expires', ''],
  [
    'a body of another type',
    { body: 'x', headers: { 'Content-Type': 'text/plain' } },
    '415 Unsupported Media Type',
    'Accept: application/vnd.rollcall.held+json',
  ],
  ['a body without a type', { body: 'x' }, '400 No Content-Type', ''],
  [
    'a compressed body',
    { body: 'x', headers: { 'Content-Type': 'application/vnd.rollcall.held+json', 'Content-Encoding': 'gzip' } },
    '415 Unsupported Media Type',
    'Accept-Encoding: identity',
  ],
])('N3, RFC 3261 §8.2.3: a SUBSCRIBE with credentials and %s', (_, parts, answer, holds) => {
  const outputs = hear(signed(parts));
  expect(status(outputs)).toEqual([answer]);
  expect(sentBy(outputs)[0]).toContain(holds);
  expect(endpoint.deadline()).toBeUndefined();
});

test('a body that is not UTF-8 is refused', () => {
  const type = 'application/vnd.rollcall.held+json';
  const text = signed({ body: 'xx', headers: { 'Content-Type': type } });
  text.set([0xc3, 0x28], text.length - 2);
  expect(status(hear(text))).toEqual(['400 Body Not UTF-8']);
});

test.each([
  ['absent', undefined, 3600],
  ['0, which is never too short', '0', 0],
  ['60', '60', 60],
  ['longer than the longest', '99999999999', undefined],
  ['a day and more', '100000', 86_400],
])('N3, RFC 6665 §4.2.1.1: the interval granted for an Expires that is %s', (_, expires, granted) => {
  const outputs = hear(signed({ headers: { Expires: expires } }));
  const asked = outputs.find((said) => said.kind === 'asked');
  expect(asked?.request.expiresInSeconds).toBe(granted);
});

test('an answer goes back to where the request came from, and says so in Via (RFC 3581 §4)', () => {
  const via = (value: string): string | undefined =>
    /\r\nv: ([^\r]*)/.exec(sentBy(hear(request({ headers: { Via: value } })))[0] ?? '')?.[1];
  expect(via('SIP/2.0/UDP 192.168.1.9:5062;rport;branch=z9hG4bKb')).toBe(
    'SIP/2.0/UDP 192.168.1.9:5062;rport=5062;branch=z9hG4bKb;received=10.0.0.12',
  );
  expect(via('SIP/2.0/UDP 10.0.0.12;branch=z9hG4bKc')).toBe('SIP/2.0/UDP 10.0.0.12;branch=z9hG4bKc');
  expect(via('SIP/2.0/WS a.invalid;branch=z9hG4bKd;received=6.6.6.6')).toBe(
    'SIP/2.0/WS a.invalid;branch=z9hG4bKd;received=10.0.0.12',
  );
  expect(via('SIP/2.0/UDP 10.0.0.12;branch=1, SIP/2.0/TCP b;branch=2')).toBe('SIP/2.0/UDP 10.0.0.12;branch=1');
});

test('the same refused request gets the same tag each time, another request another (RFC 3261 §8.2.7)', () => {
  const tag = (bytes: Uint8Array): string | undefined =>
    /\r\nt: [^\r]*tag=(\w+)/.exec(sentBy(hear(bytes))[0] ?? '')?.[1];
  expect(tag(request({}))).toBe(tag(request({})));
  expect(tag(request({}))).not.toBe(tag(request({ headers: { 'Call-ID': 'other' } })));
});

test('OPTIONS is answered with what is taken here (RFC 3261 §11.2)', () => {
  const [text = ''] = sentBy(hear(request({ method: 'OPTIONS' })));
  expect(text).toMatch(/^SIP\/2\.0 200 OK\r\n/);
  for (const line of [
    'Allow: SUBSCRIBE, NOTIFY, OPTIONS',
    'Allow-Events: address-book, x-book',
    'Accept: application/vnd.rollcall.held+json',
    'Server: Rollcall',
  ])
    expect(text).toContain(`\r\n${line}\r\n`);
});

test('an endpoint that only subscribes does not allow SUBSCRIBE', () => {
  endpoint = new Endpoint({ random: numbered('t'), hash });
  const outputs = hear(request({}));
  expect(status(outputs)).toEqual(['405 Method Not Allowed']);
  expect(sentBy(outputs)[0]).toContain('\r\nAllow: NOTIFY, OPTIONS\r\n');
});

test('an ACK, a response that nobody waits for, and what is not SIP are not answered', () => {
  for (const bytes of [
    request({ method: 'ACK' }),
    request({ method: 'ACK', headers: { 'Call-ID': undefined } }),
    readFileSync(new URL('../vectors/sip/rfc3261-24.1-ok.sip', import.meta.url)),
    utf8('SIP/2.0 200 OK\r\n\r\n'),
    utf8('GET / HTTP/1.1\r\n\r\n'),
    utf8('\r\n\r\n'),
    new Uint8Array(4),
    Uint8Array.of(0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42),
    new Uint8Array(0),
  ])
    expect(sentBy(hear(bytes))).toEqual([]);
});

test('the REGISTER of RFC 3261 §24.1 is read, and answered with what is allowed', () => {
  const outputs = hear(readFileSync(new URL('../vectors/sip/rfc3261-24.1-register.sip', import.meta.url)));
  expect(status(outputs)).toEqual(['405 Method Not Allowed']);
  expect(sentBy(outputs)[0]).toContain('received=10.0.0.12');
  expect(sentBy(outputs)[0]).toContain('\r\nCSeq: 1826 REGISTER\r\n');
});

test('the same SUBSCRIBE that comes by another way is a loop (482, RFC 3261 §8.2.2.2)', () => {
  const bytes = signed({});
  expect(hear(bytes).map(({ kind }) => kind)).toEqual(['asked']);
  const merged = utf8(textOf(bytes).replace('branch=z9hG4bKa', 'branch=z9hG4bKb'));
  expect(status(hear(merged))).toEqual(['482 Loop Detected']);
});

test('who uses the branch of another request, or asks within the dialog, is heard as who he is (RFC 3261 §17.2.3)', () => {
  const bytes = signed({});
  expect(hear(bytes).map(({ kind }) => kind)).toEqual(['asked']);
  expect(hear(bytes)).toEqual([]);
  expect(hear(signed({ headers: { 'Call-ID': 'other' } })).map(({ kind }) => kind)).toEqual(['asked']);
  expect(status(hear(signed({ headers: { To: '<sip:book@example.com>;tag=nobody' } })))).toEqual([
    '481 Subscription Does Not Exist',
  ]);
});

test('a peer of RFC 2543, whose branches are nothing, is told apart by the rest of its requests', () => {
  const old = { Via: 'SIP/2.0/UDP 10.0.0.12:5062' };
  const first = signed({ headers: old });
  expect(hear(first).map(({ kind }) => kind)).toEqual(['asked']);
  expect(hear(first)).toEqual([]);
  expect(hear(signed({ headers: { ...old, 'Call-ID': 'other' } })).map(({ kind }) => kind)).toEqual(['asked']);
});

const accepted = (parts: Parts): readonly Said[] => {
  const outputs = hear(signed(parts));
  const command = outputs.flatMap((said) => acceptAll(said) ?? [])[0];
  if (command === undefined) throw new Error(status(outputs).join());
  return endpoint.handle(command, instant(0));
};

test('N10, RFC 3261 §12.1.1: NOTIFY follows the route set in its order, and 2xx copies it', () => {
  const [ok = '', notify = ''] = sentBy(accepted({ headers: { 'Record-Route': '<sip:p2;lr>, <sip:p1;lr>' } }));
  expect(ok).toContain('\r\nRecord-Route: <sip:p2;lr>, <sip:p1;lr>\r\n');
  expect(notify).toMatch(/^NOTIFY sip:10\.0\.0\.12:5062 SIP/);
  expect(notify).toContain('\r\nRoute: <sip:p2;lr>\r\nRoute: <sip:p1;lr>\r\n');
});

test('RFC 3261 §12.2.1.1, §19.1.1: what a Request-URI must not have is left out of it, of a Contact and of a strict router', () => {
  const contact = { Contact: '<sip:ben@10.0.0.12;method=INVITE;x=y?Subject=a>' };
  const [, direct = ''] = sentBy(accepted({ headers: contact }));
  expect(direct).toMatch(/^NOTIFY sip:ben@10\.0\.0\.12;x=y SIP/);
  const strict = { 'Call-ID': 'b', Via: 'SIP/2.0/UDP h;branch=z9hG4bKb', 'Record-Route': '<sip:10.0.0.5?X=y>' };
  const [, routed = ''] = sentBy(accepted({ headers: strict }));
  expect(routed).toMatch(/^NOTIFY sip:10\.0\.0\.5 SIP/);
});

test('N10, RFC 3261 §12.2.1.1: a strict router stands in the Request-URI, and the target is the last Route', () => {
  const [, notify = ''] = sentBy(accepted({ headers: { 'Record-Route': '<sip:p2>, <sip:p1;lr>' } }));
  expect(notify).toMatch(/^NOTIFY sip:p2 SIP/);
  expect(notify).toContain('\r\nRoute: <sip:p1;lr>\r\nRoute: <sip:10.0.0.12:5062>\r\n');
});

test('N7, N8, N10, RFC 3261 §12.2.2: within a dialog an older CSeq is 500, another id 481, a new Contact is the new target, the routes stay', () => {
  const [ok = '', notify = ''] = sentBy(
    accepted({ headers: { Event: 'address-book;id=7', 'Record-Route': '<sip:p1;lr>' } }),
  );
  const to = /\r\nt: ([^\r]*)/.exec(ok)?.[1];
  const within = (headers: Parts['headers']): Parts => ({
    headers: {
      To: to,
      Event: 'address-book;id=7',
      Via: 'SIP/2.0/UDP 10.0.0.12;branch=z9hG4bKz',
      CSeq: '3 SUBSCRIBE',
      ...headers,
    },
  });
  expect(status(hear(signed(within({ CSeq: '1 SUBSCRIBE' }))))).toEqual(['500 CSeq Out of Order']);
  expect(status(hear(signed(within({ Event: 'address-book;id=8' }))))).toEqual(['481 Subscription Does Not Exist']);
  expect(status(hear(signed(within({ From: '<sip:ben@example.com>;tag=eve' }))))).toEqual([
    '481 Subscription Does Not Exist',
  ]);
  const moved = accepted(within({ Contact: '<sip:10.9.9.9>', 'Record-Route': '<sip:other;lr>' }));
  expect(status(moved)).toEqual(['200 OK']);
  // The NOTIFY that must follow waits until the one in flight is answered.
  const copied = notify.split('\r\n').filter((line) => /^(?:v|f|t|i|CSeq):/.test(line));
  const [next = ''] = sentBy(hear(utf8(['SIP/2.0 200 OK', ...copied, 'l: 0', '', ''].join('\r\n'))));
  expect(next).toMatch(/^NOTIFY sip:10\.9\.9\.9 SIP/);
  expect(next).toContain('\r\nRoute: <sip:p1;lr>\r\n');
  expect(next).toContain('\r\nCSeq: 2 NOTIFY\r\n');
});

test('on a stream a ping is answered, and what cannot be framed is answered and the flow closed', () => {
  const tcp = paths('TCP').server;
  endpoint.handle({ kind: 'opened', path: tcp }, instant(0));
  expect(sentBy(hear(utf8('\r\n\r\n'), tcp))).toEqual(['\r\n']);
  const both = hear(
    concat([request({ method: 'OPTIONS' }), request({ headers: { 'Content-Length': undefined } })]),
    tcp,
  );
  expect(both.map(({ kind }) => kind)).toEqual(['send', 'malformed', 'send', 'close']);
  expect(status(both)).toEqual(['200 OK', '400 Bad Request']);
  expect(hear(request({ method: 'OPTIONS' }), tcp)).toEqual([]);
  endpoint.handle({ kind: 'closed', flow: tcp.flow }, instant(0));
  endpoint.handle({ kind: 'opened', path: tcp }, instant(0));
  expect(status(hear(request({ method: 'OPTIONS' }), tcp))).toEqual(['200 OK']);
});

test('what is too large is refused and its flow closed: 413 by its Content-Length, 513 where there is no head to answer', () => {
  const tcp = paths('TCP').server;
  const large = hear(request({ headers: { 'Content-Length': `${limits.bodyOctets + 1}` } }), tcp);
  expect(status(large)).toEqual(['413 Request Entity Too Large']);
  expect(large.at(-1)).toEqual({ kind: 'close', flow: tcp.flow });
  const ws = paths('WS').server;
  const huge = hear(new Uint8Array(limits.headOctets + limits.bodyOctets + 1).fill(65), ws);
  expect(huge.map(({ kind }) => kind)).toEqual(['malformed', 'close']);
});

test('on a WebSocket each message is one; a ping is answered, an answer to one is not (RFC 7118 §6)', () => {
  const ws = paths('WS').server;
  expect(sentBy(hear(utf8('\r\n\r\n'), ws))).toEqual(['\r\n']);
  expect(sentBy(hear(utf8('\r\n'), ws))).toEqual([]);
  expect(status(hear(request({ method: 'OPTIONS', headers: { 'Content-Length': undefined } }), ws))).toEqual([
    '200 OK',
  ]);
});

test('a flood of SUBSCRIBEs without credentials leaves nothing in memory, and draws answers no larger than twice', () => {
  for (let count = 0; count < 1000; count += 1) {
    const bytes = request({
      headers: { 'Call-ID': `c${count}`, Via: `SIP/2.0/UDP 10.0.0.12;branch=z9hG4bK${count};rport` },
    });
    const [answer = ''] = sentBy(hear(bytes));
    expect(answer.length).toBeLessThan(2 * bytes.length);
  }
  expect(endpoint.deadline()).toBeUndefined();
});

test('whatever arrives on whichever flow, nothing throws, and both ends go on working', () =>
  fc.assert(anyArrivals.property, { numRuns: 500 }));

test.each([
  ['a NUL behind a backslash', 'address-book;id="a\\\0b"', '\r\nEvent: address-book;id="a\\\0b"\r\n'],
  ['a separator', 'address-book;id="a;b"', '\r\nEvent: address-book;id="a;b"\r\n'],
])('an Event id in quotes with %s goes back in quotes, and ends nobody', (_, event, expected) => {
  const [ok = '', notify = ''] = sentBy(accepted({ headers: { Event: event } }));
  expect(ok).toMatch(/^SIP\/2\.0 200 /);
  expect(notify).toContain(expected);
});

test('a reason that quotes what the peer sent stays on the status line', () => {
  const asked = hear(signed({})).find((said) => said.kind === 'asked');
  if (asked === undefined) throw new Error('not asked');
  const { subscription } = asked.request;
  const refusal = { kind: 'refuse', subscription, status: 400, reason: 'not "x\r\nEvil: 1"' } as const;
  const [answer = ''] = sentBy(endpoint.handle(refusal, instant(1)));
  expect(answer).toMatch(/^SIP\/2\.0 400 not "x Evil: 1"\r\n/);
  expect(answer).not.toContain('\r\nEvil');
});
