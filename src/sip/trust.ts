// What peers of the trust domain say of who somebody is (RFC 3325, RFC 5502), and what goes with it (RFC 7315):
// for an application server behind a SIP core. From anybody else the same words are passed over.

import { kept } from '../base/bytes.ts';
import { isReply } from './inspection.ts';
import type { Reply } from './answers.ts';
import { parseParameters, parseSeconds } from './grammar.ts';
import { parseNameAddress } from './headers.ts';
import type { IncomingRequest } from './message.ts';
import type { FlowPath } from './transaction-user.ts';
import { addressOfRecord, parseUri, schemeOf } from './uri.ts';

export interface TrustOptions {
  /** Whether the peer at the other end is of the trust domain (RFC 3325 §2.3). */
  readonly trusts: (path: FlowPath) => boolean;
  /** The user that all of these URIs are of; undefined where there is none, or they are of several. */
  readonly userOf: (identities: readonly string[]) => string | undefined;
  /** Somebody was refused since nobody is known by these. */
  readonly unknown: (identities: readonly string[], path: FlowPath) => void;
}

/**
 * The identities that the request asserts: at most one `sip` or `sips` and one `tel` URI (RFC 3325 §9.1). On an
 * originating way P-Served-User goes before (RFC 5502 §4.2). Undefined where nothing is asserted. Never From, and
 * never P-Preferred-Identity, which is the user's own word.
 */
export function assertedIdentities(request: IncomingRequest): readonly string[] | Reply | undefined {
  const served = identitiesOf(request, 'p-served-user', 1);
  if (isReply(served)) return served;
  const [first] = request.headers.list('p-served-user');
  const sessionCase = parseNameAddress(first ?? '')?.parameters.get('sescase');
  if (served !== undefined && sessionCase !== 'term') return served;
  return identitiesOf(request, 'p-asserted-identity', 2);
}

function identitiesOf(request: IncomingRequest, header: string, most: number): readonly string[] | Reply | undefined {
  const values = request.headers.list(header);
  if (values.length === 0) return undefined;
  const uris = values.map((value) => parseNameAddress(value)?.uri ?? '');
  const kinds = new Set(uris.map(kindOf));
  const right = uris.length <= most && kinds.size === uris.length && !kinds.has(undefined);
  return right
    ? uris
    : { status: 400, reason: `Bad ${header === 'p-served-user' ? 'P-Served-User' : 'P-Asserted-Identity'}` };
}

function kindOf(uri: string): 'sip' | 'tel' | undefined {
  if (schemeOf(uri) === 'tel') return 'tel';
  return parseUri(uri) === undefined ? undefined : 'sip';
}

/** 3GPP TS 24.229 §5.4.1.7: the S-CSCF tells in its own name that somebody registered there, or left. */
export interface ThirdPartyRegistration {
  /** Whom it is about. */
  readonly identity: string;
  readonly over: boolean;
}

/** From a peer of the trust domain. Undefined where it is a REGISTER of a user agent, whose From and To are one (RFC 3261 §10.2). */
export function thirdParty(request: IncomingRequest): ThirdPartyRegistration | undefined {
  const { from, to } = request;
  const [who, whom] = [from, to].map(({ uri }) => addressOfRecord(uri) ?? uri);
  if (request.method !== 'REGISTER' || who === whom) return undefined;
  return { identity: to.uri, over: parseSeconds(request.headers.first('expires') ?? '') === 0 };
}

const longestIcid = 256;

/** RFC 7315 §4.6: what relates the charging of a dialog; undefined where there is none, or none that can be read. */
export function chargingVector(request: IncomingRequest): string | undefined {
  const icid = parseParameters(request.headers.first('p-charging-vector') ?? '')?.get('icid-value');
  return icid === undefined || icid === '' || icid.length > longestIcid ? undefined : kept(`icid-value=${icid}`);
}
