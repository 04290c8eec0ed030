import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { wallTime } from '../../src/base/time.ts';
import { personId } from '../../src/book/person-id.ts';
import { HostFault } from '../../src/node/host-fault.ts';
import { passwords } from '../../src/node/passwords.ts';
import { openAccountStore } from '../../src/node/sqlite-sessions.ts';
import type { Account, StoredSession } from '../../src/server/account-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'rollcall-accounts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = wallTime(1_700_000_000_000);
const account: Account = { user: 'ada', passwordHash: '$argon2id$…', person: personId('ada2'), createdAt: at };
const session = (name: string): StoredSession => ({
  tokenHash: `hash of ${name}`,
  user: 'ada',
  name: 'Ada Lovelace',
  person: personId('ada2'),
  sip: { user: `sip ${name}`, md5: 'm', sha256: 's' },
  createdAt: at,
  usedAt: at,
});

describe.each([':memory:', join(folder, 'accounts.db')])('the account store in %s', (path) => {
  test('keeps accounts and sessions until they are removed', async () => {
    await using store = openAccountStore(path);
    const plain: Account = { user: "o'brien; drop table account", passwordHash: 'x', createdAt: at };
    await store.putAccount(account);
    await store.putAccount(plain);
    await store.putAccount({ ...account, passwordHash: 'another' });
    expect(await store.accounts()).toEqual([{ ...account, passwordHash: 'another' }, plain]);
    expect(await store.account('ada')).toEqual({ ...account, passwordHash: 'another' });
    expect(await store.account('ADA')).toBeUndefined();
    expect(await store.removeAccount('ada')).toBe(true);
    expect(await store.removeAccount('ada')).toBe(false);
    await store.openSession(session('one'));
    await store.openSession(session('two'));
    await store.used(['hash of two', 'hash of nobody'], wallTime(at + 5));
    await store.endSessions(['hash of one', 'hash of nobody']);
    await store.endSessions([]);
    expect(await store.sessions()).toEqual([{ ...session('two'), usedAt: at + 5 }]);
  });
});

test('opened again, everything is there, and nobody else on the machine may read it', async () => {
  const path = join(folder, 'again.db');
  await using first = openAccountStore(path);
  await first.putAccount(account);
  await using second = openAccountStore(path);
  expect(await second.accounts()).toEqual([account]);
  expect(statSync(path).mode & 0o077).toBe(0);
});

test('a file that is not ours is refused in the administrator’s words, and left as it is', () => {
  const path = join(folder, 'letter.txt');
  writeFileSync(path, 'Dear Ada, '.repeat(1000));
  expect(() => openAccountStore(path)).toThrow(HostFault);
  expect(statSync(path).size).toBe(10_000);
});

test('a password verifies against its own hash only, and the hash says its cost', async () => {
  const hash = await passwords.hash('engine no. 1');
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  expect(await passwords.verify('engine no. 1', hash)).toBe(true);
  expect(await passwords.verify('engine no. 2', hash)).toBe(false);
  expect(await passwords.hash('engine no. 1')).not.toBe(hash);
});

test.each(['', 'plain', '$argon2id$v=19$m=19456,t=2,p=1$$', '$2b$10$abcdefghijklmnopqrstuv'])(
  'what is no hash of ours (%j) verifies nothing',
  async (hash) => {
    expect(await passwords.verify('', hash)).toBe(false);
  },
);
