// Cookies of the content synchronization operation, and what OpenLDAP's and 389-DS's demand beyond RFC 4533.
//
// OpenLDAP's cookie is `rid=000,sid=001,csn=T#c#sid#m;T#c#sid#m`: one change sequence number for each
// server that writes. Two rules, each found by losing changes:
// - `sid=` names the server that gave the cookie. Sent to *another* provider it makes that one take us
//   for that server and keep its changes from us. It is stripped. `rid=` must stay: a cookie without
//   it is ignored.
// - A cookie of the persist phase names only the CSN of *that* change. It is merged into what is held,
//   by server, the greater CSN of each; to overwrite would forget the other servers.
//
// 389-DS's is `host:port#bind DN:base:filter#change number`; the newest replaces the one before. It crashes on some that it
// did not make, so nothing is sent that does not have this form. `#0` is what it gives before its first change.

import { wallTime, type Milliseconds, type WallTime } from '../base/time.ts';
import type { SyncCookie } from './sync.ts';

const openLdapCookie = /(?:^|,)(?:rid|csn)=/;
/** A host, whatever names the search, and a number that is not 0. */
const dsCookie = /^[\w.-]+:\d{1,5}#[^\0]*#[1-9]\d{0,19}$/;
const csn = /^\d{14}(?:\.\d{6})?Z#[0-9a-f]{6}#([0-9a-f]{3})#[0-9a-f]{6}$/;

interface OpenLdapCookie {
  readonly rid: string;
  /** By server ID. */
  readonly csns: ReadonlyMap<string, string>;
}

/** Undefined where `cookie` is not of OpenLDAP's form, or names no change. */
function parseOpenLdap(cookie: string): OpenLdapCookie | undefined {
  let rid = '000';
  const csns = new Map<string, string>();
  for (const field of cookie.split(',')) {
    if (field.startsWith('rid=')) rid = field.slice(4);
    if (!field.startsWith('csn=')) continue;
    for (const each of field.slice(4).split(';')) {
      const server = csn.exec(each)?.[1];
      if (server === undefined) return undefined;
      csns.set(server, greater(csns.get(server), each));
    }
  }
  return /^\d{3}$/.test(rid) && csns.size > 0 ? { rid, csns } : undefined;
}

/** CSNs are fixed in width and most significant first, so text order is their order. */
const greater = (one: string | undefined, other: string): string => (one !== undefined && one > other ? one : other);

/** What is known after `next` was given, where `held` was known before; both as servers gave them. */
export function mergeCookies(held: string | undefined, next: string | undefined): string | undefined {
  if (next === undefined || next === '') return held;
  if (!openLdapCookie.test(next)) return next;
  const added = parseOpenLdap(next);
  if (added === undefined) return held;
  const csns = new Map(held === undefined ? [] : parseOpenLdap(held)?.csns);
  for (const [server, each] of added.csns) csns.set(server, greater(csns.get(server), each));
  const sorted = [...csns].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, each]) => each);
  return `rid=${added.rid},csn=${sorted.join(';')}`;
}

/** A mark of one search, for its cookies: 64 bits of FNV-1a over everything that decides what is found. */
export function searchMark(parts: readonly string[], madeInto?: string): string {
  const text = JSON.stringify(madeInto === undefined ? parts : [...parts, madeInto]);
  return [0x811c9dc5, 0x9747b28c].map((seed) => fnv(text, seed).toString(16).padStart(8, '0')).join('');
}

function fnv(text: string, seed: number): number {
  let hash = seed;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

/** Which search a cookie belongs to, and since when everything that it finds was read at least once. */
export interface Standing {
  readonly mark: string;
  readonly wholeAt: WallTime;
}

export const stored = ({ mark, wholeAt }: Standing, cookie: string): SyncCookie =>
  `${mark}@${Math.floor(wholeAt / 1000)} ${cookie}` as SyncCookie;

/** When everything was last read, as `cookie` says; undefined where it says nothing of it. */
export function wholeAtOf(cookie: SyncCookie): WallTime | undefined {
  return standingOf(cookie)?.wholeAt;
}

/** The parts of a cookie; undefined where it has not these. */
export function standingOf(cookie: SyncCookie): (Standing & { readonly given: string }) | undefined {
  const parts = /^([0-9a-f]{16})@(\d{1,11}) ([^]*)$/.exec(cookie);
  if (parts === null) return undefined;
  const [, mark = '', seconds = '', given = ''] = parts;
  return { mark, wholeAt: wallTime(Number(seconds) * 1000), given };
}

/** What to send the server for `cookie`; undefined where it is of another search, damaged, or names nothing. */
export function usable(mark: string, cookie: SyncCookie): string | undefined {
  const standing = standingOf(cookie);
  if (standing === undefined || standing.mark !== mark) return undefined;
  const { given } = standing;
  if (dsCookie.test(given)) return given;
  return openLdapCookie.test(given) ? mergeCookies(undefined, given) : undefined;
}

/** Where a search begins: at `sent`, as the server knows it, or, where that is undefined, with everything. */
export interface Begin {
  readonly sent: string | undefined;
  readonly standing: Standing;
}

/** Everything is read where the cookie is of no use, and where that was done longer ago than `compareEvery`. */
export function beginOf(
  cookie: SyncCookie | undefined,
  search: { readonly mark: string; readonly at: WallTime; readonly compareEvery: Milliseconds },
): Begin {
  const { mark, at } = search;
  const wholeAt = cookie === undefined ? undefined : standingOf(cookie)?.wholeAt;
  const sent = cookie === undefined ? undefined : usable(mark, cookie);
  if (sent === undefined || wholeAt === undefined || at >= wholeAt + search.compareEvery)
    return { sent: undefined, standing: { mark, wholeAt: at } };
  // A clock that was set back makes no pause longer.
  return { sent, standing: { mark, wholeAt: wallTime(Math.min(wholeAt, at)) } };
}
