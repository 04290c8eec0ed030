// Keep-alives of flows (RFC 5626 §4.4, §5.4): CRLFCRLF on what is a connection, STUN on UDP.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concat, utf8 } from '../../src/base/bytes.ts';
import { instant } from '../../src/base/time.ts';
import { Endpoint } from '../../src/sip/endpoint.ts';
import { answerBinding } from '../../src/sip/stun.ts';
import type { Address, Transport } from '../../src/sip/transaction-user.ts';
import { book, hash, notifierOptions, numbered, paths, TwoEndpoints } from './two-endpoints.ts';

const octets = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const hex = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString('hex');

const transaction = 'b7e7a701bc34d686fa87dfae';
/** A Binding request with these attributes. */
const binding = (attributes = ''): Uint8Array =>
  octets(
    `0001 ${(attributes.replaceAll(' ', '').length / 2).toString(16).padStart(4, '0')} 2112a442 ${transaction} ${attributes}`,
  );

function hear(bytes: Uint8Array, transport: Transport): readonly (string | undefined)[] {
  const endpoint = new Endpoint({ random: numbered('s'), hash, notifier: notifierOptions });
  const outputs = endpoint.handle({ kind: 'received', path: paths(transport).server, bytes }, instant(0));
  expect(endpoint.deadline()).toBeUndefined();
  return outputs.map((said) => (said.kind === 'send' ? hex(said.bytes) : said.kind));
}

test.each(['TCP', 'TLS', 'WS', 'WSS'] as const)(
  'CRLFCRLF on %s is answered by CRLF, and a lone CRLF by nothing (RFC 5626 §4.4.1, RFC 7118 §6)',
  (transport) => {
    expect(hear(utf8('\r\n\r\n'), transport)).toEqual(['0d0a']);
    expect(hear(utf8('\r\n'), transport)).toEqual([]);
  },
);

test('on UDP line breaks are answered by nothing: there the keep-alive is STUN (RFC 5626 §3.5.2)', () => {
  expect(hear(utf8('\r\n\r\n'), 'UDP')).toEqual([]);
});

test('the addresses of RFC 5769 §2.2 and §2.3 come out as there', () => {
  const attribute = (from: Address) => hex(answerBinding(binding(), from))?.slice(40);
  expect(attribute({ host: '192.0.2.1', port: 32_853 })).toBe('002000080001a147e112a643');
  expect(attribute({ host: '2001:db8:1234:5678:11:2233:4455:6677', port: 32_853 })).toBe(
    '002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9',
  );
  expect(attribute({ host: '::ffff:192.0.2.1', port: 32_853 })).toBe('002000080001a147e112a643');
  expect(attribute({ host: 'fe80::1%eth0', port: 1 })).toBe(attribute({ host: 'fe80:0:0:0:0:0:0:1', port: 1 }));
  expect(attribute({ host: '::1', port: 1 })).toBe(attribute({ host: '0:0:0:0:0:0:0:1', port: 1 }));
});

test('a Binding request on UDP is answered with where it came from, and only there', () => {
  // 10.0.0.12:5062, each exclusive-or the magic cookie.
  expect(hear(binding(), 'UDP')).toEqual([`0101000c2112a442${transaction}00200008000132d42b12a44e`]);
  expect(hear(binding(), 'WS')).toEqual([]);
});

test('an attribute that must be understood and is not is named in a 420 (RFC 5389 §7.3.1); an optional one is passed over', () => {
  const [answer] = hear(binding('0003 0004 00000006  7fff 0001 ff000000'), 'UDP');
  expect(answer).toBe(`011100102112a442${transaction}0009000400000414000a000400037fff`);
  expect(hear(binding('8022 0004 74657374'), 'UDP')[0]).toMatch(/^0101/);
  expect(hear(binding('0006 0003 62656e00'), 'UDP')[0]).toMatch(/^0101/);
});

test.each([
  ['shorter than a head', binding().slice(0, 19)],
  ['a Binding answer', octets(`0101 0000 2112a442 ${transaction}`)],
  ['a Binding indication', octets(`0011 0000 2112a442 ${transaction}`)],
  ['another magic cookie, as RFC 3489 had it', octets(`0001 0000 00000000 ${transaction}`)],
  ['a length that is not its own', concat([binding(), octets('00000000')])],
  ['an attribute past the end', binding('8022 0008 74657374')],
  ['half an attribute', binding('8022')],
])('STUN that is %s is not answered', (_, bytes) => {
  expect(hear(bytes, 'UDP')).toEqual([]);
});

