// A provider whose word is not to be believed: forged ID tokens, and answers that are none.

import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import * as v from 'valibot';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { OpenIdProvider } from '../../src/node/oidc.ts';
import { oidcSchema } from '../../src/node/oidc-config.ts';
import type { Identified } from '../../src/server/oidc-log-in.ts';
import { makeCertificates } from '../peers/certificates.ts';
import { programPath, skipWithout } from '../peers/installed.ts';
import { startLyingOpenId, type LyingOpenId } from './lying-openid.ts';

const noon = Date.UTC(2026, 0, 5, 12);
const logIn = { code: 'a code', codeVerifier: 'v'.repeat(43), redirectUri: 'http://127.0.0.1:9/' };
const nonce = createHash('sha256').update(logIn.codeVerifier).digest('base64url');

let lying: LyingOpenId;
let keys: Awaited<ReturnType<typeof generateKeyPair>>;
beforeAll(async () => {
  lying = await startLyingOpenId();
  keys = await generateKeyPair('ES256', { extractable: true });
});
afterAll(() => lying[Symbol.asyncDispose]());

const metadata = (): Record<string, unknown> => ({
  issuer: lying.issuer,
  authorization_endpoint: `${lying.issuer}/authorize`,
  token_endpoint: `${lying.issuer}/token`,
  jwks_uri: `${lying.issuer}/keys`,
  userinfo_endpoint: `${lying.issuer}/me`,
});
const wellKnown = '/.well-known/openid-configuration';

beforeEach(async () => {
  lying.says.clear();
  lying.says.set(wellKnown, { body: metadata() });
  lying.says.set('/keys', { body: { keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'ES256' }] } });
  lying.says.set('/token', { body: { id_token: await signed({}) } });
});

const payload = (claims: Record<string, unknown>): JWTPayload => ({
  iss: lying.issuer,
  aud: 'rollcall',
  sub: 'ada',
  nonce,
  iat: noon / 1000,
  exp: noon / 1000 + 300,
  email: 'ada@example.com',
  email_verified: true,
  ...claims,
});

const signed = (
  claims: Record<string, unknown>,
  key = keys.privateKey,
  header = { alg: 'ES256', kid: 'one' },
): Promise<string> => new SignJWT(payload(claims)).setProtectedHeader(header).sign(key);

interface Heard {
  readonly identified: Identified;
  readonly told: readonly string[];
}

async function hear(settings: object = {}): Promise<Heard> {
  const told: string[] = [];
  const config = v.parse(oidcSchema, { issuer: lying.issuer, clientId: 'rollcall', ...settings });
  const provider = new OpenIdProvider({ config, now: () => noon, tell: (problem) => told.push(problem) });
  return { identified: await provider.identify(logIn), told };
}

test('what is right is believed: the cases below differ from it in one thing each', async () => {
  expect(await hear()).toEqual({ identified: { kind: 'identified', value: 'ada@example.com' }, told: [] });
});

