// The log of one audience: what a book would be in which there are only the persons and fields that its readers may see. It
// has a book ID of its own, and revisions that rise by one with each change that can be seen: neither a number nor a
// missing one tells of a change outside.
//
// It is made by comparing: `bring` looks at persons as they are in the book, and at what the log has of them, and appends
// the difference. So it does not matter how often a person is looked at, nor what was missed in between.

import type { WallTime } from '../base/time.ts';
import type { Change, Revision } from '../book/change.ts';
import type { ChangeList } from '../book/change-list.ts';
import { difference, type Fields } from '../book/person.ts';
import type { PersonId } from '../book/person-id.ts';
import type { Photo } from '../book/photo.ts';
import { fieldsSeen, type AudienceRule } from './audience.ts';
import { sourceName, type ChangeLog, type Head } from './change-log.ts';
import type { Circle, Roster } from './roster.ts';
import type { Tail } from './tail.ts';
import type { SeenLog, View } from './view.ts';

/** Names the book in an audience's log: what it has comes of there. */
const source = sourceName('book');

/** A few milliseconds' work. */
const personsAtOnce = 100;

/** Takes the next persons to look at out of `all`, before they are read: who changes meanwhile is put in again. */
export function takeSome(all: Set<PersonId>): readonly PersonId[] {
  const some: PersonId[] = [];
  for (const person of all) {
    if (some.length >= personsAtOnce) break;
    some.push(person);
    all.delete(person);
  }
  return some;
}

/** A place in the book. */
export type At = Pick<Head, 'book' | 'revision'>;

export interface AudienceLogOptions {
  readonly rule: AudienceRule;
  readonly circle: Circle;
  /** What the rule comes to, as text: a log that was made by another one is no use. */
  readonly digest: string;
  readonly roster: Roster;
  readonly book: ChangeLog;
  readonly own: ChangeLog;
  readonly tail: Tail;
  readonly wallClock: () => WallTime;
  readonly turn: () => Promise<void>;
}

export class AudienceLog {
  readonly view: View;
  readonly #options: AudienceLogOptions;
  /** Persons to look at, who were not yet. */
  readonly #owed = new Set<PersonId>();
  /** The log has all that the book had at this revision; and whether that is written down. */
  #mark: { readonly head: At; readonly written: boolean } | undefined;

  constructor(options: AudienceLogOptions) {
    this.#options = options;
    this.view = { log: seenLog(options), tail: options.tail };
  }

  get circle(): Circle {
    return this.#options.circle;
  }

  owe(people: Iterable<PersonId>): void {
    for (const person of people) this.#owed.add(person);
  }