test('from what is no IP address no answer is made', () => {
  for (const host of ['', 'a.example', '1.2.3.256', '1:2', '1::2::3', '1:2:3:4:5:6:7:8:9', '12345::', ':1:2:3:4:5:6:7'])
    expect(answerBinding(binding(), { host, port: 1 })).toBeUndefined();
});

test('whatever begins like STUN, no answer is longer than the request and 24 octets', () => {
  const attribute = fc
    .tuple(fc.integer({ min: 0, max: 0xffff }), fc.uint8Array({ maxLength: 12 }))
    .map(([type, value]) => {
      const padding = '00'.repeat((4 - (value.length % 4)) % 4);
      return `${type.toString(16).padStart(4, '0')}${value.length.toString(16).padStart(4, '0')}${hex(value)}${padding}`;
    });
  const request = fc.oneof(
    fc.array(attribute, { maxLength: 40 }).map((attributes) => binding(attributes.join(''))),
    fc.uint8Array({ maxLength: 60 }).map((rest) => concat([Uint8Array.of(0, 1), rest])),
  );
  fc.assert(
    fc.property(request, fc.constantFrom('192.0.2.1', '2001:db8::1'), (bytes, host) => {
      const answer = answerBinding(bytes, { host, port: 5060 });
      expect(answer?.length ?? 0).toBeLessThanOrEqual(bytes.length + 24);
    }),
    { numRuns: 1000 },
  );
});

const inSeconds = (datagrams: TwoEndpoints['keepAlives'], from: 'server' | 'terminal'): readonly number[] =>
  datagrams.filter((each) => each.from === from).map(({ at }) => at / 1000);

/** A subscription, once the first keep-alive has been answered; its datagrams are forgotten. */
function keptAlive(transport: Transport = 'UDP'): TwoEndpoints {
  const two = new TwoEndpoints(transport);
  two.subscribe();
  for (let left = 130; left > 0 && two.keepAlives.length < 2; left -= 1) two.pass(1);
  expect(two.keepAlives.map(({ from }) => from)).toEqual(['terminal', 'server']);
  two.keepAlives.length = 0;
  return two;
}

test.each([
  ['UDP', 24, 29, 20],
  ['TCP', 95, 120, 4],
  ['TLS', 95, 120, 4],
] as const)(
  'a subscriber on %s asks for a sign of life each %i to %i s, at other times each time, while it subscribes (RFC 5626 §4.4)',
  (transport, least, most, octetsEach) => {
    const two = keptAlive(transport);
    two.pass(3000);
    const asked = inSeconds(two.keepAlives, 'terminal');
    const gaps = asked.slice(1).map((at, before) => at - (asked[before] ?? 0));
    for (const gap of gaps) expect([gap >= least, gap <= most]).toEqual([true, true]);
    expect(new Set(gaps).size).toBeGreaterThan(1);
    expect(inSeconds(two.keepAlives, 'server')).toEqual(asked);
    for (const { from, bytes } of two.keepAlives) if (from === 'terminal') expect(bytes).toHaveLength(octetsEach);
    two.tell('terminal', { kind: 'unsubscribe', subscription: book });
    two.pass(60);
    two.keepAlives.length = 0;
    two.pass(600);
    expect(two.keepAlives).toEqual([]);
  },
);

test('on UDP a request that is not answered is sent seven times in 31.5 s; at 39.5 s the flow has failed and is closed (RFC 5389 §7.2.1)', () => {
  const two = keptAlive();
  two.network = () => 0;
  two.pass(29);
  const [first] = two.keepAlives;
  two.pass(29);
  const [begin = 0, ...rest] = inSeconds(two.keepAlives, 'terminal');
  expect(rest.map((at) => Math.round((at - begin) * 10) / 10)).toEqual(
    [0.5, 1.5, 3.5, 7.5, 15.5, 31.5].slice(0, rest.length),
  );
  two.pass(20);
  expect(inSeconds(two.keepAlives, 'terminal')).toHaveLength(7);
  for (const { bytes } of two.keepAlives) expect(bytes).toEqual(first?.bytes);
  expect(two.told.terminal.at(-1)).toEqual({ kind: 'close', flow: paths('UDP').terminal.flow });
  two.pass(600);
  expect(two.keepAlives).toHaveLength(7);
});

