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
  spared: 'select photo from spare where link = ?',
  spare: 'insert into spare (link, photo) values (?, ?) on conflict (link) do update set photo = excluded.photo',
  unspare: 'delete from spare where link = ?',
  // The photo that a person bears by the only link is that link's own as well.
  spareBorne: `insert into spare (link, photo) select link.number, bearer.photo from link
    join bearer on bearer.person = link.person where link.person = ? on conflict (link) do nothing`,
  drop: `delete from photo where number = ? and not exists (select 1 from bearer where bearer.photo = photo.number)
    and not exists (select 1 from spare where spare.photo = photo.number)`,
  borneBy: `select photo from bearer where person in (select value from json_each(?1)) union
    select photo from spare where link in (select number from link where person in (select value from json_each(?1)))`,
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
    else this.#do.bear.run(person, this.#numberOf(hash));
    return before === undefined ? undefined : Number(before);
  }

  /** `bear` for what a link says of a photo, whether or not its person bears that. */
  spare(link: number, hash: string | undefined): number | undefined {
    const before = this.#do.spared.get(link)?.['photo'];
    if (hash === undefined) this.#do.unspare.run(link);
    else this.#do.spare.run(link, this.#numberOf(hash));
    return before === undefined ? undefined : Number(before);
  }

  /** Before another link of this person is written: what the person bears is what the link of until now says. */
  spareBorne(person: number): void {
    this.#do.spareBorne.run(person);
  }

  #numberOf(hash: string): number {
    const number = this.#do.number.get(hash)?.['number'];
    if (number === undefined) throw new Error(`nobody can bear the photo ${hash}: its bytes are not there`);
    return Number(number);
  }

  /** Drops those of `numbers` that nobody bears. */
  drop(numbers: Iterable<number>): void {
    for (const number of numbers) this.#do.drop.run(number);
  }

  /** Which photos go, unless others bear them, with persons who are forgotten: a JSON list of their row numbers. */
  unbear(persons: string): readonly number[] {
    const photos = this.#do.borneBy.all(persons).map((row) => Number(row['photo']));
    if (photos.length > 0) this.#do.unbearAll.run(persons);
    return photos;
  }

  /** Where somebody who lives bears it. */
  photo(hash: PhotoHash): Photo | undefined {
    const row = this.#do.seen.get(hash);
    if (row === undefined) return undefined;
    const { hash: found, type, bytes } = row;
    return { hash: photoHash(String(found)), type: type as PhotoType, bytes: bytes as Uint8Array };
  }
}
