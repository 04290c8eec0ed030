// The door `rollcall/terminal`: a terminal on Node, for any program.

import type { FieldLabels } from '../book/field.ts';
import type { PersonId } from '../book/person-id.ts';
import type { Own, PersonalEntry } from '../book/personal-entry.ts';
import type { Photo } from '../book/photo.ts';
import type { Acquire } from '../terminal/acquisition.ts';
import type { TransportChoice } from '../terminal/flow-target.ts';
import type { LookUp, Page } from '../terminal/look-up.ts';
import type { PersonalAddressBookStore, StoredPrompt, Undone } from '../terminal/personal-address-book.ts';
import type { TerminalState, TerminalTold } from '../terminal/terminal.ts';
import type { EntityTag } from '../wire/change-list.ts';
import type { Delivery } from '../wire/interest.ts';
import { NodeTerminal } from './node-terminal.ts';
import { openSqliteAddressBook } from './sqlite-address-book.ts';

export { fields, labelOf, type Field, type FieldLabels, type FieldName, type TelephoneField } from '../book/field.ts';
export type { Fields, Person } from '../book/person.ts';
export { nameOf, shown } from '../book/personal-entry.ts';
export type { Own, PersonalEntry, Prompt, PromptFact } from '../book/personal-entry.ts';
export { sortKey } from '../book/sort-key.ts';
export { numbersOf, type DialledNumber } from '../book/telephone.ts';
export { isPersonId, type PersonId } from '../book/person-id.ts';
export { TerminalFault } from '../terminal/terminal-fault.ts';
export { HostFault } from './host-fault.ts';
export type { LookUp, Page, PersonalAddressBookStore, StoredPrompt, TerminalState, Undone };

export type { Photo, PhotoType } from '../book/photo.ts';

export type TerminalEvent =
  | TerminalTold
  /** So much of a large answer, such as the whole book, is here. */
  | { readonly kind: 'coming'; readonly octets: number }
  /** The photo of these entries is here now. */
  | { readonly kind: 'photo'; readonly people: readonly PersonId[] };

/** How a fetching of photos went: how many came, and how many entries name are still not here. */
export interface PhotosFetched {
  readonly fetched: number;
  readonly missing: number;
}

export interface TerminalOptions {
  /** The file of the personal address book, made where it is not there; or a store, which stays the caller's to close. */
  readonly store: string | PersonalAddressBookStore;
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
  /** PEM of certificate authorities to trust for HTTPS, WSS and SIP over TLS instead of the system's. */
  readonly ca?: string;
}

export interface PasswordAttempt {
  readonly server?: string;
  readonly user: string;
  readonly password: string;
}

/** By the company's identity provider, where the server offers that. */
export interface BrowserAttempt {
  readonly server?: string;
  /** Is told what to open in a browser on this machine. */
  readonly browser: (url: string) => void;
  /** Gives up; after ten minutes it is given up anyway. */
  readonly signal?: AbortSignal;
}

export type LogInAttempt = PasswordAttempt | BrowserAttempt;

/** How one catching up went. */
export type Synced =
  | {
      readonly kind: 'in-step';
      readonly mark: EntityTag | undefined;
      readonly revised: readonly PersonalEntry[];
      readonly prompts: readonly StoredPrompt[];
    }
  | { readonly kind: 'failed'; readonly words: string };

export interface Terminal extends AsyncDisposable {
  /** What the quiet dot shows, with the reason in words. */
  readonly state: TerminalState;
  /** Where one logs in unless told otherwise: the server of the options, else that of the kept session. */
  readonly server: string | undefined;
  /** What the administrator of that server calls fields, as of the log-in. */
  readonly labels: FieldLabels;
  /** Gives who that is. @throws TerminalFault when the server does not let in, or is not there; HostFault when no server is named */
  logIn(attempt: LogInAttempt): Promise<{ readonly name: string }>;
  /** The personal address book stays. */
  logOut(): Promise<void>;
  goOnline(): void;
  goOffline(): void;
  /** In the enterprise address book; without a server among the entries held, and says so. */
  lookUp(text: string, page?: Partial<Page>): Promise<LookUp>;
  /**
   * Copies a person into the personal address book; the first one makes the subscription (S301).
   * @throws TerminalFault when the server does not answer, or the person is not to be seen
   */
  keep(person: PersonId): Promise<PersonalEntry>;
  keepAsOwn(person: PersonId): Promise<PersonalEntry | undefined>;
  remove(person: PersonId): Promise<void>;
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
  prompts(which?: { readonly unseenOnly?: boolean }): Promise<readonly StoredPrompt[]>;
  seen(prompts: readonly number[]): Promise<void>;
  undo(prompt: number): Promise<Undone>;
  /** The word on the removals that `state` asks about: remove them, or keep them as own contacts. */
  answerBrake(proceed: boolean): Promise<void>;
  /** One catching up, now, with a subscription or without: for a program that runs once. */
  sync(): Promise<Synced>;
  /** What happens from now on; ends when the terminal is disposed of. */
  events(): AsyncIterableIterator<TerminalEvent>;
}

/**
 * Opens the terminal over its personal address book, and goes on where it was: where a session is kept and
 * `online` is not false, it subscribes as soon as there is an entry.
 *
 * @example
 * await using terminal = await openTerminal({ store: 'people.sqlite', server: 'http://127.0.0.1:8080' });
 * await terminal.logIn({ user: 'ben', password: 'secret' });
 * const found = await terminal.lookUp('ada');
 * for (const person of found.persons) await terminal.keep(person.id);
 * for await (const event of terminal.events())
 *   if (event.kind === 'prompted') for (const { name, fact } of event.prompts) console.log(name, fact);
 *
 * @throws HostFault when the store cannot be opened
 */
export async function openTerminal(options: TerminalOptions): Promise<Terminal> {
  const store = typeof options.store === 'string' ? openSqliteAddressBook(options.store) : options.store;
  const terminal = new NodeTerminal(options, store, await store.holdings());
  const kept = await store.session();
  if (kept !== undefined) terminal.resume(kept);
  if (options.online !== false) terminal.goOnline();
  return terminal;
}
