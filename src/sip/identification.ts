// Who sent a request: what a peer of the trust domain asserts (RFC 3325), else a token (RFC 8898), else a digest.

import { milliseconds } from '../base/time.ts';
import type { Instant } from '../base/time.ts';
import { AttemptLimit } from './attempt-limit.ts';
import { Authenticator } from './authenticator.ts';
import type { Reply } from './answers.ts';
import { bearerChallenge, bearerToken, isProtected } from './bearer.ts';
import type { BearerOptions } from './bearer.ts';
import { algorithms as strongestFirst } from './digest.ts';
import type { HeaderField } from './headers.ts';
import { comeAgainLater } from './gate.ts';
import { isReply } from './inspection.ts';
import type { IncomingRequest } from './message.ts';
import { siteOf } from './site.ts';
import type { EndpointOptions, NotifierOptions } from './setting.ts';
import type { FlowPath } from './transaction-user.ts';
import { assertedIdentities, chargingVector, thirdParty } from './trust.ts';
import type { TrustOptions } from './trust.ts';

export type Identified =
  | { readonly kind: 'known'; readonly user: string }
  | { readonly kind: 'refused'; readonly reply: Reply };

/** Of a third-party registration. */
export interface Report {
  /** Undefined where it is nobody of ours. */
  readonly user: string | undefined;
  readonly over: boolean;
}

/**
 * Of requests that leave it open who sent them, from one address. A branch office, or a proxy that is not configured as
 * trusted, comes back whole after a power cut; a flood costs 3 % of a core and then 503s that work nothing out.
 */
const unknownFromOneAddress = { burst: 10_000, every: milliseconds(1) };

export class Identification {
  readonly #realm: string;
  readonly #authenticator: Authenticator;
  readonly #trust: TrustOptions | undefined;
  readonly #bearer: BearerOptions | undefined;
  readonly #random: () => string;
  /** Apart, so that a flood of the one takes nothing from who shares its address and has credentials. */
  readonly #challenges = new AttemptLimit(unknownFromOneAddress);
  readonly #failures = new AttemptLimit(unknownFromOneAddress);

  constructor({ hash, random }: EndpointOptions, options: NotifierOptions) {
    const { realm, account, algorithms = strongestFirst, trust, bearer } = options;
    this.#realm = realm;
    this.#authenticator = new Authenticator({ realm, account, algorithms, hash, random });
    this.#trust = trust;
    this.#bearer = bearer;
    this.#random = random;
  }

  /** So many are remembered, with their counts. */
  get nonces(): number {
    return this.#authenticator.nonces;
  }

  of(request: IncomingRequest, path: FlowPath, now: Instant): Identified {
    const asserted = this.trusts(path) ? assertedIdentities(request) : undefined;
    if (isReply(asserted)) return { kind: 'refused', reply: asserted };
    if (asserted !== undefined) return this.#known(asserted, path);
    const token = this.#bearer !== undefined && isProtected(path) ? bearerToken(request) : undefined;
    const user = token === undefined ? undefined : this.#bearer?.userOf(token);
    if (user !== undefined) return { kind: 'known', user };
    const limit = request.headers.first('authorization') === undefined ? this.#challenges : this.#failures;
    const site = siteOf(path.remote.host);
    if (!this.trusts(path) && limit.take(site, now) > 0)
      return { kind: 'refused', reply: comeAgainLater(this.#random()) };
    const verdict = this.#authenticator.judge(request, unproven(path), now);
    if (verdict.kind === 'known') {
      limit.giveBack(site);
      return verdict;
    }
    const fields = this.#withBearer(verdict.fields, path, token !== undefined);
    return { kind: 'refused', reply: { status: 401, fields } };
  }

  trusts(path: FlowPath): boolean {
    return this.#trust?.trusts(path) ?? false;
  }

  /** What a core says of the registration of somebody; undefined for any other request, and from anybody else. */
  thirdParty(request: IncomingRequest, path: FlowPath): Report | undefined {
    if (request.method !== 'REGISTER' || !this.trusts(path)) return undefined;
    const told = thirdParty(request);
    return told && { over: told.over, user: this.#trust?.userOf([told.identity]) };
  }

  /** What the NOTIFYs of the dialog are to say of its charging. */
  chargingOf(request: IncomingRequest, path: FlowPath): string | undefined {
    return this.trusts(path) ? chargingVector(request) : undefined;
  }

  #known(identities: readonly string[], path: FlowPath): Identified {
    const user = this.#trust?.userOf(identities);
    if (user !== undefined) return { kind: 'known', user };
    this.#trust?.unknown(identities, path);
    return { kind: 'refused', reply: { status: 403, reason: 'Asserted Identity Is Nobody Here' } };
  }

  /**
   * A challenge for a token stands between two others: some peers read the first only, some the last, and
   * either is one that they know (docs/decisions/0026). Who showed a token reads its own challenge anywhere.
   */
  #withBearer(fields: readonly HeaderField[], path: FlowPath, refused: boolean): readonly HeaderField[] {
    if (this.#bearer === undefined || !isProtected(path) || (fields.length < 2 && !refused)) return fields;
    const challenge = bearerChallenge(this.#bearer, { realm: this.#realm, refused });
    const [first, ...rest] = fields;
    return challenge === undefined || first === undefined ? fields : [first, challenge, ...rest];
  }
}

/** An address from which anybody could have written; that of a connection was proven when it was made, and a proxy has several. */
const unproven = ({ transport, remote }: FlowPath): string => (transport === 'UDP' ? remote.host : '');
