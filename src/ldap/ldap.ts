// The door `rollcall/ldap`: a follower of a directory (RFC 4533, refreshAndPersist) and a small client, both
// without sockets; `rollcall/node` has `follow` and `openSession`, which bring them.

export type { Machine } from '../base/machine.ts';
export { instant, type Instant } from '../base/time.ts';
export { AdFollower, type AdFollowerOptions } from './ad-follower.ts';
export type { Attributes } from './attributes.ts';
export { LdapFault } from './fault.ts';
export { filterValue } from './filter.ts';
export { Follower, type FollowerOptions } from './follower.ts';
export type { FollowerHeard, FollowerSaid } from './line.ts';
export type { DirectoryEvent } from './refresh.ts';
export type { Modification, NewAttributes, Renaming, Search } from './request.ts';
export { Session, type Entry, type SessionHeard, type SessionOptions, type SessionSaid } from './session.ts';
export { syncCookie, type EntryKey, type SyncCookie } from './sync.ts';
