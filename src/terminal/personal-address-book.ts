// The port of the personal address book: each verb is one whole, atomic thing, so that a synchronous
// SQLite file and an asynchronous IndexedDB look the same from here.
//
// How it stays right while much happens at once. The book is *in step* up to its mark (book, revision);
// each entry's `base` is the person as of the later of the mark and the entry's own revision. A
// revision step says from which mark, and from which `kept` count, it was worked out; a store where
// either has moved on (another process, an entry kept meanwhile) writes nothing and gives the holdings
// as they are, and the step is worked out anew. A step writes base, revision, state, prompts, withheld
// removals and mark; the employee's acts write `own`, add and remove. Neither writes what is the other's, but
// for one: to put back who was removed moves the mark back, which says less of each entry, and nothing wrong.

import type { WallTime } from '../base/time.ts';
import type { Revision } from '../book/change.ts';
import type { FieldName } from '../book/field.ts';
import type { Fields } from '../book/person.ts';
import type { PersonId } from '../book/person-id.ts';
import type { Photo, PhotoHash } from '../book/photo.ts';
import type { EntryState, Own, PersonalEntry, Prompt } from '../book/personal-entry.ts';
import type { EntityTag } from '../wire/change-list.ts';
import type { Session } from '../wire/http.ts';
import type { Arrival, OwnDepartment } from './newcomers.ts';

/** What is held of the enterprise's, without what the employee wrote; own contacts are nowhere in it, so that nothing of them is said to a server. */
export interface Holdings {
  /** Up to where the book is in step; undefined where that is not known, so that everyone must be compared. */
  readonly mark: EntityTag | undefined;
  /** Counts the entries ever kept: a step worked out before the newest was kept must not move the mark. */
  readonly kept: number;
  readonly people: ReadonlyMap<PersonId, { readonly revision: Revision; readonly state: EntryState }>;
  /** Removals that wait for the employee's word (the terminal's brake). */
  readonly withheld: ReadonlySet<PersonId>;
}

export const nothingHeld: Holdings = { mark: undefined, kept: 0, people: new Map(), withheld: new Set() };

/** What became known of one person. */
export type PersonFact =
  /** The whole person as of `revision`. */
  | { readonly kind: 'fetched'; readonly person: PersonId; readonly revision: Revision; readonly fields: Fields }
  /** What was altered since the mark, or since the entry's own revision, up to `revision`. */
  | {
      readonly kind: 'altered';
      readonly person: PersonId;
      readonly revision: Revision;
      readonly from: Fields;
      readonly to: Fields;
    }
  /** Not there, or not to be seen, as of `revision`. */
  | { readonly kind: 'gone'; readonly person: PersonId; readonly revision: Revision };

/** One revision of the personal address book. */
export interface RevisionStep {
  /** The holdings from which it was worked out. */
  readonly from: Pick<Holdings, 'mark' | 'kept'>;
  readonly to: EntityTag;
  /** `follow`: an entry that stands at a fact's revision or later is passed over. `start-over`: revisions of another history mean nothing, and each fact counts. */
  readonly history: 'follow' | 'start-over';
  readonly facts: readonly PersonFact[];
  /** Removals that the brake holds back; the entries stay as they are. */
  readonly withheld: readonly PersonId[];
}

/** Which prompts to give. */
export interface WhichPrompts {
  readonly unseenOnly?: boolean;
  /** About this person only. */
  readonly person?: PersonId;
  /** Only what is older than the prompt of this number, the first one of the page before. */
  readonly before?: number;
  /** So many, the newest. */
  readonly limit?: number;
}

export interface StoredPrompt extends Prompt {
  readonly id: number;
  readonly seen: boolean;
  readonly undone: boolean;
}

/** What a step, or the employee's answer to the brake, did. */
export interface Revised {
  readonly holdings: Holdings;
  /** The entries that differ for the employee. */
  readonly changed: readonly PersonalEntry[];
  readonly prompts: readonly StoredPrompt[];
}

export type Applied =
  | ({ readonly kind: 'applied' } & Revised)
  /** The book has moved on since the step was worked out. Nothing was written. */
  | { readonly kind: 'overtaken'; readonly holdings: Holdings };

/** A person to keep, as of `at`. */
export interface Keeping {
  readonly person: PersonId;
  readonly fields: Fields;
  readonly at: EntityTag;
}

export type Kept =
  | { readonly kind: 'kept'; readonly entry: PersonalEntry; readonly holdings: Holdings }
  /** The person is as of a revision before the book's mark: fetch again. */
  | { readonly kind: 'behind' }
  /** The book is of another history, or of none that is known: catch up first. */
  | { readonly kind: 'another-book' };

/** An own contact to be added, under an ID that is new. */
export interface Addition {
  readonly person: PersonId;
  readonly own: Partial<Own>;
  readonly photo?: Photo;
}

/** What is written of one entry. */
export interface Writing {
  readonly person: PersonId;
  readonly own: Partial<Own>;
  /** An own contact's from now on, or `none`; absent, or of anybody else, it stays as it is. */
  readonly photo?: Photo | 'none';
}