test('one lost request, and one lost answer, are made good', () => {
  const two = keptAlive();
  let lost = 2;
  two.network = (datagram) => ((datagram.bytes[0] ?? 0) < 4 && (lost -= 1) >= 0 ? 0 : 1);
  two.pass(120);
  expect(two.kinds('terminal')).not.toContain('close');
});

test.each(['TCP', 'TLS'] as const)('on %s a ping without a pong within 10 s is a flow that has failed', (transport) => {
  const two = keptAlive(transport);
  two.network = () => 0;
  two.pass(94);
  expect(two.kinds('terminal')).not.toContain('close');
  two.pass(26 + 10);
  expect(two.kinds('terminal').at(-1)).toBe('close');
  expect(inSeconds(two.keepAlives, 'terminal')).toHaveLength(1);
});

test.each(['UDP', 'TCP'] as const)(
  'over %s a peer that has never answered a keep-alive knows none, and is left alone',
  (transport) => {
    const two = new TwoEndpoints(transport);
    two.subscribe();
    two.network = (datagram) => ((datagram.bytes[0] ?? 0) < 4 || datagram.bytes[0] === 13 ? 0 : 1);
    two.pass(600);
    expect(two.kinds('terminal')).not.toContain('close');
    expect(inSeconds(two.keepAlives, 'terminal').length).toBe(transport === 'UDP' ? 7 : 1);
  },
);

test('a WebSocket is kept alive by its host', () => {
  const two = new TwoEndpoints('WS');
  two.subscribe();
  two.pass(3000);
  expect(two.keepAlives).toEqual([]);
});

test('an answer from which another address of ours speaks is a flow that has failed: a NAT gave it another (RFC 5626 §4.4.2)', () => {
  const two = keptAlive();
  two.network = () => 0;
  two.pass(29);
  const asked = two.keepAlives[0]?.bytes ?? expect.unreachable();
  const seen = { ...two.paths.server.remote, port: two.paths.server.remote.port + 1 };
  const bytes = answerBinding(asked, seen) ?? expect.unreachable();
  two.tell('terminal', { kind: 'received', path: two.paths.terminal, bytes });
  expect(two.kinds('terminal').at(-1)).toBe('close');
});

test('an answer to another request, an error, half an answer and line breaks are no sign of life', () => {
  const two = keptAlive();
  two.network = () => 0;
  two.pass(29);
  const asked = two.keepAlives[0]?.bytes ?? expect.unreachable();
  const answer = answerBinding(asked, two.paths.server.remote) ?? expect.unreachable();
  const other = answer.with(19, (answer[19] ?? 0) ^ 1);
  const error = answer.with(1, 0x11);
  for (const bytes of [other, error, answer.slice(0, 24), utf8('\r\n'), new Uint8Array(0)])
    two.tell('terminal', { kind: 'received', path: two.paths.terminal, bytes });
  two.pass(40);
  expect(two.kinds('terminal').at(-1)).toBe('close');
});

test('whatever comes as an answer, nothing is thrown', () => {
  const two = keptAlive();
  two.network = () => 0;
  two.pass(25);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (rest) => {
      const bytes = concat([Uint8Array.of(1, 1, 0, rest.length, 0x21, 0x12, 0xa4, 0x42), new Uint8Array(12), rest]);
      two.tell('terminal', { kind: 'received', path: two.paths.terminal, bytes });
    }),
  );
});

test('however the pongs of a stream are cut and joined, none is taken for a ping and answered', () => {
  const two = keptAlive('TCP');
  two.network = () => 0;
  for (const bytes of ['\r', '\n', '\r\n\r\n', '\r\n\r\n\r', '\n\r\n'])
    two.tell('terminal', { kind: 'received', path: two.paths.terminal, bytes: utf8(bytes) });
  expect(two.keepAlives).toEqual([]);
});
