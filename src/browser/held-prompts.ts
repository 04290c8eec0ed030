// The prompts of a personal address book, within one transaction. There are some thousands at most: their keys are read whole.

import type { Prompt } from '../book/personal-entry.ts';
import { excessPrompts } from '../terminal/entry-writing.ts';
import type { StoredPrompt, WhichPrompts } from '../terminal/personal-address-book.ts';
import type { PromptRecord, Transaction } from './address-book-database.ts';
import { inSlices } from './in-slices.ts';

export class HeldPrompts {
  readonly #transaction: Transaction;

  constructor(transaction: Transaction) {
    this.#transaction = transaction;
  }

  get #store() {
    return this.#transaction.objectStore('prompt');
  }

  async add(prompts: readonly Prompt[]): Promise<readonly StoredPrompt[]> {
    const added = await inSlices(prompts, async (prompt) => {
      const record: PromptRecord = { ...prompt, undone: false, unseen: 1 };
      return promptOf({ ...record, id: await this.#store.add(record) });
    });
    const excess = added.length === 0 ? 0 : excessPrompts(await this.#store.count());
    if (excess > 0) await this.#drop(excess);
    return added;
  }

  async of(id: number): Promise<StoredPrompt | undefined> {
    const record = await this.#store.get(id);
    return record === undefined ? undefined : promptOf(record);
  }

  async list({ unseenOnly = false, person, before = Infinity, limit }: WhichPrompts): Promise<readonly StoredPrompt[]> {
    const keys = (
      await (person === undefined ? this.#store.getAllKeys() : this.#store.index('person').getAllKeys(person))
    ).filter((id) => id < before);
    const unseen = unseenOnly ? new Set(await this.#store.index('unseen').getAllKeys()) : undefined;
    const wanted = keys.filter((id) => unseen?.has(id) ?? true);
    const page = limit === undefined ? wanted : wanted.slice(Math.max(wanted.length - limit, 0));
    const [oldest, newest] = [page[0], page.at(-1)];
    if (oldest === undefined || newest === undefined) return [];
    const among = new Set(page);
    const records = await this.#store.getAll(IDBKeyRange.bound(oldest, newest));
    return records.map(promptOf).filter(({ id }) => among.has(id));
  }

  async mark(id: number, marked: { readonly undone?: true }): Promise<void> {
    const record = await this.#store.get(id);
    if (record === undefined) return;
    const { unseen: _, ...seen } = record;
    await this.#store.put({ ...seen, ...marked });
  }

  async seenAll(upTo: number): Promise<void> {
    const unseen = await this.#store.index('unseen').getAllKeys();
    await inSlices(
      unseen.filter((id) => id <= upTo),
      (id) => this.mark(id, {}),
    );
  }

  async #drop(count: number): Promise<void> {
    const unseen = new Set(await this.#store.index('unseen').getAllKeys());
    const seen = (await this.#store.getAllKeys()).filter((id) => !unseen.has(id));
    await inSlices([...seen, ...unseen].slice(0, count), (id) => this.#store.delete(id));
  }
}

/** What was read, or is just written, has its number. */
const promptOf = ({ unseen, id = 0, ...prompt }: PromptRecord): StoredPrompt => ({ ...prompt, id, seen: unseen !== 1 });
