// A notifier and a subscriber joined in memory: no sockets, and time is a number that the test moves.

import { createHash } from 'node:crypto';
import { seconds, instant } from '../../src/base/time.ts';
import type { Instant } from '../../src/base/time.ts';
import { textOf } from '../../src/base/bytes.ts';
import { Endpoint } from '../../src/sip/endpoint.ts';
import type { EndpointOptions, NotifierOptions } from '../../src/sip/endpoint.ts';
import { serve } from '../../src/sip/serving.ts';
import { flow, subscriptionId } from '../../src/sip/transaction-user.ts';
import type { Asking, FlowPath, Heard, Said, SubscriptionId, Transport } from '../../src/sip/transaction-user.ts';

export const hash: EndpointOptions['hash'] = (algorithm, text) =>
  createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
    .update(text)
    .digest('hex');

/** Texts of 8 characters that never repeat and are the same in each run. */
export function numbered(prefix: string): () => string {
  let count = 0;
  return () => `${prefix}${(count += 1).toString(36).padStart(7, '0')}`;
}

const ha1 = { md5: hash('MD5', 'ben:example.com:secret'), sha256: hash('SHA-256', 'ben:example.com:secret') };

export const notifierOptions: NotifierOptions = {
  serve,
  realm: 'example.com',
  packages: [
    {
      name: 'address-book',
      aliases: ['x-book'],
      accept: ['application/vnd.rollcall.held+json'],
      minExpiresInSeconds: 60,
      maxExpiresInSeconds: 86_400,
      defaultExpiresInSeconds: 3600,
    },
  ],
  account: (username) => (username === 'ben' ? { user: 'ben', ...ha1 } : undefined),
};

export function paths(transport: Transport): { readonly server: FlowPath; readonly terminal: FlowPath } {
  const server = { host: '10.0.0.1', port: 5060 };
  const terminal = { host: '10.0.0.12', port: 5062 };
  return {
    server: { flow: flow('to-terminal'), transport, local: server, remote: terminal },
    terminal: { flow: flow('to-server'), transport, local: terminal, remote: server },
  };
}

export const book: SubscriptionId = subscriptionId('book');
export const noticeType = 'application/vnd.rollcall.notice+json';

export type Side = 'server' | 'terminal';

export interface Datagram {
  readonly from: Side;
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly at: Instant;
}

/** What the network does with a message: how many copies arrive at once, or after how many seconds each. */
export type Network = (datagram: Datagram) => number | readonly number[];

/** The two, the network between them, and all that was said. */
export class TwoEndpoints {
  readonly server: Endpoint;
  readonly terminal: Endpoint;
  readonly paths: ReturnType<typeof paths>;
  readonly datagrams: Datagram[] = [];
  /** What is no message of SIP. */
  readonly keepAlives: Datagram[] = [];
  /** What the transaction users were told, `send` left out. */
  readonly told: Record<Side, Said[]> = { server: [], terminal: [] };
  /** How the server's transaction user answers, if at all. */
  onServer: (said: Said) => Heard | undefined = acceptAll;
  network: Network = () => 1;
  now: Instant = instant(0);
  readonly #waiting: { readonly datagram: Datagram; readonly due: number }[] = [];

  constructor(transport: Transport = 'UDP') {
    this.paths = paths(transport);
    this.server = new Endpoint({ random: numbered('s'), hash, software: 'Rollcall', notifier: notifierOptions });
    this.terminal = new Endpoint({ random: numbered('t'), hash });
  }

  tell(side: Side, heard: Heard): void {
    this.#carryOut(side, this[side].handle(heard, this.now));
    this.#deliver();
  }

  /** Lets `count` seconds pass, waking each side when it asked to be. */
  pass(count: number): void {
    const end = this.now + seconds(count);
    for (;;) {
      const due = Math.min(
        this.server.deadline() ?? Infinity,
        this.terminal.deadline() ?? Infinity,
        ...this.#waiting.map((each) => each.due),
      );
      if (due > end) break;
      this.now = instant(Math.max(this.now, due));
      for (const side of ['server', 'terminal'] as const) this.#carryOut(side, this[side].wake(this.now));
      this.#deliver();
    }
    this.now = instant(end);
  }

  subscribe(changes: Partial<Asking> = {}): void {
    this.tell('terminal', { kind: 'subscribe', subscription: book, asking: this.asking(changes) });
  }

  asking(changes: Partial<Asking> = {}): Asking {
    return {
      path: this.paths.terminal,
      to: 'sip:address-book@example.com',
      from: 'sip:ben@example.com',
      credentials: { username: 'ben', password: 'secret' },
      event: 'address-book;delivery=notice',
      accept: [noticeType],
      expiresInSeconds: 3600,
      ...changes,
    };
  }

  /** The start lines of all that was sent, with the sender's initial. */
  get flowOfMessages(): readonly string[] {
    return this.datagrams.map(({ from, text }) => {
      const start = text.slice(0, text.indexOf('\r\n'));
      return `${from[0]}: ${start.startsWith('SIP/2.0') ? start.slice(8) : start.split(' ')[0]}`;
    });
  }

  /** The server's name for the one subscription that was asked for last. */
  get asked(): SubscriptionId {
    const said = this.told.server.findLast((each) => each.kind === 'asked');
    if (said === undefined) throw new Error('nothing was asked');
    return said.request.subscription;
  }

  kinds(side: Side): readonly string[] {
    return this.told[side].map((said) => (said.kind === 'ended' ? `ended: ${said.why}` : said.kind));
  }

  #carryOut(side: Side, outputs: readonly Said[]): void {
    for (const said of outputs) {
      if (said.kind === 'send') this.#send({ from: side, bytes: said.bytes, text: textOf(said.bytes), at: this.now });
      else {
        this.told[side].push(said);
        const answer = side === 'server' ? this.onServer(said) : undefined;
        if (answer !== undefined) this.#carryOut(side, this.server.handle(answer, this.now));
      }
    }
  }

  #send(datagram: Datagram): void {
    (isKeepAlive(datagram) ? this.keepAlives : this.datagrams).push(datagram);
    const copies = this.network(datagram);
    const delays = typeof copies === 'number' ? Array.from({ length: copies }, () => 0) : copies;
    for (const delay of delays) this.#waiting.push({ datagram, due: this.now + seconds(delay) });
  }

  #deliver(): void {
    for (;;) {
      const at = this.#waiting.findIndex((each) => each.due <= this.now);
      const [next] = at < 0 ? [] : this.#waiting.splice(at, 1);
      if (next === undefined) return;
      const { from, bytes } = next.datagram;
      const to = from === 'server' ? 'terminal' : 'server';
      this.#carryOut(to, this[to].handle({ kind: 'received', path: this.paths[to], bytes }, this.now));
    }
  }
}

/** STUN, or line breaks alone. */
const isKeepAlive = ({ bytes }: Datagram): boolean => (bytes[0] ?? 0) < 4 || bytes[0] === 13;

/** A transaction user that has revision b.1 and follows RFC 5839. */
export function acceptAll(said: Said): Heard | undefined {
  if (said.kind !== 'asked') return undefined;
  const { subscription, suppressIfMatch } = said.request;
  const suppress = suppressIfMatch === 'b.1' || suppressIfMatch === '*';
  return { kind: 'accept', subscription, etag: 'b.1', body: { type: noticeType, text: '{"upTo":1}' }, suppress };
}
