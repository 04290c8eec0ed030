// Who manages whom and who is in which department, in memory: two numbers a person, in lists by person number. A question goes
// through them all once, which for a million persons is a few milliseconds, and so no list of anybody's reports has to be kept.
//
// A manager is looked up one step at a time, so a circle of managers is nothing special; whoever is in one is below nobody at the top.

import type { Fields } from '../book/person.ts';
import type { PersonId } from '../book/person-id.ts';

const none = -1;
const leastRoom = 1024;

/** Numbers by number, `none` where nothing was put. */
class Column {
  #values: Int32Array<ArrayBuffer> = new Int32Array(leastRoom).fill(none);

  get values(): Int32Array<ArrayBuffer> {
    return this.#values;
  }

  set(at: number, value: number): void {
    if (at >= this.#values.length) {
      const wider = new Int32Array(Math.ceil((at + 1) * 1.5)).fill(none);
      wider.set(this.#values);
      this.#values = wider;
    }
    this.#values[at] = value;
  }

  get(at: number): number {
    return this.#values[at] ?? none;
  }
}

/** Small numbers for texts, rising from 0. */
class Texts {
  readonly all: string[] = [];
  readonly #places = new Map<string, number>();

  placeOf(text: string): number {
    return this.#places.get(text) ?? none;
  }

  add(text: string): number {
    const known = this.#places.get(text);
    if (known !== undefined) return known;
    this.#places.set(text, this.all.length);
    return this.all.push(text) - 1;
  }
}

export interface Department {
  readonly name: string;
  readonly persons: number;
}

export class OrganisationIndex {
  readonly #numberOf: (person: PersonId) => number | undefined;
  /** By person number: the place of the manager's ID in `#managers`, of the department in `#departments`. */
  readonly #manager = new Column();
  readonly #department = new Column();
  readonly #managers = new Texts();
  readonly #departments = new Texts();
  /** By place in `#managers`: that person's number, where the person lives. */
  readonly #numbers = new Column();

  /** @param numberOf the number of a person who lives */
  constructor(numberOf: (person: PersonId) => number | undefined) {
    this.#numberOf = numberOf;
  }

  put(number: number, id: PersonId, { manager, department }: Fields): void {
    this.#manager.set(number, manager === undefined || manager === id ? none : this.#managerPlace(manager as PersonId));
    this.#department.set(number, department === undefined ? none : this.#departments.add(department));
    const own = this.#managers.placeOf(id);
    if (own !== none) this.#numbers.set(own, number);
  }

  remove(number: number, id: PersonId): void {
    this.#manager.set(number, none);
    this.#department.set(number, none);
    const own = this.#managers.placeOf(id);
    if (own !== none) this.#numbers.set(own, none);
  }

  #managerPlace(manager: PersonId): number {
    const known = this.#managers.placeOf(manager);
    if (known !== none) return known;
    const place = this.#managers.add(manager);
    this.#numbers.set(place, this.#numberOf(manager) ?? none);
    return place;
  }

  /** The numbers of those whom this person manages. */
  reports(manager: PersonId): readonly number[] {
    return this.#having(this.#manager, this.#managers.placeOf(manager));
  }

  members(department: string): readonly number[] {
    return this.#having(this.#department, this.#departments.placeOf(department));
  }

  /** The numbers of those who manage others, and whom nobody manages who is in the book. */
  top(): readonly number[] {
    const counts = this.#counts(this.#manager, this.#managers);
    const found: number[] = [];
    for (const [place, count] of counts.entries()) {
      const number = this.#numbers.get(place);
      if (count > 0 && number !== none && this.#numbers.get(this.#manager.get(number)) === none) found.push(number);
    }
    return found;
  }

  /** How many each of these persons manages, in their order. */
  reportCounts(persons: readonly PersonId[]): readonly number[] {
    const counts = this.#counts(this.#manager, this.#managers);
    return persons.map((person) => counts[this.#managers.placeOf(person)] ?? 0);
  }

  /** Those that somebody is in. */
  departments(): readonly Department[] {
    const counts = this.#counts(this.#department, this.#departments);
    return this.#departments.all
      .map((name, place) => ({ name, persons: counts[place] ?? 0 }))
      .filter(({ persons }) => persons > 0);
  }

  #having({ values }: Column, wanted: number): readonly number[] {
    const found: number[] = [];
    if (wanted !== none)
      for (let at = values.indexOf(wanted); at !== -1; at = values.indexOf(wanted, at + 1)) found.push(at);
    return found;
  }

  #counts({ values }: Column, { all }: Texts): Uint32Array {
    const counts = new Uint32Array(all.length);
    for (const place of values) if (place !== none) counts[place] = (counts[place] ?? 0) + 1;
    return counts;
  }
}
