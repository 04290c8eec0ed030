// A line to a directory: the way up to a bound connection, its keeping, and what is done when it is lost.
// What is asked over it is its user's: a follower of RFC 4533, or one of Active Directory.
//
//   start -> connect -> [StartTLS] -> bind -> open
//              ^                              |
//              +--- waits, longer each time --+   lost
//              +--- waits five minutes -------+   refused

import {
  earliest,
  later,
  milliseconds,
  minutes,
  seconds,
  wallTime,
  type Instant,
  type WallTime,
} from '../base/time.ts';
import { AttributeNames } from './attributes.ts';
import { LdapFault } from './fault.ts';
import { noticeOfDisconnection, parseMessage, type Control, type LdapMessage, type Result } from './message.ts';
import { MessageStream } from './message-stream.ts';
import type { DirectoryEvent } from './refresh.ts';
import { printRequest, type Request } from './request.ts';
import { advice, describe, passes } from './result-code.ts';
import type { SyncCookie } from './sync.ts';

export interface LineOptions {
  /** ldap:, ldaps:, ldapi: addresses, in order of preference; one that works is kept to. */
  readonly urls: readonly [string, ...string[]];
  readonly startTls: boolean;
  /** The reading account; '' and '' for anonymous. */
  readonly dn: string;
  readonly password: string;
  readonly base: string;
  readonly product?: 'ad' | 'compared';
  /** In [0, 1): spreads the reconnects of many servers. */
  readonly random: () => number;
}

export type FollowerHeard =
  /** `anew`: also where there is a connection. */
  | { readonly kind: 'start'; readonly anew?: true }
  | { readonly kind: 'stop' }
  /** `cookie`: what the store holds now. `at`: the time of day. */
  | { readonly kind: 'connected'; readonly cookie: SyncCookie | undefined; readonly at: WallTime }
  /** The TLS handshake that `secure` asked for is done. */
  | { readonly kind: 'secured' }
  | { readonly kind: 'received'; readonly bytes: Uint8Array }
  /** The host does not read for now: silence means nothing. */
  | { readonly kind: 'paused' }
  | { readonly kind: 'resumed' }
  | { readonly kind: 'closed'; readonly why: string };

export type FollowerSaid =
  | { readonly kind: 'connect'; readonly url: string }
  | { readonly kind: 'secure' }
  | { readonly kind: 'send'; readonly bytes: Uint8Array }
  /** The host closes the connection and says no more of it. */
  | { readonly kind: 'hang-up' }
  | DirectoryEvent;

/** Who asks over a line. */
export interface LineUser {
  /** The account is bound, and nothing is asked yet. `cookie`: what the store holds. */
  opened(cookie: SyncCookie | undefined, now: Instant): void;
  /** What the server says to anything but the line's own requests. */
  understand(message: LdapMessage, now: Instant): void;
  /** Nothing that was asked is answered any more. */
  ended(): unknown;
}

/** A connection's stages. `id` is that of the request whose answer is waited for. */
type Stage =
  | { readonly kind: 'idle' }
  | { readonly kind: 'waiting'; readonly until: Instant }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'securing'; readonly id: number }
  | { readonly kind: 'binding'; readonly id: number }
  | { readonly kind: 'open' };

const defaults = {
  /** For a connection, a TLS handshake, an answer to a bind or to a heartbeat. */
  patience: seconds(10),
  /** Silence after which the server is asked for a sign of life: NAT boxes forget idle connections within minutes. */
  quiet: seconds(30),
  /** Who reads nothing for longer may have been given up meanwhile: OpenLDAP's writetimeout does so without closing. */
  longPause: seconds(1),
  firstWait: 1000,
  longestWait: 60_000,
  /** A refused account is tried this seldom: servers lock accounts after a few failures. */
  refusedWait: minutes(5),
};

export class Line {
  readonly #options: LineOptions;
  readonly #user: LineUser;
  readonly #names = new AttributeNames();
  #stage: Stage = { kind: 'idle' };
  #stream = new MessageStream();
  #said: FollowerSaid[] = [];
  #lastId = 0;
  #heartbeat: number | undefined;
  /** After a long pause only the heartbeat's own answer is a sign of life: what comes may have been sent long ago. */
  #owed = false;
  #url = 0;
  /** Connections in a row that did not come to `proven`. */
  #failures = 0;
  /** This connection came to `proven`. */
  #proven = false;
  #cookie: SyncCookie | undefined;
  /** The time of day less `now`. */
  #epoch = 0;
  #answerBy: Instant | undefined;
  #quietUntil: Instant | undefined;
  #pausedAt: Instant | undefined;

