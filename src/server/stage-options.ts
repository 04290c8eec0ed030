import type { Instant, WallTime } from '../base/time.ts';
import type { ChangeList } from '../book/change-list.ts';
import type { PersonId } from '../book/person-id.ts';
import type { BrakeLimits } from './brake.ts';
import type { ChangeLog, HoldId, SourceName } from './change-log.ts';
import type { MatchRule } from './match.ts';
import type { Priority } from './merge.ts';
import type { StageFact } from './stage-fact.ts';
import type { Turns } from './turns.ts';

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
  /** By what an entry is known to be a person of another source; absent where none is. */
  readonly match?: MatchRule;
}
