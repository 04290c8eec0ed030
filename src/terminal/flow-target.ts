// Where the flow to the server goes: what the terminal would like, of what the server offers.

import type { SipAccess } from '../wire/http.ts';

export type TransportChoice = 'udp' | 'tcp' | 'tls' | 'websocket';

export type FlowTarget =
  /** `host:port`. */
  | { readonly transport: 'UDP' | 'TCP' | 'TLS'; readonly address: string }
  /** A `ws:` or `wss:` URL, or a path on the server that was logged in at. */
  | { readonly transport: 'WS'; readonly url: string };

// A WebSocket goes where HTTP goes, through proxies and firewalls, and costs the least per notification. What is
// encrypted comes before what is not.
const preferred: readonly TransportChoice[] = ['websocket', 'tls', 'udp', 'tcp'];

const transports = { udp: 'UDP', tcp: 'TCP', tls: 'TLS' } as const;

/** Undefined where the server does not offer what is wanted. */
export function flowTarget(access: SipAccess, wanted: TransportChoice | undefined): FlowTarget | undefined {
  for (const choice of wanted === undefined ? preferred : [wanted]) {
    const offered = access[choice];
    if (offered === undefined) continue;
    if (choice === 'websocket') return { transport: 'WS', url: offered };
    return { transport: transports[choice], address: offered };
  }
  return undefined;
}
