import type { BookId, Change, Revision } from './change.ts';
import { altered, difference } from './person.ts';
import type { PersonId } from './person-id.ts';

/**
 * What happened in `book` after revision `after`, up to and including `upTo`, oldest first.
 * A span never changes. Uncondensed, `changes` holds one change a revision.
 */
export interface ChangeList {
  readonly book: BookId;
  readonly after: Revision;
  readonly upTo: Revision;
  readonly changes: readonly Change[];
}

/** The part of `list` that concerns `people`; its span stays the same. */
export const about = (people: ReadonlySet<PersonId>, list: ChangeList): ChangeList => ({
  ...list,
  changes: list.changes.filter((change) => people.has(change.person)),
});

/** `list` with at most one change a person, which does what that person's changes did one after another. */
export function condense(list: ChangeList): ChangeList {
  const folded = new Map<PersonId, Change>();
  for (const next of list.changes) {
    const before = folded.get(next.person);
    const whole = before === undefined ? next : fold(before, next);
    folded.delete(next.person); // keeps the order of last touch
    if (whole !== undefined) folded.set(next.person, whole);
  }
  return { ...list, changes: [...folded.values()] };
}

/** One change for two of the same person; undefined where the second undoes the first. */
function fold(first: Change, second: Change): Change | undefined {
  if (second.kind !== 'altered') return second;
  switch (first.kind) {
    case 'added':
      return { ...first, fields: altered(first.fields, second) };
    case 'altered': {
      const from = { ...second.from, ...first.from };
      for (const name of Object.keys(first.to) as (keyof typeof from)[]) if (!(name in first.from)) delete from[name];
      const undone = difference(from, altered(altered(from, first), second));
      return undone === undefined ? undefined : { kind: 'altered', person: first.person, ...undone };
    }
    case 'removed':
      // An alteration of a removed person cannot come from a log; what is kept harms nobody.
      return first;
  }
}
