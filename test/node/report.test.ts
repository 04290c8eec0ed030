// The log: one line of JSON a fact, which nothing that a peer said can forge or colour.

import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { printable } from '../../src/apps/screen.ts';
import { milliseconds, wallTime } from '../../src/base/time.ts';
import { revision } from '../../src/book/change.ts';
import { HostFault } from '../../src/node/host-fault.ts';
import { createReport, type Report } from '../../src/node/report.ts';
import { holdId, sourceName } from '../../src/server/change-log.ts';
import type { ServerFact } from '../../src/server/fact.ts';
import type { StageFact } from '../../src/server/stage-fact.ts';
import { flow } from '../../src/sip/transaction-user.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

function reportInto(lines: string[]): Report {
  return createReport('info', { write: (line) => lines.push(line) });
}

const parsed = (lines: readonly string[]): readonly Record<string, unknown>[] =>
  lines.map((line) => JSON.parse(line) as Record<string, unknown>);

test('a first load is told every three seconds with the count so far, each source by itself, and not in between', () => {
  const lines: string[] = [];
  const report = reportInto(lines);
  report.source('one', { kind: 'began' });
  report.source('two', { kind: 'began' });
  for (let count = 500; count <= 4000; count += 500) {
    vi.advanceTimersByTime(1000);
    report.loading('one', count);
    if (count === 4000) report.loading('two', 7);
  }
  const told = parsed(lines).filter(({ kind }) => kind === 'loading');
  expect(told).toMatchObject([
    { source: 'one', persons: 1500, msg: 'source one: 1500 persons read so far' },
    { source: 'one', persons: 3000 },
    { source: 'two', persons: 7 },
  ]);
});

test('a load that is over within three seconds is told by its begin and its end alone', () => {
  const lines: string[] = [];
  const report = reportInto(lines);
  report.source('one', { kind: 'began' });
  vi.advanceTimersByTime(2999);
  report.loading('one', 500);
  expect(parsed(lines).map(({ kind }) => kind)).toEqual(['began']);
});

test('whatever a peer says, a line is one object in characters that a screen only shows', () => {
  const lines: string[] = [];
  const report = reportInto(lines);
  const user = 'eve"}\n{"kind":"logged-in"}\u0000\u001b[2J\u007f\u009b2J\u2028\u2029\u202e';
  report.server({ kind: 'log-in-refused', user, remote: '::1', why: 'wrong' });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^[^\p{Cc}\u2028\u2029]+\n$/u);
  expect(parsed(lines)).toMatchObject([{ kind: 'log-in-refused', level: 'warn', user }]);
});

test('peers that break the protocol get a line a second, which says how many it stands for', () => {
  const lines: string[] = [];
  const report = reportInto(lines);
  const fact = { kind: 'malformed', flow: 'udp', section: 'RFC 3261 §7.1', problem: 'no request line' } as const;
  for (let at = 0; at < 25; at += 1) {
    report.server(fact as unknown as Parameters<Report['server']>[0]);
    vi.advanceTimersByTime(100);
  }
  expect(parsed(lines).map(({ passedOver }) => passedOver)).toEqual([0, 9, 9]);
});

const forged =
  'x\r\n{"level":"info","kind":"logged-in"}\r\u0000\u001b]0;title\u0007\u001b[2J\u007f\u0085\u009b2J\u2028\u2029';

/** Each fact, with all that comes from outside set to `text`. A new kind that is not here does not compile. */
function factsWith(text: string): Record<ServerFact['kind'], ServerFact> {
  const at = flow(text);
  const log = { revision: revision(1), has: revision(2) };
  return {
    'logged-in': { kind: 'logged-in', user: text, remote: text },
    'log-in-refused': { kind: 'log-in-refused', user: text, remote: text, why: 'wrong' },
    'session-ended': { kind: 'session-ended', user: text, why: 'logged-out' },
    'audience-made': { kind: 'audience-made', audience: text, persons: 1 },
    'audience-full': { kind: 'audience-full', audience: text, most: 250 },
    'group-turned': { kind: 'group-turned', group: text, found: 2, audiences: [text, text] },
    'shown-otherwise': { kind: 'shown-otherwise' },
    'resumed': { kind: 'resumed', subscriptions: 1, expired: 0, withoutListener: 0 },
    'unreadable': { kind: 'unreadable', count: 1, first: text },
    'behind': { kind: 'behind', user: text, ...log },
    'not-ours': { kind: 'not-ours', requestUri: text, flow: at },
    'crowded': { kind: 'crowded', crowded: 'address', remote: text, subscriptions: 1 },
    'identity-unknown': { kind: 'identity-unknown', identities: [text, text], flow: at },
    'load': { kind: 'load', admitted: 'nobody', lag: milliseconds(1) },
    'drain': { kind: 'drain', state: 'began', subscriptions: 1, overSeconds: 60 },
    'unavailable': { kind: 'unavailable', path: text, fault: new HostFault(text) },
    'malformed': { kind: 'malformed', flow: at, section: text, problem: text },
  };
} // prettier-ignore

