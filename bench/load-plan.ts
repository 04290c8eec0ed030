// What the load process subscribes to, and how many there are of each.

import type { PersonId } from '../src/book/person-id.ts';
import { printHeld } from '../src/wire/interest.ts';
import { changesType, heldType, noticeType } from '../src/wire/protocol-version.ts';

export type Plan =
  /** Ours: every subscription is told of every change. `etag` is of the book's head. */
  | { readonly kind: 'broadcast'; readonly etag: string }
  /** Ours: each subscription holds `each` of the persons; of the first person there are `holders` only. */
  | {
      readonly kind: 'held';
      readonly etag: string;
      readonly persons: readonly PersonId[];
      readonly each: number;
      readonly holders: number;
    }
  /** Kamailio's presence: the subscriptions are spread over so many resources. */
  | { readonly kind: 'presence'; readonly resources: number };

/** What one SUBSCRIBE says, beside what every SUBSCRIBE does. */
export interface Wish {
  readonly to: string;
  readonly fields: readonly string[];
  readonly body: string;
}

export const domain = 'rollcall.invalid';
const book = `sip:address-book@${domain}`;
const taken = `Accept: ${changesType}, ${noticeType}`;

/** Of Kamailio's presence. */
export const resourceOf = (number: number): string => `sip:resource${number}@${domain}`;

export function wishOf(plan: Plan, number: number): Wish {
  switch (plan.kind) {
    case 'broadcast':
      return {
        to: book,
        fields: ['Event: address-book;delivery=broadcast', taken, `Suppress-If-Match: ${plan.etag}`],
        body: '',
      };
    case 'held':
      return {
        to: book,
        fields: [
          'Event: address-book;delivery=held',
          taken,
          `Suppress-If-Match: ${plan.etag}`,
          `Content-Type: ${heldType}`,
        ],
        body: printHeld(heldBy(plan, number)),
      };
    case 'presence':
      return {
        to: resourceOf(number % plan.resources),
        fields: ['Event: presence', 'Accept: application/pidf+xml'],
        body: '',
      };
  }
}

function heldBy({ persons, each, holders }: Extract<Plan, { kind: 'held' }>, number: number): readonly PersonId[] {
  const [first, ...others] = persons;
  if (first === undefined) return [];
  const mine = number < holders ? [first] : [];
  const from = (number * each) % others.length;
  const wanted = Math.min(each, others.length) - mine.length;
  return [...mine, ...[...others.slice(from), ...others.slice(0, from)].slice(0, wanted)];
}
