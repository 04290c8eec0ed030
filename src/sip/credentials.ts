// How a subscriber answers challenges (RFC 3261 §22.2-22.3, RFC 8760 §2.4).

import { algorithms, digestResponse, hashedA1, parseChallenge, printAnswer } from './digest.ts';
import type { Challenge, Hash } from './digest.ts';
import type { HeaderField, Headers } from './headers.ts';

/** A challenge that is being answered. */
export interface Login {
  readonly challenge: Challenge;
  /** The header that the answer goes in. */
  readonly header: 'authorization' | 'proxy-authorization';
  /** How often the nonce was used. */
  readonly used: number;
}

/** The strongest challenge that can be answered; undefined where none can. */
export function strongest(headers: Headers, status: 401 | 407): Login | undefined {
  const [offered, header] =
    status === 401
      ? (['www-authenticate', 'authorization'] as const)
      : (['proxy-authenticate', 'proxy-authorization'] as const);
  const challenges = headers.all(offered).flatMap((text) => parseChallenge(text) ?? []);
  for (const algorithm of algorithms) {
    const challenge = challenges.find((each) => each.algorithm === algorithm);
    if (challenge !== undefined) return { challenge, header, used: 0 };
  }
  return undefined;
}

/** What an answer to a challenge is made from, beside the challenge. */
export interface Signing {
  readonly hash: Hash;
  readonly cnonce: string;
  readonly credentials: { readonly username: string; readonly password: string };
  readonly method: string;
  readonly uri: string;
}

/** The header that answers the challenge; `login.used` counts this use. */
export function answerChallenge(login: Login, signing: Signing): HeaderField {
  const { realm, nonce, algorithm, opaque } = login.challenge;
  const { credentials, method, uri, cnonce } = signing;
  const { username } = credentials;
  const auth = login.challenge.auth ? { cnonce, nonceCount: login.used } : undefined;
  const ha1 = hashedA1(signing.hash, algorithm, { ...credentials, realm });
  const response = digestResponse((text) => signing.hash(algorithm, text), ha1, { method, uri, nonce, auth });
  return [login.header, printAnswer({ username, realm, nonce, uri, algorithm, response, auth }, opaque)];
}
