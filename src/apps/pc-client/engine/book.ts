// The page's one store: what the terminal holds, as it is drawn. The terminal is the truth; this is what was read of it
// last, replaced at each of its events, so that components draw by subscription and nothing else remembers entries.
//
//   terminal --events--> Book --snapshot--> useBook(selector) --> the components whose selection differs
//
// `snapshot` is replaced whole and its parts keep their identity where nothing of them changed: a row asks for its entry,
// and is drawn again when that very entry is another. The order of the list is made anew only where somebody came, went,
// or is named otherwise.

import type {
  Me,
  OwnContact,
  OwnWriting,
  Person,
  PersonalEntry,
  Removed,
  StoredPrompt,
  Terminal,
  TerminalState,
} from '../../../browser/browser.ts';
import type { Delivery, LogInAttempt, LookUp, PersonId, TerminalEvent, Undone } from '../../../browser/browser.ts';
import { HostFault } from '../../../browser/browser.ts';
import { choices } from './choices.ts';
import { keepsOrder, ordered, type Listed } from './order.ts';

export interface Snapshot {
  readonly state: TerminalState;
  /** When the state became what it is, where that was seen. */
  readonly since: number | undefined;
  /** Undefined where nobody is logged in. */
  readonly me: Me | undefined;
  readonly entries: ReadonlyMap<PersonId, PersonalEntry>;
  readonly order: readonly Listed[];
  /** The newest thousand, oldest first; more of them once `readOlder` was called. */
  readonly prompts: readonly StoredPrompt[];
  /** Whether the store may have older ones. */
  readonly anyOlder: boolean;
  /** The newest prompt when the page was opened: what is newer came while it was open. */
  readonly openedAfter: number;
  /** Who changed while the page was looked at, and how often: for the glow. */
  readonly touched: ReadonlyMap<PersonId, number>;
  /** Whose photo has come: counts up, so that a picture is read anew. */
  readonly photos: ReadonlyMap<PersonId, number>;
  /** How changes come, and so what the server knows of this book. */
  readonly delivery: Delivery;
  /** What was said to the server and by it since the page was opened, newest first; the newest fifty. */
  readonly steps: readonly PassedStep[];
  /** Those whom a look-up found, to be shown before they are kept. */
  readonly found: ReadonlyMap<PersonId, Person>;
}

/** Of those found, the newest: whoever is asked for again is asked of the server again. */
const mostFound = 500;

type Step = Extract<TerminalEvent, { readonly kind: 'step' }>;

/** A message of the method. `number` counts them, `at` is when it passed, `names` whether the server learns by it of people who are kept. */
export interface PassedStep extends Step {
  readonly number: number;
  readonly at: number;
  readonly names: boolean;
}

const mostSteps = 50;

/** Of prompts there are ever more; the history reads what is older page by page. */
const promptsOfPage = 1000;

export class Book {
  readonly terminal: Terminal;
  readonly #listeners = new Set<() => void>();
  #snapshot: Snapshot;
  /** How many of the newest prompts are read. */
  #limit = promptsOfPage;

  /** Reads all that the terminal holds, and follows it. */
  static async over(terminal: Terminal): Promise<Book> {
    // Listened to first: what happens between is in the queue.
    const events = terminal.events();
    const [entries, prompts] = await Promise.all([terminal.entries(), terminal.prompts({ limit: promptsOfPage })]);
    const book = new Book(terminal, entries, prompts);
    void book.#follow(events);
    return book;
  }

  private constructor(terminal: Terminal, entries: readonly PersonalEntry[], prompts: readonly StoredPrompt[]) {
    this.terminal = terminal;
    const held = new Map(entries.map((entry) => [entry.person, entry]));
    this.#snapshot = {
      state: terminal.state,
      since: undefined,
      me: terminal.me,
      entries: held,
      order: ordered(held, []),
      prompts,
      anyOlder: prompts.length >= promptsOfPage,
      openedAfter: prompts.at(-1)?.id ?? 0,
      touched: new Map(),
      photos: new Map(),
      delivery: terminal.delivery,
      steps: [],
      found: new Map(),
    };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  async logIn(attempt: LogInAttempt): Promise<void> {
    await this.terminal.logIn(attempt);
    this.#change({ me: this.terminal.me, state: this.terminal.state });
    this.terminal.goOnline();
  }

