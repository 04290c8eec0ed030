import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bookId, revision, type Change } from '../../src/book/change.ts';
import { about, condense, type ChangeList } from '../../src/book/change-list.ts';
import type { FieldName } from '../../src/book/field.ts';
import { altered, difference, type Fields } from '../../src/book/person.ts';
import { personId, type PersonId } from '../../src/book/person-id.ts';

const book = bookId('6f9619ff-8b86-4d01-b42d-00cf4fc964ff');
const list = (changes: readonly Change[]): ChangeList => ({
  book,
  after: revision(0),
  upTo: revision(changes.length),
  changes,
});
const ada = personId('adaaa');

type People = ReadonlyMap<PersonId, Fields>;

function after(people: People, changes: readonly Change[]): People {
  const result = new Map(people);
  for (const change of changes)
    if (change.kind === 'removed') result.delete(change.person);
    else if (change.kind === 'added') result.set(change.person, change.fields);
    else result.set(change.person, altered(result.get(change.person) ?? {}, change));
  return result;
}

const people = ['adaaa', 'benbb', 'cycyc'].map(personId);
const names: readonly FieldName[] = ['name', 'title', 'officeTelephone'];
const fields = fc.dictionary(fc.constantFrom(...names), fc.constantFrom('1', '2', '3')) as fc.Arbitrary<Fields>;
/** What befalls a person: new fields, or none (gone). Turned into changes by comparison, as the server does. */
const histories = fc.array(fc.tuple(fc.constantFrom(...people), fc.option(fields)), { maxLength: 30 });

function changesOf(start: People, history: readonly (readonly [PersonId, Fields | null])[]): Change[] {
  let now = start;
  const changes: Change[] = [];
  for (const [person, to] of history) {
    const was = now.get(person);
    let change: Change | undefined;
    if (to === null) change = was && { kind: 'removed', person };
    else if (was === undefined) change = { kind: 'added', person, fields: to };
    else {
      const moved = difference(was, to);
      change = moved && { kind: 'altered', person, ...moved };
    }
    if (change === undefined) continue;
    changes.push(change);
    now = after(now, [change]);
  }
  return changes;
}

test('a condensed list does what the whole list does, with at most one change a person', () => {
  fc.assert(
    fc.property(fc.array(fields, { maxLength: 3 }), histories, (start, history) => {
      const before = new Map(start.map((each, at) => [people[at] as PersonId, each]));
      const whole = list(changesOf(before, history));
      const folded = condense(whole);
      expect(after(before, folded.changes)).toEqual(after(before, whole.changes));
      expect(new Set(folded.changes.map((change) => change.person)).size).toBe(folded.changes.length);
      expect([folded.after, folded.upTo]).toEqual([whole.after, whole.upTo]);
    }),
  );
});

test('an alteration that is taken back condenses to nothing', () => {
  const there: Change = { kind: 'altered', person: ada, from: { title: '1' }, to: { title: '2', name: 'A' } };
  const back: Change = { kind: 'altered', person: ada, from: { title: '2', name: 'A' }, to: { title: '1' } };
  expect(condense(list([there, back])).changes).toEqual([]);
});

test('condensing twice is as condensing once', () => {
  fc.assert(
    fc.property(histories, (history) => {
      const once = condense(list(changesOf(new Map(), history)));
      expect(condense(once)).toEqual(once);
    }),
  );
});

test('about keeps the changes of the people held and the whole span', () => {
  fc.assert(
    fc.property(histories, fc.subarray(people), (history, held) => {
      const whole = list(changesOf(new Map(), history));
      const mine = about(new Set(held), whole);
      expect(mine.upTo).toBe(whole.upTo);
      expect(mine.changes).toEqual(whole.changes.filter((change) => held.includes(change.person)));
    }),
  );
});

test.each(['', 'abc', 'ADAAA', 'ada01', 'a'.repeat(14), 'ada a', '../..'])('%j is not a person ID', (text) => {
  expect(() => personId(text)).toThrow('not a person ID');
});

test.each([-1, 1.5, Number.NaN, 2 ** 53])('%d is not a revision', (count) => {
  expect(() => revision(count)).toThrow('not a revision');
});