  /**
   * Looks at all who are owed. Then the log has all that the book had at `head`.
   * @throws HostFault when a store cannot be read or written; whom it had not come to are still owed
   */
  async bring(head: At, tell: (list: ChangeList, tail: Tail) => void): Promise<void> {
    while (this.#owed.size > 0) {
      const people = takeSome(this.#owed);
      const last = this.#owed.size === 0;
      try {
        const changes = await this.#changesOf(people);
        if (changes.length > 0) tell(await this.#append(changes, last ? head : undefined), this.view.tail);
        if (last) this.#mark = { head, written: changes.length > 0 };
        await this.#options.turn();
      } catch (thrown) {
        this.owe(people);
        throw thrown;
      }
    }
    if (this.#mark?.head.revision !== head.revision) this.#mark = { head, written: false };
  }

  /** Everybody, into an empty log; who changed after `head` will be owed. */
  async fill(head: At): Promise<number> {
    const { pages } = await this.#options.book.book();
    let count = 0;
    for await (const page of pages) {
      const changes = page.flatMap(({ id, fields }): readonly Change[] => {
        const seen = this.#seen(id, fields);
        return seen === undefined ? [] : [{ kind: 'added', person: id, fields: seen }];
      });
      if (changes.length > 0) this.view.tail.take(await this.#append(changes, undefined));
      count += changes.length;
    }
    this.#mark = { head, written: false };
    await this.writeMark();
    return count;
  }

  /**
   * Whom the log has and the rule does not show now, or the other way about, with those in whose entries they are named; and
   * of `changed` those of whom it has or shows anything.
   */
  async astray(changed: ReadonlySet<PersonId>): Promise<ReadonlySet<PersonId>> {
    const { own, roster, circle } = this.#options;
    const held = new Set<PersonId>();
    for await (const page of (await own.book()).pages) for (const { id } of page) held.add(id);
    const comes = roster.shownTo(circle).filter((person) => !held.has(person));
    const goes = [...held].filter((person) => !roster.shows(circle, person));
    return new Set([
      ...[...comes, ...goes].flatMap((person) => [person, ...roster.naming(person)]),
      ...[...changed].filter((person) => held.has(person)),
    ]);
  }

  /** The same, where they are few of the book. */
  async fillShown(head: At): Promise<number> {
    const { roster, circle } = this.#options;
    this.owe(roster.shownTo(circle));
    const count = this.#owed.size;
    await this.bring(head, (list, tail) => tail.take(list));
    await this.writeMark();
    return count;
  }

  /** Where the log stands in the book, for the next start. */
  async writeMark(): Promise<void> {
    if (this.#mark === undefined || this.#mark.written || this.#owed.size > 0) return;
    const { head } = this.#mark;
    await this.#append([], head);
    this.#mark = { head, written: true };
  }

  /** Up to where the log has what the book has, as its rule shows it now; undefined where it cannot be gone on with. */
  async reached(book: Pick<Head, 'book'>): Promise<Revision | undefined> {
    const { own, digest } = this.#options;
    const written = await own.cookie(source);
    const [by, of, at] = written?.split(' ') ?? [];
    return by === digest && of === book.book ? (Number(at) as Revision) : undefined;
  }

  /** The log has forgotten its oldest changes. */
  async tidy(): Promise<void> {
    const { own, tail } = this.#options;
    tail.forgetUpTo((await own.head()).oldest);
    await this.writeMark();
  }

  async #changesOf(people: readonly PersonId[]): Promise<readonly Change[]> {
    const { book, own } = this.#options;
    const [now, before] = [await book.persons(people), await own.persons(people)].map(
      ({ persons }) => new Map(persons.map(({ id, fields }) => [id, fields])),
    );
    return people.flatMap((person) => {
      const fields = now?.get(person);
      return changeOf(person, before?.get(person), fields && this.#seen(person, fields)) ?? [];
    });
  }

  #seen(person: PersonId, fields: Fields): Fields | undefined {
    const { roster, circle, rule } = this.#options;
    return roster.shows(circle, person) ? fieldsSeen(fields, rule, (named) => roster.shows(circle, named)) : undefined;
  }

  async #append(changes: readonly Change[], head: At | undefined): Promise<ChangeList> {
    const { own, digest, wallClock } = this.#options;
    const photos = changes.flatMap((change) => (change.kind === 'removed' ? [] : elsewhere(change)));
    const cookie = head && { cookie: `${digest} ${head.book} ${head.revision}` };
    return own.append({ source, at: wallClock(), changes, photos, ...cookie });
  }
}

function changeOf(person: PersonId, before: Fields | undefined, after: Fields | undefined): Change | undefined {
  if (before === undefined) return after && { kind: 'added', person, fields: after };
  if (after === undefined) return { kind: 'removed', person };
  const differs = difference(before, after);
  return differs && { kind: 'altered', person, ...differs };
}

/** That a photo is borne is in the audience's log, its bytes are in the book's alone. */
function elsewhere(change: Exclude<Change, { kind: 'removed' }>): readonly Photo[] {
  const { photo } = change.kind === 'added' ? change.fields : change.to;
  return photo === undefined ? [] : [{ hash: photo as Photo['hash'], type: 'image/jpeg', bytes: new Uint8Array() }];
}

/** Nothing is asked of the book but the bytes of a photo that somebody bears whom the audience sees. */
const seenLog = ({ own, book }: Pick<AudienceLogOptions, 'own' | 'book'>): SeenLog => ({
  since: (after, limit) => own.since(after, limit),
  persons: (people) => own.persons(people),
  photo: async (hash) => ((await own.photo(hash)) === undefined ? undefined : book.photo(hash)),
  book: () => own.book(),
  lookUp: (question) => own.lookUp(question),
  organisation: (question) => own.organisation(question),
  departments: (question) => own.departments(question),
  // It has none: a group may be of people whom the audience does not see, and its name alone tells of them.
  groups: (question) => own.groups(question),
  members: (question) => own.members(question),
});
