// The change log in one SQLite file. Writing is in `sqlite-commit`, the tables in
// `sqlite-change-log-schema`. SQLite answers at once, so every method is done when it returns; they are
// asynchronous because the port is. What runs long (the whole book, a sweep, a purge) goes in pages and
// lets the host do other things between them: SIP answers must not wait for it.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import type { WallTime } from '../base/time.ts';
import { bookId, revision, type Revision } from '../book/change.ts';
import type { ChangeList } from '../book/change-list.ts';
import type { FieldName } from '../book/field.ts';
import type { PersonId } from '../book/person-id.ts';
import type { Photo, PhotoHash } from '../book/photo.ts';
import {
  sourceName,
  type Candidate,
  type ChangeLog,
  type Commit,
  type DepartmentsAnswer,
  type DepartmentsQuestion,
  type Head,
  type HeldField,
  type Hold,
  type Known,
  type Living,
  type News,
  type NewsLimits,
  type LookUpAnswer,
  type LookUpQuestion,
  type OrganisationAnswer,
  type OrganisationQuestion,
  type PersonAt,
  type Removal,
  type SharedValue,
  type Since,
  type SourceKey,
  type SourceName,
} from '../server/change-log.ts';
import type {
  GroupsAnswer,
  GroupsQuestion,
  KnownGroup,
  MembersAnswer,
  MembersQuestion,
  MembershipsAnswer,
  MembershipsQuestion,
} from '../server/group.ts';
import { SqliteBook } from './sqlite-book.ts';
import { SqliteCommit } from './sqlite-commit.ts';
import { changeLogShape } from './sqlite-change-log-schema.ts';
import { SqliteGroups } from './sqlite-groups.ts';
import { SqliteLookUp, type LookUpThread } from './sqlite-look-up.ts';
import { SqlitePlaces } from './sqlite-places.ts';
import { inTransaction, inTurn, inTurnWithin, openSqliteFile, overFile, sqliteFault } from './sqlite-file.ts';
import { SqliteHistory } from './sqlite-history.ts';
import { SqliteHolds } from './sqlite-holds.ts';
import { SqliteKnown } from './sqlite-known.ts';
import { SqlitePhotos } from './sqlite-photos.ts';
import { SqlitePurge, type PurgeLimits } from './sqlite-purge.ts';
import { ShortWal } from './sqlite-wal.ts';

const statements = {
  head: 'select book, revision, oldest from meta',
  membershipsAt: 'select memberships from meta',
  sources: 'select name from source order by number',
  cookie: 'select cookie from source where name = ?',
  settings: 'select settings from source where name = ?',
  countPersons:
    'select (select count(*) from person) - (select count(*) from person where left_at is not null) as count',
  countLiving: 'select living from source where name = ?',
  // Whom a purge has forgotten since was removed all the same.
  removedFrom: `select coalesce(link.place, '') as place from change indexed by change_removed
    left join person on person.id = change.person left join link on link.person = person.number and link.source = change.source
    where change.source = (select number from source where name = ?) and at >= ? and kind = 'removed' and approved = 0`,
  leftFrom: `select link.place from link join person on person.number = link.person
    where source = (select number from source where name = ?) and link.left_at >= ? and link.left_approved = 0 and person.left_at is null`,
} as const;

type Statements = Readonly<Record<keyof typeof statements, StatementSync>>;

const pageLength = 1000;

/**
 * The change log in the file `path`, made where it is not there; `:memory:` for one that ends with the process.
 * @throws HostFault when the file cannot be opened or written, is damaged, is another program's, or is newer than this program
 */
export function openSqliteChangeLog(options: SqliteChangeLogOptions): ChangeLog {
  return overFile(options.path, () => new SqliteChangeLog(options));
}

export interface SqliteChangeLogOptions {
  readonly path: string;
  /** Fields by whose values persons are asked for (`bearing`): each costs an index, in the first opening some seconds for a million persons. */
  readonly matchBy?: readonly FieldName[];
  /** Fields by which nobody is to be looked up; those of the class `restricted` unless told. */
  readonly hidden?: readonly FieldName[];
  /** In milliseconds, how long a commit waits for another program's before it fails. */
  readonly inTurnWithin?: number;
  /** Answers look-ups of other logs as well; one of its own unless told. */
  readonly lookUps?: LookUpThread;
}

class SqliteChangeLog implements ChangeLog {
  readonly #path: string;
  readonly #db: DatabaseSync;
  readonly #ask: Statements;
  readonly #commit: SqliteCommit;
  readonly #groups: SqliteGroups;
  readonly #places: SqlitePlaces;
  readonly #book: SqliteBook;
  readonly #photos: SqlitePhotos;
  readonly #purge: SqlitePurge;
  readonly #lookUp: SqliteLookUp;
  readonly #known: SqliteKnown;
  readonly #holds: SqliteHolds;
  readonly #inTurnWithin: number;
  readonly #history: SqliteHistory;
  readonly #wal: ShortWal;

