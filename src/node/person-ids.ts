import { randomInt, randomUUID } from 'node:crypto';
import { personId, type PersonId } from '../book/person-id.ts';
import { holdId, type HoldId } from '../server/change-log.ts';

const letters = 'abcdefghijklmnopqrstuvwxyz234567';
const epoch = Date.UTC(2025, 0, 1);
/** How much of an ID is chance: 14 bits in each millisecond, the lowest of which tells one maker from the other. */
const chance = 2 ** 14;
const makers = 2;

/**
 * Gives a maker of person IDs. They rise with time, so that a store's index of them grows at its end: with
 * IDs at random a first load writes each of its pages again and again. Where two threads make them for one book, each is
 * another `maker`: the IDs of a burst follow each other, and two bursts in one millisecond would soon meet.
 */
export function makePersonIds(now: () => number, maker: 0 | 1 = 0): () => PersonId {
  // Together 55 bits, which is more than a number holds.
  let time = 0;
  let drawn = 0;
  return () => {
    const is = Math.max(now() - epoch, 0);
    const draw = randomInt(chance / makers) * makers + maker;
    if (is > time || (is === time && draw > drawn)) [time, drawn] = [is, draw];
    else if (drawn + makers < chance) drawn += makers;
    else [time, drawn] = [time + 1, maker];
    // The lowest bit of the time shares a letter with the highest four of what was drawn.
    return personId(lettersOf(Math.floor(time / 2), 8) + lettersOf((time % 2) * chance + drawn, 3));
  };
}

/** The lowest five bits of `number` are the last of `count` letters. */
function lettersOf(number: number, count: number): string {
  let text = '';
  for (let rest = number, at = 0; at < count; at += 1, rest = Math.floor(rest / 32))
    text = `${letters[rest % 32]}${text}`;
  return text;
}

export const newHoldId = (): HoldId => holdId(randomUUID());
