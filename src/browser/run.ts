import type { Clock } from '../base/machine.ts';
import { instant } from '../base/time.ts';

export const clock: Clock = {
  now: () => instant(performance.now()),
  ring: (milliseconds, then) => {
    const timer = setTimeout(then, milliseconds);
    return () => clearTimeout(timer);
  },
};
