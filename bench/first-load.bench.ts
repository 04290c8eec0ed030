// The first load: a new server reads a whole OpenLDAP into its log; from the start of its process until it
// follows, while somebody else uses it. Then the server is started again, when nothing is new. Beside it ldapsearch alone,
// which only prints the same entries.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { configurationFor } from '../src/apps/practice-command.ts';
import type { PracticeDirectory } from '../src/node/practice-directory.ts';
import { attributeMap, attributesToAsk } from '../src/server/attribute-map.ts';
import { printEntityTag } from '../src/wire/change-list.ts';
import { makeBook } from './book.ts';
import { beside, Child } from './child.ts';
import { monotonic } from './clock.ts';
import { loaded, slapdMissing, startDirectory } from './directory.ts';
import { median, quantile, type Bench, type Figure } from './figure.ts';
import { domain } from './load-plan.ts';
import type { MeanwhileTold } from './meanwhile-process.ts';
import { startRelay, type Relay } from './relay.ts';
import { scratch } from './scratch.ts';
import { startServerProcess } from './server-process.ts';

/** BENCH_MILLION=1 measures a million persons too, which takes some minutes and 3 GB of disk. */
const million = process.env['BENCH_MILLION'] === '1';

const sizes = {
  short: [{ persons: 300, rounds: 1, target: {} }],
  full: [
    { persons: 1000, rounds: 3, target: {} },
    { persons: 100_000, rounds: 3, target: { seconds: 5, megabytes: 250 } },
    ...(million ? [{ persons: 1_000_000, rounds: 1, target: { seconds: 60, megabytes: 512, milliseconds: 50 } }] : []),
  ],
};

interface Size {
  readonly persons: number;
  readonly rounds: number;
  readonly target: { readonly seconds?: number; readonly megabytes?: number; readonly milliseconds?: number };
}

/** What one load took, by figure. */
type Load = Readonly<Record<Taken, number>>;

const answers = ['options', 'refreshes', 'http'] as const;
const parts = [
  ['p50', 0.5],
  ['p99', 0.99],
] as const;

type Taken =
  | 'seconds'
  | 'cpuSeconds'
  | 'megabytes'
  | 'megabytesRead'
  | 'kilobytesAsked'
  | 'turnedAway'
  | 'secondsAgain'
  | 'kilobytesReadAgain'
  | `${(typeof answers)[number]} ${(typeof parts)[number][0]}`;

const words: Readonly<Record<Taken, readonly [figure: string, unit: string]>> = {
  seconds: ['until it follows', 's'],
  cpuSeconds: ['server CPU, all threads', 's'],
  megabytes: ['peak memory', 'MB'],
  megabytesRead: ['read from the directory', 'MB'],
  kilobytesAsked: ['said to the directory', 'kB'],
  'options p50': ['an OPTIONS meanwhile, p50', 'ms'],
  'options p99': ['an OPTIONS meanwhile, p99', 'ms'],
  'refreshes p50': ['a refresh of a subscription meanwhile, p50', 'ms'],
  'refreshes p99': ['a refresh of a subscription meanwhile, p99', 'ms'],
  'http p50': ['an answer over HTTP meanwhile, p50', 'ms'],
  'http p99': ['an answer over HTTP meanwhile, p99', 'ms'],
  turnedAway: ['refreshes turned away meanwhile', ''],
  secondsAgain: ['started again, nothing new: until it follows', 's'],
  kilobytesReadAgain: ['started again, nothing new: read from the directory', 'kB'],
};

export const bench: Bench = {
  name: 'first-load',
  what: 'a new server reads all persons from OpenLDAP into its log, while it is used',
  missing: slapdMissing,
  measure: (round) => measure(sizes[round]),
};

