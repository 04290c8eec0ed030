import { describe, expect, test } from 'vitest';
import { instant, later, minutes, seconds, type Instant } from '../../src/base/time.ts';
import { bookId, revision } from '../../src/book/change.ts';
import { personId } from '../../src/book/person-id.ts';
import { step } from '../../src/terminal/engine.ts';
import type { Action, Heard, Notification } from '../../src/terminal/hearing.ts';
import { nothingHeld, type Holdings } from '../../src/terminal/personal-address-book.ts';
import { deadline, newEngine, type Engine, type EngineOptions, type State } from '../../src/terminal/state.ts';

const book = bookId('0b0e0a52-6a0d-4d8e-9d0e-6a5c2a6f1d01');
const otherBook = bookId('11111111-2222-4333-8444-555555555555');
const ada = personId('ada2');
const start: Instant = instant(1000);
const tag = (count: number, of = book) => ({ book: of, revision: revision(count) });
const holdings: Holdings = {
  ...nothingHeld,
  mark: tag(5),
  kept: 1,
  people: new Map([[ada, { revision: revision(5), state: 'held' }]]),
};

const fresh = (options: Partial<EngineOptions> = {}): Engine =>
  newEngine({ delivery: 'broadcast', acquire: 'list', holdings, seed: 1, ...options });

/** The engine after all of `heards`, with all that it asked for. */
function after(engine: Engine, ...heards: readonly Heard[]): readonly [Engine, readonly Action[]] {
  let now = engine;
  const asked: Action[] = [];
  for (const heard of heards) {
    const [next, actions] = step(now, heard, start);
    now = next;
    asked.push(...actions);
  }
  return [now, asked];
}

const notified = (body: Notification['body'], count: number, of = book): Heard => ({
  kind: 'notified',
  notification: { etag: tag(count, of), body },
});
const notice = (from: number, to: number): Heard =>
  notified({ kind: 'notice', notice: { book, after: revision(from), upTo: revision(to) } }, to);
const upToDate = notified({ kind: 'none' }, 5);
const online: readonly Heard[] = [{ kind: 'logged-in' }, { kind: 'go-online' }];
const answer = (number: number, status: number, text = '', more = {}): Heard => ({
  kind: 'answered',
  number,
  answer: { status, text, ...more },
});

const inState: Record<State['kind'], Engine> = {
  offline: after(fresh(), { kind: 'logged-in' })[0],
  subscribing: after(fresh(), ...online)[0],
  live: after(fresh(), ...online, upToDate)[0],
  'catching-up': after(fresh(), ...online, notice(5, 9))[0],
  refused: after(fresh(), ...online, notice(5, 9), answer(1, 401))[0],
};

const applied: Heard = { kind: 'applied', number: 1, applied: { kind: 'applied', holdings, changed: [], prompts: [] } };
const inputs: Record<Heard['kind'], Heard> = {
  'logged-in': { kind: 'logged-in' },
  'logged-out': { kind: 'logged-out' },
  'go-online': { kind: 'go-online' },
  'go-offline': { kind: 'go-offline' },
  delivery: { kind: 'delivery', delivery: 'held' },
  sync: { kind: 'sync' },
  woke: { kind: 'woke' },
  holdings: { kind: 'holdings', holdings: nothingHeld },
  decided: { kind: 'decided', revised: { holdings, changed: [], prompts: [] } },
  subscribed: { kind: 'subscribed' },
  notified: notice(5, 9),
  'refresh-due': { kind: 'refresh-due' },
  lost: { kind: 'lost', lost: { kind: 'ended', why: 'flow-closed', retryAfterSeconds: undefined } },
  answered: answer(1, 304),
  unanswered: { kind: 'unanswered', number: 1, trouble: { kind: 'unreachable', words: 'away' } },
  applied,
  'store-failed': { kind: 'store-failed', number: 1, words: 'disk' },
};

/** The state that follows, and what is asked for. */
type Expected = readonly [State['kind'], ...(Action['kind'] | Extract<Action, { kind: 'tell' }>['told']['kind'])[]];

