// The entries of the persons whom a terminal asks for (S308, S309).
//
// Few who were altered of late are answered from the tail alone: what is altered since the copy that the
// terminal has, which is a tenth of the octets and asks no store. The list between the two is condensed,
// so it ends where the whole entry does. Anything else (who came, left, or is asked for without a copy; a
// copy from before the tail) is answered from the store with whole entries.

import type { Change, Revision } from '../book/change.ts';
import { about, condense } from '../book/change-list.ts';
import type { PersonId } from '../book/person-id.ts';
import type { PersonAlteration, PersonsAnswer, PersonsQuestion } from '../wire/http.ts';
import type { PersonAt } from './change-log.ts';
import type { Tail } from './tail.ts';
import type { SeenLog, View } from './view.ts';

// The tail is looked through once a person; beyond these the store is as quick.
const few = { persons: 10, revisions: 1000 };

export async function personsAnswer(question: PersonsQuestion, { log, tail }: View): Promise<PersonsAnswer> {
  const copies = copiesOf(question);
  return altered(copies, tail) ?? (await whole(copies, log));
}

/** Where the copy of each person stands, the older one where somebody is named twice; -1 where there is none. */
function copiesOf({ ids, revisions }: PersonsQuestion): ReadonlyMap<PersonId, number> {
  const copies = new Map<PersonId, number>();
  for (const [at, id] of ids.entries()) {
    const copy = revisions?.[at] ?? -1;
    copies.set(id, Math.min(copy, copies.get(id) ?? Infinity));
  }
  return copies;
}

function altered(copies: ReadonlyMap<PersonId, number>, tail: Tail): PersonsAnswer | undefined {
  if (copies.size === 0 || copies.size > few.persons) return undefined;
  const { head } = tail;
  const alterations: PersonAlteration[] = [];
  for (const [id, copy] of copies) {
    if (head.revision - copy > few.revisions) return undefined;
    const list = tail.since(copy as Revision);
    const change = list === 'further-back' ? undefined : condense(about(new Set([id]), list)).changes[0];
    if (change?.kind !== 'altered') return undefined;
    alterations.push(alterationOf(change));
  }
  return { ...head, persons: [], altered: alterations, gone: [] };
}

function alterationOf({ person, from, to }: Change & { readonly kind: 'altered' }): PersonAlteration {
  const takenAway = Object.entries(from).filter(([name]) => !(name in to));
  return { id: person, from: Object.fromEntries(takenAway), to };
}

async function whole(copies: ReadonlyMap<PersonId, number>, log: SeenLog): Promise<PersonsAnswer> {
  const { head, persons } = await log.persons([...copies.keys()]);
  const living = new Set(persons.map(({ id }) => id));
  const differs = ({ id, revision: changed }: PersonAt): boolean => {
    const copy = copies.get(id) ?? -1;
    // A copy newer than the log is of another history: the log was restored from an old copy.
    return changed > copy || copy > head.revision;
  };
  return {
    book: head.book,
    revision: head.revision,
    persons: persons.filter(differs).map(({ id, revision, fields }) => ({ id, revision, fields })),
    altered: [],
    gone: [...copies.keys()].filter((id) => !living.has(id)),
  };
}
