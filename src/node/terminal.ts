// The door `rollcall/terminal`: a terminal on Node, for any program.

import { randomInt } from 'node:crypto';
import { wallTime } from '../base/time.ts';
import type { FlowPath } from '../sip/transaction-user.ts';
import type { FaceOptions, PasswordAttempt, TerminalFace } from '../terminal/face.ts';
import type { FlowTarget } from '../terminal/flow-target.ts';
import type { TerminalHost, TerminalSockets } from '../terminal/host.ts';
import { openHosted } from '../terminal/hosted-terminal.ts';
import type { LookUp, Page } from '../terminal/look-up.ts';
import type {
  PersonalAddressBookStore,
  Removed,
  StoredPrompt,
  Undone,
  WhichPrompts,
} from '../terminal/personal-address-book.ts';
import type { TerminalState } from '../terminal/terminal.ts';
import { parseAddress } from './address.ts';
import { freshTexts, hash, sha256 } from './chance.ts';
import { HostFault } from './host-fault.ts';
import { HttpClient, serverUrl } from './http-client.ts';
import { clock } from './run.ts';
import { SipSockets, type Destination } from './sip-sockets.ts';
import { openSqliteAddressBook } from './sqlite-address-book.ts';
import { sessionOf } from './terminal-log-in.ts';

export { actionsOf, type Action } from '../book/action.ts';
export type { LinkKind, LinkTemplate } from '../book/link-template.ts';
export { fields, labelOf, type Field, type FieldLabels, type FieldName, type TelephoneField } from '../book/field.ts';
export type { Fields, Person } from '../book/person.ts';
export { nameOf, shown } from '../book/personal-entry.ts';
export type {
  EntryState,
  Own,
  OwnContact,
  OwnWriting,
  PersonalEntry,
  Prompt,
  PromptFact,
} from '../book/personal-entry.ts';
export { alikeAmong, type Alike, type Described, type Likeness } from '../book/alike.ts';
export { mergedInto } from '../book/merged.ts';
export { sortKey } from '../book/sort-key.ts';
export { numbersOf, type DialledNumber } from '../book/telephone.ts';
export { isOwnContactId, isPersonId, type PersonId } from '../book/person-id.ts';
export { printOwnCard, readOwnCards, type ReadContact } from '../wire/own-card.ts';
export type { VCardVersion } from '../wire/vcard.ts';
export { TerminalFault } from '../terminal/terminal-fault.ts';
export { HostFault } from './host-fault.ts';
export type { LookUp, Page, PersonalAddressBookStore, Removed, StoredPrompt, TerminalState, Undone, WhichPrompts };

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
export type { Photo, PhotoType } from '../book/photo.ts';

export interface TerminalOptions extends FaceOptions {
  /** The file of the personal address book, made where it is not there; or a store, which stays the caller's to close. */
  readonly store: string | PersonalAddressBookStore;
  /** PEM of certificate authorities to trust for HTTPS, WSS and SIP over TLS instead of the system's. */
  readonly ca?: string;
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

export type Terminal = TerminalFace<LogInAttempt>;

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
  const own = typeof options.store === 'string' ? openSqliteAddressBook(options.store) : undefined;
  const store = own ?? (options.store as PersonalAddressBookStore);
  return openHosted(hostOf(options), { ...options, store, ownsStore: own !== undefined });
}

const hostOf = ({ ca }: TerminalOptions): TerminalHost<LogInAttempt> => ({
  clock,
  wallTime: () => wallTime(Date.now()),
  seed: () => randomInt(2 ** 31),
  random: freshTexts(),
  hash,
  sha256,
  http: (server) => new HttpClient({ server, ca }),
  addressOf: (server) => {
    if (server === undefined) throw new HostFault('name the server to log in at');
    return serverUrl(server).href;
  },
  sockets: (heard) => new NodeSockets(new SipSockets(heard), ca),
  sessionOf,
});

class NodeSockets implements TerminalSockets {
  readonly #sockets: SipSockets;
  readonly #ca: string | undefined;

  constructor(sockets: SipSockets, ca: string | undefined) {
    this.#sockets = sockets;
    this.#ca = ca;
  }

  open(to: FlowTarget, server: string): Promise<FlowPath> {
    return this.#sockets.open(destinationOf(to, serverUrl(server), this.#ca));
  }

  send(...[flow, bytes]: Parameters<SipSockets['send']>): void {
    this.#sockets.send(flow, bytes);
  }

  close(...[flow]: Parameters<SipSockets['close']>): void {
    this.#sockets.close(flow);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#sockets[Symbol.asyncDispose]();
  }
}

function destinationOf(to: FlowTarget, server: URL, ca: string | undefined): Destination {
  if (to.transport === 'WS') {
    const url = URL.parse(to.url, server.href);
    if (url === null) throw new HostFault(`not the address of a WebSocket: ${JSON.stringify(to.url)}`);
    url.protocol = url.protocol.replace('http', 'ws');
    return { url: url.href, ca };
  }
  const { host, port } = parseAddress(to.address);
  // A server that listens on every address does not know by which one it is reached; we do.
  const everywhere = host === '0.0.0.0' || host === '::';
  const reached = everywhere ? server.hostname.replace(/^\[|\]$/g, '') : host;
  const remote = { host: reached, port };
  return to.transport === 'TLS' ? { transport: 'TLS', remote, ca } : { transport: to.transport, remote };
}
