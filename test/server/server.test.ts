// The server and a real SIP endpoint, wired octet by octet without sockets.

import { expect, test } from 'vitest';
import { instant, later, seconds, wallTime } from '../../src/base/time.ts';
import type { Change } from '../../src/book/change.ts';
import { flow, type FlowPath, type Transport } from '../../src/sip/transaction-user.ts';
import { parseChangeList, parseNotice } from '../../src/wire/change-list.ts';
import type { Session } from '../../src/wire/http.ts';
import { noticeType } from '../../src/wire/protocol-version.ts';
import type { PersonId } from '../../src/book/person-id.ts';
import { sourceKey } from '../../src/server/change-log.ts';
import type { DirectoryLogIn } from '../../src/server/sessions.ts';
import { Peer } from './peer.ts';
import { telephone } from './samples.ts';
import { embedded, morning, openWorld, type World } from './world.ts';

async function withBen(): Promise<{ world: World; ada: PersonId; session: Session; tag: (at: number) => string }> {
  const world = await openWorld();
  const [ada, ben] = await world.people({ name: 'Ada', officeTelephone: '8001' }, { name: 'Ben' });
  if (ada === undefined || ben === undefined) throw new Error('nobody is there');
  await world.account('ben', 'a long password', ben);
  const session = await world.logIn('ben', 'a long password');
  const { book } = await world.changeLog.head();
  return { world, ada, session, tag: (at) => `${book}.${at}` };
}

test.each<Transport>(['UDP', 'TCP', 'WS'])(
  'S301 to S309 over %s: log-in, subscription, change, notice, change list',
  async (transport) => {
    const { world, ada, session, tag } = await withBen();
    const peer = new Peer(world, transport);
    peer.subscribe(session, 'notice', { tag: tag(2) });
    expect(peer.heard).toMatchObject([{ kind: 'subscribed' }, { kind: 'notified', etag: tag(2) }]);
    await world.append(telephone(ada, '8001', '8002'));
    peer.carry();
    const notice = parseNotice(peer.bodies()[0]?.text ?? '');
    expect(notice).toMatchObject({ after: 2, upTo: 3 });
    const list = await world.ask('GET', '/v1/changes', { query: `after=${notice.after}`, token: session.token });
    expect(list.json()).toMatchObject({ altered: [ada] });
    const persons = await world.ask('POST', '/v1/persons', { token: session.token, body: { ids: [ada] } });
    expect(persons.json()).toMatchObject({ persons: [{ id: ada, fields: { officeTelephone: '8002' } }] });
    await world[Symbol.asyncDispose]();
  },
);

test('a broadcast holds the change itself, and on UDP the whole NOTIFY stays under 1,300 octets (RFC 3261 §18.1.1)', async () => {
  const { world, ada, session, tag } = await withBen();
  const peer = new Peer(world);
  peer.subscribe(session, 'broadcast', { tag: tag(2) });
  await world.append(telephone(ada, '8001', '8002'));
  peer.carry();
  expect(parseChangeList(peer.bodies()[0]?.text ?? '').changes).toEqual([telephone(ada, '8001', '8002')]);
  for (let length = 100; length < 1300; length += 50) {
    const { revision } = await world.changeLog.head();
    await world.append({ kind: 'altered', person: ada, from: {}, to: { title: 'x'.repeat(length) } });
    peer.carry();
    expect(peer.bodies().at(-1)?.text).toContain(`"upTo":${revision + 1}`);
  }
  expect(peer.octets).toBeLessThanOrEqual(1300);
  expect(peer.octets).toBeGreaterThan(1100);
  expect(peer.bodies().at(-1)?.type).toBe(noticeType);
  await world[Symbol.asyncDispose]();
});

test('a SUBSCRIBE with a revision that the log has not is answered with its head, and reported with who that is', async () => {
  const { world, session, tag } = await withBen();
  const peer = new Peer(world);
  peer.subscribe(session, 'broadcast', { tag: tag(9) });
  expect(peer.heard).toMatchObject([{ kind: 'subscribed' }, { kind: 'notified', etag: tag(2) }]);
  expect(world.facts.filter(({ kind }) => kind === 'behind')).toEqual([
    { kind: 'behind', user: 'ben', has: 9, revision: 2 },
  ]);
  await world[Symbol.asyncDispose]();
});

