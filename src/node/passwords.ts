// argon2id (RFC 9106) for the passwords of local accounts, in the PHC string form, so that the cost can
// be raised later while older hashes still verify.

import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Passwords } from '../server/sessions.ts';

interface Cost {
  /** KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

// OWASP's first choice: 19 MiB, two passes, one lane.
const cost: Cost = { memory: 19_456, passes: 2, parallelism: 1 };
const tagLength = 32;

const derive = (password: string, nonce: Buffer, { memory, passes, parallelism }: Cost): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    // One form of the same characters: a password typed on another keyboard is the same password (RFC 8265 §4.2.2).
    const message = password.normalize('NFC');
    const parameters = { message, nonce, memory, passes, parallelism, tagLength };
    argon2('argon2id', parameters, (error, tag) => (error === null ? resolve(tag) : reject(error)));
  });

const base64 = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');

export const passwords: Passwords = {
  async hash(password) {
    const salt = randomBytes(16);
    const tag = await derive(password, salt, cost);
    return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${base64(salt)}$${base64(tag)}`;
  },
  async verify(password, hash) {
    const parts = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(hash);
    if (parts === null) return false;
    const [memory = 0, passes = 0, parallelism = 0] = parts.slice(1, 4).map(Number);
    const tag = Buffer.from(parts[5] ?? '', 'base64');
    const derived = await derive(password, Buffer.from(parts[4] ?? '', 'base64'), { memory, passes, parallelism });
    return derived.length === tag.length && timingSafeEqual(derived, tag);
  },
};
