// Every message that we print, broken by its grammar: fields dropped, doubled, moved, renamed and filled with
// what breaks parsers. Whatever comes of it, nothing throws, and each request is answered or dropped with a reason.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concat, textOf, utf8 } from '../../src/base/bytes.ts';
import { seconds, later } from '../../src/base/time.ts';
import { parseMessage } from '../../src/sip/parse.ts';
import type { Heard, Said, Transport } from '../../src/sip/transaction-user.ts';
import { request } from './played-terminal.ts';
import { acceptAll, book, noticeType, paths, TwoEndpoints } from './two-endpoints.ts';
import type { Datagram, Side } from './two-endpoints.ts';

const body = { type: 'application/vnd.rollcall.held+json', text: '{"held":["ada2"]}' };
const rates = new Map([['max-rate', '0.5'], ['min-rate', '0.1']]); // prettier-ignore

/** Accepts with rates, or refuses where the event says so. */
function answer(said: Said): Heard | undefined {
  if (said.kind !== 'asked') return undefined;
  const { parameters, subscription } = said.request;
  if (parameters.has('refuse'))
    return { kind: 'refuse', subscription, status: 503, reason: 'Not Now', retryAfterSeconds: 9 };
  const command = acceptAll(said);
  return command?.kind === 'accept' ? { ...command, rates } : command;
}

/** A run in which the two sides say each kind of message that they ever say. */
function everything(): readonly Datagram[] {
  const two = new TwoEndpoints();
  two.onServer = answer;
  two.subscribe({ expiresInSeconds: 10, body, event: 'x-book;delivery=held;id=7' }); // 401, 423, 200, NOTIFY
  two.tell('terminal', { kind: 'refresh', subscription: book, suppressIfMatch: 'b.1' }); // 204
  two.tell('server', {
    kind: 'notify',
    subscription: two.asked,
    etag: 'b.2',
    body: { type: noticeType, text: '{"é":1}' },
  });
  two.tell('server', { kind: 'notify', subscription: two.asked, etag: 'b.2' });
  two.tell('terminal', { kind: 'unsubscribe', subscription: book }); // terminated;reason=timeout
  two.subscribe({ event: 'address-book;refuse' }); // 503 with Retry-After
  two.subscribe({ event: 'address-book', suppressIfMatch: '*' });
  const { asked } = two;
  two.tell('terminal', { kind: 'forget', subscription: book });
  two.tell('server', { kind: 'notify', subscription: asked, etag: 'b.3' }); // 481
  two.subscribe();
  two.tell('server', { kind: 'end', subscription: two.asked, reason: 'giveup', retryAfterSeconds: 60 });
  return two.datagrams;
}

const printed = everything();
/** Requests whose answers those are that no run of ours draws. */
const asked: readonly Uint8Array[] = [
  request({ method: 'OPTIONS' }),
  request({ method: 'INVITE' }),
  request({ headers: { Require: 'x' } }),
  request({ headers: { Event: 'presence' } }),
];
const seeds: readonly { readonly to: Side; readonly bytes: Uint8Array }[] = [
  ...printed.map(({ from, bytes }) => ({ to: from === 'server' ? 'terminal' : 'server', bytes }) as const),
  ...asked.map((bytes) => ({ to: 'server', bytes }) as const),
];

test('the run has every kind of message that the two sides say', () => {
  const starts = new Set(printed.map(({ text }) => /^(?:SIP\/2\.0 \d+|\w+)/.exec(text)?.[0]));
  const expected = ['SUBSCRIBE', 'NOTIFY', ...[200, 204, 401, 423, 481, 503].map((code) => `SIP/2.0 ${code}`)];
  expect(starts).toEqual(new Set(expected));
});

const names = [
  'v', 'Via', 'f', 'From', 't', 'To', 'i', 'Call-ID', 'CSeq', 'm', 'Contact', 'o', 'Event', 'Expires', 'l', 'Content-Length',
  'c', 'Content-Type', 'e', 'Content-Encoding', 'Max-Forwards', 'Require', 'Route', 'Record-Route', 'Accept', 'Authorization',
  'WWW-Authenticate', 'Proxy-Authenticate', 'Subscription-State', 'SIP-ETag', 'Suppress-If-Match', 'Retry-After', 'Min-Expires',
  '__proto__', 'constructor', 'X y', '', 'Ünïcode', '\0',
]; // prettier-ignore

