import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inOrder, LookUpIndex, type Findable } from '../../src/server/look-up-index.ts';

const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '张', '\n', '1'), maxLength: 8 });
const person = (numbers: fc.Arbitrary<number>): fc.Arbitrary<Findable> =>
  fc.record({ number: numbers, sortKey: fc.constantFrom('x', 'y', 'z'), folded: text });

test('the index finds whom a plain pass over all texts finds, in the same order, whatever changes', () =>
  fc.assert(
    fc.property(
      fc.uniqueArray(person(fc.nat(200)), { selector: (each) => each.number, maxLength: 80 }),
      fc.array(fc.uniqueArray(person(fc.nat(250)), { selector: (each) => each.number, maxLength: 6 }), {
        maxLength: 4,
      }),
      fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c', '张', '1'), minLength: 1, maxLength: 3 }), {
        maxLength: 3,
      }),
      (persons, rounds, words) => {
        const index = new LookUpIndex(persons.toSorted(inOrder));
        while (index.mark(7));
        const oracle = new Map(persons.map((each) => [each.number, each]));
        for (const round of rounds) {
          // Of those who changed, every third one is gone.
          const now = round.filter((each) => each.number % 3 !== 0);
          for (const each of round) oracle.delete(each.number);
          for (const each of now) oracle.set(each.number, each);
          index.renew(new Set(round.map((each) => each.number)), now);
          const found = [...oracle.values()].filter((each) => words.every((word) => each.folded.includes(word)));
          expect(index.find(words)).toEqual(found.sort(inOrder).map((each) => each.number));
        }
      },
    ),
  ));
