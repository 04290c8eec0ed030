// How Chinese names and words are read. pinyin-pro knows the readings that surnames have of their own
// (曾 zeng, 单 shan, 仇 qiu, 解 xie); the platform's collation does not.

import { pinyin, polyphonic } from 'pinyin-pro';
import { remembered } from './remembered.ts';
import { simplified } from './simplified.ts';

const han = /\p{Script=Han}/u;

export const hasHan = (text: string): boolean => han.test(text);

const read = (text: string, surname: 'head' | 'off'): readonly string[] =>
  pinyin(text, { type: 'array', toneType: 'none', surname, nonZh: 'removed', toneSandhi: false });

const readName = remembered((name) => read(simplified(name), 'head'));
const readWords = remembered((text) => read(text, 'off'));

/** The syllables of the Han characters of a person's name, surname first, with `ü`; empty where there are none. */
const nameSyllables = (name: string): readonly string[] => (hasHan(name) ? readName(name) : []);

/** How one character is read, the usual way first. */
const characterReadings = remembered(
  (character) => polyphonic(character, { type: 'array', toneType: 'none', nonZh: 'removed' })[0] ?? [],
);

/** Of each character in turn, how it may be read, the likeliest first; with `ü`. */
export type Readings = readonly (readonly string[])[];

// Beyond the third, readings are those of old texts.
const mostReadings = 3;

function withOthers(text: string, likeliest: readonly string[]): Readings {
  const characters = Array.from(text).filter(hasHan);
  if (characters.length !== likeliest.length) return likeliest.map((syllable) => [syllable]);
  return characters.map((character, at) => {
    const first = likeliest[at] ?? '';
    return [...new Set([first, ...characterReadings(character)])].slice(0, mostReadings);
  });
}

/** Of the Han characters of a name, surname first: 单雄信 is Shan Xiongxin, and may be read Dan. */
export const nameReadings = (name: string): Readings => withOthers(name, nameSyllables(name));

/** Of the Han characters of any other text. */
export const wordReadings = (text: string): Readings => (hasHan(text) ? withOthers(text, readWords(text)) : []);

const compoundSurnames = new Set(
  (
    '欧阳 歐陽 太史 端木 上官 司马 司馬 东方 東方 独孤 獨孤 南宫 南宮 万俟 闻人 聞人 夏侯 诸葛 諸葛 尉迟 尉遲 公羊 赫连 ' +
    '赫連 澹台 皇甫 宗政 濮阳 濮陽 公冶 太叔 申屠 公孙 公孫 慕容 仲孙 仲孫 钟离 鍾離 长孙 長孫 宇文 司徒 鲜于 鮮于 司空 ' +
    '闾丘 令狐 呼延 西门 西門 东郭 東郭 百里 南门 南門 拓跋'
  ).split(' '),
);

const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);

/** How many of a Chinese name's characters are the surname. `surname` is what the directory says it is, where it does. */
export function surnameLength(characters: readonly string[], surname?: string): number {
  const stated = surname !== undefined && characters.join('').startsWith(surname) ? Array.from(surname).length : 0;
  if (stated > 0 && stated < characters.length) return stated;
  return characters.length > 2 && compoundSurnames.has(characters.slice(0, 2).join('')) ? 2 : 1;
}

/** A name may go on in other letters: `张伟 Bob`, `张伟（研发）`. */
const beginning = /^[\p{Script=Han}\s·]*/u;

/**
 * A Chinese name in Latin letters, surname first: `Zhang Wei`, `Ouyang Xiu`, `Lü Bu`; undefined where `name` does not begin
 * with two Han characters that can be read.
 */
export function romanised(name: string, surname?: string): string | undefined {
  const characters = Array.from((beginning.exec(name)?.[0] ?? '').replaceAll(/[\s·]/gu, ''));
  if (characters.length < 2) return undefined;
  const syllables = nameSyllables(characters.join(''));
  if (syllables.length !== characters.length || syllables.some(hasHan)) return undefined;
  const length = surnameLength(characters, surname);
  return `${capital(syllables.slice(0, length).join(''))} ${capital(syllables.slice(length).join(''))}`;
}
