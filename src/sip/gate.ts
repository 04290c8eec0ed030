// Whom a notifier lets in: everyone, or, where it has too much to do or is about to go, only those whom it serves
// already. Who is turned away hears so before anything is worked out for him, and comes again at a time that differs
// from the others': RFC 3261 §21.5.4; behind a proxy the 503 is the sign to try another server (RFC 3263 §4.3).

import type { Reply } from './answers.ts';
import type { IncomingRequest } from './message.ts';

export type Admitted = 'everyone' | 'subscribers' | 'nobody';

/** A server that was started anew is there again by then; 100,000 who come back over the span are 5,000 a second. */
const comeBack = { leastSeconds: 10, spanSeconds: 20 };

export class Gate {
  readonly #random: () => string;
  admitted: Admitted = 'everyone';

  constructor(random: () => string) {
    this.#random = random;
  }

  /** The 503 for a SUBSCRIBE or REGISTER that is not let in; undefined for one that is. */
  refuse(request: IncomingRequest): Reply | undefined {
    if (this.admitted === 'everyone' || this.#isLetIn(request)) return undefined;
    return comeAgainLater(this.#random());
  }

  /** Who ends a subscription takes work away. */
  #isLetIn({ to, headers }: IncomingRequest): boolean {
    if (!to.parameters.has('tag')) return false;
    return this.admitted === 'subscribers' || headers.first('expires') === '0';
  }
}

/** 503, with a Retry-After that is drawn by a fresh token. */
export const comeAgainLater = (token: string): Reply => ({
  status: 503,
  fields: [['retry-after', `${comeBackSeconds(token)}`]],
});

export const comeBackSeconds = (token: string): number =>
  comeBack.leastSeconds + Math.floor(share(token) * (comeBack.spanSeconds + 1));

/** From 0 up to 1, out of a fresh token. */
function share(token: string): number {
  let mixed = 0;
  for (let at = 0; at < token.length; at += 1) mixed = Math.imul(mixed, 31) + token.charCodeAt(at);
  // MurmurHash3's last steps: tokens that are alike lie apart.
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 4_294_967_296;
}
