// The store of what a provisioning client wrote, as a file.

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { wallTime } from '../../src/base/time.ts';
import { HostFault } from '../../src/node/host-fault.ts';
import { openSqliteResources } from '../../src/node/sqlite-resources.ts';
import { resourceId } from '../../src/scim/resource-store.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rollcall-resources-'));
  path = join(folder, 'scim-cloud.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true }));

const user = (id: string, userName = id) => ({
  type: 'User' as const,
  id: resourceId(id),
  attributes: { userName },
  at: wallTime(1),
});

test('opened again, it has what was acknowledged; who reads on has each resource’s last word, in the order of writing', async () => {
  const first = openSqliteResources(path);
  for (const id of ['a', 'b', 'c']) await first.add(user(id));
  await first.alter(user('a'), () => ({ userName: 'a', title: 'x' }));
  await first.remove(user('b'), () => undefined);
  const heard = first.since(0);
  await first[Symbol.asyncDispose]();
  await using again = openSqliteResources(path);
  expect(again.since(0)).toEqual(heard);
  expect(heard.map((each) => [each.kind, each.version, each.kind === 'there' ? each.resource.id : each.id])).toEqual([
    ['there', 3, 'c'],
    ['there', 4, 'a'],
    ['removed', 5, 'b'],
  ]);
  expect(again.since(4).map(({ kind }) => kind)).toEqual(['removed']);
  again.forgetRemoved();
  expect(again.since(0).map(({ version }) => version)).toEqual([3, 4]);
  // A version that was a removed one's may come again, and never for the same resource.
  expect(await again.alter(user('a'), () => ({ userName: 'a' }))).toMatchObject({ version: 5 });
});

test('another connection sees what is written, as the thread that follows does; what throws within is not written', async () => {
  await using store = openSqliteResources(path);
  await using follower = openSqliteResources(path);
  await store.add(user('a'));
  expect(follower.since(0)).toHaveLength(1);
  const refused = new Error('no');
  await expect(
    store.alter(user('a'), () => {
      throw refused;
    }),
  ).rejects.toBe(refused);
  await expect(
    store.remove(user('a'), () => {
      throw refused;
    }),
  ).rejects.toBe(refused);
  expect(await store.alter(user('nobody'), () => ({ userName: 'x' }))).toBe('absent');
  expect(follower.since(0)).toHaveLength(1);
  await store.add(user('b'));
  expect(follower.since(1)).toHaveLength(1);
});

test('the file is for its owner alone; one that is not ours, damaged or newer is refused and left as it is', async () => {
  await using store = openSqliteResources(path);
  await store.add(user('a'));
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const other = join(folder, 'other.sqlite');
  writeFileSync(other, 'no database at all, but long enough to be looked at by whoever opens it');
  expect(() => openSqliteResources(other)).toThrow(HostFault);
  expect(readFileSync(other, 'utf8')).toContain('no database');
  const newer = join(folder, 'newer.sqlite');
  await openSqliteResources(newer)[Symbol.asyncDispose]();
  using db = new DatabaseSync(newer);
  db.exec('pragma user_version = 99');
  expect(() => openSqliteResources(newer)).toThrow('this store of SCIM resources has version 99');
});

test('while another program writes for long, a request fails whole, and the next one works', async () => {
  await using store = openSqliteResources(path);
  {
    using other = new DatabaseSync(path);
    other.exec('begin immediate');
    await expect(store.add(user('a'))).rejects.toThrow('another program has it locked');
  }
  await store.add(user('a'));
  expect(await store.count('User')).toBe(1);
});
