import fc from 'fast-check';
import { expect, test } from 'vitest';
import { alikeAmong, type Described } from '../../src/book/alike.ts';
import { isSameNumber } from '../../src/book/digits.ts';
import { mergedInto } from '../../src/book/merged.ts';
import { personId } from '../../src/book/person-id.ts';
import { revision } from '../../src/book/change.ts';
import { nothingOwn, shown, type Own, type OwnContact, type PersonalEntry } from '../../src/book/personal-entry.ts';
import type { Fields } from '../../src/book/person.ts';

const entry = (id: string, base: Fields, own: Partial<Own> = {}): PersonalEntry => ({
  person: personId(id),
  base,
  own: { ...nothingOwn, ...own },
  revision: revision(1),
  state: 'held',
});
const card = (values: Fields, rest: Partial<OwnContact> = {}, uid?: string): Described => ({
  contact: { values, ...rest },
  ...(uid !== undefined && { uid }),
});

const ada = entry('ada2', { name: 'Ada Lovelace', mail: 'ada@example.com', officeTelephone: '+86 10 8888 8001' });
const ben = entry('ben2', {
  name: 'Ben Carter',
  officeTelephone: '010-88888002 转 12',
  officeTelephoneUri: 'tel:+861088888002;ext=12',
});
const cleo = entry('cleo', { chineseName: '單丹' }, { numbers: [{ label: 'cottage', number: '020 7946 0018' }] });
const book = alikeAmong([ada, ben, cleo]);
const found = (described: Described) => book(described).map(({ item, by }) => [item.person, by]);

test('alike are those with one ID, mail address, number or name, however these are written; the strongest first', () => {
  expect(found(card({ name: 'Somebody' }, {}, 'ada2'))).toEqual([['ada2', ['uid']]]);
  expect(found(card({ otherMails: 'x@y\nADA@Example.com' }))).toEqual([['ada2', ['mail']]]);
  expect(found(card({ mobileTelephone: '01088888001' }))).toEqual([['ada2', ['number']]]);
  expect(found(card({}, { numbers: [{ label: '', number: '88888001' }] }))).toEqual([['ada2', ['number']]]);
  expect(found(card({ officeTelephone: '+861088888002;ext=12' }))).toEqual([['ben2', ['number']]]);
  expect(found(card({ homeTelephone: '+44 (0)20 7946 0018' }))).toEqual([['cleo', ['number']]]);
  expect(found(card({ name: 'LOVELACE, Áda' }))).toEqual([['ada2', ['name']]]);
  expect(found(card({ surname: 'Carter', givenName: 'Ben' }))).toEqual([['ben2', ['name']]]);
  expect(found(card({ name: '单丹' }))).toEqual([['cleo', ['name']]]);
  expect(found(card({ name: 'Ben Carter', mail: 'ada@example.com', officeTelephone: '02079460018' }))).toEqual([
    ['ada2', ['mail']],
    ['cleo', ['number']],
    ['ben2', ['name']],
  ]);
  expect(found(card({ name: 'Ada Lovelace', mail: 'ada@example.com' }))).toEqual([['ada2', ['mail', 'name']]]);
});

test('not alike are other areas and extensions, short numbers, faxes, and those who have nothing', () => {
  expect(found(card({ officeTelephone: '021-88888001' }))).toEqual([]);
  expect(found(card({ officeTelephone: '+86 10 8888 8002' }))).toEqual([]);
  expect(alikeAmong([entry('dora', { officeTelephone: '8001' })])(card({ officeTelephone: '8001' }))).toEqual([]);
  expect(alikeAmong([entry('dora', { fax: '+441234567890' })])(card({ fax: '+441234567890' }))).toEqual([]);
  expect(found(card({}))).toEqual([]);
  expect(found(card({ mail: '' }, { numbers: [{ label: '', number: '' }] }))).toEqual([]);
});

test('what more than a few have says nothing: a switchboard’s number, a common name', () => {
  const shared = Array.from({ length: 9 }, (_, at) =>
    entry(`many${'abcdefghj'[at] ?? 'z'}`, { name: 'Wang Wei', officeTelephone: '+861088880000' }),
  );
  expect(alikeAmong(shared)(card({ name: 'Wang Wei', officeTelephone: '+861088880000' }))).toEqual([]);
  expect(alikeAmong(shared.slice(1))(card({ name: 'Wang Wei' }))).toHaveLength(8);
});

