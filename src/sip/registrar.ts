// A registrar (RFC 3261 §10.3, RFC 5626 §6): where the user agents of an address of record are.
//
//   REGISTER -> read -> who sent it -> is the address theirs -> in order, and not too many -> all of it, or nothing
//
// Nothing is sent to a binding here: notifications go by the dialogs of their subscriptions. It is there for user
// agents that register before they do anything else, and for the administrator, who sees which are there.

import { later, seconds } from '../base/time.ts';
import type { Instant } from '../base/time.ts';
import { printAnswer } from './answers.ts';
import type { Reply } from './answers.ts';
import { Bindings } from './bindings.ts';
import type { Binding } from './bindings.ts';
import type { Identification } from './identification.ts';
import { isReply } from './inspection.ts';
import type { IncomingRequest } from './message.ts';
import { printRegistered, readRegistration } from './registration.ts';
import type { Interval, Registration, Wish } from './registration.ts';
import type { Setting } from './setting.ts';
import type { Flow, FlowPath } from './transaction-user.ts';
import { sameUri } from './uri.ts';

export interface RegistrarOptions {
  /** Whether the address of record, as `user@host`, is this user's to register for (§10.3 step 4). */
  readonly owns: (user: string, addressOfRecord: string) => boolean;
  /** Values of Service-Route (RFC 3608); absent where any way will do. */
  readonly serviceRoute?: readonly string[];
}

const interval: Interval = { minExpiresInSeconds: 60, maxExpiresInSeconds: 86_400, defaultExpiresInSeconds: 3600 };

const limits = {
  // A desk telephone, a softphone, a mobile, each by two flows, and some that forgot to leave.
  bindingsOfUser: 10,
  bindingsOfAddress: 50,
};

/** RFC 5626 §4.4.1. Finds who is gone; how long the NAT before it keeps a mapping, a client knows best, and may send sooner. */
const flowTimer = 120;
/** §5.4: the client's keep-alive may come a little late. */
const grace = 30;

export class Registrar {
  readonly #setting: Setting;
  readonly #options: RegistrarOptions;
  readonly #identification: Identification;
  readonly #bindings: Bindings;

  constructor(setting: Setting, options: RegistrarOptions, identification: Identification) {
    this.#setting = setting;
    this.#options = options;
    this.#identification = identification;
    this.#bindings = new Bindings(setting.agenda, seconds(flowTimer + grace));
  }

  bindings(): Iterable<Binding> {
    return this.#bindings.all();
  }

  /** Answers it, or gives the answer that needs no memory. */
  register(request: IncomingRequest, path: FlowPath, now: Instant): Reply | undefined {
    const registration = readRegistration(request, interval);
    if (isReply(registration)) return registration;
    const sender = this.#identification.of(request, path, now);
    if (sender.kind === 'refused') return sender.reply;
    const { user } = sender;
    const { transactions, options, say } = this.#setting;
    // From here on a retransmission gets the same answer: its CSeq would be out of order, its nonce used.
    const answering = transactions.begin(request, path, now);
    const reply = this.#carryOut({ request, registration, user, path }, now);
    transactions.answer(answering, printAnswer(request, path, { ...reply, toTag: options.random() }), now);
    if (reply.status === 200) say({ kind: 'registered', user, path });
    return undefined;
  }

  /** The user's credentials are good for nothing any more. */
  unregister(user: string): void {
    for (const binding of this.#bindings.ofUser(user)) this.#bindings.remove(binding);
  }

  heard(path: FlowPath, now: Instant): void {
    this.#bindings.heard(path, now);
  }

  flowClosed(flow: Flow): void {
    this.#bindings.flowEnded(flow);
  }

  #carryOut(asked: Asked, now: Instant): Reply {
    const { registration, user, path } = asked;
    const { addressOfRecord } = registration;
    if (!this.#options.owns(user, addressOfRecord)) return { status: 403, reason: 'Not Your Address' };
    const replacements = replacementsOf(registration, this.#bindings.of(addressOfRecord));
    if (replacements.some(({ old }) => old !== undefined && isOutOfOrder(registration, old)))
      return { status: 500, reason: 'CSeq Out of Order' };
    if (this.#areTooMany(asked, replacements)) return { status: 403, reason: 'Too Many Contacts' };
    for (const { old, wish } of replacements) {
      if (old !== undefined) this.#bindings.remove(old);
      if (wish === undefined || wish.expiresInSeconds === 0) continue;
      const expiresAt = later(now, seconds(wish.expiresInSeconds));
      const { callId, cseq, path: way } = registration;
      this.#bindings.add({ ...wish, addressOfRecord, user, callId, cseq, path: way, flow: path, expiresAt }, now);
    }
    const bindings = this.#bindings.of(addressOfRecord);
    const { serviceRoute = [] } = this.#options;
    return printRegistered({ ...asked, bindings, serviceRoute, flowTimer: timed(path) }, now);
  }

  /** Whether there would be too many; who takes some away, or refreshes, is not asked. */
  #areTooMany({ registration, user }: Asked, replacements: readonly Replacement[]): boolean {
    const coming = replacements.filter(({ wish }) => (wish?.expiresInSeconds ?? 0) > 0).length;
    const stay = (bindings: readonly Binding[]): number =>
      bindings.filter((binding) => !replacements.some(({ old }) => old === binding)).length;
    const theirs = this.#bindings.ofUser(user);
    const there = this.#bindings.of(registration.addressOfRecord);
    return (
      stay(theirs) + coming > Math.max(limits.bindingsOfUser, theirs.length) ||
      stay(there) + coming > Math.max(limits.bindingsOfAddress, there.length)
    );
  }
}

interface Asked {
  readonly request: IncomingRequest;
  readonly registration: Registration;
  readonly user: string;
  readonly path: FlowPath;
}

/** A binding that goes, one that comes, or one in place of the other. */
interface Replacement {
  readonly old: Binding | undefined;
  readonly wish: Wish | undefined;
}

/** A wish for the same contact twice over: the last counts. */
function replacementsOf({ wishes }: Registration, there: readonly Binding[]): readonly Replacement[] {
  if (wishes === 'remove-all') return there.map((old) => ({ old, wish: undefined }));
  const last = wishes.filter((wish, at) => !wishes.slice(at + 1).some((next) => isOf(next, wish)));
  return last.map((wish) => ({ wish, old: there.find((binding) => isOf(wish, binding)) }));
}

type Placed = Pick<Binding, 'uri' | 'outbound'>;

/** RFC 5626 §6: with outbound, instance and flow make the binding, wherever the contact now is; else the URI does. */
function isOf(one: Placed, other: Placed): boolean {
  if (one.outbound === undefined || other.outbound === undefined)
    return one.outbound === other.outbound && sameUri(one.uri, other.uri);
  return one.outbound.instance === other.outbound.instance && one.outbound.regId === other.outbound.regId;
}

/** RFC 3261 §10.3 steps 6 and 7: within one Call-ID the order counts; another one is a client that began anew. */
const isOutOfOrder = ({ callId, cseq }: Registration, old: Binding): boolean =>
  callId === old.callId && cseq <= old.cseq;

/** The end of a stream or a WebSocket is seen by the host. */
const timed = ({ transport }: FlowPath): number | undefined => (transport === 'UDP' ? flowTimer : undefined);
