// A person's photo. The field `photo` holds its hash, so a photo is a change like any other and its bytes go
// another way: fetched once by their hash, which says whether they are the right ones. They are never
// re-encoded; what is not a picture that everything shows is left out.

import type { Branded } from '../base/brand.ts';

/** SHA-256 of a photo's bytes, in lower-case hex. */
export type PhotoHash = Branded<string, 'PhotoHash'>;

const hashShape = /^[0-9a-f]{64}$/;

export const isPhotoHash = (text: string): text is PhotoHash => hashShape.test(text);

/** @throws TypeError when `text` is not 64 hexadecimal digits in lower case */
export function photoHash(text: string): PhotoHash {
  if (!isPhotoHash(text)) throw new TypeError(`not the hash of a photo: ${JSON.stringify(text.slice(0, 80))}`);
  return text;
}

/** The host's SHA-256, as lower-case hex. */
export type Sha256 = (bytes: Uint8Array) => string;

export const photoTypes = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'] as const;
export type PhotoType = (typeof photoTypes)[number];

export interface Photo {
  readonly hash: PhotoHash;
  readonly type: PhotoType;
  readonly bytes: Uint8Array;
}

/**
 * Larger ones are left out. Active Directory's thumbnailPhoto ends at 100 kB, and what Exchange keeps for high
 * resolution (648 x 648) at some 240 kB; twice that still lets a terminal hold a thousand on any device, while
 * an original of a camera, of which nobody sees more than a thumbnail, has several megabytes.
 */
export const mostPhotoBytes: number = 512 * 1024;

/** The media type by the first bytes, which are all that is believed; undefined for anything but a JPEG, PNG, GIF or WebP. */
export function photoTypeOf(bytes: Uint8Array): PhotoType | undefined {
  const begins = (at: number, ...values: readonly number[]): boolean =>
    values.every((value, index) => bytes[at + index] === value);
  if (begins(0, 0xff, 0xd8, 0xff)) return 'image/jpeg';
  if (begins(0, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'image/png';
  // GIF87a, GIF89a
  if (begins(0, 0x47, 0x49, 0x46, 0x38) && (bytes[4] === 0x37 || bytes[4] === 0x39) && bytes[5] === 0x61)
    return 'image/gif';
  // RIFF, a length, WEBP
  if (begins(0, 0x52, 0x49, 0x46, 0x46) && begins(8, 0x57, 0x45, 0x42, 0x50)) return 'image/webp';
  return undefined;
}

/** The photo that `bytes` are, in a copy of them, or what is wrong with them. */
export function readPhoto(bytes: Uint8Array, sha256: Sha256): Photo | { readonly problem: string } {
  if (bytes.length > mostPhotoBytes)
    return { problem: `the photo has ${bytes.length} bytes; at most ${mostPhotoBytes} are taken` };
  const type = photoTypeOf(bytes);
  if (type === undefined) return { problem: 'the photo is not a JPEG, PNG, GIF or WebP' };
  // Not `slice`, which gives a view where the host's bytes are of a subclass (Node's Buffer).
  return { hash: photoHash(sha256(bytes)), type, bytes: new Uint8Array(bytes) };
}
