// Pictures for tests: a head that says what they are, and bytes that nobody decodes.

import { photoHash, type Photo } from '../../src/book/photo.ts';
import { sha256 } from '../../src/node/chance.ts';

const heads = {
  'image/jpeg': [0xff, 0xd8, 0xff, 0xe0],
  'image/png': [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
  'image/gif': [0x47, 0x49, 0x46, 0x38, 0x39, 0x61],
  'image/webp': [0x52, 0x49, 0x46, 0x46, 0x10, 0x00, 0x00, 0x00, 0x57, 0x45, 0x42, 0x50],
} as const;

/** Always the same for the same number, with no run that a compression could shorten. */
export function picture(number: number, size = 300, type: keyof typeof heads = 'image/jpeg'): Uint8Array {
  const bytes = new Uint8Array(size);
  let state = number + 1;
  for (let at = 0; at < size; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[at] = state >>> 16;
  }
  bytes.set(heads[type].slice(0, size));
  return bytes;
}

export function photo(number: number, size?: number, type: keyof typeof heads = 'image/jpeg'): Photo {
  const bytes = picture(number, size, type);
  return { hash: photoHash(sha256(bytes)), type, bytes };
}
