import { expect, test } from 'vitest';
import type { Said } from '../../src/sip/transaction-user.ts';
import { acceptAll, book, noticeType, TwoEndpoints } from './two-endpoints.ts';
import type { Datagram } from './two-endpoints.ts';

/** Two endpoints after SUBSCRIBE, 200, NOTIFY, 200, with what was said so far put away. */
function subscribed(transport: 'UDP' | 'TCP' | 'WS' = 'UDP'): TwoEndpoints {
  const two = new TwoEndpoints(transport);
  two.subscribe();
  clear(two);
  return two;
}

function clear(two: TwoEndpoints): void {
  two.datagrams.length = 0;
  two.told.terminal.length = 0;
  two.told.server = two.told.server.filter((said) => said.kind === 'asked').slice(-1);
}

const notify = (two: TwoEndpoints, etag: string, text = '{}'): void =>
  two.tell('server', { kind: 'notify', subscription: two.asked, etag, body: { type: noticeType, text } });

const notified = (two: TwoEndpoints): readonly (string | undefined)[] =>
  two.told.terminal.flatMap((said) => (said.kind === 'notified' ? [said.etag] : []));

const isNotify = ({ text }: Datagram): boolean => text.startsWith('NOTIFY');

test.each(['UDP', 'TCP', 'WS'] as const)(
  'N2, RFC 6665 §4.2.1.2: over %s SUBSCRIBE is challenged, answered with SHA-256, accepted, and followed by a NOTIFY after its 200',
  (transport) => {
    const two = new TwoEndpoints(transport);
    two.subscribe();
    const expected = ['t: SUBSCRIBE', 's: 401 Unauthorized', 't: SUBSCRIBE', 's: 200 OK', 's: NOTIFY', 't: 200 OK'];
    expect(two.flowOfMessages).toEqual(expected);
    expect(two.datagrams[2]?.text).toContain('algorithm=SHA-256');
    expect(two.told.terminal).toEqual([
      { kind: 'subscribed', subscription: book, expiresInSeconds: 3600 },
      { kind: 'notified', subscription: book, etag: 'b.1', body: { type: noticeType, text: '{"upTo":1}' } },
    ]);
    expect(two.kinds('server')).toEqual(['asked', 'delivered']);
  },
);

test('the transaction user hears who asks by the credentials, the parameters of the event, and what is taken', () => {
  const two = new TwoEndpoints();
  const body = { type: 'application/vnd.rollcall.held+json', text: '{"people":["ada2"]}' };
  two.subscribe({
    from: 'sip:somebody@else.example',
    event: 'x-book;delivery=held;id=7',
    suppressIfMatch: 'b.0',
    body,
  });
  expect(two.told.server[0]).toEqual({
    kind: 'asked',
    request: {
      subscription: expect.any(String),
      refresh: false,
      user: 'ben',
      path: two.paths.server,
      lasting: true,
      event: 'address-book',
      parameters: new Map([
        ['delivery', 'held'],
        ['id', '7'],
      ]),
      expiresInSeconds: 3600,
      accept: [noticeType],
      suppressIfMatch: 'b.0',
      body,
    },
  });
  // RFC 6665 §8.2.1: the name that the subscriber used, and its id; not our own parameters.
  expect(two.datagrams.find(isNotify)?.text).toContain('\r\nEvent: x-book;id=7\r\n');
});

test('a notification and its answer are short: at most 560 and 260 octets with a body of 150', () => {
  const two = subscribed();
  notify(two, '01234567-89ab-cdef-0123-456789abcdef.1234', 'x'.repeat(150));
  const [sent, answered] = two.datagrams.map(({ bytes }) => bytes.length);
  expect(sent).toBeLessThanOrEqual(560);
  expect(answered).toBeLessThanOrEqual(260);
});

test('the room for a body keeps a NOTIFY on UDP within 1,300 octets, and is not bounded on streams (RFC 3261 §18.1.1)', () => {
  const two = subscribed();
  const room = two.server.roomFor(two.asked);
  expect(room).toBeGreaterThan(700);
  notify(two, 'e'.repeat(64), 'x'.repeat(room));
  const size = two.datagrams[0]?.bytes.length ?? 0;
  expect(size).toBeLessThanOrEqual(1300);
  expect(size).toBeGreaterThan(1200);
  const stream = subscribed('TCP');
  expect(stream.server.roomFor(stream.asked)).toBe(Infinity);
  expect(stream.server.roomFor(book)).toBe(0);
});

