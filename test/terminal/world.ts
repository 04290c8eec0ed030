// One terminal's engine over a real store, a model log, and a network between them that the test holds
// in its hands: nothing is delivered, answered or applied unless the test says so.

import { instant, later, minutes, wallTime, type Instant } from '../../src/base/time.ts';
import { about } from '../../src/book/change-list.ts';
import type { Change } from '../../src/book/change.ts';
import type { PersonId } from '../../src/book/person-id.ts';
import { openSqliteAddressBook } from '../../src/node/sqlite-address-book.ts';
import type { Acquire } from '../../src/terminal/acquisition.ts';
import { step } from '../../src/terminal/engine.ts';
import type { Action, Heard, Naming, Notification, Told } from '../../src/terminal/hearing.ts';
import type { Keeping, PersonalAddressBookStore, Removed } from '../../src/terminal/personal-address-book.ts';
import { deadline, newEngine, type Engine } from '../../src/terminal/state.ts';
import { parseEntityTag } from '../../src/wire/change-list.ts';
import type { Delivery } from '../../src/wire/interest.ts';
import { ModelLog } from './model-log.ts';

type Ask = Extract<Action, { kind: 'ask' }>;

export class World {
  readonly log: ModelLog;
  readonly store: PersonalAddressBookStore = openSqliteAddressBook(':memory:');
  readonly told: Told[] = [];
  readonly actions: Action[] = [];
  engine: Engine;
  now: Instant = instant(0);
  questions: Ask[] = [];
  notifications: Heard[] = [];
  keepings: Keeping[] = [];
  readonly removed: Removed[] = [];
  #told: number | undefined;
  #named: ReadonlySet<PersonId> | undefined;
  readonly #choice: { readonly delivery: Delivery; readonly acquire: Acquire };

  private constructor(
    choice: { readonly delivery: Delivery; readonly acquire: Acquire },
    most: number,
    engine: Engine,
  ) {
    this.#choice = choice;
    this.log = new ModelLog(most);
    this.engine = engine;
  }

  static async make(choice: { readonly delivery: Delivery; readonly acquire: Acquire }, most = 1000): Promise<World> {
    const store = openSqliteAddressBook(':memory:');
    const world = new World(choice, most, newEngine({ ...choice, holdings: await store.holdings(), seed: 1 }));
    await world.restart();
    return world;
  }

  /** The process ends, and a new one begins over the same store. */
  async restart(): Promise<void> {
    this.engine = newEngine({ ...this.#choice, holdings: await this.store.holdings(), seed: 7 });
    this.questions = [];
    this.notifications = [];
    this.keepings = [];
    this.#told = undefined;
    await this.hear({ kind: 'logged-in' });
    await this.hear({ kind: 'go-online' });
  }

  async hear(heard: Heard): Promise<void> {
    const [engine, actions] = step(this.engine, heard, this.now);
    this.engine = engine;
    for (const action of actions) await this.#carryOut(action);
  }

  async #carryOut(action: Action): Promise<void> {
    this.actions.push(action);
    switch (action.kind) {
      case 'subscribe':
      case 'refresh':
        return this.#subscribed(action);
      case 'unsubscribe':
        this.#told = undefined;
        return;
      case 'ask':
        this.questions.push(action);
        return;
      case 'apply': {
        const applied = await this.store.apply(action.step, wallTime(0));
        return this.hear({ kind: 'applied', number: action.number, applied });
      }
      case 'tell':
        this.told.push(action.told);
    }
  }

  #subscribed({ suppressIfMatch, held }: Naming): void {
    const tag = suppressIfMatch === undefined ? undefined : parseEntityTag(suppressIfMatch);
    this.#named = held === undefined ? undefined : new Set(held);
    this.#told = tag?.book === this.log.book ? Math.min(tag.revision, this.log.changes.length) : 0;
    this.notifications.push({ kind: 'subscribed' });
    this.#notify(true);
  }

