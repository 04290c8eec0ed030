// Lets a bounded number of NOTIFYs be without an answer at once, over all subscriptions: the rest wait
// their turn. One that is not answered in time gives its place up, so that terminals that are dead do
// not hold up those that live; by then the endpoint is sending it again at growing gaps, which is no burst.

import { later, milliseconds, type Instant } from '../base/time.ts';

/** Timer E's first gap (RFC 3261 §17.1.2.2): who has not answered by then did not lose a race but a packet. */
const patience = milliseconds(500);

export const never = Infinity as Instant;

/** What a window lets out. */
export interface Sendable {
  /** Since when the window awaits its answer; `never` while it does not. Set by the window. */
  awaitedSince: Instant;
}

export class SendingWindow<T extends Sendable> {
  readonly #most: number;
  /** In the order in which they were sent, and when; some were answered since, which is seen when they are first. */
  readonly #sent = new Queue<T>();
  readonly #sentAt = new Queue<Instant>();
  readonly #waiting = new Queue<T>();
  #unanswered = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get counts(): { readonly waiting: number; readonly unanswered: number } {
    return { waiting: this.#waiting.length, unanswered: this.#unanswered };
  }

  queue(one: T): void {
    this.#waiting.push(one);
  }

  /** Whose turn it is; undefined where none waits or the window is full. */
  next(): T | undefined {
    return this.#unanswered >= this.#most ? undefined : this.#waiting.shift();
  }

  sent(one: T, now: Instant): void {
    if (one.awaitedSince === never) this.#unanswered += 1;
    one.awaitedSince = now;
    this.#sent.push(one);
    this.#sentAt.push(now);
    this.#forget();
  }

  answered(one: T): void {
    if (one.awaitedSince === never) return;
    one.awaitedSince = never;
    this.#unanswered -= 1;
    this.#forget();
  }

  /** Gives up waiting for those that were sent too long ago. */
  forgive(now: Instant): void {
    for (let one = this.#sent.first; one !== undefined && this.#givenUpAt() <= now; one = this.#sent.first)
      this.answered(one);
  }

  deadline(): Instant | undefined {
    return this.#waiting.length === 0 || this.#unanswered === 0 ? undefined : this.#givenUpAt();
  }

  /** Of whoever has waited longest. */
  #givenUpAt(): Instant {
    return later(this.#sentAt.first ?? never, patience);
  }

  /** Leaves whoever has waited longest the first. */
  #forget(): void {
    for (
      let one = this.#sent.first;
      one !== undefined && one.awaitedSince !== this.#sentAt.first;
      one = this.#sent.first
    ) {
      this.#sent.shift();
      this.#sentAt.shift();
    }
  }
}

/** First in, first out. To shift a long array moves all of it. */
class Queue<T> {
  #items: T[] = [];
  #gone = 0;

  get length(): number {
    return this.#items.length - this.#gone;
  }

  get first(): T | undefined {
    return this.#items[this.#gone];
  }

  push(one: T): void {
    this.#items.push(one);
  }

  shift(): T | undefined {
    const { first } = this;
    if (this.#gone < this.#items.length) this.#gone += 1;
    if (this.#gone > 1024 && 2 * this.#gone > this.#items.length) {
      this.#items = this.#items.slice(this.#gone);
      this.#gone = 0;
    }
    return first;
  }
}
