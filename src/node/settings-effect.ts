// What changed settings of a source would do, told in numbers, and whom it would concern where the brake would hold it.

import { hash } from 'node:crypto';
import type { FieldName } from '../book/field.ts';
import type { Revision } from '../book/change.ts';
import type { PersonId } from '../book/person-id.ts';
import type { Asking } from '../server/administration.ts';
import { mostRemovals, type BrakeLimits } from '../server/brake.ts';
import type { ChangeLog, HoldId } from '../server/change-log.ts';
import type { Rehearsed } from './rehearsal.ts';

export interface Effect {
  readonly asking: Asking;
  /** Why the brake would hold what it would hold. */
  readonly reasons: readonly string[];
  /** Nobody needs to be asked: the brake holds nothing, and no more is added or altered than may leave. */
  readonly harmless: boolean;
  readonly removed: ReadonlySet<PersonId>;
  readonly emptied: ReadonlyMap<FieldName, ReadonlySet<PersonId>>;
  /** What was held before. */
  readonly before: ReadonlySet<HoldId>;
}

const atOnce = 1000;

interface EffectOptions {
  /** As `settingsOf` has them. */
  readonly settings: string;
  /** What the book holds already. */
  readonly before: ReadonlySet<HoldId>;
  readonly brake: BrakeLimits;
}

export async function effectOf(
  { name, log, from, persons }: Rehearsed,
  { settings, before, brake }: EffectOptions,
): Promise<Effect> {
  const { added, altered, removed } = await changedSince(log, from);
  const holds = (await log.holds()).filter(({ id, source }) => source === name && !before.has(id));
  for (const { removals } of holds) for (const { person } of removals) removed.add(person);
  const fields = (await log.heldFields()).filter(({ id, source }) => source === name && !before.has(id));
  const emptied = new Map(fields.map((held) => [held.field, new Set(held.persons.map(({ person }) => person))]));
  const counts = { added, altered: altered.size, removed: removed.size, fields: [...emptied.keys()].sort() };
  const concerned = [removed, ...counts.fields.map((field) => emptied.get(field) ?? [])].map((all) => [...all].sort());
  const id = hash('sha256', JSON.stringify([settings, counts, concerned]), 'hex').slice(0, 12);
  const most = mostRemovals(brake, persons);
  const harmless = holds.length + fields.length === 0 && Math.max(added, altered.size, removed.size) <= most;
  const reasons = [...holds, ...fields].map(({ reason }) => reason);
  return { asking: { id, ...counts }, reasons, harmless, removed, emptied, before };
}

/** A page at a time: of a million persons all may be others. */
async function changedSince(log: ChangeLog, from: Revision) {
  let added = 0;
  const altered = new Set<PersonId>();
  const removed = new Set<PersonId>();
  for (let after = from; ;) {
    const since = await log.since(after, atOnce);
    if (since.kind !== 'changes' || since.list.changes.length === 0) return { added, altered, removed };
    for (const { kind, person } of since.list.changes) {
      if (kind === 'added') added += 1;
      else (kind === 'altered' ? altered : removed).add(person);
    }
    after = since.list.upTo;
  }
}
