import { expect, test } from 'vitest';
import { watchLoop } from '../../src/node/loop-lag.ts';

/** Holds the loop up, as a long computation does. */
function holdUp(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

test('a loop that is held up is told of as late by about as much, and again once it runs', async () => {
  const told: number[] = [];
  let next = (): void => undefined;
  using _watched = watchLoop((lag) => {
    told.push(lag);
    next();
  });
  const first = new Promise<void>((resolve) => (next = resolve));
  holdUp(1000);
  await first;
  // Due after 250 ms, and held up for 750 more.
  expect(told[0]).toBeGreaterThan(700);
  await new Promise<void>((resolve) => (next = resolve));
  expect(told[1]).toBeLessThan(told[0] ?? 0);
});

test('once it is disposed of nothing more is told', async () => {
  let told = 0;
  watchLoop(() => (told += 1))[Symbol.dispose]();
  holdUp(300);
  await new Promise((resolve) => setTimeout(resolve, 1));
  expect(told).toBe(0);
});
