// The door `rollcall/browser`: a terminal in a browser, for any page.

import { wallTime } from '../base/time.ts';
import type { FaceOptions, TerminalFace } from '../terminal/face.ts';
import type { TerminalHost } from '../terminal/host.ts';
import { openHosted } from '../terminal/hosted-terminal.ts';
import type { PersonalAddressBookStore } from '../terminal/personal-address-book.ts';
import { freshText, hash, seed, sha256 } from './chance.ts';
import { deleteDatabase } from './address-book-database.ts';
import { HttpClient, serverUrl } from './http-client.ts';
import { lostWords, openIndexedDbAddressBook } from './indexeddb-address-book.ts';
import { sessionOf, type LogInAttempt } from './provider-log-in.ts';
import { clock } from './run.ts';
import { SharedTerminal } from './shared-terminal.ts';
import { PageEvents } from './page-events.ts';
import { WebSocketFlows } from './websocket-flow.ts';

export { actionsOf, type Action } from '../book/action.ts';
export type { LinkKind, LinkTemplate } from '../book/link-template.ts';
export { fields, labelOf, type Field, type FieldLabels, type FieldName, type TelephoneField } from '../book/field.ts';
export type { Fields, Person } from '../book/person.ts';
export { nameOf, shown, writtenNameOf } from '../book/personal-entry.ts';
export type {
  EntryState,
  Own,
  OwnContact,
  OwnWriting,
  PersonalEntry,
  Prompt,
  PromptFact,
} from '../book/personal-entry.ts';
export { entryId, isOwnContactId, isPersonId, type PersonId } from '../book/person-id.ts';
export type { Photo, PhotoType } from '../book/photo.ts';
export { AlikeIndex, alikeAmong, type Alike, type Described, type Likeness } from '../book/alike.ts';
export { mergedInto } from '../book/merged.ts';
export { findableOf, type Findable } from '../book/findable.ts';
export { folded } from '../book/folding.ts';
export { fitOf, queryOf, type Query } from '../book/look-up.ts';
export { sortKey } from '../book/sort-key.ts';
export { numbersOf, type DialledNumber } from '../book/telephone.ts';
export type { Around } from '../terminal/enterprise-questions.ts';
export type { Me, PasswordAttempt, PhotosFetched, Synced, TerminalEvent } from '../terminal/face.ts';
export type { Suggestion } from '../terminal/suggestions.ts';
export type { NumberOwners } from '../terminal/whose-number.ts';
export { promptsOf, tellingsOf, type Telling, type TellingOfMany, type TellingOfOne } from '../terminal/telling.ts';
export type {
  DepartmentsAnswer,
  Group,
  GroupsAnswer,
  MembersAnswer,
  OrganisationAnswer,
  PersonInOrganisation,
} from '../wire/http.ts';
export type { LookUp, Page } from '../terminal/look-up.ts';
export type {
  PersonalAddressBookStore,
  Removed,
  StoredPrompt,
  Undone,
  WhichPrompts,
} from '../terminal/personal-address-book.ts';
export { printOwnCard, readOwnCards, type ReadContact } from '../wire/own-card.ts';
export type { VCardVersion } from '../wire/vcard.ts';
export { TerminalFault } from '../terminal/terminal-fault.ts';
export { deliveries, type Delivery } from '../wire/interest.ts';
export type { TerminalState } from '../terminal/terminal.ts';
export type { ProviderAt } from '../terminal/provider-log-in.ts';
export { freshText } from './chance.ts';
export { HostFault } from './host-fault.ts';
export {
  identityProvider,
  leaveToLogIn,
  returnedLogIn,
  type LogInAttempt,
  type ReturnedAttempt,
} from './provider-log-in.ts';

export type Terminal = TerminalFace<LogInAttempt>;

export interface TerminalOptions extends Omit<FaceOptions, 'transport'> {
  /** The name of the personal address book in IndexedDB, made where it is not there; or a store, which stays the caller's to close. */
  readonly store: string | PersonalAddressBookStore;
}

/**
 * Opens the terminal over its personal address book, and goes on where it was: where a session is kept and
 * `online` is not false, it subscribes as soon as there is an entry. The server is the page's own where none is named.
 *
 * @throws HostFault when the store cannot be opened
 */
export async function connectTerminal(options: TerminalOptions): Promise<Terminal> {
  const own = typeof options.store === 'string' ? await openIndexedDbAddressBook(options.store) : undefined;
  const store = own ?? (options.store as PersonalAddressBookStore);
  const terminal = await openHosted(host, { ...options, transport: 'websocket', store, ownsStore: own !== undefined });
  loadLookUp();
  return terminal;
}

export interface SharedTerminalOptions extends Omit<TerminalOptions, 'store'> {
  /** The name of the personal address book in IndexedDB. All pages of the origin that name it share one engine. */
  readonly store: string;
  /** Of the page's code: any text that is another one when the code is. A page of an older one is told to load again. */
  readonly version: string;
}

/**
 * As `connectTerminal`, for a page that may be open more than once: only one of its tabs subscribes, all hear what comes.
 *
 * @throws HostFault when the store cannot be opened
 */
export async function shareTerminal(options: SharedTerminalOptions): Promise<Terminal> {
  const { store: name, version, online = true } = options;
  let shared: SharedTerminal | undefined;
  const store = await openIndexedDbAddressBook(name, () => shared?.end(`The address book: ${lostWords}`));
  const events = await PageEvents.open(store);
  const of = { ...options, transport: 'websocket', store, ownsStore: true, online: false } as const;
  shared = new SharedTerminal({ name, version, online, events, terminal: await openHosted(host, of) });
  const opened = await shared.open();
  loadLookUp();
  return opened;
}

/**
 * Deletes the personal address book of that name from this browser, with all that the employee wrote; it is nowhere else.
 * Pages that have it open say so and do nothing more. Log out first, or the session lives on at the server.
 *
 * @throws HostFault when the browser refuses
 */
export const forgetAddressBook = (store: string): Promise<void> => deleteDatabase(store);

const host: TerminalHost<LogInAttempt> = {
  clock,
  wallTime: () => wallTime(Date.now()),
  seed,
  random: freshText,
  hash,
  sha256,
  addressOf: (server = location.origin) => serverUrl(server).href,
  http: (server) => new HttpClient(server),
  sockets: (heard) => new WebSocketFlows(heard),
  sessionOf,
};

/**
 * While there is a network, since it is needed where there is none. A page that keeps its code (a service worker) has it anyway.
 * Its readings of names are some hundredths of a second's work, which wait until the page has nothing else to do.
 */
function loadLookUp(): void {
  whenIdle(() => {
    import('../terminal/look-up.ts').catch((error: unknown) => {
      if (!(error instanceof TypeError)) throw error;
    });
  });
}

/** Not every browser says when that is. */
const whenIdle =
  (globalThis as Partial<typeof globalThis>).requestIdleCallback ?? ((then: () => void) => setTimeout(then, 500));
