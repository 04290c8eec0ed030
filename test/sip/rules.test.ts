// The rules of RFC 6665 and its kin that implementations break, N1 to N13, as far as no other file has them.
// Tests whose names begin with the same numbers:
//
//   N1, N7     requests.test.ts        what is refused before anybody is asked, with its status
//   N2         endpoint.test.ts        200 and then NOTIFY: for a first SUBSCRIBE, a refresh, a fetch
//   N3         requests.test.ts        the interval that is granted; subscriber.test.ts: never lengthened
//   N4         subscriber-subscription.test.ts   the timer is not started afresh
//   N5, N6     endpoint.test.ts        the last NOTIFY; 481 and silence
//   N7, N8     subscriber.test.ts      a NOTIFY that belongs to nothing
//   N9         endpoint.test.ts        one NOTIFY in flight
//   N10        requests.test.ts        route sets, target refresh, CSeq
//   N11, N13   subscriber.test.ts, endpoint.test.ts   the NOTIFY makes the dialog; Timer N; 202
//   N12        subscriber-subscription.test.ts   what ends a subscription and what does not

import { beforeEach, expect, test } from 'vitest';
import { concat, textOf, utf8 } from '../../src/base/bytes.ts';
import { instant } from '../../src/base/time.ts';
import { Endpoint } from '../../src/sip/endpoint.ts';
import { limits } from '../../src/sip/frame.ts';
import { parseMessage } from '../../src/sip/parse.ts';
import { removes } from '../../src/sip/notifier-subscription.ts';
import type { Said, TerminatedReason, Transport } from '../../src/sip/transaction-user.ts';
import { request, sentBy, signedFor, status } from './played-terminal.ts';
import type { Parts } from './played-terminal.ts';
import { acceptAll, book, hash, noticeType, notifierOptions, numbered, paths, TwoEndpoints } from './two-endpoints.ts';

let endpoint: Endpoint;

beforeEach(() => {
  endpoint = new Endpoint({ random: numbered('s'), hash, notifier: notifierOptions });
});

const hear = (bytes: Uint8Array, transport: Transport = 'UDP'): readonly Said[] =>
  endpoint.handle({ kind: 'received', path: paths(transport).server, bytes }, instant(0));

/** A SUBSCRIBE with credentials, accepted; what goes out in answer. */
function accepted(parts: Parts = {}): readonly string[] {
  const outputs = hear(signedFor(endpoint, parts));
  return sentBy([
    ...outputs,
    ...outputs
      .flatMap(acceptAll)
      .flatMap((command) => (command === undefined ? [] : endpoint.handle(command, instant(0)))),
  ]);
}

/** The peer's answer to a NOTIFY of ours. */
const answerTo = (notify: string, statusLine: string, ...more: readonly string[]): Uint8Array => {
  const copied = notify.split('\r\n').filter((line) => /^(?:v|f|t|i|CSeq):/.test(line));
  return utf8([`SIP/2.0 ${statusLine}`, ...copied, ...more, 'l: 0', '', ''].join('\r\n'));
};

const field = (message: string | undefined, name: string): string | undefined =>
  new RegExp(`\r\n${name}: ([^\r]*)`).exec(message ?? '')?.[1];

const notify = (two: TwoEndpoints, etag: string): void =>
  two.tell('server', { kind: 'notify', subscription: two.asked, etag, body: { type: noticeType, text: '{}' } });

const notifies = (two: TwoEndpoints): readonly string[] =>
  two.datagrams.flatMap(({ text }) => (text.startsWith('NOTIFY') ? [text] : []));

test('N1, RFC 6665 §8.2.1: two Events are none, a package without a token is none, and the compact form is one', () => {
  const twice = utf8(textOf(request({})).replace('\r\nEvent:', '\r\no: address-book\r\nEvent:'));
  expect(status(hear(twice))).toEqual(['400 Bad Event Header']);
  expect(status(hear(request({ headers: { Event: ';id=1' } })))).toEqual(['400 Bad Event Header']);
  expect(status(hear(request({ headers: { Event: undefined, o: 'address-book' } })))).toEqual(['401 Unauthorized']);
});

