// Where a SIP URI is to be reached (RFC 3263 §4): by what its host's domain says in the DNS (NAPTR, SRV, A, AAAA), in
// the order in which to try.
//
//   the transport:  the URI's; of a number, or with a port: UDP, for sips TLS; else NAPTR; else any that has SRV; else as of a number
//   host and port:  a number as it is; with a port its addresses; else SRV, by priority and weight; else its addresses

import type { Address } from './transaction-user.ts';
import type { SipUri } from './uri.ts';

/** A port: what the DNS says. Nothing found is an empty list. @throws HostFault when nobody answers */
export interface Names {
  naptr(domain: string): Promise<readonly Naptr[]>;
  srv(service: string): Promise<readonly Srv[]>;
  /** A and AAAA, as text. */
  addresses(host: string): Promise<readonly string[]>;
}

/** RFC 3403 §4. */
export interface Naptr {
  readonly order: number;
  readonly preference: number;
  /** `s`: the replacement has SRV records. */
  readonly flags: string;
  readonly service: string;
  readonly replacement: string;
}

/** RFC 2782. */
export interface Srv {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

export type Carrier = 'UDP' | 'TCP' | 'TLS';

export interface Target {
  readonly transport: Carrier;
  readonly address: Address;
}

export interface Locating {
  readonly names: Names;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** RFC 3263 §4.1; those of `sips` are the last only. */
const services: Readonly<Record<Carrier, { readonly naptr: string; readonly srv: string; readonly port: number }>> = {
  UDP: { naptr: 'SIP+D2U', srv: '_sip._udp', port: 5060 },
  TCP: { naptr: 'SIP+D2T', srv: '_sip._tcp', port: 5060 },
  TLS: { naptr: 'SIPS+D2T', srv: '_sips._tcp', port: 5061 },
};

/** In the order of our liking, where the domain has none: what is encrypted, then what is never cut off. */
const carriers: readonly Carrier[] = ['TLS', 'TCP', 'UDP'];

/** More would be another way to keep a server busy. */
const mostTargets = 16;

/** In the order in which they are to be tried; empty where there is no way that we know. @throws HostFault when the DNS does not answer */
export async function locate(uri: SipUri, locating: Locating): Promise<readonly Target[]> {
  const host = uri.parameters.get('maddr')?.toLowerCase() ?? uri.host;
  const given = carrierOf(uri);
  if (given === 'unknown') return [];
  const usual: Carrier = uri.scheme === 'sips' ? 'TLS' : 'UDP';
  const transport = given ?? usual;
  if (isNumeric(host)) return [{ transport, address: { host, port: uri.port ?? services[transport].port } }];
  if (uri.port !== undefined) return direct(host, { transport, port: uri.port }, locating);
  const found =
    given === undefined ? await byDomain(uri, host, locating) : await byService(given, srvName(given, host), locating);
  if (found !== undefined) return found.slice(0, mostTargets);
  return direct(host, { transport, port: services[transport].port }, locating);
}

/** What the URI itself says; undefined where it says nothing. */
function carrierOf({ scheme, parameters }: SipUri): Carrier | 'unknown' | undefined {
  switch (parameters.get('transport')?.toLowerCase()) {
    case undefined:
      return undefined;
    case 'udp': // RFC 3261 §26.2.2: not with sips
      return scheme === 'sips' ? 'unknown' : 'UDP';
    case 'tcp':
      return scheme === 'sips' ? 'TLS' : 'TCP';
    case 'tls':
      return 'TLS';
    default:
      return 'unknown';
  }
}

const isNumeric = (host: string): boolean => host.includes(':') || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host);

async function direct(
  host: string,
  { transport, port }: { readonly transport: Carrier; readonly port: number },
  { names }: Locating,
): Promise<readonly Target[]> {
  const addresses = await names.addresses(host);
  return addresses.slice(0, mostTargets).map((each) => ({ transport, address: { host: each, port } }));
}

/**
 * By the NAPTR records of the domain, where those name a transport that we have; else by whatever SRV records there
 * are. Undefined where there are none.
 */
async function byDomain({ scheme }: SipUri, host: string, locating: Locating): Promise<readonly Target[] | undefined> {
  const ours = scheme === 'sips' ? carriers.slice(0, 1) : carriers;
  const records = await locating.names.naptr(host);
  const named = records
    .toSorted((one, other) => one.order - other.order || one.preference - other.preference)
    .flatMap(({ flags, service, replacement }) => {
      const carrier = ours.find((each) => services[each].naptr === service.toUpperCase());
      return carrier === undefined || flags.toLowerCase() !== 's' ? [] : [{ carrier, service: replacement }];
    })
    .slice(0, carriers.length);
  const asked = named.length > 0 ? named : ours.map((carrier) => ({ carrier, service: srvName(carrier, host) }));
  let found: readonly Target[] | undefined;
  for (const { carrier, service } of asked) {
    const targets = await byService(carrier, service, locating);
    if (targets !== undefined) found = [...(found ?? []), ...targets];
  }
  return found;
}

const srvName = (carrier: Carrier, host: string): string => `${services[carrier].srv}.${host}`;

/** Undefined where the service has no records; empty where it says that it is not offered (RFC 2782: the target is the root). */
async function byService(
  transport: Carrier,
  service: string,
  locating: Locating,
): Promise<readonly Target[] | undefined> {
  const records = await locating.names.srv(service);
  if (records.length === 0) return undefined;
  const targets: Target[] = [];
  for (const { target, port } of ordered(records, locating.random)) {
    if (target === '' || target === '.') continue;
    if (targets.length >= mostTargets) break;
    targets.push(...(await direct(target, { transport, port }, locating)));
  }
  return targets;
}

/** RFC 2782: the lowest priority first; within one, by chance, each as often as its weight says. */
export function ordered(records: readonly Srv[], random: () => number): readonly Srv[] {
  const priorities = [...new Set(records.map(({ priority }) => priority))].toSorted((one, other) => one - other);
  return priorities.flatMap((each) =>
    drawn(
      records.filter(({ priority }) => priority === each),
      random,
    ),
  );
}

function drawn(records: readonly Srv[], random: () => number): readonly Srv[] {
  // Those without weight first, so that they have a chance, if a small one.
  const left = records.toSorted((one, other) => one.weight - other.weight);
  const order: Srv[] = [];
  while (left.length > 0) {
    const sum = left.reduce((total, { weight }) => total + weight, 0);
    const point = Math.floor(random() * (sum + 1));
    let running = 0;
    const at = left.findIndex(({ weight }) => (running += weight) >= point);
    order.push(...left.splice(Math.max(at, 0), 1));
  }
  return order;
}
