// Everybody of the book as the audiences' rules see them: who is seen by which audience, to which one somebody belongs
// who reads, and who is named in whose entry. In memory, and only where audiences are configured: some 250 octets a person.

import type { Fields } from '../book/person.ts';
import type { PersonId } from '../book/person-id.ts';
import { holding, named, type AudienceRule } from './audience.ts';
import type { Memberships } from './memberships.ts';

interface Standing {
  /** A bit for each rule, the first lowest. */
  readonly seenBy: number;
  /** Which rule is this reader's. */
  readonly reads: number;
  readonly names: readonly PersonId[];
}

/** A bit each, of 31 that a small integer has. */
export const mostAudiences = 30;

export class Roster {
  readonly #reads: readonly ReturnType<typeof holding>[];
  readonly #sees: readonly ReturnType<typeof holding>[];
  readonly #standings = new Map<PersonId, Standing>();
  /** By whom is named. */
  readonly #naming = new Map<PersonId, Set<PersonId>>();
  readonly #strangers: number;

  /** The last of `rules` is for whoever reads by none before. */
  constructor(rules: readonly AudienceRule[], memberships: Pick<Memberships, 'isIn'>) {
    const isIn = memberships.isIn.bind(memberships);
    this.#reads = rules.map(({ readers }) => holding(readers, isIn));
    this.#sees = rules.map(({ persons }) => holding(persons, isIn));
    this.#strangers = this.#readsBy(undefined, {});
  }

  /** Which rule is the reader's; undefined: of somebody who is nobody of the book. */
  ruleOf(reader: PersonId | undefined): number {
    return (reader === undefined ? undefined : this.#standings.get(reader)?.reads) ?? this.#strangers;
  }

  everybody(): Iterable<PersonId> {
    return this.#standings.keys();
  }

  /** Whether the rule of this number shows `person`. */
  shows(rule: number, person: PersonId): boolean {
    return (this.seenBy(person) & (1 << rule)) !== 0;
  }

  /** A bit for each rule that shows `person`. */
  seenBy(person: PersonId): number {
    return this.#standings.get(person)?.seenBy ?? 0;
  }

  /** In whose entries `person` is named. */
  naming(person: PersonId): Iterable<PersonId> {
    return this.#naming.get(person) ?? [];
  }

  /** The person is so from now on; undefined: gone. */
  put(person: PersonId, fields: Fields | undefined): void {
    for (const each of this.#standings.get(person)?.names ?? []) this.#unname(each, person);
    if (fields === undefined) {
      this.#standings.delete(person);
      return;
    }
    const names = named(fields);
    this.#standings.set(person, { seenBy: this.#seenBy(person, fields), reads: this.#readsBy(person, fields), names });
    for (const each of names) this.#name(each, person);
  }

  #seenBy(person: PersonId, fields: Fields): number {
    return this.#sees.reduce((bits, sees, at) => (sees(person, fields) ? bits | (1 << at) : bits), 0);
  }

  #readsBy(person: PersonId | undefined, fields: Fields): number {
    return this.#reads.findIndex((reads) => reads(person, fields));
  }

  #name(person: PersonId, by: PersonId): void {
    const known = this.#naming.get(person);
    if (known === undefined) this.#naming.set(person, new Set([by]));
    else known.add(by);
  }

  #unname(person: PersonId, by: PersonId): void {
    const known = this.#naming.get(person);
    known?.delete(by);
    if (known?.size === 0) this.#naming.delete(person);
  }
}