  async logOut(): Promise<void> {
    await this.terminal.logOut();
    this.#change({ me: undefined, found: new Map() });
  }

  /** For all tabs, and from now on. */
  setDelivery(delivery: Delivery): void {
    choices.write('delivery', delivery);
    this.terminal.setDelivery(delivery);
    this.#change({ delivery });
  }

  /** In the enterprise, and before it among those whom only the employee has, or of whom something is written. */
  async lookUp(text: string, limit: number): Promise<LookUp> {
    const [found, held] = await Promise.all([
      this.terminal.lookUp(text, { limit }),
      this.terminal.lookUpHeld(text, { limit, writtenOnly: true }),
    ]);
    this.know(found.persons);
    if (found.source === 'held') return found;
    const known = new Set(found.persons.map(({ id }) => id));
    const own = held.persons.filter(({ id }) => !known.has(id));
    return {
      ...found,
      persons: [...own, ...found.persons],
      total: found.total + own.length,
      asTyped: found.asTyped + Math.min(own.length, held.asTyped),
    };
  }

  /** Whom the server named, so that they are shown at once where one opens them. */
  know(persons: readonly Person[]): void {
    const all = [...this.#snapshot.found, ...persons.map((each) => [each.id, each] as const)];
    this.#change({ found: new Map(all.slice(-mostFound)) });
  }

  /** Somebody who is not held, to be shown. */
  async look(person: PersonId): Promise<void> {
    this.know([await this.terminal.person(person)]);
  }

  async keep(person: PersonId): Promise<PersonalEntry> {
    const entry = await this.terminal.keep(person);
    this.#put([entry]);
    return entry;
  }

  /** One after the other; whoever is kept before one fails stays kept. */
  async keepAll(people: readonly PersonId[], told: (entry: PersonalEntry) => void): Promise<void> {
    for (const person of people) told(await this.keep(person));
  }

  async keepAsOwn(person: PersonId): Promise<void> {
    const entry = await this.terminal.keepAsOwn(person);
    if (entry !== undefined) this.#put([entry]);
  }

  /** All of them or none, as own contacts. */
  async addOwn(contacts: readonly OwnContact[]): Promise<readonly PersonalEntry[]> {
    const added = await this.terminal.addAllOwn(contacts);
    this.#put(added);
    return added;
  }

  async remove(...people: readonly PersonId[]): Promise<Removed> {
    const removed = await this.terminal.remove(...people);
    const entries = new Map(this.#snapshot.entries);
    for (const person of people) entries.delete(person);
    this.#change({ entries, order: ordered(entries, this.#snapshot.order) });
    return removed;
  }

  async putBack(removed: Removed): Promise<void> {
    this.#put(await this.terminal.putBack(removed));
  }

  /** All of them, or none. */
  async writeAll(writings: readonly OwnWriting[]): Promise<void> {
    this.#put(await this.terminal.writeAllOwn(writings));
  }

  async seen(prompts: readonly number[]): Promise<void> {
    if (prompts.length === 0) return;
    await this.terminal.seen(prompts);
    const which = new Set(prompts);
    this.#change({
      prompts: this.#snapshot.prompts.map((prompt) => (which.has(prompt.id) ? { ...prompt, seen: true } : prompt)),
    });
  }

  async undo(prompt: number): Promise<Undone> {
    const undone = await this.terminal.undo(prompt);
    if (undone.kind === 'undone') this.#put([undone.entry]);
    this.#change(await this.#prompts());
    return undone;
  }

  async undoAll(prompts: readonly number[]): Promise<void> {
    const undone = await this.terminal.undoAll(prompts);
    this.#put(undone.flatMap((each) => (each.kind === 'undone' ? [each.entry] : [])));
    this.#change(await this.#prompts());
  }

  /** All there are; what comes meanwhile stays unseen. */
  async seenAll(): Promise<void> {
    await this.terminal.seenAll(this.#snapshot.prompts.at(-1)?.id ?? 0);
    this.#change(await this.#prompts());
  }

  /** One page more of prompts, where there are older ones. */
  async readOlder(): Promise<void> {
    this.#limit += promptsOfPage;
    this.#change(await this.#prompts());
  }

  async answerBrake(proceed: boolean): Promise<void> {
    await this.terminal.answerBrake(proceed);
  }

  async #follow(events: AsyncIterable<TerminalEvent>): Promise<void> {
    for await (const event of events) this.#hear(event);
  }