test('N2, RFC 6665 §4.1.2.2: a refresh is due at nine tenths, is sent with credentials at once, and is followed by a NOTIFY', () => {
  const two = subscribed();
  two.pass(3239);
  expect(two.kinds('terminal')).toEqual([]);
  two.pass(1);
  expect(two.kinds('terminal')).toEqual(['refresh-due']);
  two.tell('terminal', { kind: 'refresh', subscription: book });
  // The nonce is older than five minutes by then, so it is asked for anew.
  expect(two.flowOfMessages).toEqual([
    't: SUBSCRIBE',
    's: 401 Unauthorized',
    't: SUBSCRIBE',
    's: 200 OK',
    's: NOTIFY',
    't: 200 OK',
  ]);
  expect(two.datagrams[1]?.text).toContain('stale=true');
  clear(two);
  two.pass(60);
  two.tell('terminal', { kind: 'refresh', subscription: book });
  expect(two.flowOfMessages).toEqual(['t: SUBSCRIBE', 's: 200 OK', 's: NOTIFY', 't: 200 OK']);
  expect(two.datagrams[0]?.text).toContain('nc=00000002');
  expect(two.asked).toBe(two.told.server.find((said) => said.kind === 'asked')?.request.subscription);
});

test('a refresh that has the newest entity tag is answered with 204 and no NOTIFY; a first SUBSCRIBE gets one without a body (RFC 5839)', () => {
  const two = new TwoEndpoints();
  two.subscribe({ suppressIfMatch: 'b.1' });
  expect(two.told.terminal.at(-1)).toEqual({ kind: 'notified', subscription: book, etag: 'b.1' });
  clear(two);
  two.pass(10);
  two.tell('terminal', { kind: 'refresh', subscription: book, suppressIfMatch: 'b.1' });
  expect(two.flowOfMessages).toEqual(['t: SUBSCRIBE', 's: 204 No Notification']);
  expect(two.told.terminal).toEqual([{ kind: 'subscribed', subscription: book, expiresInSeconds: 3600 }]);
  clear(two);
  two.pass(3600 - 60);
  expect(two.kinds('terminal')).toEqual(['refresh-due']);
});

test('a refresh may bring another body, and one that comes too early waits for the SUBSCRIBE before it', () => {
  const two = new TwoEndpoints();
  const held = (text: string): { type: string; text: string } => ({ type: 'application/vnd.rollcall.held+json', text });
  const waiting: Said[] = [];
  two.onServer = (said) => void waiting.push(said);
  two.subscribe({ body: held('1') });
  two.tell('terminal', { kind: 'refresh', subscription: book, body: held('2') });
  two.tell('terminal', { kind: 'refresh', subscription: book, body: held('3') });
  expect(waiting).toHaveLength(1);
  two.onServer = acceptAll;
  const first = acceptAll(waiting[0] ?? expect.unreachable());
  two.tell('server', first ?? expect.unreachable());
  const bodies = two.told.server.flatMap((said) => (said.kind === 'asked' ? [said.request.body?.text] : []));
  expect(bodies).toEqual(['1', '3']);
});

test('N5, RFC 6665 §4.4.3: unsubscribing sends Expires: 0 and ends with the last NOTIFY, terminated by timeout, with the state', () => {
  const two = subscribed();
  two.tell('terminal', { kind: 'unsubscribe', subscription: book });
  expect(two.flowOfMessages).toEqual(['t: SUBSCRIBE', 's: 200 OK', 's: NOTIFY', 't: 200 OK']);
  expect(two.datagrams[2]?.text).toMatch(/\r\nSubscription-State: terminated;reason=timeout\r\nSIP-ETag: b\.1\r\n/);
  expect(two.kinds('terminal')).toEqual(['notified', 'ended: unsubscribed']);
  expect(two.kinds('server')).toEqual(['asked', 'asked', 'ended: unsubscribed']);
  two.pass(60);
  expect([two.server.deadline(), two.terminal.deadline()]).toEqual([undefined, undefined]);
});

