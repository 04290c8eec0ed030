// Addresses as text, and back.

import type { Address } from '../sip/transaction-user.ts';
import { siteOf as site } from '../sip/site.ts';
import { HostFault } from './host-fault.ts';

export const printAddress = ({ host, port }: Address): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

/** `host:port` with an IP address (IPv6 in brackets) or a name; undefined where `text` is something else. */
export function readAddress(text: string): Address | undefined {
  // A link-local IPv6 address has a zone (RFC 4007 §11): `fe80::1%eth0`.
  const parts = /^(?:\[([0-9a-fA-F:.]+(?:%[\w.-]+)?)\]|([^\s:[\]\0]+)):(\d{1,5})$/.exec(text);
  const host = parts?.[1] ?? parts?.[2];
  const port = Number(parts?.[3]);
  return host === undefined || port > 65_535 ? undefined : { host, port };
}

/** @throws HostFault where `text` is not `host:port` */
export function parseAddress(text: string): Address {
  const address = readAddress(text);
  if (address === undefined) throw new HostFault(`not an address of the form host:port: ${JSON.stringify(text)}`);
  return address;
}

/** As SIP writes it: without a zone, and an IPv4 address as one, which a dual-stack socket gives as `::ffff:192.0.2.1`. */
export const plainHost = (host: string | undefined): string =>
  host?.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '') ?? '';

/** What counts as one peer, however its address is written. */
export const siteOf = (remote: string): string => site(plainHost(remote));

/** Whether the `hostname` of a URL is this machine. */
export const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
