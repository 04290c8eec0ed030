// SIP over real sockets, for both roles: a server listens, a terminal opens a flow. This file keeps the
// flows; what each transport is like, its own file knows. A UDP flow is a pair of addresses written out;
// a stream or WebSocket flow is a number and lives as long as its connection (RFC 5626, RFC 7118).

import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import type http from 'node:http';
import net from 'node:net';
import tls from 'node:tls';
import type { WebSocketServer } from 'ws';
import type { Address, Flow, FlowPath, Transport } from '../sip/transaction-user.ts';
import { printAddress } from './address.ts';
import { DatagramSockets, type Binding } from './datagram-sockets.ts';
import { HostFault } from './host-fault.ts';
import { ready } from './ready.ts';
import type { ServerCertificate } from './server-certificate.ts';
import { Admission, socketDefaults, type SocketLimits } from './socket-limits.ts';
import { endsOf, streamFlow, type Connection, type ConnectionHeard } from './stream-flow.ts';
import { connectTls } from './tls.ts';
import { namesShown } from './trusted-peers.ts';
import { dialWebSocket, takeUpgrades, webSocketFlow, type OpenWebSocket } from './websocket-flow.ts';

/** What the sockets tell the machine above. */
export type FlowEvent =
  | { readonly kind: 'opened'; readonly path: FlowPath }
  | { readonly kind: 'closed'; readonly flow: Flow }
  | { readonly kind: 'received'; readonly path: FlowPath; readonly bytes: Uint8Array };

export interface SipSocketsOptions {
  readonly limits?: Partial<SocketLimits>;
  /** Who may connect to the streams that are listened on; its own where absent. */
  readonly admission?: Admission;
}

/** Where a flow goes. `ca`: PEM of certificate authorities to trust for TLS instead of the system's. */
export type Destination =
  | { readonly transport: 'UDP' | 'TCP'; readonly remote: Address }
  | {
      readonly transport: 'TLS';
      readonly remote: Address;
      readonly ca?: string | undefined;
      /** Whom the certificate must be for; the remote host unless given. */
      readonly servername?: string | undefined;
    }
  | { readonly url: string; readonly ca?: string | undefined };

