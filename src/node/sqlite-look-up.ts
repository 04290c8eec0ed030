// Looks persons up in memory, since the same pass in SQLite takes sixty milliseconds for 100,000. The
// index is made at the first look-up, in pages, and brought up by the log's changes before each next one: so
// that writing never waits for it, and what another process writes is found as well.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { inOrder, LookUpIndex, merged, type Findable } from '../server/look-up-index.ts';
import type { Head } from '../server/change-log.ts';

/** Beyond so many changes it is quicker to read all anew. */
const mostCaughtUp = 5000;
const pageLength = 5000;

interface Made {
  readonly index: LookUpIndex;
  /** What the index knows of. */
  revision: number;
}

export class SqliteLookUp {
  readonly #page: StatementSync;
  readonly #changed: StatementSync;
  readonly #one: StatementSync;
  #made: Made | undefined;
  #making: Promise<Made> | undefined;

  constructor(db: DatabaseSync) {
    this.#page = db.prepare(
      'select number, sort_key, folded from person where left_at is null and number > ? order by number limit ?',
    );
    this.#changed = db.prepare(`select distinct person.number from change join person on person.id = change.person
      where change.revision > ?`);
    this.#one = db.prepare('select number, sort_key, folded from person where number = ? and left_at is null');
  }

  /** Makes the index where there is none that can be brought up to `head`. */
  async ready(head: Head): Promise<void> {
    if (this.#made !== undefined && reaches(this.#made, head)) return;
    // Look-ups that come while it is being made wait for the same one.
    this.#making ??= this.#make(head);
    try {
      this.#made = await this.#making;
    } finally {
      this.#making = undefined;
    }
  }

  /** The row numbers of those in whose folded text every one of `words` occurs, in the order of their sort keys; undefined where the index has to be made first. */
  find(words: readonly string[], head: Head): readonly number[] | undefined {
    const made = this.#made;
    if (made === undefined || !reaches(made, head)) return undefined;
    if (made.revision !== head.revision) this.#renew(made, head);
    return made.index.find(words);
  }

  /** As of `head` or somewhat later; the changes after `head` then come a second time, which does no harm. */
  async #make(head: Head): Promise<Made> {
    let pages: (readonly Findable[])[] = [];
    for (let last = -1; ;) {
      const page = this.#page.all(last, pageLength).map(findableOf);
      if (page.length === 0) break;
      last = page.at(-1)?.number ?? last;
      pages.push(page.sort(inOrder));
      await setImmediate();
    }
    while (pages.length > 1) {
      const pairs: (readonly Findable[])[] = [];
      for (let at = 0; at < pages.length; at += 2) {
        pairs.push(merged(pages[at] ?? [], pages[at + 1] ?? []));
        await setImmediate();
      }
      pages = pairs;
    }
    const index = new LookUpIndex(pages[0] ?? []);
    while (index.mark(pageLength)) await setImmediate();
    return { index, revision: head.revision };
  }

  #renew(made: Made, head: Head): void {
    const numbers = new Set(this.#changed.all(made.revision).map((row) => Number(row['number'])));
    const rows = [...numbers].map((number) => this.#one.get(number)).filter((row) => row !== undefined);
    made.index.renew(numbers, rows.map(findableOf));
    made.revision = head.revision;
  }
}

const reaches = ({ index, revision }: Made, head: Head): boolean =>
  revision >= head.oldest && revision <= head.revision && head.revision - revision + index.freshCount <= mostCaughtUp;

const findableOf = (row: Readonly<Record<string, unknown>>): Findable => ({
  number: Number(row['number']),
  sortKey: String(row['sort_key']),
  folded: String(row['folded']),
});
