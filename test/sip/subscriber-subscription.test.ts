import { expect, test } from 'vitest';
import { instant, later, seconds } from '../../src/base/time.ts';
import { beginSubscriber, stepSubscriber, subscriberDue } from '../../src/sip/subscriber-subscription.ts';
import type { SubscriberHeard, SubscriberSubscription } from '../../src/sip/subscriber-subscription.ts';

type State =
  | 'asking'
  | 'asking, heard'
  | 'accepted'
  | 'active'
  | 'refreshing'
  | 'refreshing, heard'
  | 'leaving'
  | 'ended';
type Input =
  | '200'
  | '204'
  | '481'
  | '500'
  | 'unanswered'
  | 'sent again'
  | 'notified'
  | 'terminated'
  | 'unknown reason'
  | 'refresh'
  | 'leave'
  | 'due'
  | 'end of time';

const now = instant(0);
const notifiedBy = instant(32_000);
const expiresAt = instant(3_600_000);

const states: Record<State, SubscriberSubscription> = {
  asking: beginSubscriber(now),
  'asking, heard': { kind: 'asking', notifiedBy, expiresAt },
  accepted: { kind: 'accepted', notifiedBy, expiresAt },
  active: { kind: 'active', refreshAt: instant(3_240_000), expiresAt },
  refreshing: { kind: 'refreshing', notifiedBy, expiresAt, heard: false },
  'refreshing, heard': { kind: 'refreshing', notifiedBy, expiresAt, heard: true },
  leaving: { kind: 'leaving', until: notifiedBy },
  ended: { kind: 'ended' },
};

const failed = { kind: 'failed', reason: 'R', retryAfterSeconds: undefined } as const;
const inputs: Record<Input, SubscriberHeard> = {
  '200': { kind: 'accepted', expiresInSeconds: 3600, silent: false },
  '204': { kind: 'accepted', expiresInSeconds: 3600, silent: true },
  '481': { ...failed, status: 481 },
  '500': { ...failed, status: 500 },
  unanswered: { kind: 'unanswered' },
  'sent again': { kind: 'sent-again' },
  notified: { kind: 'notified', expiresInSeconds: 3600 },
  terminated: { kind: 'terminated', reason: 'probation', retryAfterSeconds: 7 },
  'unknown reason': { kind: 'terminated', reason: 'whim', retryAfterSeconds: undefined },
  refresh: { kind: 'refresh' },
  leave: { kind: 'leave' },
  due: { kind: 'time' },
  'end of time': { kind: 'time' },
};

const shown = (state: State, input: Input): string => {
  const at = input === 'end of time' ? expiresAt : input === 'due' ? subscriberDue(states[state]) : now;
  const [next, actions] = stepSubscriber(states[state], inputs[input], at === Infinity ? now : at);
  const heard =
    (next.kind === 'refreshing' && next.heard) || (next.kind === 'asking' && next.expiresAt !== undefined)
      ? ', heard'
      : '';
  const words = actions.map((action) => (action.kind === 'tell-ended' ? action.why : action.kind.replace('tell-', '')));
  return [next.kind + heard, ...words].join('; ');
};

const over = { terminated: 'ended; probation', 'unknown reason': 'ended; giveup' };