  constructor({ path, matchBy = [], hidden, lookUps, ...options }: SqliteChangeLogOptions) {
    this.#path = path;
    this.#inTurnWithin = options.inTurnWithin ?? inTurnWithin;
    this.#db = openSqliteFile(path, changeLogShape);
    const prepared = Object.entries(statements).map(([name, sql]) => [name, this.#db.prepare(sql)] as const);
    this.#ask = Object.fromEntries(prepared) as Statements;
    this.#photos = new SqlitePhotos(this.#db);
    this.#purge = new SqlitePurge(this.#db, this.#photos);
    this.#groups = new SqliteGroups(this.#db);
    this.#places = new SqlitePlaces(this.#db, this.#groups);
    this.#commit = new SqliteCommit(this.#db, {
      photos: this.#photos,
      places: this.#places,
      groups: this.#groups,
    });
    this.#book = new SqliteBook(path, this.#db);
    this.#lookUp = new SqliteLookUp({ path, ...(hidden !== undefined && { hidden }) }, this.#db, lookUps);
    this.#known = new SqliteKnown(this.#db, matchBy);
    this.#holds = new SqliteHolds(this.#db);
    this.#history = new SqliteHistory(this.#db);
    this.#wal = new ShortWal(this.#db, path);
  }

  async head(): Promise<Head> {
    return this.#over(() => this.#head());
  }

  async since(after: Revision, limit: number): Promise<Since> {
    return this.#read(() => this.#history.since(this.#head(), after, limit));
  }

  async news(after: Revision, limits: NewsLimits): Promise<Since<News>> {
    return this.#read(() => this.#history.news(this.#head(), after, limits));
  }

  async append(commit: Commit): Promise<ChangeList> {
    try {
      const after = await this.#write(() => this.#commit.write(commit));
      const upTo = revision(after + commit.changes.length);
      return { book: this.#over(() => this.#head()).book, after, upTo, changes: commit.changes };
    } catch (error) {
      this.#commit.forget();
      throw error;
    }
  }

  async persons(ids: readonly PersonId[]): Promise<{ readonly head: Head; readonly persons: readonly PersonAt[] }> {
    return this.#read(() => ({ head: this.#head(), persons: this.#book.persons(ids) }));
  }

  async photo(hash: PhotoHash): Promise<Photo | undefined> {
    return this.#over(() => this.#photos.photo(hash));
  }

  async book(): Promise<{ readonly head: Head; readonly pages: AsyncIterable<readonly PersonAt[]> }> {
    return this.#over(() => this.#book.whole(() => this.#head()));
  }

  lookUp(question: LookUpQuestion): Promise<LookUpAnswer> {
    return this.#lookUp.ask('lookUp', question);
  }

  organisation(question: OrganisationQuestion): Promise<OrganisationAnswer> {
    return this.#lookUp.ask('organisation', question);
  }

  departments(question: DepartmentsQuestion): Promise<DepartmentsAnswer> {
    return this.#lookUp.ask('departments', question);
  }

  groups(question: GroupsQuestion): Promise<GroupsAnswer> {
    return this.#lookUp.ask('groups', question);
  }

  members(question: MembersQuestion): Promise<MembersAnswer> {
    return this.#lookUp.ask('members', question);
  }

  memberships(question: MembershipsQuestion): Promise<MembershipsAnswer> {
    return this.#lookUp.ask('memberships', question);
  }

  async membershipsAt(): Promise<number> {
    return this.#over(() => Number(this.#ask.membershipsAt.get()?.['memberships']));
  }

  async sources(): Promise<readonly SourceName[]> {
    return this.#over(() => this.#ask.sources.all().map((row) => sourceName(String(row['name']))));
  }

  async cookie(source: SourceName): Promise<string | undefined> {
    return this.#over(() => (this.#ask.cookie.get(source)?.['cookie'] ?? undefined) as string | undefined);
  }

  async settings(source: SourceName): Promise<string | undefined> {
    const settings = this.#over(() => this.#ask.settings.get(source)?.['settings']);
    return typeof settings === 'string' ? settings : undefined;
  }

  async known(source: SourceName, keys: readonly SourceKey[]): Promise<ReadonlyMap<SourceKey, Known>> {
    return this.#read(() => this.#known.known(source, keys));
  }

  async knownAt(source: SourceName, places: readonly string[]): Promise<ReadonlyMap<string, readonly Known[]>> {
    return this.#read(() => new Map(places.map((place) => [place, this.#known.at(source, place)])));
  }

  async formerPlaces(source: SourceName, keys: readonly SourceKey[]): Promise<readonly string[]> {
    return this.#read(() => keys.flatMap((key) => this.#places.formerPlaces(source, key)));
  }

  async container(source: SourceName, key: SourceKey): Promise<string | undefined> {
    return this.#over(() => this.#places.container(source, key));
  }

  async groupsOf(source: SourceName): Promise<ReadonlyMap<SourceKey, KnownGroup>> {
    return this.#over(() => this.#groups.ofSource(source));
  }

  below(source: SourceName, place: string): AsyncIterable<readonly Known[]> {
    return this.#pages((after) => this.#known.below(source, place, after));
  }

  managedFrom(source: SourceName, place: string): AsyncIterable<readonly Known[]> {
    return this.#pages((after) => this.#known.managedFrom(source, place, after));
  }

  living(source: SourceName): AsyncIterable<readonly Living[]> {
    return this.#pages((after) => this.#known.living(source, after));
  }

  async *#pages<Item extends Living>(next: (after: number) => readonly Item[]): AsyncGenerator<readonly Item[]> {
    let after = -1;
    for (;;) {
      const page = this.#over(() => next(after));
      const last = page.at(-1);
      if (last === undefined) return;
      yield page;
      after = last.number;
      await setImmediate();
    }
  }

