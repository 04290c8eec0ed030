// The persons as sources know them, read for comparing: by key, by place, by the value of a field.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { FieldName } from '../book/field.ts';
import type { Fields } from '../book/person.ts';
import { personId, type PersonId } from '../book/person-id.ts';
import {
  sourceKey,
  sourceName,
  type Candidate,
  type Known,
  type Living,
  type Said,
  type SharedValue,
  type SourceKey,
  type SourceName,
} from '../server/change-log.ts';
import { placeNumber } from './sqlite-place.ts';

// SQLite keeps no statistics of a file that is being filled, and would take the index that begins with
// the source: all of its links for each place. `indexed by` makes any other plan an error.
const known = (
  from: string,
): string => `select link.key, link.number, link.person, link.fields as own, person.id, person.fields,
  link.place, link.manager_place, link.stamp, link.left_at from ${from} join person on person.number = link.person
  where link.source = (select number from source where name = ?)`;

const statements = {
  // All keys of a batch at once: of a first load nobody is known, and a statement for each was a twentieth of its time.
  known: `${known('json_each(?) as asked cross join link')} and link.key = asked.value`,
  at: `${known('link indexed by link_place')} and link.place_number = ? and link.place = ?`,
  under: `${known('link indexed by link_manager')} and link.manager_number = ? and link.manager_place = ?`,
  // From the one row of `former`: the other way round it is looked for once for each link of the source.
  formerlyAt: `select link.key, link.number, link.person, link.fields as own, person.id, person.fields, link.place,
    link.manager_place, link.left_at from former cross join link on link.number = former.link join person on person.number = link.person
    where former.source = (select number from source where name = ?) and former.place = ?`,
  // In the order of the numbers, so that a page does not sort all that follow it.
  below: `${known('link not indexed')} and link.number > ? and link.left_at is null and substr(link.place, -length(?)) = ?
    order by link.number limit ?`,
  managedFrom: `${known('link not indexed')} and link.number > ? and link.left_at is null
    and substr(link.manager_place, -length(?)) = ? order by link.number limit ?`,
  living: `select link.key, link.number, person.id from link join person on person.number = link.person
    where +link.source = (select number from source where name = ?) and link.left_at is null and link.number > ?
    order by link.number limit ?`,
  bears: `select link.number, coalesce(link.fields, person.fields) ->> ? is not null as bears
    from link join person on person.number = link.person
    where +link.source = (select number from source where name = ?) and link.left_at is null and link.number > ?
    order by link.number limit ?`,
  person: 'select number, id, fields, left_at from person where id = ?',
  others: `select source.name, coalesce(link.fields, person.fields) as fields, link.left_at from link
    join source on source.number = link.source join person on person.number = link.person where link.person = ? and link.number <> ? order by link.number`,
  linksOf: `select source.name, link.key, link.number, coalesce(link.fields, person.fields) as fields, link.left_at
    from link join source on source.number = link.source join person on person.number = link.person
    where link.person = ? order by link.number`,
} as const;

type Statements = Readonly<Record<keyof typeof statements, StatementSync>>;
type Row = Readonly<Record<string, unknown>>;

const pageLength = 1000;

export class SqliteKnown {
  readonly #db: DatabaseSync;
  readonly #ask: Statements;
  readonly #by: Partial<Record<FieldName, StatementSync>> = {};

  /** `matchBy`: fields that are asked for by value. */
  constructor(db: DatabaseSync, matchBy: readonly FieldName[]) {
    this.#db = db;
    const prepared = Object.entries(statements).map(([name, sql]) => [name, db.prepare(sql)] as const);
    this.#ask = Object.fromEntries(prepared) as Statements;
    for (const field of matchBy)
      db.exec(`create index if not exists person_by_${field} on person (${valueOf(field)}, left_at)`);
  }

  known(source: SourceName, keys: readonly SourceKey[]): ReadonlyMap<SourceKey, Known> {
    const found = this.#allKnown(this.#ask.known.all(JSON.stringify(keys), source));
    return new Map(found.map((each) => [each.key, each]));
  }

