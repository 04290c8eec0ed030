import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findableOf, type Findable } from '../../src/book/findable.ts';
import { fits, lookUpAmong, queryOf } from '../../src/book/look-up.ts';
import type { Fields } from '../../src/book/person.ts';
import { LookUpIndex, type Asked, type FoundPage, type Place } from '../../src/server/look-up-index.ts';
import { parsePlace, printPlace } from '../../src/server/look-up-place.ts';
import { sampleEnterprise } from '../../src/server/sample-enterprise.ts';
import { hostileTexts, mistype } from './look-up-cases.ts';

const nobodyNear = { department: '', manager: undefined };
const asking = (text: string, limit = 1000, after?: Place): Asked => ({ text, limit, after, near: nobodyNear });

const names = [
  'Ada Lovelace',
  'Adam Lee',
  '张伟',
  '張偉',
  '单雄信',
  '尉迟恭',
  'José Müller',
  'Wei Zhang',
  'Zhang',
  'Dana Leeds',
];
const fieldsOf: fc.Arbitrary<Fields> = fc.record(
  {
    name: fc.constantFrom(...names),
    chineseName: fc.constantFrom('张伟', '曾国藩', '解缙'),
    pinyin: fc.constantFrom('Zhang Wei', 'Shan Xiongxin'),
    department: fc.constantFrom('Research', '研发部', 'Sales Lee', 'zhang'),
    officeTelephone: fc.constantFrom('+86 10 8888-8001', '8001', '020 7946 0018', '+44 (0)20 7946 0018 ext. 123'),
    mail: fc.constantFrom('ada@example.com', 'wei.zhang@example.com'),
    employeeNumber: fc.constantFrom('E-1001', '80012'),
  },
  { requiredKeys: [] },
);
const asked = fc.oneof(
  fc.constantFrom(
    'a',
    'ada',
    'lee',
    'al',
    'zw',
    'zhangwei',
    'zwei',
    'zhwei',
    '张',
    'zhang伟',
    'wei zhang',
    'shan',
    'dan',
  ),
  fc.constantFrom(
    'yfb',
    'yanf',
    '8001',
    '+44 20 7946 0018',
    '020 7946',
    '80012',
    'ada@',
    '',
    'lovelcae',
    'zhnag',
    'jsoe',
  ),
  fc.constantFrom('ada lovelcae', 'reserach', 'dnaa', 'lee sales', 'muller', 'mueller', 'e1001', '123', '%', 'z', '伟'),
  fc.string({ unit: fc.constantFrom('a', 'd', 'z', 'h', 'e', 'l', ' ', '8', '0', '张', '伟'), maxLength: 9 }),
);

interface Person {
  readonly number: number;
  readonly findable: Findable;
}

test('the index finds whom the plain way finds, in the same order, whatever changes', () =>
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(60), fc.option(fieldsOf)), { maxLength: 120 }),
      fc.array(asked, { minLength: 1, maxLength: 6 }),
      (changes, texts) => {
        const index = new LookUpIndex();
        const people = new Map<number, Person>();
        for (const [number, fields] of changes) {
          people.delete(number);
          if (fields === null) index.remove(number);
          else {
            const findable = findableOf(fields);
            index.put(number, findable);
            people.set(number, { number, findable });
          }
        }
        const oracle = [...people.values()].sort((a, b) => a.number - b.number);
        for (const text of texts) {
          const expected = lookUpAmong(oracle, queryOf(text));
          expect(index.find(asking(text))).toEqual({
            total: expected.length,
            asTyped: expected.filter(({ fit }) => fit < fits.mistyped).length,
            numbers: expected.map(({ item }) => item.number),
          } satisfies FoundPage);
        }
      },
    ),
    { numRuns: 300 },
  ));

const sample = sampleEnterprise(3000).map(({ fields }) => fields);
const whole = new LookUpIndex();
for (const [number, fields] of sample.entries()) whole.put(number, findableOf(fields));
const someone = fc.integer({ min: 0, max: sample.length - 1 });

/** All pages, as somebody reads them; between two of them `meanwhile` happens. */
function paged(
  index: LookUpIndex,
  text: string,
  meanwhile: (page: number) => void = () => undefined,
): readonly number[] {
  const numbers: number[] = [];
  let after: Place | undefined;
  for (let page = 0; page < 1000; page += 1) {
    const found = index.find(asking(text, 7, after));
    numbers.push(...found.numbers);
    if (found.next === undefined) return numbers;
    after = parsePlace(printPlace(found.next));
    meanwhile(page);
  }
  throw new Error(`${text}: the pages do not end`);
}

