// SIP over real sockets, for both roles: a server listens, a terminal opens a flow. UDP flows are the
// pair of addresses written out, so that 100,000 remote terminals need no table here; a stream or
// WebSocket flow is a number and lives as long as its connection (RFC 5626, RFC 7118).

import dgram from 'node:dgram';
import { once } from 'node:events';
import type http from 'node:http';
import { lookup } from 'node:dns/promises';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import type { Address, Flow, FlowPath, Transport } from '../sip/transaction-user.ts';
import { HostFault } from './host-fault.ts';

/** What the sockets tell the machine above. */
export type FlowEvent =
  | { readonly kind: 'opened'; readonly path: FlowPath }
  | { readonly kind: 'closed'; readonly flow: Flow }
  | { readonly kind: 'received'; readonly path: FlowPath; readonly bytes: Uint8Array };

interface Connection {
  readonly path: FlowPath;
  write(bytes: Uint8Array): void;
  close(): void;
}

const defaults = {
  // The kernel's default of 208 kB holds about a hundred datagrams' burst.
  socketBufferOctets: 4 * 1024 * 1024,
  // A peer that reads nothing must not fill our memory.
  mostUnsentOctets: 4 * 1024 * 1024,
  mostMessageOctets: 256 * 1024,
  // An idle WebSocket is pinged, so that a dead one is found out.
  pingEveryMilliseconds: 30_000,
  // For a peer to answer the end of its WebSocket; one that is gone never does.
  partingMilliseconds: 1000,
};

/** The WebSocket subprotocol (RFC 7118 §4.1). */
const subprotocol = 'sip';

// RFC 7692: the compression context is kept from message to message, which is what makes the
// twentieth NOTIFY a tenth of the first; and short messages are compressed too.
const deflate = {
  threshold: 0,
  zlibDeflateOptions: { level: 6, memLevel: 7 },
  serverNoContextTakeover: false,
} as const;

export class SipSockets implements AsyncDisposable {
  readonly #heard: (event: FlowEvent) => void;
  readonly #connections = new Map<Flow, Connection>();
  readonly #datagramSockets = new Map<string, dgram.Socket>();
  readonly #listeners = new Set<net.Server>();
  readonly #webSocketServers = new Set<WebSocketServer>();
  readonly #pingable = new Map<Flow, () => void>();
  readonly #pings: NodeJS.Timeout;
  #made = 0;
  #hungUp = false;

  constructor(heard: (event: FlowEvent) => void) {
    this.#heard = heard;
    this.#pings = setInterval(() => this.#ping(), defaults.pingEveryMilliseconds).unref();
  }

  /** Carries out the machine's `send`. A flow that is gone is silently passed over: `closed` was told. */
  send(flow: Flow, bytes: Uint8Array): void {
    const connection = this.#connections.get(flow);
    if (connection !== undefined) return connection.write(bytes);
    const ends = datagramEnds(flow);
    if (ends === undefined) return;
    // A send that fails (no route, no buffer) is a lost datagram to SIP, which sends it again.
    this.#datagramSockets.get(ends.socket)?.send(bytes, ends.remote.port, ends.remote.host, () => undefined);
  }

  close(flow: Flow): void {
    this.#connections.get(flow)?.close();
  }

