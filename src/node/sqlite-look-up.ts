// Looks persons up in memory: a pass over 100,000 short strings takes a few milliseconds, the same pass
// in SQLite sixty. Made at the first look-up, and brought up by the log's changes before each next one,
// so that writing never waits for it and what another process writes is found as well.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Head } from '../server/change-log.ts';

interface Findable {
  readonly number: number;
  readonly sortKey: string;
  readonly folded: string;
}

/** Beyond so many changes it is quicker to read all anew. */
const mostCaughtUp = 5000;

const inOrder = (a: Findable, b: Findable): number =>
  a.sortKey < b.sortKey ? -1 : a.sortKey > b.sortKey ? 1 : a.number - b.number;

export class SqliteLookUp {
  readonly #all: StatementSync;
  readonly #changed: StatementSync;
  readonly #one: StatementSync;
  #persons: Findable[] = [];
  #byNumber = new Map<number, Findable>();
  #revision = -1;

  constructor(db: DatabaseSync) {
    this.#all = db.prepare('select number, sort_key, folded from person where left_at is null');
    this.#all.setReturnArrays(true);
    this.#changed = db.prepare(`select distinct person.number from change join person on person.id = change.person
      where change.revision > ?`);
    this.#one = db.prepare('select sort_key, folded from person where number = ? and left_at is null');
  }

  /** The row numbers of those in whose folded text every one of `words` occurs, in the order of their sort keys. */
  find(words: readonly string[], head: Head): readonly number[] {
    this.#catchUp(head);
    const found: number[] = [];
    for (const person of this.#persons)
      if (words.every((word) => person.folded.includes(word))) found.push(person.number);
    return found;
  }

  #catchUp(head: Head): void {
    if (this.#revision === head.revision) return;
    const reachable = this.#revision >= head.oldest && this.#revision < head.revision;
    if (reachable && head.revision - this.#revision <= mostCaughtUp) this.#renew();
    else this.#readAll();
    this.#revision = head.revision;
  }

  #readAll(): void {
    this.#persons = [];
    this.#byNumber = new Map();
    for (const row of this.#all.iterate() as unknown as Iterable<[number, string, string]>) {
      const person: Findable = { number: row[0], sortKey: row[1], folded: row[2] };
      this.#persons.push(person);
      this.#byNumber.set(person.number, person);
    }
    this.#persons.sort(inOrder);
  }

  /** Takes out whoever changed and puts them in again as they are. */
  #renew(): void {
    const changed = this.#changed.all(this.#revision).map((row) => Number(row['number']));
    const stale = new Set(changed.map((number) => this.#byNumber.get(number)));
    const fresh: Findable[] = [];
    for (const number of changed) {
      const row = this.#one.get(number);
      this.#byNumber.delete(number);
      if (row === undefined) continue;
      const person: Findable = { number, sortKey: String(row['sort_key']), folded: String(row['folded']) };
      fresh.push(person);
      this.#byNumber.set(number, person);
    }
    this.#persons = merged(
      this.#persons.filter((person) => !stale.has(person)),
      fresh.sort(inOrder),
    );
  }
}

function merged(persons: readonly Findable[], fresh: readonly Findable[]): Findable[] {
  const result: Findable[] = [];
  let at = 0;
  for (const person of fresh) {
    for (let next = persons[at]; next !== undefined && inOrder(next, person) < 0; next = persons[at]) {
      result.push(next);
      at += 1;
    }
    result.push(person);
  }
  for (const person of persons.slice(at)) result.push(person);
  return result;
}
