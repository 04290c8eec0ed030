import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, test } from 'vitest';
import { wallTime } from '../../src/base/time.ts';
import { bookId, revision } from '../../src/book/change.ts';
import { ownContactId, personId } from '../../src/book/person-id.ts';
import { HostFault } from '../../src/node/host-fault.ts';
import { openSqliteAddressBook } from '../../src/node/sqlite-address-book.ts';
import { photo } from '../peers/pictures.ts';
import { addressBookContract } from './address-book.ts';
import { boundedContract, ownWritingContract } from './address-book-own.ts';

const folder = mkdtempSync(join(tmpdir(), 'address-book-'));
afterAll(() => rmSync(folder, { recursive: true }));

let made = 0;
const newPath = (): string => join(folder, `${(made += 1)}.sqlite`);

for (const contract of [addressBookContract, ownWritingContract, boundedContract])
  contract('SQLite', () => {
    const path = newPath();
    return Promise.resolve({
      store: openSqliteAddressBook(path),
      reopen: () => Promise.resolve(openSqliteAddressBook(path)),
    });
  });

const book = bookId('0b0e0a52-6a0d-4d8e-9d0e-6a5c2a6f1d01');
const ada = personId('ada2');
const adaAt = (count: number) => ({
  person: ada,
  fields: { officeTelephone: String(count) },
  at: { book, revision: revision(count) },
});

test('a process killed between any two steps leaves the book whole: mark, entry and prompts agree', async () => {
  const path = newPath();
  const first = openSqliteAddressBook(path);
  await first.keep(adaAt(1));
  await first[Symbol.asyncDispose]();
  for (const dots of [1, 2, 5, 9, 14]) {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'apply-forever.ts'), path]);
    let seen = 0;
    child.stdout.on('data', (data: Buffer) => {
      seen += data.length;
      if (seen >= dots) child.kill('SIGKILL');
    });
    const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
    expect(signal).toBe('SIGKILL');
    const store = openSqliteAddressBook(path);
    const mark = (await store.holdings()).mark?.revision ?? 0;
    expect(mark).toBeGreaterThan(dots);
    expect(await store.entry(ada)).toMatchObject({ base: { officeTelephone: String(mark) }, revision: mark });
    const prompts = await store.prompts({ unseenOnly: true });
    expect(prompts.map(({ fact }) => (fact.kind === 'altered' ? [fact.from, fact.to] : []))).toEqual(
      Array.from({ length: mark - 1 }, (_, at) => [String(at + 1), String(at + 2)]),
    );
    await store[Symbol.asyncDispose]();
  }
});

