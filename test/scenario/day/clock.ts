// Simulated time: what is to happen, in its order. The clock is a number.
//
// What happens within a second, messages on their way above all, is kept apart from all that waits for longer: millions
// of them would each sink through the alarms of 10,000 terminals.

import { earliest, instant, type Instant } from '../../../src/base/time.ts';
import { alarm, alarms, type Alarm } from '../../../src/sip/agenda.ts';

const near = 1000;

export class Clock {
  readonly #soon = alarms();
  readonly #later = alarms();
  now: Instant = instant(0);

  at(when: number, act: () => void): void {
    const agenda = when - this.now <= near ? this.#soon : this.#later;
    agenda.set(alarm(act), instant(Math.max(when, this.now)));
  }

  after(milliseconds: number, act: () => void): void {
    this.at(this.now + milliseconds, act);
  }

  /** Sets or moves an alarm that is used again; undefined drops it. */
  set(one: Alarm, when: Instant | undefined): void {
    this.#later.set(one, when === undefined ? (Infinity as Instant) : instant(Math.max(when, this.now)));
  }

  /** Lets everything happen up to and with `end`. */
  pass(end: number): void {
    for (let due = this.#due(); due !== undefined && due <= end; due = this.#due()) {
      this.now = due;
      this.#soon.ring(due);
      this.#later.ring(due);
    }
    this.now = instant(end);
  }

  #due(): Instant | undefined {
    return earliest(this.#soon.soonest(), this.#later.soonest());
  }
}
