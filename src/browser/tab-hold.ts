// Which of several tabs runs the engine: the one that holds a Web Lock. The browser gives the lock to the next tab when
// its holder is closed or crashes.

/** A tab that waits for the lock, or has it, until it is released. */
export class TabHold {
  readonly #name: string;
  readonly #changed: (holds: boolean) => void;
  #claim: AbortController | undefined;
  #holds = false;

  /** `changed` is told when this tab has got the lock, and when another has taken it away. */
  constructor(name: string, changed: (holds: boolean) => void) {
    this.#name = name;
    this.#changed = changed;
  }

  get holds(): boolean {
    return this.#holds;
  }

  /** Waits for its turn; with `steal` takes the lock from whoever has it and does not answer. */
  claim({ steal = false }: { readonly steal?: boolean } = {}): void {
    this.release();
    const claim = new AbortController();
    this.#claim = claim;
    // There are none in a page that came by plain HTTP: each tab then has an engine of its own, which does no harm.
    const locks = navigator.locks as LockManager | undefined;
    if (locks === undefined) return void this.#hold(claim.signal);
    const how = steal ? { steal } : { signal: claim.signal };
    locks
      .request(this.#name, how, () => this.#hold(claim.signal))
      .catch((error: unknown) => {
        if (!(error instanceof DOMException)) throw error;
        // Else it is this tab that went away from it.
        if (!claim.signal.aborted) this.#lose();
      });
  }

  /** Nothing is told of it. */
  release(): void {
    this.#holds = false;
    this.#claim?.abort();
    this.#claim = undefined;
  }

  #hold(released: AbortSignal): Promise<void> {
    if (released.aborted) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    released.addEventListener('abort', () => resolve(), { once: true });
    this.#holds = true;
    this.#changed(true);
    return promise;
  }

  #lose(): void {
    const held = this.#holds;
    this.claim();
    if (held) this.#changed(false);
  }
}
