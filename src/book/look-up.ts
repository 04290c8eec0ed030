// What is looked for, and how well somebody fits. This is the plain way, person by person: a terminal goes it through its
// entries, and it is the oracle of the server's index (`server/look-up-index.ts`), which finds the same in one go.

import { askedDigits, hasDigits, type DigitsAsked } from './digits.ts';
import { editsBetween, mostEdits } from './edits.ts';
import { wholeOf, type Findable } from './findable.ts';
import { folded } from './folding.ts';
import type { Readings } from './pinyin.ts';

/** How a person fits, the best first; of several words the worst counts. */
export const fits = {
  wholeName: 0,
  beginningOfName: 1,
  part: 2,
  initials: 3,
  pinyin: 4,
  word: 5,
  number: 6,
  mistyped: 7,
  mistypedBeginning: 8,
} as const;

export type Fit = (typeof fits)[keyof typeof fits];

export interface Word {
  /** As it stands, for addresses: `wei.zhang@`. */
  readonly typed: string;
  /** Its letters and digits; empty where it is an address. */
  readonly plain: string;
  readonly digits: DigitsAsked | undefined;
}

export interface Query {
  /** All that was typed, as a name. */
  readonly name: string;
  readonly words: readonly Word[];
}

const mostWords = 8;
/** Beyond it nothing is read of what was typed. */
export const mostTyped = 200;
const otherThanWord = /[^\p{L}\p{N}\p{So}\p{Sk}]+/gu;
const betweenScripts = /(?<=\p{Script=Han})(?=[a-z])|(?<=[a-z])(?=\p{Script=Han})/u;

/** What `text` asks for. Of Chinese and Latin letters in one word (`zhang伟`) each is a word. */
export function queryOf(text: string): Query {
  const all = folded(text.slice(0, mostTyped)).trim();
  if (askedDigits(all) !== undefined) return { name: wholeOf(all), words: [wordOf(all)] };
  const typed = all.split(/\s+/).flatMap((word) => (isAddress(word) ? [word] : word.split(betweenScripts)));
  const words = [...new Set(typed)].filter((word) => word !== '').map(wordOf);
  // What is only punctuation says nothing beside words, and alone is in nobody's name.
  const telling = words.filter((word) => word.plain !== '' || isAddress(word.typed));
  return {
    name: isAddress(all) ? '' : wholeOf(all),
    words: (telling.length > 0 ? telling : words).slice(0, mostWords),
  };
}

const isAddress = (typed: string): boolean => typed.includes('@');

const wordOf = (typed: string): Word => ({
  typed,
  plain: isAddress(typed) ? '' : typed.replaceAll(otherThanWord, ''),
  digits: askedDigits(typed),
});

/** Whether `word` can be the letters of a reading; longer ones than these nobody has. */
export const readable = (word: string): boolean => /^[a-z]{1,64}$/.test(word);

/** Initials are of two letters at least: one is the beginning of a name. */
export const mayBeInitials = (word: string): boolean => word.length > 1;

/** How many errors `word` may have: none where it is a number or has one. */
export const editsAllowed = (word: string): 0 | 1 | 2 => (/\p{N}/u.test(word) ? 0 : mostEdits(word.length));

/** How the person fits as it is typed; undefined where not at all. */
export function fitOf(person: Findable, query: Query): Fit | undefined {
  if (query.words.length === 0) return fits.part;
  if (query.name !== '') {
    if (person.names.includes(query.name)) return fits.wholeName;
    if (person.names.some((name) => name.startsWith(query.name))) return fits.beginningOfName;
  }
  return worst(query.words.map((word) => fitOfWord(person, word)));
}

/** The same with typing errors forgiven in words that do not fit otherwise. */
export function mistypedFitOf(person: Findable, query: Query): Fit | undefined {
  return worst(query.words.map((word) => fitOfWord(person, word) ?? fitOfMistyped(person, word.plain)));
}

const worst = (all: readonly (Fit | undefined)[]): Fit | undefined =>
  all.reduce((before, fit) => (before === undefined || fit === undefined ? undefined : fit > before ? fit : before), 0);

function fitOfWord(person: Findable, { typed, plain, digits }: Word): Fit | undefined {
  const begins = (text: string): boolean => text.startsWith(plain);
  if (plain !== '') {
    if (person.parts.some(begins)) return fits.part;
    if (mayBeInitials(plain) && person.initials.some(begins)) return fits.initials;
    if (person.romanised.some(begins) || isReadSo(plain, person.nameReadings)) return fits.pinyin;
    if (person.words.some(begins) || isReadSo(plain, person.wordReadings)) return fits.word;
  }
  if (person.addresses.some((address) => address.startsWith(typed))) return fits.number;
  return digits !== undefined && hasDigits(person.digits, digits) ? fits.number : undefined;
}

function fitOfMistyped(person: Findable, word: string): Fit | undefined {
  const most = editsAllowed(word);
  if (most === 0) return undefined;
  const edits = [...person.parts, ...person.romanised, ...person.words].map((text) => editsBetween(word, text));
  if (edits.some(({ whole }) => whole <= most)) return fits.mistyped;
  return edits.some(({ beginning }) => beginning <= most) ? fits.mistypedBeginning : undefined;
}

/**
 * Whether `word` is read from somewhere in `readings` on: each syllable whole or by its initial (`zhangwei`, `zwei`,
 * `zhw`), the last one by any beginning.
 */
function isReadSo(word: string, readings: Readings): boolean {
  if (!readable(word)) return false;
  return readings.some((_, place) => isReadFrom(word, readings.slice(place)));
}

function isReadFrom(word: string, [first = [], ...later]: Readings): boolean {
  return first.some(
    (syllable) =>
      syllable.startsWith(word) ||
      beginningsOf(word).some((piece) => standsFor(piece, syllable) && isReadFrom(word.slice(piece.length), later)),
  );
}

/** The longest syllables are `zhuang`, `chuang`, `shuang`. */
const longestSyllable = 6;

/** The beginnings of `word` that may be a syllable or stand for one, and leave something of it. */
export const beginningsOf = (word: string): readonly string[] =>
  Array.from({ length: Math.min(longestSyllable, word.length - 1) }, (_, at) => word.slice(0, at + 1));

/** Whether `piece` may stand for any syllable that begins with it. */
export const isInitial = (piece: string): boolean => piece.length === 1 || /^[zcs]h$/.test(piece);

const standsFor = (piece: string, syllable: string): boolean =>
  piece === syllable || (isInitial(piece) && syllable.startsWith(piece));

export interface Found<Item> {
  readonly item: Item;
  readonly fit: Fit;
}

/** Those of `items` who fit, or where there are none, who are meant by something mistyped; the best first, among equals in the order of their sort keys. */
export function lookUpAmong<Item extends { readonly findable: Findable }>(
  items: readonly Item[],
  query: Query,
): readonly Found<Item>[] {
  const by = (fitOne: (person: Findable, query: Query) => Fit | undefined): readonly Found<Item>[] =>
    items.flatMap((item) => {
      const fit = fitOne(item.findable, query);
      return fit === undefined ? [] : [{ item, fit }];
    });
  const found = by(fitOf);
  const all = found.length === 0 ? by(mistypedFitOf) : found;
  return all.toSorted((one, other) => one.fit - other.fit || compare(one.item, other.item));
}

const compare = (one: { readonly findable: Findable }, other: { readonly findable: Findable }): number =>
  one.findable.sortKey < other.findable.sortKey ? -1 : one.findable.sortKey > other.findable.sortKey ? 1 : 0;
