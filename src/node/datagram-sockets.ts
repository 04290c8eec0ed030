// SIP over UDP. A flow is the pair of addresses written out, so that 100,000 remote terminals need no
// table here. A hot path: an answer to a NOTIFY needs neither the flow's name nor the peer's address, so
// both are written when they are asked for; and a datagram is sent in the same breath, not after a look-up
// of what is an IP address already, which with a callback is an eighth of a bare echo's 11 us.

import dgram from 'node:dgram';
import { lookup } from 'node:dns';
import { once } from 'node:events';
import net from 'node:net';
import type { Address, Flow, FlowPath } from '../sip/transaction-user.ts';
import { plainHost, printAddress } from './address.ts';
import { HostFault } from './host-fault.ts';
import { isAny, OwnAddresses } from './own-addresses.ts';
import { ready } from './ready.ts';
import type { SocketLimits } from './socket-limits.ts';

export interface DatagramHeard {
  (path: FlowPath, bytes: Uint8Array): void;
}

export interface Binding {
  readonly at: Address;
  /** `::` without IPv4, where another socket has that. */
  readonly ipv6Only?: boolean;
}

export class DatagramSockets {
  readonly #heard: DatagramHeard;
  readonly #limits: SocketLimits;
  readonly #byName = new Map<string, dgram.Socket>();
  /** Sockets that were bound for one flow only, and end with it. */
  readonly #own = new Map<Flow, string>();
  readonly #addresses = new OwnAddresses();

  constructor(heard: DatagramHeard, limits: SocketLimits) {
    this.#heard = heard;
    this.#limits = limits;
  }

  /** @throws HostFault when the address cannot be had */
  async listen({ at, ipv6Only = false }: Binding): Promise<Address> {
    const family = net.isIPv6(at.host) ? 6 : 4;
    let bound = false;
    const socket = dgram.createSocket({
      type: `udp${family}`,
      ipv6Only: ipv6Only && family === 6,
      recvBufferSize: this.#limits.socketBufferOctets,
      // Only to be bound may it have a name.
      lookup: (host, options, found) => (bound ? found(null, host, family) : lookup(host, options, found)),
    });
    socket.bind(at.port, at.host);
    await ready(socket, 'listening', { what: `UDP ${printAddress(at)}`, end: () => socket.close() });
    bound = true;
    const { address, port } = socket.address();
    const local: Address = { host: address, port };
    const name = printAddress(local);
    this.#byName.set(name, socket);
    const localFor = isAny(address) ? (host: string): Address => this.#facing(host, port) : (): Address => local;
    const ours = { name, localFor };
    socket.on('message', (bytes, from) => {
      // RFC 768: no port, nobody to answer; and the kernel sends nothing there.
      if (from.port === 0) return;
      this.#heard(new DatagramPath(ours, from), bytes);
    });
    return local;
  }

  /**
   * A flow to `remote`, an IP address, from a socket of its own.
   * @throws HostFault when there is no socket to be had, or no port to send to
   */
  async open(remote: Address): Promise<FlowPath> {
    const { host } = remote;
    if (remote.port === 0) throw new HostFault(`UDP ${printAddress(remote)}: nothing is sent to port 0`);
    const loopback = host === '::1' || host.startsWith('127.');
    const any = net.isIPv6(host) ? '::' : '0.0.0.0';
    const bound = await this.listen({ at: { host: loopback ? host : any, port: 0 } });
    const name = printAddress(bound);
    const local = isAny(bound.host) ? this.#facing(host, bound.port) : bound;
    const flow = flowOf(name, remote);
    this.#own.set(flow, name);
    return { flow, transport: 'UDP', local, remote };
  }

  /** The flow between an address that is listened on, by itself or among all, and `remote`, as a datagram from there would name it; undefined where nobody listens. */
  flowBetween({ host, port }: Address, remote: Address): Flow | undefined {
    const hosts = net.isIPv6(host) ? [host, '::'] : [host, '0.0.0.0', '::'];
    const bound = hosts.find((each) => this.#byName.has(printAddress({ host: each, port })));
    if (bound === undefined) return undefined;
    // A socket of both versions knows an IPv4 address as a mapped one.
    const mapped = net.isIPv6(bound) && !net.isIPv6(remote.host);
    return flowOf(printAddress({ host: bound, port }), mapped ? { ...remote, host: `::ffff:${remote.host}` } : remote);
  }

  /** False where `flow` is none of UDP. */
  send(flow: Flow, bytes: Uint8Array): boolean {
    const ends = endsOf(flow);
    if (ends === undefined) return false;
    // A send that fails (no route, too long, no buffer, an ICMP error of before) is a lost datagram to SIP, which
    // sends it again; without a callback nobody hears of it.
    this.#byName.get(ends.socket)?.send(bytes, ends.remote.port, ends.remote.host);
    return true;
  }

  /** Ends the socket that was bound for `flow`; those that listen stay. Whether there was one. */
  close(flow: Flow): boolean {
    const name = this.#own.get(flow);
    if (name === undefined) return false;
    this.#own.delete(flow);
    this.drop(name);
    return true;
  }

  #facing(remote: string, port: number): Address {
    return { host: this.#addresses.facing(remote), port };
  }

  /** Ends the socket that listens at an address. */
  drop(name: string): void {
    this.#byName.get(name)?.close();
    this.#byName.delete(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closing = [...this.#byName.values()].map((socket) => once(socket, 'close'));
    for (const name of this.#byName.keys()) this.drop(name);
    this.#own.clear();
    await Promise.all(closing);
  }
}

/** The way that a datagram came. */
class DatagramPath implements FlowPath {
  readonly transport = 'UDP';
  readonly #localFor: (host: string) => Address;
  readonly #socket: string;
  readonly #host: string;
  readonly #port: number;
  #flow: Flow | undefined;
  #local: Address | undefined;
  #remote: Address | undefined;

  constructor(socket: { readonly name: string; readonly localFor: (host: string) => Address }, from: dgram.RemoteInfo) {
    this.#localFor = socket.localFor;
    this.#socket = socket.name;
    this.#host = from.address;
    this.#port = from.port;
  }

  get flow(): Flow {
    return (this.#flow ??= flowOf(this.#socket, { host: this.#host, port: this.#port }));
  }

  get local(): Address {
    return (this.#local ??= this.#localFor(this.#host));
  }

  get remote(): Address {
    return (this.#remote ??= { host: plainHost(this.#host), port: this.#port });
  }
}

const flowOf = (socket: string, remote: Address): Flow => `udp:${socket}>${printAddress(remote)}` as Flow;

function endsOf(flow: Flow): { readonly socket: string; readonly remote: Address } | undefined {
  const between = flow.indexOf('>');
  if (!flow.startsWith('udp:') || between === -1) return undefined;
  const colon = flow.lastIndexOf(':');
  const bracketed = flow[between + 1] === '[';
  const host = bracketed ? flow.slice(between + 2, colon - 1) : flow.slice(between + 1, colon);
  return { socket: flow.slice(4, between), remote: { host, port: Number(flow.slice(colon + 1)) } };
}
