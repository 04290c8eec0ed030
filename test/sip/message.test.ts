import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concat, textOf, utf8 } from '../../src/base/bytes.ts';
import { limits, StreamFramer } from '../../src/sip/frame.ts';
import type { Framed } from '../../src/sip/frame.ts';
import { parseParameters, printParameters, quote, split, unquote } from '../../src/sip/grammar.ts';
import {
  Headers,
  parseEvent,
  parseNameAddress,
  parseRetryAfter,
  parseSubscriptionState,
  parseVia,
  printVia,
} from '../../src/sip/headers.ts';
import type { HeaderField } from '../../src/sip/headers.ts';
import { printAnswer } from '../../src/sip/answers.ts';
import type { Message, Parsed } from '../../src/sip/message.ts';
import { parseMessage } from '../../src/sip/parse.ts';
import { printMessage } from '../../src/sip/print.ts';
import { parseUri, printUri } from '../../src/sip/uri.ts';
import { paths } from './two-endpoints.ts';
import { anyCutFrames, anyOctetsParse } from './hostile.ts';

const lines = (...each: readonly string[]): Uint8Array => utf8(`${each.join('\r\n')}\r\n\r\n`);

const plain = [
  'Via: SIP/2.0/TCP watcherhost.example.com;branch=z9hG4bKnashds7',
  'To: <sip:resource@example.com>;tag=ffd2',
  'From: <sip:user@example.com>;tag=xfg9',
  'Call-ID: 2010@watcherhost.example.com',
  'CSeq: 17766 SUBSCRIBE',
];

function request(parsed: Parsed): Extract<Parsed, { kind: 'request' }> {
  if (parsed.kind !== 'request') throw new Error(JSON.stringify(parsed));
  return parsed;
}

test('names are written in the compact forms of RFC 3261 only; those of later RFCs are not known to every peer', () => {
  const fields: HeaderField[] = [
    ['call-id', 'a'],
    ['content-type', 'b'],
    ['event', 'c'],
    ['allow-events', 'd'],
    ['sip-etag', 'e'],
  ];
  const body = new Uint8Array(0);
  const bytes = printMessage({ kind: 'response', status: 200, reason: 'OK', headers: new Headers(fields), body });
  expect(textOf(bytes).split('\r\n').slice(1, 6)).toEqual([
    'i: a',
    'c: b',
    'Event: c',
    'Allow-Events: d',
    'SIP-ETag: e',
  ]);
});

test('compact names, folded lines, odd white space and letter case are read as the plain form (RFC 3261 §7.3)', () => {
  const parsed = request(
    parseMessage(
      lines(
        'SUBSCRIBE sip:resource@example.com SIP/2.0',
        'v:SIP / 2.0 / udp [2001:DB8::9:1] : 5062 ;branch=z9hG4bK1 ;rport, SIP/2.0/TCP b.example.com;branch=z9hG4bK2',
        'f :"A, \\"B\\" <x>;tag=no" <sip:user@example.com;a=b>;x=1;tag=xfg9',
        'T: sip:resource@example.com;tag=ffd2',
        'i: 2010',
        'cSEQ:\t 17766',
        ' \tSUBSCRIBE',
        'O: address-book ;id="7"',
        'ACCEPT: a/b,',
        '  c/d',
        'aCcEpT: e/f',
      ),
    ),
  );
  expect(parsed.via).toMatchObject({ transport: 'UDP', host: '2001:db8::9:1', port: 5062 });
  expect(parsed.headers.list('via')).toHaveLength(2);
  expect(parsed.from.uri).toBe('sip:user@example.com;a=b');
  expect(parsed.from.parameters.get('tag')).toBe('xfg9');
  expect(parsed.to).toEqual({ uri: 'sip:resource@example.com', parameters: new Map([['tag', 'ffd2']]) });
  expect(parsed.cseq).toEqual({ number: 17_766, method: 'SUBSCRIBE' });
  expect(parsed.headers.list('accept')).toEqual(['a/b', 'c/d', 'e/f']);
  expect(parseEvent(parsed.headers.first('event') ?? '')?.parameters.get('id')).toBe('7');
});

const word = fc.stringMatching(/^[A-Za-z0-9.-]{1,12}$/);
const value = fc.stringMatching(/^[!-~é漢]([ -~é漢]{0,20}[!-~é漢])?$/);
const field = fc.tuple(
  word.map((name) => `x-${name.toLowerCase()}`),
  value,
);

