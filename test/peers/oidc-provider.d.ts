// Of the package's interface, which it does not type itself, what `openid.ts` uses.
declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http';

  export interface Client {
    readonly client_id: string;
    readonly client_secret?: string;
    readonly application_type: 'native' | 'web';
    readonly token_endpoint_auth_method: 'none' | 'client_secret_basic' | 'client_secret_post';
    readonly redirect_uris: readonly string[];
  }

  export interface Configuration {
    readonly clients: readonly Client[];
    readonly jwks: { readonly keys: readonly object[] };
    readonly cookies: { readonly keys: readonly string[] };
    /** By scope, the claims that it asks for. */
    readonly claims: Readonly<Record<string, readonly string[]>>;
    /** True: what scopes ask for is in UserInfo alone, where there is an access token. */
    readonly conformIdTokenClaims: boolean;
    /** In seconds. */
    readonly ttl: Readonly<Record<string, number>>;
    readonly clientAuthMethods: readonly string[];
    readonly findAccount: (
      context: unknown,
      id: string,
    ) => { readonly accountId: string; readonly claims: () => Readonly<Record<string, unknown>> };
  }

  export class Provider {
    constructor(issuer: string, configuration: Configuration);
    callback(): RequestListener;
  }
}