  #hear(event: TerminalEvent): void {
    switch (event.kind) {
      case 'revised':
        this.#put(event.entries, {
          touched: counted(
            this.#snapshot.touched,
            event.entries.map(({ person }) => person),
          ),
        });
        return;
      case 'prompted':
        this.#prompted(event.prompts);
        return;
      case 'photo':
        this.#change({ photos: counted(this.#snapshot.photos, event.people) });
        return;
      case 'state':
        this.#change({
          state: event.state,
          // Another tab may have logged in or out.
          me: this.terminal.me,
          delivery: this.terminal.delivery,
          ...(event.state.kind !== this.#snapshot.state.kind && { since: Date.now() }),
        });
        return;
      case 'reread':
        void this.#rereadIfCan();
        return;
      case 'step':
        this.#pass(event);
        return;
      case 'coming':
      case 'refused-whole':
      case 'synced':
      case 'sync-failed':
        return;
    }
  }

  async #rereadIfCan(): Promise<void> {
    try {
      await this.#reread();
    } catch (fault) {
      // A newer page has made the book its own, as the state says; or the next event reads it.
      if (!(fault instanceof HostFault)) throw fault;
    }
  }

  /** What another tab did: anything may be other than it was. What stayed as it is keeps its identity. */
  async #reread(): Promise<void> {
    const [entries, prompts] = await Promise.all([this.terminal.entries(), this.#prompts()]);
    const before = this.#snapshot.entries;
    const held = new Map(entries.map((entry) => [entry.person, sameOf(before.get(entry.person), entry)]));
    this.#change({ entries: held, order: ordered(held, this.#snapshot.order), ...prompts, me: this.terminal.me });
  }

  /** Of a day of changes no more stay in the page than are read at first, and read again where somebody looks for them. */
  #prompted(more: readonly StoredPrompt[]): void {
    const all = joined(this.#snapshot.prompts, more);
    this.#change({
      prompts: all.slice(-this.#limit),
      anyOlder: this.#snapshot.anyOlder || all.length > this.#limit,
    });
  }

  async #prompts(): Promise<Pick<Snapshot, 'prompts' | 'anyOlder'>> {
    const prompts = await this.terminal.prompts({ limit: this.#limit });
    return { prompts, anyOlder: prompts.length >= this.#limit };
  }

  #pass(step: Step): void {
    const { steps, delivery } = this.#snapshot;
    // With `held` each SUBSCRIBE has the list of them.
    const names = step.step === 'S308' || (step.step === 'S301' && delivery === 'held');
    const number = (steps[0]?.number ?? 0) + 1;
    this.#change({ steps: [{ ...step, number, at: Date.now(), names }, ...steps.slice(0, mostSteps - 1)] });
  }

  #put(changed: readonly PersonalEntry[], part: Pick<Partial<Snapshot>, 'touched'> = {}): void {
    const { entries: before, order } = this.#snapshot;
    const entries = new Map(before);
    for (const entry of changed) entries.set(entry.person, entry);
    this.#change({ ...part, entries, order: keepsOrder(before, changed) ? order : ordered(entries, order) });
  }

  #change(part: Partial<Snapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...part };
    for (const listener of this.#listeners) listener();
  }
}

/** Some of `more` may have been read already, while they were told. */
function joined(prompts: readonly StoredPrompt[], more: readonly StoredPrompt[]): readonly StoredPrompt[] {
  const last = prompts.at(-1)?.id ?? 0;
  return [...prompts, ...more.filter(({ id }) => id > last)];
}

const sameOf = (before: PersonalEntry | undefined, now: PersonalEntry): PersonalEntry =>
  before !== undefined && (before === now || JSON.stringify(before) === JSON.stringify(now)) ? before : now;

function counted(before: ReadonlyMap<PersonId, number>, people: readonly PersonId[]): ReadonlyMap<PersonId, number> {
  const counts = new Map(before);
  for (const person of people) counts.set(person, (counts.get(person) ?? 0) + 1);
  return counts;
}
