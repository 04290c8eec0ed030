// A data folder that was put back from a copy. The copy's log takes revisions again that terminals have seen with
// another meaning; with a new book ID each terminal compares what it holds at its next word with the server, and
// no revision means two things.

import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { bookId, revision, type BookId, type Revision } from '../book/change.ts';
import { HostFault } from './host-fault.ts';
import { claim, makeDataFolder } from './running.ts';
import { removeAudienceLogs } from './sqlite-audience-logs.ts';
import { changeLogShape } from './sqlite-change-log-schema.ts';
import { openSqliteFile, overFile, sqliteFault } from './sqlite-file.ts';
import { isResourcesFile } from './sqlite-resources.ts';

export interface Restoring {
  readonly data: string;
  /** The folder of the copy; absent where the data folder itself was put back already. */
  readonly copy: string | undefined;
  /** How many pages of a file are copied. */
  readonly progress: (file: string, done: number, total: number) => void;
}

export interface Restored {
  readonly book: BookId;
  readonly revision: Revision;
}

export const bookFile = 'book.sqlite';
/** Of a copy made while the server ran there are these alone, and what provisioning clients wrote; without the second nobody has an account or a session. */
const files = [bookFile, 'accounts.sqlite'];
const pagesAtOnce = 10_000;

/** @throws HostFault when a server runs on the folder, there is no such copy, or a file cannot be read or written; then what was there stays */
export async function restore({ data, copy, progress }: Restoring): Promise<Restored> {
  const from = copy ?? data;
  if (!existsSync(join(from, bookFile))) throw new HostFault(`${from}: there is no ${bookFile} in this folder`);
  if (copy === undefined) {
    using _ = claim(data);
    removeAudienceLogs(data);
    return giveNewBook(join(data, bookFile));
  }
  if (resolve(copy) === resolve(data)) throw new HostFault(`${copy}: the copy and the data folder are the same folder`);
  makeDataFolder(data);
  using _ = claim(data);
  const there = [...files.filter((name) => existsSync(join(copy, name))), ...readdirSync(copy).filter(isResourcesFile)];
  for (const name of there)
    await copyFile(join(copy, name), beside(data, name), (done, total) => progress(name, done, total));
  const restored = giveNewBook(beside(data, bookFile));
  // They are made anew of the book that is put back.
  removeAudienceLogs(data);
  for (const name of there) putInPlace(data, name);
  return restored;
}

const beside = (data: string, name: string): string => join(data, `${name}.restored`);

/** As of one moment, with what `from` still has in its write-ahead log; a server may write it meanwhile. */
export async function copyFile(
  from: string,
  to: string,
  progress: (done: number, total: number) => void,
): Promise<void> {
  removeStore(to);
  try {
    const source = new DatabaseSync(from, { readOnly: true });
    try {
      await backup(source, to, {
        rate: pagesAtOnce,
        progress: ({ totalPages, remainingPages }) => progress(totalPages - remainingPages, totalPages),
      });
    } finally {
      source.close();
    }
  } catch (error) {
    throw sqliteFault(error, from);
  }
}

/** @throws HostFault where the file is no change log */
export function giveNewBook(path: string): Restored {
  const db = overFile(path, () => openSqliteFile(path, changeLogShape));
  try {
    return overFile(path, () => {
      const book = bookId(randomUUID());
      const row = db.prepare('update meta set book = ? returning revision').get(book);
      return { book, revision: revision(Number(row?.['revision'])) };
    });
  } finally {
    db.close();
  }
}

/** What SQLite keeps beside a file belongs to the old one, and would be played into the new. */
function putInPlace(data: string, name: string): void {
  const path = join(data, name);
  try {
    removeStore(path);
    renameSync(beside(data, name), path);
  } catch (cause) {
    throw new HostFault(`cannot write ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function removeStore(path: string): void {
  for (const end of ['-wal', '-shm', '']) rmSync(path + end, { force: true });
}
