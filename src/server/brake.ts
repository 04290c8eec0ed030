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
  /** Of the persons below one container, where that are so many, at most such a part: a unit that vanishes whole is a small part of all. */
  readonly container: { readonly persons: number; readonly percent: number };
}

export const defaultBrakeLimits: BrakeLimits = { count: 20, percent: 2, container: { persons: 10, percent: 50 } };

/** Removals count together over this long, so that a directory which empties slowly is held as well. */
export const brakeWindow: Milliseconds = minutes(10);

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

/** Where those were who were removed within the window, and where those are who are held since. */
export interface Recent {
  readonly removed: readonly string[];
  readonly held: readonly string[];
}

/**
 * Removals within the brake's window that no administrator approved. What is held counts too: the end of a burst is
 * no less odd than its begin.
 */
export async function recentRemovals(log: ChangeLog, source: SourceName, now: WallTime): Promise<Recent> {
  const since = wallTime(now - brakeWindow);
  const holds = (await log.holds()).filter((hold) => hold.source === source && hold.at >= since);
  const held = await log.known(
    source,
    holds.flatMap(({ removals }) => removals.map(({ key }) => key)),
  );
  return { removed: await log.leftSince(source, since), held: [...held.values()].map(({ place }) => place) };
}

/**
 * Why removals from `places` are to be held though they are few among all: a container loses more than it may. The
 * innermost is looked at first, and each only so far that it is known whether it has enough persons.
 */
export async function reasonOfContainer(
  { log, source, limits }: { readonly log: ChangeLog; readonly source: SourceName; readonly limits: BrakeLimits },
  places: readonly string[],
  recent: Recent,
): Promise<string | undefined> {
  const { persons: least, percent } = limits.container;
  const now = countedAbove(places);
  const removed = countedAbove(recent.removed);
  const held = countedAbove(recent.held);
  for (const place of [...now.keys()].sort((one, other) => other.length - one.length)) {
    const left = removed.get(place) ?? 0;
    const removals = (now.get(place) ?? 0) + left + (held.get(place) ?? 0);
    if (removals * 100 <= least * percent) continue;
    const enough = percent === 0 ? Infinity : (removals * 100) / percent;
    let persons = left;
    for await (const page of log.below(source, place)) {
      persons += page.length;
      if (persons >= enough) break;
    }
    if (persons >= least && persons < enough)
      return `${removals} of ${persons} persons below ${place} would be removed; without approval at most ${percent} % of a container's are. See that the account may read all below it and that base and filter are right.`;
  }
  return undefined;
}

/** How many of `places` are below each container. In a place every comma parts; others are written in hexadecimal (see `placeOf`). */
function countedAbove(places: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const place of places)
    for (let at = place.indexOf(','); at >= 0; at = place.indexOf(',', at + 1)) {
      const container = place.slice(at + 1);
      counts.set(container, (counts.get(container) ?? 0) + 1);
    }
  return counts;
}
