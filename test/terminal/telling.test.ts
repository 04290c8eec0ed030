import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { wallTime } from '../../src/base/time.ts';
import { fieldNames, type FieldName } from '../../src/book/field.ts';
import { personId } from '../../src/book/person-id.ts';
import type { PromptFact } from '../../src/book/personal-entry.ts';
import type { StoredPrompt } from '../../src/terminal/personal-address-book.ts';
import { promptsOf, tellingsOf } from '../../src/terminal/telling.ts';

const minute = 60_000;
const personOf = (number: number) =>
  personId(`p${String(number).replaceAll(/\d/g, (each) => 'abcdefghij'[+each] ?? '')}zzz`);

interface Came {
  readonly who: number;
  readonly fact: PromptFact;
  readonly at?: number;
  readonly seen?: boolean;
}

const stored = (all: readonly Came[]): readonly StoredPrompt[] =>
  all.map(({ who, fact, at = 0, seen = false }, id) => ({
    id: id + 1,
    person: personOf(who),
    name: `Person ${who}`,
    fact,
    at: wallTime(at),
    seen,
    undone: false,
  }));

const altered = (field: FieldName, to = 'new'): PromptFact => ({ kind: 'altered', field, from: 'old', to });
const numbers = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from }, (_, at) => from + at);

describe('what is told on a screen', () => {
  test('of one person: all that happened within ten minutes is told at once, what comes later apart', () => {
    const tellings = tellingsOf(
      stored([
        { who: 1, fact: altered('officeTelephone') },
        { who: 2, fact: altered('title') },
        { who: 1, fact: altered('office'), at: 10 * minute, seen: true },
        { who: 1, fact: { kind: 'left' }, at: 10 * minute + 1 },
      ]),
    );
    expect(tellings.map((each) => [each.kind, promptsOf(each), each.seen])).toEqual([
      ['one', [4], false],
      ['one', [1, 3], false],
      ['one', [2], false],
    ]);
  });

  test('200 people who move office within a minute, some with another number too, are one telling and those apart', () => {
    const moved = numbers(0, 200).map((who) => ({ who, fact: altered('office', `room ${who}`), at: who * 300 }));
    const numbered = numbers(0, 3).map((who) => ({ who, fact: altered('officeTelephone'), at: minute }));
    const [first, second, third, many, ...rest] = tellingsOf(stored([...moved, ...numbered]));
    expect([first, second, third].map((each) => each?.kind === 'one' && each.person)).toEqual([2, 1, 0].map(personOf));
    expect(rest).toEqual([]);
    if (many?.kind !== 'many') throw new Error('not folded');
    expect([many.what, many.fields, many.people.length, many.at]).toEqual(['altered', ['office'], 197, 199 * 300]);
    expect(many.people.map(({ person }) => person)).toEqual(numbers(3, 200).map(personOf).toReversed());
    expect(promptsOf(many)).toHaveLength(197);
  });

  test('four are told each, five as many; who left, came back and was altered is not mixed', () => {
    const left = (who: number): Came => ({ who, fact: { kind: 'left' } });
    expect(tellingsOf(stored(numbers(0, 4).map(left))).map(({ kind }) => kind)).toEqual(['one', 'one', 'one', 'one']);
    expect(tellingsOf(stored(numbers(0, 5).map(left)))).toMatchObject([{ kind: 'many', what: 'left', fields: [] }]);
    const mixed = numbers(0, 5).flatMap((who): Came[] => [left(who), { who, fact: altered('title') }]);
    expect(tellingsOf(stored(mixed)).map(({ kind }) => kind)).toEqual(numbers(0, 5).map(() => 'one'));
  });

  test('fields in another order are the same fields; the same fields an hour later are told anew', () => {
    const both = (who: number, at: number): Came[] => {
      const facts: Came[] = [
        { who, at, fact: altered('street') },
        { who, at, fact: altered('city') },
      ];
      return who % 2 === 0 ? facts : facts.toReversed();
    };
    const all = [
      ...numbers(0, 6).flatMap((who) => both(who, 0)),
      ...numbers(0, 6).flatMap((who) => both(who, 60 * minute)),
    ];
    expect(tellingsOf(stored(all))).toMatchObject([
      { kind: 'many', fields: ['city', 'street'], at: 60 * minute },
      { kind: 'many', fields: ['city', 'street'], at: 0 },
    ]);
  });

  test('a clock that was set back takes nothing apart that came within minutes, and nothing is told of nothing', () => {
    const all = [
      { who: 1, fact: altered('title'), at: 5 * minute },
      { who: 1, fact: altered('office'), at: 0 },
    ];
    expect(tellingsOf(stored(all))).toMatchObject([{ kind: 'one', at: 0 }]);
    expect(tellingsOf([])).toEqual([]);
  });

  test('whatever comes, each prompt is told once, nobody twice in one telling, and what is old stays as it was told', () => {
    const came = fc.record({
      who: fc.nat(9),
      fact: fc.oneof(
        fc.constantFrom<PromptFact>({ kind: 'left' }, { kind: 'returned' }),
        fc.constantFrom(...fieldNames.slice(0, 3)).map((field) => altered(field)),
      ),
      gap: fc.nat(6 * minute),
    });
    fc.assert(
      fc.property(fc.array(came, { maxLength: 60 }), fc.array(came, { maxLength: 10 }), (before, after) => {
        let at = 0;
        const all = stored([...before, ...after].map((each) => ({ ...each, at: (at += each.gap) })));
        const tellings = tellingsOf(all);
        expect(tellings.flatMap(promptsOf).toSorted((one, other) => one - other)).toEqual(all.map(({ id }) => id));
        for (const telling of tellings)
          if (telling.kind === 'many')
            expect(new Set(telling.people.map(({ person }) => person)).size).toBe(telling.people.length);
        const early = all.slice(0, before.length);
        const settled = (early.at(-1)?.at ?? 0) - 30 * minute;
        const old = tellingsOf(early).filter((each) => each.at < settled);
        expect(tellings).toEqual(expect.arrayContaining([...old]));
      }),
      { numRuns: 60 },
    );
  });
});
