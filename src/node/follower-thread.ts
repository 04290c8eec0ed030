// The thread that follows the sources (decision 0063): directories, stages and a connection of its own to the log's file. Its heap and
// its processor time are not those of SIP and HTTP. What it appends the main thread reads from the log; here it only says
// that there is something.

import { setInterval } from 'node:timers';
import { readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { instant, seconds, wallTime } from '../base/time.ts';
import { sourceName, type SourceName } from '../server/change-log.ts';
import { ruleOf } from '../server/match.ts';
import { createStage } from '../server/stage.ts';
import type { Stage } from '../server/stage-options.ts';
import { Turns } from '../server/turns.ts';
import { checkDirectory, mapOf } from './directory-reading.ts';
import { followDirectory } from './directory-source.ts';
import type { FollowerAsked, FollowerOrders, FollowerSaid } from './followers.ts';
import { followFolder } from './folder-source.ts';
import { GuardedSource } from './guarded-source.ts';
import { HostFault } from './host-fault.ts';
import { makePersonIds, newHoldId } from './person-ids.ts';
import { copies } from './rehearsal.ts';
import type { Report } from './report.ts';
import { followResources, type ScimFollowing } from './scim-following.ts';
import { isDirectoryConfig, isFilesConfig, isScimConfig, type SourceConfig } from './source-config.ts';
import { openSqliteChangeLog } from './sqlite-change-log.ts';
import { openSqliteResources, resourcesFile } from './sqlite-resources.ts';

/** How often it looks whether removals have waited long enough. */
const everyMilliseconds = 1000;

const { log, data, sources, rules, priority } = workerData as FollowerOrders;
/** Copies of the log are made beside it; one that a process left which was killed is taken away. */
const folder = dirname(log.path);
const port = parentPort;
const say = (word: FollowerSaid): void => port?.postMessage(word, []);

const failed = (error: unknown): { readonly blame: 'host' | 'ours'; readonly message: string } => ({
  blame: error instanceof HostFault ? 'host' : 'ours',
  message: error instanceof Error ? error.message : String(error),
});

const stages = new Map<SourceName, Stage>();
const provisioned = new Map<SourceName, ScimFollowing>();
const guarded = new Map<SourceName, GuardedSource>();
const stack = new AsyncDisposableStack();
const changeLog = stack.use(openSqliteChangeLog(log));
const newPersonId = makePersonIds(Date.now, 1);
const turns = new Turns();
/** How the main thread's turns end, by number. */
const leaving = new Map<number, () => void>();

async function stageOf(config: SourceConfig): Promise<Stage> {
  const { settleSeconds, ...brake } = config.brake;
  const source = sourceName(config.name);
  const stage = await createStage({
    source,
    byPlace: mapOf(config).byPlace,
    ...ruleOf(rules, source),
    priority,
    turns,
    changeLog,
    brake,
    newPersonId,
    newHoldId,
    wallClock: () => wallTime(Date.now()),
    clock: () => instant(performance.now()),
    announce: () => say({ kind: 'appended' }),
    report: (fact) => {
      report.stage(fact);
      guarded.get(source)?.heard(fact);
    },
    settle: seconds(settleSeconds),
  });
  stages.set(source, stage);
  return stage;
}

const report: Pick<Report, 'stage' | 'source' | 'loading' | 'trouble'> = {
  stage: (fact) => say({ kind: 'stage', fact }),
  source: (source, event) => say({ kind: 'source', source, event }),
  loading: (source, count) => say({ kind: 'loading', source, count }),
  trouble: (task, fault) => say({ kind: 'trouble', task, ...failed(fault) }),
};

async function begin(): Promise<void> {
  for (const left of readdirSync(folder).filter((name) => name.startsWith(copies)))
    rmSync(join(folder, left), { recursive: true });
  for (const config of sources) {
    const stage = await stageOf(config);
    if (isDirectoryConfig(config)) checkDirectory(config);
    const source = stack.use(
      new GuardedSource({
        stage,
        changeLog,
        rehearsal: { source: config, log, data, folder, rules, priority },
        follow: () => follow(config, stage),
        report,
      }),
    );
    guarded.set(stage.source, source);
    await source.begin();
  }
  stack.defer(judging());
  say({ kind: 'following' });
}

function follow(config: SourceConfig, stage: Stage): AsyncDisposable {
  if (isFilesConfig(config)) return followFolder(config, stage, report);
  if (!isScimConfig(config)) return followDirectory(config, stage, report);
  const store = openSqliteResources(join(data, resourcesFile(config.name)));
  const following = followResources({ config, store, stage, report });
  provisioned.set(stage.source, following);
  return following;
}

/** Judges what waited, whatever the wall clock does meanwhile. */
function judging(): () => Promise<void> {
  let busy: Promise<void> | undefined;
  const round = async (): Promise<void> => {
    for (const stage of stages.values()) if ((stage.deadline() ?? Infinity) <= performance.now()) await stage.wake();
  };
  const timer = setInterval(() => {
    busy ??= round()
      .catch((error: unknown) => report.trouble('judging removals', error))
      .finally(() => (busy = undefined));
  }, everyMilliseconds);
  return async () => {
    clearInterval(timer);
    await busy;
  };
}

async function answer({ number, source, act, given }: FollowerAsked & { kind: 'ask' }): Promise<void> {
  try {
    await begun;
    const followed = guarded.get(source);
    if (followed === undefined) throw new HostFault(`source ${source} is not configured any more`);
    const acts: Readonly<Record<typeof act, (...given: never[]) => Promise<unknown>>> = followed;
    say({ kind: 'answer', number, answer: await acts[act](...(given as never[])) });
  } catch (error) {
    say({ kind: 'failed', number, ...failed(error) });
  }
}

/** Here nothing is compared or written until the main thread has left. */
const lend = (number: number): Promise<void> =>
  turns.inTurn(async () => {
    const left = new Promise<void>((resolve) => leaving.set(number, resolve));
    say({ kind: 'answer', number, answer: undefined });
    await left;
    leaving.delete(number);
  });

/** What is under way is committed first. Then nothing holds the thread any longer. */
async function end(): Promise<void> {
  await begun;
  await stack.disposeAsync();
  port?.close();
}

const begun = begin().catch((error: unknown) => say({ kind: 'unable', ...failed(error) }));

function hear(asked: FollowerAsked): void {
  switch (asked.kind) {
    case 'ask':
      return void answer(asked);
    case 'turn':
      return void lend(asked.number);
    case 'written':
      return provisioned.get(asked.source)?.written();
    case 'left':
      return leaving.get(asked.number)?.();
    case 'stop':
      return void end();
  }
}

port?.on('message', hear);
