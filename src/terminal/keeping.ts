// How a person comes to be held: fetched, and kept where the book is not further, or another, by then.

import type { PersonId } from '../book/person-id.ts';
import type { EnterpriseQuestions } from './enterprise-questions.ts';
import type { Kept, PersonalAddressBookStore } from './personal-address-book.ts';
import { TerminalFault } from './terminal-fault.ts';

/** A person who changes while being kept is fetched again, but not for ever. */
const mostTries = 4;

export interface KeepingParts {
  readonly store: PersonalAddressBookStore;
  readonly enterprise: EnterpriseQuestions;
  readonly sync: () => Promise<unknown>;
}

/** @throws TerminalFault when the server does not answer, or the person is not to be seen */
export async function keptFetched(
  { store, enterprise, sync }: KeepingParts,
  person: PersonId,
): Promise<Extract<Kept, { kind: 'kept' }>> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const { fields, at } = await enterprise.fetch(person);
    const kept = await store.keep({ person, fields, at });
    if (kept.kind === 'kept') return kept;
    // The book is of another history than the answer: it is compared first.
    if (kept.kind === 'another-book') await sync();
  }
  throw new TerminalFault({ kind: 'busy', words: 'The enterprise address book is changing; try again in a moment.' });
}
