// A server that ended, and another that goes on with its subscriptions: real stores, octet by octet.

import { expect, test } from 'vitest';
import { instant, later, milliseconds, seconds, wallTime, type Milliseconds } from '../../src/base/time.ts';
import type { Change } from '../../src/book/change.ts';
import type { PersonId } from '../../src/book/person-id.ts';
import { HostFault } from '../../src/node/host-fault.ts';
import { openSubscriptionStore } from '../../src/node/sqlite-subscriptions.ts';
import { SubscriptionKeeper } from '../../src/node/subscription-keeper.ts';
import type { SubscriptionBatch, SubscriptionStore } from '../../src/server/subscription-store.ts';
import { flow } from '../../src/sip/transaction-user.ts';
import { parseChangeList, parseNotice } from '../../src/wire/change-list.ts';
import type { Session } from '../../src/wire/http.ts';
import { changesType, noticeType } from '../../src/wire/protocol-version.ts';
import { Peer } from './peer.ts';
import { ada as nobody, at, telephone } from './samples.ts';
import { embedded, morning, openWorld, type World } from './world.ts';

const flowName = 'flow 1';

/** A server with a store of subscriptions, and the clock that is told to both. */
class Host {
  readonly world: World;
  readonly store: SubscriptionStore;
  readonly troubles: unknown[] = [];
  readonly keeper: SubscriptionKeeper;

  private constructor(world: World, store: SubscriptionStore) {
    this.world = world;
    this.store = store;
    this.keeper = new SubscriptionKeeper({
      store,
      wallClock: () => wallTime(morning + world.now),
      tell: (input) => world.hear(input),
      report: (fact) => (world.facts as unknown[]).push(fact),
      failed: (fault) => this.troubles.push(fault),
    });
  }

  static async first(): Promise<Host> {
    const host = new Host(await openWorld(), openSubscriptionStore(':memory:'));
    await host.keeper.resume(() => undefined);
    return host;
  }

  /** Another process over the same stores, `later` after this one's end; `found` says by which flow each goes on. */
  async next(away: Milliseconds = seconds(5), found: string = flowName): Promise<Host> {
    const { changeLog, accounts, now } = this.world;
    const host = new Host(await openWorld({ changeLog, accounts }), this.store);
    host.world.now = later(now, away);
    await host.keeper.resume(() => (found === '' ? undefined : flow(found)));
    return host;
  }

  /** Lets time pass, and carries out what is to be written; gives the batches. */
  async pass(by: Milliseconds): Promise<readonly SubscriptionBatch[]> {
    const end = later(this.world.now, by);
    const { sip } = this.world.server;
    for (let due = sip.deadline(); due !== undefined && due <= end; due = sip.deadline()) {
      this.world.now = instant(Math.max(due, this.world.now));
      this.world.sent.push(...sip.wake(this.world.now));
    }
    this.world.now = end;
    return this.written();
  }

  /** A change that nobody tells of: the server is down. */
  async commit(...changes: readonly Change[]): Promise<void> {
    await this.world.changeLog.append({ source: embedded, at: morning, changes });
  }

  async written(): Promise<readonly SubscriptionBatch[]> {
    const batches = this.world.sent.flatMap((each) => (each.kind === 'write' ? [each.batch] : []));
    this.world.sent.splice(0, Infinity, ...this.world.sent.filter(({ kind }) => kind !== 'write'));
    for (const batch of batches) this.keeper.write(batch);
    await this.keeper[Symbol.asyncDispose]();
    return batches;
  }
}

interface Start {
  readonly host: Host;
  readonly peer: Peer;
  readonly session: Session;
  readonly ada: PersonId;
  readonly ben: PersonId;
  readonly tag: (at: number) => string;
}

/** Ben's terminal, which has logged in and has all up to revision 2. */
async function start(): Promise<Start> {
  const host = await Host.first();
  const { world } = host;
  const [ada = nobody, ben = nobody] = await world.people({ name: 'Ada', officeTelephone: '8001' }, { name: 'Ben' });
  await world.account('ben', 'a long password', ben);
  const session = await world.logIn('ben', 'a long password');
  const { book } = await world.changeLog.head();
  return { host, peer: new Peer(world), session, ada, ben, tag: (at) => `${book}.${at}` };
}

/** The terminal goes on with the next server, as if nothing had happened. */
function meets(peer: Peer, { world }: Host): void {
  peer.world = world;
  peer.carry();
}

