/** All that an endpoint holds: each goes back to 0 once nobody is subscribed and the last transaction is forgotten. */
export interface EndpointCounts {
  /** A notifier's subscriptions that live. */
  readonly dialogs: number;
  /** A subscriber's, in any state. */
  readonly subscribing: number;
  /** Requests of ours that wait for an answer, or absorb doubled ones. */
  readonly asked: number;
  /** Requests of peers that wait for an answer, or whose answer is kept. */
  readonly answering: number;
  /** Alarms that are set, of all kinds. */
  readonly timers: number;
  /** Flows on which a subscription hangs, also one that ends. */
  readonly flows: number;
  /** Connections that wait for the rest of a message, or have had one. */
  readonly streams: number;
  /** Connections of which nobody knows who is at their end. */
  readonly strangers: number;
  /** Nonces whose use is remembered, for up to ten minutes. */
  readonly nonces: number;
}
