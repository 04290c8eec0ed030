// Log-in by a real OpenID Provider, over the server's HTTP API; the server's clock is a number.

import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { OpenIdProvider } from '../../src/node/oidc.ts';
import { oidcSchema } from '../../src/node/oidc-config.ts';
import { sessionSchema } from '../../src/wire/http.ts';
import { authorizationUrl, oidcOfferSchema } from '../../src/wire/oidc.ts';
import { publicClient, secret, startOpenId, type OpenId } from '../peers/openid.ts';
import { openWorld, type Reply, type World } from '../server/world.ts';

let openId: OpenId;
beforeAll(async () => {
  openId = await startOpenId();
});
afterAll(() => openId[Symbol.asyncDispose]());
beforeEach(() => openId.accounts.clear());

interface Scene extends AsyncDisposable {
  readonly world: World;
  readonly told: readonly string[];
  /** By how much the server's clock is ahead of the provider's. */
  ahead: number;
  logIn(account: string, asked?: Partial<Redeemed>): Promise<Reply>;
  begin(): Promise<{ readonly url: string; readonly codeVerifier: string; readonly redirectUri: string }>;
}

interface Redeemed {
  readonly code: string;
  readonly codeVerifier: string;
  readonly redirectUri: string;
}

const redirectUri = 'http://127.0.0.1:9/';

