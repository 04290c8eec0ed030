// Requests and responses (RFC 3261 §7).

import type { CSeq, Headers, NameAddress, Via } from './headers.ts';

export interface Request {
  readonly kind: 'request';
  readonly method: string;
  readonly uri: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

export interface Response {
  readonly kind: 'response';
  readonly status: number;
  readonly reason: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

export type Message = Request | Response;

/** The headers that every message has (RFC 3261 §8.1.1) and that place it: read once, when it comes in. */
export interface Essentials {
  /** The topmost Via. */
  readonly via: Via;
  readonly from: NameAddress;
  readonly to: NameAddress;
  readonly callId: string;
  readonly cseq: CSeq;
}

export interface IncomingRequest extends Request, Essentials {}
export interface IncomingResponse extends Response, Essentials {}

/** A message that breaks RFC 3261, and what a server answers where an answer can be made. */
export interface Malformed {
  readonly kind: 'malformed';
  readonly section: string;
  readonly problem: string;
  readonly status: 400 | 413 | 505 | 513;
  /** There only for a request whose Via can be read, so that an answer finds its way. */
  readonly answerable?: { readonly via: Via; readonly headers: Headers };
}

export type Parsed = IncomingRequest | IncomingResponse | Malformed;

/** Reasons are for people; ours are the registered ones, shortened where they are long. */
const reasons: ReadonlyMap<number, string> = new Map([
  [200, 'OK'],
  [204, 'No Notification'],
  [400, 'Bad Request'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [405, 'Method Not Allowed'],
  [413, 'Request Entity Too Large'],
  [415, 'Unsupported Media Type'],
  [416, 'Unsupported URI Scheme'],
  [420, 'Bad Extension'],
  [423, 'Interval Too Brief'],
  [439, 'First Hop Lacks Outbound Support'],
  [481, 'Subscription Does Not Exist'],

  [482, 'Loop Detected'],
  [489, 'Bad Event'],
  [500, 'Server Internal Error'],
  [501, 'Not Implemented'],
  [503, 'Service Unavailable'],
  [505, 'Version Not Supported'],
  [513, 'Message Too Large'],
]);

export const reasonFor = (status: number): string => reasons.get(status) ?? 'Unknown';
