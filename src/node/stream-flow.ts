// SIP on a stream: TCP, or TLS on it. One flow a connection, for as long as that lives (RFC 5626).

import type net from 'node:net';
import type { Address, FlowPath } from '../sip/transaction-user.ts';
import { plainHost } from './address.ts';
import { part, type SocketLimits } from './socket-limits.ts';

/** A flow that ends by itself, or by us. */
export interface Connection {
  readonly path: FlowPath;
  write(bytes: Uint8Array): void;
  close(): void;
  /** For what the peer must answer to be thought alive. */
  ping?(): void;
}

export interface ConnectionHeard {
  readonly received: (path: FlowPath, bytes: Uint8Array) => void;
  readonly closed: (path: FlowPath) => void;
}

const keepAliveMilliseconds = 30_000;

/** The flow that is `socket`, which is open. */
export function streamFlow(
  { socket, path }: { readonly socket: net.Socket; readonly path: FlowPath },
  heard: ConnectionHeard,
  limits: SocketLimits,
): Connection {
  socket.setNoDelay(true);
  socket.setKeepAlive(true, keepAliveMilliseconds);
  socket.on('data', (bytes) => heard.received(path, bytes));
  socket.on('error', () => undefined); // 'close' follows, which is what counts
  socket.on('close', () => heard.closed(path));
  return {
    path,
    write: (bytes) => {
      if (socket.writableLength > limits.mostUnsentOctets) socket.destroy();
      else if (socket.writable) socket.write(bytes);
    },
    close: () => part(socket, limits.partingMilliseconds),
  };
}

export const endsOf = (socket: net.Socket | undefined): { readonly local: Address; readonly remote: Address } => ({
  local: { host: plainHost(socket?.localAddress), port: socket?.localPort ?? 0 },
  remote: { host: plainHost(socket?.remoteAddress), port: socket?.remotePort ?? 0 },
});