test('held: a change of somebody else sends nothing at all', async () => {
  const { world, ada, session, tag } = await withBen();
  const peer = new Peer(world);
  peer.subscribe(session, 'held', { tag: tag(2), held: [ada] });
  const before = peer.heard.length;
  const [eve] = await world.people({ name: 'Eve' });
  expect(eve).toBeDefined();
  expect(world.sent).toEqual([]);
  await world.append(telephone(ada, '8001', '8002'));
  peer.carry();
  expect(peer.heard.slice(before)).toMatchObject([{ kind: 'notified', etag: tag(4) }]);
  expect(parseChangeList(peer.bodies()[0]?.text ?? '')).toMatchObject({ after: 2, upTo: 4 });
  await world[Symbol.asyncDispose]();
});

test('what others appended is told to whom it concerns though all was purged that is old, before it was announced', async () => {
  const { world, ada, session, tag } = await withBen();
  const peer = new Peer(world);
  peer.subscribe(session, 'held', { tag: tag(2), held: [ada] });
  const at = wallTime(1);
  const append = (change: Change) => world.changeLog.append({ source: embedded, at, changes: [change] });
  await append(telephone(ada, '8001', '8002'));
  if (session.person === undefined) throw new Error('nobody logged in');
  await append({ kind: 'removed', person: session.person });
  await world.changeLog.purge({ keep: 0, before: morning, leftBefore: at, upTo: world.server.announced });
  while (await world.server.catchUp());
  peer.carry();
  expect(parseChangeList(peer.bodies().at(-1)?.text ?? '').changes).toEqual([telephone(ada, '8001', '8002')]);
  expect(world.facts).toContainEqual({ kind: 'session-ended', user: 'ben', why: 'person-left' });
  await world[Symbol.asyncDispose]();
});

test('RFC 5839: a refresh with the tag of the head is answered and nothing follows', async () => {
  const { world, session, tag } = await withBen();
  const peer = new Peer(world);
  peer.subscribe(session, 'broadcast', { tag: tag(2) });
  const before = peer.heard.length;
  world.now = later(world.now, seconds(60));
  peer.refresh(tag(2));
  expect(peer.heard.slice(before).filter(({ kind }) => kind === 'notified')).toEqual([]);
  expect(peer.heard.slice(before)).toMatchObject([{ kind: 'subscribed' }]);
  await world[Symbol.asyncDispose]();
});

test('log-out ends the subscription for good, and its credentials subscribe no more', async () => {
  const { world, session, tag } = await withBen();
  const peer = new Peer(world);
  peer.subscribe(session, 'broadcast', { tag: tag(2) });
  expect(world.server.subscriptions).toBe(1);
  await world.ask('DELETE', '/v1/session', { token: session.token });
  peer.carry();
  expect(peer.heard.at(-1)).toMatchObject({ kind: 'ended', why: 'rejected' });
  expect(world.server.subscriptions).toBe(0);
  const again = new Peer(world, 'UDP', 'flow two');
  again.subscribe(session, 'broadcast', { tag: tag(2) });
  expect(again.heard.at(-1)).toMatchObject({ kind: 'refused' });
  await world[Symbol.asyncDispose]();
});

test('who leaves is told so at once: the subscription ends for good, and the credentials subscribe no more', async () => {
  const { world, session, tag } = await withBen();
  const { person } = session;
  if (person === undefined) throw new Error('Ben is nobody');
  const [peer, second] = [new Peer(world), new Peer(world, 'TCP', 'flow two')];
  peer.subscribe(session, 'broadcast', { tag: tag(2) });
  second.subscribe(session, 'held', { tag: tag(2), held: [person] });
  expect(world.server.subscriptions).toBe(2);
  await world.append({ kind: 'removed', person });
  for (const each of [peer, second]) {
    each.carry();
    expect(each.heard.at(-1)).toMatchObject({ kind: 'ended', why: 'rejected' });
  }
  expect([world.server.subscriptions, world.server.sessions]).toEqual([0, 0]);
  const again = new Peer(world, 'UDP', 'flow three');
  again.subscribe(session, 'broadcast', { tag: tag(2) });
  expect(again.heard.at(-1)).toMatchObject({ kind: 'refused' });
  await world[Symbol.asyncDispose]();
});