const expected: Record<State, Record<Input, string>> = {
  asking: {
    ...over,
    '200': 'accepted; subscribed',
    '204': 'accepted; subscribed',
    '481': 'ended; refused',
    '500': 'ended; refused',
    unanswered: 'ended; unanswered',
    'sent again': 'asking',
    notified: 'asking, heard',
    refresh: 'asking',
    leave: 'ended; unsubscribed',
    due: 'asking',
    'end of time': 'asking',
  },
  'asking, heard': {
    ...over,
    '200': 'active; subscribed',
    '204': 'active; subscribed',
    '481': 'ended; refused',
    '500': 'ended; refused',
    unanswered: 'active',
    'sent again': 'asking, heard',
    notified: 'asking, heard',
    refresh: 'asking, heard',
    leave: 'ended; unsubscribed',
    due: 'asking, heard',
    'end of time': 'asking, heard',
  },
  accepted: {
    ...over,
    '200': 'accepted',
    '204': 'accepted',
    '481': 'accepted',
    '500': 'accepted',
    unanswered: 'accepted',
    'sent again': 'accepted',
    notified: 'active',
    refresh: 'accepted',
    leave: 'ended; unsubscribed',
    due: 'ended; unanswered',
    'end of time': 'ended; unanswered',
  },
  active: {
    ...over,
    '200': 'active',
    '204': 'active',
    '481': 'active',
    '500': 'active',
    unanswered: 'active',
    'sent again': 'active',
    notified: 'active',
    refresh: 'refreshing; send-refresh',
    leave: 'leaving; send-leave',
    due: 'active; refresh-due',
    'end of time': 'ended; expired',
  },
  refreshing: {
    ...over,
    '200': 'accepted; subscribed',
    '204': 'active; subscribed',
    '481': 'ended; gone',
    '500': 'active',
    unanswered: 'ended; unanswered',
    'sent again': 'refreshing',
    notified: 'refreshing, heard',
    refresh: 'refreshing',
    leave: 'leaving; send-leave',
    due: 'refreshing',
    'end of time': 'refreshing',
  },
  'refreshing, heard': {
    ...over,
    '200': 'active; subscribed',
    '204': 'active; subscribed',
    '481': 'ended; gone',
    '500': 'active',
    unanswered: 'ended; unanswered',
    'sent again': 'refreshing, heard',
    notified: 'refreshing, heard',
    refresh: 'refreshing, heard',
    leave: 'leaving; send-leave',
    due: 'refreshing, heard',
    'end of time': 'refreshing, heard',
  },
  leaving: {
    '200': 'leaving',
    '204': 'ended; unsubscribed',
    '481': 'ended; unsubscribed',
    '500': 'ended; unsubscribed',
    unanswered: 'ended; unsubscribed',
    'sent again': 'leaving',
    notified: 'leaving',
    terminated: 'ended; unsubscribed',
    'unknown reason': 'ended; unsubscribed',
    refresh: 'leaving',
    leave: 'leaving',
    due: 'ended; unsubscribed',
    'end of time': 'ended; unsubscribed',
  },
  ended: {
    '200': 'ended',
    '204': 'ended',
    '481': 'ended',
    '500': 'ended',
    unanswered: 'ended',
    'sent again': 'ended',
    notified: 'ended',
    terminated: 'ended',
    'unknown reason': 'ended',
    refresh: 'ended',
    leave: 'ended',
    due: 'ended',
    'end of time': 'ended',
  },
};

test.each(Object.keys(expected) as State[])(
  'a subscriber’s subscription that is "%s" answers every input as RFC 6665 §4.1 says',
  (state) => {
    const seen = Object.fromEntries(Object.keys(inputs).map((input) => [input, shown(state, input as Input)]));
    expect(seen).toEqual(expected[state]);
  },
);

test.each([404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604])(
  'N12, RFC 6665 §4.1.2.2: a refresh answered with %d ends the subscription',
  (status) => expect(stepSubscriber(states.refreshing, { ...failed, status }, now)[0].kind).toBe('ended'),
);

test('N12, RFC 6665 §4.1.2.2: after a refresh that failed for a while, the next is due at half the time, or when the notifier said', () => {
  const again = (retryAfterSeconds: number | undefined): SubscriberSubscription =>
    stepSubscriber(states.refreshing, { ...failed, status: 503, retryAfterSeconds }, now)[0];
  expect(again(undefined)).toEqual({ kind: 'active', refreshAt: instant(1_800_000), expiresAt });
  expect(again(3000)).toEqual({ kind: 'active', refreshAt: instant(3_000_000), expiresAt });
});

test.each([
  [3600, 3240],
  [600, 540],
  [100, 67],
  [60, 30],
  [2, 1],
])('a subscription of %d s is due for refresh after %d s', (whole, due) => {
  const [state] = stepSubscriber(
    { kind: 'accepted', notifiedBy, expiresAt: later(now, seconds(whole)) },
    { kind: 'notified', expiresInSeconds: whole },
    now,
  );
  expect(subscriberDue(state)).toBe(due * 1000);
});

test('N4, RFC 6665 §4.1.3: a NOTIFY with the remaining time does not start the timer afresh, one that shortens it does', () => {
  const at = instant(1_000_400);
  const [same] = stepSubscriber(states.active, { kind: 'notified', expiresInSeconds: 2599 }, at);
  expect(same).toBe(states.active);
  const [shorter] = stepSubscriber(states.active, { kind: 'notified', expiresInSeconds: 100 }, at);
  expect(shorter).toEqual({ kind: 'active', expiresAt: instant(1_100_400), refreshAt: instant(1_067_400) });
});

test('N11, RFC 6665 §4.1.2.4: Timer N starts with the SUBSCRIBE that is answered, not with one that was challenged', () => {
  const late = instant(31_000);
  const [again] = stepSubscriber(states.asking, { kind: 'sent-again' }, late);
  const [accepted] = stepSubscriber(again, inputs['200'], late);
  expect(subscriberDue(accepted)).toBe(63_000);
});
