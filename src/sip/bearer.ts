// Tokens in place of a digest (RFC 8898, RFC 6750): whoever shows one is who it was given to, so it may cross
// only what nobody listens to.

import { quote } from './grammar.ts';
import type { HeaderField } from './headers.ts';
import type { IncomingRequest } from './message.ts';
import type { FlowPath } from './transaction-user.ts';

export interface BearerOptions {
  /** The user of a token; undefined where there is none. */
  readonly userOf: (token: string) => string | undefined;
  /** What a token is to be good for. */
  readonly scope: string;
  /** The https URL where a token is to be had (§2.3 wants it in each challenge); undefined: tokens are taken, and not asked for. */
  readonly authorizationServer: () => string | undefined;
}

/** The token of the request; undefined where it shows none. RFC 6750 §2.1: `b64token`. */
export function bearerToken(request: IncomingRequest): string | undefined {
  for (const value of request.headers.all('authorization')) {
    const token = /^Bearer +([\w.~+/-]{1,4096}=*)$/i.exec(value)?.[1];
    if (token !== undefined) return token;
  }
  return undefined;
}

/** §5: TLS from hop to hop. What stays within one machine, behind a proxy that ends TLS there, is heard by nobody either. */
export function isProtected(path: FlowPath): boolean {
  const { transport } = path;
  if (transport === 'TLS' || transport === 'WSS') return true;
  return transport !== 'UDP' && (path.remote.host === '::1' || path.remote.host.startsWith('127.'));
}

/** §4. `refused`: a token was shown, and is good for nothing. */
export function bearerChallenge(
  { scope, authorizationServer }: BearerOptions,
  { realm, refused }: { readonly realm: string; readonly refused: boolean },
): HeaderField | undefined {
  const server = authorizationServer();
  if (server === undefined) return undefined;
  const parts = [
    `realm=${quote(realm)}`,
    `scope=${quote(scope)}`,
    `authz_server=${quote(server)}`,
    ...(refused ? ['error="invalid_token"'] : []),
  ];
  return ['www-authenticate', `Bearer ${parts.join(',')}`];
}
