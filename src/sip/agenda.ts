// Timers: a binary heap by instant, in which each knows its place, so that the next deadline is read at
// once and setting or dropping one costs log n. A hot path: each kind of thing that waits has an agenda of
// its own. Those of one kind wait equally long, so that what is set later rings later and goes to the bottom
// of the heap at once, whatever 100,000 others of another kind wait for; and one function rings them all.

import type { Instant } from '../base/time.ts';

/** What an agenda may hold. */
export interface Timed {
  /** When it rings; set by the agenda. */
  at: Instant;
  /** Where in the heap it stands; -1 while it is not set. */
  place: number;
}

/** What a thing of an agenda begins with. */
export const unset: Readonly<Timed> = { at: 0 as Instant, place: -1 };

export interface Alarm extends Timed {
  readonly ring: (now: Instant) => void;
}

export const alarm = (ring: (now: Instant) => void): Alarm => ({ ...unset, ring });

/** An agenda of things of several kinds, each of which knows what to do. */
export const alarms = (): Agenda<Alarm> => new Agenda((each, now) => each.ring(now));

export class Agenda<Item extends Timed> {
  readonly #ring: (item: Item, now: Instant) => void;
  readonly #heap: Item[] = [];

  constructor(ring: (item: Item, now: Instant) => void) {
    this.#ring = ring;
  }

  get count(): number {
    return this.#heap.length;
  }

  soonest(): Instant | undefined {
    return this.#heap[0]?.at;
  }

  /** Sets the item, or moves it. An instant of Infinity drops it. */
  set(item: Item, at: Instant): void {
    if (at === Infinity) return this.drop(item);
    const before = item.at;
    item.at = at;
    if (item.place < 0) {
      item.place = this.#heap.length;
      this.#heap.push(item);
      this.#rise(item);
    } else if (at < before) this.#rise(item);
    else if (at > before) this.#sink(item);
  }

  drop(item: Item): void {
    if (item.place < 0) return;
    const hole = item.place;
    item.place = -1;
    const last = this.#heap.pop();
    if (last === undefined || last === item) return;
    this.#put(last, hole);
    this.#rise(last);
    this.#sink(last);
  }

  /** Rings all that are due, the earliest first, also those that a ringing one sets for now. */
  ring(now: Instant): void {
    for (let first = this.#heap[0]; first !== undefined && first.at <= now; first = this.#heap[0]) {
      this.drop(first);
      this.#ring(first, now);
    }
  }

  #put(item: Item, place: number): void {
    this.#heap[place] = item;
    item.place = place;
  }

  #rise(item: Item): void {
    while (item.place > 0) {
      const place = item.place;
      const above = this.#heap[(place - 1) >> 1];
      if (above === undefined || above.at <= item.at) return;
      this.#put(item, above.place);
      this.#put(above, place);
    }
  }

  #sink(item: Item): void {
    for (;;) {
      const place = item.place;
      const left = this.#heap[2 * place + 1];
      const right = this.#heap[2 * place + 2];
      const least = right !== undefined && left !== undefined && right.at < left.at ? right : left;
      if (least === undefined || least.at >= item.at) return;
      this.#put(item, least.place);
      this.#put(least, place);
    }
  }
}
