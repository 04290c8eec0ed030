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
  expect(reader.lookUp({ text: 'ada', limit: 1 })).toMatchObject({ total: 500, complete: false });
  while (reader.work());
  expect(reader.lookUp({ text: 'ada', limit: 1 })).toMatchObject({ total: 1200, complete: true });
});

test('nobody is found by a field that may not be seen', async () => {
  await using log = openSqliteChangeLog({ path: ':memory:' });
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
  expect(reader.lookUp({ text: 'ada', limit: 1 })).toMatchObject({ total: 1198, complete: true });
  expect(reader.lookUp({ text: 'zoe', limit: 1 }).persons).toMatchObject([{ id: first }]);
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
  expect(reader.lookUp({ text: 'ben', limit: 1 })).toMatchObject({ total: 1200, complete: true });
  expect(reader.work()).toBe(true);
  expect(reader.lookUp({ text: 'ben', limit: 1 })).toMatchObject({ total: 1200, complete: true });
  while (reader.work());
  expect(reader.lookUp({ text: 'ben', limit: 1 })).toMatchObject({ total: 1200, complete: true });
  expect(reader.lookUp({ text: 'ada', limit: 1 })).toMatchObject({ asTyped: 0, complete: true });
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

const names = (persons: readonly { readonly fields: Fields }[]): readonly (string | undefined)[] =>
  persons.map(({ fields }) => fields.name);

/** Their managers are those before them in `managers`, by place. */
async function managed(log: ChangeLog, managers: readonly (number | undefined)[]): Promise<readonly PersonId[]> {
  const ids = managers.map(() => nextId());
  await append(
    log,
    ids.map((person, at): Change => {
      const manager = ids[managers[at] ?? -1];
      return { kind: 'added', person, fields: { name: `N${at}`, ...(manager !== undefined && { manager }) } };
    }),
  );
  return ids;
}

test('the managers up to the top, the peers, and the reports in pages, in the order of names', async () => {
  await using log = openSqliteChangeLog({ path: newPath() });
  const [top = '' as PersonId, , one = '' as PersonId] = await managed(log, [undefined, 0, 0, 2, 2, 2, 3]);
  const first = await log.organisation({ list: { kind: 'reports', person: one }, limit: 2 });
  expect(names(first.managers)).toEqual(['N0']);
  expect(first).toMatchObject({ total: 3, complete: true, managers: [{ reports: 2 }] });
  expect(first.persons.map(({ fields, reports }) => [fields.name, reports])).toEqual([
    ['N3', 1],
    ['N4', 0],
  ]);
  const second = await log.organisation({
    list: { kind: 'reports', person: one },
    limit: 2,
    ...(first.next !== undefined && { after: first.next }),
  });
  expect(names(second.persons)).toEqual(['N5']);
  expect(second).not.toHaveProperty('next');
  expect(names((await log.organisation({ list: { kind: 'peers', person: one }, limit: 9 })).persons)).toEqual(['N1']);
  expect(await log.organisation({ list: { kind: 'peers', person: top }, limit: 9 })).toMatchObject({ total: 0 });
  expect(names((await log.organisation({ list: { kind: 'top' }, limit: 9 })).persons)).toEqual(['N0']);
});

test('managers in a circle end where it would begin anew, and nobody manages themselves', async () => {
  await using log = openSqliteChangeLog({ path: ':memory:' });
  const [a, b, alone] = await managed(log, [1, 0, 2]);
  if (a === undefined || b === undefined || alone === undefined) throw new Error('nobody is there');
  const of = (person: PersonId) => log.organisation({ list: { kind: 'reports', person }, limit: 9 });
  expect([names((await of(a)).managers), names((await of(a)).persons)]).toEqual([['N1'], ['N1']]);
  expect(await of(alone)).toMatchObject({ managers: [], total: 0 });
  expect(await log.organisation({ list: { kind: 'top' }, limit: 9 })).toMatchObject({ total: 0 });
});

test('a manager who left is nobody’s, and is again on return', async () => {
  await using log = openSqliteChangeLog({ path: ':memory:' });
  const [top, middle, below] = await managed(log, [undefined, 0, 1]);
  if (top === undefined || middle === undefined || below === undefined) throw new Error('nobody is there');
  const above = async (): Promise<unknown> =>
    names((await log.organisation({ list: { kind: 'reports', person: below }, limit: 1 })).managers);
  const atTop = async (): Promise<unknown> =>
    names((await log.organisation({ list: { kind: 'top' }, limit: 9 })).persons);
  expect([await above(), await atTop()]).toEqual([['N1', 'N0'], ['N0']]);
  await append(log, [{ kind: 'removed', person: top }]);
  expect([await above(), await atTop()]).toEqual([['N1'], ['N1']]);
  await append(log, [{ kind: 'removed', person: middle }]);
  expect([await above(), await atTop()]).toEqual([[], []]);
  await append(log, [{ kind: 'added', person: middle, fields: { name: 'N1' } }]);
  expect([await above(), await atTop()]).toEqual([['N1'], ['N1']]);
  const nobody = await log.organisation({ list: { kind: 'reports', person: nextId() }, limit: 1 });
  expect(nobody).toMatchObject({ managers: [], total: 0, persons: [] });
});

test('10,000 reports come in pages that skip nobody and show nobody twice; managers above one another by the hundred end', async () => {
  const path = newPath();
  await using log = openSqliteChangeLog({ path });
  const chain = Array.from({ length: 100 }, (_, at) => (at === 0 ? undefined : at - 1));
  const ids = await managed(log, [...chain, ...Array.from({ length: 10_000 }, () => 99)]);
  const person = ids[99] ?? ('' as PersonId);
  using db = new DatabaseSync(path, { readOnly: true });
  const reader = new LookUpReader(db);
  while (reader.work());
  const seen = new Set<PersonId>();
  let pages = 0;
  for (let after: string | undefined = ''; after !== undefined; pages += 1) {
    const page = reader.organisation({ list: { kind: 'reports', person }, limit: 2000, after });
    expect(page).toMatchObject({ total: 10_000, complete: true });
    for (const { id } of page.persons) seen.add(id);
    after = page.next;
  }
  expect([pages, seen.size]).toEqual([5, 10_000]);
  const deepest = reader.organisation({ list: { kind: 'peers', person: ids[100] ?? person }, limit: 1 });
  expect(deepest.total).toBe(9999);
  expect(names(deepest.managers).slice(0, 2)).toEqual(['N99', 'N98']);
  expect(deepest.managers).toHaveLength(64);
});

test('departments have as many persons as are in them, the Chinese ones by pinyin; a field that may not be seen makes none', async () => {
  await using log = openSqliteChangeLog({ path: ':memory:' });
  const [ada] = await addAll(log, [
    { name: 'Ada', department: 'Research' },
    { name: 'Ben', department: '研发部' },
    { name: 'Cho', department: '财务部' },
    { name: 'Dan', department: 'Research' },
    { name: 'Eve' },
  ]);
  expect(await log.departments({ limit: 9 })).toMatchObject({
    total: 3,
    complete: true,
    departments: [
      { name: '财务部', persons: 1 },
      { name: 'Research', persons: 2 },
      { name: '研发部', persons: 1 },
    ],
  });
  const page = await log.departments({ limit: 1 });
  const rest = await log.departments({ limit: 9, ...(page.next !== undefined && { after: page.next }) });
  expect(rest.departments.map(({ name }) => name)).toEqual(['Research', '研发部']);
  expect(rest).not.toHaveProperty('next');
  await append(log, [{ kind: 'altered', person: ada ?? nextId(), from: { department: 'Research' }, to: {} }]);
  const list = { kind: 'department', name: 'Research' } as const;
  expect(names((await log.organisation({ list, limit: 9 })).persons)).toEqual(['Dan']);
  expect(await log.organisation({ list: { kind: 'department', name: 'research' }, limit: 9 })).toMatchObject({
    total: 0,
  });
  await using closed = openSqliteChangeLog({ path: ':memory:', hidden: ['department', 'manager'] });
  await managed(closed, [undefined, 0]);
  await addAll(closed, [{ name: 'Ada', department: 'Research' }]);
  expect(await closed.departments({ limit: 9 })).toMatchObject({ total: 0 });
  expect(await closed.organisation({ list: { kind: 'top' }, limit: 9 })).toMatchObject({ total: 0 });
});
