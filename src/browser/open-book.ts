// The personal address book in IndexedDB within one transaction: what each verb is made of.

import { nothingOwn, shown, type PersonalEntry } from '../book/personal-entry.ts';
import type { PersonId } from '../book/person-id.ts';
import { isPhotoHash, type Photo } from '../book/photo.ts';
import { knownFields, written } from '../terminal/entry-writing.ts';
import type { Holdings, Revised, Writing } from '../terminal/personal-address-book.ts';
import type { EntryRevision } from '../terminal/revision.ts';
import { parseEntityTag, printEntityTag, type EntityTag } from '../wire/change-list.ts';
import type { EntryRecord, NoteName, Transaction } from './address-book-database.ts';
import { HeldPrompts } from './held-prompts.ts';
import { inSlices } from './in-slices.ts';
import { LookedUp } from './looked-up.ts';

/** To read 10,000 at once would hold up the page for a tenth of a second. */
const readAtOnce = 1000;

/** What the transaction that wrote last, of this tab, left: entries are never altered, so they are the very ones that the page draws. */
export interface Remembered {
  readonly writes: string;
  readonly entries: ReadonlyMap<PersonId, PersonalEntry>;
}

/** The book within one transaction. */
export class OpenBook {
  readonly transaction: Transaction;
  readonly prompts: HeldPrompts;
  readonly lookedUp: LookedUp;
  readonly #remembered: Remembered | undefined;
  #held: Promise<ReadonlyMap<PersonId, PersonalEntry>> | undefined;
  /** `#held` as this transaction leaves it, once it writes. */
  #after: Map<PersonId, PersonalEntry> | undefined;

  constructor(transaction: Transaction, remembered: Remembered | undefined) {
    this.transaction = transaction;
    this.prompts = new HeldPrompts(transaction);
    this.lookedUp = new LookedUp(transaction);
    this.#remembered = remembered;
  }

