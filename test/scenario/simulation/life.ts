// One process: as long as it lives, what it asked of its stores is carried out. A process that is killed
// hears nothing any more: calls that had not begun are never made, and the answers to those that were
// made reach nobody, though what they wrote is written.

import { HostFault } from '../../../src/node/host-fault.ts';
import type { Chance } from './chance.ts';
import type { Timeline } from './timeline.ts';

/** How the disk behaves; may change while processes use it. */
export interface Disk {
  /** The longest that a call waits before it is made, and again before its answer is there. */
  slowness: number;
  /** How often a call is refused. */
  failures: number;
}

export class Life {
  readonly #timeline: Timeline;
  readonly #chance: Chance;
  readonly #disk: Disk;
  #over = false;

  constructor(timeline: Timeline, chance: Chance, disk: Disk) {
    this.#timeline = timeline;
    this.#chance = chance;
    this.#disk = disk;
  }

  get over(): boolean {
    return this.#over;
  }

  end(): void {
    this.#over = true;
  }

  /** `act` after that time, if the process still lives. */
  after(milliseconds: number, act: () => void): void {
    this.#timeline.after(milliseconds, () => {
      if (!this.#over) act();
    });
  }

  /** Work that goes on while the process lives. */
  begin(work: () => Promise<void>): void {
    this.#timeline.outstanding.begin(work);
  }

  /** `port` as this process reaches it; what is asked of it may overtake, as with a pool of connections. */
  reach<Port extends object>(port: Port): Port {
    return this.#reach(port, (work) => this.#call(work));
  }

  /** `port` as this process reaches it, one call after another. */
  reachInTurn<Port extends object>(port: Port): Port {
    let last: Promise<unknown> = Promise.resolve();
    return this.#reach(port, (work) => {
      const done = last.then(() => this.#call(work));
      last = done.catch(() => undefined); // its caller hears of it
      return done;
    });
  }

  #reach<Port extends object>(port: Port, call: <T>(work: () => Promise<T>) => Promise<T>): Port {
    return new Proxy(port, {
      get: (target, name) => {
        const verb: unknown = Reflect.get(target, name);
        if (typeof verb !== 'function') return verb;
        const made = (given: readonly unknown[]): unknown => Reflect.apply(verb, target, given);
        if (name === 'living' || name === 'below')
          return (...given: unknown[]) => pages(made(given) as AsyncIterable<unknown>, call);
        return (...given: unknown[]) => call(async () => withPages(await made(given), call));
      },
    });
  }

  /** A promise that the dead never see kept. */
  #call<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (how: () => void): void =>
        this.#later(() => {
          how();
          this.#timeline.outstanding.touch();
        });
      this.#later(() => {
        if (this.#chance.is(this.#disk.failures))
          return settle(() => reject(new HostFault('the simulated disk failed')));
        this.#timeline.outstanding.counted(work()).then(
          (value) => settle(() => resolve(value)),
          (error: unknown) => settle(() => reject(error)),
        );
      });
    });
  }

  #later(act: () => void): void {
    if (this.#over) return;
    const wait = this.#disk.slowness > 0 ? this.#chance.between(0, this.#disk.slowness) : 0;
    if (wait === 0) act();
    else this.after(wait, act);
  }
}

type Call = <T>(work: () => Promise<T>) => Promise<T>;

async function* pages(of: AsyncIterable<unknown>, call: Call): AsyncGenerator {
  const iterator = of[Symbol.asyncIterator]();
  for (;;) {
    const next = await call(() => iterator.next());
    if (next.done === true) return;
    yield next.value;
  }
}

/** The pages of a whole book come one by one, each a call of its own. */
function withPages(given: unknown, call: Call): unknown {
  if (typeof given !== 'object' || given === null || !('pages' in given)) return given;
  return { ...given, pages: pages(given.pages as AsyncIterable<unknown>, call) };
}