const table: Record<State['kind'], Record<Heard['kind'], Expected>> = {
  offline: {
    'logged-in': ['offline'],
    'logged-out': ['offline'],
    'go-online': ['subscribing', 'subscribe'],
    'go-offline': ['offline'],
    delivery: ['offline'],
    sync: ['catching-up', 'ask'],
    woke: ['offline'],
    holdings: ['offline'],
    decided: ['offline'],
    subscribed: ['offline'],
    notified: ['offline'],
    'refresh-due': ['offline'],
    lost: ['offline'],
    answered: ['offline'],
    unanswered: ['offline'],
    applied: ['offline'],
    'store-failed': ['offline'],
  },
  subscribing: {
    'logged-in': ['subscribing', 'unsubscribe', 'subscribe'],
    'logged-out': ['offline', 'unsubscribe'],
    'go-online': ['subscribing'],
    'go-offline': ['offline', 'unsubscribe'],
    delivery: ['subscribing', 'unsubscribe', 'subscribe'],
    sync: ['subscribing'],
    woke: ['subscribing'],
    holdings: ['offline', 'unsubscribe'],
    decided: ['subscribing'],
    subscribed: ['subscribing'],
    notified: ['catching-up', 'ask'],
    'refresh-due': ['subscribing', 'refresh'],
    lost: ['offline'],
    answered: ['subscribing'],
    unanswered: ['subscribing'],
    applied: ['subscribing'],
    'store-failed': ['subscribing'],
  },
  live: {
    'logged-in': ['subscribing', 'unsubscribe', 'subscribe'],
    'logged-out': ['offline', 'unsubscribe'],
    'go-online': ['live'],
    'go-offline': ['offline', 'unsubscribe'],
    delivery: ['subscribing', 'unsubscribe', 'subscribe'],
    sync: ['catching-up', 'ask'],
    woke: ['live'],
    holdings: ['offline', 'unsubscribe'],
    decided: ['live'],
    subscribed: ['live'],
    notified: ['catching-up', 'ask'],
    'refresh-due': ['live', 'refresh'],
    lost: ['offline'],
    answered: ['live'],
    unanswered: ['live'],
    applied: ['live'],
    'store-failed': ['live'],
  },
  'catching-up': {
    'logged-in': ['subscribing', 'unsubscribe', 'subscribe'],
    'logged-out': ['offline', 'unsubscribe'],
    'go-online': ['catching-up'],
    'go-offline': ['offline', 'unsubscribe'],
    delivery: ['subscribing', 'unsubscribe', 'subscribe'],
    sync: ['catching-up'],
    woke: ['catching-up'],
    holdings: ['offline', 'unsubscribe'],
    decided: ['catching-up'],
    subscribed: ['catching-up'],
    notified: ['catching-up'],
    'refresh-due': ['catching-up', 'refresh'],
    lost: ['offline'],
    answered: ['live'],
    unanswered: ['catching-up'],
    applied: ['catching-up'],
    'store-failed': ['catching-up'],
  },
  refused: {
    'logged-in': ['subscribing', 'subscribe'],
    'logged-out': ['offline'],
    'go-online': ['refused'],
    'go-offline': ['refused'],
    delivery: ['refused'],
    sync: ['refused', 'sync-failed'],
    woke: ['refused'],
    holdings: ['refused'],
    decided: ['refused'],
    subscribed: ['refused'],
    notified: ['refused'],
    'refresh-due': ['refused'],
    lost: ['refused'],
    answered: ['refused'],
    unanswered: ['refused'],
    applied: ['refused'],
    'store-failed': ['refused'],
  },
};

const wordsFor = (actions: readonly Action[]): readonly string[] =>
  actions.map((action) => (action.kind === 'tell' ? action.told.kind : action.kind));

describe('whatever is heard in whatever state', () => {
  for (const state of Object.keys(table) as State['kind'][])
    for (const heard of Object.keys(inputs) as Heard['kind'][])
      test(`${heard} while ${state}: ${table[state][heard].join(', ')}`, () => {
        expect(inState[state].state.kind).toBe(state);
        const [engine, actions] = after(inState[state], inputs[heard]);
        expect([engine.state.kind, ...wordsFor(actions)]).toEqual(table[state][heard]);
      });
});

