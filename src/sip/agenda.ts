// All timers of an endpoint: a binary heap by instant, in which each alarm knows its place, so that
// the next deadline is read at once and setting or dropping an alarm costs log n.

import type { Instant } from '../base/time.ts';

export interface Alarm {
  /** When it rings; set by the agenda. */
  at: Instant;
  /** Where in the heap it stands; -1 while it is not set. */
  place: number;
  readonly ring: (now: Instant) => void;
}

export const alarm = (ring: (now: Instant) => void): Alarm => ({ at: 0 as Instant, place: -1, ring });

export class Agenda {
  readonly #heap: Alarm[] = [];

  soonest(): Instant | undefined {
    return this.#heap[0]?.at;
  }

  /** Sets the alarm, or moves it. An instant of Infinity drops it. */
  set(alarm: Alarm, at: Instant): void {
    if (at === Infinity) return this.drop(alarm);
    alarm.at = at;
    if (alarm.place < 0) {
      alarm.place = this.#heap.length;
      this.#heap.push(alarm);
    }
    this.#settle(alarm);
  }

  drop(alarm: Alarm): void {
    if (alarm.place < 0) return;
    const hole = alarm.place;
    alarm.place = -1;
    const last = this.#heap.pop();
    if (last === undefined || last === alarm) return;
    this.#put(last, hole);
    this.#settle(last);
  }

  /** Rings all that are due, the earliest first, also those that a ringing one sets for now. */
  ring(now: Instant): void {
    for (let first = this.#heap[0]; first !== undefined && first.at <= now; first = this.#heap[0]) {
      this.drop(first);
      first.ring(now);
    }
  }

  #put(alarm: Alarm, place: number): void {
    this.#heap[place] = alarm;
    alarm.place = place;
  }

  #settle(alarm: Alarm): void {
    this.#rise(alarm);
    this.#sink(alarm);
  }

  #rise(alarm: Alarm): void {
    while (alarm.place > 0) {
      const place = alarm.place;
      const above = this.#heap[(place - 1) >> 1];
      if (above === undefined || above.at <= alarm.at) return;
      this.#put(alarm, above.place);
      this.#put(above, place);
    }
  }

  #sink(alarm: Alarm): void {
    for (;;) {
      const place = alarm.place;
      const left = this.#heap[2 * place + 1];
      const right = this.#heap[2 * place + 2];
      const least = right !== undefined && left !== undefined && right.at < left.at ? right : left;
      if (least === undefined || least.at >= alarm.at) return;
      this.#put(alarm, least.place);
      this.#put(least, place);
    }
  }
}
