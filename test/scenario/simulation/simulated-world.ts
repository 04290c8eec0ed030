// An enterprise, a server, and terminals with an employee each, over a network that exists in memory only: what
// a simulation is played in, how it fails, how it is becalmed, and what must be right in it then.

import { wallTime } from '../../../src/base/time.ts';
import { HostFault } from '../../../src/node/host-fault.ts';
import { openSqliteAddressBook } from '../../../src/node/sqlite-address-book.ts';
import { openSqliteChangeLog } from '../../../src/node/sqlite-change-log.ts';
import { openAccountStore } from '../../../src/node/sqlite-sessions.ts';
import { openSubscriptionStore } from '../../../src/node/sqlite-subscriptions.ts';
import type { PersonId } from '../../../src/book/person-id.ts';
import type { AccountStore } from '../../../src/server/account-store.ts';
import type { SubscriptionStore } from '../../../src/server/subscription-store.ts';
import type { ChangeLog, HoldId, SourceKey } from '../../../src/server/change-log.ts';
import type { LadderStep } from '../../../src/terminal/ladder.ts';
import type { Passing } from '../method/passing.ts';
import type { Chance } from './chance.ts';
import { Diary } from './diary.ts';
import { Employee } from './employee.ts';
import { Enterprise } from './enterprise.ts';
import { History, recorded } from './history.ts';
import type { Disk } from './life.ts';
import { goodRoad, type Network, type Road } from './network.ts';
import { Outstanding } from './outstanding.ts';
import { directory, quickPasswords, ServerHost } from './server-host.ts';
import { TerminalHost, type TerminalChoice, type TerminalHostParts } from './terminal-host.ts';
import { Timeline } from './timeline.ts';
import { Trace } from './trace.ts';
import type { Fault, Troubles } from './troubles.ts';
import { expectInStep, expectLogOfDirectory, type Judged } from './verdict.ts';

/** One terminal, who sits before it, and the road to the server. */
export interface SimulatedPlace extends Judged {
  readonly terminal: TerminalHost;
  readonly employee: Employee;
  readonly road: Road;
  /** All that was said between it and the server, where the simulation listens. */
  readonly passed: Passing[];
  /** What of it the terminal saw. */
  readonly steps: LadderStep[];
}

export interface SimulatedWorldOptions {
  readonly seed: number;
  /** Everything by chance comes from it. */
  readonly chance: Chance;
  readonly troubles: Troubles;
  readonly terminals: (chance: Chance) => readonly TerminalChoice[];
  readonly persons: (chance: Chance) => number;
  /** Whether to write down what passes. */
  readonly listens: boolean;
}

const names = ['ben', 'cleo', 'dai'] as const;
export const minute = 60_000;

export class SimulatedWorld {
  readonly chance: Chance;
  readonly trace: Trace;
  readonly timeline: Timeline = new Timeline(new Outstanding());
  readonly history: History = new History();
  readonly enterprise: Enterprise;
  readonly server: ServerHost;
  readonly places: readonly SimulatedPlace[];
  readonly #options: SimulatedWorldOptions;
  readonly #log: ChangeLog;
  readonly #accounts: AccountStore = openAccountStore(':memory:');
  readonly #subscriptions: SubscriptionStore = openSubscriptionStore(':memory:');
  readonly #disk: Disk = { slowness: 0, failures: 0 };
  #breaks = 0;
  #calm = true;