test('what is printed is parsed again as it was, request and response', () =>
  fc.assert(
    fc.property(fc.array(field), fc.uint8Array({ maxLength: 40 }), fc.boolean(), (extra, body, isRequest) => {
      const fields: HeaderField[] = [
        ['via', 'SIP/2.0/UDP a;branch=z9hG4bK1'],
        ['from', '<sip:a@b>;tag=1'],
        ['to', '<sip:c@d>'],
        ['call-id', 'x'],
        ['cseq', '1 NOTIFY'],
        ['sip-etag', 'e.1'],
        ...extra,
      ];
      const headers = new Headers(fields);
      const message: Message = isRequest
        ? { kind: 'request', method: 'NOTIFY', uri: 'sip:x', headers, body }
        : { kind: 'response', status: 204, reason: 'No Notification', headers, body };
      const parsed = parseMessage(printMessage(message));
      expect(parsed).toMatchObject({ ...message, headers: expect.anything(), body: expect.anything() });
      if (parsed.kind === 'malformed') return;
      expect(parsed.headers.fields).toEqual([...fields, ['content-length', `${body.length}`]]);
      expect([...parsed.body]).toEqual([...body]);
    }),
  ));

test('a line break in a header of ours is a defect of ours', () => {
  const headers = new Headers([['event', 'a\r\nRoute: <sip:evil>']]);
  expect(() =>
    printMessage({ kind: 'request', method: 'NOTIFY', uri: 'sip:x', headers, body: new Uint8Array(0) }),
  ).toThrow(TypeError);
});

test('parameters, quoted strings and lists come through', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(unquote(quote(text))).toBe(text);
    }),
  );
  const parameters = parseParameters(' ;a=1 ; b ;c="x;y,\\"z"');
  expect(parameters).toEqual(new Map([['a', '1'], ['b', ''], ['c', '"x;y,\\"z"']])); // prettier-ignore
  expect(parseParameters(printParameters(parameters ?? new Map()))).toEqual(parameters);
  expect(parseParameters(';a;A')).toBeUndefined();
  expect(parseParameters(';;')).toBeUndefined();
  for (const text of [';a=b c', ';a=b,c', ';a=<b>', ';a="b', ';a="b"c', ';a=b"'])
    expect(parseParameters(text)).toBeUndefined();
  expect(split('"a,b" <c,d>, e', ',')).toEqual(['"a,b" <c,d>', 'e']);
  expect(split('"open, a', ',')).toEqual(['"open, a']);
});

test('SIP URIs come through with all their parts (RFC 3261 §19.1.3)', () => {
  for (const text of [
    'sip:alice@atlanta.com',
    'sip:alice:secretword@atlanta.com;transport=tcp',
    'sips:alice@atlanta.com?subject=project%20x&priority=urgent',
    'sip:+1-212-555-1212:1234@gateway.com;user=phone',
    'sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com',
    'sip:[2001:db8::1]:5070;lr',
  ])
    expect(printUri(parseUri(text) ?? expect.unreachable())).toBe(text);
  for (const text of ['tel:+1', 'sip:', 'sip:a@', 'sip:a b', 'sip:a:99999', 'sip:a;x;x', 'sip:[::1', 'http://a'])
    expect(parseUri(text)).toBeUndefined();
});

test('Via, name-addr, Subscription-State and Retry-After are read as their grammars say', () => {
  expect(printVia(parseVia('SIP/2.0/WS df7jal23ls0d.invalid;branch=z9hG4bK56sdasks') ?? expect.unreachable())).toBe(
    'SIP/2.0/WS df7jal23ls0d.invalid;branch=z9hG4bK56sdasks',
  );
  for (const text of ['SIP/3.0/UDP a', 'SIP/2.0/UDP', 'SIP/2.0/UDP a:99999', 'a', ''])
    expect(parseVia(text)).toBeUndefined();
  for (const text of ['<sip:a', '"x" ', '<sip:a>b', '<>', '"open <sip:a>'])
    expect(parseNameAddress(text)).toBeUndefined();
  expect(parseSubscriptionState('Terminated ;Reason=Probation;retry-after=120')).toEqual({
    name: 'terminated',
    reason: 'probation',
    expiresInSeconds: undefined,
    retryAfterSeconds: 120,
  });
  expect(parseRetryAfter('120 (I am in a meeting);duration=60')).toBe(120);
  expect(parseRetryAfter('soon')).toBeUndefined();
});

test('an answer has one tag in To, wherever that of the request stands (RFC 3261 §8.2.6.2)', () => {
  for (const to of ['<sip:a@b>;tag=1;x=">"', '"A ;tag=0" <sip:a@b>;x="<>";tag=1', 'sip:a@b ; Tag = 1']) {
    const parsed = request(
      parseMessage(
        lines(
          'OPTIONS sip:a@b SIP/2.0',
          ...plain.filter((line) => !/^(?:To|CSeq)/.test(line)),
          `To: ${to}`,
          'CSeq: 1 OPTIONS',
        ),
      ),
    );
    expect(printAnswer(parsed, paths('UDP').server, { status: 200, toTag: 'ours' })).toContain(`\r\nt: ${to}\r\n`);
  }
});

