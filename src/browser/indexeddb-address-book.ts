// The personal address book in IndexedDB. Every verb is one transaction over all its stores, so that tabs take
// turns; a transaction that fails writes nothing.
//
// Each change is asked of all entries (whom a step concerns, whose photo is shown), and so is each look-up offline. To read 10,000
// is a third of a second, so they are read once and remembered from transaction to transaction, and anew only where another tab has
// written meanwhile: the note `writes` counts that.

import type { WallTime } from '../base/time.ts';
import { nothingOwn, type Own, type PersonalEntry } from '../book/personal-entry.ts';
import type { PersonId } from '../book/person-id.ts';
import { isPhotoHash, type Photo, type PhotoHash } from '../book/photo.ts';
import { entryOfContact, markWith, reunited, undoneOf } from '../terminal/entry-writing.ts';
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
import { decided, revisedBy } from '../terminal/revision.ts';
import { printEntityTag, type EntityTag } from '../wire/change-list.ts';
import { hostFault, openDatabase, storeNames, type Database, type Transaction } from './address-book-database.ts';
import { HostFault } from './host-fault.ts';
import { inSlices } from './in-slices.ts';
import { OpenBook, type Remembered } from './open-book.ts';

export const lostWords = 'it was deleted or renewed by another page: load the page again';

/**
 * Opens the personal address book `name` of this page's origin; makes it where it is not there. `tellLost` is called when it
 * is taken away: every verb is refused from then on.
 * @throws HostFault when the browser keeps nothing for this page, or a newer program has made the book anew
 */
