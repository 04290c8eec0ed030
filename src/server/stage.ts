// Stage, compare, brake, commit: how what one source says becomes changes.
//
//   events -> Batch (of 6,000) -> compare with what is known -> one commit -> announce
//                                         |
//                  removals: live ones wait, a refresh's are swept; both pass the brake
//
// - Additions and alterations flow at once, even within a refresh. A cookie is committed only where
//   the source gave one for all that came before it, in the same transaction. Of what comes together the
//   last cookie counts: a commit for each change is slower than a directory is altered.
// - Nobody is removed by a refresh that did not end, nor by the lack of an answer.
// - A removal that is heard live waits, durably, until its burst is over: so that a directory which is
//   being emptied is seen as one, and a person who is moved or made anew is never removed.
// - When the store fails, nothing is announced and whatever follows is left unheard until the source
//   begins again from the cookie that the store holds.

import type { Instant } from '../base/time.ts';
import type { ChangeList } from '../book/change-list.ts';
import type { SourceState } from './administration.ts';
import { Awaiting } from './awaited.ts';
import { Batch, compare, mostAtOnce, type Compared, type Outcome } from './batch.ts';
import type { ChangeLog, Commit, HoldId, SourceKey, SourceName } from './change-log.ts';
import { Containers } from './containers.ts';
import { Emptyings } from './emptyings.ts';
import { Groups } from './groups.ts';
import { Holds } from './holds.ts';
import { Managers, nobodyMoves, type Moves } from './managers.ts';
import type { Standing } from './match.ts';
import { noPriority, type Priority } from './merge.ts';
import { Newcomers } from './newcomers.ts';
import { defaultSettle, Pending } from './pending.ts';
import { Removals } from './removals.ts';
import { Seen } from './seen.ts';
import { parted } from './listed.ts';
import type { Listed, SourceEvent, SourcePerson } from './source.ts';
import { leftOut } from './stage-fact.ts';
import type { Stage, StageOptions } from './stage-options.ts';
import { Turns } from './turns.ts';