export class SipSockets implements AsyncDisposable {
  readonly #heard: (event: FlowEvent) => void;
  readonly #limits: SocketLimits;
  readonly #admission: Admission;
  readonly #datagrams: DatagramSockets;
  readonly #connections = new Map<Flow, Connection>();
  readonly #listeners = new Set<net.Server>();
  readonly #webSocketServers = new Set<WebSocketServer>();
  readonly #pings: NodeJS.Timeout;
  readonly #stop = new AbortController();
  readonly #ofConnection: ConnectionHeard = {
    received: (path, bytes) => this.#heard({ kind: 'received', path, bytes }),
    closed: ({ flow }) => this.#forget(flow),
  };
  #made = 0;
  #hungUp = false;
  /** Told when the last connection is gone. */
  #emptied: (() => void) | undefined;

  constructor(heard: (event: FlowEvent) => void, { limits, admission = new Admission() }: SipSocketsOptions = {}) {
    this.#heard = heard;
    this.#limits = { ...socketDefaults, ...limits };
    this.#admission = admission;
    this.#datagrams = new DatagramSockets((path, bytes) => heard({ kind: 'received', path, bytes }), this.#limits);
    this.#pings = setInterval(() => this.#ping(), this.#limits.pingEveryMilliseconds).unref();
  }

  /** Carries out the machine's `send`. A flow that is gone is silently passed over: `closed` was told. */
  send(flow: Flow, bytes: Uint8Array): void {
    const connection = this.#connections.get(flow);
    if (connection === undefined) this.#datagrams.send(flow, bytes);
    else connection.write(bytes);
  }

  /** A UDP flow ends only where it was opened from here: it has a socket of its own. */
  close(flow: Flow): void {
    const connection = this.#connections.get(flow);
    if (connection !== undefined) connection.close();
    else if (this.#datagrams.close(flow)) this.#heard({ kind: 'closed', flow });
  }

  /**
   * A UDP socket; port 0 takes a free one.
   * @throws HostFault when the address cannot be had
   */
  listenDatagrams(at: Address, only: Omit<Binding, 'at'> = {}): Promise<Address> {
    return this.#datagrams.listen({ at, ...only });
  }

  /** The UDP flow between an address that is listened on and `remote`; undefined where nobody listens there. */
  datagramFlow(local: Address, remote: Address): Flow | undefined {
    return this.#datagrams.flowBetween(local, remote);
  }

  /**
   * UDP and TCP on one port; port 0 takes a free one for each.
   * @throws HostFault when the address cannot be had by both; then neither is kept
   */
  async listen(at: Address): Promise<{ readonly udp: Address; readonly tcp: Address }> {
    const udp = await this.listenDatagrams(at);
    try {
      return { udp, tcp: await this.listenStreams(at) };
    } catch (fault) {
      this.#datagrams.drop(printAddress(udp));
      throw fault;
    }
  }

  /** @throws HostFault when the address cannot be had */
  listenStreams(at: Address, only: Omit<Binding, 'at'> = {}): Promise<Address> {
    const server = net.createServer((socket) => this.#stream(socket, 'TCP'));
    return this.#listenBy(server, { at, ...only }, 'TCP');
  }

  /**
   * TLS from the first octet, with `certificate`, which stays its owner's to dispose of.
   * @throws HostFault when the address cannot be had
   */
  async listenTls(at: Address, certificate: ServerCertificate, only: Omit<Binding, 'at'> = {}): Promise<Address> {
    const options = { ...certificate.options, handshakeTimeout: this.#limits.handshakeMilliseconds };
    const server = tls.createServer(options, (socket) => {
      if (!socket.destroyed) this.#stream(socket, 'TLS');
    });
    certificate.keep(server);
    return this.#listenBy(server, { at, ...only }, 'TLS');
  }

  /** Takes SIP over WebSocket at `path` of an HTTP server, which guards itself; other upgrades, and those from pages of sites that are not allowed, are refused. */
  serveWebSockets(server: http.Server, path: string, allowedOrigins: readonly string[] = []): void {
    const sockets = takeUpgrades(server, {
      path,
      allowedOrigins,
      limits: this.#limits,
      closed: () => this.#hungUp,
      opened: (open, { socket }) => this.#webSocket(open, 'encrypted' in socket ? 'WSS' : 'WS'),
    });
    this.#webSocketServers.add(sockets);
  }

  /**
   * Opens a flow from here to a SIP server; for UDP binds a socket of its own.
   * @throws HostFault when the server cannot be reached, or its certificate is not what it should be
   */
  async open(to: Destination): Promise<FlowPath> {
    const limits = this.#limits;
    if ('url' in to) {
      const open = await dialWebSocket({ url: to.url, ca: to.ca, limits, stop: this.#stop.signal });
      return this.#webSocket(open, to.url.startsWith('wss:') ? 'WSS' : 'WS');
    }
    const { transport, remote } = to;
    // A literal address, so that the source of the answers is the flow's remote address.
    if (transport === 'UDP') return this.#datagrams.open({ host: await resolved(remote.host), port: remote.port });
    const socket =
      to.transport === 'TLS'
        ? connectTls({ ...remote, servername: to.servername }, to.ca)
        : net.connect(remote.port, remote.host);
    await ready(socket, transport === 'TLS' ? 'secureConnect' : 'connect', {
      what: `${transport} ${printAddress(remote)}`,
      end: () => socket.destroy(),
      withinMilliseconds: limits.openMilliseconds,
      stop: this.#stop.signal,
    });
    return this.#stream(socket, transport);
  }

  /**
   * Ends all connections, and takes no WebSocket any more: an HTTP server closes only once the WebSockets that it
   * was asked for have ended. To be called before that one is closed.
   */
  hangUp(): void {
    this.#hungUp = true;
    for (const connection of this.#connections.values()) connection.close();
  }

  /** Ends everything, and waits until it has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#pings);
    this.#stop.abort();
    for (const server of this.#webSocketServers) server.close();
    const closing = [...this.#listeners].map((server) => once(server, 'close'));
    for (const server of this.#listeners) server.close();
    this.hangUp();
    await this.#datagrams[Symbol.asyncDispose]();
    await Promise.all(closing);
    if (this.#connections.size > 0) await new Promise<void>((resolve) => (this.#emptied = resolve));
  }

  async #listenBy(server: net.Server, { at, ipv6Only = false }: Binding, transport: Transport): Promise<Address> {
    this.#admission.guard(server);
    const what = `${transport} ${printAddress(at)}`;
    server.listen({ host: at.host, port: at.port, ipv6Only, backlog: this.#limits.backlog });
    await ready(server, 'listening', { what, end: () => server.close() });
    this.#listeners.add(server);
    const local = server.address();
    if (local === null || typeof local === 'string') throw new HostFault(`${what}: no address`);
    return { host: local.address, port: local.port };
  }

  #stream(socket: net.Socket, transport: Transport): FlowPath {
    const names = socket instanceof tls.TLSSocket ? namesShown(socket) : [];
    const path: FlowPath = {
      flow: this.#newFlow('stream'),
      transport,
      ...endsOf(socket),
      ...(names.length > 0 && { names }),
    };
    return this.#adopt(streamFlow({ socket, path }, this.#ofConnection, this.#limits));
  }

  #webSocket(open: OpenWebSocket, transport: Transport): FlowPath {
    const ends = endsOf(open.underneath instanceof net.Socket ? open.underneath : undefined);
    const path: FlowPath = { flow: this.#newFlow('ws'), transport, ...ends };
    return this.#adopt(webSocketFlow({ ...open, path }, this.#ofConnection, this.#limits));
  }

  #ping(): void {
    for (const connection of this.#connections.values()) connection.ping?.();
  }

  #adopt(connection: Connection): FlowPath {
    this.#connections.set(connection.path.flow, connection);
    this.#heard({ kind: 'opened', path: connection.path });
    // It came while the last words were said.
    if (this.#hungUp) connection.close();
    return connection.path;
  }

  #forget(flow: Flow): void {
    if (!this.#connections.delete(flow)) return;
    this.#heard({ kind: 'closed', flow });
    if (this.#connections.size === 0) this.#emptied?.();
  }

  #newFlow(kind: string): Flow {
    this.#made += 1;
    return `${kind}:${this.#made}` as Flow;
  }
}

async function resolved(host: string): Promise<string> {
  try {
    return (await lookup(host)).address;
  } catch (cause) {
    throw new HostFault(`${host}: no such host`, { cause });
  }
}
