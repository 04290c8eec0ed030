import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PassingSets, type Bitset } from '../../src/server/bitset.ts';

const numbers = fc.uniqueArray(fc.nat(199), { maxLength: 20 });
const rising = (set: Bitset | readonly number[]): readonly number[] => [...set].sort((a, b) => a - b);

test('sets of one question are each their own, however many there are; those of the next begin empty', () => {
  fc.assert(
    fc.property(fc.array(fc.array(numbers, { maxLength: 200 }), { minLength: 1, maxLength: 4 }), (questions) => {
      const sets = new PassingSets();
      for (const each of questions) {
        sets.begin(200);
        const made = each.map((some) => {
          const set = sets.none();
          expect(set.empty).toBe(true);
          set.addAll(some);
          const copy = sets.copy(set);
          copy.add(0);
          return [set, copy] as const;
        });
        expect(made.map(([set]) => [...set])).toEqual(each.map(rising));
        expect(made.map(([, copy]) => [...copy])).toEqual(each.map((some) => rising([...new Set([0, ...some])])));
      }
    }),
    { numRuns: 20 },
  );
});

test('what one question took beyond the bound is given back; the next has its own', () => {
  const sets = new PassingSets();
  const capacity = 16 * 1024 * 1024;
  sets.begin(capacity);
  const large = Array.from({ length: 40 }, () => sets.none());
  large.at(-1)?.add(7);
  sets.begin(capacity);
  const next = sets.none();
  next.add(8);
  expect([[...next], large.at(-1)?.has(7), large.at(-1)?.has(8)]).toEqual([[8], true, false]);
});
