import { expect, test } from 'vitest';
import { placesFor, readListener, type SipListener } from '../../src/node/listeners.ts';

const listening = (...texts: readonly string[]): readonly SipListener[] =>
  texts.flatMap((text) => readListener(text) ?? []);

test.each([
  ['udp://127.0.0.1:5060', { transport: 'UDP', address: { host: '127.0.0.1', port: 5060 } }],
  ['tcp://[::1]:0', { transport: 'TCP', address: { host: '::1', port: 0 } }],
  ['tls://sip.example.com:5061/', { transport: 'TLS', address: { host: 'sip.example.com', port: 5061 } }],
])('%s is a place to listen', (text, listener) => {
  expect(readListener(text)).toEqual(listener);
});

test.each([
  '',
  '127.0.0.1:5060',
  'udp://',
  'udp://127.0.0.1',
  'sctp://127.0.0.1:5060',
  'udp://::1:5060',
  'tcp://h:65536',
])('%j is none', (text) => {
  expect(readListener(text)).toBeUndefined();
});

const both = listening(
  'udp://192.0.2.1:5060',
  'udp://[2001:db8::1]:5070',
  'tls://192.0.2.1:5061',
  'udp://127.0.0.1:5080',
);

test.each([
  ['an IPv4 terminal', '192.0.2.77', { udp: '192.0.2.1:5060', tls: '192.0.2.1:5061' }],
  ['an IPv6 terminal', '2001:db8::77', { udp: '[2001:db8::1]:5070', tls: '192.0.2.1:5061' }],
  ['a terminal of this machine', '127.0.0.1', { udp: '127.0.0.1:5080', tls: '192.0.2.1:5061' }],
])('%s is told the place of its own kind', (_, remote, places) => {
  expect(placesFor(remote, both)).toEqual(places);
});

test('a terminal of another machine is not told this machine’s loopback, unless all go by the public host', () => {
  const loopback = listening('udp://127.0.0.1:5060', 'tcp://[::1]:5060');
  expect(placesFor('192.0.2.77', loopback)).toEqual({});
  expect(placesFor('192.0.2.77', loopback, 'sip.example.com')).toEqual({
    udp: 'sip.example.com:5060',
    tcp: 'sip.example.com:5060',
  });
});

test('who listens on every address is told as such, and of places that suit alike the first', () => {
  expect(placesFor('192.0.2.77', listening('udp://0.0.0.0:5060', 'udp://192.0.2.1:5070'))).toEqual({
    udp: '0.0.0.0:5060',
  });
  expect(placesFor('2001:db8::77', listening('udp://0.0.0.0:5060', 'udp://[::]:5070'))).toEqual({ udp: '[::]:5070' });
});