  /**
   * A UDP socket; port 0 takes a free one.
   * @throws HostFault when the address cannot be had
   */
  async listenDatagrams(at: Address): Promise<Address> {
    const socket = dgram.createSocket({
      type: net.isIPv6(at.host) ? 'udp6' : 'udp4',
      recvBufferSize: defaults.socketBufferOctets,
    });
    socket.bind(at.port, at.host);
    await ready(socket, 'listening', `UDP ${printAddress(at)}`);
    const local = socket.address();
    const mine: Address = { host: local.address, port: local.port };
    const name = printAddress(mine);
    this.#datagramSockets.set(name, socket);
    socket.on('message', (bytes, from) => {
      const remote = { host: from.address, port: from.port };
      const path: FlowPath = { flow: datagramFlow(name, remote), transport: 'UDP', local: mine, remote };
      this.#heard({ kind: 'received', path, bytes });
    });
    // ICMP errors of a connected peer; the transaction times out by itself.
    socket.on('error', () => undefined);
    return mine;
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
      const name = printAddress(udp);
      this.#datagramSockets.get(name)?.close();
      this.#datagramSockets.delete(name);
      throw fault;
    }
  }

  /** @throws HostFault when the address cannot be had */
  async listenStreams(at: Address): Promise<Address> {
    const server = net.createServer((socket) => this.#stream(socket));
    server.listen(at.port, at.host);
    await ready(server, 'listening', `TCP ${printAddress(at)}`);
    this.#listeners.add(server);
    const local = server.address();
    if (local === null || typeof local === 'string') throw new HostFault(`TCP ${printAddress(at)}: no address`);
    return { host: local.address, port: local.port };
  }

  /** Takes SIP over WebSocket at `path` of an HTTP server; other upgrades are refused. */
  serveWebSockets(server: http.Server, path: string): void {
    const sockets = new WebSocketServer({
      noServer: true,
      perMessageDeflate: deflate,
      maxPayload: defaults.mostMessageOctets,
      handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
    });
    this.#webSocketServers.add(sockets);
    server.on('upgrade', (request: http.IncomingMessage, socket: Duplex, head: Buffer) => {
      const refusal = this.#hungUp ? '503 Service Unavailable' : refuseUpgrade(request, path);
      if (refusal !== undefined) {
        socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      sockets.handleUpgrade(request, socket, head, (webSocket) => this.#webSocket(webSocket, endsOf(request.socket)));
    });
  }

  /**
   * Opens a flow from here to a SIP server; for UDP binds a socket of its own.
   * @throws HostFault when the server cannot be reached
   */
  async open(
    to:
      | { readonly transport: 'UDP' | 'TCP'; readonly remote: Address }
      /** `ca`: PEM of certificate authorities to trust for `wss:` instead of the system's. */
      | { readonly url: string; readonly ca?: string | undefined },
  ): Promise<FlowPath> {
    if ('url' in to) return this.#openWebSocket(to.url, to.ca);
    if (to.transport === 'TCP') {
      const socket = net.connect(to.remote.port, to.remote.host);
      await ready(socket, 'connect', `TCP ${printAddress(to.remote)}`);
      return this.#stream(socket);
    }
    // A literal address, so that the source of the answers is the flow's remote address.
    const { address, family } = await resolved(to.remote.host);
    const loopback = address === '::1' || address.startsWith('127.');
    const any = family === 6 ? '::' : '0.0.0.0';
    const local = await this.listenDatagrams({ host: loopback ? address : any, port: 0 });
    const remote = { host: address, port: to.remote.port };
    return { flow: datagramFlow(printAddress(local), remote), transport: 'UDP', local, remote };
  }

  /**
   * Ends all connections, and takes no WebSocket any more: an HTTP server closes only once the WebSockets that it
   * was asked for have ended. To be called before that one is closed.
   */
  hangUp(): void {
    this.#hungUp = true;
    for (const connection of this.#connections.values()) connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#pings);
    for (const server of this.#webSocketServers) server.close();
    this.hangUp();
    const closing = [...this.#listeners].map((server) => once(server, 'close'));
    for (const server of this.#listeners) server.close();
    for (const socket of this.#datagramSockets.values()) socket.close();
    this.#datagramSockets.clear();
    await Promise.all(closing);
  }

  async #openWebSocket(url: string, ca: string | undefined): Promise<FlowPath> {
    const webSocket = new WebSocket(url, subprotocol, {
      ...(ca !== undefined && { ca }),
      perMessageDeflate: deflate,
      maxPayload: defaults.mostMessageOctets,
    });
    let underneath: net.Socket | undefined;
    webSocket.on('upgrade', (response) => (underneath = response.socket));
    await ready(webSocket, 'open', url);
    return this.#webSocket(webSocket, endsOf(underneath));
  }

  #stream(socket: net.Socket): FlowPath {
    const path: FlowPath = { flow: this.#newFlow('tcp'), transport: 'TCP', ...endsOf(socket) };
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 30_000);
    this.#adopt({
      path,
      write: (bytes) => {
        if (socket.writableLength > defaults.mostUnsentOctets) socket.destroy();
        else socket.write(bytes);
      },
      close: () => socket.destroySoon(),
    });
    socket.on('data', (bytes) => this.#heard({ kind: 'received', path, bytes }));
    socket.on('error', () => undefined); // 'close' follows, which is what counts
    socket.on('close', () => this.#forget(path.flow));
    return path;
  }

  #webSocket(webSocket: WebSocket, ends: { readonly local: Address; readonly remote: Address }): FlowPath {
    const transport: Transport = webSocket.url?.startsWith('wss:') ? 'WSS' : 'WS';
    const path: FlowPath = { flow: this.#newFlow('ws'), transport, ...ends };
    let alive = true;
    this.#adopt({
      path,
      write: (bytes) => {
        if (webSocket.bufferedAmount > defaults.mostUnsentOctets) webSocket.terminate();
        else webSocket.send(bytes, { binary: false });
      },
      close: () => {
        webSocket.close();
        setTimeout(() => webSocket.terminate(), defaults.partingMilliseconds).unref();
      },
    });
    this.#pingable.set(path.flow, () => {
      if (!alive) return webSocket.terminate();
      alive = false;
      webSocket.ping();
    });
    webSocket.on('pong', () => (alive = true));
    webSocket.on('message', (data) => {
      const bytes = Array.isArray(data) ? Buffer.concat(data) : new Uint8Array(data as Buffer);
      this.#heard({ kind: 'received', path, bytes });
    });
    webSocket.on('error', () => undefined); // 'close' follows
    webSocket.on('close', () => this.#forget(path.flow));
    return path;
  }

  #ping(): void {
    for (const ping of this.#pingable.values()) ping();
  }

  #adopt(connection: Connection): void {
    this.#connections.set(connection.path.flow, connection);
    this.#heard({ kind: 'opened', path: connection.path });
  }

  #forget(flow: Flow): void {
    this.#pingable.delete(flow);
    if (this.#connections.delete(flow)) this.#heard({ kind: 'closed', flow });
  }

  #newFlow(kind: string): Flow {
    this.#made += 1;
    return `${kind}:${this.#made}` as Flow;
  }
}

