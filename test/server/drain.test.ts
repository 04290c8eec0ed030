import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instant, later, milliseconds, seconds } from '../../src/base/time.ts';
import { Drain } from '../../src/server/drain.ts';
import { Reception } from '../../src/server/reception.ts';
import type { Said } from '../../src/sip/transaction-user.ts';
import { Peer } from './peer.ts';
import { administratorToken as token, openWorld, type World } from './world.ts';

/** Moves `count` away over `over` ms, with `lost` of them gone by themselves in each step; gives the steps. */
function drained(
  count: number,
  over: number,
  lost: (step: number) => number = () => 0,
): { at: number; ended: number }[] {
  const drain = new Drain();
  drain.begin(milliseconds(over), instant(0));
  const steps: { at: number; ended: number }[] = [];
  let left = count;
  for (let due = drain.deadline(left); due !== undefined; due = drain.deadline(left)) {
    left = Math.max(0, left - lost(steps.length));
    const ended = drain.due(left, due);
    left -= ended;
    steps.push({ at: due, ended });
    if (steps.length > 100_000) throw new Error('it never ends');
  }
  expect(left).toBe(0);
  return steps;
}

test('subscriptions are ended evenly over the time, and none is left at its end', () => {
  const steps = drained(10_000, 60_000);
  expect(steps).toHaveLength(600);
  for (const { ended } of steps) expect(Math.abs(ended - 10_000 / 600)).toBeLessThanOrEqual(1);
  expect(steps.at(-1)?.at).toBe(60_000);
});

test('few over a long time go one by one, evenly', () => {
  const gone = drained(3, 60_000).filter(({ ended }) => ended > 0);
  expect(gone.map(({ ended }) => ended)).toEqual([1, 1, 1]);
  expect(gone.map(({ at }) => Math.round(at / 1000))).toEqual([20, 40, 60]);
});

test('over no time all go at once; where nobody is there is nothing to do', () => {
  expect(drained(500, 0)).toEqual([{ at: 0, ended: 500 }]);
  expect(drained(0, 60_000)).toEqual([]);
});

test('whatever ends by itself meanwhile, none is left at the end and no step is larger than its share', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 0, max: 20_000 }), fc.array(fc.nat(30)), (count, over, losses) => {
      const steps = drained(count, over, (step) => losses[step] ?? 0);
      const share = (count * 100) / Math.max(over, 100);
      for (const { at, ended } of steps) {
        expect(at).toBeLessThanOrEqual(over);
        if (over >= 100) expect(ended).toBeLessThanOrEqual(Math.ceil(share) + 1);
      }
    }),
  );
}); // prettier-ignore

test('late steps catch up, and a drain that is called off ends nobody more', () => {
  const drain = new Drain();
  drain.begin(seconds(60), instant(0));
  expect(drain.due(600, instant(30_000))).toBe(300);
  drain.cancel();
  expect(drain.on).toBe(false);
  expect(drain.deadline(300)).toBeUndefined();
  expect(drain.due(300, instant(99_000))).toBe(0);
});

test('a lag of half a second lets no new ones in, of four seconds nobody; each is left at half of it', () => {
  const reception = new Reception();
  const after = (lag: number): string => {
    reception.hear(milliseconds(lag));
    return reception.admitted;
  };
  expect([0, 499, 500, 300, 250, 249].map(after)).toEqual([
    'everyone', 'everyone', 'subscribers', 'subscribers', 'subscribers', 'everyone',
  ]); // prettier-ignore
  expect([4000, 2000, 1999, 100].map(after)).toEqual(['nobody', 'nobody', 'subscribers', 'everyone']);
});

/** A server with ten terminals over UDP and one on a WebSocket. */
async function busy(): Promise<{ world: World; peers: readonly Peer[]; anew: () => Peer }> {
  const world = await openWorld();
  await world.people({ name: 'Ada' });
  await world.account('ben', 'a long password');
  const { book, revision } = await world.changeLog.head();
  const session = await world.logIn('ben', 'a long password');
  let made = 0;
  const anew = (transport: 'UDP' | 'WS' = 'UDP'): Peer => {
    const peer = new Peer(world, transport, `flow ${'x'.repeat((made += 1))}`);
    peer.subscribe(session, 'broadcast', { tag: `${book}.${revision}` });
    return peer;
  };
  const peers = [...Array.from({ length: 10 }, () => anew()), anew('WS')];
  return { world, peers, anew };
}

function pass(world: World, peers: readonly Peer[], by: number): void {
  const end = later(world.now, milliseconds(by));
  const { sip } = world.server;
  for (let due = sip.deadline(); due !== undefined && due <= end; due = sip.deadline()) {
    world.now = instant(Math.max(due, world.now));
    world.sent.push(...sip.wake(world.now));
    for (const peer of peers) peer.carry();
  }
  world.now = end;
}

const isDeactivated = (said: Said): boolean => said.kind === 'ended' && said.why === 'deactivated';
const moved = (peers: readonly Peer[]): number => peers.filter(({ heard }) => heard.some(isDeactivated)).length;

