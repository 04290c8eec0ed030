// Subscriptions by a proxy whose connection ends: they go on by a new one (RFC 3261 §18, RFC 3263), or end.

import { beforeEach, expect, test } from 'vitest';
import { textOf, utf8 } from '../../src/base/bytes.ts';
import { instant, seconds, type Instant } from '../../src/base/time.ts';
import { Endpoint, type NotifierOptions } from '../../src/sip/endpoint.ts';
import {
  flow,
  subscriptionId,
  type FlowPath,
  type Heard,
  type Said,
  type SubscriptionId,
} from '../../src/sip/transaction-user.ts';
import { ben, sentBy, signedFor } from './played-terminal.ts';
import { acceptAll, hash, noticeType, notifierOptions, numbered, paths } from './two-endpoints.ts';

const proxy: FlowPath = { ...paths('TCP').server, flow: flow('first') };
const again = (name: string): FlowPath => ({ ...proxy, flow: flow(name), local: { host: '10.0.0.1', port: 49_999 } });

let endpoint: Endpoint;
let now: Instant;
let said: Said[];
let made: number;

beforeEach(() => {
  const mayReach = ({ host }: { readonly host: string }) => host === '10.0.0.12' || host === 'proxy.example.com';
  endpoint = new Endpoint({ random: numbered('s'), hash, notifier: { ...notifierOptions, mayReach } });
  now = instant(0);
  said = [];
  made = 0;
});

/** Everything that follows; a SUBSCRIBE is accepted. */
function tell(heard: Heard): readonly Said[] {
  const outputs = [...endpoint.handle(heard, now)];
  for (const each of outputs) {
    const command = acceptAll(each);
    if (command !== undefined) outputs.push(...endpoint.handle(command, now));
  }
  said.push(...outputs);
  return outputs;
}

function pass(count: number): readonly Said[] {
  const end = instant(now + seconds(count));
  const outputs: Said[] = [];
  for (let due = endpoint.deadline(); due !== undefined && due <= end; due = endpoint.deadline()) {
    now = instant(Math.max(now, due));
    outputs.push(...endpoint.wake(now));
  }
  now = end;
  said.push(...outputs);
  return outputs;
}

const route = '<sip:10.0.0.12:5070;transport=tcp;lr;ftag=x>';

interface Subscribed {
  readonly id: SubscriptionId;
  readonly notify: string;
}

function subscribe(recordRoute: string | undefined = route, path = proxy): Subscribed {
  made += 1;
  const headers = {
    'Call-ID': `c${made}`,
    Via: `SIP/2.0/TCP 10.0.0.12;branch=z9hG4bK${made}`,
    'Record-Route': recordRoute,
  };
  const outputs = tell({ kind: 'received', path, bytes: signedFor(endpoint, { headers }, { ...ben, path }) });
  const [, notify = ''] = sentBy(outputs);
  return { id: subscriptionId(/\r\nf: [^\r]*;tag=([^\r]*)/.exec(notify)?.[1] ?? ''), notify };
}

const answer = (notify: string, path: FlowPath): void => {
  const copied = notify.split('\r\n').filter((line) => /^(?:v|f|t|i|CSeq):/.test(line));
  tell({ kind: 'received', path, bytes: utf8(['SIP/2.0 200 OK', ...copied, 'l: 0', '', ''].join('\r\n')) });
};

/** Subscribed, and its first NOTIFY answered. */
function settled(recordRoute?: string): Subscribed {
  const subscribed = subscribe(recordRoute);
  answer(subscribed.notify, proxy);
  said.length = 0;
  return subscribed;
}

const close = (path = proxy): readonly Said[] => tell({ kind: 'closed', flow: path.flow });
const change = (id: SubscriptionId, etag = 'b.2'): readonly Said[] =>
  tell({ kind: 'notify', subscription: id, etag, body: { type: noticeType, text: '{"upTo":2}' } });
const hop = 'sip:10.0.0.12:5070;transport=tcp';
const kinds = (outputs: readonly Said[]): readonly string[] =>
  outputs.map((each) => (each.kind === 'ended' ? `ended: ${each.why}` : each.kind));

