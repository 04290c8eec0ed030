import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, test } from 'vitest';
import { openSqliteFile } from '../../src/node/sqlite-file.ts';
import { ShortWal } from '../../src/node/sqlite-wal.ts';

const folder = mkdtempSync(join(tmpdir(), 'rollcall-wal-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const shape = {
  holds: 'test',
  applicationId: 1,
  steps: [(db: DatabaseSync) => db.exec('create table t (one integer primary key, text text)')],
};
const octets = 200_000;

interface World extends Disposable {
  write(): void;
  /** Octets of the write-ahead log. */
  length(): number;
  /** Another who reads, from now until it is called. */
  read(): () => void;
}

function begin(name: string): World {
  const path = join(folder, name);
  const db = openSqliteFile(path, shape);
  db.exec(`pragma journal_size_limit = ${octets}`);
  const wal = new ShortWal(db, path, octets);
  const insert = db.prepare('insert into t (text) values (?)');
  const readers: DatabaseSync[] = [];
  return {
    write: () => {
      insert.run('x'.repeat(50_000));
      wal.keep();
    },
    length: () => statSync(`${path}-wal`).size,
    read: () => {
      const reader = new DatabaseSync(path, { readOnly: true });
      readers.push(reader);
      reader.exec('begin');
      reader.prepare('select count(*) from t').get();
      return () => reader.exec('commit');
    },
    [Symbol.dispose]: () => {
      for (const each of [...readers, db]) each.close();
    },
  };
}

test('readers who come and go do not keep the write-ahead log from beginning anew', () => {
  using world = begin('come-and-go');
  for (let round = 0; round < 16; round += 1) {
    const ended = world.read();
    world.write();
    ended();
    world.write();
    world.write();
  }
  expect(world.length()).toBeLessThan(6 * octets);
});

test('nobody waits for a reader who stays; the write-ahead log begins anew once this one has gone', () => {
  using world = begin('stays');
  const ended = world.read();
  for (let round = 0; round < 20; round += 1) world.write();
  const grown = world.length();
  expect(grown).toBeGreaterThan(5 * octets);
  ended();
  for (let round = 0; round < 20; round += 1) world.write();
  expect(world.length()).toBeLessThan(grown + 2 * octets);
});

test('a file in memory has no write-ahead log', () => {
  const db = openSqliteFile(':memory:', shape);
  new ShortWal(db, ':memory:').keep();
  db.close();
});
