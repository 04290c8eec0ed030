// Where a source keeps its persons, as the SQLite change log has it: what they were called before, the
// containers above them, and what a container takes along when it is renamed or moved.
//
// `link.place` is the present place. `former` has the places that a person left and nobody took since: a manager's
// DN in somebody's entry may be such a one for ever, where the directory does not mend references.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Link } from '../server/change-log.ts';
import type { SqliteGroups } from './sqlite-groups.ts';
import { placeNumber } from './sqlite-place.ts';

const below = 'substr(place, -length(?)) = ?';

const statements = {
  source: 'select number from source where name = ?',
  link: 'select number from link where source = ? and key = ?',
  leave: `insert into former (source, place, link) values (?, ?, ?)
    on conflict (source, place) do update set link = excluded.link`,
  anyFormer: 'select 1 from former limit 1',
  take: 'delete from former where source = ? and place = ?',
  formerOf: 'select place from former where link = (select number from link where source = ? and key = ?)',
  container: 'select place from container where source = ? and key = ?',
  keep: `insert into container (source, key, place) values (?, ?, ?)
    on conflict (source, key) do update set place = excluded.place`,
  forget: 'delete from container where source = ? and key = ?',
  linksBelow: `select number, place from link where +source = ? and number > ? and ${below} order by number limit ?`,
  move: 'update link set place = ?, place_number = ? where number = ?',
  containersBelow: `select key, place from container where source = ? and (place = ? or ${below})`,
} as const;

type Statements = Readonly<Record<keyof typeof statements, StatementSync>>;

export class SqlitePlaces {
  readonly #do: Statements;
  readonly #groups: SqliteGroups;

  constructor(db: DatabaseSync, groups: SqliteGroups) {
    this.#groups = groups;
    const prepared = Object.entries(statements).map(([name, sql]) => [name, db.prepare(sql)] as const);
    this.#do = Object.fromEntries(prepared) as Statements;
  }

  /** Notes what those who move leave, and then that what they come to is theirs alone. Before the links are written. */
  note(source: number, links: readonly Link[]): void {
    for (const { key, leaves } of links) {
      const number = leaves === undefined ? undefined : this.#do.link.get(source, key)?.['number'];
      if (leaves !== undefined && number !== undefined) this.#do.leave.run(source, leaves, Number(number));
    }
    if (this.#do.anyFormer.get() === undefined) return;
    for (const { place } of links) this.#do.take.run(source, place);
  }

  keep(source: number, containers: readonly { readonly key: string; readonly place: string }[]): void {
    for (const { key, place } of containers) this.#do.keep.run(source, key, place);
  }

  forget(source: number, keys: readonly string[]): void {
    for (const key of keys) {
      const place = this.#do.container.get(source, key)?.['place'];
      if (place !== undefined) this.#groups.forgetBelow(source, String(place));
      this.#do.forget.run(source, key);
    }
  }

  container(name: string, key: string): string | undefined {
    const source = this.#source(name);
    return source === undefined ? undefined : (this.#do.container.get(source, key)?.['place'] as string | undefined);
  }

  formerPlaces(name: string, key: string): readonly string[] {
    const source = this.#source(name);
    return source === undefined ? [] : this.#do.formerOf.all(source, key).map((row) => String(row['place']));
  }

  /**
   * Moves at most `limit` of those below `from`, by link number after `after`, to below `to`.
   * Gives the number of the last of them; undefined where there was none: then the containers are moved as well.
   */
  relocate(
    name: string,
    { from, to }: { readonly from: string; readonly to: string },
    page: { readonly after: number; readonly limit: number },
  ): number | undefined {
    const source = this.#source(name);
    if (source === undefined) return undefined;
    const end = `,${from}`;
    const moved = (place: string): string => `${place.slice(0, place.length - from.length)}${to}`;
    const rows = this.#do.linksBelow.all(source, page.after, end, end, page.limit);
    for (const row of rows) {
      const place = String(row['place']);
      this.#do.leave.run(source, place, Number(row['number']));
      this.#do.take.run(source, moved(place));
      this.#do.move.run(moved(place), placeNumber(moved(place)), Number(row['number']));
      this.#groups.came(source, Number(row['number']), moved(place));
    }
    if (rows.length === 0) {
      this.#groups.relocate(source, { from, to });
      for (const row of this.#do.containersBelow.all(source, from, end, end))
        this.#do.keep.run(source, String(row['key']), moved(String(row['place'])));
    }
    this.#groups.settle();
    const last = rows.at(-1);
    return last === undefined ? undefined : Number(last['number']);
  }

  #source(name: string): number | undefined {
    const number = this.#do.source.get(name)?.['number'];
    return number === undefined ? undefined : Number(number);
  }
}
