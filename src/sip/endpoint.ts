// A SIP endpoint without sockets: notifier, subscriber, or both (RFC 3261, RFC 6665).
//
// How it works. Octets come in by a flow. On a stream the framer cuts messages out of them; a datagram or
// a WebSocket message is one. A response goes to the client transaction that it belongs to, and from there to
// the subscription that asked. A request is looked up among those heard before (then the same answer goes
// out again, and nobody else hears of it), inspected, and given to the notifier's or the subscriber's side.
// What is refused before its sender is known is answered without a trace in memory.
//
//   received -> frame -> parse -> transactions -> inspection -> notifier side | registrar | subscriber side -> said
//
// Invariants: one input is fully carried out before the next; an output belongs to the input that was being
// handled; nothing that a peer sends makes `handle` throw; no event looks at more than the subscriptions
// it is about, and the next deadline is read off the tops of a few heaps.

import { OctetPool, textOf } from '../base/bytes.ts';
import { unreachable } from '../base/fault.ts';
import type { Machine } from '../base/machine.ts';
import { earliest } from '../base/time.ts';
import type { Instant } from '../base/time.ts';
import { alarms } from './agenda.ts';
import { listField, printAnswer } from './answers.ts';
import type { Answerable, Reply } from './answers.ts';
import type { EndpointCounts } from './counts.ts';
import { limits, tooLarge } from './frame.ts';
import type { Framed } from './frame.ts';
import type { Report } from './identification.ts';
import { Gate } from './gate.ts';
import { inspect } from './inspection.ts';
import type { KeptUsage } from './kept-usage.ts';
import type { IncomingRequest, Malformed, Parsed } from './message.ts';
import type { Binding } from './bindings.ts';
import type { NotifierSide } from './notifier-side.ts';
import { KeepAlives } from './keep-alive.ts';
import { parseMessage } from './parse.ts';
import type { EndpointOptions, Setting } from './setting.ts';
import type { Registrar } from './registrar.ts';
import { Streams } from './streams.ts';
import { answerBinding } from './stun.ts';
import { SubscriberSide } from './subscriber-side.ts';
import { Transactions } from './transactions.ts';
import type { FlowPath, Heard, Said, SubscriptionId } from './transaction-user.ts';

export type { Account } from './authenticator.ts';
export type { EndpointOptions, EventPackage, NotifierOptions } from './setting.ts';

const lineBreak = new Uint8Array([13, 10]);

export class Endpoint implements Machine<Heard, Said> {
  readonly #options: EndpointOptions;
  readonly #agenda = alarms();
  readonly #transactions: Transactions;
  readonly #notifier: NotifierSide | undefined;
  readonly #registrar: Registrar | undefined;
  readonly #subscriber: SubscriberSide;
  readonly #allowed: readonly string[];
  readonly #streams: Streams;
  readonly #keepAlives: KeepAlives;
  readonly #secret: string;
  /** For answers that leave no trace. */
  readonly #octets = new OctetPool();
  readonly #gate: Gate;
  /** Who is turned away finds another server sooner by a new connection. */
  #moving = false;
  #said: Said[] = [];