test('a change that is committed while the server is down is told once by the next one, in the same dialog', async () => {
  const { host, peer, session, ada, tag } = await start();
  peer.subscribe(session, 'broadcast', { tag: tag(2) });
  await host.pass(seconds(1));
  const before = peer.bodies().length;
  await host.commit(telephone(ada, '8001', '8002'));
  const next = await host.next();
  meets(peer, next);
  expect(peer.bodies()).toHaveLength(before + 1);
  expect(parseChangeList(peer.bodies().at(-1)?.text ?? '')).toMatchObject({
    after: 2,
    upTo: 3,
    changes: [telephone(ada, '8001', '8002')],
  });
  expect(next.world.facts).toContainEqual({ kind: 'resumed', subscriptions: 1, expired: 0, withoutListener: 0 });
  // And it lives: the next change, and a refresh.
  await next.world.append(telephone(ada, '8002', '8003'));
  peer.carry();
  expect(parseChangeList(peer.bodies().at(-1)?.text ?? '')).toMatchObject({ after: 3, upTo: 4 });
  peer.refresh(tag(4));
  expect(peer.heard.at(-1)).toMatchObject({ kind: 'subscribed' });
  expect(next.world.server.subscriptions).toBe(1);
});

test('where nothing happened meanwhile the next server says nothing', async () => {
  const { host, peer, session, tag } = await start();
  peer.subscribe(session, 'broadcast', { tag: tag(2) });
  await host.pass(seconds(1));
  const next = await host.next();
  expect(next.world.sent.filter(({ kind }) => kind === 'send')).toEqual([]);
  expect(next.world.server.subscriptions).toBe(1);
});

test('what was told and not yet written is told again, which the terminal passes over; CSeq stays above', async () => {
  const { host, peer, session, ada, tag } = await start();
  peer.subscribe(session, 'broadcast', { tag: tag(2) });
  await host.pass(seconds(1));
  for (const [from, to] of [['8001', '8002'], ['8002', '8003']] as const) {
    await host.world.append(telephone(ada, from, to));
    peer.carry();
  } // prettier-ignore
  const next = await host.next();
  meets(peer, next);
  // The terminal answered 200: an old CSeq would have been 500, and the end.
  expect(next.world.server.subscriptions).toBe(1);
  expect(parseChangeList(peer.bodies().at(-1)?.text ?? '')).toMatchObject({ after: 2, upTo: 4 });
});

test('what moved is written within ten seconds, and then nothing is told twice', async () => {
  const { host, peer, session, ada, tag } = await start();
  peer.subscribe(session, 'broadcast', { tag: tag(2) });
  await host.pass(seconds(1));
  await host.world.append(telephone(ada, '8001', '8002'));
  peer.carry();
  expect(await host.pass(seconds(10))).toMatchObject([{ kept: [], moved: [{ slot: 0, told: 3 }], ended: [] }]);
  const next = await host.next();
  expect(next.world.sent.filter(({ kind }) => kind === 'send')).toEqual([]);
});

test('a clean stop writes down everything, and says nothing to a terminal over UDP', async () => {
  const { host, peer, session, tag } = await start();
  peer.subscribe(session, 'broadcast', { tag: tag(2) });
  host.world.server.stop();
  host.world.hear({ kind: 'write-down' });
  peer.carry();
  expect(peer.heard.some(({ kind }) => kind === 'ended')).toBe(false);
  await host.written();
  expect((await host.next()).world.server.subscriptions).toBe(1);
});

test.each(['TCP', 'WS'] as const)(
  'a subscription over %s is not kept: it ends with its connection',
  async (transport) => {
    const { host, session, tag } = await start();
    const peer = new Peer(host.world, transport);
    peer.subscribe(session, 'broadcast', { tag: tag(2) });
    expect(await host.pass(seconds(60))).toEqual([]);
    expect((await host.next()).world.server.subscriptions).toBe(0);
  },
);

test('one that ended, or was only a fetch, is not there any more', async () => {
  const { host, peer, session, tag } = await start();
  peer.subscribe(session, 'broadcast', { tag: tag(2) });
  await host.pass(seconds(1));
  peer.unsubscribe();
  expect(await host.pass(seconds(1))).toMatchObject([{ kept: [], ended: [0] }]);
  const next = await host.next();
  expect(next.world.server.subscriptions).toBe(0);
  expect(next.world.facts.filter(({ kind }) => kind === 'resumed')).toEqual([]);
});

