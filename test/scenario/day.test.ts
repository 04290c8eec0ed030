// A day in simulated time, a short round of it: `npm run simulate -- --day` has 10,000 terminals.

import { expect, test } from 'vitest';
import { Day, faultsOf } from './day/day.ts';

test.each([1, 2])(
  'after a day of refreshes, moves, losses, comings, goings and sudden ends, the server holds what lives and nothing else (seed %i)',
  async (seed) => {
    await using day = new Day({ seed, terminals: 20, hours: 24, changes: 4 });
    const end = await day.run();
    expect(faultsOf(end)).toEqual([]);
    // It was a day: most were there, and much was said.
    expect(end.on).toBeGreaterThan(8);
    expect(end.messages).toBeGreaterThan(5000);
    expect(end.most.heldPersons).toBeGreaterThan(0);
    // What is left over would be told: any of the counts, after the calm and after the end.
    const doctored = { ...end, calm: { ...end.calm, dialogs: end.on + 1 }, empty: { ...end.empty, timers: 3 } };
    expect(faultsOf(doctored)).toHaveLength(2);
  },
);
