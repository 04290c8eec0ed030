import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Change } from '../../src/book/change.ts';
import { Tail } from '../../src/server/tail.ts';
import { ada, at, ben, book, listOf, otherBook, telephone } from './samples.ts';

const tail = (limits = {}): Tail => new Tail({ book, revision: at(10) }, limits);
const change = (value: number): Change => telephone(ada, String(value), String(value + 1));

test('gives what came after a revision, and an empty list at the head', () => {
  const tested = tail();
  tested.take(listOf(10, change(1), change(2)));
  expect(tested.head).toEqual({ book, revision: 12 });
  expect(tested.since(at(10))).toEqual(listOf(10, change(1), change(2)));
  expect(tested.since(at(11))).toEqual(listOf(11, change(2)));
  expect(tested.since(at(12))).toEqual(listOf(12));
});

test('prints its head once for all who are told of it, and anew when it moves', () => {
  const tested = tail();
  expect(tested.etag).toBe(`${book}.10`);
  tested.take(listOf(10, change(1)));
  expect(tested.etag).toBe(`${book}.11`);
  tested.take({ ...listOf(10), book: otherBook, upTo: at(11) });
  expect(tested.etag).toBe(`${otherBook}.11`);
});

test('says further back for what it has forgotten, and for a revision that is not there yet', () => {
  const tested = tail({ mostChanges: 1 });
  tested.take(listOf(10, change(1), change(2)));
  expect(tested.since(at(10))).toBe('further-back');
  expect(tested.since(at(13))).toBe('further-back');
  expect(tested.since(at(11))).toEqual(listOf(11, change(2)));
});

test('is bounded in octets too, so that a few large changes do not fill the memory', () => {
  const tested = tail({ mostOctets: 10_000 });
  for (let revision = 10; revision < 20; revision += 1)
    tested.take(listOf(revision, { kind: 'added', person: ada, fields: { title: 'x'.repeat(2000) } }));
  expect(tested.head.revision).toBe(20);
  expect(tested.reach).toBe(18);
});

test('a list that is far too large to be told is left to the log, and what follows it is held again', () => {
  const tested = tail({ mostOctetsAtOnce: 10_000 });
  const added: Change = { kind: 'added', person: ada, fields: { title: 'x'.repeat(2000) } };
  tested.take(listOf(10, added, added));
  tested.take(listOf(12, added, change(1), added, added));
  expect(tested.head).toEqual({ book, revision: 16 });
  expect(tested.since(at(10))).toBe('further-back');
  tested.take(listOf(16, change(2)));
  expect(tested.since(at(16))).toEqual(listOf(16, change(2)));
});

test('a list heard before, whole or in part, is taken once', () => {
  const tested = tail();
  tested.take(listOf(10, change(1), change(2)));
  tested.take(listOf(10, change(1), change(2)));
  tested.take(listOf(11, change(2), change(3)));
  expect(tested.since(at(10))).toEqual(listOf(10, change(1), change(2), change(3)));
});

test('after a hole it starts anew, so that it never gives a list with changes missing', () => {
  const tested = tail();
  tested.take(listOf(10, change(1)));
  tested.take(listOf(20, change(2)));
  expect(tested.since(at(11))).toBe('further-back');
  expect(tested.since(at(20))).toEqual(listOf(20, change(2)));
});

test('a list with fewer changes than revisions is not appended: only its end is believed', () => {
  const tested = tail();
  tested.take({ ...listOf(10, change(1)), upTo: at(15) });
  expect(tested.head.revision).toBe(15);
  expect(tested.since(at(10))).toBe('further-back');
});

test('another book ends what was known of the one before', () => {
  const tested = tail();
  tested.take(listOf(10, change(1)));
  tested.take({ ...listOf(0, change(2)), book: otherBook });
  expect(tested.head).toEqual({ book: otherBook, revision: 1 });
  expect(tested.since(at(10))).toBe('further-back');
});

test('a change of restricted fields only keeps its revision and says nothing', () => {
  const tested = tail();
  tested.take(listOf(10, { kind: 'altered', person: ada, from: {}, to: { homeTelephone: '1' } }, change(1)));
  expect(tested.since(at(10))).toEqual({ ...listOf(10), upTo: at(12), changes: [change(1)] });
  expect(tested.since(at(11)).valueOf()).toMatchObject({ changes: [change(1)] });
});

test('whatever lengths the lists have, the tail gives the end of the whole history', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(40), { maxLength: 120 }), fc.integer({ min: 1, max: 60 }), (lengths, mostChanges) => {
      const tested = tail({ mostChanges });
      const history: Change[] = [];
      for (const length of lengths) {
        const list = Array.from({ length }, (_, nth) => telephone(nth % 2 ? ada : ben, String(history.length), 'x'));
        tested.take(listOf(10 + history.length, ...list));
        history.push(...list);
      }
      const kept = Math.min(mostChanges, history.length);
      expect(tested.head.revision).toBe(10 + history.length);
      expect(tested.reach).toBe(10 + history.length - kept);
      for (let back = 0; back <= kept; back += 1)
        expect(tested.since(at(10 + history.length - back))).toMatchObject({
          changes: back === 0 ? [] : history.slice(-back),
        });
    }),
  );
});

test('what the log has purged is forgotten here too, and what is newer stays', () => {
  const tested = tail();
  tested.take(listOf(10, change(1), change(2), change(3)));
  tested.forgetUpTo(at(12));
  expect(tested.since(at(11))).toBe('further-back');
  expect(tested.since(at(12))).toEqual(listOf(12, change(3)));
  tested.forgetUpTo(at(99));
  expect(tested.head.revision).toBe(13);
});
