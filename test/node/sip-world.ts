// Real SIP sockets whose events can be waited for, and what ends with the test.

import { once } from 'node:events';
import net from 'node:net';
import { SipSockets, type FlowEvent, type SipSocketsOptions } from '../../src/node/sip-sockets.ts';

export const loopback = { host: '127.0.0.1', port: 0 };

const opened: (() => unknown)[] = [];

/** Runs when the test is over, the last first. */
export const afterTest = (close: () => unknown): void => void opened.push(close);

/** For `afterEach`. */
export async function closeAll(): Promise<void> {
  for (const close of opened.splice(0).toReversed()) await close();
}

export interface Sockets {
  readonly made: SipSockets;
  readonly next: <K extends FlowEvent['kind']>(kind: K) => Promise<Extract<FlowEvent, { kind: K }>>;
}

/** Sockets whose events are kept, and can be waited for. */
export function sockets(options: SipSocketsOptions = {}): Sockets {
  const events: FlowEvent[] = [];
  let wake = (): void => undefined;
  const made = new SipSockets((event) => {
    events.push(event);
    wake();
  }, options);
  afterTest(() => made[Symbol.asyncDispose]());
  const next: Sockets['next'] = async <K extends FlowEvent['kind']>(kind: K) => {
    for (;;) {
      const at = events.findIndex((event) => event.kind === kind);
      if (at !== -1) return events.splice(at, 1)[0] as Extract<FlowEvent, { kind: K }>;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  return { made, next };
}

/** A bare connection: a peer that keeps to nothing. */
export async function dial(port: number, host = '127.0.0.1'): Promise<net.Socket> {
  const socket = net.connect(port, host);
  socket.on('error', () => undefined);
  afterTest(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** Resolves when the other side has ended the connection, however. */
export async function ended(socket: net.Socket): Promise<void> {
  socket.resume();
  // An error is one of the ways.
  if (!socket.destroyed) await new Promise((resolve) => socket.once('close', resolve));
}
