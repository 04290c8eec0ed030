import { expect, test } from 'vitest';
import { makePersonIds } from '../../src/node/person-ids.ts';

test('person IDs rise, are 11 characters long, and none comes twice, even when the clock stands or goes back', () => {
  let clock = Date.UTC(2030, 0, 1);
  const next = makePersonIds(() => clock);
  const ids = Array.from({ length: 50_000 }, (_, index) => {
    if (index === 20_000) clock += 1;
    if (index === 30_000) clock -= 1_000_000;
    return next();
  });
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[a-z2-7]{11}$/);
  // 'a' to 'z' stand for less than '2' to '7'.
  const value = (id: string): string =>
    id.replaceAll(/[a-z]/g, (letter) => `0${letter}`).replaceAll(/[2-7]/g, (digit) => `1${digit}`);
  expect(ids.every((id, index) => index === 0 || value(id) > value(ids[index - 1] ?? ''))).toBe(true);
});

test('two processes that begin in the same millisecond give different IDs, all but surely', () => {
  const clock = (): number => Date.UTC(2026, 0, 1);
  const firsts = Array.from({ length: 20 }, () => makePersonIds(clock)());
  expect(new Set(firsts).size).toBeGreaterThan(17);
});

test('two threads that make IDs for one book in the same milliseconds never make the same', () => {
  const clock = (): number => Date.UTC(2026, 0, 1);
  const both = ([0, 1] as const).flatMap((maker) => {
    const next = makePersonIds(clock, maker);
    return Array.from({ length: 12_000 }, () => next());
  });
  expect(new Set(both).size).toBe(both.length);
});
