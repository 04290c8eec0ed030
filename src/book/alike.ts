// Who may be the same person: found by mail address, number or name, for somebody to look at. Nothing is ever merged by it.
//
// Each of these is in an index, so that 10,000 cards against as many entries are a matter of a moment. What many have
// says nothing of who they are (a switchboard's number, `info@`), and would make each of them alike all others.

import { fewestOfSubscriber, wholeNumber } from './digits.ts';
import { telephoneFields, type TelephoneField } from './field.ts';
import { folded } from './folding.ts';
import type { Fields } from './person.ts';
import { shown, type Own, type OwnContact, type PersonalEntry } from './personal-entry.ts';
import { numbersOf } from './telephone.ts';

/** Whom a card describes. */
export interface Described {
  /** As the card has it; of an entry that was written out, its ID. */
  readonly uid?: string;
  readonly contact: OwnContact;
}

/** What two have in common, the strongest first. */
export type Likeness = (typeof likenesses)[number];
const likenesses = ['uid', 'mail', 'number', 'name'] as const;

export interface Alike<Item> {
  readonly item: Item;
  readonly by: readonly Likeness[];
}

type Somebody = PersonalEntry | Described;

/**
 * Whom of `among` somebody may be the same as, the most alike first: by its card's ID, then mail, number, name, and whoever has
 * more of them in common. Entries and cards may be compared with entries and cards; nobody is alike itself.
 */
export function alikeAmong<Item extends Somebody>(
  among: Iterable<Item>,
): (somebody: Somebody) => readonly Alike<Item>[] {
  const index = new AlikeIndex<Item>();
  for (const item of among) index.put(item);
  return (somebody) => index.alike(somebody);
}

/** `alikeAmong`, for who puts so many in that there is something else to do in between. */
export class AlikeIndex<Item extends Somebody> {
  readonly #places = new Map<string, Place<Item>[]>();

  put(item: Item): void {
    for (const { key, whole } of traitsOf(item)) {
      const known = this.#places.get(key);
      if (known === undefined) this.#places.set(key, [{ item, whole }]);
      else if (known.length <= most) known.push({ item, whole });
    }
  }

  alike(somebody: Somebody): readonly Alike<Item>[] {
    const found = new Map<Item, Set<Likeness>>();
    for (const { by, key, whole } of traitsOf(somebody)) {
      const places = this.#places.get(key) ?? [];
      if (places.length > most) continue;
      for (const { item, whole: other } of places)
        if (item !== somebody && (whole.endsWith(other) || other.endsWith(whole))) note(found, item, by);
    }
    const alike = [...found].map(([item, by]) => ({ item, by: likenesses.filter((each) => by.has(each)) }));
    return alike.toSorted((one, other) => weightOf(other.by) - weightOf(one.by));
  }
}

interface Trait {
  readonly by: Likeness;
  readonly key: string;
  /** Of a number, all of its digits: with its country or without, the one ends with the other. */
  readonly whole: string;
}

interface Place<Item> {
  readonly item: Item;
  readonly whole: string;
}

/** Of one number, address or name; more than these are not the same person. */
const most = 8;

function note<Item>(found: Map<Item, Set<Likeness>>, item: Item, by: Likeness): void {
  const known = found.get(item);
  if (known === undefined) found.set(item, new Set([by]));
  else known.add(by);
}

/** Each likeness outweighs all the weaker ones together. */
const weightOf = (by: readonly Likeness[]): number =>
  by.reduce((sum, each) => sum + 2 ** (likenesses.length - likenesses.indexOf(each)), 0);

function traitsOf(somebody: Somebody): readonly Trait[] {
  const [own, sides]: readonly [Partial<Own>, readonly Fields[]] =
    'contact' in somebody ? [somebody.contact, [somebody.contact.values ?? {}]] : [somebody.own, sidesOf(somebody)];
  const traits = new Map<string, Trait>();
  const put = (by: Likeness, text: string, whole = ''): void => {
    if (text !== '') traits.set(`${by} ${text} ${whole}`, { by, key: `${by} ${text}`, whole });
  };
  put('uid', ('contact' in somebody ? somebody.uid : somebody.person) ?? '');
  for (const { mail = '', otherMails = '' } of sides)
    for (const each of [mail, ...otherMails.split('\n')]) put('mail', folded(each).trim());
  for (const written of [...sides.flatMap(writtenNumbers), ...(own.numbers ?? []).map(({ number }) => number)]) {
    const { digits, extension } = wholeNumber(written);
    if (digits.length >= fewestOfSubscriber) put('number', `${digits.slice(-fewestOfSubscriber)} ${extension}`, digits);
  }
  const names = sides.flatMap(namesIn);
  for (const name of names.length === 0 ? [own.nickname ?? ''] : names) put('name', nameKey(name));
  return [...traits.values()];
}

/** What is the company's, and what is written over it. */
const sidesOf = (entry: PersonalEntry): readonly Fields[] =>
  Object.keys(entry.own.values).length === 0 ? [entry.base] : [entry.base, shown(entry)];

function namesIn({ name, chineseName, englishName, nativeName, givenName, surname }: Fields): readonly string[] {
  const whole = givenName !== undefined && surname !== undefined ? `${givenName} ${surname}` : undefined;
  return [name, chineseName, englishName, nativeName, whole].filter((each) => each !== undefined);
}

/** `Lovelace, Ada` is Ada Lovelace. */
const nameKey = (name: string): string =>
  folded(name)
    .split(/[\s,.·•]+/u)
    .filter(Boolean)
    .toSorted()
    .join(' ');

/** A fax is shared by a floor. */
const ofOnePerson: readonly TelephoneField[] = telephoneFields.filter((name) => name !== 'fax');

const writtenNumbers = (fields: Fields): readonly string[] =>
  ofOnePerson.flatMap((name) => numbersOf(fields, name).map(({ written, uri }) => uri ?? written));