const numbers = [
  '0',
  '-1',
  '007',
  '2147483647',
  '2147483648',
  '4294967296',
  '9'.repeat(40),
  '1e3',
  '0x10',
  '1 2',
  '1.5',
  '٣',
];
const texts = [
  '', ' ', '"', '"\\', '\\', '<', '>', '<>', '<<>>', ';', ';;', ',', ',,', '=', ';=', ';tag', ';tag=', ';a=b;a=c', ';branch=z9hG4bK', '%', '%00', '\0', '\\\0',
  '"\\\0"', '\u007f', 'é', '漢', '🙂', '\ud800', 'x'.repeat(3000), '(((', '[::1', '[::1]:99999', '[::ffff:1.2.3.4]:5060', 'sip:', 'sip:@', 'sips:a@b', 'tel:+1', 'sip:a@b?x=y',
  '<sip:a@b;lr>', '"A" <sip:a@b>;tag=q', 'A, B <sip:a@b>', '<sip:a@b>, <sip:c@d>', '*', 'SIP/2.0/UDP a', 'SIP/2.0/UDP [::1]:5060;rport;branch=z9hG4bKq', 'SIP/3.0/X y;branch',
  'Digest', 'Digest username="ben",realm="example.com",nonce="..",uri="",response="",qop=auth,nc=00000001,cnonce="",algorithm=SHA-256', 'Digest realm="example.com",nonce="n",qop="auth,auth-int"',
  'Digest realm="a",nonce="b",algorithm=MD5-sess', 'address-book;id="', 'address-book;max-rate=0', 'x-book', 'active;expires=', 'active;expires=-1', 'terminated', 'terminated;reason=whim;retry-after=x', 'pending',
  'text/plain', 'application/vnd.rollcall.held+json;charset="', 'gzip', 'SUBSCRIBE', 'NOTIFY', '1 ACK', '1 NOTIFY', 'b.1', '120 (busy);duration=x', '__proto__',
]; // prettier-ignore

const nasty = fc.constantFrom(...numbers, ...texts);
const place = fc.nat(40);

/** A message as its lines and its body. */
interface Lines {
  readonly start: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

type Mutation = (lines: Lines) => Lines;

const onField =
  (at: number, change: (name: string, value: string) => Lines['fields']): Mutation =>
  (lines) => {
    const index = at % Math.max(1, lines.fields.length);
    const [name = 'x', value = ''] = lines.fields[index] ?? [];
    return { ...lines, fields: lines.fields.toSpliced(index, 1, ...change(name, value)) };
  };

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(place, nasty).map(([at, text]) => onField(at, (name) => [[name, text]])),
  fc.tuple(place, place, nasty).map(([at, where, text]) =>
    onField(at, (name, value) => [[name, value.slice(0, where) + text + value.slice(where)]]),
  ),
  fc.tuple(place, place).map(([at, end]) => onField(at, (name, value) => [[name, value.slice(0, end)]])),
  fc.tuple(place, place).map(([at, where]) =>
    onField(at, (name, value) => [[name, `${value.slice(0, where)}\r\n ${value.slice(where)}`]]),
  ),
  place.map((at) => onField(at, () => [])),
  place.map((at) => onField(at, (name, value) => [[name, value], [name, value]])), // prettier-ignore
  place.map((at) => onField(at, (name, value) => [[name.toUpperCase(), value]])),
  fc.tuple(place, fc.constantFrom(...names)).map(([at, other]) => onField(at, (_, value) => [[other, value]])),
  fc.tuple(place, fc.constantFrom(...names), nasty).map(([at, other, text]) =>
    onField(at, (name, value) => [[name, value], [other, text]]), // prettier-ignore
  ),
  fc.tuple(place, place).map(([from, to]): Mutation => (lines) => {
    const [moved] = lines.fields.slice(from % Math.max(1, lines.fields.length));
    return moved === undefined ? lines : { ...lines, fields: lines.fields.filter((each) => each !== moved).toSpliced(to, 0, moved) };
  }),
  fc.tuple(fc.nat(2), nasty).map(([part, text]): Mutation => (lines) => {
    return { ...lines, start: lines.start.split(' ').toSpliced(part, 1, text).join(' ') };
  }),
  fc.constantFrom('ACK', 'CANCEL', 'INVITE', 'OPTIONS', 'NOTIFY', 'SUBSCRIBE', 'DANCE').map((method): Mutation => (lines) => ({
    ...lines,
    start: lines.start.replace(/^\w+/, method),
    fields: lines.fields.map(([name, value]) => (name === 'CSeq' ? [name, value.replace(/\w+$/, method)] : [name, value])),
  })),
  fc.uint8Array({ maxLength: 30 }).map((octets): Mutation => (lines) => ({ ...lines, body: octets })),
); // prettier-ignore