  /** @throws LdapFault when a DN comes with an empty password */
  constructor(options: LineOptions, user: LineUser) {
    this.#options = options;
    this.#user = user;
    printRequest(1, this.#bindRequest());
  }

  get url(): string {
    const { urls } = this.#options;
    return urls[this.#url % urls.length] ?? urls[0];
  }

  get isOpen(): boolean {
    return this.#stage.kind === 'open';
  }

  /** The host does not read for now. */
  get isPaused(): boolean {
    return this.#pausedAt !== undefined;
  }

  deadline(): Instant | undefined {
    if (this.#stage.kind === 'waiting') return this.#stage.until;
    return this.isPaused ? undefined : earliest(this.#answerBy, this.#quietUntil);
  }

  handle(heard: FollowerHeard, now: Instant): void {
    switch (heard.kind) {
      case 'start':
        if (!this.#online()) this.#connect(now);
        else if (heard.anew === true) this.renew(now);
        break;
      case 'stop':
        this.#stop();
        break;
      case 'connected':
        this.#cookie = heard.cookie;
        this.#epoch = heard.at - now;
        if (this.#stage.kind === 'connecting') this.#begin(now);
        break;
      case 'secured':
        if (this.#stage.kind === 'securing') this.#secured(now);
        break;
      case 'received':
        this.#receive(heard.bytes, now);
        break;
      case 'paused':
        this.#pausedAt ??= now;
        break;
      case 'resumed':
        this.#resume(now);
        break;
      case 'closed':
        if (this.#online()) this.#fail(`the connection is closed: ${heard.why}`, now);
        break;
    }
  }

  wake(now: Instant): void {
    const due = this.deadline();
    if (due === undefined || now < due) return;
    if (this.#stage.kind === 'waiting') this.#connect(now);
    else if (this.#answerBy !== undefined && now >= this.#answerBy)
      this.lose(`no answer from ${this.url} within ${defaults.patience / 1000} s`, now);
    else this.#askForLife(now);
  }

  /** What is to be done since it was last asked. */
  spoken(): readonly FollowerSaid[] {
    const said = this.#said;
    this.#said = [];
    return said;
  }

  // ---- for its user ----------------------------------------------------------------------------

  push(event: DirectoryEvent): void {
    this.#said.push(event);
  }

  /** Sends a request and gives its message ID. */
  ask(request: Request, ...controls: readonly Control[]): number {
    const id = this.#nextId();
    this.#send(printRequest(id, request, ...controls));
    return id;
  }

  /** The connection did what it is for: should it be lost, the same server is tried first, and soon. */
  proven(): void {
    this.#failures = 0;
    this.#proven = true;
  }

  /** Gives the connection up. */
  lose(problem: string, now: Instant): void {
    this.#said.push({ kind: 'hang-up' });
    this.#fail(problem, now);
  }

  /** Nothing more is to be asked until then: the next connection begins by itself. */
  rest(until: Instant): void {
    this.#stop();
    this.#leave({ kind: 'waiting', until });
  }

  timeOfDay(now: Instant): WallTime {
    return wallTime(now + this.#epoch);
  }

  /** Leaves the connection for a new one, at once. */
  renew(now: Instant): void {
    this.#stop();
    this.#connect(now);
  }

  turnedAway(result: Result, now: Instant, what: string): void {
    const problem = `${this.url} ended ${what} with ${describe(result)}`;
    if (passes(result)) this.lose(problem, now);
    else this.refuse({ problem, advice: advice(result.code, this.#options) }, now);
  }

  /** Gives the connection up until somebody has acted. */
  refuse(why: { readonly problem: string; readonly advice: string }, now: Instant): void {
    this.#said.push({ kind: 'hang-up' });
    this.#waitUntil(later(now, defaults.refusedWait));
    this.#url += 1;
    this.#said.push({ kind: 'refused', ...why });
  }

  // ---- the way up ------------------------------------------------------------------------------

  #online(): boolean {
    return this.#stage.kind !== 'idle' && this.#stage.kind !== 'waiting';
  }

  #connect(now: Instant): void {
    this.#stage = { kind: 'connecting' };
    this.#stream = new MessageStream();
    this.#lastId = 0;
    this.#heartbeat = undefined;
    this.#owed = false;
    this.#proven = false;
    this.#quietUntil = undefined;
    this.#answerBy = later(now, defaults.patience);
    this.#said.push({ kind: 'connect', url: this.url });
  }

  #begin(now: Instant): void {
    const tlsAlready = /^ldap[si]:/i.test(this.url);
    if (!this.#options.startTls || tlsAlready) return this.#bind(now);
    this.#await({ kind: 'securing', id: this.ask({ kind: 'start-tls' }) }, now);
  }

  /** What came in clear text and was not understood yet might be anybody's; it is not continued. */
  #secured(now: Instant): void {
    this.#stream = new MessageStream();
    this.#bind(now);
  }

  #bind(now: Instant): void {
    this.#await({ kind: 'binding', id: this.ask(this.#bindRequest()) }, now);
  }

  #bindRequest(): Request {
    return { kind: 'bind', dn: this.#options.dn, password: this.#options.password };
  }

  #open(now: Instant): void {
    this.#stage = { kind: 'open' };
    this.#heardFrom(now);
    this.#user.opened(this.#cookie, now);
  }

  #await(stage: Stage, now: Instant): void {
    this.#stage = stage;
    this.#answerBy = later(now, defaults.patience);
  }

  #nextId(): number {
    this.#lastId = (this.#lastId % 0x7fffffff) + 1;
    return this.#lastId;
  }

  #send(bytes: Uint8Array): void {
    this.#said.push({ kind: 'send', bytes });
  }

  /** A base search of the root DSE on the same connection, whose answer is of no interest but for being one. */
  #askForLife(now: Instant): void {
    this.#quietUntil = undefined;
    this.#answerBy = later(now, defaults.patience);
    const search = { base: '', scope: 'base', filter: '(objectClass=*)', attributes: ['1.1'], sizeLimit: 0 } as const;
    this.#heartbeat = this.ask({ kind: 'search', search });
  }

  #resume(now: Instant): void {
    const long = this.#pausedAt !== undefined && now >= later(this.#pausedAt, defaults.longPause);
    this.#pausedAt = undefined;
    if (this.#answerBy !== undefined) this.#answerBy = later(now, defaults.patience);
    this.#heardFrom(now);
    if (!long || !this.isOpen) return;
    this.#askForLife(now);
    this.#owed = true;
  }

  #heardFrom(now: Instant): void {
    if (this.#stage.kind !== 'open') return;
    this.#answerBy = this.#owed ? later(now, defaults.patience) : undefined;
    this.#quietUntil = this.#owed ? undefined : later(now, defaults.quiet);
  }

  // ---- what the server says --------------------------------------------------------------------

  #receive(bytes: Uint8Array, now: Instant): void {
    if (!this.#online()) return;
    this.#heardFrom(now);
    try {
      for (const each of this.#stream.push(bytes)) {
        this.#understand(parseMessage(each, this.#names), now);
        if (!this.#online()) return;
      }
    } catch (fault) {
      if (!(fault instanceof LdapFault)) throw fault;
      this.lose(`${this.url} broke the protocol (${fault.section}): ${fault.message}`, now);
    }
  }

  #understand(message: LdapMessage, now: Instant): void {
    const { id, operation } = message;
    if (id === 0) return this.#unasked(message, now);
    if (this.#stage.kind === 'open') {
      if (id !== this.#heartbeat) return this.#user.understand(message, now);
      this.#owed = false;
      return this.#heardFrom(now);
    }
    if (!('id' in this.#stage) || id !== this.#stage.id || operation.kind !== 'result') return;
    const { result } = operation;
    if (this.#stage.kind === 'binding') {
      if (result.code !== 0) return this.turnedAway(result, now, 'the bind');
      return this.#open(now);
    }
    // RFC 4513 §3.1.1, and fail closed: without TLS there is no bind.
    if (result.code !== 0) return this.turnedAway(result, now, 'StartTLS');
    this.#await(this.#stage, now);
    this.#said.push({ kind: 'secure' });
  }

  /** §4.4: message ID 0. Only the notice of disconnection has a meaning for us; it precedes the close. */
  #unasked({ operation }: LdapMessage, now: Instant): void {
    if (operation.kind !== 'result' || operation.name !== noticeOfDisconnection) return;
    this.lose(`the server takes its leave: ${describe(operation.result)}`, now);
  }

  // ---- the way down ----------------------------------------------------------------------------

  /** A connection that was proven is tried anew at the same server; else it is the next one's turn. */
  #fail(problem: string, now: Instant): void {
    if (!this.#proven) this.#url += 1;
    const rounds = Math.floor(this.#failures / this.#options.urls.length);
    const wait = Math.min(defaults.firstWait * 2 ** Math.min(rounds, 16), defaults.longestWait);
    const retryInMilliseconds = milliseconds(Math.round(wait * (0.5 + this.#options.random() / 2)));
    this.#failures += 1;
    this.#waitUntil(later(now, retryInMilliseconds));
    this.#said.push({ kind: 'lost', problem, retryInMilliseconds });
  }

  #waitUntil(until: Instant): void {
    this.#leave({ kind: 'waiting', until });
  }

  #stop(): void {
    if (this.#online() && this.#stage.kind !== 'connecting') this.ask({ kind: 'unbind' });
    if (this.#online()) this.#said.push({ kind: 'hang-up' });
    this.#leave({ kind: 'idle' });
  }

  #leave(stage: Stage): void {
    this.#stage = stage;
    this.#answerBy = undefined;
    this.#quietUntil = undefined;
    this.#user.ended();
  }
}
