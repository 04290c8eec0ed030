// The settings of where the server listens, how it shows who it is, and how many may come.

import * as v from 'valibot';
import { notifierDefaults } from '../server/notifier-options.ts';
import type { Algorithm } from '../sip/digest.ts';
import { readOrigin } from './origins.ts';
import { parseNameAddress } from '../sip/headers.ts';
import { parseUri } from '../sip/uri.ts';
import { isNetwork } from './networks.ts';
import { readListener, type SipListener } from './listeners.ts';
import type { TlsFiles } from './server-certificate.ts';
import { count, flag, port, said, text, url } from './setting-schema.ts';
import { admissionDefaults } from './socket-limits.ts';

export interface HttpConfig {
  readonly host: string;
  /** 0 takes a free port; absent, the next free one from 8080. */
  readonly port?: number | undefined;
  /** How terminals reach it, where a proxy stands in front or a certificate names it. */
  readonly publicUrl?: string | undefined;
  /** Addresses, or networks, of proxies whose X-Forwarded-For is believed. */
  readonly trustProxy?: readonly string[] | undefined;
  /** Sites whose pages may use the API and SIP over WebSocket. */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** Whether the PC client is served. */
  readonly page: boolean;
}

export interface SipConfig {
  readonly domain: string;
  /** UDP, TCP, and TLS on the port after, where there is a certificate; unless `listen` says more. */
  readonly host: string;
  /** 0 takes a free port; absent, the next free one from 5060. */
  readonly port?: number | undefined;
  /** In place of `host` and `port`. */
  readonly listen?: readonly SipListener[] | undefined;
  /** Host or address that terminals are told; as they are listened on unless given. */
  readonly publicHost?: string | undefined;
  readonly alias?: string | undefined;
  /** Of the digest, offered in this order; SHA-256, then MD5 unless given. */
  readonly algorithms?: readonly Algorithm[] | undefined;
  readonly registrar: 'on' | 'off';
  /** Peers that are believed who somebody is: addresses, and networks. */
  readonly trusted?: readonly string[] | undefined;
  /** The same by the host names in their client certificates. */
  readonly trustedNames?: readonly string[] | undefined;
  /** Proxies to which the server may open a connection by itself, where the one that subscriptions hang on ends. */
  readonly nextHops?: readonly string[] | undefined;
  /** Further Request-URIs that a SUBSCRIBE may have, such as a public service identity; without a user: of the whole host. */
  readonly ownUris?: readonly string[] | undefined;
  /** What a registrar tells user agents to send their requests by (RFC 3608). */
  readonly serviceRoute?: readonly string[] | undefined;
}

export interface LimitsConfig {
  /** HTTP and SIP together. */
  readonly connections: number;
  readonly connectionsPerAddress: number;
  readonly subscriptions: number;
  readonly subscriptionsPerAddress: number;
}

const defaults = {
  http: { host: '127.0.0.1' },
  sip: { domain: 'rollcall.invalid', host: '127.0.0.1' },
} as const;

const network = 'an IP address, or a network such as 10.0.0.0/8';

const siteRight = 'a site as browsers name it, https://HOST or https://HOST:PORT, without a path';
const site = v.pipe(
  v.string(said(siteRight)),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const read = readOrigin(dataset.value);
    if (read !== undefined) return read;
    addIssue({ message: said(siteRight) });
    return NEVER;
  }),
);

const networks = v.array(v.pipe(text(network), v.check(isNetwork, said(network))), said(`a list, each ${network}`));

const hostNameRight = 'a host name as in a certificate, such as scscf.example.com';
const hostName = v.pipe(text(hostNameRight), v.regex(/^[a-z0-9.-]+$/i, said(hostNameRight)));

const hopRight = 'an IP address, a network such as 10.0.0.0/8, or a host name as it stands in the route';
const hop = v.pipe(
  text(hopRight),
  v.check((value) => isNetwork(value) || /^(?=.*[a-z])[a-z0-9.-]+$/i.test(value), said(hopRight)),
);

export const httpSchema: v.GenericSchema<unknown, HttpConfig> = v.strictObject({
  host: v.optional(text('an address to listen on'), defaults.http.host),
  port: v.optional(port),
  publicUrl: v.optional(url(['http://', 'https://'])),
  trustProxy: v.optional(networks),
  allowedOrigins: v.optional(v.array(site, said(`a list, each ${siteRight}`))),
  page: v.optional(flag, true),
});

