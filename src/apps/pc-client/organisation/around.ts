// Who of the personal address book is around a person: reckoned from the entries, so that nobody is asked, and it is there
// without a server too.

import type { PersonalEntry, PersonId } from '../../../browser/browser.ts';
import type { Snapshot } from '../engine/book.ts';

type Entries = Snapshot['entries'];

interface Index {
  readonly byManager: ReadonlyMap<string, readonly PersonId[]>;
}

const indexes = new WeakMap<Entries, Index>();

const managerOf = ({ own, base }: PersonalEntry): string => own.values.manager ?? base.manager ?? '';

function indexOf(entries: Entries): Index {
  const known = indexes.get(entries);
  if (known !== undefined) return known;
  const byManager = new Map<string, PersonId[]>();
  for (const entry of entries.values()) {
    const manager = managerOf(entry);
    if (manager === '') continue;
    const below = byManager.get(manager);
    if (below === undefined) byManager.set(manager, [entry.person]);
    else below.push(entry.person);
  }
  const index = { byManager };
  indexes.set(entries, index);
  return index;
}

const nobody: readonly PersonId[] = [];

/** Those held whom somebody manages. */
export const reportsHeld = ({ entries }: Pick<Snapshot, 'entries'>, manager: string): readonly PersonId[] =>
  manager === '' ? nobody : (indexOf(entries).byManager.get(manager) ?? nobody);
