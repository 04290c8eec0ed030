// The revision of the personal address book (the method's revision module): what a step does to the
// entries. Pure; a store calls it inside its transaction, on the entries as they are there.

import type { WallTime } from '../base/time.ts';
import type { Change } from '../book/change.ts';
import { difference } from '../book/person.ts';
import { prompts, revised, type PersonalEntry, type Prompt } from '../book/personal-entry.ts';
import type { PersonFact, RevisionStep } from './personal-address-book.ts';

/** One entry after a step. */
export interface EntryRevision {
  readonly entry: PersonalEntry;
  /** Whether the employee sees a difference; where not, only the revision moved. */
  readonly differs: boolean;
  readonly prompts: readonly Prompt[];
}

/** What `step` makes of `entry`, of which it says `fact`; undefined where the entry has heard it before. */
export function revisedBy(
  step: Pick<RevisionStep, 'history'>,
  [entry, fact]: readonly [PersonalEntry, PersonFact],
  at: WallTime,
): EntryRevision | undefined {
  if (step.history === 'follow' && entry.revision >= fact.revision) return undefined;
  const after = revised(entry, changeOf(fact), fact.revision);
  const differs = after.state !== entry.state || difference(entry.base, after.base) !== undefined;
  return { entry: after, differs, prompts: differs ? prompts(entry, after, at) : [] };
}

function changeOf(fact: PersonFact): Change {
  switch (fact.kind) {
    case 'fetched':
      return { kind: 'added', person: fact.person, fields: fact.fields };
    case 'altered':
      return { kind: 'altered', person: fact.person, from: fact.from, to: fact.to };
    case 'gone':
      return { kind: 'removed', person: fact.person };
  }
}

/** The entries of withheld removals after the employee's word: gone after all, or kept as own contacts. */
export function decided(entry: PersonalEntry, proceed: boolean, at: WallTime): EntryRevision {
  if (entry.state !== 'held') return { entry, differs: false, prompts: [] };
  const after: PersonalEntry = { ...entry, state: proceed ? 'left' : 'kept' };
  return { entry: after, differs: true, prompts: proceed ? prompts(entry, after, at) : [] };
}
