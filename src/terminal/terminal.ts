// The terminal as one machine: the engine above, a SIP endpoint below, and one flow to the server.
//
//   host --opened, received, answered, applied--> terminal --open, send, ask, apply, tell--> host
//
// Each subscription has a name of its own, so that what is still said of an old one is not taken for the
// new one's. The flow is opened for the first SUBSCRIBE and used until it closes.

import type { Machine } from '../base/machine.ts';
import { earliest, type Instant } from '../base/time.ts';
import type { ChangeList } from '../book/change-list.ts';
import type { PersonId } from '../book/person-id.ts';
import { Endpoint } from '../sip/endpoint.ts';
import type { Hash } from '../sip/digest.ts';
import type { Body, Flow, FlowPath, Said, SubscriptionId, Heard as SipHeard } from '../sip/transaction-user.ts';
import type { SipAccess } from '../wire/http.ts';
import { eventOf, printHeld, type Delivery } from '../wire/interest.ts';
import { changesType, heldType, noticeType } from '../wire/protocol-version.ts';
import type { Acquire, Trouble } from './acquisition.ts';
import { step } from './engine.ts';
import { flowTarget, type FlowTarget, type TransportChoice } from './flow-target.ts';
import type { Action, FromEmployee, FromRound, Heard, Naming, Told } from './hearing.ts';
import { notificationOf } from './read-notification.ts';
import { Ladder, type LadderStep } from './ladder.ts';
import type { Holdings } from './personal-address-book.ts';
import { deadline, loggedOut, newEngine, type Engine, type State, type WhyOffline } from './state.ts';

export type TerminalInput =
  | Exclude<FromEmployee, { kind: 'logged-in' | 'woke' }>
  /** `server` tells one server from another; an address that each of them gives may be the same. */
  | { readonly kind: 'logged-in'; readonly server: string; readonly sip: SipAccess }
  | FromRound
  | { readonly kind: 'opened'; readonly number: number; readonly path: FlowPath }
  | { readonly kind: 'no-flow'; readonly number: number; readonly words: string }
  | { readonly kind: 'closed'; readonly flow: Flow }
  | { readonly kind: 'received'; readonly path: FlowPath; readonly bytes: Uint8Array };

export type TerminalOutput =
  /** Answer with `opened` or `no-flow`, and this number. */
  | { readonly kind: 'open'; readonly number: number; readonly to: FlowTarget }
  | { readonly kind: 'send'; readonly flow: Flow; readonly bytes: Uint8Array }
  | { readonly kind: 'close'; readonly flow: Flow }
  | Extract<Action, { kind: 'ask' | 'apply' }>
  /** All that changed over a span, as a notification of a `broadcast` had it, whoever is held. */
  | { readonly kind: 'overheard'; readonly list: ChangeList }
  | { readonly kind: 'tell'; readonly told: TerminalTold };

export type TerminalTold =
  | Told
  | { readonly kind: 'state'; readonly state: TerminalState }
  | ({ readonly kind: 'step' } & LadderStep);

/** What the quiet dot shows, with the reason in words. */
export type TerminalState =
  | { readonly kind: 'subscribing' | 'live'; readonly words: string }
  /** `why`: what it waits for, where it does. */
  | { readonly kind: 'catching-up'; readonly why: Trouble['kind'] | undefined; readonly words: string }
  /** `why`: what `words` say, for who says it in words of his own. */
  | { readonly kind: 'offline' | 'refused'; readonly why: WhyOffline['kind']; readonly words: string }
  /** In a browser: the page is out of date, or its book is gone; it does nothing more until it is loaded again. */
  | { readonly kind: 'reload'; readonly words: string }
  /** The brake: so many would be removed at once that the employee is asked (`decideWithheld`). */
  | { readonly kind: 'asks'; readonly words: string; readonly removals: readonly PersonId[] };

export interface TerminalMachineOptions {
  readonly delivery: Delivery;
  readonly acquire: Acquire;
  /** Absent: the first that the server offers of WebSocket, UDP, TCP. */
  readonly transport: TransportChoice | undefined;
  readonly holdings: Holdings;
  readonly seed: number;
  /** See `EndpointOptions`. */
  readonly random: () => string;
  readonly hash: Hash;
}