test('S301, claim 5: without an entry nothing is subscribed to; the first one subscribes, the last one removed ends it', () => {
  const [empty, nothing] = after(fresh({ holdings: nothingHeld }), ...online);
  expect([empty.state, nothing]).toMatchObject([{ kind: 'offline', why: { kind: 'nothing-held' } }, []]);
  const [held, first] = after(empty, { kind: 'holdings', holdings });
  expect(first).toEqual([{ kind: 'subscribe', suppressIfMatch: `${book}.5` }]);
  const [last, ended] = after(held, { kind: 'holdings', holdings: nothingHeld });
  expect([last.state.kind, ended]).toEqual(['offline', [{ kind: 'unsubscribe' }]]);
});

test('with delivery held the SUBSCRIBE names who is held, a change of them refreshes it, and the newly named are compared', () => {
  const ben = personId('ben2');
  const [live, first] = after(fresh({ delivery: 'held' }), ...online, { kind: 'subscribed' }, upToDate);
  expect(first).toMatchObject([{ kind: 'subscribe', held: [ada] }]);
  const both: Holdings = {
    ...holdings,
    kept: 2,
    people: new Map([...holdings.people, [ben, { revision: revision(6), state: 'held' }]]),
  };
  const [named, refresh] = after(live, { kind: 'holdings', holdings: both });
  expect(refresh).toMatchObject([{ kind: 'refresh', held: [ada, ben], suppressIfMatch: `${book}.5` }]);
  const [, asked] = after(named, { kind: 'subscribed' });
  expect(asked).toMatchObject([{ kind: 'ask', step: 'S308', question: { body: '{"ids":["ben2"],"revisions":[6]}' } }]);
});

test('whoever is put back brings the mark back with it: the rest is asked for, whatever question is out; while offline it is the SUBSCRIBE that says so', () => {
  const before: Holdings = { ...holdings, mark: tag(3), kept: 2 };
  const back: Heard = { kind: 'holdings', holdings: before };
  const asks = { kind: 'ask', question: { path: '/v1/changes?after=3', ifNoneMatch: `"${book}.3"` } };
  expect(after(inState.live, back)[1]).toMatchObject([asks]);
  const [asking, again] = after(inState['catching-up'], back);
  expect(again).toMatchObject([asks]);
  expect(after(asking, answer(1, 304))[0].state.kind).toBe('catching-up');
  const [waiting] = after(inState['catching-up'], inputs.unanswered);
  expect(after(waiting, back)[1]).toEqual([]);
  const [offline, nothing] = after(fresh(), { kind: 'logged-in' }, back);
  expect([offline.state.kind, nothing]).toEqual(['offline', []]);
  expect(after(offline, { kind: 'go-online' })[1]).toEqual([{ kind: 'subscribe', suppressIfMatch: `${book}.3` }]);
});

test('another delivery is asked for at once, and says where the book stands; the same one changes nothing', () => {
  const [, anew] = after(inState.live, { kind: 'delivery', delivery: 'held' });
  expect(anew).toEqual([{ kind: 'unsubscribe' }, { kind: 'subscribe', suppressIfMatch: `${book}.5`, held: [ada] }]);
  expect(after(inState.live, { kind: 'delivery', delivery: inState.live.delivery })[1]).toEqual([]);
});

test('list.upTo <= mine: nothing; list.after > mine: fetched from mine', () => {
  const list = (from: number, to: number): Heard =>
    notified({ kind: 'changes', list: { book, after: revision(from), upTo: revision(to), changes: [] } }, to);
  expect(after(inState.live, list(3, 5))[1]).toEqual([]);
  expect(after(inState.live, list(7, 8))[1]).toMatchObject([
    { kind: 'ask', question: { path: '/v1/changes?after=5' } },
  ]);
  expect(after(inState.live, list(3, 8))[1]).toMatchObject([
    { kind: 'ask', question: { path: '/v1/changes?after=5' } },
  ]);
  expect(after(inState.live, list(5, 8))[1]).toMatchObject([{ kind: 'apply', step: { to: tag(8), facts: [] } }]);
});

