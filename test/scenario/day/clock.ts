// Simulated time: what is to happen, in its order. The clock is a number.

import { instant, type Instant } from '../../../src/base/time.ts';
import { alarm, alarms, type Alarm } from '../../../src/sip/agenda.ts';

export class Clock {
  readonly #agenda = alarms();
  now: Instant = instant(0);

  at(when: number, act: () => void): void {
    this.#agenda.set(alarm(act), instant(Math.max(when, this.now)));
  }

  after(milliseconds: number, act: () => void): void {
    this.at(this.now + milliseconds, act);
  }

  /** Sets or moves an alarm that is used again; undefined drops it. */
  set(one: Alarm, when: Instant | undefined): void {
    this.#agenda.set(one, when === undefined ? (Infinity as Instant) : instant(Math.max(when, this.now)));
  }

  /** Lets everything happen up to and with `end`. */
  pass(end: number): void {
    for (let due = this.#agenda.soonest(); due !== undefined && due <= end; due = this.#agenda.soonest()) {
      this.now = due;
      this.#agenda.ring(due);
    }
    this.now = instant(end);
  }
}
