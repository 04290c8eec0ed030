// Events for whoever reads them at their own pace.

/** So many wait for a slow reader; then the oldest are dropped. */
const mostWaiting = 10_000;

/** What is pushed, in order, until it is closed. For one reader. */
export class EventQueue<Event> implements AsyncIterableIterator<Event> {
  readonly #waiting: Event[] = [];
  readonly #forget: () => void;
  #reader: ((result: IteratorResult<Event>) => void) | undefined;
  #closed = false;

  /** `forget` is called once, when nobody reads any more. */
  constructor(forget: () => void) {
    this.#forget = forget;
  }

  push(event: Event): void {
    if (this.#closed) return;
    const reader = this.#reader;
    this.#reader = undefined;
    if (reader !== undefined) return reader({ done: false, value: event });
    this.#waiting.push(event);
    if (this.#waiting.length > mostWaiting) this.#waiting.shift();
  }

  /** What waits is still read; then the reader is done. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#reader?.({ done: true, value: undefined });
    this.#reader = undefined;
    this.#forget();
  }

  next(): Promise<IteratorResult<Event>> {
    const [first] = this.#waiting;
    if (first !== undefined) {
      this.#waiting.shift();
      return Promise.resolve({ done: false, value: first });
    }
    if (this.#closed) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => (this.#reader = resolve));
  }

  return(): Promise<IteratorResult<Event>> {
    this.#waiting.length = 0;
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** What is pushed, for however many read it, each from its own call of `open` on. */
export class EventQueues<Event> {
  readonly #queues = new Set<EventQueue<Event>>();
  #closed = false;

  open(): AsyncIterableIterator<Event> {
    const queue = new EventQueue<Event>(() => this.#queues.delete(queue));
    this.#queues.add(queue);
    if (this.#closed) queue.close();
    return queue;
  }

  push(event: Event): void {
    for (const queue of this.#queues) queue.push(event);
  }

  close(): void {
    this.#closed = true;
    for (const queue of this.#queues) queue.close();
  }
}
