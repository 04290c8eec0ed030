// SIP over WebSocket (RFC 7118), on an HTTP server's port: one message is one WebSocket message.

import type http from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer, type ClientOptions } from 'ws';
import type { FlowPath } from '../sip/transaction-user.ts';
import { HostFault } from './host-fault.ts';
import { mayAsk } from './origins.ts';
import { ready } from './ready.ts';
import { part, type SocketLimits } from './socket-limits.ts';
import type { Connection, ConnectionHeard } from './stream-flow.ts';
import { clientTls } from './tls.ts';

/** The WebSocket subprotocol (RFC 7118 §4.1). */
const subprotocol = 'sip';

// RFC 7692: the compression context is kept from message to message, which is what makes the
// twentieth NOTIFY a tenth of the first; and short messages are compressed too.
const deflate = {
  threshold: 0,
  zlibDeflateOptions: { level: 6, memLevel: 7 },
  serverNoContextTakeover: false,
} as const;

/** A WebSocket that is open, and the connection that it runs on. */
export interface OpenWebSocket {
  readonly webSocket: WebSocket;
  readonly underneath: Duplex;
}

export interface UpgradeOptions {
  readonly path: string;
  /** Sites, beside the server's own host, whose pages may come. */
  readonly allowedOrigins: readonly string[];
  readonly limits: SocketLimits;
  /** Whether no more are taken. */
  readonly closed: () => boolean;
  readonly opened: (open: OpenWebSocket, request: http.IncomingMessage) => void;
}

/** Takes the upgrades of `server` at `path`; others are refused. */
export function takeUpgrades(server: http.Server, options: UpgradeOptions): WebSocketServer {
  const { limits, closed, opened } = options;
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: deflate,
    maxPayload: limits.mostMessageOctets,
    handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
  });
  server.on('upgrade', (request: http.IncomingMessage, socket: Duplex, head: Buffer) => {
    const refusal = closed() ? '503 Service Unavailable' : refuseUpgrade(request, options);
    if (refusal === undefined) {
      sockets.handleUpgrade(request, socket, head, (webSocket) => opened({ webSocket, underneath: socket }, request));
      return;
    }
    // The HTTP server has let go of it: without this a peer that resets the connection would end the program.
    socket.on('error', () => socket.destroy());
    socket.write(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    part(socket, limits.partingMilliseconds);
  });
  return sockets;
}

/** Why this upgrade is none of ours, as a status line; undefined where it is. */
function refuseUpgrade(
  request: http.IncomingMessage,
  { path, allowedOrigins }: Pick<UpgradeOptions, 'path' | 'allowedOrigins'>,
): string | undefined {
  if (request.url?.split('?', 1)[0] !== path) return '404 Not Found';
  const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim());
  if (offered?.includes(subprotocol) !== true) return '400 Sec-WebSocket-Protocol: sip is needed';
  // A page of another site must not speak SIP in the name of whoever has it open.
  return mayAsk(request.headers, allowedOrigins) ? undefined : '403 Forbidden';
}

export interface Dialling {
  readonly url: string;
  /** PEM of certificate authorities to trust for `wss:` instead of the system's. */
  readonly ca: string | undefined;
  readonly limits: SocketLimits;
  readonly stop: AbortSignal;
}

/** @throws HostFault when the server cannot be reached, or does not take it */
export async function dialWebSocket({ url, ca, limits, stop }: Dialling): Promise<OpenWebSocket> {
  const webSocket = newWebSocket(url, {
    ...(url.startsWith('wss:') && clientTls(ca)),
    perMessageDeflate: deflate,
    maxPayload: limits.mostMessageOctets,
  });
  let underneath: Duplex | undefined;
  webSocket.on('upgrade', (response) => (underneath = response.socket));
  const withinMilliseconds = limits.openMilliseconds;
  await ready(webSocket, 'open', { what: url, end: () => webSocket.terminate(), withinMilliseconds, stop });
  if (underneath === undefined) throw new TypeError('a WebSocket opens by an upgrade');
  return { webSocket, underneath };
}

/** What a server tells as its address may be anything. */
function newWebSocket(url: string, options: ClientOptions): WebSocket {
  try {
    return new WebSocket(url, subprotocol, options);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new HostFault(`${JSON.stringify(url)} is no address of a WebSocket: ${cause.message}`, { cause });
  }
}

/** The flow that is `webSocket`. */
export function webSocketFlow(
  { webSocket, underneath, path }: OpenWebSocket & { readonly path: FlowPath },
  heard: ConnectionHeard,
  limits: SocketLimits,
): Connection {
  let alive = true;
  webSocket.on('pong', () => (alive = true));
  webSocket.on('message', (data) => {
    const bytes = Array.isArray(data) ? Buffer.concat(data) : new Uint8Array(data as Buffer);
    heard.received(path, bytes);
  });
  webSocket.on('error', () => undefined); // 'close' follows
  webSocket.on('close', () => heard.closed(path));
  endTricklers({ webSocket, underneath }, limits.messageMilliseconds);
  return {
    path,
    write: (bytes) => {
      if (webSocket.bufferedAmount > limits.mostUnsentOctets) webSocket.terminate();
      else webSocket.send(bytes, { binary: false });
    },
    close: () => {
      webSocket.close();
      const timer = setTimeout(() => webSocket.terminate(), limits.partingMilliseconds);
      webSocket.once('close', () => clearTimeout(timer));
    },
    ping: () => {
      if (!alive) return webSocket.terminate();
      alive = false;
      webSocket.ping();
    },
  };
}

/**
 * A message has so long from its first octet to its last. What `ws` has of one it does not say; so the time runs
 * from octets that come to the next thing that is whole, which a peer that ends nothing cannot reach.
 */
function endTricklers({ webSocket, underneath }: OpenWebSocket, withinMilliseconds: number): void {
  let timer: NodeJS.Timeout | undefined;
  const whole = (): void => {
    clearTimeout(timer);
    timer = undefined;
  };
  underneath.prependListener('data', () => {
    timer ??= setTimeout(() => webSocket.terminate(), withinMilliseconds).unref();
  });
  for (const event of ['message', 'ping', 'pong', 'close']) webSocket.on(event, whole);
}