  constructor(options: SimulatedWorldOptions) {
    const { chance, troubles } = options;
    this.#options = options;
    this.chance = chance;
    this.trace = new Trace(this.timeline);
    this.#log = recorded(openSqliteChangeLog({ path: ':memory:' }), this.history);
    this.enterprise = new Enterprise(chance.fork(), this.trace);
    this.server = new ServerHost({
      timeline: this.timeline,
      trace: this.trace,
      chance: chance.fork(),
      disk: this.#disk,
      changeLog: this.#log,
      accounts: this.#accounts,
      subscriptions: this.#subscriptions,
      enterprise: this.enterprise,
      brake: {
        ...(troubles.brake ? { count: 2, percent: 20 } : { count: 1000, percent: 100 }),
        container: { persons: 10, percent: troubles.brake ? 50 : 100 },
      },
      tailChanges: chance.oneOf([3, 20, 10_000]),
    });
    this.places = options.terminals(chance).map((choice, at) => this.#place(names[at] ?? `place ${at}`, at, choice));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#log[Symbol.asyncDispose]();
    await this.#accounts[Symbol.asyncDispose]();
    await this.#subscriptions[Symbol.asyncDispose]();
    for (const { store } of this.places) await store[Symbol.asyncDispose]();
  }

  #place(name: string, at: number, choice: TerminalChoice): SimulatedPlace {
    const { trace, timeline, history } = this;
    const road: Road = { ...goodRoad };
    const network: Network = { timeline, chance: this.chance.fork(), road };
    const store = openSqliteAddressBook(':memory:');
    const diary = new Diary(store, history);
    const passed: Passing[] = [];
    const steps: LadderStep[] = [];
    const { listens } = this.#options;
    const parts: TerminalHostParts = {
      name,
      address: `198.51.100.${at + 1}`,
      network,
      disk: this.#disk,
      trace,
      server: this.server,
      store: diary.store,
      ...choice,
      breaks: () => this.#breaks,
      told: (told) => {
        if (listens && told.kind === 'step') steps.push(told);
        employee.see(told);
      },
      ...(listens && { passed: (passing) => passed.push(passing) }),
    };
    const terminal = new TerminalHost(parts);
    const employee = new Employee({ name, timeline, chance: this.chance.fork(), trace, history, terminal });
    trace.note(name, `takes ${choice.delivery}, ${choice.acquire}, ${choice.transport}`);
    return { terminal, employee, road, store, diary, history, passed, steps };
  }

  /** Everyone is hired, the server and the terminals start, and the employees log in. */
  async begin(): Promise<void> {
    const { troubles, seed, persons } = this.#options;
    this.trace.note('world', `${troubles.claim} (seed ${seed})`);
    for (let hired = persons(this.chance); hired > 0; hired -= 1) this.enterprise.hire();
    for (const { terminal } of this.places) {
      const { name } = terminal.parts;
      const passwordHash = await quickPasswords.hash(`${name}'s password`);
      await this.#accounts.putAccount({ user: name, passwordHash, createdAt: wallTime(0) });
    }
    this.server.start();
    for (const { terminal, employee } of this.places) {
      terminal.start();
      employee.logIn();
    }
    await this.timeline.pass(10_000);
  }

