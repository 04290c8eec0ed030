// Prompts as they are told on a screen: what happened to one person is told at once, and what happened to many alike is told
// once. A directory that is altered by a program tells of 200 people in as many changes, which come in some steps
// within a minute; so what belongs together is said by when it came, not by the step.

import { minutes, type Milliseconds, type WallTime } from '../base/time.ts';
import type { FieldName } from '../book/field.ts';
import type { PersonId } from '../book/person-id.ts';
import type { PromptFact } from '../book/personal-entry.ts';
import type { StoredPrompt } from './personal-address-book.ts';

type AtLeastOne<Item> = readonly [Item, ...Item[]];

/** What happened to one person within some minutes. */
export interface TellingOfOne {
  readonly kind: 'one';
  readonly person: PersonId;
  /** As the employee knew the person last. */
  readonly name: string;
  /** When the last of it came. */
  readonly at: WallTime;
  readonly seen: boolean;
  /** Oldest first. */
  readonly prompts: AtLeastOne<StoredPrompt>;
}

/** What happened to many alike within some minutes. */
export interface TellingOfMany {
  readonly kind: 'many';
  readonly at: WallTime;
  readonly seen: boolean;
  /** What happened to each of them. */
  readonly what: PromptFact['kind'];
  /** The fields that were altered, of each the same; empty where nothing was altered. */
  readonly fields: readonly FieldName[];
  /** Newest first; each person once. */
  readonly people: AtLeastOne<TellingOfOne>;
}

export type Telling = TellingOfOne | TellingOfMany;

/** Within this from the first. A script over some thousand entries of a directory is done by then. */
const together: Milliseconds = minutes(10);
/** Of fewer it is more to be read what happened to each. */
const fewestOfMany = 5;

/** Newest first. Each of `prompts`, which are oldest first, is in one of the tellings; more of them alter only what is of the last minutes. */
export function tellingsOf(prompts: readonly StoredPrompt[]): readonly Telling[] {
  const ones = grouped(prompts, ({ person, at }) => ({ key: person, at })).map(oneOf);
  const sets = grouped(ones, (one) => ({ key: alikeness(one), at: one.prompts[0].at }));
  return newestFirst(sets.flatMap((set): readonly Telling[] => (set.length < fewestOfMany ? set : [manyOf(set)])));
}

/** The IDs of all that is told here, for `seen` and for `undoAll`. */
export const promptsOf = (telling: Telling): readonly number[] =>
  telling.kind === 'one' ? telling.prompts.map(({ id }) => id) : telling.people.flatMap(promptsOf);

const newest = (telling: Telling): number => promptsOf(telling).reduce((one, other) => Math.max(one, other));

const newestFirst = <Each extends Telling>(tellings: readonly Each[]): readonly Each[] =>
  tellings
    .map((telling) => ({ telling, id: newest(telling) }))
    .sort((one, other) => other.id - one.id)
    .map(({ telling }) => telling);

/** Those of one key, each set of them as far as it lies together, in the order of their first. */
function grouped<Item>(
  items: readonly Item[],
  placeOf: (item: Item) => { readonly key: string; readonly at: WallTime },
): readonly AtLeastOne<Item>[] {
  const sets: AtLeastOne<Item>[] = [];
  const open = new Map<string, { readonly set: [Item, ...Item[]]; readonly from: WallTime }>();
  for (const item of items) {
    const { key, at } = placeOf(item);
    const found = open.get(key);
    // A clock may have been set back meanwhile.
    if (found !== undefined && Math.abs(at - found.from) <= together) {
      found.set.push(item);
      continue;
    }
    const set: [Item, ...Item[]] = [item];
    sets.push(set);
    open.set(key, { set, from: at });
  }
  return sets;
}

function oneOf(prompts: AtLeastOne<StoredPrompt>): TellingOfOne {
  const { person, name, at } = prompts.at(-1) ?? prompts[0];
  return { kind: 'one', person, name, at, seen: prompts.every(({ seen }) => seen), prompts };
}

const fieldsOf = ({ prompts }: TellingOfOne): readonly FieldName[] =>
  [...new Set(prompts.flatMap(({ fact }) => (fact.kind === 'altered' ? [fact.field] : [])))].sort();

/** Of whom this is the same, the same happened to. Whom more than one kind of thing happened to is told apart. */
function alikeness(one: TellingOfOne): string {
  const kinds = new Set(one.prompts.map(({ fact }) => fact.kind));
  return kinds.size > 1 ? `one ${one.person}` : `${one.prompts[0].fact.kind} ${fieldsOf(one).join()}`;
}

function manyOf(people: AtLeastOne<TellingOfOne>): TellingOfMany {
  const [first, ...rest] = newestFirst(people);
  const latest = first ?? people[0];
  return {
    kind: 'many',
    at: latest.at,
    seen: people.every(({ seen }) => seen),
    what: latest.prompts[0].fact.kind,
    fields: fieldsOf(latest),
    people: [latest, ...rest],
  };
}
