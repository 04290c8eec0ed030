// What a reader has of the enterprise address book: a log in which nothing is that this reader may not see, and its
// newest changes in memory. Whoever answers or tells a reader is given a view and no other log, so that what is hidden
// is not there to be shown.

import { revision } from '../book/change.ts';
import type { FieldName } from '../book/field.ts';
import { visibleFields, visibleList } from './audience.ts';
import type { ChangeLog, PersonAt } from './change-log.ts';
import { Tail, type Seen } from './tail.ts';

export type SeenLog = Pick<
  ChangeLog,
  'since' | 'persons' | 'photo' | 'book' | 'lookUp' | 'organisation' | 'departments' | 'groups' | 'members'
>;

export interface View {
  readonly log: SeenLog;
  readonly tail: Tail;
}

/** The log of everyone in the enterprise, without the fields that are hidden from all. */
export function withoutHidden(log: SeenLog, hidden: readonly FieldName[]): SeenLog {
  const shown = <Person extends PersonAt>(person: Person): Person => {
    const fields = visibleFields(person.fields, hidden);
    return fields === person.fields ? person : { ...person, fields };
  };
  return {
    since: async (after, limit) => {
      const found = await log.since(after, limit);
      return found.kind === 'changes' ? { ...found, list: visibleList(found.list, hidden) } : found;
    },
    persons: async (ids) => {
      const { head, persons } = await log.persons(ids);
      return { head, persons: persons.map(shown) };
    },
    photo: async (hash) => (hidden.includes('photo') ? undefined : log.photo(hash)),
    book: async () => {
      const { head, pages } = await log.book();
      return { head, pages: eachOf(pages, shown) };
    },
    lookUp: async (question) => {
      const answer = await log.lookUp(question);
      return { ...answer, persons: answer.persons.map(shown) };
    },
    organisation: async (question) => {
      const answer = await log.organisation(question);
      return { ...answer, managers: answer.managers.map(shown), persons: answer.persons.map(shown) };
    },
    // It is made of fields that may be seen.
    departments: (question) => log.departments(question),
    groups: (question) => log.groups(question),
    members: async (question) => {
      const answer = await log.members(question);
      return { ...answer, persons: answer.persons.map(shown) };
    },
  };
}

async function* eachOf(
  pages: AsyncIterable<readonly PersonAt[]>,
  shown: (person: PersonAt) => PersonAt,
): AsyncGenerator<readonly PersonAt[]> {
  for await (const page of pages) yield page.map(shown);
}

/** Changes that are read at once: about as many as one commit has. */
const readAtOnce = 500;

/** The newest changes of a log, at most so many. */
export async function loadedTail(
  log: Pick<ChangeLog, 'head' | 'since'>,
  mostChanges: number,
  seen: Seen,
): Promise<Tail> {
  const head = await log.head();
  const from = revision(Math.max(head.oldest, head.revision - mostChanges));
  const tail = new Tail({ book: head.book, revision: from }, { mostChanges }, seen);
  while (tail.head.revision < head.revision) {
    const found = await log.since(tail.head.revision, readAtOnce);
    // Purged by another process meanwhile.
    if (found.kind === 'too-old') return new Tail(await log.head(), { mostChanges }, seen);
    tail.take(found.list);
  }
  return tail;
}
