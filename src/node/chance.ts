// Chance and sums for SIP, in both roles. A hot path: a new subscription takes three fresh texts and five
// sums, a NOTIFY one text. Of 78 us that a NOTIFY cost, 8 went on asking for six octets at a time; and a hash
// in one call takes two fifths of what an object for it does.

import { hash as hashOnce, randomBytes } from 'node:crypto';
import type { Sha256 } from '../book/photo.ts';
import type { Hash } from '../sip/digest.ts';

const length = 8;
const atOnce = 512;

/** Makes fresh unguessable texts of 8 letters and digits. */
export function freshTexts(): () => string {
  let texts = '';
  let at = 0;
  return () => {
    if (at === texts.length) {
      const base64 = randomBytes((atOnce * length * 3) / 4).toString('base64url');
      texts = base64.replaceAll(/[-_]/g, 'x');
      at = 0;
    }
    at += length;
    return texts.slice(at - length, at);
  };
}

export const hash: Hash = (algorithm, text) => hashOnce(algorithm === 'MD5' ? 'md5' : 'sha256', text, 'hex');

export const sha256: Sha256 = (bytes) => hashOnce('sha256', bytes, 'hex');
