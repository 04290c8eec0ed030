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

/** Of those that need no second look. */
const usual = /^sip:[A-Za-z0-9.!~*'()&=+$,/_%-]+@[A-Za-z0-9._-]+(?::\d{1,4})?$/;

/** Whether it is a SIP URI, without parameters and headers, so plainly written that no second look is needed. */
export const isUsualUri = (text: string): boolean => usual.test(text);

/** Whether `parseUri` reads it. */
export const isSipUri = (text: string): boolean => isUsualUri(text) || parseUri(text) !== undefined;

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

/**
 * What names an address of record (RFC 3261 §10.3 step 5): user and host, escapes undone, without scheme, password
 * and parameters. Undefined where the text is no SIP or SIPS URI with a user.
 */
export function addressOfRecord(text: string): string | undefined {
  const uri = parseUri(text);
  const user = uri === undefined ? '' : userOf(uri);
  if (uri === undefined || user === '') return undefined;
  return `${user}@${printHost(uri.host)}${uri.port === undefined ? '' : `:${uri.port}`}`;
}

/** The user of a URI, escapes undone, without a password; '' where there is none. */
export const userOf = ({ user }: SipUri): string => unescaped(user.split(':', 1)[0] ?? '');

/** Whether two URIs are equal (RFC 3261 §19.1.4). */
export function sameUri(one: SipUri, other: SipUri): boolean {
  if (one.scheme !== other.scheme || unescaped(one.user) !== unescaped(other.user)) return false;
  if (one.host !== other.host || one.port !== other.port || one.headers !== other.headers) return false;
  const names = new Set([...one.parameters.keys(), ...other.parameters.keys()]);
  return [...names].every((name) => {
    const [here, there] = [one.parameters.get(name), other.parameters.get(name)];
    if (here === undefined || there === undefined) return !countsAlone.includes(name);
    return unescaped(here).toLowerCase() === unescaped(there).toLowerCase();
  });
}

/** Parameters that make a difference where only one of two URIs has them. */
const countsAlone = ['user', 'ttl', 'method', 'maddr', 'transport'];

/** What is escaped wrongly stays as it is. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
