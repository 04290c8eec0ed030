// Look-up among the entries that are held, for when there is no server: by the same rules as the server's, in what is shown
// and in what the employee wrote.

import { findableOf, type Findable } from '../book/findable.ts';
import { fits, lookUpAmong, queryOf } from '../book/look-up.ts';
import type { Person } from '../book/person.ts';
import { shown, type PersonalEntry } from '../book/personal-entry.ts';

// Loaded apart with this, since it too is needed where there is no server, and seldom.
export { whoseNumber } from './whose-number.ts';

export interface Page {
  readonly limit: number;
  /** The `next` of the page before. */
  readonly after: string;
}

/** Of a look-up among the entries. */
export interface HeldPage extends Page {
  /** Only own contacts, and those of whom the employee wrote something: whom no server finds by it. */
  readonly writtenOnly: boolean;
}

export interface LookUp {
  /** `enterprise`: everyone who may be seen. `held`: only the personal address book, for the reason in `words`. */
  readonly source: 'enterprise' | 'held';
  readonly words: string;
  /** All who fit. */
  readonly total: number;
  /** How many of them fit as it is typed; they come first. Of the others a word was mistyped. */
  readonly asTyped: number;
  readonly persons: readonly Person[];
  /** Where the next page begins, for `after`; undefined where this is the last one. */
  readonly next: string | undefined;
  /** False while the server has not yet read in everyone: there may be more who fit. */
  readonly complete: boolean;
}

export function lookUpHeld(
  entries: readonly PersonalEntry[],
  text: string,
  { limit, after }: Page,
): Pick<LookUp, 'total' | 'asTyped' | 'persons' | 'next'> {
  const fitting = lookUpAmong(
    entries.map((entry) => ({ entry, findable: findableIn(entry) })),
    queryOf(text),
  );
  const found = fitting.map(({ item }) => item.entry);
  const asTyped = fitting.filter(({ fit }) => fit < fits.mistyped).length;
  const from = after === '' ? 0 : found.findIndex((entry) => entry.person === after) + 1;
  const page = found.slice(from, from + limit);
  const persons = page.map((entry) => ({ id: entry.person, fields: shown(entry) }));
  const last = page.at(-1)?.person;
  return { total: found.length, asTyped, persons, next: from + limit < found.length ? last : undefined };
}

/** What an entry is found by takes half a tenth of a millisecond to work out, and the next key asks for it again; an entry is never altered. */
const findables = new WeakMap<PersonalEntry, Findable>();

/** So many are worked out in a moment that nobody notices. */
const atOnce = 200;

/** Works out what `entries` are found by, where that is not known; `rest` lets others have their turn. */
export async function makeReady(entries: readonly PersonalEntry[], rest: () => Promise<void>): Promise<void> {
  const fresh = entries.filter((entry) => !findables.has(entry));
  for (let at = 0; at < fresh.length; at += atOnce) {
    for (const entry of fresh.slice(at, at + atOnce)) findableIn(entry);
    if (at + atOnce < fresh.length) await rest();
  }
}

function findableIn(entry: PersonalEntry): Findable {
  const known = findables.get(entry) ?? findableOfEntry(entry);
  findables.set(entry, known);
  return known;
}

/** The person as the employee sees it; the nickname is one more name, note and groups are words. */
function findableOfEntry(entry: PersonalEntry): Findable {
  const { nickname, note, groups, numbers } = entry.own;
  const person = findableOf(shown(entry));
  const own = findableOf({
    name: nickname,
    department: [note, ...groups].join('\n'),
    otherTelephones: numbers.map((each) => each.number).join('\n'),
  });
  const join = (name: 'names' | 'parts' | 'initials' | 'romanised' | 'words' | 'digits'): readonly string[] => [
    ...person[name],
    ...own[name],
  ];
  return {
    ...person,
    sortKey: nickname === '' ? person.sortKey : own.sortKey,
    names: join('names'),
    parts: join('parts'),
    initials: join('initials'),
    romanised: join('romanised'),
    nameReadings: [...person.nameReadings, [], ...own.nameReadings],
    words: join('words'),
    wordReadings: [...person.wordReadings, [], ...own.wordReadings],
    digits: join('digits'),
  };
}