/** What was removed in one act: all that it takes to put it back. */
export interface Removed {
  readonly entries: readonly PersonalEntry[];
  /** Where the book was in step when they were removed. */
  readonly mark: EntityTag | undefined;
  /** Whose removal the brake held back. */
  readonly withheld: readonly PersonId[];
  /** Those that no server gives again: of own contacts, and of whoever left. */
  readonly photos: readonly Photo[];
}

export type Undone =
  | { readonly kind: 'undone'; readonly entry: PersonalEntry; readonly field: FieldName }
  /** The employee's own value stands there, which stays: the change is not to be seen. */
  | { readonly kind: 'covered'; readonly field: FieldName; readonly own: string }
  /** The prompt is unknown, its entry was removed, there was no value before, or it is of a photo: who shows a photo has its newest. */
  | { readonly kind: 'nothing-to-undo' };

/** The log-in, kept so that the terminal goes on after a restart. */
export interface KeptSession {
  readonly server: string;
  readonly user: string;
  readonly session: Session;
}

/** @throws HostFault from every verb, when the store cannot be read or written; then nothing was written */
export interface PersonalAddressBookStore extends AsyncDisposable {
  holdings(): Promise<Holdings>;
  /** By person ID. */
  entries(): Promise<readonly PersonalEntry[]>;
  entry(person: PersonId): Promise<PersonalEntry | undefined>;

  /** All of `step` (see `revisedBy`) or nothing of it. Twice is as once. `at` is for the prompts. */
  apply(step: RevisionStep, at: WallTime): Promise<Applied>;
  /** The employee's word on what is withheld: those entries become `left`, with a prompt, or `kept`. */
  decideWithheld(proceed: boolean, at: WallTime): Promise<Revised>;

  /** A person who is held already stays as is. The first entry's revision becomes the mark. */
  keep(keeping: Keeping): Promise<Kept>;
  /** One who left becomes an own contact; undefined where the person did not leave, or is not there. */
  keepAsOwn(person: PersonId): Promise<PersonalEntry | undefined>;
  /** All of them, or none. */
  addOwn(contacts: readonly Addition[]): Promise<readonly PersonalEntry[]>;
  /** With all that the employee wrote there, and how often they were looked up; their prompts stay. */
  remove(people: readonly PersonId[]): Promise<{ readonly removed: Removed; readonly holdings: Holdings }>;
  /**
   * As they were. The mark goes back to where it was at the removal where it has moved on (see `markWith`), so that
   * they are compared anew. Who is there again stays as is, with what was written then where nothing is written now.
   */
  putBack(removed: Removed): Promise<{ readonly entries: readonly PersonalEntry[]; readonly holdings: Holdings }>;
  /** Undefined where the person is not there. The photo of an own contact stays. */
  writeOwn(person: PersonId, own: Partial<Own>): Promise<PersonalEntry | undefined>;
  /** All of them in their order, or none. Gives the entries that are there, each as the last of its writings left it. */
  writeAllOwn(writings: readonly Writing[]): Promise<readonly PersonalEntry[]>;

  /** The photo that the entry shows, where it is here. */
  photo(person: PersonId): Promise<Photo | undefined>;
  /** The hashes that entries name and whose photos are not here, each once. */
  missingPhotos(): Promise<readonly PhotoHash[]>;
  /** Gives whose entries show it; where nobody's does (any more) it is not kept. A photo goes with the last entry that shows it. */
  keepPhoto(photo: Photo): Promise<readonly PersonId[]>;

  /** The newest of those that are asked for, oldest first. Some thousands are kept (see `excessPrompts`); the oldest seen ones go first. */
  prompts(which: WhichPrompts): Promise<readonly StoredPrompt[]>;
  seen(prompts: readonly number[]): Promise<void>;
  /** All up to this one, so that what comes while the employee looks at them stays unseen. */
  seenAll(upTo: number): Promise<void>;
  /** Makes the value from before each prompt an own value, in their order, and the prompt seen: all of them, or none. */
  undoAll(prompts: readonly number[]): Promise<readonly Undone[]>;

  /** Counts that somebody, held or not, was looked up. */
  lookedUp(person: PersonId, at: WallTime): Promise<void>;
  /** Whom one looks up often, and lately, first (see `scoreAfter`). */
  oftenLookedUp(limit: number): Promise<readonly PersonId[]>;

  /** As `welcome` wrote it; undefined before the first time, and where another reader has logged in since. */
  ownDepartment(): Promise<OwnDepartment | undefined>;
  /** The prompts of an arrival (see `welcomes`) and what is known from then on, or nothing where what is known is not `from` any more. */
  welcome(arrival: Arrival, at: WallTime): Promise<readonly StoredPrompt[]>;

  session(): Promise<KeptSession | undefined>;
  /**
   * Undefined logs out. Where another reader than the last logs in, the mark is forgotten: another
   * reader may see other persons and other fields, so everyone must be compared. So is the own department.
   */
  keepSession(session: KeptSession | undefined): Promise<Holdings>;
}
