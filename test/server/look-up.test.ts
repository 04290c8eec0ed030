import { expect, test } from 'vitest';
import type { Fields } from '../../src/book/person.ts';
import { foldedText, sortKey, wordsOf } from '../../src/server/look-up.ts';

const finds = (fields: Fields, query: string): boolean => {
  const text = foldedText(fields);
  return wordsOf(query).every((word) => text.includes(word));
};
const zhang: Fields = {
  name: '张伟',
  department: '研发部',
  officeTelephone: '+86 10 8888-8001',
  employeeNumber: 'E-1001',
  mail: 'wei.zhang@example.com',
  homeTelephone: '555777',
};

test.each([
  '张',
  '伟',
  '张伟',
  'zhang',
  'zhangwei',
  'ZhangWei',
  'zw',
  'wei zhang',
  '研发',
  'yanfa',
  'yfb',
  '8001',
  '8888 8001',
  '+86 (10) 8888',
  '８００１',
  'e-1001',
  '1001',
  'wei.zhang@',
  '',
])('张伟 is found by %j', (query) => {
  expect(finds(zhang, query)).toBe(true);
});

test.each(['李', 'zhao', 'wz', '9001', '张 wang', '555777'])('张伟 is not found by %j', (query) => {
  expect(finds(zhang, query)).toBe(false);
});

test.each([
  ['曾国藩', 'zengguofan', 'zgf'],
  ['单雄信', 'shan', 'sxx'],
  ['欧阳修', 'ouyangxiu', 'oyx'],
  ['吕布', 'lvbu', 'lubu'],
  ['吕布', 'lübu', 'lb'],
  ['José Müller', 'jose', 'muller'],
  ['José Müller', 'josé', 'MÜLLER'],
  ['Ada Lovelace', 'lovelace ada', 'a'],
  ['𠮷田', '𠮷', '田'],
])('%s is found by %j and %j', (name, one, other) => {
  expect(finds({ name }, one)).toBe(true);
  expect(finds({ name }, other)).toBe(true);
});

test('pinyin of the directory is found without its spaces and by initials', () => {
  expect(finds({ name: 'Wei', pinyin: 'Zhāng Wěi' }, 'zw')).toBe(true);
  expect(finds({ name: 'Wei', pinyin: 'Zhang Wei' }, 'zhangwei')).toBe(true);
});

test('words do not match across two values, and a query has at most eight', () => {
  expect(finds({ name: 'ab', department: 'cd' }, 'bc')).toBe(false);
  expect(wordsOf('a b c d e f g h i j')).toHaveLength(8);
  expect(wordsOf(' \u3000 ')).toEqual([]);
});

test('persons stand by the name that is shown, Chinese names by their pinyin with surname readings', () => {
  const names = ['Zoe', '曾国藩', 'Ada', '张伟', 'Émile', '安娜', '单雄信', 'ben'];
  const sorted = names.toSorted((a, b) => (sortKey({ name: a }) < sortKey({ name: b }) ? -1 : 1));
  expect(sorted).toEqual(['Ada', '安娜', 'ben', 'Émile', '单雄信', '曾国藩', '张伟', 'Zoe']);
  expect(sortKey({})).toBe('\t');
});
