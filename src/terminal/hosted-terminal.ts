// A terminal over its host: gives the machine in `terminal` the host's clock, sockets, HTTP and a store, and the
// employee's acts a face. See `face` for what each act means.

import { runBy, type Running } from '../base/machine.ts';
import type { FieldLabels } from '../book/field.ts';
import type { Person } from '../book/person.ts';
import type { PersonId } from '../book/person-id.ts';
import type { Own, PersonalEntry } from '../book/personal-entry.ts';
import type { Photo } from '../book/photo.ts';
import type { EntityTag } from '../wire/change-list.ts';
import { lookUpAnswerSchema, type Session } from '../wire/http.ts';
import { parseJson, WireFault } from '../wire/problem.ts';
import { apiPrefix } from '../wire/protocol-version.ts';
import { readAnswer, type HttpAnswer } from './acquisition.ts';
import { answering } from './ladder.ts';
import type { LookUp, Page } from './look-up.ts';
import type { Holdings, KeptSession, PersonalAddressBookStore, StoredPrompt, Undone } from './personal-address-book.ts';
import { isOfHost, TerminalFault } from './terminal-fault.ts';
import {
  createTerminal,
  stateAtStart,
  type TerminalInput,
  type TerminalOutput,
  type TerminalState,
  type TerminalTold,
} from './terminal.ts';
import { answerOf, faultOf } from './answers.ts';
import type { Attempted, TerminalHost, TerminalSockets } from './host.ts';
import { EventQueue } from './event-queue.ts';
import type { FaceOptions, PhotosFetched, Synced, TerminalEvent, TerminalFace } from './face.ts';
import type { HttpMessage, HttpOutcome, TerminalHttp } from './http-exchange.ts';
import { PhotosFollowing } from './photos-following.ts';

const defaults = {
  lookUp: { limit: 50, after: '' },
  // A person who changes while being kept is fetched again, but not for ever.
  keepTries: 4,
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
): Promise<TerminalFace<Attempt>> {
  const { store } = options;
  const terminal = new HostedTerminal(host, options, await store.holdings());
  const kept = await store.session();
  if (kept !== undefined) terminal.resume(kept);
  if (options.online !== false) terminal.goOnline();
  return terminal;
}

interface LoggedIn {
  readonly server: string;
  readonly client: TerminalHttp;
  readonly token: string;
}

interface Waiter {
  readonly revised: Map<PersonId, PersonalEntry>;
  readonly prompts: StoredPrompt[];
  readonly resolve: (synced: Synced) => void;
}

class HostedTerminal<Attempt extends Attempted> implements TerminalFace<Attempt> {
  readonly #host: TerminalHost<Attempt>;
  readonly #options: HostedOptions;
  readonly #store: PersonalAddressBookStore;
  readonly #sockets: TerminalSockets;
  readonly #running: Running<TerminalInput>;
  readonly #queues = new Set<EventQueue<TerminalEvent>>();
  readonly #photos: PhotosFollowing;
  #online = false;
  #waiters: Waiter[] = [];
  #loggedIn: LoggedIn | undefined;
  #labels: FieldLabels = {};
  #state: TerminalState;

