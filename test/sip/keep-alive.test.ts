// Keep-alives of flows (RFC 5626 §4.4, §5.4): CRLFCRLF on what is a connection, STUN on UDP.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concat, utf8 } from '../../src/base/bytes.ts';
import { instant } from '../../src/base/time.ts';
import { Endpoint } from '../../src/sip/endpoint.ts';
import { answerBinding } from '../../src/sip/stun.ts';
import type { Address, Transport } from '../../src/sip/transaction-user.ts';
import { hash, notifierOptions, numbered, paths } from './two-endpoints.ts';

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
