// The company's identity provider, as a relying party talks to it: OpenID Connect Discovery 1.0, the token endpoint
// (Core §3.1.3), its keys, and UserInfo (§5.3) where the ID token has not the claim. Its word is believed only for an ID token
// that it signed, for us, just now, and for whoever began this very log-in.

import { createHash } from 'node:crypto';
import { createLocalJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey, type LocalJWKSet } from 'jose';
import * as v from 'valibot';
import type { Identified, OidcProvider, OwnOffer } from '../server/oidc-log-in.ts';
import type { OidcLogIn } from '../wire/oidc.ts';
import { parseJson, WireFault } from '../wire/problem.ts';
import type { HttpMessage } from '../terminal/http-exchange.ts';
import { HttpClient } from './http-client.ts';
import { clientSecretOf, isSecureUrl, type OidcConfig } from './oidc-config.ts';
import { readText } from './read-text.ts';

export interface OpenIdProviderOptions {
  readonly config: OidcConfig;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** What the administrator should know, and whoever logs in is not told. */
  readonly tell: (problem: string) => void;
}

const limits = {
  // Those of large providers have 5 to 20 kB.
  mostAnswerOctets: 256 * 1024,
  answerWithinMilliseconds: 10_000,
  metadataForMilliseconds: 3_600_000,
  /** A key that the provider withdraws is believed no longer than this. */
  keysForMilliseconds: 600_000,
  /** A provider that is away is asked again so much later. */
  restMilliseconds: 5000,
  /** Between its clock and ours. */
  skewSeconds: 60,
  /** An ID token comes straight from the provider, so an old one is none of this log-in. */
  tokenAgeSeconds: 600,
};

// What needs no secret of ours; neither `none` nor HS256, whose key would be a secret, or be taken to be the public one.
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

const endpoint = v.pipe(v.string(), v.check(isSecureUrl, 'an https:// URL is needed'));

interface Metadata {
  readonly issuer: string;
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
  readonly jwks_uri: string;
  readonly userinfo_endpoint?: string;
  readonly token_endpoint_auth_methods_supported?: readonly string[];
}

const metadataSchema: v.GenericSchema<unknown, Metadata> = v.object({
  issuer: v.string(),
  authorization_endpoint: endpoint,
  token_endpoint: endpoint,
  jwks_uri: endpoint,
  userinfo_endpoint: v.exactOptional(endpoint),
  token_endpoint_auth_methods_supported: v.exactOptional(v.array(v.string())),
});

const keysSchema = v.object({ keys: v.array(v.looseObject({ kty: v.string() })) });
const tokensSchema = v.object({ id_token: v.string(), access_token: v.exactOptional(v.string()) });
const userInfoSchema = v.looseObject({ sub: v.string() });
const errorSchema = v.object({ error: v.string(), error_description: v.optional(v.string(), '') });

/** The provider is not there, or says what cannot be used: another log-in may succeed later. */
class Away extends Error {}

/** The provider refuses, or its word is not to be believed. */
class Unbelieved extends Error {}

export class OpenIdProvider implements OidcProvider {
  readonly field: OidcConfig['match']['field'];
  readonly returnAddresses: OidcConfig['returnAddresses'];
  readonly #options: OpenIdProviderOptions;
  readonly #ca: string | undefined;
  #metadata: { readonly value: Metadata; readonly until: number } | undefined;
  #asking: Promise<void> | undefined;
  #awayUntil = -Infinity;
  #keys: { readonly value: LocalJWKSet; readonly until: number } | undefined;

  /** @throws HostFault when a file of the settings cannot be read */
  constructor(options: OpenIdProviderOptions) {
    const { config } = options;
    this.#options = options;
    this.field = config.match.field;
    this.returnAddresses = config.returnAddresses;
    clientSecretOf(config); // where it cannot be read, that is better known now than at the first log-in
    this.#ca = config.caFile === undefined ? undefined : readText(config.caFile, 'logIn.oidc.caFile');
  }

  async offer(): Promise<OwnOffer | undefined> {
    const { clientId, scopes } = this.#options.config;
    const metadata = await this.#known();
    if (metadata === undefined) return undefined;
    return { authorizationEndpoint: metadata.authorization_endpoint, clientId, scope: scopes.join(' ') };
  }