describe('an ID token is refused', () => {
  const forgeries: readonly (readonly [what: string, token: () => Promise<string> | string, why: RegExp])[] = [
    ['that nobody signed', () => new UnsecuredJWT(payload({})).encode(), /Invalid Compact JWS|"alg"/],
    ['that is signed with the public key as a secret', publicKeyAsSecret, /"alg" .* not allowed/],
    ['by another key of that name', async () => signed({}, (await generateKeyPair('ES256')).privateKey), /signature/],
    ['by a key that the provider has not', () => signed({}, keys.privateKey, { alg: 'ES256', kid: 'two' }), /no appl/],
    ['whose payload was altered', altered, /signature/],
    ['of another issuer', () => signed({ iss: 'https://evil.example' }), /"iss"/],
    ['for another client', () => signed({ aud: 'payroll' }), /"aud"/],
    ['for several clients, without saying to which it was given', () => signed({ aud: ['rollcall', 'x'] }), /"azp"/],
    ['that was given to another client', () => signed({ aud: ['rollcall', 'x'], azp: 'x' }), /"azp"/],
    ['that has expired', () => signed({ iat: noon / 1000 - 500, exp: noon / 1000 - 120 }), /"exp"/],
    ['that never expires', () => signed({ exp: undefined }), /"exp"/],
    ['that is old', () => signed({ iat: noon / 1000 - 3600 }), /"iat"/],
    ['of tomorrow', () => signed({ iat: noon / 1000 + 86_400, exp: noon / 1000 + 90_000 }), /"iat"/],
    ['of no log-in', () => signed({ nonce: undefined }), /"nonce"/],
    ['of another log-in', () => signed({ nonce: 'another' }), /"nonce"/],
    ['of nobody', () => signed({ sub: undefined }), /"sub"/],
    ['that is none', () => 'not a token', /Invalid Compact JWS/],
    ['without a mail address', () => signed({ email: '' }), /no usable "email"/],
    ['with a mail address that is no text', () => signed({ email: ['ada@example.com'] }), /no usable "email"/],
  ];

  async function publicKeyAsSecret(): Promise<string> {
    const secret = new TextEncoder().encode(await exportSPKI(keys.publicKey));
    return new SignJWT(payload({})).setProtectedHeader({ alg: 'HS256', kid: 'one' }).sign(secret);
  }

  async function altered(): Promise<string> {
    const [head = '', , signature = ''] = (await signed({})).split('.');
    const other = Buffer.from(JSON.stringify(payload({ email: 'eve@example.com' }))).toString('base64url');
    return [head, other, signature].join('.');
  }

  test.each(forgeries)('%s', async (_, token, why) => {
    lying.says.set('/token', { body: { id_token: await token() } });
    const { identified, told } = await hear();
    expect(identified).toEqual({ kind: 'wrong' });
    expect(told).toEqual([expect.stringMatching(why)]);
  });
});

test('an ID token for several clients that says it was given to us is believed', async () => {
  lying.says.set('/token', { body: { id_token: await signed({ aud: ['x', 'rollcall'], azp: 'rollcall' }) } });
  expect((await hear()).identified).toMatchObject({ kind: 'identified' });
});

test('UserInfo about another one than the ID token is not believed', async () => {
  const match = { claim: 'employee_number', field: 'employeeNumber' };
  lying.says.set('/token', { body: { id_token: await signed({}), access_token: 'of ada' } });
  lying.says.set('/me', { body: { sub: 'ada', employee_number: '100001' } });
  expect((await hear({ match })).identified).toEqual({ kind: 'identified', value: '100001' });
  lying.says.set('/me', { body: { sub: 'eve', employee_number: '100001' } });
  expect(await hear({ match })).toEqual({
    identified: { kind: 'wrong' },
    told: [expect.stringMatching(/another one/)],
  });
});

test('whether a mail address is verified may stand in UserInfo alone, of the address that stands there', async () => {
  const identified = async (claims: object, me: object): Promise<Identified> => {
    lying.says.set('/token', {
      body: { id_token: await signed({ email_verified: undefined, ...claims }), access_token: 'x' },
    });
    lying.says.set('/me', { body: { sub: 'ada', ...me } });
    return (await hear()).identified;
  };
  const email = 'ada@example.org';
  expect(await identified({}, { email, email_verified: true })).toEqual({ kind: 'identified', value: email });
  expect(await identified({}, { email })).toEqual({ kind: 'unverified' });
  // Of another address than the ID token's it may be meant.
  expect(await identified({}, { email_verified: true })).toEqual({ kind: 'unverified' });
  // What the ID token says itself counts.
  expect(await identified({ email_verified: false }, { email, email_verified: true })).toEqual({ kind: 'unverified' });
  expect(await identified({}, { sub: 'eve', email, email_verified: true })).toEqual({ kind: 'wrong' });
});

