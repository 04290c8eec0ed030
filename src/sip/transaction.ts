// Non-INVITE transactions (RFC 3261 §17.1.2 and §17.2.2): what makes SIP reliable over UDP.

import { later, milliseconds, seconds } from '../base/time.ts';
import type { Instant, Milliseconds } from '../base/time.ts';

/** RFC 3261 §17.1.1.1 and appendix A. */
export const t1: Milliseconds = milliseconds(500);
export const t2: Milliseconds = seconds(4);
/** Timers F, J and (RFC 6665 §4.1.2.4) N. */
export const t1x64: Milliseconds = milliseconds(64 * t1);

const never = Infinity as Instant;

/**
 * A non-INVITE client transaction (figure 6). On a reliable flow `resendAt` never comes. There is no Completed:
 * all that it does, for Timer K, is to absorb answers that come again, and so does having forgotten the
 * request (§18.1.2: an answer that belongs to nothing is passed over).
 */
export type ClientTransaction =
  | { readonly kind: 'trying'; readonly resendAt: Instant; readonly gap: Milliseconds; readonly giveUpAt: Instant }
  | { readonly kind: 'proceeding'; readonly resendAt: Instant; readonly giveUpAt: Instant }
  | { readonly kind: 'terminated' };

export type ClientHeard = { readonly kind: 'response'; readonly status: number } | { readonly kind: 'time' };
export type ClientAction = 'send' | 'tell-answer' | 'tell-timeout';
export type ClientStep = readonly [ClientTransaction, readonly ClientAction[]];

/** The state after the request was sent for the first time. */
export function beginClient(reliable: boolean, now: Instant): ClientTransaction {
  return { kind: 'trying', resendAt: reliable ? never : later(now, t1), gap: t1, giveUpAt: later(now, t1x64) };
}

export function stepClient(tx: ClientTransaction, heard: ClientHeard, now: Instant): ClientStep {
  switch (tx.kind) {
    case 'trying':
    case 'proceeding':
      if (heard.kind === 'response') return answered(tx, heard.status);
      if (now >= tx.giveUpAt) return [{ kind: 'terminated' }, ['tell-timeout']]; // Timer F
      return now < tx.resendAt ? [tx, []] : resend(tx, now); // Timer E
    case 'terminated':
      return [tx, []];
  }
}

type Pending = Extract<ClientTransaction, { kind: 'trying' | 'proceeding' }>;

function answered(tx: Pending, status: number): ClientStep {
  if (status < 200) return [{ kind: 'proceeding', resendAt: tx.resendAt, giveUpAt: tx.giveUpAt }, []];
  return [{ kind: 'terminated' }, ['tell-answer']];
}

function resend(tx: Pending, now: Instant): ClientStep {
  if (tx.kind === 'proceeding') return [{ ...tx, resendAt: later(now, t2) }, ['send']];
  const gap = milliseconds(Math.min(2 * tx.gap, t2));
  return [{ ...tx, gap, resendAt: later(now, gap) }, ['send']];
}

/** When the client transaction wants to hear the time; Infinity when never. */
export function clientDue(tx: ClientTransaction): Instant {
  switch (tx.kind) {
    case 'trying':
    case 'proceeding':
      return tx.resendAt < tx.giveUpAt ? tx.resendAt : tx.giveUpAt;
    case 'terminated':
      return never;
  }
}

/**
 * A non-INVITE server transaction (figure 8), without Proceeding: RFC 4320 §4.1 leaves no provisional
 * answer that would be worth its octets. An answer that comes after the client's Timer F would reach
 * nobody, and 408 is forbidden (RFC 4320 §4.2), so `trying` is forgotten then.
 */
export type ServerTransaction =
  | { readonly kind: 'trying'; readonly forgetAt: Instant }
  | { readonly kind: 'completed'; readonly forgetAt: Instant }
  | { readonly kind: 'terminated' };

export type ServerHeard =
  | { readonly kind: 'request' } // retransmitted
  | { readonly kind: 'answer'; readonly reliable: boolean }
  | { readonly kind: 'time' };
export type ServerStep = readonly [ServerTransaction, readonly 'send'[]];

export const beginServer = (now: Instant): ServerTransaction => ({ kind: 'trying', forgetAt: later(now, t1x64) });

export function stepServer(tx: ServerTransaction, heard: ServerHeard, now: Instant): ServerStep {
  if (tx.kind === 'terminated') return [tx, []];
  switch (heard.kind) {
    case 'request':
      return [tx, tx.kind === 'completed' ? ['send'] : []];
    case 'answer':
      if (tx.kind === 'completed') return [tx, []]; // §17.2.2: further final answers are discarded
      // Timer J is 0 on reliable flows.
      return [heard.reliable ? { kind: 'terminated' } : { kind: 'completed', forgetAt: later(now, t1x64) }, ['send']];
    case 'time':
      return now >= tx.forgetAt ? [{ kind: 'terminated' }, []] : [tx, []];
  }
}

export const serverDue = (tx: ServerTransaction): Instant => (tx.kind === 'terminated' ? never : tx.forgetAt);
