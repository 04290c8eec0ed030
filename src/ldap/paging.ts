// Simple paged results (RFC 2696): a search whose answer comes in pages, for servers that limit how much one
// answer may hold (Active Directory: 1,000). Each page's result carries a cookie that asks for the next;
// an empty one says that it was the last. A cookie is good on its connection only.

import { element, integer, octets, universal, BerReader } from './ber.ts';
import { LdapFault } from './fault.ts';
import type { Control } from './message.ts';

const pagedResultsType = '1.2.840.113556.1.4.319';

/** As the server gave it; empty asks for the first page. */
export type PageCookie = Uint8Array;

export const firstPage: PageCookie = new Uint8Array(0);

/** Critical: a server that knows no pages must say so, and not answer with everything at once. */
export const pageRequest = (size: number, cookie: PageCookie): Control => ({
  type: pagedResultsType,
  critical: true,
  value: element(universal.sequence, integer(size), octets(cookie)),
});

/**
 * What asks for the page after the one that `controls` came with; undefined where that was the last.
 * @throws LdapFault when the result says nothing of pages: whether more is to come cannot be known
 */
export function nextPage(controls: readonly Control[]): PageCookie | undefined {
  const value = controls.find(({ type }) => type === pagedResultsType)?.value;
  if (value === undefined) throw new LdapFault('a page that does not say whether it is the last', { section });
  const reader = new BerReader(value);
  const end = reader.open(universal.sequence);
  reader.integer(); // the server's estimate of how many there are, mostly 0
  const cookie = reader.octets().slice();
  reader.leave(end);
  return cookie.length === 0 ? undefined : cookie;
}

const section = 'RFC 2696 §3';
