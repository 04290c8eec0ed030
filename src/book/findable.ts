// What a person is found by, and where a person stands among others: made of the fields alone, by the server's index and
// by a terminal that looks among its entries alike. Every text in it is folded (`folding.ts`).
//
// Whoever looks up is to be given only fields that may be seen: a look-up tells a value one digit at a time.

import { keptDigits } from './digits.ts';
import { extraFields, telephoneFields, uriFields, type FieldName } from './field.ts';
import { folded, foldedAsSpelled } from './folding.ts';
import type { Fields } from './person.ts';
import { hasHan, nameReadings, surnameLength, wordReadings, type Readings } from './pinyin.ts';
import { remembered } from './remembered.ts';
import { simplified } from './simplified.ts';
import { sortKey } from './sort-key.ts';

export interface Findable {
  /** A Chinese name stands by its pinyin. */
  readonly sortKey: string;
  /** Whole names, their words one space apart: `ada lovelace`, `张伟`. */
  readonly names: readonly string[];
  /** Words of names; of a script without spaces, from each character to the end. */
  readonly parts: readonly string[];
  /** `al`, `zw`, `zhw`. */
  readonly initials: readonly string[];
  /** Pinyin of names in one, and of surname and given name: `zhangwei`, `zhang`, `wei`. */
  readonly romanised: readonly string[];
  /** How names are read, a syllable a place; between two names is an empty place. */
  readonly nameReadings: Readings;
  /** Words of department, title, office, city, company and the enterprise's own fields, as of names. */
  readonly words: readonly string[];
  /** How these are read, as of names. */
  readonly wordReadings: Readings;
  /** Whole mail addresses, users of SIP addresses, employee numbers. */
  readonly addresses: readonly string[];
  /** Digits of telephones and of the employee number. */
  readonly digits: readonly string[];
  /** Whole: who shares it is near. Empty where there is none. */
  readonly department: string;
}

const nameFields: readonly FieldName[] = ['name', 'chineseName', 'englishName', 'nativeName', 'phoneticName'];
const partFields: readonly FieldName[] = [...nameFields, 'surname', 'givenName'];
const wordFields: readonly FieldName[] = ['department', 'title', 'office', 'city', 'company', ...extraFields];
const telephones: readonly FieldName[] = telephoneFields.flatMap((name) => [name, uriFields[name]]);
const mails: readonly FieldName[] = ['mail', 'otherMails'];

/** What stands between words; within a word (`o'brien`, `jean-luc`) it may be left out as well. */
const between = /[^\p{L}\p{N}\p{So}\p{Sk}]+/u;
/** Scripts that put no spaces between words. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u;
const mostEnds = 16;
/** The rest of a longer value cannot be looked for. */
const mostLength = 200;

const linesOf = (fields: Fields, names: readonly FieldName[]): readonly string[] =>
  names.flatMap((name) => fields[name]?.split('\n') ?? []).map((text) => text.slice(0, mostLength));

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)].filter((text) => text !== '');

/** `text` in each way that it may be typed. */
function waysOf(text: string): readonly string[] {
  const spelled = foldedAsSpelled(text);
  return spelled === undefined ? [folded(text)] : [folded(text), spelled];
}

/** Its words; those with a hyphen or an apostrophe also as one. */
const wordsOf = (text: string): readonly string[] =>
  text.split(' ').flatMap((word) => {
    const pieces = word.split(between).filter((piece) => piece !== '');
    return pieces.length > 1 ? [...pieces, pieces.join('')] : pieces;
  });

function endsOf(word: string): readonly string[] {
  if (!unspaced.test(word)) return [word];
  const characters = Array.from(word);
  return characters.slice(0, mostEnds).map((_, at) => characters.slice(at).join(''));
}

/** A name as it is compared whole. */
export const wholeOf = (text: string): string =>
  text
    .split(between)
    .filter((word) => word !== '')
    .join(' ')
    .replaceAll(/(?<=\p{Script=Han}) (?=\p{Script=Han})/gu, '');

/** Syllables as they are typed: a ü is typed as `u` or as `v`. */
const typed = (syllable: string): readonly string[] =>
  syllable.includes('ü') ? [syllable.replaceAll('ü', 'u'), syllable.replaceAll('ü', 'v')] : [syllable];

const typedReadings = (readings: Readings): Readings => readings.map((syllables) => syllables.flatMap(typed));

/** What of a value is found, and how it is read; values that many share are taken apart once. */
const partsOf = remembered((value) => unique(waysOf(value).flatMap(wordsOf).flatMap(endsOf)));
const wordReadingsOf = remembered((value) => typedReadings(wordReadings(value)));

