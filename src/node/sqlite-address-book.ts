// The personal address book in one SQLite file. Every verb is one transaction, begun as a writer, so
// that two processes over one file take turns: the second waits up to five seconds, then says so.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { WallTime } from '../base/time.ts';
import { revision } from '../book/change.ts';
import type { Fields } from '../book/person.ts';
import { entryId, type PersonId } from '../book/person-id.ts';
import type { Photo, PhotoHash } from '../book/photo.ts';
import { nothingOwn, type EntryState, type Own, type PersonalEntry } from '../book/personal-entry.ts';
import { entryOfContact, knownFields, markWith, reunited, undoneOf, written } from '../terminal/entry-writing.ts';
import type {
  Addition,
  Applied,
  Holdings,
  Keeping,
  Kept,
  KeptSession,
  PersonalAddressBookStore,
  Removed,
  Revised,
  RevisionStep,
  StoredPrompt,
  Undone,
  WhichPrompts,
  Writing,
} from '../terminal/personal-address-book.ts';
import { welcomes, type Arrival, type OwnDepartment } from '../terminal/newcomers.ts';
import { decided, revisedBy, type EntryRevision } from '../terminal/revision.ts';
import { parseEntityTag, printEntityTag, type EntityTag } from '../wire/change-list.ts';
import { json, type Row } from './address-book-row.ts';
import { addressBookShape } from './address-book-shape.ts';
import { HeldPhotos } from './held-photos.ts';
import { HeldPrompts } from './held-prompts.ts';
import { LookedUp } from './looked-up.ts';
import { inTransaction, openSqliteFile, overFile } from './sqlite-file.ts';

/** The single facts beside the entries. */
type NoteName = 'mark' | 'kept' | 'session' | 'reader' | 'department';

/**
 * Opens the personal address book at `path`; makes it, readable by its owner only, where it is not there.
 * @throws HostFault when the file cannot be opened or written, is another program's, damaged, or newer than this program
 */
export function openSqliteAddressBook(path: string): PersonalAddressBookStore {
  return new SqliteAddressBook(path, openSqliteFile(path, addressBookShape));
}

class SqliteAddressBook implements PersonalAddressBookStore {
  readonly #path: string;
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #photos: HeldPhotos;
  readonly #prompts: HeldPrompts;
  readonly #lookedUp: LookedUp;

