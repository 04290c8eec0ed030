// Changes that pour in at a steady pace, for as long as one likes: a real directory is altered 500 times a second, and what is
// measured is by how much the log and a terminal lag behind the directory's answer, and that nothing is lost.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { configurationFor } from '../src/apps/practice-command.ts';
import { practicePeople } from '../src/apps/practice-people.ts';
import { openSession } from '../src/node/ldap-session.ts';
import type { PracticeDirectory } from '../src/node/practice-directory.ts';
import { printEntityTag } from '../src/wire/change-list.ts';
import { makeBook } from './book.ts';
import { beside, Child } from './child.ts';
import { monotonic } from './clock.ts';
import { loaded, slapdMissing, startDirectory } from './directory.ts';
import { quantile, type Bench, type Figure } from './figure.ts';
import { domain } from './load-plan.ts';
import type { MeanwhileTold } from './meanwhile-process.ts';
import { scratch } from './scratch.ts';
import { startServerProcess } from './server-process.ts';

/** BENCH_STEADY_SECONDS=600 for ten minutes. */
const seconds = Number(process.env['BENCH_STEADY_SECONDS'] ?? 60);

const sizes = {
  short: { persons: 100, aSecond: 100, seconds: 1 },
  full: { persons: 1000, aSecond: 500, seconds },
} as const;

type Size = (typeof sizes)['short' | 'full'];

/** Connections to the directory that alter it: each waits for the answer before its next. */
const writers = 8;
const lookEveryMilliseconds = 2;
const lostAfterMilliseconds = 30_000;

export const bench: Bench = {
  name: 'steady',
  what: 'so many changes of the directory a second, for so long: how far the log and a terminal lag, and what is lost',
  missing: slapdMissing,
  measure: (round) => measure(sizes[round]),
};

async function* measure(size: Size): AsyncGenerator<Figure> {
  await using stack = new AsyncDisposableStack();
  const { folder } = stack.use(await scratch());
  const { directory } = stack.use(await startDirectory(folder, size.persons));
  const data = join(folder, 'data');
  const { head } = await makeBook(data, { persons: 0, sessions: 1 });
  const configFile = join(folder, 'steady.yaml');
  await writeFile(configFile, stringify({ ...configurationFor(directory), sip: { domain } }));
  const server = stack.use(await startServerProcess(data, ['--config', configFile]));
  await loaded(data, size.persons);
  const who = stack.use(
    new Child<MeanwhileTold | { readonly kind: 'ready' }>(beside('meanwhile-process.ts'), [
      server.udp,
      server.url,
      printEntityTag(head),
    ]),
  );
  await who.next('ready');
  const log = stack.adopt(new LogWatch(join(data, 'book.sqlite')), (watch) => watch.close());
  who.send({ kind: 'begin' });
  const before = await server.usage();
  const since = monotonic();
  const acknowledged = await alter(directory, size);
  const rate = (acknowledged.length / (monotonic() - since)) * 1000;
  await log.reaches(acknowledged.length - 1);
  const after = await server.usage();
  await sleep(500);
  const { told } = await who.ask({ kind: 'end' }, 'waited');
  const note = `${size.persons} persons, ${size.seconds} s`;
  yield { figure: 'changes that the directory took', value: rate, unit: 'a second', note };
  yield {
    figure: 'lost',
    value: log.lost(acknowledged.length, size.persons),
    unit: '',
    target: 0,
    better: 'less',
    note,
  };
  yield* lags('from the directory’s answer into the log', log.lags(acknowledged), note);
  yield* lags('from the directory’s answer to a terminal', log.lagsToTold(acknowledged, told), note);
  const cpu = (after.cpuMicroseconds - before.cpuMicroseconds) / acknowledged.length;
  yield { figure: 'server CPU for one', value: cpu, unit: 'us', note };
  yield { figure: 'peak memory', value: after.peakResidentBytes / 1e6, unit: 'MB', note };
}