test('410: everyone held is compared by ID and revision; another book: by ID alone', () => {
  const [, tooOld] = after(inState['catching-up'], answer(1, 410));
  expect(tooOld).toMatchObject([{ kind: 'ask', question: { body: '{"ids":["ada2"],"revisions":[5]}' } }]);
  const elsewhere = { ...tag(2, otherBook), after: 5, upTo: 7, altered: [], removed: [] };
  const [, other] = after(inState['catching-up'], answer(1, 200, JSON.stringify(elsewhere)));
  expect(other).toMatchObject([{ kind: 'ask', question: { body: '{"ids":["ada2"]}' } }]);
});

test('a notification that lies about a far revision makes the terminal ask once, not for ever', () => {
  const [asking] = after(inState.live, notice(5, 999_999));
  const [done, actions] = after(asking, answer(asking.number, 304));
  expect([done.state.kind, done.heard, actions]).toEqual(['live', undefined, []]);
});

test.each([
  ['no JSON', '<html>'],
  ['another shape', '{"book":1}'],
  ['another span than was asked for', JSON.stringify({ book, after: 4, upTo: 6, altered: [], removed: [] })],
  ['an end before its beginning', JSON.stringify({ book, after: 5, upTo: 4, altered: [], removed: [] })],
  ['no person ID', JSON.stringify({ book, after: 5, upTo: 6, altered: ['cn=Ada'], removed: [] })],
])('an answer that is %s is refused whole, with a reason, and asked for again later', (_, text) => {
  const [waiting, actions] = after(inState['catching-up'], answer(1, 200, text));
  expect(actions).toMatchObject([{ kind: 'tell', told: { kind: 'refused-whole', trouble: { kind: 'malformed' } } }]);
  expect(waiting.holdings).toBe(holdings);
  expect(waiting.state).toMatchObject({ kind: 'catching-up', round: { kind: 'waiting' } });
  const due = deadline(waiting);
  expect(due).toBeGreaterThanOrEqual(later(start, seconds(1)));
  expect(step(waiting, { kind: 'woke' }, due ?? start)[1]).toMatchObject([
    { kind: 'ask', question: { ifNoneMatch: `"${book}.5"` } },
  ]);
});

test('persons that leave somebody out, or are of before the list, are refused whole', () => {
  const list = JSON.stringify({ book, after: 5, upTo: 9, altered: [ada], removed: [] });
  const [asking] = after(inState['catching-up'], answer(1, 200, list));
  for (const persons of [
    { book, revision: 9, persons: [], altered: [], gone: [] },
    { book, revision: 8, persons: [], gone: [ada] },
    { book, revision: 9, persons: [{ id: ada, revision: 9, fields: {} }], gone: [ada] },
  ])
    expect(wordsFor(after(asking, answer(2, 200, JSON.stringify(persons)))[1])).toEqual(['refused-whole']);
});

test('the wait grows from 1 s to 60 s with jitter, honours Retry-After, and begins anew after a success', () => {
  let engine = inState['catching-up'];
  const waits: number[] = [];
  let now = start;
  for (let turn = 0; turn < 12; turn += 1) {
    [engine] = step(engine, answer(engine.number, 503), now);
    waits.push((deadline(engine) ?? now) - now);
    now = deadline(engine) ?? now;
    [engine] = step(engine, { kind: 'woke' }, now);
  }
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(1000);
  expect(waits[0]).toBeLessThanOrEqual(2000);
  expect(Math.max(...waits)).toBeLessThanOrEqual(60_000);
  expect(new Set(waits).size).toBe(waits.length);
  const [patient] = step(engine, answer(engine.number, 429, '', { retryAfterSeconds: 300 }), now);
  expect((deadline(patient) ?? now) - now).toBeGreaterThanOrEqual(300_000);
  const [silenced] = step(engine, answer(engine.number, 503, '', { retryAfterSeconds: 999_999_999 }), now);
  expect((deadline(silenced) ?? now) - now).toBeLessThanOrEqual(66 * 60_000);
  const [well] = step(engine, answer(engine.number, 304), now);
  expect(well.backOff.failures).toBe(0);
});