test('the subscription lives on when the proxy’s connection ends; nothing is opened until there is something to tell', () => {
  const { id } = settled();
  expect([kinds(close()), pass(100)]).toEqual([[], []]);
  expect(change(id)).toEqual([{ kind: 'open', hop }]);
  const path = again('second');
  tell({ kind: 'opened', path });
  const sent = tell({ kind: 'reached', hop, path });
  expect(sent).toMatchObject([{ kind: 'send', flow: 'second' }]);
  const [notify = ''] = sentBy(sent);
  // By the route of the dialog; and with the Contact of before, not that of a connection of ours.
  expect(notify).toContain(`\r\nRoute: ${route}\r\n`);
  expect(notify).toContain('\r\nm: <sip:10.0.0.1;transport=tcp>\r\n');
  expect(notify).toContain('\r\nSubscription-State: active;expires=3500\r\n');
  answer(notify, path);
  expect(kinds(said).at(-1)).toBe('delivered');
  // It is no stranger, whom time would turn away; and the next goes by it at once.
  expect(kinds(pass(120))).toEqual([]);
  expect(change(id, 'b.3')).toMatchObject([{ kind: 'send', flow: 'second' }]);
});

test('what was in flight when it ended is told again a second later, by whoever has the news', () => {
  const { id } = subscribe();
  said.length = 0;
  expect(close()).toEqual([{ kind: 'undelivered', subscription: id, status: 503, retryAfterSeconds: 1 }]);
  expect(change(id)).toEqual([{ kind: 'open', hop }]);
});

test('many of one proxy ask for one connection, and all go by it, those that come later too', () => {
  const all = Array.from({ length: 5 }, () => settled());
  close();
  expect(all.slice(0, 4).flatMap(({ id }) => kinds(change(id)))).toEqual(['open']);
  const path = again('second');
  tell({ kind: 'opened', path });
  expect(kinds(tell({ kind: 'reached', hop, path }))).toEqual(['send', 'send', 'send', 'send']);
  expect(change(all[4]?.id ?? subscriptionId(''))).toMatchObject([{ kind: 'send', flow: 'second' }]);
  // When that one ends too, it begins anew.
  close(path);
  expect(kinds(change(all[4]?.id ?? subscriptionId(''), 'b.9'))).toContain('open');
});

test('a proxy that is away is tried again after 1, 2, 4 and 8 s, and given up with Timer F: as a NOTIFY that nobody answered', () => {
  const { id } = settled();
  close();
  const at: number[] = [];
  const asked = (outputs: readonly Said[]): void => {
    for (const each of outputs)
      if (each.kind === 'open') {
        at.push(now / 1000);
        asked(tell({ kind: 'unreached', hop }));
      }
  };
  asked(change(id));
  while (now < 40_000 && !kinds(said).includes('ended: unanswered')) asked(pass(0.5));
  expect(at).toEqual([0, 1, 3, 7, 15, 23, 31]);
  expect(said.at(-1)).toEqual({ kind: 'ended', subscription: id, why: 'unanswered' });
  expect(endpoint.deadline()).toBeUndefined();
});

test('a proxy that comes back by itself is taken: a refresh by a connection of its own brings what waits, after its 200', () => {
  const { id, notify } = settled();
  close();
  change(id);
  const back = again('theirs');
  tell({ kind: 'opened', path: back });
  const to = /\r\nf: ([^\r]*)/.exec(notify)?.[1] ?? '';
  const headers = {
    To: to,
    'Call-ID': 'c1',
    CSeq: '9 SUBSCRIBE',
    Via: 'SIP/2.0/TCP 10.0.0.12;branch=z9hG4bKback',
    'Record-Route': route,
  };
  const sent = sentBy(
    tell({ kind: 'received', path: back, bytes: signedFor(endpoint, { headers }, { ...ben, path: back }) }),
  );
  expect(sent.map((text) => text.slice(0, 11))).toEqual(['SIP/2.0 200', 'NOTIFY sip:']);
  // What the host opened meanwhile is of no use any more, and harms nobody.
  const path = again('second');
  tell({ kind: 'opened', path });
  expect(kinds(tell({ kind: 'reached', hop, path }))).toEqual([]);
  expect(kinds(tell({ kind: 'unreached', hop }))).toEqual([]);
});

