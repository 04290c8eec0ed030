// What a terminal needs of where it runs: Node, or a browser.

import type { Clock } from '../base/machine.ts';
import type { WallTime } from '../base/time.ts';
import type { Sha256 } from '../book/photo.ts';
import type { Hash } from '../sip/digest.ts';
import type { Flow, FlowPath } from '../sip/transaction-user.ts';
import type { Session } from '../wire/http.ts';
import type { FlowTarget } from './flow-target.ts';
import type { TerminalHttp } from './http-exchange.ts';
import type { TerminalInput } from './terminal.ts';

/** What the sockets of a host tell. */
export type FlowHeard = Extract<TerminalInput, { readonly kind: 'closed' | 'received' }>;

export interface TerminalSockets extends AsyncDisposable {
  /** @throws HostFault when the server cannot be reached */
  open(to: FlowTarget, server: string): Promise<FlowPath>;
  send(flow: Flow, bytes: Uint8Array): void;
  close(flow: Flow): void;
}

/** What a terminal needs of where it runs. */
export interface TerminalHost<Attempt> {
  readonly clock: Clock;
  readonly wallTime: () => WallTime;
  readonly seed: () => number;
  /** See `EndpointOptions`. */
  readonly random: () => string;
  readonly hash: Hash;
  readonly sha256: Sha256;
  /** The address of a server, as it is kept. @throws HostFault where it is none, or none is named */
  readonly addressOf: (server: string | undefined) => string;
  readonly http: (server: string) => TerminalHttp;
  readonly sockets: (heard: (event: FlowHeard | { readonly kind: 'opened' }) => void) => TerminalSockets;
  /** @throws TerminalFault when the server does not let in, or is not there */
  readonly sessionOf: (http: TerminalHttp, attempt: Attempt) => Promise<Session>;
}

/** In whose name, and where, unless the terminal knows. */
export interface Attempted {
  readonly server?: string;
  readonly user?: string;
}
