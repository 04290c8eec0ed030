// Who is in which group, read from the log's file. What is in a group in a group is found by following them; a circle
// ends where it began, since no group is gone through twice.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { departmentSortKey } from '../book/findable.ts';
import { personId, type PersonId } from '../book/person-id.ts';
import { groupsNamed, type Group, type GroupId, type Membership } from '../server/group.ts';

const inside = `with recursive inside (number) as (select ? union
  select membership.nested from inside join membership indexed by membership_inside on membership.grouping = inside.number where membership.nested is not null)`;

// `cross join` in this order: from the few groups to their members.
const members = `from inside cross join membership on membership.grouping = inside.number
  cross join link on link.number = membership.link`;
const living = `${members} where link.left_at is null`;

const statements = {
  at: 'select memberships from meta',
  all: 'select number, name from grouping',
  places: 'select number, name, place from grouping',
  one: 'select number, name from grouping where number = ?',
  of: `with recursive above (number) as (
      select membership.grouping from person cross join link on link.person = person.number and link.left_at is null
        cross join membership on membership.link = link.number where person.id = ? and person.left_at is null
      union select membership.grouping from above join membership on membership.nested = above.number)
    select grouping.number, grouping.name from above join grouping on grouping.number = above.number`,
  members: `${inside} select distinct link.person as number ${living}`,
  persons: `${inside} select distinct person.id ${members} cross join person on person.number = link.person where link.left_at is null`,
  count: `${inside} select count(distinct link.person) as persons ${living}`,
} as const;

type Statements = Readonly<Record<keyof typeof statements, StatementSync>>;
type Row = Readonly<Record<string, unknown>>;

export interface NamedGroup {
  readonly number: number;
  readonly name: string;
  /** Lists are in the order of these. */
  readonly key: string;
}

export class GroupReader {
  readonly #ask: Statements;

  constructor(db: DatabaseSync) {
    const prepared = Object.entries(statements).map(([name, sql]) => [name, db.prepare(sql)] as const);
    this.#ask = Object.fromEntries(prepared) as Statements;
  }

  /** All, or those that a person is in; in no particular order. */
  named(person?: PersonId): readonly NamedGroup[] {
    return (person === undefined ? this.#ask.all.all() : this.#ask.of.all(person)).map(namedOf);
  }

  one(id: GroupId): NamedGroup | undefined {
    const row = this.#ask.one.get(Number(id));
    return row === undefined ? undefined : namedOf(row);
  }

  counted({ number, name }: NamedGroup): Group {
    return { id: String(number) as GroupId, name, persons: Number(this.#ask.count.get(number)?.['persons']) };
  }

  /** As of `ChangeLog.membershipsAt`. */
  at(): number {
    return Number(this.#ask.at.get()?.['memberships']);
  }

  memberships(groups: readonly string[]): readonly Membership[] {
    const all = this.#ask.places.all().map((row) => ({ ...namedOf(row), place: String(row['place']) }));
    const meant = groupsNamed(all);
    return groups.map((group) => {
      const found = meant(group);
      const [one] = found;
      const rows = one === undefined || found.length > 1 ? [] : this.#ask.persons.all(one.number);
      return { group, found: found.length, persons: rows.map(({ id }) => personId(String(id))) };
    });
  }

  /** The numbers of all persons in it, each once. */
  members({ number }: NamedGroup): readonly number[] {
    return this.#ask.members.all(number).map((row) => Number(row['number']));
  }
}

function namedOf(row: Row): NamedGroup {
  const [number, name] = [Number(row['number']), String(row['name'])];
  return { number, name, key: `${departmentSortKey(name)}\u0000${name}\u0000${String(number).padStart(15, '0')}` };
}
