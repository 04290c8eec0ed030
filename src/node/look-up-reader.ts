// Answers look-ups out of an index in memory, which follows the log of one SQLite file: it is made of all persons, page by
// page, and brought up by the log's changes before each answer, so that what another process writes is found as well. It
// never waits; whoever owns it calls `work` between the questions.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { findableOf } from '../book/findable.ts';
import { folded } from '../book/folding.ts';
import { bookId, revision } from '../book/change.ts';
import type { Fields } from '../book/person.ts';
import { personId } from '../book/person-id.ts';
import { visibleFields } from '../server/audience.ts';
import type { Head, LookUpAnswer, LookUpQuestion, PersonAt } from '../server/change-log.ts';
import { LookUpIndex, type Asked, type FoundPage } from '../server/look-up-index.ts';
import { inTransaction } from './sqlite-file.ts';

const personsAtOnce = 500;
const changesAtOnce = 1000;
/** How long an answer waits for the index, which is longer than 10,000 persons take; then it says that it is not complete. */
const patienceMilliseconds = 1000;

/** An index and the revision that it has come to. */
interface Reading {
  readonly index: LookUpIndex;
  revision: number;
  /** The last person read, by number. */
  last: number;
}

const statements = {
  head: 'select book, revision, oldest from meta',
  page: 'select number, fields from person where left_at is null and number > ? order by number limit ?',
  changes: 'select revision, person from change where revision > ? order by revision limit ?',
  person: 'select number, left_at, fields from person where id = ?',
  shown: 'select id, revision, fields from person where number = ? and left_at is null',
} as const;

type Statements = Readonly<Record<keyof typeof statements, StatementSync>>;
type Row = Readonly<Record<string, unknown>>;

const fieldsOf = (row: Row): Fields => JSON.parse(String(row['fields'])) as Fields;

export class LookUpReader {
  readonly #db: DatabaseSync;
  readonly #ask: Statements;
  readonly #patience: number;
  #made: Reading | undefined;
  /** The one that is being made: the first, or in place of one that is worn or too far behind. */
  #making: Reading | undefined;

  constructor(db: DatabaseSync, { patience = patienceMilliseconds }: { readonly patience?: number } = {}) {
    this.#db = db;
    this.#patience = patience;
    const prepared = Object.entries(statements).map(([name, sql]) => [name, db.prepare(sql)] as const);
    this.#ask = Object.fromEntries(prepared) as Statements;
  }

  answer(question: LookUpQuestion): LookUpAnswer {
    const until = performance.now() + this.#patience;
    return inTransaction(this.#db, 'deferred', () => {
      const head = this.#head();
      while (this.#step(head, 'for an answer') && performance.now() < until);
      const reading = this.#made ?? this.#making;
      const found = reading?.index.find(this.#asked(question)) ?? nobody;
      return {
        head,
        total: found.total,
        asTyped: found.asTyped,
        persons: found.numbers.flatMap((number) => this.#shown(number) ?? []),
        ...(found.next !== undefined && { next: found.next }),
        complete: this.#made?.revision === head.revision,
      };
    });
  }

  /** Brings the index on by one page; false where there is nothing to do. */
  work(): boolean {
    return inTransaction(this.#db, 'deferred', () => this.#step(this.#head(), 'at leisure'));
  }

  #step(head: Head, when: 'for an answer' | 'at leisure'): boolean {
    const made = this.#made;
    if (made !== undefined && reaches(made, head)) {
      if (made.revision < head.revision) return this.#bringUp(made);
      if (!made.index.worn || when === 'for an answer') return false;
    } else this.#made = undefined;
    if (this.#making !== undefined && !reaches(this.#making, head)) this.#making = undefined;
    this.#making ??= { index: new LookUpIndex(), revision: head.revision, last: -1 };
    return this.#make(this.#making);
  }

  /** As of its revision or later; the changes after it then come a second time, which does no harm. */
  #make(making: Reading): true {
    const rows = this.#ask.page.all(making.last, personsAtOnce);
    for (const row of rows) {
      making.last = Number(row['number']);
      making.index.put(making.last, findableOf(visibleFields(fieldsOf(row))));
    }
    if (rows.length < personsAtOnce) [this.#made, this.#making] = [making, undefined];
    return true;
  }

  #bringUp(made: Reading): true {
    const rows = this.#ask.changes.all(made.revision, changesAtOnce);
    for (const id of new Set(rows.map((row) => String(row['person'])))) {
      const person = this.#ask.person.get(id);
      if (person === undefined) continue;
      const number = Number(person['number']);
      if (person['left_at'] === null) made.index.put(number, findableOf(visibleFields(fieldsOf(person))));
      else made.index.remove(number);
    }
    made.revision = Number(rows.at(-1)?.['revision']);
    return true;
  }

  #asked({ text, limit, after, reader }: LookUpQuestion): Asked {
    const fields = reader === undefined ? undefined : this.#ask.person.get(reader);
    const { department = '', manager = '' } = fields === undefined ? {} : fieldsOf(fields);
    const above = manager === '' ? undefined : this.#ask.person.get(manager);
    const near = { department: folded(department), manager: above === undefined ? undefined : Number(above['number']) };
    return { text, limit, after, near };
  }

  #shown(number: number): PersonAt | undefined {
    const row = this.#ask.shown.get(number);
    if (row === undefined) return undefined;
    return { id: personId(String(row['id'])), revision: revision(Number(row['revision'])), fields: fieldsOf(row) };
  }

  #head(): Head {
    const row = this.#ask.head.get() ?? {};
    return {
      book: bookId(String(row['book'])),
      revision: revision(Number(row['revision'])),
      oldest: revision(Number(row['oldest'])),
    };
  }
}

const nobody: FoundPage = { total: 0, asTyped: 0, numbers: [] };

const reaches = (reading: Reading, head: Head): boolean =>
  reading.revision >= head.oldest && reading.revision <= head.revision;
