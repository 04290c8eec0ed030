// Everybody of the book as the audiences' rules see them: who is seen by which audience, to which one somebody belongs
// who reads, and who is named in whose entry. In memory, and only where audiences are configured: some 250 octets a person.
//
// The readers of an audience see the same, unless it is by what is the same of reader and person (the department): then those
// see the same who have the same there. Such readers are a circle; of any other audience all are one.

import type { FieldName } from '../book/field.ts';
import type { Fields } from '../book/person.ts';
import type { PersonId } from '../book/person-id.ts';
import { holding, named, valuesOf, type AudienceRule } from './audience.ts';
import type { Memberships } from './memberships.ts';

/** Who read alike. Of one kind there is one object. */
export interface Circle {
  /** The number of the rule. */
  readonly rule: number;
  /** What its readers have in each field of the rule's `same`, sorted; where one is empty, they see nobody. */
  readonly values: readonly (readonly string[])[];
}

interface Standing {
  /** A bit for each rule, the first lowest: all but what is the same. */
  readonly seenBy: number;
  readonly reads: Circle;
  readonly names: readonly PersonId[];
  /** In the fields that rules want to be the same. */
  readonly values: ReadonlyMap<FieldName, readonly string[]> | undefined;
}

/** A bit each, of 31 that a small integer has. */
export const mostAudiences = 30;

export class Roster {
  readonly #rules: readonly AudienceRule[];
  readonly #reads: readonly ReturnType<typeof holding>[];
  readonly #sees: readonly ReturnType<typeof holding>[];
  readonly #same: readonly FieldName[];
  readonly #standings = new Map<PersonId, Standing>();
  /** Who has a value in one of these fields. */
  readonly #having: ReadonlyMap<FieldName, Map<string, Set<PersonId>>>;
  readonly #circles = new Map<string, Circle>();
  /** By whom is named. */
  readonly #naming = new Map<PersonId, Set<PersonId>>();
  readonly #strangers: Circle;

  /** The last of `rules` is for whoever reads by none before. */
  constructor(rules: readonly AudienceRule[], memberships: Pick<Memberships, 'isIn'>) {
    const isIn = memberships.isIn.bind(memberships);
    this.#rules = rules;
    this.#reads = rules.map(({ readers }) => holding(readers, isIn));
    this.#sees = rules.map(({ persons }) => holding(persons, isIn));
    this.#same = [...new Set(rules.flatMap(({ same }) => same))];
    this.#having = new Map(this.#same.map((field) => [field, new Map()]));
    this.#strangers = this.circleFor(undefined, {});
  }

  /** Undefined: of somebody who is nobody of the book. */
  circleOf(reader: PersonId | undefined): Circle {
    return (reader === undefined ? undefined : this.#standings.get(reader)?.reads) ?? this.#strangers;
  }

  /** To which circle a person belongs who is so. */
  circleFor(person: PersonId | undefined, fields: Fields): Circle {
    const rule = this.#reads.findIndex((reads) => reads(person, fields));
    const values = (this.#rules[rule]?.same ?? []).map((field) => [...new Set(valuesOf(fields, field))].sort());
    return this.#circle(rule, values.some((each) => each.length === 0) ? values.map(() => []) : values);
  }

  /** Of the readers of this rule who see nobody, since they have nothing that could be the same. */
  nobodysCircle(rule: number): Circle {
    return this.#circle(rule, this.#rules[rule]?.same.map(() => []) ?? []);
  }

  /** Of the readers of this rule, those with most readers first. */
  circlesOf(rule: number): readonly Circle[] {
    const readers = new Map<Circle, number>();
    for (const { reads } of this.#standings.values())
      if (reads.rule === rule) readers.set(reads, (readers.get(reads) ?? 0) + 1);
    return [...readers].sort(([, one], [, other]) => other - one).map(([circle]) => circle);
  }

  /** Whom the readers of this circle see. */
  shownTo(circle: Circle): readonly PersonId[] {
    return [...this.#mayShow(circle)].filter((person) => this.shows(circle, person));
  }

  #mayShow({ rule, values: [values] }: Circle): Iterable<PersonId> {
    const [field] = this.#rules[rule]?.same ?? [];
    if (field === undefined || values === undefined) return this.#standings.keys();
    const having = this.#having.get(field);
    return new Set(values.flatMap((value) => [...(having?.get(value) ?? [])]));
  }

  /** Whether the readers of this circle see `person`. */
  shows({ rule, values }: Circle, person: PersonId): boolean {
    const standing = this.#standings.get(person);
    if (standing === undefined || (standing.seenBy & (1 << rule)) === 0) return false;
    return values.every((readers, at) => {
      const has = standing.values?.get(this.#rules[rule]?.same[at] ?? 'name') ?? [];
      return has.some((value) => readers.includes(value));
    });
  }

  /** In whose entries `person` is named. */
  naming(person: PersonId): Iterable<PersonId> {
    return this.#naming.get(person) ?? [];
  }

  /** The person is so from now on; undefined: gone. */
  put(person: PersonId, fields: Fields | undefined): void {
    const before = this.#standings.get(person);
    for (const each of before?.names ?? []) drop(this.#naming, each, person);
    this.#index(person, before?.values, drop);
    if (fields === undefined) {
      this.#standings.delete(person);
      return;
    }
    const names = named(fields);
    const reads = this.circleFor(person, fields);
    const values = this.#valuesOf(fields);
    this.#standings.set(person, { seenBy: this.#seenBy(person, fields), reads, names, values });
    for (const each of names) add(this.#naming, each, person);
    this.#index(person, values, add);
  }

  #index(person: PersonId, values: Standing['values'], how: typeof add): void {
    for (const [field, all] of values ?? [])
      for (const value of all) how(this.#having.get(field) ?? new Map<string, Set<PersonId>>(), value, person);
  }

  #circle(rule: number, values: Circle['values']): Circle {
    const key = JSON.stringify([rule, values]);
    const circle = this.#circles.get(key) ?? { rule, values };
    this.#circles.set(key, circle);
    return circle;
  }

  #valuesOf(fields: Fields): Standing['values'] {
    if (this.#same.length === 0) return undefined;
    return new Map(this.#same.map((field) => [field, valuesOf(fields, field)]));
  }

  #seenBy(person: PersonId, fields: Fields): number {
    return this.#sees.reduce((bits, sees, at) => (sees(person, fields) ? bits | (1 << at) : bits), 0);
  }
}

function add<Key>(into: Map<Key, Set<PersonId>>, key: Key, person: PersonId): void {
  const known = into.get(key);
  if (known === undefined) into.set(key, new Set([person]));
  else known.add(person);
}

function drop<Key>(from: Map<Key, Set<PersonId>>, key: Key, person: PersonId): void {
  const known = from.get(key);
  known?.delete(person);
  if (known?.size === 0) from.delete(key);
}
