import { expect, test } from 'vitest';
import { milliseconds, wallTime } from '../../src/base/time.ts';
import { openAccountStore } from '../../src/node/sqlite-sessions.ts';
import { openSqliteChangeLog } from '../../src/node/sqlite-change-log.ts';
import { sourceKey } from '../../src/server/change-log.ts';
import { embedded, hash, morning, openWorld, realm, type World } from './world.ts';

const days = (count: number): typeof morning => wallTime(morning + count * 86_400_000);
const wrong = async (world: World, user: string, remote = '192.0.2.7', at = morning): Promise<number> =>
  (await world.ask('POST', '/v1/session', { body: { user, password: 'wrong password' }, remote, at })).status;

test('a log-in gives a token, the person, and SIP credentials of this session', async () => {
  await using world = await openWorld();
  const [ada] = await world.people({ name: 'Ada Lovelace', sipAddress: 'ada@sip.example.com' });
  await world.account('Ada', 'engine no. 1', ada);
  const session = await world.logIn(' ADA ', 'engine no. 1');
  expect(session).toMatchObject({
    person: ada,
    name: 'Ada Lovelace',
    sip: {
      address: 'sip:ada@sip.example.com',
      to: 'sip:address-book@example.com',
      udp: '127.0.0.1:5060',
      websocket: '/sip',
    },
  });
  expect(session.token).toMatch(/^[\w-]{22}$/);
  expect((await world.ask('GET', '/v1/changes', { query: 'after=0', token: session.token })).status).toBe(200);
});

test('neither the token, nor the SIP password, nor the password is in the store', async () => {
  await using world = await openWorld();
  await world.account('ben', 'a long password');
  const { token, sip } = await world.logIn('ben', 'a long password');
  const kept = JSON.stringify([await world.accounts.sessions(), await world.accounts.accounts()]);
  for (const secret of [token, sip.password, 'a long password']) expect(kept).not.toContain(secret);
  expect((await world.accounts.sessions())[0]?.sip.sha256).toBe(
    hash('SHA-256', `${sip.username}:${realm}:${sip.password}`),
  );
});

test('a wrong password, an unknown user and a user with a strange name get the same answer', async () => {
  await using world = await openWorld();
  await world.account('ben', 'a long password');
  const answers = await Promise.all(
    ['ben', 'nobody', '\u0000\n<script>', 'x'.repeat(256)].map((user) =>
      world.ask('POST', '/v1/session', { body: { user, password: 'wrong' }, remote: '192.0.2.9' }),
    ),
  );
  for (const answer of answers) expect(answer).toMatchObject({ status: 401, text: answers[0]?.text });
});

test('a password is the same password on a keyboard that composes its accents otherwise', async () => {
  await using world = await openWorld();
  await world.account('ben', 'pa\u00DFwort \u00E9t\u00E9');
  await world.logIn('ben', 'pa\u00DFwort e\u0301te\u0301');
});

test('guesses at one user from one address are limited, others are not locked out, and time heals it', async () => {
  await using world = await openWorld();
  await world.account('ben', 'a long password');
  for (let guess = 0; guess < 5; guess += 1) expect(await wrong(world, 'ben')).toBe(401);
  const limited = await world.ask('POST', '/v1/session', { body: { user: 'ben', password: 'a long password' } });
  expect(limited).toMatchObject({ status: 429 });
  expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
  const elsewhere = { body: { user: 'ben', password: 'a long password' }, remote: '198.51.100.1' };
  expect((await world.ask('POST', '/v1/session', elsewhere)).status).toBe(200);
  await world.logIn('ben', 'a long password', wallTime(morning + 31_000));
});

test('guesses at many users from one address are limited, an IPv6 site being one address', async () => {
  await using world = await openWorld();
  const statuses: number[] = [];
  for (let guess = 0; guess < 31; guess += 1)
    statuses.push(await wrong(world, `user ${guess}`, `2001:db8:1:2::${guess.toString(16)}`));
  expect(statuses.filter((status) => status === 401)).toHaveLength(30);
  expect(statuses.at(-1)).toBe(429);
});