async function openScene(settings: object = {}, provider: OpenId = openId): Promise<Scene> {
  const told: string[] = [];
  const config = v.parse(oidcSchema, { issuer: provider.issuer, clientId: publicClient.client_id, ...settings });
  const now = (): number => Date.now() + scene.ahead;
  const world = await openWorld({ oidc: new OpenIdProvider({ config, now, tell: (problem) => told.push(problem) }) });
  const scene: Scene = {
    world,
    told,
    ahead: 0,
    begin: async () => {
      const offer = v.parse(oidcOfferSchema, (await world.ask('GET', '/v1/oidc')).json());
      const codeVerifier = randomBytes(32).toString('base64url');
      const codeChallenge = createHash('sha256').update(codeVerifier).digest('base64url');
      return { url: authorizationUrl(offer, { redirectUri, codeChallenge, state: 'x' }), codeVerifier, redirectUri };
    },
    logIn: async (account, asked = {}) => {
      const begun = await scene.begin();
      const code = (await provider.browse(begun.url, account)).searchParams.get('code') ?? '';
      const body = { code, codeVerifier: begun.codeVerifier, redirectUri, ...asked };
      return world.ask('POST', '/v1/oidc', { body });
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
  return scene;
}

const ada = { email: 'Ada@Example.com', email_verified: true, employee_number: 100_001, preferred_username: '8001' };
const detail = (reply: Reply): unknown => (reply.json() as { detail: string }).detail;

describe('log-in by an identity provider', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene();
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  test('the one person who has the mail address logs in, in whatever case it is written; who leaves is logged out', async () => {
    const [person] = await scene.world.people({ name: 'Ada Lovelace', mail: 'ada@example.com' });
    if (person === undefined) throw new Error('Ada is not there');
    openId.accounts.set('sub of ada', ada);
    const session = v.parse(sessionSchema, (await scene.logIn('sub of ada')).json());
    expect(session).toMatchObject({ person, name: 'Ada Lovelace' });
    expect(scene.world.facts.at(-1)).toEqual({ kind: 'logged-in', user: 'oidc:ada@example.com', remote: '192.0.2.7' });
    expect((await scene.world.ask('GET', '/v1/book', { token: session.token })).status).toBe(200);
    await scene.world.append({ kind: 'removed', person });
    expect((await scene.world.ask('GET', '/v1/book', { token: session.token })).status).toBe(401);
    const again = await scene.logIn('sub of ada');
    expect(again).toMatchObject({ status: 403 });
    expect(detail(again)).toMatch(/^Nobody in the enterprise address book is who the identity provider says you are/);
    expect(scene.world.facts.at(-1)).toMatchObject({ user: 'oidc:ada@example.com', why: 'not-in-book' });
    expect(scene.told).toEqual([]);
  });

  test('who changes the mail address is known by the new one alone; an address that two have is nobody’s', async () => {
    const { world } = scene;
    const [ben] = await world.people({ name: 'Ben', mail: 'ben@example.com' });
    if (ben === undefined) throw new Error('Ben is not there');
    openId.accounts.set('old', { email: 'ben@example.com', email_verified: true });
    openId.accounts.set('new', { email: 'benjamin@example.com', email_verified: true });
    expect((await scene.logIn('new')).status).toBe(403);
    const [from, to] = [{ mail: 'ben@example.com' }, { mail: 'benjamin@example.com' }];
    await world.append({ kind: 'altered', person: ben, from, to });
    expect((await scene.logIn('old')).status).toBe(403);
    expect((await scene.logIn('new')).json()).toMatchObject({ person: ben });
    const [carla] = await world.people({ name: 'Carla', mail: 'Benjamin@Example.com' });
    const two = await scene.logIn('new');
    expect([two.status, detail(two)]).toEqual([403, expect.stringMatching(/^More than one in the enterprise/)]);
    if (carla !== undefined) await world.append({ kind: 'removed', person: carla });
    expect((await scene.logIn('new')).json()).toMatchObject({ person: ben });
  });

  test.each([[false], [undefined], ['false'], [1]])(
    'a mail address with email_verified %j is no one’s',
    async (verified) => {
      openId.accounts.set('eve', { email: 'victim@example.com', email_verified: verified });
      await scene.world.people({ name: 'Victim', mail: 'victim@example.com' });
      const reply = await scene.logIn('eve');
      expect([reply.status, detail(reply)]).toEqual([403, expect.stringContaining('does not know your mail address')]);
      expect(scene.told.at(-1)).toBe(
        '"email_verified" is not true for "victim@example.com", whom the provider calls eve',
      );
    },
  );

  test('letters that only look alike, or fold to one, are other people’s', async () => {
    await scene.world.people({ name: 'Kate', mail: 'kate@example.com' });
    for (const email of [
      '\u212Aate@example.com',
      '\uFF4Bate@example.com',
      'k\u0430te@example.com',
      'kate@example.com.',
    ]) {
      openId.accounts.set('kate', { email, email_verified: true });
      expect([email, (await scene.logIn('kate')).status]).toEqual([email, 403]);
    }
    openId.accounts.set('kate', { email: 'KATE@EXAMPLE.COM', email_verified: true });
    expect((await scene.logIn('kate')).status).toBe(200);
  });

  test('a code is good once, for who began the log-in, with the redirect URI that it was given for', async () => {
    const [person] = await scene.world.people({ name: 'Dora', mail: 'dora@example.com' });
    openId.accounts.set('dora', { email: 'dora@example.com', email_verified: 'true' });
    const other = { codeVerifier: randomBytes(32).toString('base64url') };
    for (const asked of [other, { redirectUri: 'http://127.0.0.1:10/' }, { code: 'made up' }])
      expect(await scene.logIn('dora', asked)).toMatchObject({ status: 401 });
    const { url, ...begun } = await scene.begin();
    const code = (await openId.browse(url, 'dora')).searchParams.get('code') ?? '';
    const body = { ...begun, code };
    expect((await scene.world.ask('POST', '/v1/oidc', { body })).json()).toMatchObject({ person });
    const replayed = await scene.world.ask('POST', '/v1/oidc', { body });
    expect([replayed.status, detail(replayed)]).toEqual([401, expect.stringContaining('begin it anew')]);
    expect(scene.told.at(-1)).toMatch(/\/token answered 400: invalid_grant/);
  });

  test.each([
    ['nothing', {}],
    ['an empty code', { code: '' }],
    ['a huge code', { code: 'x'.repeat(4097), codeVerifier: 'x'.repeat(43), redirectUri }],
    ['a short verifier', { code: 'x', codeVerifier: 'short', redirectUri }],
    ['no redirect URI', { code: 'x', codeVerifier: 'x'.repeat(43) }],
    ['an address of a stranger’s', { code: 'x', codeVerifier: 'x'.repeat(43), redirectUri: 'https://evil.example/' }],
    [
      'an address of a name that begins like this machine’s',
      { code: 'x', codeVerifier: 'x'.repeat(43), redirectUri: 'http://127.0.0.1.evil.example/' },
    ],
    [
      'an address of a user at a stranger’s',
      { code: 'x', codeVerifier: 'x'.repeat(43), redirectUri: 'http://127.0.0.1:1@evil.example/' },
    ],
    ['an address of no place', { code: 'x', codeVerifier: 'x'.repeat(43), redirectUri: '/' }],
    ['two codes', { code: ['x', 'y'], codeVerifier: 'x'.repeat(43), redirectUri }],
  ])('the provider is not troubled with %s', async (_, body) => {
    const asked = openId.asked.length;
    expect((await scene.world.ask('POST', '/v1/oidc', { body })).status).toBe(400);
    expect(openId.asked).toHaveLength(asked);
  });

  test('guessed codes are limited by address; log-ins elsewhere are not', async () => {
    openId.accounts.set('fay', { email: 'fay@example.com', email_verified: true });
    await scene.world.people({ name: 'Fay', mail: 'fay@example.com' });
    const body = { code: 'guess', codeVerifier: 'x'.repeat(43), redirectUri };
    const statuses = [];
    for (let guess = 0; guess < 32; guess += 1)
      statuses.push((await scene.world.ask('POST', '/v1/oidc', { body, remote: '198.51.100.9' })).status);
    expect(statuses).toEqual([...Array<number>(30).fill(401), 429, 429]);
    expect((await scene.logIn('fay')).status).toBe(200);
  });

  test('a new key of the provider is fetched when it signs with it', async () => {
    openId.accounts.set('gil', { email: 'gil@example.com', email_verified: true });
    await scene.world.people({ name: 'Gil', mail: 'gil@example.com' });
    expect((await scene.logIn('gil')).status).toBe(200);
    const fetched = openId.asked.filter((line) => line === 'GET /jwks').length;
    expect((await scene.logIn('gil')).status).toBe(200);
    expect(openId.asked.filter((line) => line === 'GET /jwks')).toHaveLength(fetched);
    await openId.rotate();
    expect((await scene.logIn('gil')).status).toBe(200);
  });

  test('clocks may differ by a minute, not by a quarter of an hour', async () => {
    openId.accounts.set('hal', { email: 'hal@example.com', email_verified: true });
    await scene.world.people({ name: 'Hal', mail: 'hal@example.com' });
    for (const [seconds, status] of [
      [50, 200],
      [-50, 200],
      [900, 401],
      [-900, 401],
    ] as const) {
      scene.ahead = seconds * 1000;
      expect([seconds, (await scene.logIn('hal')).status]).toEqual([seconds, status]);
    }
    expect(scene.told.at(-1)).toMatch(/^an ID token was refused: .*"iat"/);
    scene.ahead = 0;
  });

  test('a provider that is away: the server is there, log-ins by it are answered with 503, and go on once it is back', async () => {
    await openId.stop();
    await using early = await openScene();
    await early.world.people({ name: 'Ira', mail: 'ira@example.com' });
    openId.accounts.set('ira', { email: 'ira@example.com', email_verified: true });
    const offer = await early.world.ask('GET', '/v1/oidc');
    expect(offer).toMatchObject({ status: 503, headers: { 'retry-after': '10' } });
    const body = { code: 'x', codeVerifier: 'x'.repeat(43), redirectUri };
    for (let time = 0; time < 40; time += 1)
      expect((await early.world.ask('POST', '/v1/oidc', { body })).status).toBe(503);
    expect(early.told[0]).toMatch(/^The server 127.0.0.1:\d+ cannot be reached \(ECONNREFUSED\)\.$/);
    await openId.start();
    expect((await early.world.ask('GET', '/v1/oidc')).status).toBe(503);
    early.ahead = 5001;
    expect((await early.logIn('ira')).status).toBe(200);
  });
});

test('where claims are in UserInfo alone, they are asked for there; a person may be known by employee number', async () => {
  await using provider = await startOpenId({ inUserInfo: true });
  const match = { claim: 'employee_number', field: 'employeeNumber' };
  await using scene = await openScene({ match }, provider);
  const [, person] = await scene.world.people(
    { name: 'By mail', mail: 'ada@example.com', employeeNumber: '100' },
    { name: 'By number', employeeNumber: '100001' },
  );
  provider.accounts.set('ada', { ...ada, email_verified: false });
  expect((await scene.logIn('ada')).json()).toMatchObject({ person });
  expect(provider.asked.at(-1)).toBe('GET /me');
  provider.accounts.set('ada', {});
  expect((await scene.logIn('ada')).status).toBe(401);
  expect(scene.told).toEqual(['the provider has no usable "employee_number" for whom it calls ada']);
});

test.each(['client_secret_basic', 'client_secret_post'])(
  'a client with a secret shows it by %s; a new one is taken from its file without a restart',
  async (method) => {
    const folder = mkdtempSync(join(tmpdir(), 'oidc-'));
    await using provider = await startOpenId({ authMethods: [method] });
    const clientSecretFile = join(folder, 'secret');
    writeFileSync(clientSecretFile, 'of last year\n');
    provider.accounts.set('ada', ada);
    await using scene = await openScene({ clientId: method, clientSecretFile }, provider);
    await scene.world.people({ name: 'Ada', mail: 'ada@example.com' });
    expect((await scene.logIn('ada')).status).toBe(503);
    expect(scene.told).toEqual([expect.stringMatching(/\/token answered 401: invalid_client/)]);
    writeFileSync(clientSecretFile, `${secret}\n`);
    expect((await scene.logIn('ada')).status).toBe(200);
    rmSync(folder, { recursive: true });
    expect((await scene.logIn('ada')).status).toBe(503);
    expect(scene.world.facts).toContainEqual(expect.objectContaining({ kind: 'unavailable', path: '/v1/oidc' }));
    await expect(openScene({ clientId: method, clientSecretFile }, provider)).rejects.toThrow(
      /^logIn\.oidc\.clientSecretFile: cannot read /,
    );
  },
);

test('a page comes back to the server’s own URL, or to what the settings list, and to nothing else', async () => {
  await using own = await openScene();
  const body = { code: 'x', codeVerifier: 'x'.repeat(43), redirectUri: 'https://book.example.com/in' };
  expect((await own.world.ask('GET', '/v1/oidc')).json()).toMatchObject({ returnAddresses: ['https://book.example/'] });
  expect((await own.world.ask('POST', '/v1/oidc', { body })).status).toBe(400);
  await using listed = await openScene({ returnAddresses: [body.redirectUri] });
  expect((await listed.world.ask('GET', '/v1/oidc')).json()).toMatchObject({ returnAddresses: [body.redirectUri] });
  expect((await listed.world.ask('POST', '/v1/oidc', { body })).status).toBe(401);
  for (const address of ['http://book.example.com/', 'book.example.com', ''])
    expect(() =>
      v.parse(oidcSchema, { issuer: 'https://id.example', clientId: 'x', returnAddresses: [address] }),
    ).toThrow('a list of https:// URLs');
});

test('without an identity provider there is nothing at its path', async () => {
  await using world = await openWorld();
  expect((await world.ask('GET', '/v1/oidc')).status).toBe(404);
  expect((await world.ask('POST', '/v1/oidc', { body: {} })).status).toBe(404);
});
