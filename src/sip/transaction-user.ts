// What the endpoint and the program above it say to each other. RFC 3261 §5 calls that program the
// transaction user. The endpoint keeps every rule of SIP; the transaction user knows what the
// subscriptions are for.

import type { Branded } from '../base/brand.ts';
import type { Admitted } from './gate.ts';
import type { KeptUsage } from './kept-usage.ts';

/** One path to a SIP peer (RFC 5626): a stream or WebSocket connection, or a pair of UDP addresses. The host makes it. */
export type Flow = Branded<string, 'Flow'>;

/** For the host, which names each path once. */
export const flow = (name: string): Flow => name as Flow;

export type Transport = 'UDP' | 'TCP' | 'TLS' | 'WS' | 'WSS';

export interface Address {
  /** An IP address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

export interface FlowPath {
  readonly flow: Flow;
  readonly transport: Transport;
  readonly local: Address;
  readonly remote: Address;
  /** Host names that the peer's certificate bears, lower-case, where an authority of the host's vouches for it. */
  readonly names?: readonly string[];
}

/** Names one subscription, at the notifier and at the subscriber, for as long as it lives. */
export type SubscriptionId = Branded<string, 'SubscriptionId'>;

/** A notifier's are made by its endpoint, a subscriber's by its transaction user. */
export const subscriptionId = (name: string): SubscriptionId => name as SubscriptionId;

export interface Body {
  /** The media type as it stands in Content-Type. */
  readonly type: string;
  readonly text: string;
}

/** RFC 6665 §4.1.3. */
export type TerminatedReason =
  | 'deactivated'
  | 'probation'
  | 'rejected'
  | 'timeout'
  | 'giveup'
  | 'noresource'
  | 'invariant';

/** A SUBSCRIBE that is well formed, authenticated and for a package that is served. It waits for `accept` or `refuse`. */
export interface SubscribeRequest {
  readonly subscription: SubscriptionId;
  /** False for the first SUBSCRIBE, true for each later one of the same subscription. */
  readonly refresh: boolean;
  /** Who asks, as the credentials say; never what From says. */
  readonly user: string;
  readonly path: FlowPath;
  /** Its NOTIFYs find their way also without the connection that it came by: over UDP, or along a route that may be followed. */
  readonly lasting: boolean;
  /** The event package, after aliases, and the parameters of the Event header, by lower-case name. */
  readonly event: string;
  readonly parameters: ReadonlyMap<string, string>;
  /** As granted: requested or default, within the bounds of the package. 0 is a fetch, or the end. */
  readonly expiresInSeconds: number;
  /** Media types of the Accept header; empty where it is absent. */
  readonly accept: readonly string[];
  /** RFC 5839: the entity tag that the subscriber has, or `*`. */
  readonly suppressIfMatch?: string;
  readonly body?: Body;
}

/** What a host and a transaction user tell the endpoint. */
export type Heard =
  // from the host
  | { readonly kind: 'opened'; readonly path: FlowPath }
  | { readonly kind: 'closed'; readonly flow: Flow }
  | { readonly kind: 'received'; readonly path: FlowPath; readonly bytes: Uint8Array }
  /** A flow to the peer that `open` named; then it is one as any. */
  | { readonly kind: 'reached'; readonly hop: string; readonly path: FlowPath }
  | { readonly kind: 'unreached'; readonly hop: string }
  // from a notifier
  /** Answers the SUBSCRIBE and sends the NOTIFY that must follow; `suppress` is RFC 5839's 204 for a refresh, a NOTIFY without a body for a first one. */
  | {
      readonly kind: 'accept';
      readonly subscription: SubscriptionId;
      readonly etag: string;
      readonly body?: Body;
      readonly suppress?: boolean;
      /** `max-rate` and `min-rate` as accepted (RFC 6446): every NOTIFY says them in Subscription-State. */
      readonly rates?: ReadonlyMap<string, string>;
    }
  | {
      readonly kind: 'refuse';
      readonly subscription: SubscriptionId;
      readonly status: number;
      readonly reason: string;
      readonly retryAfterSeconds?: number;
    }
  /** Without a body where the subscriber has the state already (RFC 5839 §6.1). */
  | { readonly kind: 'notify'; readonly subscription: SubscriptionId; readonly etag: string; readonly body?: Body }
  | {
      readonly kind: 'end';
      readonly subscription: SubscriptionId;
      readonly reason: TerminatedReason;
      readonly retryAfterSeconds?: number;
    }
  /** What this user registered is taken away: the credentials are good for nothing any more. */
  | { readonly kind: 'unregister'; readonly user: string }
  /** Whom to let in from now on; `moving`: who is turned away is to look for another server. */
  | { readonly kind: 'admit'; readonly admitted: Admitted; readonly moving: boolean }
  /** Goes on with a subscription of an earlier process; told as `ended` where that cannot be. */
  | {
      readonly kind: 'resume';
      readonly usage: KeptUsage;
      /** Of the newest NOTIFY, as far as is known. */
      readonly etag: string;
      readonly rates?: ReadonlyMap<string, string>;
    }
  // from a subscriber
  | { readonly kind: 'subscribe'; readonly subscription: SubscriptionId; readonly asking: Asking }
  | {
      readonly kind: 'refresh';
      readonly subscription: SubscriptionId;
      readonly suppressIfMatch?: string;
      readonly body?: Body;
    }
  | { readonly kind: 'unsubscribe'; readonly subscription: SubscriptionId }
  /** The subscriber has done with it, without a word to the peer (it went away). */
  | { readonly kind: 'forget'; readonly subscription: SubscriptionId };

