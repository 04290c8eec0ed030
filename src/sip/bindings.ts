// Who is reachable where (RFC 3261 §10): the bindings of each address of record. They are in memory only:
// after a restart clients register again, as RFC 3261 §10.2.4 has them do within the time they were given.

import { later } from '../base/time.ts';
import type { Instant, Milliseconds } from '../base/time.ts';
import { alarm } from './agenda.ts';
import type { Agenda, Alarm } from './agenda.ts';
import type { Parameters } from './grammar.ts';
import { Groups } from './groups.ts';
import type { Flow, FlowPath } from './transaction-user.ts';
import type { SipUri } from './uri.ts';

/** RFC 5626 §6: one instance of a user agent, by one of its flows. */
export interface Outbound {
  /** Of `+sip.instance`, without its quotes. */
  readonly instance: string;
  readonly regId: number;
  /** The flow ends here, and not at an edge proxy: the binding ends with it. */
  readonly direct: boolean;
}

export interface Binding {
  readonly addressOfRecord: string;
  /** Whose credentials registered it. */
  readonly user: string;
  /** The URI as it was written. */
  readonly contact: string;
  readonly uri: SipUri;
  /** Of the Contact header, without `expires`. */
  readonly parameters: Parameters;
  readonly callId: string;
  readonly cseq: number;
  /** RFC 3327: the way to the contact. */
  readonly path: readonly string[];
  /** That the REGISTER came by. */
  readonly flow: FlowPath;
  readonly outbound: Outbound | undefined;
  /** As granted. */
  readonly expiresInSeconds: number;
  readonly expiresAt: Instant;
}

/** The bindings that end with a flow. */
interface OnFlow {
  readonly bindings: Set<Binding>;
  /** Rings where nothing was heard for too long; never set where the host sees the flow end. */
  readonly silent: Alarm;
}

export class Bindings {
  readonly #agenda: Agenda<Alarm>;
  readonly #silence: Milliseconds;
  readonly #alarms = new Map<Binding, Alarm>();
  readonly #byAddress = new Groups<string, Binding>();
  readonly #byUser = new Groups<string, Binding>();
  readonly #byFlow = new Map<Flow, OnFlow>();

  /** `silence`: how long nothing may be heard of a flow of UDP, whose end nobody tells. */
  constructor(agenda: Agenda<Alarm>, silence: Milliseconds) {
    this.#agenda = agenda;
    this.#silence = silence;
  }

  /** Oldest first. */
  of(addressOfRecord: string): readonly Binding[] {
    return this.#byAddress.of(addressOfRecord);
  }

  all(): Iterable<Binding> {
    return this.#alarms.keys();
  }

  ofUser(user: string): readonly Binding[] {
    return this.#byUser.of(user);
  }

  add(binding: Binding, now: Instant): void {
    const expiry = alarm(() => this.remove(binding));
    this.#alarms.set(binding, expiry);
    this.#agenda.set(expiry, binding.expiresAt);
    this.#byAddress.add(binding.addressOfRecord, binding);
    this.#byUser.add(binding.user, binding);
    if (binding.outbound?.direct !== true) return;
    const { flow } = binding.flow;
    const known = this.#byFlow.get(flow);
    const onFlow = known ?? { bindings: new Set(), silent: alarm(() => this.flowEnded(flow)) };
    onFlow.bindings.add(binding);
    this.#byFlow.set(flow, onFlow);
    this.heard(binding.flow, now);
  }

  remove(binding: Binding): void {
    const expiry = this.#alarms.get(binding);
    if (expiry === undefined) return;
    this.#alarms.delete(binding);
    this.#agenda.drop(expiry);
    this.#byAddress.delete(binding.addressOfRecord, binding);
    this.#byUser.delete(binding.user, binding);
    const { flow } = binding.flow;
    const onFlow = this.#byFlow.get(flow);
    if (onFlow?.bindings.delete(binding) !== true || onFlow.bindings.size > 0) return;
    this.#agenda.drop(onFlow.silent);
    this.#byFlow.delete(flow);
  }

  /** Something came by the flow, if only a keep-alive. */
  heard({ flow, transport }: FlowPath, now: Instant): void {
    if (transport !== 'UDP' || this.#byFlow.size === 0) return;
    const onFlow = this.#byFlow.get(flow);
    if (onFlow !== undefined) this.#agenda.set(onFlow.silent, later(now, this.#silence));
  }

  /** RFC 5626 §5.3: what was registered by a flow that failed is not reachable any more. */
  flowEnded(flow: Flow): void {
    for (const binding of this.#byFlow.get(flow)?.bindings ?? []) this.remove(binding);
  }
}
