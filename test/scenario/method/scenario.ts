// A scenario of the method: what is done, and what must hold, told once for real sockets and for the simulated
// network. Each is played twice over: first while all goes wrong that can go wrong there, of which only that may be
// said which holds however it went, then in peace, of which everything is said to the letter.

import { expect } from 'vitest';
import type { PersonId } from '../../../src/book/person-id.ts';
import { acquisitions } from '../../../src/terminal/acquisition.ts';
import { deliveries } from '../../../src/wire/interest.ts';
import type { PromptFact } from '../../../src/book/personal-entry.ts';
import type { Passing } from './passing.ts';
import type { Choice, Place, Stage } from './stage.ts';

export interface Scenario {
  /** `S301` to `S309`, `claim 1` to `claim 10`. */
  readonly tag: string;
  readonly sentence: string;
  /** Whether there is something to say with this delivery and acquisition. */
  applies(choice: Choice): boolean;
  play(stage: Stage): Promise<void>;
}

export const choices: readonly Choice[] = deliveries.flatMap((delivery) =>
  acquisitions.map((acquire) => ({ delivery, acquire })),
);

export const always = (): boolean => true;
/** The method to the letter: come and get it, then the change list, then the persons. */
export const byList = ({ delivery, acquire }: Choice): boolean => delivery === 'notice' && acquire === 'list';
export const byNotice = ({ delivery }: Choice): boolean => delivery === 'notice';

/** New office telephones, one for each of those persons; `round` makes them other ones. */
export const telephones = (round: string, ...numbers: readonly number[]): ReadonlyMap<number, string> =>
  new Map(numbers.map((number) => [number, telephoneIn(round, number)]));
/** As no revision, UUID or tag is written. */
export const telephoneIn = (round: string, number: number): string => `+1 ${round} ${number}`;

export const altering = (from: string | undefined, to: string): PromptFact => ({
  kind: 'altered',
  field: 'officeTelephone',
  ...(from !== undefined && { from }),
  to,
});

export interface Person {
  readonly id: PersonId;
  /** Before anything was altered. */
  readonly telephone: string | undefined;
}

export async function personsOf(stage: Stage, count: number): Promise<readonly [Person, ...Person[]]> {
  const of = async (number: number): Promise<Person> => ({
    id: await stage.person(number),
    telephone: await stage.telephone(number),
  });
  const persons: [Person, ...Person[]] = [await of(0)];
  for (let number = 1; number < count; number += 1) persons.push(await of(number));
  return persons;
}

/** What was prompted about a person, oldest first. */
export async function factsOf(place: Place, { id }: Person): Promise<readonly PromptFact[]> {
  return (await place.prompts()).filter(({ person }) => person === id).map(({ fact }) => fact);
}

export async function entryOf(place: Place, { id }: Person): Promise<Awaited<ReturnType<Place['entries']>>[number]> {
  const found = (await place.entries()).find(({ person }) => person === id);
  if (found === undefined) throw new Error(`${id} is not held`);
  return found;
}

/** Person 0 was altered in the storm and then in peace, and the employee was told so, once each. */
export async function expectTold(
  place: Place,
  first: Person,
  rounds: readonly string[] = ['storm', 'peace'],
): Promise<void> {
  const values = rounds.map((round) => telephoneIn(round, 0));
  const facts = values.map((value, at) => altering(at === 0 ? first.telephone : values[at - 1], value));
  expect(await factsOf(place, first)).toEqual(facts);
  expect((await entryOf(place, first)).base.officeTelephone).toBe(values.at(-1));
}

/** What passes from now on. */
export function watch(place: Place): () => readonly Passing[] {
  const from = place.passed.length;
  return () => place.passed.slice(from);
}
