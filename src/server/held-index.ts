// Which subscriptions hold a person. A hot path: with 100,000 subscriptions of 50 persons each, sets
// of strings would take 400 MB; numbers in typed arrays take about 10 octets a held person, both
// directions together, and 300 a subscription. The plain version, a Map of Sets, is the oracle in its test.

import type { PersonId } from '../book/person-id.ts';

/** Numbers one subscription, while it lives; small, and used again. */
export type Slot = number;

interface Holders {
  readonly person: PersonId;
  slots: Uint32Array;
  count: number;
}

export class HeldIndex {
  readonly #numbers = new Map<PersonId, number>();
  readonly #holders: (Holders | undefined)[] = [];
  readonly #free: number[] = [];
  /** By slot: the numbers of the persons, rising. */
  readonly #held: (Uint32Array | undefined)[] = [];

  /** From now on the subscription in `slot` holds `people`, and nobody else. */
  hold(slot: Slot, people: ReadonlySet<PersonId>): void {
    this.release(slot);
    const numbers = new Uint32Array(people.size);
    let at = 0;
    for (const person of people) {
      const number = this.#numberOf(person);
      numbers[at] = number;
      at += 1;
      const holders = this.#holders[number];
      if (holders !== undefined) add(holders, slot);
    }
    this.#held[slot] = numbers.sort();
  }

  release(slot: Slot): void {
    const numbers = this.#held[slot];
    if (numbers === undefined) return;
    for (const number of numbers) {
      const holders = this.#holders[number];
      if (holders === undefined) continue;
      take(holders, slot);
      if (holders.count > 0) continue;
      this.#numbers.delete(holders.person);
      this.#holders[number] = undefined;
      this.#free.push(number);
    }
    this.#held[slot] = undefined;
  }

  /** Persons who are held by somebody. */
  get count(): number {
    return this.#numbers.size;
  }

  holds(slot: Slot, person: PersonId): boolean {
    const number = this.#numbers.get(person);
    const numbers = this.#held[slot];
    if (number === undefined || numbers === undefined) return false;
    let low = 0;
    let high = numbers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((numbers[middle] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    return numbers[low] === number;
  }

  /** Whom the subscription in `slot` holds. */
  persons(slot: Slot): readonly PersonId[] {
    const numbers = this.#held[slot] ?? nobody;
    return Array.from(numbers, (number) => this.#holders[number]?.person).filter((person) => person !== undefined);
  }

  /** The slots that hold `person`; not to be kept. */
  holders(person: PersonId): Uint32Array {
    const number = this.#numbers.get(person);
    const holders = number === undefined ? undefined : this.#holders[number];
    return holders?.slots.subarray(0, holders.count) ?? nobody;
  }

  #numberOf(person: PersonId): number {
    const known = this.#numbers.get(person);
    if (known !== undefined) return known;
    const number = this.#free.pop() ?? this.#holders.length;
    this.#numbers.set(person, number);
    this.#holders[number] = { person, slots: new Uint32Array(1), count: 0 };
    return number;
  }
}

const nobody = new Uint32Array(0);

function add(holders: Holders, slot: Slot): void {
  if (holders.count === holders.slots.length) {
    // By a quarter: half as much is left unused as by doubling, and copying is quick.
    const wider = new Uint32Array(Math.ceil(holders.count * 1.25) + 1);
    wider.set(holders.slots);
    holders.slots = wider;
  }
  holders.slots[holders.count] = slot;
  holders.count += 1;
}

function take(holders: Holders, slot: Slot): void {
  const at = holders.slots.subarray(0, holders.count).indexOf(slot);
  if (at === -1) return;
  holders.count -= 1;
  holders.slots[at] = holders.slots[holders.count] ?? 0;
}
