// A subscription at the subscriber (RFC 6665 §4.1), without messages: what happened -> what is sent and told.
//
//   asking --200--> accepted --NOTIFY--> active <--> refreshing
//      |  '-NOTIFY (noted), 200 -----------^ |            |
//      '--> ended                            '-> leaving <'     every state may go to ended
//
// The NOTIFY may come before the 200: it is the NOTIFY that makes the dialog (RFC 6665 §4.4.1). Where none
// has come 64*T1 after the SUBSCRIBE (Timer N), there is no subscription, whatever the 200 said.

import { later, milliseconds, seconds } from '../base/time.ts';
import type { Instant } from '../base/time.ts';
import { endsUsage } from './notifier-subscription.ts';
import { comeAgain } from './setting.ts';
import type { Ended, TerminatedReason } from './transaction-user.ts';
import { t1x64 } from './transaction.ts';

export type SubscriberSubscription =
  /** The first SUBSCRIBE is out. `expiresAt` is there once a NOTIFY was heard. */
  | { readonly kind: 'asking'; readonly notifiedBy: Instant; readonly expiresAt: Instant | undefined }
  /** It, or a refresh, was accepted; no NOTIFY was heard since it was sent. */
  | { readonly kind: 'accepted'; readonly notifiedBy: Instant; readonly expiresAt: Instant }
  | { readonly kind: 'active'; readonly refreshAt: Instant; readonly expiresAt: Instant }
  | { readonly kind: 'refreshing'; readonly notifiedBy: Instant; readonly expiresAt: Instant; readonly heard: boolean }
  /** SUBSCRIBE with Expires: 0 is out; the last NOTIFY may still come. */
  | { readonly kind: 'leaving'; readonly until: Instant }
  | { readonly kind: 'ended' };

export type SubscriberHeard =
  /** 2xx. `silent`: 204, no NOTIFY follows (RFC 5839 §5.4). */
  | { readonly kind: 'accepted'; readonly expiresInSeconds: number; readonly silent: boolean }
  | {
      readonly kind: 'failed';
      readonly status: number;
      readonly reason: string;
      readonly retryAfterSeconds: number | undefined;
    }
  | { readonly kind: 'unanswered' }
  /** The SUBSCRIBE was sent anew, after a challenge or a 423. */
  | { readonly kind: 'sent-again' }
  /** A NOTIFY with `active` or `pending`. */
  | { readonly kind: 'notified'; readonly expiresInSeconds: number | undefined }
  | { readonly kind: 'terminated'; readonly reason: string | undefined; readonly retryAfterSeconds: number | undefined }
  | { readonly kind: 'refresh' }
  | { readonly kind: 'leave' }
  | { readonly kind: 'time' };

export type SubscriberAction =
  | { readonly kind: 'send-refresh' }
  | { readonly kind: 'send-leave' }
  | { readonly kind: 'tell-subscribed'; readonly expiresInSeconds: number }
  | { readonly kind: 'tell-refresh-due' }
  | {
      readonly kind: 'tell-refused';
      readonly status: number;
      readonly reason: string;
      readonly retryAfterSeconds?: number;
    }
  | { readonly kind: 'tell-ended'; readonly why: Ended; readonly retryAfterSeconds?: number };

export type SubscriberStep = readonly [SubscriberSubscription, readonly SubscriberAction[]];

type In<Kind extends SubscriberSubscription['kind']> = Extract<SubscriberSubscription, { kind: Kind }>;

const never = Infinity as Instant;

/** The state after the first SUBSCRIBE was sent. */
export const beginSubscriber = (now: Instant): SubscriberSubscription => ({
  kind: 'asking',
  notifiedBy: later(now, t1x64),
  expiresAt: undefined,
});

export function stepSubscriber(state: SubscriberSubscription, heard: SubscriberHeard, now: Instant): SubscriberStep {
  switch (state.kind) {
    case 'asking':
      return stepAsking(state, heard, now);
    case 'accepted':
      return stepAccepted(state, heard, now);
    case 'active':
      return stepActive(state, heard, now);
    case 'refreshing':
      return stepRefreshing(state, heard, now);
    case 'leaving':
      return stepLeaving(state, heard, now);
    case 'ended':
      return [state, []];
  }
}

