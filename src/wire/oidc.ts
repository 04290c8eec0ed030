// Log-in by the company's identity provider (OpenID Connect Core 1.0, authorization code with PKCE). A terminal sends
// a browser to the provider by what the server offers, and the server redeems the code that comes back.

import * as v from 'valibot';

/** `GET /v1/oidc`: what the server's authorization requests are made of. */
export interface OidcOffer {
  readonly authorizationEndpoint: string;
  readonly clientId: string;
  /** Names, one space apart. */
  readonly scope: string;
  /** Where a page may have the browser come back to, as the provider knows it; a program has an address of its own machine. */
  readonly returnAddresses: readonly string[];
}

export const oidcOfferSchema: v.GenericSchema<unknown, OidcOffer> = v.object({
  authorizationEndpoint: v.pipe(
    v.string(),
    v.regex(/^https?:\/\//, 'an http or https URL is needed'),
    v.maxLength(4096),
  ),
  clientId: v.pipe(v.string(), v.maxLength(1024)),
  scope: v.pipe(v.string(), v.maxLength(1024)),
  // A server of before has none.
  returnAddresses: v.optional(v.array(v.pipe(v.string(), v.maxLength(4096))), []),
});

/** `POST /v1/oidc`: what came of the authorization request. */
export interface OidcLogIn {
  readonly code: string;
  /** RFC 7636 §4.1. */
  readonly codeVerifier: string;
  /** As it stood in the authorization request. */
  readonly redirectUri: string;
}

export const oidcLogInSchema: v.GenericSchema<unknown, OidcLogIn> = v.object({
  code: v.pipe(v.string(), v.minLength(1, 'a code is needed'), v.maxLength(4096)),
  codeVerifier: v.pipe(v.string(), v.regex(/^[\w.~-]{43,128}$/, 'a code verifier as in RFC 7636 §4.1 is needed')),
  redirectUri: v.pipe(v.string(), v.minLength(1, 'a redirect URI is needed'), v.maxLength(4096)),
});

/**
 * The address to open in a browser. `codeChallenge` is the SHA-256 of the code verifier in base64url (RFC 7636 §4.2); it is the
 * nonce too, so that an ID token is good for nobody but whoever has the verifier, also where the provider looks at no challenge.
 */
export function authorizationUrl(
  { authorizationEndpoint, clientId, scope }: Omit<OidcOffer, 'returnAddresses'>,
  asked: { readonly redirectUri: string; readonly codeChallenge: string; readonly state: string },
): string {
  const parameters = {
    response_type: 'code',
    client_id: clientId,
    scope,
    redirect_uri: asked.redirectUri,
    state: asked.state,
    nonce: asked.codeChallenge,
    code_challenge: asked.codeChallenge,
    code_challenge_method: 'S256',
  };
  const query = Object.entries(parameters).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `${authorizationEndpoint}${authorizationEndpoint.includes('?') ? '&' : '?'}${query.join('&')}`;
}