  at(source: SourceName, place: string): readonly Known[] {
    const there = this.#allKnown(this.#ask.at.all(source, placeNumber(place), place));
    if (there.some((each) => !each.left)) return there;
    return [...there, ...this.#allKnown(this.#ask.formerlyAt.all(source, place))];
  }

  under(source: SourceName, place: string): readonly Known[] {
    return this.#allKnown(this.#ask.under.all(source, placeNumber(place), place));
  }

  /** A page of them, by number after `after`. */
  below(source: SourceName, place: string, after: number): readonly Known[] {
    return this.#allKnown(this.#ask.below.all(source, after, `,${place}`, `,${place}`, pageLength));
  }

  managedFrom(source: SourceName, place: string, after: number): readonly Known[] {
    return this.#allKnown(this.#ask.managedFrom.all(source, after, `,${place}`, `,${place}`, pageLength));
  }

  living(source: SourceName, after: number): readonly Living[] {
    return this.#ask.living.all(source, after, pageLength).map(livingOf);
  }

  /** Whether the source says a value of `field` of each of a page of the living. */
  bears(source: SourceName, field: FieldName, after: number): readonly { number: number; bears: boolean }[] {
    const page = this.#ask.bears.all(field, source, after, pageLength);
    return page.map((row) => ({ number: Number(row['number']), bears: row['bears'] === 1 }));
  }

  bearing(field: FieldName, values: readonly string[]): ReadonlyMap<string, readonly Candidate[]> {
    const by = (this.#by[field] ??= this.#db.prepare(
      `select number, id, fields, left_at from person where ${valueOf(field)} = lower(?) order by number`,
    ));
    return new Map(values.map((value) => [value, by.all(value).map((row) => this.#candidate(row))]));
  }

  shared(field: FieldName, limit: number): readonly SharedValue[] {
    const values = this.#db.prepare(`select ${valueOf(field)} as value from person where left_at is null
      and ${valueOf(field)} is not null group by 1 having count(*) > 1 order by 1 limit ?`);
    return values.all(limit).map((row) => {
      const value = String(row['value']);
      return { value, persons: (this.bearing(field, [value]).get(value) ?? []).filter(({ left }) => !left) };
    });
  }

  candidate(person: PersonId): Candidate | undefined {
    const row = this.#ask.person.get(person);
    return row && this.#candidate(row);
  }

  #candidate(row: Row): Candidate {
    return {
      person: personId(String(row['id'])),
      fields: JSON.parse(String(row['fields'])) as Fields,
      left: row['left_at'] !== null,
      links: this.#ask.linksOf.all(Number(row['number'])).map((link) => ({
        ...saidOf(link),
        key: sourceKey(String(link['key'])),
        number: Number(link['number']),
        last: row['left_at'] !== null && link['left_at'] === row['left_at'],
      })),
    };
  }

  #allKnown(rows: readonly Row[]): readonly Known[] {
    return rows.map((row) => this.#known(row));
  }

  #known(row: Row): Known {
    const { own } = row;
    if (typeof own !== 'string') return knownOf(row);
    const others = this.#ask.others.all(Number(row['person']), Number(row['number'])).map(saidOf);
    return { ...knownOf(row), own: JSON.parse(own) as Fields, others };
  }
}

function knownOf(row: Row): Known {
  const { manager_place: managerPlace, stamp } = row;
  return {
    ...livingOf(row),
    fields: JSON.parse(String(row['fields'])) as Fields,
    place: String(row['place']),
    ...(typeof managerPlace === 'string' && { managerPlace }),
    ...(typeof stamp === 'string' && { stamp }),
    left: row['left_at'] !== null,
  };
}

const saidOf = (row: Row): Said => ({
  source: sourceName(String(row['name'])),
  fields: JSON.parse(String(row['fields'])) as Fields,
  left: row['left_at'] !== null,
});

/** The value of a field by which persons are found, as SQL. */
const valueOf = (field: FieldName): string => `lower(json_extract(fields, '$.${field}'))`;

const livingOf = (row: Row): Living => ({
  key: sourceKey(String(row['key'])),
  number: Number(row['number']),
  person: personId(String(row['id'])),
});