function linesOf(bytes: Uint8Array): Lines {
  const text = Buffer.from(bytes).toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  const [start = '', ...rest] = textOf(bytes.subarray(0, end)).split('\r\n');
  const fields = rest.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const);
  return { start, fields, body: bytes.slice(end + 4) };
}

const join = ({ start, fields, body: octets }: Lines): Uint8Array =>
  concat([utf8([start, ...fields.map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n')), octets]);

const arrival = fc
  .record({
    seed: fc.constantFrom(...seeds),
    mutations: fc.array(mutation, { minLength: 1, maxLength: 4 }),
    transport: fc.constantFrom<Transport>('UDP', 'TCP', 'WS'),
    otherSide: fc.boolean(),
  })
  .map(({ seed, mutations, transport, otherSide }) => {
    const to: Side = (seed.to === 'server') === otherSide ? 'terminal' : 'server';
    const bytes = join(mutations.reduce((lines, change) => change(lines), linesOf(seed.bytes)));
    return { to, bytes, transport, toString: () => `${to} by ${transport}: ${JSON.stringify(textOf(bytes))}` };
  });

/** Whether a message may be passed over without a word: it is no request, or one that is never answered. */
function mayBeIgnored(bytes: Uint8Array, transport: Transport): boolean {
  if (transport === 'TCP') return true; // more of it may come
  const parsed = parseMessage(bytes);
  return parsed.kind === 'response' || (parsed.kind === 'request' && parsed.method === 'ACK') || (bytes[0] ?? 0) < 4;
}

test('whatever the grammar makes of our own messages, each is answered or dropped with a reason, and both sides go on', () => {
  fc.assert(
    fc.property(fc.array(arrival, { minLength: 1, maxLength: 6 }), (arrivals) => {
      const two = new TwoEndpoints();
      two.onServer = answer;
      two.subscribe({ body });
      for (const { to, bytes, transport } of arrivals) {
        const path = paths(transport)[to];
        two[to].handle({ kind: 'opened', path }, two.now);
        const outputs = two[to].handle({ kind: 'received', path, bytes }, two.now);
        if (!mayBeIgnored(bytes, transport)) expect(outputs.length).toBeGreaterThan(0);
        for (const said of outputs) {
          if (said.kind === 'malformed')
            expect([said.section, said.problem]).toEqual([expect.stringMatching(/^RFC/), expect.stringMatching(/./)]);
          const command = said.kind === 'send' || to === 'terminal' ? undefined : answer(said);
          if (command !== undefined) two.server.handle(command, two.now);
        }
      }
      // Alarms ring without harm, and a stranger is answered.
      for (let count = 0; count < 200; count += 1)
        for (const side of [two.server, two.terminal]) side.wake(later(two.now, seconds(count * 60)));
      const said = two.server.handle(
        {
          kind: 'received',
          path: paths('UDP').server,
          bytes: request({ method: 'OPTIONS', headers: { 'Call-ID': 'z' } }),
        },
        two.now,
      );
      expect(said.map((each) => (each.kind === 'send' ? textOf(each.bytes).slice(0, 11) : each.kind))).toEqual([
        'SIP/2.0 200',
      ]);
    }),
    { numRuns: 600 },
  );
});

test('whatever request is answered, the answer is a response that its sender can read, with one status line', () => {
  fc.assert(
    fc.property(arrival, ({ bytes }) => {
      const two = new TwoEndpoints();
      const outputs = two.server.handle({ kind: 'received', path: paths('UDP').server, bytes }, two.now);
      for (const said of outputs) {
        if (said.kind !== 'send') continue;
        const text = textOf(said.bytes);
        expect(text).toMatch(/^SIP\/2\.0 [2-6]\d\d [^\r\n]+\r\n/);
        expect(text.endsWith('\r\n\r\n')).toBe(true);
        if (parseMessage(bytes).kind === 'request') expect(parseMessage(said.bytes).kind).toBe('response');
      }
    }),
    { numRuns: 1500 },
  );
});
