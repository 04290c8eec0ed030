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
  /** Infinity while no timer runs. */
  let ringsAt = Infinity;

  const settle = (first: () => readonly Output[]): void => {
    busy = true;
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
    const deadline = machine.deadline() ?? Infinity;
    // One that rings too early only asks again; a new one for each of 100,000 datagrams costs more.
    if (deadline >= ringsAt) return;
    clearTimeout(timer);
    const at = now();
    ringsAt = Math.min(deadline, at + longestSleep);
    timer = setTimeout(wake, Math.max(ringsAt - at, 0));
  };
  const wake = (): void => {
    ringsAt = Infinity;
    // Timers may fire a fraction of a millisecond early, a long sleep comes in steps, and the deadline may have moved.
    if ((machine.deadline() ?? Infinity) > now()) sleep();
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