test('N1, RFC 6665 §8.2.2: the 489 for an unknown package, a template of a known one too, names those that are served', () => {
  for (const event of ['presence', 'address-book.winfo', 'ADDRESS-BOOK']) {
    const [text] = sentBy(hear(request({ headers: { Event: event } })));
    expect(text).toMatch(/^SIP\/2\.0 489 Bad Event\r\n/);
    expect(field(text, 'Allow-Events')).toBe('address-book, x-book');
  }
});

test('N2, RFC 6665 §4.2.1.2: the answer leaves before the NOTIFY, whatever was asked', () => {
  const starts = (texts: readonly string[]): readonly string[] =>
    texts.map((text) => text.slice(0, text.indexOf(' sip:') + 1) || text.slice(0, 11));
  const first = accepted();
  expect(starts(first)).toEqual(['SIP/2.0 200', 'NOTIFY ']);
  endpoint.handle(
    { kind: 'received', path: paths('UDP').server, bytes: answerTo(first[1] ?? '', '200 OK') },
    instant(0),
  );
  const within = { To: field(first[0], 't'), Via: 'SIP/2.0/UDP 10.0.0.12;branch=z9hG4bKagain', CSeq: '3 SUBSCRIBE' };
  const second = accepted({ headers: within });
  expect(starts(second)).toEqual(['SIP/2.0 200', 'NOTIFY ']);
  endpoint.handle(
    { kind: 'received', path: paths('UDP').server, bytes: answerTo(second[1] ?? '', '200 OK') },
    instant(0),
  );
  const leave = { ...within, Via: 'SIP/2.0/UDP 10.0.0.12;branch=z9hG4bKleave', CSeq: '4 SUBSCRIBE', Expires: '0' };
  const last = accepted({ headers: leave });
  expect(starts(last)).toEqual(['SIP/2.0 200', 'NOTIFY ']);
  expect(field(last[1], 'Subscription-State')).toBe('terminated;reason=timeout');
});

test('N3, RFC 6665 §4.2.1.1: 423 is for what is under an hour and under the minimum: 0 and an hour are taken with any minimum', () => {
  const [served] = notifierOptions.packages;
  if (served === undefined) throw new Error('no package');
  const packages = [{ ...served, minExpiresInSeconds: 7200 }];
  endpoint = new Endpoint({ random: numbered('s'), hash, notifier: { ...notifierOptions, packages } });
  const asked = (expires: string): string => {
    const via = `SIP/2.0/UDP 10.0.0.12;branch=z9hG4bK${expires}`;
    const [text = ''] = accepted({ headers: { Expires: expires, 'Call-ID': expires, Via: via } });
    return `${text.slice(8, 11)} ${field(text, 'Expires') ?? field(text, 'Min-Expires') ?? ''}`;
  };
  expect(['0', '1', '3599', '3600', '7200'].map(asked)).toEqual([
    '200 0',
    '423 7200',
    '423 7200',
    '200 3600',
    '200 7200',
  ]);
});

test('N4, RFC 6665 §4.2.2: each NOTIFY says how long the subscription still lasts, not how long it was granted', () => {
  const two = new TwoEndpoints();
  two.subscribe();
  two.pass(100);
  notify(two, 'b.2');
  expect(notifies(two).map((text) => field(text, 'Subscription-State'))).toEqual([
    'active;expires=3600',
    'active;expires=3500',
  ]);
  // The subscriber's timer goes on from its first 3600 s: nine tenths of them.
  two.told.terminal.length = 0;
  two.pass(3139);
  expect(two.kinds('terminal')).toEqual([]);
  two.pass(1);
  expect(two.kinds('terminal')).toEqual(['refresh-due']);
});

