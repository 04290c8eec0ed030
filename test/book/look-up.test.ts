import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findableOf } from '../../src/book/findable.ts';
import { romanised } from '../../src/book/pinyin.ts';
import { sortKey } from '../../src/book/sort-key.ts';
import { readingBy } from '../../src/server/telephone.ts';
import { fitOf, fits, lookUpAmong, mistypedFitOf, queryOf, type Fit } from '../../src/book/look-up.ts';
import type { Fields } from '../../src/book/person.ts';
import { sampleEnterprise } from '../../src/server/sample-enterprise.ts';
import { hostileTexts, mistype } from '../server/look-up-cases.ts';

const fit = (fields: Fields, text: string): Fit | undefined => fitOf(findableOf(fields), queryOf(text));
const mistyped = (fields: Fields, text: string): Fit | undefined => mistypedFitOf(findableOf(fields), queryOf(text));
const zhang: Fields = {
  name: '张伟',
  department: '研发部',
  officeTelephone: '+86 10 8888-8001',
  employeeNumber: 'E-1001',
  mail: 'wei.zhang@example.com',
};

test.each<[string, Fit]>([
  ['张伟', fits.wholeName],
  ['張偉', fits.wholeName],
  ['张', fits.beginningOfName],
  ['伟', fits.part],
  ['伟 张', fits.part],
  ['zw', fits.initials],
  ['zhw', fits.initials],
  ['zhang', fits.pinyin],
  ['zhangwei', fits.pinyin],
  ['ZhangWei', fits.pinyin],
  ["zhang'wei", fits.pinyin],
  ['wei zhang', fits.pinyin],
  ['zwei', fits.pinyin],
  ['zhwei', fits.pinyin],
  ['zhangw', fits.pinyin],
  ['zhang伟', fits.pinyin],
  ['张wei', fits.pinyin],
  ['研发', fits.word],
  ['發部', fits.word],
  ['yanfa', fits.word],
  ['yfb', fits.word],
  ['yfabu', fits.word],
  ['8001', fits.number],
  ['8888 8001', fits.number],
  ['+86 (10) 8888', fits.number],
  ['010-88888001', fits.number],
  ['0086 10 88888001', fits.number],
  ['８００１', fits.number],
  ['e-1001', fits.number],
  ['E1001', fits.number],
  ['1001', fits.number],
  ['wei.zhang@', fits.number],
  ['张 yfb 8001', fits.number],
])('张伟 is found by %j', (text, expected) => {
  expect(fit(zhang, text)).toBe(expected);
});

test.each(['李', 'zhao', 'wz', 'zhei', 'angwei', '9001', '张 wang', 'zhang@', 'example.com', '%', '.*'])(
  '张伟 is not found by %j',
  (text) => {
    expect(fit(zhang, text)).toBeUndefined();
  },
);

test.each([
  ['曾国藩', 'zengguofan', 'zgf'],
  ['曾国藩', 'cengguo', 'guofan'],
  ['单雄信', 'shan', 'sxx'],
  ['單雄信', 'shanx', 'dan'],
  ['尉迟恭', 'yuchi', 'ycg'],
  ['尉遲恭', 'yuchigong', 'weichi'],
  ['解缙', 'xiejin', 'jie'],
  ['欧阳修', 'ouyangxiu', 'oyx'],
  ['乐毅', 'yueyi', 'leyi'],
  ['吕布', 'lvbu', 'lubu'],
  ['吕布', 'lübu', 'lb'],
  ['西安', "xi'an", 'xian'],
  ['José Müller', 'jose', 'muller'],
  ['José Müller', 'josé', 'MÜLLER'],
  ['José Müller', 'mueller', 'jm'],
  ['Gerd Groß', 'gross', 'GROẞ'],
  ['Søren Ørsted', 'soren orsted', 'soeren oersted'],
  ['Łukasz Żółw', 'lukasz zolw', 'ŁUKASZ'],
  ['İpek Şahin', 'ipek', 'sahin'],
  ['Ada Lovelace', 'lovelace ada', 'al'],
  ['Ada King Lovelace', 'akl', 'al'],
  ["Conan O'Brien", 'obrien', "o'brien"],
  ['Jean-Luc Picard', 'jean luc', 'jeanluc'],
  ['Иван Петров', 'петров', 'ИВАН П'],
  ['محمد علي', 'علي', '\u200fمحمد'],
  ['김철수', '철수', '김'],
  ['が 山田', 'が', '田'],
  ['𠮷田', '𠮷', '田'],
])('%s is found by %j and %j', (name, one, other) => {
  expect(fit({ name }, one)).toBeDefined();
  expect(fit({ name }, other)).toBeDefined();
});

