import { setImmediate } from 'node:timers/promises';

/**
 * Counts the calls that the host's event loop has not finished. When none is left, and the loop has gone round
 * once, nobody waits for anything but simulated time: the stores are in memory, and whatever else is
 * asynchronous waits for one of them, or for a promise of the simulation.
 */
export class Outstanding {
  #calls = 0;
  #touched = false;
  #failure: { readonly cause: unknown } | undefined;

  /** A call that is over when `promise` is settled. */
  counted<T>(promise: Promise<T>): Promise<T> {
    this.#calls += 1;
    this.#touched = true;
    const over = (): void => void (this.#calls -= 1);
    promise.then(over, over);
    return promise;
  }

  /** Work that nobody waits for. What it throws ends the simulation. */
  begin(work: () => Promise<void>): void {
    this.#touched = true;
    work().catch((cause: unknown) => (this.#failure ??= { cause }));
  }

  /** A promise of the simulation was kept: somebody goes on. */
  touch(): void {
    this.#touched = true;
  }

  async settled(): Promise<void> {
    while (this.#touched) {
      this.#touched = false;
      do await setImmediate();
      while (this.#calls > 0);
    }
    if (this.#failure !== undefined) throw this.#failure.cause;
  }
}
