// How far Active Directory's content is known, and of which domain controller: what is kept as the cookie.
//
// Numbers of changes (USN) are a domain controller's own, so a stand is good at the one that gave it. A DirSync
// cookie would be taken by another controller of the domain too. But what that one has not yet received by
// replication is as before there: whoever reads it would go back, and the change would never be told, since the
// cookie says that it is known. So at another controller everything is read, from a cookie of its own.

import type { DirSyncCookie, DirSyncFlags } from './dirsync.ts';
import { searchMark, stored, wholeAtOf, type Standing } from './sync-cookie.ts';
import { binary, type SyncCookie } from './sync.ts';

/** Which database a domain controller works on. */
export interface Lineage {
  /** DN of its settings: names the controller. */
  readonly server: string;
  /** Another one after a restore from a backup, or a clone; '' where it cannot be read. */
  readonly invocation: string;
}

export interface DirSyncStand {
  readonly flags: DirSyncFlags;
  readonly cookie: DirSyncCookie;
}

export interface Stand extends Lineage {
  /** All changes of the controller up to this number are known. */
  readonly usn: number;
  /** Absent where changes are found by their USN. */
  readonly dirSync?: DirSyncStand;
  /** A deleted object was shown to this account once. */
  readonly deletesSeen: boolean;
}

/** The checksum is needed: a damaged cookie is taken by Samba, which then tells of nothing for ever. */
export function printStand(standing: Standing, stand: Stand): SyncCookie {
  const { server, invocation, usn, dirSync, deletesSeen } = stand;
  const dirSyncPart = dirSync === undefined ? [] : [dirSync.flags, binary(dirSync.cookie)];
  const text = JSON.stringify([server, invocation, usn, deletesSeen, ...dirSyncPart]);
  return stored(standing, `${searchMark([text])} ${text}`);
}

/** Undefined where `cookie` is of another search, damaged, or none of ours. `mark` is that of the search. */
export function parseStand(
  mark: string,
  cookie: SyncCookie,
): { readonly standing: Standing; readonly stand: Stand } | undefined {
  const [, checksum, ...rest] = cookie.split(' ');
  const text = rest.join(' ');
  const wholeAt = wholeAtOf(cookie);
  if (wholeAt === undefined || !cookie.startsWith(`${mark}@`) || checksum !== searchMark([text])) return undefined;
  // The checksum says that these are our own words.
  const [server, invocation, usn, deletesSeen, flags, given] = JSON.parse(text) as Printed;
  const stand = { server, invocation, usn, deletesSeen };
  const dirSync =
    flags === undefined || given === undefined
      ? undefined
      : { flags, cookie: Uint8Array.from(given, (each) => each.charCodeAt(0)) };
  return { standing: { mark, wholeAt }, stand: dirSync === undefined ? stand : { ...stand, dirSync } };
}

type Printed = readonly [
  server: string,
  invocation: string,
  usn: number,
  deletesSeen: boolean,
  flags?: DirSyncFlags,
  cookie?: string,
];
