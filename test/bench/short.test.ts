// The benchmarks run: each of them, in its short round, gives its figures in the right form. What the
// figures are is no test's business.

import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { slapdMissing } from '../../bench/directory.ts';
import { presenceMissing } from '../../bench/kamailio-presence.ts';
import { chromiumPath } from '../browser/chromium.ts';

const folder = fileURLToPath(new URL('../../bench/', import.meta.url));

/** With how many figures each answers in its short round. */
const expected: Readonly<Record<string, number>> = {
  bytes: 3,
  sip: presenceMissing() === undefined ? 24 : 18,
  'first-load': 15,
  'look-up': 6,
  'nothing-new': 2,
  'pc-client': 37,
  photos: 6,
  propagation: 10,
  start: 1,
  steady: 10,
  'whole-book': 3,
};

const needsSlapd: readonly string[] = ['first-load', 'photos', 'propagation', 'steady'];
const needsChromium: readonly string[] = ['pc-client'];

test('every benchmark has its figures counted here', () => {
  const there = readdirSync(folder).filter((name) => name.endsWith('.bench.ts'));
  expect(there.map((name) => name.replace('.bench.ts', '')).sort()).toEqual(Object.keys(expected).sort());
});

test('a short round of all benchmarks gives figures with a name, a value, a unit, and a target where the goals have one', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['bench/run.ts', '--short', '--json'], {
    cwd: fileURLToPath(new URL('../../', import.meta.url)),
  });
  const lines = stdout.trimEnd().split('\n');
  const figures = lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  for (const figure of figures) {
    expect(figure).toMatchObject({ bench: expect.any(String), figure: expect.any(String), unit: expect.any(String) });
    expect(Number.isFinite(figure['value'])).toBe(true);
    expect(typeof figure['ok']).toBe('boolean');
    if (figure['target'] === undefined) continue;
    expect(Number.isFinite(figure['target'])).toBe(true);
    expect(['less', 'more']).toContain(figure['better']);
  }
  const counts = Object.fromEntries(
    Object.keys(expected).map((name) => [name, figures.filter(({ bench }) => bench === name).length]),
  );
  const missing = [
    ...(slapdMissing() === undefined ? [] : needsSlapd),
    ...(existsSync(chromiumPath) ? [] : needsChromium),
  ];
  expect(counts).toEqual({ ...expected, ...Object.fromEntries(missing.map((name) => [name, 0])) });
}, 120_000);

test('a benchmark that is not there is said to be none', async () => {
  const failing = promisify(execFile)(process.execPath, ['bench/run.ts', '--only', 'nothing-of-the-kind'], {
    cwd: fileURLToPath(new URL('../../', import.meta.url)),
  });
  await expect(failing).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('nothing-of-the-kind') });
});
