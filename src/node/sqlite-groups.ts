// The groups of sources, as the SQLite change log has them.
//
// `membership.place` is what the directory says; `link` and `nested` are whom or which group it means: whoever is, or last was, at
// that place. They are kept right as persons and groups come to places, so that a group of 100,000 is read without
// looking for anybody. Who moves stays a member under the place that the directory has not mended, until another takes it.
//
// Whatever may make somebody a member, or no member any more, is noted, and counted once at the end of the transaction.

import type { DatabaseSync, StatementResultingChanges, StatementSync } from 'node:sqlite';
import { sourceKey, type SourceKey, type SourceName } from '../server/change-log.ts';
import type { KnownGroup, SourceGroup } from '../server/group.ts';
import { placeNumber } from './sqlite-place.ts';

const statements = {
  any: 'select 1 from membership limit 1',
  grouping: 'select number, name, place from grouping where source = ? and key = ?',
  make: 'insert into grouping (source, key, name, place, place_number, stamp) values (?, ?, ?, ?, ?, ?) returning number',
  set: 'update grouping set name = ?, place = ?, place_number = ?, stamp = ? where number = ?',
  forget: 'delete from grouping where source = ? and key = ?',
  forgetBelow: 'delete from grouping where source = ? and substr(place, -length(?)) = ?',
  below: 'select number, place from grouping where source = ? and substr(place, -length(?)) = ?',
  move: 'update grouping set place = ?, place_number = ? where number = ?',
  members: 'select place from membership where grouping = ?',
  drop: 'delete from membership where grouping = ? and place = ?',
  add: 'insert into membership (grouping, place, place_number, link, nested) values (?, ?, ?, ?, ?)',
  linkAt: `select number, left_at is not null as gone from link indexed by link_place
    where source = ? and place_number = ? and place = ? order by gone, left_at desc, number desc limit 1`,
  formerlyAt: 'select link as number from former where source = ? and place = ?',
  groupAt:
    'select number from grouping where source = ? and place_number = ? and place = ? order by number desc limit 1',
  link: 'select number from link where source = ? and key = ?',
  arrive: `update membership indexed by membership_place set link = ?1, nested = ?2 where place_number = ?3 and place = ?4
    and (link is not ?1 or nested is not ?2) and (select source from grouping where number = membership.grouping) = ?5`,
  inAny: 'select 1 from membership where link = ? limit 1',
  count: 'update meta set memberships = memberships + 1',
  ofSource: `select key, place, stamp from grouping where source = (select number from source where name = ?)`,
} as const;

type Statements = Readonly<Record<keyof typeof statements, StatementSync>>;

const numberIn = (row: Readonly<Record<string, unknown>> | undefined): number | undefined =>
  row === undefined ? undefined : Number(row['number']);

export class SqliteGroups {
  readonly #do: Statements;
  /** Since the last `settle`. */
  #moved = false;

  constructor(db: DatabaseSync) {
    const prepared = Object.entries(statements).map(([name, sql]) => [name, db.prepare(sql)] as const);
    this.#do = Object.fromEntries(prepared) as Statements;
  }

  ofSource(source: SourceName): ReadonlyMap<SourceKey, KnownGroup> {
    return new Map(
      this.#do.ofSource.all(source).map(({ key, place, stamp }) => {
        const known = { place: String(place), ...(typeof stamp === 'string' && { stamp }) };
        return [sourceKey(String(key)), known] as const;
      }),
    );
  }

  keep(source: number, { key, name, place, members, ...known }: SourceGroup): void {
    const before = this.#do.grouping.get(source, key);
    const at = placeNumber(place);
    const stamp = known.stamp ?? null;
    const old = numberIn(before);
    if (old !== undefined) this.#do.set.run(name, place, at, stamp, old);
    const number = old ?? Number(this.#do.make.get(source, key, name, place, at, stamp)?.['number']);
    if (before?.['place'] !== place) this.#do.arrive.run(null, number, at, place, source);
    this.#moved ||= before?.['place'] !== place || before['name'] !== name;
    this.#members(source, number, new Set(members));
  }

  #members(source: number, number: number, members: ReadonlySet<string>): void {
    const before = new Set(this.#do.members.all(number).map(({ place }) => String(place)));
    for (const place of before) {
      if (members.has(place)) continue;
      this.#do.drop.run(number, place);
      this.#moved = true;
    }
    for (const place of members) {
      if (before.has(place)) continue;
      this.#moved = true;
      const [link, nested] = this.#meant(source, place);
      this.#do.add.run(number, place, placeNumber(place), link ?? null, nested ?? null);
    }
  }

  /** Whom a place means: first who is there, then a group, then who was. */
  #meant(source: number, place: string): readonly [number | undefined, number | undefined] {
    const there = this.#do.linkAt.get(source, placeNumber(place), place);
    if (there?.['gone'] === 0) return [numberIn(there), undefined];
    const group = numberIn(this.#do.groupAt.get(source, placeNumber(place), place));
    if (group !== undefined) return [undefined, group];
    return [numberIn(this.#do.formerlyAt.get(source, place) ?? there), undefined];
  }

  /** These are at their places: whatever names a place means who is there now. After the links are written. */
  arrived(source: number, links: readonly { readonly key: string; readonly place: string }[]): void {
    if (this.#do.any.get() === undefined) return;
    for (const { key, place } of links) {
      const link = numberIn(this.#do.link.get(source, key));
      if (link !== undefined && place !== '') this.came(source, link, place);
    }
  }

  came(source: number, link: number, place: string): void {
    this.#note(this.#do.arrive.run(link, null, placeNumber(place), place, source));
  }

  /** Who this link is of is there from now on, or no more, or is another. */
  turned(link: number): void {
    this.#moved ||= this.#do.inAny.get(link) !== undefined;
  }

  forget(source: number, keys: readonly string[]): void {
    for (const key of keys) this.#note(this.#do.forget.run(source, key));
  }

  forgetBelow(source: number, container: string): void {
    this.#note(this.#do.forgetBelow.run(source, `,${container}`, `,${container}`));
  }

  /** At the end of a transaction. */
  settle(): void {
    if (this.#moved) this.#do.count.run();
    this.#moved = false;
  }

  #note({ changes }: StatementResultingChanges): void {
    this.#moved ||= Number(changes) > 0;
  }

  /** The groups below a container that is called otherwise now. */
  relocate(source: number, { from, to }: { readonly from: string; readonly to: string }): void {
    for (const row of this.#do.below.all(source, `,${from}`, `,${from}`)) {
      const place = String(row['place']);
      const moved = `${place.slice(0, place.length - from.length)}${to}`;
      this.#do.move.run(moved, placeNumber(moved), Number(row['number']));
      this.#do.arrive.run(null, Number(row['number']), placeNumber(moved), moved, source);
      this.#moved = true;
    }
  }
}
