// The transactions that are under way, by what identifies them (RFC 3261 §17.1.3, §17.2.3).
//
// A hot path: a request of ours stands in a slot, and its branch begins with that number. In a Map by branch, whose
// table is made anew each thousand requests, each dead table leads to the next one (V8 keeps that for iterators), and
// so, once one was old, all that any of them held grew old with it: 600 octets a NOTIFY that only a full collection took.

import { kept, OctetPool } from '../base/bytes.ts';
import { earliest } from '../base/time.ts';
import type { Instant } from '../base/time.ts';
import { Agenda, unset } from './agenda.ts';
import type { Timed } from './agenda.ts';
import type { EndpointCounts } from './counts.ts';
import type { IncomingRequest, IncomingResponse } from './message.ts';
import { beginClient, beginServer, clientDue, serverDue, stepClient, stepServer } from './transaction.ts';
import type { ClientHeard, ClientTransaction, ServerHeard, ServerTransaction } from './transaction.ts';
import type { Flow, FlowPath, Said, Transport } from './transaction-user.ts';

export type Outcome =
  | { readonly kind: 'answered'; readonly response: IncomingResponse }
  | { readonly kind: 'unanswered' };

/** A request of ours that waits for its answer. */
export interface Asked extends Timed {
  readonly slot: number;
  /** Fresh: it alone says which request an answer belongs to. */
  readonly branch: string;
  readonly method: string;
  readonly bytes: Uint8Array;
  readonly flow: Flow;
  readonly tell: (outcome: Outcome, now: Instant) => void;
  state: ClientTransaction;
}

/** A request of a peer that waits for its answer, or whose answer is kept for retransmissions. */
export interface Answering extends Timed {
  readonly key: string;
  /** The way that it came by: on another it is the same request, merged. */
  readonly way: string;
  readonly path: FlowPath;
  answer: Uint8Array | undefined;
  state: ServerTransaction;
}

/** A request that came in, and the one before that it may be. */
interface Identified {
  readonly request: IncomingRequest;
  readonly way: string;
  readonly key: string;
  readonly known: Answering | undefined;
}

export interface Question {
  readonly method: string;
  readonly print: (branch: string) => Uint8Array;
  readonly path: FlowPath;
  readonly tell: (outcome: Outcome, now: Instant) => void;
}

export const isReliable = (transport: Transport): boolean => transport !== 'UDP';

/** What every branch begins with since RFC 3261 (§8.1.1.7). */
export const magicCookie = 'z9hG4bK';

