// A subscriber against a notifier that the test plays, octet by octet; and two endpoints over a bad network.

import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { textOf, utf8 } from '../../src/base/bytes.ts';
import { instant } from '../../src/base/time.ts';
import { Endpoint } from '../../src/sip/endpoint.ts';
import { parseMessage } from '../../src/sip/parse.ts';
import type { IncomingRequest } from '../../src/sip/message.ts';
import type { Said } from '../../src/sip/transaction-user.ts';
import { book, hash, noticeType, numbered, TwoEndpoints } from './two-endpoints.ts';

const two = new TwoEndpoints();
const path = two.paths.terminal;
let endpoint: Endpoint;
let sent: IncomingRequest[];

beforeEach(() => {
  endpoint = new Endpoint({ random: numbered('t'), hash });
  sent = [];
  keep(endpoint.handle({ kind: 'subscribe', subscription: book, asking: two.asking() }, instant(0)));
});

function keep(outputs: readonly Said[]): readonly Said[] {
  for (const said of outputs) {
    if (said.kind !== 'send') continue;
    const message = parseMessage(said.bytes);
    if (message.kind === 'request') sent.push(message);
  }
  return outputs;
}

const hear = (text: readonly string[], body = ''): readonly Said[] =>
  keep(
    endpoint.handle(
      { kind: 'received', path, bytes: utf8(`${text.join('\r\n')}\r\nl: ${utf8(body).length}\r\n\r\n${body}`) },
      instant(0),
    ),
  );

/** Answers the last SUBSCRIBE. */
function answer(status: string, ...fields: readonly string[]): readonly Said[] {
  const subscribe = sent.at(-1) ?? expect.unreachable();
  const copied = ['via', 'from', 'call-id', 'cseq'].map((name) => `${name}: ${subscribe.headers.first(name)}`);
  return hear([`SIP/2.0 ${status}`, ...copied, 't: <sip:address-book@example.com>;tag=note', ...fields]);
}

function notify(changes: Readonly<Record<string, string | undefined>> = {}, body = '{}'): readonly Said[] {
  const subscribe = sent[0] ?? expect.unreachable();
  const fields: Record<string, string | undefined> = {
    Via: 'SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKn1',
    From: '<sip:address-book@example.com>;tag=note',
    To: `<sip:ben@example.com>;tag=${subscribe.from.parameters.get('tag')}`,
    'Call-ID': subscribe.callId,
    CSeq: '1 NOTIFY',
    Contact: '<sip:10.0.0.1>',
    Event: 'address-book',
    'Subscription-State': 'active;expires=3600',
    'SIP-ETag': 'b.1',
    'Content-Type': noticeType,
    ...changes,
  };
  const lines = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  return hear(['NOTIFY sip:10.0.0.12:5062 SIP/2.0', ...lines], body);
}

const status = (outputs: readonly Said[]): string | undefined =>
  outputs.flatMap((said) =>
    said.kind === 'send' ? [textOf(said.bytes).slice(8, textOf(said.bytes).indexOf('\r\n'))] : [],
  )[0];

const told = (outputs: readonly Said[]): readonly Said[] => outputs.filter((said) => said.kind !== 'send');

test.each([
  ['another package', { Event: 'presence' }, '489 Bad Event'],
  ['no Event', { Event: undefined }, '400 Bad Event Header'],
  ['an id that was not asked for', { Event: 'address-book;id=1' }, '481 Subscription Does Not Exist'],
  ['another Call-ID', { 'Call-ID': 'x' }, '481 Subscription Does Not Exist'],
  ['another tag', { To: '<sip:ben@example.com>;tag=x' }, '481 Subscription Does Not Exist'],
  ['no Subscription-State', { 'Subscription-State': undefined }, '400 Bad Subscription-State'],
  ['no Contact', { Contact: undefined }, '400 Not One Contact'],
  ['a body that was not asked for', { 'Content-Type': 'text/html' }, '415 Unsupported Media Type'],
])('N7, N8, RFC 6665 §4.1.3: a NOTIFY with %s is refused and not told', (_, changes, expected) => {
  const outputs = notify(changes);
  expect(status(outputs)).toBe(expected);
  expect(told(outputs)).toEqual([]);
});

test('N11, N13, RFC 6665 §4.4.1: a NOTIFY before the 200 makes the dialog; one of another fork is answered with 481; 202 is taken as 200', () => {
  expect(status(notify())).toBe('200 OK');
  const fork = { From: '<sip:address-book@example.com>;tag=fork', Via: 'SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKn2' };
  expect(status(notify(fork))).toBe('481 Subscription Does Not Exist');
  expect(told(answer('202 Accepted', 'Expires: 1800'))).toEqual([
    { kind: 'subscribed', subscription: book, expiresInSeconds: 1800 },
  ]);
});

