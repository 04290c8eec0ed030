// Whom one looks up often, in a personal address book. The caller holds the transaction.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { WallTime } from '../base/time.ts';
import { entryId, type PersonId } from '../book/person-id.ts';
import { highestAt, mostLookedUp, onceAt, scoreAfter } from '../terminal/looked-up.ts';

const statements = {
  score: 'select score from looked_up where person = ?',
  put: 'insert into looked_up (person, score) values (?, ?) on conflict do update set score = excluded.score',
  lower: 'update looked_up set score = ? where score > ?',
  drop: 'delete from looked_up where person in (select person from looked_up order by score desc limit -1 offset ?)',
  often: 'select person from looked_up order by score desc, person limit ?',
  forget: 'delete from looked_up where person = ?',
} as const;

export class LookedUp {
  readonly #do: Readonly<Record<keyof typeof statements, StatementSync>>;

  constructor(db: DatabaseSync) {
    const prepared = Object.entries(statements).map(([name, sql]) => [name, db.prepare(sql)] as const);
    this.#do = Object.fromEntries(prepared) as Record<keyof typeof statements, StatementSync>;
  }

  count(person: PersonId, at: WallTime): void {
    this.#do.lower.run(onceAt(at), highestAt(at));
    const score = this.#do.score.get(person)?.['score'];
    this.#do.put.run(person, scoreAfter(score === undefined ? undefined : Number(score), at));
    this.#do.drop.run(mostLookedUp);
  }

  often(limit: number): readonly PersonId[] {
    return this.#do.often.all(limit).map(({ person }) => entryId(String(person)));
  }

  forget(person: PersonId): void {
    this.#do.forget.run(person);
  }
}
