import { expect, test } from 'vitest';
import { revision } from '../../src/book/change.ts';
import { personId } from '../../src/book/person-id.ts';
import { nothingOwn, type PersonalEntry } from '../../src/book/personal-entry.ts';
import { lookUpAmong } from '../../src/terminal/look-up.ts';

const entry = (id: string, base: PersonalEntry['base'], own: Partial<PersonalEntry['own']> = {}): PersonalEntry => ({
  person: personId(id),
  base,
  revision: revision(1),
  own: { ...nothingOwn, ...own },
  state: 'held',
});
const entries = [
  entry('zoe2', { name: 'Zoë Müller', officeTelephone: '+49 (30) 8001-22' }),
  entry('wang', { name: 'Wang Wei', chineseName: '王伟', pinyin: 'wang wei' }, { nickname: 'Bear' }),
  entry('ada2', { name: 'Ada', mail: 'ada@example.com' }, { values: { mail: 'mine@example.org' } }),
];
const page = { limit: 10, offset: 0 };
const found = (text: string): readonly string[] => lookUpAmong(entries, text, page).persons.map(({ id }) => id);

test.each([
  ['zoe muller', ['zoe2']],
  ['ZOË', ['zoe2']],
  ['800122', ['zoe2']],
  ['8001-22', ['zoe2']],
  ['王伟', ['wang']],
  ['bear wei', ['wang']],
  ['mine@', ['ada2']],
  ['ada@', []],
  ['', ['ada2', 'wang', 'zoe2']],
  ['nobody', []],
])('%s among the entries held finds %j', (text, ids) => {
  expect([...found(text)].sort()).toEqual(ids);
});

test('a page is a part of all that was found', () => {
  expect(lookUpAmong(entries, '', { limit: 1, offset: 1 })).toMatchObject({ total: 3, persons: { length: 1 } });
});
