// The groups of one source, as a refresh names them: which of them are as they are known, and which are there no more.

import type { ChangeLog, SourceKey, SourceName } from './change-log.ts';
import type { KnownGroup } from './group.ts';

export class Groups {
  readonly #changeLog: ChangeLog;
  readonly #source: SourceName;
  /** As they were known when the refresh began; some ten thousand in a large enterprise. */
  #known: ReadonlyMap<SourceKey, KnownGroup> = new Map();
  readonly #unseen = new Set<SourceKey>();

  constructor({ changeLog, source }: { readonly changeLog: ChangeLog; readonly source: SourceName }) {
    this.#changeLog = changeLog;
    this.#source = source;
  }

  /** A refresh begins. */
  async begin(): Promise<void> {
    this.#known = await this.#changeLog.groupsOf(this.#source);
    this.#unseen.clear();
    for (const key of this.#known.keys()) this.#unseen.add(key);
  }

  known(key: SourceKey): KnownGroup | undefined {
    return this.#known.get(key);
  }

  /** They are there, whether they are groups or not. */
  seen(keys: readonly SourceKey[]): void {
    if (this.#unseen.size > 0) for (const key of keys) this.#unseen.delete(key);
  }

  /** Those that were not seen since the refresh began. */
  get unseen(): readonly SourceKey[] {
    return [...this.#unseen];
  }
}
