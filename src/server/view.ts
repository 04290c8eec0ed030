// What a reader has of the enterprise address book: a log in which nothing is that this reader may not see, and its
// newest changes in memory. Whoever answers or tells a reader is given a view and no other log, so that what is hidden
// is not there to be shown.

import type { ChangeLog, PersonAt } from './change-log.ts';
import type { Photo } from '../book/photo.ts';
import { visibleFields, visibleList } from './audience.ts';
import type { Tail } from './tail.ts';

export type SeenLog = Pick<
  ChangeLog,
  'since' | 'persons' | 'photo' | 'book' | 'lookUp' | 'organisation' | 'departments'
>;

export interface View {
  readonly log: SeenLog;
  readonly tail: Tail;
}

/** The log of everyone in the enterprise, without the fields that are `restricted`. */
export const withoutRestricted = (log: SeenLog): SeenLog => ({
  since: async (after, limit) => {
    const found = await log.since(after, limit);
    return found.kind === 'changes' ? { ...found, list: visibleList(found.list) } : found;
  },
  persons: async (ids) => {
    const { head, persons } = await log.persons(ids);
    return { head, persons: persons.map(shown) };
  },
  photo: async (hash): Promise<Photo | undefined> =>
    visibleFields({ photo: hash }).photo === undefined ? undefined : log.photo(hash),
  book: async () => {
    const { head, pages } = await log.book();
    return { head, pages: shownPages(pages) };
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
});

const shown = <Person extends PersonAt>(person: Person): Person => {
  const fields = visibleFields(person.fields);
  return fields === person.fields ? person : { ...person, fields };
};

async function* shownPages(pages: AsyncIterable<readonly PersonAt[]>): AsyncGenerator<readonly PersonAt[]> {
  for await (const page of pages) yield page.map(shown);
}
