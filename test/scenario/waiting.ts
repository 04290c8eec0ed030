// How a scenario waits: for an event, or for a condition, up to a deadline; never for a length of time.

const patience = { milliseconds: 20_000, betweenLooks: 20 };
const mostShown = 12;

/** What happened, in order. Whoever waits for something of it is told when it is there. */
export class Happened<T> {
  readonly all: T[] = [];
  readonly #looks = new Set<() => void>();

  add(one: T): void {
    this.all.push(one);
    for (const look of this.#looks) look();
  }

  /** The first that is as wanted, from number `from` on. */
  first<Wanted extends T>(what: string, wanted: (one: T) => one is Wanted, from?: number): Promise<Wanted>;
  first(what: string, wanted: (one: T) => boolean, from?: number): Promise<T>;
  first(what: string, wanted: (one: T) => boolean, from = 0): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#looks.delete(look);
        reject(new Error(`${what} did not come; what came last: ${JSON.stringify(this.all.slice(-mostShown))}`));
      }, patience.milliseconds);
      const look = (): void => {
        const found = this.all.slice(from).find(wanted);
        if (found === undefined) return;
        this.#looks.delete(look);
        clearTimeout(timer);
        resolve(found);
      };
      this.#looks.add(look);
      look();
    });
  }
}

/** Asks again and again until the answer is right. */
export async function until<T>(what: string, ask: () => T | Promise<T>, right: (answer: T) => boolean): Promise<T> {
  const end = performance.now() + patience.milliseconds;
  for (;;) {
    const answer = await ask();
    if (right(answer)) return answer;
    if (performance.now() > end) throw new Error(`${what} did not come about; at the end: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, patience.betweenLooks));
  }
}
