// HTTP digest for SIP (RFC 3261 §22, RFC 7616, RFC 8760): the texts and the sums. Which nonces are
// good is `authenticator.ts`; when to answer a challenge is the subscriber's.

import { isToken, quote, split, unquote } from './grammar.ts';

export type Algorithm = 'MD5' | 'SHA-256';

/** The hash of a text's UTF-8 octets, in lower-case hex. */
export type Hash = (algorithm: Algorithm, text: string) => string;

/** RFC 8760 §2.4: the strongest first. */
export const algorithms: readonly Algorithm[] = ['SHA-256', 'MD5'];

export interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  readonly algorithm: Algorithm;
  /** Whether `qop=auth` is offered; false for a peer that is still at RFC 2069. */
  readonly auth: boolean;
  readonly stale: boolean;
  readonly opaque: string | undefined;
}

/** What a client answers a challenge with. */
export interface DigestAnswer {
  readonly username: string;
  readonly realm: string;
  readonly nonce: string;
  readonly uri: string;
  readonly algorithm: Algorithm;
  readonly response: string;
  /** Absent where the challenge offered no qop. */
  readonly auth: { readonly cnonce: string; readonly nonceCount: number } | undefined;
}

/** What the sum is made over, beside A1. */
export interface Signed {
  readonly method: string;
  readonly uri: string;
  readonly nonce: string;
  readonly auth: { readonly cnonce: string; readonly nonceCount: number } | undefined;
}

export const hashedA1 = (
  hash: Hash,
  algorithm: Algorithm,
  of: { username: string; realm: string; password: string },
): string => hash(algorithm, `${of.username}:${of.realm}:${of.password}`);

/** RFC 7616 §3.4.1; without qop RFC 2069's sum. */
export function digestResponse(hash: (text: string) => string, ha1: string, signed: Signed): string {
  const ha2 = hash(`${signed.method}:${signed.uri}`);
  const { auth, nonce } = signed;
  if (auth === undefined) return hash(`${ha1}:${nonce}:${ha2}`);
  return hash(`${ha1}:${nonce}:${printCount(auth.nonceCount)}:${auth.cnonce}:auth:${ha2}`);
}

const printCount = (count: number): string => count.toString(16).padStart(8, '0');

export function printChallenge(challenge: Challenge): string {
  const { realm, nonce, algorithm, auth, opaque, stale } = challenge;
  const quoted = opaque === undefined ? '' : `,opaque=${quote(opaque)}`;
  return (
    `Digest realm=${quote(realm)},nonce=${quote(nonce)},algorithm=${algorithm}` +
    `${auth ? ',qop="auth"' : ''}${quoted}${stale ? ',stale=true' : ''}`
  );
}

/** Undefined for another scheme than Digest, or an algorithm that we do not have. */
export function parseChallenge(text: string): Challenge | undefined {
  const parameters = digestParameters(text);
  const realm = parameters?.get('realm');
  const nonce = parameters?.get('nonce');
  const algorithm = algorithmOf(parameters?.get('algorithm'));
  if (parameters === undefined || realm === undefined || nonce === undefined || algorithm === undefined)
    return undefined;
  const qop = parameters.get('qop');
  const auth = qop !== undefined && split(qop.toLowerCase(), ',').includes('auth');
  if (qop !== undefined && !auth) return undefined; // only auth-int is offered
  const stale = parameters.get('stale')?.toLowerCase() === 'true';
  return { realm, nonce, algorithm, auth, stale, opaque: parameters.get('opaque') };
}

/** `opaque` goes back as it came (RFC 7616 §3.4). */
export function printAnswer(answer: DigestAnswer, opaque: string | undefined): string {
  const { auth } = answer;
  const parts = [
    `username=${quote(answer.username)}`,
    `realm=${quote(answer.realm)}`,
    `nonce=${quote(answer.nonce)}`,
    `uri=${quote(answer.uri)}`,
    `response=${quote(answer.response)}`,
    `algorithm=${answer.algorithm}`,
    ...(opaque === undefined ? [] : [`opaque=${quote(opaque)}`]),
    ...(auth === undefined ? [] : [`cnonce=${quote(auth.cnonce)}`, 'qop=auth', `nc=${printCount(auth.nonceCount)}`]),
  ];
  return `Digest ${parts.join(',')}`;
}

