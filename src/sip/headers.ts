// Header fields: their names, and the values that the endpoint reads. A message keeps its fields as
// text; each is parsed when somebody asks for it.

import { isToken, parseParameters, parseSeconds, printHost, printParameters, split, unquote } from './grammar.ts';
import type { Parameters } from './grammar.ts';

/** RFC 3261 §7.3.3 and the registry of compact forms. */
const compactForms: readonly (readonly [string, string])[] = [
  ['a', 'Accept-Contact'],
  ['b', 'Referred-By'],
  ['c', 'Content-Type'],
  ['d', 'Request-Disposition'],
  ['e', 'Content-Encoding'],
  ['f', 'From'],
  ['i', 'Call-ID'],
  ['j', 'Reject-Contact'],
  ['k', 'Supported'],
  ['l', 'Content-Length'],
  ['m', 'Contact'],
  ['n', 'Identity-Info'],
  ['o', 'Event'],
  ['r', 'Refer-To'],
  ['s', 'Subject'],
  ['t', 'To'],
  ['u', 'Allow-Events'],
  ['v', 'Via'],
  ['x', 'Session-Expires'],
  ['y', 'Identity'],
];

/** From a name as commonly written to the one that the program uses: lower-case, in full. */
const known = new Map<string, string>(
  compactForms.flatMap(([letter, name]): [string, string][] => {
    const full = name.toLowerCase();
    return [
      [letter, full],
      [letter.toUpperCase(), full],
      [name, full],
    ];
  }),
);

/** As they are commonly written; what is not here is only read more slowly. */
const otherNames = [
  'Accept', 'Accept-Encoding', 'Accept-Language', 'Allow', 'Authorization', 'CSeq', 'Content-Disposition', 'Date', 'Expires', 'Max-Forwards',
  'Min-Expires', 'P-Asserted-Identity', 'P-Preferred-Identity', 'Path', 'Privacy', 'Proxy-Authorization', 'Reason', 'Record-Route', 'Require',
  'Retry-After', 'Route', 'SIP-ETag', 'Server', 'Subscription-State', 'Suppress-If-Match', 'User-Agent', 'WWW-Authenticate',
]; // prettier-ignore
for (const name of otherNames) known.set(name, name.toLowerCase());

/** By length and first letter, so that a name is known where it stands in a message: to cut it out and to look it up costs three times as much. */
const byShape: (readonly [written: string, canonical: string])[][] = [];
const shapeOf = (length: number, code: number): number => 32 * length + (code & 31);
for (const pair of known) (byShape[shapeOf(pair[0].length, pair[0].charCodeAt(0))] ??= []).push(pair);

/** The canonical name of a field that is written as usual between two places of `text`. */
export function usualNameIn(text: string, from: number, end: number): string | undefined {
  const shape = shapeOf(end - from, text.charCodeAt(from));
  const alike = shape < byShape.length ? byShape[shape] : undefined;
  if (alike !== undefined)
    for (const [written, canonical] of alike) if (text.startsWith(written, from)) return canonical;
  return undefined;
}

/** Names are compared without regard to case (RFC 3261 §7.3.1). */
export const canonicalName = (name: string): string =>
  known.get(name) ?? known.get(name.toLowerCase()) ?? name.toLowerCase();

/** Those of RFC 3261 itself. */
const understoodByAll = 'cefiklmstv';
const compactOf = new Map<string, string>(
  compactForms
    .filter(([letter]) => understoodByAll.includes(letter))
    .map(([letter, name]) => [name.toLowerCase(), letter]),
);
const commonlyWritten = new Map<string, string>(
  [...otherNames, ...compactForms.map(([, name]) => name)].map((name) => [name.toLowerCase(), name]),
);

/**
 * The name as we write it: the compact form where RFC 3261 has one. Every SIP stack must read those
 * (§7.3.3), and a NOTIFY with its answer is about 90 octets shorter by them. What later RFCs added is written
 * in full: SIP.js 0.21 answers a NOTIFY with `o` in place of `Event` with 489.
 */
export function wireName(name: string): string {
  const short = compactOf.get(name) ?? commonlyWritten.get(name);
  return short ?? name.replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase());
}

/** A name in lower case and in full, and the value on one line. */
export type HeaderField = readonly [name: string, value: string];

const isOne = (value: string): boolean => value !== '' && !value.includes(',');

/** The header fields of one message, in their order. */
export class Headers {
  readonly fields: readonly HeaderField[];

  constructor(fields: readonly HeaderField[]) {
    this.fields = fields;
  }

  first(name: string): string | undefined {
    for (const field of this.fields) if (field[0] === name) return field[1];
    return undefined;
  }

  all(name: string): readonly string[] {
    const values: string[] = [];
    for (const field of this.fields) if (field[0] === name) values.push(field[1]);
    return values;
  }

  /** The values of a header that may hold several in a line and stand several times (RFC 3261 §7.3.1). */
  list(name: string): readonly string[] {
    const values = this.all(name);
    if (values.every(isOne)) return values;
    return values.flatMap((value) => split(value, ',').filter((item) => item !== ''));
  }
}

/** RFC 3261 §20.42. */
export interface Via {
  readonly transport: string;
  /** Lower-case; IPv6 without brackets. */
  readonly host: string;
  readonly port: number | undefined;
  readonly parameters: Parameters;
}

