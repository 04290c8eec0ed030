// The endpoint and the notifier above it, as one machine: what the host hears goes to the endpoint, what
// the endpoint tells goes to the notifier, what that says goes back, until only words for the host are left.

import type { Machine } from '../base/machine.ts';
import { earliest, type Instant, type Milliseconds } from '../base/time.ts';
import type { BearerOptions } from '../sip/bearer.ts';
import type { Binding } from '../sip/bindings.ts';
import type { EndpointCounts } from '../sip/counts.ts';
import type { Algorithm, Hash } from '../sip/digest.ts';
import { Endpoint, type EventPackage } from '../sip/endpoint.ts';
import { comeBackSeconds, type Admitted } from '../sip/gate.ts';
import type { MayReach } from '../sip/next-hops.ts';
import type { RegistrarOptions } from '../sip/registrar.ts';
import { serve } from '../sip/serving.ts';
import type { KeptUsage } from '../sip/kept-usage.ts';
import type { TrustOptions } from '../sip/trust.ts';
import type { Flow, FlowPath, Heard, Said, SubscribeRequest } from '../sip/transaction-user.ts';
import { addressOfRecord } from '../sip/uri.ts';
import { printEntityTag } from '../wire/change-list.ts';
import { eventPackage, heldType } from '../wire/protocol-version.ts';
import type { Behind } from './behind.ts';
import type { ServerFact } from './fact.ts';
import type { NotifierCounts } from './notifier-counts.ts';
import { Notifier, type NotifierHeard, type NotifierSaid } from './notifier.ts';
import { OwnUris, type OwnUrisOptions } from './own-uris.ts';
import { Reception } from './reception.ts';
import type { Sessions } from './sessions.ts';
import type { Slot } from './held-index.ts';
import type { Subscription } from './subscriptions.ts';
import type { KeptSubscription, SubscriptionBatch } from './subscription-store.ts';
import type { Tail } from './tail.ts';
import type { Slots } from './unwritten.ts';

export type SipInput =
  | Extract<Heard, { kind: 'opened' | 'closed' | 'received' | 'reached' | 'unreached' }>
  | Extract<NotifierHeard, { kind: 'announced' | 'session-over' | 'deregistered' | 'stopping' }>
  /** Subscriptions of an earlier process, each with the flow that it goes on by; before anything else. */
  | { readonly kind: 'resume'; readonly subscriptions: readonly Resumed[] }
  /** This batch could not be written. */
  | { readonly kind: 'not-written'; readonly batch: SubscriptionBatch }
  /** Write down everything now: the process ends. */
  | { readonly kind: 'write-down' }
  /** By how much the host's loop was late, each time it looked. */
  | { readonly kind: 'lag'; readonly lag: Milliseconds }
  /** Move all terminals to other servers over this time. */
  | { readonly kind: 'drain'; readonly over: Milliseconds }
  | { readonly kind: 'cancel-drain' };

export type SipOutput =
  | Extract<Said, { kind: 'send' | 'close' | 'open' }>
  /** For the store of subscriptions. */
  | { readonly kind: 'write'; readonly batch: SubscriptionBatch };

export type SipCounts = EndpointCounts & NotifierCounts;

export interface Resumed {
  readonly kept: KeptSubscription;
  readonly flow: Flow;
}

export interface SipFaceOptions {
  /** The newest changes that this SIP user may see. */
  readonly tailOf: (user: string) => Tail;
  readonly behind: Behind;
  readonly sessions: Sessions;
  readonly realm: string;
  /** Of the address book, and of its people where they have no other. */
  readonly domain: string;
  /** Other names of the event package. */
  readonly aliases?: readonly string[];
  /** Of the digest, in the order of the challenges; absent: the strongest first. */
  readonly algorithms?: readonly Algorithm[];
  /** Absent: no connection is opened by the server. */
  readonly mayReach?: MayReach;
  /** Absent: nobody is believed who somebody is. */
  readonly trust?: TrustOptions;
  /** Whether the user is a person of the book whom a peer may vouch for. */
  readonly isPerson: (user: string) => boolean;
  /** Absent: tokens are good for HTTP only. */
  readonly bearer?: BearerOptions;
  /** Absent: user agents cannot register here. */
  readonly registrar?: Omit<RegistrarOptions, 'owns'>;
  readonly publicUrl: () => string;
  /** Further Request-URIs that a SUBSCRIBE may have, and which hosts are this server; absent: none. */
  readonly ownUris?: readonly string[];
  readonly isOurHost?: OwnUrisOptions['isOurHost'];
  readonly mostSubscriptions?: number;
  readonly mostPerAddress?: number;
  /** Whether many come by this path, as through a proxy; trusted peers are such anyway. */
  readonly isMany?: (path: FlowPath) => boolean;
  readonly random: () => string;
  readonly hash: Hash;
  readonly report: (fact: ServerFact) => void;
}

