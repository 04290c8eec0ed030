// An import is one act: all of it or nothing, and one way back.

import {
  mergedInto,
  type OwnContact,
  type OwnWriting,
  type PersonalEntry,
  type PersonId,
} from '../../../browser/browser.ts';
import type { Book } from '../engine/book.ts';
import { paced } from './pace.ts';
import { givesPhoto } from './reading.ts';

export interface Decided {
  /** Each becomes an own contact. */
  readonly added: readonly OwnContact[];
  readonly merged: readonly Merge[];
}

export interface Merge {
  readonly into: PersonId;
  readonly contact: OwnContact;
}

/** Gives what undoes it. `language`: of the labels that are made. */
export async function takeIn(
  book: Book,
  { added, merged }: Decided,
  language: 'en' | 'zh',
): Promise<() => Promise<void>> {
  const changes = await changesOf(book, merged, language);
  const people = added.length === 0 ? [] : (await book.addOwn(added)).map(({ person }) => person);
  const write = async (writings: readonly OwnWriting[]): Promise<void> => {
    if (writings.length > 0) await book.writeAll(writings);
  };
  const remove = async (): Promise<void> => {
    if (people.length > 0) await book.remove(...people);
  };
  try {
    await write(changes.map(({ after }) => after));
  } catch (fault) {
    await remove();
    throw fault;
  }
  return async () => {
    await write(changes.map(({ before }) => before));
    await remove();
  };
}

interface Change {
  readonly before: OwnWriting;
  readonly after: OwnWriting & Pick<PersonalEntry, 'own'>;
}

/** What is to be written of each entry, once, whatever cards were merged into it. */
async function changesOf(
  { snapshot }: Book,
  merged: readonly Merge[],
  language: 'en' | 'zh',
): Promise<readonly Change[]> {
  const rest = paced();
  const changes = new Map<PersonId, Change>();
  for (const { into: person, contact } of merged) {
    await rest();
    const entry = snapshot.entries.get(person);
    if (entry === undefined) continue;
    const known = changes.get(person);
    const own = mergedInto({ ...entry, own: known?.after.own ?? entry.own }, contact, language);
    const photo = known?.after.photo ?? (givesPhoto(entry, contact) ? contact.photo : undefined);
    changes.set(person, {
      before: { person, own: entry.own, ...(photo !== undefined && { photo: 'none' }) },
      after: { person, own, ...(photo !== undefined && { photo }) },
    });
  }
  return [...changes.values()];
}
