// The photos of the change log: each once by its hash, and who bears it. A foreign key sees to it that nobody
// bears a photo that is not there; one that nobody bears any more goes in the same transaction.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { photoHash, type Photo, type PhotoHash, type PhotoType } from '../book/photo.ts';

const statements = {
  put: 'insert into photo (hash, type, bytes) values (?, ?, ?) on conflict (hash) do nothing',
  number: 'select number from photo where hash = ?',
  borne: 'select photo from bearer where person = ?',
  bear: 'insert into bearer (person, photo) values (?, ?) on conflict (person) do update set photo = excluded.photo',
  unbear: 'delete from bearer where person = ?',
  drop: 'delete from photo where number = ? and not exists (select 1 from bearer where bearer.photo = photo.number)',
  borneBy: 'select distinct photo from bearer where person in (select value from json_each(?))',
  unbearAll: 'delete from bearer where person in (select value from json_each(?))',
  seen: `select hash, type, bytes from photo where hash = ? and exists (select 1 from bearer
    join person on person.number = bearer.person where bearer.photo = photo.number and person.left_at is null)`,
} as const;

type Statements = Readonly<Record<keyof typeof statements, StatementSync>>;

export class SqlitePhotos {
  readonly #do: Statements;

  constructor(db: DatabaseSync) {
    const prepared = Object.entries(statements).map(([name, sql]) => [name, db.prepare(sql)] as const);
    this.#do = Object.fromEntries(prepared) as Statements;
  }

  /** Gives the numbers of those that were not there, which nobody bears yet. */
  put(photos: readonly Photo[]): readonly number[] {
    return photos.flatMap(({ hash, type, bytes }) => {
      const { changes, lastInsertRowid } = this.#do.put.run(hash, type, bytes);
      return changes === 0 ? [] : [Number(lastInsertRowid)];
    });
  }

  /**
   * The person of row `person` bears `hash` from now on, or none; gives the number of the photo of before, which
   * nobody may bear now.
   * @throws Error when the photo is not there
   */
  bear(person: number, hash: string | undefined): number | undefined {
    const before = this.#do.borne.get(person)?.['photo'];
    if (hash === undefined) this.#do.unbear.run(person);
    else {
      const number = this.#do.number.get(hash)?.['number'];
      if (number === undefined) throw new Error(`nobody can bear the photo ${hash}: its bytes are not there`);
      this.#do.bear.run(person, number);
    }
    return before === undefined ? undefined : Number(before);
  }

  /** Drops those of `numbers` that nobody bears. */
  drop(numbers: Iterable<number>): void {
    for (const number of numbers) this.#do.drop.run(number);
  }

  /** For persons who are forgotten: a JSON list of their row numbers. */
  forget(persons: string): void {
    const photos = this.#do.borneBy.all(persons).map((row) => Number(row['photo']));
    if (photos.length === 0) return;
    this.#do.unbearAll.run(persons);
    this.drop(photos);
  }

  /** Where somebody who lives bears it. */
  photo(hash: PhotoHash): Photo | undefined {
    const row = this.#do.seen.get(hash);
    if (row === undefined) return undefined;
    const { hash: found, type, bytes } = row;
    return { hash: photoHash(String(found)), type: type as PhotoType, bytes: bytes as Uint8Array };
  }
}