test('one that ran out meanwhile is counted and gone', async () => {
  const { host, peer, session, tag } = await start();
  peer.subscribe(session, 'broadcast', { tag: tag(2) });
  await host.pass(seconds(1));
  const next = await host.next(seconds(3600));
  expect(next.world.facts).toContainEqual({ kind: 'resumed', subscriptions: 0, expired: 1, withoutListener: 0 });
  expect(next.world.sent).toEqual([]);
});

test('one whose address is not listened on any more is counted and gone, also from the store', async () => {
  const { host, peer, session, tag } = await start();
  peer.subscribe(session, 'broadcast', { tag: tag(2) });
  await host.pass(seconds(1));
  const next = await host.next(seconds(5), '');
  expect(next.world.facts).toContainEqual({ kind: 'resumed', subscriptions: 0, expired: 0, withoutListener: 1 });
  expect(next.world.server.subscriptions).toBe(0);
  expect((await next.next()).world.server.subscriptions).toBe(0);
});

test('a session that ended while the server was down ends its subscriptions at the start', async () => {
  const { host, peer, session, ben, tag } = await start();
  peer.subscribe(session, 'broadcast', { tag: tag(2) });
  await host.pass(seconds(1));
  // Ben left, and the server was killed before it heard of it.
  await host.commit({ kind: 'removed', person: ben });
  const next = await host.next();
  meets(peer, next);
  expect(peer.heard.at(-1)).toMatchObject({ kind: 'ended', why: 'rejected' });
  expect(next.world.server.subscriptions).toBe(0);
});

test('held: the persons outlive the restart; a change of one is told, one of somebody else is not', async () => {
  const { host, peer, session, ada, ben, tag } = await start();
  peer.subscribe(session, 'held', { tag: tag(2), held: [ada] });
  await host.pass(seconds(1));
  const next = await host.next();
  peer.world = next.world;
  const before = peer.heard.length;
  await next.world.append(telephone(ben, '1', '2'));
  peer.carry();
  expect(peer.heard).toHaveLength(before);
  await next.world.append(telephone(ada, '8001', '8002'));
  peer.carry();
  expect(parseChangeList(peer.bodies().at(-1)?.text ?? '')).toMatchObject({
    after: 2,
    upTo: 4,
    changes: [{ person: ada }],
  });
  // A refresh without a body keeps them (RFC 4660 §5), and a third process has them too.
  peer.refresh(tag(4));
  await next.pass(seconds(1));
  const third = await next.next();
  peer.world = third.world;
  await third.world.append(telephone(ada, '8002', '8003'));
  peer.carry();
  expect(parseChangeList(peer.bodies().at(-1)?.text ?? '')).toMatchObject({ after: 4, upTo: 5 });
});

test('held: what concerned somebody else while the server was down is told to nobody', async () => {
  const { host, peer, session, ada, ben, tag } = await start();
  peer.subscribe(session, 'held', { tag: tag(2), held: [ada] });
  await host.pass(seconds(1));
  await host.commit(telephone(ben, '1', '2'));
  const next = await host.next();
  expect(next.world.sent.filter(({ kind }) => kind === 'send')).toEqual([]);
});

test('one that stands further back than the newest changes in memory is told to come and get them', async () => {
  const { host, peer, session, ada, tag } = await start();
  peer.subscribe(session, 'broadcast', { tag: tag(2) });
  await host.pass(seconds(1));
  for (let round = 0; round < 10_500; round += 500)
    await host.commit(
      ...Array.from({ length: 500 }, (_, more) => telephone(ada, `${round + more}`, `${round + more + 1}`)),
    );
  const next = await host.next();
  meets(peer, next);
  expect(peer.bodies().at(-1)?.type).toBe(noticeType);
  expect(parseNotice(peer.bodies().at(-1)?.text ?? '')).toMatchObject({ after: 2, upTo: 10_502 });
});

