// Each simulation is one seed: an enterprise, a server and two or three terminals over a network that exists in
// memory only, with the real machines and the real stores, hours in milliseconds (see `simulation/simulation`).

import { expect, test } from 'vitest';
import { describe } from './simulation/outcome.ts';
import { simulate } from './simulation/simulation.ts';
import { troubles } from './simulation/troubles.ts';

/** 1,000 seeds in all. */
const seedsEach = 1000 / troubles.length;

test.each(troubles.map(({ claim }, at) => [claim, at] as const))(
  '%s, every personal address book is in step within the hour, own values and prompts exact, and no subscription is left without an entry',
  async (_claim, at) => {
    for (let round = 1; round <= seedsEach; round += 1) {
      const outcome = await simulate(round * troubles.length + at);
      expect(outcome.failure, outcome.failure === undefined ? '' : describe(outcome)).toBeUndefined();
    }
  },
);

test('the same seed is the same simulation, line by line; another seed is another', async () => {
  const digests = new Set<string>();
  for (let seed = 1; seed <= 2 * troubles.length; seed += 1) {
    const [one, again] = [await simulate(seed), await simulate(seed)];
    expect(again.lines).toEqual(one.lines);
    expect(again.digest).toBe(one.digest);
    digests.add(one.digest);
  }
  expect(digests.size).toBe(2 * troubles.length);
});
