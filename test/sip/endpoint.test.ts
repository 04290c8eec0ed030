import { expect, test } from 'vitest';
import { book, noticeType, TwoEndpoints } from './two-endpoints.ts';

test('SUBSCRIBE is challenged, answered with SHA-256, accepted, and followed by a NOTIFY after its 200', () => {
  const two = new TwoEndpoints();
  two.subscribe();
  expect(two.flowOfMessages).toEqual([
    't: SUBSCRIBE',
    's: 401 Unauthorized',
    't: SUBSCRIBE',
    's: 200 OK',
    's: NOTIFY',
    't: 200 OK',
  ]);
  expect(two.datagrams[2]?.text).toContain('algorithm=SHA-256');
  expect(two.told.terminal).toEqual([
    { kind: 'subscribed', subscription: book, expiresInSeconds: 3600 },
    { kind: 'notified', subscription: book, etag: 'b.1', body: { type: noticeType, text: '{"upTo":1}' } },
  ]);
  expect(two.kinds('server')).toEqual(['asked', 'delivered']);
});
