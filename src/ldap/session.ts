// A small client for one connection: log-in, look-ups, and alterations. Requests may overlap; each is
// answered under the number it was asked with.

import type { Machine } from '../base/machine.ts';
import { earliest, later, type Instant, type Milliseconds } from '../base/time.ts';
import { AttributeNames, type Attributes } from './attributes.ts';
import { LdapFault } from './fault.ts';
import { noticeOfDisconnection, parseMessage, type Control, type LdapMessage, type Result } from './message.ts';
import { MessageStream } from './message-stream.ts';
import { printRequest, type Request } from './request.ts';
import { describe, faultOf } from './result-code.ts';

export interface Entry {
  readonly dn: string;
  readonly attributes: Attributes;
}

/** What can be asked of a directory and is answered. */
export type Question = Extract<Request, { kind: 'bind' | 'search' | 'add' | 'modify' | 'delete' | 'rename' }> & {
  readonly controls?: readonly Control[];
};

export type Answer =
  | { readonly kind: 'done' }
  /** `complete`: false where the size limit that was asked for, or the server's own, cut it short. `controls` are those of the result. */
  | {
      readonly kind: 'found';
      readonly entries: readonly Entry[];
      readonly complete: boolean;
      readonly controls: readonly Control[];
    };

export type SessionHeard =
  | { readonly kind: 'dialling' }
  /** The connection is there, and encrypted where its address says so. */
  | { readonly kind: 'connected' }
  | { readonly kind: 'secured' }
  | { readonly kind: 'received'; readonly bytes: Uint8Array }
  | { readonly kind: 'closed'; readonly why: string }
  /** `asked` is the host's own number for it. */
  | { readonly kind: 'ask'; readonly asked: number; readonly question: Question }
  | { readonly kind: 'end' };

export type SessionSaid =
  | { readonly kind: 'send'; readonly bytes: Uint8Array }
  | { readonly kind: 'secure' }
  | { readonly kind: 'hang-up' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'answered'; readonly asked: number; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly asked: number; readonly fault: LdapFault }
  /** Nothing more can be asked. */
  | { readonly kind: 'over'; readonly fault: LdapFault };

export interface SessionOptions {
  readonly startTls: boolean;
  /** For each answer, for the connection, and for a TLS handshake. */
  readonly patience: Milliseconds;
  /** Entries that one search may collect, whatever it asks for. */
  readonly mostEntries: number;
}

interface Pending {
  readonly asked: number;
  readonly question: Question;
  readonly entries: Entry[];
  readonly answerBy: Instant;
}

export class Session implements Machine<SessionHeard, SessionSaid> {
  readonly #options: SessionOptions;
  readonly #names = new AttributeNames();
  readonly #pending = new Map<number, Pending>();
  #stage: 'new' | 'securing' | 'open' | 'over' = 'new';
  #stream = new MessageStream();
  #said: SessionSaid[] = [];
  #lastId = 0;
  #startTlsId: number | undefined;
  #openBy: Instant | undefined;
  /** Who is bound, for the advice in faults. */
  #dn = '';

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  deadline(): Instant | undefined {
    return earliest(this.#openBy, ...[...this.#pending.values()].map(({ answerBy }) => answerBy));
  }

  wake(now: Instant): readonly SessionSaid[] {
    if (this.#openBy !== undefined && now >= this.#openBy)
      this.#breakOff(`no connection within ${this.#options.patience / 1000} s`);
    for (const [id, pending] of this.#pending) if (now >= pending.answerBy) this.#late(id, pending);
    return this.#spoken();
  }

  handle(heard: SessionHeard, now: Instant): readonly SessionSaid[] {
    switch (heard.kind) {
      case 'dialling':
        this.#openBy = later(now, this.#options.patience);
        break;
      case 'connected':
        this.#connected(now);
        break;
      case 'secured':
        this.#opened();
        break;
      case 'received':
        this.#receive(heard.bytes, now);
        break;
      case 'closed':
        if (this.#stage !== 'over') this.#finish(new LdapFault(`the connection is closed: ${heard.why}`, closing));
        break;
      case 'ask':
        this.#ask(heard.asked, heard.question, now);
        break;
      case 'end':
        this.#end();
        break;
    }
    return this.#spoken();
  }

  #spoken(): readonly SessionSaid[] {
    const said = this.#said;
    this.#said = [];
    return said;
  }

  #isOver(): boolean {
    return this.#stage === 'over';
  }

  #nextId(): number {
    this.#lastId = (this.#lastId % 0x7fffffff) + 1;
    return this.#lastId;
  }

  #send(bytes: Uint8Array): void {
    this.#said.push({ kind: 'send', bytes });
  }

  #connected(now: Instant): void {
    if (!this.#options.startTls) return this.#opened();
    this.#stage = 'securing';
    this.#startTlsId = this.#nextId();
    this.#openBy = later(now, this.#options.patience);
    this.#send(printRequest(this.#startTlsId, { kind: 'start-tls' }));
  }