export const printAddress = (address: Address): string =>
  net.isIPv6(address.host) ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;

/** @throws HostFault where `text` is not `host:port` with an IP address or name */
export function parseAddress(text: string): Address {
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+)):(\d{1,5})$/.exec(text);
  const host = parts?.[1] ?? parts?.[2];
  const port = Number(parts?.[3]);
  if (host === undefined || port > 65_535)
    throw new HostFault(`not an address of the form host:port: ${JSON.stringify(text)}`);
  return { host, port };
}

const datagramFlow = (socket: string, remote: Address): Flow => `udp:${socket}>${printAddress(remote)}` as Flow;

function datagramEnds(flow: Flow): { readonly socket: string; readonly remote: Address } | undefined {
  const between = flow.indexOf('>');
  if (!flow.startsWith('udp:') || between === -1) return undefined;
  return { socket: flow.slice(4, between), remote: parseAddress(flow.slice(between + 1)) };
}

const endsOf = (socket: net.Socket | undefined): { readonly local: Address; readonly remote: Address } => ({
  local: { host: plain(socket?.localAddress), port: socket?.localPort ?? 0 },
  remote: { host: plain(socket?.remoteAddress), port: socket?.remotePort ?? 0 },
});

/** A dual-stack socket writes IPv4 addresses as `::ffff:192.0.2.1`. */
const plain = (host: string | undefined): string => host?.replace(/^::ffff:(?=\d+\.)/, '') ?? '';

/** Why this upgrade is none of ours, as a status line; undefined where it is. */
function refuseUpgrade(request: http.IncomingMessage, path: string): string | undefined {
  if (request.url?.split('?', 1)[0] !== path) return '404 Not Found';
  const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim());
  if (offered?.includes(subprotocol) !== true) return '400 Sec-WebSocket-Protocol: sip is needed';
  // A page of another site must not speak SIP in the name of whoever has it open.
  const { origin, host } = request.headers;
  if (origin !== undefined && URL.parse(origin)?.host !== host) return '403 Forbidden';
  return undefined;
}

async function resolved(host: string): Promise<{ readonly address: string; readonly family: number }> {
  try {
    return await lookup(host);
  } catch (cause) {
    throw new HostFault(`${host}: no such host`, { cause });
  }
}

async function ready(
  socket: { once(event: string, listener: () => void): unknown } & NodeJS.EventEmitter,
  event: string,
  what: string,
): Promise<void> {
  try {
    await once(socket, event);
  } catch (cause) {
    throw new HostFault(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