const expiry = { minExpiresInSeconds: 60, maxExpiresInSeconds: 86_400, defaultExpiresInSeconds: 3600 };

export class SipFace implements Machine<SipInput, SipOutput> {
  readonly #options: SipFaceOptions;
  readonly #endpoint: Endpoint;
  readonly #notifier: Notifier;
  readonly #reception = new Reception();
  #admitted: Admitted = 'everyone';

  constructor(options: SipFaceOptions) {
    const {
      sessions,
      tailOf,
      realm,
      aliases = [],
      algorithms,
      registrar,
      mayReach,
      trust,
      bearer,
      random,
      hash,
      publicUrl,
    } = options;
    this.#options = options;
    const hasResource = this.#resources(aliases);
    const addressBook = { name: eventPackage, aliases, accept: [heldType], hasResource, ...expiry };
    const account = sessions.sipAccount.bind(sessions);
    const owns = (user: string, address: string): boolean =>
      sessions.owns(user, address) || trust?.userOf([`sip:${address}`]) === user;
    const notifier = {
      serve,
      realm,
      packages: [addressBook],
      account,
      ...(algorithms !== undefined && { algorithms }),
      ...(mayReach !== undefined && { mayReach }),
      ...(trust !== undefined && { trust }),
      ...(bearer !== undefined && { bearer }),
      ...(registrar !== undefined && { registrar: { ...registrar, owns } }),
    };
    this.#endpoint = new Endpoint({ random, hash, notifier });
    const roomFor = this.#endpoint.roomFor.bind(this.#endpoint);
    const { mostSubscriptions, mostPerAddress, isMany } = options;
    this.#notifier = new Notifier({
      tailOf,
      publicUrl,
      roomFor,
      comeBackSeconds: () => comeBackSeconds(random()),
      isMany: (path) => trust?.trusts(path) === true || isMany?.(path) === true,
      turnedAway: (crowded, { remote }) =>
        options.report({ kind: 'crowded', crowded, remote: remote.host, subscriptions: this.subscriptions }),
      ...(mostSubscriptions !== undefined && { mostSubscriptions }),
      ...(mostPerAddress !== undefined && { mostPerAddress }),
    });
  }

  /** Which Request-URIs a SUBSCRIBE may have: ours, one's own address, and what a core routed here, by Route and rules of its own. */
  #resources(aliases: readonly string[]): NonNullable<EventPackage['hasResource']> {
    const { domain, ownUris: others = [], isOurHost = () => false, sessions, trust, report } = this.#options;
    const own = new OwnUris({ domain, users: [eventPackage, ...aliases], others, isOurHost });
    return (requestUri, { user, path }) => {
      if (own.has(requestUri, path.local.host) || trust?.trusts(path) === true) return true;
      const isTheirs = sessions.owns(user, addressOfRecord(requestUri) ?? '');
      if (!isTheirs) report({ kind: 'not-ours', requestUri, flow: path.flow });
      return isTheirs;
    };
  }

  get subscriptions(): number {
    return this.#notifier.count;
  }

  counts(): SipCounts {
    return { ...this.#endpoint.counts(), ...this.#notifier.counts() };
  }

  get draining(): boolean {
    return this.#reception.drain.on;
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
      case 'reached':
      case 'unreached':
        return this.#settle([this.#endpoint.handle(input, now)], now);
      case 'session-over':
        this.#endpoint.handle({ kind: 'unregister', user: input.user }, now);
        return this.#settle(this.#through(this.#notifier.handle(input, now), now), now);
      case 'announced':
      case 'deregistered':
      case 'stopping':
        return this.#settle(this.#through(this.#notifier.handle(input, now), now), now);
      case 'resume':
        return this.#settle(this.#resume(input.subscriptions, now), now);
      case 'not-written':
        this.#notifier.unwritten.giveBack(slotsOf(input.batch), now);
        return [];
      case 'write-down':
        return this.#write(this.#notifier.unwritten.takeAll(), now);
      case 'lag':
        this.#reception.hear(input.lag);
        this.#admit(now, input.lag);
        return [];
      case 'drain':
        this.#reception.drain.begin(input.over, now);
        this.#admit(now);
        return this.#drain(now);
      case 'cancel-drain':
        this.#reception.drain.cancel();
        this.#admit(now);
        return [];
    }
  }

  deadline(): Instant | undefined {
    const { unwritten, count } = this.#notifier;
    const drain = this.#reception.drain.deadline(count);
    return earliest(this.#endpoint.deadline(), this.#notifier.deadline(), unwritten.deadline(), drain);
  }

  wake(now: Instant): readonly SipOutput[] {
    const said = this.#endpoint.wake(now);
    const settled = this.#settle([said, ...this.#through(this.#notifier.wake(now), now)], now);
    return [...settled, ...this.#drain(now), ...this.#write(this.#notifier.unwritten.take(now), now)];
  }

  /** Tells the endpoint whom to let in, where that is another than before. */
  #admit(now: Instant, lag?: Milliseconds): void {
    const { admitted, drain } = this.#reception;
    if (lag !== undefined && admitted !== this.#admitted) this.#options.report({ kind: 'load', admitted, lag });
    this.#admitted = admitted;
    this.#endpoint.handle({ kind: 'admit', admitted, moving: drain.on }, now);
  }

  #drain(now: Instant): readonly SipOutput[] {
    const count = this.#reception.drain.due(this.#notifier.count, now);
    if (count === 0) return [];
    return this.#settle(this.#through(this.#notifier.handle({ kind: 'move-away', count }, now), now), now);
  }

  #resume(resumed: readonly Resumed[], now: Instant): (readonly Said[])[] {
    const said: (readonly Said[])[] = [];
    for (const { kept, flow } of resumed) {
      const { usage, rates = {} } = kept;
      const whole = { ...usage, path: { ...usage.path, flow } };
      const etag = printEntityTag({ book: kept.book, revision: kept.told });
      const accepted = new Map(Object.entries(rates));
      said.push(this.#endpoint.handle({ kind: 'resume', usage: whole, etag, rates: accepted }, now));
    }
    const subscriptions = resumed.map(({ kept }) => kept);
    said.push(...this.#through(this.#notifier.handle({ kind: 'resumed', subscriptions }, now), now));
    // Sessions that ended meanwhile end theirs now.
    const users = new Set(subscriptions.map(({ usage }) => usage.user));
    for (const user of users)
      if (this.#options.sessions.sipAccount(user) === undefined && !this.#options.isPerson(user))
        said.push(...this.#through(this.#notifier.handle({ kind: 'session-over', user }, now), now));
    return said;
  }

  #write({ changed, moved }: Slots, now: Instant): readonly SipOutput[] {
    if (changed.length + moved.length === 0) return [];
    const batch: SubscriptionBatch = {
      kept: changed.flatMap((slot) =>
        this.#keptIn(slot, now).map(([each, usage]) => ({ ...this.#notifier.kept(each), usage })),
      ),
      moved: moved.flatMap((slot) =>
        this.#keptIn(slot, now).map(([{ told }, { dialog }]) => ({ slot, told, localCSeq: dialog.localCSeq })),
      ),
      ended: changed.filter((slot) => this.#keptIn(slot, now).length === 0),
    };
    return [{ kind: 'write', batch }];
  }

  /** The subscription in `slot`, if there is one that is to be written down. */
  #keptIn(slot: Slot, now: Instant): readonly (readonly [Subscription, KeptUsage])[] {
    const found = this.#notifier.at(slot);
    const usage = found && this.#endpoint.kept(found.id, now);
    return found === undefined || usage === undefined ? [] : [[found, usage]];
  }

  #through(commands: readonly NotifierSaid[], now: Instant): (readonly Said[])[] {
    return commands.map((command) => this.#endpoint.handle(command, now));
  }

  /** Carries out all that is not for the host, in order. */
  #settle(said: (readonly Said[])[], now: Instant): readonly SipOutput[] {
    const outputs: SipOutput[] = [];
    // A list that grows while it is walked: what is told leads to what is said.
    for (const together of said)
      for (const each of together)
        if (each.kind === 'send' || each.kind === 'close' || each.kind === 'open') outputs.push(each);
        else said.push(...this.#through(this.#tell(each, now), now));
    return outputs;
  }

  #subscribes({ user, suppressIfMatch }: SubscribeRequest): void {
    const { sessions, behind, tailOf } = this.#options;
    const whose = sessions.sipUsed(user) ?? user;
    const { head, etag } = tailOf(user);
    // Nearly all have what is newest.
    if (suppressIfMatch !== etag) behind.hear(suppressIfMatch, { user: whose, head });
  }

  #tell(said: Exclude<Said, SipOutput>, now: Instant): readonly NotifierSaid[] {
    switch (said.kind) {
      case 'asked':
        this.#subscribes(said.request);
        return this.#notifier.handle(said, now);
      case 'registered':
        this.#options.sessions.sipUsed(said.user);
        return [];
      case 'deregistered':
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

const slotsOf = ({ kept, moved, ended }: SubscriptionBatch): Slots => ({
  changed: [...kept.map(({ slot }) => slot), ...ended],
  moved: moved.map(({ slot }) => slot),
});
