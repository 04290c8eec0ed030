// Which subscriptions the store does not know as they are: to be written behind, so that no SUBSCRIBE and no NOTIFY
// waits for a disk. What a SUBSCRIBE says is written at once after. What moves with each NOTIFY is written seldom: an older
// `told` makes a terminal hear twice what it has, which it passes over, and CSeq leaps over what was not written.

import { earliest, later, milliseconds, seconds, type Instant } from '../base/time.ts';
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
  readonly #changed = new Set<Slot>();
  readonly #moved = new Set<Slot>();
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
    return this.#changed.size + this.#moved.size;
  }

  deadline(): Instant | undefined {
    return earliest(this.#changedDue, this.#movedDue);
  }

  /** What is due, as much as one batch holds, lowest slot first: neighbours in the store's pages. */
  take(now: Instant): Slots {
    const changed = (this.#changedDue ?? Infinity) <= now ? taken(this.#changed, mostOfBatch) : [];
    const moved = (this.#movedDue ?? Infinity) <= now ? taken(this.#moved, mostOfBatch - changed.length) : [];
    if (this.#changed.size === 0) this.#changedDue = undefined;
    if (this.#moved.size === 0) this.#movedDue = undefined;
    return { changed, moved };
  }

  /** Everything, at a clean stop. */
  takeAll(): Slots {
    this.#changedDue = undefined;
    this.#movedDue = undefined;
    return { changed: taken(this.#changed, Infinity), moved: taken(this.#moved, Infinity) };
  }

  /** The store failed: these are not written after all. */
  giveBack({ changed, moved }: Slots, now: Instant): void {
    for (const slot of changed) this.#changed.add(slot);
    for (const slot of moved) this.#moved.add(slot);
    if (this.#changed.size > 0) this.#changedDue = later(now, retryAfter);
    if (this.#moved.size > 0) this.#movedDue = later(now, retryAfter);
  }
}

function taken(slots: Set<Slot>, most: number): readonly Slot[] {
  const some: Slot[] = [];
  for (const slot of slots) {
    if (some.length >= most) break;
    slots.delete(slot);
    some.push(slot);
  }
  return some.toSorted((one, other) => one - other);
}