test('draining: each hears `deactivated` in its turn, new ones are turned away, /health says how many are left', async () => {
  const { world, peers, anew } = await busy();
  const begun = await world.ask('POST', '/v1/admin/drain', { token, body: { overSeconds: 110 } });
  expect(begun.json()).toEqual({ state: 'draining', left: 11 });
  const health = await world.ask('GET', '/health');
  expect(health).toMatchObject({ status: 503 });
  expect(health.json()).toMatchObject({ ok: false, draining: true, subscriptions: 11 });
  expect(anew().heard).toMatchObject([{ kind: 'refused', status: 503 }]);
  pass(world, peers, 55_000);
  expect(moved(peers)).toBe(5);
  // Who is not moved yet is served as ever.
  expect((await world.ask('GET', '/v1/admin/drain', { token })).json()).toEqual({ state: 'draining', left: 6 });
  const before = peers[9]?.heard.length ?? 0;
  await world.people({ name: 'Eve' });
  peers[9]?.carry();
  expect(peers[9]?.heard).toHaveLength(before + 1);
  pass(world, peers, 55_000);
  expect(moved(peers)).toBe(11);
  expect((await world.ask('GET', '/v1/admin/drain', { token })).json()).toEqual({ state: 'drained', left: 0 });
  expect(anew().heard).toMatchObject([{ kind: 'refused', status: 503 }]);
  expect(world.facts).toContainEqual({ kind: 'drain', state: 'began', subscriptions: 11, overSeconds: 110 });
  await world[Symbol.asyncDispose]();
});

test('a drain that is called off: those who are left stay, and new ones are let in', async () => {
  const { world, peers, anew } = await busy();
  await world.ask('POST', '/v1/admin/drain', { token, body: { overSeconds: 110 } });
  pass(world, peers, 20_000);
  const called = await world.ask('DELETE', '/v1/admin/drain', { token });
  expect(called.json()).toEqual({ state: 'serving', left: 9 });
  pass(world, peers, 200_000);
  expect(moved(peers)).toBe(2);
  expect(anew().heard).toMatchObject([{ kind: 'subscribed' }, { kind: 'notified' }]);
  expect(await world.ask('GET', '/health')).toMatchObject({ status: 200 });
  // Twice is as once, and says nothing.
  expect((await world.ask('DELETE', '/v1/admin/drain', { token })).json()).toMatchObject({ state: 'serving' });
  expect(world.facts.filter(({ kind }) => kind === 'drain')).toHaveLength(2);
  await world[Symbol.asyncDispose]();
});

test('a drain that is begun again takes the new time', async () => {
  const { world, peers } = await busy();
  await world.ask('POST', '/v1/admin/drain', { token, body: { overSeconds: 86_400 } });
  const again = await world.ask('POST', '/v1/admin/drain', { token, body: { overSeconds: 0 } });
  expect(again.json()).toEqual({ state: 'drained', left: 0 });
  for (const peer of peers) peer.carry();
  expect(moved(peers)).toBe(11);
  await world[Symbol.asyncDispose]();
});

test.each([
  { overSeconds: -1 },
  { overSeconds: 1.5 },
  { overSeconds: 86_401 },
  { overSeconds: '60' },
  {},
  { over: 60 },
])('a drain over %j is refused', async (body) => {
  await using world = await openWorld();
  expect(await world.ask('POST', '/v1/admin/drain', { token, body })).toMatchObject({ status: 400 });
  expect((await world.ask('GET', '/v1/admin/drain', { token })).json()).toEqual({ state: 'serving', left: 0 });
});

test('only the administrator may drain', async () => {
  await using world = await openWorld();
  await world.account('ben', 'a long password');
  const session = await world.logIn('ben', 'a long password');
  for (const method of ['GET', 'POST', 'DELETE'])
    for (const whose of [undefined, session.token]) {
      const asking = { body: { overSeconds: 0 }, ...(whose !== undefined && { token: whose }) };
      expect([401, 403]).toContain((await world.ask(method, '/v1/admin/drain', asking)).status);
    }
  expect(world.server.sip.deadline()).toBeUndefined();
});

test('overloaded: new ones are turned away with 503, refreshes are let in; that is told once, and its end', async () => {
  const { world, peers, anew } = await busy();
  const lag = (length: number): void => world.hear({ kind: 'lag', lag: milliseconds(length) });
  for (const length of [10, 900, 800]) lag(length);
  expect(anew().heard).toMatchObject([{ kind: 'refused', status: 503 }]);
  const { book, revision } = await world.changeLog.head();
  peers[0]?.refresh(`${book}.${revision}`);
  expect(peers[0]?.heard.at(-1)).toMatchObject({ kind: 'subscribed' });
  for (const length of [10, 10]) lag(length);
  expect(anew().heard).toMatchObject([{ kind: 'subscribed' }, { kind: 'notified' }]);
  expect(world.facts.filter(({ kind }) => kind === 'load')).toEqual([
    { kind: 'load', admitted: 'subscribers', lag: 900 },
    { kind: 'load', admitted: 'everyone', lag: 10 },
  ]);
  // A drain goes on under load and after it.
  await world.ask('POST', '/v1/admin/drain', { token, body: { overSeconds: 3600 } });
  lag(900);
  lag(0);
  expect(anew().heard).toMatchObject([{ kind: 'refused', status: 503 }]);
  await world[Symbol.asyncDispose]();
});

test('what the SIP side holds is told to the administrator, and to nobody else', async () => {
  const { world, peers } = await busy();
  const counts = (await world.ask('GET', '/v1/admin/sip', { token })).json();
  expect(counts).toMatchObject({ subscriptions: 11, dialogs: 11, flows: 11, retries: 0, waiting: 0 });
  pass(world, peers, 40_000);
  const later = (await world.ask('GET', '/v1/admin/sip', { token })).json();
  expect(later).toMatchObject({ subscriptions: 11, asked: 0, answering: 0, timers: 11, strangers: 0 });
  expect((await world.ask('GET', '/v1/admin/sip')).status).toBe(401);
  await world[Symbol.asyncDispose]();
});
