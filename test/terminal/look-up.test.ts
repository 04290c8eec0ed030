import { expect, test } from 'vitest';
import { revision } from '../../src/book/change.ts';
import { personId } from '../../src/book/person-id.ts';
import { nothingOwn, type PersonalEntry } from '../../src/book/personal-entry.ts';
import { lookUpHeld } from '../../src/terminal/look-up.ts';

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
const page = { limit: 10, after: '' };
const found = (text: string): readonly string[] => lookUpHeld(entries, text, page).persons.map(({ id }) => id);

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
  ['ww', ['wang']],
  ['wangwei', ['wang']],
  ['030 800122', ['zoe2']],
  ['mueller', ['zoe2']],
  ['mulelr', ['zoe2']],
])('%s among the entries held finds %j', (text, ids) => {
  expect([...found(text)].sort()).toEqual(ids);
});

test('pages follow each other to the last', () => {
  const first = lookUpHeld(entries, '', { limit: 2, after: '' });
  expect(first).toMatchObject({ total: 3, asTyped: 3, persons: [{ id: 'ada2' }, { id: 'wang' }], next: 'wang' });
  const second = lookUpHeld(entries, '', { limit: 2, after: 'wang' });
  expect(second).toMatchObject({ total: 3, persons: [{ id: 'zoe2' }], next: undefined });
});
