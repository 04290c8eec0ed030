// Which address of this machine a peer finds us at, where a socket is bound to all of them: a datagram does not say
// by which it came, and `0.0.0.0` in Contact or Via is nobody's address (RFC 3261 §8.1.1.8).

import net from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { plainHost } from './address.ts';

/** Interfaces come and go: a laptop moves, a VPN begins. */
const readEveryMilliseconds = 10_000;

/** Peers whose answer is kept. */
const mostKept = 4096;

const isLoopback = (host: string): boolean => host === '::1' || host.startsWith('127.');

export const isAny = (host: string): boolean => host === '0.0.0.0' || host === '::';

/** Whether a host, lower-case and an IPv6 address without brackets, is this machine, by its name or any of its addresses. */
export function isThisMachine(host: string): boolean {
  if (host === 'localhost' || isLoopback(host) || host === hostname().toLowerCase()) return true;
  const interfaces = Object.values(networkInterfaces()).flat();
  return interfaces.some((each) => each?.address === host);
}

interface Own {
  readonly address: string;
  readonly net: net.BlockList;
}

export class OwnAddresses {
  #kept = new Map<string, string>();
  #readAt = -Infinity;

  /** Of the network that the peer is in; else the first that others can reach; of the peer's IP version. */
  facing(remote: string): string {
    const now = performance.now();
    if (now - this.#readAt > readEveryMilliseconds || this.#kept.size >= mostKept) {
      this.#kept = new Map();
      this.#readAt = now;
    }
    const host = plainHost(remote);
    const known = this.#kept.get(host);
    if (known !== undefined) return known;
    const found = facing(host);
    this.#kept.set(host, found);
    return found;
  }
}

function facing(host: string): string {
  const family = net.isIPv6(host) ? 'ipv6' : 'ipv4';
  const loopback = family === 'ipv6' ? '::1' : '127.0.0.1';
  if (isLoopback(host)) return loopback;
  const own = ownOf(family);
  const near = own.find(({ address, net: network }) => address === host || network.check(host, family));
  return (near ?? own[0])?.address ?? loopback;
}

function ownOf(family: 'ipv4' | 'ipv6'): readonly Own[] {
  return Object.values(networkInterfaces())
    .flat()
    .flatMap((each) => {
      if (each === undefined || each.internal || each.family.toLowerCase() !== family || each.cidr === null) return [];
      // Link-local addresses are good only with a zone, which SIP cannot write (RFC 4007 §11).
      if (/^fe80:/i.test(each.address)) return [];
      const network = new net.BlockList();
      network.addSubnet(each.address, Number(each.cidr.split('/')[1]), family);
      return [{ address: each.address, net: network }];
    });
}
