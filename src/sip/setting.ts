// What the parts of an endpoint have in common, and what a program gives it.

import type { Agenda, Alarm } from './agenda.ts';
import type { Account } from './authenticator.ts';
import type { BearerOptions } from './bearer.ts';
import type { Algorithm, Hash } from './digest.ts';
import type { MayReach } from './next-hops.ts';
import type { RegistrarOptions } from './registrar.ts';
import type { Serving } from './serving.ts';
import type { StreamLimits } from './streams.ts';
import type { FlowPath, Said } from './transaction-user.ts';
import type { Transactions } from './transactions.ts';
import type { TrustOptions } from './trust.ts';

/** An event package that is served (RFC 6665 §5), and the bounds of its subscriptions. */
export interface EventPackage {
  readonly name: string;
  /** Other names under which it is asked for; a NOTIFY then carries the name that the subscriber used. */
  readonly aliases: readonly string[];
  /** Media types that the body of a SUBSCRIBE may have. */
  readonly accept: readonly string[];
  readonly minExpiresInSeconds: number;
  readonly maxExpiresInSeconds: number;
  readonly defaultExpiresInSeconds: number;
  /** Whether the Request-URI of a first SUBSCRIBE is a resource that this user may ask for; absent: any is. */
  readonly hasResource?: (requestUri: string, asker: Asker) => boolean;
}

/** Who asks, and the way that the request came. */
export interface Asker {
  readonly user: string;
  readonly path: FlowPath;
}

export interface NotifierOptions {
  /** `serve` of this room. Given, and not imported by the endpoint, so that a page, which only subscribes, does not load it. */
  readonly serve: (setting: Setting, options: NotifierOptions) => Serving;
  /** Of the digest; the `realm` that is in every HA1. */
  readonly realm: string;
  readonly packages: readonly EventPackage[];
  /** The account of a username in credentials; undefined where there is none. */
  readonly account: (username: string) => Account | undefined;
  /** Offered in this order; absent: SHA-256, then MD5 (RFC 8760 §2.3). JsSIP and SIP.js read the last; MD5 alone is for peers that read the first. */
  readonly algorithms?: readonly Algorithm[];
  /** Whether a connection may be opened to this first hop of a route where the one that SUBSCRIBE came by has ended; absent: to none, and the subscription ends. */
  readonly mayReach?: MayReach;
  /** Absent: nobody is believed who somebody is. */
  readonly trust?: TrustOptions;
  /** Absent: tokens are not taken. */
  readonly bearer?: BearerOptions;
  /** Absent: REGISTER is answered with 405. */
  readonly registrar?: RegistrarOptions;
}

export interface EndpointOptions {
  /** Fresh unguessable token text for tags, branches, Call-IDs and nonces; 8 characters of 62 are enough (RFC 3261 §19.3), and each costs octets. */
  readonly random: () => string;
  /** Lower-case hex of the hash of the text's UTF-8 octets. */
  readonly hash: Hash;
  /** What Server says, in answers to OPTIONS only; the name of the program is of no use to the others. */
  readonly software?: string;
  /** Absent in a program that only subscribes: SUBSCRIBE is then answered with 405. */
  readonly notifier?: NotifierOptions;
  readonly streams?: Partial<StreamLimits>;
}

export interface Setting {
  readonly options: EndpointOptions;
  readonly agenda: Agenda<Alarm>;
  readonly transactions: Transactions;
  readonly say: (output: Said) => void;
}

/** The field that tells when to come again, or nothing. */
export const comeAgain = (seconds: number | undefined): { readonly retryAfterSeconds?: number } =>
  seconds === undefined ? {} : { retryAfterSeconds: seconds };
