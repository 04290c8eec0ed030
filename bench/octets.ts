// Counts what crosses this process's own sockets, below everything of the product: octets of TCP streams
// (with all that HTTP, SIP and WebSocket frames add, compressed as they go) and of datagrams.

import { subscribe } from 'node:diagnostics_channel';
import type dgram from 'node:dgram';
import type net from 'node:net';

export interface Octets {
  readonly sent: number;
  readonly received: number;
}

const streams = new Set<net.Socket>();
const before = { sent: 0, received: 0 };

export function countOctets(): void {
  subscribe('net.client.socket', (message) => {
    const { socket } = message as { readonly socket: net.Socket };
    streams.add(socket);
    socket.once('close', () => {
      streams.delete(socket);
      before.sent += socket.bytesWritten;
      before.received += socket.bytesRead;
    });
  });
  subscribe('udp.socket', (message) => {
    const { socket } = message as { readonly socket: dgram.Socket };
    socket.on('message', (bytes) => (before.received += bytes.length));
    const send = socket.send.bind(socket) as (...words: readonly unknown[]) => void;
    socket.send = (...words: readonly unknown[]): void => {
      const [bytes] = words;
      if (bytes instanceof Uint8Array) before.sent += bytes.length;
      send(...words);
    };
  });
}

export function octetsSoFar(): Octets {
  let { sent, received } = before;
  for (const socket of streams) {
    sent += socket.bytesWritten;
    received += socket.bytesRead;
  }
  return { sent, received };
}
