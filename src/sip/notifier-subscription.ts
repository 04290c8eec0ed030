// A subscription at the notifier (RFC 6665 §4.2), without messages: what happened -> what is sent and told.
//
//   asked --granted--> notifying <--> idle       one NOTIFY is in flight (notifying) or none (idle)
//     |                    |            |
//     '--refused--> ended  '-> ending <-'        the last NOTIFY is in flight, or waits behind one
//
// Only one NOTIFY is in flight: on UDP a second could overtake it, earn a 500 for its lower CSeq and end
// the subscription. What is to be told meanwhile waits in `next`, the newest in place of the one before.

import { later, seconds } from '../base/time.ts';
import type { Instant } from '../base/time.ts';
import { comeAgain } from './setting.ts';
import type { Body, Ended, TerminatedReason } from './transaction-user.ts';

/** What a NOTIFY tells; without a body where the subscriber has that state (RFC 5839 §6.1). */
export interface Notice {
  readonly etag: string;
  readonly body: Body | undefined;
}

/** The last NOTIFY. */
export interface Farewell {
  readonly reason: TerminatedReason;
  readonly retryAfterSeconds: number | undefined;
  /** The state that goes with it after Expires: 0; otherwise there is none. */
  readonly notice: Notice | undefined;
}

export type NotifierSubscription =
  /** The first SUBSCRIBE waits for its answer; its sender gives up at `answerBy`. */
  | { readonly kind: 'asked'; readonly answerBy: Instant }
  | { readonly kind: 'idle'; readonly expiresAt: Instant }
  | { readonly kind: 'notifying'; readonly expiresAt: Instant; readonly next: Notice | undefined }
  | { readonly kind: 'ending'; readonly farewell: Farewell | undefined }
  | { readonly kind: 'ended' };

export type NotifierHeard =
  /** `silent`: RFC 5839's 204. `expiresInSeconds` 0 is a fetch or the end. */
  | { readonly kind: 'granted'; readonly expiresInSeconds: number; readonly notice: Notice; readonly silent: boolean }
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'notify'; readonly notice: Notice }
  | { readonly kind: 'end'; readonly farewell: Farewell }
  | { readonly kind: 'delivered' }
  | { readonly kind: 'undelivered'; readonly status: number; readonly retryAfterSeconds: number | undefined }
  | { readonly kind: 'unanswered' }
  | { readonly kind: 'time' };

export type NotifierAction =
  | { readonly kind: 'send'; readonly notice: Notice; readonly expiresAt: Instant }
  | { readonly kind: 'send-farewell'; readonly farewell: Farewell }
  | { readonly kind: 'tell-delivered' }
  | { readonly kind: 'tell-undelivered'; readonly status: number; readonly retryAfterSeconds?: number }
  | { readonly kind: 'tell-ended'; readonly why: Ended; readonly retryAfterSeconds?: number };

export type NotifierStep = readonly [NotifierSubscription, readonly NotifierAction[]];

type Live = Extract<NotifierSubscription, { kind: 'idle' | 'notifying' }>;
type Open = Exclude<NotifierSubscription, { kind: 'ending' | 'ended' }>;

export function stepNotifier(state: NotifierSubscription, heard: NotifierHeard, now: Instant): NotifierStep {
  switch (state.kind) {
    case 'asked':
      if (heard.kind === 'granted') return granted(state, heard, now);
      if (heard.kind === 'time' && now >= state.answerBy) {
        return [{ kind: 'ended' }, [{ kind: 'tell-ended', why: 'unanswered' }]];
      }
      return heard.kind === 'refused' ? [{ kind: 'ended' }, []] : [state, []];
    case 'idle':
    case 'notifying':
      return stepLive(state, heard, now);
    case 'ending':
      return stepEnding(state, heard);
    case 'ended':
      return [state, []];
  }
}

function stepLive(state: Live, heard: NotifierHeard, now: Instant): NotifierStep {
  switch (heard.kind) {
    case 'granted':
      return granted(state, heard, now);
    case 'refused': // a refresh: where the answer does not end the usage, it lasts as long as it did (RFC 6665 §4.1.2.2)
      return endsUsage(heard.status) ? [{ kind: 'ended' }, [{ kind: 'tell-ended', why: 'gone' }]] : [state, []];
    case 'notify':
      return told(state, heard.notice, state.expiresAt);
    case 'end':
      return ending(state, heard.farewell, heard.farewell.reason);
    case 'time':
      if (now < state.expiresAt) return [state, []];
      return ending(state, { reason: 'timeout', retryAfterSeconds: undefined, notice: undefined }, 'expired');
    case 'delivered':
    case 'undelivered':
    case 'unanswered':
      return state.kind === 'notifying' ? answered(state, heard) : [state, []];
  }
}

