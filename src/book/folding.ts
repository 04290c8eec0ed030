// How texts are made alike before they are compared, what is typed and what is looked through in the same way: lower case,
// full width as half width (NFKC), without diacritics, traditional Chinese as simplified, without what cannot be seen.

import { simplified } from './simplified.ts';

const ascii = /^[\x20-\x7e]*$/;
/** Marks; but not those that make another kana of one (が is not か). */
const marks = /[^\P{Mn}\u3099\u309a]/gu;
/** Control and formatting characters, and halves of a surrogate pair: marks of direction, joiners, escape sequences. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\ufffd]+/gu;

/** Letters that Unicode does not take for a letter with a mark. */
const letters: Readonly<Record<string, string>> = {
  ß: 'ss',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  æ: 'ae',
  œ: 'oe',
  ı: 'i',
  ħ: 'h',
  ŧ: 't',
  ŋ: 'n',
  ĸ: 'k',
  ς: 'σ',
};
const special = /[ßøłđðþæœıħŧŋĸς]/g;

/** As people write these letters where the keyboard has none. */
const spelled: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', ø: 'oe', å: 'aa' };
const spellable = /[äöüøå]/g;

/** `text` for comparing. A line feed, a tabulator and the like are spaces. */
export function folded(text: string): string {
  if (ascii.test(text)) return text.toLowerCase();
  const plain = text.replaceAll(/\s/g, ' ').normalize('NFKC').toLowerCase().replaceAll(unseen, '');
  const bare = plain.normalize('NFD').replaceAll(marks, '').normalize('NFC');
  return simplified(bare.replaceAll(special, (letter) => letters[letter] ?? letter));
}

/** `text` for comparing, `müller` as `mueller`; undefined where it has no such letter. */
export function foldedAsSpelled(text: string): string | undefined {
  if (ascii.test(text)) return undefined;
  const plain = text.normalize('NFC').toLowerCase();
  const other = plain.replaceAll(spellable, (letter) => spelled[letter] ?? letter);
  return other === plain ? undefined : folded(other);
}
