// Whom a test of a source has read, which groups, and what is worth telling of them.

import type { FieldName } from '../book/field.ts';
import type { Fields } from '../book/person.ts';
import type { SourceGroup } from '../server/group.ts';
import type { SourceEvent, SourcePerson } from '../server/source.ts';

/** `bad`: the source cannot be followed so. `odd`: it can, and something is to be looked at. */
export interface Finding {
  readonly check:
    | 'certificate'
    | 'connection'
    | 'log-in'
    | 'product'
    | 'reading'
    | 'persons'
    | 'fields'
    | 'photos'
    | 'groups';
  readonly verdict: 'good' | 'odd' | 'bad';
  readonly says: string;
  /** The address that it is about, where it is not about all. */
  readonly url?: string;
  /** The first persons, as they would be in the book. */
  readonly examples?: readonly Fields[];
}

export const good = (check: Finding['check'], says: string): Finding => ({ check, verdict: 'good', says });
export const bad = (check: Finding['check'], says: string): Finding => ({ check, verdict: 'bad', says });

export type SeenGroup = Pick<SourceGroup, 'name' | 'place'>;

const mostExamples = 3;

export class SeenPersons {
  persons = 0;
  readonly groups: SeenGroup[] = [];
  readonly #filled = new Map<FieldName, number>();
  readonly #examples: Fields[] = [];
  #nameless: SourcePerson[] = [];
  #photoless: SourcePerson[] = [];

  take(events: readonly SourceEvent[]): void {
    for (const event of events)
      if (event.kind === 'person') this.#person(event);
      else if (event.kind === 'group') this.groups.push({ name: event.name, place: event.place });
  }

  #person(person: SourcePerson): void {
    this.persons += 1;
    if (person.fields.name === undefined) return void this.#nameless.push(person);
    if (person.photoProblem !== undefined) this.#photoless.push(person);
    const names = Object.keys(person.fields) as FieldName[];
    if (person.managerPlace !== undefined) names.push('manager');
    for (const name of names) this.#filled.set(name, (this.#filled.get(name) ?? 0) + 1);
    if (this.#examples.length < mostExamples) this.#examples.push(person.fields);
  }

  /** `where` they were looked for, and what to do where there is nobody. */
  *findings(where: string, advice: string): Generator<Finding> {
    if (this.persons === 0) return yield bad('persons', `nobody is found ${where}: ${advice}`);
    const [first] = this.#nameless;
    const nameless =
      first === undefined
        ? ''
        : `; ${this.#nameless.length} are left out, since they have no name: ${first.place} is one`;
    yield {
      check: 'persons',
      verdict: first === undefined ? 'good' : 'odd',
      says: `${this.persons} found ${where}${nameless}`,
      examples: this.#examples,
    };
    const shares = [...this.#filled].sort(([, one], [, other]) => other - one);
    const parts = shares.map(([field, count]) => `${field} ${Math.floor((count * 100) / this.persons)} %`);
    yield good('fields', `filled: ${parts.join(', ')}; every other field is empty with all`);
    const [odd] = this.#photoless;
    const photos = this.#filled.get('photo') ?? 0;
    if (odd === undefined) return yield good('photos', `${photos} have a photo`);
    const says = `${photos} have a photo; those of ${this.#photoless.length} others are left out: ${odd.place}: ${odd.photoProblem ?? ''}`;
    yield { check: 'photos', verdict: 'odd', says };
  }
}