test.each([
  ['no Via', plain.slice(1), 'a', false],
  ['no Call-ID', plain.filter((line) => !line.startsWith('Call')), 'b', true],
  ['two From', [...plain, 'f: <sip:x@y>;tag=1'], 'c', true],
  ['CSeq of another method', [...plain.slice(0, 4), 'CSeq: 1 NOTIFY'], 'd', true],
  ['CSeq past 2^31', [...plain.slice(0, 4), 'CSeq: 2147483648 SUBSCRIBE'], 'e', true],
  ['a line without a colon', [...plain, 'nonsense'], 'f', true],
  ['a lone line feed', [...plain, 'X: a\nRoute: <sip:evil>'], 'g', true],
  ['Content-Length past the end', [...plain, 'l: 5'], 'h', true],
  ['two Content-Lengths', [...plain, 'l: 0', 'Content-Length: 1'], 'i', true],
])('a request with %s is malformed, and is answered only where its Via leads back', (_, headers, __, answerable) => {
  const parsed = parseMessage(lines('SUBSCRIBE sip:resource@example.com SIP/2.0', ...headers));
  expect(parsed.kind).toBe('malformed');
  if (parsed.kind !== 'malformed') return;
  expect(parsed.status).toBe(400);
  expect(parsed.answerable !== undefined).toBe(answerable);
});

test('another version of SIP is 505; a malformed response or ACK is never answered', () => {
  expect(parseMessage(lines('SUBSCRIBE sip:a SIP/7.0', ...plain))).toMatchObject({
    status: 505,
    answerable: expect.anything(),
  });
  for (const start of ['SIP/2.0 99 Low', 'SIP/2.0 abc', 'ACK sip:a SIP/2.0', 'hello'])
    expect(parseMessage(lines(start, ...plain, 'bad line'))).toEqual({
      kind: 'malformed',
      section: expect.any(String),
      problem: expect.any(String),
      status: 400,
    });
});

const streamed = (name: string, body = ''): Uint8Array =>
  concat([
    lines(`NOTIFY sip:${name} SIP/2.0`, ...plain.slice(0, 4), 'CSeq: 1 NOTIFY', `Content-Length: ${utf8(body).length}`),
    utf8(body),
  ]);

const shown = (framed: readonly Framed[]): readonly string[] =>
  framed.map((each) => {
    if (each.kind !== 'message') return each.kind;
    return each.message.kind === 'request' ? `${each.message.uri} ${textOf(each.message.body)}` : each.message.kind;
  });

test('however a stream is cut, the same messages come out, and line breaks between them are pings (RFC 5626 §4.4.1)', () => {
  const whole = concat([
    utf8('\r\n'),
    streamed('a'),
    utf8('\r\n\r\n'),
    streamed('b', 'körper\r\n\r\n'),
    streamed('c', 'NOTIFY'),
    utf8('\r\n\r\n\r\n'),
    streamed('d'),
  ]);
  const expected = ['sip:a ', 'ping', 'sip:b körper\r\n\r\n', 'sip:c NOTIFY', 'ping', 'sip:d '];
  fc.assert(
    fc.property(fc.array(fc.nat(whole.length), { maxLength: 30 }), (cuts) => {
      const framer = new StreamFramer();
      const at = [0, ...cuts.sort((one, other) => one - other), whole.length];
      const out = at.slice(1).flatMap((end, index) => framer.push(whole.slice(at[index], end)));
      expect(shown(out)).toEqual(expected);
    }),
  );
  const framer = new StreamFramer();
  expect(shown([...whole].flatMap((octet) => framer.push(Uint8Array.of(octet))))).toEqual(expected);
});

test('the octets that were read belong to the caller and are never written to', () => {
  const framer = new StreamFramer();
  const read = streamed('a', 'body');
  const storage = concat([read, new Uint8Array(64)]);
  framer.push(storage.subarray(0, read.length - 2));
  framer.push(utf8('dy'));
  expect(storage).toEqual(concat([read.slice(0, -2), utf8('dy'), new Uint8Array(64)]));
});

test('a stream whose next message cannot be found is broken, and nothing more is read from it', () => {
  for (const [bytes, status] of [
    [lines('NOTIFY sip:a SIP/2.0', ...plain), 400],
    [lines('NOTIFY sip:a SIP/2.0', ...plain, 'l: many'), 400],
    [lines('NOTIFY sip:a SIP/2.0', ...plain, 'l: 1', 'l: 2'), 400],
    [lines('NOTIFY sip:a SIP/2.0', ...plain, `l: ${limits.bodyOctets + 1}`), 413],
    [new Uint8Array(limits.headOctets + 1).fill(65), 513],
    [lines('NOTIFY sip:a SIP/2.0', ...plain, `X: ${'y'.repeat(limits.headOctets)}`, 'l: 0'), 513],
  ] as const) {
    const framer = new StreamFramer();
    expect(framer.push(bytes)).toMatchObject([{ kind: 'broken', problem: { status } }]);
    expect(framer.push(streamed('a'))).toEqual([]);
  }
});

test('no octets make the parser or the framer throw', () => fc.assert(anyOctetsParse.property, { numRuns: 1000 }));

test('however octets are cut, hostile ones too, the framer finds the same messages and breaks at the same place', () =>
  fc.assert(anyCutFrames.property, { numRuns: 500 }));
