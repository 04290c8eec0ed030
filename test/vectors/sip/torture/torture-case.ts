// What a torture case is, and how one is written down.

import { concat, utf8 } from '../../../../src/base/bytes.ts';

export interface TortureCase {
  readonly section: string;
  readonly about: string;
  readonly octets: Uint8Array;
  /** Whether the message as a whole is well formed for our parser: the section says it is, or lets us be liberal. */
  readonly wellFormed: boolean;
  /** The answers that it draws as a datagram; none for a response, and for what is dropped. */
  readonly draws: readonly number[];
  /** What the answer must say, beside its status. */
  readonly says?: string;
  /** On a stream, where that is another matter. */
  readonly onStream?: { readonly draws: readonly number[]; readonly closes: boolean };
  /** The answer to the same message as OPTIONS, and as SUBSCRIBE, where its own method (405) hides what it is about. */
  readonly asOptions?: number;
  readonly asSubscribe?: number;
}

/** Lines with CRLF, the empty line, and a body. */
export const message = (lines: readonly string[], body: string | Uint8Array = ''): Uint8Array =>
  concat([utf8(`${lines.join('\r\n')}\r\n\r\n`), typeof body === 'string' ? utf8(body) : body]);

/** A session description: to an endpoint for event packages no more than octets. */
export const description = (...lines: readonly string[]): string => `${lines.join('\r\n')}\r\n`;

export const sdp: string = description(
  'v=0',
  'o=mira 5021 7 IN IP4 192.0.2.51',
  's=-',
  'c=IN IP4 192.0.2.51',
  't=0 0',
  'm=audio 41000 RTP/AVP 0 8',
);
