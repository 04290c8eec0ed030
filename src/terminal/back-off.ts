// How long to wait before the next try. The randomness is a state, so that a terminal is the same
// function of what it heard, every time.

import { milliseconds, minutes, seconds, type Milliseconds } from '../base/time.ts';

export interface BackOff {
  /** Tries that failed since one succeeded. */
  readonly failures: number;
  readonly seed: number;
}

const defaults = {
  shortest: seconds(1),
  longest: seconds(60),
  // A server may ask for patience, but a mistake of its clock must not silence a terminal for a year.
  mostPatience: minutes(60),
};

/** The wait after one more failure; never shorter than the server asked for. */
export function failed(backOff: BackOff, retryAfter: Milliseconds | undefined): readonly [BackOff, Milliseconds] {
  const [share, seed] = draw(backOff.seed);
  const ceiling = Math.min(defaults.longest, defaults.shortest * 2 ** Math.min(backOff.failures + 1, 16));
  const jittered = defaults.shortest + share * (ceiling - defaults.shortest);
  // All who were told the same Retry-After must not come back in the same moment.
  const asked = retryAfter === undefined ? 0 : Math.min(retryAfter, defaults.mostPatience) * (1 + share / 10);
  return [{ failures: backOff.failures + 1, seed }, milliseconds(Math.round(Math.max(jittered, asked)))];
}

export const succeeded = (backOff: BackOff): BackOff => ({ ...backOff, failures: 0 });

/** Mulberry32: one number from 0 up to 1, and the next seed. */
function draw(seed: number): readonly [number, number] {
  const next = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(next ^ (next >>> 15), next | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return [((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296, next];
}