/** Undefined where something that the sum needs is missing or not of its shape. */
export function parseAnswer(text: string): DigestAnswer | undefined {
  const parameters = digestParameters(text);
  const algorithm = algorithmOf(parameters?.get('algorithm'));
  if (parameters === undefined || algorithm === undefined) return undefined;
  const [username, realm, nonce] = [parameters.get('username'), parameters.get('realm'), parameters.get('nonce')];
  const [uri, response] = [parameters.get('uri'), parameters.get('response')];
  if (
    username === undefined ||
    realm === undefined ||
    nonce === undefined ||
    uri === undefined ||
    response === undefined
  )
    return undefined;
  const qop = parameters.get('qop');
  if (qop === undefined) return { username, realm, nonce, uri, algorithm, response, auth: undefined };
  const cnonce = parameters.get('cnonce');
  const count = parameters.get('nc') ?? '';
  if (qop.toLowerCase() !== 'auth' || cnonce === undefined || !/^[0-9a-f]{8}$/i.test(count)) return undefined;
  return { username, realm, nonce, uri, algorithm, response, auth: { cnonce, nonceCount: Number.parseInt(count, 16) } };
}

/** Absent means MD5 (RFC 7616 §3.3). The `-sess` forms are not offered by us nor answered. */
function algorithmOf(text: string | undefined): Algorithm | undefined {
  const name = (text ?? 'MD5').toUpperCase();
  return algorithms.find((algorithm) => algorithm === name);
}

/** By lower-case name, unquoted; undefined where the text is no Digest, or not of its shape. */
export function digestParameters(text: string): ReadonlyMap<string, string> | undefined {
  return /^Digest\s/i.test(text) ? (usualParameters(text) ?? plainDigestParameters(text)) : undefined;
}

/** As they are commonly written; those with others are only read more slowly. */
const usualNames: ReadonlySet<string> = new Set([
  'username', 'realm', 'nonce', 'uri', 'response', 'algorithm', 'cnonce', 'qop', 'nc', 'opaque', 'stale',
]); // prettier-ignore

/**
 * A hot path, as `head.ts` says: from comma to comma without a look at each character, a tenth of what the plain way
 * takes; undefined for all that is not written as usual. That both read the same is a property in the test.
 */
function usualParameters(text: string): ReadonlyMap<string, string> | undefined {
  if (text.includes('\\')) return undefined;
  const parameters = new Map<string, string>();
  for (let at = 'Digest '.length; ; at += 1) {
    if (text[at] === ' ') at += 1;
    const equals = text.indexOf('=', at);
    const name = text.slice(at, Math.max(at, equals));
    if (!usualNames.has(name) || parameters.has(name)) return undefined;
    const quoted = text[equals + 1] === '"';
    const from = equals + (quoted ? 2 : 1);
    const found = text.indexOf(quoted ? '"' : ',', from);
    if (quoted && found < 0) return undefined;
    const end = found < 0 ? text.length : found;
    const value = text.slice(from, end);
    if (!quoted && !isToken(value)) return undefined;
    parameters.set(name, value);
    at = quoted ? end + 1 : end;
    if (at === text.length) return parameters;
    if (text[at] !== ',') return undefined;
  }
}

/** Part by part, whatever they hold. */
export function plainDigestParameters(text: string): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>();
  for (const part of split(text.slice('Digest '.length), ',')) {
    const equals = part.indexOf('=');
    const name = part.slice(0, Math.max(0, equals)).trimEnd().toLowerCase();
    if (!isToken(name) || parameters.has(name)) return undefined;
    parameters.set(name, unquote(part.slice(equals + 1).trimStart()));
  }
  return parameters;
}
