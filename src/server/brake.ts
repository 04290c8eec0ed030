// The brake: a directory that suddenly lacks many persons is more often a wrong filter, a lost right to
// read or an emptied replica than so many dismissals. Then nobody is removed until an administrator has
// approved exactly these removals; additions and alterations go on.

import { minutes, wallTime, type Milliseconds, type WallTime } from '../base/time.ts';
import type { ChangeLog, SourceName } from './change-log.ts';

export interface BrakeLimits {
  /** As many persons of a source may always be removed within the window. */
  readonly count: number;
  /** Or as large a part of the source's living persons, where that is more. */
  readonly percent: number;
}

export const defaultBrakeLimits: BrakeLimits = { count: 20, percent: 2 };

/** Removals count together over this long, so that a directory which empties slowly is held as well. */
const brakeWindow: Milliseconds = minutes(10);

export interface Case {
  readonly source: SourceName;
  /** How many are to be removed now. */
  readonly removals: number;
  /** How many were removed without approval within the window. */
  readonly removed: number;
  /** How many began to be held within the window, and are held still. */
  readonly held: number;
  /** How many of the source live, those of `removals` among them. */
  readonly living: number;
  /** A whole refresh named nobody at all. */
  readonly empty: boolean;
}

export function mostRemovals(limits: BrakeLimits, living: number): number {
  return Math.max(limits.count, Math.floor((living * limits.percent) / 100));
}

/** Why these removals are to be held, in the administrator's words; undefined where they may be made. */
export function reasonToHold(
  limits: BrakeLimits,
  { source, removals, removed, held, living, empty }: Case,
): string | undefined {
  if (removals === 0) return undefined;
  if (empty)
    return `${source} answered with nobody at all, although ${living} of its persons are known. See that the account may read the search base and that base and filter are right.`;
  const most = mostRemovals(limits, living + removed);
  const recent = removed + held;
  if (removals + recent <= most) return undefined;
  const before = recent === 0 ? '' : `, after ${recent} others in the last ${brakeWindow / 60_000} minutes`;
  return `${removals} of ${living} persons of ${source} would be removed${before}; without approval at most ${most} are. See that the account may read all of them and that base and filter are right.`;
}

/**
 * Removals within the brake's window that no administrator approved. What is held counts too: the end of a burst is
 * no less odd than its begin.
 */
export async function recentRemovals(
  log: ChangeLog,
  source: SourceName,
  now: WallTime,
): Promise<{ readonly removed: number; readonly held: number }> {
  const since = wallTime(now - brakeWindow);
  const holds = (await log.holds()).filter((hold) => hold.source === source && hold.at >= since);
  return {
    removed: await log.removedSince(source, since),
    held: holds.reduce((sum, hold) => sum + hold.removals.length, 0),
  };
}
