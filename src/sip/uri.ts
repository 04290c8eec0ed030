// SIP and SIPS URIs (RFC 3261 §19.1).

import { parseParameters, printHost, printParameters } from './grammar.ts';
import type { Parameters } from './grammar.ts';

export interface SipUri {
  readonly scheme: 'sip' | 'sips';
  /** As written, escapes and password included; '' where there is none. */
  readonly user: string;
  /** Lower-case; IPv6 without brackets. */
  readonly host: string;
  readonly port: number | undefined;
  readonly parameters: Parameters;
  /** What follows the question mark, as written; '' where there is nothing. */
  readonly headers: string;
}

const shape =
  /^(sips?):(?:([^@<>\s"]+)@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?(;[^?<>\s"]*)?(?:\?([^<>\s"]*))?$/i;

/** Undefined where the text is not a SIP or SIPS URI. */
export function parseUri(text: string): SipUri | undefined {
  const match = shape.exec(text);
  if (match === null) return undefined;
  const [, scheme = '', user = '', host = '', port, rest = '', headers = ''] = match;
  const parameters = parseParameters(rest);
  if (parameters === undefined || (port !== undefined && Number(port) > 65_535)) return undefined;
  return {
    scheme: scheme.toLowerCase() === 'sips' ? 'sips' : 'sip',
    user,
    host: (host.startsWith('[') ? host.slice(1, -1) : host).toLowerCase(),
    port: port === undefined ? undefined : Number(port),
    parameters,
    headers,
  };
}

export function printUri(uri: SipUri): string {
  const user = uri.user === '' ? '' : `${uri.user}@`;
  const port = uri.port === undefined ? '' : `:${uri.port}`;
  const headers = uri.headers === '' ? '' : `?${uri.headers}`;
  return `${uri.scheme}:${user}${printHost(uri.host)}${port}${printParameters(uri.parameters)}${headers}`;
}

const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/;

/** The lower-case scheme of any URI; undefined where the text is none. */
export const schemeOf = (text: string): string | undefined => scheme.exec(text)?.[1]?.toLowerCase();
