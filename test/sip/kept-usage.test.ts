// A subscription that one endpoint began and another goes on with (RFC 3261 §12.2.1.1, RFC 6665 §4.2).

import { expect, test } from 'vitest';
import { instant, later, milliseconds, seconds } from '../../src/base/time.ts';
import { Endpoint } from '../../src/sip/endpoint.ts';
import { leapt, mostCSeq, type KeptUsage } from '../../src/sip/kept-usage.ts';
import type { Heard, Said, Transport } from '../../src/sip/transaction-user.ts';
import { request, sentBy, status } from './played-terminal.ts';
import { book, hash, noticeType, notifierOptions, numbered, TwoEndpoints } from './two-endpoints.ts';

/** Of a server that was asked `passed` seconds ago. */
function kept(transport: Transport = 'UDP', passed = 10): { two: TwoEndpoints; usage: KeptUsage | undefined } {
  const two = new TwoEndpoints(transport);
  two.subscribe({ event: 'x-book;id=7' });
  two.pass(passed);
  return { two, usage: two.server.kept(two.asked, two.now) };
}

const another = (): Endpoint => new Endpoint({ random: numbered('z'), hash, notifier: notifierOptions });

function resumed(usage: KeptUsage, heard: Partial<Extract<Heard, { kind: 'resume' }>> = {}) {
  const server = another();
  const said = server.handle({ kind: 'resume', usage, etag: 'b.1', ...heard }, instant(0));
  return { server, said };
}

const notify = (server: Endpoint, usage: KeptUsage, now = instant(0)): readonly Said[] =>
  server.handle(
    {
      kind: 'notify',
      subscription: usage.subscription,
      etag: 'b.2',
      body: { type: noticeType, text: '{}' },
    },
    now,
  );

function usageOf(transport: Transport = 'UDP'): { two: TwoEndpoints; usage: KeptUsage } {
  const { two, usage } = kept(transport);
  if (usage === undefined) throw new Error('nothing is kept');
  return { two, usage };
}

test('what is kept says all that a NOTIFY needs, and what is left of its time', () => {
  expect(usageOf().usage).toEqual({
    subscription: expect.any(String),
    user: 'ben',
    served: 'address-book',
    event: 'x-book;id=7',
    dialog: {
      callId: expect.any(String),
      local: { uri: 'sip:address-book@example.com', tag: expect.any(String) },
      remote: { uri: 'sip:ben@example.com', tag: expect.any(String) },
      localCSeq: 1,
      remoteCSeq: 2,
      routes: [],
      target: 'sip:10.0.0.12:5062',
    },
    path: expect.objectContaining({ transport: 'UDP' }),
    expiresIn: 3_590_000,
  });
});

test.each<Transport>(['TCP', 'TLS', 'WS', 'WSS'])('what hangs on a connection (%s) is not kept', (transport) => {
  expect(kept(transport).usage).toBeUndefined();
});

test('what nobody granted, what ends and what is over is not kept', () => {
  const asked = new TwoEndpoints();
  asked.onServer = () => undefined;
  asked.subscribe();
  expect(asked.server.kept(asked.asked, asked.now)).toBeUndefined();
  const { two } = usageOf();
  two.network = () => 0;
  two.tell('server', { kind: 'end', subscription: two.asked, reason: 'rejected' });
  expect(two.server.kept(two.asked, two.now)).toBeUndefined();
  expect(two.server.kept(book, two.now)).toBeUndefined();
});

test('another endpoint goes on: the same dialog, a CSeq above all that may have been sent, the time that is left', () => {
  const { two, usage } = usageOf();
  const { server, said } = resumed(usage, { rates: new Map([['max-rate', '1']]) });
  expect(said).toEqual([]);
  const [text = ''] = sentBy(notify(server, usage, instant(90_000)));
  expect(text).toContain('\r\nCSeq: 65538 NOTIFY\r\n');
  expect(text).toMatch(/\r\nEvent: x-book;id=7\r\nSubscription-State: active;expires=3500;max-rate=1\r\n/);
  const { local, remote, callId } = usage.dialog;
  for (const part of [`;tag=${local.tag}`, `;tag=${remote.tag}`, callId]) expect(text).toContain(part);
  // The terminal takes it as the next of the dialog that it knows.
  two.told.terminal.length = 0;
  const bytes = new TextEncoder().encode(text);
  two.tell('terminal', { kind: 'received', path: two.paths.terminal, bytes });
  expect(two.told.terminal).toMatchObject([{ kind: 'notified', etag: 'b.2' }]);
});

