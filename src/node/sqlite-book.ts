// The reading side of the SQLite change log that gives persons: some, or all.

import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { revision } from '../book/change.ts';
import type { Fields } from '../book/person.ts';
import { personId, type PersonId } from '../book/person-id.ts';
import type { Head, PersonAt } from '../server/change-log.ts';
import { busyFor, overFile } from './sqlite-file.ts';

const everyone = 'select id, revision, fields from person where left_at is null order by id';
const pageLength = 500;

type Row = Readonly<Record<string, unknown>>;

const personOf = (row: Row): PersonAt => ({
  id: personId(String(row['id'])),
  revision: revision(Number(row['revision'])),
  fields: JSON.parse(String(row['fields'])) as Fields,
});

export class SqliteBook {
  readonly #path: string;
  readonly #db: DatabaseSync;
  readonly #one: StatementSync;
  /** Connections of whole books that are being read. */
  readonly #snapshots = new Set<DatabaseSync>();

  constructor(path: string, db: DatabaseSync) {
    this.#path = path;
    this.#db = db;
    this.#one = db.prepare('select id, revision, fields from person where id = ? and left_at is null');
  }

  persons(ids: readonly PersonId[]): readonly PersonAt[] {
    const rows = [...new Set(ids)].map((id) => this.#one.get(id));
    return rows.filter((row) => row !== undefined).map(personOf);
  }

  /**
   * Everyone, as of one revision, however much is written while the pages are read: a connection of its own
   * keeps its snapshot (WAL) until the last page, or until the reader stops.
   */
  whole(head: () => Head): { readonly head: Head; readonly pages: AsyncIterable<readonly PersonAt[]> } {
    // A database in memory has no second connection; it is small.
    if (this.#path === ':memory:') return { head: head(), pages: paged(this.#db.prepare(everyone).all()) };
    const snapshot = new DatabaseSync(this.#path, { readOnly: true, timeout: busyFor });
    this.#snapshots.add(snapshot);
    snapshot.exec('begin');
    const row = snapshot.prepare('select revision, oldest from meta').get() ?? {};
    const asOf: Head = {
      book: head().book,
      revision: revision(Number(row['revision'])),
      oldest: revision(Number(row['oldest'])),
    };
    return { head: asOf, pages: this.#pages(snapshot) };
  }

  close(): void {
    for (const snapshot of this.#snapshots) if (snapshot.isOpen) snapshot.close();
    this.#snapshots.clear();
  }

  async *#pages(snapshot: DatabaseSync): AsyncGenerator<readonly PersonAt[]> {
    try {
      const rows = overFile(this.#path, () => snapshot.prepare(everyone).iterate());
      for (;;) {
        const page = overFile(this.#path, () => nextOf(rows, pageLength));
        if (page.length === 0) return;
        yield page.map(personOf);
        await setImmediate();
      }
    } finally {
      this.#snapshots.delete(snapshot);
      if (snapshot.isOpen) snapshot.close();
    }
  }
}

function nextOf(rows: Iterator<Row>, most: number): readonly Row[] {
  const page: Row[] = [];
  while (page.length < most) {
    const next = rows.next();
    if (next.done === true) break;
    page.push(next.value);
  }
  return page;
}

async function* paged(rows: readonly Row[]): AsyncGenerator<readonly PersonAt[]> {
  for (let at = 0; at < rows.length; at += pageLength) {
    yield rows.slice(at, at + pageLength).map(personOf);
    await setImmediate();
  }
}
