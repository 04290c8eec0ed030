// What the SQLite change log forgets: its oldest changes, and who left long ago.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import type { WallTime } from '../base/time.ts';
import type { ChangeLog } from '../server/change-log.ts';
import type { SqlitePhotos } from './sqlite-photos.ts';

const statements = {
  reach: 'select revision, oldest from meta',
  youngEnough: 'select revision from change where at >= ? order by revision limit 1',
  setOldest: 'update meta set oldest = ?',
  dropChanges: 'delete from change where revision in (select revision from change where revision <= ? limit ?)',
  leavers: `select number from person where left_at is not null and left_at < ?
    and revision <= (select oldest from meta) limit ?`,
  dropLinks: 'delete from link where person in (select value from json_each(?))',
  dropPersons: 'delete from person where number in (select value from json_each(?))',
  forgetApproved: `delete from approved where not exists
    (select 1 from link where link.source = approved.source and link.key = approved.key and link.left_at is not null)`,
} as const;

type Statements = Readonly<Record<keyof typeof statements, StatementSync>>;

export type PurgeLimits = Parameters<ChangeLog['purge']>[0];

const purgedAtOnce = 10_000;

export class SqlitePurge {
  readonly #do: Statements;
  readonly #photos: SqlitePhotos;

  constructor(db: DatabaseSync, photos: SqlitePhotos) {
    this.#photos = photos;
    const prepared = Object.entries(statements).map(([name, sql]) => [name, db.prepare(sql)] as const);
    this.#do = Object.fromEntries(prepared) as Statements;
  }

  /** `write`: in one transaction. Between these the host does other things. */
  async purge(limits: PurgeLimits, write: (work: () => number) => Promise<number>): Promise<void> {
    const oldest = await write(() => this.#mark(limits));
    const drop = () => Number(this.#do.dropChanges.run(oldest, purgedAtOnce).changes);
    while ((await write(drop)) > 0) await setImmediate();
    while ((await write(() => this.#forgetLeavers(limits.leftBefore))) > 0) await setImmediate();
    await write(() => Number(this.#do.forgetApproved.run().changes));
  }

  /** The oldest revision after which changes are kept. */
  #mark({ keep, before, upTo }: PurgeLimits): number {
    const row = this.#do.reach.get() ?? {};
    const [head, oldest] = [Number(row['revision']), Number(row['oldest'])];
    const young = this.#do.youngEnough.get(before)?.['revision'];
    const due = Math.max(head - keep, young === undefined ? head : Number(young) - 1);
    const mark = Math.max(oldest, Math.min(due, upTo ?? head));
    if (mark !== oldest) this.#do.setOldest.run(mark);
    return mark;
  }

  #forgetLeavers(leftBefore: WallTime): number {
    const numbers = this.#do.leavers.all(leftBefore, purgedAtOnce).map((row) => row['number']);
    if (numbers.length === 0) return 0;
    const list = JSON.stringify(numbers);
    const photos = this.#photos.unbear(list);
    this.#do.dropLinks.run(list);
    this.#photos.drop(photos);
    this.#do.dropPersons.run(list);
    return numbers.length;
  }
}
