// What the SQLite change log gives back of its changes.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { revision, type Change, type Revision } from '../book/change.ts';
import type { ChangeList } from '../book/change-list.ts';
import type { Fields } from '../book/person.ts';
import { personId, type PersonId } from '../book/person-id.ts';
import type { Head, News, NewsLimits, Since } from '../server/change-log.ts';

const statements = {
  since: 'select revision, person, kind, body from change where revision > ? order by revision limit ?',
  // `octet_length` reads no value. Thus a first load costs little for who only hears of it.
  octetsAdded: `select sum(octet_length(body)) as octets
    from (select kind, body from change where revision > ? order by revision limit ?) where kind = 'added'`,
  named: `select person, kind, case kind when 'added' then null else body end as body from change
    where revision > ? order by revision limit ?`,
} as const;

type Statements = Readonly<Record<keyof typeof statements, StatementSync>>;
type Row = Readonly<Record<string, unknown>>;

/** What was found, and how many revisions that is. */
interface Found<What> {
  readonly count: number;
  readonly what: What;
}

/** The caller reads all as of one moment. */
export class SqliteHistory {
  readonly #ask: Statements;

  constructor(db: DatabaseSync) {
    const prepared = Object.entries(statements).map(([name, sql]) => [name, db.prepare(sql)] as const);
    this.#ask = Object.fromEntries(prepared) as Statements;
  }

  since(head: Head, after: Revision, limit: number): Since {
    return spanFrom(head, after, () => this.#whole(after, limit));
  }

  news(head: Head, after: Revision, { changes: limit, octets }: NewsLimits): Since<News> {
    const isMuch = (): boolean => Number(this.#ask.octetsAdded.get(after, limit)?.['octets']) > octets;
    return spanFrom(head, after, () => (isMuch() ? this.#named(after, limit) : undefined) ?? this.#whole(after, limit));
  }

  #whole(after: Revision, limit: number): Found<{ readonly changes: readonly Change[] }> {
    const changes = this.#ask.since.all(after, limit).map(changeOf);
    return { count: changes.length, what: { changes } };
  }

  /** Undefined where one who was added is removed as well. */
  #named(after: Revision, limit: number): Found<Pick<News, 'changes' | 'added'>> | undefined {
    const rows = this.#ask.named.all(after, limit);
    const added = rows.filter(({ kind }) => kind === 'added').map(personOf);
    const changes = rows.filter(({ kind }) => kind !== 'added').map(changeOf);
    const removed = new Set(changes.filter(({ kind }) => kind === 'removed').map(({ person }) => person));
    return added.some((person) => removed.has(person)) ? undefined : { count: rows.length, what: { changes, added } };
  }
}

function spanFrom<What extends Pick<News, 'changes'>>(
  { book, revision: head, oldest }: Head,
  after: Revision,
  find: () => Found<What>,
): Since<ChangeList & What> {
  if (after < oldest || after > head) return { kind: 'too-old', oldest };
  const { count, what } = find();
  return { kind: 'changes', list: { book, after, upTo: revision(after + count), ...what } };
}

const personOf = ({ person }: Row): PersonId => personId(String(person));

function changeOf(row: Row): Change {
  const person = personOf(row);
  switch (row['kind']) {
    case 'added':
      return { kind: 'added', person, fields: JSON.parse(String(row['body'])) as Fields };
    case 'altered':
      return { kind: 'altered', person, ...(JSON.parse(String(row['body'])) as { from: Fields; to: Fields }) };
    default:
      return { kind: 'removed', person };
  }
}
