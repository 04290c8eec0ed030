// A folder of files, followed: looked at each `every`, and at once where the operating system tells that something changed,
// which network file systems do not. What was read is what two looks in a row saw standing alike.

import { watch, type FSWatcher } from 'node:fs';
import { sourceName } from '../server/change-log.ts';
import type { SourceEvent } from '../server/source.ts';
import type { Stage } from '../server/stage-options.ts';
import type { FilesConfig } from './files-config.ts';
import { FolderReading, nobodyThere } from './folder-reading.ts';
import type { Report } from './report.ts';
import { lookInto, wordsOf, type Stand } from './watched-file.ts';

/** A file is read when it has stood still for so long. */
const settleMilliseconds = 1000;
/** A file that never stands still is said to be one after so many looks. */
const mostLooks = 60;

/** Follows the folder until it is disposed of. */
export function followFolder(
  config: FilesConfig,
  stage: Pick<Stage, 'take'>,
  report: Pick<Report, 'source' | 'loading' | 'stage'>,
): AsyncDisposable {
  const following = new FolderFollowing(config, stage, report);
  following.look();
  return following;
}

const written = (looked: ReadonlyMap<string, Stand>): string => JSON.stringify([...looked]);

class FolderFollowing implements AsyncDisposable {
  readonly #config: FilesConfig;
  readonly #stage: Pick<Stage, 'take'>;
  readonly #report: Pick<Report, 'source' | 'loading' | 'stage'>;
  readonly #reading: FolderReading;
  #seen = '';
  /** As it stood when it was told of; absent where that was not held, or is not so any more. */
  #told: string | undefined;
  #names: ReadonlySet<string> = new Set();
  /** Since when files are missing that were there. */
  #missingSince: number | undefined;
  #looks = 0;
  #problem: string | undefined;
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #busy: Promise<void> | undefined;
  #stopping = false;

  constructor(config: FilesConfig, stage: Pick<Stage, 'take'>, report: Pick<Report, 'source' | 'loading' | 'stage'>) {
    this.#config = config;
    this.#stage = stage;
    this.#report = report;
    this.#reading = new FolderReading(config);
  }

  look(): void {
    clearTimeout(this.#timer);
    if (this.#stopping || this.#busy !== undefined) return;
    this.#busy = this.#round().then((pause) => {
      this.#busy = undefined;
      if (!this.#stopping) this.#timer = setTimeout(() => this.look(), pause);
    });
  }

  /** What is under way is taken first. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    this.#watcher?.close();
    await this.#busy;
  }

  /** Gives when to look again, in milliseconds. */
  async #round(): Promise<number> {
    const { every, folder } = this.#config;
    try {
      this.#watch();
      const looked = await lookInto(folder);
      if (looked.size === 0) return await this.#lose(nobodyThere(folder));
      const now = written(looked);
      const still = now === this.#seen;
      this.#seen = now;
      if (now === this.#told) return every;
      if (!still) return await this.#unsettled();
      const missing = [...this.#names].some((name) => !looked.has(name));
      this.#missingSince = missing ? (this.#missingSince ?? performance.now()) : undefined;
      // It may be on its way: deleted and written anew.
      const wait = (this.#missingSince ?? -Infinity) + every - performance.now();
      return wait > 0 ? wait : await this.#tell(looked, now);
    } catch (fault) {
      this.#reading.forget();
      return await this.#lose(wordsOf(fault));
    }
  }

  async #unsettled(): Promise<number> {
    this.#looks += 1;
    if (this.#looks < mostLooks) return settleMilliseconds;
    await this.#lose('a file is written to all the time: let it be written elsewhere, and renamed into the folder');
    return settleMilliseconds;
  }

  async #tell(looked: ReadonlyMap<string, Stand>, now: string): Promise<number> {
    const { name, every } = this.#config;
    let count = 0;
    const told = await this.#reading.tell(looked, every, async (events) => {
      for (const event of events) this.#say(event);
      count += events.reduce(
        (sum, each) => sum + (each.kind === 'present' ? each.keys.length : Number(each.kind === 'person')),
        0,
      );
      if (count > 0) this.#report.loading(name, count);
      await this.#stage.take(events);
    });
    if (told.kind === 'moved') return await this.#unsettled();
    [this.#told, this.#looks, this.#missingSince, this.#problem] = [now, 0, undefined, told.problem];
    this.#names = new Set(looked.keys());
    const { rows, words } = told.passedOver;
    const [problem] = words;
    if (problem !== undefined)
      this.#report.stage({ kind: 'passed-over', source: sourceName(name), count: rows, problem });
    return every;
  }

  #say(event: SourceEvent): void {
    if (event.kind === 'began' || event.kind === 'lost') this.#report.source(this.#config.name, event);
  }

  /** Nobody is removed; told once, though it is tried again and again. */
  async #lose(problem: string): Promise<number> {
    const { name, every } = this.#config;
    const lost = { kind: 'lost', problem, retryInMilliseconds: every } as const;
    this.#told = undefined;
    if (problem !== this.#problem) this.#report.source(name, lost);
    this.#problem = problem;
    await this.#stage.take([lost]).catch(() => undefined);
    return every;
  }

  /** A hint: what it misses is found by looking. A folder that was replaced is watched anew. */
  #watch(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    try {
      this.#watcher = watch(this.#config.folder, () => {
        if (this.#busy !== undefined) return;
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.look(), settleMilliseconds);
      });
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch {
      // It is away, or this file system tells nothing: there are the looks.
    }
  }
}
