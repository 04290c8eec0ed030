// Whom one may want to keep, or to open, before anything is typed: the manager, whom one manages, the own department, and
// who was looked up often, which this machine alone knows.

import { TerminalFault, type Person, type Suggestion } from '../../../browser/browser.ts';
import type { Book } from '../engine/book.ts';
import { useTheBook } from '../engine/use-book.ts';
import { useAsked, type Asked } from './asked.tsx';

export interface Suggested {
  readonly person: Person;
  readonly why: Suggestion['why'] | 'often';
}

export interface Suggestions {
  readonly people: readonly Suggested[];
  /** The employee's own. */
  readonly department: string | undefined;
}

const often = 5;

async function suggestionsOf({ terminal, snapshot }: Book): Promise<Suggestions> {
  const [near, opened] = await Promise.all([terminal.suggestions(), terminal.oftenLookedUp(often)]);
  const named = new Set(near.map(({ person }) => person.id));
  const fresh = opened.filter((person) => !named.has(person) && !snapshot.entries.has(person));
  const known = await Promise.all(fresh.map((person) => unlessGone(terminal.person(person))));
  const [first, ...others] = near.map(({ person, why }): Suggested => ({ person, why }));
  const people = [
    ...(first === undefined ? [] : [first]),
    ...known.flatMap((person): Suggested[] => (person === undefined ? [] : [{ person, why: 'often' }])),
    ...others,
  ];
  return { people, department: near.find(({ why }) => why === 'department')?.person.fields.department };
}

/** Whoever was looked up may have left since. */
async function unlessGone(asked: Promise<Person>): Promise<Person | undefined> {
  try {
    return await asked;
  } catch (fault) {
    if (fault instanceof TerminalFault && fault.trouble.kind === 'not-allowed') return undefined;
    throw fault;
  }
}

/** Nobody is asked where `wanted` is false. */
export function useSuggestions(wanted: boolean): Asked<Suggestions> {
  const book = useTheBook();
  return useAsked<Suggestions>(wanted ? 'wanted' : '', () =>
    wanted ? suggestionsOf(book) : Promise.resolve({ people: [], department: undefined }),
  );
}
