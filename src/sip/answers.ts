// Answers to requests, and the headers of ours that follow from the flow.

import { printHost } from './grammar.ts';
import { parseNameAddress, printVia } from './headers.ts';
import type { HeaderField, Headers, NameAddress, Via } from './headers.ts';
import { reasonFor } from './message.ts';
import { printHead } from './print.ts';
import type { FlowPath, Transport } from './transaction-user.ts';

/** What an answer says, beside what it copies from the request. */
export interface Reply {
  readonly status: number;
  readonly reason?: string;
  readonly fields?: readonly HeaderField[];
  /** The connection ends with this answer. */
  readonly closes?: boolean;
}

/** As much of a request as an answer needs. */
export interface Answerable {
  readonly via: Via;
  readonly headers: Headers;
  /** Where it could be read. */
  readonly to?: NameAddress;
}

/** An answer, which has no body. RFC 3261 §8.2.6.2: Via, From, To, Call-ID and CSeq are the request's; To gets our tag where it has none. */
export function printAnswer(request: Answerable, path: FlowPath, reply: Reply & { readonly toTag: string }): string {
  const { headers } = request;
  const [, ...vias] = headers.list('via');
  const to = headers.first('to');
  const fields: HeaderField[] = [
    ['via', printVia(request.via, path.remote)],
    // What is nothing but separators is no Via: only a malformed request has such.
    ...vias.filter((via) => /[^;\s]/.test(via)).map((via): HeaderField => ['via', via]),
    ...copied(headers, 'from'),
    ...(to === undefined ? [] : [['to', tagged(to, request.to ?? parseNameAddress(to), reply.toTag)] as const]),
    ...copied(headers, 'call-id'),
    ...copied(headers, 'cseq'),
    ...(reply.fields ?? []),
  ];
  // A reason may quote what the peer sent; on the status line it has no line breaks.
  const reason = reply.reason?.replaceAll(/\p{Cc}+/gu, ' ') ?? reasonFor(reply.status);
  return printHead(`SIP/2.0 ${reply.status} ${reason}`, fields, 0);
}

/** The one field, or none where a malformed request has none (RFC 4475 §3.3.1), or the first where it has several (§3.3.8). */
function copied(headers: Headers, name: string): readonly HeaderField[] {
  const value = headers.first(name);
  return value === undefined ? [] : [[name, value]];
}

const tagged = (to: string, read: NameAddress | undefined, tag: string): string =>
  read?.parameters.has('tag') === true ? to : `${to};tag=${tag}`;

/** RFC 3261 §19.1.2, RFC 7118 §5.2. */
const defaultPorts: Readonly<Record<Transport, number>> = { UDP: 5060, TCP: 5060, TLS: 5061, WS: 80, WSS: 443 };

function sentBy(path: FlowPath): string {
  const { host, port } = path.local;
  return port === 0 || port === defaultPorts[path.transport] ? printHost(host) : `${printHost(host)}:${port}`;
}

/** `rport` is asked for on UDP only: on a stream the answer comes back by the same flow anyway. */
export const viaText = (path: FlowPath, branch: string): string =>
  `SIP/2.0/${path.transport} ${sentBy(path)};branch=${branch}${path.transport === 'UDP' ? ';rport' : ''}`;

export const viaOf = (path: FlowPath, branch: string): HeaderField => ['via', viaText(path, branch)];

const ofContact: Readonly<Record<Transport, string>> = {
  UDP: '',
  TCP: ';transport=tcp',
  TLS: ';transport=tls',
  WS: ';transport=ws',
  WSS: ';transport=ws',
};

export function contactText({ local, transport }: FlowPath): string {
  const { host, port } = local;
  // RFC 3261 §19.1.2: the default port of a URI with transport=ws is the URI's, not that of HTTP, so it is written.
  const printed = port === 0 || port === 5060 ? printHost(host) : `${printHost(host)}:${port}`;
  return `<sip:${printed}${ofContact[transport]}>`;
}

export const contactOf = (path: FlowPath): HeaderField => ['contact', contactText(path)];

/** A text of several values, or no field where there is none. */
export const listField = (name: string, values: readonly string[]): readonly HeaderField[] =>
  values.length === 0 ? [] : [[name, values.join(', ')]];
