// What a subscriber hears when its SUBSCRIBE is refused.

import { expect, test } from 'vitest';
import { book, TwoEndpoints } from './two-endpoints.ts';

test('a wrong password is refused after one challenge, not asked for ever', () => {
  const two = new TwoEndpoints();
  two.subscribe({ credentials: { username: 'ben', password: 'guess' } });
  expect(two.flowOfMessages).toEqual(['t: SUBSCRIBE', 's: 401 Unauthorized', 't: SUBSCRIBE', 's: 401 Unauthorized']);
  expect(two.told.terminal).toEqual([{ kind: 'refused', subscription: book, status: 401, reason: 'Unauthorized' }]);
  expect([two.server.deadline(), two.kinds('server')]).toEqual([undefined, []]);
});

test('a refusal of the transaction user reaches the subscriber with its Retry-After', () => {
  const two = new TwoEndpoints();
  two.onServer = (said) =>
    said.kind === 'asked'
      ? {
          kind: 'refuse',
          subscription: said.request.subscription,
          status: 503,
          reason: 'Starting',
          retryAfterSeconds: 12,
        }
      : undefined;
  two.subscribe();
  expect(two.told.terminal).toEqual([
    { kind: 'refused', subscription: book, status: 503, reason: 'Starting', retryAfterSeconds: 12 },
  ]);
  two.pass(60);
  expect([two.server.deadline(), two.terminal.deadline()]).toEqual([undefined, undefined]);
});

test('an interval that is too short is asked for again as the notifier wants it, once (423)', () => {
  const two = new TwoEndpoints();
  two.subscribe({ expiresInSeconds: 10 });
  expect(two.flowOfMessages.slice(2)).toEqual([
    't: SUBSCRIBE',
    's: 423 Interval Too Brief',
    't: SUBSCRIBE',
    's: 200 OK',
    's: NOTIFY',
    't: 200 OK',
  ]);
  expect(two.told.terminal[0]).toEqual({ kind: 'subscribed', subscription: book, expiresInSeconds: 60 });
});
