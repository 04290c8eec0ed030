// One person who left the book by mistake is brought back, with the ID of before: where they were known to the end. A source
// that is followed does not have them, or they would be there; so their removal is held, until it has them or the
// administrator decides. Whose sources are followed no more is a person of the administrator's own book from now on.

import type { ChangeList } from '../book/change-list.ts';
import type { PersonId } from '../book/person-id.ts';
import type { EmbeddedBook, FollowedSource, Refusal } from './administration.ts';
import type { Candidate, ChangeLog, Hold, HoldId } from './change-log.ts';
import { embeddedSource } from './embedded-source.ts';

export interface PersonRestored {
  readonly kind: 'restored';
  readonly list: ChangeList;
  /** Of their removal, one for each followed source that knew them. */
  readonly holds: readonly Hold['id'][];
}

interface Ports {
  readonly changeLog: ChangeLog;
  readonly embedded: EmbeddedBook;
  readonly sources: readonly FollowedSource[];
}

export async function restorePerson(person: PersonId, ports: Ports): Promise<PersonRestored | Refusal> {
  const candidate = await ports.changeLog.candidate(person);
  if (candidate === undefined)
    return refused(
      404,
      `there is no person ${person}: nobody ever was, or they left so long ago that they are forgotten`,
    );
  if (!candidate.left) return refused(409, `${person} is in the book, and was not removed`);
  const links = candidate.links.filter(({ last }) => last);
  if (links.length === 0)
    return refused(
      409,
      `${person} is nobody's any more: they were joined with another person, whom 'rollcall directory separate' takes apart`,
    );
  const followed = links.flatMap(({ source, key }) => {
    const by = ports.sources.find((each) => each.source === source);
    return by === undefined ? [] : [{ by, key }];
  });
  const lists: ChangeList[] = [];
  const holds: HoldId[] = [];
  for (const { by, key } of followed) {
    const restored = await by.restore(key);
    if (restored === undefined) continue;
    lists.push(restored.list);
    holds.push(restored.hold);
  }
  if (followed.length === 0 || links.some(({ source }) => source === embeddedSource)) {
    const restored = await ports.embedded.restore(person, ownFields(candidate, links));
    // Where a source brought them back it is done, all the same.
    if (restored.kind === 'refused' && lists.length === 0) return restored;
    if (restored.kind === 'restored') lists.push(restored.list);
  }
  return whole(person, lists, holds);
}

/** What the embedded book said, or, where another takes its place, what the book had of the person. */
function ownFields({ fields }: Candidate, links: Candidate['links']): Candidate['fields'] {
  return links.find(({ source }) => source === embeddedSource)?.fields ?? fields;
}

function whole(person: PersonId, lists: readonly ChangeList[], holds: readonly HoldId[]): PersonRestored | Refusal {
  const [first, last] = [lists[0], lists.at(-1)];
  if (first === undefined || last === undefined) return refused(409, `${person} came back meanwhile`);
  return {
    kind: 'restored',
    list: { ...first, upTo: last.upTo, changes: lists.flatMap(({ changes }) => changes) },
    holds,
  };
}

const refused = (status: Refusal['status'], problem: string): Refusal => ({ kind: 'refused', status, problem });
