// A terminal over its host: gives the machine in `terminal` the host's clock, sockets, HTTP and a store, and the
// employee's acts a face. See `face` for what each act means.

import { runBy, type Running } from '../base/machine.ts';
import type { FieldLabels } from '../book/field.ts';
import type { LinkTemplate } from '../book/link-template.ts';
import type { Person } from '../book/person.ts';
import type { PersonId } from '../book/person-id.ts';
import type { Own, OwnContact, OwnWriting, PersonalEntry } from '../book/personal-entry.ts';
import { readPhoto, type Photo } from '../book/photo.ts';
import type { DepartmentsAnswer, GroupsAnswer, MembersAnswer, OrganisationAnswer } from '../wire/http.ts';
import type { Delivery } from '../wire/interest.ts';
import { apiPrefix } from '../wire/protocol-version.ts';
import { EitherSide } from './either-side.ts';
import { EnterpriseQuestions, type Around } from './enterprise-questions.ts';
import type { HeldPage, LookUp, Page } from './look-up.ts';
import type {
  Holdings,
  KeptSession,
  PersonalAddressBookStore,
  Removed,
  StoredPrompt,
  Undone,
  WhichPrompts,
} from './personal-address-book.ts';
import { TerminalFault } from './terminal-fault.ts';
import { createTerminal, stateAtStart, type TerminalInput, type TerminalState, type TerminalTold } from './terminal.ts';
import type { Attempted, TerminalHost, TerminalSockets } from './host.ts';
import { AwaitedSync } from './awaited-sync.ts';
import { CarryingOut } from './carrying-out.ts';
import { additionsOf, writingsOf } from './entry-writing.ts';
import { FollowedBeside } from './followed-beside.ts';
import { EventQueues } from './event-queue.ts';
import type { FaceOptions, Me, PhotosFetched, SharedFace, Synced, TerminalEvent } from './face.ts';
import type { HttpMessage, HttpOutcome } from './http-exchange.ts';
import { LoggedIn, nobodyLoggedIn } from './logged-in.ts';
import { keptFetched } from './keeping.ts';
import { PassingPhotos } from './passing-photos.ts';
import type { Suggestion } from './suggestions.ts';
import type { NumberOwners } from './whose-number.ts';

const defaults = {
  suggestions: 20,
  // For the SUBSCRIBE that ends the subscription to leave before its socket is closed.
  farewellMilliseconds: 100,
};

export interface HostedOptions extends FaceOptions {
  readonly store: PersonalAddressBookStore;
  /** Whether the store is closed with the terminal. */
  readonly ownsStore: boolean;
}

/** Goes on where the terminal was: where a session is kept and `online` is not false, it subscribes. */
export async function openHosted<Attempt extends Attempted>(
  host: TerminalHost<Attempt>,
  options: HostedOptions,
): Promise<SharedFace<Attempt>> {
  const { store } = options;
  const terminal = new HostedTerminal(host, options, await store.holdings());
  const kept = await store.session();
  if (kept !== undefined) terminal.resume(kept);
  if (options.online !== false) terminal.goOnline();
  return terminal;
}

class HostedTerminal<Attempt extends Attempted> implements SharedFace<Attempt> {
  readonly #host: TerminalHost<Attempt>;
  readonly #options: HostedOptions;
  readonly #store: PersonalAddressBookStore;
  readonly #sockets: TerminalSockets;
  readonly #running: Running<TerminalInput>;
  readonly #events = new EventQueues<TerminalEvent>();
  readonly #passing: PassingPhotos;
  readonly #enterprise: EnterpriseQuestions;
  readonly #either: EitherSide;
  readonly #beside: FollowedBeside;
  readonly #syncs = new AwaitedSync();
  #online = false;
  #delivery: Delivery;
  #loggedIn: LoggedIn | undefined;
  #state: TerminalState;

