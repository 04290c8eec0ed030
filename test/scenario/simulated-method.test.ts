// The scenarios of the method over the simulated network: each with all deliveries and acquisitions that it applies
// to, each of these under all troubles. What is done and what must hold is in `method/`, as over real sockets.

import { expect, test } from 'vitest';
import { scenarios } from './method/scenarios.ts';
import { seedsOf, simulateScenario } from './simulation/method-simulation.ts';
import { describe } from './simulation/outcome.ts';

test.each(scenarios.map((scenario) => [scenario.tag, scenario.sentence, scenario] as const))(
  '%s over the simulated network: %s',
  async (_tag, _sentence, scenario) => {
    for (let seed = 1; seed <= seedsOf(scenario); seed += 1) {
      const outcome = await simulateScenario(scenario, seed);
      expect(outcome.failure, outcome.failure === undefined ? '' : describe(outcome)).toBeUndefined();
    }
  },
);

test('the same seed of a scenario is the same, line by line', async () => {
  for (const scenario of scenarios) {
    const [one, again] = [await simulateScenario(scenario, 7), await simulateScenario(scenario, 7)];
    expect(again.lines).toEqual(one.lines);
  }
});
