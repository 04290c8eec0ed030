import type { Branded } from './brand.ts';

/** A length of time, in milliseconds. */
export type Milliseconds = Branded<number, 'Milliseconds'>;

/** A point on the host's monotonic clock, in milliseconds. Means nothing outside the process that read it. */
export type Instant = Branded<number, 'Instant'>;

/** A point in civil time, in milliseconds since 1970-01-01T00:00Z; for people and for stores, never for timers. */
export type WallTime = Branded<number, 'WallTime'>;

export const milliseconds = (count: number): Milliseconds => count as Milliseconds;
export const seconds = (count: number): Milliseconds => (count * 1000) as Milliseconds;
export const minutes = (count: number): Milliseconds => (count * 60_000) as Milliseconds;

export const instant = (reading: number): Instant => reading as Instant;
export const wallTime = (reading: number): WallTime => reading as WallTime;

export const later = (from: Instant, by: Milliseconds): Instant => (from + by) as Instant;

/** The earliest of the instants that are there; undefined when none is. */
export function earliest(...instants: readonly (Instant | undefined)[]): Instant | undefined {
  let first: Instant | undefined;
  for (const each of instants) if (each !== undefined && (first === undefined || each < first)) first = each;
  return first;
}
