// A person whom several sources know: whose word counts, field by field, and what it changes when one of them says
// something else, or nothing any more.

import type { Change } from '../book/change.ts';
import { telephoneFields, uriFields, type FieldName } from '../book/field.ts';
import { difference, type Fields } from '../book/person.ts';
import type { PersonId } from '../book/person-id.ts';
import type { Candidate, Known, Said, SourceName } from './change-log.ts';

/** Of several sources that say something in a field, the first counts. Whoever is not named comes last, by name. */
export interface Priority {
  readonly order: readonly SourceName[];
  /** Fields in which these come before the others. */
  readonly prefer: Readonly<Partial<Record<FieldName, readonly SourceName[]>>>;
}

export const noPriority: Priority = { order: [], prefer: {} };

/** A person as the log has them, beside one of their links. */
export interface Shown {
  readonly person: PersonId;
  readonly lives: boolean;
  readonly fields: Fields;
  /** What the other links say. */
  readonly others: readonly Said[];
}

export const shownOf = ({ person, fields, left, others = [] }: Known): Shown => ({
  person,
  fields,
  others,
  lives: !left || others.some((other) => !other.left),
});

/** Beside a link that is to be made. */
export const shownAs = ({ person, fields, left, links }: Candidate): Shown => ({
  person,
  fields,
  lives: !left,
  others: links,
});

/** Of these fields one source says all: the parts of an address, a number and what is dialled for it. */
const together: readonly (readonly FieldName[])[] = [
  ['street', 'city', 'region', 'postalCode', 'country'],
  ...telephoneFields.map((name) => [name, uriFields[name]]),
];
const groups: ReadonlyMap<FieldName, readonly FieldName[]> = new Map(
  together.flatMap((group) => group.map((name) => [name, group] as const)),
);

/** What each of `said` has to say, as one person. */
export function merged(said: readonly Omit<Said, 'left'>[], { order, prefer }: Priority): Fields {
  const byName = [...said].sort((one, other) => (one.source < other.source ? -1 : one.source > other.source ? 1 : 0));
  const first = ranked(byName, order);
  const fields: Partial<Record<FieldName, string>> = {};
  for (const name of new Set(first.flatMap((each) => Object.keys(each.fields) as FieldName[]))) {
    const group = groups.get(name) ?? [name];
    const preferred = group.map((each) => prefer[each]).find((sources) => sources !== undefined);
    const ranks = preferred === undefined ? first : ranked(first, preferred);
    const value = ranks.find((each) => group.some((other) => each.fields[other] !== undefined))?.fields[name];
    if (value !== undefined) fields[name] = value;
  }
  return fields;
}

function ranked<Each extends { readonly source: SourceName }>(
  said: readonly Each[],
  order: readonly SourceName[],
): readonly Each[] {
  const rank = ({ source }: Each): number => (order.includes(source) ? order.indexOf(source) : order.length);
  return [...said].sort((one, other) => rank(one) - rank(other));
}

/** What it comes to that a source says `fields` of the person now; undefined where it knows the person no longer. */
export function changeBy(
  { person, lives, fields: before, others }: Shown,
  { source, fields }: { readonly source: SourceName; readonly fields: Fields | undefined },
  priority: Priority,
): Change | undefined {
  const there: readonly Omit<Said, 'left'>[] = others.filter(({ left }) => !left);
  const all = fields === undefined ? there : [...there, { source, fields }];
  const [only] = all;
  if (only === undefined) return lives ? { kind: 'removed', person } : undefined;
  const after = all.length === 1 ? only.fields : merged(all, priority);
  if (!lives) return { kind: 'added', person, fields: after };
  const differs = difference(before, after);
  return differs === undefined ? undefined : { kind: 'altered', person, ...differs };
}
