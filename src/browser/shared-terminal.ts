// One engine for all tabs of an origin that show one book.
//
// Each tab has the whole terminal over the one book in IndexedDB: what its employee does it does itself, so that no tab waits for
// another, and nothing under way is lost with one. The engine, which subscribes and writes what the server tells, runs in
// the tab that holds the lock, and what it tells all tabs tell.
//
//   tab that holds: engine --event--> tells, and says it to ---> all other tabs: tell it
//   any tab: verb --writes--> book;   says `acted` -----------> all other tabs: read the book anew, and so does the engine

import type { SharedFace, TerminalEvent } from '../terminal/face.ts';
import type { TerminalState } from '../terminal/terminal.ts';
import type { Delivery } from '../wire/interest.ts';
import type { Terminal } from './browser.ts';
import { HostFault } from './host-fault.ts';
import type { LogInAttempt } from './provider-log-in.ts';
import { TabHold } from './tab-hold.ts';
import { TabTalk, type Saying, type Wanted } from './tab-talk.ts';
import type { PageEvents } from './page-events.ts';

const defaults = {
  /** Who holds the lock and answers nothing for so long is asleep. */
  silentMilliseconds: 1000,
  /** Whether it is, a page that is seen asks so often. */
  askEveryMilliseconds: 5000,
};

/** The verbs that are carried out in the tab itself, and whether other tabs are told to read the book anew after them. */
type Act = {
  [Name in Extract<keyof Terminal, string>]: Terminal[Name] extends (...given: never[]) => Promise<unknown>
    ? Name
    : never;
}[Extract<keyof Terminal, string>];

const acts: Readonly<Record<Act, 'told' | 'silent'>> = {
  logIn: 'told',
  logOut: 'told',
  keep: 'told',
  keepAsOwn: 'told',
  addOwn: 'told',
  addAllOwn: 'told',
  remove: 'told',
  putBack: 'told',
  writeOwn: 'told',
  writeAllOwn: 'told',
  writeOwnPhoto: 'told',
  seen: 'told',
  seenAll: 'told',
  undo: 'told',
  undoAll: 'told',
  answerBrake: 'told',
  sync: 'told',
  lookUp: 'silent',
  lookUpHeld: 'silent',
  whoseNumber: 'silent',
  person: 'silent',
  organisation: 'silent',
  departments: 'silent',
  groups: 'silent',
  members: 'silent',
  photoOf: 'silent',
  suggestions: 'silent',
  entries: 'silent',
  photo: 'silent',
  fetchPhotos: 'silent',
  prompts: 'silent',
  lookedUp: 'silent',
  oftenLookedUp: 'silent',
};

const actNames = Object.keys(acts) as readonly Act[];

const outdatedWords = 'A newer version of this page was opened on this device: load this page again.';

export interface SharedOptions {
  readonly name: string;
  readonly version: string;
  readonly online: boolean;
  readonly terminal: SharedFace<LogInAttempt>;
  readonly events: PageEvents;
}

export class SharedTerminal implements Omit<Terminal, Act> {
  readonly #terminal: SharedFace<LogInAttempt>;
  readonly #events: PageEvents;
  readonly #hold: TabHold;
  readonly #talk: TabTalk;
  readonly #watched = new AbortController();
  readonly #settled = Promise.withResolvers<void>();
  /** Whether the page may have read anything yet. */
  #opened = false;
  #state: TerminalState;
  #wanted: Wanted;
  /** Takes back the asking again who holds, or the taking over from one that does not answer. */
  #silence: (() => void) | undefined;
  #over: HostFault | undefined;

