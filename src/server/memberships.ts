// Who is in the groups that audiences name. A group makes no revision, so that nothing in the log tells of it: the log has a
// number that moves with every membership, and where it is another than before, those groups are asked for, and
// whoever is in one and was not, or is not any more, is judged again. Groups that no rule names are not asked for.

import type { PersonId } from '../book/person-id.ts';
import { groupsOfRule, type AudienceRule } from './audience.ts';
import type { ChangeLog } from './change-log.ts';
import type { Membership } from './group.ts';

/** A group that a rule names, and that nobody is in: there is none of this name, or more than one. */
export interface UnclearGroup {
  readonly group: string;
  readonly found: number;
  readonly audiences: readonly string[];
}

export class Memberships {
  readonly #log: Pick<ChangeLog, 'memberships' | 'membershipsAt'>;
  readonly #rules: readonly AudienceRule[];
  readonly #groups: readonly string[];
  readonly #persons = new Map<string, ReadonlySet<PersonId>>();
  #found = new Map<string, number>();
  #at: number | undefined;

  constructor(log: Pick<ChangeLog, 'memberships' | 'membershipsAt'>, rules: readonly AudienceRule[]) {
    this.#log = log;
    this.#rules = rules;
    this.#groups = [...new Set(rules.flatMap(groupsOfRule))];
  }

  isIn(group: string, person: PersonId): boolean {
    return this.#persons.get(group)?.has(person) === true;
  }

  get unclear(): readonly UnclearGroup[] {
    return [...this.#found].filter(([, found]) => found !== 1).map(([group]) => this.#told(group));
  }

  /** Some may be in other groups than when they were asked for. @throws HostFault when the log cannot be read */
  async moved(): Promise<boolean> {
    return this.#groups.length > 0 && (await this.#log.membershipsAt()) !== this.#at;
  }

  /**
   * Asks again, where something moved. Gives who is in other groups than before, and what became clear or unclear.
   * @throws HostFault when the log cannot be read; then all is as before
   */
  async refresh(): Promise<{ readonly moved: ReadonlySet<PersonId>; readonly turned: readonly UnclearGroup[] }> {
    const moved = new Set<PersonId>();
    if (!(await this.moved())) return { moved, turned: [] };
    const { at, memberships } = await this.#log.memberships({ groups: this.#groups });
    for (const { group, persons } of memberships)
      for (const person of this.#put(group, new Set(persons))) moved.add(person);
    const turned = memberships.filter(({ group, found }) => (this.#found.get(group) ?? 1) !== found);
    this.#found = new Map(memberships.map(({ group, found }) => [group, found]));
    this.#at = at;
    return { moved, turned: turned.map(({ group }: Membership) => this.#told(group)) };
  }

  /** Gives who is in it and was not, or was and is not. */
  #put(group: string, persons: ReadonlySet<PersonId>): readonly PersonId[] {
    const before = this.#persons.get(group) ?? new Set();
    this.#persons.set(group, persons);
    return [
      ...[...persons].filter((person) => !before.has(person)),
      ...[...before].filter((person) => !persons.has(person)),
    ];
  }

  #told(group: string): UnclearGroup {
    const audiences = this.#rules.filter((rule) => groupsOfRule(rule).includes(group)).map(({ name }) => name);
    return { group, found: this.#found.get(group) ?? 0, audiences };
  }
}
