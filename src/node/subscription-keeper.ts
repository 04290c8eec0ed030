// Joins the store of subscriptions to the server's SIP machine: what that wants written is written, in order, while
// SIP goes on; what was written is given back to it at the next start.

import type { WallTime } from '../base/time.ts';
import { flow, type Address, type Flow } from '../sip/transaction-user.ts';
import type { ServerFact } from '../server/fact.ts';
import type { SipInput } from '../server/server.ts';
import type { SubscriptionBatch, SubscriptionStore } from '../server/subscription-store.ts';

export interface SubscriptionKeeperOptions {
  readonly store: SubscriptionStore;
  readonly wallClock: () => WallTime;
  readonly tell: (input: SipInput) => void;
  readonly report: (fact: ServerFact) => void;
  /** A batch could not be written; it will be tried again. */
  readonly failed: (fault: unknown) => void;
}

export class SubscriptionKeeper implements AsyncDisposable {
  readonly #options: SubscriptionKeeperOptions;
  #written: Promise<void> = Promise.resolve();

  constructor(options: SubscriptionKeeperOptions) {
    this.#options = options;
  }

  /** Gives back what was kept, once the server listens and before anything else is heard. */
  async resume(flowBetween: (local: Address, remote: Address) => Flow | undefined): Promise<void> {
    const { store, wallClock, tell, report } = this.#options;
    const { subscriptions, unreadable, expired } = await store.found(wallClock());
    const [first] = unreadable;
    if (first !== undefined) report({ kind: 'unreadable', count: unreadable.length, first });
    const flows = subscriptions.map(({ slot, usage: { path } }) =>
      // A connection is gone; its name is nobody's.
      path.transport === 'UDP' ? flowBetween(path.local, path.remote) : flow(`ended:${slot}`),
    );
    const resumed = subscriptions.flatMap((kept, at) => {
      const found = flows[at];
      return found === undefined ? [] : [{ kept, flow: found }];
    });
    const without = subscriptions.filter((_, at) => flows[at] === undefined);
    if (without.length > 0) this.write({ kept: [], moved: [], ended: without.map(({ slot }) => slot) });
    if (subscriptions.length + expired > 0)
      report({ kind: 'resumed', subscriptions: resumed.length, expired, withoutListener: without.length });
    tell({ kind: 'resume', subscriptions: resumed });
  }

  write(batch: SubscriptionBatch): void {
    const { store, wallClock, tell, failed } = this.#options;
    this.#written = this.#written
      .then(() => store.write(batch, wallClock()))
      .catch((fault: unknown) => {
        failed(fault);
        tell({ kind: 'not-written', batch });
      });
  }

  /** Resolves when all is written; the store stays its owner's to close. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#written;
  }
}
