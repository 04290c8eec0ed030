// The personal address book in one SQLite file. Every verb is one transaction, begun as a writer, so
// that two processes over one file take turns: the second waits up to five seconds, then says so.

import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { WallTime } from '../base/time.ts';
import { revision } from '../book/change.ts';
import type { Fields } from '../book/person.ts';
import { personId, type PersonId } from '../book/person-id.ts';
import type { Photo, PhotoHash } from '../book/photo.ts';
import {
  nothingOwn,
  type EntryState,
  type Own,
  type PersonalEntry,
  type Prompt,
  type PromptFact,
} from '../book/personal-entry.ts';
import { knownFields, takenBack, tidied } from '../terminal/entry-writing.ts';
import type {
  Applied,
  Holdings,
  Keeping,
  Kept,
  KeptSession,
  PersonalAddressBookStore,
  Revised,
  RevisionStep,
  StoredPrompt,
  Undone,
} from '../terminal/personal-address-book.ts';
import { decided, revisedBy, type EntryRevision } from '../terminal/revision.ts';
import { parseEntityTag, printEntityTag, type EntityTag } from '../wire/change-list.ts';
import { HeldPhotos, photoTable } from './held-photos.ts';
import { HostFault } from './host-fault.ts';
import { inTransaction, openSqliteFile, overFile, type Shape } from './sqlite-file.ts';

const shape: Shape = {
  holds: 'personal address book',
  applicationId: 0x52_43_50_42, // "RCPB"
  steps: [
    (db) => {
      db.exec(`
        create table note (name text primary key, value text not null) strict, without rowid;
        create table entry (
          person text primary key, base text not null, revision integer not null,
          state text not null check (state in ('held', 'left', 'kept')), own text not null
        ) strict, without rowid;
        create table withheld (person text primary key references entry on delete cascade) strict, without rowid;
        create table prompt (
          id integer primary key autoincrement, person text not null, name text not null, fact text not null,
          at integer not null, seen integer not null default 0, undone integer not null default 0
        ) strict;
        create index prompt_unseen on prompt (id) where seen = 0;
      `);
    },
    (db) => {
      db.exec(photoTable);
    },
  ],
};

/** The single facts beside the entries. */
type NoteName = 'mark' | 'kept' | 'session' | 'reader';

type Row = Record<string, SQLOutputValue>;

/**
 * Opens the personal address book at `path`; makes it, readable by its owner only, where it is not there.
 * @throws HostFault when the file cannot be opened or written, is another program's, damaged, or newer than this program
 */
export function openSqliteAddressBook(path: string): PersonalAddressBookStore {
  return new SqliteAddressBook(path, openSqliteFile(path, shape));
}

class SqliteAddressBook implements PersonalAddressBookStore {
  readonly #path: string;
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #photos: HeldPhotos;

  constructor(path: string, db: DatabaseSync) {
    this.#path = path;
    this.#db = db;
    this.#photos = new HeldPhotos(db);
  }

  holdings(): Promise<Holdings> {
    return this.#once('deferred', () => this.#holdings());
  }

  entries(): Promise<readonly PersonalEntry[]> {
    return this.#once('deferred', () => this.#all('select * from entry order by person').map(entryOf));
  }

  entry(person: PersonId): Promise<PersonalEntry | undefined> {
    return this.#once('deferred', () => this.#entry(person));
  }

  apply(step: RevisionStep, at: WallTime): Promise<Applied> {
    return this.#once('immediate', () => {
      const { mark, kept } = step.from;
      if (tagText(this.#mark()) !== tagText(mark) || this.#kept() !== kept)
        return { kind: 'overtaken', holdings: this.#holdings() };
      const revisions = step.facts.flatMap((fact) => {
        const entry = this.#entry(fact.person);
        if (entry === undefined) return [];
        // Whoever is spoken of as being there did not leave after all.
        if (fact.kind !== 'gone') this.#run('delete from withheld where person = ?', fact.person);
        return revisedBy(step, [entry, fact], at) ?? [];
      });
      for (const person of step.withheld)
        this.#run('insert or ignore into withheld select person from entry where person = ?', person);
      this.#writeNote('mark', printEntityTag(step.to));
      return { kind: 'applied', ...this.#revise(revisions) };
    });
  }

  decideWithheld(proceed: boolean, at: WallTime): Promise<Revised> {
    return this.#once('immediate', () => {
      const waiting = this.#all('select entry.* from entry join withheld using (person) order by person').map(entryOf);
      this.#run('delete from withheld');
      return this.#revise(waiting.map((entry) => decided(entry, proceed, at)));
    });
  }