test('a reader of kana is not given another one for the mark that makes it', () => {
  expect(fit({ name: 'がか' }, 'かか')).toBeUndefined();
});

test('pinyin that the directory tells is found without its spaces, by initials and without its tones', () => {
  for (const text of ['zw', 'zhangwei', 'zhang', 'wei', 'zwei']) {
    expect(fit({ name: 'Wei', pinyin: 'Zhāng Wěi' }, text)).toBeDefined();
    expect(fit({ name: '魏', pinyin: 'Zhang Wei' }, text)).toBeDefined();
  }
  expect(fit({ name: '吕布', pinyin: 'Lü Bu' }, 'lv bu')).toBe(fits.pinyin);
});

test('the better fits come first: name, its beginning, a part of it, initials, pinyin, department, number, mistyped', () => {
  const people: readonly Fields[] = [
    { name: 'Ann Kalin', mail: 'x@example.com' },
    { name: 'Bo Smith', mail: 'alin@example.com' },
    { name: 'Cy Smith', department: 'Alinea' },
    { name: '阿林', surname: '阿' },
    { name: 'Adam Lee Ito Nu' },
    { name: 'Dora Alinski' },
    { name: 'Alina Petit' },
    { name: 'Alin' },
  ];
  const found = lookUpAmong(
    people.map((fields) => ({ fields, findable: findableOf(fields) })),
    queryOf('alin'),
  );
  expect(found.map(({ item, fit: how }) => [item.fields.name, how])).toEqual([
    ['Alin', fits.wholeName],
    ['Alina Petit', fits.beginningOfName],
    ['Dora Alinski', fits.part],
    ['Adam Lee Ito Nu', fits.initials],
    ['阿林', fits.pinyin],
    ['Cy Smith', fits.word],
    ['Bo Smith', fits.number],
  ]);
});

test.each([
  ['Ada Lovelace', 'lovelcae', fits.mistyped],
  ['Ada Lovelace', 'ada lovelcae', fits.mistyped],
  ['Ada Lovelace', 'kovelace', fits.mistyped],
  ['Ada Lovelace', 'lvoelaec', fits.mistyped],
  ['Ada Lovelace', 'lvoelea', undefined],
  ['Ada Lovelace', 'lovlea', fits.mistypedBeginning],
  ['张伟', 'zhagnwei', fits.mistyped],
  ['Jose Garcia', 'gracia', fits.mistyped],
  ['Jose Garcia', 'gracai', undefined],
  ['Jose Garcia', 'jsoé', fits.mistyped],
  ['Ada King', 'aad', undefined],
])('%s is meant by %j: %s', (name, text, expected) => {
  expect(fit({ name }, text)).toBeUndefined();
  expect(mistyped({ name }, text)).toBe(expected);
});

test('the beginning of an international number finds nobody by a single digit', () => {
  expect(fit({ officeTelephone: '+86 10 8888-8001' }, '008')).toBeUndefined();
  expect(fit({ officeTelephone: '+86 10 8888-8001' }, '00861')).toBe(fits.number);
});

test('typing errors are forgiven in no number', () => {
  expect(mistyped(zhang, '8010')).toBeUndefined();
  expect(mistyped(zhang, '108888800')).toBe(fits.number);
  expect(mistyped(zhang, '108888080')).toBeUndefined();
  expect(mistyped({ name: 'Room 1234567' }, '1234576')).toBeUndefined();
});

test('a query has at most eight words, and what cannot be seen is no word', () => {
  expect(queryOf('a b c d e f g h i j').words).toHaveLength(8);
  expect(queryOf(' \u3000\u202e\u200d ').words).toEqual([]);
  expect(queryOf('ada - lovelace').words.map(({ plain }) => plain)).toEqual(['ada', 'lovelace']);
});

test('persons stand by the name that is shown, Chinese names by their pinyin with surname readings', () => {
  const names = ['Zoe', '曾国藩', 'Ada', '张伟', 'Émile', '安娜', '单雄信', 'ben'];
  const key = (name: string): string => findableOf({ name }).sortKey;
  const sorted = names.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
  expect(sorted).toEqual(['Ada', '安娜', 'ben', 'Émile', '单雄信', '曾国藩', '张伟', 'Zoe']);
  expect(sortKey({})).toBe('');
});

const people = sampleEnterprise(400).map(({ fields }) => fields);
const someone = fc.constantFrom(...people);
const beginning = (text: string, length: number): string => text.slice(0, 1 + (length % text.length));

