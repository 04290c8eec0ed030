import type { Machine } from '../base/machine.ts';
import { instant, type Instant } from '../base/time.ts';

/** `setTimeout` takes no more than 2^31 - 1 ms; a later deadline is reached in steps. */
const longestSleep = 2_147_483_647;

export interface Running<Input> {
  tell(input: Input): void;
  /** Ends the clock; what is told afterwards is not heard. */
  stop(): void;
}

const now = (): Instant => instant(performance.now());

/**
 * Gives `machine` a clock: feeds it inputs, carries out its outputs, wakes it when it asked.
 * One input is wholly carried out before the next: what `carryOut` tells meanwhile waits its turn.
 */
export function run<Input, Output>(
  machine: Machine<Input, Output>,
  carryOut: (output: Output) => void,
): Running<Input> {
  const waiting: Input[] = [];
  let busy = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  const settle = (first: () => readonly Output[]): void => {
    busy = true;
    clearTimeout(timer);
    try {
      for (const output of first()) carryOut(output);
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
        for (const output of machine.handle(next, now())) carryOut(output);
    } finally {
      busy = false;
      if (!stopped) sleep();
    }
  };
  const sleep = (): void => {
    const deadline = machine.deadline();
    if (deadline === undefined) return;
    timer = setTimeout(wake, Math.min(Math.max(deadline - now(), 0), longestSleep));
  };
  const wake = (): void => {
    // Timers may fire a fraction of a millisecond early, and a long sleep comes in steps.
    const deadline = machine.deadline();
    if (deadline !== undefined && deadline > now()) sleep();
    else settle(() => machine.wake(now()));
  };
  return {
    tell: (input) => {
      if (stopped) return;
      if (busy) waiting.push(input);
      else settle(() => machine.handle(input, now()));
    },
    stop: () => {
      stopped = true;
      waiting.length = 0;
      clearTimeout(timer);
    },
  };
}
