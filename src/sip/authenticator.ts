// Who sent a SUBSCRIBE (RFC 3261 §22.2, RFC 7616, RFC 8760 §2.4).
//
// A nonce carries its own time and a sum over it, so that a challenge leaves nothing behind in memory:
// a flood of SUBSCRIBEs without credentials costs one hash and one small answer each. Only a nonce
// that was once answered rightly is kept, with its highest count, so that a replay is seen.

import { kept } from '../base/bytes.ts';
import { minutes } from '../base/time.ts';
import type { Instant, Milliseconds } from '../base/time.ts';
import { digestResponse, parseAnswer, printChallenge } from './digest.ts';
import type { Algorithm, DigestAnswer, Hash } from './digest.ts';
import type { HeaderField } from './headers.ts';
import type { IncomingRequest } from './message.ts';
import { siteOf } from './site.ts';

/** What the notifier's side knows of a name in credentials. */
export interface Account {
  /** Who that is: what `SubscribeRequest.user` will say. */
  readonly user: string;
  /** H(username:realm:password) by each algorithm, lower-case hex. */
  readonly md5: string;
  readonly sha256: string;
}

export interface AuthenticatorOptions {
  readonly realm: string;
  readonly account: (username: string) => Account | undefined;
  /** Offered in this order, and taken only if offered. */
  readonly algorithms: readonly Algorithm[];
  readonly hash: Hash;
  readonly random: () => string;
}

export type Verdict =
  | { readonly kind: 'known'; readonly user: string }
  /** 401 with these header fields. */
  | { readonly kind: 'challenge'; readonly fields: readonly HeaderField[] };

/** How long a nonce may be used. A refresh that comes later costs one round trip more. */
export const nonceLifetime: Milliseconds = minutes(5);

export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #secret: string;
  /** Highest count by nonce, in two generations: what is in the older one is past its lifetime when that is dropped. */
  #recent = new Map<string, number>();
  #older = new Map<string, number>();
  #turnedAt: Instant | undefined;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    this.#secret = options.random() + options.random() + options.random();
  }

  get nonces(): number {
    return this.#recent.size + this.#older.size;
  }

  /** `from`: the address that the request came from, where that could be forged. */
  judge(request: IncomingRequest, from: string, now: Instant): Verdict {
    const site = siteOf(from);
    const answers = request.headers.all('authorization').map(parseAnswer);
    const { realm, algorithms } = this.#options;
    const answer = answers.find((each) => each?.realm === realm && algorithms.includes(each.algorithm));
    // Without qop a replay could not be seen; RFC 8760 §2.6 makes it mandatory.
    if (answer === undefined || answer.auth === undefined) return this.#challenge(false, site, now);
    if (!this.#mine(answer.nonce, site, now)) return this.#challenge(true, site, now);
    const account = this.#options.account(answer.username);
    if (account === undefined || !this.#rightly(answer, account, request.method))
      return this.#challenge(false, site, now);
    // RFC 7616 §3.4: a count that was seen is a replay; the rightful sender is only asked to use a new nonce.
    if (!this.#count(answer.nonce, answer.auth.nonceCount, now)) return this.#challenge(true, site, now);
    return { kind: 'known', user: account.user };
  }

  #challenge(stale: boolean, site: string, now: Instant): Verdict {
    const nonce = this.#nonce(site, now);
    const { realm } = this.#options;
    const fields = this.#options.algorithms.map((algorithm): HeaderField => {
      return ['www-authenticate', printChallenge({ realm, nonce, algorithm, auth: true, stale, opaque: undefined })];
    });
    return { kind: 'challenge', fields };
  }

  #nonce(site: string, now: Instant): string {
    const stamp = `${Math.floor(now).toString(36)}.${this.#options.random()}`;
    return `${stamp}.${this.#sum(stamp, site)}`;
  }

  /**
   * Over the address too: credentials are good only where the challenge went. So nobody has a subscription's NOTIFYs sent to
   * an address at which he does not hear (RFC 3261 §26.1.5).
   */
  #sum(stamp: string, site: string): string {
    return this.#options.hash('SHA-256', `${this.#secret}:${stamp}:${site}`).slice(0, 20);
  }

  #mine(nonce: string, site: string, now: Instant): boolean {
    const dot = nonce.lastIndexOf('.');
    const stamp = nonce.slice(0, Math.max(0, dot));
    if (!same(nonce.slice(dot + 1), this.#sum(stamp, site))) return false;
    const made = Number.parseInt(stamp, 36);
    return now - made <= nonceLifetime;
  }

  /** The sum is over the URI that the credentials name: a proxy may have rewritten the Request-URI since, and a replay is told by its count. */
  #rightly(answer: DigestAnswer, account: Account, method: string): boolean {
    const { algorithm } = answer;
    const hash = (text: string): string => this.#options.hash(algorithm, text);
    const expected = digestResponse(hash, ha1Of(account, algorithm), { ...answer, method });
    return same(answer.response.toLowerCase(), expected);
  }

  #count(nonce: string, count: number, now: Instant): boolean {
    this.#turnedAt ??= now;
    if (now - this.#turnedAt > nonceLifetime) {
      this.#older = this.#recent;
      this.#recent = new Map();
      this.#turnedAt = now;
    }
    const highest = this.#recent.get(nonce) ?? (this.#older.size > 0 ? this.#older.get(nonce) : undefined) ?? 0;
    if (count <= highest) return false;
    // A nonce that was cut out of a message would hold all of it in memory.
    this.#recent.set(kept(nonce), count);
    return true;
  }
}

const ha1Of = (account: Account, algorithm: Algorithm): string => (algorithm === 'MD5' ? account.md5 : account.sha256);

/** Compares in a time that does not tell how much is right. */
function same(one: string, other: string): boolean {
  let differences = one.length ^ other.length;
  for (let at = 0; at < other.length; at += 1) differences |= one.charCodeAt(at) ^ other.charCodeAt(at);
  return differences === 0;
}
