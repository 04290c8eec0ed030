// Stage, compare, brake, commit: how what one source says becomes changes.
//
//   events -> Batch (<= 500 keys) -> compare with what is known -> one commit -> announce
//                                         |
//                  removals: live ones wait, a refresh's are swept; both pass the brake
//
// - Additions and alterations flow at once, even within a refresh. A cookie is committed only where
//   the source gave one for all that came before it, in the same transaction.
// - Nobody is removed by a refresh that did not end, nor by the lack of an answer.
// - A removal that is heard live waits, durably, until its burst is over: so that a directory which is
//   being emptied is seen as one, and a person who is moved or made anew is never removed.
// - When the store fails, nothing is announced and whatever follows is left unheard until the source
//   begins again from the cookie that the store holds.

import type { Instant, WallTime } from '../base/time.ts';
import type { Change } from '../book/change.ts';
import type { ChangeList } from '../book/change-list.ts';
import type { PersonId } from '../book/person-id.ts';
import type { Refusal, SourceState } from './administration.ts';
import { Awaiting } from './awaited.ts';
import { Batch, compare, type Outcome } from './batch.ts';
import { reasonToHold, recentRemovals, type BrakeLimits } from './brake.ts';
import type { ChangeLog, Commit, Hold, HoldId, Removal, SourceKey, SourceName } from './change-log.ts';
import { Containers } from './containers.ts';
import { Managers, nobodyMoves, type Moves } from './managers.ts';
import { defaultSettle, Pending } from './pending.ts';
import { Seen } from './seen.ts';
import { parted } from './listed.ts';
import type { Listed, SourceEvent } from './source.ts';
import { leftOut, type StageFact } from './stage-fact.ts';
import { Turns } from './turns.ts';

export interface StageOptions {
  readonly source: SourceName;
  readonly changeLog: ChangeLog;
  readonly brake: BrakeLimits;
  readonly newPersonId: () => PersonId;
  readonly newHoldId: () => HoldId;
  readonly wallClock: () => WallTime;
  /** For how long something waits, whatever becomes of the wall clock. */
  readonly clock: () => Instant;
  /** Called for each commit that has changes, once it is durable. */
  readonly announce: (list: ChangeList) => void;
  readonly report: (fact: StageFact) => void;
  /** How long a removal waits for others, in milliseconds; 5 s where absent. */
  readonly settle?: number;
  /** Shared with whoever else writes to the persons of this source; its own where absent. */
  readonly turns?: Turns;
}

export interface Stage {
  readonly source: SourceName;
  /**
   * Resolves when all that can be committed is. Calls are carried out one after another; the caller waits, so
   * that the source is not read faster than it is stored.
   * @throws what the change log throws; then the source is to begin again from `cookie()`
   */
  take(events: readonly SourceEvent[]): Promise<void>;
  /** Of those who are there, whom the log knows otherwise or not at all: they are to be read. The others are there unchanged. */
  differing(listed: readonly Listed[]): Promise<readonly SourceKey[]>;
  cookie(): Promise<string | undefined>;
  /** When to call `wake`, by `clock`; changes with `take`, `wake`, `approve`, `reject`. */
  deadline(): Instant | undefined;
  /** Judges the waiting removals whose time has come. */
  wake(): Promise<void>;
  approve(hold: HoldId): Promise<{ readonly kind: 'approved'; readonly list: ChangeList } | Refusal>;
  reject(hold: HoldId): Promise<{ readonly kind: 'rejected' } | Refusal>;
  state(): Promise<SourceState>;
}

const mostAtOnce = 500;
/** Photos of so many bytes are committed at once, whatever the number of persons: a batch is in memory. */
const mostPhotoBytesAtOnce = 4 * 1024 * 1024;

type Condition = Pick<SourceState, 'state' | 'problem'>;

/** Takes up what a process before this one left waiting, so that `deadline` is right from the start. */
export async function createStage(options: StageOptions): Promise<Stage> {
  const stage = new OneStage(options);
  await stage.begin();
  return stage;
}

