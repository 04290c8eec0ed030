// The content synchronization operation (RFC 4533): its controls and messages. Its cookies are in `sync-cookie`.

import type { Branded } from '../base/brand.ts';
import { boolean, element, enumerated, octets, universal, BerReader } from './ber.ts';
import { LdapFault } from './fault.ts';
import type { Control } from './message.ts';

/**
 * How far a directory's content is known, as the store keeps it: a mark of the search it belongs to, when everything was last
 * read, and what the server gave, one character an octet. A cookie of another search (other base, filter,
 * attributes, account) is not used, so a change of configuration leads to a full refresh by itself.
 */
export type SyncCookie = Branded<string, 'SyncCookie'>;

/** A cookie that comes back from a store. Whether it is of use is found out when it is used. */
export const syncCookie = (stored: string): SyncCookie => stored as SyncCookie;

/** Names one entry for life: its entryUUID (OpenLDAP) or nsUniqueId (389-DS), in RFC 4122's text form, lower case. */
export type EntryKey = Branded<string, 'EntryKey'>;

const syncRequestType = '1.3.6.1.4.1.4203.1.9.1.1';
export const syncStateType = '1.3.6.1.4.1.4203.1.9.1.2';
export const syncInfoName = '1.3.6.1.4.1.4203.1.9.1.4';

/** RFC 4533 §2.8: the result "start afresh, without a cookie". */
export const syncRefreshRequired = 4096;

export interface SyncState {
  readonly state: 'present' | 'add' | 'modify' | 'delete';
  readonly key: EntryKey;
  /** As the server gave it. */
  readonly cookie: string | undefined;
}

/** §2.5. Both phases' ends are `end-of-phase`; `done` says that the refresh ends with it. An empty cookie is not the same as none. */
export type SyncInfo =
  | { readonly kind: 'new-cookie'; readonly cookie: string }
  | {
      readonly kind: 'end-of-phase';
      readonly phase: 'present' | 'delete';
      readonly done: boolean;
      readonly cookie: string | undefined;
    }
  | {
      readonly kind: 'id-set';
      readonly deleted: boolean;
      readonly keys: readonly EntryKey[];
      readonly cookie: string | undefined;
    };

/** §2.2, refreshAndPersist. Critical: a server that cannot do it must not answer as if it were a plain search. */
export function syncRequest(cookie: string | undefined): Control {
  const parts = [enumerated(3)];
  if (cookie !== undefined) parts.push(octets(Uint8Array.from(cookie, (each) => each.charCodeAt(0))));
  return { type: syncRequestType, critical: true, value: element(universal.sequence, ...parts, boolean(false)) };
}

const states = ['present', 'add', 'modify', 'delete'] as const;

/** @throws LdapFault when it is not a Sync State Control's value (§2.3) */
export function parseSyncState(value: Uint8Array): SyncState {
  const reader = new BerReader(value);
  const end = reader.open(universal.sequence);
  const state = states[reader.integer(universal.enumerated)];
  if (state === undefined) throw malformed('§2.3', 'a state that is none of four');
  const key = keyOf(reader.octets());
  const cookie = readCookie(reader);
  reader.leave(end);
  return { state, key, cookie };
}

/** @throws LdapFault when it is not a Sync Info message's value (§2.5) */
export function parseSyncInfo(value: Uint8Array): SyncInfo {
  const reader = new BerReader(value);
  const tag = reader.peek();
  switch (tag) {
    case 0x80:
      return { kind: 'new-cookie', cookie: binary(reader.octets(tag)) };
    case 0xa1:
    case 0xa2: {
      reader.open(tag);
      const cookie = readCookie(reader);
      const done = reader.peek() === universal.boolean ? reader.boolean() : true;
      return { kind: 'end-of-phase', phase: tag === 0xa1 ? 'delete' : 'present', done, cookie };
    }
    case 0xa3: {
      reader.open(tag);
      const cookie = readCookie(reader);
      const deleted = reader.peek() === universal.boolean ? reader.boolean() : false;
      const end = reader.open(universal.set);
      const keys: EntryKey[] = [];
      while (reader.at < end) keys.push(keyOf(reader.octets()));
      reader.close(end);
      return { kind: 'id-set', deleted, keys, cookie };
    }
    default:
      throw malformed('§2.5', `a choice of tag ${tag}`);
  }
}

const malformed = (section: string, problem: string): LdapFault =>
  new LdapFault(`malformed synchronization message: ${problem}`, { section: `RFC 4533 ${section}` });

const readCookie = (reader: BerReader): string | undefined =>
  reader.peek() === universal.octets ? binary(reader.octets()) : undefined;

export function binary(bytes: Uint8Array): string {
  let characters = '';
  for (const byte of bytes) characters += String.fromCharCode(byte);
  return characters;
}

/** A key that comes back from a store. */
export const entryKey = (stored: string): EntryKey => stored as EntryKey;

/** An entryUUID, or an nsUniqueId (four groups of eight digits), as a key; any other text as it is. */
export function entryKeyOf(text: string): EntryKey {
  const digits = text.toLowerCase().replaceAll('-', '');
  if (!/^[0-9a-f]{32}$/.test(digits)) return text as EntryKey;
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') as EntryKey;
}

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export function keyOf(uuid: Uint8Array): EntryKey {
  if (uuid.length !== 16) throw malformed('§2.1', `a syncUUID of ${uuid.length} bytes`);
  let key = '';
  for (let index = 0; index < 16; index += 1) {
    if (index === 4 || index === 6 || index === 8 || index === 10) key += '-';
    key += hex[uuid[index] ?? 0] ?? '';
  }
  return key as EntryKey;
}
