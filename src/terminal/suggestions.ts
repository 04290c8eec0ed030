// Whom an employee may want to keep first: the manager, whom the employee manages, and who is in the same department.

import type { Person } from '../book/person.ts';
import type { PersonId } from '../book/person-id.ts';
import type { EnterpriseQuestions } from './enterprise-questions.ts';
import { TerminalFault } from './terminal-fault.ts';

export interface Suggestion {
  readonly person: Person;
  /** `peer`: has the same manager, where the employee is in no department. */
  readonly why: 'manager' | 'report' | 'department' | 'peer';
}

export interface Suggesting {
  /** Whose the terminal is. */
  readonly me: PersonId;
  readonly held: ReadonlySet<PersonId>;
  readonly limit: number;
}

/** The server gives no more at once. */
const mostInPage = 200;

/**
 * At most `limit`, the nearest first, each once, without those held and the employee.
 * @throws TerminalFault where the server does not answer
 */
export async function suggestionsFor(
  enterprise: Pick<EnterpriseQuestions, 'person' | 'organisation'>,
  { me, held, limit }: Suggesting,
): Promise<readonly Suggestion[]> {
  // So many that `limit` are left without those held.
  const page = { limit: Math.min(mostInPage, limit + held.size + 1) };
  const own = await unlessHidden(enterprise.person(me));
  if (own === undefined) return [];
  const { department, manager } = own.fields;
  const [below, beside] = await Promise.all([
    enterprise.organisation({ person: me }, page),
    department !== undefined
      ? enterprise.organisation({ department }, page)
      : manager !== undefined
        ? enterprise.organisation({ person: me, list: 'peers' }, page)
        : undefined,
  ]);
  const all: readonly Suggestion[] = [
    ...below.managers.slice(0, 1).map((person): Suggestion => ({ person, why: 'manager' })),
    ...below.persons.map((person): Suggestion => ({ person, why: 'report' })),
    ...(beside?.persons ?? []).map((person): Suggestion => ({
      person,
      why: department === undefined ? 'peer' : 'department',
    })),
  ];
  const named = new Set([...held, me]);
  const fresh = all.filter(({ person: { id } }) => !named.has(id) && named.add(id));
  return fresh.slice(0, limit);
}

/** An audience may keep a reader's own person from that reader; then nothing is known to be near. */
async function unlessHidden(asked: Promise<Person>): Promise<Person | undefined> {
  try {
    return await asked;
  } catch (fault) {
    if (fault instanceof TerminalFault && fault.trouble.kind === 'not-allowed') return undefined;
    throw fault;
  }
}