test.each<[string, string | undefined]>([
  ['no route: the contact is the subscriber’s own word', undefined],
  [
    'a first hop that is not of the configuration',
    '<sip:10.0.0.99;transport=tcp;lr>, <sip:10.0.0.12;transport=tcp;lr>',
  ],
  ['a name that is not', '<sip:internal.example.com;lr>'],
  ['a hop that cannot be read', '<nonsense>'],
])('where there is %s, the subscription ends with its connection, and nothing is opened', (_, recordRoute) => {
  const { id, notify } = subscribe(recordRoute ?? '');
  answer(notify, proxy);
  said.length = 0;
  expect(close()).toEqual([{ kind: 'ended', subscription: id, why: 'flow-closed' }]);
  expect([change(id), endpoint.deadline()]).toEqual([[], undefined]);
});

test('of a hop nothing counts but where it is: maddr and all else is not followed', () => {
  const { id } = settled('<sip:x@proxy.example.com;maddr=169.254.169.254;lr;transport=TCP?X=y>');
  close();
  expect(change(id)).toEqual([{ kind: 'open', hop: 'sip:proxy.example.com;transport=TCP' }]);
});

test('one that is not granted yet, is refreshed, or is ending, ends with its connection as ever', () => {
  const { id, notify } = subscribe();
  tell({ kind: 'end', subscription: id, reason: 'rejected' });
  said.length = 0;
  expect(kinds(close())).toEqual([]);
  expect(textOf(utf8(notify))).toContain('NOTIFY');
  const path = again('other');
  const headers = { 'Call-ID': 'late', 'Record-Route': route, Via: 'SIP/2.0/TCP h;branch=z9hG4bKlate' };
  const unanswered = signedFor(endpoint, { headers }, { ...ben, path });
  const asked = endpoint.handle({ kind: 'received', path, bytes: unanswered }, now);
  expect(kinds(asked)).toEqual(['asked']);
  expect(kinds(endpoint.handle({ kind: 'closed', flow: path.flow }, now))).toEqual(['ended: flow-closed']);
});

test('one that runs out, or is ended, while it waits, says so by the new flow', () => {
  const { id } = settled();
  close();
  expect(kinds(tell({ kind: 'end', subscription: id, reason: 'deactivated' }))).toEqual(['open', 'ended: deactivated']);
  const path = again('second');
  tell({ kind: 'opened', path });
  expect(sentBy(tell({ kind: 'reached', hop, path }))[0]).toContain('terminated;reason=deactivated');
});

/** Another process goes on with it, on a connection that nobody has. */
function resumed(id: SubscriptionId, mayReach: NotifierOptions['mayReach']): readonly Said[] {
  const usage = endpoint.kept(id, now);
  if (usage === undefined) throw new Error('nothing is kept');
  const notifier = { ...notifierOptions, ...(mayReach && { mayReach }) };
  endpoint = new Endpoint({ random: numbered('z'), hash, notifier });
  said.length = 0;
  return tell({ kind: 'resume', usage: { ...usage, path: { ...usage.path, flow: flow('ended') } }, etag: 'b.1' });
}

test('another process goes on with it, by a connection that it opens once there is something to tell', () => {
  const { id } = settled();
  expect(resumed(id, () => true)).toEqual([]);
  expect(change(id)).toEqual([{ kind: 'open', hop }]);
  const path = again('of the next process');
  tell({ kind: 'opened', path });
  const [notify = ''] = sentBy(tell({ kind: 'reached', hop, path }));
  expect(notify).toContain(`\r\nRoute: ${route}\r\n`);
  expect(notify).toContain('\r\nCSeq: 65538 NOTIFY\r\n');
  answer(notify, path);
  expect(kinds(said).at(-1)).toBe('delivered');
});

test('it is kept also while it has no connection; without a way on, or where the next process may not go there, it is not', () => {
  const { id } = settled();
  close();
  expect(endpoint.kept(id, now)).toMatchObject({ subscription: id, path: { transport: 'TCP' } });
  expect(kinds(resumed(id, undefined))).toEqual(['ended: gone']);
});

test('one that came by no proxy, or by one that may not be reached, is not kept', () => {
  expect(endpoint.kept(settled('<sip:elsewhere.example;transport=tcp;lr>').id, now)).toBeUndefined();
});
