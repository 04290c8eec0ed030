// Whom a refresh names before their managers. A directory names its entries in any order, and a person who is
// added without the manager is altered when the manager comes: of 100,000 persons in the order of their names that was
// one in three, each with a revision and a place in the history of its own. So those who are new wait in
// memory for the place that they name, for as long as the refresh lasts.

import type { SourceKey } from './change-log.ts';
import type { SourcePerson } from './source.ts';

// Of some 1.5 kB each. Whoever comes when it is full is added at once.
const most = 40_000;

export class Awaiting {
  readonly #byKey = new Map<SourceKey, SourcePerson>();
  readonly #byPlace = new Map<string, Set<SourceKey>>();

  get isFull(): boolean {
    return this.#byKey.size >= most;
  }

  get isEmpty(): boolean {
    return this.#byKey.size === 0;
  }

  add(person: SourcePerson, managerPlace: string): void {
    this.#byKey.set(person.key, person);
    const others = this.#byPlace.get(managerPlace);
    if (others === undefined) this.#byPlace.set(managerPlace, new Set([person.key]));
    else others.add(person.key);
  }

  /** Something newer was said of them. */
  forget(key: SourceKey): void {
    const person = this.#byKey.get(key);
    if (person === undefined) return;
    this.#byKey.delete(key);
    this.#byPlace.get(person.managerPlace ?? '')?.delete(key);
  }

  /** Those who waited for one of `places`, who wait no longer. */
  arrived(places: Iterable<string>): readonly SourcePerson[] {
    const released: SourcePerson[] = [];
    for (const place of places) {
      for (const key of this.#byPlace.get(place) ?? []) {
        const person = this.#byKey.get(key);
        if (person !== undefined) released.push(person);
        this.#byKey.delete(key);
      }
      this.#byPlace.delete(place);
    }
    return released;
  }

  /**
   * Those who wait for nobody who waits too, and one of each circle of persons who wait for each other: after them all
   * others come in turn. At most `count`, who wait no longer.
   */
  heads(count: number): readonly SourcePerson[] {
    const all = [...this.#byKey.values()];
    const at = new Map(all.map((person) => [person.place, person]));
    const heads = new Set<SourcePerson>();
    const walked = new Map<SourcePerson, SourcePerson>();
    for (const start of all) {
      let person = start;
      for (let boss: SourcePerson | undefined = start; boss !== undefined && !walked.has(boss);) {
        person = boss;
        walked.set(person, start);
        boss = at.get(person.managerPlace ?? '');
      }
      const boss = at.get(person.managerPlace ?? '');
      if (boss === undefined || walked.get(boss) === start) heads.add(person);
    }
    const released = [...heads].slice(0, count);
    for (const { key } of released) this.forget(key);
    if (this.isEmpty) this.#byPlace.clear();
    return released;
  }
}
