// The removals of one source: made, or held by the brake until an administrator has said so.

import type { WallTime } from '../base/time.ts';
import type { Change } from '../book/change.ts';
import type { ChangeList } from '../book/change-list.ts';
import { asKnown } from './batch.ts';
import { reasonOfContainer, reasonToHold, recentRemovals, type BrakeLimits } from './brake.ts';
import type { PersonId } from '../book/person-id.ts';
import type { ChangeLog, Commit, Hold, HoldId, Known, Removal, SourceKey, SourceName } from './change-log.ts';
import { nobodyMoves, type Managers, type Moves } from './managers.ts';
import { changeBy, shownOf, type Priority } from './merge.ts';
import type { Pending } from './pending.ts';
import type { Seen } from './seen.ts';
import type { SourcePerson } from './source.ts';

/** What a stage lends for it. */
export interface RemovalsPorts {
  readonly source: SourceName;
  readonly changeLog: ChangeLog;
  readonly brake: BrakeLimits;
  readonly priority: Priority;
  readonly managers: Managers;
  readonly pending: () => Pending;
  readonly newHoldId: () => HoldId;
  readonly wallClock: () => WallTime;
  readonly append: (what: Omit<Commit, 'source' | 'at'>, moves: Moves) => Promise<ChangeList>;
  /** Commits that these persons are as said here, with what goes along. */
  readonly say: (persons: readonly SourcePerson[], along: Pick<Commit, 'hold' | 'undoes'>) => Promise<ChangeList>;
  readonly held: (hold: Hold) => void;
}

/** Where the source stands once the removals are made or held. */
type Stand = Pick<Commit, 'cookie' | 'forgetCookie' | 'forgetGroups'>;

interface Leaving extends Required<Pick<Commit, 'changes' | 'links' | 'left'>> {
  readonly removals: readonly Removal[];
  /** Where they are. */
  readonly places: readonly string[];
  readonly moves: Moves;
}

/** Who is in the book again, with the hold of their removal. */
export interface Restored {
  readonly kind: 'restored';
  readonly list: ChangeList;
  readonly hold: HoldId;
}

const pageLength = 2000;

const removalOf = ({ key, person }: Known): Removal => ({ key, person });

const restoredReason = (person: PersonId | undefined): string =>
  `You brought ${person} back, whom the source does not have. They stay until it has them again, or you approve their removal; if you reject it, the next whole comparison removes them.`;

export class Removals {
  readonly #ports: RemovalsPorts;

  constructor(ports: RemovalsPorts) {
    this.#ports = ports;
  }

  /** `empty`: a whole refresh named nobody at all. */
  async removeOrHold(
    keys: readonly SourceKey[],
    { empty = false, ...stand }: Stand & { readonly empty?: boolean },
  ): Promise<void> {
    const { source, pending, append, newHoldId, wallClock, held } = this.#ports;
    const { removals, places, moves, ...parting } = await this.#leaving(keys);
    const reason = await this.#reasonToHold(places, empty);
    if (reason === undefined) {
      await append({ ...parting, release: keys.filter((key) => pending().states.has(key)), ...stand }, moves);
      return;
    }
    const hold: Hold = { id: newHoldId(), source, reason, at: wallClock(), removals };
    await append({ changes: [], hold, ...stand }, nobodyMoves);
    held(hold);
  }

  /** Whoever lives and was not named is gone; gives how many. The cookie is saved though they are held: it stands for all else. */
  async sweep(seen: Seen, { cookie, ...stand }: Stand): Promise<number> {
    const { source, changeLog, pending } = this.#ports;
    const absent: SourceKey[] = [];
    for await (const page of changeLog.living(source)) {
      // They come by their numbers: from here on everyone was added in this refresh.
      if (page[0] !== undefined && seen.isFresh(page[0].number)) break;
      for (const { key, number } of page) if (!seen.has(number) && !pending().isHeld(key)) absent.push(key);
    }
    const at = cookie === undefined ? { forgetCookie: true } : { cookie };
    await this.removeOrHold(absent, { ...stand, ...at, empty: seen.empty });
    return absent.length;
  }

