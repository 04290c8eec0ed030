// One scenario of the method over the simulated network, by its seed: which delivery, acquisition, transport and
// troubles it is played with follows from that.

import { choices, type Scenario } from '../method/scenario.ts';
import { scenarios } from '../method/scenarios.ts';
import type { Choice } from '../method/stage.ts';
import { Chance } from './chance.ts';
import { MethodStage } from './method-stage.ts';
import { outcomeOf, type Outcome, type Simulated } from './outcome.ts';
import { SimulatedWorld } from './simulated-world.ts';
import type { Trace } from './trace.ts';
import { troubles, type Troubles } from './troubles.ts';

/** A brake that holds alterations of persons who seemed to leave is another story: there more is altered than a scenario says. */
const faulty: readonly Troubles[] = troubles.filter(({ brake }) => !brake);

const choicesOf = (scenario: Scenario): readonly Choice[] => choices.filter((choice) => scenario.applies(choice));

/** So many seeds, from 1, play a scenario with all that it applies to, each under all troubles. */
export const seedsOf = (scenario: Scenario): number => choicesOf(scenario).length * faulty.length;

export const simulateScenario = (scenario: Scenario, seed: number): Promise<Outcome> =>
  outcomeOf(new MethodSimulation(scenario, seed), `--scenario ${JSON.stringify(scenario.tag)} --seed ${seed}`);

class MethodSimulation implements Simulated {
  readonly #scenario: Scenario;
  readonly #world: SimulatedWorld;
  readonly #stage: MethodStage;

  constructor(scenario: Scenario, seed: number) {
    this.#scenario = scenario;
    const all = choicesOf(scenario);
    const choice = all[seed % all.length];
    const trouble = faulty[Math.floor(seed / all.length) % faulty.length];
    if (choice === undefined || trouble === undefined) throw new Error(`nothing to play ${scenario.tag} with`);
    // Another scenario's seeds are others.
    const chance = new Chance(seed * scenarios.length + scenarios.indexOf(scenario));
    const terminal = { ...choice, transport: chance.oneOf(trouble.transports) };
    this.#world = new SimulatedWorld({
      seed,
      chance,
      troubles: trouble,
      terminals: () => [terminal, terminal],
      persons: () => 8,
      listens: true,
    });
    this.#stage = new MethodStage({ world: this.#world, chance: chance.fork(), troubles: trouble, choice });
  }

  get trace(): Trace {
    return this.#world.trace;
  }

  async run(): Promise<void> {
    const { tag, sentence } = this.#scenario;
    this.trace.note('world', `${tag}: ${sentence}`);
    await this.#world.begin();
    await this.#scenario.play(this.#stage);
    await this.#world.judge({ marked: false });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#world[Symbol.asyncDispose]();
  }
}