test('N2, RFC 6665 §4.4.3: a fetch (Expires: 0) is answered with the state and leaves nothing behind', () => {
  const two = new TwoEndpoints();
  two.subscribe({ expiresInSeconds: 0 });
  expect(two.kinds('terminal')).toEqual(['subscribed', 'notified', 'ended: timeout']);
  expect(two.kinds('server')).toEqual(['asked', 'ended: unsubscribed']);
  two.pass(60);
  expect([two.server.deadline(), two.terminal.deadline()]).toEqual([undefined, undefined]);
});

test('a subscription that is not refreshed ends on both sides with a NOTIFY that says so', () => {
  const two = subscribed();
  two.pass(3600);
  expect(two.kinds('server')).toEqual(['asked', 'ended: expired']);
  expect(two.kinds('terminal')[0]).toBe('refresh-due');
  expect(['ended: timeout', 'ended: expired']).toContain(two.kinds('terminal').at(-1));
  notify(two, 'late');
  two.pass(60);
  expect(two.datagrams.filter(isNotify)).toHaveLength(1);
  expect([two.server.deadline(), two.terminal.deadline()]).toEqual([undefined, undefined]);
});

test('a node that drains ends its subscriptions with "deactivated", and says when to come again', () => {
  const two = subscribed();
  two.tell('server', { kind: 'end', subscription: two.asked, reason: 'deactivated', retryAfterSeconds: 30 });
  expect(two.told.terminal.at(-1)).toEqual({
    kind: 'ended',
    subscription: book,
    why: 'deactivated',
    retryAfterSeconds: 30,
  });
  expect(two.kinds('server')).toEqual(['asked', 'ended: deactivated']);
});

test('N6, RFC 6665 §4.2.2: a terminal that forgot answers a NOTIFY with 481, which removes the subscription', () => {
  const two = subscribed();
  two.tell('terminal', { kind: 'forget', subscription: book });
  notify(two, 'b.2');
  expect(two.flowOfMessages).toEqual(['s: NOTIFY', 't: 481 Subscription Does Not Exist']);
  expect(two.kinds('server')).toEqual(['asked', 'ended: gone']);
  expect(two.kinds('terminal')).toEqual([]);
});

test('unsubscribing before the first NOTIFY needs no SUBSCRIBE: its NOTIFY is answered with 481', () => {
  const two = new TwoEndpoints();
  let subscribe: Said | undefined;
  two.onServer = (said) => void (subscribe ??= said);
  two.subscribe();
  two.tell('terminal', { kind: 'unsubscribe', subscription: book });
  expect(two.kinds('terminal')).toEqual(['ended: unsubscribed']);
  two.tell('server', acceptAll(subscribe ?? expect.unreachable()) ?? expect.unreachable());
  expect(two.kinds('server')).toEqual(['asked', 'ended: gone']);
});

test('N7, RFC 6665 §4.2.1.1: a refresh of a subscription that the notifier has lost is answered with 481 and ends it', () => {
  const two = subscribed();
  const restarted = new TwoEndpoints();
  Object.assign(two, { server: restarted.server });
  two.tell('terminal', { kind: 'refresh', subscription: book });
  expect(two.flowOfMessages).toEqual(['t: SUBSCRIBE', 's: 481 Subscription Does Not Exist']);
  expect(two.kinds('terminal')).toEqual(['ended: gone']);
});

test('N6, RFC 6665 §4.2.2: a NOTIFY that nobody answers is resent for 32 s and then the subscription is removed', () => {
  const two = subscribed();
  two.network = () => 0;
  notify(two, 'b.2');
  two.pass(31.9);
  expect(two.datagrams.map(({ at }) => at / 1000)).toEqual([0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]);
  expect(new Set(two.datagrams.map(({ text }) => text)).size).toBe(1);
  two.pass(0.1);
  expect(two.kinds('server')).toEqual(['asked', 'ended: unanswered']);
});

test('a SUBSCRIBE that nobody answers is given up after 32 s', () => {
  const two = new TwoEndpoints();
  two.network = () => 0;
  two.subscribe();
  two.pass(32);
  expect(two.kinds('terminal')).toEqual(['ended: unanswered']);
  expect(two.terminal.deadline()).toBeUndefined();
});

