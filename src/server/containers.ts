// What persons are kept below: organizational units and the like. A directory that is followed tells of a renamed,
// moved or vanished container in one word, and says nothing of the persons who went along. So the
// containers are asked for too, and what became of them is done here to all below.

import type { Batch } from './batch.ts';
import type { ChangeLog, Commit, SourceKey, SourceName } from './change-log.ts';
import type { Managers } from './managers.ts';
import type { SourceContainer } from './source.ts';

/** What a stage lends for it. */
export interface ContainersPorts {
  readonly source: SourceName;
  readonly changeLog: ChangeLog;
  readonly managers: Managers;
  readonly batch: () => Batch;
  /** A refresh names everybody itself. */
  readonly refreshing: () => boolean;
  /** Commits what the batch holds: it was said of the places of before. */
  readonly flush: () => Promise<void>;
  readonly append: (what: Pick<Commit, 'changes' | 'links' | 'forgetContainers' | 'forgetCookie'>) => Promise<unknown>;
  readonly moved: (from: string, to: string) => void;
  readonly byPlace?: boolean;
}

export class Containers {
  readonly #ports: ContainersPorts;

  constructor(ports: ContainersPorts) {
    this.#ports = ports;
  }

  /** It is there: where it was elsewhere before, all below it went along. */
  async there({ key, place }: SourceContainer): Promise<void> {
    const before = await this.#placeOf(key);
    if (before === undefined) await this.#new(key, place);
    else if (before !== place) await this.#move(before, place);
  }

  /** Of `keys`, containers take along all below them: one that is moved out of the base is told of, its persons are not. */
  async gone(keys: readonly SourceKey[]): Promise<void> {
    const { source, changeLog, batch, flush, append } = this.#ports;
    for (const key of keys) {
      const place = await this.#placeOf(key);
      if (place === undefined) continue;
      await flush();
      for await (const page of changeLog.below(source, place)) batch().gone(page.map((each) => each.key));
      await flush();
      await append({ changes: [], forgetContainers: [key] });
    }
  }

  async #placeOf(key: SourceKey): Promise<string | undefined> {
    const { source, changeLog, batch } = this.#ports;
    return batch().containers.get(key) ?? (await changeLog.container(source, key));
  }

  async #new(key: SourceKey, place: string): Promise<void> {
    const { source, changeLog, batch, refreshing } = this.#ports;
    batch().containers.set(key, place);
    if (refreshing()) return;
    // It may be back from outside: who waits to be removed with it is there again.
    for await (const page of changeLog.below(source, place)) batch().present(page.map((each) => each.key));
  }

  async #move(from: string, to: string): Promise<void> {
    const { source, changeLog, managers, flush, append, moved, byPlace = false } = this.#ports;
    await flush();
    // Whatever cuts this short, all is read again: a container that is there already would not be told of once more.
    if (byPlace) await append({ changes: [], forgetCookie: true });
    await changeLog.relocate(source, { from, to });
    managers.forget();
    moved(from, to);
    for await (const page of changeLog.managedFrom(source, to)) {
      const managed = await managers.recheck(page);
      if (managed.changes.length > 0 || managed.links.length > 0) await append(managed);
    }
  }
}
