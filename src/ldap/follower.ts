// Follows a part of a directory in real time (RFC 4533, refreshAndPersist).
//
//   start -> connect -> [StartTLS] -> bind -> refresh -> persist
//              ^                                |          |
//              +--- waits, longer each time ----+----------+   lost
//              +--- waits five minutes ---------+              refused
//
// A refresh begins with `began` and is worth nothing until `refreshed`: whoever keeps the content
// stages it, and drops the stage when another `began` or a `lost` comes. `sweep` says that the stage
// named everybody: whom it did not name is gone. That is so after a present phase, and always where
// no usable cookie was sent (OpenLDAP then ends in refreshDelete, which an RFC-minded reader would
// take for "nobody left").
//
// A cookie is given with `refreshed` and after each change of the persist phase, never within a
// refresh: 389-DS sends the final one there before the entries it stands for. The host reads the
// cookie from the store at each connect, so whatever was not committed is asked for again.

import type { Machine } from '../base/machine.ts';
import { earliest, later, milliseconds, minutes, seconds, type Instant } from '../base/time.ts';
import { AttributeNames } from './attributes.ts';
import { LdapFault } from './fault.ts';
import { noticeOfDisconnection, parseMessage, type LdapMessage, type Result } from './message.ts';
import { MessageStream } from './message-stream.ts';
import { Refresh, type DirectoryEvent } from './refresh.ts';
import { printRequest } from './request.ts';
import { advice, describe, passes } from './result-code.ts';
import { searchMark, syncRefreshRequired, syncRequest, type SyncCookie } from './sync.ts';

export interface FollowerOptions {
  /** ldap:, ldaps:, ldapi: addresses, in order of preference; one that works is kept to. */
  readonly urls: readonly [string, ...string[]];
  readonly startTls: boolean;
  /** The reading account; '' and '' for anonymous. */
  readonly dn: string;
  readonly password: string;
  readonly base: string;
  /** RFC 4515. */
  readonly filter: string;
  /** Attribute descriptions; `cn` brings `cn;lang-zh` too (RFC 3866). */
  readonly attributes: readonly string[];
  /** In [0, 1): spreads the reconnects of many servers. */
  readonly random: () => number;
}

export type FollowerHeard =
  | { readonly kind: 'start' }
  | { readonly kind: 'stop' }
  /** `cookie`: what the store holds now. */
  | { readonly kind: 'connected'; readonly cookie: SyncCookie | undefined }
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

/** A connection's stages. `id` is that of the request whose answer is waited for. */
type Stage =
  | { readonly kind: 'idle' }
  | { readonly kind: 'waiting'; readonly until: Instant }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'securing'; readonly id: number }
  | { readonly kind: 'binding'; readonly id: number }
  | { readonly kind: 'following'; readonly id: number; readonly refresh: Refresh };

const defaults = {
  /** For a connection, a TLS handshake, an answer to a bind or to a heartbeat. */
  patience: seconds(10),
  /** Silence after which the server is asked for a sign of life: NAT boxes forget idle connections within minutes. */
  quiet: seconds(30),
  firstWait: 1000,
  longestWait: 60_000,
  /** A refused account is tried this seldom: servers lock accounts after a few failures. */
  refusedWait: minutes(5),
};

export class Follower implements Machine<FollowerHeard, FollowerSaid> {
  readonly #options: FollowerOptions;
  readonly #mark: string;
  readonly #names = new AttributeNames();
  #stage: Stage = { kind: 'idle' };
  #stream = new MessageStream();
  #said: FollowerSaid[] = [];
  #lastId = 0;
  #url = 0;
  /** Connections in a row that did not reach the end of a refresh. */
  #failures = 0;
  /** The server would have none of the stored cookie: not sent again until a refresh has given another. */
  #cookieRejected = false;
  #cookie: SyncCookie | undefined;
  #answerBy: Instant | undefined;
  #quietUntil: Instant | undefined;
  #paused = false;

