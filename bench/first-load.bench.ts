// The first load: a new server reads a whole OpenLDAP into its log; from the start of its process until it
// follows. Beside it ldapsearch alone, which only prints the same entries.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { attributeMap, attributesToAsk } from '../src/server/attribute-map.ts';
import type { PracticeDirectory } from '../src/node/practice-directory.ts';
import { monotonic } from './clock.ts';
import { loaded, slapdMissing, startDirectory } from './directory.ts';
import { median, type Bench, type Figure } from './figure.ts';
import { scratch } from './scratch.ts';
import { startServerProcess } from './server-process.ts';

/** BENCH_MILLION=1 measures a million persons too, which takes some minutes and 3 GB of disk. */
const million = process.env['BENCH_MILLION'] === '1';

const sizes = {
  short: [{ persons: 300, rounds: 1, target: {} }],
  full: [
    { persons: 10_000, rounds: 3, target: {} },
    { persons: 100_000, rounds: 3, target: { seconds: 5, megabytes: 250 } },
    ...(million ? [{ persons: 1_000_000, rounds: 1, target: { seconds: 60, megabytes: 512 } }] : []),
  ],
};

interface Size {
  readonly persons: number;
  readonly rounds: number;
  readonly target: { readonly seconds?: number; readonly megabytes?: number };
}

interface Load {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly megabytes: number;
}

export const bench: Bench = {
  name: 'first-load',
  what: 'a new server reads all persons from OpenLDAP into its log',
  missing: slapdMissing,
  measure: (round) => measure(sizes[round]),
};

async function* measure(all: readonly Size[]): AsyncGenerator<Figure> {
  const took: number[] = [];
  for (const size of all) {
    await using stack = new AsyncDisposableStack();
    const { folder } = stack.use(await scratch());
    const { directory, configFile } = stack.use(await startDirectory(folder, size.persons));
    const loads: Load[] = [];
    const searches: number[] = [];
    for (let round = 0; round < size.rounds; round += 1) {
      searches.push(await searched(directory));
      loads.push(await load(`${folder}/data-${round}`, { configFile, persons: size.persons }));
    }
    const note = `${size.persons} persons, median of ${size.rounds}`;
    const figures = {
      seconds: median(loads.map(({ seconds }) => seconds)),
      cpuSeconds: median(loads.map(({ cpuSeconds }) => cpuSeconds)),
      megabytes: median(loads.map(({ megabytes }) => megabytes)),
      beside: median(searches),
    };
    took.push(figures.seconds);
    yield* figuresOf(size, figures, note);
  }
  for (const [at, seconds] of took.entries()) {
    const before = took[at - 1];
    if (before === undefined) continue;
    const figure = `ten times the persons take so much longer (${all[at]?.persons})`;
    yield { figure, value: seconds / before, unit: 'times' };
  }
}

function* figuresOf(
  { persons, target }: Size,
  figures: Load & { readonly beside: number },
  note: string,
): Generator<Figure> {
  const aim = (value: number | undefined): { target?: number; better?: 'less' } =>
    value === undefined ? {} : { target: value, better: 'less' };
  yield { figure: `${persons}: until it follows`, value: figures.seconds, unit: 's', note, ...aim(target.seconds) };
  yield { figure: `${persons}: server CPU, all threads`, value: figures.cpuSeconds, unit: 's', note };
  yield { figure: `${persons}: ldapsearch alone`, value: figures.beside, unit: 's', note };
  yield { figure: `${persons}: peak memory`, value: figures.megabytes, unit: 'MB', note, ...aim(target.megabytes) };
}

async function load(
  data: string,
  { configFile, persons }: { readonly configFile: string; readonly persons: number },
): Promise<Load> {
  await using server = await startServerProcess(data, ['--config', configFile]);
  const at = await loaded(data, persons);
  const { cpuMicroseconds, peakResidentBytes } = await server.usage();
  const seconds = (at - server.startedAt) / 1000;
  return { seconds, cpuSeconds: cpuMicroseconds / 1e6, megabytes: peakResidentBytes / 1e6 };
}

async function searched({ url, reader, base, filter }: PracticeDirectory): Promise<number> {
  const since = monotonic();
  const who = ['-D', reader.dn, '-w', reader.password];
  const words = ['-x', '-LLL', '-H', url, ...who, '-b', base, filter, ...attributesToAsk(attributeMap())];
  const child = spawn('ldapsearch', words, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`ldapsearch ended with ${code}`);
  return (monotonic() - since) / 1000;
}