export class Transactions {
  readonly #say: (output: Said) => void;
  readonly #random: () => string;
  /** By their slots. */
  readonly #asked: (Asked | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #resends = new Agenda<Asked>((asked, now) => this.#stepAsked(asked, { kind: 'time' }, now));
  readonly #answering = new Map<string, Answering>();
  /** Apart from all else that is sent: these are kept for as long as each other, so that no piece is held by few of them. */
  readonly #answers = new OctetPool();
  /** The newest request, which may begin a transaction next. */
  #heard: Identified | undefined;
  readonly #forgetting = new Agenda<Answering>((answering, now) =>
    this.#stepAnswering(answering, { kind: 'time' }, now),
  );

  constructor(say: (output: Said) => void, random: () => string) {
    this.#say = say;
    this.#random = random;
  }

  counts(): Pick<EndpointCounts, 'asked' | 'answering' | 'timers'> {
    const timers = this.#resends.count + this.#forgetting.count;
    return { asked: this.#asked.length - this.#free.length, answering: this.#answering.size, timers };
  }

  deadline(): Instant | undefined {
    return earliest(this.#resends.soonest(), this.#forgetting.soonest());
  }

  wake(now: Instant): void {
    this.#resends.ring(now);
    this.#forgetting.ring(now);
  }

  /** Sends a request and tells what becomes of it, once. */
  ask(question: Question, now: Instant): Asked {
    const { method, print, path, tell } = question;
    const { flow } = path;
    const slot = this.#free.pop() ?? this.#asked.length;
    const branch = branchOf(slot, this.#random());
    const bytes = print(branch);
    const state = beginClient(isReliable(path.transport), now);
    const asked: Asked = { ...unset, slot, branch, method, bytes, flow, tell, state };
    this.#asked[slot] = asked;
    this.#resends.set(asked, clientDue(state));
    this.#say({ kind: 'send', flow, bytes });
    return asked;
  }

  /** Forgets a request of ours; its answer will not be told. */
  drop(asked: Asked | undefined): void {
    if (asked === undefined || this.#asked[asked.slot] !== asked) return;
    this.#resends.drop(asked);
    this.#asked[asked.slot] = undefined;
    this.#free.push(asked.slot);
  }

  /** As long as a branch of ours can be, short of a million requests at once. */
  widestBranch(): string {
    return branchOf(999_999, this.#random());
  }

  /** A response belongs to the request with its branch and method; any other one is passed over. */
  hearResponse(response: IncomingResponse, now: Instant): void {
    const branch = response.via.parameters.get('branch') ?? '';
    const asked = this.#asked[slotIn(branch)];
    if (asked?.branch !== branch || asked.method !== response.cseq.method) return;
    this.#stepAsked(asked, { kind: 'response', status: response.status }, now, response);
  }

  #stepAsked(asked: Asked, heard: ClientHeard, now: Instant, response?: IncomingResponse): void {
    const [state, actions] = stepClient(asked.state, heard, now);
    asked.state = state;
    if (state.kind === 'terminated') this.drop(asked);
    else this.#resends.set(asked, clientDue(state));
    for (const action of actions) {
      if (action === 'send') this.#say({ kind: 'send', flow: asked.flow, bytes: asked.bytes });
      else asked.tell(response === undefined ? { kind: 'unanswered' } : { kind: 'answered', response }, now);
    }
  }

  /** Whether this request was heard before; if it was answered, the same answer goes out again. */
  heardBefore(request: IncomingRequest, path: FlowPath, now: Instant): boolean {
    const { known, way } = this.#identify(request, path);
    if (known?.way !== way) return false;
    this.#stepAnswering(known, { kind: 'request' }, now);
    return true;
  }

  /** RFC 3261 §8.2.2.2: the same request, come on two ways. */
  isMerged(request: IncomingRequest, path: FlowPath): boolean {
    const { known, way } = this.#identify(request, path);
    return known !== undefined && known.way !== way;
  }

  #identify(request: IncomingRequest, path: FlowPath): Identified {
    if (this.#heard?.request === request) return this.#heard;
    const way = wayOf(request, path);
    const key = keyOf(request, way);
    return (this.#heard = { request, way, key, known: this.#answering.get(key) });
  }

  /** Remembers a request, so that its retransmissions are known, until it is answered and for Timer J. */
  begin(request: IncomingRequest, path: FlowPath, now: Instant): Answering {
    const { key, way } = this.#identify(request, path);
    const state = beginServer(now);
    const answering: Answering = { ...unset, key, way: kept(way), path, state, answer: undefined };
    this.#answering.set(key, answering);
    this.#forgetting.set(answering, serverDue(state));
    return answering;
  }

  answer(answering: Answering, text: string, now: Instant): void {
    // RFC 4320 §4.2: whoever asked has given up by then, whichever alarm of that instant rings first.
    if (answering.state.kind !== 'trying' || now >= answering.state.forgetAt) return;
    answering.answer = this.#answers.join(text);
    this.#stepAnswering(answering, { kind: 'answer', reliable: isReliable(answering.path.transport) }, now);
  }

  /** Forgets a request that will not be answered: its flow is gone. */
  abandon(answering: Answering | undefined): void {
    if (answering === undefined) return;
    this.#forgetting.drop(answering);
    this.#answering.delete(answering.key);
  }

  #stepAnswering(answering: Answering, heard: ServerHeard, now: Instant): void {
    const [state, actions] = stepServer(answering.state, heard, now);
    answering.state = state;
    if (actions.length > 0 && answering.answer !== undefined) {
      this.#say({ kind: 'send', flow: answering.path.flow, bytes: answering.answer });
    }
    if (state.kind === 'terminated') this.abandon(answering);
    else this.#forgetting.set(answering, serverDue(state));
  }
}

const branchOf = (slot: number, fresh: string): string => `${magicCookie}${slot}.${fresh}`;

/** Any number where the branch is none of ours. */
function slotIn(branch: string): number {
  let slot = 0;
  for (let at = magicCookie.length; ; at += 1) {
    const digit = branch.charCodeAt(at) - 48;
    if (!(digit >= 0 && digit <= 9)) return slot;
    slot = 10 * slot + digit;
  }
}

/**
 * RFC 3261 §17.2.3, and the flow: nobody can draw the answer to another's request by its branch.
 * A branch without the magic cookie comes from RFC 2543, where more of the message tells it apart.
 */
function wayOf(request: IncomingRequest, path: FlowPath): string {
  const { via, method } = request;
  const branch = via.parameters.get('branch') ?? '';
  const way = `${path.flow} ${branch} ${via.host}:${via.port ?? ''} ${method}`;
  if (branch.length > magicCookie.length && branch.startsWith(magicCookie)) return way;
  const tags = `${request.from.parameters.get('tag') ?? ''} ${request.to.parameters.get('tag') ?? ''}`;
  return `${way} ${request.uri} ${tags} ${request.callId} ${request.cseq.number}`;
}

/** Within a dialog the way itself; before there is one, what a request has on all its ways (§8.2.2.2). */
function keyOf(request: IncomingRequest, way: string): string {
  if (request.to.parameters.has('tag')) return way;
  return `first ${request.callId} ${request.from.parameters.get('tag') ?? ''} ${request.cseq.number} ${request.method}`;
}
