import { runBy, type Clock, type Machine, type Running } from '../base/machine.ts';
import { instant } from '../base/time.ts';

export type { Running } from '../base/machine.ts';

export const clock: Clock = {
  now: () => instant(performance.now()),
  ring: (milliseconds, then) => {
    const timer = setTimeout(then, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** `runBy` Node's clock. */
export const run = <Input, Output>(
  machine: Machine<Input, Output>,
  carryOut: (output: Output) => void,
): Running<Input> => runBy(clock, machine, carryOut);
