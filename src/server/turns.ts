/**
 * Acts that are carried out one after another, so that each is compared with what is there when its turn comes. Those who write
 * to the same persons share one.
 */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#last.then(work);
    // The next one's turn comes whether or not this one failed; its caller hears of the failure.
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** `inTurn` for what gives steps on its way: the turn ends when `work` is carried to its end, or ended (`return`). */
  async *atOneTurn<Step, Result>(work: () => AsyncGenerator<Step, Result>): AsyncGenerator<Step, Result> {
    const before = this.#last;
    let leave = (): void => undefined;
    this.#last = new Promise<void>((resolve) => (leave = resolve));
    try {
      await before;
      return yield* work();
    } finally {
      leave();
    }
  }
}
