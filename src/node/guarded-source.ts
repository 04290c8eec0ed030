// One source in the thread that follows, and the brake before its settings: where these are others than those by which it was
// followed until now, it is read on a copy first. What that would do either is little, or waits for an administrator:
//
//   same settings, or nobody yet ---------------------------> following
//   others -> comparing -> little ---------------------------> following
//                       -> much -> asking -> approved -------> following
//
// Until it is followed the book stays as it is, and the store has the former settings: going back to them needs nobody's word.

import { setTimeout as sleep } from 'node:timers/promises';
import { milliseconds, wallTime } from '../base/time.ts';
import type { PersonId } from '../book/person-id.ts';
import { nothingAsked, type FollowedSource, type SourceState } from '../server/administration.ts';
import type { ChangeLog, HoldId, Removal } from '../server/change-log.ts';
import type { Stage } from '../server/stage-options.ts';
import type { StageFact } from '../server/stage-fact.ts';
import type { Reading } from './directory-reading.ts';
import { HostFault } from './host-fault.ts';
import { rehearse, type RehearsalOptions } from './rehearsal.ts';
import type { Report } from './report.ts';
import { effectOf, type Effect } from './settings-effect.ts';
import { changedSettings, settingsOf } from './deciding-settings.ts';

interface GuardedSourceOptions {
  readonly stage: Stage;
  readonly changeLog: ChangeLog;
  readonly rehearsal: Omit<RehearsalOptions, 'signal' | 'progress'>;
  readonly follow: () => AsyncDisposable;
  readonly report: Pick<Report, 'stage' | 'source' | 'trouble'>;
}

const firstPauseMilliseconds = 1000;
const longestPauseMilliseconds = 60_000;
/** As where it is followed: no account is locked by trying. */
const refusedPauseMilliseconds = 300_000;

export class GuardedSource implements FollowedSource, AsyncDisposable {
  readonly source: Stage['source'];
  readonly approve: FollowedSource['approve'];
  readonly reject: FollowedSource['reject'];
  readonly undo: FollowedSource['undo'];
  readonly restore: FollowedSource['restore'];
  readonly relinked: FollowedSource['relinked'];
  readonly #options: GuardedSourceOptions;
  readonly #settings: string;
  readonly #stop = new AbortController();
  #comparing: Promise<void> | undefined;
  #following: AsyncDisposable | undefined;
  /** Undefined once it is followed: then the stage tells. */
  #condition: Pick<SourceState, 'state' | 'problem' | 'asking'> | undefined;
  #asked: Effect | undefined;
  /** What an administrator has approved, until it is in the book. */
  #admitted: Effect | undefined;

  constructor(options: GuardedSourceOptions) {
    const { stage, rehearsal } = options;
    this.source = stage.source;
    this.approve = stage.approve.bind(stage);
    this.reject = stage.reject.bind(stage);
    this.undo = stage.undo.bind(stage);
    this.restore = stage.restore.bind(stage);
    this.relinked = stage.relinked.bind(stage);
    this.#options = options;
    this.#settings = settingsOf(rehearsal.source);
  }

