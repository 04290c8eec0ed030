// Removals that are not made yet: those that wait for their burst to be seen whole, and those that are
// held. The log has them; here they are in memory, and when the waiting ones are due.

import { instant, seconds, type Instant } from '../base/time.ts';
import type { ChangeLog, SourceKey, SourceName } from './change-log.ts';

/**
 * So long after the last removal of a burst they are judged together; a person who is moved within the
 * directory, or deleted and added again, is back by then.
 */
export const defaultSettle: number = seconds(5);
/** A burst is waited for no longer than this many times `settle`: what comes after is judged by the window. */
const longestBurst = 12;

export class Pending {
  readonly #settle: number;
  readonly #states = new Map<SourceKey, 'waiting' | 'held'>();
  #waiting = 0;
  #first: Instant | undefined;
  #last: Instant | undefined;

  constructor(settle: number) {
    this.#settle = settle;
  }

  /** As the log has them. What waited when the last process ended waits from now. */
  static async load({
    changeLog,
    source,
    settle,
    now,
  }: {
    changeLog: ChangeLog;
    source: SourceName;
    settle: number;
    now: Instant;
  }): Promise<Pending> {
    const pending = new Pending(settle);
    for (const hold of await changeLog.holds())
      if (hold.source === source) pending.hold(hold.removals.map(({ key }) => key));
    const waiting = await changeLog.waiting(source);
    if (waiting.length > 0)
      pending.wait(
        waiting.map(({ key }) => key),
        now,
      );
    return pending;
  }

  get states(): ReadonlyMap<SourceKey, 'waiting' | 'held'> {
    return this.#states;
  }

  /** When those that wait are to be judged. */
  get due(): Instant | undefined {
    if (this.#waiting === 0 || this.#first === undefined || this.#last === undefined) return undefined;
    return instant(Math.min(this.#last + this.#settle, this.#first + this.#settle * longestBurst));
  }

  waiting(): readonly SourceKey[] {
    return [...this.#states].filter(([, state]) => state === 'waiting').map(([key]) => key);
  }

  isHeld(key: SourceKey): boolean {
    return this.#states.get(key) === 'held';
  }

  wait(keys: readonly SourceKey[], now: Instant): void {
    if (keys.length === 0) return;
    if (this.#waiting === 0) this.#first = now;
    this.#last = now;
    for (const key of keys) this.#set(key, 'waiting');
  }

  hold(keys: readonly SourceKey[]): void {
    for (const key of keys) this.#set(key, 'held');
  }

  release(keys: readonly SourceKey[]): void {
    for (const key of keys) {
      if (this.#states.get(key) === 'waiting') this.#waiting -= 1;
      this.#states.delete(key);
    }
  }

  /** The judging failed: try again after a while. */
  postpone(now: Instant): void {
    this.#first = now;
    this.#last = now;
  }

  #set(key: SourceKey, state: 'waiting' | 'held'): void {
    if (this.#states.get(key) === 'waiting') this.#waiting -= 1;
    if (state === 'waiting') this.#waiting += 1;
    this.#states.set(key, state);
  }
}
