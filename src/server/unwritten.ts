// Which subscriptions the store does not know as they are: to be written behind, so that no SUBSCRIBE and no NOTIFY
// waits for a disk. What a SUBSCRIBE says is written at once after. What moves with each NOTIFY is written seldom: an older
// `told` makes a terminal hear twice what it has, which it passes over, and CSeq leaps over what was not written.

import { earliest, later, milliseconds, seconds, type Instant } from '../base/time.ts';
import { Bitset } from './bitset.ts';
import type { Slot } from './held-index.ts';

/**
 * A subscription younger than this is lost by `kill -9`, and its terminal learns of it late. Under load it is still
 * many that are written together: those that came in one turn of the host's loop.
 */
const writtenWithin = milliseconds(1);
/** A busy book moves every subscription each second; ten movements are then one row. */
const movedWithin = seconds(10);
/** About 2 ms of work; SIP goes on between two batches. */
const mostOfBatch = 500;
const retryAfter = seconds(30);

export interface Slots {
  readonly changed: readonly Slot[];
  readonly moved: readonly Slot[];
}

export class Unwritten {
  readonly #changed = new SlotSet();
  readonly #moved = new SlotSet();
  #changedDue: Instant | undefined;
  #movedDue: Instant | undefined;

  /** It began, was refreshed, or ended. */
  change(slot: Slot, now: Instant): void {
    this.#changed.add(slot);
    this.#changedDue ??= later(now, writtenWithin);
  }

  move(slot: Slot, now: Instant): void {
    this.#moved.add(slot);
    this.#movedDue ??= later(now, movedWithin);
  }

  get count(): number {
    return this.#changed.count + this.#moved.count;
  }

  deadline(): Instant | undefined {
    return earliest(this.#changedDue, this.#movedDue);
  }

  /** What is due, as much as one batch holds, lowest slot first: neighbours in the store's pages. */
  take(now: Instant): Slots {
    const changed = (this.#changedDue ?? Infinity) <= now ? this.#changed.take(mostOfBatch) : [];
    const moved = (this.#movedDue ?? Infinity) <= now ? this.#moved.take(mostOfBatch - changed.length) : [];
    if (this.#changed.count === 0) this.#changedDue = undefined;
    if (this.#moved.count === 0) this.#movedDue = undefined;
    return { changed, moved };
  }

  /** Everything, at a clean stop. */
  takeAll(): Slots {
    this.#changedDue = undefined;
    this.#movedDue = undefined;
    return { changed: this.#changed.take(Infinity), moved: this.#moved.take(Infinity) };
  }

  /** The store failed: these are not written after all. */
  giveBack({ changed, moved }: Slots, now: Instant): void {
    for (const slot of changed) this.#changed.add(slot);
    for (const slot of moved) this.#moved.add(slot);
    if (this.#changed.count > 0) this.#changedDue = later(now, retryAfter);
    if (this.#moved.count > 0) this.#movedDue = later(now, retryAfter);
  }
}

/** Slots, each once: a bit for each, where a Set of 100,000 is built anew each time that all have moved. */
class SlotSet {
  #bits = new Bitset(1024);
  /** Those below were looked through by the taking before, so that who moves all the time does not keep others waiting. */
  #from = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(slot: Slot): void {
    const capacity = this.#bits.words.length << 5;
    if (slot >= capacity) this.#bits = this.#bits.copy(2 * Math.max(slot, capacity));
    if (this.#bits.has(slot)) return;
    this.#bits.add(slot);
    this.#count += 1;
  }

  take(most: number): readonly Slot[] {
    const some: Slot[] = [];
    while (some.length < most && this.#count > 0) {
      const word = this.#bits.words[this.#from >>> 5];
      if (word === undefined) this.#from = 0;
      else if (word === 0) this.#from = (this.#from | 31) + 1;
      else {
        if (this.#bits.has(this.#from)) some.push(this.#remove(this.#from));
        this.#from += 1;
      }
    }
    if (this.#count === 0) this.#from = 0;
    return some;
  }

  #remove(slot: Slot): Slot {
    this.#bits.delete(slot);
    this.#count -= 1;
    return slot;
  }
}