test('N11, RFC 6665 §4.4.1: the refresh follows the route set of the NOTIFY, not of the 200', () => {
  notify({ 'Record-Route': '<sip:p1;lr>' });
  answer('200 OK', 'Record-Route: <sip:other;lr>', 'Contact: <sip:elsewhere>');
  keep(endpoint.handle({ kind: 'refresh', subscription: book, suppressIfMatch: 'b.1' }, instant(0)));
  const refresh = sent.at(-1);
  expect(refresh?.uri).toBe('sip:10.0.0.1');
  expect(refresh?.headers.all('route')).toEqual(['<sip:p1;lr>']);
  expect(refresh?.to.parameters.get('tag')).toBe('note');
  expect(refresh?.cseq.number).toBe(2);
  expect(refresh?.headers.first('suppress-if-match')).toBe('b.1');
});

const challenge = (rest: string): string => `Digest realm="example.com",nonce="n${rest.length}",${rest}`;

test('a proxy’s challenge is answered in its own header (407), also with MD5 alone', () => {
  answer('407 Proxy Authentication Required', `Proxy-Authenticate: ${challenge('qop="auth"')}`);
  expect(sent.at(-1)?.headers.first('proxy-authorization')).toContain('algorithm=MD5');
  expect(sent.at(-1)?.headers.first('authorization')).toBeUndefined();
});

test('a peer that calls every nonce stale is not answered for ever', () => {
  let refused: readonly Said[] = [];
  for (let count = 0; count < 10; count += 1) {
    refused = told(answer('401 Unauthorized', `WWW-Authenticate: ${challenge(`qop="auth",stale=true,x=${count}`)}`));
    if (refused.length > 0) break;
  }
  expect(refused).toEqual([{ kind: 'refused', subscription: book, status: 401, reason: 'Unauthorized' }]);
  expect(sent).toHaveLength(4);
});

test('a challenge that cannot be answered is a refusal', () => {
  expect(
    told(answer('401 Unauthorized', `WWW-Authenticate: ${challenge('algorithm=SHA-512-256,qop="auth"')}`)),
  ).toEqual([{ kind: 'refused', subscription: book, status: 401, reason: 'Unauthorized' }]);
});

test('a second 423, and one without or with too small a Min-Expires, is a refusal', () => {
  expect(told(answer('423 Interval Too Brief', 'Min-Expires: 7200'))).toEqual([]);
  expect(sent.at(-1)?.headers.first('expires')).toBe('7200');
  expect(told(answer('423 Interval Too Brief', 'Min-Expires: 9000'))).toMatchObject([{ kind: 'refused', status: 423 }]);
});

test('N3, RFC 6665 §4.2.1.1: a notifier cannot lengthen a subscription, and a provisional answer is no answer', () => {
  expect(answer('100 Trying')).toEqual([]);
  expect(told(answer('200 OK', 'Expires: 99999'))).toMatchObject([{ kind: 'subscribed', expiresInSeconds: 3600 }]);
});

test('the reason and the time that a last NOTIFY names are passed on', () => {
  notify();
  answer('200 OK', 'Expires: 3600');
  const last = notify({
    'Subscription-State': 'terminated;reason=probation;retry-after=90',
    CSeq: '2 NOTIFY',
    Via: 'SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKn2',
  });
  expect(told(last).at(-1)).toEqual({ kind: 'ended', subscription: book, why: 'probation', retryAfterSeconds: 90 });
  expect(endpoint.deadline()).toBe(instant(32_000)); // Timer J of the NOTIFYs; of the answered SUBSCRIBE nothing is left
  endpoint.wake(instant(32_000));
  expect(endpoint.deadline()).toBeUndefined();
});

test('a state that a later RFC adds counts as active, and a gap in CSeq is no error', () => {
  notify({ 'Subscription-State': 'dozing' });
  answer('200 OK');
  expect(status(notify({ CSeq: '9 NOTIFY', Via: 'SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKn9' }))).toBe('200 OK');
});

test('however datagrams are lost, doubled and delayed, each notification is told at most once, in order, and the newest arrives while the subscription lives', () =>
  fc.assert(
    fc.property(
      fc.infiniteStream(fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 2 })),
      fc.integer({ min: 1, max: 8 }),
      (fates, count) => {
        const pair = new TwoEndpoints();
        pair.network = () => {
          const fate = fates.next();
          return fate.done === true ? 1 : fate.value.map((tenths) => tenths / 10);
        };
        pair.subscribe();
        pair.pass(40);
        const lives = (): boolean =>
          pair.told.server.some(({ kind }) => kind === 'asked') &&
          !pair.told.server.some(({ kind }) => kind === 'ended');
        for (let number = 2; number < 2 + count; number += 1) {
          if (!lives()) break;
          pair.tell('server', {
            kind: 'notify',
            subscription: pair.asked,
            etag: `${number}`,
            body: { type: noticeType, text: '{}' },
          });
          pair.pass(1);
        }
        pair.pass(80);
        const heard = pair.told.terminal
          .flatMap((said) => (said.kind === 'notified' ? [said.etag ?? ''] : []))
          .filter((etag) => etag !== 'b.1');
        expect(heard).toEqual([...new Set(heard)].sort((one, other) => Number(one) - Number(other)));
        const lost = pair.told.terminal.some(({ kind }) => kind === 'ended' || kind === 'refused');
        if (lives() && !lost) expect(heard.at(-1)).toBe(`${count + 1}`);
      },
    ),
    { numRuns: 200 },
  ));
