// Connections that the server opens by itself: to the proxies of its configuration, where one that subscriptions
// hang on has ended.

import { isIP } from 'node:net';
import { locate, type Names, type Target } from '../sip/location.ts';
import { parseUri } from '../sip/uri.ts';
import type { MayReach } from '../sip/next-hops.ts';
import type { Address, FlowPath } from '../sip/transaction-user.ts';
import { HostFault } from './host-fault.ts';
import { isNetwork, Networks } from './networks.ts';
import type { SipSockets } from './sip-sockets.ts';

/**
 * Whether the host of a URI is one of `hops`: a name as it is listed, or an address, where what comes from there also
 * came from one of them; so a network may be listed, and whoever subscribes past its proxies has nobody connected to.
 * Undefined where there are none.
 */
export function reaching(hops: readonly string[]): MayReach | undefined {
  if (hops.length === 0) return undefined;
  const networks = new Networks(hops.filter(isNetwork));
  const names = new Set(hops.filter((each) => !isNetwork(each)).map((name) => name.toLowerCase()));
  return ({ host }, { remote }) => (isIP(host) > 0 ? networks.has(host) && networks.has(remote.host) : names.has(host));
}

type Told =
  | { readonly kind: 'reached'; readonly hop: string; readonly path: FlowPath }
  | { readonly kind: 'unreached'; readonly hop: string };

/** Carries out `open`: tells of the flow, or that there is none. */
export const dialling =
  ({ tell, ...reaching }: Reaching & { readonly tell: (told: Told) => void }) =>
  (hop: string): void => {
    reach(hop, reaching).then(
      (path) => tell({ kind: 'reached', hop, path }),
      (fault: unknown) => {
        if (!(fault instanceof HostFault)) throw fault;
        tell({ kind: 'unreached', hop });
      },
    );
  };

export interface Reaching {
  readonly sockets: Pick<SipSockets, 'open' | 'datagramFlow'>;
  readonly names: Names;
  /** Where datagrams are sent from. */
  readonly datagrams: readonly Address[];
  /** PEM of the authorities to trust, instead of the system's. */
  readonly ca: string | undefined;
}

/**
 * A flow to `hop`, by the first of its places (RFC 3263 §4.3) that takes one. Over TLS the certificate must be for the
 * host of the URI, wherever the DNS says that this is (RFC 5922 §4).
 * @throws HostFault when there is none
 */
export async function reach(hop: string, { sockets, names, datagrams, ca }: Reaching): Promise<FlowPath> {
  const uri = parseUri(hop);
  const targets = uri === undefined ? [] : await locate(uri, { names, random: Math.random });
  let last: unknown;
  for (const target of targets) {
    try {
      return target.transport === 'UDP'
        ? byDatagrams(target, sockets, datagrams)
        : await sockets.open(destination(target));
    } catch (fault) {
      if (!(fault instanceof HostFault)) throw fault;
      last = fault;
    }
  }
  throw last instanceof HostFault ? last : new HostFault(`${hop}: there is no way to it`);

  function destination({ transport, address }: Target): Parameters<SipSockets['open']>[0] {
    if (transport !== 'TLS') return { transport: 'TCP', remote: address };
    return { transport, remote: address, ca, servername: uri?.host };
  }
}

/** From where we listen, so that answers and requests find us there. */
function byDatagrams({ address }: Target, sockets: Reaching['sockets'], datagrams: readonly Address[]): FlowPath {
  const local = datagrams.find(({ host }) => isIP(host) === isIP(address.host));
  const flow = local && sockets.datagramFlow(local, address);
  if (local === undefined || flow === undefined) throw new HostFault(`UDP ${address.host}: nothing is sent from here`);
  return { flow, transport: 'UDP', local, remote: address };
}