  constructor(options: EndpointOptions) {
    this.#options = options;
    const say = (output: Said): void => {
      if (output.kind === 'asked') this.#streams.know(output.request.path.flow);
      if (output.kind === 'registered') this.#streams.know(output.path.flow);
      this.#said.push(output);
    };
    this.#streams = new Streams(this.#agenda, say, options.streams);
    this.#transactions = new Transactions(say, options.random);
    const setting: Setting = { options, agenda: this.#agenda, transactions: this.#transactions, say };
    const serving = options.notifier?.serve(setting, options.notifier);
    this.#notifier = serving?.notifier;
    this.#registrar = serving?.registrar;
    this.#keepAlives = new KeepAlives(setting, (flow) => this.#streams.ping(flow));
    this.#subscriber = new SubscriberSide(setting, this.#keepAlives);
    this.#allowed = [
      ...(this.#notifier === undefined ? [] : ['SUBSCRIBE']),
      ...(this.#registrar === undefined ? [] : ['REGISTER']),
      'NOTIFY',
      'OPTIONS',
    ];
    this.#secret = options.random() + options.random();
    this.#gate = new Gate(options.random);
  }

  /** Commands for a subscription that is over are passed over: `ended` was told, and the two may cross. */
  handle(heard: Heard, now: Instant): readonly Said[] {
    switch (heard.kind) {
      case 'opened':
      case 'closed':
      case 'received':
        this.#hearHost(heard, now);
        break;
      case 'accept':
        this.#notifier?.accept(heard, now);
        break;
      case 'refuse':
        this.#notifier?.refuse(heard, now);
        break;
      case 'notify':
        this.#notifier?.notify(heard, now);
        break;
      case 'end':
        this.#notifier?.end(heard, now);
        break;
      case 'reached':
        this.#streams.know(heard.path.flow);
        this.#notifier?.nextHops.reached(heard.hop, heard.path, now);
        break;
      case 'unreached':
        this.#notifier?.nextHops.unreached(heard.hop, now);
        break;
      case 'unregister':
        this.#registrar?.unregister(heard.user);
        break;
      case 'admit':
        this.#gate.admitted = heard.admitted;
        this.#moving = heard.moving;
        break;
      case 'resume':
        this.#notifier?.resume(heard, now);
        break;
      case 'subscribe':
        this.#streams.know(heard.asking.path.flow);
        this.#subscriber.subscribe(heard, now);
        break;
      case 'refresh':
        this.#subscriber.refresh(heard, now);
        break;
      case 'unsubscribe':
        this.#subscriber.unsubscribe(heard.subscription, now);
        break;
      case 'forget':
        this.#subscriber.forget(heard.subscription);
        break;
      default:
        return unreachable(heard);
    }
    return this.#spoken();
  }

  counts(): EndpointCounts {
    const nothing = { dialogs: 0, flows: 0, timers: 0, nonces: 0 };
    const [transactions, notifier] = [this.#transactions.counts(), this.#notifier?.counts() ?? nothing];
    return {
      ...notifier,
      ...transactions,
      ...this.#streams.counts(),
      subscribing: this.#subscriber.count,
      timers: transactions.timers + notifier.timers + this.#agenda.count,
    };
  }

  deadline(): Instant | undefined {
    return earliest(this.#transactions.deadline(), this.#notifier?.deadline(), this.#agenda.soonest());
  }

  wake(now: Instant): readonly Said[] {
    this.#transactions.wake(now);
    this.#notifier?.wake(now);
    this.#agenda.ring(now);
    return this.#spoken();
  }

  /**
   * How many octets the body of a NOTIFY may have so that the message stays under 1,300 octets on UDP
   * (RFC 3261 §18.1.1), with an entity tag and a media type of up to 64 characters each; Infinity on
   * streams, 0 for a subscription that is not there. May be negative, where addresses and routes are long.
   */
  roomFor(subscription: SubscriptionId): number {
    return this.#notifier?.roomFor(subscription) ?? 0;
  }

  /** What is registered now, by the registrar where there is one. */
  bindings(): Iterable<Binding> {
    return this.#registrar?.bindings() ?? [];
  }

  /** What is to be written down of a notifier's subscription; undefined where another process could not go on with it. */
  kept(subscription: SubscriptionId, now: Instant): KeptUsage | undefined {
    return this.#notifier?.kept(subscription, now);
  }

  #spoken(): readonly Said[] {
    const said = this.#said;
    this.#said = [];
    return said;
  }

  #hearHost(heard: Extract<Heard, { kind: 'opened' | 'closed' | 'received' }>, now: Instant): void {
    if (heard.kind === 'closed') {
      this.#streams.forget(heard.flow);
      this.#notifier?.nextHops.flowClosed(heard.flow);
      this.#notifier?.flowClosed(heard.flow, now);
      this.#registrar?.flowClosed(heard.flow);
      this.#subscriber.flowClosed(heard.flow);
    } else if (heard.kind === 'opened') {
      this.#streams.forget(heard.path.flow);
      if (this.#notifier?.identification.trusts(heard.path) === false) this.#streams.hearStranger(heard.path, now);
    } else {
      this.#registrar?.heard(heard.path, now);
      if (heard.path.transport === 'TCP' || heard.path.transport === 'TLS')
        this.#hearStream(heard.path, heard.bytes, now);
      else this.#hearWhole(heard.path, heard.bytes, now);
    }
  }

  #hearStream(path: FlowPath, bytes: Uint8Array, now: Instant): void {
    for (const framed of this.#streams.push(path.flow, bytes, now)) this.#hearFramed(path, framed, now);
  }

  #hearFramed(path: FlowPath, framed: Framed, now: Instant): void {
    switch (framed.kind) {
      case 'message':
        return this.#hear(framed.message, path, now);
      case 'ping':
        this.#said.push({ kind: 'send', flow: path.flow, bytes: lineBreak });
        return;
      case 'pong':
        return this.#keepAlives.answered(path.flow, undefined, now);
      case 'broken':
        this.#complain(framed.problem, path);
        this.#said.push({ kind: 'close', flow: path.flow });
        return;
    }
  }

  /** A datagram or a WebSocket message. */
  #hearWhole(path: FlowPath, bytes: Uint8Array, now: Instant): void {
    if (isKeepAlive(bytes)) {
      const answer = path.transport === 'UDP' ? answerBinding(bytes, path.remote) : pong(bytes);
      if (answer !== undefined) this.#said.push({ kind: 'send', flow: path.flow, bytes: answer });
      else if (path.transport === 'UDP') this.#keepAlives.answered(path.flow, bytes, now);
      return;
    }
    if (bytes.length > limits.headOctets + limits.bodyOctets) {
      this.#complain(tooLarge(bytes), path);
      this.#said.push({ kind: 'close', flow: path.flow });
      return;
    }
    this.#hear(parseMessage(bytes), path, now);
  }

  #hear(message: Parsed, path: FlowPath, now: Instant): void {
    switch (message.kind) {
      case 'response':
        return this.#transactions.hearResponse(message, now);
      case 'malformed':
        return this.#complain(message, path);
      case 'request':
        // RFC 3261 §17: an ACK is never answered; here there is no INVITE for it to confirm.
        if (message.method === 'ACK' || this.#transactions.heardBefore(message, path, now)) return;
        return this.#answer(message, path, this.#consider(message, path, now));
    }
  }

  /** The answer to give at once; undefined where one of the sides has taken the request. */
  #consider(request: IncomingRequest, path: FlowPath, now: Instant): Reply | undefined {
    const report = this.#notifier?.identification.thirdParty(request, path);
    const refusal = inspect(request, report === undefined ? this.#allowed : ['REGISTER']);
    if (refusal !== undefined) return refusal;
    if (this.#transactions.isMerged(request, path)) return { status: 482 };
    if (report !== undefined) return this.#hearReport(report);
    if (request.method === 'OPTIONS') return this.#capabilities();
    if (request.method === 'NOTIFY') return this.#subscriber.notify(request, path, now);
    const closed = this.#gate.refuse(request);
    if (closed !== undefined) return this.#turnAway(closed, path);
    if (request.method === 'REGISTER') return this.#registrar?.register(request, path, now);
    return this.#notifier?.subscribe(request, path, now);
  }

  /** Always taken: a core may end the whole registration of a user whose application server refuses. Nothing is bound. */
  #hearReport({ user, over }: Report): Reply {
    if (over && user !== undefined) this.#said.push({ kind: 'deregistered', user });
    return { status: 200 };
  }

  /** A connection that others use as well, a proxy's, is left to them. */
  #turnAway(reply: Reply, path: FlowPath): Reply {
    const last = this.#moving && path.transport !== 'UDP' && this.#notifier?.serves(path.flow) === false;
    return last ? { ...reply, closes: true } : reply;
  }

