// The sources that are followed, as the main thread sees them: the thread that follows them is begun, asked, begun again
// after a while when it failed, and ended once what it has under way is committed.

import { Worker, type ResourceLimits } from 'node:worker_threads';
import type { FollowedSource, SourceState } from '../server/administration.ts';
import { sourceName, type SourceName } from '../server/change-log.ts';
import type { MatchRule } from '../server/match.ts';
import type { Priority } from '../server/merge.ts';
import type { StageFact } from '../server/stage-fact.ts';
import { Turns } from '../server/turns.ts';
import { HostFault } from './host-fault.ts';
import type { Report } from './report.ts';
import type { SourceConfig } from './source-config.ts';
import type { SqliteChangeLogOptions } from './sqlite-change-log.ts';

/** What the thread is begun with. */
export interface FollowerOrders {
  readonly log: Omit<SqliteChangeLogOptions, 'lookUps'>;
  /** The folder of what provisioning clients wrote. */
  readonly data: string;
  readonly sources: readonly SourceConfig[];
  /** Which sources know persons of each other, and whose word counts of them. */
  readonly rules: readonly MatchRule[];
  readonly priority: Priority;
}

type Act = Exclude<keyof FollowedSource, 'source'>;

export type FollowerAsked =
  | {
      readonly kind: 'ask';
      readonly number: number;
      readonly source: SourceName;
      readonly act: Act;
      readonly given: readonly unknown[];
    }
  /** The main thread wants to write with nobody else comparing and writing meanwhile; `left`: it has. */
  | { readonly kind: 'turn' | 'left'; readonly number: number }
  /** A provisioning client has written to the store of the source. */
  | { readonly kind: 'written'; readonly source: SourceName }
  | { readonly kind: 'stop' };

interface Failure {
  readonly blame: 'host' | 'ours';
  readonly message: string;
}

export type FollowerSaid =
  /** All that is configured can be right, and is followed. */
  | { readonly kind: 'following' }
  | ({ readonly kind: 'unable' } & Failure)
  | { readonly kind: 'appended' }
  | { readonly kind: 'stage'; readonly fact: StageFact }
  | { readonly kind: 'source'; readonly source: string; readonly event: Parameters<Report['source']>[1] }
  | { readonly kind: 'loading'; readonly source: string; readonly count: number }
  | ({ readonly kind: 'trouble'; readonly task: string } & Failure)
  | { readonly kind: 'answer'; readonly number: number; readonly answer: unknown }
  | ({ readonly kind: 'failed'; readonly number: number } & Failure);

export interface FollowersOptions extends FollowerOrders {
  readonly report: Pick<Report, 'stage' | 'source' | 'loading' | 'trouble'>;
  /** The thread has appended to the log; resolves when that is announced. */
  readonly appended: () => Promise<void>;
  readonly countLiving: (source: SourceName) => Promise<number>;
}

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

