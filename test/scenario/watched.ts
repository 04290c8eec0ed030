// A terminal of a scenario: the product's, with all that it told.

import { join } from 'node:path';
import { expect } from 'vitest';
import type { PersonId } from '../../src/book/person-id.ts';
import type { PersonalEntry, PromptFact } from '../../src/book/personal-entry.ts';
import { openTerminal, type Terminal, type TerminalEvent, type TerminalOptions } from '../../src/node/terminal.ts';
import type { LadderStep } from '../../src/terminal/ladder.ts';
import type { StoredPrompt } from '../../src/terminal/personal-address-book.ts';
import { testPerson } from '../peers/people.ts';
import type { Tap } from './tap.ts';
import { Happened } from './waiting.ts';
import { clerk, type World } from './world.ts';

export const isLive = (event: TerminalEvent): boolean => event.kind === 'state' && event.state.kind === 'live';
export const isPrompt = (event: TerminalEvent): event is Extract<TerminalEvent, { kind: 'prompted' }> =>
  event.kind === 'prompted';
let opened = 0;
export const newStore = (world: World): string => join(world.folder, `terminal-${(opened += 1)}.sqlite`);

/** Who may log in by the directory's own password. */
export const employee = (number: number): { readonly user: string; readonly password: string } => {
  const { uid, password } = testPerson(number, '');
  return { user: uid, password };
};

export class Watched implements AsyncDisposable {
  readonly terminal: Terminal;
  readonly told: Happened<TerminalEvent> = new Happened();
  readonly #options: TerminalOptions;

  private constructor(options: TerminalOptions, terminal: Terminal) {
    this.#options = options;
    this.terminal = terminal;
    void this.#listen(terminal.events());
  }

  static async open(options: TerminalOptions): Promise<Watched> {
    return new Watched(options, await openTerminal(options));
  }

  async #listen(events: AsyncIterable<TerminalEvent>): Promise<void> {
    for await (const event of events) this.told.add(event);
  }

  /** Again on the same store, after it was closed. */
  again(): Promise<Watched> {
    return Watched.open(this.#options);
  }

  get steps(): readonly LadderStep[] {
    return this.told.all.filter((event) => event.kind === 'step');
  }

  /** Keeps these, and waits until the subscription lives. */
  async hold(...people: readonly PersonId[]): Promise<void> {
    for (const person of people) await this.terminal.keep(person);
    await this.live();
  }

  async live(): Promise<void> {
    if (this.terminal.state.kind === 'live') return;
    await this.told.first('the state live', isLive, this.told.all.length);
  }

  /** Waits for the prompts of the next change. */
  async prompted(from: number = this.told.all.length): Promise<readonly StoredPrompt[]> {
    return (await this.told.first('a prompt', isPrompt, from)).prompts;
  }

  async entry(person: PersonId): Promise<PersonalEntry> {
    const found = (await this.terminal.entries()).find((entry) => entry.person === person);
    if (found === undefined) throw new Error(`${person} is not held`);
    return found;
  }

  /** What was prompted about a person, ever, oldest first. */
  async facts(person: PersonId): Promise<readonly PromptFact[]> {
    return (await this.terminal.prompts()).filter((each) => each.person === person).map(({ fact }) => fact);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.terminal[Symbol.asyncDispose]();
  }
}

/** A terminal of the world's server, logged in: by the directory where it is an employee's, else as the clerk. */
export async function enter(
  world: World,
  options: Partial<TerminalOptions> & { readonly employee?: number } = {},
): Promise<Watched> {
  const { employee: number, ...rest } = options;
  const watched = await Watched.open({ store: newStore(world), server: world.url, delivery: 'notice', ...rest });
  if (number === undefined) await world.addClerk();
  await watched.terminal.logIn(number === undefined ? clerk : employee(number));
  return watched;
}

/** The same by way of a tap, over UDP unless told: what passes can be read, and held up. */
export async function enterThrough(
  tap: Tap,
  world: World,
  options: Partial<TerminalOptions> & { readonly employee: number; readonly store?: string },
): Promise<Watched> {
  const { employee: number, store = newStore(world), ...rest } = options;
  {
    await using first = await Watched.open({ store, server: tap.url, online: false });
    await first.terminal.logIn(employee(number));
  }
  await tap.leadSip(store);
  return Watched.open({ store, delivery: 'notice', transport: 'udp', ...rest });
}

/** The prompt of an office telephone that was altered. */
export const telephone = (from: string | undefined, to: string): PromptFact => ({
  kind: 'altered',
  field: 'officeTelephone',
  ...(from !== undefined && { from }),
  to,
});

/** Every entry is what the directory has, and what the employee wrote is as it was. */
export async function expectInStep(watched: Watched, people: ReadonlyMap<string, string>): Promise<void> {
  const entries = await watched.terminal.entries();
  expect(entries.length).toBeGreaterThan(0);
  for (const { base, state } of entries)
    expect([base.name, state, base.officeTelephone]).toEqual([
      base.name,
      'held',
      people.get(base.employeeNumber ?? ''),
    ]);
}