test('cards are compared with each other, and entries; nobody is alike itself', () => {
  const [one, other] = [card({ name: 'Ann Lee' }), card({ name: 'Lee Ann' })];
  expect(alikeAmong([one, other])(one)).toEqual([{ item: other, by: ['name'] }]);
  expect(book(ada)).toEqual([]);
});

test('merged is what the card adds; what the employee wrote and what is shown stay, and the company’s lists are not covered', () => {
  const held = entry(
    'ada2',
    {
      name: 'Ada Lovelace',
      mail: 'ada@example.com',
      officeTelephone: '+86 10 8888 8001',
      otherMails: 'a@b',
      title: 'Countess',
    },
    { nickname: 'Dan', note: 'met in Paris', groups: ['friends'], numbers: [{ label: 'cottage', number: '12345678' }] },
  );
  const contact: OwnContact = {
    nickname: 'Addie',
    note: 'met in Paris',
    groups: ['friends', 'chess'],
    favourite: true,
    numbers: [
      { label: 'boat', number: '555' },
      { label: 'x', number: '12345678' },
    ],
    values: {
      name: 'Ada King',
      mail: 'ada@home.example',
      officeTelephone: '010-88888001',
      mobileTelephone: '777',
      homeTelephone: '888',
      title: 'Countess',
      city: 'London',
      photo: 'f'.repeat(64),
      manager: 'ben2',
    },
  };
  const own = mergedInto(held, contact);
  expect(own).toEqual({
    nickname: 'Dan',
    note: 'met in Paris\nName: Ada King\nOther mail addresses: ada@home.example\nNickname: Addie',
    groups: ['friends', 'chess'],
    favourite: true,
    numbers: [
      { label: 'cottage', number: '12345678' },
      { label: 'boat', number: '555' },
    ],
    values: { mobileTelephone: '777', homeTelephone: '888', city: 'London', manager: 'ben2' },
  });
  expect(mergedInto({ ...held, own }, contact)).toEqual(own);
  expect(mergedInto(held, contact, 'zh').note).toContain('昵称: Addie');
  const mine: PersonalEntry = {
    ...held,
    base: {},
    own: { ...nothingOwn, values: { mail: 'a@b', otherTelephones: '1' } },
    state: 'own',
  };
  expect(mergedInto(mine, { values: { mail: 'c@d', otherTelephones: '1\n2' } }).values).toEqual({
    mail: 'a@b',
    otherMails: 'c@d',
    otherTelephones: '1\n2',
  });
});

const text = fc.constantFrom('a', 'b', 'a@b', 'c@d', '12345678', '8001', '');
const contacts: fc.Arbitrary<OwnContact> = fc.record({
  nickname: text,
  note: text,
  groups: fc.array(text, { maxLength: 2 }),
  numbers: fc.array(fc.record({ label: text, number: text.filter((each) => each !== '') }), { maxLength: 2 }),
  values: fc.record(
    { name: text, mail: text, otherMails: text, title: text, officeTelephone: text, otherTelephones: text, city: text },
    { requiredKeys: [] },
  ),
});

test('however much is there and in the card: nothing that is shown changes, every word of both is there afterwards, and twice is as once', () => {
  fc.assert(
    fc.property(contacts, contacts, fc.boolean(), (written, contact, isOwn) => {
      const { values = {}, ...rest } = written;
      const before = isOwn
        ? { ...entry('ada2', {}, { ...rest, values }), state: 'own' as const }
        : entry('ada2', values, rest);
      const own = mergedInto(before, contact);
      const after = { ...before, own };
      for (const [name, value] of Object.entries(shown(before)) as [keyof Fields, string][])
        if (value !== '' && name !== 'otherMails' && name !== 'otherTelephones') expect(shown(after)[name]).toBe(value);
      const all = JSON.stringify([shown(after), own]);
      for (const part of [written, contact])
        for (const word of [part.nickname, part.note, ...(part.groups ?? []), ...Object.values(part.values ?? {})])
          expect(all).toContain(word);
      const numbers = [...Object.values(shown(after)), ...own.numbers.map(({ number }) => number)];
      for (const { number } of contact.numbers ?? [])
        expect(numbers.some((each) => each.split('\n').some((one) => isSameNumber(one, number)))).toBe(true);
      expect(mergedInto(after, contact)).toEqual(own);
    }),
    { numRuns: 300 },
  );
});
