// One simulation: an enterprise, a server, two or three terminals with an employee each; a time of troubles, in
// which all of them act and things go wrong; then a calm, at whose end everything must be right again.

import { wallTime } from '../../../src/base/time.ts';
import { HostFault } from '../../../src/node/host-fault.ts';
import { openSqliteAddressBook } from '../../../src/node/sqlite-address-book.ts';
import { openSqliteChangeLog } from '../../../src/node/sqlite-change-log.ts';
import { openAccountStore } from '../../../src/node/sqlite-sessions.ts';
import type { AccountStore } from '../../../src/server/account-store.ts';
import type { ChangeLog } from '../../../src/server/change-log.ts';
import { acquisitions } from '../../../src/terminal/acquisition.ts';
import { deliveries } from '../../../src/wire/interest.ts';
import { Chance } from './chance.ts';
import { Diary } from './diary.ts';
import { Employee } from './employee.ts';
import { Enterprise } from './enterprise.ts';
import { History, recorded } from './history.ts';
import type { Disk } from './life.ts';
import { goodRoad, type Network, type Road } from './network.ts';
import { Outstanding } from './outstanding.ts';
import { quickPasswords, ServerHost } from './server-host.ts';
import { TerminalHost, type TerminalHostParts } from './terminal-host.ts';
import { Timeline } from './timeline.ts';
import { Trace } from './trace.ts';
import { troublesOf, type Fault, type Troubles } from './troubles.ts';
import { expectInStep, expectLogOfDirectory, type Judged } from './verdict.ts';

interface Place extends Judged {
  readonly terminal: TerminalHost;
  readonly employee: Employee;
  readonly road: Road;
}

const names = ['ben', 'cleo', 'dai'] as const;
const minute = 60_000;
/** Fewer never stay, so that nothing but the brake's own seeds looks like an emptied directory. */
const leastPersons = 4;

export class Simulation {
  readonly seed: number;
  readonly trace: Trace;
  readonly #troubles: Troubles;
  readonly #chance: Chance;
  readonly #timeline = new Timeline(new Outstanding());
  readonly #history = new History();
  readonly #log: ChangeLog;
  readonly #accounts: AccountStore = openAccountStore(':memory:');
  readonly #enterprise: Enterprise;
  readonly #server: ServerHost;
  readonly #places: readonly Place[];
  readonly #disk: Disk = { slowness: 0, failures: 0 };
  #breaks = 0;
  #calm = false;

