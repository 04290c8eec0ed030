// The log: one line of JSON a fact, which nothing that a peer said can forge or colour.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createReport, type Report } from '../../src/node/report.ts';

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