export async function openIndexedDbAddressBook(
  name: string,
  tellLost: () => void = () => undefined,
): Promise<PersonalAddressBookStore> {
  const lost = { isLost: false };
  const database = await openDatabase(name, () => {
    lost.isLost = true;
    tellLost();
  });
  return new IndexedDbAddressBook(database, lost);
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
      const facts = step.facts.filter(({ person }) => before.people.has(person));
      const entries = await book.several(facts.map(({ person }) => person));
      // Whoever is spoken of as being there did not leave after all.
      await book.release(facts.filter(({ kind }) => kind !== 'gone').map(({ person }) => person));
      await book.withhold(step.withheld.filter((person) => before.people.has(person)));
      const revisions = facts.flatMap((fact) => {
        const entry = entries.get(fact.person);
        return (entry && revisedBy(step, [entry, fact], at)) ?? [];
      });
      await book.writeNote('mark', printEntityTag(step.to));
      return { kind: 'applied', ...(await book.revise(revisions)) };
    });
  }

  decideWithheld(proceed: boolean, at: WallTime): Promise<Revised> {
    return this.#write(async (book) => {
      const withheld = book.transaction.objectStore('withheld');
      const waiting = [...(await book.several(await withheld.getAllKeys())).values()];
      await withheld.clear();
      return book.revise(waiting.map((entry) => decided(entry, proceed, at)));
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
      await book.put([entry]);
      await book.writeNote('kept', String(kept + 1));
      return { kind: 'kept', entry, holdings: await book.holdings() };
    });
  }

  keepAsOwn(person: PersonId): Promise<PersonalEntry | undefined> {
    return this.#write(async (book) => {
      const entry = await book.entry(person);
      if (entry?.state !== 'left') return entry?.state === 'kept' ? entry : undefined;
      const kept: PersonalEntry = { ...entry, state: 'kept' };
      await book.put([kept]);
      return kept;
    });
  }

  addOwn(contacts: readonly Addition[]): Promise<readonly PersonalEntry[]> {
    return this.#write(async (book) => {
      const entries = contacts.map(entryOfContact);
      await book.add(entries);
      await book.putPhotos(contacts.flatMap(({ photo }) => photo ?? []));
      return entries;
    });
  }

  remove(people: readonly PersonId[]): Promise<{ readonly removed: Removed; readonly holdings: Holdings }> {
    return this.#write(async (book) => {
      const { mark, withheld } = await book.holdings();
      const found = await book.several(people);
      const entries = [...new Set(people)].flatMap((person) => found.get(person) ?? []);
      const unheld = entries.filter(({ state }) => state !== 'held');
      const photos = (await inSlices(unheld, (entry) => book.photo(entry))).filter((each) => each !== undefined);
      await book.forget(entries.map(({ person }) => person));
      await book.dropPhotos();
      const waiting = entries.map(({ person }) => person).filter((person) => withheld.has(person));
      return { removed: { entries, mark, withheld: waiting, photos }, holdings: await book.holdings() };
    });
  }

  putBack(removed: Removed): Promise<{ readonly entries: readonly PersonalEntry[]; readonly holdings: Holdings }> {
    return this.#write(async (book) => {
      const { mark, people, kept } = await book.holdings();
      const waiting = new Set(removed.withheld);
      const there = await book.several(removed.entries.map(({ person }) => person));
      const entries = removed.entries.map((back) => {
        const again = there.get(back.person);
        return again === undefined ? back : reunited(again, back);
      });
      await book.put(entries);
      const absent = removed.entries.filter(({ person, state }) => !there.has(person) && state !== 'own');
      await book.withhold(absent.map(({ person }) => person).filter((person) => waiting.has(person)));
      const held = absent.length;
      if (held > 0) {
        await book.writeMark(people.size > 0 ? markWith(removed.mark, mark) : removed.mark);
        await book.writeNote('kept', String(kept + held));
      }
      await book.putPhotos(removed.photos);
      await book.dropPhotos();
      return { entries, holdings: await book.holdings() };
    });
  }

  async writeOwn(person: PersonId, own: Partial<Own>): Promise<PersonalEntry | undefined> {
    return (await this.writeAllOwn([{ person, own }]))[0];
  }

  writeAllOwn(writings: readonly Writing[]): Promise<readonly PersonalEntry[]> {
    return this.#write((book) => book.writeAllOwn(writings));
  }

  photo(person: PersonId): Promise<Photo | undefined> {
    return this.#read(async (book) => book.photo(await book.entry(person)));
  }

  missingPhotos(): Promise<readonly PhotoHash[]> {
    return this.#read(async (book) => {
      const here = new Set<string>(await book.transaction.objectStore('photo').getAllKeys());
      const named = await book.companyPhotos();
      return [...named.keys()]
        .filter(isPhotoHash)
        .filter((hash) => !here.has(hash))
        .sort();
    });
  }

  keepPhoto(photo: Photo): Promise<readonly PersonId[]> {
    return this.#write(async (book) => {
      const showing = (await book.companyPhotos()).get(photo.hash) ?? [];
      if (showing.length > 0) await book.putPhotos([photo]);
      return showing;
    });
  }

  prompts(which: WhichPrompts): Promise<readonly StoredPrompt[]> {
    return this.#read((book) => book.prompts.list(which));
  }

  seen(prompts: readonly number[]): Promise<void> {
    return this.#write(async (book) => {
      await inSlices(prompts, (id) => book.prompts.mark(id, {}));
    });
  }

  seenAll(upTo: number): Promise<void> {
    return this.#write((book) => book.prompts.seenAll(upTo));
  }

  undoAll(ids: readonly number[]): Promise<readonly Undone[]> {
    return this.#write(async (book) => {
      const prompts = await inSlices(ids, (id) => book.prompts.of(id));
      const undone = undoneOf(prompts, await book.several(prompts.flatMap((prompt) => prompt?.person ?? [])));
      await book.put(undone.flatMap((each) => (each.kind === 'undone' ? [each.entry] : [])));
      const taken = ids.filter((_, at) => undone[at]?.kind === 'undone');
      await inSlices(taken, (id) => book.prompts.mark(id, { undone: true }));
      return undone;
    });
  }

  lookedUp(person: PersonId, at: WallTime): Promise<void> {
    return this.#write((book) => book.lookedUp.count(person, at));
  }

  oftenLookedUp(limit: number): Promise<readonly PersonId[]> {
    return this.#read((book) => book.lookedUp.often(limit));
  }

  ownDepartment(): Promise<OwnDepartment | undefined> {
    return this.#read(async (book) => {
      const text = await book.note('department');
      return text === undefined ? undefined : (JSON.parse(text) as OwnDepartment);
    });
  }

  welcome(arrival: Arrival, at: WallTime): Promise<readonly StoredPrompt[]> {
    return this.#write(async (book) => {
      if ((await book.note('department')) !== JSON.stringify(arrival.from)) return [];
      await book.writeNote('department', JSON.stringify(arrival.to));
      const entries = new Set(await book.transaction.objectStore('entry').getAllKeys());
      return book.prompts.add(welcomes(arrival, (person) => entries.has(person), at));
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
      if ((await book.note('reader')) !== reader)
        for (const name of ['mark', 'department'] as const) await notes.delete(name);
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
    if (this.#lost.isLost) throw new HostFault(`personal address book: ${lostWords}`);
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
      // Others that were begun before may end after.
      if (Number(after?.writes ?? -1) >= Number(this.#remembered?.writes ?? 0)) this.#remembered = after;
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

const tagText = (tag: EntityTag | undefined): string => (tag === undefined ? '' : printEntityTag(tag));
