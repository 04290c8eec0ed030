import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PersonId } from '../../src/book/person-id.ts';
import { OrganisationIndex } from '../../src/server/organisation-index.ts';

interface Person {
  readonly manager?: string;
  readonly department?: string;
}
const idOf = (number: number): PersonId => `person${number}` as PersonId;
const some = 8;
const step = fc.record({
  number: fc.nat(some - 1),
  person: fc.option(
    fc.record(
      { manager: fc.nat(some).map(idOf), department: fc.constantFrom('A', 'B', '研发部') },
      { requiredKeys: [] },
    ),
    { nil: undefined },
  ),
});

test('whatever comes, moves, leaves and comes back, it answers as one who looks at everybody does', () =>
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const there = new Map<number, Person>();
      const numberOf = (id: PersonId): number | undefined => [...there.keys()].find((number) => idOf(number) === id);
      const index = new OrganisationIndex(numberOf);
      for (const { number, person } of steps) {
        if (person === undefined) {
          there.delete(number);
          index.remove(number, idOf(number));
        } else {
          there.set(number, person);
          index.put(number, idOf(number), person);
        }
      }
      const all = [...there].toSorted(([a], [b]) => a - b);
      const managerOf = ([number, { manager }]: (typeof all)[number]): string | undefined =>
        manager === idOf(number) ? undefined : manager;
      const reports = (id: string): readonly number[] =>
        all.filter((each) => managerOf(each) === id).map(([number]) => number);
      const ids = Array.from({ length: some + 1 }, (_, number) => idOf(number));
      for (const id of ids) expect(index.reports(id)).toEqual(reports(id));
      expect(index.reportCounts(ids)).toEqual(ids.map((id) => reports(id).length));
      const top = all.filter((each) => {
        const manager = managerOf(each);
        const managed = manager !== undefined && numberOf(manager as PersonId) !== undefined;
        return !managed && reports(idOf(each[0])).length > 0;
      });
      expect(index.top().toSorted((a, b) => a - b)).toEqual(top.map(([number]) => number));
      for (const name of ['A', 'B', '研发部', 'C']) {
        const members = all.filter(([, { department }]) => department === name).map(([number]) => number);
        expect(index.members(name)).toEqual(members);
        expect(index.departments().find((each) => each.name === name)?.persons ?? 0).toBe(members.length);
      }
    }),
    { numRuns: 150 },
  ));

test('numbers far apart are held too', () => {
  const index = new OrganisationIndex(() => undefined);
  index.put(1_000_000, idOf(1), { manager: idOf(2), department: 'A' });
  index.put(3, idOf(3), { manager: idOf(2) });
  expect(index.reports(idOf(2))).toEqual([3, 1_000_000]);
  expect(index.members('A')).toEqual([1_000_000]);
});