async function* measure(all: readonly Size[]): AsyncGenerator<Figure> {
  const took: number[] = [];
  for (const size of all) {
    await using stack = new AsyncDisposableStack();
    const { folder } = stack.use(await scratch());
    const { directory } = stack.use(await startDirectory(folder, size.persons));
    const relay = stack.use(await startRelay(directory.url));
    const loads: Load[] = [];
    const searches: number[] = [];
    for (let round = 0; round < size.rounds; round += 1) {
      searches.push(await searched(directory));
      loads.push(await load(join(folder, `data-${round}`), { directory, relay, persons: size.persons }));
    }
    const note = `${size.persons} persons, median of ${size.rounds}`;
    took.push(median(loads.map(({ seconds }) => seconds)));
    yield* figuresOf(size, loads, note);
    yield { figure: `${size.persons}: ldapsearch alone`, value: median(searches), unit: 's', note };
  }
  for (const [at, seconds] of took.entries()) {
    const before = took[at - 1];
    const [now, then] = [all[at]?.persons ?? 0, all[at - 1]?.persons ?? 0];
    if (before === undefined) continue;
    const figure = `${now / then} times the persons take so much longer (${now})`;
    yield { figure, value: seconds / before, unit: 'times' };
  }
}

function* figuresOf({ persons, target }: Size, loads: readonly Load[], note: string): Generator<Figure> {
  const targets: Partial<Record<Taken, number | undefined>> = {
    ...target,
    'options p99': target.milliseconds,
    'refreshes p99': target.milliseconds,
  };
  for (const taken of Object.keys(words) as Taken[]) {
    const [figure, unit] = words[taken];
    const aim = targets[taken] === undefined ? {} : { target: targets[taken], better: 'less' as const };
    yield { figure: `${persons}: ${figure}`, value: median(loads.map((each) => each[taken])), unit, note, ...aim };
  }
}

interface Loading {
  readonly directory: PracticeDirectory;
  readonly relay: Relay;
  readonly persons: number;
}

async function load(data: string, { directory, relay, persons }: Loading): Promise<Load> {
  // Nobody, and one session: of who asks meanwhile.
  const { head } = await makeBook(data, { persons: 0, sessions: 1 });
  const configFile = join(data, 'config.yaml');
  await writeFile(configFile, stringify({ ...configurationFor({ ...directory, url: relay.url }), sip: { domain } }));
  relay.count();
  const first = await used(data, { configFile, persons, etag: printEntityTag(head) });
  const read = relay.count();
  await using again = await startServerProcess(data, ['--config', configFile]);
  const secondsAgain = ((await loaded(data, persons)) - again.startedAt) / 1000;
  return {
    ...first,
    megabytesRead: read.down / 1e6,
    kilobytesAsked: read.up / 1e3,
    secondsAgain,
    kilobytesReadAgain: relay.count().down / 1e3,
  };
}

type Used = Omit<Load, 'megabytesRead' | 'kilobytesAsked' | 'secondsAgain' | 'kilobytesReadAgain'>;

async function used(
  data: string,
  { configFile, persons, etag }: { readonly configFile: string; readonly persons: number; readonly etag: string },
): Promise<Used> {
  await using server = await startServerProcess(data, ['--config', configFile]);
  const who = new Child<MeanwhileTold | { readonly kind: 'ready' }>(beside('meanwhile-process.ts'), [
    server.udp,
    server.url,
    etag,
  ]);
  await using _ended = who;
  await who.next('ready');
  who.send({ kind: 'begin' });
  const [at] = await Promise.all([loaded(data, persons), sleep(500)]);
  const { cpuMicroseconds, peakResidentBytes } = await server.usage();
  const waited = await who.ask({ kind: 'end' }, 'waited');
  const latencies = answers.flatMap((kind) =>
    parts.map(([part, share]) => [`${kind} ${part}`, quantile(waited[kind], share)] as const),
  );
  return {
    seconds: (at - server.startedAt) / 1000,
    cpuSeconds: cpuMicroseconds / 1e6,
    megabytes: peakResidentBytes / 1e6,
    turnedAway: waited.turnedAway,
    ...(Object.fromEntries(latencies) as Record<(typeof latencies)[number][0], number>),
  };
}

async function searched({ url, reader, base, filter }: PracticeDirectory): Promise<number> {
  const since = monotonic();
  const who = ['-D', reader.dn, '-w', reader.password];
  const asked = ['-x', '-LLL', '-H', url, ...who, '-b', base, filter, ...attributesToAsk(attributeMap())];
  const child = spawn('ldapsearch', asked, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`ldapsearch ended with ${code}`);
  return (monotonic() - since) / 1000;
}
