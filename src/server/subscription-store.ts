// Where subscriptions outlive the process: a port of the server's. What it loses, terminals make anew: so it is
// written behind, in batches, and nobody waits for it.

import type { WallTime } from '../base/time.ts';
import type { BookId, Revision } from '../book/change.ts';
import type { PersonId } from '../book/person-id.ts';
import type { KeptUsage } from '../sip/kept-usage.ts';
import type { FlowPath } from '../sip/transaction-user.ts';
import type { Slot } from './held-index.ts';
import type { Choice } from './subscriptions.ts';

/** One subscription as it is written down: all that its last SUBSCRIBE said. */
export interface KeptSubscription {
  /** Its place in the store, and in memory: small, and used again. */
  readonly slot: Slot;
  /** Of the flow only the ends: the next process makes its own. */
  readonly usage: Omit<KeptUsage, 'path'> & { readonly path: Omit<FlowPath, 'flow'> };
  readonly choice: Choice;
  /** As accepted (RFC 6446), by name. */
  readonly rates?: Readonly<Record<string, string>>;
  /** With delivery `held`. */
  readonly held?: readonly PersonId[];
  /** The log that `told` belongs to. */
  readonly book: BookId;
  readonly told: Revision;
}

/** What moves with each NOTIFY. */
export interface Standing {
  readonly slot: Slot;
  readonly told: Revision;
  readonly localCSeq: number;
}

export interface SubscriptionBatch {
  readonly kept: readonly KeptSubscription[];
  readonly moved: readonly Standing[];
  /** Nothing is there any more. */
  readonly ended: readonly Slot[];
}

/** What was found at the start. */
export interface FoundSubscriptions {
  readonly subscriptions: readonly KeptSubscription[];
  /** One line for each that could not be read; it is out of the store. */
  readonly unreadable: readonly string[];
  /** So many ran out meanwhile. */
  readonly expired: number;
}

export interface SubscriptionStore extends AsyncDisposable {
  /**
   * All that are kept, with what is left of their time at `at`; at the start, before anything is written.
   * @throws HostFault when the store cannot be read
   */
  found(at: WallTime): Promise<FoundSubscriptions>;
  /**
   * All of the batch, or nothing. Batches are written in the order in which they are given.
   * @throws HostFault when the store cannot be written
   */
  write(batch: SubscriptionBatch, at: WallTime): Promise<void>;
}