function stepAsking(state: In<'asking'>, heard: SubscriberHeard, now: Instant): SubscriberStep {
  switch (heard.kind) {
    case 'accepted': {
      const tell: SubscriberAction = { kind: 'tell-subscribed', expiresInSeconds: heard.expiresInSeconds };
      const expiresAt = state.expiresAt ?? inSeconds(now, heard.expiresInSeconds);
      if (state.expiresAt !== undefined) return [active(expiresAt, now), [tell]];
      return [{ kind: 'accepted', notifiedBy: state.notifiedBy, expiresAt }, [tell]];
    }
    case 'failed': {
      const { status, reason } = heard;
      return [{ kind: 'ended' }, [{ kind: 'tell-refused', status, reason, ...comeAgain(heard.retryAfterSeconds) }]];
    }
    case 'unanswered':
      // The 200 was lost each time, yet a NOTIFY came: the subscription is there (RFC 6665 §4.1.2.4).
      return state.expiresAt === undefined ? ended('unanswered') : [active(state.expiresAt, now), []];
    case 'notified':
      return [{ ...state, expiresAt: inSeconds(now, heard.expiresInSeconds ?? defaultExpires) }, []];
    case 'terminated':
      return ended(reasonOf(heard.reason), heard.retryAfterSeconds);
    case 'leave': // without a dialog there is nothing to send; the NOTIFY will be answered with 481
      return ended('unsubscribed');
    case 'sent-again': // Timer N starts with the SUBSCRIBE that is answered
      return [{ ...state, notifiedBy: later(now, t1x64) }, []];
    case 'refresh':
    case 'time': // Timer F of the SUBSCRIBE rings when Timer N would
      return [state, []];
  }
}

/** For a NOTIFY that does not say how long; the next one or the 200 will. */
const defaultExpires = 3600;

function stepAccepted(state: In<'accepted'>, heard: SubscriberHeard, now: Instant): SubscriberStep {
  switch (heard.kind) {
    case 'notified':
      return [active(told(state.expiresAt, heard.expiresInSeconds, now), now), []];
    case 'terminated':
      return ended(reasonOf(heard.reason), heard.retryAfterSeconds);
    case 'leave':
      return ended('unsubscribed');
    case 'time':
      return now >= state.notifiedBy ? ended('unanswered') : [state, []]; // Timer N
    case 'accepted':
    case 'failed':
    case 'unanswered':
    case 'sent-again':
    case 'refresh':
      return [state, []];
  }
}

function stepActive(state: In<'active'>, heard: SubscriberHeard, now: Instant): SubscriberStep {
  switch (heard.kind) {
    case 'notified': {
      const expiresAt = told(state.expiresAt, heard.expiresInSeconds, now);
      return [expiresAt === state.expiresAt ? state : active(expiresAt, now), []];
    }
    case 'terminated':
      return ended(reasonOf(heard.reason), heard.retryAfterSeconds);
    case 'refresh': {
      const notifiedBy = later(now, t1x64);
      return [{ kind: 'refreshing', notifiedBy, expiresAt: state.expiresAt, heard: false }, [{ kind: 'send-refresh' }]];
    }
    case 'leave':
      return [{ kind: 'leaving', until: later(now, t1x64) }, [{ kind: 'send-leave' }]];
    case 'time':
      if (now >= state.expiresAt) return ended('expired');
      return now < state.refreshAt ? [state, []] : [{ ...state, refreshAt: never }, [{ kind: 'tell-refresh-due' }]];
    case 'accepted':
    case 'failed':
    case 'unanswered':
    case 'sent-again':
      return [state, []];
  }
}

function stepRefreshing(state: In<'refreshing'>, heard: SubscriberHeard, now: Instant): SubscriberStep {
  switch (heard.kind) {
    case 'accepted': {
      const tell: SubscriberAction = { kind: 'tell-subscribed', expiresInSeconds: heard.expiresInSeconds };
      const expiresAt = inSeconds(now, heard.expiresInSeconds);
      if (heard.silent || state.heard) return [active(expiresAt, now), [tell]];
      return [{ kind: 'accepted', notifiedBy: state.notifiedBy, expiresAt }, [tell]];
    }
    case 'failed':
      return refreshFailed(state, heard, now);
    case 'unanswered': // RFC 3261 §12.2.1.2: no answer within a dialog ends it
      return ended('unanswered');
    case 'notified':
      return [{ ...state, heard: true, expiresAt: told(state.expiresAt, heard.expiresInSeconds, now) }, []];
    case 'terminated':
      return ended(reasonOf(heard.reason), heard.retryAfterSeconds);
    case 'leave':
      return [{ kind: 'leaving', until: later(now, t1x64) }, [{ kind: 'send-leave' }]];
    case 'sent-again':
      return [{ ...state, notifiedBy: later(now, t1x64) }, []];
    case 'refresh':
    case 'time':
      return [state, []];
  }
}