  async identify(logIn: OidcLogIn): Promise<Identified> {
    const metadata = await this.#known();
    if (metadata === undefined) return { kind: 'unavailable' };
    try {
      const tokens = await this.#redeem(metadata, logIn);
      const claims = await this.#verified(metadata, tokens.id_token, logIn);
      return await this.#named(metadata, claims, tokens.access_token);
    } catch (thrown) {
      if (!(thrown instanceof Away || thrown instanceof Unbelieved)) throw thrown;
      this.#options.tell(thrown.message);
      return { kind: thrown instanceof Away ? 'unavailable' : 'wrong' };
    }
  }

  /** Undefined while it does not answer, of which one asking in five seconds is told. */
  async #known(): Promise<Metadata | undefined> {
    const now = this.#options.now();
    if (this.#metadata !== undefined && now < this.#metadata.until) return this.#metadata.value;
    if (now >= this.#awayUntil) {
      this.#asking ??= this.#discover().finally(() => (this.#asking = undefined));
      await this.#asking;
    }
    // What it said an hour ago is most likely still so.
    return this.#metadata?.value;
  }

  async #discover(): Promise<void> {
    const { issuer } = this.#options.config;
    try {
      const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
      const value = await this.#ask(metadataSchema, url, { method: 'GET' });
      // Discovery §4.3: a provider that speaks for another one would be believed in its name.
      if (value.issuer !== issuer)
        throw new Away(`${url} is about the issuer ${value.issuer}; logIn.oidc.issuer says ${issuer}`);
      this.#metadata = { value, until: this.#options.now() + limits.metadataForMilliseconds };
    } catch (thrown) {
      if (!(thrown instanceof Away || thrown instanceof Unbelieved)) throw thrown;
      this.#awayUntil = this.#options.now() + limits.restMilliseconds;
      this.#options.tell(thrown.message);
    }
  }

  /** Core §3.1.3.1. */
  #redeem(metadata: Metadata, logIn: OidcLogIn): Promise<v.InferOutput<typeof tokensSchema>> {
    const { clientId } = this.#options.config;
    // Read anew: secrets expire, and a new one should need no restart.
    const secret = clientSecretOf(this.#options.config);
    const methods = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const basic = secret !== undefined && (methods.includes('client_secret_basic') || methods.length === 0);
    const body = new URLSearchParams({
      grant_type: 'authorization_code',
      code: logIn.code,
      redirect_uri: logIn.redirectUri,
      code_verifier: logIn.codeVerifier,
      ...(!basic && { client_id: clientId, ...(secret !== undefined && { client_secret: secret }) }),
    });
    return this.#ask(tokensSchema, metadata.token_endpoint, {
      method: 'POST',
      body: body.toString(),
      contentType: 'application/x-www-form-urlencoded',
      ...(basic && { authorization: basicCredentials(clientId, secret) }),
    });
  }

  /** Core §3.1.3.7. @throws Unbelieved */
  async #verified(metadata: Metadata, idToken: string, { codeVerifier }: OidcLogIn): Promise<JWTPayload> {
    const { clientId } = this.#options.config;
    try {
      const { payload } = await jwtVerify(idToken, this.#keyOf(metadata), {
        algorithms,
        issuer: metadata.issuer,
        audience: clientId,
        requiredClaims: ['sub', 'exp', 'iat', 'nonce'],
        maxTokenAge: limits.tokenAgeSeconds,
        clockTolerance: limits.skewSeconds,
        currentDate: new Date(this.#options.now()),
      });
      const { aud, azp, nonce } = payload;
      if (azp === undefined ? Array.isArray(aud) && aud.length > 1 : azp !== clientId)
        throw new Unbelieved('an ID token was refused: it was issued to another client ("azp")');
      // See `authorizationUrl`: only whoever began this log-in has the verifier.
      if (nonce !== createHash('sha256').update(codeVerifier).digest('base64url'))
        throw new Unbelieved('an ID token was refused: it is of another log-in ("nonce")');
      return payload;
    } catch (thrown) {
      // jose throws a TypeError for a key that its algorithm cannot use, such as a short one.
      if (!(thrown instanceof errors.JOSEError || thrown instanceof TypeError)) throw thrown;
      throw new Unbelieved(`an ID token was refused: ${thrown.message}`, { cause: thrown });
    }
  }

  #keyOf(metadata: Metadata): JWTVerifyGetKey {
    return async (header, token) => {
      const known = this.#keys;
      if (known !== undefined && this.#options.now() < known.until)
        try {
          return await known.value(header, token);
        } catch (thrown) {
          // Core §10.1.1: the provider signs with a new key.
          if (!(thrown instanceof errors.JWKSNoMatchingKey)) throw thrown;
        }
      const keys = createLocalJWKSet(await this.#ask(keysSchema, metadata.jwks_uri, { method: 'GET' }));
      this.#keys = { value: keys, until: this.#options.now() + limits.keysForMilliseconds };
      return keys(header, token);
    };
  }

  async #named(metadata: Metadata, idClaims: JWTPayload, accessToken: string | undefined): Promise<Identified> {
    const { claim } = this.#options.config.match;
    const claims = isWhole(idClaims, claim) ? idClaims : await this.#toldOf(metadata, idClaims, accessToken);
    const value = claims[claim];
    // Some providers write it as text.
    const verified = claims['email_verified'] === true || claims['email_verified'] === 'true';
    if (claim === 'email' && !verified) {
      this.#options.tell(
        `"email_verified" is not true for ${JSON.stringify(value)}, whom the provider calls ${idClaims.sub}`,
      );
      return { kind: 'unverified' };
    }
    if (typeof value === 'number' && Number.isSafeInteger(value)) return { kind: 'identified', value: String(value) };
    if (typeof value !== 'string' || value === '' || value.length > 1024)
      throw new Unbelieved(`the provider has no usable "${claim}" for whom it calls ${idClaims.sub}`);
    return { kind: 'identified', value };
  }

  /** Of UserInfo what it says of the claim, else the ID token: the address of the one is not verified by the word of the other. */
  async #toldOf(
    metadata: Metadata,
    idClaims: JWTPayload,
    token: string | undefined,
  ): Promise<Readonly<Record<string, unknown>>> {
    const told = await this.#userInfo(metadata, idClaims, token);
    return told[this.#options.config.match.claim] === undefined ? idClaims : told;
  }

  /** Core §5.4: where there is an access token, what a scope asks for is here. */
  async #userInfo(
    metadata: Metadata,
    { sub }: JWTPayload,
    token: string | undefined,
  ): Promise<Record<string, unknown>> {
    const { userinfo_endpoint: url } = metadata;
    if (url === undefined || token === undefined) return {};
    const claims = await this.#ask(userInfoSchema, url, { method: 'GET', token });
    // Core §5.3.2: else it may be about anybody.
    if (claims.sub !== sub) throw new Unbelieved('UserInfo is about another one than the ID token ("sub")');
    return claims;
  }

  /** @throws Away where it does not answer, or what it says cannot be used; Unbelieved where it refuses a code */
  async #ask<T>(schema: v.GenericSchema<unknown, T>, written: string, message: Omit<HttpMessage, 'path'>): Promise<T> {
    const { origin, pathname, search } = new URL(written);
    const { mostAnswerOctets, answerWithinMilliseconds } = limits;
    using client = new HttpClient({ server: origin, ca: this.#ca, mostAnswerOctets, answerWithinMilliseconds });
    const outcome = await client.ask({ ...message, path: `${pathname}${search}` });
    if (outcome.kind === 'unanswered') throw new Away(outcome.trouble.words);
    const { status, text } = outcome.answer;
    try {
      if (status === 200) return parseJson(schema, text, written);
      const { error, error_description: description } = parseJson(errorSchema, text, written);
      const words = `${written} answered ${status}: ${error}${description === '' ? '' : `, ${description}`}`;
      // RFC 6749 §5.2: of these errors one is the fault of who logs in; the others are of the settings, here or there.
      throw error === 'invalid_grant' ? new Unbelieved(words) : new Away(words);
    } catch (thrown) {
      if (!(thrown instanceof WireFault)) throw thrown;
      // Redirects are not followed: what is asked is secret, and what is answered is believed.
      const words = status === 200 ? thrown.message : `${written} answered ${status}`;
      throw new Away(words, { cause: thrown });
    }
  }
}

/** RFC 6749 §2.3.1: each form-encoded first. */
function basicCredentials(user: string, password: string): string {
  const [name, secret] = [user, password].map((text) => new URLSearchParams({ '': text }).toString().slice(1));
  return `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;
}

/** Some providers put the mail address into the ID token, and whether it is verified into UserInfo alone. */
const isWhole = (idClaims: JWTPayload, claim: string): boolean =>
  idClaims[claim] !== undefined && (claim !== 'email' || idClaims['email_verified'] !== undefined);