const algorithmsRight = 'a list of SHA-256, MD5 or both';
const algorithms = v.pipe(
  v.array(v.picklist(['SHA-256', 'MD5'], said(algorithmsRight)), said(algorithmsRight)),
  v.minLength(1, said(algorithmsRight)),
  v.check((list) => new Set(list).size === list.length, said(algorithmsRight)),
);

const listenerRight = 'udp://ADDRESS:PORT, tcp://ADDRESS:PORT or tls://ADDRESS:PORT, an IPv6 address in brackets';
const listener = v.pipe(
  v.string(said(listenerRight)),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const read = readListener(dataset.value);
    if (read !== undefined) return read;
    addIssue({ message: said(listenerRight) });
    return NEVER;
  }),
);

const routeRight = 'a SIP URI in brackets such as <sip:proxy.example.com;lr>';
const route = v.pipe(
  text(routeRight),
  v.check((value) => parseUri(parseNameAddress(value)?.uri ?? '')?.parameters.has('lr') === true, said(routeRight)),
);

const ownUriRight = 'a SIP URI such as sip:addressbook@ab.example.com, or sip:HOST, without a port and parameters';
const ownUri = v.pipe(
  text(ownUriRight),
  v.check((value) => {
    const uri = parseUri(value);
    return uri !== undefined && uri.port === undefined && uri.parameters.size === 0 && uri.headers === '';
  }, said(ownUriRight)),
);

export const sipSchema: v.GenericSchema<unknown, SipConfig> = v.pipe(
  v.strictObject({
    domain: v.optional(text('a domain name'), defaults.sip.domain),
    host: v.optional(text('an address to listen on')),
    port: v.optional(port),
    listen: v.optional(
      v.pipe(v.array(listener, said(`a list, each ${listenerRight}`)), v.minLength(1, said('at least one address'))),
    ),
    publicHost: v.optional(text('a host name or address')),
    alias: v.optional(
      v.pipe(text('an event package name'), v.regex(/^[A-Za-z0-9._!%*+`'~-]+$/, said('an event package name'))),
    ),
    algorithms: v.optional(algorithms),
    registrar: v.optional(v.picklist(['on', 'off'], said('on or off'))),
    nextHops: v.optional(v.array(hop, said(`a list, each ${hopRight}`))),
    trusted: v.optional(networks),
    trustedNames: v.optional(v.array(hostName, said(`a list, each ${hostNameRight}`))),
    ownUris: v.optional(v.array(ownUri, said(`a list, each ${ownUriRight}`))),
    serviceRoute: v.optional(v.array(route, said(`a list, each ${routeRight}`))),
  }),
  v.check(
    ({ host, port, listen }) => listen === undefined || (host === undefined && port === undefined),
    'give listen, or host and port, not both',
  ),
  v.transform(({ host = defaults.sip.host, registrar, ...rest }) => {
    const behindCore = rest.trusted !== undefined || rest.trustedNames !== undefined;
    return { ...rest, host, registrar: registrar ?? (behindCore ? ('off' as const) : ('on' as const)) };
  }),
);

export const tlsSchema: v.GenericSchema<unknown, TlsFiles> = v.pipe(
  v.strictObject({
    certificateFile: text('the path of a PEM file'),
    keyFile: text('the path of a PEM file'),
    clientCaFile: v.optional(text('the path of a PEM file')),
    requireClientCertificate: v.optional(flag),
  }),
  v.check(
    ({ clientCaFile, requireClientCertificate }) => requireClientCertificate !== true || clientCaFile !== undefined,
    'requireClientCertificate needs clientCaFile: the CAs that client certificates are by',
  ),
);

export const limitsSchema: v.GenericSchema<unknown, LimitsConfig> = v.strictObject({
  connections: v.optional(count(1, 1_000_000), admissionDefaults.connections),
  connectionsPerAddress: v.optional(count(1, 1_000_000), admissionDefaults.connectionsPerAddress),
  subscriptions: v.optional(count(1, 1_000_000), notifierDefaults.mostSubscriptions),
  subscriptionsPerAddress: v.optional(count(1, 1_000_000), notifierDefaults.mostPerAddress),
});