test('N11, RFC 6665 §4.1.2.4: a 200 without a NOTIFY is no subscription after 32 s (Timer N)', () => {
  const two = new TwoEndpoints();
  two.network = (datagram) => (isNotify(datagram) ? 0 : 1);
  two.subscribe();
  two.pass(32);
  expect(two.kinds('terminal')).toEqual(['subscribed', 'ended: unanswered']);
  expect(two.kinds('server')).toEqual(['asked', 'ended: unanswered']);
});

test('a lost 200 is sent again for the retransmitted SUBSCRIBE, and the transaction user is asked once', () => {
  const two = new TwoEndpoints();
  let lost = 0;
  two.network = ({ text }) =>
    text.startsWith('SIP/2.0 200') && text.includes('SUBSCRIBE') && (lost += 1) === 1 ? 0 : 1;
  two.subscribe();
  expect(two.kinds('terminal')).toEqual(['notified']);
  two.pass(0.5);
  expect(two.kinds('terminal')).toEqual(['notified', 'subscribed']);
  expect(two.kinds('server')).toEqual(['asked', 'delivered']);
  const answers = two.datagrams.filter(({ text }) => text.startsWith('SIP/2.0 200') && text.includes('SUBSCRIBE'));
  expect(answers).toHaveLength(2);
  expect(answers[0]?.text).toBe(answers[1]?.text);
});

test('N11, RFC 6665 §4.1.2.4: where each 200 is lost but a NOTIFY came, the subscription is there all the same', () => {
  const two = new TwoEndpoints();
  two.network = ({ text }) => (text.startsWith('SIP/2.0 200') && text.includes('SUBSCRIBE') ? 0 : 1);
  two.subscribe();
  two.pass(40);
  expect(two.kinds('terminal')).toEqual(['notified']);
  two.network = () => 1;
  notify(two, 'b.2');
  expect(notified(two)).toEqual(['b.1', 'b.2']);
});

test('however often each datagram arrives, each notification is told once', () => {
  const two = new TwoEndpoints();
  two.network = () => 3;
  two.subscribe();
  notify(two, 'b.2');
  two.pass(10);
  expect(two.kinds('terminal')).toEqual(['subscribed', 'notified', 'notified']);
  expect(two.kinds('server')).toEqual(['asked', 'delivered', 'delivered']);
});

test('N9, RFC 3261 §12.2.1.1: one NOTIFY is in flight, what is told meanwhile goes out after its answer, the newest only', () => {
  const two = subscribed();
  two.network = () => 0;
  for (const etag of ['b.2', 'b.3', 'b.4']) notify(two, etag);
  expect(two.datagrams.filter(isNotify)).toHaveLength(1);
  two.network = () => 1;
  two.pass(1);
  expect(notified(two)).toEqual(['b.2', 'b.4']);
  expect(two.kinds('server')).toEqual(['asked', 'delivered']);
  expect(two.datagrams.filter(isNotify).map(({ text }) => /CSeq: (\d+)/.exec(text)?.[1])).toEqual(['2', '2', '3']);
});

test('RFC 3261 §17.1.3: only the answer with the whole branch of a request counts, whatever slot another branch names', () => {
  const two = subscribed();
  two.network = () => 0;
  notify(two, 'b.2');
  const request = two.datagrams.find(isNotify)?.text ?? '';
  const [, branch = '', slot = '', fresh = ''] = /branch=(z9hG4bK(\d+)\.(\w+))/.exec(request) ?? [];
  const others = [
    `${slot}.`,
    `${slot}.x${fresh}`,
    `${slot}.${fresh}x`,
    `0${slot}.${fresh}`,
    `${slot}${fresh}`,
    `7.${fresh}`,
    `-1.${fresh}`,
    `${'9'.repeat(400)}.${fresh}`,
    `4294967296.${fresh}`,
    fresh,
    '__proto__',
    '',
  ].map((words) => `z9hG4bK${words}`);
  for (const each of [...others, '', branch.toLowerCase(), branch.slice(7), branch]) {
    expect(two.kinds('server')).toEqual(['asked']);
    const text = `SIP/2.0 200 OK\r\n${request.slice(request.indexOf('\r\n') + 2)}`.replace(branch, each);
    two.tell('server', { kind: 'received', path: two.paths.server, bytes: new TextEncoder().encode(text) });
  }
  expect(two.kinds('server')).toEqual(['asked', 'delivered']);
});

