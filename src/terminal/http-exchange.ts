// HTTP to one server, as a terminal's host carries it out.

import type { HttpAnswer, Trouble } from './acquisition.ts';
import type { PhotoAnswer } from './photos.ts';

export interface HttpMessage {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** With its query. */
  readonly path: string;
  readonly body?: string;
  /** Of the body; `application/json` where absent. */
  readonly contentType?: string;
  readonly ifNoneMatch?: string;
  /** The answer is short: to say which compressions are understood would cost more than it saves. */
  readonly short?: boolean;
  readonly token?: string;
  /** In place of a bearer token. */
  readonly authorization?: string;
  /** A larger answer is refused; the client's own limit where absent. */
  readonly mostAnswerOctets?: number;
  /** Told of a large answer while it comes: so many octets of it are here, unpacked. */
  readonly coming?: (octets: number) => void;
}

/** The first line of a message, and its octets with the header, as they crossed the connection. */
export interface Passed {
  readonly firstLine: string;
  readonly bytes: number;
}

export type HttpOutcome =
  | { readonly kind: 'answered'; readonly answer: HttpAnswer; readonly sent: Passed; readonly received: Passed }
  | { readonly kind: 'unanswered'; readonly trouble: Trouble };

/** An answer that is no text. */
export type BytesOutcome =
  | ({ readonly kind: 'answered' } & PhotoAnswer)
  | Extract<HttpOutcome, { readonly kind: 'unanswered' }>;

export interface TerminalHttp extends Disposable {
  /** Never throws for what the server or the network does. */
  ask(message: HttpMessage): Promise<HttpOutcome>;
  /** The same for what is no text. */
  bytes(message: HttpMessage): Promise<BytesOutcome>;
}