interface Flush {
  readonly last?: boolean;
  readonly cookie?: string | undefined;
  readonly unseen?: Standing;
}

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
  readonly #groups: Groups;
  readonly #removals: Removals;
  readonly #newcomers: Newcomers;
  readonly #emptyings: Emptyings;
  readonly #holds: Holds;
  readonly #priority: Priority;
  #pending: Pending;
  #batch: Batch;
  #awaiting = new Awaiting();
  #seen: Seen | undefined;
  /** Since the store failed, the source was lost or a container moved: nothing counts until the source begins again. */
  #deaf = false;
  #outdated = false;
  /** The store failed: what it holds is to be read again. */
  #unsure = false;
  #condition: Condition = { state: 'connecting' };
  #broken: Pick<SourceState, 'since'> = {};
  #manner: Pick<SourceState, 'manner'> = {};
  #last: Pick<SourceState, 'lastChangeAt'> = {};
  #changes = 0;
  readonly #turns: Turns;

  constructor(options: StageOptions) {
    this.source = options.source;
    this.#options = options;
    this.#turns = options.turns ?? new Turns();
    this.#log = options.changeLog;
    this.#priority = options.priority ?? noPriority;
    this.#batch = new Batch(options.atOnce);
    const isGoing = (key: SourceKey): boolean => this.#pending.states.has(key);
    this.#managers = new Managers({ ...options, priority: this.#priority, isGoing });
    this.#pending = new Pending(options.settle ?? defaultSettle);
    this.#groups = new Groups(options);
    this.#containers = new Containers({
      ...options,
      managers: this.#managers,
      batch: () => this.#batch,
      refreshing: () => this.#seen !== undefined,
      flush: () => this.#flush(),
      append: (what) => this.#append(what, nobodyMoves),
      moved: (from, to) => {
        options.report({ kind: 'relocated', source: this.source, from, to });
        this.#outdated = options.byPlace === true;
        this.#deaf ||= this.#outdated;
      },
    });
    this.#newcomers = new Newcomers({ ...options, isGoing, seen: () => this.#seen });
    this.#removals = new Removals({
      ...options,
      priority: this.#priority,
      managers: this.#managers,
      pending: () => this.#pending,
      append: (what, moves) => this.#append(what, moves),
      say: (persons, along) => this.#say(persons, along),
      held: (hold) => options.report({ kind: 'held', hold }),
    });
    this.#emptyings = new Emptyings({
      ...options,
      append: (what) => this.#append({ changes: [], ...what }, nobodyMoves),
      say: (persons, along) => this.#say(persons, along),
      held: (hold) => options.report({ kind: 'held-field', hold }),
    });
    this.#holds = new Holds({ ...options, removals: this.#removals, emptyings: this.#emptyings });
  }

  get isOutdated(): boolean {
    return this.#outdated;
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
      const { asKnown, others } = await parted(listed, {
        changeLog: this.#log,
        source: this.source,
        group: (key) => this.#groups.known(key),
        moved,
      });
      this.#present(asKnown);
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
        await this.#removals.removeOrHold(this.#pending.waiting(), {});
      } catch (error) {
        this.#pending.postpone(this.#options.clock());
        throw error;
      }
    });
  }

  approve(id: HoldId): ReturnType<Stage['approve']> {
    return this.#turns.inTurn(() => this.#holds.approve(id));
  }

  reject(id: HoldId): ReturnType<Stage['reject']> {
    return this.#turns.inTurn(() => this.#holds.reject(id));
  }

  undo(id: HoldId): ReturnType<Stage['undo']> {
    return this.#turns.inTurn(() => this.#holds.undo(id));
  }

  restore(key: SourceKey): ReturnType<Stage['restore']> {
    return this.#turns.inTurn(() => this.#removals.restore(key));
  }

  async state(): Promise<SourceState> {
    const persons = await this.#log.countLiving(this.source);
    return { source: this.source, ...this.#condition, ...this.#broken, ...this.#manner, persons, ...this.#last };
  }

  async relinked(): Promise<void> {
    this.#managers.forget();
  }

  async begin(): Promise<void> {
    const { changeLog, source, settle = defaultSettle, clock } = this.#options;
    this.#pending = await Pending.load({ changeLog, source, settle, now: clock() });
    await this.#emptyings.load();
  }

  async #hear(event: SourceEvent): Promise<void> {
    if (event.kind === 'began') return this.#begin(event.comparison === true);
    if (event.kind === 'lost' || event.kind === 'refused') return this.#end(event);
    if (this.#deaf) return;
    switch (event.kind) {
      case 'person':
        this.#forget([event.key]);
        if (this.#seen === undefined && this.#batch.movesAgain(event)) await this.#flush();
        this.#batch.take(event);
        break;
      case 'present':
        this.#present(event.keys);
        break;
      case 'gone':
        this.#forget(event.keys);
        this.#batch.gone(event.keys);
        await this.#containers.gone(event.keys);
        break;
      case 'container':
        await this.#containers.there(event);
        break;
      case 'group':
        this.#groups.seen([event.key]);
        this.#batch.takeGroup(event);
        break;
      case 'checkpoint':
        if (this.#seen !== undefined) return this.#settle(event.cookie);
        this.#batch.reached = event.cookie;
        break;
      case 'manner':
        return void (this.#manner = { manner: event.words });
      case 'refreshed':
        return this.#refreshed(event);
    }
    if (this.#batch.isFull) await this.#flush();
  }

  #present(keys: readonly SourceKey[]): void {
    this.#groups.seen(keys);
    this.#batch.present(keys);
  }

  /** Something newer is said of these. */
  #forget(keys: readonly SourceKey[]): void {
    for (const key of keys) {
      this.#awaiting.forget(key);
      this.#newcomers.forget(key);
    }
  }

  async #begin(comparison: boolean): Promise<void> {
    await this.#settle();
    if (this.#unsure) await this.begin();
    this.#unsure = false;
    this.#deaf = false;
    this.#outdated = false;
    this.#seen = new Seen();
    await this.#groups.begin();
    this.#newcomers.drop();
    this.#changes = 0;
    if (!comparison) this.#condition = { state: 'loading' };
  }

  async #end(event: SourceEvent & { kind: 'lost' | 'refused' }): Promise<void> {
    const problem = event.kind === 'lost' ? event.problem : `${event.problem}: ${event.advice}`;
    this.#condition = { state: event.kind, problem };
    this.#broken = { since: this.#broken.since ?? this.#options.wallClock() };
    if (!this.#deaf) await this.#settle();
    this.#drop();
    this.#deaf = true;
  }

  async #refreshed({ sweep, cookie }: SourceEvent & { kind: 'refreshed' }): Promise<void> {
    const seen = this.#seen;
    let swept = 0;
    await this.#settle();
    await this.#settleLate(sweep ? 'going' : 'here');
    if (sweep && seen !== undefined)
      swept = await this.#removals.sweep(seen, {
        ...(cookie !== undefined && { cookie }),
        forgetGroups: this.#groups.unseen,
      });
    else await this.#flush({ last: true, cookie });
    this.#seen = undefined;
    this.#broken = {};
    // A comparison that found all right is not worth a line.
    if (this.#condition.state === 'following' && this.#changes === 0 && swept === 0) return;
    this.#condition = { state: 'following' };
    this.#options.report({ kind: 'refreshed', source: this.source, changes: this.#changes, swept });
  }

  /** Commits all that was said, also of those whose managers did not come; with `cookie` where there is one. */
  async #settle(cookie?: string): Promise<void> {
    while (!this.#awaiting.isEmpty) {
      while (this.#batch.size > 0) await this.#flush();
      for (const person of this.#awaiting.heads(mostAtOnce)) this.#batch.take(person);
      await this.#flush({ last: true });
    }
    if (this.#seen !== undefined) {
      await this.#flush({ last: true });
      await this.#emptyings.settle();
    }
    await this.#flush({ last: true, cookie });
  }

  /** `unseen`: how entries stand of which the whole refresh said nothing. */
  async #settleLate(unseen: Standing): Promise<void> {
    for (let some = this.#newcomers.some(mostAtOnce); some.length > 0; some = this.#newcomers.some(mostAtOnce)) {
      for (const person of some) this.#batch.take(person);
      await this.#flush({ last: true, unseen });
    }
  }

  /** Compares what the batch holds, and commits what it comes to. `last`: nobody waits for a manager any longer. */
  async #flush({ last = false, cookie = this.#batch.reached, unseen = 'unseen' }: Flush = {}): Promise<void> {
    const batch = this.#batch;
    if (batch.size === 0 && cookie === undefined) return;
    this.#batch = new Batch(this.#options.atOnce);
    const known = await this.#log.known(this.source, [...batch.said.keys()]);
    const sifted = await this.#emptyings.sift(batch, known, this.#seen !== undefined);
    const mayWait = this.#seen !== undefined && !last && !this.#awaiting.isFull;
    const outcome = await this.#compare(batch, { known, pending: this.#pending.states, mayWait }, unseen);
    for (const person of outcome.early) this.#awaiting.add(person, person.managerPlace ?? '');
    this.#newcomers.wait(outcome.late);
    const { changes, links, photos, wait, release, moves } = outcome;
    const containers = [...batch.containers].map(([key, place]) => ({ key, place }));
    const beside = { containers, ...batch.groupsSaid(), ...sifted, ...(cookie !== undefined && { cookie }) };
    await this.#append({ changes, links, photos, wait, release, ...beside }, moves);
    for (const person of this.#awaiting.arrived(moves.arrivals.keys())) this.#batch.take(person);
    await this.#seen?.note(outcome, async (keys) =>
      keys.length === 0 ? [] : [...(await this.#log.known(this.source, keys)).values()],
    );
    for (const fact of leftOut(outcome, this.source)) this.#options.report(fact);
  }

  /** Commits that these persons are as said here; whether they are there is not said by it. */
  async #say(persons: readonly SourcePerson[], along: Partial<Commit>): Promise<ChangeList> {
    const batch = new Batch();
    for (const person of persons) batch.take(person);
    const known = await this.#log.known(this.source, [...batch.said.keys()]);
    const outcome = await this.#compare(batch, { known, pending: new Map(), mayWait: false }, 'unseen');
    return this.#append({ changes: outcome.changes, links: outcome.links, ...along }, outcome.moves);
  }

  #compare(batch: Batch, to: Pick<Compared, 'known' | 'pending' | 'mayWait'>, unseen: Standing): Promise<Outcome> {
    const by = { ...this.#options, priority: this.#priority, managers: this.#managers };
    return compare(batch, { ...by, ...this.#newcomers.matching(unseen), ...to });
  }

  /** Commits, and only then remembers and announces. */
  async #append(what: Omit<Commit, 'source' | 'at'>, moves: Moves): Promise<ChangeList> {
    const at = this.#options.wallClock();
    const list = await this.#log.append({ source: this.source, at, ...what });
    this.#managers.committed(moves);
    this.#pending.release(what.release ?? []);
    this.#pending.wait(what.wait?.map(({ key }) => key) ?? [], this.#options.clock());
    this.#pending.hold(what.hold?.removals.map(({ key }) => key) ?? []);
    this.#emptyings.committed(what);
    if (list.changes.length === 0) return list;
    this.#last = { lastChangeAt: at };
    this.#changes += list.changes.length;
    this.#options.announce(list);
    return list;
  }

  /** What is not committed is asked for again by the cookie. */
  #drop(): void {
    this.#batch = new Batch(this.#options.atOnce);
    this.#awaiting = new Awaiting();
    this.#newcomers.drop();
    this.#seen = undefined;
    this.#managers.forget();
    this.#emptyings.drop();
  }
}