test('RFC 6446 §5.3: the rates that were accepted stand in every Subscription-State but the last, until a SUBSCRIBE without them', () => {
  const two = new TwoEndpoints();
  two.onServer = (said) => {
    const command = acceptAll(said);
    if (command?.kind !== 'accept' || said.kind !== 'asked' || !said.request.parameters.has('max-rate')) return command;
    return { ...command, rates: new Map([['max-rate', '0.5'], ['min-rate', '0.1']]) }; // prettier-ignore
  };
  two.subscribe({ event: 'address-book;max-rate=0.5;min-rate=3' });
  const room = two.server.roomFor(two.asked);
  notify(two, 'b.2');
  expect(notifies(two).map((text) => field(text, 'Subscription-State'))).toEqual([
    'active;expires=3600;max-rate=0.5;min-rate=0.1',
    'active;expires=3600;max-rate=0.5;min-rate=0.1',
  ]);
  two.tell('server', { kind: 'end', subscription: two.asked, reason: 'deactivated' });
  expect(field(notifies(two).at(-1), 'Subscription-State')).toBe('terminated;reason=deactivated');
  const plain = new TwoEndpoints();
  plain.subscribe();
  expect(plain.server.roomFor(plain.asked)).toBe(room + ';max-rate=0.5;min-rate=0.1'.length);
});

test.each<[TerminatedReason, number | undefined]>([
  ['deactivated', undefined],
  ['probation', 90],
  ['rejected', undefined],
  ['timeout', undefined],
  ['giveup', 30],
  ['noresource', undefined],
  ['invariant', undefined],
])(
  'N5, RFC 6665 §4.1.3: "%s" is said by the notifier and heard by the subscriber, with its Retry-After',
  (reason, seconds) => {
    const two = new TwoEndpoints();
    two.subscribe();
    const retryAfter = seconds === undefined ? {} : { retryAfterSeconds: seconds };
    two.tell('server', { kind: 'end', subscription: two.asked, reason, ...retryAfter });
    const said = field(notifies(two).at(-1), 'Subscription-State');
    expect(said).toBe(`terminated;reason=${reason}${seconds === undefined ? '' : `;retry-after=${seconds}`}`);
    expect(two.told.terminal.at(-1)).toEqual({ kind: 'ended', subscription: book, why: reason, ...retryAfter });
    // It is over: a refresh within the dialog is 481.
    expect(two.server.roomFor(two.asked)).toBe(0);
  },
);

test.each<[string, readonly string[], Said['kind']]>([
  ['200 OK', [], 'delivered'],
  ['202 Accepted', [], 'delivered'],
  ['401 Unauthorized', ['WWW-Authenticate: Digest realm="x",nonce="y"'], 'ended'],
  ['407 Proxy Authentication Required', [], 'ended'],
  ['420 Bad Extension', ['Unsupported: x'], 'ended'],
  ['421 Extension Required', ['Require: x'], 'ended'],
  ['430 Flow Failed', ['Retry-After: 5'], 'ended'],
  ['481 Subscription Does Not Exist', ['Retry-After: 5'], 'ended'],
  ['489 Bad Event', [], 'ended'],
  ['500 Server Internal Error', [], 'ended'],
  ['500 Server Internal Error', ['Retry-After: 5'], 'undelivered'],
  ['503 Service Unavailable', [], 'ended'],
  ['503 Service Unavailable', ['Retry-After: 5 (shedding load);duration=9'], 'undelivered'],
  ['603 Decline', [], 'ended'],
])('N6, RFC 6665 §4.2.2: a NOTIFY answered with %s and %j', (statusLine, more, told) => {
  const [, first = ''] = accepted();
  const outputs = hear(answerTo(first, statusLine, ...more));
  expect(outputs.map(({ kind }) => kind)).toEqual([told]);
  const [subscription] = outputs.flatMap((said) => ('subscription' in said ? [said.subscription] : []));
  expect(endpoint.roomFor(subscription ?? book) > 0).toBe(told !== 'ended');
});

