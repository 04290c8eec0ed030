// The personal address book in IndexedDB. Every verb is one transaction over all its stores, so that tabs take
// turns; a transaction that fails writes nothing.
//
// A revision gives the holdings of all entries. To read 10,000 entries takes a tenth of a second and more, so what is
// held is remembered from transaction to transaction, and read anew only where another tab has written meanwhile:
// the note `writes` counts that.

import type { WallTime } from '../base/time.ts';
import { nothingOwn, type Own, type PersonalEntry } from '../book/personal-entry.ts';
import type { PersonId } from '../book/person-id.ts';
import { isPhotoHash, type Photo, type PhotoHash } from '../book/photo.ts';
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
import {
  hostFault,
  openDatabase,
  storeNames,
  type Database,
  type EntryRecord,
  type NoteName,
  type PromptRecord,
  type Transaction,
} from './address-book-database.ts';
import { HostFault } from './host-fault.ts';

/**
 * Opens the personal address book `name` of this page's origin; makes it where it is not there.
 * @throws HostFault when the browser keeps nothing for this page, or a newer program has made the book anew
 */
export async function openIndexedDbAddressBook(name: string): Promise<PersonalAddressBookStore> {
  const lost = { isLost: false };
  return new IndexedDbAddressBook(await openDatabase(name, () => (lost.isLost = true)), lost);
}

type People = Holdings['people'];

/** What the transaction that wrote last, of this tab, left. */
interface Remembered {
  readonly writes: string;
  readonly people: People;
}

class IndexedDbAddressBook implements PersonalAddressBookStore {
  readonly #database: Database;
  readonly #lost: { readonly isLost: boolean };
  #remembered: Remembered | undefined;

  constructor(database: Database, lost: { readonly isLost: boolean }) {
    this.#database = database;
    this.#lost = lost;
  }

  holdings(): Promise<Holdings> {
    return this.#read((book) => book.holdings());
  }

  entries(): Promise<readonly PersonalEntry[]> {
    return this.#read((book) => book.entries());
  }

  entry(person: PersonId): Promise<PersonalEntry | undefined> {
    return this.#read((book) => book.entry(person));
  }

