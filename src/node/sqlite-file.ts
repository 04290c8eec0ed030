// One SQLite file: opened, known to be ours and of a shape that we know, and its errors said in the
// administrator's words.

import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { HostFault } from './host-fault.ts';

/** How long to wait for another process's write; the host does nothing else meanwhile. */
export const busyFor = 2000;

/** What a checkpoint leaves of the write-ahead log, 16,000 pages: then SQLite copies it out. */
export const walOctets: number = 64 * 1024 * 1024;

export interface Shape {
  /** What the file holds, for messages: `change log`. */
  readonly holds: string;
  /** SQLite's `application_id`: tells our files from others'. */
  readonly applicationId: number;
  /** One script a version, from version 1: each brings a file of the version before to its own. */
  readonly steps: readonly ((db: DatabaseSync) => void)[];
}

// SQLite's primary result codes (https://sqlite.org/rescode.html).
const advice: Readonly<Record<number, string>> = {
  5: 'another program has it locked: stop that program, or give this one another folder',
  6: 'another program has it locked: stop that program, or give this one another folder',
  7: 'there is not enough memory',
  8: 'it is read-only: give this account the right to write the file and its folder',
  10: 'the disk failed to read or write: look at the disk and the system log',
  11: 'it is damaged: restore it from a copy',
  13: 'the disk is full: make room',
  14: 'it cannot be opened: see that the folder exists and that this account may write there',
  26: 'it is not a SQLite file, or it is damaged: restore it from a copy, or move it away to begin anew',
};

const busy = 5;

const codeOf = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;

/** `error` as a HostFault where it is the machine's; what is our own mistake (a constraint, bad SQL) stays what it is. */
export function sqliteFault(error: unknown, path: string): unknown {
  const code = codeOf(error);
  const what = code === undefined ? undefined : advice[code];
  return what === undefined ? error : new HostFault(`${path}: ${what}`, { cause: error });
}

/** What `work` gives; the machine's errors come out as HostFault. */
export function overFile<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw sqliteFault(error, path);
  }
}

/** All that `work` writes, or nothing of it. */
export function inTransaction<Result>(db: DatabaseSync, kind: 'deferred' | 'immediate', work: () => Result): Result {
  db.exec(kind === 'deferred' ? 'begin' : 'begin immediate');
  return finished(db, work);
}

function finished<Result>(db: DatabaseSync, work: () => Result): Result {
  try {
    const result = work();
    db.exec('commit');
    return result;
  } catch (error) {
    // SQLite itself has rolled back after some errors (full disk); a second time would be an error.
    if (db.isTransaction) db.exec('rollback');
    throw error;
  }
}

/** How long to wait in turn: an import of 100,000 persons is one transaction. */
export const inTurnWithin = 30_000;

const askAgainAfterMilliseconds = 2;

/**
 * As `inTransaction`, for writing; waits for who else writes the file without holding up this thread, which SQLite's own
 * waiting does, but no longer than `within` milliseconds.
 */
export async function inTurn<Result>(db: DatabaseSync, within: number, work: () => Result): Promise<Result> {
  const until = performance.now() + within;
  while (!begun(db, performance.now() < until)) await sleep(askAgainAfterMilliseconds);
  return finished(db, work);
}

/** False where another writes and it is not the last time to ask. */
function begun(db: DatabaseSync, again: boolean): boolean {
  db.exec('pragma busy_timeout = 0');
  try {
    db.exec('begin immediate');
    return true;
  } catch (error) {
    if (!again || codeOf(error) !== busy) throw error;
    return false;
  } finally {
    db.exec(`pragma busy_timeout = ${busyFor}`);
  }
}

const number = (db: DatabaseSync, pragma: string): number =>
  Number(Object.values(db.prepare(`pragma ${pragma}`).get() ?? {})[0]);

/**
 * Opens the file at `path`, makes it where it is not there, and brings it to the newest shape.
 * @throws HostFault when it cannot be opened or written, is not ours, or is newer than this program
 */
export function openSqliteFile(path: string, shape: Shape): DatabaseSync {
  ownersOnly(path);
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { timeout: busyFor });
    settle(db, path, shape);
    return db;
  } catch (error) {
    if (db?.isOpen === true) db.close();
    throw sqliteFault(error, path);
  }
}

/** Persons, sessions, notes: the file is made before SQLite makes it, for its owner alone. */
function ownersOnly(path: string): void {
  if (path === ':memory:') return;
  try {
    closeSync(openSync(path, 'a', 0o600));
  } catch {
    return; // SQLite cannot open it either, and `advice` says what to do
  }
}

function settle(db: DatabaseSync, path: string, shape: Shape): void {
  // The journal mode is kept in the file, so a foreign file is looked at before anything is written to it.
  check(db, path, shape);
  // FULL: what was committed outlives a loss of power. A revision that terminals were told of would else be
  // given again, to another change, and what an employee wrote exists nowhere else. 16,000 pages between
  // checkpoints: a first load writes the same index pages often, and a checkpoint each 1,000 costs it a half more.
  db.exec(`pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;
    pragma cache_size = -32768; pragma wal_autocheckpoint = 16000; pragma journal_size_limit = ${walOctets}`);
  if (number(db, 'user_version') === shape.steps.length) return;
  inTransaction(db, 'immediate', () => {
    // Another process may have made it meanwhile.
    check(db, path, shape);
    for (const step of shape.steps.slice(number(db, 'user_version'))) step(db);
    db.exec(`pragma application_id = ${shape.applicationId}; pragma user_version = ${shape.steps.length}`);
  });
}

function check(db: DatabaseSync, path: string, shape: Shape): void {
  const version = number(db, 'user_version');
  const empty = number(db, 'schema_version') === 0;
  if (!empty && number(db, 'application_id') !== shape.applicationId)
    throw new HostFault(`${path}: it is another program's file, not a ${shape.holds}: name another file`);
  if (version > shape.steps.length)
    throw new HostFault(
      `${path}: this ${shape.holds} has version ${version}, this program knows up to ${shape.steps.length}: use the program that wrote it, or a newer one`,
    );
}