  /** Removes those of the hold who have not come back meanwhile. */
  async approve(hold: Hold): Promise<ChangeList> {
    const keys = hold.removals.map(({ key }) => key);
    const { changes, links, left, moves } = await this.#leaving(keys);
    return this.#ports.append({ changes, links, left, release: keys, approved: true, approves: hold }, moves);
  }

  /**
   * Brings back those of an approved hold who have not come back by themselves, as they were. The source does not have them, so
   * their removal is held again: until it has, or an administrator says that they are to go.
   */
  async undo({ id, source, reason, removals }: Hold): Promise<ChangeList> {
    const left = await this.#left(removals.map(({ key }) => key));
    const hold = { id, source, reason, at: this.#ports.wallClock(), removals: left.map(removalOf) };
    return this.#bringBack(left, { undoes: id, hold });
  }

  /** The same for one who left, whatever for; undefined where the source has them again, or nothing is remembered. */
  async restore(key: SourceKey): Promise<Restored | undefined> {
    const { source, wallClock, newHoldId, held } = this.#ports;
    const left = await this.#left([key]);
    if (left.length === 0) return undefined;
    const reason = restoredReason(left[0]?.person);
    const hold: Hold = { id: newHoldId(), source, reason, at: wallClock(), removals: left.map(removalOf) };
    const list = await this.#bringBack(left, { hold });
    held(hold);
    return { kind: 'restored', list, hold: hold.id };
  }

  async reject(hold: Hold): Promise<void> {
    await this.#ports.append({ changes: [], release: hold.removals.map(({ key }) => key) }, nobodyMoves);
  }

  async #left(keys: readonly SourceKey[]): Promise<readonly Known[]> {
    const { source, changeLog } = this.#ports;
    return [...(await changeLog.known(source, keys)).values()].filter(({ left }) => left);
  }

  /** Each at the place of before, unless another is there now: who refers to it means that one. */
  async #bringBack(left: readonly Known[], along: Pick<Commit, 'hold' | 'undoes'>): Promise<ChangeList> {
    const { source, changeLog, say } = this.#ports;
    const at = await changeLog.knownAt(
      source,
      left.map(({ place }) => place),
    );
    const isTaken = ({ place }: Known): boolean => at.get(place)?.some((each) => !each.left) === true;
    return say(
      left.map((each) => (isTaken(each) ? { ...asKnown(each), place: '' } : asKnown(each))),
      along,
    );
  }

  async #reasonToHold(places: readonly string[], empty: boolean): Promise<string | undefined> {
    const { source, changeLog: log, brake: limits, wallClock } = this.#ports;
    const recent = await recentRemovals(log, source, wallClock());
    const [removed, held] = [recent.removed.length, recent.held.length];
    const living = await log.countLiving(source);
    const reason = reasonToHold(limits, { source, removals: places.length, removed, held, living, empty });
    return reason ?? reasonOfContainer({ log, source, limits }, places, recent);
  }

  /** What comes of it that those of `keys` who are there leave: whom other sources know too lives on by what these say. */
  async #leaving(keys: readonly SourceKey[]): Promise<Leaving> {
    const { source, changeLog, managers, priority } = this.#ports;
    const removals: Removal[] = [];
    const places: string[] = [];
    const partings: Change[] = [];
    // Of all of a large source, their fields would be half a gigabyte at once.
    for (let at = 0; at < keys.length; at += pageLength)
      for (const known of (await changeLog.known(source, keys.slice(at, at + pageLength))).values()) {
        if (known.left) continue;
        removals.push(removalOf(known));
        places.push(known.place);
        const change = changeBy(shownOf(known), { source, fields: undefined }, priority);
        if (change !== undefined) partings.push(change);
      }
    const removed = new Set(removals.map(({ key }) => key));
    const departures = new Set([...places, ...(await managers.formerPlaces([...removed]))]);
    const moves: Moves = { ...nobodyMoves, departures, removed };
    const orphaned = await managers.changes(moves, (key) => removed.has(key));
    return {
      removals,
      places,
      changes: [...partings, ...orphaned.changes],
      links: orphaned.links,
      left: [...removed],
      moves,
    };
  }
}