test('RFC 6446: the rates outlive the restart', async () => {
  const { host, peer, session, ada, tag } = await start();
  peer.subscribe(session, 'broadcast', { tag: tag(2), rates: 'max-rate=0.1' });
  await host.pass(seconds(60));
  const next = await host.next();
  peer.world = next.world;
  const before = peer.bodies().length;
  for (const to of ['8002', '8003']) await next.world.append(telephone(ada, '8001', to));
  peer.carry();
  await next.pass(seconds(9));
  peer.carry();
  expect(peer.bodies()).toHaveLength(before);
  await next.pass(seconds(2));
  peer.carry();
  expect(parseChangeList(peer.bodies().at(-1)?.text ?? '')).toMatchObject({ after: 2, upTo: 4 });
});

test('of another book: the terminal is told to subscribe again, and says itself where it stands', async () => {
  const { host, peer, session, tag } = await start();
  peer.subscribe(session, 'broadcast', { tag: tag(2) });
  const [batch] = await host.pass(seconds(1));
  const [kept] = batch?.kept ?? [];
  if (kept === undefined) throw new Error('nothing was written');
  const book = '11111111-2222-4333-8444-555555555555' as typeof kept.book;
  await host.store.write({ kept: [{ ...kept, book }], moved: [], ended: [] }, morning);
  const next = await host.next();
  meets(peer, next);
  expect(peer.heard.at(-1)).toMatchObject({ kind: 'ended', why: 'deactivated' });
});

test('from beyond the log, which was restored from an old copy: the terminal is told to subscribe again', async () => {
  const { host, peer, session, tag } = await start();
  peer.subscribe(session, 'broadcast', { tag: tag(2) });
  await host.pass(seconds(1));
  await host.store.write({ kept: [], moved: [{ slot: 0, told: at(99), localCSeq: 1 }], ended: [] }, morning);
  const next = await host.next();
  meets(peer, next);
  expect(peer.heard.at(-1)).toMatchObject({ kind: 'ended', why: 'deactivated' });
});

test('two rows with the name of one subscription are one subscription, and the other row goes', async () => {
  const { host, peer, session, tag } = await start();
  peer.subscribe(session, 'broadcast', { tag: tag(2) });
  const [batch] = await host.pass(seconds(1));
  const [kept] = batch?.kept ?? [];
  if (kept === undefined) throw new Error('nothing was written');
  await host.store.write({ kept: [{ ...kept, slot: 5 }], moved: [], ended: [] }, morning);
  const next = await host.next();
  expect(next.world.server.subscriptions).toBe(1);
  expect(await next.pass(seconds(1))).toMatchObject([{ kept: [], ended: [5] }]);
  // Slots between and beyond are used again, each once.
  const users = new Set<number>();
  for (let made = 0; made < 8; made += 1)
    new Peer(next.world, 'UDP', `flow ${'x'.repeat(made + 2)}`).subscribe(session, 'broadcast', { tag: tag(2) });
  for (const { kept: written } of await next.pass(seconds(1))) for (const { slot } of written) users.add(slot);
  expect(users.size).toBe(8);
});

test('a terminal that moves from UDP to a connection is not kept any more, and back again is', async () => {
  const { host, session, tag } = await start();
  const peer = new Peer(host.world);
  peer.subscribe(session, 'broadcast', { tag: tag(2) });
  expect(await host.pass(seconds(1))).toMatchObject([{ kept: [{ slot: 0 }], ended: [] }]);
  peer.moveTo('TCP');
  peer.refresh(tag(2));
  expect(await host.pass(seconds(1))).toMatchObject([{ kept: [], ended: [0] }]);
  peer.moveTo('UDP');
  peer.refresh(tag(2));
  expect(await host.pass(seconds(1))).toMatchObject([{ kept: [{ slot: 0 }], ended: [] }]);
});

test('where the store fails, SIP goes on, that is told, and what was not written is written half a minute later', async () => {
  const { host, peer, session, ada, tag } = await start();
  const write = host.store.write.bind(host.store);
  let full = true;
  host.store.write = async (batch, at) => {
    if (full) throw new HostFault('the disk is full: make room');
    return write(batch, at);
  };
  peer.subscribe(session, 'broadcast', { tag: tag(2) });
  await host.pass(seconds(1));
  expect(host.troubles).toEqual([expect.objectContaining({ message: 'the disk is full: make room' })]);
  await host.world.append(telephone(ada, '8001', '8002'));
  peer.carry();
  expect(peer.bodies().at(-1)?.type).toBe(changesType);
  full = false;
  await host.pass(seconds(30));
  expect((await host.next(milliseconds(0))).world.server.subscriptions).toBe(1);
});
