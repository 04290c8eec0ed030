// Accounts and sessions in one SQLite file of their own: it holds password hashes, so it is readable
// for this account only, and a copy of the change log does not carry them along.

import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { wallTime, type WallTime } from '../base/time.ts';
import { personId } from '../book/person-id.ts';
import type { Account, AccountStore, StoredSession } from '../server/account-store.ts';
import { inTransaction, openSqliteFile, overFile, type Shape } from './sqlite-file.ts';

const shape: Shape = {
  holds: 'store of accounts',
  applicationId: 0x726f6c73, // 'rols'
  steps: [
    (db) =>
      db.exec(`
        create table account (user text primary key, password_hash text not null, person text, created_at integer not null) strict, without rowid;
        create table session (token_hash text primary key, user text not null, name text not null, person text,
          sip_user text not null unique, sip_md5 text not null, sip_sha256 text not null,
          created_at integer not null, used_at integer not null) strict, without rowid`),
  ],
};

type Row = Record<string, SQLOutputValue>;

const accountOf = (row: Row): Account => ({
  user: String(row['user']),
  passwordHash: String(row['password_hash']),
  ...(row['person'] !== null && { person: personId(String(row['person'])) }),
  createdAt: wallTime(Number(row['created_at'])),
});

const sessionOf = (row: Row): StoredSession => ({
  tokenHash: String(row['token_hash']),
  user: String(row['user']),
  name: String(row['name']),
  ...(row['person'] !== null && { person: personId(String(row['person'])) }),
  sip: { user: String(row['sip_user']), md5: String(row['sip_md5']), sha256: String(row['sip_sha256']) },
  createdAt: wallTime(Number(row['created_at'])),
  usedAt: wallTime(Number(row['used_at'])),
});

/**
 * Opens the store in the file at `path`, or makes it; `:memory:` for one that nobody keeps.
 * @throws HostFault when it cannot be opened or written, or is not one of ours
 */
export function openAccountStore(path: string): AccountStore {
  const db = openSqliteFile(path, shape);
  const say = statements(db);
  // Each is synchronous underneath; a promise, since another store's is not.
  const over = async <Result>(work: () => Result): Promise<Result> => overFile(path, work);
  return {
    accounts: () => over(() => say.accounts.all().map(accountOf)),
    account: (user) => over(() => say.account.all(user).map(accountOf)[0]),
    putAccount: ({ user, passwordHash, person, createdAt }) =>
      over(() => void say.putAccount.run(user, passwordHash, person ?? null, createdAt)),
    removeAccount: (user) => over(() => say.removeAccount.run(user).changes > 0),
    sessions: () => over(() => say.sessions.all().map(sessionOf)),
    openSession: ({ tokenHash, user, name, person, sip, createdAt, usedAt }) =>
      over(() => {
        say.openSession.run(tokenHash, user, name, person ?? null, sip.user, sip.md5, sip.sha256, createdAt, usedAt);
      }),
    endSessions: (hashes) => over(() => each(db, hashes, (hash) => say.endSession.run(hash))),
    used: (hashes, at: WallTime) => over(() => each(db, hashes, (hash) => say.used.run(at, hash))),
    [Symbol.asyncDispose]: () => over(() => db.close()),
  };
}

const each = (db: DatabaseSync, hashes: readonly string[], write: (hash: string) => unknown): void =>
  inTransaction(db, 'immediate', () => {
    for (const hash of hashes) write(hash);
  });

const statements = (db: DatabaseSync) => ({
  accounts: db.prepare('select * from account order by user'),
  account: db.prepare('select * from account where user = ?'),
  putAccount: db.prepare('insert or replace into account values (?, ?, ?, ?)'),
  removeAccount: db.prepare('delete from account where user = ?'),
  sessions: db.prepare('select * from session order by created_at'),
  openSession: db.prepare('insert into session values (?, ?, ?, ?, ?, ?, ?, ?, ?)'),
  endSession: db.prepare('delete from session where token_hash = ?'),
  used: db.prepare('update session set used_at = ? where token_hash = ?'),
});
