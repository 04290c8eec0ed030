// `rollcall demo`: the ladder is what really passed, on OpenLDAP and on the embedded book.

import { readdirSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { skipWithout } from '../peers/installed.ts';
import { slapdIsInstalled } from '../peers/slapd.ts';
import { Bench } from './command.ts';

const bench = new Bench();
afterEach(() => bench.clear());

const subscribing = ['S301', 'S302', 'S304', 'S305'];
const told = ['S304', 'S305'];

/** What passes between the server and each terminal once Ada's number is altered. */
const kinds = [
  { words: ['--delivery', 'notice', '--acquire', 'list'], after: [...told, 'S306', 'S307', 'S308', 'S309'] },
  { words: ['--delivery', 'notice', '--acquire', 'entries'], after: [...told, 'S306', 'S307'] },
  { words: ['--delivery', 'notice', '--acquire', 'book'], after: [...told, 'S306', 'S307'] },
  { words: ['--delivery', 'broadcast'], after: told },
  { words: ['--delivery', 'held'], after: told },
] as const;

const sourceOf = (words: readonly string[]): string => (words.includes('--embedded') ? 'admin' : 'directory');

async function demonstrates(words: readonly string[], after: readonly string[]): Promise<void> {
  const folder = bench.folder();
  const { code, err, json } = await bench.call(['demo', '--json', ...words], { environment: { TMPDIR: folder } });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const steps = json.slice(0, -1);
  for (const step of steps)
    expect(step).toEqual({
      step: expect.stringMatching(/^S30[1-9]$/) as unknown,
      from: expect.any(String) as unknown,
      to: expect.any(String) as unknown,
      ms: expect.any(Number) as unknown,
      bytes: expect.any(Number) as unknown,
      firstLine: expect.stringMatching(/^(SUBSCRIBE|NOTIFY|SIP\/2\.0|GET|POST|PATCH|HTTP\/1\.1|modify) /) as unknown,
    });
  for (const { bytes, ms } of steps) {
    expect(bytes).toBeGreaterThan(30);
    expect(ms).toBeGreaterThanOrEqual(0);
  }
  const altered = steps.findIndex(({ step }) => step === 'S303');
  expect(steps[altered]).toMatchObject({ from: sourceOf(words), to: 'server' });
  const users = [...new Set(steps.flatMap(({ from, to }) => [from, to]))].filter(
    (name) => name !== 'server' && name !== sourceOf(words),
  );
  expect(users).toHaveLength(2);
  for (const user of users) {
    const own = (part: typeof steps): unknown[] =>
      part.filter(({ from, to }) => from === user || to === user).map(({ step }) => step);
    // The first SUBSCRIBE is challenged, the second has the answer (RFC 3261 §22).
    expect(own(steps.slice(0, altered))).toEqual(['S301', 'S302', ...subscribing]);
    expect(own(steps.slice(altered))).toEqual(after);
  }
  const prompt = { name: 'Ada Lovelace', kind: 'altered', field: 'officeTelephone', from: '8001', to: '8002' };
  expect(json.at(-1)).toEqual({ ok: true, prompts: users.map((terminal) => ({ terminal, ...prompt })) });
  // Nothing is left behind.
  expect(leftBehind(folder)).toEqual([]);
}

describe('on the embedded book', () => {
  test.each(kinds)('$words', ({ words, after }) => demonstrates([...words, '--embedded'], after));
});

describe.skipIf(skipWithout('slapd', slapdIsInstalled))('on OpenLDAP', () => {
  test.each(kinds)('$words', ({ words, after }) => demonstrates(words, after));
});

const leftBehind = (folder: string): readonly string[] =>
  readdirSync(folder).filter((name) => name.startsWith('rollcall-'));

describe.each(['--embedded', ...(slapdIsInstalled() ? ['--delivery=notice'] : [])])('asked to stop (%s)', (word) => {
  test('it ends what it started, says so in the last line, and has failed', async () => {
    const folder = bench.folder();
    const command = bench.start(['demo', '--json', word], { environment: { TMPDIR: folder } });
    await vi.waitUntil(() => leftBehind(folder).length > 0, { timeout: 20_000, interval: 5 });
    const { code, err, json } = await command.stop();
    expect({ code, err, last: json.at(-1) }).toEqual({
      code: 1,
      err: '',
      last: { ok: false, prompts: [], missing: ['stopped by SIGTERM'] },
    });
    expect(leftBehind(folder)).toEqual([]);
  });

  test('by a reader that goes away, as head does, it leaves nothing behind either', async () => {
    const folder = bench.folder();
    const command = bench.start(['demo', word], { environment: { TMPDIR: folder } });
    command.closeOutput();
    expect(await command.end()).toMatchObject({ code: 1 });
    expect(leftBehind(folder)).toEqual([]);
  });
});

test('for a person it draws who says what to whom, in order, and what each terminal reads', async () => {
  const { code, out, err } = await bench.call(['demo', '--embedded']);
  expect({ code, err }).toEqual({ code: 0, err: 'On the embedded book.\n' });
  expect(out).toMatch(/^ {6}admin +server +ben +ada +ms +bytes$/m);
  expect(out).toMatch(/^S301 {2}\| {13}\|<-{12}\| {13}\| +[\d.]+ +\d+ {2}SUBSCRIBE sip:/m);
  expect(out).toMatch(/^Ada's office telephone is altered:\n\nS303 {2}\|-{12}>\| .* PATCH /m);
  expect(out).toMatch(/^ben reads: {2}Ada Lovelace: Office telephone 8001 -> 8002\nada reads: /m);
  expect(out).toMatch(/\nIt arrived\.\n$/);
});

test('a delivery or acquisition that does not exist is a wrong call', async () => {
  for (const words of [['--delivery', 'all'], ['--acquire', 'some'], ['now']])
    expect(await bench.call(['demo', ...words])).toMatchObject({ code: 2, out: '' });
});
