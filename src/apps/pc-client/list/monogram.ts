// What stands for somebody without a photo: two characters, on a tint of their own.

import type { Fields, PersonId } from '../../../browser/browser.ts';

const han = /^\p{Script=Han}+$/u;

/** The last two characters of a Chinese name, as colleagues are called; the initials of others. */
export function monogramOf(fields: Fields): string {
  const name = (fields.name ?? fields.chineseName ?? '').replaceAll(/\(.*\)|（.*）/gu, '').trim();
  const bare = name.replaceAll(/\s/gu, '');
  if (han.test(bare)) return Array.from(bare).slice(-2).join('');
  const words = name.split(/[\s,.]+/u).filter((word) => /^\p{L}/u.test(word));
  const [first = '', last = ''] = [words.at(0), words.length > 1 ? words.at(-1) : undefined].map((word) =>
    firstLetter(word ?? ''),
  );
  return `${first}${last}` || '?';
}

const firstLetter = (word: string): string => (Array.from(word)[0] ?? '').toUpperCase();

/** A hue in degrees: the same for the same person wherever they are drawn. */
export function hueOf(person: PersonId): number {
  let sum = 0;
  for (const letter of person) sum = (sum * 31 + letter.charCodeAt(0)) % 3600;
  return (sum % 24) * 15;
}
