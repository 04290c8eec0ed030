// Lets a bounded number of NOTIFYs be without an answer at once, over all subscriptions: the rest wait
// their turn. One that is not answered in time gives its place up, so that terminals that are dead do
// not hold up those that live; by then the endpoint is sending it again at growing gaps, which is no burst.

import { later, milliseconds, type Instant } from '../base/time.ts';

/** Timer E's first gap (RFC 3261 §17.1.2.2): who has not answered by then did not lose a race but a packet. */
const patience = milliseconds(500);

export class SendingWindow<T> {
  readonly #most: number;
  /** Since when each is without an answer, in that order. */
  readonly #unanswered = new Map<T, Instant>();
  #waiting: T[] = [];
  #first = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get counts(): { readonly waiting: number; readonly unanswered: number } {
    return { waiting: this.#waiting.length - this.#first, unanswered: this.#unanswered.size };
  }

  queue(one: T): void {
    this.#waiting.push(one);
  }

  /** Whose turn it is; undefined where none waits or the window is full. */
  next(): T | undefined {
    if (this.#first === this.#waiting.length || this.#unanswered.size >= this.#most) return undefined;
    const one = this.#waiting[this.#first];
    this.#first += 1;
    if (this.#first === this.#waiting.length) {
      this.#waiting = [];
      this.#first = 0;
    }
    return one;
  }

  sent(one: T, now: Instant): void {
    this.#unanswered.set(one, now);
  }

  answered(one: T): void {
    this.#unanswered.delete(one);
  }

  /** Gives up waiting for those that were sent too long ago. */
  forgive(now: Instant): void {
    for (const [one, since] of this.#unanswered) {
      if (later(since, patience) > now) return;
      this.#unanswered.delete(one);
    }
  }

  deadline(): Instant | undefined {
    if (this.#first === this.#waiting.length) return undefined;
    const [oldest] = this.#unanswered.values();
    return oldest === undefined ? undefined : later(oldest, patience);
  }
}