function* lags(figure: string, values: readonly number[], note: string): Generator<Figure> {
  yield { figure: `${figure}: p50`, value: quantile(values, 0.5), unit: 'ms', note };
  yield { figure: `${figure}: p99`, value: quantile(values, 0.99), unit: 'ms', note };
  yield { figure: `${figure}: the longest`, value: quantile(values, 1), unit: 'ms', note };
}

/** Alters one person after another, each change when it is due; gives when each was acknowledged. */
async function alter(directory: PracticeDirectory, size: Size): Promise<readonly number[]> {
  const people = practicePeople(size.persons).map(({ uid }) => directory.dnOf(uid));
  const count = size.aSecond * size.seconds;
  const acknowledged: number[] = Array.from({ length: count }, () => 0);
  const since = monotonic();
  const write = async (writer: number): Promise<void> => {
    await using session = await openSession({ url: directory.url });
    await session.bind(directory.administrator.dn, directory.administrator.password);
    for (let number = writer; number < count; number += writers) {
      const early = since + (number * 1000) / size.aSecond - monotonic();
      if (early > 1) await sleep(early);
      const values = [telephoneOf(number)];
      const dn = people[number % people.length] ?? '';
      await session.modify(dn, [{ kind: 'replace', attribute: 'telephoneNumber', values }]);
      acknowledged[number] = monotonic();
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  return acknowledged;
}

const telephoneOf = (number: number): string => `7${String(number).padStart(7, '0')}`;

/** Looks into the log's file from here: when each change was there, and as which revision. */
class LogWatch {
  readonly #db: DatabaseSync;
  readonly #seen = new Map<number, { readonly at: number; readonly revision: number }>();
  readonly #timer: NodeJS.Timeout;
  #revision: number;

  constructor(path: string) {
    this.#db = new DatabaseSync(path, { readOnly: true });
    this.#revision = Number(this.#db.prepare('select revision from meta').get()?.['revision']);
    const changes = this.#db.prepare(
      `select revision, json_extract(body, '$.to.officeTelephone') as telephone from change where revision > ? order by revision`,
    );
    this.#timer = setInterval(() => {
      const rows = changes.all(this.#revision);
      const at = monotonic();
      for (const { revision, telephone } of rows) {
        this.#revision = Number(revision);
        this.#seen.set(Number(String(telephone).slice(1)), { at, revision: this.#revision });
      }
    }, lookEveryMilliseconds);
  }

  /** Waits for the change `number`, which is the last. */
  async reaches(number: number): Promise<void> {
    for (const end = monotonic() + lostAfterMilliseconds; !this.#seen.has(number) && monotonic() < end;)
      await sleep(lookEveryMilliseconds);
  }

  /** Persons whose last change is not in the log. Two changes of one person that come together may be one there. */
  lost(count: number, persons: number): number {
    const last = Array.from({ length: Math.min(count, persons) }, (_, at) => count - 1 - at);
    return last.filter((number) => !this.#seen.has(number)).length;
  }

  lags(acknowledged: readonly number[]): readonly number[] {
    return acknowledged.flatMap((since, number) => {
      const seen = this.#seen.get(number);
      return seen === undefined ? [] : [Math.max(0, seen.at - since)];
    });
  }

  lagsToTold(acknowledged: readonly number[], told: MeanwhileTold['told']): readonly number[] {
    const inOrder = told.toSorted(([, one], [, other]) => one - other);
    return acknowledged.flatMap((since, number) => {
      const seen = this.#seen.get(number);
      const heard = seen && inOrder[firstOf(inOrder, seen.revision)];
      return heard === undefined ? [] : [Math.max(0, heard[0] - since)];
    });
  }

  close(): void {
    clearInterval(this.#timer);
    this.#db.close();
  }
}

/** The place of the first that tells of `revision` or a later one. */
function firstOf(told: MeanwhileTold['told'], revision: number): number {
  let [from, to] = [0, told.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((told[middle]?.[1] ?? 0) < revision) from = middle + 1;
    else to = middle;
  }
  return from;
}
