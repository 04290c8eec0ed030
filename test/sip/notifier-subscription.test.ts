import { expect, test } from 'vitest';
import { instant } from '../../src/base/time.ts';
import { stepNotifier } from '../../src/sip/notifier-subscription.ts';
import type { NotifierHeard, NotifierSubscription, Notice } from '../../src/sip/notifier-subscription.ts';

type State = 'asked' | 'idle' | 'notifying' | 'notifying, next' | 'ending' | 'ending, behind' | 'ended';
type Input =
  | 'granted'
  | 'granted 0'
  | 'silent'
  | 'silent 0'
  | 'refused 403'
  | 'refused 481'
  | 'notify'
  | 'end'
  | 'delivered'
  | '481'
  | '503'
  | '503 retry'
  | 'unanswered'
  | 'expired';

const old: Notice = { etag: 'old', body: undefined };
const fresh: Notice = { etag: 'new', body: { type: 'a/b', text: 'x' } };
const expiresAt = instant(60_000);
const farewell = { reason: 'deactivated', retryAfterSeconds: undefined, notice: undefined } as const;

const states: Record<State, NotifierSubscription> = {
  asked: { kind: 'asked', answerBy: expiresAt },
  idle: { kind: 'idle', expiresAt },
  notifying: { kind: 'notifying', expiresAt, next: undefined },
  'notifying, next': { kind: 'notifying', expiresAt, next: old },
  ending: { kind: 'ending', farewell: undefined },
  'ending, behind': { kind: 'ending', farewell },
  ended: { kind: 'ended' },
};

const granted = { kind: 'granted', notice: fresh } as const;
const inputs: Record<Input, NotifierHeard> = {
  granted: { ...granted, expiresInSeconds: 600, silent: false },
  'granted 0': { ...granted, expiresInSeconds: 0, silent: false },
  silent: { ...granted, expiresInSeconds: 600, silent: true },
  'silent 0': { ...granted, expiresInSeconds: 0, silent: true },
  'refused 403': { kind: 'refused', status: 403 },
  'refused 481': { kind: 'refused', status: 481 },
  notify: { kind: 'notify', notice: fresh },
  end: { kind: 'end', farewell },
  delivered: { kind: 'delivered' },
  '481': { kind: 'undelivered', status: 481, retryAfterSeconds: 5 },
  '503': { kind: 'undelivered', status: 503, retryAfterSeconds: undefined },
  '503 retry': { kind: 'undelivered', status: 503, retryAfterSeconds: 5 },
  unanswered: { kind: 'unanswered' },
  expired: { kind: 'time' },
};

/** The next state, then what is sent and told. */
const shown = (state: NotifierSubscription, heard: NotifierHeard): string => {
  const [next, actions] = stepNotifier(state, heard, expiresAt);
  const waits = (next.kind === 'notifying' && next.next) || (next.kind === 'ending' && next.farewell);
  const words = actions.map((action) => {
    if (action.kind === 'send') return `send ${action.notice.etag}`;
    if (action.kind === 'send-farewell') return `last ${action.farewell.reason}`;
    if (action.kind === 'tell-ended') return action.why;
    return action.kind.slice('tell-'.length);
  });
  const waiting = next.kind === 'ending' ? ', behind' : ', next';
  return [`${next.kind}${waits ? waiting : ''}`, ...words].join('; ');
};

const stays = (state: State): Record<Input, string> => ({
  granted: state,
  'granted 0': state,
  silent: state,
  'silent 0': state,
  'refused 403': state,
  'refused 481': state,
  notify: state,
  end: state,
  delivered: state,
  '481': state,
  '503': state,
  '503 retry': state,
  unanswered: state,
  expired: state,
});

const expected: Record<State, Record<Input, string>> = {
  asked: {
    ...stays('asked'),
    granted: 'notifying; send new',
    'granted 0': 'ending; last timeout; unsubscribed',
    silent: 'notifying; send new',
    'silent 0': 'ended; unsubscribed',
    'refused 403': 'ended',
    'refused 481': 'ended',
    expired: 'ended; unanswered',
  },
  idle: {
    ...stays('idle'),
    granted: 'notifying; send new',
    'granted 0': 'ending; last timeout; unsubscribed',
    'silent 0': 'ended; unsubscribed',
    'refused 481': 'ended; gone',
    notify: 'notifying; send new',
    end: 'ending; last deactivated; deactivated',
    expired: 'ending; last timeout; expired',
  },
  notifying: {
    ...stays('notifying'),
    granted: 'notifying, next',
    'granted 0': 'ending, behind; unsubscribed',
    'silent 0': 'ended; unsubscribed',
    'refused 481': 'ended; gone',
    notify: 'notifying, next',
    end: 'ending, behind; deactivated',
    delivered: 'idle; delivered',
    '481': 'ended; gone',
    '503': 'ended; gone',
    '503 retry': 'idle; undelivered',
    unanswered: 'ended; unanswered',
    expired: 'ending, behind; expired',
  },
  'notifying, next': {
    ...stays('notifying, next'),
    'granted 0': 'ending, behind; unsubscribed',
    'silent 0': 'ended; unsubscribed',
    'refused 481': 'ended; gone',
    end: 'ending, behind; deactivated',
    delivered: 'notifying; send old',
    '481': 'ended; gone',
    '503': 'ended; gone',
    '503 retry': 'idle; undelivered',
    unanswered: 'ended; unanswered',
    expired: 'ending, behind; expired',
  },
  ending: {
    ...stays('ending'),
    delivered: 'ended',
    '481': 'ended',
    '503': 'ended',
    '503 retry': 'ended',
    unanswered: 'ended',
  },
  'ending, behind': {
    ...stays('ending, behind'),
    delivered: 'ending; last deactivated',
    '481': 'ended',
    '503': 'ended',
    '503 retry': 'ending; last deactivated',
    unanswered: 'ended',
  },
  ended: stays('ended'),
};

test.each(Object.keys(expected) as State[])(
  'a notifier’s subscription that is "%s" answers every input as RFC 6665 §4.2 says',
  (state) => {
    const seen = Object.fromEntries(
      Object.entries(inputs).map(([input, heard]) => [input, shown(states[state], heard)]),
    );
    expect(seen).toEqual(expected[state]);
  },
);

test('the newest of two that wait behind a NOTIFY in flight goes out', () => {
  const [waiting] = stepNotifier(states['notifying, next'], inputs.notify, instant(0));
  expect(stepNotifier(waiting, inputs.delivered, instant(0))[1]).toEqual([{ kind: 'send', notice: fresh, expiresAt }]);
});

test('what must end a subscription says when to come again, where the peer said it', () => {
  expect(stepNotifier(states.notifying, inputs['481'], instant(0))[1]).toEqual([
    { kind: 'tell-ended', why: 'gone', retryAfterSeconds: 5 },
  ]);
});