test.each(Object.entries(factsWith(forged)))('no header forges a line or moves the cursor by %s', (kind, fact) => {
  const lines: string[] = [];
  reportInto(lines).server(fact);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^[^\p{Cc}\u2028\u2029]+\n$/u);
  expect(parsed(lines)).toMatchObject([{ kind }]);
});

test.each(Object.entries(factsWith('y'.repeat(100_000))))('a very long value makes no very long line of %s', (kind, fact) => {
  const lines: string[] = [];
  reportInto(lines).server(kind === 'unavailable' ? { kind: 'unavailable', path: fact.kind, fault: new HostFault('') } : fact);
  expect(lines.join('').length).toBeLessThan(5000);
  expect(parsed(lines)).toMatchObject([{ kind }]);
}); // prettier-ignore

const source = sourceName('hq');
const heldBy = { id: holdId('h1'), source, reason: 'many', at: wallTime(1) };

/** As `factsWith`. */
const stageFacts: Record<StageFact['kind'], StageFact> = {
  'refreshed': { kind: 'refreshed', source, changes: 1, swept: 0 },
  'held': { kind: 'held', hold: { ...heldBy, removals: [] } },
  'held-field': { kind: 'held-field', hold: { ...heldBy, field: 'title', persons: [] } },
  'comparing': { kind: 'comparing', source, changed: ['base'] },
  'asking': { kind: 'asking', source, problem: 'x', asking: { id: 'a', added: 1, altered: 0, removed: 0, fields: [] } },
  'relocated': { kind: 'relocated', source, from: 'ou=a', to: 'ou=b' },
  'nameless': { kind: 'nameless', source, count: 1, place: 'cn=x' },
  'ambiguous': { kind: 'ambiguous', source, count: 1, place: 'cn=x' },
  'passed-over': { kind: 'passed-over', source, count: 1, problem: 'x' },
  'photoless': { kind: 'photoless', source, count: 1, place: 'cn=x', problem: 'x' },
}; // prettier-ignore

/** What is said of one fact in other levels too. */
const otherwise: readonly ServerFact[] = [
  { kind: 'load', admitted: 'everyone', lag: milliseconds(1) },
  { kind: 'group-turned', group: 'x', found: 1, audiences: ['x'] },
];

test('docs/operations.md explains each kind of message, at the levels that it has, and no other', () => {
  const lines: string[] = [];
  const report = reportInto(lines);
  for (const fact of [...Object.values(factsWith('x')), ...otherwise]) report.server(fact);
  for (const fact of Object.values(stageFacts)) report.stage(fact);
  report.source('hq', { kind: 'began' });
  report.source('hq', { kind: 'manner', words: 'x' });
  report.source('hq', { kind: 'lost', problem: 'x', retryInMilliseconds: milliseconds(1) });
  report.source('hq', { kind: 'refused', problem: 'x', advice: 'x' });
  vi.advanceTimersByTime(4000);
  report.loading('hq', 1);
  report.logInTrouble('hq', new Error('x'));
  report.logInProblem('hq', 'x', 'x');
  report.oidcTrouble('x');
  report.certificate({ kind: 'read', names: 'x', validTo: 'x' });
  report.certificate({ kind: 'kept', fault: new HostFault('x') });
  report.certificate({ kind: 'runs-out', validTo: 'x', days: 1 });
  report.trouble('x', new Error('x'));
  report.started({});
  report.stopped('x');
  const said = new Map<string, Set<unknown>>();
  for (const { kind, level } of parsed(lines))
    said.set(String(kind), new Set([...(said.get(String(kind)) ?? []), level]));
  const text = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const [, table = ''] = /\n\| kind \| level \|.*\n((?:\|.*\n)+)/.exec(text) ?? [];
  const written = table.matchAll(/^\| `([a-z-]+)`(?:, `([a-z-]+)`)* \| ([a-z, ]+) \|/gm);
  const levelsOf = (levels: Iterable<unknown>): string => [...levels].map(String).toSorted().join(', ');
  const explained = [...written].map(([, kind = '', , levels = '']) => [kind, levelsOf(levels.split(', '))] as const);
  expect(Object.fromEntries(explained)).toEqual(
    Object.fromEntries([...said].map(([kind, levels]) => [kind, levelsOf(levels)])),
  );
});

test('what an identity provider says is one line, and not a long one', () => {
  const lines: string[] = [];
  for (const text of [forged, 'y'.repeat(100_000)]) reportInto(lines).oidcTrouble(text);
  expect(lines).toHaveLength(2);
  for (const line of lines) expect(line).toMatch(/^[^\p{Cc}\u2028\u2029]{1,2000}\n$/u);
  expect(parsed(lines)).toMatchObject([{ kind: 'oidc-trouble' }, { kind: 'oidc-trouble' }]);
});

test('what a person sees of it on a screen is one line as well', () => {
  for (const text of [printable(forged), printable('\u202eabc\u2066')]) expect(text).toMatch(/^[^\p{Cc}\u2028\u2029\u202e\u2066]*$/u);
}); // prettier-ignore