  apply(step: RevisionStep, at: WallTime): Promise<Applied> {
    return this.#write(async (book): Promise<Applied> => {
      const before = await book.holdings();
      if (tagText(before.mark) !== tagText(step.from.mark) || before.kept !== step.from.kept)
        return { kind: 'overtaken', holdings: before };
      const revisions: EntryRevision[] = [];
      for (const fact of step.facts) {
        if (!before.people.has(fact.person)) continue;
        const entry = await book.entry(fact.person);
        if (entry === undefined) continue;
        // Whoever is spoken of as being there did not leave after all.
        if (fact.kind !== 'gone') await book.transaction.objectStore('withheld').delete(fact.person);
        revisions.push(...[revisedBy(step, [entry, fact], at)].filter((each) => each !== undefined));
      }
      for (const person of step.withheld)
        if (before.people.has(person)) await book.transaction.objectStore('withheld').put(1, person);
      await book.writeNote('mark', printEntityTag(step.to));
      return { kind: 'applied', ...(await book.revise(revisions)) };
    });
  }

  decideWithheld(proceed: boolean, at: WallTime): Promise<Revised> {
    return this.#write(async (book) => {
      const withheld = book.transaction.objectStore('withheld');
      const waiting = await Promise.all((await withheld.getAllKeys()).map((person) => book.entry(person)));
      await withheld.clear();
      return book.revise(waiting.filter((entry) => entry !== undefined).map((entry) => decided(entry, proceed, at)));
    });
  }

  keep({ person, fields, at }: Keeping): Promise<Kept> {
    return this.#write(async (book): Promise<Kept> => {
      const held = await book.entry(person);
      const { mark, people, kept } = await book.holdings();
      if (held !== undefined) return { kind: 'kept', entry: held, holdings: await book.holdings() };
      if (people.size === 0) await book.writeNote('mark', printEntityTag(at));
      else if (mark?.book !== at.book) return { kind: 'another-book' };
      else if (at.revision < mark.revision) return { kind: 'behind' };
      const entry: PersonalEntry = { person, base: fields, revision: at.revision, own: nothingOwn, state: 'held' };
      await book.put(entry);
      await book.writeNote('kept', String(kept + 1));
      return { kind: 'kept', entry, holdings: await book.holdings() };
    });
  }

  keepAsOwn(person: PersonId): Promise<PersonalEntry | undefined> {
    return this.#write(async (book) => {
      const entry = await book.entry(person);
      if (entry === undefined || entry.state === 'held') return undefined;
      const own: PersonalEntry = { ...entry, state: 'kept' };
      await book.put(own);
      return own;
    });
  }

  remove(person: PersonId): Promise<Holdings> {
    return this.#write(async (book) => {
      await book.forget(person);
      await book.dropPhotos();
      return book.holdings();
    });
  }

  writeOwn(person: PersonId, own: Partial<Own>): Promise<PersonalEntry | undefined> {
    return this.#write((book) => book.writeOwn(person, () => own));
  }

  photo(person: PersonId): Promise<Photo | undefined> {
    return this.#read(async (book) => {
      const hash = (await book.entry(person))?.base.photo;
      return hash !== undefined && isPhotoHash(hash) ? book.transaction.objectStore('photo').get(hash) : undefined;
    });
  }

  missingPhotos(): Promise<readonly PhotoHash[]> {
    return this.#read(async (book) => {
      const here = new Set<string>(await book.transaction.objectStore('photo').getAllKeys());
      const named = (await book.entries()).map(({ base }) => base.photo ?? '');
      return [...new Set(named)]
        .filter(isPhotoHash)
        .filter((hash) => !here.has(hash))
        .sort();
    });
  }

  keepPhoto(photo: Photo): Promise<readonly PersonId[]> {
    return this.#write(async (book) => {
      const showing = (await book.entries()).filter(({ base }) => base.photo === photo.hash);
      if (showing.length > 0) await book.transaction.objectStore('photo').put(photo);
      return showing.map(({ person }) => person);
    });
  }

  prompts({ unseenOnly }: { readonly unseenOnly: boolean }): Promise<readonly StoredPrompt[]> {
    return this.#read(async ({ transaction }) => {
      const store = transaction.objectStore('prompt');
      return (await (unseenOnly ? store.index('unseen').getAll() : store.getAll())).map(promptOf);
    });
  }

  seen(prompts: readonly number[]): Promise<void> {
    return this.#write(async (book) => {
      for (const id of prompts) await book.markPrompt(id, {});
    });
  }

  undo(id: number): Promise<Undone> {
    return this.#write(async (book): Promise<Undone> => {
      const prompt = await book.transaction.objectStore('prompt').get(id);
      const back = takenBack(prompt?.fact);
      if (prompt === undefined || back === undefined) return { kind: 'nothing-to-undo' };
      const { field, from } = back;
      const entry = await book.writeOwn(prompt.person, (own) => ({ values: { ...own.values, [field]: from } }));
      if (entry === undefined) return { kind: 'nothing-to-undo' };
      await book.markPrompt(id, { undone: true });
      return { kind: 'undone', entry, field };
    });
  }

  session(): Promise<KeptSession | undefined> {
    return this.#read(async (book) => {
      const text = await book.note('session');
      return text === undefined ? undefined : (JSON.parse(text) as KeptSession);
    });
  }

  keepSession(session: KeptSession | undefined): Promise<Holdings> {
    return this.#write(async (book) => {
      const notes = book.transaction.objectStore('note');
      if (session === undefined) {
        await notes.delete('session');
        return book.holdings();
      }
      const reader = JSON.stringify([session.server, session.user]);
      if ((await book.note('reader')) !== reader) await notes.delete('mark');
      await book.writeNote('reader', reader);
      await book.writeNote('session', JSON.stringify(session));
      return book.holdings();
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#database.close();
    return Promise.resolve();
  }

  #read<Result>(work: (book: OpenBook) => Promise<Result>): Promise<Result> {
    return this.#once('readonly', work);
  }

  #write<Result>(work: (book: OpenBook) => Promise<Result>): Promise<Result> {
    return this.#once('readwrite', work);
  }

  async #once<Result>(mode: IDBTransactionMode, work: (book: OpenBook) => Promise<Result>): Promise<Result> {
    if (this.#lost.isLost)
      throw new HostFault('personal address book: it was deleted or renewed by another page: load the page again');
    let transaction: Transaction | undefined;
    try {
      // Durable before it is told: what was prompted must not come again after the power has failed.
      transaction = this.#database.transaction([...storeNames], mode, { durability: 'strict' }) as Transaction;
      // A transaction that is aborted fails here too; who awaits `work` hears why.
      transaction.done.catch(() => undefined);
      const book = new OpenBook(transaction, this.#remembered);
      const result = await work(book);
      const after = await book.written();
      await transaction.done;
      this.#remembered = after;
      return result;
    } catch (error) {
      abort(transaction);
      throw hostFault(error);
    }
  }
}

function abort(transaction: Transaction | undefined): void {
  try {
    transaction?.abort();
  } catch (error) {
    // It has ended by itself, which is as well.
    if (!(error instanceof DOMException)) throw error;
  }
}

