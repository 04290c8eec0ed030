// What a terminal is to a program, on whatever host.

import type { FieldLabels } from '../book/field.ts';
import type { LinkTemplate } from '../book/link-template.ts';
import type { Person } from '../book/person.ts';
import type { PersonId } from '../book/person-id.ts';
import type { Own, OwnContact, OwnWriting, PersonalEntry } from '../book/personal-entry.ts';
import type { Photo } from '../book/photo.ts';
import type { EntityTag } from '../wire/change-list.ts';
import type { DepartmentsAnswer, GroupsAnswer, MembersAnswer, OrganisationAnswer } from '../wire/http.ts';
import type { Delivery } from '../wire/interest.ts';
import type { Acquire } from './acquisition.ts';
import type { Around } from './enterprise-questions.ts';
import type { TransportChoice } from './flow-target.ts';
import type { HeldPage, LookUp, Page } from './look-up.ts';
import type { Removed, StoredPrompt, Undone, WhichPrompts } from './personal-address-book.ts';
import type { Suggestion } from './suggestions.ts';
import type { NumberOwners } from './whose-number.ts';
import type { TerminalState, TerminalTold } from './terminal.ts';

export type TerminalEvent =
  | TerminalTold
  /** So much of a large answer, such as the whole book, is here. */
  | { readonly kind: 'coming'; readonly octets: number }
  /** The photo of these entries is here now. */
  | { readonly kind: 'photo'; readonly people: readonly PersonId[] }
  /** Another page over the same book wrote to it, or this page was asleep: what is shown may be out of date. */
  | { readonly kind: 'reread' };

/** How a fetching of photos went: how many came, and how many entries name are still not here. */
export interface PhotosFetched {
  readonly fetched: number;
  readonly missing: number;
}

/** What does not depend on the host. */
export interface FaceOptions {
  /** Where to log in; the server of the kept session where absent. */
  readonly server?: string;
  /** `broadcast` where absent: the changes themselves, and the server learns nothing of who is held. */
  readonly delivery?: Delivery;
  /** What to fetch when there is more than a notification holds; `list` where absent. */
  readonly acquire?: Acquire;
  /** The first that the server offers of WebSocket, TLS, UDP and TCP, where absent. */
  readonly transport?: TransportChoice;
  /** Whether to subscribe, and to come back by itself; true where absent. `sync` works without. */
  readonly online?: boolean;
}

export interface PasswordAttempt {
  readonly server?: string;
  readonly user: string;
  readonly password: string;
}

/** Who is logged in. */
export interface Me {
  /** As one logs in. */
  readonly user: string;
  readonly name: string;
  /** Where that person is in the enterprise address book. */
  readonly person?: PersonId;
}

/** How one catching up went. */
export type Synced =
  | {
      readonly kind: 'in-step';
      readonly mark: EntityTag | undefined;
      readonly revised: readonly PersonalEntry[];
      readonly prompts: readonly StoredPrompt[];
    }
  | { readonly kind: 'failed'; readonly words: string };