test('N6, RFC 5057 §5.1: 481 and its kin end the subscription whatever Retry-After says, as does 430, and other answers where it says nothing', () => {
  for (const code of [404, 405, 410, 416, 430, 480, 481, 482, 483, 484, 485, 489, 501, 604])
    expect(removes(code, 5)).toBe(true);
  for (const code of [400, 401, 403, 408, 420, 421, 500, 503, 504, 600, 603])
    expect([removes(code, 5), removes(code, undefined)]).toEqual([false, true]);
});

test('N7, RFC 6665 §4.1.3: a NOTIFY before any SUBSCRIBE is 481 at a notifier and at a subscriber, and makes nothing', () => {
  for (const each of [endpoint, new Endpoint({ random: numbered('t'), hash })]) {
    endpoint = each;
    const headers = { To: '<sip:ben@example.com>;tag=zz', 'Subscription-State': 'active;expires=60' };
    const outputs = hear(request({ method: 'NOTIFY', headers }));
    expect(status(outputs)).toEqual(['481 Subscription Does Not Exist']);
    expect(outputs).toHaveLength(1);
    expect(endpoint.deadline()).toBeUndefined();
  }
});

test('N8, RFC 6665 §4.4.1: the same package with another id is another subscription, and each NOTIFY says whose it is', () => {
  const subscribe = (id: string): readonly string[] =>
    accepted({
      headers: {
        Event: `address-book;delivery=notice;id=${id}`,
        'Call-ID': id,
        Via: `SIP/2.0/UDP 10.0.0.12;branch=z9hG4bK${id}`,
      },
    });
  const [one, other] = [subscribe('a1'), subscribe('a2')];
  expect([field(one[1], 'Event'), field(other[1], 'Event')]).toEqual(['address-book;id=a1', 'address-book;id=a2']);
  expect(field(one[0], 't')).not.toBe(field(other[0], 't'));
  // Without its id it is none of the two.
  const headers = {
    To: field(one[0], 't'),
    'Call-ID': 'a1',
    CSeq: '3 SUBSCRIBE',
    Via: 'SIP/2.0/UDP 10.0.0.12;branch=z9hG4bKb',
  };
  expect(status(hear(signedFor(endpoint, { headers })))).toEqual(['481 Subscription Does Not Exist']);
});

test('N9, RFC 3261 §12.2.1.1: the CSeq of NOTIFYs rises by one each, and one that is resent keeps its own', () => {
  const two = new TwoEndpoints();
  two.subscribe();
  for (const etag of ['b.2', 'b.3']) notify(two, etag);
  two.network = () => 0;
  notify(two, 'b.4');
  two.pass(1.6);
  two.network = () => 1;
  two.pass(5);
  notify(two, 'b.5');
  expect(notifies(two).map((text) => field(text, 'CSeq')?.split(' ')[0])).toEqual([
    '1',
    '2',
    '3',
    '4',
    '4',
    '4',
    '4',
    '5',
  ]);
});

test('N10, RFC 3261 §17.2.3: a refresh that comes twice is one: it is asked once and answered alike', () => {
  const [ok, first = ''] = accepted();
  hear(answerTo(first, '200 OK'));
  const headers = { To: field(ok, 't'), Via: 'SIP/2.0/UDP 10.0.0.12;branch=z9hG4bKrefresh', CSeq: '3 SUBSCRIBE' };
  const refresh = signedFor(endpoint, { headers });
  const outputs = hear(refresh);
  expect(outputs.map(({ kind }) => kind)).toEqual(['asked']);
  expect(hear(refresh)).toEqual([]);
  const [answer] = sentBy(
    outputs.flatMap(acceptAll).flatMap((command) => (command ? endpoint.handle(command, instant(0)) : [])),
  );
  expect(sentBy(hear(refresh))).toEqual([answer]);
});