test('SIP credentials are of the session: however wrong and often, the directory is not asked', async () => {
  let asked = 0;
  const directory = async (): ReturnType<DirectoryLogIn> => {
    asked += 1;
    return { source: embedded, key: sourceKey(`key of ${ada}`) };
  };
  const world = await openWorld({ directory });
  const [ada] = await world.people({ name: 'Ada' });
  const session = await world.logIn('ada', 'the password of the directory');
  for (let time = 0; time < 20; time += 1) {
    const peer = new Peer(world, 'UDP', `flow ${time}`);
    peer.subscribe({ ...session, sip: { ...session.sip, password: `wrong ${time}` } }, 'notice');
    expect(peer.heard).toMatchObject([{ kind: 'refused' }]);
  }
  expect(asked).toBe(1);
  await world[Symbol.asyncDispose]();
});

test('wrong SIP credentials are refused, whatever From says', async () => {
  const { world, session } = await withBen();
  const peer = new Peer(world);
  peer.subscribe({ ...session, sip: { ...session.sip, password: 'wrong' } }, 'notice');
  expect(peer.heard).toMatchObject([{ kind: 'refused' }]);
  expect(world.server.subscriptions).toBe(0);
  await world[Symbol.asyncDispose]();
});

test('a clean stop tells a terminal on a connection to subscribe again', async () => {
  const { world, session, tag } = await withBen();
  const peer = new Peer(world, 'TCP');
  peer.subscribe(session, 'broadcast', { tag: tag(2) });
  world.server.stop();
  peer.carry();
  expect(peer.heard.at(-1)).toMatchObject({ kind: 'ended', why: 'deactivated' });
  await world[Symbol.asyncDispose]();
});

test('an unanswered NOTIFY is retransmitted on time and ends the subscription after 32 s', async () => {
  const { world, ada, session, tag } = await withBen();
  const peer = new Peer(world);
  peer.subscribe(session, 'broadcast', { tag: tag(2) });
  await world.append(telephone(ada, '8001', '8002'));
  let sent = world.sent.length;
  expect(sent).toBe(1);
  const start = world.now;
  for (let due = world.server.sip.deadline(); due !== undefined; due = world.server.sip.deadline()) {
    world.now = instant(Math.max(due, world.now));
    if (world.now > later(start, seconds(40))) break;
    sent += world.server.sip.wake(world.now).length;
  }
  expect(sent).toBeGreaterThan(5);
  expect(world.server.subscriptions).toBe(0);
  await world[Symbol.asyncDispose]();
});

test('octets that are not SIP are told to the report, and harm nobody', async () => {
  const { world, ada, session, tag } = await withBen();
  const peer = new Peer(world);
  peer.subscribe(session, 'broadcast', { tag: tag(2) });
  const path: FlowPath = {
    flow: flow('evil'),
    transport: 'UDP',
    local: { host: '127.0.0.1', port: 5060 },
    remote: { host: '192.0.2.66', port: 9 },
  };
  for (const text of ['SUBSCRIBE', 'NOTIFY sip:x SIP/2.0\r\n\r\n', '\u0000'.repeat(70_000), 'x'.repeat(70_000)])
    world.hear({ kind: 'received', path, bytes: new TextEncoder().encode(text) });
  expect(world.facts.some(({ kind }) => kind === 'malformed')).toBe(true);
  await world.append(telephone(ada, '8001', '8002'));
  peer.carry();
  expect(peer.bodies()).toHaveLength(1);
  await world[Symbol.asyncDispose]();
});
