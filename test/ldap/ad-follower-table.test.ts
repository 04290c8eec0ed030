import { describe, expect, test } from 'vitest';
import { instant, wallTime } from '../../src/base/time.ts';
import { AdFollower } from '../../src/ldap/ad-follower.ts';
import type { FollowerHeard, FollowerSaid } from '../../src/ldap/line.ts';
import { readRequest } from './client-requests.ts';
import { smallDomain } from './ad-kept.ts';
import { types } from './played-ad.ts';
import { bindResult, extendedResult, searchDone } from './server-messages.ts';

type Stage = 'idle' | 'waiting' | 'connecting' | 'securing' | 'binding' | 'arriving' | 'reading' | 'resting';
type Heard = FollowerHeard['kind'];

const now = instant(0);
const inputs: Readonly<Record<Heard, FollowerHeard>> = {
  start: { kind: 'start' },
  stop: { kind: 'stop' },
  connected: { kind: 'connected', cookie: undefined, at: wallTime(1_800_000_000_000) },
  secured: { kind: 'secured' },
  received: { kind: 'received', bytes: searchDone(4711) },
  paused: { kind: 'paused' },
  resumed: { kind: 'resumed' },
  closed: { kind: 'closed', why: 'x' },
};

/** A follower that has come as far as `stage`: the server answers all before it, and nothing of it. */
function come(stage: Stage): AdFollower {
  const ad = smallDomain();
  const follower = new AdFollower({
    urls: ['ldap://dc1'],
    startTls: true,
    dn: 'reader@example.test',
    password: 'secret',
    base: ad.root,
    filter: '(objectCategory=person)',
    attributes: [],
    leaveOut: [],
    random: () => 0,
  });
  if (stage === 'idle') return follower;
  follower.handle(inputs.start, now);
  if (stage === 'waiting') follower.handle(inputs.closed, now);
  if (stage === 'waiting' || stage === 'connecting') return follower;
  follower.handle(inputs.connected, now);
  if (stage === 'securing') return follower;
  follower.handle({ kind: 'received', bytes: extendedResult(1) }, now);
  const asked = [...follower.handle(inputs.secured, now)];
  if (stage === 'binding') return follower;
  ad.instead = ({ base, controls }) =>
    (stage === 'arriving' && base === '') || (stage === 'reading' && controls.has(types.paged)) ? [] : undefined;
  for (let next = asked.shift(); next !== undefined; next = asked.shift()) {
    if (next.kind !== 'send') continue;
    const request = readRequest(next.bytes);
    const answers = request.tag === 0x60 ? [bindResult(request.id)] : ad.answer(request);
    for (const bytes of answers) asked.push(...follower.handle({ kind: 'received', bytes }, now));
  }
  return follower;
}

const nothing: readonly string[] = [];
const goodbye = ['send', 'hang-up'];
const onTheWay = { start: nothing, paused: nothing, resumed: nothing, closed: ['lost'] } as const;
const open = { ...onTheWay, stop: goodbye, connected: nothing, secured: nothing, received: nothing } as const;

const table: Readonly<Record<Stage, Readonly<Record<Heard, readonly string[]>>>> = {
  idle: {
    ...onTheWay,
    start: ['connect'],
    stop: nothing,
    connected: nothing,
    secured: nothing,
    received: nothing,
    closed: nothing,
  },
  waiting: {
    ...onTheWay,
    start: ['connect'],
    stop: nothing,
    connected: nothing,
    secured: nothing,
    received: nothing,
    closed: nothing,
  },
  connecting: { ...onTheWay, stop: ['hang-up'], connected: ['send'], secured: nothing, received: nothing },
  securing: { ...onTheWay, stop: goodbye, connected: nothing, secured: ['send'], received: nothing },
  binding: open,
  arriving: open,
  reading: open,
  resting: open,
};

const kinds = (said: readonly FollowerSaid[]): readonly string[] => said.map(({ kind }) => kind);

describe.each(Object.keys(table) as Stage[])('while %s', (stage) => {
  test.each(Object.keys(inputs) as Heard[])('it hears %s', (heard) => {
    expect(kinds(come(stage).handle(inputs[heard], now))).toEqual(table[stage][heard]);
  });

  test('it says when to wake it, and waking it too early does nothing', () => {
    const follower = come(stage);
    expect(follower.deadline() === undefined).toBe(stage === 'idle');
    expect(follower.wake(now)).toEqual([]);
  });
});