  /** As the enterprise address book has this person. */
  async personOf(key: SourceKey): Promise<PersonId> {
    const known = (await this.#log.known(directory, [key])).get(key);
    if (known === undefined) throw new Error(`${key} is not in the log`);
    return known.person;
  }

  /** From now on all is as bad as these troubles have it. */
  brew(): void {
    const { road, breaks, disk } = this.#options.troubles;
    this.#calm = false;
    for (const place of this.places) Object.assign(place.road, road);
    Object.assign(this.#disk, disk);
    this.#breaks = breaks;
  }

  fail(fault: Fault): void {
    const place = this.chance.oneOf(this.places);
    if (place === undefined) return;
    switch (fault) {
      case 'restart-server':
        if (this.chance.is(0.5)) this.server.stop();
        else this.server.kill();
        return this.timeline.after(this.chance.between(200, 40_000), () => this.server.start());
      case 'restart-terminal':
        place.terminal.kill(this.chance.is(0.5));
        return this.timeline.after(this.chance.between(0, 40_000), () => this.startTerminal(place));
      case 'break-streams':
        return place.terminal.breakStreams();
      case 'cut':
        return this.#cut(place);
      case 'lose-directory':
        return this.server.running?.following.lose();
      case 'forget-cookies':
        this.enterprise.forgetCookies();
        return this.server.running?.following.lose();
      case 'purge':
        return this.timeline.outstanding.begin(() => this.#purge());
      case 'hide':
        return this.#hide();
    }
  }

  startTerminal({ terminal, employee }: SimulatedPlace): void {
    terminal.start();
    // Where it was killed before its first log-in was kept, somebody logs in again.
    this.timeline.after(3000, () => employee.logIn());
  }

  #cut({ terminal, road }: SimulatedPlace): void {
    this.trace.note(terminal.parts.name, 'is cut off');
    road.cut = true;
    this.timeline.after(this.chance.between(1000, 400_000), () => (road.cut = false));
  }

  /** The newest few changes are kept; where no more, even the leavers are forgotten. */
  async #purge(): Promise<void> {
    const keep = this.chance.oneOf([0, 2, 10]);
    const leftBefore = wallTime(this.chance.is(0.3) ? this.timeline.wall : 0);
    this.trace.note('server', `keeps the newest ${keep} changes only`);
    await this.timeline.outstanding.counted(this.#log.purge({ keep, before: wallTime(0), leftBefore }));
  }

  #hide(): void {
    this.enterprise.hide(this.chance.oneOf([0.4, 0.8, 1]));
    this.timeline.after(this.chance.between(10_000, 300_000), () => this.#judgeHolds());
  }

  /** The administrator sees what is held, and approves, rejects or leaves it; and repairs the directory, or does not yet. */
  #judgeHolds(): void {
    if (this.#calm) return;
    const stage = this.server.running?.stage;
    if (this.chance.is(0.5) && stage !== undefined)
      this.timeline.outstanding.begin(async () => {
        try {
          for (const { id } of await this.#held()) {
            const { kind } = await (this.chance.is(0.6) ? stage.approve(id) : stage.reject(id));
            this.trace.note('admin', `${kind} ${id}`);
          }
        } catch (fault) {
          if (!(fault instanceof HostFault)) throw fault;
        }
      });
    if (this.chance.is(0.6)) this.enterprise.hide(0);
  }

  /**
   * Everyone can be read again, so what is held is true, and the administrator approves. What was once rejected is
   * only found by a whole refresh.
   */
  async #approveAll(): Promise<void> {
    this.enterprise.forgetCookies();
    this.server.running?.following.lose();
    await this.timeline.pass(minute);
    const there = new Map(this.enterprise.persons().map(({ key, fields }) => [key, fields]));
    for (const { removals } of await this.#log.holds()) {
      const wrong = removals.find(({ key }) => there.has(key));
      if (wrong !== undefined) throw new Error(`${wrong.key} is there, and the brake holds the removal`);
    }
    for (const { field, persons } of await this.#log.heldFields()) {
      const wrong = persons.find(({ key }) => there.get(key)?.[field] !== undefined);
      if (wrong !== undefined) throw new Error(`${wrong.key} has a value in ${field}, and the brake holds its loss`);
    }
    for (const { id } of await this.#held())
      this.timeline.outstanding.begin(async () => void (await this.server.running?.stage.approve(id)));
    await this.timeline.pass(minute);
  }

  async #held(): Promise<readonly { readonly id: HoldId }[]> {
    return [...(await this.#log.holds()), ...(await this.#log.heldFields())];
  }

  /** The faults stop, and all are at their places. */
  async becalm(): Promise<void> {
    this.trace.note('world', 'calm');
    this.#calm = true;
    for (const { road } of this.places) Object.assign(road, goodRoad);
    Object.assign(this.#disk, { slowness: 0, failures: 0 });
    this.#breaks = 0;
    this.enterprise.hide(0);
    this.server.start();
    for (const place of this.places) {
      this.startTerminal(place);
      place.employee.goOnline();
    }
    await this.timeline.pass(minute);
    if (this.#options.troubles.brake) await this.#approveAll();
  }

  async judge({ marked }: { readonly marked: boolean }): Promise<void> {
    await expectLogOfDirectory(this.#log, this.enterprise, this.history);
    for (const place of this.places) {
      try {
        await place.diary.expectTrue();
        await expectInStep(place, marked);
      } catch (cause) {
        throw new Error(`${place.terminal.parts.name}: ${String(cause)}`, { cause });
      }
    }
    await this.expectSubscriptions();
  }

  /** Claim 5: a subscription for each personal address book that has an entry, and no other. */
  async expectSubscriptions(): Promise<void> {
    let wanted = 0;
    for (const { store, terminal } of this.places) {
      const { people } = await store.holdings();
      const state = people.size > 0 ? 'live' : 'offline';
      if (terminal.state.kind !== state)
        throw new Error(`${terminal.parts.name} is ${terminal.state.kind}: ${terminal.state.words}`);
      wanted += people.size > 0 ? 1 : 0;
    }
    const there = this.server.running?.server.subscriptions;
    if (there !== wanted) throw new Error(`${wanted} books have an entry, and there are ${there} subscriptions`);
  }
}