function granted(state: Open, heard: Extract<NotifierHeard, { kind: 'granted' }>, now: Instant): NotifierStep {
  const { notice } = heard;
  if (heard.expiresInSeconds === 0) {
    if (heard.silent) return [{ kind: 'ended' }, [{ kind: 'tell-ended', why: 'unsubscribed' }]];
    // RFC 6665 §4.4.3: a fetch, or the end, is answered with the state, and with "terminated".
    return ending(state, { reason: 'timeout', retryAfterSeconds: undefined, notice }, 'unsubscribed');
  }
  const expiresAt = later(now, seconds(heard.expiresInSeconds));
  if (heard.silent && state.kind !== 'asked') return [{ ...state, expiresAt }, []];
  return told(state, notice, expiresAt);
}

function told(state: Open, notice: Notice, expiresAt: Instant): NotifierStep {
  if (state.kind === 'notifying') return [{ kind: 'notifying', expiresAt, next: notice }, []];
  return [{ kind: 'notifying', expiresAt, next: undefined }, [{ kind: 'send', notice, expiresAt }]];
}

function ending(state: Open, farewell: Farewell, why: Ended): NotifierStep {
  const tell: NotifierAction = { kind: 'tell-ended', why, ...comeAgain(farewell.retryAfterSeconds) };
  if (state.kind === 'notifying') return [{ kind: 'ending', farewell }, [tell]];
  return [{ kind: 'ending', farewell: undefined }, [{ kind: 'send-farewell', farewell }, tell]];
}

type Answered = Extract<NotifierHeard, { kind: 'delivered' | 'undelivered' | 'unanswered' }>;

function answered(state: Extract<Live, { kind: 'notifying' }>, heard: Answered): NotifierStep {
  const { expiresAt, next } = state;
  if (heard.kind === 'unanswered') return [{ kind: 'ended' }, [{ kind: 'tell-ended', why: 'unanswered' }]];
  if (heard.kind === 'undelivered' && removes(heard.status, heard.retryAfterSeconds)) {
    return [{ kind: 'ended' }, [{ kind: 'tell-ended', why: 'gone', ...comeAgain(heard.retryAfterSeconds) }]];
  }
  if (heard.kind === 'delivered' && next !== undefined) {
    return [{ kind: 'notifying', expiresAt, next: undefined }, [{ kind: 'send', notice: next, expiresAt }]];
  }
  const tell: NotifierAction =
    heard.kind === 'delivered'
      ? { kind: 'tell-delivered' }
      : { kind: 'tell-undelivered', status: heard.status, ...comeAgain(heard.retryAfterSeconds) };
  return [{ kind: 'idle', expiresAt }, [tell]];
}

/**
 * Whether an answer to NOTIFY ends the subscription. RFC 6665 §4.2.2: 481 and the answers that RFC 5057
 * says end a usage or its dialog do always; any other does unless it says when to come again. And 430: an edge proxy
 * has lost the flow that the dialog's route names (RFC 5626 §5.3.1), and another route the dialog cannot take.
 */
export const removes = (status: number, retryAfterSeconds: number | undefined): boolean =>
  endsUsage(status) || status === flowFailed || retryAfterSeconds === undefined;

const flowFailed = 430;

/** RFC 5057 §5.1 and RFC 6665 §4.1.2.2: the usage is over, whoever asked. */
export const endsUsage = (status: number): boolean =>
  [404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604].includes(status);

function stepEnding(state: Extract<NotifierSubscription, { kind: 'ending' }>, heard: NotifierHeard): NotifierStep {
  switch (heard.kind) {
    case 'delivered':
    case 'undelivered': {
      const { farewell } = state;
      const lost = heard.kind === 'undelivered' && removes(heard.status, heard.retryAfterSeconds);
      if (farewell === undefined || lost) return [{ kind: 'ended' }, []];
      return [{ kind: 'ending', farewell: undefined }, [{ kind: 'send-farewell', farewell }]];
    }
    case 'unanswered':
      return [{ kind: 'ended' }, []];
    case 'granted':
    case 'refused':
    case 'notify':
    case 'end':
    case 'time':
      return [state, []];
  }
}

/** When the subscription wants to hear the time; Infinity when never. */
export function notifierDue(state: NotifierSubscription): Instant {
  switch (state.kind) {
    case 'asked':
      return state.answerBy;
    case 'idle':
    case 'notifying':
      return state.expiresAt;
    case 'ending': // the transaction's own Timer F rings
    case 'ended':
      return Infinity as Instant;
  }
}
