// The links from sources' keys to persons, as a commit writes them, and how many living each source has by them.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Fields } from '../book/person.ts';
import type { Commit, Link, SourceKey } from '../server/change-log.ts';
import type { SqliteGroups } from './sqlite-groups.ts';
import type { SqlitePhotos } from './sqlite-photos.ts';
import { placeNumber } from './sqlite-place.ts';

const statements = {
  keepFields: `update link set fields = (select fields from person where number = ?1) where person = ?1 and fields is null`,
  rekey: 'update link set key = ? where source = ? and key = ?',
  make: `insert into link (source, key, person, place, place_number, manager_place, manager_number, stamp, fields)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (source, key) do nothing`,
  link: 'select number, person, left_at from link where source = ? and key = ?',
  set: `update link set person = ?, place = ?, place_number = ?, manager_place = ?, manager_number = ?, stamp = ?, fields = ?,
    left_at = null, left_approved = 0 where number = ?`,
  leave: `update link set left_at = ?, left_approved = ? where source = ? and key = ? and left_at is null
    returning number`,
  refill: 'delete from emptying where source = ? and key = ? returning field',
  emptyOwn: `update link set fields = json_remove(fields, '$.' || ?3) where source = ?1 and key = ?2 and fields is not null`,
  empty: `update person set fields = json_remove(fields, '$.' || ?3) where left_at is not null
    and number = (select person from link where source = ?1 and key = ?2 and fields is null)`,
  there: 'select source, key from link where person = ? and left_at is null',
  living: 'update source set living = living + ? where number = ?',
} as const;

type Statements = Readonly<Record<keyof typeof statements, StatementSync>>;

interface To {
  readonly source: number;
  /** Row number. */
  readonly person: number;
}

export class SqliteLinks {
  readonly #do: Statements;
  readonly #photos: SqlitePhotos;
  readonly #groups: SqliteGroups;
  /** By how many the living of sources become more with the commit under way. */
  readonly #more = new Map<number, number>();

  constructor(db: DatabaseSync, { photos, groups }: { readonly photos: SqlitePhotos; readonly groups: SqliteGroups }) {
    this.#photos = photos;
    this.#groups = groups;
    const prepared = Object.entries(statements).map(([name, sql]) => [name, db.prepare(sql)] as const);
    this.#do = Object.fromEntries(prepared) as Statements;
  }

  /** Before the person in row `person` is changed by another link: what is known until now is what the only link says. */
  keepOwn(person: number): void {
    if (this.#do.keepFields.run(person).changes > 0) this.#photos.spareBorne(person);
  }

  rekey(source: number, { key, replaces }: Link): void {
    if (replaces !== undefined) this.#do.rekey.run(key, source, replaces);
  }

  /** Gives the photo that the link named until now, and may be nobody's now. */
  write(link: Link, { source, person }: To): number | undefined {
    const { key, place, managerPlace, stamp, fields } = link;
    const at = place === '' ? null : placeNumber(place);
    const under = managerPlace === undefined ? null : placeNumber(managerPlace);
    const own = fields === undefined ? null : JSON.stringify(fields);
    const values = [person, place, at, managerPlace ?? null, under, stamp ?? null, own] as const;
    const made = this.#do.make.run(source, key, ...values);
    if (made.changes > 0) {
      this.#count(source, 1);
      return fields?.photo === undefined ? undefined : this.#spare(Number(made.lastInsertRowid), fields);
    }
    const before = this.#do.link.get(source, key);
    const number = Number(before?.['number']);
    this.#do.set.run(...values, number);
    if (before?.['left_at'] !== null) this.#count(source, 1);
    if (before?.['left_at'] !== null || before['person'] !== person) this.#groups.turned(number);
    return this.#spare(number, fields);
  }

  leave({ at, approved }: Commit, source: number, key: SourceKey): void {
    const left = this.#do.leave.get(at, approved === true ? 1 : 0, source, key);
    if (left !== undefined) {
      this.#count(source, -1);
      this.#groups.turned(Number(left['number']));
    }
    // The source had said that it is empty: whoever comes back as they were has no such value.
    for (const { field } of this.#do.refill.all(source, key))
      for (const statement of [this.#do.emptyOwn, this.#do.empty]) statement.run(source, key, String(field));
  }

  /** Of a person who leaves the book. */
  leaveAll(commit: Commit, person: number): void {
    for (const { source, key } of this.#do.there.all(person))
      this.leave(commit, Number(source), String(key) as SourceKey);
  }

  /** At the end of a commit. */
  settle(): void {
    for (const [source, more] of this.#more) if (more !== 0) this.#do.living.run(more, source);
    this.#more.clear();
  }

  /** After a transaction that was rolled back. */
  forget(): void {
    this.#more.clear();
  }

  #count(source: number, more: 1 | -1): void {
    this.#more.set(source, (this.#more.get(source) ?? 0) + more);
  }

  #spare(link: number, fields: Fields | undefined): number | undefined {
    return this.#photos.spare(link, fields?.photo);
  }
}
