// One synchronizing search, from its begin to its end: which messages mean what (RFC 4533 §3).

import type { Milliseconds, WallTime } from '../base/time.ts';
import type { Attributes } from './attributes.ts';
import { LdapFault } from './fault.ts';
import type { LdapMessage } from './message.ts';
import { mergeCookies, stored, type Begin, type Standing } from './sync-cookie.ts';
import {
  parseSyncInfo,
  parseSyncState,
  syncInfoName,
  syncStateType,
  type EntryKey,
  type SyncCookie,
  type SyncInfo,
} from './sync.ts';

/** An entry of which no more is read yet. */
export interface Listed {
  readonly key: EntryKey;
  readonly dn: string;
  /** Absent where it does not tell the entry from the one of before. */
  readonly stamp?: string;
}

/** What becomes known of the directory. */
export type DirectoryEvent =
  /** A refresh begins; what an earlier one left unfinished is void. Keep note of whom this one names. `comparison`: nothing is the matter, it is looked whether all is right. */
  | { readonly kind: 'began'; readonly comparison?: true }
  /** An entry as it is now, whether or not anything of it that we read has changed. */
  | {
      readonly kind: 'entry';
      readonly key: EntryKey;
      readonly dn: string;
      readonly attributes: Attributes;
      /** What the server alters with each change of the entry; only of who compares. */
      readonly stamp?: string;
    }
  /** Entries that are there. Whoever of them is known otherwise is to be told as `wanted`, and comes as `entry`. */
  | { readonly kind: 'listed'; readonly entries: readonly Listed[] }
  /** Entries that are there, unchanged. Only within a refresh. */
  | { readonly kind: 'present'; readonly keys: readonly EntryKey[] }
  | { readonly kind: 'gone'; readonly keys: readonly EntryKey[] }
  /** `sweep`: whoever was neither `entry` nor `present` since `began` is gone. */
  | { readonly kind: 'refreshed'; readonly sweep: boolean; readonly cookie: SyncCookie | undefined }
  /** To be committed with what came before it. */
  | { readonly kind: 'checkpoint'; readonly cookie: SyncCookie }
  /** How the directory is followed from now on, in the administrator's words. */
  | { readonly kind: 'manner'; readonly words: string }
  | { readonly kind: 'lost'; readonly problem: string; readonly retryInMilliseconds: Milliseconds }
  /** The server will have none of us until somebody acts. It is tried again only after minutes, or at `start`. */
  | { readonly kind: 'refused'; readonly problem: string; readonly advice: string };

/** Where events go; an array is one. */
interface Listener {
  push(event: DirectoryEvent): unknown;
}

export class Refresh {
  /** The cookie that goes with the search, as the server knows it; undefined for a full refresh. */
  readonly sent: string | undefined;
  readonly #standing: Standing;
  /** What is known once everything said so far is committed, as the server would put it. */
  #known: string | undefined;
  #sweep: boolean;
  #finished = false;
  #rejected = false;

  constructor({ standing, sent }: Begin) {
    this.#standing = standing;
    this.sent = sent;
    this.#known = sent;
    this.#sweep = sent === undefined;
  }

  get wholeAt(): WallTime {
    return this.#standing.wholeAt;
  }

  /** The refresh is done: changes come as they happen. */
  get finished(): boolean {
    return this.#finished;
  }

  /**
   * The server made nothing of the cookie: everything was sent, but what is gone cannot be told. OpenLDAP
   * shows it by an empty cookie at the end of a delete phase (where nothing is new it gives none).
   */
  get rejected(): boolean {
    return this.#rejected;
  }

  /** @throws LdapFault when the message breaks RFC 4533 */
  take({ operation, controls }: LdapMessage, said: Listener): void {
    if (operation.kind === 'entry') {
      const value = controls.find(({ type }) => type === syncStateType)?.value;
      if (value === undefined) throw new LdapFault('an entry without its state', { section: 'RFC 4533 §3.3' });
      const { state, key, cookie } = parseSyncState(value);
      if (state === 'delete') said.push({ kind: 'gone', keys: [key] });
      else if (state !== 'present')
        said.push({ kind: 'entry', key, dn: operation.dn, attributes: operation.attributes });
      else if (!this.#finished) said.push({ kind: 'present', keys: [key] });
      this.#checkpoint(cookie, said);
    }
    if (operation.kind === 'intermediate' && operation.name === syncInfoName && operation.value !== undefined)
      this.#inform(parseSyncInfo(operation.value), said);
  }

  #inform(info: SyncInfo, said: Listener): void {
    switch (info.kind) {
      case 'new-cookie':
        break;
      case 'id-set':
        if (info.deleted) said.push({ kind: 'gone', keys: info.keys });
        else if (!this.#finished) said.push({ kind: 'present', keys: info.keys });
        break;
      case 'end-of-phase':
        if (this.#finished) break;
        if (info.phase === 'present') this.#sweep = true;
        if (!info.done) return;
        if (info.cookie === '' && !this.#sweep) this.#rejected = true;
        else this.#finish(info.cookie, said);
        return;
    }
    this.#checkpoint(info.cookie, said);
  }

  #finish(cookie: string | undefined, said: Listener): void {
    this.#finished = true;
    this.#known = mergeCookies(this.#known, cookie);
    const known = this.#known === undefined ? undefined : stored(this.#standing, this.#known);
    said.push({ kind: 'refreshed', sweep: this.#sweep, cookie: known });
  }

  /** Within a refresh no cookie counts: it may run ahead of the entries that it stands for. */
  #checkpoint(cookie: string | undefined, said: Listener): void {
    if (!this.#finished || cookie === undefined) return;
    const known = mergeCookies(this.#known, cookie);
    if (known === undefined) return;
    this.#known = known;
    said.push({ kind: 'checkpoint', cookie: stored(this.#standing, known) });
  }
}