  constructor(host: TerminalHost<Attempt>, options: HostedOptions, holdings: Holdings) {
    const { store } = options;
    this.#host = host;
    this.#options = options;
    this.#store = store;
    this.#state = stateAtStart(holdings);
    this.#delivery = options.delivery ?? 'broadcast';
    this.#sockets = host.sockets((event) => {
      // Which of its askings a flow answers, `#open` says.
      if (event.kind !== 'opened') this.#running.tell(event);
    });
    const machine = createTerminal({
      delivery: this.#delivery,
      acquire: options.acquire ?? 'list',
      transport: options.transport,
      holdings,
      seed: host.seed(),
      random: host.random,
      hash: host.hash,
    });
    const ask = async (message: HttpMessage): Promise<HttpOutcome> => this.#loggedIn?.ask(message) ?? nobodyLoggedIn;
    const carrying = new CarryingOut({
      store,
      sockets: this.#sockets,
      wallTime: host.wallTime,
      server: () => this.#loggedIn?.server ?? '',
      ask,
      tell: (input) => this.#running.tell(input),
      told: (told) => this.#told(told),
      overheard: (list) => this.#beside.newcomers.overhear(list),
      push: (event) => this.#events.push(event),
    });
    this.#running = runBy(host.clock, machine, (output) => carrying.carryOut(output));
    this.#passing = new PassingPhotos({
      sha256: host.sha256,
      ask: async (message) => this.#loggedIn?.bytes(message) ?? nobodyLoggedIn,
    });
    this.#enterprise = new EnterpriseQuestions(ask);
    this.#either = new EitherSide(this.#enterprise, store, host.clock);
    const loggedIn = (): LoggedIn | undefined => this.#loggedIn;
    const tell = (event: TerminalEvent): void => this.#events.push(event);
    this.#beside = new FollowedBeside({ host, store, enterprise: this.#enterprise, loggedIn, tell });
  }

  get state(): TerminalState {
    return this.#state;
  }

  get server(): string | undefined {
    return this.#options.server ?? this.#loggedIn?.server;
  }

  get labels(): FieldLabels {
    return this.#loggedIn?.labels ?? {};
  }

  get links(): readonly LinkTemplate[] {
    return this.#loggedIn?.links ?? [];
  }

  get delivery(): Delivery {
    return this.#delivery;
  }

  get me(): Me | undefined {
    return this.#loggedIn?.me;
  }

  resume(kept: KeptSession): void {
    this.#enter({ ...kept, server: this.#options.server ?? kept.server });
  }

  async logIn(attempt: Attempt): Promise<{ readonly name: string }> {
    const { server = this.server } = attempt;
    const href = this.#host.addressOf(server);
    using client = this.#host.http(href);
    const session = await this.#host.sessionOf(client, attempt);
    const { user = session.name } = attempt;
    const kept: KeptSession = { server: href, user, session };
    const holdings = await this.#store.keepSession(kept);
    this.#running.tell({ kind: 'holdings', holdings });
    this.#enter(kept);
    return { name: session.name };
  }

  async reread(): Promise<void> {
    const kept = await this.#store.session();
    this.#running.tell({ kind: 'holdings', holdings: await this.#store.holdings() });
    if (kept === undefined) this.#leave()?.[Symbol.dispose]();
    else if (this.#loggedIn?.isOf(kept) !== true) this.resume(kept);
    this.#beside.photos.look();
  }

  async logOut(): Promise<void> {
    const left = this.#leave();
    await this.#store.keepSession(undefined);
    // Where the server is away the session runs out by itself; here it is forgotten either way.
    await left?.ask({ method: 'DELETE', path: `${apiPrefix}/session` });
    left?.[Symbol.dispose]();
  }

  goOnline(): void {
    this.#online = true;
    this.#running.tell({ kind: 'go-online' });
    this.#beside.follow(this.#loggedIn !== undefined);
  }

  goOffline(): void {
    this.#online = false;
    this.#running.tell({ kind: 'go-offline' });
    this.#beside.follow(false);
  }

  setDelivery(delivery: Delivery): void {
    this.#delivery = delivery;
    this.#running.tell({ kind: 'delivery', delivery });
  }

  lookUp(text: string, page: Partial<Page> = {}): Promise<LookUp> {
    return this.#either.lookUp(text, page);
  }

  lookUpHeld(text: string, page: Partial<HeldPage> = {}): Promise<LookUp> {
    return this.#either.lookUpHeld(text, page);
  }

  whoseNumber(text: string): Promise<NumberOwners> {
    return this.#either.whoseNumber(text);
  }

  person(person: PersonId): Promise<Person> {
    return this.#enterprise.person(person);
  }

  organisation(around?: Around, page: Partial<Page> = {}): Promise<OrganisationAnswer> {
    return this.#enterprise.organisation(around, page);
  }

  departments(page: Partial<Page> = {}): Promise<DepartmentsAnswer> {
    return this.#enterprise.departments(page);
  }

  groups(which: Partial<Page> & { readonly person?: PersonId } = {}): Promise<GroupsAnswer> {
    return this.#enterprise.groups(which);
  }

  members(group: string, page: Partial<Page> = {}): Promise<MembersAnswer> {
    return this.#enterprise.members(group, page);
  }

  photoOf(hash: string): Promise<Photo | undefined> {
    return this.#passing.of(hash);
  }

  suggestions(limit: number = defaults.suggestions): Promise<readonly Suggestion[]> {
    return this.#either.suggestions(this.me?.person, limit);
  }

  async keep(person: PersonId): Promise<PersonalEntry> {
    const parts = { store: this.#store, enterprise: this.#enterprise, sync: () => this.sync() };
    const { entry, holdings } = await keptFetched(parts, person);
    this.#running.tell({ kind: 'holdings', holdings });
    this.#beside.photos.look();
    return entry;
  }

  keepAsOwn(person: PersonId): Promise<PersonalEntry | undefined> {
    return this.#store.keepAsOwn(person);
  }

  async addOwn(contact: OwnContact): Promise<PersonalEntry> {
    const [entry] = (await this.addAllOwn([contact])) as [PersonalEntry];
    return entry;
  }

  async addAllOwn(contacts: readonly OwnContact[]): Promise<readonly PersonalEntry[]> {
    return this.#store.addOwn(await additionsOf(contacts, this.#host));
  }

  async remove(...people: readonly PersonId[]): Promise<Removed> {
    const { removed, holdings } = await this.#store.remove(people);
    this.#running.tell({ kind: 'holdings', holdings });
    return removed;
  }

  async putBack(removed: Removed): Promise<readonly PersonalEntry[]> {
    const { entries, holdings } = await this.#store.putBack(removed);
    this.#running.tell({ kind: 'holdings', holdings });
    // Of another history than the book: everyone is compared.
    if (holdings.mark === undefined && this.#state.kind === 'live') void this.sync();
    this.#beside.photos.look();
    return entries;
  }

  entries(): Promise<readonly PersonalEntry[]> {
    return this.#store.entries();
  }

  photo(person: PersonId): Promise<Photo | undefined> {
    return this.#store.photo(person);
  }

  fetchPhotos(progress: (done: number, total: number) => void = () => undefined): Promise<PhotosFetched> {
    return this.#beside.photos.fetchAll(progress);
  }

  writeOwn(person: PersonId, own: Partial<Own>): Promise<PersonalEntry | undefined> {
    return this.#store.writeOwn(person, own);
  }

  async writeAllOwn(writings: readonly OwnWriting[]): Promise<readonly PersonalEntry[]> {
    return this.#store.writeAllOwn(await writingsOf(writings, this.#host));
  }

  async writeOwnPhoto(person: PersonId, bytes: Uint8Array | undefined): Promise<PersonalEntry | undefined> {
    const photo = bytes === undefined ? 'none' : readPhoto(bytes, this.#host.sha256);
    if (photo !== 'none' && 'problem' in photo)
      throw new TerminalFault({ kind: 'malformed', words: `It cannot be kept: ${photo.problem}.` });
    const [entry] = await this.#store.writeAllOwn([{ person, own: {}, photo }]);
    return entry?.state === 'own' ? entry : undefined;
  }

  prompts(which: WhichPrompts = {}): Promise<readonly StoredPrompt[]> {
    return this.#store.prompts(which);
  }

  seen(prompts: readonly number[]): Promise<void> {
    return this.#store.seen(prompts);
  }

  seenAll(upTo: number): Promise<void> {
    return this.#store.seenAll(upTo);
  }

  lookedUp(person: PersonId): Promise<void> {
    return this.#store.lookedUp(person, this.#host.wallTime());
  }

  oftenLookedUp(limit: number): Promise<readonly PersonId[]> {
    return this.#store.oftenLookedUp(limit);
  }

  async undo(prompt: number): Promise<Undone> {
    const [undone] = (await this.#store.undoAll([prompt])) as [Undone];
    return undone;
  }

  undoAll(prompts: readonly number[]): Promise<readonly Undone[]> {
    // Of several of one field the value from before the first is to stay.
    return this.#store.undoAll(prompts.toSorted((one, other) => other - one));
  }

  async answerBrake(proceed: boolean): Promise<void> {
    this.#running.tell({ kind: 'decided', revised: await this.#store.decideWithheld(proceed, this.#host.wallTime()) });
  }

  sync(): Promise<Synced> {
    const synced = this.#syncs.wait();
    this.#running.tell({ kind: 'sync' });
    return synced;
  }

  events(): AsyncIterableIterator<TerminalEvent> {
    return this.#events.open();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const wasLive = this.#state.kind !== 'offline' && this.#state.kind !== 'refused';
    this.#running.tell({ kind: 'go-offline' });
    if (wasLive) await new Promise<void>((resolve) => this.#host.clock.ring(defaults.farewellMilliseconds, resolve));
    this.#running.stop();
    this.#beside[Symbol.dispose]();
    this.#events.close();
    this.#syncs.fail('The terminal was closed.');
    this.#loggedIn?.[Symbol.dispose]();
    await this.#sockets[Symbol.asyncDispose]();
    if (this.#options.ownsStore) await this.#store[Symbol.asyncDispose]();
  }

  #enter(kept: KeptSession): void {
    this.#loggedIn?.[Symbol.dispose]();
    this.#loggedIn = new LoggedIn(kept, this.#host.http(kept.server));
    this.#passing.forget();
    this.#running.tell({ kind: 'logged-in', server: kept.server, sip: kept.session.sip });
    this.#beside.follow(this.#online);
  }

  #leave(): LoggedIn | undefined {
    const left = this.#loggedIn;
    this.#loggedIn = undefined;
    this.#running.tell({ kind: 'logged-out' });
    this.#beside.follow(false);
    this.#passing.forget();
    return left;
  }

  #told(told: TerminalTold): void {
    if (told.kind === 'state') this.#state = told.state;
    this.#syncs.told(told);
    if (told.kind === 'revised') this.#beside.photos.look();
    this.#events.push(told);
  }
}
