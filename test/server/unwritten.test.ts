import { expect, test } from 'vitest';
import { instant } from '../../src/base/time.ts';
import { Unwritten } from '../../src/server/unwritten.ts';

const at = instant;

test('what a SUBSCRIBE changes is due after a millisecond, what a NOTIFY moves after ten; each once', () => {
  const unwritten = new Unwritten();
  expect(unwritten.deadline()).toBeUndefined();
  unwritten.move(7, at(0));
  expect(unwritten.deadline()).toBe(10_000);
  for (const slot of [3, 1, 3]) unwritten.change(slot, at(100));
  unwritten.move(7, at(5000));
  expect(unwritten.deadline()).toBe(101);
  expect(unwritten.take(at(100))).toEqual({ changed: [], moved: [] });
  expect(unwritten.take(at(101))).toEqual({ changed: [1, 3], moved: [] });
  expect(unwritten.deadline()).toBe(10_000);
  expect(unwritten.take(at(10_000))).toEqual({ changed: [], moved: [7] });
  expect(unwritten.deadline()).toBeUndefined();
});

test('a batch has 500 at most, and the rest is due at once; a clean stop takes everything', () => {
  const unwritten = new Unwritten();
  for (let slot = 0; slot < 700; slot += 1) unwritten.change(slot, at(0));
  for (let slot = 0; slot < 400; slot += 1) unwritten.move(slot, at(0));
  const first = unwritten.take(at(10_000));
  expect([first.changed.length, first.moved.length]).toEqual([500, 0]);
  expect(unwritten.deadline()).toBe(1);
  const second = unwritten.take(at(10_000));
  expect([second.changed.length, second.moved.length]).toEqual([200, 300]);
  for (let slot = 0; slot < 2000; slot += 1) unwritten.move(slot, at(10_000));
  expect(unwritten.takeAll().moved).toHaveLength(2000);
  expect(unwritten.deadline()).toBeUndefined();
});

test('what could not be written is tried again half a minute later, with what came meanwhile', () => {
  const unwritten = new Unwritten();
  unwritten.change(1, at(0));
  unwritten.move(2, at(0));
  const lost = unwritten.take(at(10_000));
  unwritten.change(3, at(10_001));
  unwritten.giveBack(lost, at(10_002));
  expect(unwritten.deadline()).toBe(40_002);
  expect(unwritten.take(at(40_002))).toEqual({ changed: [1, 3], moved: [2] });
});

test('who moves all the time does not keep others waiting, and each slot is written once for all its movements', () => {
  const unwritten = new Unwritten();
  for (let slot = 0; slot < 1200; slot += 1) unwritten.move(slot, at(0));
  const written: number[] = [];
  for (let batch = 0; batch < 3; batch += 1) {
    written.push(...unwritten.take(at(10_000)).moved);
    for (let slot = 0; slot < 500; slot += 1) unwritten.move(slot, at(10_000));
  }
  expect(written.slice(0, 1200)).toEqual(Array.from({ length: 1200 }, (_, slot) => slot));
  expect(written.slice(1200)).toEqual(Array.from({ length: 300 }, (_, slot) => slot));
  expect(unwritten.count).toBe(500);
});
