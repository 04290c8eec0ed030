// Terminals whose server is away come back by themselves, soon, and not all at once.

import { expect, test } from 'vitest';
import { failed, type BackOff } from '../../src/terminal/back-off.ts';

/** When each of so many is back, in milliseconds after all connections broke, with a server that is away for a while. */
function back(terminals: number, awayMilliseconds: number): readonly number[] {
  return Array.from({ length: terminals }, (_, seed) => {
    let backOff: BackOff = { failures: 0, seed };
    for (let at = 0; ;) {
      const [next, wait] = failed(backOff, undefined);
      backOff = next;
      at += wait;
      if (at >= awayMilliseconds) return at;
    }
  }).toSorted((one, other) => one - other);
}

/** The most that come within any tenth of a second. */
function busiest(times: readonly number[]): number {
  let [most, first] = [0, 0];
  times.forEach((time, at) => {
    while ((times[first] ?? 0) <= time - 100) first += 1;
    most = Math.max(most, at - first + 1);
  });
  return most;
}

test('1,000 terminals whose connections broke at once are back between one and two seconds later, spread over them', () => {
  const times = back(1000, 0);
  expect(times[0]).toBeGreaterThanOrEqual(1000);
  expect(times.at(-1)).toBeLessThanOrEqual(2000);
  expect(busiest(times)).toBeLessThan(150);
});

test('after a server that was away for three seconds half are back within two seconds more, and all within seven', () => {
  const times = back(1000, 3000);
  expect(times[500]).toBeLessThan(5000);
  expect(times.at(-1)).toBeLessThan(11_000);
  expect(busiest(times)).toBeLessThan(120);
});

test('after one that was away for ten minutes they come over a minute', () => {
  const times = back(1000, 600_000);
  expect(times.at(-1)).toBeLessThan(661_000);
  expect(busiest(times)).toBeLessThan(20);
});