test('N10, RFC 3261 §12.2.1.1: through loose routers NOTIFY keeps the target, through a strict one the target goes last; and so does a refresh', () => {
  const uriAndRoutes = (text: string | undefined) => {
    const parsed = parseMessage(utf8(text ?? ''));
    return parsed.kind === 'request' ? [parsed.uri, ...parsed.headers.list('route')] : [];
  };
  const [, loose] = accepted({ headers: { 'Record-Route': '<sip:p2;lr>, "Way" <sip:p1;lr;x=1>;y=2' } });
  expect(uriAndRoutes(loose)).toEqual(['sip:10.0.0.12:5062', '<sip:p2;lr>', '"Way" <sip:p1;lr;x=1>;y=2']);
  const other = { 'Call-ID': 'strict', Via: 'SIP/2.0/UDP 10.0.0.12;branch=z9hG4bKstrict' };
  const [, strict] = accepted({ headers: { ...other, 'Record-Route': '<sip:p2;x=1>, <sip:p1;lr>' } });
  expect(uriAndRoutes(strict)).toEqual(['sip:p2;x=1', '<sip:p1;lr>', '<sip:10.0.0.12:5062>']);
});

test('N12, RFC 6665 §4.1.2.2: whoever subscribes again after the end does so with a new Call-ID, a new tag and no To tag', () => {
  const two = new TwoEndpoints();
  two.subscribe();
  two.tell('server', { kind: 'end', subscription: two.asked, reason: 'deactivated' });
  two.subscribe();
  const firsts = two.datagrams.filter(({ text }) => text.startsWith('SUBSCRIBE') && text.includes('CSeq: 1 '));
  expect(firsts).toHaveLength(2);
  const [one, other] = firsts.map(({ text }) => [field(text, 'i'), field(text, 'f'), field(text, 't')]);
  expect(other?.[0]).not.toBe(one?.[0]);
  expect(other?.[1]).not.toBe(one?.[1]);
  expect(other?.[2]).toBe('<sip:address-book@example.com>');
});

test.each([400, 403, 408, 500, 503, 504, 600])(
  'N12, RFC 6665 §4.1.2.2: a refresh that is answered with %d leaves the subscription as long as it has',
  (code) => {
    const two = new TwoEndpoints();
    two.subscribe();
    two.onServer = (said) =>
      said.kind === 'asked'
        ? { kind: 'refuse', subscription: said.request.subscription, status: code, reason: 'No' }
        : undefined;
    two.told.terminal.length = 0;
    two.tell('terminal', { kind: 'refresh', subscription: book });
    expect(two.kinds('terminal')).toEqual([]);
    notify(two, 'b.2');
    expect(two.kinds('terminal')).toEqual(['notified']);
  },
);

test('N13, RFC 6665 §8.3.1: a SUBSCRIBE is answered with 200, never with 202', () => {
  expect(accepted()[0]).toMatch(/^SIP\/2\.0 200 OK\r\n/);
});

test('RFC 3261 §21.5.11: a head that is too large is answered with 513, and the stream is closed', () => {
  const long = { Subject: 'x'.repeat(limits.headOctets) };
  const outputs = hear(request({ method: 'OPTIONS', headers: long }), 'TCP');
  expect(status(outputs)).toEqual(['513 Message Too Large']);
  expect(outputs.at(-1)).toMatchObject({ kind: 'close' });
  const body = new Uint8Array(limits.headOctets + limits.bodyOctets);
  const whole = hear(concat([request({ method: 'OPTIONS' }), body]), 'WS');
  expect(status(whole)).toEqual(['513 Message Too Large']);
});

test('RFC 4320 §4: a SUBSCRIBE that nobody answers draws nothing at all, neither 100 nor 408, for as long as its sender waits and after', () => {
  const bytes = signedFor(endpoint, {});
  expect(hear(bytes).map(({ kind }) => kind)).toEqual(['asked']);
  const said: Said[] = [];
  for (let due = endpoint.deadline(); due !== undefined; due = endpoint.deadline()) said.push(...endpoint.wake(due));
  expect(said.map(({ kind }) => kind)).toEqual(['ended']);
});