test('it runs out when it would have, with a NOTIFY that says so and carries the tag', () => {
  const { usage } = usageOf();
  const { server } = resumed(usage);
  expect(server.deadline()).toBe(usage.expiresIn);
  const [text] = sentBy(server.wake(instant(usage.expiresIn)));
  expect(text).toContain('\r\nSubscription-State: terminated;reason=timeout\r\nSIP-ETag: b.1\r\n');
});

test('a refresh is taken by the other endpoint, though its nonce is new: 401 with stale, then 200', () => {
  const { two, usage } = usageOf();
  const { server } = resumed(usage);
  two.datagrams.length = 0;
  two.network = () => 0; // the old server is gone
  two.tell('terminal', { kind: 'refresh', subscription: book });
  const [refresh] = two.datagrams;
  if (refresh === undefined) throw new Error('no refresh');
  const path = two.paths.server;
  const [challenge = ''] = sentBy(server.handle({ kind: 'received', path, bytes: refresh.bytes }, instant(1)));
  expect(challenge).toMatch(/^SIP\/2\.0 401 [^]*stale=true/);
  const carry = (said: readonly Said[]): readonly Said[] =>
    said.flatMap((each) =>
      each.kind === 'send'
        ? two.terminal.handle({ kind: 'received', path: two.paths.terminal, bytes: each.bytes }, two.now)
        : [],
    );
  const back = carry(server.handle({ kind: 'received', path, bytes: refresh.bytes }, instant(2)));
  const [asked] = back.flatMap((each) =>
    each.kind === 'send' ? server.handle({ kind: 'received', path, bytes: each.bytes }, instant(3)) : [],
  );
  expect(asked).toMatchObject({ kind: 'asked', request: { refresh: true, subscription: usage.subscription } });
  const accepted = server.handle({ kind: 'accept', subscription: usage.subscription, etag: 'b.2' }, instant(3));
  expect(status(accepted)[0]).toBe('200 OK');
});

test('a SUBSCRIBE of the dialog that the endpoint has not been given is still answered with 481', () => {
  const headers = { To: '<sip:address-book@example.com>;tag=s0000009' };
  const said = another().handle(
    { kind: 'received', path: usageOf().two.paths.server, bytes: request({ headers }) },
    instant(0),
  );
  expect(status(said)).toEqual(['481 Subscription Does Not Exist']);
});

test('told twice of the same subscription it goes on once', () => {
  const { usage } = usageOf();
  const { server } = resumed(usage);
  expect(server.handle({ kind: 'resume', usage, etag: 'b.9' }, instant(0))).toEqual([]);
  expect(sentBy(notify(server, usage))).toHaveLength(1);
});

test('a package that is not served any more, or a CSeq near its end (RFC 3261 §8.1.1.5), ends it instead', () => {
  const { usage } = usageOf();
  const gone = [{ kind: 'ended', subscription: usage.subscription, why: 'gone' }];
  expect(resumed({ ...usage, served: 'presence' }).said).toEqual(gone);
  const worn = { ...usage, dialog: { ...usage.dialog, localCSeq: mostCSeq - 100_000 } };
  expect(resumed(worn).said).toEqual(gone);
  expect(leapt({ ...usage.dialog, localCSeq: mostCSeq - 131_072 })?.localCSeq).toBe(mostCSeq - 65_536);
});

test('a silent terminal ends it after Timer F, as any other', () => {
  const { usage } = usageOf();
  const { server } = resumed(usage);
  notify(server, usage);
  const end = later(instant(0), seconds(32));
  const said: Said[] = [];
  for (let due = server.deadline(); due !== undefined && due <= end; due = server.deadline())
    said.push(...server.wake(due));
  expect(said.filter(({ kind }) => kind === 'send')).toHaveLength(10);
  expect(said.at(-1)).toEqual({ kind: 'ended', subscription: usage.subscription, why: 'unanswered' });
  expect(milliseconds(server.deadline() ?? -1)).toBe(-1);
});
