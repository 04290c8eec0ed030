// The writing side of the SQLite change log: one `Commit`, inside a transaction that the caller holds.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { revision, type Change, type Revision } from '../book/change.ts';
import { altered, type Fields } from '../book/person.ts';
import type { PersonId } from '../book/person-id.ts';
import type { Commit, Hold, SourceName } from '../server/change-log.ts';
import type { SqliteGroups } from './sqlite-groups.ts';
import { SqliteLinks } from './sqlite-links.ts';
import type { SqlitePlaces } from './sqlite-places.ts';
import type { SqlitePhotos } from './sqlite-photos.ts';

interface PersonRow {
  readonly number: number;
  readonly left_at: number | null;
  readonly fields: string;
}

const statements = {
  source: 'select number from source where name = ?',
  makeSource: 'insert into source (name) values (?) returning number',
  revision: 'select revision from meta',
  setRevision: 'update meta set revision = ?',
  cookie: 'update source set cookie = ? where number = ?',
  settings: 'update source set settings = ? where number = ?',
  person: 'select number, left_at, fields from person where id = ?',
  makePerson: 'insert into person (id, revision, fields) values (?, ?, ?) on conflict (id) do nothing',
  setPerson: 'update person set revision = ?, left_at = null, fields = ? where number = ?',
  leave: 'update person set revision = ?, left_at = ? where number = ?',
  change: 'insert into change (revision, at, source, person, kind, body, approved) values (?, ?, ?, ?, ?, ?, ?)',
  release: 'delete from removal where source = ? and key = ?',
  wait: `insert into removal (source, key, person, since) values (?, ?, ?, ?)
    on conflict (source, key) do nothing`,
  hold: 'insert into hold (id, source, reason, at) values (?, ?, ?, ?)',
  held: `insert into removal (source, key, person, since, hold) values (?, ?, ?, ?, ?)
    on conflict (source, key) do update set hold = excluded.hold`,
  holdField: `insert into hold (id, source, reason, at, field) values (?, ?, ?, ?, ?)
    on conflict (id) do update set reason = excluded.reason`,
  empty: `insert into emptying (source, key, field, person, hold) values (?, ?, ?, ?, ?)
    on conflict (source, key, field) do update set hold = excluded.hold`,
  approve: 'insert into approved (hold, source, key, reason, at) values (?, ?, ?, ?, ?)',
  undo: 'delete from approved where hold = ? and source = ?',
  refill: 'delete from emptying where source = ? and key = ? and field = ?',
  dropHolds: `delete from hold where not exists (select 1 from removal where removal.hold = hold.id)
    and not exists (select 1 from emptying where emptying.hold = hold.id)`,
} as const;

type Statements = Readonly<Record<keyof typeof statements, StatementSync>>;

/** One commit under way. */
interface Writing {
  readonly commit: Commit;
  readonly source: number;
  /** Row numbers of persons that this commit has met. */
  readonly numbers: Map<PersonId, number>;
  /** Photos that somebody bore before it, or that came with it: whoever bears one at its end keeps it. */
  readonly unborne: Set<number>;
}

export class SqliteCommit {
  readonly #do: Statements;
  readonly #photos: SqlitePhotos;
  readonly #places: SqlitePlaces;
  readonly #groups: SqliteGroups;
  readonly #links: SqliteLinks;
  readonly #sources = new Map<SourceName, number>();

  constructor(
    db: DatabaseSync,
    beside: { readonly photos: SqlitePhotos; readonly places: SqlitePlaces; readonly groups: SqliteGroups },
  ) {
    this.#photos = beside.photos;
    this.#places = beside.places;
    this.#groups = beside.groups;
    this.#links = new SqliteLinks(db, beside);
    const prepared = Object.entries(statements).map(([name, sql]) => [name, db.prepare(sql)] as const);
    this.#do = Object.fromEntries(prepared) as Statements;
  }

