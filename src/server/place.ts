// Where a directory keeps an entry: its DN (RFC 4514), in one form.

import { strictTextOf } from '../base/bytes.ts';

const longestPlace = 4096;
const ordinary = /^[a-z0-9=,. _@-]*$/;
const around = /\s*([=,+])\s*/g;

/**
 * A DN in one form, for comparing: lower case, no spaces about its parts, and escapes in one form
 * (RFC 4514 §2.4 allows `\,` as well as `\2C`). The directory itself compares by each attribute's rule; this is
 * near enough for telling which entry a `manager` names, and what it misses is a manager that is not shown.
 */
export function placeOf(dn: string): string {
  const lower = dn.slice(0, longestPlace).toLowerCase();
  if (ordinary.test(lower)) return lower.includes(' ') ? lower.replaceAll(around, '$1').trim() : lower;
  // Escaped characters are hidden as a hexadecimal pair while the spaces are taken out.
  const written = lower.replaceAll(/(?:\\[89a-f][0-9a-f])+/g, (pairs) => strictTextOf(bytesOf(pairs)) ?? pairs);
  const hidden = written.replaceAll(/\\([^0-9a-f]|[0-9a-f](?![0-9a-f]))/g, (_, character: string) => hexOf(character));
  return hidden.replaceAll(around, '$1').trim().normalize('NFC');
}

const bytesOf = (pairs: string): Uint8Array =>
  Uint8Array.from(pairs.split('\\').slice(1), (pair) => Number.parseInt(pair, 16));

const hexOf = (character: string): string => `\\${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
