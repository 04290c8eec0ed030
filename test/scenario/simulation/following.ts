import { milliseconds } from '../../../src/base/time.ts';
import { HostFault } from '../../../src/node/host-fault.ts';
import type { SourceEvent } from '../../../src/server/source.ts';
import type { Stage } from '../../../src/server/stage-options.ts';
import type { Chance } from './chance.ts';
import type { Enterprise } from './enterprise.ts';
import type { Life } from './life.ts';
import type { Timeline } from './timeline.ts';
import type { Trace } from './trace.ts';

export interface FollowingParts {
  readonly stage: Stage;
  readonly enterprise: Enterprise;
  readonly timeline: Timeline;
  readonly life: Life;
  readonly chance: Chance;
  readonly trace: Trace;
}

/** One server process that follows the directory: what the LDAP socket is with a real one. */
export class Following {
  readonly #parts: FollowingParts;
  #waiting: SourceEvent[] = [];
  #taking = false;
  #connected = false;

  constructor(parts: FollowingParts) {
    this.#parts = parts;
    this.#connect();
  }

  /** The connection is lost, perhaps within a refresh; it comes back by itself. */
  lose(): void {
    const { life, chance, trace } = this.#parts;
    if (!this.#connected || life.over) return;
    this.#connected = false;
    trace.note('server', 'loses the directory');
    const retry = chance.between(1000, 10_000);
    this.#waiting = [{ kind: 'lost', problem: 'the connection was lost', retryInMilliseconds: milliseconds(retry) }];
    this.#take();
    life.after(retry, () => this.#connect());
  }

  wakeInTime(): void {
    const { stage, timeline, life } = this.#parts;
    const due = stage.deadline();
    if (due === undefined) return;
    timeline.at(due, () => {
      if (!life.over) life.begin(() => this.#wake());
    });
  }

  #connect(): void {
    const { life, stage, enterprise, trace } = this.#parts;
    life.begin(async () => {
      const cookie = await this.#unlessDiskFails(() => stage.cookie());
      if (cookie === 'failed') return life.after(2000, () => this.#connect());
      trace.note('server', `follows the directory from ${cookie.value ?? 'the beginning'}`);
      this.#connected = true;
      this.#waiting.push(...enterprise.refresh(cookie.value));
      enterprise.listener = (events) => {
        if (life.over || !this.#connected) return;
        this.#waiting.push(...events);
        this.#take();
      };
      this.#take();
    });
  }

  /** A few events at a time, as they come off a socket. */
  #take(): void {
    const { life, stage, chance } = this.#parts;
    if (this.#taking || this.#waiting.length === 0) return;
    this.#taking = true;
    life.after(chance.between(0, 20), () => {
      const events = this.#waiting.splice(0, chance.between(1, 8));
      life.begin(async () => {
        const taken = await this.#unlessDiskFails(() => stage.take(events));
        this.#taking = false;
        this.wakeInTime();
        if (taken === 'failed') this.lose();
        this.#take();
      });
    });
  }

  async #wake(): Promise<void> {
    await this.#unlessDiskFails(() => this.#parts.stage.wake());
    this.wakeInTime();
  }

  async #unlessDiskFails<T>(work: () => Promise<T>): Promise<{ readonly value: T } | 'failed'> {
    try {
      return { value: await work() };
    } catch (fault) {
      if (!(fault instanceof HostFault)) throw fault;
      this.#parts.trace.note('server', `its disk failed`);
      return 'failed';
    }
  }
}