/** The server that was logged in at, and the door of it. */
interface Place {
  readonly server: string;
  readonly to: FlowTarget;
}

type OwnFlow =
  | { readonly kind: 'none' }
  /** `naming`: of the SUBSCRIBE that waits for the flow, where one does. */
  | { readonly kind: 'opening'; readonly number: number; readonly at: Place; readonly naming: Naming | undefined }
  | { readonly kind: 'open'; readonly at: Place; readonly path: FlowPath };

const expiresInSeconds = 3600;

export const createTerminal = (options: TerminalMachineOptions): Machine<TerminalInput, TerminalOutput> =>
  new TerminalMachine(options);

class TerminalMachine implements Machine<TerminalInput, TerminalOutput> {
  readonly #options: TerminalMachineOptions;
  readonly #endpoint: Endpoint;
  readonly #ladder = new Ladder();
  #engine: Engine;
  #access: (SipAccess & { readonly server: string }) | undefined;
  #flow: OwnFlow = { kind: 'none' };
  /** Of the newest `open`. */
  #opens = 0;
  #subscription: SubscriptionId | undefined;
  #subscriptions = 0;
  #shown: TerminalState;
  #outputs: TerminalOutput[] = [];

  constructor(options: TerminalMachineOptions) {
    this.#options = options;
    this.#endpoint = new Endpoint({ random: options.random, hash: options.hash });
    this.#engine = newEngine(options);
    this.#shown = shownState(this.#engine);
  }