// Sources run as they are; what is installed is JavaScript.
const thread = new URL(`./follower-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

/**
 * The room of the thread's heap. V8 lets what is garbage lie until half of the room is full, and its young generation grow with it; what
 * a load needs at once is 40,000 persons who wait for their managers. When everybody of a source is gone, the hold of them and its approval
 * take 0.6 kB of each (300,000 did in 420 MB); the rest is for what was not measured, such as the word of it to the main thread.
 */
const room = { youngMegabytes: 32, megabytes: 256, personsOfOneMegabyte: 250 };

const firstPauseMilliseconds = 1000;
const longestPauseMilliseconds = 60_000;
/** A commit that takes longer is broken off, and is then not made. */
const patienceMilliseconds = 10_000;

const faultOf = ({ blame, message }: Failure): Error =>
  blame === 'host' ? new HostFault(message) : new Error(message);

export class Followers implements AsyncDisposable {
  readonly sources: readonly FollowedSource[];
  /** For who writes of the same persons in the main thread: its acts and those of the stages are carried out one after another. */
  readonly turns: Pick<Turns, 'inTurn'> = { inTurn: (work) => this.#turns.inTurn(() => this.#inTurn(work)) };
  readonly #turns = new Turns();
  readonly #options: FollowersOptions;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;
  #worker: Worker | undefined;
  #ended: Promise<void> = Promise.resolve();
  #problem = 'it is not followed yet';
  #pause = firstPauseMilliseconds;
  #retry: NodeJS.Timeout | undefined;
  /** All that is configured was right once. */
  #followed = false;
  #stopping = false;

  private constructor(options: FollowersOptions) {
    this.#options = options;
    this.sources = options.sources.map(({ name }) => this.#source(sourceName(name)));
  }

  /**
   * Resolves when the sources are followed; whether a directory answers is told by their state.
   * @throws HostFault when the configuration cannot be right: an address, a certificate file, a password file
   */
  static async begin(options: FollowersOptions): Promise<Followers> {
    const followers = new Followers(options);
    if (options.sources.length > 0) await followers.#begin(await followers.#room());
    followers.#followed = true;
    return followers;
  }

  /** The store of a source that a provisioning client writes has something new. Where there is no thread, the next one reads all. */
  written(source: SourceName): void {
    this.#worker?.postMessage({ kind: 'written', source } satisfies FollowerAsked, []);
  }

  /** What is under way is committed first. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#retry);
    const worker = this.#worker;
    if (worker === undefined) return;
    worker.postMessage({ kind: 'stop' } satisfies FollowerAsked, []);
    const late = setTimeout(() => void worker.terminate(), patienceMilliseconds);
    await this.#ended;
    clearTimeout(late);
  }

  async #room(): Promise<ResourceLimits> {
    const { sources, countLiving } = this.#options;
    const counts = await Promise.all(sources.map(({ name }) => countLiving(sourceName(name))));
    const persons = counts.reduce((sum, count) => sum + count, 0);
    return {
      maxYoungGenerationSizeMb: room.youngMegabytes,
      maxOldGenerationSizeMb: room.megabytes + Math.ceil(persons / room.personsOfOneMegabyte),
    };
  }

  /** The thread is there when this returns, and follows when the promise resolves. */
  #begin(resourceLimits: ResourceLimits): Promise<void> {
    const { log, data, sources, rules, priority } = this.#options;
    const orders: FollowerOrders = { log, data, sources, rules, priority };
    // Options of this process (a profile, a preload) are not the thread's.
    const worker = new Worker(thread, { workerData: orders, execArgv: [], resourceLimits });
    this.#worker = worker;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const since = performance.now();
    let cause: unknown = new Error('it went without a word');
    worker.on('error', (error) => (cause = error));
    worker.on('message', (said: FollowerSaid) => {
      if (said.kind === 'following') resolve();
      else if (said.kind === 'unable') {
        cause = faultOf(said);
        worker.postMessage({ kind: 'stop' } satisfies FollowerAsked, []);
      } else this.#hear(said);
    });
    this.#ended = new Promise((ended) => {
      worker.on('exit', () => {
        this.#worker = undefined;
        this.#end(cause, performance.now() - since);
        reject(cause);
        ended();
      });
    });
    return promise;
  }

  #hear(said: Exclude<FollowerSaid, { kind: 'following' | 'unable' }>): void {
    const { report } = this.#options;
    switch (said.kind) {
      case 'appended':
        return void this.#options.appended();
      case 'stage':
        return report.stage(said.fact);
      case 'source':
        return report.source(said.source, said.event);
      case 'loading':
        return report.loading(said.source, said.count);
      case 'trouble':
        return report.trouble(said.task, faultOf(said));
      case 'answer':
        this.#waiting.get(said.number)?.resolve(said.answer);
        return void this.#waiting.delete(said.number);
      case 'failed':
        this.#waiting.get(said.number)?.reject(faultOf(said));
        return void this.#waiting.delete(said.number);
    }
  }

  #end(cause: unknown, lasted: number): void {
    const why = `the thread that follows the sources ended: ${cause instanceof Error ? cause.message : String(cause)}`;
    const fault = new HostFault(why, { cause });
    for (const { reject } of this.#waiting.values()) reject(fault);
    this.#waiting.clear();
    // What cannot be right at the start is for the administrator to mend; later it may be a file that comes back.
    if (this.#stopping || !this.#followed) return;
    if (lasted > longestPauseMilliseconds) this.#pause = firstPauseMilliseconds;
    this.#problem = `${why}; it is begun again in ${this.#pause / 1000} s`;
    this.#options.report.trouble('following the sources', fault);
    this.#retry = setTimeout(() => void this.#turns.inTurn(() => this.#beginAgain()), this.#pause);
    this.#pause = Math.min(this.#pause * 2, longestPauseMilliseconds);
  }

  /** In a turn: what is being written was compared with what is there now. */
  async #beginAgain(): Promise<void> {
    try {
      const limits = await this.#room();
      // How it ends is heard of by then.
      if (!this.#stopping) this.#begin(limits).catch(() => undefined);
    } catch (fault) {
      this.#end(fault, 0);
    }
  }

  #source(source: SourceName): FollowedSource {
    const decide =
      <A extends Exclude<Act, 'state' | 'relinked'>>(act: A) =>
      async (...given: Parameters<FollowedSource[A]>): Promise<Awaited<ReturnType<FollowedSource[A]>>> => {
        const decided = await this.#ask(source, act, given);
        await this.#options.appended();
        return decided as Awaited<ReturnType<FollowedSource[A]>>;
      };
    return {
      source,
      state: () => this.#state(source),
      approve: decide('approve'),
      reject: decide('reject'),
      undo: decide('undo'),
      restore: decide('restore'),
      admit: decide('admit'),
      // Where there is no thread, or it ends meanwhile, nothing is kept in mind.
      relinked: async () => void (await this.#ask(source, 'relinked', []).catch(() => undefined)),
    };
  }

  /** Also while there is no thread to ask. */
  async #state(source: SourceName): Promise<SourceState> {
    try {
      return (await this.#ask(source, 'state', [])) as SourceState;
    } catch (error) {
      if (this.#worker !== undefined) throw error;
      const persons = await this.#options.countLiving(source);
      return { source, state: 'lost', problem: this.#problem, persons };
    }
  }

  async #ask(source: SourceName, act: Act, given: readonly unknown[]): Promise<unknown> {
    const worker = this.#worker;
    if (worker === undefined) throw new HostFault(`source ${source}: ${this.#problem}`);
    return this.#answered(worker, { kind: 'ask', number: this.#next(), source, act, given });
  }

  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const worker = this.#worker;
    const number = this.#next();
    try {
      // Where there is no thread, or it ends meanwhile, nobody else writes; another is begun in a turn of its own.
      if (worker !== undefined) await this.#answered(worker, { kind: 'turn', number }).catch(() => undefined);
      return await work();
    } finally {
      worker?.postMessage({ kind: 'left', number } satisfies FollowerAsked, []);
    }
  }

  #next(): number {
    return (this.#last += 1);
  }

  #answered(worker: Worker, asked: FollowerAsked & { readonly number: number }): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(asked.number, { resolve, reject });
    worker.postMessage(asked, []);
    return promise;
  }
}
