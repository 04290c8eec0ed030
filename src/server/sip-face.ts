// The endpoint and the notifier above it, as one machine: what the host hears goes to the endpoint, what
// the endpoint tells goes to the notifier, what that says goes back, until only words for the host are left.

import type { Machine } from '../base/machine.ts';
import { earliest, type Instant } from '../base/time.ts';
import type { Binding } from '../sip/bindings.ts';
import type { Algorithm, Hash } from '../sip/digest.ts';
import { Endpoint } from '../sip/endpoint.ts';
import type { RegistrarOptions } from '../sip/registrar.ts';
import type { Heard, Said } from '../sip/transaction-user.ts';
import { eventPackage, heldType } from '../wire/protocol-version.ts';
import type { ServerFact } from './fact.ts';
import { Notifier, type NotifierHeard, type NotifierSaid } from './notifier.ts';
import type { Sessions } from './sessions.ts';
import type { Tail } from './tail.ts';

export type SipInput =
  | Extract<Heard, { kind: 'opened' | 'closed' | 'received' }>
  | Extract<NotifierHeard, { kind: 'announced' | 'session-over' | 'stopping' }>;

export type SipOutput = Extract<Said, { kind: 'send' | 'close' }>;

export interface SipFaceOptions {
  readonly tail: Tail;
  readonly sessions: Sessions;
  readonly realm: string;
  /** Other names of the event package. */
  readonly aliases?: readonly string[];
  /** Of the digest, in the order of the challenges; absent: the strongest first. */
  readonly algorithms?: readonly Algorithm[];
  /** Absent: user agents cannot register here. */
  readonly registrar?: Omit<RegistrarOptions, 'owns'>;
  readonly publicUrl: () => string;
  readonly random: () => string;
  readonly hash: Hash;
  readonly report: (fact: ServerFact) => void;
}

const expiry = { minExpiresInSeconds: 60, maxExpiresInSeconds: 86_400, defaultExpiresInSeconds: 3600 };

export class SipFace implements Machine<SipInput, SipOutput> {
  readonly #options: SipFaceOptions;
  readonly #endpoint: Endpoint;
  readonly #notifier: Notifier;

  constructor(options: SipFaceOptions) {
    const { sessions, tail, realm, aliases = [], algorithms, registrar, random, hash, publicUrl } = options;
    this.#options = options;
    const addressBook = { name: eventPackage, aliases, accept: [heldType], ...expiry };
    const account = sessions.sipAccount.bind(sessions);
    const notifier = {
      realm,
      packages: [addressBook],
      account,
      ...(algorithms !== undefined && { algorithms }),
      ...(registrar !== undefined && { registrar: { ...registrar, owns: sessions.owns.bind(sessions) } }),
    };
    this.#endpoint = new Endpoint({ random, hash, notifier });
    const roomFor = this.#endpoint.roomFor.bind(this.#endpoint);
    this.#notifier = new Notifier({ tail, publicUrl, roomFor });
  }

  get subscriptions(): number {
    return this.#notifier.count;
  }

  /** What user agents have registered. */
  bindings(): Iterable<Binding> {
    return this.#endpoint.bindings();
  }

  handle(input: SipInput, now: Instant): readonly SipOutput[] {
    switch (input.kind) {
      case 'opened':
      case 'closed':
      case 'received':
        return this.#settle(this.#endpoint.handle(input, now), now);
      case 'session-over':
        this.#endpoint.handle({ kind: 'unregister', user: input.user }, now);
        return this.#settle(this.#through(this.#notifier.handle(input, now), now), now);
      case 'announced':
      case 'stopping':
        return this.#settle(this.#through(this.#notifier.handle(input, now), now), now);
    }
  }

  deadline(): Instant | undefined {
    return earliest(this.#endpoint.deadline(), this.#notifier.deadline());
  }

  wake(now: Instant): readonly SipOutput[] {
    const said = this.#endpoint.wake(now);
    return this.#settle([...said, ...this.#through(this.#notifier.wake(now), now)], now);
  }

  #through(commands: readonly NotifierSaid[], now: Instant): readonly Said[] {
    return commands.flatMap((command) => this.#endpoint.handle(command, now));
  }

  /** Carries out all that is not for the host, in order. */
  #settle(first: readonly Said[], now: Instant): readonly SipOutput[] {
    const outputs: SipOutput[] = [];
    // A list that grows while it is walked: what is told leads to what is said.
    const said = [...first];
    for (let at = 0; at < said.length; at += 1) {
      const each = said[at];
      if (each === undefined) continue;
      if (each.kind === 'send' || each.kind === 'close') outputs.push(each);
      else for (const next of this.#through(this.#tell(each, now), now)) said.push(next);
    }
    return outputs;
  }

  #tell(said: Exclude<Said, SipOutput>, now: Instant): readonly NotifierSaid[] {
    switch (said.kind) {
      case 'asked':
        this.#options.sessions.sipUsed(said.request.user);
        return this.#notifier.handle(said, now);
      case 'registered':
        this.#options.sessions.sipUsed(said.user);
        return [];
      case 'delivered':
      case 'undelivered':
      case 'ended':
        return this.#notifier.handle(said, now);
      case 'malformed':
        this.#options.report(said);
        return [];
      case 'subscribed':
      case 'notified':
      case 'refresh-due':
      case 'refused':
        // A subscriber's; this endpoint subscribes to nothing.
        return [];
    }
  }
}