  #notify(always: boolean): void {
    if (this.#told === undefined) return;
    if (this.#told > this.log.changes.length) this.#told = 0; // another book
    const whole = this.log.since(this.#told);
    const list = this.#named === undefined ? whole : about(this.#named, whole);
    if (this.#named !== undefined && list.changes.length === 0 && !always) return;
    this.#told = list.upTo;
    const body: Notification['body'] =
      this.#choice.delivery === 'notice' ? { kind: 'notice', notice: list } : { kind: 'changes', list };
    this.notifications.push({ kind: 'notified', notification: { etag: this.log.head, body } });
  }

  change(change: Change): void {
    this.log.append(change);
    this.#notify(false);
  }

  /** The server did not hear that its last notifications arrived: the next one begins further back. */
  lag(): void {
    if (this.#told !== undefined) this.#told = Math.max(0, this.#told - 2);
  }

  notifyOfBook(): void {
    this.#told = this.#told === undefined ? undefined : 0;
    this.#notify(true);
  }

  async deliver(at: number, { twice }: { readonly twice: boolean }): Promise<void> {
    const one = this.notifications[at];
    if (one === undefined) return;
    if (!twice) this.notifications.splice(at, 1);
    await this.hear(one);
  }

  async answer(): Promise<void> {
    const question = this.questions.shift();
    if (question === undefined) return;
    await this.hear({ kind: 'answered', number: question.number, answer: this.log.answer(question.question) });
  }

  async loseAnswer(): Promise<void> {
    const question = this.questions.shift();
    if (question === undefined) return;
    const trouble = { kind: 'unreachable', words: 'lost' } as const;
    await this.hear({ kind: 'unanswered', number: question.number, trouble });
  }

  /** The employee asks for a person; the answer is kept later, by `keepAsked`. */
  askToKeep(person: PersonId): void {
    const fields = this.log.fieldsOf(person);
    if (fields !== undefined) this.keepings.push({ person, fields, at: this.log.head });
  }

  async keepAsked(): Promise<void> {
    const keeping = this.keepings.shift();
    if (keeping === undefined) return;
    const kept = await this.store.keep(keeping);
    if (kept.kind === 'kept') await this.hear({ kind: 'holdings', holdings: kept.holdings });
  }

  async remove(person: PersonId): Promise<void> {
    const { removed, holdings } = await this.store.remove([person]);
    if (removed.entries.length > 0) this.removed.push(removed);
    await this.hear({ kind: 'holdings', holdings });
  }

  async putBack(removed: Removed): Promise<void> {
    const { holdings } = await this.store.putBack(removed);
    await this.hear({ kind: 'holdings', holdings });
  }

  async pass(time: ReturnType<typeof minutes>): Promise<void> {
    this.now = later(this.now, time);
    await this.hear({ kind: 'woke' });
  }

  /** The network heals: all that is on its way arrives, and the hourly check comes round. */
  async heal(): Promise<void> {
    for (let turn = 0; turn < 200; turn += 1) {
      if (this.questions.length > 0) await this.answer();
      else if (this.keepings.length > 0) await this.keepAsked();
      else if (this.notifications.length > 0) await this.deliver(0, { twice: false });
      else return;
    }
    throw new Error('it never comes to rest');
  }

  async settle(): Promise<void> {
    await this.heal();
    // RFC 6665 §4.1.2.4: a SUBSCRIBE after which no NOTIFY came is over when Timer N fires; the endpoint says so.
    if (this.engine.state.kind === 'subscribing')
      await this.hear({ kind: 'lost', lost: { kind: 'ended', why: 'unanswered', retryAfterSeconds: undefined } });
    await this.pass(minutes(61));
    await this.heal();
    await this.pass(minutes(61));
    await this.heal();
  }

  deadline(): Instant | undefined {
    return deadline(this.engine);
  }
}