const joined = (all: readonly Readings[]): Readings =>
  all.filter((readings) => readings.length > 0).flatMap((readings, at) => (at === 0 ? readings : [[], ...readings]));

const twoLetters = /^[zcs]h/;

function initialsOf(words: readonly string[]): readonly string[] {
  if (words.length < 2) return [];
  const first = words.map((word) => word.slice(0, 1)).join('');
  const ends = `${first.slice(0, 1)}${first.slice(-1)}`;
  const double = words.map((word) => twoLetters.exec(word)?.[0] ?? word.slice(0, 1)).join('');
  return [first, double, ends];
}

interface Read {
  readonly readings: readonly Readings[];
  readonly initials: readonly string[];
  readonly romanised: readonly string[];
}

/** How the names are read: a Chinese one by its characters, one that the directory tells in pinyin by its words. */
function readOf(fields: Fields): Read {
  const told = typed((fields.pinyin ?? '').slice(0, mostLength).toLowerCase()).map((text) => wordsOf(folded(text)));
  const chinese = unique(linesOf(fields, nameFields).filter(hasHan).map(simplified)).map((name) => {
    const readings = typedReadings(nameReadings(name));
    return { readings, surname: surnameLength(Array.from(name), fields.surname) };
  });
  // What the directory says of a name is told in words, and only of use where it is not what we read.
  const known = new Set(chinese.map((name) => likeliest(name.readings).join('')));
  const others = told.filter((words) => !known.has(words.join(''))).map((words) => words.map((word) => [word]));
  return {
    readings: [...chinese.map((name) => name.readings), ...others],
    initials: [...told, ...chinese.map((name) => likeliest(name.readings))].flatMap(initialsOf),
    romanised: [
      ...told.flatMap((words) => [...words, words.join('')]),
      ...chinese.flatMap(({ readings: all, surname }) => {
        const syllables = likeliest(all);
        return [syllables, syllables.slice(0, surname), syllables.slice(surname)].map((some) => some.join(''));
      }),
    ],
  };
}

const likeliest = (readings: Readings): readonly string[] => readings.map(([syllable]) => syllable ?? '');

function wordParts(fields: Fields): Pick<Findable, 'words' | 'wordReadings'> {
  const values = unique(linesOf(fields, wordFields));
  return { words: unique(values.flatMap(partsOf)), wordReadings: joined(values.map(wordReadingsOf)) };
}

function addressesOf(fields: Fields): readonly string[] {
  const users = linesOf(fields, ['sipAddress']).map((address) => address.replace(/^sips?:/i, ''));
  const number = folded(fields.employeeNumber?.slice(0, mostLength) ?? '');
  const plain = number.split(between).join('');
  return unique([...[...linesOf(fields, mails), ...users].map(folded), number, plain]);
}

/** A name that the server made no pinyin of, such as a nickname of the employee's. */
function withReading(fields: Fields): Fields {
  const { name = '', pinyin, phoneticName } = fields;
  if (pinyin !== undefined || phoneticName !== undefined || !hasHan(name)) return fields;
  return { ...fields, pinyin: likeliest(nameReadings(name.slice(0, mostLength))).join(' ') };
}

export function findableOf(fields: Fields): Findable {
  const names = unique(linesOf(fields, nameFields));
  const { readings, initials, romanised: latin } = readOf(fields);
  const western = names.filter((name) => !hasHan(name)).map((name) => wholeOf(folded(name)).split(' '));
  const numbers = linesOf(fields, [...telephones, 'employeeNumber']);
  return {
    sortKey: sortKey(withReading(fields)),
    names: unique(names.flatMap(waysOf).map(wholeOf)),
    parts: unique(unique(linesOf(fields, partFields)).flatMap(partsOf)),
    initials: unique([...western.flatMap(initialsOf), ...initials]),
    romanised: unique(latin),
    nameReadings: joined(readings),
    ...wordParts(fields),
    addresses: addressesOf(fields),
    digits: unique(numbers.flatMap(keptDigits)),
    department: folded(fields.department ?? ''),
  };
}

/** Where a department stands among others: a Chinese one by its pinyin. */
export function departmentSortKey(name: string): string {
  const text = name.slice(0, mostLength);
  const whole = folded(text);
  return hasHan(text) ? `${likeliest(wordReadings(text)).join(' ').replaceAll('ü', 'v')}\t${whole}` : whole;
}
