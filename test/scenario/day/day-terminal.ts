// A terminal of a long day, as far as SIP sees it: a real endpoint, an employee who comes and goes, a machine that
// changes its address, loses its network, or is switched off without a word.

import type { PersonId } from '../../../src/book/person-id.ts';
import { hash } from '../../../src/node/chance.ts';
import { alarm, type Alarm } from '../../../src/sip/agenda.ts';
import { Endpoint } from '../../../src/sip/endpoint.ts';
import {
  flow,
  subscriptionId,
  type Flow,
  type FlowPath,
  type Said,
  type SubscriptionId,
} from '../../../src/sip/transaction-user.ts';
import { eventOf, printHeld, type Delivery } from '../../../src/wire/interest.ts';
import { changesType, heldType, noticeType } from '../../../src/wire/protocol-version.ts';
import type { Chance } from '../simulation/chance.ts';
import type { Clock } from './clock.ts';

/** What is between a terminal and the server. */
export interface Way {
  send(terminal: DayTerminal, bytes: Uint8Array): void;
  /** A connection is there, or is gone; `late`: nobody said so, and the server finds out by its pings. */
  opened(terminal: DayTerminal): void;
  closed(terminal: DayTerminal, late: boolean): void;
  /** An address for datagrams is nobody's any more; the server does not hear of it. */
  left(address: Flow): void;
}

export interface DayTerminalParts {
  readonly number: number;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly way: Way;
  readonly transport: 'UDP' | 'WS';
  readonly delivery: Delivery;
  readonly held: readonly PersonId[];
  readonly credentials: { readonly username: string; readonly password: string };
}

const serverPlace = { host: '192.0.2.1', port: 5060 };
const to = 'sip:address-book@example.com';

export class DayTerminal {
  readonly #parts: DayTerminalParts;
  readonly #wake: Alarm = alarm(() => this.#hear(this.#endpoint.wake(this.#parts.clock.now)));
  #endpoint: Endpoint;
  #subscription: SubscriptionId = subscriptionId('none');
  #moves = 0;
  #names = 0;
  #etag: string | undefined;
  /** Its machine is on. */
  on = false;
  /** It hears: also for a while after its employee has left, whose last word wants an answer. */
  reachable = false;
  /** The server granted its subscription, and it did not end since. */
  live = false;
  /** As the server sees it, and as it is seen from here. */
  path: FlowPath;
  #clientPath: FlowPath;

  constructor(parts: DayTerminalParts) {
    this.#parts = parts;
    this.#endpoint = this.#newEndpoint();
    [this.path, this.#clientPath] = this.#paths();
  }

  get transport(): 'UDP' | 'WS' {
    return this.#parts.transport;
  }

  comes(): void {
    if (this.on) return;
    this.on = true;
    this.reachable = true;
    this.#moveAway();
    if (this.transport === 'WS') this.#parts.way.opened(this);
    this.#subscribe();
  }

  /** The employee logs off: the subscription is ended. */
  leaves(): void {
    if (!this.on) return;
    this.#tell({ kind: 'unsubscribe', subscription: this.#subscription });
    this.on = false;
    this.live = false;
    const { clock, way } = this.#parts;
    clock.after(60_000, () => {
      if (this.on) return;
      this.reachable = false;
      if (this.transport === 'WS') way.closed(this, false);
    });
  }

  /** No word to anybody: power, battery, a cable. */
  vanishes(): void {
    if (!this.on) return;
    this.on = false;
    this.reachable = false;
    this.live = false;
    this.#parts.clock.set(this.#wake, undefined);
    this.#endpoint = this.#newEndpoint();
    if (this.transport === 'WS') this.#parts.way.closed(this, true);
  }

  /** Another network: a datagram comes from another address from now on; a connection breaks and is made anew. */
  moves(): void {
    if (!this.on) return;
    if (this.transport === 'WS') return this.#breaks(this.#parts.chance.is(0.5));
    this.#moveAway();
    if (this.live) this.#tell({ kind: 'refresh', subscription: this.#subscription, ...this.#known() });
  }

  receives(bytes: Uint8Array): void {
    this.#tell({ kind: 'received', path: this.#clientPath, bytes });
  }

  /** The server ended the connection. */
  hungUp(): void {
    if (this.on) this.#breaks(false);
  }

  /** The flow is over, and another is made. */
  #breaks(late: boolean): void {
    const { way } = this.#parts;
    const { flow: old } = this.#clientPath;
    if (this.transport === 'WS') way.closed(this, late);
    this.#moveAway();
    if (this.transport === 'WS') way.opened(this);
    this.#tell({ kind: 'closed', flow: old });
  }

