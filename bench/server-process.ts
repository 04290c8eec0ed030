// The product's server, `rollcall serve`, in a process of its own with everything on.

import { createInterface } from 'node:readline';
import { once } from 'node:events';
import type { SampleAccount } from '../src/apps/sample.ts';
import { beside, Child } from './child.ts';
import { monotonic } from './clock.ts';
import type { UsageTold } from './telling-usage.ts';

export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
  /** `host:port` of SIP over UDP. */
  readonly udp: string;
  readonly data: string;
  /** Of the generated sample, where it is served. */
  readonly accounts: readonly SampleAccount[];
  /** When its process was started, by `monotonic`. */
  readonly startedAt: number;
  /** What it used so far. */
  usage(): Promise<UsageTold>;
  /** The same after a garbage collection, which is not counted. */
  collected(): Promise<UsageTold>;
}

interface Started {
  readonly url: string;
  readonly udp: string;
  readonly accounts: readonly SampleAccount[];
}

/** Resolves when it listens. `words` are further ones of `rollcall serve`. */
export async function startServerProcess(data: string, words: readonly string[] = []): Promise<ServerProcess> {
  const startedAt = monotonic();
  const child = new Child<UsageTold>(
    beside('../src/apps/cli.ts'),
    ['--json', 'serve', '--data', data, '--http-port', '0', '--sip-port', '0', '--log-level', 'error', ...words],
    ['--expose-gc', '--import', new URL('telling-usage.ts', import.meta.url).href, ...profiling()],
  );
  const { stdout } = child.process;
  if (stdout === null) throw new Error('the server has no standard output');
  const lines = createInterface({ input: stdout });
  const ended = once(child.process, 'exit').then(() => {
    throw new Error('the server ended before it listened');
  });
  const [line] = (await Promise.race([once(lines, 'line'), ended])) as [string];
  ended.catch(() => undefined); // that it ends later is what disposing does
  const { url, udp, accounts } = JSON.parse(line) as Started;
  return {
    url,
    udp,
    data,
    accounts,
    startedAt,
    usage: () => child.ask({ kind: 'look' }, 'usage'),
    collected: () => child.ask({ kind: 'collect' }, 'usage'),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

/** BENCH_PROFILE=FOLDER leaves a CPU profile of each server there. */
function profiling(): readonly string[] {
  const folder = process.env['BENCH_PROFILE'];
  return folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`];
}
