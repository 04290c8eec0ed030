// Tokens in SIP (RFC 8898).

import { expect, test } from 'vitest';
import { instant } from '../../src/base/time.ts';
import { Endpoint, type NotifierOptions } from '../../src/sip/endpoint.ts';
import type { FlowPath, Said, Transport } from '../../src/sip/transaction-user.ts';
import { ben, request, sentBy, signedFor, type Parts } from './played-terminal.ts';
import { hash, notifierOptions, numbered, paths } from './two-endpoints.ts';

const bearer = {
  scope: 'address-book',
  userOf: (token: string) => (token === 'good-token_1.~+/==' ? 'ben' : undefined),
  authorizationServer: (): string | undefined => 'https://book.example.com',
};
const made = (more: Partial<NotifierOptions> = {}): Endpoint =>
  new Endpoint({ random: numbered('s'), hash, notifier: { ...notifierOptions, bearer, ...more } });

const path = (transport: Transport, host = '10.0.0.12'): FlowPath => ({
  ...paths(transport).server,
  remote: { host, port: 5062 },
});

const hear = (endpoint: Endpoint, parts: Parts, by: FlowPath): readonly Said[] =>
  endpoint.handle({ kind: 'received', path: by, bytes: request(parts) }, instant(0));

const good = { headers: { Authorization: 'Bearer good-token_1.~+/==' } };
const userOf = (said: readonly Said[]): string | undefined => said.find((each) => each.kind === 'asked')?.request.user;
const challenges = (said: readonly Said[]): readonly string[] =>
  [...(sentBy(said)[0] ?? '').matchAll(/\r\nWWW-Authenticate: ([^\r]*)/g)].map((match) => match[1] ?? '');
const kinds = (said: readonly Said[]): readonly string[] =>
  challenges(said).map((text) => /^Bearer/.exec(text)?.[0] ?? /algorithm=([^,]*)/.exec(text)?.[1] ?? '');

test.each<[Transport, string, string | undefined]>([
  ['TLS', '10.0.0.12', 'ben'],
  ['WSS', '10.0.0.12', 'ben'],
  ['TCP', '127.0.0.1', 'ben'],
  ['WS', '127.0.0.1', 'ben'],
  ['WS', '::1', 'ben'],
  ['UDP', '127.0.0.1', undefined],
  ['UDP', '10.0.0.12', undefined],
  ['TCP', '10.0.0.12', undefined],
  ['WS', '10.0.0.12', undefined],
])('RFC 8898 §5: a token over %s from %s is taken only where nobody listens', (transport, host, user) => {
  const said = hear(made(), good, path(transport, host));
  expect(userOf(said)).toBe(user);
  if (user === undefined) expect(kinds(said)).toEqual(['SHA-256', 'MD5']);
});

test('RFC 8898 §2.3, §4: the challenge says realm, scope and where a token is to be had, between the two digests', () => {
  const said = hear(made(), {}, path('TLS'));
  expect(kinds(said)).toEqual(['SHA-256', 'Bearer', 'MD5']);
  expect(challenges(said)[1]).toBe(
    'Bearer realm="example.com",scope="address-book",authz_server="https://book.example.com"',
  );
});

test('a token that is good for nothing is told so (RFC 6750 §3.1), with the digests beside', () => {
  for (const token of ['other', 'x'.repeat(4096)]) {
    const said = hear(made(), { headers: { Authorization: `bearer ${token}` } }, path('TLS'));
    expect([kinds(said), challenges(said)[1]]).toEqual([
      ['SHA-256', 'Bearer', 'MD5'],
      expect.stringContaining('error="invalid_token"'),
    ]);
  }
});

test.each([
  'Bearer',
  'Bearer ',
  'Bearer a b',
  'Bearer "good"',
  `Bearer ${'x'.repeat(4097)}`,
  'Bearer ünder',
  'Token good',
])('what is no token is none: %j', (Authorization) => {
  const said = hear(made(), { headers: { Authorization } }, path('TLS'));
  expect(challenges(said).join()).not.toContain('invalid_token');
  expect(userOf(said)).toBeUndefined();
});

test('where a peer reads the first challenge or the last only, it is never one for a token: with one digest there is none', () => {
  const endpoint = made({ algorithms: ['MD5'] });
  expect(kinds(hear(endpoint, {}, path('WSS')))).toEqual(['MD5']);
  expect(userOf(hear(endpoint, good, path('WSS')))).toBe('ben');
  // Who shows one knows the scheme.
  const refused = {
    headers: { Authorization: 'Bearer old', 'Call-ID': 'again', Via: 'SIP/2.0/WSS h;branch=z9hG4bKagain' },
  };
  expect(kinds(hear(endpoint, refused, path('WSS')))).toEqual(['MD5', 'Bearer']);
});

test('where there is no https URL to have a token from, none is asked for, and one is taken', () => {
  const endpoint = made({ bearer: { ...bearer, authorizationServer: () => undefined } });
  expect(kinds(hear(endpoint, {}, path('TLS')))).toEqual(['SHA-256', 'MD5']);
  expect(userOf(hear(endpoint, good, path('TLS')))).toBe('ben');
});

test('a digest is as good as ever beside it, and a token registers too', () => {
  const registrar = { owns: (user: string) => user === 'ben' };
  const endpoint = made({ registrar });
  const tls = path('TLS');
  expect(
    userOf(
      endpoint.handle(
        { kind: 'received', path: tls, bytes: signedFor(endpoint, {}, { ...ben, path: tls }) },
        instant(0),
      ),
    ),
  ).toBe('ben');
  const parts = {
    method: 'REGISTER',
    uri: 'sip:example.com',
    headers: { ...good.headers, To: '<sip:ben@example.com>' },
  };
  expect(hear(endpoint, parts, tls).map(({ kind }) => kind)).toEqual(['send', 'registered']);
});

test('without it a token is words that nobody knows', () => {
  const endpoint = new Endpoint({ random: numbered('s'), hash, notifier: notifierOptions });
  expect(kinds(hear(endpoint, good, path('TLS')))).toEqual(['SHA-256', 'MD5']);
});