  #newEndpoint(): Endpoint {
    const { chance } = this.#parts;
    return new Endpoint({ random: () => chance.token(8), hash });
  }

  #moveAway(): void {
    if (this.transport === 'UDP') this.#parts.way.left(this.path.flow);
    this.#moves += 1;
    [this.path, this.#clientPath] = this.#paths();
  }

  #paths(): readonly [FlowPath, FlowPath] {
    const { number, transport } = this.#parts;
    const own = {
      host: `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`,
      port: 1024 + (this.#moves % 60_000),
    };
    const name = flow(`${transport} ${own.host}:${own.port}`);
    const path = { flow: name, transport };
    return [
      { ...path, local: serverPlace, remote: own },
      { ...path, local: own, remote: serverPlace },
    ];
  }

  #known(): { readonly suppressIfMatch?: string } {
    return this.#etag === undefined ? {} : { suppressIfMatch: this.#etag };
  }

  #subscribe(): void {
    const { number, delivery, held, credentials } = this.#parts;
    this.#names += 1;
    this.#subscription = subscriptionId(`${number}.${this.#names}`);
    this.#tell({
      kind: 'subscribe',
      subscription: this.#subscription,
      asking: {
        path: this.#clientPath,
        to,
        from: `sip:${credentials.username}@example.com`,
        credentials,
        event: eventOf(delivery),
        accept: [noticeType, changesType],
        expiresInSeconds: 3600,
        ...this.#known(),
        ...(delivery === 'held' && { body: { type: heldType, text: printHeld(held) } }),
      },
    });
  }

  #tell(heard: Parameters<Endpoint['handle']>[0]): void {
    this.#hear(this.#endpoint.handle(heard, this.#parts.clock.now));
  }

  #hear(said: readonly Said[]): void {
    for (const each of said) this.#act(each);
    this.#parts.clock.set(this.#wake, this.#endpoint.deadline());
  }

  #act(said: Said): void {
    if (said.kind === 'send') return this.#parts.way.send(this, said.bytes);
    // Its keep-alives were not answered (RFC 5626 §4.4).
    if (said.kind === 'close') return this.#parts.clock.after(0, () => this.on && this.#breaks(false));
    if (!('subscription' in said) || said.subscription !== this.#subscription) return;
    switch (said.kind) {
      case 'subscribed':
        this.live = this.on;
        return;
      case 'notified':
        this.#etag = said.etag ?? this.#etag;
        return;
      case 'refresh-due':
        return this.#tell({ kind: 'refresh', subscription: this.#subscription, ...this.#known() });
      case 'ended':
      case 'refused':
        return this.#isWithout(said.retryAfterSeconds ?? 0);
      case 'delivered':
      case 'undelivered':
        return; // a notifier's
    }
  }

  #isWithout(retryAfterSeconds: number): void {
    this.live = false;
    const { clock, chance } = this.#parts;
    const [name, wait] = [this.#subscription, 1000 * Math.max(retryAfterSeconds, chance.between(1, 30))];
    clock.after(wait, () => {
      if (this.on && !this.live && this.#subscription === name) this.#subscribe();
    });
  }
}
