import fc from 'fast-check';
import { expect, test } from 'vitest';
import { revision } from '../../src/book/change.ts';
import { personId } from '../../src/book/person-id.ts';
import { nothingOwn, type Own, type PersonalEntry } from '../../src/book/personal-entry.ts';
import type { Fields } from '../../src/book/person.ts';
import { TerminalFault } from '../../src/terminal/terminal-fault.ts';
import { ownersOf, whoseNumber } from '../../src/terminal/whose-number.ts';

const entry = (id: string, base: Fields, own: Partial<Own> = {}): PersonalEntry => ({
  person: personId(id),
  base,
  revision: revision(1),
  own: { ...nothingOwn, ...own },
  state: 'held',
});
const [ada, ben, cleo, dan] = [
  entry('adaa', { officeTelephone: '010-88888001 转 12', officeTelephoneUri: 'tel:+861088888001;ext=12' }),
  entry('bennn', { officeTelephone: '8001', mobileTelephone: '139 1234 5678' }),
  entry(
    'cleoo',
    { officeTelephone: '+44 (0)20 7946 0018' },
    { numbers: [{ label: 'cottage', number: '+1 212 555 0123' }] },
  ),
  entry('dannn', {
    officeTelephone: '010-88888001 转 34',
    officeTelephoneUri: 'tel:+861088888001;ext=34',
    fax: '88887777',
  }),
] as const;
const people = [ada, ben, cleo, dan];
const owners = (text: string) =>
  ownersOf(people, text).map(({ person }) => people.findIndex((each) => each.person === person));

test.each<[string, readonly number[]]>([
  ['+86 10 8888 8001', [0, 3]],
  ['+861088888001', [0, 3]],
  ['tel:+86-10-8888-8001;ext=12', [0]],
  ['sip:+861088888001@sip.example.com', [0, 3]],
  ['Tel. +86 (10) 8888-8001 ext. 34', [3]],
  ['电话：０１０－８８８８８００１', [0, 3]],
  ['010 8888 8001', [0, 3]],
  ['8888-8001', [0, 3]],
  ['0086 10 88888001', [0, 3]],
  ['861088888001', [0, 3]],
  ['\u202A+86\u00A010\u00A08888\u20118001\u202C', [0, 3]],
  ['8001', [1]],
  ['12', []],
  ['0012', []],
  ['0018', [2]],
  ['+86 139 1234 5678', [1]],
  ['13912345678', [1]],
  ['+44 20 7946 0018', [2]],
  ['020 7946 0018', [2]],
  ['7946 0018', [2]],
  ['+1 (212) 555-0123', [2]],
  ['5550123', [2]],
  ['88887777', [3]],
  ['+44 20 1234 8001', []],
  ['+1 10 8888 8001', []],
  ['+86 21 8888 8001', []],
  ['Ada', []],
  ['', []],
  ['8001 or 8002', []],
  ['0'.repeat(99), []],
  ['+', []],
  ['1'.repeat(10_000), []],
])('%j is the number of %j', (text, expected) => {
  expect(owners(text)).toEqual(expected);
});

test('nobody is asked for a number that is held; a server finds the others, and of what it finds only whose number it is counts', async () => {
  const asked: string[] = [];
  const eve = { id: personId('eveee'), fields: { mobileTelephone: '+86 138 0000 1111' } };
  const other = { id: personId('other'), fields: { employeeNumber: '8613800001111', officeTelephone: '9999' } };
  const enterprise = {
    lookUp: async (text: string) => {
      asked.push(text);
      const found = { total: 2, asTyped: 2, persons: [other, eve], next: undefined, complete: true };
      return { source: 'enterprise' as const, words: '', ...found };
    },
  };
  expect(await whoseNumber('8001', people, enterprise)).toMatchObject({
    source: 'held',
    persons: [{ id: ben.person }],
  });
  expect(await whoseNumber('Ada', people, enterprise)).toMatchObject({
    persons: [],
    words: 'This is not a telephone number.',
  });
  expect(asked).toEqual([]);
  for (const text of ['0086 138 0000 1111', '138-0000-1111'])
    expect(await whoseNumber(text, people, enterprise)).toEqual({ source: 'enterprise', words: '', persons: [eve] });
  expect(asked).toEqual(['+8613800001111', '13800001111']);
  const away = { lookUp: () => Promise.reject(new TerminalFault({ kind: 'unreachable', words: 'It is away.' })) };
  expect(await whoseNumber('13800001111', people, away)).toEqual({
    source: 'held',
    words: 'Only among your own entries: It is away.',
    persons: [],
  });
});

test('a number with its country is found by its country and all its digits, by its end, and in any writing of it', () => {
  const number = fc.tuple(fc.constantFrom('86', '44', '1', '358'), fc.stringMatching(/^[1-9]{9,11}$/));
  const separated = fc.array(fc.constantFrom('', ' ', '-', '.', ' - '), { minLength: 20, maxLength: 20 });
  fc.assert(
    fc.property(number, separated, fc.nat(4), ([country, rest], gaps, cut) => {
      const all = [entry('adaa', { mobileTelephone: `+${country}${rest}` })];
      const spaced = (digits: string) => digits.replaceAll(/\d/g, (digit, at: number) => digit + (gaps[at] ?? ''));
      const end = rest.slice(Math.min(cut, rest.length - 7));
      for (const text of [`+${spaced(country + rest)}`, `00${spaced(country + rest)}`, `0${spaced(rest)}`, spaced(end)])
        expect([text, ownersOf(all, text).length]).toEqual([text, 1]);
      const wrong = `+${country}${rest.slice(0, -1)}${(Number(rest.at(-1)) + 1) % 10}`;
      expect(ownersOf(all, wrong)).toEqual([]);
    }),
    { numRuns: 60 },
  );
});