/** The book within one transaction. */
class OpenBook {
  readonly transaction: Transaction;
  readonly #remembered: Remembered | undefined;
  #people:
    | Map<PersonId, { readonly revision: PersonalEntry['revision']; readonly state: PersonalEntry['state'] }>
    | undefined;
  #wrote = false;

  constructor(transaction: Transaction, remembered: Remembered | undefined) {
    this.transaction = transaction;
    this.#remembered = remembered;
  }

  async holdings(): Promise<Holdings> {
    const mark = await this.note('mark');
    return {
      mark: mark === undefined ? undefined : parseEntityTag(mark),
      kept: Number((await this.note('kept')) ?? 0),
      people: new Map(await this.#held()),
      withheld: new Set(await this.transaction.objectStore('withheld').getAllKeys()),
    };
  }

  async entry(person: PersonId): Promise<PersonalEntry | undefined> {
    const record = await this.transaction.objectStore('entry').get(person);
    return record === undefined ? undefined : entryOf(record);
  }

  async entries(): Promise<readonly PersonalEntry[]> {
    return (await this.transaction.objectStore('entry').getAll()).map(entryOf);
  }

  async put(entry: PersonalEntry): Promise<void> {
    const people = await this.#held();
    await this.transaction.objectStore('entry').put(entry);
    people.set(entry.person, { revision: entry.revision, state: entry.state });
    this.#wrote = true;
  }

  async forget(person: PersonId): Promise<void> {
    const people = await this.#held();
    await this.transaction.objectStore('entry').delete(person);
    await this.transaction.objectStore('withheld').delete(person);
    people.delete(person);
    this.#wrote = true;
  }

  async revise(revisions: readonly EntryRevision[]): Promise<Revised> {
    const prompts: StoredPrompt[] = [];
    for (const { entry, prompts: made } of revisions) {
      await this.put(entry);
      for (const prompt of made) {
        const record: PromptRecord = { ...prompt, undone: false, unseen: 1 };
        prompts.push(promptOf({ ...record, id: await this.transaction.objectStore('prompt').add(record) }));
      }
    }
    const changed = revisions.filter((each) => each.differs).map((each) => each.entry);
    if (changed.length > 0) await this.dropPhotos();
    return { holdings: await this.holdings(), changed, prompts };
  }

  async writeOwn(person: PersonId, part: (own: Own) => Partial<Own>): Promise<PersonalEntry | undefined> {
    const entry = await this.entry(person);
    if (entry === undefined) return undefined;
    const revised = { ...entry, own: tidied({ ...entry.own, ...part(entry.own) }) };
    await this.put(revised);
    return revised;
  }

  async markPrompt(id: number, marked: { readonly undone?: true }): Promise<void> {
    const store = this.transaction.objectStore('prompt');
    const record = await store.get(id);
    if (record === undefined) return;
    const { unseen: _, ...seen } = record;
    await store.put({ ...seen, ...marked });
  }

  /** Those that no entry shows any more. */
  async dropPhotos(): Promise<void> {
    const photos = this.transaction.objectStore('photo');
    const here = await photos.getAllKeys();
    if (here.length === 0) return;
    const shown = new Set((await this.entries()).map(({ base }) => base.photo));
    for (const hash of here) if (!shown.has(hash)) await photos.delete(hash);
  }

  note(name: NoteName): Promise<string | undefined> {
    return this.transaction.objectStore('note').get(name);
  }

  async writeNote(name: NoteName, value: string): Promise<void> {
    await this.transaction.objectStore('note').put(value, name);
  }

  /** What is to be remembered once the transaction has ended. */
  async written(): Promise<Remembered | undefined> {
    if (this.#people === undefined) return this.#remembered;
    const before = (await this.note('writes')) ?? '0';
    if (!this.#wrote) return { writes: before, people: this.#people };
    const writes = String(Number(before) + 1);
    await this.writeNote('writes', writes);
    return { writes, people: this.#people };
  }

  async #held(): Promise<
    Map<PersonId, { readonly revision: PersonalEntry['revision']; readonly state: PersonalEntry['state'] }>
  > {
    if (this.#people !== undefined) return this.#people;
    const writes = (await this.note('writes')) ?? '0';
    this.#people =
      this.#remembered?.writes === writes
        ? new Map(this.#remembered.people)
        : new Map((await this.entries()).map(({ person, revision, state }) => [person, { revision, state }]));
    return this.#people;
  }
}

const tagText = (tag: EntityTag | undefined): string => (tag === undefined ? '' : printEntityTag(tag));

const entryOf = (record: EntryRecord): PersonalEntry => ({
  ...record,
  base: knownFields(record.base),
  own: { ...nothingOwn, ...record.own },
});

/** What was read, or is just written, has its number. */
const promptOf = ({ unseen, id = 0, ...prompt }: PromptRecord): StoredPrompt => ({ ...prompt, id, seen: unseen !== 1 });
