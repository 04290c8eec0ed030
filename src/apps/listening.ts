// Where the server listens: the ports that are asked for, or the next that are free.

import { join } from 'node:path';
import type { Config } from '../node/config.ts';
import { printAddress } from '../node/address.ts';
import { HostFault } from '../node/host-fault.ts';
import { openHttpHost, type HttpHost, type HttpHostOptions } from '../node/http.ts';
import type { SipListener } from '../node/listeners.ts';
import { servePage } from '../node/page.ts';
import type { ServerCertificate } from '../node/server-certificate.ts';
import type { SipSockets } from '../node/sip-sockets.ts';
import type { Address } from '../sip/transaction-user.ts';

/** Where a configuration names none: these, or the next that are free. */
export const usualPorts = { http: 8080, sip: 5060 };
const portsTried = 100;

/** Where `npm run build` puts the PC client: from `src` and from `dist` it is the same. */
const pageFolder = join(import.meta.dirname, '..', '..', 'dist', 'pc-client');

/** @throws HostFault when an address cannot be had */
export async function listenSip(
  sockets: SipSockets,
  { host, port, listen }: Config['sip'],
  certificate: ServerCertificate | undefined,
): Promise<readonly SipListener[]> {
  if (listen !== undefined) return listenEach(sockets, listen, certificate);
  const { udp, tcp } = await openPort({ setting: 'sip.port', host, port, usual: usualPorts.sip }, (at) =>
    sockets.listen({ host, port: at }),
  );
  const plain: readonly SipListener[] = [
    { transport: 'UDP', address: udp },
    { transport: 'TCP', address: tcp },
  ];
  if (certificate === undefined) return plain;
  // RFC 3261 §19.1.2: 5061 is to TLS what 5060 is to the others.
  const after = port === undefined || port === 0 ? port : port + 1;
  const address = await openPort({ setting: 'sip.port', host, port: after, usual: udp.port + 1 }, (at) =>
    sockets.listenTls({ host, port: at }, certificate),
  );
  return [...plain, { transport: 'TLS', address }];
}

async function listenEach(
  sockets: SipSockets,
  listen: readonly SipListener[],
  certificate: ServerCertificate | undefined,
): Promise<readonly SipListener[]> {
  // `[::]` beside `0.0.0.0` of the same port: each has its own.
  const only = { ipv6Only: true };
  const listeners: SipListener[] = [];
  for (const { transport, address: at } of listen) {
    const open = (): Promise<Address> => {
      if (transport === 'UDP') return sockets.listenDatagrams(at, only);
      if (transport === 'TCP') return sockets.listenStreams(at, only);
      if (certificate === undefined) throw new HostFault('tls: is missing, and sip.listen has tls:// addresses');
      return sockets.listenTls(at, certificate, only);
    };
    const setting = `sip.listen: ${transport.toLowerCase()}://${printAddress(at)}`;
    listeners.push({ transport, address: await openPort({ setting, ...at, usual: at.port }, open) });
  }
  return listeners;
}

/** @throws HostFault when the address cannot be had */
export function listenHttp(config: Config['http'], options: Omit<HttpHostOptions, 'listen'>): Promise<HttpHost> {
  const { host, port, trustProxy, allowedOrigins, page } = config;
  const believed = {
    ...(trustProxy !== undefined && { trustProxy }),
    ...(allowedOrigins !== undefined && { allowedOrigins }),
  };
  return openPort({ setting: 'http.port', host, port, usual: usualPorts.http }, (at) =>
    openHttpHost({
      ...options,
      listen: { host, port: at },
      ...believed,
      ...(page && { prepare: servePage(pageFolder) }),
    }),
  );
}

interface Wanted {
  readonly setting: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly usual: number;
}

async function openPort<T>(
  { setting, host, port: wanted, usual }: Wanted,
  open: (port: number) => Promise<T>,
): Promise<T> {
  const first = wanted ?? usual;
  for (let port = first; ; port += 1) {
    try {
      return await open(port);
    } catch (fault) {
      const taken = fault instanceof HostFault && fault.message.includes('EADDRINUSE');
      if (taken && wanted !== undefined)
        throw new HostFault(
          `${setting}: ${port} of ${host} is taken by another program; stop that, or give another port`,
          { cause: fault },
        );
      if (!taken || port - first >= portsTried) throw fault;
    }
  }
}

/** An address that a terminal on this machine can use, where the server listens on all. */
export const reachable = (address: Address): Address =>
  address.host === '0.0.0.0'
    ? { ...address, host: '127.0.0.1' }
    : address.host === '::'
      ? { ...address, host: '::1' }
      : address;
