import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wallTime } from '../../src/base/time.ts';
import { revision, type Change } from '../../src/book/change.ts';
import {
  nameOf,
  nothingOwn,
  prompts,
  revised,
  shown,
  writtenNameOf,
  type Own,
  type PersonalEntry,
} from '../../src/book/personal-entry.ts';
import type { Fields } from '../../src/book/person.ts';
import { personId } from '../../src/book/person-id.ts';

const ada = personId('adaaa');
const at = wallTime(1_700_000_000_000);
const entry: PersonalEntry = {
  person: ada,
  base: { name: 'Ada Lovelace', officeTelephone: '8001' },
  revision: revision(3),
  own: nothingOwn,
  state: 'held',
};
const to = (number: string | undefined): Change => ({
  kind: 'altered',
  person: ada,
  from: { officeTelephone: '8001' },
  to: number === undefined ? {} : { officeTelephone: number },
});

test('who has no name is called by the company, a mail address, or a number', () => {
  const nameless = (values: Fields, own: Partial<Own> = {}): PersonalEntry => ({
    ...entry,
    base: {},
    own: { ...nothingOwn, values, ...own },
  });
  const numbers = [{ label: 'cottage', number: '4' }];
  const telephones = { otherTelephones: '2\n3', mobileTelephone: '1' };
  expect(nameOf(nameless({ company: 'Acme', mail: 'a@example.com', ...telephones }))).toBe('Acme');
  expect(nameOf(nameless({ mail: 'a@example.com', ...telephones }))).toBe('a@example.com');
  expect(nameOf(nameless(telephones))).toBe('1');
  expect(nameOf(nameless({ otherTelephones: '2\n3' }, { numbers }))).toBe('2');
  expect(nameOf(nameless({}, { numbers }))).toBe('4');
  expect(nameOf(nameless({}))).toBe(ada);
  const called = nameless({ mail: 'a@example.com' }, { nickname: 'A' });
  expect([nameOf(called), writtenNameOf(called)]).toEqual(['A', 'a@example.com']);
});

test('an altered telephone is one prompt: who, which field, from what, to what, when', () => {
  expect(prompts(entry, revised(entry, to('8002'), revision(4)), at)).toEqual([
    {
      person: ada,
      name: 'Ada Lovelace',
      fact: { kind: 'altered', field: 'officeTelephone', from: '8001', to: '8002' },
      at,
    },
  ]);
});

test('a value that is taken away is told without a `to`, a new one without a `from`', () => {
  const without = revised(entry, to(undefined), revision(4));
  expect(prompts(entry, without, at).map((prompt) => prompt.fact)).toEqual([
    { kind: 'altered', field: 'officeTelephone', from: '8001' },
  ]);
  expect(prompts(without, entry, at).map((prompt) => prompt.fact)).toEqual([
    { kind: 'altered', field: 'officeTelephone', to: '8001' },
  ]);
});

test('an own value is shown over the enterprise value, and an emptied enterprise value never blanks it', () => {
  const mine: PersonalEntry = { ...entry, own: { ...nothingOwn, values: { officeTelephone: '9999' } } };
  expect(shown(revised(mine, to('8002'), revision(4))).officeTelephone).toBe('9999');
  expect(shown(revised(mine, to(undefined), revision(4))).officeTelephone).toBe('9999');
});

test('who leaves stays, marked left; who comes back is held again with the new fields', () => {
  const left = revised(entry, { kind: 'removed', person: ada }, revision(4));
  expect(left).toMatchObject({ state: 'left', base: entry.base });
  expect(prompts(entry, left, at).map((prompt) => prompt.fact.kind)).toEqual(['left']);
  const back = revised(left, { kind: 'added', person: ada, fields: entry.base }, revision(5));
  expect(back.state).toBe('held');
  expect(prompts(left, back, at).map((prompt) => prompt.fact.kind)).toEqual(['returned']);
});

test('an entry that was kept as an own contact is not told to have left again', () => {
  const kept: PersonalEntry = { ...entry, state: 'kept' };
  const again = revised(kept, { kind: 'removed', person: ada }, revision(4));
  expect(again.state).toBe('kept');
  expect(prompts(kept, again, at)).toEqual([]);
});

test('whatever the changes, what the employee wrote stays to the letter', () => {
  const own: Own = { ...nothingOwn, nickname: 'A', note: 'n', groups: ['g'], favourite: true, values: { title: 't' } };
  const change: fc.Arbitrary<Change> = fc.constantFrom(
    to('1'),
    to(undefined),
    { kind: 'removed', person: ada },
    { kind: 'added', person: ada, fields: {} },
  );
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      let mine: PersonalEntry = { ...entry, own };
      changes.forEach((each, step) => (mine = revised(mine, each, revision(4 + step))));
      expect(mine.own).toBe(own);
    }),
  );
});
