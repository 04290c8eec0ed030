// What a server that believes peers who somebody is (RFC 3325) makes of the book: whom they may mean, and who is
// to be asked about anew.

import type { ChangeList } from '../book/change-list.ts';
import type { TrustOptions } from '../sip/trust.ts';
import type { ChangeLog } from './change-log.ts';
import type { ServerFact } from './fact.ts';
import { Identities, personUser } from './identities.ts';

/** The persons as they are, for who asserts an identity; a second or so for each 500,000. */
export async function loadedIdentities(changeLog: ChangeLog, domain: string): Promise<Identities> {
  const identities = new Identities(domain);
  const { pages } = await changeLog.book();
  for await (const page of pages) for (const { id, fields } of page) identities.put(id, fields);
  return identities;
}

export const trustOf = (
  trusts: TrustOptions['trusts'],
  people: Identities,
  report: (fact: ServerFact) => void,
): TrustOptions => ({
  trusts,
  userOf: (identities) => {
    const person = people.personOf(identities);
    return person && personUser(person);
  },
  unknown: (identities, { flow }) => report({ kind: 'identity-unknown', identities, flow }),
});

/** Who left, and who is known by other identities than before: whom they subscribed as is to be found out anew. */
export function strangers(
  identities: Identities,
  { changes }: ChangeList,
): readonly { readonly kind: 'session-over' | 'deregistered'; readonly user: string }[] {
  return changes.flatMap((change) => {
    const what = identities.take(change);
    if (what === undefined) return [];
    return [{ kind: what === 'gone' ? 'session-over' : 'deregistered', user: personUser(change.person) }] as const;
  });
}
