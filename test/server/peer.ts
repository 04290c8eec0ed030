// A SIP subscriber on the other end of one flow: a real endpoint, wired octet by octet without sockets.

import type { Instant } from '../../src/base/time.ts';
import type { PersonId } from '../../src/book/person-id.ts';
import type { SipOutput } from '../../src/server/server.ts';
import { Endpoint } from '../../src/sip/endpoint.ts';
import { flow, subscriptionId, type FlowPath, type Said, type Transport } from '../../src/sip/transaction-user.ts';
import type { Session } from '../../src/wire/http.ts';
import { eventOf, printHeld, type Delivery } from '../../src/wire/interest.ts';
import { changesType, heldType, noticeType } from '../../src/wire/protocol-version.ts';
import { hash, type World } from './world.ts';

const mine = subscriptionId('mine');

export class Peer {
  readonly heard: Said[] = [];
  /** The server that it talks with; another one after a restart. */
  world: World;
  readonly #endpoint: Endpoint;
  server: FlowPath;
  readonly #client: FlowPath;
  octets = 0;

  constructor(world: World, transport: Transport = 'UDP', name = 'flow 1') {
    const [here, there] = [
      { host: '127.0.0.1', port: 40_000 + name.length },
      { host: '127.0.0.1', port: 5060 },
    ];
    let made = 0;
    const random = (): string => `${name.replaceAll(' ', '')}x${(made += 1).toString(36)}`;
    this.world = world;
    this.#client = { flow: flow(name), transport, local: here, remote: there };
    this.server = { flow: flow(name), transport, local: there, remote: here };
    this.#endpoint = new Endpoint({ random, hash });
    world.hear({ kind: 'opened', path: this.server });
  }

  subscribe(
    session: Session,
    delivery: Delivery,
    more: { tag?: string; held?: readonly PersonId[]; rates?: string } = {},
  ): void {
    const { sip } = session;
    this.#tell({
      kind: 'subscribe',
      subscription: mine,
      asking: {
        path: this.#client,
        to: sip.to,
        from: sip.address,
        credentials: { username: sip.username, password: sip.password },
        event: [eventOf(delivery), ...(more.rates === undefined ? [] : [more.rates])].join(';'),
        accept: [noticeType, changesType],
        expiresInSeconds: 3600,
        ...(more.tag !== undefined && { suppressIfMatch: more.tag }),
        ...(more.held && { body: { type: heldType, text: printHeld(more.held) } }),
      },
    });
  }

  /** From now on its requests come by another flow. */
  moveTo(transport: Transport): void {
    this.server = { ...this.server, transport, flow: flow(`${this.server.flow} ${transport}`) };
    this.world.hear({ kind: 'opened', path: this.server });
  }

  unsubscribe(): void {
    this.#tell({ kind: 'unsubscribe', subscription: mine });
  }

  refresh(tag: string): void {
    this.#tell({ kind: 'refresh', subscription: mine, suppressIfMatch: tag });
  }

  /** Carries octets both ways until nobody has any more. */
  carry(): void {
    for (let idle = false; !idle;) {
      const isMine = (output: SipOutput): boolean => 'flow' in output && output.flow === this.server.flow;
      const mineNow = this.world.sent.filter(isMine);
      const rest = this.world.sent.filter((output) => !isMine(output));
      this.world.sent.splice(0, this.world.sent.length, ...rest);
      idle = mineNow.length === 0;
      for (const output of mineNow) {
        if (output.kind !== 'send') continue;
        this.octets = Math.max(this.octets, output.bytes.length);
        this.#take(this.#endpoint.handle({ kind: 'received', path: this.#client, bytes: output.bytes }, this.#now));
      }
    }
  }

  bodies(): readonly { type: string; text: string }[] {
    return this.heard.flatMap((said) => (said.kind === 'notified' && said.body ? [said.body] : []));
  }

  get #now(): Instant {
    return this.world.now;
  }

  #tell(heard: Parameters<Endpoint['handle']>[0]): void {
    this.#take(this.#endpoint.handle(heard, this.#now));
    this.carry();
  }

  #take(said: readonly Said[]): void {
    for (const each of said) {
      if (each.kind === 'send') this.world.hear({ kind: 'received', path: this.server, bytes: each.bytes });
      else this.heard.push(each);
    }
  }
}