test('each hour the server is asked whether anything is new, by If-None-Match', () => {
  const due = later(start, minutes(60));
  expect(deadline(inState.live)).toBe(due);
  expect(step(inState.live, { kind: 'woke' }, later(start, minutes(59)))[1]).toEqual([]);
  expect(step(inState.live, { kind: 'woke' }, due)[1]).toMatchObject([
    { kind: 'ask', question: { ifNoneMatch: `"${book}.5"` } },
  ]);
});

test('one question at a time: what is heard meanwhile is remembered as one number, and asked for next', () => {
  const [busy, none] = after(inState['catching-up'], notice(9, 12), notice(12, 15), notice(12, 14));
  expect([none, busy.heard]).toEqual([[], tag(15)]);
  const list = JSON.stringify({ book, after: 5, upTo: 9, altered: [], removed: [] });
  const [applying] = after(busy, answer(1, 200, list));
  const moved: Holdings = { ...holdings, mark: tag(9) };
  const [, next] = after(applying, {
    ...inputs.applied,
    number: 2,
    applied: { kind: 'applied', holdings: moved, changed: [], prompts: [] },
  } as Heard);
  expect(next).toMatchObject([{ kind: 'ask', question: { path: '/v1/changes?after=9' } }]);
});

test('an answer to a question that was given up is not listened to', () => {
  const [away] = after(inState['catching-up'], inputs.lost);
  const [same, actions] = after(away, answer(1, 200, 'whatever'));
  expect([same, actions]).toEqual([away, []]);
});

test.each([
  [401, 'log-in-again', 'refused'],
  [403, 'not-allowed', 'refused'],
  [603, 'not-allowed', 'refused'],
  [489, 'unreachable', 'offline'],
  [503, 'busy', 'offline'],
] as const)('a SUBSCRIBE refused with %i is %s: %s', (status, why, state) => {
  const refused: Heard = { kind: 'lost', lost: { kind: 'refused', status, reason: 'No', retryAfterSeconds: 30 } };
  const [engine] = after(inState.subscribing, refused);
  expect(engine.state).toMatchObject({ kind: state, why: { kind: why } });
  if (state === 'offline') expect(deadline(engine)).toBeGreaterThanOrEqual(later(start, seconds(30)));
  else expect(deadline(engine)).toBeUndefined();
});

test('a store that fails is tried again; the step is worked out anew', () => {
  const list: Heard = notified(
    { kind: 'changes', list: { book, after: revision(5), upTo: revision(6), changes: [] } },
    6,
  );
  const [applying] = after(inState.live, list);
  const [waiting] = after(applying, { kind: 'store-failed', number: applying.number, words: 'the disk is full' });
  expect(waiting.state).toMatchObject({
    round: { kind: 'waiting', trouble: { kind: 'store', words: 'the disk is full' } },
  });
});

test('a NOTIFY that shows the log behind what we said, or what it said (restored from an old copy), leads to a question at once', () => {
  for (const body of [{ kind: 'none' } as const, { kind: 'unreadable', words: 'odd' } as const]) {
    const [, first] = after(inState.subscribing, notified(body, 3));
    expect(first.filter(({ kind }) => kind === 'ask')).toMatchObject([{ question: { path: '/v1/changes?after=5' } }]);
  }
  const [, later] = after(inState.live, notified({ kind: 'none' }, 3));
  expect(later).toMatchObject([{ kind: 'ask', question: { path: '/v1/changes?after=5' } }]);
});

test('a NOTIFY from before what was fetched meanwhile is only late', () => {
  const fetched: Heard = { kind: 'holdings', holdings: { ...holdings, mark: tag(9) } };
  const [live, late] = after(inState.live, fetched, notified({ kind: 'none' }, 6), notified({ kind: 'none' }, 7));
  expect([live.state.kind, late]).toEqual(['live', []]);
});
