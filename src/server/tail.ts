// The newest changes, in memory, as their readers may see them. SIP never waits for a store: what a
// notification needs is here, and a terminal that is further behind catches up over HTTP.
//
// One slot a revision, so that the changes after a revision are found by subtraction. A change of
// which nothing may be seen leaves its slot empty.
//
// A list that is far too large to be sent whole (a first load, an import) is left to the log: who was not told of it
// is told to fetch it anyway, and of a first load of 100,000 persons a third of the memory was such lists on their way through.

import type { BookId, Change, Revision } from '../book/change.ts';
import { revision } from '../book/change.ts';
import type { ChangeList } from '../book/change-list.ts';
import { printEntityTag, type EntityTag } from '../wire/change-list.ts';
import { visibleChange } from './audience.ts';

export interface TailLimits {
  readonly mostChanges: number;
  /** Of the values held, roughly: two octets a UTF-16 unit. */
  readonly mostOctets: number;
  /** Of one list that is taken; a larger one is not held. */
  readonly mostOctetsAtOnce: number;
}

// A terminal that was away over a night of 10,000 changes is still served from memory.
// The largest notification is 16 kB of JSON; 1,500 altered telephone numbers, or 300 new persons, are 256 kB here.
const defaults: TailLimits = { mostChanges: 10_000, mostOctets: 16 * 1024 * 1024, mostOctetsAtOnce: 256 * 1024 };

/** What its readers may see of a change; undefined: nothing. */
export type Seen = (change: Change) => Change | undefined;

interface Slot {
  readonly change: Change | undefined;
  readonly octets: number;
}

export class Tail {
  readonly #limits: TailLimits;
  readonly #seen: Seen;
  #book: BookId;
  /** The slots from `#first` on are of the revisions from `#after + 1` on. */
  #slots: Slot[] = [];
  #first = 0;
  #after: Revision;
  #octets = 0;
  #printed: { readonly head: EntityTag; readonly etag: string } | undefined;

  /** Empty, and up to `head`. */
  constructor(head: EntityTag, limits: Partial<TailLimits> = {}, seen: Seen = visibleChange) {
    this.#limits = { ...defaults, ...limits };
    this.#seen = seen;
    this.#book = head.book;
    this.#after = head.revision;
  }

  get head(): EntityTag {
    return { book: this.#book, revision: revision(this.#after + this.#count()) };
  }

  /** The head as it is printed: one text for all who are told of it, who keep it, and by which they are told apart from others. */
  get etag(): string {
    const { head } = this;
    if (this.#printed?.head.revision !== head.revision || this.#printed.head.book !== head.book)
      this.#printed = { head, etag: printEntityTag(head) };
    return this.#printed.etag;
  }

  /** The revision after which `since` still gives changes. */
  get reach(): Revision {
    return this.#after;
  }

  /**
   * Takes the newest list of the log. What was heard before is passed over. A list that does not join on
   * (another book, a hole, or fewer changes than revisions) or is too large is not appended: then the tail starts anew at its end.
   */
  take(list: ChangeList): void {
    const { revision: head } = this.head;
    if (list.book === this.#book && list.upTo <= head) return;
    const whole = list.changes.length === list.upTo - list.after && this.#hasRoomFor(list);
    if (list.book !== this.#book || list.after > head || !whole) this.#restart(list, whole);
    const heardBefore = Math.max(0, this.head.revision - list.after);
    for (const change of list.changes.slice(heardBefore)) this.#push(this.#seen(change));
    this.#forget();
  }

  /** The changes after `after`, at most `limit`, that may be seen, oldest first, not condensed. */
  since(after: Revision, limit: number = Infinity): ChangeList | 'further-back' {
    const { book, revision: head } = this.head;
    if (after < this.#after || after > head) return 'further-back';
    const upTo = revision(Math.min(head, after + limit));
    const changes: Change[] = [];
    const end = this.#first + upTo - this.#after;
    for (let at = this.#first + after - this.#after; at < end; at += 1) {
      const change = this.#slots[at]?.change;
      if (change !== undefined) changes.push(change);
    }
    return { book, after, upTo, changes };
  }

  #count(): number {
    return this.#slots.length - this.#first;
  }

  #hasRoomFor({ changes }: ChangeList): boolean {
    let octets = 0;
    return changes.every((change) => (octets += octetsOf(change)) <= this.#limits.mostOctetsAtOnce);
  }

  #restart(list: ChangeList, whole: boolean): void {
    this.#book = list.book;
    this.#after = whole ? list.after : list.upTo;
    this.#slots = [];
    this.#first = 0;
    this.#octets = 0;
  }

  #push(change: Change | undefined): void {
    const octets = change === undefined ? 0 : octetsOf(change);
    this.#slots.push({ change, octets });
    this.#octets += octets;
  }

  /** The log has forgotten its changes up to and with `oldest`, and so does the tail: both say `too-old` alike. */
  forgetUpTo(oldest: Revision): void {
    while (this.#after < oldest && this.#count() > 0) this.#drop();
    this.#forget();
  }

  #drop(): void {
    this.#octets -= this.#slots[this.#first]?.octets ?? 0;
    this.#first += 1;
    this.#after = revision(this.#after + 1);
  }

  #forget(): void {
    while (this.#count() > this.#limits.mostChanges || this.#octets > this.#limits.mostOctets) this.#drop();
    // Dropped slots are let go of in batches, so that forgetting one is not moving all.
    if (this.#first > 1024 && this.#first * 2 > this.#slots.length) {
      this.#slots = this.#slots.slice(this.#first);
      this.#first = 0;
    }
  }
}

const perChange = 100;

function octetsOf(change: Change): number {
  const parts = change.kind === 'removed' ? [] : change.kind === 'added' ? [change.fields] : [change.from, change.to];
  let octets = perChange;
  for (const part of parts) for (const value of Object.values(part)) octets += 2 * value.length;
  return octets;
}