describe('the provider counts as away', () => {
  const huge = 'x'.repeat(300_000);
  const evil = { headers: { location: 'https://evil.example/' }, status: 302, body: '' };
  test.each<readonly [what: string, path: string, said: () => object, why: RegExp]>([
    [
      'that speaks for another issuer',
      wellKnown,
      () => ({ ...metadata(), issuer: 'https://evil.example' }),
      /is about/,
    ],
    ['whose issuer differs by a slash', wellKnown, () => ({ ...metadata(), issuer: `${lying.issuer}/` }), /is about/],
    [
      'that wants codes in clear text over the network',
      wellKnown,
      () => ({ ...metadata(), token_endpoint: 'http://id.example/token' }),
      /token_endpoint: an https:\/\/ URL/,
    ],
    ['that has no keys', wellKnown, () => ({ ...metadata(), jwks_uri: undefined }), /jwks_uri/],
    ['with a huge description', wellKnown, () => ({ huge }), /larger than 256 kB/],
    ['with a huge token', '/token', () => ({ id_token: huge }), /larger than 256 kB/],
    ['without an ID token', '/token', () => ({ access_token: 'x' }), /id_token/],
    ['whose keys are none', '/keys', () => ({ keys: 'one' }), /keys/],
  ])('%s', async (_, path, said, why) => {
    lying.says.set(path, { body: said() });
    const { identified, told } = await hear();
    expect(identified).toEqual({ kind: 'unavailable' });
    expect(told).toEqual([expect.stringMatching(why)]);
  });

  test.each([wellKnown, '/token', '/keys'])('that redirects, fails, or speaks no JSON at %s', async (path) => {
    for (const [said, why] of [
      [evil, /answered 302$/],
      [{ status: 500, body: '<h1>broken</h1>' }, /answered 500$/],
      [{ status: 503, body: { error: 'server_error', error_description: 'later' } }, /503: server_error, later$/],
      [{ body: '<h1>log in here</h1>' }, /is not JSON$/],
    ] as const) {
      lying.says.set(path, said);
      const { identified, told } = await hear();
      expect(identified).toEqual({ kind: 'unavailable' });
      expect(told).toEqual([expect.stringMatching(why)]);
    }
  });
});

describe.skipIf(skipWithout('openssl', () => programPath('openssl') !== undefined))('over TLS', () => {
  test('a provider is believed by the CA that the settings name, and by that alone', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'oidc-'));
    try {
      const { caFile, certificateFile, keyFile } = makeCertificates(folder);
      const [cert, key] = [readFileSync(certificateFile, 'utf8'), readFileSync(keyFile, 'utf8')];
      await using secure = await startLyingOpenId({ cert, key });
      const { issuer } = secure;
      const endpoints = {
        authorization_endpoint: `${issuer}/a`,
        token_endpoint: `${issuer}/t`,
        jwks_uri: `${issuer}/k`,
      };
      secure.says.set(wellKnown, { body: { issuer, ...endpoints } });
      const offer = async (more: object): Promise<unknown> => {
        const told: string[] = [];
        const config = v.parse(oidcSchema, { issuer, clientId: 'rollcall', ...more });
        const provider = new OpenIdProvider({ config, now: () => noon, tell: (problem) => told.push(problem) });
        return (await provider.offer()) ?? told;
      };
      expect(await offer({ caFile })).toMatchObject({ authorizationEndpoint: `${issuer}/a` });
      expect(await offer({})).toEqual([expect.stringMatching(/cannot be trusted: its certificate is by no CA/)]);
      await expect(offer({ caFile: join(folder, 'none') })).rejects.toThrow(/^logIn\.oidc\.caFile: cannot read /);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test('many log-ins at once ask what the provider is once', async () => {
  const config = v.parse(oidcSchema, { issuer: lying.issuer, clientId: 'rollcall' });
  const provider = new OpenIdProvider({ config, now: () => noon, tell: () => undefined });
  const from = lying.asked.length;
  await Promise.all(Array.from({ length: 20 }, () => provider.offer()));
  expect(lying.asked.slice(from)).toEqual([wellKnown]);
});

test('what the provider was is believed while it is away; keys that are ten minutes old are not', async () => {
  let now = noon;
  const told: string[] = [];
  const config = v.parse(oidcSchema, { issuer: lying.issuer, clientId: 'rollcall' });
  const provider = new OpenIdProvider({ config, now: () => now, tell: (problem) => told.push(problem) });
  expect(await provider.identify(logIn)).toMatchObject({ kind: 'identified' });
  lying.says.set(wellKnown, { status: 502, body: '' });
  lying.says.set('/keys', { body: { keys: [] } });
  expect(await provider.identify(logIn)).toMatchObject({ kind: 'identified' });
  now += 600_000;
  const later = { iat: now / 1000, exp: now / 1000 + 300 };
  lying.says.set('/token', { body: { id_token: await signed(later) } });
  expect(await provider.identify(logIn)).toEqual({ kind: 'wrong' });
  now += 3_600_000;
  expect(await provider.offer()).toMatchObject({ clientId: 'rollcall' });
  expect(told).toEqual([expect.stringMatching(/no applicable key/), expect.stringMatching(/answered 502$/)]);
});