  /** RFC 3261 §11.2. */
  #capabilities(): Reply {
    const { notifier, software } = this.#options;
    const accepted = new Set(notifier?.packages.flatMap((served) => served.accept));
    const fields = [
      ...listField('allow', this.#allowed),
      ...listField('accept', [...accepted]),
      ...listField('allow-events', this.#notifier?.names ?? []),
      ...(software === undefined ? [] : [['server', software] as const]),
    ];
    return { status: 200, fields };
  }

  #complain(problem: Malformed, path: FlowPath): void {
    this.#said.push({ kind: 'malformed', flow: path.flow, section: problem.section, problem: problem.problem });
    if (problem.answerable !== undefined) this.#answer(problem.answerable, path, { status: problem.status });
  }

  /** RFC 3261 §8.2.7: an answer that leaves no trace; its tag must come out the same for the same request. */
  #answer(request: Answerable, path: FlowPath, reply: Reply | undefined): void {
    if (reply === undefined) return;
    const { headers, via } = request;
    const place = [
      via.parameters.get('branch'),
      headers.first('call-id'),
      headers.first('cseq'),
      headers.first('from'),
    ];
    const toTag = this.#options.hash('MD5', `${this.#secret} ${place.join(' ')}`).slice(0, 10);
    const bytes = this.#octets.join(printAnswer(request, path, { ...reply, toTag }));
    this.#said.push({ kind: 'send', flow: path.flow, bytes });
    if (reply.closes === true) this.#said.push({ kind: 'close', flow: path.flow });
  }
}

/** RFC 7118 §6: CRLFCRLF on a WebSocket is answered as on a stream; a lone CRLF is an answer itself. */
const pong = (bytes: Uint8Array): Uint8Array | undefined =>
  bytes.length === 4 && textOf(bytes) === '\r\n\r\n' ? lineBreak : undefined;

/** Only line breaks (RFC 5626 §3.5.1), zeros as some telephones send them, nothing at all, or STUN by its first octet (RFC 7983 §7). */
function isKeepAlive(bytes: Uint8Array): boolean {
  const first = bytes[0];
  if (first === undefined || first < 4) return true;
  return bytes.length <= 4 && bytes.every((byte) => byte === 13 || byte === 10);
}
