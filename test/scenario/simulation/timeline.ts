// Simulated time. What is to happen lies in a heap by its instant; nothing else makes time pass. After each
// happening all that was begun on the host's own event loop is waited for, by count (see `outstanding`),
// so that one happening is wholly carried out before the next.

import { instant, wallTime, type Instant, type WallTime } from '../../../src/base/time.ts';
import type { Outstanding } from './outstanding.ts';

interface Happening {
  readonly at: number;
  /** Of two at one instant the earlier planned comes first. */
  readonly order: number;
  readonly act: () => void;
}

const epoch = Date.UTC(2026, 0, 5, 8);
/** Monotonic clocks begin anywhere. */
const firstInstant = 1_000_000;

export class Timeline {
  readonly outstanding: Outstanding;
  #now = 0;
  #planned = 0;
  readonly #heap: Happening[] = [];

  constructor(outstanding: Outstanding) {
    this.outstanding = outstanding;
  }

  /** Milliseconds since the simulation began. */
  get elapsed(): number {
    return this.#now;
  }

  get now(): Instant {
    return instant(firstInstant + this.#now);
  }

  get wall(): WallTime {
    return wallTime(epoch + Math.floor(this.#now));
  }

  /** `act` at `at`, or now where that is past. */
  at(at: Instant, act: () => void): void {
    this.#plan(Math.max(at - firstInstant, this.#now), act);
  }

  after(milliseconds: number, act: () => void): void {
    this.#plan(this.#now + milliseconds, act);
  }

  /** Lets so much time pass, with all that happens in it. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await this.outstanding.settled();
    for (let next = this.#heap[0]; next !== undefined && next.at <= end; next = this.#heap[0]) {
      this.#take();
      this.#now = next.at;
      next.act();
      await this.outstanding.settled();
    }
    this.#now = end;
  }

  #plan(at: number, act: () => void): void {
    this.#planned += 1;
    const heap = this.#heap;
    heap.push({ at, order: this.#planned, act });
    for (let child = heap.length - 1; child > 0;) {
      const parent = (child - 1) >> 1;
      if (!this.#swap(parent, child)) return;
      child = parent;
    }
  }

  #take(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    for (let parent = 0; ;) {
      const left = 2 * parent + 1;
      const [one, other] = [heap[left], heap[left + 1]];
      if (one === undefined) return;
      const child = other !== undefined && isBefore(other, one) ? left + 1 : left;
      if (!this.#swap(parent, child)) return;
      parent = child;
    }
  }

  /** Whether the two were in the wrong order. */
  #swap(parent: number, child: number): boolean {
    const [above, below] = [this.#heap[parent], this.#heap[child]];
    if (above === undefined || below === undefined || !isBefore(below, above)) return false;
    this.#heap[parent] = below;
    this.#heap[child] = above;
    return true;
  }
}

const isBefore = (one: Happening, other: Happening): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order);
