// The personal address book in IndexedDB within one transaction: what each verb is made of.

import { nothingOwn, shown, type Own, type PersonalEntry } from '../book/personal-entry.ts';
import type { PersonId } from '../book/person-id.ts';
import { isPhotoHash, type Photo } from '../book/photo.ts';
import { knownFields, rewritten } from '../terminal/entry-writing.ts';
import type { Holdings, Revised } from '../terminal/personal-address-book.ts';
import type { EntryRevision } from '../terminal/revision.ts';
import { parseEntityTag, printEntityTag, type EntityTag } from '../wire/change-list.ts';
import type { EntryRecord, NoteName, Transaction } from './address-book-database.ts';
import { HeldPrompts } from './held-prompts.ts';
import { LookedUp } from './looked-up.ts';

type People = Holdings['people'];

type HeldPeople = Map<PersonId, Pick<PersonalEntry, 'revision' | 'state'>>;

/** What the transaction that wrote last, of this tab, left. */
export interface Remembered {
  readonly writes: string;
  readonly people: People;
}

/** The book within one transaction. */
export class OpenBook {
  readonly transaction: Transaction;
  readonly prompts: HeldPrompts;
  readonly lookedUp: LookedUp;
  readonly #remembered: Remembered | undefined;
  #people: Promise<HeldPeople> | undefined;
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
    if (entry.state !== 'own') people.set(entry.person, { revision: entry.revision, state: entry.state });
    this.#wrote = true;
  }

  /** One who is not there. */
  async add(entry: PersonalEntry): Promise<void> {
    await this.transaction.objectStore('entry').add(entry);
  }

  async forget(person: PersonId): Promise<void> {
    const people = await this.#held();
    await Promise.all([
      this.lookedUp.forget(person),
      this.transaction.objectStore('entry').delete(person),
      this.transaction.objectStore('withheld').delete(person),
    ]);
    people.delete(person);
    this.#wrote = true;
  }

  async revise(revisions: readonly EntryRevision[]): Promise<Revised> {
    for (const { entry } of revisions) await this.put(entry);
    const prompts = await this.prompts.add(revisions.flatMap((each) => each.prompts));
    const changed = revisions.filter((each) => each.differs).map((each) => each.entry);
    if (changed.length > 0) await this.dropPhotos();
    return { holdings: await this.holdings(), changed, prompts };
  }

  async writeOwn(person: PersonId, part: (own: Own) => Partial<Own>): Promise<PersonalEntry | undefined> {
    const entry = await this.entry(person);
    if (entry === undefined) return undefined;
    const revised = { ...entry, own: rewritten(entry, part(entry.own)) };
    await this.put(revised);
    return revised;
  }

  async photo(entry: PersonalEntry | undefined): Promise<Photo | undefined> {
    const hash = entry === undefined ? undefined : shown(entry).photo;
    return hash !== undefined && isPhotoHash(hash) ? this.transaction.objectStore('photo').get(hash) : undefined;
  }

  async putPhoto(photo: Photo): Promise<void> {
    await this.transaction.objectStore('photo').put(photo);
  }

  /** Those that no entry shows any more. */
  async dropPhotos(): Promise<void> {
    const photos = this.transaction.objectStore('photo');
    const here = await photos.getAllKeys();
    if (here.length === 0) return;
    const showing = new Set<string | undefined>((await this.entries()).map((entry) => shown(entry).photo));
    for (const hash of here) if (!showing.has(hash)) await photos.delete(hash);
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

  /** What is to be remembered once the transaction has ended. */
  async written(): Promise<Remembered | undefined> {
    if (this.#people === undefined) return this.#remembered;
    const before = (await this.note('writes')) ?? '0';
    const people = await this.#people;
    if (!this.#wrote) return { writes: before, people };
    const writes = String(Number(before) + 1);
    await this.writeNote('writes', writes);
    return { writes, people };
  }

  #held(): Promise<HeldPeople> {
    return (this.#people ??= this.#readHeld());
  }

  async #readHeld(): Promise<HeldPeople> {
    const writes = (await this.note('writes')) ?? '0';
    if (this.#remembered?.writes === writes) return new Map(this.#remembered.people);
    const held = (await this.entries()).filter(({ state }) => state !== 'own');
    return new Map(held.map(({ person, revision, state }) => [person, { revision, state }]));
  }
}

const entryOf = (record: EntryRecord): PersonalEntry => ({
  ...record,
  base: knownFields(record.base),
  own: { ...nothingOwn, ...record.own },
});
