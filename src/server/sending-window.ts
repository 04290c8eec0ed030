// Lets a bounded number of NOTIFYs be without an answer at once, over all subscriptions: the rest wait
// their turn. One that is not answered in time gives its place up, so that terminals that are dead do
// not hold up those that live; by then the endpoint is sending it again at growing gaps, which is no burst.

import { later, milliseconds, type Instant } from '../base/time.ts';

/** Timer E's first gap (RFC 3261 §17.1.2.2): who has not answered by then did not lose a race but a packet. */
const patience = milliseconds(500);

const never = Infinity as Instant;

export class SendingWindow<T> {
  readonly #most: number;
  /** Since when each is without an answer, in that order. */
  readonly #unanswered = new Map<T, Instant>();
  /** Nobody who is without an answer was sent to before this; read off `#unanswered` only when it is long ago, for to find its first means to step over all that were taken out since. */
  #sentSince = never;
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
    if (this.#unanswered.size === 0) this.#sentSince = now;
    this.#unanswered.set(one, now);
  }

  answered(one: T): void {
    this.#unanswered.delete(one);
  }

  /** Gives up waiting for those that were sent too long ago. */
  forgive(now: Instant): void {
    if (later(this.#sentSince, patience) > now) return;
    for (const [one, since] of this.#unanswered) {
      this.#sentSince = since;
      if (later(since, patience) > now) return;
      this.#unanswered.delete(one);
    }
    this.#sentSince = never;
  }

  /** Or sooner, where who has waited longest was answered. */
  deadline(): Instant | undefined {
    if (this.#first === this.#waiting.length || this.#unanswered.size === 0) return undefined;
    return later(this.#sentSince, patience);
  }
}
