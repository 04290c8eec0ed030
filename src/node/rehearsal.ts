// What a source would do to the book under given settings: the pipeline itself, brake and all, on a copy of the store that is
// thrown away (decision 0058).

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { instant, wallTime } from '../base/time.ts';
import type { Revision } from '../book/change.ts';
import { sourceName, type ChangeLog, type SourceName } from '../server/change-log.ts';
import { ruleOf, type MatchRule } from '../server/match.ts';
import type { Priority } from '../server/merge.ts';
import type { SourceEvent } from '../server/source.ts';
import { createStage } from '../server/stage.ts';
import { readDirectory, type Reading } from './directory-reading.ts';
import { readFolder } from './folder-reading.ts';
import { makePersonIds, newHoldId } from './person-ids.ts';
import { copyFile } from './restore.ts';
import type { ScimConfig } from './scim-config.ts';
import { readResources } from './scim-following.ts';
import { isFilesConfig, isScimConfig, type SourceConfig } from './source-config.ts';
import { openSqliteChangeLog, type SqliteChangeLogOptions } from './sqlite-change-log.ts';
import { openSqliteResources, resourcesFile } from './sqlite-resources.ts';

export interface RehearsalOptions {
  readonly source: SourceConfig;
  /** The store; it may not be there yet. */
  readonly log: SqliteChangeLogOptions;
  /** Where what provisioning clients write is kept. */
  readonly data: string;
  /** Where the copy is made, in a folder whose name begins with `copies`. */
  readonly folder: string;
  readonly rules: readonly MatchRule[];
  readonly priority: Priority;
  readonly progress?: (words: string, done: number, total?: number) => void;
  readonly signal?: AbortSignal;
}

export const copies = 'rollcall-preview-';

/** The copy, after everything was read into it. */
export interface Rehearsed {
  readonly name: SourceName;
  readonly log: ChangeLog;
  readonly path: string;
  /** Its revision before. */
  readonly from: Revision;
  /** Whom the book has of the source, and whom the source names. */
  readonly persons: number;
  readonly found: number;
  /** Entries that could be another person's, have no name, or have a photo that is none. */
  readonly leftOut: Readonly<Record<'ambiguous' | 'nameless' | 'photoless', number>>;
}

/**
 * What `look` says of the copy, which is gone afterwards; how the reading ended where it came to no end.
 * @throws HostFault when the store cannot be copied, or the settings cannot be right
 */
export async function rehearse<Result>(
  options: RehearsalOptions,
  look: (rehearsed: Rehearsed) => Promise<Result>,
): Promise<Result | Exclude<Reading, { kind: 'read' }>> {
  const { log: store, progress } = options;
  const folder = mkdtempSync(join(options.folder, copies));
  try {
    const path = join(folder, 'book.sqlite');
    if (existsSync(store.path))
      await copyFile(store.path, path, (done, total) => progress?.('copying the book', done, total));
    await using log = openSqliteChangeLog({ ...store, path });
    const rehearsed = await readInto(log, path, options);
    return 'kind' in rehearsed ? rehearsed : await look(rehearsed);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function readInto(
  log: ChangeLog,
  path: string,
  { source, data, rules, priority, progress, signal }: RehearsalOptions,
): Promise<Rehearsed | Exclude<Reading, { kind: 'read' }>> {
  const name = sourceName(source.name);
  const [persons, { revision: from }] = [await log.countLiving(name), await log.head()];
  const leftOut = { ambiguous: 0, nameless: 0, photoless: 0 };
  const stage = await createStage({
    source: name,
    changeLog: log,
    priority,
    ...ruleOf(rules, name),
    brake: source.brake,
    newPersonId: makePersonIds(Date.now),
    newHoldId,
    wallClock: () => wallTime(Date.now()),
    clock: () => instant(performance.now()),
    announce: () => undefined,
    report: (fact) => {
      if (fact.kind === 'ambiguous' || fact.kind === 'nameless' || fact.kind === 'photoless')
        leftOut[fact.kind] += fact.count;
    },
  });
  let found = 0;
  const take = async (events: readonly SourceEvent[]): Promise<void> => {
    found += events.filter(({ kind }) => kind === 'person').length;
    progress?.('reading the source, persons', found, found > persons ? undefined : persons);
    await stage.take(events);
  };
  const reading = isScimConfig(source)
    ? await readProvisioned(source, data, take)
    : isFilesConfig(source)
      ? await readFolder(source, take)
      : await readDirectory(source, take, signal);
  return reading.kind === 'read' ? { name, log, path, from, persons, found, leftOut } : reading;
}

/** What the provisioning client has written; other settings may make other persons of it. */
async function readProvisioned(
  config: ScimConfig,
  data: string,
  take: (events: readonly SourceEvent[]) => Promise<void>,
): Promise<Reading> {
  const path = join(data, resourcesFile(config.name));
  await using store = openSqliteResources(existsSync(path) ? path : ':memory:');
  await readResources({ config, store }, take);
  return { kind: 'read' };
}
