// Whom one looks up often: one number a person, which grows with each look-up and means less the longer ago it was, a half
// after 30 days. It is kept as a logarithm on a scale that moves with time, so that the order of persons never changes by
// itself and nothing has to be computed anew: n look-ups at time t are log2(n) + t / 30 days.

import type { WallTime } from '../base/time.ts';

const halfAfterMilliseconds = 30 * 86_400_000;

/** So many persons are remembered; of more, those with the lowest scores are forgotten. */
export const mostLookedUp = 200;

/** One look-up at `at`. */
export const onceAt = (at: WallTime): number => at / halfAfterMilliseconds;

/** A thousand look-ups at `at`: nobody has more, but whoever was looked up while the clock was ahead; that counts as once. */
export const highestAt = (at: WallTime): number => onceAt(at) + 10;

/** After one look-up more. */
export function scoreAfter(score: number | undefined, at: WallTime): number {
  const once = onceAt(at);
  if (score === undefined) return once;
  const [higher, lower] = score > once ? [score, once] : [once, score];
  return Math.min(higher + Math.log2(1 + 2 ** (lower - higher)), highestAt(at));
}
