// Chance and sums. SubtleCrypto has no MD5, waits, and is missing where a page does not come by HTTPS; so the sums are
// by a library.

import { md5 } from '@noble/hashes/legacy.js';
import { sha256 as sha256Of } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Sha256 } from '../book/photo.ts';
import type { Hash } from '../sip/digest.ts';

const letters = 'abcdefghijklmnopqrstuvwxyz234567';
const length = 10;

/** A fresh unguessable text of ten letters and digits: 50 bits. */
export function freshText(): string {
  const octets = crypto.getRandomValues(new Uint8Array(length));
  return Array.from(octets, (octet) => letters[octet % letters.length]).join('');
}

/** A fresh unguessable text of 64 digits: 256 bits. */
export const secret = (): string => bytesToHex(crypto.getRandomValues(new Uint8Array(32)));

/** RFC 7636 §4.2. */
export const codeChallengeOf = (codeVerifier: string): string =>
  btoa(String.fromCharCode(...sha256Of(utf8ToBytes(codeVerifier))))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');

export const seed = (): number => (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) >>> 1;

export const hash: Hash = (algorithm, text) => bytesToHex((algorithm === 'MD5' ? md5 : sha256Of)(utf8ToBytes(text)));

export const sha256: Sha256 = (bytes) => bytesToHex(sha256Of(bytes));