const viaShape =
  /^SIP\s*\/\s*2\.0\s*\/\s*([A-Za-z0-9.!%*_+`'~-]+)\s+(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)\s*(?::\s*(\d{1,5})\s*)?(;.*)?$/i;

export function parseVia(text: string): Via | undefined {
  const match = viaShape.exec(text);
  if (match === null) return undefined;
  const [, transport = '', host = '', port, rest = ''] = match;
  const parameters = parseParameters(rest);
  if (parameters === undefined || (port !== undefined && Number(port) > 65_535)) return undefined;
  return {
    transport: transport.toUpperCase(),
    host: (host.startsWith('[') ? host.slice(1, -1) : host).toLowerCase(),
    port: port === undefined ? undefined : Number(port),
    parameters,
  };
}

/**
 * As it is, or as we saw it come from an address: RFC 3581 §4 (`rport` and always `received`), RFC 3261 §18.2.1
 * (`received` where sent-by is another address, or a name). What the peer itself wrote there is dropped.
 */
export function printVia(via: Via, seen?: { readonly host: string; readonly port: number }): string {
  const port = via.port === undefined ? '' : `:${via.port}`;
  const sentBy = `SIP/2.0/${via.transport} ${printHost(via.host)}${port}`;
  if (seen === undefined) return sentBy + printParameters(via.parameters);
  let text = sentBy;
  for (const [name, value] of via.parameters)
    if (name === 'rport') text += `;rport=${seen.port}`;
    else if (name !== 'received') text += value === '' ? `;${name}` : `;${name}=${value}`;
  const isShown = via.parameters.has('rport') || via.host !== seen.host.toLowerCase();
  return isShown ? `${text};received=${seen.host}` : text;
}

/** What From, To, Contact, Route and Record-Route hold (RFC 3261 §20.10); the display name is not kept. */
export interface NameAddress {
  readonly uri: string;
  readonly parameters: Parameters;
}

export function parseNameAddress(text: string): NameAddress | undefined {
  const open = text.startsWith('<') ? 1 : displayName.exec(text)?.[0].length;
  if (open === undefined) {
    // An addr-spec without brackets: what follows the first semicolon belongs to the header. One with a
    // comma or a question mark must have brackets (RFC 3261 §20).
    const semicolon = text.indexOf(';');
    const uri = (semicolon < 0 ? text : text.slice(0, semicolon)).trim();
    return /[,?]/.test(uri) ? undefined : address(uri, semicolon < 0 ? '' : text.slice(semicolon));
  }
  const close = text.indexOf('>', open);
  return close < 0 ? undefined : address(text.slice(open, close), text.slice(close + 1));
}

/**
 * All up to the `<`: tokens, or one quoted string. What is not ASCII should be quoted, but is taken as it
 * is, since there are telephones that do not; a comma or the like without quotes is refused (RFC 4475 §3.1.2.15).
 */
const displayName = /^(?:"(?:[^"\\]|\\.)*"\s*|[A-Za-z0-9\-.!%*_+`'~ \t\u0080-\uffff]*)</s;

function address(uri: string, rest: string): NameAddress | undefined {
  const after = rest.trim();
  if (uri === '' || /[\s<>"]/.test(uri) || (after !== '' && !after.startsWith(';'))) return undefined;
  const parameters = parseParameters(after);
  return parameters === undefined ? undefined : { uri, parameters };
}

export interface CSeq {
  readonly number: number;
  readonly method: string;
}

/** RFC 3261 §8.1.1.5: the number is less than 2^31. */
export function parseCSeq(text: string): CSeq | undefined {
  const match = /^(\d{1,10})\s+(\S+)$/.exec(text);
  if (match === null) return undefined;
  const [, digits = '', method = ''] = match;
  const number = Number(digits);
  return number < 2 ** 31 && isToken(method) ? { number, method } : undefined;
}

/** RFC 6665 §8.2.1: the package, and the parameters with `id` among them, unquoted. */
export interface Event {
  readonly name: string;
  readonly parameters: Parameters;
}

export function parseEvent(text: string): Event | undefined {
  const semicolon = text.indexOf(';');
  const name = (semicolon < 0 ? text : text.slice(0, semicolon)).trim();
  const parameters = parseParameters(semicolon < 0 ? '' : text.slice(semicolon));
  if (!isToken(name) || parameters === undefined) return undefined;
  if (!text.includes('"')) return { name, parameters };
  return { name, parameters: new Map([...parameters].map(([key, value]) => [key, unquote(value)])) };
}

/** RFC 6665 §8.2.3. */
export interface SubscriptionState {
  /** `active`, `pending`, `terminated`, or what a later extension adds; lower-case. */
  readonly name: string;
  readonly reason: string | undefined;
  readonly expiresInSeconds: number | undefined;
  readonly retryAfterSeconds: number | undefined;
}

export function parseSubscriptionState(text: string): SubscriptionState | undefined {
  const event = parseEvent(text);
  if (event === undefined) return undefined;
  const { name, parameters } = event;
  return {
    name: name.toLowerCase(),
    reason: parameters.get('reason')?.toLowerCase(),
    expiresInSeconds: parseSeconds(parameters.get('expires') ?? ''),
    retryAfterSeconds: parseSeconds(parameters.get('retry-after') ?? ''),
  };
}

/** RFC 3261 §20.33: a comment and parameters may follow the seconds. */
export function parseRetryAfter(text: string | undefined): number | undefined {
  const match = /^(\d{1,10})\s*(?:[(;].*)?$/s.exec(text ?? '');
  return match === null ? undefined : parseSeconds(match[1] ?? '');
}

/** The media type without its parameters, lower-case. */
export function mediaType(text: string): string {
  const semicolon = text.indexOf(';');
  return (semicolon < 0 ? text : text.slice(0, semicolon)).trim().toLowerCase();
}