  /** Follows, or begins to compare. */
  async begin(): Promise<void> {
    const { changeLog, report } = this.#options;
    const { source } = this;
    const before = await changeLog.settings(source);
    if (before === this.#settings) return this.#follow();
    // After an upgrade nothing is kept yet.
    if (before === undefined || (await changeLog.countLiving(source)) === 0) return this.#goOn(before !== undefined);
    this.#condition = { state: 'comparing' };
    report.stage({ kind: 'comparing', source, changed: changedSettings(before, this.#settings) });
    this.#comparing = this.#compare().catch((fault: unknown) => this.#fail(fault));
  }

  async state(): Promise<SourceState> {
    return { ...(await this.#options.stage.state()), ...this.#condition };
  }

  async admit(id: string): ReturnType<FollowedSource['admit']> {
    const asked = this.#asked;
    if (asked === undefined || asked.asking.id !== id) return nothingAsked;
    this.#asked = undefined;
    try {
      await this.#goOn(true, asked);
    } catch (fault) {
      this.#asked = asked;
      throw fault;
    }
    return { kind: 'admitted' };
  }

  /** What its stage tells. */
  heard(fact: StageFact): void {
    const admitted = this.#admitted;
    if (fact.kind !== 'refreshed' || admitted === undefined) return;
    this.#admitted = undefined;
    void this.#approveShown(admitted).catch((fault: unknown) => this.#fail(fault));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#comparing;
    await this.#following?.[Symbol.asyncDispose]();
  }

  #follow(): void {
    this.#condition = undefined;
    this.#following = this.#options.follow();
  }

  /** By the settings of now from here on; `anew`: everybody is read. */
  async #goOn(anew: boolean, admitted?: Effect): Promise<void> {
    const { changeLog } = this.#options;
    const stand = { settings: this.#settings, ...(anew && { forgetCookie: true }) };
    await changeLog.append({ source: this.source, at: wallTime(Date.now()), changes: [], ...stand });
    this.#admitted = admitted;
    if (!this.#stop.signal.aborted) this.#follow();
  }

  async #compare(): Promise<void> {
    const { source } = this;
    const { report } = this.#options;
    const { signal } = this.#stop;
    for (let pause = firstPauseMilliseconds; ; pause = Math.min(pause * 2, longestPauseMilliseconds)) {
      const outcome = await this.#look();
      if (signal.aborted) return;
      if (!('kind' in outcome)) return this.#judge(outcome);
      const problem = outcome.kind === 'lost' ? outcome.problem : `${outcome.problem}: ${outcome.advice}`;
      this.#condition = { state: outcome.kind, problem };
      report.source(
        source,
        outcome.kind === 'lost' ? { ...outcome, retryInMilliseconds: milliseconds(pause) } : outcome,
      );
      const wait = outcome.kind === 'lost' ? pause : refusedPauseMilliseconds;
      await sleep(wait, undefined, { signal }).catch(() => undefined);
    }
  }

  async #look(): Promise<Effect | Exclude<Reading, { kind: 'read' }>> {
    const { changeLog, rehearsal } = this.#options;
    const { signal } = this.#stop;
    const held = [...(await changeLog.holds()), ...(await changeLog.heldFields())];
    const before = new Set(held.map(({ id }) => id));
    const { brake } = rehearsal.source;
    try {
      return await rehearse({ ...rehearsal, signal }, (rehearsed) =>
        effectOf(rehearsed, { settings: this.#settings, before, brake }),
      );
    } catch (fault) {
      if (fault instanceof HostFault) return { kind: 'lost', problem: fault.message };
      throw fault;
    }
  }

  async #judge(effect: Effect): Promise<void> {
    if (effect.harmless) return this.#goOn(true);
    const { source } = this;
    const { asking, reasons } = effect;
    const { added, altered, removed, id } = asking;
    const counts = `By them ${added} persons would be added, ${altered} altered, ${removed} removed`;
    const advice = `look with 'rollcall source preview ${source}', then 'rollcall source approve ${source} ${id}', or go back to the former settings`;
    const problem = ['Its settings changed.', `${counts}.`, ...reasons, `The book stays as it is: ${advice}.`].join(
      ' ',
    );
    this.#asked = effect;
    this.#condition = { state: 'asking', problem, asking };
    this.#options.report.stage({ kind: 'asking', source, asking, problem });
  }

  /** What the brake holds after all was shown, if it is no more than that: who approved the one approved the other. */
  async #approveShown({ before, removed, emptied }: Effect): Promise<void> {
    const { changeLog, stage } = this.#options;
    const shown = (
      held: { readonly id: HoldId; readonly source: string },
      persons: readonly Removal[],
      of: ReadonlySet<PersonId> | undefined,
    ): boolean =>
      held.source === this.source && !before.has(held.id) && persons.every(({ person }) => of?.has(person) === true);
    const holds = (await changeLog.holds()).filter((hold) => shown(hold, hold.removals, removed));
    const fields = (await changeLog.heldFields()).filter((hold) => shown(hold, hold.persons, emptied.get(hold.field)));
    for (const { id } of [...holds, ...fields]) await stage.approve(id);
  }

  #fail(fault: unknown): void {
    this.#options.report.trouble(`changed settings of source ${this.source}`, fault);
    if (this.#condition?.state === 'comparing')
      this.#condition = { state: 'lost', problem: fault instanceof Error ? fault.message : String(fault) };
  }
}
