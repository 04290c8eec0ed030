// What a peer may take of our sockets, before and after anybody knows who it is. How long a SIP message
// may take, and how long a stranger may stay, the endpoint knows (`sip/streams`); an HTTP request, `http`.

import type net from 'node:net';
import type { Duplex } from 'node:stream';
import { siteOf } from './address.ts';
import { Networks } from './networks.ts';

export interface SocketLimits {
  readonly socketBufferOctets: number;
  readonly mostUnsentOctets: number;
  readonly mostMessageOctets: number;
  readonly messageMilliseconds: number;
  readonly pingEveryMilliseconds: number;
  readonly partingMilliseconds: number;
  readonly openMilliseconds: number;
  readonly handshakeMilliseconds: number;
  readonly backlog: number;
}

export const socketDefaults: SocketLimits = {
  // The kernel's default of 208 kB holds about a hundred datagrams' burst.
  socketBufferOctets: 4 * 1024 * 1024,
  // A peer that reads nothing must not fill our memory.
  mostUnsentOctets: 4 * 1024 * 1024,
  // Of a WebSocket message, also unpacked. A SUBSCRIBE that names 20,000 held persons is about 200 kB.
  mostMessageOctets: 256 * 1024,
  // For a WebSocket message to arrive whole, however many pieces it comes in; as on a stream.
  messageMilliseconds: 20_000,
  // An idle WebSocket is pinged, so that a dead one is found out.
  pingEveryMilliseconds: 30_000,
  // For what was written to leave, and for a peer to answer the end; one that is gone, or reads nothing, never does.
  partingMilliseconds: 1000,
  // For a server to take our connection, with its handshakes.
  openMilliseconds: 10_000,
  // For a client's TLS handshake; Node's own 120 s would let strangers hold what costs the most.
  handshakeMilliseconds: 10_000,
  // All terminals come back at once after a power cut; the kernel caps it at `somaxconn`, 4096 on Linux.
  backlog: 4096,
};

export interface AdmissionLimits {
  readonly connections: number;
  readonly connectionsPerAddress: number;
  /** Addresses, or networks such as `10.0.0.0/8`, of proxies: through each come many. */
  readonly unlimited: readonly string[];
}

export const admissionDefaults: AdmissionLimits = {
  // Terminals of a large enterprise, two connections each (HTTP is kept open for a while, SIP for as long as the terminal runs).
  connections: 50_000,
  // A branch office behind one address; an attacker from one address still leaves room for all others.
  connectionsPerAddress: 2000,
  unlimited: [],
};

/** Counts connections, in all and by peer, and says who may come in. */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #unlimited: Networks;
  readonly #bySite = new Map<string, number>();
  #count = 0;

  constructor(limits: Partial<AdmissionLimits> = {}) {
    this.#limits = { ...admissionDefaults, ...limits };
    this.#unlimited = new Networks(this.#limits.unlimited);
  }

  get count(): number {
    return this.#count;
  }

  /** Puts itself before all that `server` does with a connection: who may not come in is hung up on at once. */
  guard(server: net.Server): void {
    const listeners = server.listeners('connection');
    server.removeAllListeners('connection');
    server.on('connection', (socket: net.Socket) => {
      if (!this.#admit(socket)) return void socket.destroy();
      for (const listener of listeners) Reflect.apply(listener, server, [socket]);
    });
  }

  #admit(socket: net.Socket): boolean {
    // Undefined where the peer has gone already.
    const { remoteAddress } = socket;
    if (remoteAddress === undefined || this.#count >= this.#limits.connections) return false;
    const site = siteOf(remoteAddress);
    const held = this.#bySite.get(site) ?? 0;
    if (held >= this.#limits.connectionsPerAddress && !this.#unlimited.has(remoteAddress)) return false;
    this.#count += 1;
    this.#bySite.set(site, held + 1);
    socket.once('close', () => this.#release(site));
    return true;
  }

  #release(site: string): void {
    this.#count -= 1;
    const left = (this.#bySite.get(site) ?? 1) - 1;
    if (left === 0) this.#bySite.delete(site);
    else this.#bySite.set(site, left);
  }
}

/** Ends `socket` after what was written, but waits for no peer: one that reads nothing would hold it for ever. */
export function part(socket: Duplex, withinMilliseconds: number): void {
  socket.end();
  const timer = setTimeout(() => socket.destroy(), withinMilliseconds);
  socket.once('close', () => clearTimeout(timer));
}