/** A terminal as a program sees it. `Attempt`: the ways to log in that its host has. */
export interface TerminalFace<Attempt> extends AsyncDisposable {
  /** What the quiet dot shows, with the reason in words. */
  readonly state: TerminalState;
  /** Where one logs in unless told otherwise: the server of the options, else that of the kept session. */
  readonly server: string | undefined;
  /** What the administrator of that server calls fields, as of the log-in. */
  readonly labels: FieldLabels;
  /** How the administrator has calls, messages, mails and meetings started, as of the log-in; for `actionsOf`. */
  readonly links: readonly LinkTemplate[];
  readonly delivery: Delivery;
  /** Undefined where nobody is logged in. */
  readonly me: Me | undefined;
  /** Gives who that is. @throws TerminalFault when the server does not let in, or is not there; HostFault when no server is named */
  logIn(attempt: Attempt): Promise<{ readonly name: string }>;
  /** The personal address book stays. */
  logOut(): Promise<void>;
  goOnline(): void;
  goOffline(): void;
  /** From now on; where there is a subscription it is ended, and made anew. */
  setDelivery(delivery: Delivery): void;
  /** In the enterprise address book; among the entries held where no server answers within some seconds, and says so. */
  lookUp(text: string, page?: Partial<Page>): Promise<LookUp>;
  /** Among the entries, with a server too: for own contacts, and by nickname, note and group. */
  lookUpHeld(text: string, page?: Partial<HeldPage>): Promise<LookUp>;
  /** Whose number this is, however it is written: of the entries, own numbers too; else of anyone in the enterprise address book. */
  whoseNumber(text: string): Promise<NumberOwners>;
  // What follows, up to `suggestions`, is asked of the server each time, and is a TerminalFault without one.
  /** Anyone who may be seen, held or not. */
  person(person: PersonId): Promise<Person>;
  /** The managers above a person and whom that person manages, or who has the same manager; who is in a department; who is at the top. */
  organisation(around?: Around, page?: Partial<Page>): Promise<OrganisationAnswer>;
  departments(page?: Partial<Page>): Promise<DepartmentsAnswer>;
  /** The groups of directories; only those that `person` is in, where one is named. */
  groups(which?: Partial<Page> & { readonly person?: PersonId }): Promise<GroupsAnswer>;
  members(group: string, page?: Partial<Page>): Promise<MembersAnswer>;
  /** By the hash that the field `photo` has, of anyone; the newest are kept in memory. Undefined where there is none to be seen. */
  photoOf(hash: string): Promise<Photo | undefined>;
  /** Whom to keep first: the manager, reports, the own department's people, without those held. Nobody where `me.person` is not known. */
  suggestions(limit?: number): Promise<readonly Suggestion[]>;
  /**
   * Copies a person into the personal address book; the first one makes the subscription (S301).
   * @throws TerminalFault when the server does not answer, or the person is not to be seen
   */
  keep(person: PersonId): Promise<PersonalEntry>;
  keepAsOwn(person: PersonId): Promise<PersonalEntry | undefined>;
  /**
   * Adds somebody who is not in the enterprise: an entry whose `state` is `own`, whose `base` is empty and whose fields are
   * in `own.values`. Nothing of it is ever said to a server; it makes no subscription, and no prompt.
   */
  addOwn(contact: OwnContact): Promise<PersonalEntry>;
  /** As one act: all of them, or none. */
  addAllOwn(contacts: readonly OwnContact[]): Promise<readonly PersonalEntry[]>;
  /** As one act. What it gives is for `putBack`, in this program and not for ever: it may hold photos. */
  remove(...people: readonly PersonId[]): Promise<Removed>;
  /** Undoes a `remove`, offline too; what changed meanwhile comes as prompts. */
  putBack(removed: Removed): Promise<readonly PersonalEntry[]>;
  entries(): Promise<readonly PersonalEntry[]>;
  /**
   * The photo of an entry, where it is here: it comes by itself a moment after the entry or its change, and is then
   * here offline too.
   */
  photo(person: PersonId): Promise<Photo | undefined>;
  /** Fetches the photos that are not here, now: for a program that runs once. */
  fetchPhotos(progress?: (done: number, total: number) => void): Promise<PhotosFetched>;
  /** Undefined where the person is not held. */
  writeOwn(person: PersonId, own: Partial<Own>): Promise<PersonalEntry | undefined>;
  /** As one act: all of them in their order, or none. Gives the entries that are there, each once. */
  writeAllOwn(writings: readonly OwnWriting[]): Promise<readonly PersonalEntry[]>;
  /** An own contact's photo, or none any more; undefined where the person is no own contact. @throws TerminalFault where it is no picture that is kept */
  writeOwnPhoto(person: PersonId, photo: Uint8Array | undefined): Promise<PersonalEntry | undefined>;
  /** The newest of those that are asked for, oldest first: `limit` of them before `before`, which begins the next page. */
  prompts(which?: WhichPrompts): Promise<readonly StoredPrompt[]>;
  seen(prompts: readonly number[]): Promise<void>;
  /** All up to this one. */
  seenAll(upTo: number): Promise<void>;
  undo(prompt: number): Promise<Undone>;
  /** As one act, such as a telling's (`promptsOf`): all of them, or none; what each came to, newest first. */
  undoAll(prompts: readonly number[]): Promise<readonly Undone[]>;
  /** The employee opened a person, held or not. It is counted here and told to nobody. */
  lookedUp(person: PersonId): Promise<void>;
  /** Whom the employee opens often, and lately, first. */
  oftenLookedUp(limit: number): Promise<readonly PersonId[]>;
  /** The word on the removals that `state` asks about: remove them, or keep them as own contacts. */
  answerBrake(proceed: boolean): Promise<void>;
  /** One catching up, now, with a subscription or without: for a program that runs once. */
  sync(): Promise<Synced>;
  /** What happens from now on; ends when the terminal is disposed of. */
  events(): AsyncIterableIterator<TerminalEvent>;
}

/** A terminal whose store others write to as well. */
export interface SharedFace<Attempt> extends TerminalFace<Attempt> {
  /** To be called when another has kept or removed somebody, or logged in or out. */
  reread(): Promise<void>;
}
