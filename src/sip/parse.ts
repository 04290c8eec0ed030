// Octets -> message. What is wrong with a message is a value, never thrown.

import { textOf } from '../base/bytes.ts';
import { isToken } from './grammar.ts';
import { parseHead } from './head.ts';
import type { Head } from './head.ts';
import { parseCSeq, parseNameAddress, parseVia } from './headers.ts';
import type { Headers, Via } from './headers.ts';
import type { Essentials, Malformed, Parsed } from './message.ts';
import { isUsualUri, parseUri, schemeOf } from './uri.ts';

/** What Content-Length says; undefined where it is absent, 'bad' where it is no number or two that differ. */
export function contentLength(headers: Headers): number | 'bad' | undefined {
  const first = headers.first('content-length');
  if (first === undefined) return undefined;
  return /^\d{1,10}$/.test(first) && headers.all('content-length').every((value) => value === first)
    ? Number(first)
    : 'bad';
}

/** One message from a datagram or a WebSocket message (RFC 3261 §18.3, RFC 7118 §5). */
export function parseMessage(bytes: Uint8Array): Parsed {
  const end = endOfHead(bytes, 0);
  // Without the empty line there is no body, and perhaps no whole head; what is there is still read.
  const head = parseHead(textOf(bytes.subarray(0, end ?? bytes.length)));
  if (end === undefined) return malformed(head, 'RFC 3261 §7', 'no empty line after the head');
  const body = bytes.subarray(end + 4);
  const length = contentLength(head.headers);
  if (length === 'bad') return malformed(head, 'RFC 3261 §20.14', 'Content-Length is not one number');
  if (length === undefined) return parseParts(head, body);
  if (length > body.length) return malformed(head, 'RFC 3261 §18.3', 'the body is shorter than Content-Length');
  return parseParts(head, body.subarray(0, length));
}

/** Where the CRLFCRLF that ends a head begins, at or after `from`. */
export function endOfHead(bytes: Uint8Array, from: number): number | undefined {
  // Looks at where the last of the four would stand: past an octet that is none of theirs it is four further on.
  for (let at = from + 3; at < bytes.length;) {
    const octet = bytes[at];
    if (octet === 13) at += 1;
    else if (octet !== 10) at += 4;
    else if (bytes[at - 1] === 13 && bytes[at - 2] === 10 && bytes[at - 3] === 13) return at - 3;
    else at += 2;
  }
  return undefined;
}

const requestLine = /^(\S+) (\S+) SIP\/(\d+\.\d+)$/i;

/** A message from a head and its body. */
export function parseParts(head: Head, body: Uint8Array): Parsed {
  const { startLine, headers } = head;
  if (head.problem !== undefined) return malformed(head, 'RFC 3261 §7.3', head.problem);
  const status = /^SIP\/2\.0 ([1-6]\d\d)(?: (.*))?$/i.exec(startLine);
  const request = status !== null && !startLine.includes(' SIP/') ? null : requestLine.exec(startLine);
  const [, method = '', uri = '', version] = request ?? [];
  // What another version's headers would have to look like is not known here.
  if (request !== null && version !== '2.0')
    return { ...malformed(head, 'RFC 3261 §21.5.6', `SIP/${version}`), status: 505 };
  const essentials = readEssentials(headers);
  if (typeof essentials === 'string') return malformed(head, 'RFC 3261 §8.1.1', essentials);
  if (status !== null) {
    const [, digits, reason = ''] = status;
    return { kind: 'response', status: Number(digits), reason, headers, body, ...essentials };
  }
  if (request === null) return malformed(head, 'RFC 3261 §7.1', 'the start line is neither a request nor a response');
  if (!isToken(method)) return malformed(head, 'RFC 3261 §7.1', 'the method is not a token');
  if (!isRequestUri(uri)) return malformed(head, 'RFC 3261 §7.1', 'the Request-URI is none');
  if (essentials.cseq.method !== method) return malformed(head, 'RFC 3261 §8.1.1.5', 'CSeq names another method');
  return { kind: 'request', method, uri, headers, body, ...essentials };
}

/** RFC 3261 §19.1.1: headers are not allowed in a Request-URI. A URI of another scheme is read no further (it gets 416). */
function isRequestUri(text: string): boolean {
  if (isUsualUri(text)) return true;
  const scheme = schemeOf(text);
  if (scheme === undefined || /[<>"]/.test(text)) return false;
  return (scheme !== 'sip' && scheme !== 'sips') || parseUri(text)?.headers === '';
}

function readEssentials(headers: Headers): Essentials | string {
  const via = topVia(headers);
  if (via === undefined) return 'no Via that can be read';
  const from = single(headers, 'from', parseNameAddress);
  if (from === undefined) return 'not one From that can be read';
  const to = single(headers, 'to', parseNameAddress);
  if (to === undefined) return 'not one To that can be read';
  const callId = single(headers, 'call-id', (text) => (/^\S+$/.test(text) ? text : undefined));
  if (callId === undefined) return 'not one Call-ID';
  const cseq = single(headers, 'cseq', parseCSeq);
  if (cseq === undefined) return 'not one CSeq that can be read';
  return { via, from, to, callId, cseq };
}

function topVia(headers: Headers): Via | undefined {
  const first = headers.first('via');
  if (first === undefined) return undefined;
  return parseVia(first) ?? parseVia(headers.list('via')[0] ?? '');
}

/** The value of a header that must stand exactly once. */
export function single<T>(headers: Headers, name: string, parse: (text: string) => T | undefined): T | undefined {
  let found: string | undefined;
  for (const field of headers.fields) {
    if (field[0] !== name) continue;
    if (found !== undefined) return undefined;
    found = field[1];
  }
  return found === undefined ? undefined : parse(found);
}

/**
 * Of a Via that breaks the grammar: as much as leads an answer back (RFC 4475 §3.1.2.1 wants a 400 even there).
 * The answer itself goes out by the flow that the request came by.
 */
function salvagedVia(headers: Headers): Via | undefined {
  const [, sent = '', rest = ''] = /^([^;,]*)(.*)$/s.exec(headers.first('via') ?? '') ?? [];
  const via = parseVia(sent.trim().replace(/^SIP\s*\/\s*\d+\.\d+/i, 'SIP/2.0'));
  const branch = /;\s*branch\s*=\s*([^\s;,]+)/i.exec(rest)?.[1] ?? '';
  return via === undefined || !isToken(branch) ? via : { ...via, parameters: new Map([['branch', branch]]) };
}

/** An answer can be made only to a request (never to an ACK), and only where its Via leads back. */
export function malformed(head: Head, section: string, problem: string): Malformed {
  const { startLine, headers } = head;
  const result: Malformed = { kind: 'malformed', section, problem, status: 400 };
  if (/^(?:SIP\/|ACK\b)/i.test(startLine) || !/ SIP\/\d+\.\d+ *$/i.test(startLine)) return result;
  const via = topVia(headers) ?? salvagedVia(headers);
  return via === undefined ? result : { ...result, answerable: { via, headers } };
}
