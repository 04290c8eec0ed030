// The simulated network as a stage for the scenarios of the method. Time passes only while a scenario waits.

import type { PersonId } from '../../../src/book/person-id.ts';
import type { Own, PersonalEntry } from '../../../src/book/personal-entry.ts';
import type { HttpAnswer } from '../../../src/terminal/acquisition.ts';
import type { LadderStep } from '../../../src/terminal/ladder.ts';
import type { StoredPrompt } from '../../../src/terminal/personal-address-book.ts';
import type { SourceKey } from '../../../src/server/change-log.ts';
import type { Passing } from '../method/passing.ts';
import type { Choice, Place, Stage } from '../method/stage.ts';
import type { Chance } from './chance.ts';
import { minute, type SimulatedPlace, type SimulatedWorld } from './simulated-world.ts';
import { drawFault, type Troubles } from './troubles.ts';

export interface MethodStageParts {
  readonly world: SimulatedWorld;
  readonly chance: Chance;
  readonly troubles: Troubles;
  readonly choice: Choice;
}

export class MethodStage implements Stage {
  readonly choice: Choice;
  readonly places: readonly [Place, Place];
  readonly #parts: MethodStageParts;

  constructor(parts: MethodStageParts) {
    const [first, second] = parts.world.places;
    if (first === undefined || second === undefined) throw new Error('there are two terminals');
    this.choice = parts.choice;
    this.places = [new MethodPlace(first, parts.world), new MethodPlace(second, parts.world)];
    this.#parts = parts;
  }

  person(number: number): Promise<PersonId> {
    return this.#parts.world.personOf(this.#keyOf(number));
  }

  async telephone(number: number): Promise<string | undefined> {
    const { history } = this.#parts.world;
    return history.wholeOf(await this.person(number))?.officeTelephone;
  }

  async alter(telephones: ReadonlyMap<number, string>): Promise<void> {
    for (const [number, telephone] of telephones)
      this.#parts.world.enterprise.alterTelephone(this.#keyOf(number), telephone);
    await this.#parts.world.timeline.pass(0);
  }

  async revision(): Promise<number> {
    return this.#parts.world.history.head;
  }

  /** Faults come before `work`, between its steps and after it, a moment apart or minutes; then, within the hour, all is right. */
  async storm(work: () => Promise<void>): Promise<void> {
    const { world, chance } = this.#parts;
    const longest = chance.oneOf([20, 300, 5000, 40_000]);
    world.brew();
    const blow = this.#blow(longest);
    await world.timeline.pass(chance.between(0, 3 * longest));
    await work();
    await world.timeline.pass(chance.between(0, 10 * longest));
    blow.end();
    await world.becalm();
    await world.timeline.pass(65 * minute);
    await world.judge({ marked: true });
  }

  /** Within seconds, by notifications. */
  async inStep(): Promise<void> {
    await this.#parts.world.timeline.pass(5000);
    await this.#parts.world.judge({ marked: false });
  }

  #blow(longest: number): { readonly end: () => void } {
    const { world, chance, troubles } = this.#parts;
    let over = false;
    const next = (): void => {
      if (over) return;
      const fault = drawFault(troubles, chance, 4);
      if (typeof fault === 'string') world.fail(fault);
      world.timeline.after(chance.between(0, longest), next);
    };
    next();
    return { end: () => (over = true) };
  }

  #keyOf(number: number): SourceKey {
    const person = this.#parts.world.enterprise.persons()[number];
    if (person === undefined) throw new Error(`there is no person ${number}`);
    return person.key;
  }
}

/** How often a second is waited for something that the employee did, before that is taken for never. */
const patience = 7200;

class MethodPlace implements Place {
  readonly #place: SimulatedPlace;
  readonly #world: SimulatedWorld;

  constructor(place: SimulatedPlace, world: SimulatedWorld) {
    this.#place = place;
    this.#world = world;
  }

  get passed(): readonly Passing[] {
    return this.#place.passed;
  }

  get steps(): readonly LadderStep[] {
    return this.#place.steps;
  }

  get state(): string {
    return this.#place.terminal.state.kind;
  }

  async keep(...people: readonly PersonId[]): Promise<void> {
    for (const person of people)
      await this.#insist(
        () => this.#place.employee.keepPerson(person),
        async () => (await this.entries()).some((entry) => entry.person === person),
      );
    await this.#world.timeline.pass(5000);
    if (this.state !== 'live') throw new Error(`it keeps, and is ${this.state}`);
  }

  remove(person: PersonId): Promise<void> {
    return this.#insist(
      () => this.#place.employee.remove(person),
      async () => (await this.entries()).every((entry) => entry.person !== person),
    );
  }

  async write(person: PersonId, own: Partial<Own>): Promise<void> {
    this.#place.employee.write(person, own);
    await this.#world.timeline.pass(0);
  }

  entries(): Promise<readonly PersonalEntry[]> {
    return this.#place.store.entries();
  }

  prompts(): Promise<readonly StoredPrompt[]> {
    return this.#place.store.prompts({ unseenOnly: false });
  }

  /** It says farewell, as far as that arrives. */
  async restart(): Promise<void> {
    this.#place.terminal.running?.driven.tell({ kind: 'go-offline' });
    await this.#world.timeline.pass(1000);
    this.#place.terminal.kill(false);
    this.#world.startTerminal(this.#place);
    await this.#world.timeline.pass(100);
  }

  async ask(path: string, body?: unknown): Promise<unknown> {
    let answer: HttpAnswer | undefined;
    const question =
      body === undefined
        ? ({ method: 'GET', path } as const)
        : ({ method: 'POST', path, body: JSON.stringify(body) } as const);
    this.#place.terminal.ask(question, (given) => (answer = given));
    await this.#world.timeline.pass(1000);
    if (answer?.status !== 200) throw new Error(`${path} is answered with ${answer?.status}: ${answer?.text}`);
    return JSON.parse(answer.text);
  }

  /** What is asked of a terminal that is down, or of a disk that fails, is asked again. */
  async #insist(act: () => void, done: () => Promise<boolean>): Promise<void> {
    for (let tries = 0; tries < patience; tries += 1) {
      act();
      await this.#world.timeline.pass(1000);
      if (await done()) return;
    }
    throw new Error('the employee asked in vain');
  }
}
