// What of a SQLite change log waits, or was decided: removals, and fields that many would lose. The caller holds the transaction.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { wallTime, type WallTime } from '../base/time.ts';
import type { FieldName } from '../book/field.ts';
import { personId } from '../book/person-id.ts';
import {
  holdId,
  sourceKey,
  sourceName,
  type HeldField,
  type Hold,
  type Removal,
  type SourceName,
} from '../server/change-log.ts';

const statements = {
  waiting: `select removal.key, removal.person, removal.since from removal join source on source.number = removal.source
    where source.name = ? and removal.hold is null order by removal.since, removal.key`,
  holds:
    'select hold.id, source.name, hold.reason, hold.at from hold join source on source.number = hold.source where field is null order by hold.at, hold.id',
  held: 'select key, person from removal where hold = ? order by key',
  heldFields:
    'select hold.id, source.name, hold.reason, hold.at, hold.field from hold join source on source.number = hold.source where field is not null order by hold.at, hold.id',
  approved: `select approved.hold as id, source.name, approved.reason, approved.at, approved.key, person.id as person from approved
    join source on source.number = approved.source join link on link.source = approved.source and link.key = approved.key
    join person on person.number = link.person where link.left_at is not null order by approved.at, id, approved.key`,
  count: `select (select count(*) from removal where removal.source = source.number and hold is not null)
    + (select count(*) from emptying where emptying.source = source.number) as count from source where name = ?`,
  emptied: 'select key, person from emptying where hold = ? order by key',
} as const;

type Row = Readonly<Record<string, unknown>>;

export class SqliteHolds {
  readonly #ask: Readonly<Record<keyof typeof statements, StatementSync>>;

  constructor(db: DatabaseSync) {
    const prepared = Object.entries(statements).map(([name, sql]) => [name, db.prepare(sql)] as const);
    this.#ask = Object.fromEntries(prepared) as Readonly<Record<keyof typeof statements, StatementSync>>;
  }

  waiting(source: SourceName): readonly (Removal & { readonly since: WallTime })[] {
    return this.#ask.waiting.all(source).map((row) => ({ ...removalOf(row), since: wallTime(Number(row['since'])) }));
  }

  holds(): readonly Hold[] {
    return this.#ask.holds
      .all()
      .map((row) => ({ ...heldOf(row), removals: this.#ask.held.all(String(row['id'])).map(removalOf) }));
  }

  heldFields(): readonly HeldField[] {
    return this.#ask.heldFields.all().map((row) => ({
      ...heldOf(row),
      field: String(row['field']) as FieldName,
      persons: this.#ask.emptied.all(String(row['id'])).map(removalOf),
    }));
  }

  count(source: SourceName): number {
    return Number(this.#ask.count.get(source)?.['count'] ?? 0);
  }

  approved(): readonly Hold[] {
    return [...Map.groupBy(this.#ask.approved.all(), ({ id }) => id).values()].flatMap((of) =>
      of.slice(0, 1).map((row) => ({ ...heldOf(row), removals: of.map(removalOf) })),
    );
  }
}

const heldOf = (row: Row): Omit<Hold, 'removals'> => ({
  id: holdId(String(row['id'])),
  source: sourceName(String(row['name'])),
  reason: String(row['reason']),
  at: wallTime(Number(row['at'])),
});

const removalOf = (row: Row): Removal => ({
  key: sourceKey(String(row['key'])),
  person: personId(String(row['person'])),
});