test('an IPv6 site whose address has groups of zeros is one address too', async () => {
  await using world = await openWorld();
  const statuses: number[] = [];
  for (let guess = 0; guess < 40; guess += 1) {
    const body = { user: `user${guess}`, password: 'guess' };
    statuses.push(
      (await world.ask('POST', '/v1/session', { body, remote: `2001:db8::${(guess + 1).toString(16)}` })).status,
    );
  }
  expect(statuses.filter((status) => status === 429)).toHaveLength(10);
});

test('refused guesses use up nothing of the wider limits: neither the user elsewhere nor the colleagues here are locked out', async () => {
  await using world = await openWorld();
  await world.account('ben', 'a long password');
  await world.account('cyc', 'a longer password');
  const logIn = async (user: string, password: string, remote: string): Promise<number> =>
    (await world.ask('POST', '/v1/session', { body: { user, password }, remote })).status;
  for (let guess = 0; guess < 140; guess += 1) await logIn('ben', 'stale', '192.0.2.1');
  expect(await logIn('ben', 'a long password', '192.0.2.2')).toBe(200);
  expect(await logIn('cyc', 'a longer password', '192.0.2.1')).toBe(200);
});

test('right passwords are not counted, however many', async () => {
  await using world = await openWorld();
  await world.account('ben', 'a long password');
  for (let time = 0; time < 8; time += 1) await world.logIn('ben', 'a long password');
});

test('a session ends with log-out: its token, its SIP credentials and its subscriptions', async () => {
  await using world = await openWorld();
  await world.account('ben', 'a long password');
  const { token } = await world.logIn('ben', 'a long password');
  expect((await world.ask('DELETE', '/v1/session', { token })).status).toBe(204);
  expect((await world.ask('DELETE', '/v1/session', { token })).status).toBe(401);
  expect(await world.accounts.sessions()).toEqual([]);
  expect(world.facts.at(-1)).toEqual({ kind: 'session-ended', user: 'ben', why: 'logged-out' });
});

test('who leaves is logged out at once and cannot log in again', async () => {
  await using world = await openWorld();
  const [ada] = await world.people({ name: 'Ada' });
  if (ada === undefined) throw new Error('Ada is not there');
  await world.account('ada', 'a long password', ada);
  const { token } = await world.logIn('ada', 'a long password');
  await world.append({ kind: 'removed', person: ada });
  expect((await world.ask('GET', '/v1/book', { token })).status).toBe(401);
  const again = await world.ask('POST', '/v1/session', { body: { user: 'ada', password: 'a long password' } });
  expect(again.status).toBe(403);
});

test('who leaves in the moment of logging in gets no session', async () => {
  const accounts = openAccountStore(':memory:');
  await using world = await openWorld({ accounts });
  const [ada] = await world.people({ name: 'Ada' });
  if (ada === undefined) throw new Error('Ada is not there');
  await world.account('ada', 'a long password', ada);
  const openSession = accounts.openSession.bind(accounts);
  accounts.openSession = async (session) => {
    await world.append({ kind: 'removed', person: ada });
    return openSession(session);
  };
  const body = { user: 'ada', password: 'a long password' };
  expect((await world.ask('POST', '/v1/session', { body })).status).toBe(403);
  expect(world.server.sessions).toBe(0);
  expect(await accounts.sessions()).toEqual([]);
});

test('who is removed and comes back within one list stays logged in', async () => {
  await using world = await openWorld();
  const [ada] = await world.people({ name: 'Ada' });
  if (ada === undefined) throw new Error('Ada is not there');
  await world.account('ada', 'a long password', ada);
  const { token } = await world.logIn('ada', 'a long password');
  await world.append({ kind: 'removed', person: ada }, { kind: 'added', person: ada, fields: { name: 'Ada' } });
  expect((await world.ask('GET', '/v1/book', { token })).status).toBe(200);
});

