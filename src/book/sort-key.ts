// Where a person stands among others in a list: made of fields that travel anyway (`pinyin`, `phoneticName`), so that a
// terminal sorts offline and needs no dictionary of readings.

import { bare } from './bare-text.ts';
import type { Fields } from './person.ts';

/** Of a longer name the rest does not count. */
const mostLength = 200;

const han = /^\s*\p{Script=Han}/u;
const umlauts = /[üǖǘǚǜ]/g;
const kana = /[\u30a1-\u30f6]/g;

/** Katakana as hiragana: ア and あ stand together. */
const asHiragana = (text: string): string =>
  text.replaceAll(kana, (character) => String.fromCharCode(character.charCodeAt(0) - 0x60));

/**
 * To be compared by code units. By the name that is shown: one that begins with Han characters stands where its pinyin does
 * (单 as Shan), or its kana; a Latin one without regard to case and diacritics (Ångström under A, Østergaard under O).
 */
export function sortKey(fields: Fields): string {
  const name = (fields.name ?? fields.chineseName ?? fields.englishName ?? fields.nativeName ?? '').slice(
    0,
    mostLength,
  );
  const whole = asHiragana(bare(name));
  if (!han.test(name)) return whole;
  const read = fields.phoneticName ?? fields.pinyin;
  if (read === undefined) return whole;
  // Lü stands after Lu, as `lv`.
  const plain = read.slice(0, mostLength).normalize('NFC').toLowerCase().replaceAll(umlauts, 'v');
  return `${asHiragana(bare(plain))}\t${whole}`;
}
