// `rollcall source preview`: what the source has now, under the settings of the file, against what the book holds. It is
// the pipeline itself, brake and all, on a copy of the store that is thrown away: what it says is what would be done.

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { FieldName } from '../book/field.ts';
import { condense } from '../book/change-list.ts';
import type { Fields } from '../book/person.ts';
import type { PersonId } from '../book/person-id.ts';
import type { Config } from '../node/config.ts';
import type { Reading } from '../node/directory-reading.ts';
import { rehearse, type Rehearsed } from '../node/rehearsal.ts';
import { bookFile } from '../node/restore.ts';
import type { SourceConfig } from '../node/source-config.ts';
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
export function previewSource(
  config: Config,
  source: SourceConfig,
  progress: Progress,
): Promise<SourcePreview | Exclude<Reading, { kind: 'read' }>> {
  const { matchBy, rules, priority } = mergingOf(config);
  const log = { path: join(config.data, bookFile), matchBy };
  const show = progress.show.bind(progress);
  return rehearse(
    { source, log, data: config.data, folder: tmpdir(), rules, priority, progress: show },
    async ({ persons, found, leftOut, ...copy }) => ({
      source: source.name,
      persons,
      found,
      ...(await differences(copy)),
      ...leftOut,
    }),
  );
}

type Differences = Pick<SourcePreview, 'added' | 'altered' | 'removed' | 'held'>;

async function differences({
  log,
  path,
  name,
  from,
}: Pick<Rehearsed, 'log' | 'path' | 'name' | 'from'>): Promise<Differences> {
  const since = await log.since(from, Number.MAX_SAFE_INTEGER);
  const changes = since.kind === 'changes' ? condense(since.list).changes : [];
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