  /** @throws LdapFault when the filter is none or a DN comes with an empty password */
  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#mark = searchMark([options.dn, options.base, options.filter, ...[...options.attributes].sort()]);
    this.#bindRequest(1);
    this.#searchRequest(1, undefined);
  }

  deadline(): Instant | undefined {
    if (this.#stage.kind === 'waiting') return this.#stage.until;
    return this.#paused ? undefined : earliest(this.#answerBy, this.#quietUntil);
  }

  handle(heard: FollowerHeard, now: Instant): readonly FollowerSaid[] {
    switch (heard.kind) {
      case 'start':
        if (this.#stage.kind === 'idle' || this.#stage.kind === 'waiting') this.#connect(now);
        break;
      case 'stop':
        this.#stop();
        break;
      case 'connected':
        this.#cookie = heard.cookie;
        if (this.#stage.kind === 'connecting') this.#begin(now);
        break;
      case 'secured':
        if (this.#stage.kind === 'securing') this.#secured(now);
        break;
      case 'received':
        this.#receive(heard.bytes, now);
        break;
      case 'paused':
        this.#paused = true;
        break;
      case 'resumed':
        this.#resume(now);
        break;
      case 'closed':
        if (this.#online()) this.#lose(`the connection is closed: ${heard.why}`, now);
        break;
    }
    return this.#spoken();
  }

  wake(now: Instant): readonly FollowerSaid[] {
    const due = this.deadline();
    if (due === undefined || now < due) return [];
    if (this.#stage.kind === 'waiting') this.#connect(now);
    else if (this.#answerBy !== undefined && now >= this.#answerBy) {
      this.#say({ kind: 'hang-up' });
      this.#lose(`no answer from ${this.#currentUrl()} within ${defaults.patience / 1000} s`, now);
    } else this.#askForLife(now);
    return this.#spoken();
  }

  #spoken(): readonly FollowerSaid[] {
    const said = this.#said;
    this.#said = [];
    return said;
  }

  #say(...said: readonly FollowerSaid[]): void {
    for (const each of said) this.#said.push(each);
  }

  #online(): boolean {
    return this.#stage.kind !== 'idle' && this.#stage.kind !== 'waiting';
  }

  #currentUrl(): string {
    const { urls } = this.#options;
    return urls[this.#url % urls.length] ?? urls[0];
  }

  // ---- the way up ------------------------------------------------------------------------------

  #connect(now: Instant): void {
    this.#stage = { kind: 'connecting' };
    this.#stream = new MessageStream();
    this.#lastId = 0;
    this.#quietUntil = undefined;
    this.#answerBy = later(now, defaults.patience);
    this.#say({ kind: 'connect', url: this.#currentUrl() });
  }

  #begin(now: Instant): void {
    const tlsAlready = /^ldap[si]:/i.test(this.#currentUrl());
    if (!this.#options.startTls || tlsAlready) return this.#bind(now);
    const id = this.#nextId();
    this.#await({ kind: 'securing', id }, now);
    this.#send(printRequest(id, { kind: 'start-tls' }));
  }

  /** What came in clear text and was not understood yet might be anybody's; it is not continued. */
  #secured(now: Instant): void {
    this.#stream = new MessageStream();
    this.#bind(now);
  }

  #bind(now: Instant): void {
    const id = this.#nextId();
    this.#await({ kind: 'binding', id }, now);
    this.#send(this.#bindRequest(id));
  }

  #search(now: Instant): void {
    const id = this.#nextId();
    const refresh = new Refresh(this.#mark, this.#cookieRejected ? undefined : this.#cookie);
    this.#stage = { kind: 'following', id, refresh };
    this.#heardFrom(now);
    this.#send(this.#searchRequest(id, refresh.sent));
    this.#say({ kind: 'began' });
  }

  #bindRequest(id: number): Uint8Array {
    return printRequest(id, { kind: 'bind', dn: this.#options.dn, password: this.#options.password });
  }

  #searchRequest(id: number, cookie: string | undefined): Uint8Array {
    const { base, filter, attributes } = this.#options;
    const search = { base, scope: 'subtree', filter, attributes, sizeLimit: 0 } as const;
    return printRequest(id, { kind: 'search', search }, syncRequest(cookie));
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
    this.#say({ kind: 'send', bytes });
  }

  /** A base search of the root DSE on the same connection, whose answer is of no interest but for being one. */
  #askForLife(now: Instant): void {
    this.#quietUntil = undefined;
    this.#answerBy = later(now, defaults.patience);
    const search = { base: '', scope: 'base', filter: '(objectClass=*)', attributes: ['1.1'], sizeLimit: 0 } as const;
    this.#send(printRequest(this.#nextId(), { kind: 'search', search }));
  }

  #resume(now: Instant): void {
    this.#paused = false;
    if (this.#answerBy !== undefined) this.#answerBy = later(now, defaults.patience);
    this.#heardFrom(now);
  }

  #heardFrom(now: Instant): void {
    if (this.#stage.kind !== 'following') return;
    this.#answerBy = undefined;
    this.#quietUntil = later(now, defaults.quiet);
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
      this.#say({ kind: 'hang-up' });
      this.#lose(`${this.#currentUrl()} broke the protocol (${fault.section}): ${fault.message}`, now);
    }
  }

  #understand(message: LdapMessage, now: Instant): void {
    const { id, operation } = message;
    if (id === 0) return this.#unasked(message, now);
    if (!('id' in this.#stage) || id !== this.#stage.id) return; // a heartbeat's answer
    if (this.#stage.kind === 'following' && (operation.kind !== 'result' || operation.of !== 'search'))
      return this.#follow(this.#stage.refresh, message, now);
    if (operation.kind !== 'result') return;
    const { result } = operation;
    switch (this.#stage.kind) {
      case 'securing':
        // RFC 4513 §3.1.1, and fail closed: without TLS there is no bind.
        if (result.code !== 0) return this.#turnedAway(result, now, 'StartTLS');
        this.#await(this.#stage, now);
        return this.#say({ kind: 'secure' });
      case 'binding':
        if (result.code !== 0) return this.#turnedAway(result, now, 'the bind');
        this.#answerBy = undefined;
        return this.#search(now);
      case 'following':
        return this.#ended(this.#stage.refresh, result, now);
    }
  }

  #follow(refresh: Refresh, message: LdapMessage, now: Instant): void {
    const finished = refresh.finished;
    refresh.take(message, this.#said);
    if (refresh.rejected) {
      this.#send(printRequest(this.#nextId(), { kind: 'abandon', id: message.id }));
      this.#startAfresh('the server made nothing of the stored cookie', now);
    } else if (refresh.finished && !finished) {
      this.#failures = 0;
      this.#cookieRejected = false;
    }
  }

  #startAfresh(why: string, now: Instant): void {
    this.#cookieRejected = true;
    this.#say({ kind: 'lost', problem: `${why}; everything is read afresh`, retryInMilliseconds: milliseconds(0) });
    this.#search(now);
  }

  /** §4.4: message ID 0. Only the notice of disconnection has a meaning for us; it precedes the close. */
  #unasked({ operation }: LdapMessage, now: Instant): void {
    if (operation.kind !== 'result' || operation.name !== noticeOfDisconnection) return;
    this.#say({ kind: 'hang-up' });
    this.#lose(`the server takes its leave: ${describe(operation.result)}`, now);
  }

  /** A search that persists ends only because the server ends it. */
  #ended(refresh: Refresh, result: Result, now: Instant): void {
    // OpenLDAP says 53 for "consumer state is newer than provider" (a restored backup).
    const cookieIsWrong = result.code === syncRefreshRequired || result.code === 53;
    if (refresh.sent === undefined || !cookieIsWrong) return this.#turnedAway(result, now, 'the search');
    this.#startAfresh(`the server cannot continue from the stored cookie, ${describe(result)}`, now);
  }

  // ---- the way down ----------------------------------------------------------------------------

  #turnedAway(result: Result, now: Instant, what: string): void {
    this.#say({ kind: 'hang-up' });
    const problem = `${this.#currentUrl()} ended ${what} with ${describe(result)}`;
    if (passes(result.code)) return this.#lose(problem, now);
    this.#waitUntil(later(now, defaults.refusedWait));
    this.#url += 1;
    this.#say({ kind: 'refused', problem, advice: advice(result.code, this.#options) });
  }

  /** A connection that had come to persist is tried anew at the same server; else it is the next one's turn. */
  #lose(problem: string, now: Instant): void {
    if (this.#stage.kind !== 'following' || !this.#stage.refresh.finished) this.#url += 1;
    const rounds = Math.floor(this.#failures / this.#options.urls.length);
    const wait = Math.min(defaults.firstWait * 2 ** Math.min(rounds, 16), defaults.longestWait);
    const retryInMilliseconds = milliseconds(Math.round(wait * (0.5 + this.#options.random() / 2)));
    this.#failures += 1;
    this.#waitUntil(later(now, retryInMilliseconds));
    this.#say({ kind: 'lost', problem, retryInMilliseconds });
  }

  #waitUntil(until: Instant): void {
    this.#stage = { kind: 'waiting', until };
    this.#answerBy = undefined;
    this.#quietUntil = undefined;
  }

  #stop(): void {
    if (this.#online() && this.#stage.kind !== 'connecting')
      this.#send(printRequest(this.#nextId(), { kind: 'unbind' }));
    if (this.#online()) this.#say({ kind: 'hang-up' });
    this.#stage = { kind: 'idle' };
    this.#answerBy = undefined;
    this.#quietUntil = undefined;
  }
}