  keep({ person, fields, at }: Keeping): Promise<Kept> {
    return this.#once('immediate', () => {
      const held = this.#entry(person);
      if (held !== undefined) return { kind: 'kept', entry: held, holdings: this.#holdings() };
      const mark = this.#mark();
      if (this.#get('select 1 from entry limit 1') === undefined) this.#writeNote('mark', printEntityTag(at));
      else if (mark?.book !== at.book) return { kind: 'another-book' };
      else if (at.revision < mark.revision) return { kind: 'behind' };
      const entry: PersonalEntry = { person, base: fields, revision: at.revision, own: nothingOwn, state: 'held' };
      this.#run(
        'insert into entry (person, base, revision, state, own) values (?, ?, ?, ?, ?)',
        person,
        JSON.stringify(fields),
        at.revision,
        entry.state,
        JSON.stringify(entry.own),
      );
      this.#writeNote('kept', String(this.#kept() + 1));
      return { kind: 'kept', entry, holdings: this.#holdings() };
    });
  }

  keepAsOwn(person: PersonId): Promise<PersonalEntry | undefined> {
    return this.#once('immediate', () => {
      this.#run(`update entry set state = 'kept' where person = ? and state = 'left'`, person);
      const entry = this.#entry(person);
      return entry?.state === 'kept' ? entry : undefined;
    });
  }

  remove(person: PersonId): Promise<Holdings> {
    return this.#once('immediate', () => {
      this.#run('delete from entry where person = ?', person);
      this.#photos.drop();
      return this.#holdings();
    });
  }

  writeOwn(person: PersonId, own: Partial<Own>): Promise<PersonalEntry | undefined> {
    return this.#once('immediate', () => this.#writeOwn(person, () => own));
  }

  photo(person: PersonId): Promise<Photo | undefined> {
    return this.#once('deferred', () => this.#photos.of(person));
  }

  missingPhotos(): Promise<readonly PhotoHash[]> {
    return this.#once('deferred', () => this.#photos.missing());
  }

  keepPhoto(photo: Photo): Promise<readonly PersonId[]> {
    return this.#once('immediate', () => this.#photos.keep(photo));
  }

  prompts({ unseenOnly }: { readonly unseenOnly: boolean }): Promise<readonly StoredPrompt[]> {
    const where = unseenOnly ? 'where seen = 0' : '';
    return this.#once('deferred', () => this.#all(`select * from prompt ${where} order by id`).map(promptOf));
  }

  seen(prompts: readonly number[]): Promise<void> {
    return this.#once('immediate', () => {
      for (const id of prompts) this.#run('update prompt set seen = 1 where id = ?', id);
    });
  }

  undo(id: number): Promise<Undone> {
    return this.#once('immediate', () => {
      const row = this.#get('select * from prompt where id = ?', id);
      const prompt = row === undefined ? undefined : promptOf(row);
      const back = takenBack(prompt?.fact);
      if (prompt === undefined || back === undefined) return { kind: 'nothing-to-undo' };
      const { field, from } = back;
      const entry = this.#writeOwn(prompt.person, (own) => ({ values: { ...own.values, [field]: from } }));
      if (entry === undefined) return { kind: 'nothing-to-undo' };
      this.#run('update prompt set seen = 1, undone = 1 where id = ?', id);
      return { kind: 'undone', entry, field };
    });
  }

  session(): Promise<KeptSession | undefined> {
    return this.#once('deferred', () => {
      const text = this.#note('session');
      return text === undefined ? undefined : (JSON.parse(text) as KeptSession);
    });
  }

  keepSession(session: KeptSession | undefined): Promise<Holdings> {
    return this.#once('immediate', () => {
      if (session === undefined) {
        this.#run('delete from note where name = ?', 'session');
        return this.#holdings();
      }
      const reader = JSON.stringify([session.server, session.user]);
      if (this.#note('reader') !== reader) this.#run('delete from note where name = ?', 'mark');
      this.#writeNote('reader', reader);
      this.#writeNote('session', JSON.stringify(session));
      return this.#holdings();
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#statements.clear();
    if (this.#db.isOpen) overFile(this.#path, () => this.#db.close());
    return Promise.resolve();
  }

  /** `work` as one transaction. */
  async #once<Result>(kind: 'deferred' | 'immediate', work: () => Result): Promise<Result> {
    return overFile(this.#path, () => inTransaction(this.#db, kind, work));
  }

  #revise(revisions: readonly EntryRevision[]): Revised {
    const prompts = revisions.flatMap(({ entry, prompts: made }) => {
      this.#run(
        'update entry set base = ?, revision = ?, state = ? where person = ?',
        JSON.stringify(entry.base),
        entry.revision,
        entry.state,
        entry.person,
      );
      return made.map((prompt) => this.#addPrompt(prompt));
    });
    const changed = revisions.filter((each) => each.differs).map((each) => each.entry);
    if (changed.length > 0) this.#photos.drop();
    return { holdings: this.#holdings(), changed, prompts };
  }

  #addPrompt(prompt: Prompt): StoredPrompt {
    const { lastInsertRowid } = this.#run(
      'insert into prompt (person, name, fact, at) values (?, ?, ?, ?)',
      prompt.person,
      prompt.name,
      JSON.stringify(prompt.fact),
      Math.round(prompt.at),
    );
    return { ...prompt, id: Number(lastInsertRowid), seen: false, undone: false };
  }

  #writeOwn(person: PersonId, part: (own: Own) => Partial<Own>): PersonalEntry | undefined {
    const entry = this.#entry(person);
    if (entry === undefined) return undefined;
    const own: Own = tidied({ ...entry.own, ...part(entry.own) });
    this.#run('update entry set own = ? where person = ?', JSON.stringify(own), person);
    return { ...entry, own };
  }

  #holdings(): Holdings {
    const people = new Map<PersonId, { readonly revision: PersonalEntry['revision']; readonly state: EntryState }>();
    for (const row of this.#all('select person, revision, state from entry order by person'))
      people.set(row['person'] as PersonId, {
        revision: revision(Number(row['revision'])),
        state: row['state'] as EntryState,
      });
    const withheld = this.#all('select person from withheld').map((row) => row['person'] as PersonId);
    return { mark: this.#mark(), kept: this.#kept(), people, withheld: new Set(withheld) };
  }

  #entry(person: PersonId): PersonalEntry | undefined {
    const row = this.#get('select * from entry where person = ?', person);
    return row === undefined ? undefined : entryOf(row);
  }

  #mark(): EntityTag | undefined {
    const text = this.#note('mark');
    return text === undefined ? undefined : parseEntityTag(text);
  }

  #kept(): number {
    return Number(this.#note('kept') ?? 0);
  }

  #note(name: NoteName): string | undefined {
    const value = this.#get('select value from note where name = ?', name)?.['value'];
    return typeof value === 'string' ? value : undefined;
  }

  #writeNote(name: NoteName, value: string): void {
    this.#run(
      'insert into note (name, value) values (?, ?) on conflict do update set value = excluded.value',
      name,
      value,
    );
  }

  #run(sql: string, ...values: readonly (string | number)[]): { readonly lastInsertRowid: number | bigint } {
    return this.#statement(sql).run(...values);
  }

  #get(sql: string, ...values: readonly (string | number)[]): Row | undefined {
    return this.#statement(sql).get(...values);
  }

  #all(sql: string): readonly Row[] {
    return this.#statement(sql).all();
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const made = this.#db.prepare(sql);
    this.#statements.set(sql, made);
    return made;
  }
}

const tagText = (tag: EntityTag | undefined): string => (tag === undefined ? '' : printEntityTag(tag));

function json(row: Row, column: string): unknown {
  try {
    return JSON.parse(String(row[column]));
  } catch (cause) {
    throw new HostFault(`the personal address book is damaged: ${column} is not readable`, { cause });
  }
}

const entryOf = (row: Row): PersonalEntry => ({
  person: personId(String(row['person'])),
  base: knownFields(json(row, 'base') as Fields),
  revision: revision(Number(row['revision'])),
  own: { ...nothingOwn, ...(json(row, 'own') as Partial<Own>) },
  state: row['state'] as EntryState,
});

const promptOf = (row: Row): StoredPrompt => ({
  id: Number(row['id']),
  person: personId(String(row['person'])),
  name: String(row['name']),
  fact: json(row, 'fact') as PromptFact,
  at: Number(row['at']) as WallTime,
  seen: row['seen'] === 1,
  undone: row['undone'] === 1,
});