  /** Writes all of `commit` and gives the revision before it. The caller holds the transaction. */
  write(commit: Commit): Revision {
    const before = revision(Number(this.#do.revision.get()?.['revision']));
    const unborne = new Set(this.#photos.put(commit.photos ?? []));
    const writing: Writing = { commit, source: this.#source(commit.source), numbers: new Map(), unborne };
    for (const { person, fields } of commit.links ?? []) if (fields !== undefined) this.#keepOwn(person);
    let at = before as number;
    for (const change of commit.changes) this.#change(writing, change, (at += 1));
    this.#link(writing);
    this.#links.settle();
    this.#photos.drop(writing.unborne);
    this.#group(writing);
    this.#places.keep(writing.source, commit.containers ?? []);
    this.#places.forget(writing.source, commit.forgetContainers ?? []);
    this.#groups.settle();
    this.#removals(writing);
    if (at !== before) this.#do.setRevision.run(at);
    if (commit.cookie !== undefined || commit.forgetCookie === true)
      this.#do.cookie.run(commit.cookie ?? null, writing.source);
    if (commit.settings !== undefined) this.#do.settings.run(commit.settings, writing.source);
    return before;
  }

  /** After a transaction that was rolled back: what it made is not there. */
  forget(): void {
    this.#sources.clear();
    this.#links.forget();
  }

  #source(name: SourceName): number {
    const known = this.#sources.get(name);
    if (known !== undefined) return known;
    const row = this.#do.source.get(name) ?? this.#do.makeSource.get(name);
    const number = Number(row?.['number']);
    this.#sources.set(name, number);
    return number;
  }

  #keepOwn(person: PersonId): void {
    const number = this.#do.person.get(person)?.['number'];
    if (number !== undefined) this.#links.keepOwn(Number(number));
  }

  #change(writing: Writing, change: Change, at: number): void {
    const { commit, source } = writing;
    const body = bodyOf(change);
    this.#do.change.run(at, commit.at, source, change.person, change.kind, body, commit.approved === true ? 1 : 0);
    if (change.kind === 'added') return this.#add(writing, change, { at, body });
    const row = this.#do.person.get(change.person) as PersonRow | undefined;
    if (row === undefined || row.left_at !== null)
      throw new Error(`${change.person} cannot be ${change.kind}: does not live`);
    writing.numbers.set(change.person, row.number);
    if (change.kind === 'altered') return this.#alter(writing, change, { row, at });
    this.#do.leave.run(at, commit.at, row.number);
    this.#links.leaveAll(commit, row.number);
  }

  /** Nearly always somebody whom the book has never had: that is tried first. */
  #add(
    writing: Writing,
    { person, fields: { photo } }: Change & { kind: 'added' },
    { at, body }: { readonly at: number; readonly body: string },
  ): void {
    const made = this.#do.makePerson.run(person, at, body);
    if (made.changes > 0) {
      const number = Number(made.lastInsertRowid);
      writing.numbers.set(person, number);
      if (photo !== undefined) this.#bear(writing, number, photo);
      return;
    }
    const row = this.#do.person.get(person) as unknown as PersonRow;
    if (row.left_at === null) throw new Error(`${person} cannot be added: lives`);
    writing.numbers.set(person, row.number);
    this.#do.setPerson.run(at, body, row.number);
    this.#bear(writing, row.number, photo);
  }

  #alter(
    writing: Writing,
    change: Change & { kind: 'altered' },
    { row, at }: { readonly row: PersonRow; readonly at: number },
  ): void {
    const fields = altered(JSON.parse(row.fields) as Fields, change);
    this.#do.setPerson.run(at, JSON.stringify(fields), row.number);
    if (change.from.photo !== change.to.photo) this.#bear(writing, row.number, change.to.photo);
  }

  #bear({ unborne }: Writing, person: number, photo: string | undefined): void {
    const before = this.#photos.bear(person, photo);
    if (before !== undefined) unborne.add(before);
  }

  #link(writing: Writing): void {
    const { commit, source, unborne } = writing;
    const { links = [], left = [] } = commit;
    for (const link of links) this.#links.rekey(source, link);
    if (links.length > 0) this.#places.note(source, links);
    for (const link of links) {
      const before = this.#links.write(link, { source, person: this.#numberOf(writing, link.person) });
      if (before !== undefined) unborne.add(before);
    }
    for (const key of left) this.#links.leave(commit, source, key);
  }

  #group({ commit, source }: Writing): void {
    this.#groups.arrived(source, commit.links ?? []);
    this.#groups.forget(source, commit.forgetGroups ?? []);
    for (const group of commit.groups ?? []) this.#groups.keep(source, group);
  }

  #numberOf({ numbers }: Writing, person: PersonId): number {
    const number = numbers.get(person) ?? this.#do.person.get(person)?.['number'];
    if (number === undefined) throw new Error(`${person} cannot be linked: nobody has this person ID`);
    return Number(number);
  }

  #removals({ commit, source }: Writing): void {
    for (const key of commit.release ?? []) this.#do.release.run(source, key);
    for (const removal of commit.wait ?? []) this.#do.wait.run(source, removal.key, removal.person, commit.at);
    if (commit.hold !== undefined) this.#hold(commit.hold, source);
    if (commit.undoes !== undefined) this.#do.undo.run(commit.undoes, source);
    for (const { key } of commit.approves?.removals ?? [])
      this.#do.approve.run(commit.approves?.id ?? '', source, key, commit.approves?.reason ?? '', commit.at);
    for (const { key, field } of commit.refill ?? []) this.#do.refill.run(source, key, field);
    for (const { id, reason, at, field, persons } of commit.holdFields ?? []) {
      this.#do.holdField.run(id, source, reason, at, field);
      for (const { key, person } of persons) this.#do.empty.run(source, key, field, person, id);
    }
    const removed = commit.changes.some(({ kind }) => kind === 'removed');
    if (removed || [commit.release, commit.hold, commit.refill, commit.left].some((each) => each !== undefined))
      this.#do.dropHolds.run();
  }

  #hold(hold: Hold, source: number): void {
    this.#do.hold.run(hold.id, source, hold.reason, hold.at);
    for (const removal of hold.removals) this.#do.held.run(source, removal.key, removal.person, hold.at, hold.id);
  }
}

function bodyOf(change: Change): string {
  switch (change.kind) {
    case 'added':
      return JSON.stringify(change.fields);
    case 'altered':
      return JSON.stringify({ from: change.from, to: change.to });
    case 'removed':
      return '';
  }
}
