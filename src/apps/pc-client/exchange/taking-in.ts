// An import is one act: all of it or nothing, and one way back.

import {
  mergedInto,
  TerminalFault,
  type Own,
  type OwnContact,
  type PersonalEntry,
  type PersonId,
} from '../../../browser/browser.ts';
import type { Book } from '../engine/book.ts';
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

export interface How {
  /** Of the labels that are made. */
  readonly language: 'en' | 'zh';
  readonly progress: (done: number) => void;
}

/** So many entries are written before the page draws them. */
const atOnce = 100;

/** Gives what undoes it. What fails half-way is undone before it is thrown. */
export async function takeIn(book: Book, decided: Decided, how: How): Promise<() => Promise<void>> {
  const back: (() => Promise<unknown>)[] = [];
  const undo = async (): Promise<void> => {
    for (const step of back.toReversed()) await step();
  };
  try {
    const { added } = decided;
    const people = added.length === 0 ? [] : (await book.addOwn(added)).map(({ person }) => person);
    if (people.length > 0) back.push(() => book.remove(...people));
    const written = writings(book, decided.merged, how);
    for (let at = 0; at < written.length; at += atOnce) {
      const slice = written.slice(at, at + atOnce);
      back.push(() => book.writeAll(slice.map(([entry]) => [entry, entry.own])));
      await book.writeAll(slice);
      how.progress(added.length + at + slice.length);
    }
    for (const { into, contact } of decided.merged) await givePhoto({ book, into, contact, back });
  } catch (fault) {
    await undo();
    throw fault;
  }
  return undo;
}

/** What is to be written of each entry, once, whatever cards were merged into it. */
function writings(
  { snapshot }: Book,
  merged: readonly Merge[],
  { language }: How,
): readonly (readonly [PersonalEntry, Own])[] {
  const written = new Map<PersonId, readonly [PersonalEntry, Own]>();
  for (const { into, contact } of merged) {
    const [entry, own] = written.get(into) ?? [snapshot.entries.get(into), undefined];
    if (entry === undefined) continue;
    written.set(into, [entry, mergedInto({ ...entry, own: own ?? entry.own }, contact, language)]);
  }
  return [...written.values()];
}

interface Giving extends Merge {
  readonly book: Book;
  readonly back: (() => Promise<unknown>)[];
}

async function givePhoto({ book, into, contact, back }: Giving): Promise<void> {
  const entry = book.snapshot.entries.get(into);
  if (entry === undefined || !givesPhoto(entry, contact)) return;
  try {
    await book.writePhoto(into, contact.photo);
  } catch (fault) {
    // What is no picture is left out, as it is of a card that is added.
    if (fault instanceof TerminalFault && fault.trouble.kind === 'malformed') return;
    throw fault;
  }
  back.push(() => book.writePhoto(into, undefined));
}
