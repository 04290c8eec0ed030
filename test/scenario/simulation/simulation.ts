// One simulation by chance: a time of troubles, in which the enterprise and all employees act and things go
// wrong; then a calm, at whose end everything must be right again.

import { acquisitions } from '../../../src/terminal/acquisition.ts';
import { deliveries } from '../../../src/wire/interest.ts';
import { Chance } from './chance.ts';
import { outcomeOf, type Outcome, type Simulated } from './outcome.ts';
import { minute, SimulatedWorld } from './simulated-world.ts';
import type { TerminalChoice } from './terminal-host.ts';
import type { Trace } from './trace.ts';
import { drawFault, troublesOf, type Troubles } from './troubles.ts';

/** Fewer never stay, so that nothing but the brake's own seeds looks like an emptied directory. */
const leastPersons = 4;

export const simulate = (seed: number): Promise<Outcome> => outcomeOf(new Simulation(seed), `--seed ${seed}`);

class Simulation implements Simulated {
  readonly #troubles: Troubles;
  readonly #chance: Chance;
  readonly #world: SimulatedWorld;

  constructor(seed: number) {
    const troubles = troublesOf(seed);
    const terminal = (chance: Chance): TerminalChoice => ({
      delivery: chance.oneOf(deliveries) ?? 'broadcast',
      acquire: chance.oneOf(acquisitions) ?? 'list',
      transport: chance.oneOf(troubles.transports),
    });
    this.#troubles = troubles;
    this.#chance = new Chance(seed);
    this.#world = new SimulatedWorld({
      seed,
      chance: this.#chance,
      troubles,
      terminals: (chance) => Array.from({ length: chance.between(2, 3) }, () => terminal(chance)),
      persons: (chance) => chance.between(8, 14),
      listens: false,
    });
  }

  get trace(): Trace {
    return this.#world.trace;
  }

  async run(): Promise<void> {
    const world = this.#world;
    await world.begin();
    for (const { employee } of world.places)
      for (let kept = this.#chance.between(0, 8); kept > 0; kept -= 1) employee.keep();
    await world.timeline.pass(10_000);
    await this.#turmoil();
    await world.becalm();
    await world.timeline.pass(65 * minute);
    await world.judge({ marked: true });
    await this.#expectAtOnce();
    await this.#expectNoSubscriptionWithoutEntry();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#world[Symbol.asyncDispose]();
  }

  async #turmoil(): Promise<void> {
    this.#world.brew();
    const steps = this.#chance.between(20, 90);
    const longest = this.#chance.oneOf([50, 2000, 20_000, 90_000]);
    for (let step = 0; step < steps; step += 1) {
      this.#step();
      // Much happens in one moment, or while the last is still under way.
      await this.#world.timeline.pass(this.#chance.is(0.3) ? 0 : this.#chance.between(0, longest));
    }
  }

  /** A fault, or one of eight steps of the enterprise, or of five of the employees. */
  #step(): void {
    const drawn = drawFault(this.#troubles, this.#chance, 13);
    if (typeof drawn === 'string') return this.#world.fail(drawn);
    if (drawn < 8) return this.#world.enterprise.step(leastPersons);
    this.#chance.oneOf(this.#world.places)?.employee.act();
  }

  /** Now that all is well, a change is in every book within seconds, by its notification. */
  async #expectAtOnce(): Promise<void> {
    const { trace, enterprise, timeline } = this.#world;
    trace.note('world', 'each directory entry is altered once more');
    for (const { key } of enterprise.persons()) enterprise.alterTelephone(key, '8999');
    await timeline.pass(5000);
    await this.#world.judge({ marked: false });
  }

  async #expectNoSubscriptionWithoutEntry(): Promise<void> {
    const { trace, places, timeline } = this.#world;
    trace.note('world', 'every entry is removed');
    for (const { employee } of places) employee.removeAll();
    await timeline.pass(5000);
    await this.#world.expectSubscriptions();
  }
}
