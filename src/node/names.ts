// What the DNS says, by Node's resolver: RFC 3263's port.

import { lookup, Resolver } from 'node:dns/promises';
import type { Names } from '../sip/location.ts';
import { HostFault } from './host-fault.ts';

/** Of a host that does not answer a resolver of its own tries, in all. */
const limits = { timeout: 2000, tries: 2 };

// RFC 1035 §4.1.1 and RFC 2308: there is no such name, or it has none of these records.
const nothing: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA']);

/** What name servers say that know no NAPTR, which RFC 3263 §4.1 has one do without. */
const nothingOfNaptr: ReadonlySet<string> = new Set([...nothing, 'EREFUSED', 'ENOTIMP', 'ESERVFAIL', 'EFORMERR']);

/** By the system's name servers, or those given as `address` or `address:port`. */
export function systemNames(servers?: readonly string[]): Names {
  const resolver = new Resolver(limits);
  if (servers !== undefined) resolver.setServers([...servers]);
  return {
    naptr: async (domain) => {
      const records = await asked(domain, resolver.resolveNaptr(domain), nothingOfNaptr);
      return records.map(({ order, preference, flags, service, replacement }) => {
        return { order, preference, flags, service, replacement };
      });
    },
    srv: async (service) => {
      const records = await asked(service, resolver.resolveSrv(service));
      return records.map(({ priority, weight, port, name }) => ({ priority, weight, port, target: name }));
    },
    addresses: async (host) => {
      // One kind is enough, whatever the server thinks of the other.
      const both = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
      const found = both.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
      // The machine's own file of hosts is no name server.
      return found.length > 0 ? found : (await asked(host, lookup(host, { all: true }))).map(({ address }) => address);
    },
  };
}

/** @throws HostFault when nobody answers */
async function asked<Found>(
  name: string,
  question: Promise<readonly Found[]>,
  none = nothing,
): Promise<readonly Found[]> {
  try {
    return await question;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && none.has(String(cause.code))) return [];
    throw new HostFault(
      `${name}: the DNS does not answer (${cause instanceof Error ? cause.message : String(cause)})`,
      {
        cause,
      },
    );
  }
}
