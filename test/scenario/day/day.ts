// A day of many terminals on one server: real endpoints on both sides, the real notifier and stores, a network that
// loses, and a clock that is a number. At its end the server holds what lives, and nothing else.

import { wallTime } from '../../../src/base/time.ts';
import type { Change } from '../../../src/book/change.ts';
import { personId, type PersonId } from '../../../src/book/person-id.ts';
import { hash, sha256 } from '../../../src/node/chance.ts';
import { openSqliteChangeLog } from '../../../src/node/sqlite-change-log.ts';
import { openAccountStore } from '../../../src/node/sqlite-sessions.ts';
import { openSubscriptionStore } from '../../../src/node/sqlite-subscriptions.ts';
import { SubscriptionKeeper } from '../../../src/node/subscription-keeper.ts';
import { makePersonIds } from '../../../src/node/person-ids.ts';
import { createAdministration } from '../../../src/server/administration.ts';
import { sourceKey, sourceName } from '../../../src/server/change-log.ts';
import { noPriority } from '../../../src/server/merge.ts';
import { Turns } from '../../../src/server/turns.ts';
import { createEmbeddedBook } from '../../../src/server/embedded-book.ts';
import { createServer, type Server, type SipInput, type SipOutput } from '../../../src/server/server.ts';
import type { SipCounts } from '../../../src/server/sip-face.ts';
import { alarm, type Alarm } from '../../../src/sip/agenda.ts';
import { hashedA1 } from '../../../src/sip/digest.ts';
import type { Flow } from '../../../src/sip/transaction-user.ts';
import { Chance } from '../simulation/chance.ts';
import { quickPasswords } from '../simulation/server-host.ts';
import { Clock } from './clock.ts';
import { DayTerminal, type Way } from './day-terminal.ts';

export interface DayOptions {
  readonly seed: number;
  readonly terminals: number;
  readonly hours: number;
  readonly changes: number;
  readonly progress?: (hour: number, counts: SipCounts) => void;
}

export interface DayEnd {
  /** Terminals that are on, and of these those who are subscribed as they see it. */
  readonly on: number;
  readonly live: number;
  /** After a calm hour and the longest expiry. */
  readonly calm: SipCounts;
  /** Rows of the store then, and how many of those who are on came over UDP. */
  readonly kept: number;
  readonly onOverUdp: number;
  /** After all have left and the last transaction is forgotten. */
  readonly empty: SipCounts;
  readonly most: SipCounts;
  readonly messages: number;
}

const realm = 'example.com';
const hour = 3_600_000;
const source = sourceName('embedded');
const beginning = Date.UTC(2026, 0, 5);
const letters = 'abcdefghijkmnpqrstuvwxyz';

/** Distinct, and of the form that IDs have. */
function personNumber(number: number): PersonId {
  let text = '';
  for (let rest = number, place = 0; place < 6; place += 1, rest = Math.floor(rest / letters.length))
    text += letters[rest % letters.length] ?? '';
  return personId(text);
}

export class Day implements Way, AsyncDisposable {
  readonly #options: DayOptions;
  readonly #clock = new Clock();
  readonly #chance: Chance;
  readonly #log = openSqliteChangeLog({ path: ':memory:' });
  readonly #accounts = openAccountStore(':memory:');
  readonly #subscriptions = openSubscriptionStore(':memory:');
  readonly #byFlow = new Map<Flow, DayTerminal>();
  readonly #terminals: DayTerminal[] = [];
  readonly #people: readonly PersonId[];
  readonly #wake: Alarm = alarm(() => this.#carryOut(this.#sip.wake(this.#clock.now)));
  #server: Server | undefined;
  #keeper: SubscriptionKeeper | undefined;
  #loss = 0.02;
  #messages = 0;
  #most: Record<string, number> = {};

  constructor(options: DayOptions) {
    this.#options = options;
    this.#chance = new Chance(options.seed);
    this.#people = Array.from({ length: Math.max(100, options.terminals / 2) }, (_, number) => personNumber(number));
  }

