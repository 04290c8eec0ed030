// The door `rollcall/sip`: a SIP endpoint for event subscriptions (RFC 6665) without sockets. Give it what
// arrives, carry out what it says; `rollcall/node` has sockets and a clock for it.

export type { Machine } from '../base/machine.ts';
export { instant, type Instant } from '../base/time.ts';
export type { BearerOptions } from './bearer.ts';
export type { Binding } from './bindings.ts';
export { Endpoint, type Account, type EndpointOptions, type EventPackage, type NotifierOptions } from './endpoint.ts';
export type { MayReach } from './next-hops.ts';
export type { RegistrarOptions } from './registrar.ts';
export { serve } from './serving.ts';
export type { TrustOptions } from './trust.ts';
export { flow, subscriptionId } from './transaction-user.ts';
export type {
  Address,
  Asking,
  Body,
  Ended,
  Flow,
  FlowPath,
  Heard,
  Said,
  SubscribeRequest,
  SubscriptionId,
  TerminatedReason,
  Transport,
} from './transaction-user.ts';
