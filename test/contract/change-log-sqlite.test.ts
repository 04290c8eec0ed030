import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, test } from 'vitest';
import { wallTime } from '../../src/base/time.ts';
import { revision } from '../../src/book/change.ts';
import { HostFault } from '../../src/node/host-fault.ts';
import { makePersonIds } from '../../src/node/person-ids.ts';
import { changeLogShape } from '../../src/node/sqlite-change-log-schema.ts';
import { openSqliteFile } from '../../src/node/sqlite-file.ts';
import { placeNumber } from '../../src/node/sqlite-place.ts';
import { openSqliteChangeLog } from '../../src/node/sqlite-change-log.ts';
import { sourceKey, sourceName, type ChangeLog } from '../../src/server/change-log.ts';
import { photo } from '../peers/pictures.ts';
import { severalSourcesContract } from './change-log-several.ts';
import { groupsContract } from './change-log-groups.ts';
import { changeLogContract } from './change-log.ts';

const folder = mkdtempSync(join(tmpdir(), 'rollcall-log-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const appender = join(import.meta.dirname, 'append-forever.ts');
let files = 0;
const newPath = (): string => join(folder, `log-${(files += 1)}.db`);

changeLogContract('SQLite, in a file', async () => openSqliteChangeLog({ path: newPath() }));
changeLogContract('SQLite, in memory', async () => openSqliteChangeLog({ path: ':memory:' }));
groupsContract('SQLite, in memory', async () => openSqliteChangeLog({ path: ':memory:' }));
severalSourcesContract('SQLite, with an index of the value', async () =>
  openSqliteChangeLog({ path: ':memory:', matchBy: ['employeeNumber'] }),
);
severalSourcesContract('SQLite, without', async () => openSqliteChangeLog({ path: ':memory:' }));

const hq = sourceName('headquarters');
const nextId = makePersonIds(() => Date.UTC(2025, 5, 1));
const addOne = (log: ChangeLog): Promise<unknown> =>
  log.append({ source: hq, at: wallTime(1), changes: [{ kind: 'added', person: nextId(), fields: { name: 'Ada' } }] });
const openFault = (path: string): unknown => {
  try {
    openSqliteChangeLog({ path });
    return undefined;
  } catch (error) {
    return error;
  }
};

test('opened again, it is the same book at the same revision', async () => {
  const path = newPath();
  const first = openSqliteChangeLog({ path });
  await addOne(first);
  const head = await first.head();
  await first[Symbol.asyncDispose]();
  await first[Symbol.asyncDispose]();
  await using again = openSqliteChangeLog({ path });
  expect(await again.head()).toEqual(head);
});

test('a file that is not SQLite’s is refused and left as it is', () => {
  const path = newPath();
  writeFileSync(path, 'this is a letter, not a database; '.repeat(300));
  expect(openFault(path)).toMatchObject({
    name: 'HostFault',
    blame: 'host',
    message: expect.stringContaining('not a SQLite file'),
  });
});

test('another program’s SQLite file is refused and left as it is', () => {
  const path = newPath();
  const other = new DatabaseSync(path);
  other.exec('create table mine (x)');
  other.close();
  expect(openFault(path)).toMatchObject({ name: 'HostFault', message: expect.stringContaining('another program') });
  const again = new DatabaseSync(path);
  expect(again.prepare('pragma journal_mode').get()).toEqual({ journal_mode: 'delete' });
  again.close();
});

test('a newer program’s log is refused, with both versions said', async () => {
  const path = newPath();
  await openSqliteChangeLog({ path })[Symbol.asyncDispose]();
  const newer = new DatabaseSync(path);
  newer.exec('pragma user_version = 99');
  newer.close();
  expect(openFault(path)).toMatchObject({
    name: 'HostFault',
    message: expect.stringMatching(new RegExp(`version 99.*knows up to ${changeLogShape.steps.length}:`)),
  });
});

test('in a log of version 1, brought to this version, persons are found at their places, and under their managers’', async () => {
  const path = newPath();
  const steps = changeLogShape.steps.slice(0, 1);
  const older = openSqliteFile(path, { ...changeLogShape, steps });
  const manager = 'uid=ada,ou=people,dc=example';
  older.exec(`insert into source (number, name, living) values (1, 'headquarters', 2);
    insert into person (number, id, revision, sort_key, folded, fields) values
      (1, 'abcd', 1, '', '', '{"name":"Ada"}'), (2, 'bcde', 2, '', '', '{"name":"Ben"}');
    insert into link (source, key, person, place, manager_place) values (1, 'a', 1, '${manager}', null), (1, 'b', 2, '', '${manager}')`);
  older.close();
  await using log = openSqliteChangeLog({ path });
  const at = await log.knownAt(hq, [manager, '']);
  expect([...at.values()].flat()).toMatchObject([{ key: 'a', place: manager, fields: { name: 'Ada' } }]);
  expect(await log.knownUnder(hq, [manager])).toMatchObject([{ key: 'b', place: '', managerPlace: manager }]);
  await log.relocate(hq, { from: 'ou=people,dc=example', to: 'ou=staff,dc=example' });
  for (const place of [manager, 'uid=ada,ou=staff,dc=example'])
    expect((await log.knownAt(hq, [place])).get(place)).toMatchObject([{ key: 'a', fields: { name: 'Ada' } }]);
});

test('in a log of before persons had several links, brought to this version, who left is left by the link too', async () => {
  const path = newPath();
  const older = openSqliteFile(path, { ...changeLogShape, steps: changeLogShape.steps.slice(0, 6) });
  older.exec(`insert into source (number, name, living) values (1, 'headquarters', 1);
    insert into person (number, id, revision, left_at, fields) values
      (1, 'abcd', 1, null, '{"name":"Ada","employeeNumber":"1"}'), (2, 'bcde', 2, 5, '{"name":"Ben"}');
    insert into link (source, key, person, place) values (1, 'a', 1, ''), (1, 'b', 2, '')`);
  older.close();
  await using log = openSqliteChangeLog({ path, matchBy: ['employeeNumber'] });
  const known = await log.known(hq, [sourceKey('a'), sourceKey('b')]);
  expect([...known.values()].map(({ left }) => left)).toEqual([false, true]);
  expect([...known.values()].some((each) => 'own' in each || 'others' in each)).toBe(false);
  expect((await log.bearing('employeeNumber', ['1'])).get('1')).toMatchObject([{ person: 'abcd', left: false }]);
  expect([await log.countLiving(hq), await log.countPersons()]).toEqual([1, 1]);
});

test('in a log of before there were groups, brought to this version, they can be kept, of persons who are there', async () => {
  const path = newPath();
  const older = openSqliteFile(path, { ...changeLogShape, steps: changeLogShape.steps.slice(0, 9) });
  older.exec(`insert into source (number, name, living) values (1, 'headquarters', 1);
    insert into person (number, id, revision, fields) values (1, 'abcd', 1, '{"name":"Ada"}');
    insert into link (source, key, person, place, place_number) values (1, 'a', 1, 'uid=ada', ${placeNumber('uid=ada')})`);
  older.close();
  await using log = openSqliteChangeLog({ path });
  expect(await log.groups({ limit: 1 })).toMatchObject({ total: 0, groups: [] });
  const all = { kind: 'group', key: sourceKey('g'), place: 'cn=all', name: 'All', members: ['uid=ada'] } as const;
  await log.append({ source: hq, at: wallTime(1), changes: [], groups: [all] });
  expect(await log.groups({ limit: 1 })).toMatchObject({ total: 1, groups: [{ name: 'All', persons: 1 }] });
});

test('places that have the same number in the index are told apart', async () => {
  await using log = openSqliteChangeLog({ path: ':memory:' });
  const [one, other] = ['costarring', 'liquid'];
  expect(placeNumber(one)).toBe(placeNumber(other));
  const [ada, ben] = [nextId(), nextId()];
  await log.append({
    source: hq,
    at: wallTime(1),
    changes: [ada, ben].map((person) => ({ kind: 'added', person, fields: { name: 'Ada' } })),
    links: [
      { key: sourceKey('a'), person: ada, place: one, managerPlace: other },
      { key: sourceKey('b'), person: ben, place: other, managerPlace: one },
    ],
  });
  expect((await log.knownAt(hq, [one])).get(one)).toMatchObject([{ person: ada }]);
  expect(await log.knownUnder(hq, [one])).toMatchObject([{ person: ben }]);
});

test('a folder that is not there is said in words', () => {
  const fault = openFault(join(folder, 'nowhere', 'log.db'));
  expect(fault).toBeInstanceOf(HostFault);
  expect(fault).toMatchObject({ message: expect.stringContaining('folder exists'), cause: expect.anything() });
});

test('damage in the middle of the file comes out as a HostFault, not as wrong persons', async () => {
  const path = newPath();
  const log = openSqliteChangeLog({ path });
  for (let count = 0; count < 300; count += 1) await addOne(log);
  await log[Symbol.asyncDispose]();
  const bytes = readFileSync(path);
  bytes.fill(0xa5, 4096 * 2);
  writeFileSync(path, bytes);
  const damaged = openFault(path) ?? (await readAll(path));
  expect(damaged).toMatchObject({ name: 'HostFault', message: expect.stringContaining('damaged') });
});

async function readAll(path: string): Promise<unknown> {
  await using log = openSqliteChangeLog({ path });
  return log.since(revision(0), 1000).catch((error: unknown) => error);
}

test('while another program writes for longer than the time-out, a commit fails whole and the next one works', async () => {
  const path = newPath();
  await using log = openSqliteChangeLog({ path, inTurnWithin: 100 });
  await addOne(log);
  const other = new DatabaseSync(path);
  other.exec('begin immediate');
  await expect(addOne(log)).rejects.toMatchObject({ name: 'HostFault', message: expect.stringContaining('locked') });
  other.exec('rollback');
  other.close();
  await addOne(log);
  expect(await log.head()).toMatchObject({ revision: 2 });
});

test('what another process writes is seen: by the head, by look-ups, by the next commit', async () => {
  const path = newPath();
  await using one = openSqliteChangeLog({ path });
  await using other = openSqliteChangeLog({ path });
  expect((await one.lookUp({ text: 'ada', limit: 1 })).total).toBe(0);
  await addOne(other);
  expect((await one.lookUp({ text: 'ada', limit: 1 })).total).toBe(1);
  await addOne(one);
  expect(await other.head()).toMatchObject({ revision: 2 });
});

test('a file that may not be written is said in words', async () => {
  const own = mkdtempSync(join(tmpdir(), 'rollcall-read-only-'));
  const path = join(own, 'log.db');
  try {
    await openSqliteChangeLog({ path })[Symbol.asyncDispose]();
    chmodSync(path, 0o444);
    chmodSync(own, 0o555);
    expect(await endOfAppending(path)).toMatch(/HostFault: .*(read-only|may write there)/);
  } finally {
    chmodSync(own, 0o755);
    rmSync(own, { recursive: true });
  }
});

/** What a process that may not write `path` says when it ends: root may write everything, so it runs as nobody then. */
function endOfAppending(path: string): Promise<string> {
  const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const child = spawn(process.execPath, [appender, path], { stdio: ['ignore', 'ignore', 'pipe'], ...nobody });
  return new Promise((resolve, reject) => {
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    child.on('error', reject);
    child.on('close', () => resolve(text));
  });
}

test('killed at any moment, it has all that it acknowledged, and head, changes, persons, photos and cookie agree', async () => {
  const path = newPath();
  for (let round = 0; round < 4; round += 1) {
    const acknowledged = await appendUntilKilled(path, 40 + round * 60);
    await using log = openSqliteChangeLog({ path });
    const head = await log.head();
    expect(head.revision).toBeGreaterThanOrEqual(acknowledged);
    expect(await log.cookie(hq)).toBe(`at-${head.revision}`);
    const since = await log.since(revision(0), 1_000_000);
    expect(since.kind === 'changes' && since.list.changes.length).toBe(head.revision);
    expect(await log.countLiving(hq)).toBe(head.revision);
    const last = `key-${head.revision}`;
    expect((await log.known(hq, [sourceKey(last), sourceKey(`key-${head.revision + 1}`)])).size).toBe(1);
    expect((await log.lookUp({ text: '', limit: 1 })).total).toBe(head.revision);
    for (let number = 0; number < head.revision; number += 1)
      expect(await log.photo(photo(number, 20_000).hash)).toBeDefined();
    expect(await log.photo(photo(head.revision, 20_000).hash)).toBeUndefined();
  }
});

/** Runs a process that appends as fast as it can, kills it after `lines` acknowledgements, and gives the last one. */
function appendUntilKilled(path: string, lines: number): Promise<number> {
  const child = spawn(process.execPath, [appender, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.split('\n').length > lines) child.kill('SIGKILL');
    });
    child.on('error', reject);
    child.on('close', (_, signal) => {
      const whole = text.slice(0, text.lastIndexOf('\n')).split('\n');
      if (signal === 'SIGKILL') resolve(Number(whole.at(-1)));
      else reject(new Error(`the appending process ended by itself: ${signal}`));
    });
  });
}

test('the file is for its owner alone, from the moment it is there', async () => {
  const path = newPath();
  await using log = openSqliteChangeLog({ path });
  await addOne(log);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(`${path}-wal`).mode & 0o777).toBe(0o600);
});

test('a log of before there were photos is brought up, and its sources are read once from the start', async () => {
  const path = newPath();
  const old = new DatabaseSync(path);
  changeLogShape.steps[0]?.(old);
  old.exec(`pragma application_id = ${changeLogShape.applicationId}; pragma user_version = 1;
    insert into source (name, cookie) values ('headquarters', 'from before')`);
  old.close();
  await using log = openSqliteChangeLog({ path });
  expect(await log.cookie(hq)).toBeUndefined();
  await addOne(log);
  expect((await log.head()).revision).toBe(1);
});

test('while another connection writes, a commit waits without holding its thread up, and is then made', async () => {
  const path = newPath();
  await using log = openSqliteChangeLog({ path });
  const other = new DatabaseSync(path);
  other.exec('begin immediate');
  const committed = addOne(log);
  // A thread that is held up would not come to this.
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect((await log.head()).revision).toBe(0);
  other.exec('rollback');
  other.close();
  await committed;
  expect((await log.head()).revision).toBe(1);
});