  async relocate(source: SourceName, places: { readonly from: string; readonly to: string }): Promise<void> {
    let after: number | undefined = -1;
    for (;;) {
      const page: { readonly after: number; readonly limit: number } = { after, limit: pageLength };
      after = await this.#write(() => this.#places.relocate(source, places, page));
      if (after === undefined) return;
      await setImmediate();
    }
  }

  async knownUnder(source: SourceName, places: readonly string[]): Promise<readonly Known[]> {
    return this.#read(() => places.flatMap((place) => this.#known.under(source, place)));
  }

  async countLiving(source: SourceName): Promise<number> {
    return this.#over(() => Number(this.#ask.countLiving.get(source)?.['living'] ?? 0));
  }

  async leftSince(source: SourceName, at: WallTime): Promise<readonly string[]> {
    return this.#read(() =>
      [...this.#ask.removedFrom.all(source, at), ...this.#ask.leftFrom.all(source, at)].map(({ place }) =>
        String(place),
      ),
    );
  }

  async countPersons(): Promise<number> {
    return this.#over(() => Number(this.#ask.countPersons.get()?.['count']));
  }

  async bearing(field: FieldName, values: readonly string[]): Promise<ReadonlyMap<string, readonly Candidate[]>> {
    return this.#read(() => this.#known.bearing(field, values));
  }

  async shared(field: FieldName, limit: number): Promise<readonly SharedValue[]> {
    return this.#read(() => this.#known.shared(field, limit));
  }

  async candidate(person: PersonId): Promise<Candidate | undefined> {
    return this.#read(() => this.#known.candidate(person));
  }

  async waiting(source: SourceName): Promise<readonly (Removal & { readonly since: WallTime })[]> {
    return this.#over(() => this.#holds.waiting(source));
  }

  async holds(): Promise<readonly Hold[]> {
    return this.#read(() => this.#holds.holds());
  }

  async heldFields(): Promise<readonly HeldField[]> {
    return this.#read(() => this.#holds.heldFields());
  }

  async countHeld(source: SourceName): Promise<number> {
    return this.#over(() => this.#holds.count(source));
  }

  async approvedHolds(): Promise<readonly Hold[]> {
    return this.#over(() => this.#holds.approved());
  }

  async countBearing(source: SourceName, field: FieldName): Promise<number> {
    let count = 0;
    for (let after = -1; ;) {
      const page = this.#over(() => this.#known.bears(source, field, after));
      const last = page.at(-1);
      if (last === undefined) return count;
      count += page.filter(({ bears }) => bears).length;
      after = last.number;
      await setImmediate();
    }
  }

  purge(limits: PurgeLimits): Promise<void> {
    return this.#purge.purge(limits, (work) => this.#write(work));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lookUp.close();
    this.#book.close();
    if (this.#db.isOpen) this.#db.close();
  }

  #head(): Head {
    const row = this.#ask.head.get() ?? {};
    return {
      book: bookId(String(row['book'])),
      revision: revision(Number(row['revision'])),
      oldest: revision(Number(row['oldest'])),
    };
  }

  #over<Result>(work: () => Result): Result {
    return overFile(this.#path, work);
  }

  /** Reads all as of one moment: another process may write the file meanwhile. */
  #read<Result>(work: () => Result): Result {
    return this.#over(() => inTransaction(this.#db, 'deferred', work));
  }

  async #write<Result>(work: () => Result): Promise<Result> {
    try {
      const result = await inTurn(this.#db, this.#inTurnWithin, work);
      this.#wal.keep();
      return result;
    } catch (error) {
      throw sqliteFault(error, this.#path);
    }
  }
}
