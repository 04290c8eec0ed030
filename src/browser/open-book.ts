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

/** More than so many are read with all there are, page by page: to ask for each is seven times as dear. */
const readSingly = 100;
const readAtOnce = 1000;

/** The photos that an entry names: what it shows may be one's own. */
interface Pictured {
  readonly company: string | undefined;
  readonly shown: string | undefined;
}

/** What is asked of all entries at each change. To read 10,000 entries for it is a tenth of a second of the page's thread. */
interface Outline {
  readonly people: Map<PersonId, Pick<PersonalEntry, 'revision' | 'state'>>;
  /** Of those who have one. */
  readonly pictured: Map<PersonId, Pictured>;
}

/** What the transaction that wrote last, of this tab, left. */
export interface Remembered {
  readonly writes: string;
  readonly outline: Outline;
}

/** The book within one transaction. */
export class OpenBook {
  readonly transaction: Transaction;
  readonly prompts: HeldPrompts;
  readonly lookedUp: LookedUp;
  readonly #remembered: Remembered | undefined;
  #outline: Promise<Outline> | undefined;
  #wrote = false;

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
      people: new Map((await this.#outlined()).people),
      withheld: new Set(await this.transaction.objectStore('withheld').getAllKeys()),
    };
  }

  async entry(person: PersonId): Promise<PersonalEntry | undefined> {
    const record = await this.transaction.objectStore('entry').get(person);
    return record === undefined ? undefined : entryOf(record);
  }

  async entries(): Promise<readonly PersonalEntry[]> {
    const entries = await this.#entries();
    this.#outline ??= Promise.resolve(outlineOf(entries));
    return entries;
  }

  /** Those of `people` who are there. */
  async several(people: readonly PersonId[]): Promise<ReadonlyMap<PersonId, PersonalEntry>> {
    const wanted = new Set(people);
    const found =
      wanted.size > readSingly
        ? (await this.entries()).filter(({ person }) => wanted.has(person))
        : (await inSlices([...wanted], (person) => this.entry(person))).filter((each) => each !== undefined);
    return new Map(found.map((entry) => [entry.person, entry]));
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
    const { people, pictured } = await this.#outlined();
    const store = this.transaction.objectStore('entry');
    await inSlices(forgotten, (person) => store.delete(person));
    await this.release(forgotten);
    await this.lookedUp.forget(forgotten);
    for (const person of forgotten) {
      people.delete(person);
      pictured.delete(person);
    }
    this.#wrote = true;
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
    for (const [person, { company }] of (await this.#outlined()).pictured) {
      if (company === undefined) continue;
      const people = photos.get(company);
      if (people === undefined) photos.set(company, [person]);
      else people.push(person);
    }
    return photos;
  }

  /** Those that no entry shows any more. */
  async dropPhotos(): Promise<void> {
    const photos = this.transaction.objectStore('photo');
    const here = await photos.getAllKeys();
    if (here.length === 0) return;
    const { pictured } = await this.#outlined();
    const showing = new Set<string | undefined>(Array.from(pictured.values(), (each) => each.shown));
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
    if (this.#outline === undefined) return undefined;
    const before = (await this.note('writes')) ?? '0';
    const outline = await this.#outline;
    if (!this.#wrote) return { writes: before, outline };
    const writes = String(Number(before) + 1);
    await this.writeNote('writes', writes);
    return { writes, outline };
  }

  async #entries(): Promise<readonly PersonalEntry[]> {
    const store = this.transaction.objectStore('entry');
    const entries: PersonalEntry[] = [];
    let range: IDBKeyRange | undefined;
    do {
      const page = await store.getAll(range, readAtOnce);
      for (const record of page) entries.push(entryOf(record));
      const last = page.length < readAtOnce ? undefined : page.at(-1);
      range = last && IDBKeyRange.lowerBound(last.person, true);
    } while (range !== undefined);
    return entries;
  }

  async #enter(entries: readonly PersonalEntry[], write: (entry: PersonalEntry) => Promise<unknown>): Promise<void> {
    const outline = await this.#outlined();
    await inSlices(entries, write);
    for (const entry of entries) enter(outline, entry);
    this.#wrote = true;
  }

  #outlined(): Promise<Outline> {
    return (this.#outline ??= this.#readOutline());
  }

  async #readOutline(): Promise<Outline> {
    const writes = (await this.note('writes')) ?? '0';
    if (this.#remembered?.writes !== writes) return outlineOf(await this.#entries());
    const { people, pictured } = this.#remembered.outline;
    return { people: new Map(people), pictured: new Map(pictured) };
  }
}

function outlineOf(entries: readonly PersonalEntry[]): Outline {
  const outline: Outline = { people: new Map(), pictured: new Map() };
  for (const entry of entries) enter(outline, entry);
  return outline;
}

function enter({ people, pictured }: Outline, entry: PersonalEntry): void {
  const { person, revision, state, base } = entry;
  if (state !== 'own') people.set(person, { revision, state });
  const photos = { company: base.photo, shown: shown(entry).photo };
  if (photos.company === undefined && photos.shown === undefined) pictured.delete(person);
  else pictured.set(person, photos);
}

const entryOf = (record: EntryRecord): PersonalEntry => ({
  ...record,
  base: knownFields(record.base),
  own: { ...nothingOwn, ...record.own },
});