  constructor(seed: number) {
    this.seed = seed;
    this.#troubles = troublesOf(seed);
    this.#chance = new Chance(seed);
    this.trace = new Trace(this.#timeline);
    this.#log = recorded(openSqliteChangeLog({ path: ':memory:' }), this.#history);
    this.#enterprise = new Enterprise(this.#chance.fork(), this.trace);
    this.#server = new ServerHost({
      timeline: this.#timeline,
      trace: this.trace,
      chance: this.#chance.fork(),
      disk: this.#disk,
      changeLog: this.#log,
      accounts: this.#accounts,
      enterprise: this.#enterprise,
      brake: this.#troubles.brake ? { count: 2, percent: 20 } : { count: 1000, percent: 100 },
      tailChanges: this.#chance.oneOf([3, 20, 10_000]),
    });
    this.#places = names.slice(0, this.#chance.between(2, 3)).map((name, at) => this.#place(name, at));
  }

  /** @throws Error where something that must be true is not */
  async run(): Promise<void> {
    await this.#begin();
    await this.#turmoil();
    await this.#becalm();
    await this.#timeline.pass(65 * minute);
    await this.#judge({ marked: true });
    await this.#expectAtOnce();
    await this.#expectNoSubscriptionWithoutEntry();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#log[Symbol.asyncDispose]();
    await this.#accounts[Symbol.asyncDispose]();
    for (const { store } of this.#places) await store[Symbol.asyncDispose]();
  }

  #place(name: string, at: number): Place {
    const chance = this.#chance.fork();
    const road: Road = { ...goodRoad };
    const network: Network = { timeline: this.#timeline, chance, road };
    const store = openSqliteAddressBook(':memory:');
    const diary = new Diary(store, this.#history);
    const parts: TerminalHostParts = {
      name,
      address: `198.51.100.${at + 1}`,
      network,
      disk: this.#disk,
      trace: this.trace,
      server: this.#server,
      store: diary.store,
      delivery: chance.oneOf(deliveries) ?? 'broadcast',
      acquire: chance.oneOf(acquisitions) ?? 'list',
      transport: chance.oneOf(this.#troubles.transports),
      breaks: () => this.#breaks,
      told: (told) => employee.see(told),
    };
    const terminal = new TerminalHost(parts);
    const { timeline, trace, history } = { timeline: this.#timeline, trace: this.trace, history: this.#history };
    const employee = new Employee({ name, timeline, chance: this.#chance.fork(), trace, history, terminal });
    trace.note(name, `takes ${parts.delivery}, ${parts.acquire}, ${parts.transport}`);
    return { terminal, employee, road, store, diary, history };
  }

  /** Everyone is hired, the server and the terminals start, and each employee keeps a few. */
  async #begin(): Promise<void> {
    this.trace.note('world', `${this.#troubles.claim} (seed ${this.seed})`);
    for (let hired = this.#chance.between(8, 14); hired > 0; hired -= 1) this.#enterprise.hire();
    for (const name of names)
      await this.#accounts.putAccount({
        user: name,
        passwordHash: await quickPasswords.hash(`${name}'s password`),
        createdAt: wallTime(0),
      });
    this.#server.start();
    for (const { terminal, employee } of this.#places) {
      terminal.start();
      employee.logIn();
    }
    await this.#timeline.pass(10_000);
    for (const { employee } of this.#places)
      for (let kept = this.#chance.between(0, 8); kept > 0; kept -= 1) employee.keep();
    await this.#timeline.pass(10_000);
  }

  async #turmoil(): Promise<void> {
    const { road, breaks, disk } = this.#troubles;
    for (const place of this.#places) Object.assign(place.road, road);
    Object.assign(this.#disk, disk);
    this.#breaks = breaks;
    const steps = this.#chance.between(20, 90);
    const longest = this.#chance.oneOf([50, 2000, 20_000, 90_000]);
    for (let step = 0; step < steps; step += 1) {
      this.#step();
      // Much happens in one moment, or while the last is still under way.
      await this.#timeline.pass(this.#chance.is(0.3) ? 0 : this.#chance.between(0, longest));
    }
  }

  #step(): void {
    const faults = Object.entries(this.#troubles.faults) as [Fault, number][];
    let draw = this.#chance.share() * faults.reduce((sum, [, weight]) => sum + weight, 13);
    for (const [fault, weight] of faults) {
      if (draw < weight) return this.#fail(fault);
      draw -= weight;
    }
    if (draw < 8) return this.#enterprise.step(leastPersons);
    this.#chance.oneOf(this.#places)?.employee.act();
  }

  #fail(fault: Fault): void {
    const place = this.#chance.oneOf(this.#places);
    if (place === undefined) return;
    switch (fault) {
      case 'restart-server':
        if (this.#chance.is(0.5)) this.#server.stop();
        else this.#server.kill();
        return this.#timeline.after(this.#chance.between(200, 40_000), () => this.#server.start());
      case 'restart-terminal':
        place.terminal.kill(this.#chance.is(0.5));
        return this.#timeline.after(this.#chance.between(0, 40_000), () => this.#startTerminal(place));
      case 'break-streams':
        return place.terminal.breakStreams();
      case 'cut':
        return this.#cut(place);
      case 'lose-directory':
        return this.#server.running?.following.lose();
      case 'forget-cookies':
        this.#enterprise.forgetCookies();
        return this.#server.running?.following.lose();
      case 'purge':
        return this.#timeline.outstanding.begin(() => this.#purge());
      case 'hide':
        return this.#hide();
    }
  }

  #startTerminal({ terminal, employee }: Place): void {
    terminal.start();
    // Where it was killed before its first log-in was kept, somebody logs in again.
    this.#timeline.after(3000, () => employee.logIn());
  }

  #cut({ terminal, road }: Place): void {
    this.trace.note(terminal.parts.name, 'is cut off');
    road.cut = true;
    this.#timeline.after(this.#chance.between(1000, 400_000), () => (road.cut = false));
  }

  /** The newest few changes are kept; where no more, even the leavers are forgotten. */
  async #purge(): Promise<void> {
    const keep = this.#chance.oneOf([0, 2, 10]);
    const leftBefore = wallTime(this.#chance.is(0.3) ? this.#timeline.wall : 0);
    this.trace.note('server', `keeps the newest ${keep} changes only`);
    await this.#timeline.outstanding.counted(this.#log.purge({ keep, before: wallTime(0), leftBefore }));
  }

  #hide(): void {
    this.#enterprise.hide(this.#chance.oneOf([0.4, 0.8, 1]));
    this.#timeline.after(this.#chance.between(10_000, 300_000), () => this.#judgeHolds());
  }

  /** The administrator sees what is held, and approves, rejects or leaves it; and repairs the directory, or does not yet. */
  #judgeHolds(): void {
    if (this.#calm) return;
    const stage = this.#server.running?.stage;
    if (this.#chance.is(0.5) && stage !== undefined)
      this.#timeline.outstanding.begin(async () => {
        try {
          for (const { id } of await this.#log.holds()) {
            const { kind } = await (this.#chance.is(0.6) ? stage.approve(id) : stage.reject(id));
            this.trace.note('admin', `${kind} ${id}`);
          }
        } catch (fault) {
          if (!(fault instanceof HostFault)) throw fault;
        }
      });
    if (this.#chance.is(0.6)) this.#enterprise.hide(0);
  }

  /**
   * Everyone can be read again, so what is held are real leavers, and the administrator approves. Whose removal
   * was once rejected is only found by a whole refresh.
   */
  async #approveLeavers(): Promise<void> {
    this.#enterprise.forgetCookies();
    this.#server.running?.following.lose();
    await this.#timeline.pass(minute);
    const there = new Set(this.#enterprise.persons().map(({ key }) => key));
    for (const { id, removals } of await this.#log.holds()) {
      const wrong = removals.find(({ key }) => there.has(key));
      if (wrong !== undefined) throw new Error(`${wrong.key} is there, and the brake holds the removal`);
      this.#timeline.outstanding.begin(async () => void (await this.#server.running?.stage.approve(id)));
    }
    await this.#timeline.pass(minute);
  }

  /** The faults stop, and all are at their places. */
  async #becalm(): Promise<void> {
    this.trace.note('world', 'calm');
    this.#calm = true;
    for (const { road } of this.#places) Object.assign(road, goodRoad);
    Object.assign(this.#disk, { slowness: 0, failures: 0 });
    this.#breaks = 0;
    this.#enterprise.hide(0);
    this.#server.start();
    for (const place of this.#places) {
      this.#startTerminal(place);
      place.employee.goOnline();
    }
    await this.#timeline.pass(minute);
    if (this.#troubles.brake) await this.#approveLeavers();
  }

  async #judge({ marked }: { readonly marked: boolean }): Promise<void> {
    await expectLogOfDirectory(this.#log, this.#enterprise, this.#history);
    for (const place of this.#places) {
      try {
        await place.diary.expectTrue();
        await expectInStep(place, marked);
      } catch (cause) {
        throw new Error(`${place.terminal.parts.name}: ${String(cause)}`, { cause });
      }
    }
    await this.#expectSubscriptions();
  }

  /** Claim 5: a subscription for each personal address book that has an entry, and no other. */
  async #expectSubscriptions(): Promise<void> {
    let wanted = 0;
    for (const { store, terminal } of this.#places) {
      const { people } = await store.holdings();
      const state = people.size > 0 ? 'live' : 'offline';
      if (terminal.state.kind !== state)
        throw new Error(`${terminal.parts.name} is ${terminal.state.kind}: ${terminal.state.words}`);
      wanted += people.size > 0 ? 1 : 0;
    }
    const there = this.#server.running?.server.subscriptions;
    if (there !== wanted) throw new Error(`${wanted} books have an entry, and there are ${there} subscriptions`);
  }

  /** Now that all is well, a change is in every book within seconds, by its notification. */
  async #expectAtOnce(): Promise<void> {
    this.trace.note('world', 'each directory entry is altered once more');
    for (const { key } of this.#enterprise.persons()) this.#enterprise.alterTelephone(key, '8999');
    await this.#timeline.pass(5000);
    await this.#judge({ marked: false });
  }

  async #expectNoSubscriptionWithoutEntry(): Promise<void> {
    this.trace.note('world', 'every entry is removed');
    for (const { employee } of this.#places) employee.removeAll();
    await this.#timeline.pass(5000);
    await this.#expectSubscriptions();
  }
}
