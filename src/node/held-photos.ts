// The photos of a personal address book: each once by its hash, as long as an entry shows it: by its base, or, an own
// contact's, by what is its own. The caller holds the transaction.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { entryId, type PersonId } from '../book/person-id.ts';
import { isPhotoHash, photoHash, type Photo, type PhotoHash, type PhotoType } from '../book/photo.ts';

export const photoTable = 'create table photo (hash text primary key, type text not null, bytes blob not null) strict';

const shown = `coalesce(own ->> '$.values.photo', base ->> 'photo')`;

const statements = {
  of: `select hash, type, bytes from entry join photo on photo.hash = ${shown} where person = ?`,
  missing: `select distinct base ->> 'photo' as hash from entry
    where base ->> 'photo' is not null and base ->> 'photo' not in (select hash from photo) order by hash`,
  showing: `select person from entry where base ->> 'photo' = ? order by person`,
  keep: 'insert into photo (hash, type, bytes) values (?, ?, ?) on conflict (hash) do nothing',
  drop: `delete from photo where hash not in (select ${shown} from entry where ${shown} is not null)`,
} as const;

export class HeldPhotos {
  readonly #do: Readonly<Record<keyof typeof statements, StatementSync>>;

  constructor(db: DatabaseSync) {
    const prepared = Object.entries(statements).map(([name, sql]) => [name, db.prepare(sql)] as const);
    this.#do = Object.fromEntries(prepared) as Record<keyof typeof statements, StatementSync>;
  }

  of(person: PersonId): Photo | undefined {
    const row = this.#do.of.get(person);
    if (row === undefined) return undefined;
    const { hash, type, bytes } = row;
    return { hash: photoHash(String(hash)), type: type as PhotoType, bytes: bytes as Uint8Array };
  }

  /** What a server names that is no hash of a photo is not asked for. */
  missing(): readonly PhotoHash[] {
    return this.#do.missing
      .all()
      .map(({ hash }) => String(hash))
      .filter(isPhotoHash);
  }

  keep({ hash, type, bytes }: Photo): readonly PersonId[] {
    const showing = this.#do.showing.all(hash).map(({ person }) => entryId(String(person)));
    if (showing.length > 0) this.put({ hash, type, bytes });
    return showing;
  }

  /** An entry shows it, or is about to. */
  put({ hash, type, bytes }: Photo): void {
    this.#do.keep.run(hash, type, bytes);
  }

  /** Those that no entry shows any more. */
  drop(): void {
    this.#do.drop.run();
  }
}
