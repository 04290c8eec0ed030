// How components read the book: a selection of its snapshot, drawn again when it is another.

import { createContext, use, useSyncExternalStore } from 'react';
import type { FieldName, PersonalEntry, PersonId, StoredPrompt } from '../../../browser/browser.ts';
import { labelOf } from '../../../browser/browser.ts';
import { useTexts } from '../texts/texts.tsx';
import type { Book, Snapshot } from './book.ts';

export const BookContext = createContext<Book | undefined>(undefined);

export function useTheBook(): Book {
  const book = use(BookContext);
  if (book === undefined) throw new Error('there is no book above this component');
  return book;
}

/** `select` gives the same for the same snapshot: a part of it, or a plain value. */
export function useBook<Selected>(select: (snapshot: Snapshot) => Selected): Selected {
  const book = useTheBook();
  return useSyncExternalStore(book.subscribe, () => select(book.snapshot));
}

export const useEntry = (person: PersonId): PersonalEntry | undefined => useBook(({ entries }) => entries.get(person));

/** What the administrator, or else the table of fields, calls a field. */
export function useFieldLabel(): (field: FieldName) => string {
  const { terminal } = useTheBook();
  const { label } = useTexts();
  return (field) => labelOf(field, terminal.labels)[label];
}

const aboutBy = new WeakMap<readonly StoredPrompt[], ReadonlyMap<PersonId, readonly StoredPrompt[]>>();
const nothing: readonly StoredPrompt[] = [];

/** What was told of a person, oldest first. */
export function promptsAbout(prompts: readonly StoredPrompt[], person: PersonId): readonly StoredPrompt[] {
  const known =
    aboutBy.get(prompts) ??
    (Map.groupBy(prompts, (prompt) => prompt.person) as ReadonlyMap<PersonId, readonly StoredPrompt[]>);
  aboutBy.set(prompts, known);
  return known.get(person) ?? nothing;
}

const unseenBy = new WeakMap<readonly StoredPrompt[], ReadonlyMap<PersonId, readonly number[]>>();

/** The prompts that nobody has seen yet, by person. */
export function unseenOf(prompts: readonly StoredPrompt[]): ReadonlyMap<PersonId, readonly number[]> {
  const known = unseenBy.get(prompts);
  if (known !== undefined) return known;
  const made = new Map<PersonId, number[]>();
  for (const { seen, person, id } of prompts) {
    if (seen) continue;
    const ids = made.get(person);
    if (ids === undefined) made.set(person, [id]);
    else ids.push(id);
  }
  unseenBy.set(prompts, made);
  return made;
}
