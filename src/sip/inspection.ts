// What is looked at in every request before its method is (RFC 3261 §8.2). All of it is answered without
// remembering anything, and before any sum over credentials.

import type { Reply } from './answers.ts';
import { listField } from './answers.ts';
import { strictTextOf } from '../base/bytes.ts';
import { mediaType } from './headers.ts';
import type { IncomingRequest } from './message.ts';
import { schemeOf } from './uri.ts';
import type { Body } from './transaction-user.ts';

/** Methods of RFC 3261 and its extensions: known, though not all allowed here. */
const known: ReadonlySet<string> = new Set([
  'INVITE', 'ACK', 'BYE', 'CANCEL', 'REGISTER', 'OPTIONS', 'PRACK', 'SUBSCRIBE', 'NOTIFY', 'PUBLISH', 'INFO', 'REFER', 'MESSAGE', 'UPDATE',
]); // prettier-ignore

/** Extensions that a request of the method may require; an edge proxy may ask for Path (RFC 3327 §5.2). */
const understood: Readonly<Record<string, readonly string[]>> = { REGISTER: ['path', 'outbound'] };

/** The answer to a request that cannot be taken; undefined for one that can. */
export function inspect(request: IncomingRequest, allowed: readonly string[]): Reply | undefined {
  const { method, headers } = request;
  if (!allowed.includes(method)) {
    // RFC 3261 §9.2: a CANCEL that matches nothing; only INVITE could have been cancelled.
    if (method === 'CANCEL') return { status: 481, reason: 'Transaction Does Not Exist' };
    return { status: known.has(method) ? 405 : 501, fields: listField('allow', allowed) };
  }
  const scheme = schemeOf(request.uri);
  if (scheme !== 'sip' && scheme !== 'sips') return { status: 416 };
  // A peer of RFC 2543 has no tag (RFC 4475 §3.4.1). It can be answered, but makes no dialog.
  if (method !== 'OPTIONS' && !request.from.parameters.get('tag')) return { status: 400, reason: 'No Tag in From' };
  // RFC 3261 §20.22. A count of 0 is for proxies to mind: who is the end of the way takes the request (RFC 4475 §3.3.11).
  const hops = headers.first('max-forwards');
  if (hops !== undefined && !(/^\d+$/.test(hops) && Number(hops) <= 255))
    return { status: 400, reason: 'Bad Max-Forwards' };
  const required = headers.list('require').filter((tag) => understood[method]?.includes(tag.toLowerCase()) !== true);
  if (required.length > 0) return { status: 420, fields: listField('unsupported', required) };
  return undefined;
}

/** The body as text, undefined where there is none; or the answer to one that cannot be read. */
export function readBody(request: IncomingRequest, accept: readonly string[]): Body | Reply | undefined {
  if (request.body.length === 0) return undefined;
  const encodings = request.headers.list('content-encoding');
  if (encodings.some((encoding) => encoding.toLowerCase() !== 'identity')) {
    return { status: 415, fields: [['accept-encoding', 'identity']] };
  }
  const type = request.headers.first('content-type');
  if (type === undefined) return { status: 400, reason: 'No Content-Type' };
  if (!accept.some((each) => mediaType(each) === mediaType(type))) return { status: 415, fields: acceptField(accept) };
  const text = strictTextOf(request.body);
  return text === undefined ? { status: 400, reason: 'Body Not UTF-8' } : { type, text };
}

/** RFC 3261 §20.1: an empty Accept says that no body is taken. */
const acceptField = (accept: readonly string[]): readonly [string, string][] => [['accept', accept.join(', ')]];

export const isReply = (value: object | undefined): value is Reply => value !== undefined && 'status' in value;