test('two processes over one file take turns; a step of the one overtakes the other’s', async () => {
  const path = newPath();
  const one = openSqliteAddressBook(path);
  const other = openSqliteAddressBook(path);
  await one.keep(adaAt(1));
  const { mark, kept } = await other.holdings();
  const step = {
    from: { mark, kept },
    to: { book, revision: revision(2) },
    history: 'follow',
    facts: [{ kind: 'fetched', person: ada, revision: revision(2), fields: { officeTelephone: '2' } }],
    withheld: [],
  } as const;
  const outcomes = await Promise.all([one.apply(step, wallTime(0)), other.apply(step, wallTime(0))]);
  expect(outcomes.map((each) => each.kind).sort()).toEqual(['applied', 'overtaken']);
  expect(await one.prompts({ unseenOnly: false })).toHaveLength(1);
  await one[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
});

test('a file that another program holds locked is waited for, then said to be locked', async () => {
  const path = newPath();
  const store = openSqliteAddressBook(path);
  const hog = new DatabaseSync(path);
  hog.exec('begin exclusive');
  await expect(store.keep(adaAt(1))).rejects.toThrow(HostFault);
  await expect(store.keep(adaAt(1))).rejects.toThrow('another program has it locked');
  hog.exec('rollback');
  expect((await store.keep(adaAt(1))).kind).toBe('kept');
  hog.close();
  await store[Symbol.asyncDispose]();
});

test('no file, a foreign file, a newer one, a damaged one: each is refused with what to do', () => {
  const text = newPath();
  writeFileSync(text, 'this is a letter, not a book'.repeat(100));
  expect(() => openSqliteAddressBook(text)).toThrow('it is not a SQLite file, or it is damaged');
  const foreign = newPath();
  const db = new DatabaseSync(foreign);
  db.exec('create table letters (text)');
  db.close();
  expect(() => openSqliteAddressBook(foreign)).toThrow("another program's file, not a personal address book");
  const newer = newPath();
  void openSqliteAddressBook(newer)[Symbol.asyncDispose]();
  const future = new DatabaseSync(newer);
  future.exec('pragma user_version = 99');
  future.close();
  expect(() => openSqliteAddressBook(newer)).toThrow('has version 99');
  const isFolder = newPath();
  mkdirSync(isFolder);
  expect(() => openSqliteAddressBook(isFolder)).toThrow('cannot be opened');
  expect(() => openSqliteAddressBook(join(folder, 'nowhere', 'x.sqlite'))).toThrow(HostFault);
});

test('an entry that is not readable is said to be damage, not guessed at', async () => {
  const path = newPath();
  const store = openSqliteAddressBook(path);
  await store.keep(adaAt(1));
  const vandal = new DatabaseSync(path);
  vandal.exec(`update entry set base = '{'`);
  vandal.close();
  await expect(store.entries()).rejects.toThrow('the personal address book is damaged');
  await store[Symbol.asyncDispose]();
});

test.skipIf(process.platform === 'win32')(
  'the file, which holds a session, is readable by its owner alone',
  async () => {
    const path = newPath();
    const store = openSqliteAddressBook(path);
    await store.keep(adaAt(1));
    for (const suffix of ['', '-wal']) expect(statSync(path + suffix).mode & 0o077).toBe(0);
    await store[Symbol.asyncDispose]();
  },
);

test('a book of before there were photos and own contacts is brought up, with all that is in it', async () => {
  const path = newPath();
  const older = new DatabaseSync(path);
  older.exec(`
    create table note (name text primary key, value text not null) strict, without rowid;
    create table entry (
      person text primary key, base text not null, revision integer not null,
      state text not null check (state in ('held', 'left', 'kept')), own text not null
    ) strict, without rowid;
    create table withheld (person text primary key references entry on delete cascade) strict, without rowid;
    create table prompt (
      id integer primary key autoincrement, person text not null, name text not null, fact text not null,
      at integer not null, seen integer not null default 0, undone integer not null default 0
    ) strict;
    create index prompt_unseen on prompt (id) where seen = 0;
    insert into note values ('mark', '${book}.3'), ('kept', '1');
    insert into entry values ('ada2', '{"photo":"${photo(1).hash}"}', 3, 'held', '{"note":"met in Paris"}');
    insert into withheld values ('ada2');
    insert into prompt (person, name, fact, at) values ('ada2', 'Ada', '{"kind":"returned"}', 5);
    pragma application_id = 0x52435042;
    pragma user_version = 1;
  `);
  older.close();
  await using store = openSqliteAddressBook(path);
  expect(await store.holdings()).toMatchObject({ mark: { revision: 3 }, kept: 1, withheld: new Set([ada]) });
  expect(await store.entry(ada)).toMatchObject({ revision: 3, state: 'held', own: { note: 'met in Paris' } });
  expect(await store.prompts({ person: ada })).toMatchObject([{ name: 'Ada', seen: false }]);
  expect(await store.missingPhotos()).toEqual([photo(1).hash]);
  expect(await store.keepPhoto(photo(1))).toEqual([ada]);
  const mum = ownContactId('aaaaaaaa');
  await store.addOwn([{ person: mum, own: { nickname: 'Mum' } }]);
  await store.remove([ada]);
  expect((await store.holdings()).withheld.size).toBe(0);
});
