// The settings of log-in by an identity provider.

import * as v from 'valibot';
import { isLoopback } from './address.ts';
import { readText } from './read-text.ts';
import { said, text } from './setting-schema.ts';

const fieldsOfMatch = ['mail', 'employeeNumber'] as const;

export interface OidcConfig {
  /** As it stands in the provider's ID tokens. */
  readonly issuer: string;
  readonly clientId: string;
  /** Both absent where the provider has the client as a public one. */
  readonly clientSecret?: string | undefined;
  readonly clientSecretFile?: string | undefined;
  readonly scopes: readonly string[];
  /** Where pages may have the browser come back to; the server's own URL where absent. */
  readonly returnAddresses?: readonly string[] | undefined;
  /** A file of PEM certificates to trust, instead of the system's. */
  readonly caFile?: string | undefined;
  /** Who logs in is the one person whose `field` has the value of `claim`. */
  readonly match: { readonly claim: string; readonly field: (typeof fieldsOfMatch)[number] };
}

const defaults = { scopes: ['openid', 'email', 'profile'], match: { claim: 'email', field: 'mail' } } as const;

/** A token or a secret would be everybody's in clear text on a network. */
export function isSecureUrl(written: string): boolean {
  const url = URL.parse(written);
  if (url === null || url.username !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
}

const issuerRight = 'an https:// URL as the provider writes it (http:// for this machine alone), without a query';
const returnRight = 'a list of https:// URLs (http:// for this machine alone), as the provider has them';
const scopesRight = 'a list of scopes with openid among them';

export const oidcSchema: v.GenericSchema<unknown, OidcConfig> = v.pipe(
  v.strictObject({
    issuer: v.pipe(
      text(issuerRight),
      v.check((value) => isSecureUrl(value) && !/[?#]/.test(value), said(issuerRight)),
    ),
    clientId: text('the client ID that the provider gave'),
    clientSecret: v.optional(text('a secret')),
    clientSecretFile: v.optional(text('the path of a file that holds the secret')),
    scopes: v.optional(
      v.pipe(
        v.array(v.pipe(text(scopesRight), v.regex(/^[!#-[\]-~]+$/, said(scopesRight))), said(scopesRight)),
        v.includes('openid', said(scopesRight)),
      ),
      [...defaults.scopes],
    ),
    returnAddresses: v.optional(
      v.array(v.pipe(text(returnRight), v.check(isSecureUrl, said(returnRight))), said(returnRight)),
    ),
    caFile: v.optional(text('the path of a PEM file')),
    match: v.optional(
      v.strictObject({
        claim: text('the name of a claim, such as email or preferred_username'),
        field: v.picklist(fieldsOfMatch, said(fieldsOfMatch.join(' or '))),
      }),
      defaults.match,
    ),
  }),
  v.check(
    (given) => given.clientSecret === undefined || given.clientSecretFile === undefined,
    'give clientSecret or clientSecretFile, not both',
  ),
);

/** Undefined where the client is a public one. @throws HostFault when its file cannot be read */
export function clientSecretOf({ clientSecret, clientSecretFile }: OidcConfig): string | undefined {
  if (clientSecretFile === undefined) return clientSecret;
  return readText(clientSecretFile, 'logIn.oidc.clientSecretFile').replace(/\r?\n$/, '');
}