test('sessions outlive a restart, but not those of persons who left meanwhile', async () => {
  const accounts = openAccountStore(':memory:');
  const changeLog = openSqliteChangeLog({ path: ':memory:' });
  await using before = await openWorld({ accounts, changeLog });
  const [ada, ben] = await before.people({ name: 'Ada' }, { name: 'Ben' });
  if (ada === undefined || ben === undefined) throw new Error('nobody is there');
  await before.account('ada', 'a long password', ada);
  await before.account('ben', 'a long password', ben);
  const [hers, his] = [await before.logIn('ada', 'a long password'), await before.logIn('ben', 'a long password')];
  await changeLog.append({ source: embedded, at: morning, changes: [{ kind: 'removed', person: ada }] });
  const after = await openWorld({ accounts, changeLog });
  expect((await after.ask('GET', '/v1/book', { token: his.token })).status).toBe(200);
  expect((await after.ask('GET', '/v1/book', { token: hers.token })).status).toBe(401);
  expect(await accounts.sessions()).toHaveLength(1);
});

test('a session that lies idle for 30 days is over; one that is used is not', async () => {
  await using world = await openWorld();
  await world.account('ben', 'a long password');
  const idle = await world.logIn('ben', 'a long password');
  const used = await world.logIn('ben', 'a long password');
  expect((await world.ask('GET', '/v1/book', { token: used.token, at: days(29) })).status).toBe(200);
  expect((await world.ask('GET', '/v1/book', { token: idle.token, at: days(31) })).status).toBe(401);
  await world.server.tidy(days(31));
  expect((await world.accounts.sessions()).map(({ usedAt }) => usedAt)).toEqual([days(31)]);
  expect(world.server.sessions).toBe(1);
});

test('one user cannot fill the server with sessions: the oldest end', async () => {
  await using world = await openWorld();
  await world.account('ben', 'a long password');
  const first = await world.logIn('ben', 'a long password');
  for (let time = 0; time < 32; time += 1) await world.logIn('ben', 'a long password');
  expect(world.server.sessions).toBe(32);
  expect((await world.ask('GET', '/v1/book', { token: first.token })).status).toBe(401);
});

test('a directory’s person logs in by the directory’s key; who is not in the book does not', async () => {
  const keys: Record<string, string> = {};
  await using world = await openWorld({
    directory: async ({ user, password }) => {
      const key = keys[user];
      if (user === 'away') return 'unavailable';
      if (user === 'guessed') return { retryAfter: milliseconds(960_000) };
      return key === undefined || password !== 'right' ? 'wrong' : { source: embedded, key: sourceKey(key) };
    },
  });
  const [ada] = await world.people({ name: 'Ada' });
  keys['ada'] = `key of ${ada}`;
  keys['outsider'] = 'a key of nobody';
  expect(await world.logIn('ada', 'right')).toMatchObject({ person: ada, name: 'Ada' });
  const status = async (user: string, password: string): Promise<number> =>
    (await world.ask('POST', '/v1/session', { body: { user, password } })).status;
  expect(await status('ada', 'wrong')).toBe(401);
  expect(await status('nobody', 'right')).toBe(401);
  expect(await status('outsider', 'right')).toBe(403);
  for (let time = 0; time < 8; time += 1) expect(await status('away', 'right')).toBe(503);
  const limited = await world.ask('POST', '/v1/session', { body: { user: 'guessed', password: 'x' } });
  expect(limited).toMatchObject({ status: 429, headers: { 'retry-after': '960' } });
});

test('an account’s new password, or its removal, ends its sessions', async () => {
  await using world = await openWorld();
  await world.account('ben', 'a long password');
  const administrator = 'the-administrators-token-of-these-tests';
  const first = await world.logIn('ben', 'a long password');
  const put = { token: administrator, body: { password: 'another password' } };
  expect((await world.ask('PUT', '/v1/admin/accounts/ben', put)).status).toBe(200);
  expect((await world.ask('GET', '/v1/book', { token: first.token })).status).toBe(401);
  const second = await world.logIn('ben', 'another password');
  expect((await world.ask('DELETE', '/v1/admin/accounts/Ben', { token: administrator })).status).toBe(204);
  expect((await world.ask('GET', '/v1/book', { token: second.token })).status).toBe(401);
  expect((await world.ask('DELETE', '/v1/admin/accounts/ben', { token: administrator })).status).toBe(404);
});
