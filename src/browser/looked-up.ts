// Whom one looks up often, in a personal address book, within one transaction. There are some hundreds at most.

import type { WallTime } from '../base/time.ts';
import type { PersonId } from '../book/person-id.ts';
import { highestAt, mostLookedUp, onceAt, scoreAfter } from '../terminal/looked-up.ts';
import type { Transaction } from './address-book-database.ts';

export class LookedUp {
  readonly #transaction: Transaction;

  constructor(transaction: Transaction) {
    this.#transaction = transaction;
  }

  async count(person: PersonId, at: WallTime): Promise<void> {
    const store = this.#transaction.objectStore('lookedUp');
    const highest = highestAt(at);
    for (const [each, score] of await this.#ordered()) if (score > highest) await store.put(onceAt(at), each);
    await store.put(scoreAfter(await store.get(person), at), person);
    for (const [forgotten] of (await this.#ordered()).slice(mostLookedUp)) await store.delete(forgotten);
  }

  async often(limit: number): Promise<readonly PersonId[]> {
    return (await this.#ordered()).slice(0, limit).map(([person]) => person);
  }

  async forget(people: readonly PersonId[]): Promise<void> {
    const store = this.#transaction.objectStore('lookedUp');
    const forgotten = new Set(people);
    for (const person of await store.getAllKeys()) if (forgotten.has(person)) await store.delete(person);
  }

  /** The highest first; of equal ones, by person. */
  async #ordered(): Promise<readonly (readonly [PersonId, number])[]> {
    const store = this.#transaction.objectStore('lookedUp');
    const [people, scores] = await Promise.all([store.getAllKeys(), store.getAll()]);
    const pairs = people.map((person, at) => [person, scores[at] ?? 0] as const);
    return pairs.toSorted(([, one], [, other]) => other - one);
  }
}
