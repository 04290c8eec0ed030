import fc from 'fast-check';
import { expect, test } from 'vitest';
import { personId, type PersonId } from '../../src/book/person-id.ts';
import { HeldIndex } from '../../src/server/held-index.ts';
import { Spans } from '../../src/server/notification-body.ts';
import { Subscriptions } from '../../src/server/subscriptions.ts';
import { Tail } from '../../src/server/tail.ts';
import type { SubscriptionId } from '../../src/sip/transaction-user.ts';
import type { Delivery } from '../../src/wire/interest.ts';
import { ada, at, ben, book, eve, listOf, otherBook, telephone } from './samples.ts';

const id = (text: string): SubscriptionId => text as SubscriptionId;
const ids = (found: Iterable<{ readonly id: SubscriptionId }>): readonly string[] => [...found].map((each) => each.id);

const spans = new Spans(new Tail({ book, revision: at(10) }));
const others = new Spans(new Tail({ book: otherBook, revision: at(10) }));

function add(to: Subscriptions, name: string, delivery: Delivery, ...held: readonly PersonId[]): void {
  addTo(spans, to, { name, delivery, held });
}

function addTo(
  of: Spans,
  to: Subscriptions,
  { name, delivery, held }: { readonly name: string; readonly delivery: Delivery; readonly held: readonly PersonId[] },
): void {
  const choice = { delivery, takes: 'changes-and-notice' } as const;
  const made = to.add(id(name), `user of ${name}`, { choice, told: at(10), spans: of });
  to.choose(made, choice, new Set(held));
}

test('a change concerns everyone who chose notice or broadcast, and of the held only who holds the person', () => {
  const tested = new Subscriptions();
  add(tested, 'n', 'notice');
  add(tested, 'b', 'broadcast');
  add(tested, 'h1', 'held', ada, ben);
  add(tested, 'h2', 'held', ben);
  add(tested, 'h3', 'held');
  expect(ids(tested.concernedBy(listOf(10, telephone(ada, '1', '2')), spans))).toEqual(['n', 'b', 'h1']);
  expect(ids(tested.concernedBy(listOf(10, telephone(ada, '1', '2'), telephone(ben, '1', '2')), spans))).toHaveLength(
    4,
  );
  expect(ids(tested.concernedBy(listOf(10, telephone(eve, '1', '2')), spans))).toEqual(['n', 'b']);
});

test('an empty list concerns nobody', () => {
  const tested = new Subscriptions();
  add(tested, 'n', 'notice');
  expect(ids(tested.concernedBy(listOf(10), spans))).toEqual([]);
});

test('a change concerns nobody who is told of another log, and who moves to it is told of it only', () => {
  const tested = new Subscriptions();
  add(tested, 'b', 'broadcast');
  addTo(others, tested, { name: 'b of others', delivery: 'broadcast', held: [] });
  addTo(others, tested, { name: 'h of others', delivery: 'held', held: [ada] });
  const list = listOf(10, telephone(ada, '1', '2'));
  expect(ids(tested.concernedBy(list, spans))).toEqual(['b']);
  expect(ids(tested.concernedBy(list, others))).toEqual(['b of others', 'h of others']);
  for (const each of tested.all()) tested.move(each, spans);
  expect(ids(tested.concernedBy(list, spans))).toEqual(['b', 'b of others', 'h of others']);
  expect(ids(tested.concernedBy(list, others))).toEqual([]);
});

test('a subscription that chooses anew is found by its new choice only', () => {
  const tested = new Subscriptions();
  add(tested, 'one', 'held', ada);
  const one = tested.get(id('one'));
  if (one === undefined) throw new Error('one is not there');
  tested.choose(one, { delivery: 'notice', takes: 'notice' });
  expect(ids(tested.concernedBy(listOf(10, telephone(ada, '1', '2')), spans))).toEqual(['one']);
  tested.choose(one, { delivery: 'held', takes: 'notice' }, new Set([ben]));
  expect(ids(tested.concernedBy(listOf(10, telephone(ada, '1', '2')), spans))).toEqual([]);
});

test('what is removed is gone from every index, and its place is used again without a mix-up', () => {
  const tested = new Subscriptions();
  add(tested, 'one', 'held', ada);
  tested.remove(id('one'));
  expect(tested.remove(id('one'))).toBeUndefined();
  expect(tested.ofUser('user of one')).toEqual([]);
  add(tested, 'two', 'held', ben);
  expect(ids(tested.concernedBy(listOf(10, telephone(ada, '1', '2')), spans))).toEqual([]);
  expect(tested.count).toBe(1);
});

const people = Array.from({ length: 12 }, (_, nth) => personId(`pers${'abcdefghijkl'[nth]}`));

test('the index of typed arrays says what a Map of Sets says, whatever is held and released', () => {
  const step = fc.record({ slot: fc.nat(6), held: fc.uniqueArray(fc.constantFrom(...people)), release: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const tested = new HeldIndex();
      const oracle = new Map<number, ReadonlySet<PersonId>>();
      for (const { slot, held, release } of steps) {
        if (release) tested.release(slot);
        else tested.hold(slot, new Set(held));
        oracle.set(slot, new Set(release ? [] : held));
      }
      for (const person of people) {
        const holders = [...oracle].filter(([, held]) => held.has(person)).map(([slot]) => slot);
        expect(new Set(tested.holders(person))).toEqual(new Set(holders));
        expect(tested.holders(person)).toHaveLength(holders.length);
        for (let slot = 0; slot <= 6; slot += 1) expect(tested.holds(slot, person)).toBe(holders.includes(slot));
      }
    }),
  );
});