  async run(): Promise<DayEnd> {
    await this.#open();
    const { hours, changes, progress } = this.#options;
    for (let at = 1; at <= hours; at += 1) {
      for (let change = 0; change < changes; change += 1) {
        this.#clock.pass((at - 1) * hour + ((change + 0.5) * hour) / changes);
        await this.#alter();
      }
      this.#clock.pass(at * hour);
      progress?.(at, this.#note());
    }
    return this.#end();
  }

  /** A calm: nothing is lost, nobody comes or goes, for longer than any subscription lasts. Then all leave. */
  async #end(): Promise<DayEnd> {
    const { hours } = this.#options;
    this.#loss = 0;
    this.#clock.pass((hours + 2.2) * hour);
    const calm = this.#note();
    await this.#keeper?.[Symbol.asyncDispose]();
    const kept = (await this.#subscriptions.found(this.#wall())).subscriptions.length;
    const there = this.#terminals.filter((terminal) => terminal.on);
    const onOverUdp = there.filter(({ transport }) => transport === 'UDP').length;
    const [on, live] = [there.length, there.filter((terminal) => terminal.live).length];
    for (const terminal of there) terminal.leaves();
    this.#clock.pass((hours + 2.5) * hour);
    const most = this.#most as unknown as SipCounts;
    return { on, live, calm, kept, onOverUdp, empty: this.#note(), most, messages: this.#messages };
  }

  send(terminal: DayTerminal, bytes: Uint8Array): void {
    const { path } = terminal;
    this.#travel(terminal, () => this.#tell({ kind: 'received', path, bytes }));
  }

  opened(terminal: DayTerminal): void {
    const { path } = terminal;
    this.#byFlow.set(path.flow, terminal);
    this.#tell({ kind: 'opened', path });
  }

  closed(terminal: DayTerminal, late: boolean): void {
    const gone = terminal.path.flow;
    if (!this.#byFlow.delete(gone)) return;
    if (late) this.#clock.after(60_000, () => this.#tell({ kind: 'closed', flow: gone }));
    else this.#tell({ kind: 'closed', flow: gone });
  }

  left(address: Flow): void {
    this.#byFlow.delete(address);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#keeper?.[Symbol.asyncDispose]();
    await this.#log[Symbol.asyncDispose]();
    await this.#accounts[Symbol.asyncDispose]();
    await this.#subscriptions[Symbol.asyncDispose]();
  }

  get #sip(): Server['sip'] {
    if (this.#server === undefined) throw new Error('the server is not open');
    return this.#server.sip;
  }

  #wall = () => wallTime(beginning + this.#clock.now);

  async #open(): Promise<void> {
    const changes = this.#people.map((person): Change => ({ kind: 'added', person, fields: { name: `P ${person}` } }));
    const links = this.#people.map((person) => ({ key: sourceKey(person), person, place: '' }));
    await this.#log.append({ source, at: this.#wall(), changes, links });
    const chance = this.#chance.fork();
    for (let number = 0; number < this.#options.terminals; number += 1) await this.#enter(number, chance.fork());
    await this.#serve(this.#chance.fork());
    for (const terminal of this.#terminals) {
      const life = chance.fork();
      this.#clock.after(life.between(0, 600_000), () => this.#live(terminal, life));
    }
  }

  async #serve(chance: Chance): Promise<void> {
    const shared = {
      changeLog: this.#log,
      newPersonId: makePersonIds(() => beginning),
      wallClock: this.#wall,
      announce: () => undefined,
      sha256,
      turn: async () => undefined,
    };
    const keeper = new SubscriptionKeeper({
      store: this.#subscriptions,
      wallClock: this.#wall,
      tell: (input) => this.#tell(input),
      report: () => undefined,
      failed: (fault) => {
        throw fault;
      },
    });
    this.#keeper = keeper;
    this.#server = await createServer(
      {
        changeLog: this.#log,
        accounts: this.#accounts,
        administration: createAdministration({
          changeLog: this.#log,
          embedded: createEmbeddedBook(shared),
          sources: [],
          joining: { ...shared, turns: new Turns(), priority: noPriority, rules: [] },
        }),
        passwords: quickPasswords,
        token: () => chance.token(22),
        random: () => chance.token(8),
        hash,
        report: () => undefined,
        tell: (input) => this.#tell(input),
      },
      {
        sip: { realm, domain: realm, listens: () => ({}) },
        publicUrl: () => 'https://book.example.com',
        version: '0.1.0',
      },
    );
  }

  /** A terminal that is logged in. */
  async #enter(number: number, chance: Chance): Promise<void> {
    const credentials = { username: `user${number}`, password: chance.token(12) };
    const a1 = { ...credentials, realm };
    const [md5, sha256] = [hashedA1(hash, 'MD5', a1), hashedA1(hash, 'SHA-256', a1)];
    const at = this.#wall();
    const sip = { user: credentials.username, md5, sha256 };
    const name = credentials.username;
    await this.#accounts.openSession({ tokenHash: name, user: name, name, sip, createdAt: at, usedAt: at });
    this.#terminals.push(
      new DayTerminal({
        number,
        clock: this.#clock,
        chance,
        way: this,
        transport: chance.is(0.7) ? 'UDP' : 'WS',
        delivery: chance.is(0.1) ? 'notice' : chance.is(0.2) ? 'broadcast' : 'held',
        held: Array.from({ length: 20 }, () => chance.oneOf(this.#people) ?? personNumber(0)),
        credentials,
      }),
    );
  }

  /** Comes, and then something befalls it each few hours, until the day is over. */
  #live(terminal: DayTerminal, chance: Chance): void {
    if (this.#clock.now >= this.#options.hours * hour) return;
    if (!terminal.on) terminal.comes();
    else if (chance.is(0.5)) terminal.moves();
    else if (chance.is(0.6)) terminal.leaves();
    else terminal.vanishes();
    const wait = terminal.on ? chance.between(600_000, 6 * hour) : chance.between(10_000, 3 * hour);
    this.#clock.after(wait, () => this.#live(terminal, chance));
  }

  async #alter(): Promise<void> {
    const person = this.#chance.oneOf(this.#people) ?? personNumber(0);
    const to = { officeTelephone: String(this.#chance.between(1000, 9999)) };
    const changes: Change[] = [{ kind: 'altered', person, from: {}, to }];
    this.#server?.announce(await this.#log.append({ source, at: this.#wall(), changes }));
    await this.#keeper?.[Symbol.asyncDispose]();
  }

  #tell(input: SipInput): void {
    this.#carryOut(this.#sip.handle(input, this.#clock.now));
  }

  #carryOut(outputs: readonly SipOutput[]): void {
    for (const output of outputs) this.#act(output);
    this.#clock.set(this.#wake, this.#sip.deadline());
  }

