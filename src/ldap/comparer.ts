// Keeps in step with a directory that tells nobody of changes: each `every` it reads who is there.
//
//   open -> a page of keys and stamps -> which of them differ? -> these are read -> the next page -> ... -> refreshed -> rests
//
// A stamp is what the server alters with each change of an entry: `entryCSN`, else `modifyTimestamp`. Only keys, stamps and
// DNs come in pages (RFC 2696), a third of the bytes; whatever the host does not know so is read by its DN. Everything
// is read in the pages themselves where nothing is known yet, where the search is another one, and each
// `compareEvery`: no stamp moves when an attribute is hidden.
//
// A modifyTimestamp counts seconds, so an entry that was altered twice within one may have the stamp of before: whoever
// was altered within ten minutes of the newest stamp of the run before is read in any case.
//
// Memory: a page at a time, however many there are. No page is asked for before the host has taken the one before.

import { strictTextOf, textOf } from '../base/bytes.ts';
import type { Machine } from '../base/machine.ts';
import { later, minutes, type Instant, type Milliseconds } from '../base/time.ts';
import type { Attributes } from './attributes.ts';
import { Line, type FollowerHeard, type FollowerSaid, type LineOptions } from './line.ts';
import type { Control, LdapMessage, Result } from './message.ts';
import { firstPage, nextPage, pageRequest, type PageCookie } from './paging.ts';
import type { Listed } from './refresh.ts';
import { printRequest, type Search } from './request.ts';
import { searchMark, standingOf, stored } from './sync-cookie.ts';
import { entryKeyOf, type EntryKey, type SyncCookie } from './sync.ts';

export interface ComparerOptions extends LineOptions {
  /** RFC 4515. */
  readonly filter: string;
  readonly attributes: readonly string[];
  /** What is made of what is read, as text: where it is another than before, everything is read anew. */
  readonly madeInto?: string;
  /** What names an entry for life: `entryUUID` (RFC 4530), or what the server has in its place. */
  readonly keyAttribute: string;
  readonly every: Milliseconds;
  /** So often all attributes of everybody are read. */
  readonly compareEvery: Milliseconds;
}

const defaults = { pageSize: 500, readAtOnce: 50, overlap: minutes(10) };
const stampAttributes = ['entryCSN', 'modifyTimestamp'];

/** One run through the directory. */
interface Run {
  readonly whole: boolean;
  /** Stamps from here on are looked behind; of modifyTimestamp alone. */
  readonly youngFrom: number;
  readonly wholeAt: Parameters<typeof stored>[0]['wholeAt'];
  /** The newest modifyTimestamp, in milliseconds since 1970; -Infinity before the first. */
  newest: number;
  /** The page that is being read. */
  id: number;
  listed: Listed[];
  next: PageCookie | undefined;
  /** To be read yet, and being read by message ID. */
  wanted: Listed[];
  readonly reading: Map<number, Listed>;
}

export type ComparerHeard =
  | FollowerHeard
  /** Of those that were `listed`, who is to be read. */
  | { readonly kind: 'wanted'; readonly keys: readonly EntryKey[] };

export class Comparer implements Machine<ComparerHeard, FollowerSaid> {
  readonly #options: ComparerOptions;
  readonly #line: Line;
  readonly #mark: string;
  #run: Run | undefined;

  /** @throws LdapFault when the filter is none or a DN comes with an empty password */
  constructor(options: ComparerOptions) {
    this.#options = options;
    this.#line = new Line(
      { ...options, product: 'compared' },
      {
        opened: (cookie, now) => this.#opened(cookie, now),
        understand: (message, now) => this.#understand(message, now),
        ended: () => (this.#run = undefined),
      },
    );
    const { dn, base, filter, keyAttribute, attributes, madeInto } = options;
    this.#mark = searchMark(['compare', dn, base, filter, keyAttribute, ...attributes.toSorted()], madeInto);
    printRequest(1, { kind: 'search', search: this.#search(false) });
  }

  deadline(): Instant | undefined {
    return this.#line.deadline();
  }

  handle(heard: ComparerHeard, now: Instant): readonly FollowerSaid[] {
    if (heard.kind === 'wanted') this.#wanted(new Set(heard.keys), now);
    else this.#line.handle(heard, now);
    return this.#line.spoken();
  }

  wake(now: Instant): readonly FollowerSaid[] {
    this.#line.wake(now);
    return this.#line.spoken();
  }

  #opened(cookie: SyncCookie | undefined, now: Instant): void {
    const at = this.#line.timeOfDay(now);
    const known = cookie === undefined ? undefined : standingOf(cookie);
    const ours = known?.mark === this.#mark && at < known.wholeAt + this.#options.compareEvery ? known : undefined;
    this.#run = {
      whole: ours === undefined,
      youngFrom: (ours === undefined ? -Infinity : timeOf(ours.given)) - defaults.overlap,
      // A clock that was set back makes no pause longer.
      wholeAt: ours === undefined || ours.wholeAt > at ? at : ours.wholeAt,
      newest: -Infinity,
      id: 0,
      listed: [],
      next: undefined,
      wanted: [],
      reading: new Map(),
    };
    this.#line.push(this.#run.whole ? { kind: 'began' } : { kind: 'began', comparison: true });
    this.#ask(this.#run, firstPage);
  }

