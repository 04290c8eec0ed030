// The events that one tab tells its page. A prompt is told once, by its number in the book, and none is left out: the
// tab that wrote it may have gone before it said so, and this tab may have been asleep when it did.

import { EventQueues } from '../terminal/event-queue.ts';
import type { TerminalEvent } from '../terminal/face.ts';
import type { PersonalAddressBookStore, StoredPrompt } from '../terminal/personal-address-book.ts';
import { HostFault } from './host-fault.ts';

export class PageEvents {
  readonly #store: Pick<PersonalAddressBookStore, 'prompts'>;
  readonly #events = new EventQueues<TerminalEvent>();
  /** The number of the newest prompt that was told. */
  #told: number;
  /** What was heard is told in its order, though the book must be asked in between. */
  #before: Promise<void> = Promise.resolve();

  private constructor(store: Pick<PersonalAddressBookStore, 'prompts'>, told: number) {
    this.#store = store;
    this.#told = told;
  }

  /** Tells nothing of what is in the book already. */
  static async open(store: Pick<PersonalAddressBookStore, 'prompts'>): Promise<PageEvents> {
    return new PageEvents(store, numberOf(await store.prompts({ limit: 1 })));
  }

  events(): AsyncIterableIterator<TerminalEvent> {
    return this.#events.open();
  }

  tell(event: TerminalEvent): void {
    this.#inTurn(() => (event.kind === 'prompted' ? this.#tellPrompts(event.prompts) : this.#events.push(event)));
  }

  /** Tells what was prompted meanwhile, and that what the page shows may be out of date. */
  catchUp(): void {
    this.#inTurn(() => this.#tellUntold());
    this.tell({ kind: 'reread' });
  }

  close(): void {
    this.#inTurn(() => this.#events.close());
  }

  #inTurn(act: () => Promise<void> | void): void {
    this.#before = this.#before.then(act);
  }

  /** Prompts are numbered without a gap, so one shows that another tab's were not heard of. */
  #tellPrompts(prompts: readonly StoredPrompt[]): Promise<void> | void {
    const untold = prompts.filter(({ id }) => id > this.#told);
    if (untold[0] !== undefined && untold[0].id > this.#told + 1) return this.#tellUntold();
    this.#pushPrompts(untold);
  }

  async #tellUntold(): Promise<void> {
    try {
      const unseen = await this.#store.prompts({ unseenOnly: true });
      this.#pushPrompts(unseen.filter(({ id }) => id > this.#told));
    } catch (fault) {
      // The book cannot be read now; the next prompt, or the next return to this page, asks it again.
      if (!(fault instanceof HostFault)) throw fault;
    }
  }

  #pushPrompts(prompts: readonly StoredPrompt[]): void {
    if (prompts.length === 0) return;
    this.#told = numberOf(prompts);
    this.#events.push({ kind: 'prompted', prompts });
  }
}

const numberOf = (prompts: readonly StoredPrompt[]): number => prompts.at(-1)?.id ?? 0;
