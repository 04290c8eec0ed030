import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, test } from 'vitest';
import { wallTime } from '../../src/base/time.ts';
import type { Change } from '../../src/book/change.ts';
import type { Fields } from '../../src/book/person.ts';
import type { PersonId } from '../../src/book/person-id.ts';
import { LookUpReader } from '../../src/node/look-up-reader.ts';
import { makePersonIds } from '../../src/node/person-ids.ts';
import { openSqliteChangeLog } from '../../src/node/sqlite-change-log.ts';
import { sourceName, type ChangeLog } from '../../src/server/change-log.ts';

const folder = mkdtempSync(join(tmpdir(), 'rollcall-look-up-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const newPath = (): string => join(folder, `log-${(files += 1)}.db`);
const nextId = makePersonIds(() => Date.UTC(2025, 5, 1));
const at = wallTime(Date.UTC(2025, 5, 1));

const append = (log: ChangeLog, changes: readonly Change[]): Promise<unknown> =>
  log.append({ source: sourceName('hq'), at, changes });

async function addAll(log: ChangeLog, all: readonly Fields[]): Promise<readonly PersonId[]> {
  const ids = all.map(() => nextId());
  await append(
    log,
    ids.map((person, index) => ({ kind: 'added', person, fields: all[index] ?? {} })),
  );
  return ids;
}

const numbered = (count: number): readonly Fields[] =>
  Array.from({ length: count }, (_, number) => ({ name: `Ada N${number}` }));

const renamed = (person: PersonId, from: string, to: string): Change => ({
  kind: 'altered',
  person,
  from: { name: from },
  to: { name: to },
});

test('an answer that cannot wait for all to be read in says so, and one after that has everyone', async () => {
  const path = newPath();
  await using log = openSqliteChangeLog({ path });
  await addAll(log, numbered(1200));
  using db = new DatabaseSync(path, { readOnly: true });
  const reader = new LookUpReader(db, { patience: 0 });
  expect(reader.answer({ text: 'ada', limit: 1 })).toMatchObject({ total: 500, complete: false });
  while (reader.work());
  expect(reader.answer({ text: 'ada', limit: 1 })).toMatchObject({ total: 1200, complete: true });
});

test('nobody is found by a field that may not be seen', async () => {
  const path = newPath();
  await using log = openSqliteChangeLog({ path });
  await addAll(log, [{ name: 'Ada', homeTelephone: '555777', homeTelephoneUri: 'tel:+8610555777', extra1: '4711' }]);
  for (const text of ['555777', '+8610555777', '4711'])
    expect(await log.lookUp({ text, limit: 1 })).toMatchObject({ total: 0, complete: true });
});

test('what changes while everyone is read in is found as it is after that', async () => {
  const path = newPath();
  await using log = openSqliteChangeLog({ path });
  const ids = await addAll(log, numbered(1200));
  using db = new DatabaseSync(path, { readOnly: true });
  const reader = new LookUpReader(db, { patience: 0 });
  reader.work();
  const [first, last] = [ids[0], ids[1199]];
  if (first === undefined || last === undefined) throw new Error('nobody was added');
  await append(log, [renamed(first, 'Ada N0', 'Zoe'), { kind: 'removed', person: last }]);
  while (reader.work());
  expect(reader.answer({ text: 'ada', limit: 1 })).toMatchObject({ total: 1198, complete: true });
  expect(reader.answer({ text: 'zoe', limit: 1 }).persons).toMatchObject([{ id: first }]);
});

test('an index whose persons have all changed is made anew beside the one that answers', async () => {
  const path = newPath();
  await using log = openSqliteChangeLog({ path });
  const ids = await addAll(log, numbered(1200));
  using db = new DatabaseSync(path, { readOnly: true });
  const reader = new LookUpReader(db);
  while (reader.work());
  await append(
    log,
    ids.map((person, number) => renamed(person, `Ada N${number}`, `Ben N${number}`)),
  );
  expect(reader.answer({ text: 'ben', limit: 1 })).toMatchObject({ total: 1200, complete: true });
  expect(reader.work()).toBe(true);
  expect(reader.answer({ text: 'ben', limit: 1 })).toMatchObject({ total: 1200, complete: true });
  while (reader.work());
  expect(reader.answer({ text: 'ben', limit: 1 })).toMatchObject({ total: 1200, complete: true });
  expect(reader.answer({ text: 'ada', limit: 1 })).toMatchObject({ asTyped: 0, complete: true });
});

test('after changes that the log has forgotten everyone is read in again', async () => {
  await using log = openSqliteChangeLog({ path: newPath() });
  const [ada] = await addAll(log, [{ name: 'Ada' }, { name: 'Ben' }]);
  if (ada === undefined) throw new Error('nobody was added');
  expect(await log.lookUp({ text: 'ada', limit: 9 })).toMatchObject({ total: 1 });
  await append(log, [renamed(ada, 'Ada', 'Zoe')]);
  await log.purge({ keep: 0, before: at, leftBefore: at });
  expect(await log.lookUp({ text: 'ada', limit: 9 })).toMatchObject({ total: 0, complete: true });
  expect(await log.lookUp({ text: 'zoe', limit: 9 })).toMatchObject({ total: 1, complete: true });
});

test('of those who fit equally the own department and manager come first, for whoever asks', async () => {
  await using log = openSqliteChangeLog({ path: newPath() });
  const [boss, near, far] = await addAll(log, [
    { name: 'Wang Zoe', department: 'Management' },
    { name: 'Wang Yu', department: 'Research' },
    { name: 'Wang An', department: 'Sales' },
  ]);
  const [ben] = await addAll(log, [{ name: 'Ben', department: 'Research', manager: String(boss) }]);
  if (ben === undefined) throw new Error('nobody was added');
  const ids = async (reader?: PersonId): Promise<unknown> =>
    (await log.lookUp({ text: 'wang', limit: 9, ...(reader !== undefined && { reader }) })).persons.map(({ id }) => id);
  expect(await ids(ben)).toEqual([near, boss, far]);
  expect(await ids()).toEqual([far, near, boss]);
  expect(await ids(nextId())).toEqual([far, near, boss]);
});

test('a store that cannot be read fails the look-up and not the process, and the next one works again', async () => {
  const path = newPath();
  await using log = openSqliteChangeLog({ path });
  await addAll(log, [{ name: 'Ada' }]);
  using db = new DatabaseSync(path);
  db.exec('alter table person rename to nobody');
  await expect(log.lookUp({ text: 'ada', limit: 1 })).rejects.toMatchObject({
    name: 'HostFault',
    message: expect.stringContaining('no such table: person'),
  });
  db.exec('alter table nobody rename to person');
  expect(await log.lookUp({ text: 'ada', limit: 1 })).toMatchObject({ total: 1, complete: true });
});

test('a log that is closed answers no look-up any more, and says why', async () => {
  const log = openSqliteChangeLog({ path: newPath() });
  const asked = log.lookUp({ text: 'ada', limit: 1 });
  const failed = expect(asked).rejects.toThrow(/closed before the look-up was answered/);
  await log[Symbol.asyncDispose]();
  await failed;
});