  #opened(): void {
    // What came in clear text and was not understood yet might be anybody's; it is not continued.
    this.#stream = new MessageStream();
    this.#stage = 'open';
    this.#openBy = undefined;
    this.#said.push({ kind: 'ready' });
  }

  #ask(asked: number, question: Question, now: Instant): void {
    if (this.#stage !== 'open') return this.#fail(asked, new LdapFault('the session is not open', closing));
    try {
      const id = this.#nextId();
      this.#send(printRequest(id, question, ...(question.controls ?? [])));
      this.#pending.set(id, { asked, question, entries: [], answerBy: later(now, this.#options.patience) });
    } catch (fault) {
      if (!(fault instanceof LdapFault)) throw fault;
      this.#fail(asked, fault); // an empty password, a filter that is none: never sent
    }
  }

  #fail(asked: number, fault: LdapFault): void {
    this.#said.push({ kind: 'failed', asked, fault });
  }

  // ---- what the server says --------------------------------------------------------------------

  #receive(bytes: Uint8Array, now: Instant): void {
    if (this.#isOver()) return;
    try {
      for (const each of this.#stream.push(bytes)) {
        this.#understand(parseMessage(each, this.#names), now);
        if (this.#isOver()) return;
      }
    } catch (fault) {
      if (!(fault instanceof LdapFault)) throw fault;
      this.#said.push({ kind: 'hang-up' });
      this.#finish(fault);
    }
  }

  #understand({ id, operation, controls }: LdapMessage, now: Instant): void {
    if (id === 0 && operation.kind === 'result' && operation.name === noticeOfDisconnection)
      return this.#breakOff(`the server takes its leave: ${describe(operation.result)}`);
    if (this.#stage === 'securing') {
      if (id === this.#startTlsId && operation.kind === 'result') this.#agreed(operation.result, now);
      return;
    }
    const pending = this.#pending.get(id);
    if (pending === undefined) return; // abandoned, or nobody's
    if (operation.kind === 'entry') this.#collect(id, pending, operation);
    if (operation.kind === 'result') this.#conclude({ id, pending, controls }, operation.result);
  }

  #agreed(result: Result, now: Instant): void {
    // RFC 4513 §3.1.1; without TLS nothing goes on.
    if (result.code !== 0) return this.#breakOff(`the server refuses StartTLS: ${describe(result)}`);
    this.#startTlsId = undefined;
    this.#openBy = later(now, this.#options.patience);
    this.#said.push({ kind: 'secure' });
  }

  #collect(id: number, { asked, entries }: Pending, { dn, attributes }: Entry): void {
    if (entries.length < this.#options.mostEntries) {
      // Copies: a collected view would keep its whole chunk in memory.
      const own = [...attributes].map(([name, values]) => [name, values.map((value) => value.slice())] as const);
      entries.push({ dn, attributes: new Map(own) });
      return;
    }
    this.#pending.delete(id);
    this.#send(printRequest(this.#nextId(), { kind: 'abandon', id }));
    this.#said.push({ kind: 'answered', asked, answer: { kind: 'found', entries, complete: false, controls: [] } });
  }

  #conclude(
    of: { readonly id: number; readonly pending: Pending; readonly controls: readonly Control[] },
    result: Result,
  ): void {
    const { asked, question, entries } = of.pending;
    this.#pending.delete(of.id);
    const cutShort = question.kind === 'search' && result.code === 4;
    if (result.code !== 0 && !cutShort) return this.#fail(asked, this.#faultOf(question, result));
    if (question.kind === 'bind') this.#dn = question.dn;
    // Copies, as of what was collected.
    const controls = of.controls.map((each) => ({ ...each, value: each.value?.slice() }));
    const answer: Answer =
      question.kind === 'search' ? { kind: 'found', entries, complete: !cutShort, controls } : { kind: 'done' };
    this.#said.push({ kind: 'answered', asked, answer });
  }

  #faultOf(question: Question, result: Result): LdapFault {
    switch (question.kind) {
      case 'bind':
        return faultOf(result, { dn: question.dn, base: question.dn });
      case 'search':
        return faultOf(result, { dn: this.#dn, base: question.search.base });
      case 'rename':
        return faultOf(result, { dn: this.#dn, base: question.renaming.dn });
      case 'add':
      case 'modify':
      case 'delete':
        return faultOf(result, { dn: this.#dn, base: question.dn });
    }
  }

  // ---- the end ---------------------------------------------------------------------------------

  #late(id: number, { asked, question }: Pending): void {
    this.#pending.delete(id);
    const fault = new LdapFault(`no answer within ${this.#options.patience / 1000} s`, { section: 'RFC 4511 §4.1.1' });
    this.#fail(asked, fault);
    // RFC 4511 §4.2.1: a bind cannot be abandoned, and who is bound is not known now.
    if (question.kind === 'bind') this.#breakOff('a bind is not answered');
    else this.#send(printRequest(this.#nextId(), { kind: 'abandon', id }));
  }

  #breakOff(problem: string): void {
    this.#said.push({ kind: 'hang-up' });
    this.#finish(new LdapFault(problem, closing));
  }

  #finish(fault: LdapFault): void {
    this.#stage = 'over';
    this.#openBy = undefined;
    for (const { asked } of this.#pending.values()) this.#fail(asked, fault);
    this.#pending.clear();
    this.#said.push({ kind: 'over', fault });
  }

  #end(): void {
    if (this.#stage === 'over') return;
    if (this.#stage === 'open') this.#send(printRequest(this.#nextId(), { kind: 'unbind' }));
    this.#breakOff('the session is ended');
  }
}

const closing = { section: 'RFC 4511 §5.3' };