class OneStage implements Stage {
  readonly source: SourceName;
  readonly #options: StageOptions;
  readonly #log: ChangeLog;
  readonly #managers: Managers;
  readonly #containers: Containers;
  #pending: Pending;
  #batch = new Batch();
  #awaiting = new Awaiting();
  #seen: Seen | undefined;
  /** Since the store failed or the source was lost: nothing counts until the source begins again. */
  #deaf = false;
  /** The store failed: what it holds is to be read again. */
  #unsure = false;
  #condition: Condition = { state: 'connecting' };
  #manner: Pick<SourceState, 'manner'> = {};
  #lastChangeAt: WallTime | undefined;
  #changes = 0;
  readonly #turns: Turns;

  constructor(options: StageOptions) {
    this.source = options.source;
    this.#options = options;
    this.#turns = options.turns ?? new Turns();
    this.#log = options.changeLog;
    this.#managers = new Managers(options.changeLog, options.source, (key) => this.#pending.states.has(key));
    this.#pending = new Pending(options.settle ?? defaultSettle);
    const { source, changeLog } = options;
    this.#containers = new Containers({
      source,
      changeLog,
      managers: this.#managers,
      batch: () => this.#batch,
      refreshing: () => this.#seen !== undefined,
      flush: () => this.#flush(),
      append: (what) => this.#append(what, nobodyMoves),
      moved: (from, to) => options.report({ kind: 'relocated', source, from, to }),
    });
  }

  take(events: readonly SourceEvent[]): Promise<void> {
    return this.#turns.inTurn(async () => {
      try {
        for (const event of events) await this.#hear(event);
        // Within a refresh more is on its way, and larger commits write less.
        if (this.#seen === undefined) await this.#flush();
      } catch (error) {
        this.#deaf = true;
        this.#unsure = true;
        this.#drop();
        throw error;
      }
    });
  }

  differing(listed: readonly Listed[]): Promise<readonly SourceKey[]> {
    return this.#turns.inTurn(async () => {
      const moved = ({ key, place }: Listed) => this.#containers.there({ kind: 'container', key, place });
      const { asKnown, others } = await parted(listed, { changeLog: this.#log, source: this.source, moved });
      this.#batch.present(asKnown);
      return others;
    });
  }

  cookie(): Promise<string | undefined> {
    return this.#turns.inTurn(() => this.#log.cookie(this.source));
  }

  deadline(): Instant | undefined {
    return this.#pending.due;
  }

  wake(): Promise<void> {
    return this.#turns.inTurn(async () => {
      const due = this.#pending.due;
      if (due === undefined || due > this.#options.clock()) return;
      try {
        await this.#removeOrHold(this.#pending.waiting(), {});
      } catch (error) {
        this.#pending.postpone(this.#options.clock());
        throw error;
      }
    });
  }

  approve(id: HoldId): Promise<{ readonly kind: 'approved'; readonly list: ChangeList } | Refusal> {
    return this.#turns.inTurn(async () => {
      const hold = await this.#find(id);
      if (hold === undefined) return unknownHold;
      const keys = hold.removals.map(({ key }) => key);
      const { changes, moves } = await this.#removalOf(keys);
      const list = await this.#append({ changes, release: keys, approved: true }, moves);
      return { kind: 'approved', list };
    });
  }

  reject(id: HoldId): Promise<{ readonly kind: 'rejected' } | Refusal> {
    return this.#turns.inTurn(async () => {
      const hold = await this.#find(id);
      if (hold === undefined) return unknownHold;
      await this.#append({ changes: [], release: hold.removals.map(({ key }) => key) }, nobodyMoves);
      return { kind: 'rejected' };
    });
  }

  async state(): Promise<SourceState> {
    const persons = await this.#log.countLiving(this.source);
    const at = this.#lastChangeAt;
    const known = { source: this.source, ...this.#condition, ...this.#manner, persons };
    return at === undefined ? known : { ...known, lastChangeAt: at };
  }

  async begin(): Promise<void> {
    const settle = this.#options.settle ?? defaultSettle;
    this.#pending = await Pending.load({
      changeLog: this.#log,
      source: this.source,
      settle,
      now: this.#options.clock(),
    });
  }

  async #hear(event: SourceEvent): Promise<void> {
    if (event.kind === 'began') return this.#begin(event.comparison === true);
    if (event.kind === 'lost' || event.kind === 'refused') return this.#end(event);
    if (this.#deaf) return;
    switch (event.kind) {
      case 'person':
        this.#awaiting.forget(event.key);
        this.#batch.take(event);
        break;
      case 'present':
        this.#batch.present(event.keys);
        break;
      case 'gone':
        for (const key of event.keys) this.#awaiting.forget(key);
        this.#batch.gone(event.keys);
        await this.#containers.gone(event.keys);
        break;
      case 'container':
        await this.#containers.there(event);
        break;
      case 'checkpoint':
        return this.#settle(event.cookie);
      case 'manner':
        return void (this.#manner = { manner: event.words });
      case 'refreshed':
        return this.#refreshed(event);
    }
    if (this.#batch.size >= mostAtOnce || this.#batch.photoBytes >= mostPhotoBytesAtOnce) await this.#flush();
  }

  async #begin(comparison: boolean): Promise<void> {
    await this.#settle();
    if (this.#unsure) await this.begin();
    this.#unsure = false;
    this.#deaf = false;
    this.#seen = new Seen();
    this.#changes = 0;
    if (!comparison) this.#condition = { state: 'loading' };
  }

  async #end(event: SourceEvent & { kind: 'lost' | 'refused' }): Promise<void> {
    const problem = event.kind === 'lost' ? event.problem : `${event.problem}: ${event.advice}`;
    this.#condition = { state: event.kind, problem };
    if (!this.#deaf) await this.#settle();
    this.#drop();
    this.#deaf = true;
  }

  async #refreshed({ sweep, cookie }: SourceEvent & { kind: 'refreshed' }): Promise<void> {
    const seen = this.#seen;
    let swept = 0;
    if (sweep && seen !== undefined) {
      await this.#settle();
      swept = await this.#sweep(seen, cookie);
    } else await this.#settle(cookie);
    this.#seen = undefined;
    // A comparison that found all right is not worth a line.
    if (this.#condition.state === 'following' && this.#changes === 0 && swept === 0) return;
    this.#condition = { state: 'following' };
    this.#options.report({ kind: 'refreshed', source: this.source, changes: this.#changes, swept });
  }

  /** Whoever lives and was not named is gone. The cookie is saved though they are held: it stands for all else. */
  async #sweep(seen: Seen, cookie: string | undefined): Promise<number> {
    const absent: SourceKey[] = [];
    for await (const page of this.#log.living(this.source))
      for (const { key, number } of page) if (!seen.has(number) && !this.#pending.isHeld(key)) absent.push(key);
    const stand = cookie === undefined ? { forgetCookie: true } : { cookie };
    await this.#removeOrHold(absent, { ...stand, empty: seen.empty });
    return absent.length;
  }

  /** Commits all that was said, also of those whose managers did not come; with `cookie` where there is one. */
  async #settle(cookie?: string): Promise<void> {
    while (!this.#awaiting.isEmpty) {
      while (this.#batch.size > 0) await this.#flush();
      for (const person of this.#awaiting.heads(mostAtOnce)) this.#batch.take(person);
      await this.#flush({ last: true });
    }
    await this.#flush({ last: true, cookie });
  }

  /** Compares what the batch holds, and commits what it comes to. `last`: nobody waits for a manager any longer. */
  async #flush({ last = false, cookie }: { last?: boolean; cookie?: string | undefined } = {}): Promise<void> {
    const batch = this.#batch;
    if (batch.size === 0 && cookie === undefined) return;
    this.#batch = new Batch();
    const outcome = await compare(batch, {
      known: await this.#log.known(this.source, [...batch.said.keys()]),
      pending: this.#pending.states,
      managers: this.#managers,
      newPersonId: this.#options.newPersonId,
      mayWait: this.#seen !== undefined && !last && !this.#awaiting.isFull,
    });
    for (const person of outcome.early) this.#awaiting.add(person, person.managerPlace ?? '');
    const { changes, links, photos, wait, release, moves } = outcome;
    const containers = [...batch.containers].map(([key, place]) => ({ key, place }));
    const stand = cookie === undefined ? {} : { cookie };
    await this.#append({ changes, links, photos, wait, release, containers, ...stand }, moves);
    for (const person of this.#awaiting.arrived(moves.arrivals.keys())) this.#batch.take(person);
    await this.#note(outcome);
    for (const fact of leftOut(outcome, this.source)) this.#options.report(fact);
  }

  /** Whom the batch named, for the sweep. */
  async #note({ named, returned, gone, fresh }: Outcome): Promise<void> {
    const seen = this.#seen;
    if (seen === undefined) return;
    for (const number of named) seen.add(number);
    for (const number of gone) seen.delete(number);
    for (const number of await this.#numbers(returned)) seen.add(number);
    if (fresh.length > 0 && !seen.knowsFresh) seen.freshFrom(Math.min(...(await this.#numbers(fresh))));
  }

  /** As they are linked now. */
  async #numbers(keys: readonly SourceKey[]): Promise<readonly number[]> {
    if (keys.length === 0) return [];
    return [...(await this.#log.known(this.source, keys)).values()].map(({ number }) => number);
  }

  async #removeOrHold(
    keys: readonly SourceKey[],
    { empty = false, ...stand }: Pick<Commit, 'cookie' | 'forgetCookie'> & { readonly empty?: boolean },
  ): Promise<void> {
    const { removals, changes, moves } = await this.#removalOf(keys);
    const living = await this.#log.countLiving(this.source);
    const { brake } = this.#options;
    const recent = await recentRemovals(this.#log, this.source, this.#now());
    const reason = reasonToHold(brake, { source: this.source, removals: removals.length, ...recent, living, empty });
    if (reason === undefined) {
      await this.#append({ changes, release: keys.filter((key) => this.#pending.states.has(key)), ...stand }, moves);
      return;
    }
    const hold: Hold = { id: this.#options.newHoldId(), source: this.source, reason, at: this.#now(), removals };
    await this.#append({ changes: [], hold, ...stand }, nobodyMoves);
    this.#options.report({ kind: 'held', hold });
  }

  /** Removing those of `keys` who live, and what it alters for whom they manage. */
  async #removalOf(
    keys: readonly SourceKey[],
  ): Promise<{ removals: readonly Removal[]; changes: readonly Change[]; moves: Moves }> {
    const known = await this.#log.known(this.source, keys);
    const living = [...known.values()].filter(({ left }) => !left);
    const removed = new Set(living.map(({ key }) => key));
    const former = await this.#managers.formerPlaces([...removed]);
    const departures = new Set([...living.map(({ place }) => place), ...former]);
    const moves: Moves = { ...nobodyMoves, departures, removed };
    const removals: Change[] = living.map(({ person }) => ({ kind: 'removed', person }));
    const orphaned = await this.#managers.changes(moves, (key) => removed.has(key));
    return { removals: living.map(({ key, person }) => ({ key, person })), changes: [...removals, ...orphaned], moves };
  }

  /** Commits, and only then remembers and announces. */
  async #append(what: Omit<Commit, 'source' | 'at'>, moves: Moves): Promise<ChangeList> {
    const at = this.#now();
    const list = await this.#log.append({ source: this.source, at, ...what });
    this.#managers.committed(moves);
    this.#pending.release(what.release ?? []);
    this.#pending.wait(what.wait?.map(({ key }) => key) ?? [], this.#options.clock());
    this.#pending.hold(what.hold?.removals.map(({ key }) => key) ?? []);
    if (list.changes.length === 0) return list;
    this.#lastChangeAt = at;
    this.#changes += list.changes.length;
    this.#options.announce(list);
    return list;
  }

  /** What is not committed is asked for again by the cookie. */
  #drop(): void {
    this.#batch = new Batch();
    this.#awaiting = new Awaiting();
    this.#seen = undefined;
    this.#managers.forget();
  }

  async #find(id: HoldId): Promise<Hold | undefined> {
    return (await this.#log.holds()).find((hold) => hold.id === id && hold.source === this.source);
  }

  #now(): WallTime {
    return this.#options.wallClock();
  }
}

const unknownHold: Refusal = {
  kind: 'refused',
  status: 404,
  problem: 'There is no such hold: it was approved or rejected, or all of its persons came back.',
};
