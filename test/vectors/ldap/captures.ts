import { readFileSync } from 'node:fs';
import { wallTime, type WallTime } from '../../../src/base/time.ts';
import { searchMark } from '../../../src/ldap/sync-cookie.ts';

/** What one follower was told on one connection, and what it made of it. */
export interface Capture {
  /** The stored cookie at the connect. */
  readonly cookie: string | null;
  /** All that the server said, in base64. */
  readonly said: string;
  /** Each event as `written` writes it. */
  readonly events: readonly string[];
}

export const captures = [
  'full-refresh-then-changes',
  'nothing-new',
  'delete-phase',
  'present-phase',
  'newer-than-provider',
  'cookie-not-understood',
  'size-limit',
] as const;

export const captured = (name: (typeof captures)[number]): Capture =>
  JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), 'utf8')) as Capture;

export const searchOfCapture = {
  dn: 'cn=sync,dc=example,dc=com',
  password: 'reads everything',
  base: 'ou=people,dc=example,dc=com',
  filter: '(objectClass=inetOrgPerson)',
  attributes: ['cn', 'telephoneNumber'],
} as const;

/** The time of day of all captures, as far as cookies tell it. */
export const timeOfCapture: WallTime = wallTime(1_767_225_600_000);

export const markOfCapture: string = searchMark([
  searchOfCapture.dn,
  searchOfCapture.base,
  searchOfCapture.filter,
  ...searchOfCapture.attributes,
]);
