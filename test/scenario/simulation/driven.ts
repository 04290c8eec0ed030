import type { Machine } from '../../../src/base/machine.ts';
import type { Instant } from '../../../src/base/time.ts';
import type { Life } from './life.ts';
import type { Timeline } from './timeline.ts';

/** What `node/run` is under a real clock: feeds the machine, carries out what it says, wakes it when it asked. */
export class Driven<Input, Output> {
  readonly #machine: Machine<Input, Output>;
  readonly #carryOut: (output: Output) => void;
  readonly #timeline: Timeline;
  readonly #life: Life;
  readonly #waiting: Input[] = [];
  #busy = false;
  /** When the machine will be woken; none, where it was not planned. */
  #alarm: Instant | undefined;

  constructor(
    machine: Machine<Input, Output>,
    carryOut: (output: Output) => void,
    host: { readonly timeline: Timeline; readonly life: Life },
  ) {
    this.#machine = machine;
    this.#carryOut = carryOut;
    this.#timeline = host.timeline;
    this.#life = host.life;
  }

  tell(input: Input): void {
    if (this.#life.over) return;
    if (this.#busy) {
      this.#waiting.push(input);
      return;
    }
    this.#settle(() => this.#machine.handle(input, this.#timeline.now));
  }

  #settle(first: () => readonly Output[]): void {
    this.#busy = true;
    for (const output of first()) this.#carryOut(output);
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift())
      for (const output of this.#machine.handle(next, this.#timeline.now)) this.#carryOut(output);
    this.#busy = false;
    this.#sleep();
  }

  #sleep(): void {
    const deadline = this.#machine.deadline();
    if (deadline === undefined || (this.#alarm !== undefined && this.#alarm <= deadline)) return;
    this.#alarm = deadline;
    this.#timeline.at(deadline, () => {
      if (this.#alarm !== deadline || this.#life.over) return;
      this.#alarm = undefined;
      const due = this.#machine.deadline();
      if (due !== undefined && due <= this.#timeline.now) this.#settle(() => this.#machine.wake(this.#timeline.now));
      else this.#sleep();
    });
  }
}
