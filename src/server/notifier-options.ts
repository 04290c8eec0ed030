// What a notifier is told when it is made, and what it takes where it is not.

import type { FlowPath, SubscriptionId } from '../sip/transaction-user.ts';
import type { Tail } from './tail.ts';

export interface NotifierOptions {
  /** The newest changes that this user may see. */
  readonly tailOf: (user: string) => Tail;
  /** How many octets the body of a NOTIFY may have on this subscription's flow; Infinity on streams. */
  readonly roomFor: (subscription: SubscriptionId) => number;
  /** The absolute URL of the server, without a slash at its end: for subscribers that know no path of ours. */
  readonly publicUrl: () => string;
  /** Changes of more octets are not sent but told of. */
  readonly mostBodyOctets?: number;
  /** NOTIFYs without an answer, over all subscriptions. */
  readonly window?: number;
  /** Of one SIP user; a further one ends the oldest. */
  readonly mostPerUser?: number;
  /** Of all; a further one is turned away, and comes again after so many seconds as `comeBackSeconds` says. */
  readonly mostSubscriptions?: number;
  readonly comeBackSeconds?: () => number;
  /** Of one IPv4 address, or one IPv6 network of 64 bits; unless many come by it, as through a proxy. */
  readonly mostPerAddress?: number;
  readonly isMany?: (path: FlowPath) => boolean;
  readonly turnedAway?: (crowded: Crowded, path: FlowPath) => void;
}

/** What has no room for a further subscription. */
export type Crowded = 'server' | 'address';

export const notifierDefaults = {
  // On a stream. A longer list is better fetched: HTTP compresses it, and SIP answers stay quick.
  mostBodyOctets: 16_384,
  // 1,000 NOTIFYs of 1 kB are a quarter of the sockets' 4 MB buffer.
  window: 1_000,
  // One terminal, restarted a few times within the hour that a forgotten subscription lives.
  mostPerUser: 16,
  // Twice what one server is measured with; half a gigabyte, with their persons.
  mostSubscriptions: 200_000,
  comeBackSeconds: () => 30,
  // Whole sites come by one NAT; a quarter of all leaves room for the others.
  mostPerAddress: 50_000,
  isMany: () => false,
  turnedAway: () => undefined,
};
