import { describe, expect, test } from 'vitest';
import { instant, wallTime } from '../../src/base/time.ts';
import { Follower } from '../../src/ldap/follower.ts';
import type { FollowerHeard } from '../../src/ldap/line.ts';
import { bindResult, extendedResult, refreshDelete } from './server-messages.ts';

type Stage = 'idle' | 'waiting' | 'connecting' | 'securing' | 'binding' | 'refreshing' | 'persisting';
type Heard = FollowerHeard['kind'];

const now = instant(0);
const inputs: Readonly<Record<Heard, FollowerHeard>> = {
  start: { kind: 'start' },
  stop: { kind: 'stop' },
  connected: { kind: 'connected', cookie: undefined, at: wallTime(0) },
  secured: { kind: 'secured' },
  received: { kind: 'received', bytes: refreshDelete(3, 'other make 1') },
  paused: { kind: 'paused' },
  resumed: { kind: 'resumed' },
  closed: { kind: 'closed', why: 'x' },
};

const way: readonly (readonly [Stage, FollowerHeard | undefined])[] = [
  ['idle', undefined],
  ['connecting', { kind: 'start' }],
  ['securing', { kind: 'connected', cookie: undefined, at: wallTime(0) }],
  ['binding', { kind: 'secured' }],
  ['refreshing', { kind: 'received', bytes: bindResult(2) }],
  ['persisting', { kind: 'received', bytes: refreshDelete(3, 'other make 0') }],
];

/** A follower that has come as far as `stage`. */
function come(stage: Stage): Follower {
  const follower = new Follower({
    urls: ['ldap://one'],
    startTls: true,
    dn: 'cn=a',
    password: 'b',
    base: '',
    filter: '(a=*)',
    attributes: [],
    random: () => 0,
  });
  if (stage === 'waiting') {
    follower.handle({ kind: 'start' }, now);
    follower.handle({ kind: 'closed', why: 'x' }, now);
    return follower;
  }
  for (const [reached, heard] of way) {
    if (reached === 'binding') follower.handle({ kind: 'received', bytes: extendedResult(1) }, now);
    if (heard !== undefined) follower.handle(heard, now);
    if (reached === stage) return follower;
  }
  throw new RangeError(stage);
}

const nothing: readonly string[] = [];
const goodbye = ['send', 'hang-up'];

const table: Readonly<Record<Stage, Readonly<Record<Heard, readonly string[]>>>> = {
  idle: {
    start: ['connect'],
    stop: nothing,
    connected: nothing,
    secured: nothing,
    received: nothing,
    paused: nothing,
    resumed: nothing,
    closed: nothing,
  },
  waiting: {
    start: ['connect'],
    stop: nothing,
    connected: nothing,
    secured: nothing,
    received: nothing,
    paused: nothing,
    resumed: nothing,
    closed: nothing,
  },
  connecting: {
    start: nothing,
    stop: ['hang-up'],
    connected: ['send'],
    secured: nothing,
    received: nothing,
    paused: nothing,
    resumed: nothing,
    closed: ['lost'],
  },
  securing: {
    start: nothing,
    stop: goodbye,
    connected: nothing,
    secured: ['send'],
    received: nothing,
    paused: nothing,
    resumed: nothing,
    closed: ['lost'],
  },
  binding: {
    start: nothing,
    stop: goodbye,
    connected: nothing,
    secured: nothing,
    received: nothing,
    paused: nothing,
    resumed: nothing,
    closed: ['lost'],
  },
  refreshing: {
    start: nothing,
    stop: goodbye,
    connected: nothing,
    secured: nothing,
    received: ['refreshed'],
    paused: nothing,
    resumed: nothing,
    closed: ['lost'],
  },
  persisting: {
    start: nothing,
    stop: goodbye,
    connected: nothing,
    secured: nothing,
    received: ['checkpoint'],
    paused: nothing,
    resumed: nothing,
    closed: ['lost'],
  },
};

describe('whatever a follower hears, wherever it is', () => {
  for (const [stage, row] of Object.entries(table) as [Stage, (typeof table)[Stage]][])
    test.each(Object.entries(row) as [Heard, readonly string[]][])(`${stage}: %s`, (heard, expected) => {
      expect(
        come(stage)
          .handle(inputs[heard], now)
          .map(({ kind }) => kind),
      ).toEqual(expected);
    });
});