  #act(output: SipOutput): void {
    if (output.kind === 'write') return this.#keeper?.write(output.batch);
    if (output.kind === 'close') return this.#hangUp(output.flow);
    if (output.kind !== 'send') return;
    const terminal = this.#byFlow.get(output.flow);
    if (terminal === undefined) return; // the address is nobody's any more
    this.#travel(terminal, () => {
      if (terminal.reachable && terminal.path.flow === output.flow) terminal.receives(output.bytes);
    });
  }

  #hangUp(gone: Flow): void {
    const terminal = this.#byFlow.get(gone);
    this.#byFlow.delete(gone);
    this.#clock.after(0, () => {
      this.#tell({ kind: 'closed', flow: gone });
      if (terminal?.path.flow === gone) terminal.hungUp();
    });
  }

  #travel(terminal: DayTerminal, arrive: () => void): void {
    this.#messages += 1;
    if (terminal.transport === 'UDP') {
      this.#byFlow.set(terminal.path.flow, terminal);
      if (this.#chance.is(this.#loss)) return;
    }
    this.#clock.after(this.#chance.between(1, 40), arrive);
  }

  #note(): SipCounts {
    const counts = this.#server?.counts();
    if (counts === undefined) throw new Error('the server is not open');
    for (const [name, count] of Object.entries(counts)) this.#most[name] = Math.max(this.#most[name] ?? 0, count);
    return counts;
  }
}

/** What the end of a day must be; each line says what is wrong. */
export function faultsOf({ on, live, calm, kept, onOverUdp, empty }: DayEnd): readonly string[] {
  const faults: string[] = [];
  const same = (what: string, found: number, right: number): void => {
    if (found !== right) faults.push(`${what}: ${found}, and not ${right}`);
  };
  same('terminals that are on and subscribed', live, on);
  same('subscriptions of the notifier', calm.subscriptions, on);
  same('dialogs of the endpoint', calm.dialogs, on);
  same('flows with subscriptions', calm.flows, on);
  same('connections of strangers', calm.strangers, 0);
  same('subscriptions in the store', kept, onOverUdp);
  const { nonces, ...held } = empty;
  for (const [name, count] of Object.entries(held)) same(`${name} after all have left`, count, 0);
  // Two generations of five minutes, which turn only while somebody comes.
  if (nonces > 2 * on) faults.push(`nonces after all have left: ${nonces}`);
  return faults;
}
