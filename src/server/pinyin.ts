// How Chinese names and words are read. pinyin-pro knows the readings that surnames have of their own
// (曾 zeng, 单 shan, 仇 qiu, 解 xie); the platform's collation does not.

import { pinyin } from 'pinyin-pro';

const han = /\p{Script=Han}/u;

export const hasHan = (text: string): boolean => han.test(text);

// A pure function's answers, kept because names and departments repeat; it starts anew when full so
// that it cannot grow without bound.
const most = 50_000;
const readNames = new Map<string, readonly string[]>();
const readWords = new Map<string, readonly string[]>();

function kept(read: Map<string, readonly string[]>, text: string, surname: 'head' | 'off'): readonly string[] {
  const before = read.get(text);
  if (before !== undefined) return before;
  if (read.size >= most) read.clear();
  const syllables = pinyin(text, { type: 'array', toneType: 'none', surname, nonZh: 'removed', toneSandhi: false });
  read.set(text, syllables);
  return syllables;
}

/** The syllables of the Han characters of a person's name, surname first, with `ü`; empty where there are none. */
export const nameSyllables = (name: string): readonly string[] => (hasHan(name) ? kept(readNames, name, 'head') : []);

/** The syllables of the Han characters of any other text, with `ü`; empty where there are none. */
export const syllables = (text: string): readonly string[] => (hasHan(text) ? kept(readWords, text, 'off') : []);

const compoundSurnames = new Set(
  (
    '欧阳 歐陽 太史 端木 上官 司马 司馬 东方 東方 独孤 獨孤 南宫 南宮 万俟 闻人 聞人 夏侯 诸葛 諸葛 尉迟 尉遲 公羊 赫连 ' +
    '赫連 澹台 皇甫 宗政 濮阳 濮陽 公冶 太叔 申屠 公孙 公孫 慕容 仲孙 仲孫 钟离 鍾離 长孙 長孫 宇文 司徒 鲜于 鮮于 司空 ' +
    '闾丘 令狐 呼延 西门 西門 东郭 東郭 百里 南门 南門 拓跋'
  ).split(' '),
);

const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);

/**
 * A Chinese name in Latin letters, surname first: `Zhang Wei`, `Ouyang Xiu`, `Lü Bu`; undefined where
 * `name` is not wholly of Han characters. `surname` is what the directory says it is, where it does.
 */
export function romanised(name: string, surname?: string): string | undefined {
  const characters = Array.from(name.replaceAll(/[\s·]/gu, ''));
  if (characters.length < 2 || !characters.every(hasHan)) return undefined;
  const read = nameSyllables(characters.join(''));
  if (read.length !== characters.length || read.some(hasHan)) return undefined;
  const stated = surname !== undefined && characters.join('').startsWith(surname) ? Array.from(surname).length : 0;
  const compound = characters.length > 2 && compoundSurnames.has(characters.slice(0, 2).join('')) ? 2 : 1;
  const length = stated > 0 && stated < characters.length ? stated : compound;
  return `${capital(read.slice(0, length).join(''))} ${capital(read.slice(length).join(''))}`;
}
