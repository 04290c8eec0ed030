// A source that a provisioning client writes, followed: its store is read once as a whole, then what is new whenever the word
// comes that something was written. What the store holds and was not taken, because the process or the thread ended in
// between, is so taken at the next begin; and a word that is lost or doubled does no harm.

import { milliseconds } from '../base/time.ts';
import { sourceKey } from '../server/change-log.ts';
import { eventOfResource } from '../server/scim-source.ts';
import type { SourceEvent } from '../server/source.ts';
import type { Stage } from '../server/stage-options.ts';
import { mapOf } from './directory-reading.ts';
import type { Report } from './report.ts';
import type { ScimConfig } from './scim-config.ts';
import type { SqliteResources, Written } from './sqlite-resources.ts';

const firstPauseMilliseconds = 1000;
const longestPauseMilliseconds = 60_000;

export interface ScimFollowing extends AsyncDisposable {
  /** Something was written. */
  written(): void;
}

interface ScimFollowingOptions {
  readonly config: ScimConfig;
  /** The following's own, to be disposed of with it. */
  readonly store: SqliteResources;
  readonly stage: Pick<Stage, 'take'>;
  readonly report: Pick<Report, 'source' | 'loading'>;
}

/** Follows the store until it is disposed of. */
export function followResources(options: ScimFollowingOptions): ScimFollowing {
  const following = new Following(options);
  following.written();
  return following;
}

/** All that the store holds, as a refresh. */
export async function readResources(
  { config, store }: Pick<ScimFollowingOptions, 'config' | 'store'>,
  take: (events: readonly SourceEvent[]) => Promise<void>,
): Promise<number> {
  const map = mapOf(config);
  let at = 0;
  await take([
    { kind: 'began' },
    { kind: 'manner', words: `by what a provisioning client writes at /scim/v2/${config.name}` },
  ]);
  for (let some = store.since(at); some.length > 0; some = store.since(at)) {
    await take(some.flatMap((each) => (each.kind === 'there' ? living(eventOfResource(each.resource, map)) : [])));
    at = some.at(-1)?.version ?? at;
  }
  await take([{ kind: 'refreshed', sweep: true, cookie: undefined }]);
  return at;
}

/** In a refresh, who is not named is gone. */
const living = (event: SourceEvent): readonly SourceEvent[] => (event.kind === 'gone' ? [] : [event]);

class Following implements ScimFollowing {
  readonly #options: ScimFollowingOptions;
  /** All up to here is taken; undefined while it is not begun. */
  #at: number | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #retry: NodeJS.Timeout | undefined;
  #pause = firstPauseMilliseconds;
  #stopping = false;

  constructor(options: ScimFollowingOptions) {
    this.#options = options;
  }

  written(): void {
    this.#again = true;
    if (this.#retry === undefined && !this.#stopping) this.#running ??= this.#run();
  }

  /** What is under way is taken first. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#retry);
    await this.#running;
    await this.#options.store[Symbol.asyncDispose]();
  }

  async #run(): Promise<void> {
    try {
      while (this.#again && !this.#stopping) {
        this.#again = false;
        await this.#read();
        this.#pause = firstPauseMilliseconds;
      }
    } catch (fault) {
      await this.#lose(fault);
    } finally {
      this.#running = undefined;
    }
  }

  async #read(): Promise<void> {
    const { config, store, stage, report } = this.#options;
    if (this.#at === undefined) {
      // Whoever was removed before now is not named.
      store.forgetRemoved();
      let count = 0;
      this.#at = await readResources({ config, store }, async (events) => {
        for (const event of events)
          if (event.kind === 'began' || event.kind === 'manner') report.source(config.name, event);
        count += events.filter(({ kind }) => kind === 'person').length;
        if (count > 0) report.loading(config.name, count);
        await stage.take(events);
      });
    }
    for (let some = store.since(this.#at); some.length > 0; some = store.since(this.#at)) {
      await stage.take(this.#eventsOf(some));
      this.#at = some.at(-1)?.version ?? this.#at;
    }
  }

  #eventsOf(some: readonly Written[]): readonly SourceEvent[] {
    const map = mapOf(this.#options.config);
    return some.map((each): SourceEvent =>
      each.kind === 'removed' ? { kind: 'gone', keys: [sourceKey(each.id)] } : eventOfResource(each.resource, map),
    );
  }

  /** What the stage did not take is read again with all else. */
  async #lose(fault: unknown): Promise<void> {
    const { config, stage, report } = this.#options;
    const retryInMilliseconds = milliseconds(this.#pause);
    const problem = fault instanceof Error ? fault.message : String(fault);
    const lost: SourceEvent = { kind: 'lost', problem, retryInMilliseconds };
    this.#at = undefined;
    report.source(config.name, lost);
    await stage.take([lost]).catch(() => undefined);
    if (this.#stopping) return;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.written();
    }, this.#pause);
    this.#pause = Math.min(this.#pause * 2, longestPauseMilliseconds);
  }
}
