// Waiting for a socket to be there, or not.

import { once, type EventEmitter } from 'node:events';
import { HostFault } from './host-fault.ts';
import { certificateTrouble } from './tls.ts';

export interface Waiting {
  /** What the socket is, for the message. */
  readonly what: string;
  /** Ends it where it does not come. */
  readonly end: () => void;
  readonly withinMilliseconds?: number;
  /** Gives up where the program ends meanwhile. */
  readonly stop?: AbortSignal;
}

/**
 * Waits until `socket` says `event`. From then on its errors are not thrown: `close` follows those that count.
 * @throws HostFault with the reason in words; the socket is ended
 */
export async function ready(socket: EventEmitter, event: string, waiting: Waiting): Promise<void> {
  const { what, end, withinMilliseconds, stop } = waiting;
  socket.on('error', () => undefined);
  const signals = [
    ...(stop === undefined ? [] : [stop]),
    ...(withinMilliseconds === undefined ? [] : [AbortSignal.timeout(withinMilliseconds)]),
  ];
  try {
    await once(socket, event, signals.length === 0 ? {} : { signal: AbortSignal.any(signals) });
  } catch (cause) {
    end();
    throw new HostFault(`${what}: ${wordsOf(cause, waiting)}`, { cause });
  }
}

function wordsOf(cause: unknown, { what, stop }: Waiting): string {
  if (stop?.aborted === true) return 'this program is ending';
  if (!(cause instanceof Error)) return String(cause);
  if (cause.name === 'AbortError') return 'it did not answer in time';
  return certificateTrouble(cause, what) ?? cause.message;
}