test('everyone is found by each beginning of the own name, pinyin and initials, and by the digits of a telephone', () =>
  fc.assert(
    fc.property(someone, fc.nat(99), (fields, length) => {
      const { name = '', pinyin, mobileTelephone = '', mail = '', employeeNumber = '' } = fields;
      const texts = [name, ...name.split(' '), ...(pinyin === undefined ? [] : [pinyin, pinyin.replace(' ', '')])];
      const initials = (pinyin ?? name).split(' ').map((word) => word.charAt(0));
      texts.push(initials.join(''), mail.split('@')[0] ?? '', employeeNumber);
      for (const text of texts) expect(fit(fields, beginning(text, length))).toBeDefined();
      const digits = mobileTelephone.replaceAll(/\D/g, '');
      expect(fit(fields, digits.slice(-3 - (length % 8)))).toBeDefined();
      expect(fit(fields, `+${digits}`)).toBeDefined();
      expect(fit(fields, `0${digits.slice(2)}`)).toBeDefined();
    }),
  ));

test('whatever is typed is an answer, and everybody’s own name still is', () =>
  fc.assert(
    fc.property(fc.oneof(fc.constantFrom(...hostileTexts), fc.string({ unit: 'binary', maxLength: 300 })), (text) => {
      expect([undefined, ...Object.values(fits)]).toContain(fit(zhang, text));
      expect([undefined, ...Object.values(fits)]).toContain(mistyped(zhang, text));
      expect(
        findableOf({ name: text, department: text, pinyin: text, mobileTelephone: text, mail: text }),
      ).toBeDefined();
    }),
  ));

test('a name that was mistyped once is still the name that is meant', () =>
  fc.assert(
    fc.property(someone, fc.nat(), fc.nat(3), (fields, at, how) => {
      const { name = '' } = fields;
      const word = name.split(' ').at(-1) ?? '';
      fc.pre(/^[A-Za-z]{5,}$/.test(word));
      const wrong = mistype(word, { at, how });
      expect(mistyped(fields, wrong)).toBeDefined();
    }),
  ));

test.each([
  ['+8613812345678', '138 1234 5678'],
  ['13812345678', '138 1234 5678'],
  ['+86 10 8888 8001', '010-88888001'],
  ['010-8888-8001', '010-88888001'],
  ['01088888001', '010-88888001'],
  ['88888001', '010-88888001'],
  ['12', '010-88888001 转 12'],
  ['8001', '8001'],
])('a number typed as %j is found where the directory has %j', (typed, written) => {
  const uri = readingBy({ country: 'CN' })(written);
  const fields = { name: 'A', officeTelephone: written, ...(uri !== undefined && { officeTelephoneUri: uri }) };
  expect(typed.length < 3 || fit(fields, typed) !== undefined).toBe(true);
  expect(fit(fields, '+86 10 8888 8002')).toBeUndefined();
});

test('a name in each script is found, and as it is read', () => {
  const names = { name: 'Taro Yamada', nativeName: '山田太郎', phoneticName: 'やまだ たろう' };
  for (const text of ['taro', '山田', '太郎', 'やまだ', 'たろう']) expect(fit(names, text)).toBeDefined();
});

test.each([
  ['单雄信', 'Shan'],
  ['曾国藩', 'Zeng'],
  ['查良镛', 'Zha'],
  ['仇英', 'Qiu'],
  ['解缙', 'Xie'],
  ['任正非', 'Ren'],
  ['區家偉', 'Ou'],
])('%s has the surname %s, and stands under it', (name, surname) => {
  const pinyin = romanised(name) ?? '';
  expect(pinyin.split(' ')[0]).toBe(surname);
  expect(sortKey({ name, pinyin }).startsWith(surname.toLowerCase())).toBe(true);
});

test('the sort key is made of what travels: Latin without diacritics, Chinese by pinyin, Japanese by kana', () => {
  const people = [
    { name: 'Zoe' },
    { name: 'Østergaard' },
    { name: 'Oscar' },
    { name: 'Ångström' },
    { name: 'Andersen' },
    { name: '单雄信', pinyin: 'Shan Xiongxin' },
    { name: '吕布', pinyin: 'Lü Bu' },
    { name: '鲁迅', pinyin: 'Lu Xun' },
    { name: '山田', phoneticName: 'ヤマダ' },
    { name: '安部', phoneticName: 'あべ' },
    { name: '王', chineseName: '王' },
  ];
  const sorted = people.toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1)).map(({ name }) => name);
  expect(sorted).toEqual([
    'Andersen',
    'Ångström',
    '鲁迅',
    '吕布',
    'Oscar',
    'Østergaard',
    '单雄信',
    'Zoe',
    '安部',
    '山田',
    '王',
  ]);
});