/**
 * RFC 6665 §4.1.2.2: some answers end the subscription; after any other it lasts as long as it did. The
 * refresh is due again when the notifier said, or when half of what remains has passed.
 */
function refreshFailed(
  state: In<'refreshing'>,
  heard: Extract<SubscriberHeard, { kind: 'failed' }>,
  now: Instant,
): SubscriberStep {
  if (endsUsage(heard.status)) return ended('gone', heard.retryAfterSeconds);
  const pause = Math.max((state.expiresAt - now) / 2, (heard.retryAfterSeconds ?? 0) * 1000);
  return [{ kind: 'active', refreshAt: later(now, milliseconds(pause)), expiresAt: state.expiresAt }, []];
}

function stepLeaving(state: In<'leaving'>, heard: SubscriberHeard, now: Instant): SubscriberStep {
  switch (heard.kind) {
    case 'terminated':
    case 'failed': // not there any more, which is what was wanted
    case 'unanswered':
      return ended('unsubscribed');
    case 'accepted':
      return heard.silent ? ended('unsubscribed') : [state, []];
    case 'time':
      return now >= state.until ? ended('unsubscribed') : [state, []];
    case 'sent-again':
      return [{ kind: 'leaving', until: later(now, t1x64) }, []];
    case 'notified':
    case 'refresh':
    case 'leave':
      return [state, []];
  }
}

const ended = (why: Ended, retryAfterSeconds?: number): SubscriberStep => [
  { kind: 'ended' },
  [{ kind: 'tell-ended', why, ...comeAgain(retryAfterSeconds) }],
];

const active = (expiresAt: Instant, now: Instant): SubscriberSubscription => ({
  kind: 'active',
  expiresAt,
  refreshAt: refreshTime(expiresAt, now),
});

/** Timer F and a second, so that a refresh that is never answered is given up before the subscription expires. */
const longestRefresh = t1x64 + 1000;

/** When nine tenths have passed, or 33 s before the end where that is earlier, but never before half-time. */
function refreshTime(expiresAt: Instant, now: Instant): Instant {
  const remaining = Math.max(0, expiresAt - now);
  const before = Math.min(remaining / 2, Math.max(remaining / 10, longestRefresh));
  return (expiresAt - before) as Instant;
}

/**
 * RFC 6665 §4.1.3: what a NOTIFY says of the expiry counts. It says what remains, rounded to seconds, so a
 * difference of up to two seconds is no change, and the timer is not started afresh.
 */
function told(expiresAt: Instant, expiresInSeconds: number | undefined, now: Instant): Instant {
  if (expiresInSeconds === undefined) return expiresAt;
  const said = inSeconds(now, expiresInSeconds);
  return Math.abs(said - expiresAt) <= 2000 ? expiresAt : said;
}

const inSeconds = (now: Instant, count: number): Instant => later(now, seconds(count));

const reasons: readonly TerminatedReason[] = [
  'deactivated',
  'probation',
  'rejected',
  'timeout',
  'giveup',
  'noresource',
  'invariant',
];

/** RFC 6665 §4.1.3: without a reason that is known, one may subscribe again at any time, as after `giveup`. */
const reasonOf = (text: string | undefined): TerminatedReason => reasons.find((reason) => reason === text) ?? 'giveup';

/** When the subscription wants to hear the time; Infinity when never. */
export function subscriberDue(state: SubscriberSubscription): Instant {
  switch (state.kind) {
    case 'asking':
    case 'refreshing': // the transaction's own Timer F rings
    case 'ended':
      return never;
    case 'accepted':
      return state.notifiedBy;
    case 'active':
      return state.refreshAt < state.expiresAt ? state.refreshAt : state.expiresAt;
    case 'leaving':
      return state.until;
  }
}
