// Which peers are of the trust domain (RFC 3325 §2.3): those at addresses of the configuration, and those whose
// client certificate, by an authority of the configuration, bears a name of it.

import type tls from 'node:tls';
import { split } from '../sip/grammar.ts';
import type { FlowPath } from '../sip/transaction-user.ts';
import { Networks } from './networks.ts';

export interface TrustedPeers {
  /** Addresses and networks. */
  readonly trusted?: readonly string[] | undefined;
  /** Host names in certificates. */
  readonly trustedNames?: readonly string[] | undefined;
}

/** Undefined where nobody is. */
export function trusting({ trusted = [], trustedNames = [] }: TrustedPeers): ((path: FlowPath) => boolean) | undefined {
  if (trusted.length + trustedNames.length === 0) return undefined;
  const networks = new Networks(trusted);
  const names = new Set(trustedNames.map((name) => name.toLowerCase()));
  return ({ transport, remote, names: shown = [] }) => {
    // A WebSocket comes from a page, or through the web's own proxy, whoever's address that is.
    if (transport === 'WS' || transport === 'WSS') return false;
    return networks.has(remote.host) || shown.some((name) => names.has(name));
  };
}

/** The host names of the client certificate, where an authority of ours vouches for it (RFC 5922 §7.1: DNS names and SIP URIs). */
export function namesShown(socket: tls.TLSSocket): readonly string[] {
  if (!socket.authorized) return [];
  const { subjectaltname = '' } = socket.getPeerCertificate();
  // What has a comma, or anything else that is odd, Node puts in quotes; it is no host name.
  return split(subjectaltname, ',').flatMap((each) => {
    const name = /^(?:DNS:|URI:sip:)([a-z0-9.-]+)$/i.exec(each)?.[1];
    return name === undefined ? [] : [name.toLowerCase()];
  });
}
