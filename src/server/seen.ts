import type { Outcome } from './batch.ts';
import type { Living, SourceKey } from './change-log.ts';

/**
 * Whom a refresh has named: a bit for each link number, 125 kB for a million persons. Numbers rise, so that whoever
 * was added in this refresh is known by one number only: that of the first of them.
 */
export class Seen {
  #bits = new Uint32Array(1024);
  #freshFrom = Infinity;
  #any = false;

  /** Nobody was named, nobody added. */
  get empty(): boolean {
    return !this.#any;
  }

  /** Whom a batch named. `known`: as they are linked now. */
  async note(
    { named, returned, gone, fresh }: Pick<Outcome, 'named' | 'returned' | 'gone' | 'fresh'>,
    known: (keys: readonly SourceKey[]) => Promise<readonly Pick<Living, 'number'>[]>,
  ): Promise<void> {
    for (const number of named) this.add(number);
    for (const number of gone) this.delete(number);
    for (const { number } of await known(returned)) this.add(number);
    if (fresh.length === 0 || this.#freshFrom !== Infinity) return;
    this.#any = true;
    this.#freshFrom = Math.min(...(await known(fresh)).map(({ number }) => number));
  }

  add(number: number): void {
    this.#any = true;
    const word = number >>> 5;
    if (word >= this.#bits.length) {
      const wider = new Uint32Array(Math.max(this.#bits.length * 2, word + 1));
      wider.set(this.#bits);
      this.#bits = wider;
    }
    this.#bits[word] = (this.#bits[word] ?? 0) | (1 << (number & 31));
  }

  /** Takes back what `add` did: named, and then gone in the same refresh. */
  delete(number: number): void {
    const word = number >>> 5;
    if (word < this.#bits.length) this.#bits[word] = (this.#bits[word] ?? 0) & ~(1 << (number & 31));
  }

  /** Everyone from some number on was added in this refresh. */
  isFresh(number: number): boolean {
    return number >= this.#freshFrom;
  }

  has(number: number): boolean {
    return this.isFresh(number) || ((this.#bits[number >>> 5] ?? 0) & (1 << (number & 31))) !== 0;
  }
}
