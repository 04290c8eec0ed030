// Where the server listens for SIP, and which of those places a terminal is told.

import net from 'node:net';
import type { Address } from '../sip/transaction-user.ts';
import type { SipAccess } from '../wire/http.ts';
import { printAddress, readAddress } from './address.ts';

export interface SipListener {
  readonly transport: 'UDP' | 'TCP' | 'TLS';
  readonly address: Address;
}

const transports = { udp: 'UDP', tcp: 'TCP', tls: 'TLS' } as const;

/** `udp://`, `tcp://` or `tls://`, then `host:port`; undefined where `text` is something else. */
export function readListener(text: string): SipListener | undefined {
  const [, scheme = '', rest = ''] = /^(udp|tcp|tls):\/\/(.+?)\/?$/.exec(text) ?? [];
  const address = readAddress(rest);
  return address === undefined ? undefined : { transport: transports[scheme as keyof typeof transports], address };
}

export type Places = Pick<SipAccess, 'udp' | 'tcp' | 'tls'>;

/**
 * Of each transport the place that suits a terminal at the address `remote` best: never this machine's loopback for
 * one of another, unless all go by `publicHost`; of its own IP version before the other; first the one listed first.
 * Who listens on every address is told as such: the terminal knows by which it reached the server.
 */
export function placesFor(remote: string, listeners: readonly SipListener[], publicHost?: string): Places {
  const places: { -readonly [Name in keyof Places]: Places[Name] } = {};
  for (const name of ['udp', 'tcp', 'tls'] as const) {
    const suiting = listeners
      .filter(
        ({ transport, address }) =>
          transport === transports[name] && (publicHost !== undefined || reaches(remote, address.host)),
      )
      .toSorted((one, other) => misfit(remote, one.address.host) - misfit(remote, other.address.host));
    const [best] = suiting;
    if (best !== undefined)
      places[name] = printAddress({ host: publicHost ?? best.address.host, port: best.address.port });
  }
  return places;
}

const isLoopback = (host: string): boolean => host === '::1' || host === 'localhost' || host.startsWith('127.');

const reaches = (remote: string, host: string): boolean => isLoopback(remote) || !isLoopback(host);

const misfit = (remote: string, host: string): number =>
  (net.isIPv6(remote) === net.isIPv6(host) ? 0 : 2) + (isLoopback(remote) === isLoopback(host) ? 0 : 1);