  constructor(host: TerminalHost<Attempt>, options: HostedOptions, holdings: Holdings) {
    const { store } = options;
    this.#host = host;
    this.#options = options;
    this.#store = store;
    this.#state = stateAtStart(holdings);
    this.#sockets = host.sockets((event) => {
      // Which of its askings a flow answers, `#open` says.
      if (event.kind !== 'opened') this.#running.tell(event);
    });
    const machine = createTerminal({
      delivery: options.delivery ?? 'broadcast',
      acquire: options.acquire ?? 'list',
      transport: options.transport,
      holdings,
      seed: host.seed(),
      random: host.random,
      hash: host.hash,
    });
    this.#running = runBy(host.clock, machine, (output) => this.#carryOut(output));
    this.#photos = new PhotosFollowing({
      store,
      clock: host.clock,
      sha256: host.sha256,
      seed: host.seed(),
      ask: (message) => this.#loggedIn?.client.bytes({ ...message, token: this.#loggedIn.token }),
      tell: (event) => this.#push(event),
    });
  }

  get state(): TerminalState {
    return this.#state;
  }

  get server(): string | undefined {
    return this.#options.server ?? this.#loggedIn?.server;
  }

  get labels(): FieldLabels {
    return this.#labels;
  }

  resume({ server, session }: KeptSession): void {
    this.#enter(this.#options.server ?? server, session);
  }

  async logIn(attempt: Attempt): Promise<{ readonly name: string }> {
    const { server = this.server } = attempt;
    const href = this.#host.addressOf(server);
    using client = this.#host.http(href);
    const session = await this.#host.sessionOf(client, attempt);
    const { user = session.name } = attempt;
    const holdings = await this.#store.keepSession({ server: href, user, session });
    this.#running.tell({ kind: 'holdings', holdings });
    this.#enter(href, session);
    return { name: session.name };
  }

  async logOut(): Promise<void> {
    const left = this.#loggedIn;
    this.#loggedIn = undefined;
    this.#running.tell({ kind: 'logged-out' });
    this.#photos.follow(false);
    await this.#store.keepSession(undefined);
    if (left === undefined) return;
    // Where the server is away the session runs out by itself; here it is forgotten either way.
    await left.client.ask({ method: 'DELETE', path: `${apiPrefix}/session`, token: left.token });
    left.client[Symbol.dispose]();
  }

  goOnline(): void {
    this.#online = true;
    this.#running.tell({ kind: 'go-online' });
    this.#photos.follow(this.#loggedIn !== undefined);
  }

  goOffline(): void {
    this.#online = false;
    this.#running.tell({ kind: 'go-offline' });
    this.#photos.follow(false);
  }

  async lookUp(text: string, page: Partial<Page> = {}): Promise<LookUp> {
    const { limit, after } = { ...defaults.lookUp, ...page };
    const words = { search: text, limit: String(limit), ...(after !== '' && { after }) };
    const query = Object.entries(words).map(([name, value]) => `${name}=${encodeURIComponent(wellFormed(value))}`);
    try {
      const answer = await this.#ask({ method: 'GET', path: `${apiPrefix}/persons?${query.join('&')}` });
      if (answer.status !== 200) throw faultOf(answer);
      const { total, asTyped, persons, next, complete } = parseJson(lookUpAnswerSchema, answer.text, 'look-up');
      return { source: 'enterprise', words: '', total, asTyped, persons, next, complete };
    } catch (fault) {
      if (!(fault instanceof TerminalFault) && !(fault instanceof WireFault)) throw fault;
      // Its readings of names are two thirds of all code: a browser loads them apart.
      const { lookUpHeld } = await import('./look-up.ts');
      const found = lookUpHeld(await this.#store.entries(), text, { limit, after });
      return { source: 'held', words: `Only among your own entries: ${fault.message}`, ...found, complete: true };
    }
  }

  async keep(person: PersonId): Promise<PersonalEntry> {
    for (let tries = 0; tries < defaults.keepTries; tries += 1) {
      const fetched = await this.#fetch(person);
      const kept = await this.#store.keep({ person, fields: fetched.fields, at: fetched.at });
      if (kept.kind === 'kept') {
        this.#running.tell({ kind: 'holdings', holdings: kept.holdings });
        this.#photos.look();
        return kept.entry;
      }
      // The book is of another history than the answer: it is compared first.
      if (kept.kind === 'another-book') await this.sync();
    }
    throw new TerminalFault({ kind: 'busy', words: 'The enterprise address book is changing; try again in a moment.' });
  }

  keepAsOwn(person: PersonId): Promise<PersonalEntry | undefined> {
    return this.#store.keepAsOwn(person);
  }

  async remove(person: PersonId): Promise<void> {
    this.#running.tell({ kind: 'holdings', holdings: await this.#store.remove(person) });
  }

  entries(): Promise<readonly PersonalEntry[]> {
    return this.#store.entries();
  }

  photo(person: PersonId): Promise<Photo | undefined> {
    return this.#store.photo(person);
  }

  fetchPhotos(progress: (done: number, total: number) => void = () => undefined): Promise<PhotosFetched> {
    return this.#photos.fetchAll(progress);
  }

  writeOwn(person: PersonId, own: Partial<Own>): Promise<PersonalEntry | undefined> {
    return this.#store.writeOwn(person, own);
  }

  prompts(which: { readonly unseenOnly?: boolean } = {}): Promise<readonly StoredPrompt[]> {
    return this.#store.prompts({ unseenOnly: which.unseenOnly ?? false });
  }

  seen(prompts: readonly number[]): Promise<void> {
    return this.#store.seen(prompts);
  }

  undo(prompt: number): Promise<Undone> {
    return this.#store.undo(prompt);
  }

  async answerBrake(proceed: boolean): Promise<void> {
    this.#running.tell({ kind: 'decided', revised: await this.#store.decideWithheld(proceed, this.#host.wallTime()) });
  }

  sync(): Promise<Synced> {
    return new Promise((resolve) => {
      this.#waiters.push({ revised: new Map(), prompts: [], resolve });
      this.#running.tell({ kind: 'sync' });
    });
  }

  events(): AsyncIterableIterator<TerminalEvent> {
    const queue = new EventQueue<TerminalEvent>(() => this.#queues.delete(queue));
    this.#queues.add(queue);
    return queue;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const wasLive = this.#state.kind !== 'offline' && this.#state.kind !== 'refused';
    this.#running.tell({ kind: 'go-offline' });
    if (wasLive) await new Promise<void>((resolve) => this.#host.clock.ring(defaults.farewellMilliseconds, resolve));
    this.#running.stop();
    this.#photos[Symbol.dispose]();
    for (const queue of this.#queues) queue.close();
    for (const { resolve } of this.#waiters.splice(0)) resolve({ kind: 'failed', words: 'The terminal was closed.' });
    this.#loggedIn?.client[Symbol.dispose]();
    await this.#sockets[Symbol.asyncDispose]();
    if (this.#options.ownsStore) await this.#store[Symbol.asyncDispose]();
  }

  #enter(server: string, session: Session): void {
    this.#loggedIn?.client[Symbol.dispose]();
    this.#loggedIn = { server, client: this.#host.http(server), token: session.token };
    this.#labels = session.labels ?? {};
    this.#running.tell({ kind: 'logged-in', server, sip: session.sip });
    this.#photos.follow(this.#online);
  }

  #carryOut(output: TerminalOutput): void {
    switch (output.kind) {
      case 'open':
        void this.#open(output);
        return;
      case 'send':
        return this.#sockets.send(output.flow, output.bytes);
      case 'close':
        return this.#sockets.close(output.flow);
      case 'ask':
        void this.#carryQuestion(output);
        return;
      case 'apply':
        void this.#apply(output);
        return;
      case 'tell':
        return this.#told(output.told);
    }
  }

  async #open({ number, to }: Extract<TerminalOutput, { kind: 'open' }>): Promise<void> {
    try {
      const path = await this.#sockets.open(to, this.#loggedIn?.server ?? '');
      this.#running.tell({ kind: 'opened', number, path });
    } catch (fault) {
      if (!isOfHost(fault)) throw fault;
      this.#running.tell({ kind: 'no-flow', number, words: `The server cannot be reached (${fault.message}).` });
    }
  }

  async #carryQuestion({ number, question, step }: Extract<TerminalOutput, { kind: 'ask' }>): Promise<void> {
    const coming = (octets: number): void => this.#push({ kind: 'coming', octets });
    const outcome = await this.#askOver({ ...question, coming });
    if (outcome.kind === 'unanswered') {
      this.#running.tell({ kind: 'unanswered', number, trouble: outcome.trouble });
      return;
    }
    this.#told({ kind: 'step', step, direction: 'sent', ...outcome.sent });
    this.#told({ kind: 'step', step: answering[step], direction: 'received', ...outcome.received });
    this.#running.tell({ kind: 'answered', number, answer: outcome.answer });
  }

  async #apply({ number, step }: Extract<TerminalOutput, { kind: 'apply' }>): Promise<void> {
    try {
      this.#running.tell({ kind: 'applied', number, applied: await this.#store.apply(step, this.#host.wallTime()) });
    } catch (fault) {
      if (!isOfHost(fault)) throw fault;
      this.#running.tell({ kind: 'store-failed', number, words: fault.message });
    }
  }

  #told(told: TerminalTold): void {
    if (told.kind === 'state') this.#state = told.state;
    for (const waiter of this.#waiters) {
      if (told.kind === 'revised') for (const entry of told.entries) waiter.revised.set(entry.person, entry);
      if (told.kind === 'prompted') waiter.prompts.push(...told.prompts);
    }
    if (told.kind === 'synced' || told.kind === 'sync-failed')
      for (const { resolve, revised, prompts } of this.#waiters.splice(0))
        resolve(
          told.kind === 'synced'
            ? { kind: 'in-step', mark: told.mark, revised: [...revised.values()], prompts }
            : { kind: 'failed', words: told.words },
        );
    if (told.kind === 'revised') this.#photos.look();
    this.#push(told);
  }

  #push(event: TerminalEvent): void {
    for (const queue of this.#queues) queue.push(event);
  }

  #askOver(message: HttpMessage): Promise<HttpOutcome> {
    if (this.#loggedIn === undefined)
      return Promise.resolve({
        kind: 'unanswered',
        trouble: { kind: 'log-in-again', words: 'Nobody is logged in: log in first.' },
      });
    return this.#loggedIn.client.ask({ ...message, token: this.#loggedIn.token });
  }

  async #ask(message: HttpMessage): Promise<HttpAnswer> {
    return answerOf(await this.#askOver(message));
  }

  /** The person as of the answer's revision. */
  async #fetch(person: PersonId): Promise<{ readonly fields: Person['fields']; readonly at: EntityTag }> {
    const question = { kind: 'persons', question: { ids: [person] }, expected: new Set([person]) } as const;
    const body = JSON.stringify(question.question);
    const reading = readAnswer(question, await this.#ask({ method: 'POST', path: `${apiPrefix}/persons`, body }));
    if (reading.kind === 'trouble' || reading.kind === 'refused') throw new TerminalFault(reading.trouble);
    const found = reading.kind === 'persons' ? reading.answer.persons[0] : undefined;
    if (reading.kind !== 'persons' || found === undefined)
      throw new TerminalFault({
        kind: 'not-allowed',
        words: 'There is no such person in the enterprise address book.',
      });
    return { fields: found.fields, at: { book: reading.answer.book, revision: reading.answer.revision } };
  }
}

/** Half a character, which a text may end with, cannot be in an address. */
const wellFormed = (text: string): string => text.replaceAll(/\p{Surrogate}/gu, '\uFFFD');
