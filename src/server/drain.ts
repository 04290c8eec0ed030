// Moves terminals away over a time that is given: so many subscriptions are ended at a time that they would be gone
// at its end, evenly. What ends by itself meanwhile makes the steps smaller, not the time shorter.

import { later, milliseconds, type Instant, type Milliseconds } from '../base/time.ts';

/** A step each tenth of a second looks even to a proxy, and costs nothing. */
const step = milliseconds(100);

export class Drain {
  #endsAt: Instant | undefined;
  /** When the last step was due. */
  #stoodAt = 0 as Instant;
  /** What the last steps left over, below one. */
  #owed = 0;

  get on(): boolean {
    return this.#endsAt !== undefined;
  }

  begin(over: Milliseconds, now: Instant): void {
    this.#endsAt = later(now, over);
    this.#stoodAt = now;
    this.#owed = 0;
  }

  cancel(): void {
    this.#endsAt = undefined;
  }

  /** When the next step is due; undefined where there is nobody to move. */
  deadline(left: number): Instant | undefined {
    if (this.#endsAt === undefined || left === 0) return undefined;
    const next = later(this.#stoodAt, step);
    return next < this.#endsAt ? next : this.#endsAt;
  }

  /** How many of those that are left are to be ended now. */
  due(left: number, now: Instant): number {
    if (this.#endsAt === undefined || now < (this.deadline(left) ?? Infinity)) return 0;
    if (now >= this.#endsAt) return left;
    this.#owed += ((left - this.#owed) * (now - this.#stoodAt)) / (this.#endsAt - this.#stoodAt);
    this.#stoodAt = now;
    const whole = Math.floor(this.#owed);
    this.#owed -= whole;
    return whole;
  }
}
