// The controls of Active Directory by which its content is followed (MS-ADTS 3.1.1.3.4.1).
//
// DirSync gives what was changed in a whole naming context since a cookie, whatever its filter leaves. Three
// things in it lead a reader astray:
// - of a changed object it gives only the attributes that were asked for and have changed; one that
//   was taken away comes with no values, and one that nobody asked for brings no object at all. `name` must be asked
//   for, or a rename is not told; a container that is renamed is told alone, without what lies below it;
// - an object that left the filter is not told, so a follower asks for all objects;
// - a cookie that was damaged may be taken without a word: who stores it keeps a checksum.

import { element, integer, octets, universal, BerReader } from './ber.ts';
import { LdapFault } from './fault.ts';
import type { Control } from './message.ts';
import type { EntryKey } from './sync.ts';

export const dirSyncType = '1.2.840.113556.1.4.841';
export const notificationType = '1.2.840.113556.1.4.528';

/** MS-ADTS 3.1.1.3.4.1.3: 0 needs the right "Replicating Directory Changes"; 1 gives everybody what they may read. */
export type DirSyncFlags = 0 | 1;

/** Of linked attributes (`member`) only the values that came, as `member;range=1-1`, and those that went, as `member;range=0-0`. */
const incrementalValues = 0x80000000;

/** What one answer may hold, in octets; the server then says that there is more. Samba passes it over. */
const mostOctets = 4 * 1024 * 1024;

/** Empty: from the beginning. */
export type DirSyncCookie = Uint8Array;

/** Critical: Samba fails where it is not. */
export const dirSync = (flags: DirSyncFlags, cookie: DirSyncCookie): Control => ({
  type: dirSyncType,
  critical: true,
  value: element(universal.sequence, integer(flags | incrementalValues), integer(mostOctets), octets(cookie)),
});

export interface DirSyncAnswer {
  readonly more: boolean;
  readonly cookie: DirSyncCookie;
}

/** @throws LdapFault when the result does not say how far it goes */
export function dirSyncAnswer(controls: readonly Control[]): DirSyncAnswer {
  const value = controls.find(({ type }) => type === dirSyncType)?.value;
  if (value === undefined) throw new LdapFault('a DirSync result without its cookie', { section });
  const reader = new BerReader(value);
  const end = reader.open(universal.sequence);
  const more = reader.integer() !== 0;
  reader.integer(); // unused
  const cookie = reader.octets().slice();
  reader.leave(end);
  if (cookie.length === 0) throw new LdapFault('a DirSync result with an empty cookie', { section });
  return { more, cookie };
}

/** 3.1.1.3.4.1.9: the search does not end; each change of an object in its scope is told as an entry. */
export const notification: Control = { type: notificationType, critical: true, value: undefined };

/** 3.1.1.3.4.1.14: tombstones and deleted objects are found too. */
export const showDeleted: Control = { type: '1.2.840.113556.1.4.417', critical: true, value: undefined };

/** 3.1.1.3.4.1.5: a DN comes with the objectGUID before it, as text: `<GUID=...>;<SID=...>;CN=...`. */
export const extendedDn: Control = {
  type: '1.2.840.113556.1.4.529',
  critical: true,
  value: element(universal.sequence, integer(1)),
};

const extended = /^<GUID=([0-9a-f-]{36})>;(?:<SID=[^>]*>;)?(.*)$/is;

/** The DN itself; as it is where it comes plain. */
export const plainDn = (dn: string): string => extended.exec(dn)?.[2] ?? dn;

/** Whom a DN names; undefined where it does not say. */
export const guidOfDn = (dn: string): EntryKey | undefined => {
  const guid = extended.exec(dn)?.[1];
  return guid === undefined ? undefined : (guid.toLowerCase() as EntryKey);
};

const section = 'MS-ADTS 3.1.1.3.4.1.3';
