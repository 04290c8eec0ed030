import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shown, nothingOwn, prompts, type PersonalEntry } from '../../src/book/personal-entry.ts';
import { personId } from '../../src/book/person-id.ts';
import { revision } from '../../src/book/change.ts';
import { wallTime } from '../../src/base/time.ts';
import { numbersOf, partedNumber, telUri } from '../../src/book/telephone.ts';
import { sourceName } from '../../src/server/change-log.ts';
import { merged } from '../../src/server/merge.ts';
import { readingBy, readNumbers } from '../../src/server/telephone.ts';

test.each([
  ['+86 10 8888 8001', 'tel:+861088888001'],
  ['+86-10-8888-8001 ext. 12', 'tel:+861088888001;ext=12'],
  ['tel:+8610-8888-8001;ext=12', 'tel:+861088888001;ext=12'],
  ['+86 10 88888001 转12', 'tel:+861088888001;ext=12'],
  ['+86 10 88888001 分机：12', 'tel:+861088888001;ext=12'],
  ['+８６ １０ ８８８８ ８００１', 'tel:+861088888001'],
  ['+44 (0)20 7946 0018', 'tel:+442079460018'],
  ['+49 30 12345#6', 'tel:+493012345;ext=6'],
])('%j says its URI itself: %s', (written, uri) => {
  expect(telUri(written)).toBe(uri);
});

test.each([
  '8001',
  '010-88888001',
  '+86',
  '+0 123 456 789',
  '+12345678901234567',
  '+86 10 8888 8001 or 8002',
  '',
  '+',
  '1+86',
])('%j does not say its URI', (written) => {
  expect(telUri(written)).toBeUndefined();
});

test.each([
  ['CN', undefined, '010-88888001', 'tel:+861088888001'],
  ['CN', undefined, '(010) 8888 8001 转 12', 'tel:+861088888001;ext=12'],
  ['CN', undefined, '13812345678', 'tel:+8613812345678'],
  ['CN', undefined, '0086 10 8888 8001', 'tel:+861088888001'],
  ['CN', undefined, '400-800-1234', 'tel:+864008001234'],
  ['CN', undefined, '88888001', undefined],
  ['CN', '010', '88888001', 'tel:+861088888001'],
  ['CN', '010', '8001', undefined],
  ['CN', '010', '110', undefined],
  ['CN', '010', '13812345678', 'tel:+8613812345678'],
  ['CN', undefined, '+86 10 8888 8001', undefined],
  ['CN', undefined, 'Mon-Fri 010 88888001', undefined],
  ['CN', undefined, '010 88888001 / 88888002', undefined],
  ['GB', undefined, '020 7946 0018', 'tel:+442079460018'],
  ['IT', undefined, '06 698 12345', 'tel:+390669812345'],
  ['US', undefined, '456-1111', undefined],
  ['US', '202', '456-1111', 'tel:+12024561111'],
  ['US', undefined, '(202) 456-1111 x12', 'tel:+12024561111;ext=12'],
  ['DE', undefined, '030 12345', 'tel:+493012345'],
  ['DE', undefined, '12345', undefined],
] as const)('in %s (area %s) %j is %s', (country, area, written, uri) => {
  expect(readingBy({ country, area })(written)).toBe(uri);
});

test('a value that is too long to be a number is none, however it is made', () => {
  const read = readingBy({ country: 'CN' });
  for (const piece of [' ', '1', '+', '#1', ' x', '(', 'ext', ',;', '转 '])
    for (const text of [piece.repeat(8192), `${piece.repeat(8192)}1`, `+86${piece.repeat(8192)}#1`]) {
      expect([telUri(text), read(text)]).toEqual([undefined, undefined]);
      expect(partedNumber(text)).toEqual({ main: text.trim() });
    }
});

test('the numbers of a list have their URIs in the order of the numbers', () => {
  const found = { otherTelephones: '+86 138 1234 5678\n010-88888001\n8001', fax: '8002', faxUri: 'tel:+1' };
  readNumbers(found, readingBy({ country: 'CN' }));
  expect(found).toEqual({
    otherTelephones: '+86 138 1234 5678\n010-88888001\n8001',
    otherTelephonesUris: '\ntel:+861088888001\n',
    fax: '8002',
  });
  expect(numbersOf(found, 'otherTelephones')).toEqual([
    { written: '+86 138 1234 5678', uri: 'tel:+8613812345678' },
    { written: '010-88888001', uri: 'tel:+861088888001' },
    { written: '8001' },
  ]);
  expect(numbersOf(found, 'homeTelephone')).toEqual([]);
  readNumbers(found, undefined);
  expect(found).not.toHaveProperty('otherTelephonesUris');
});

test('the employee’s own number has no URI of the enterprise’s, and a change of a number is told once', () => {
  const entry = (fields: PersonalEntry['base']): PersonalEntry => ({
    person: personId('abcd'),
    base: fields,
    revision: revision(1),
    own: nothingOwn,
    state: 'held',
  });
  const before = entry({ name: 'A', fax: '010-88888001', faxUri: 'tel:+861088888001' });
  const own = { ...nothingOwn, values: { fax: '010-88888009' } };
  expect(shown({ ...before, own })).toEqual({ name: 'A', fax: '010-88888009' });
  expect(shown(before)).toEqual(before.base);
  const after = entry({ name: 'A', fax: '010-88888002', faxUri: 'tel:+861088888002' });
  expect(prompts(before, after, wallTime(0)).map(({ fact }) => fact)).toEqual([
    { kind: 'altered', field: 'fax', from: '010-88888001', to: '010-88888002' },
  ]);
});

test('whatever stands in the place of a number, a URI is digits and an extension, or there is none', () => {
  const read = readingBy({ country: 'CN', area: '010' });
  const numberLike = fc.string({ unit: fc.constantFrom(...Array.from('0123456789+-() .;ext=转#/')), maxLength: 40 });
  fc.assert(
    fc.property(
      fc.oneof(
        numberLike,
        fc.array(fc.nat(0xffff), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
      ),
      (text) => {
        for (const uri of [telUri(text), read(text)])
          expect(uri ?? 'tel:+1000000').toMatch(/^tel:\+[1-9]\d{5,14}(?:;ext=\d{1,11})?$/);
        expect(text).toContain(partedNumber(text).main);
      },
    ),
    { numRuns: 200 },
  );
});

test('of several sources a number has the URI that the same source gives it, or none', () => {
  const said = [
    { source: sourceName('a'), fields: { fax: '8001', officeTelephone: '010-88888001' } },
    {
      source: sourceName('b'),
      fields: { fax: '010-88888002', faxUri: 'tel:+861088888002', mobileTelephone: '13812345678' },
    },
  ];
  for (const { fields } of said) readNumbers(fields, readingBy({ country: 'CN' }));
  const order = said.map(({ source }) => source);
  expect(merged(said, { order, prefer: {} })).toEqual({
    fax: '8001',
    officeTelephone: '010-88888001',
    officeTelephoneUri: 'tel:+861088888001',
    mobileTelephone: '13812345678',
    mobileTelephoneUri: 'tel:+8613812345678',
  });
  expect(merged(said, { order, prefer: { fax: [sourceName('b')] } })).toMatchObject({
    fax: '010-88888002',
    faxUri: 'tel:+861088888002',
  });
});
