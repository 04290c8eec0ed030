// `rollcall source preview`: what the source has now, under the settings of the file, against what the book holds. It is
// the pipeline itself, brake and all, on a copy of the store that is thrown away: what it says is what would be done.

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { instant, wallTime } from '../base/time.ts';
import type { Change } from '../book/change.ts';
import type { FieldName } from '../book/field.ts';
import { condense } from '../book/change-list.ts';
import type { Fields } from '../book/person.ts';
import type { PersonId } from '../book/person-id.ts';
import { copyFile } from '../node/restore.ts';
import type { Config } from '../node/config.ts';
import { readDirectory, type Reading } from '../node/directory-reading.ts';
import { makePersonIds, newHoldId } from '../node/person-ids.ts';
import type { ScimConfig } from '../node/scim-config.ts';
import { readResources } from '../node/scim-following.ts';
import { readFolder } from '../node/folder-reading.ts';
import { isFilesConfig, isScimConfig, type SourceConfig } from '../node/source-config.ts';
import { openSqliteChangeLog } from '../node/sqlite-change-log.ts';
import { openSqliteResources, resourcesFile } from '../node/sqlite-resources.ts';
import { sourceName, type ChangeLog, type SourceName } from '../server/change-log.ts';
import { ruleOf } from '../server/match.ts';
import type { SourceEvent } from '../server/source.ts';
import { createStage } from '../server/stage.ts';
import { mergingOf } from './merging.ts';
import type { Progress } from './progress.ts';

interface Somebody {
  readonly person: PersonId;
  readonly name: string;
}

export interface SourcePreview {
  readonly source: string;
  /** Whom the book has of the source now, and whom the source names. */
  readonly persons: number;
  readonly found: number;
  readonly added: readonly { readonly name: string; readonly fields: Fields }[];
  readonly altered: readonly (Somebody & { readonly from: Fields; readonly to: Fields })[];
  readonly removed: readonly Somebody[];
  /** What of it the brake would hold, and why. */
  readonly held: readonly { readonly reason: string; readonly persons: number; readonly field?: FieldName }[];
  /** Entries that could be another person's, have no name, or have a photo that is none. */
  readonly ambiguous: number;
  readonly nameless: number;
  readonly photoless: number;
}

/** @throws HostFault when the store cannot be copied, or the settings cannot be right */
export async function previewSource(
  config: Config,
  source: SourceConfig,
  progress: Progress,
): Promise<SourcePreview | Exclude<Reading, { kind: 'read' }>> {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-preview-'));
  try {
    const path = join(folder, 'book.sqlite');
    const store = join(config.data, 'book.sqlite');
    if (existsSync(store)) await copyFile(store, path, (done, total) => progress.show('copying the book', done, total));
    await using log = openSqliteChangeLog({ path, matchBy: mergingOf(config).matchBy });
    return await compared({ config, source, log, path, progress });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Comparing {
  readonly config: Config;
  readonly source: SourceConfig;
  /** The copy, and its file. */
  readonly log: ChangeLog;
  readonly path: string;
  readonly progress: Progress;
}

async function compared({ config, source, log, path, progress }: Comparing): ReturnType<typeof previewSource> {
  const name = sourceName(source.name);
  const { priority, rules } = mergingOf(config);
  const [persons, { revision: from }] = [await log.countLiving(name), await log.head()];
  const counts = { ambiguous: 0, nameless: 0, photoless: 0 };
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
        counts[fact.kind] += fact.count;
    },
  });
  let found = 0;
  const take = async (events: readonly SourceEvent[]): Promise<void> => {
    found += events.filter(({ kind }) => kind === 'person').length;
    progress.show('reading the source, persons', found, found > persons ? undefined : persons);
    await stage.take(events);
  };
  const reading = isScimConfig(source)
    ? await readProvisioned(config, source, take)
    : isFilesConfig(source)
      ? await readFolder(source, take)
      : await readDirectory(source, take);
  if (reading.kind !== 'read') return reading;
  const since = await log.since(from, Number.MAX_SAFE_INTEGER);
  const changes = since.kind === 'changes' ? condense(since.list).changes : [];
  return { source: name, persons, found, ...(await differences(changes, { log, path, name })), ...counts };
}

/** What the provisioning client has written; other settings may make other persons of it. */
async function readProvisioned(
  { data }: Config,
  config: ScimConfig,
  take: (events: readonly SourceEvent[]) => Promise<void>,
): Promise<Reading> {
  const path = join(data, resourcesFile(config.name));
  await using store = openSqliteResources(existsSync(path) ? path : ':memory:');
  await readResources({ config, store }, take);
  return { kind: 'read' };
}

type Differences = Pick<SourcePreview, 'added' | 'altered' | 'removed' | 'held'>;

async function differences(
  changes: readonly Change[],
  { log, path, name }: Pick<Comparing, 'log' | 'path'> & { readonly name: SourceName },
): Promise<Differences> {
  const holds = (await log.holds()).filter(({ source }) => source === name);
  const fields = (await log.heldFields()).filter(({ source }) => source === name);
  // Whoever left has a name there yet, which the change log does not tell.
  using book = new DatabaseSync(path, { readOnly: true });
  const ask = book.prepare("select fields ->> '$.name' as name from person where id = ?");
  const nameOf = (person: PersonId): Somebody => ({ person, name: String(ask.get(person)?.['name'] ?? '') });
  const gone = changes.flatMap((change) => (change.kind === 'removed' ? [change.person] : []));
  const held = holds.flatMap(({ removals }) => removals.map(({ person }) => person));
  return {
    added: changes.flatMap((change) =>
      change.kind === 'added' ? [{ name: change.fields.name ?? '', fields: change.fields }] : [],
    ),
    altered: changes.flatMap((change) =>
      change.kind === 'altered' ? [{ ...nameOf(change.person), from: change.from, to: change.to }] : [],
    ),
    removed: [...gone, ...held].map(nameOf),
    held: [
      ...holds.map(({ reason, removals }) => ({ reason, persons: removals.length })),
      ...fields.map(({ reason, persons, field }) => ({ reason, persons: persons.length, field })),
    ],
  };
}
