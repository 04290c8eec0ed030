// The comparison of what changed with what is held (the method's processing module, S308): whom to ask
// about, and what is known already. And the terminal's brake.
//
// A change list over `after..upTo` may be condensed: what was done and undone within it is not in it. So
// it can be laid upon an entry only where the entry is the person as of `after`. An entry that was fetched
// since, as of a revision between the two, may lack an "undone" that the list does not even mention:
// that person is fetched again. At `upTo` or later there is nothing that the entry has not heard.

import { condense, type ChangeList } from '../book/change-list.ts';
import type { Change, Revision } from '../book/change.ts';
import type { PersonId } from '../book/person-id.ts';
import type { ChangedPeople, PersonsAnswer } from '../wire/http.ts';
import type { Everyone } from './acquisition.ts';
import type { Holdings, PersonFact } from './personal-address-book.ts';

export interface Comparison {
  /** The person IDs to send (S308). */
  readonly ask: readonly PersonId[];
  /** Those of them who differ for sure from what is held. */
  readonly differing: ReadonlySet<PersonId>;
  readonly facts: readonly PersonFact[];
}

/** How an entry that stands at `entry` meets a list over `after..upTo`. */
export type Meeting = 'heard-before' | 'applies' | 'fetch';

export function meeting(entry: Revision, list: { readonly after: Revision; readonly upTo: Revision }): Meeting {
  if (entry <= list.after) return 'applies'; // also where the list is empty, after = upTo
  return entry >= list.upTo ? 'heard-before' : 'fetch';
}

/** S307 -> S308. */
export function comparedWithList(list: ChangedPeople, holdings: Holdings): Comparison {
  const altered = new Set(list.altered);
  const removed = new Set(list.removed);
  const ask: PersonId[] = [];
  const differing = new Set<PersonId>();
  const facts: PersonFact[] = [];
  for (const [person, entry] of holdings.people) {
    const meets = meeting(entry.revision, list);
    if (meets === 'heard-before') continue;
    if (altered.has(person) && meets === 'applies') differing.add(person);
    if (altered.has(person)) ask.push(person);
    else if (removed.has(person)) facts.push({ kind: 'gone', person, revision: list.upTo });
    else if (meets === 'fetch') ask.push(person);
  }
  return { ask, differing, facts };
}

/** `mute`: people of whom the list says nothing, whatever happened to them. */
export function comparedWithChanges(
  list: ChangeList,
  holdings: Holdings,
  mute: ReadonlySet<PersonId> = new Set(),
): Comparison {
  const changes = new Map(condense(list).changes.map((change) => [change.person, change]));
  const ask: PersonId[] = [];
  const facts: PersonFact[] = [];
  for (const [person, entry] of holdings.people) {
    const meets = meeting(entry.revision, list);
    if (meets === 'heard-before') continue;
    const change = changes.get(person);
    const unsure = meets === 'fetch' || mute.has(person);
    if (unsure && change?.kind !== 'removed') ask.push(person);
    else if (change !== undefined) facts.push(factOf(change, list.upTo));
  }
  return { ask, differing: new Set(), facts };
}

function factOf(change: Change, revision: Revision): PersonFact {
  const { person } = change;
  switch (change.kind) {
    case 'added':
      return { kind: 'fetched', person, revision, fields: change.fields };
    case 'altered':
      return { kind: 'altered', person, revision, from: change.from, to: change.to };
    case 'removed':
      return { kind: 'gone', person, revision };
  }
}

export function comparedWithEveryone(everyone: Everyone, holdings: Holdings): readonly PersonFact[] {
  const { revision } = everyone;
  return [...holdings.people.keys()].map((person): PersonFact => {
    const fields = everyone.persons.get(person);
    return fields === undefined ? { kind: 'gone', person, revision } : { kind: 'fetched', person, revision, fields };
  });
}

/** S309: the persons as of the answer's revision, or what is altered of them since the revision that was named. */
export const answeredFacts = (answer: PersonsAnswer): readonly PersonFact[] => [
  ...answer.persons.map(({ id, fields }): PersonFact => ({
    kind: 'fetched',
    person: id,
    revision: answer.revision,
    fields,
  })),
  ...answer.altered.map(({ id, from, to }): PersonFact => ({
    kind: 'altered',
    person: id,
    revision: answer.revision,
    from,
    to,
  })),
  ...answer.gone.map((person): PersonFact => ({ kind: 'gone', person, revision: answer.revision })),
];

const brake = {
  // A few leavers at once are everyday in a small book.
  unaskedRemovals: 5,
  unaskedShare: 1 / 5,
};

export interface Braked {
  readonly facts: readonly PersonFact[];
  readonly withheld: readonly PersonId[];
}

/** Holds the removals back where one list has so many that the employee is asked first. */
export function braked(facts: readonly PersonFact[], holdings: Holdings): Braked {
  const asked = facts.filter((fact) => !(fact.kind === 'gone' && holdings.withheld.has(fact.person)));
  const removes = (fact: PersonFact): boolean =>
    fact.kind === 'gone' && holdings.people.get(fact.person)?.state === 'held';
  const withheld = asked.filter(removes).map((fact) => fact.person);
  const few = withheld.length <= brake.unaskedRemovals;
  if (few || withheld.length <= holdings.people.size * brake.unaskedShare) return { facts: asked, withheld: [] };
  return { facts: asked.filter((fact) => !removes(fact)), withheld };
}
