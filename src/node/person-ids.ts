import { randomInt, randomUUID } from 'node:crypto';
import { personId, type PersonId } from '../book/person-id.ts';
import { holdId, type HoldId } from '../server/change-log.ts';

const letters = 'abcdefghijklmnopqrstuvwxyz234567';
const epoch = Date.UTC(2025, 0, 1);
/** How much of an ID is chance: 14 bits in each millisecond. */
const chance = 2 ** 14;
const length = 11;

/**
 * Gives a maker of person IDs. They rise with time, so that a store's index of them grows at its end: with
 * IDs at random a first load writes each of its pages again and again.
 */
export function makePersonIds(now: () => number): () => PersonId {
  let last = 0n;
  return () => {
    const next = BigInt(Math.max(now() - epoch, 0)) * BigInt(chance) + BigInt(randomInt(chance));
    last = next > last ? next : last + 1n;
    let text = '';
    for (let rest = last, at = 0; at < length; at += 1, rest >>= 5n) text = `${letters[Number(rest & 31n)]}${text}`;
    return personId(text);
  };
}

export const newHoldId = (): HoldId => holdId(randomUUID());