  handle(input: TerminalInput, now: Instant): readonly TerminalOutput[] {
    switch (input.kind) {
      case 'logged-in':
        this.#access = { ...input.sip, server: input.server };
        this.#hear({ kind: 'logged-in' }, now);
        break;
      case 'opened':
        this.#opened(input, now);
        break;
      case 'no-flow':
        if (this.#flow.kind !== 'opening' || this.#flow.number !== input.number) break;
        this.#flow = { kind: 'none' };
        this.#hear({ kind: 'lost', lost: { kind: 'no-flow', words: input.words } }, now);
        break;
      case 'closed':
        if (this.#flow.kind === 'open' && this.#flow.path.flow === input.flow) this.#flow = { kind: 'none' };
        this.#sip(input, now);
        break;
      case 'received':
        for (const each of this.#ladder.received(input.path, input.bytes)) this.#tell({ kind: 'step', ...each });
        this.#sip(input, now);
        break;
      case 'logged-out':
        this.#hear(input, now);
        this.#access = undefined;
        // What opens after all is nobody's.
        if (this.#flow.kind === 'opening') this.#flow = { kind: 'none' };
        break;
      case 'go-online':
      case 'go-offline':
      case 'delivery':
      case 'sync':
      case 'holdings':
      case 'decided':
      case 'answered':
      case 'unanswered':
      case 'applied':
      case 'store-failed':
        this.#hear(input, now);
    }
    return this.#said();
  }

  deadline(): Instant | undefined {
    return earliest(deadline(this.#engine), this.#endpoint.deadline());
  }

  wake(now: Instant): readonly TerminalOutput[] {
    for (const said of this.#endpoint.wake(now)) this.#hearSip(said, now);
    this.#hear({ kind: 'woke' }, now);
    return this.#said();
  }

  #said(): readonly TerminalOutput[] {
    const state = shownState(this.#engine);
    if (!isSame(state, this.#shown)) this.#tell({ kind: 'state', state });
    this.#shown = state;
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs;
  }

  #tell(told: TerminalTold): void {
    this.#outputs.push({ kind: 'tell', told });
  }

  #hear(heard: Heard, now: Instant): void {
    const [engine, actions] = step(this.#engine, heard, now);
    this.#engine = engine;
    for (const action of actions) this.#carryOut(action, now);
  }

  #carryOut(action: Action, now: Instant): void {
    switch (action.kind) {
      case 'subscribe':
        return this.#subscribe(action, now);
      case 'refresh':
        if (this.#subscription !== undefined)
          this.#sip({ kind: 'refresh', subscription: this.#subscription, ...bodyOf(action) }, now);
        return;
      case 'unsubscribe':
        return this.#unsubscribe(now);
      case 'ask':
      case 'apply':
      case 'tell':
        this.#outputs.push(action);
    }
  }

  #subscribe(naming: Naming, now: Instant): void {
    if (this.#access === undefined) return;
    const to = flowTarget(this.#access, this.#options.transport);
    if (to === undefined) {
      const words = 'The server offers no way to subscribe that this terminal can take.';
      return this.#hear({ kind: 'lost', lost: { kind: 'no-flow', words } }, now);
    }
    const at: Place = { server: this.#access.server, to };
    // Another server, or another of its doors, since the last log-in.
    if (this.#flow.kind === 'open' && !isSamePlace(this.#flow.at, at)) this.#abandonFlow();
    if (this.#flow.kind === 'open') return this.#ask(this.#flow.path, [this.#access, naming], now);
    if (this.#flow.kind === 'opening' && isSamePlace(this.#flow.at, at)) {
      this.#flow = { ...this.#flow, naming };
      return;
    }
    this.#opens += 1;
    this.#flow = { kind: 'opening', number: this.#opens, at, naming };
    this.#outputs.push({ kind: 'open', number: this.#opens, to });
  }

  /** S301. */
  #ask(path: FlowPath, [access, naming]: readonly [SipAccess, Naming], now: Instant): void {
    this.#subscriptions += 1;
    const subscription = `subscription-${this.#subscriptions}` as SubscriptionId;
    this.#subscription = subscription;
    const { delivery } = this.#engine;
    const asking = {
      path,
      to: access.to,
      from: access.address,
      credentials: { username: access.username, password: access.password },
      event: eventOf(delivery),
      accept: delivery === 'notice' ? [noticeType] : [changesType, noticeType],
      expiresInSeconds,
      ...bodyOf(naming),
    };
    this.#sip({ kind: 'subscribe', subscription, asking }, now);
  }

  #unsubscribe(now: Instant): void {
    if (this.#flow.kind === 'opening') this.#flow = { ...this.#flow, naming: undefined };
    const subscription = this.#subscription;
    this.#subscription = undefined;
    if (subscription !== undefined) this.#sip({ kind: 'unsubscribe', subscription }, now);
  }

  #opened({ number, path }: { readonly number: number; readonly path: FlowPath }, now: Instant): void {
    if (this.#flow.kind !== 'opening' || this.#flow.number !== number) {
      // Nobody waits for it any more: somebody logged in elsewhere, or out, meanwhile.
      this.#outputs.push({ kind: 'close', flow: path.flow });
      return;
    }
    const { at, naming } = this.#flow;
    this.#flow = { kind: 'open', at, path };
    this.#sip({ kind: 'opened', path }, now);
    if (naming !== undefined && this.#access !== undefined) this.#ask(path, [this.#access, naming], now);
  }

  #sip(heard: SipHeard, now: Instant): void {
    for (const said of this.#endpoint.handle(heard, now)) this.#hearSip(said, now);
  }

  #hearSip(said: Said, now: Instant): void {
    switch (said.kind) {
      case 'send': {
        const sent = this.#ladder.sent(said.bytes);
        if (sent !== undefined) this.#tell({ kind: 'step', ...sent });
        this.#outputs.push(said);
        return;
      }
      case 'close':
        this.#outputs.push(said);
        return;
      case 'malformed': {
        const words = `The server broke SIP (${said.section}): ${said.problem}.`;
        return this.#tell({ kind: 'refused-whole', trouble: { kind: 'malformed', words } });
      }
      case 'subscribed':
      case 'notified':
      case 'refresh-due':
      case 'refused':
      case 'ended':
        if (said.subscription === this.#subscription) this.#hearOwn(said, now);
        else if (said.kind === 'ended' && this.#access === undefined) this.#abandonFlow();
        return;
      case 'asked':
      case 'delivered':
      case 'undelivered':
      case 'open':
      case 'registered':
      case 'deregistered':
        // A notifier's, or a registrar's; this endpoint has none.
        return;
    }
  }

  #hearOwn(
    said: Extract<Said, { kind: 'subscribed' | 'notified' | 'refresh-due' | 'refused' | 'ended' }>,
    now: Instant,
  ): void {
    switch (said.kind) {
      case 'subscribed':
      case 'refresh-due':
        return this.#hear({ kind: said.kind }, now);
      case 'notified': {
        const notification = notificationOf(said.etag, said.body);
        this.#hear({ kind: 'notified', notification }, now);
        if (notification.body.kind === 'changes' && this.#engine.delivery === 'broadcast')
          this.#outputs.push({ kind: 'overheard', list: notification.body.list });
        return;
      }
      case 'refused': {
        const { status, reason, retryAfterSeconds } = said;
        this.#subscription = undefined;
        return this.#hear({ kind: 'lost', lost: { kind: 'refused', status, reason, retryAfterSeconds } }, now);
      }
      case 'ended': {
        const { why, retryAfterSeconds } = said;
        this.#subscription = undefined;
        // A connection that carries no answers is dead, whatever TCP thinks; datagrams have none to be dead.
        if (why === 'unanswered' && this.#flow.kind === 'open' && this.#flow.at.to.transport !== 'UDP')
          this.#abandonFlow();
        return this.#hear({ kind: 'lost', lost: { kind: 'ended', why, retryAfterSeconds } }, now);
      }
    }
  }

  #abandonFlow(): void {
    if (this.#flow.kind === 'open') this.#outputs.push({ kind: 'close', flow: this.#flow.path.flow });
    this.#flow = { kind: 'none' };
  }
}

const isSamePlace = (one: Place, other: Place): boolean =>
  one.server === other.server && addressOf(one.to) === addressOf(other.to);
const addressOf = (target: FlowTarget): string =>
  target.transport === 'WS' ? target.url : `${target.transport} ${target.address}`;

function bodyOf({ suppressIfMatch, held }: Naming): { readonly suppressIfMatch?: string; readonly body?: Body } {
  return {
    ...(suppressIfMatch !== undefined && { suppressIfMatch }),
    ...(held !== undefined && { body: { type: heldType, text: printHeld(held) } }),
  };
}

/** Before anybody is logged in. Removals that an earlier run held back still wait. */
export const stateAtStart = (holdings: Holdings): TerminalState =>
  shownState({ state: { kind: 'offline', why: loggedOut, retryAt: undefined }, holdings });

function shownState({ state, holdings }: Pick<Engine, 'state' | 'holdings'>): TerminalState {
  if (holdings.withheld.size > 0 && state.kind !== 'refused') {
    const removals = [...holdings.withheld].sort();
    return {
      kind: 'asks',
      words: `${removals.length} of your entries would be removed at once. Remove them?`,
      removals,
    };
  }
  const words = wordsOf(state);
  switch (state.kind) {
    case 'offline':
    case 'refused':
      return { kind: state.kind, why: state.why.kind, words };
    case 'catching-up':
      return { kind: state.kind, why: state.round.kind === 'waiting' ? state.round.trouble.kind : undefined, words };
    case 'subscribing':
    case 'live':
      return { kind: state.kind, words };
  }
}

function wordsOf(state: State): string {
  switch (state.kind) {
    case 'offline':
    case 'refused':
      return state.why.words;
    case 'subscribing':
      return 'Asking the server to tell of changes.';
    case 'catching-up':
      return state.round.kind === 'waiting' ? state.round.trouble.words : 'Fetching what changed.';
    case 'live':
      return 'In step with the enterprise address book.';
  }
}

const isSame = (one: TerminalState, other: TerminalState): boolean =>
  one.kind === other.kind &&
  one.words === other.words &&
  (one.kind !== 'asks' || other.kind !== 'asks' || one.removals.join() === other.removals.join());