  constructor(path: string, db: DatabaseSync) {
    this.#path = path;
    this.#db = db;
    this.#photos = new HeldPhotos(db);
    this.#prompts = new HeldPrompts(db);
    this.#lookedUp = new LookedUp(db);
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
        if (entry === undefined || entry.state === 'own') return [];
        // Whoever is spoken of as being there did not leave after all.
        if (fact.kind !== 'gone') this.#run('delete from withheld where person = ?', fact.person);
        return revisedBy(step, [entry, fact], at) ?? [];
      });
      for (const person of step.withheld)
        this.#run(
          `insert or ignore into withheld select person from entry where person = ? and state <> 'own'`,
          person,
        );
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
      if (!this.#isAnybodyHeld()) this.#writeNote('mark', printEntityTag(at));
      else if (mark?.book !== at.book) return { kind: 'another-book' };
      else if (at.revision < mark.revision) return { kind: 'behind' };
      const entry: PersonalEntry = { person, base: fields, revision: at.revision, own: nothingOwn, state: 'held' };
      this.#insert(entry);
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

  addOwn(contacts: readonly Addition[]): Promise<readonly PersonalEntry[]> {
    return this.#once('immediate', () =>
      contacts.map((contact) => {
        const entry = entryOfContact(contact);
        this.#insert(entry);
        if (contact.photo !== undefined) this.#photos.put(contact.photo);
        return entry;
      }),
    );
  }

  remove(people: readonly PersonId[]): Promise<{ readonly removed: Removed; readonly holdings: Holdings }> {
    return this.#once('immediate', () => {
      const entries = [...new Set(people)].flatMap((person) => this.#entry(person) ?? []);
      const before = this.#holdings();
      const withheld = entries.map(({ person }) => person).filter((person) => before.withheld.has(person));
      const unheld = entries.filter(({ state }) => state !== 'held');
      const photos = unheld.flatMap(({ person }) => this.#photos.of(person) ?? []);
      for (const { person } of entries) {
        this.#run('delete from entry where person = ?', person);
        this.#lookedUp.forget(person);
      }
      this.#photos.drop();
      return { removed: { entries, mark: before.mark, withheld, photos }, holdings: this.#holdings() };
    });
  }

  putBack(removed: Removed): Promise<{ readonly entries: readonly PersonalEntry[]; readonly holdings: Holdings }> {
    return this.#once('immediate', () => {
      const absent = removed.entries.filter(({ person }) => this.#entry(person) === undefined);
      const held = absent.filter(({ state }) => state !== 'own');
      if (held.length > 0) {
        const mark = this.#isAnybodyHeld() ? markWith(removed.mark, this.#mark()) : removed.mark;
        if (mark === undefined) this.#run('delete from note where name = ?', 'mark');
        else this.#writeNote('mark', printEntityTag(mark));
        this.#writeNote('kept', String(this.#kept() + held.length));
      }
      const entries = removed.entries.map((entry) => this.#putBack(entry));
      for (const { person } of held.filter((entry) => removed.withheld.includes(entry.person)))
        this.#run('insert or ignore into withheld values (?)', person);
      for (const photo of removed.photos) this.#photos.put(photo);
      this.#photos.drop();
      return { entries, holdings: this.#holdings() };
    });
  }

  async writeOwn(person: PersonId, own: Partial<Own>): Promise<PersonalEntry | undefined> {
    return (await this.writeAllOwn([{ person, own }]))[0];
  }

  writeAllOwn(writings: readonly Writing[]): Promise<readonly PersonalEntry[]> {
    return this.#once('immediate', () => {
      const after = new Map<PersonId, PersonalEntry>();
      for (const writing of writings) {
        const entry = this.#entry(writing.person);
        if (entry !== undefined) after.set(entry.person, this.#store(written(entry, writing)));
      }
      for (const { photo } of writings) if (photo !== undefined && photo !== 'none') this.#photos.put(photo);
      if (writings.some(({ photo }) => photo !== undefined)) this.#photos.drop();
      return [...after.values()];
    });
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

  prompts(which: WhichPrompts): Promise<readonly StoredPrompt[]> {
    return this.#once('deferred', () => this.#prompts.list(which));
  }

  seen(prompts: readonly number[]): Promise<void> {
    return this.#once('immediate', () => this.#prompts.seen(prompts));
  }

  seenAll(upTo: number): Promise<void> {
    return this.#once('immediate', () => this.#prompts.seenAll(upTo));
  }

  undoAll(ids: readonly number[]): Promise<readonly Undone[]> {
    return this.#once('immediate', () => {
      const prompts = ids.map((id) => this.#prompts.of(id));
      const entries = prompts.flatMap((prompt) => (prompt && this.#entry(prompt.person)) ?? []);
      const all = undoneOf(prompts, new Map(entries.map((entry) => [entry.person, entry])));
      for (const [at, undone] of all.entries()) {
        if (undone.kind !== 'undone') continue;
        this.#store(undone.entry);
        this.#prompts.undone(ids[at] as number);
      }
      return all;
    });
  }

  lookedUp(person: PersonId, at: WallTime): Promise<void> {
    return this.#once('immediate', () => this.#lookedUp.count(person, at));
  }

  oftenLookedUp(limit: number): Promise<readonly PersonId[]> {
    return this.#once('deferred', () => this.#lookedUp.often(limit));
  }

  ownDepartment(): Promise<OwnDepartment | undefined> {
    return this.#once('deferred', () => parsed(this.#note('department')) as OwnDepartment | undefined);
  }

  welcome(arrival: Arrival, at: WallTime): Promise<readonly StoredPrompt[]> {
    return this.#once('immediate', () => {
      if (this.#note('department') !== JSON.stringify(arrival.from)) return [];
      this.#writeNote('department', JSON.stringify(arrival.to));
      return this.#prompts.add(welcomes(arrival, (person) => this.#entry(person) !== undefined, at));
    });
  }

  session(): Promise<KeptSession | undefined> {
    return this.#once('deferred', () => parsed(this.#note('session')) as KeptSession | undefined);
  }

  keepSession(session: KeptSession | undefined): Promise<Holdings> {
    return this.#once('immediate', () => {
      if (session === undefined) {
        this.#run('delete from note where name = ?', 'session');
        return this.#holdings();
      }
      const reader = JSON.stringify([session.server, session.user]);
      if (this.#note('reader') !== reader) this.#run("delete from note where name in ('mark', 'department')");
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
    for (const { entry } of revisions)
      this.#run(
        'update entry set base = ?, revision = ?, state = ? where person = ?',
        JSON.stringify(entry.base),
        entry.revision,
        entry.state,
        entry.person,
      );
    const prompts = this.#prompts.add(revisions.flatMap((each) => each.prompts));
    const changed = revisions.filter((each) => each.differs).map((each) => each.entry);
    if (changed.length > 0) this.#photos.drop();
    return { holdings: this.#holdings(), changed, prompts };
  }

  /** With what is new in its `own`. */
  #store(entry: PersonalEntry): PersonalEntry {
    this.#run('update entry set own = ? where person = ?', JSON.stringify(entry.own), entry.person);
    return entry;
  }

  #putBack(entry: PersonalEntry): PersonalEntry {
    const there = this.#entry(entry.person);
    if (there !== undefined) return this.#store(reunited(there, entry));
    this.#insert(entry);
    return entry;
  }

  #insert({ person, base, revision: at, state, own }: PersonalEntry): void {
    this.#run(
      'insert into entry (person, base, revision, state, own) values (?, ?, ?, ?, ?)',
      person,
      JSON.stringify(base),
      at,
      state,
      JSON.stringify(own),
    );
  }

  #isAnybodyHeld(): boolean {
    return this.#get(`select 1 from entry where state <> 'own' limit 1`) !== undefined;
  }

  #holdings(): Holdings {
    const people = new Map<PersonId, { readonly revision: PersonalEntry['revision']; readonly state: EntryState }>();
    for (const row of this.#all(`select person, revision, state from entry where state <> 'own' order by person`))
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

  #run(sql: string, ...values: readonly (string | number)[]): void {
    this.#statement(sql).run(...values);
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

const parsed = (text: string | undefined): unknown => (text === undefined ? undefined : JSON.parse(text));
const tagText = (tag: EntityTag | undefined): string => (tag === undefined ? '' : printEntityTag(tag));

const entryOf = (row: Row): PersonalEntry => ({
  person: entryId(String(row['person'])),
  base: knownFields(json(row, 'base') as Fields),
  revision: revision(Number(row['revision'])),
  own: { ...nothingOwn, ...(json(row, 'own') as Partial<Own>) },
  state: row['state'] as EntryState,
});