  #search(whole: boolean): Search {
    const { base, filter, attributes, keyAttribute } = this.#options;
    const asked = [...new Set([keyAttribute, ...stampAttributes, ...(whole ? attributes : [])])];
    return { base, scope: 'subtree', filter, attributes: asked, sizeLimit: 0 };
  }

  #ask(run: Run, page: PageCookie): void {
    const request = { kind: 'search', search: this.#search(run.whole) } as const;
    run.id = this.#line.ask(request, pageRequest(defaults.pageSize, page));
  }

  // ---- what the server says --------------------------------------------------------------------

  #understand({ id, operation, controls }: LdapMessage, now: Instant): void {
    const run = this.#run;
    if (run === undefined) return;
    const read = run.reading.get(id);
    if (id !== run.id && read === undefined) return;
    if (operation.kind === 'entry') this.#entry(run, operation, { read, now });
    else if (operation.kind === 'result' && read === undefined)
      this.#pageEnds(run, { result: operation.result, controls }, now);
    else if (operation.kind === 'result') this.#readEnds(run, { id, result: operation.result }, now);
  }

  #entry(
    run: Run,
    { dn, attributes }: { readonly dn: string; readonly attributes: Attributes },
    { read, now }: { readonly read: Listed | undefined; readonly now: Instant },
  ): void {
    const value = attributes.get(this.#options.keyAttribute.toLowerCase())?.[0];
    if (value === undefined) return this.#keyless(dn, now);
    const key = keyOfValue(value);
    const listing = !run.whole && read === undefined;
    const stamp = stampOf(run, attributes, listing);
    if (!listing) this.#line.push({ kind: 'entry', key, dn, attributes, ...stamp });
    else run.listed.push({ key, dn, ...stamp });
  }

  #pageEnds(run: Run, { result, controls }: Ended, now: Instant): void {
    if (result.code !== 0) return this.#line.turnedAway(result, now, 'the search in pages');
    run.next = nextPage(controls);
    if (run.whole) return this.#goOn(run, now);
    // The host says which of them differ.
    this.#line.push({ kind: 'listed', entries: run.listed });
  }

  #wanted(keys: ReadonlySet<EntryKey>, now: Instant): void {
    const run = this.#run;
    if (run === undefined) return;
    run.wanted = run.listed.filter(({ key }) => keys.has(key)).toReversed();
    run.listed = [];
    this.#goOn(run, now);
  }

  #readEnds(run: Run, { id, result }: { readonly id: number; readonly result: Result }, now: Instant): void {
    const read = run.reading.get(id);
    run.reading.delete(id);
    // Moved or deleted since the page was made: the next run will tell which. It was there, and is not taken for gone.
    const vanished = result.code === noSuchObject;
    if (result.code !== 0 && !vanished) return this.#line.turnedAway(result, now, `the search for ${read?.dn}`);
    if (vanished && read !== undefined) this.#line.push({ kind: 'present', keys: [read.key] });
    this.#goOn(run, now);
  }

  /** Reads what is to be read, and then the next page; after the last one it rests. */
  #goOn(run: Run, now: Instant): void {
    while (run.reading.size < defaults.readAtOnce) {
      const next = run.wanted.pop();
      if (next === undefined) break;
      const search = { ...this.#search(true), base: next.dn, scope: 'base' } as const;
      run.reading.set(this.#line.ask({ kind: 'search', search }), next);
    }
    if (run.reading.size > 0) return;
    if (run.next !== undefined) return this.#ask(run, run.next);
    const given = run.newest === -Infinity ? '-' : writtenTime(run.newest);
    const cookie = stored({ mark: this.#mark, wholeAt: run.wholeAt }, given);
    this.#line.push({ kind: 'refreshed', sweep: true, cookie });
    this.#line.proven();
    this.#line.rest(later(now, this.#options.every));
  }

  #keyless(dn: string, now: Instant): void {
    const { keyAttribute } = this.#options;
    const problem = `${dn} has no ${keyAttribute}, or it cannot be read`;
    const advice = `let ${this.#options.dn} read ${keyAttribute}, or name another attribute that is an entry's own for life as keyAttribute: entryUUID, nsUniqueId, GUID, ibm-entryUuid`;
    this.#line.refuse({ problem, advice }, now);
  }
}

interface Ended {
  readonly result: Result;
  readonly controls: readonly Control[];
}

const noSuchObject = 32;

function stampOf(run: Run, attributes: Attributes, listing: boolean): { readonly stamp?: string } {
  const [csn, time] = stampAttributes.map((name) => attributes.get(name.toLowerCase())?.[0]);
  const modified = time === undefined ? -Infinity : timeOf(textOf(time));
  run.newest = Math.max(run.newest, modified);
  if (csn !== undefined) return { stamp: textOf(csn) };
  // Of a young one nothing is said in a listing, so that it is read; then it has its stamp.
  return time === undefined || (listing && modified >= run.youngFrom) ? {} : { stamp: textOf(time) };
}

/** A text as it is; octets (`GUID`, `objectGUID`) in hexadecimal digits. */
export function keyOfValue(value: Uint8Array): EntryKey {
  const text = strictTextOf(value);
  if (text !== undefined && /^[\x21-\x7e]{1,128}$/.test(text)) return entryKeyOf(text);
  return [...value].map((octet) => octet.toString(16).padStart(2, '0')).join('') as EntryKey;
}

/** GeneralizedTime in UTC (RFC 4517 §3.3.13), in milliseconds since 1970; what is none is as old as can be. */
export function timeOf(text: string): number {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:[.,]\d+)?Z$/.exec(text);
  if (parts === null) return -Infinity;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

const writtenTime = (time: number): string => new Date(time).toISOString().replaceAll(/[-:T]|\.\d+/g, '');