  async holdings(): Promise<Holdings> {
    const mark = await this.note('mark');
    return {
      mark: mark === undefined ? undefined : parseEntityTag(mark),
      kept: Number((await this.note('kept')) ?? 0),
      people: peopleOf(await this.#entries()),
      withheld: new Set(await this.transaction.objectStore('withheld').getAllKeys()),
    };
  }

  async entry(person: PersonId): Promise<PersonalEntry | undefined> {
    const record = await this.transaction.objectStore('entry').get(person);
    return record === undefined ? undefined : entryOf(record);
  }

  async entries(): Promise<readonly PersonalEntry[]> {
    return [...(await this.#entries()).values()].sort((one, other) => (one.person < other.person ? -1 : 1));
  }

  /** Those of `people` who are there. */
  async several(people: readonly PersonId[]): Promise<ReadonlyMap<PersonId, PersonalEntry>> {
    const entries = await this.#entries();
    const found = new Map<PersonId, PersonalEntry>();
    for (const person of people) {
      const entry = entries.get(person);
      if (entry !== undefined) found.set(person, entry);
    }
    return found;
  }

  async put(entries: readonly PersonalEntry[]): Promise<void> {
    const store = this.transaction.objectStore('entry');
    await this.#enter(entries, (entry) => store.put(entry));
  }

  /** Those who are not there. */
  async add(entries: readonly PersonalEntry[]): Promise<void> {
    const store = this.transaction.objectStore('entry');
    await this.#enter(entries, (entry) => store.add(entry));
  }

  async forget(forgotten: readonly PersonId[]): Promise<void> {
    const after = await this.#altered();
    const store = this.transaction.objectStore('entry');
    await inSlices(forgotten, (person) => store.delete(person));
    await this.release(forgotten);
    await this.lookedUp.forget(forgotten);
    for (const person of forgotten) after.delete(person);
  }

  /** Whose removal is withheld no more. */
  async release(people: readonly PersonId[]): Promise<void> {
    const withheld = this.transaction.objectStore('withheld');
    const waiting = new Set(await withheld.getAllKeys());
    const released = people.filter((person) => waiting.has(person));
    await inSlices(released, (person) => withheld.delete(person));
  }

  async withhold(people: readonly PersonId[]): Promise<void> {
    const withheld = this.transaction.objectStore('withheld');
    await inSlices(people, (person) => withheld.put(1, person));
  }

  async revise(revisions: readonly EntryRevision[]): Promise<Revised> {
    await this.put(revisions.map(({ entry }) => entry));
    const prompts = await this.prompts.add(revisions.flatMap((each) => each.prompts));
    const changed = revisions.filter((each) => each.differs).map((each) => each.entry);
    if (changed.length > 0) await this.dropPhotos();
    return { holdings: await this.holdings(), changed, prompts };
  }

  async writeAllOwn(writings: readonly Writing[]): Promise<readonly PersonalEntry[]> {
    const before = await this.several(writings.map(({ person }) => person));
    const after = new Map<PersonId, PersonalEntry>();
    for (const writing of writings) {
      const entry = after.get(writing.person) ?? before.get(writing.person);
      if (entry !== undefined) after.set(entry.person, written(entry, writing));
    }
    await this.put([...after.values()]);
    if (writings.some(({ photo }) => photo !== undefined)) {
      await this.putPhotos(writings.flatMap(({ photo }) => (photo === undefined || photo === 'none' ? [] : photo)));
      await this.dropPhotos();
    }
    return [...after.values()];
  }

  async photo(entry: PersonalEntry | undefined): Promise<Photo | undefined> {
    const hash = entry === undefined ? undefined : shown(entry).photo;
    return hash !== undefined && isPhotoHash(hash) ? this.transaction.objectStore('photo').get(hash) : undefined;
  }

  async putPhotos(photos: readonly Photo[]): Promise<void> {
    const store = this.transaction.objectStore('photo');
    await inSlices(photos, (photo) => store.put(photo));
  }

  /** The hash of each photo that the company has of an entry, and of whom. */
  async companyPhotos(): Promise<ReadonlyMap<string, readonly PersonId[]>> {
    const photos = new Map<string, PersonId[]>();
    for (const { person, base } of (await this.#entries()).values()) {
      if (base.photo === undefined) continue;
      const people = photos.get(base.photo);
      if (people === undefined) photos.set(base.photo, [person]);
      else people.push(person);
    }
    return photos;
  }

  /** Those that no entry shows any more. */
  async dropPhotos(): Promise<void> {
    const photos = this.transaction.objectStore('photo');
    const here = await photos.getAllKeys();
    if (here.length === 0) return;
    const showing = new Set<string | undefined>();
    for (const { base, own } of (await this.#entries()).values()) showing.add(own.values.photo ?? base.photo);
    await inSlices(
      here.filter((hash) => !showing.has(hash)),
      (hash) => photos.delete(hash),
    );
  }

  note(name: NoteName): Promise<string | undefined> {
    return this.transaction.objectStore('note').get(name);
  }

  async writeNote(name: NoteName, value: string): Promise<void> {
    await this.transaction.objectStore('note').put(value, name);
  }

  async writeMark(mark: EntityTag | undefined): Promise<void> {
    if (mark === undefined) await this.transaction.objectStore('note').delete('mark');
    else await this.writeNote('mark', printEntityTag(mark));
  }

  /** What is to be remembered once the transaction has ended, where it is known then. */
  async written(): Promise<Remembered | undefined> {
    if (this.#held === undefined) return undefined;
    const before = (await this.note('writes')) ?? '0';
    if (this.#after === undefined) return { writes: before, entries: await this.#held };
    const writes = String(Number(before) + 1);
    await this.writeNote('writes', writes);
    return { writes, entries: this.#after };
  }

  async #entries(): Promise<ReadonlyMap<PersonId, PersonalEntry>> {
    return this.#after ?? (await (this.#held ??= this.#readHeld()));
  }

  /** Those that are remembered are not altered: who reads them reads on. */
  async #altered(): Promise<Map<PersonId, PersonalEntry>> {
    return (this.#after ??= new Map(await this.#entries()));
  }

  async #enter(entries: readonly PersonalEntry[], write: (entry: PersonalEntry) => Promise<unknown>): Promise<void> {
    const after = await this.#altered();
    await inSlices(entries, write);
    for (const entry of entries) after.set(entry.person, entry);
  }

  async #readHeld(): Promise<ReadonlyMap<PersonId, PersonalEntry>> {
    const writes = (await this.note('writes')) ?? '0';
    if (this.#remembered?.writes === writes) return this.#remembered.entries;
    const entries = new Map<PersonId, PersonalEntry>();
    const store = this.transaction.objectStore('entry');
    let range: IDBKeyRange | undefined;
    do {
      const page = await store.getAll(range, readAtOnce);
      for (const record of page) entries.set(record.person, entryOf(record));
      const last = page.length < readAtOnce ? undefined : page.at(-1);
      range = last && IDBKeyRange.lowerBound(last.person, true);
    } while (range !== undefined);
    return entries;
  }
}

/** Of those whom the enterprise has, or had. */
function peopleOf(entries: ReadonlyMap<PersonId, PersonalEntry>): Holdings['people'] {
  const people = new Map<PersonId, Pick<PersonalEntry, 'revision' | 'state'>>();
  for (const { person, revision, state } of entries.values())
    if (state !== 'own') people.set(person, { revision, state });
  return people;
}

const entryOf = (record: EntryRecord): PersonalEntry => ({
  ...record,
  base: knownFields(record.base),
  own: { ...nothingOwn, ...record.own },
});
