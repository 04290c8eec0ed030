// A change log in forty lines of plain thinking, which answers by the same wire functions as a server: the
// oracle for what a terminal should end at. It can forget its history and begin another book.

import { bookId, revision, type BookId, type Change, type Revision } from '../../src/book/change.ts';
import { condense, type ChangeList } from '../../src/book/change-list.ts';
import { altered, type Fields } from '../../src/book/person.ts';
import type { PersonId } from '../../src/book/person-id.ts';
import type { HttpAnswer, HttpQuestion } from '../../src/terminal/acquisition.ts';
import { printChangeList, printEntityTag, type EntityTag } from '../../src/wire/change-list.ts';
import {
  bookTail,
  personsQuestionSchema,
  printBookHead,
  printBookRow,
  type ChangedPeople,
  printPersonsAnswer,
  type PersonAlteration,
  type PersonsAnswer,
} from '../../src/wire/http.ts';
import { parseJson, problemUri } from '../../src/wire/problem.ts';

const bookNumber = (count: number): BookId => bookId(`0b0e0a52-6a0d-4d8e-9d0e-${String(count).padStart(12, '0')}`);

export class ModelLog {
  book: BookId = bookNumber(1);
  changes: Change[] = [];
  /** The oldest revision after which changes can be had. */
  oldest = 0;
  /** So many changes at most are in one answer. */
  readonly most: number;
  readonly #people = new Map<PersonId, { fields: Fields; revision: Revision }>();
  #books = 1;

  constructor(most = 1000) {
    this.most = most;
  }

  get head(): EntityTag {
    return { book: this.book, revision: revision(this.changes.length) };
  }

  fieldsOf(person: PersonId): Fields | undefined {
    return this.#people.get(person)?.fields;
  }

  append(change: Change): void {
    const known = this.#people.get(change.person);
    if ((change.kind === 'added') === (known !== undefined)) return;
    this.changes.push(change);
    if (change.kind === 'removed') this.#people.delete(change.person);
    else {
      const fields = change.kind === 'added' ? change.fields : altered(known?.fields ?? {}, change);
      this.#people.set(change.person, { fields, revision: this.head.revision });
    }
  }

  /** Another log of the same people, without a past. */
  beginAnotherBook(): void {
    this.#books += 1;
    this.book = bookNumber(this.#books);
    const people = [...this.#people];
    this.changes = [];
    this.oldest = 0;
    this.#people.clear();
    for (const [person, { fields }] of people) this.append({ kind: 'added', person, fields });
  }

  purge(): void {
    this.oldest = this.changes.length;
  }

  since(after: number, upTo = this.changes.length): ChangeList {
    const list = {
      book: this.book,
      after: revision(after),
      upTo: revision(upTo),
      changes: this.changes.slice(after, upTo),
    };
    return condense(list);
  }

  answer({ path, body, ifNoneMatch }: HttpQuestion): HttpAnswer {
    const etag = `"${printEntityTag(this.head)}"`;
    if (ifNoneMatch === etag) return { status: 304, etag, text: '' };
    if (path.startsWith('/v1/persons'))
      return { status: 200, etag, text: printPersonsAnswer(this.#persons(body ?? '')) };
    if (path === '/v1/book') return { status: 200, etag, text: this.#wholeBook() };
    const after = Number(/after=(\d+)/.exec(path)?.[1]);
    if (after < this.oldest || after > this.changes.length) {
      const problem = { type: problemUri('too-old'), title: 'too old', status: 410, oldest: this.oldest };
      return { status: 410, text: JSON.stringify(problem) };
    }
    const list = this.since(after, Math.min(after + this.most, this.changes.length));
    return {
      status: 200,
      etag,
      text: path.endsWith('with=entries') ? printChangeList(list) : JSON.stringify(peopleOf(list)),
    };
  }

  #persons(body: string): PersonsAnswer {
    const { ids, revisions } = parseJson(personsQuestionSchema, body, 'question');
    const alterations = ids.flatMap((id, at) => this.#alteration(id, revisions?.[at]) ?? []);
    const told = new Set(alterations.map(({ id }) => id));
    const persons = ids.flatMap((id, at) => {
      const known = told.has(id) ? undefined : this.#people.get(id);
      return known !== undefined && known.revision > (revisions?.[at] ?? -1) ? [{ id, ...known }] : [];
    });
    return { ...this.head, persons, altered: alterations, gone: ids.filter((id) => !this.#people.has(id)) };
  }

  #alteration(id: PersonId, copy: number | undefined): PersonAlteration | undefined {
    if (copy === undefined || copy < this.oldest || copy > this.changes.length) return undefined;
    const change = this.since(copy).changes.find(({ person }) => person === id);
    return change?.kind === 'altered' ? { id, from: change.from, to: change.to } : undefined;
  }

  #wholeBook(): string {
    const rows = [...this.#people].map(([id, { fields }]) => printBookRow(id, fields));
    return printBookHead(this.book, this.head.revision) + rows.join(',') + bookTail;
  }
}

export function peopleOf({ book, after, upTo, changes }: ChangeList): ChangedPeople {
  const removed = changes.filter((change) => change.kind === 'removed').map((change) => change.person);
  const rest = changes.filter((change) => change.kind !== 'removed').map((change) => change.person);
  return { book, after, upTo, altered: rest, removed };
}
