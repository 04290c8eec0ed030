// What a person is found by, and in which order persons stand. Both are texts that a store keeps
// beside the person: a look-up is one pass over short strings.

import type { FieldName } from '../book/field.ts';
import type { Fields } from '../book/person.ts';
import { hasHan, nameSyllables, syllables } from './pinyin.ts';

const ascii = /^[\x20-\x7e]*$/;
const marks = /\p{Mn}/gu;
/** A number as people write it: digits and what they put between them. */
const numberLike = /^[+\d][\d\s()+./-]*$/;

/** `text` for comparing: lower case, full width and compatibility forms folded (NFKC). */
export const folded = (text: string): string =>
  ascii.test(text) ? text.toLowerCase() : text.normalize('NFKC').toLowerCase();

const allDigits = /^\d*$/;
const digitsOf = (text: string): string => (allDigits.test(text) ? text : text.replaceAll(/\D+/g, ''));

/** `josé` also as `jose`, `müller` as `muller`. */
function unmarked(text: string): string {
  return ascii.test(text) || hasHan(text) ? text : text.normalize('NFD').replaceAll(marks, '').normalize('NFC');
}

/** Ways to type what is read so: `zhangwei`, `zw`; a ü is typed as `v` or as `u`. */
function typed(read: readonly string[]): readonly string[] {
  if (read.length === 0) return [];
  const whole = read.join('');
  const initials = read.map((syllable) => syllable.slice(0, 1)).join('');
  if (!whole.includes('ü')) return [whole, initials];
  return [whole, whole.replaceAll('ü', 'v'), whole.replaceAll('ü', 'u'), initials];
}

const names: readonly FieldName[] = ['name', 'surname', 'givenName', 'chineseName', 'englishName', 'pinyin'];
const words: readonly FieldName[] = ['department', 'title', 'office'];
const numbers: readonly FieldName[] = ['officeTelephone', 'mobileTelephone', 'fax', 'otherTelephones'];
const asTheyAre: readonly FieldName[] = ['mail', 'otherMails', 'sipAddress', 'employeeNumber'];

/**
 * All that a person is found by, in one text: every name in every script, its pinyin whole and as
 * initials, department, title, office, employee number, addresses, the digits of telephones. Fields of
 * the restricted class are not in it, since a look-up would tell their values one digit at a time.
 */
export function foldedText(fields: Fields): string {
  // Of some twenty short texts: to compare each with those before takes less than a Set, by which a first load is 5 % slower.
  const parts: string[] = [];
  const add = (part: string): void => {
    if (part !== '' && !parts.includes(part)) parts.push(part);
  };
  for (const field of names) addText(fields[field], nameSyllables, add);
  for (const field of words) addText(fields[field], syllables, add);
  if (fields.pinyin !== undefined) typed(folded(fields.pinyin).split(/[\s'-]+/)).forEach(add);
  for (const field of asTheyAre) addText(fields[field], undefined, add);
  for (const field of numbers) {
    const text = fields[field];
    if (text === undefined) continue;
    for (const line of text.includes('\n') ? text.split('\n') : [text]) add(digitsOf(folded(line)));
  }
  return parts.join('\n');
}

/** `text` as it is and without its marks; what of it is Chinese also as `read` reads it. */
function addText(
  text: string | undefined,
  read: ((text: string) => readonly string[]) | undefined,
  add: (part: string) => void,
): void {
  if (text === undefined) return;
  const whole = folded(text);
  add(whole);
  if (ascii.test(text)) return;
  add(unmarked(whole));
  if (read !== undefined) typed(read(text)).forEach(add);
}

/**
 * The words to look for: each is a part of the folded text of whoever is found. What is written like a
 * telephone number is looked for by its digits, however they are grouped.
 */
export function wordsOf(query: string): readonly string[] {
  const text = folded(query).trim();
  if (numberLike.test(text) && digitsOf(text).length > 2) return [digitsOf(text)];
  return [...new Set(text.split(/\s+/))].filter((word) => word !== '').slice(0, mostWords);
}

const mostWords = 8;

/** Where a person stands among others: by the name that is shown, a Chinese one by its pinyin. */
export function sortKey(fields: Fields): string {
  const name = fields.name ?? fields.chineseName ?? fields.englishName ?? '';
  const whole = folded(name);
  return hasHan(name)
    ? `${nameSyllables(name).join(' ').replaceAll('ü', 'v')}\t${whole}`
    : `${unmarked(whole)}\t${whole}`;
}