/** A first SUBSCRIBE. */
export interface Asking {
  readonly path: FlowPath;
  /** Request-URI and To, e.g. `sip:address-book@example.com`. */
  readonly to: string;
  /** From, e.g. `sip:ben@example.com`. */
  readonly from: string;
  readonly credentials: { readonly username: string; readonly password: string };
  /** The Event header, e.g. `address-book;delivery=notice`. */
  readonly event: string;
  readonly accept: readonly string[];
  readonly expiresInSeconds: number;
  readonly suppressIfMatch?: string;
  readonly body?: Body;
}

/** What the endpoint asks of its host and tells the transaction user. */
export type Said =
  // to the host
  | { readonly kind: 'send'; readonly flow: Flow; readonly bytes: Uint8Array }
  | { readonly kind: 'close'; readonly flow: Flow }
  /** A flow to this SIP URI is needed (RFC 3263); the answer is `reached` or `unreached`. */
  | { readonly kind: 'open'; readonly hop: string }
  // to a notifier
  | { readonly kind: 'asked'; readonly request: SubscribeRequest }
  /** The NOTIFY in flight was answered with 2xx: the next may be sent. */
  | { readonly kind: 'delivered'; readonly subscription: SubscriptionId }
  /** 503 with Retry-After (or another answer that does not end the subscription): the notification did not arrive. */
  | {
      readonly kind: 'undelivered';
      readonly subscription: SubscriptionId;
      readonly status: number;
      readonly retryAfterSeconds?: number;
    }
  /** A core tells that the user is registered there no more. */
  | { readonly kind: 'deregistered'; readonly user: string }
  /** Told of each REGISTER that was accepted. */
  | { readonly kind: 'registered'; readonly user: string; readonly path: FlowPath }
  // to a subscriber
  | { readonly kind: 'subscribed'; readonly subscription: SubscriptionId; readonly expiresInSeconds: number }
  | { readonly kind: 'notified'; readonly subscription: SubscriptionId; readonly etag?: string; readonly body?: Body }
  /** The subscription runs out soon; answer with `refresh`. */
  | { readonly kind: 'refresh-due'; readonly subscription: SubscriptionId }
  /** The SUBSCRIBE was refused for good or for a while; the subscription is not, or no longer, there. */
  | {
      readonly kind: 'refused';
      readonly subscription: SubscriptionId;
      readonly status: number;
      readonly reason: string;
      readonly retryAfterSeconds?: number;
    }
  // to both
  | {
      readonly kind: 'ended';
      readonly subscription: SubscriptionId;
      readonly why: Ended;
      readonly retryAfterSeconds?: number;
    }
  /** A peer broke the protocol: for the report, not to be acted on. */
  | { readonly kind: 'malformed'; readonly flow: Flow; readonly section: string; readonly problem: string };

/** Why a subscription is over: what the notifier said, or what befell it. */
export type Ended =
  | TerminatedReason
  | 'unsubscribed' // Expires: 0, from the subscriber
  | 'expired' // not refreshed in time
  | 'gone' // 481 and its kin (RFC 6665 §4.2.2)
  | 'unanswered' // Timer F
  | 'flow-closed';