test('the pages together are all who fit, in order, also of more than are sorted at once', () => {
  expect(paged(whole, 'wang')).toEqual(whole.find(asking('wang')).numbers);
  const everyone = whole.find(asking('', 5000)).numbers;
  expect(everyone).toHaveLength(3000);
  expect(paged(whole, '')).toEqual(everyone);
});

test('whoever comes, goes or changes between two pages, of the others none is passed over and none comes twice', () =>
  fc.assert(
    fc.property(
      fc.constantFrom('e', 'wang', 'research', ''),
      fc.array(fc.tuple(fc.nat(299), fc.constantFrom('put', 'gone')), { minLength: 1, maxLength: 40 }),
      (text, changes) => {
        const index = new LookUpIndex();
        for (const [number, fields] of sample.slice(0, 300).entries()) index.put(number, findableOf(fields));
        const before = index.find(asking(text)).numbers;
        const numbers = paged(index, text, (page) => {
          const [number, kind] = changes[page] ?? [0, 'none'];
          if (kind === 'put') index.put(number, findableOf(sample[number + 1000] ?? {}));
          if (kind === 'gone') index.remove(number);
        });
        const changed = new Set(changes.map(([number]) => number));
        const steady = (all: readonly number[]): readonly number[] => all.filter((number) => !changed.has(number));
        expect(steady(numbers)).toEqual(steady(before));
      },
    ),
    { numRuns: 60 },
  ));

test('with one typing error in the whole name everyone is among the first twenty', () =>
  fc.assert(
    fc.property(someone, fc.nat(), fc.nat(3), (number, at, how) => {
      const name = sample[number]?.name ?? '';
      fc.pre(/^[A-Za-z]+ [A-Za-z]{5,}$/.test(name));
      const [given = '', surname = ''] = name.split(' ');
      const found = whole.find(asking(`${given} ${mistype(surname, { at, how })}`, 1000)).numbers;
      const sameName = found.filter((each) => sample[each]?.name === name);
      const first = found.findIndex((each) => sample[each]?.name === name);
      expect(sameName).toContain(number);
      expect(first).toBeLessThan(20);
    }),
  ));

test('the own department and the manager stand first among those who fit equally, and only among them', () => {
  const index = new LookUpIndex();
  const put = (number: number, name: string, department: string): void =>
    index.put(number, findableOf({ name, department }));
  put(1, 'Wang Abe', 'Sales');
  put(2, 'Wang Cid', 'Research');
  put(3, 'Wang Bob', 'Finance');
  put(4, 'Eve Wang', 'Research');
  put(5, 'Wang', 'Legal');
  const near = { department: 'research', manager: 3 };
  expect(index.find({ ...asking('wang'), near }).numbers).toEqual([5, 3, 2, 1, 4]);
  expect(index.find(asking('wang')).numbers).toEqual([5, 1, 3, 2, 4]);
});

test('an index is worn once a third of it is dead, and not before', () => {
  const index = new LookUpIndex();
  for (let number = 0; number < 2000; number += 1) index.put(number, findableOf({ name: `N${number}` }));
  for (let number = 0; number < 1000; number += 1) index.put(number, findableOf({ name: `M${number}` }));
  expect([index.worn, index.size]).toEqual([false, 2000]);
  index.put(0, findableOf({ name: 'Ada' }));
  expect(index.worn).toBe(true);
  expect(index.find(asking('ada')).numbers).toEqual([0]);
  expect(index.find(asking('n0')).numbers).toEqual([]);
});

test.each(hostileTexts.map((text) => [text.slice(0, 12), text] as const))('%j is an answer', (_, text) => {
  const { total, numbers } = whole.find(asking(text, 5));
  expect(total).toBeGreaterThanOrEqual(numbers.length);
});

test('a place that nobody printed is none', () => {
  for (const text of ['', 'x', '1', '1.', '.a', '100.a', '1.%', '1.%zz', '-1.a'])
    expect(parsePlace(text)).toBeUndefined();
  expect(parsePlace(printPlace({ group: 3, key: 'zhang wei\t张伟\u00000001' }))?.key).toBe('zhang wei\t张伟\u00000001');
});