test('a NOTIFY that is overtaken by a later one is refused with 500 and not told (RFC 3261 §12.2.2)', () => {
  const two = subscribed();
  notify(two, 'b.2');
  const overtaken = two.datagrams.find(isNotify)?.text.replace(/branch=\w+/, 'branch=z9hG4bKlate') ?? '';
  clear(two);
  two.tell('terminal', { kind: 'received', path: two.paths.terminal, bytes: new TextEncoder().encode(overtaken) });
  expect(two.flowOfMessages).toEqual(['t: 500 CSeq Out of Order']);
  expect(two.kinds('terminal')).toEqual([]);
});

test('a flow that closes ends all its subscriptions on both sides, and their timers', () => {
  const two = subscribed('TCP');
  two.network = () => 0;
  notify(two, 'b.2');
  two.tell('server', { kind: 'closed', flow: two.paths.server.flow });
  two.tell('terminal', { kind: 'closed', flow: two.paths.terminal.flow });
  expect(two.kinds('server')).toEqual(['asked', 'ended: flow-closed']);
  expect(two.kinds('terminal')).toEqual(['ended: flow-closed']);
  expect([two.server.deadline(), two.terminal.deadline()]).toEqual([undefined, undefined]);
});

test('a flow that closes while the transaction user thinks makes its answer void', () => {
  const two = new TwoEndpoints('TCP');
  two.onServer = () => undefined;
  two.subscribe();
  two.tell('server', { kind: 'closed', flow: two.paths.server.flow });
  clear(two);
  two.tell('server', { kind: 'accept', subscription: two.asked, etag: 'b.1' });
  expect(two.flowOfMessages).toEqual([]);
  expect(two.server.deadline()).toBeUndefined();
});

test('RFC 4320 §4.2: no 408 is ever sent, and an answer that comes after the asker has given up makes no subscription', () => {
  const two = new TwoEndpoints();
  two.onServer = () => undefined;
  two.subscribe();
  two.pass(40);
  expect(two.kinds('server')).toEqual(['asked', 'ended: unanswered']);
  clear(two);
  two.tell('server', { kind: 'accept', subscription: two.asked, etag: 'b.1' });
  expect(two.flowOfMessages).toEqual([]);
});

test('a refresh whose answer comes too late leaves the subscription ready for the next one', () => {
  const two = subscribed();
  two.onServer = () => undefined;
  two.tell('terminal', { kind: 'refresh', subscription: book });
  two.pass(40);
  expect(two.kinds('terminal')).toEqual(['ended: unanswered']);
  clear(two);
  two.tell('server', { kind: 'accept', subscription: two.asked, etag: 'b.1' });
  expect(two.flowOfMessages).toEqual([]);
  notify(two, 'b.2');
  expect(two.kinds('server')).toEqual(['asked', 'ended: gone']);
});

test('a refresh that is refused for a while leaves the subscription, and is due again', () => {
  const two = subscribed();
  two.onServer = (said) =>
    said.kind === 'asked'
      ? { kind: 'refuse', subscription: said.request.subscription, status: 503, reason: 'Busy', retryAfterSeconds: 100 }
      : undefined;
  two.tell('terminal', { kind: 'refresh', subscription: book });
  notify(two, 'b.2');
  expect(two.kinds('terminal')).toEqual(['notified']);
  two.pass(1800);
  expect(two.kinds('terminal')).toEqual(['notified', 'refresh-due']);
});

test('the terminal may come back by another flow: the refresh moves the subscription there', () => {
  const two = subscribed();
  const refresh = (): void => two.tell('terminal', { kind: 'refresh', subscription: book });
  const moved = { ...two.paths.server, flow: 'elsewhere' as typeof two.paths.server.flow };
  Object.assign(two.paths, { server: moved });
  refresh();
  two.tell('server', { kind: 'closed', flow: 'to-terminal' as typeof moved.flow });
  expect(two.kinds('server')).not.toContain('ended: flow-closed');
  two.tell('server', { kind: 'closed', flow: moved.flow });
  expect(two.kinds('server')).toContain('ended: flow-closed');
});

test('one ID for two subscriptions at a time is a defect of the transaction user', () => {
  const two = subscribed();
  expect(() => two.subscribe()).toThrow(TypeError);
});
