// Whom an endpoint lets in (RFC 3261 §21.5.4): refreshes before new ones, and who is turned away comes at another time
// than the others.

import { expect, test } from 'vitest';
import { instant } from '../../src/base/time.ts';
import { Endpoint } from '../../src/sip/endpoint.ts';
import type { Admitted } from '../../src/sip/gate.ts';
import type { Said } from '../../src/sip/transaction-user.ts';
import { request, sentBy, status, type Parts } from './played-terminal.ts';
import { book, hash, notifierOptions, numbered, paths, TwoEndpoints } from './two-endpoints.ts';

const server = (admitted: Admitted, moving = false): Endpoint => {
  const made = new Endpoint({ random: numbered('s'), hash, notifier: notifierOptions });
  made.handle({ kind: 'admit', admitted, moving }, instant(0));
  return made;
};

const ask = (endpoint: Endpoint, parts: Parts = {}, transport: 'UDP' | 'TCP' | 'WS' = 'UDP'): readonly Said[] =>
  endpoint.handle({ kind: 'received', path: paths(transport).server, bytes: request(parts) }, instant(0));

const retryAfter = (said: readonly Said[]): number =>
  Number(/\r\nRetry-After: (\d+)\r\n/.exec(sentBy(said)[0] ?? '')?.[1]);

test.each<Admitted>(['subscribers', 'nobody'])(
  'where %s are let in, a new SUBSCRIBE is answered with 503 before anybody is asked who he is',
  (admitted) => {
    const said = ask(server(admitted));
    expect(status(said)).toEqual(['503 Service Unavailable']);
    expect(sentBy(said)[0]).not.toContain('WWW-Authenticate');
  },
);

test('Retry-After lies between 10 and 30 seconds, and is spread over them', () => {
  const endpoint = server('nobody');
  const waits = Array.from({ length: 2000 }, (_, at) =>
    retryAfter(ask(endpoint, { headers: { Via: `SIP/2.0/UDP 10.0.0.12;branch=z9hG4bK${at}` } })),
  );
  expect(Math.min(...waits)).toBe(10);
  expect(Math.max(...waits)).toBe(30);
  const counts = Map.groupBy(waits, (wait) => wait);
  for (let wait = 10; wait <= 30; wait += 1) expect(counts.get(wait)?.length).toBeGreaterThan(40);
});

/** A subscription that lives, on an endpoint that then lets in only these. */
function subscribed(admitted: Admitted): TwoEndpoints {
  const two = new TwoEndpoints();
  two.subscribe();
  two.told.terminal.length = 0;
  two.tell('server', { kind: 'admit', admitted, moving: false });
  return two;
}

test('a refresh is let in where subscribers are, and turned away where nobody is; then the subscription stays', () => {
  const heardAfterRefresh = (two: TwoEndpoints): unknown => {
    two.tell('terminal', { kind: 'refresh', subscription: book });
    return two.told.terminal.map(({ kind }) => kind);
  };
  expect(heardAfterRefresh(subscribed('subscribers'))).toContain('subscribed');
  const two = subscribed('nobody');
  expect(heardAfterRefresh(two)).toEqual([]);
  expect(two.flowOfMessages.at(-1)).toBe('s: 503 Service Unavailable');
  expect(two.kinds('server')).toEqual(['asked', 'delivered']);
  two.tell('server', { kind: 'admit', admitted: 'everyone', moving: false });
  expect(heardAfterRefresh(two)).toContain('subscribed');
});

test('who ends a subscription is always let in', () => {
  const two = subscribed('nobody');
  two.tell('terminal', { kind: 'unsubscribe', subscription: book });
  expect(two.kinds('server').at(-1)).toBe('ended: unsubscribed');
});

test('OPTIONS, a wrong event, and what is malformed are answered as ever: a monitor must see that the server lives', () => {
  const endpoint = server('nobody');
  expect(status(ask(endpoint, { method: 'OPTIONS' }))).toEqual(['200 OK']);
  expect(status(ask(endpoint, { headers: { From: 'no' } }))).toEqual(['400 No Tag in From']);
});

test('everybody is let in again once that is said', () => {
  const endpoint = server('nobody');
  endpoint.handle({ kind: 'admit', admitted: 'everyone', moving: false }, instant(0));
  expect(status(ask(endpoint))).toEqual(['401 Unauthorized']);
});

test.each(['TCP', 'WS'] as const)(
  'while terminals are moved, a connection (%s) ends with the 503, so that the next one may lead elsewhere',
  (transport) => {
    const said = ask(server('subscribers', true), {}, transport);
    expect(said.map(({ kind }) => kind)).toEqual(['send', 'close']);
    expect(ask(server('subscribers', false), {}, transport).map(({ kind }) => kind)).toEqual(['send']);
  },
);

test('a connection that carries a subscription as well, as a proxy’s does, is left to it', () => {
  const two = new TwoEndpoints('TCP');
  two.subscribe();
  two.tell('server', { kind: 'admit', admitted: 'subscribers', moving: true });
  const headers = { 'Call-ID': 'another', Via: 'SIP/2.0/TCP 10.0.0.12;branch=z9hG4bKother' };
  const said = two.server.handle({ kind: 'received', path: two.paths.server, bytes: request({ headers }) }, two.now);
  expect(status(said)).toEqual(['503 Service Unavailable']);
  expect(said.map(({ kind }) => kind)).toEqual(['send']);
});
