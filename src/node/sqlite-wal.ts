// Keeps the write-ahead log of a SQLite file short while others read. SQLite begins it anew only at a moment when nobody
// reads from it. Where readers follow each other there is none: it grows without end (1.2 GB in a load of 600,000 persons),
// and each further commit copies its pages out and flushes the file again.

import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { busyFor, walOctets } from './sqlite-file.ts';

/** Readers come to their end within a millisecond or so; whoever reads the whole book is not waited for. */
const patienceMilliseconds = 20;

export class ShortWal {
  readonly #db: DatabaseSync;
  readonly #path: string;
  readonly #octets: number;
  #next: number;

  /** `path`: of the file, which may be `:memory:`. `octets`: what the log has where nothing is the matter. */
  constructor(db: DatabaseSync, path: string, octets: number = walOctets) {
    this.#db = db;
    this.#path = `${path}-wal`;
    this.#octets = octets;
    this.#next = 2 * octets;
  }

  /** To be called after a commit. */
  keep(): void {
    const octets = statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
    if (octets <= this.#octets) this.#next = 2 * this.#octets;
    if (octets < this.#next) return;
    // Where a reader stays, it is tried again once as much has come.
    this.#next = octets + this.#octets;
    this.#db.exec(`pragma busy_timeout = ${patienceMilliseconds}`);
    // New readers read from the file itself as soon as all is copied out, so that it waits for those of now only.
    this.#db.exec('pragma wal_checkpoint(restart)');
    this.#db.exec(`pragma busy_timeout = ${busyFor}`);
  }
}
