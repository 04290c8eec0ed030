// What a stage is to its host, and what it needs of it.

import type { Instant, WallTime } from '../base/time.ts';
import type { ChangeList } from '../book/change-list.ts';
import type { PersonId } from '../book/person-id.ts';
import type { Refusal, SourceState } from './administration.ts';
import type { BrakeLimits } from './brake.ts';
import type { ChangeLog, HoldId, SourceKey, SourceName } from './change-log.ts';
import type { MatchRule } from './match.ts';
import type { Priority } from './merge.ts';
import type { Restored } from './removals.ts';
import type { Listed, SourceEvent } from './source.ts';
import type { StageFact } from './stage-fact.ts';
import type { Turns } from './turns.ts';

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
  /** What it knows of some may be true no more, and nothing counts until the source begins again: at once, from `cookie()`. */
  readonly isOutdated: boolean;
  /** When to call `wake`, by `clock`; changes with `take`, `wake`, `approve`, `reject`. */
  deadline(): Instant | undefined;
  /** Judges the waiting removals whose time has come. */
  wake(): Promise<void>;
  approve(hold: HoldId): Promise<{ readonly kind: 'approved'; readonly list: ChangeList } | Refusal>;
  reject(hold: HoldId): Promise<{ readonly kind: 'rejected' } | Refusal>;
  /** Brings those back whom an approved hold removed. */
  undo(hold: HoldId): Promise<{ readonly kind: 'undone'; readonly list: ChangeList } | Refusal>;
  /** Brings one back who left, and holds their removal; undefined where the source has them, or nothing is remembered. */
  restore(key: SourceKey): Promise<Restored | undefined>;
  state(): Promise<SourceState>;
  /** Others have linked persons of the source anew: who is where is to be asked again. */
  relinked(): Promise<void>;
}

/** What a stage needs of its host. */
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
  /** So many persons are compared and committed at once; 2,000 where absent. */
  readonly atOnce?: number;
  /** How long a removal waits for others, in milliseconds; 5 s where absent. */
  readonly settle?: number;
  /** Shared with whoever else writes to the persons of this source; its own where absent. */
  readonly turns?: Turns;
  /** Whose word counts of a person whom several sources know. */
  readonly priority?: Priority;
  /** Where persons are kept says something of them (see `AttributeMap`): when a container moves, all is to be read again. */
  readonly byPlace?: boolean;
  /** By what an entry is known to be a person of another source; absent where none is. */
  readonly match?: MatchRule;
}