  constructor(options: SharedOptions) {
    this.#terminal = options.terminal;
    this.#events = options.events;
    this.#state = options.terminal.state;
    this.#wanted = { online: options.online, delivery: options.terminal.delivery };
    const name = `rollcall:${options.name}`;
    this.#hold = new TabHold(name, (holds) => (holds ? void this.#take() : this.#lose()));
    this.#talk = new TabTalk({
      name,
      version: options.version,
      heard: (saying) => this.#heard(saying),
      outdated: () => this.end(outdatedWords),
    });
  }

  /** Kept once it is known who holds. */
  async open(): Promise<Terminal> {
    void this.#follow();
    this.#watch();
    this.#talk.arrive();
    this.#hold.claim();
    this.#askWhoHolds();
    await this.#settled.promise;
    this.#opened = true;
    const verbs = actNames.map((name) => [name, (...given: never[]) => this.#act(name, given)]);
    return Object.assign(this, Object.fromEntries(verbs) as Pick<Terminal, Act>);
  }

  get state(): TerminalState {
    return this.#state;
  }

  get server(): Terminal['server'] {
    return this.#terminal.server;
  }

  get labels(): Terminal['labels'] {
    return this.#terminal.labels;
  }

  get links(): Terminal['links'] {
    return this.#terminal.links;
  }

  get delivery(): Terminal['delivery'] {
    return this.#wanted.delivery;
  }

  get me(): Terminal['me'] {
    return this.#terminal.me;
  }

  goOnline(): void {
    this.#want({ online: true });
  }

  goOffline(): void {
    this.#want({ online: false });
  }

  setDelivery(delivery: Delivery): void {
    this.#want({ delivery });
  }

  events(): AsyncIterableIterator<TerminalEvent> {
    return this.#events.events();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#silence?.();
    this.#watched.abort();
    this.#hold.release();
    this.#talk.close();
    this.#events.close();
    await this.#terminal[Symbol.asyncDispose]();
  }

  /** Nothing is done any more, nor told but this. */
  end(words: string): void {
    if (this.#over !== undefined) return;
    this.#over = new HostFault(words);
    this.#show({ kind: 'reload', words });
    void this[Symbol.asyncDispose]();
  }

  async #act(name: Act, given: never[]): Promise<unknown> {
    if (this.#over !== undefined) throw this.#over;
    const verb: (...given: never[]) => Promise<unknown> = this.#terminal[name];
    try {
      return await verb.apply(this.#terminal, given);
    } finally {
      if (acts[name] === 'told') this.#talk.say({ kind: 'acted' });
    }
  }

  #want(wanted: Partial<Wanted>): void {
    this.#wanted = { ...this.#wanted, ...wanted };
    this.#talk.say({ kind: 'wanted', wanted: this.#wanted });
    this.#steer();
  }

  #steer(): void {
    if (!this.#hold.holds) return;
    const { online, delivery } = this.#wanted;
    if (this.#terminal.delivery !== delivery) this.#terminal.setDelivery(delivery);
    if (online) this.#terminal.goOnline();
    else this.#terminal.goOffline();
  }

  /** The engine runs here from now on. */
  async #take(): Promise<void> {
    if (this.#talk.isOutdated()) return this.end(outdatedWords);
    this.#silence?.();
    // What the tab before wrote last this one's engine has not heard of.
    await this.#reread();
    if (!this.#hold.holds) return;
    this.#steer();
    if (this.#opened) this.#events.catchUp();
    this.#show(this.#terminal.state);
    this.#sayHolding();
    this.#settled.resolve();
  }

  /** This tab did not answer for a while, and another has taken over. */
  #lose(): void {
    this.#terminal.goOffline();
    this.#events.catchUp();
    this.#askWhoHolds();
  }

  /** What the terminal of this tab tells, by its engine or for a verb. */
  async #follow(): Promise<void> {
    for await (const event of this.#terminal.events()) {
      if (event.kind === 'state' && !this.#hold.holds) continue;
      this.#told(event);
      this.#talk.say({ kind: 'told', event });
    }
  }

  #told(event: TerminalEvent): void {
    if (event.kind === 'state') this.#state = event.state;
    this.#events.tell(event);
  }

  #heard(saying: Saying): void {
    switch (saying.kind) {
      case 'arrived':
        return;
      case 'who-holds':
        if (this.#hold.holds) this.#sayHolding();
        return;
      case 'holding':
        if (this.#hold.holds) return;
        this.#wanted = saying.wanted;
        this.#show(saying.state);
        this.#settled.resolve();
        return this.#askAgain();
      case 'told':
        // Without locks there may be an engine here too.
        if (saying.event.kind === 'state' && this.#hold.holds) return;
        return this.#told(saying.event);
      case 'wanted':
        this.#wanted = saying.wanted;
        return this.#steer();
      case 'acted':
        void this.#reread();
        return this.#events.tell({ kind: 'reread' });
    }
  }

  #sayHolding(): void {
    this.#talk.say({ kind: 'holding', state: this.#state, wanted: this.#wanted });
  }

  #show(state: TerminalState): void {
    const { kind, words } = this.#state;
    if (state.kind !== kind || state.words !== words) this.#told({ kind: 'state', state });
  }

  async #reread(): Promise<void> {
    try {
      await this.#terminal.reread();
    } catch (fault) {
      // The book cannot be read now: the next step of the engine reads it, or says so.
      if (!(fault instanceof HostFault)) throw fault;
    }
  }

  #askWhoHolds(): void {
    this.#talk.say({ kind: 'who-holds' });
    this.#after(defaults.silentMilliseconds, () => this.#hold.claim({ steal: true }));
  }

  #askAgain(): void {
    this.#after(defaults.askEveryMilliseconds, () => {
      if (!this.#hold.holds && document.visibilityState === 'visible') this.#askWhoHolds();
      else this.#askAgain();
    });
  }

  #after(milliseconds: number, then: () => void): void {
    this.#silence?.();
    const timer = setTimeout(then, milliseconds);
    this.#silence = () => clearTimeout(timer);
  }

  /** A page that goes to sleep leaves the engine to another; it need not come back. */
  #watch(): void {
    const { signal } = this.#watched;
    document.addEventListener('freeze', () => this.#sleep(), { signal });
    document.addEventListener('resume', () => this.#wake(), { signal });
    window.addEventListener('pagehide', () => this.#sleep(), { signal });
    window.addEventListener('pageshow', ({ persisted }) => persisted && this.#wake(), { signal });
    document.addEventListener('visibilitychange', () => this.#seen(), { signal });
  }

  #sleep(): void {
    this.#silence?.();
    this.#hold.release();
    this.#terminal.goOffline();
    this.#talk.close();
  }

  #wake(): void {
    if (this.#talk.isOutdated()) return this.end(outdatedWords);
    this.#talk.open();
    this.#hold.claim();
    this.#events.catchUp();
    this.#askWhoHolds();
  }

  #seen(): void {
    if (document.visibilityState === 'visible' && !this.#hold.holds) this.#askWhoHolds();
  }
}
