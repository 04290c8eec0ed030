// Whom the server lets in now. It is overloaded when its host's loop lags: answers then come after peers have sent
// their requests again (RFC 3261 §17.1.2.2), and work grows by itself. New subscriptions are turned away first:
// one that is not refreshed in time costs its terminal a notification and us a new one.

import { milliseconds, seconds, type Milliseconds } from '../base/time.ts';
import type { Admitted } from '../sip/gate.ts';
import { Drain } from './drain.ts';

/** Timer E's first gap: from here on requests come twice. A first load or a fan-out to 100,000 gives way to SIP much sooner. */
const busyFrom = milliseconds(500);
/** A refresh comes four times by then, and again as long as it is not answered. */
const stuckFrom = seconds(4);

export class Reception {
  readonly drain: Drain = new Drain();
  #load: Admitted = 'everyone';

  get admitted(): Admitted {
    return this.#load === 'everyone' && this.drain.on ? 'subscribers' : this.#load;
  }

  /** By how much the host's loop was late; once a level is reached it is left at half of it, so that it does not flutter. */
  hear(lag: Milliseconds): void {
    const over = (level: Milliseconds, reached: boolean): boolean => lag >= (reached ? level / 2 : level);
    if (over(stuckFrom, this.#load === 'nobody')) this.#load = 'nobody';
    else this.#load = over(busyFrom, this.#load !== 'everyone') ? 'subscribers' : 'everyone';
  }
}
