import type { Outcome } from './batch.ts';
import type { Asking } from './administration.ts';
import type { HeldField, Hold, SourceName } from './change-log.ts';

/** What is worth telling the administrator. */
export type StageFact =
  | { readonly kind: 'refreshed'; readonly source: SourceName; readonly changes: number; readonly swept: number }
  | { readonly kind: 'held'; readonly hold: Hold }
  | { readonly kind: 'held-field'; readonly hold: HeldField }
  /** Settings changed, and it is read what that would do. `changed`: their names. */
  | { readonly kind: 'comparing'; readonly source: SourceName; readonly changed: readonly string[] }
  /** It would do so much that an administrator has to approve it. */
  | { readonly kind: 'asking'; readonly source: SourceName; readonly asking: Asking; readonly problem: string }
  /** A container was renamed or moved, and all below it with it. */
  | { readonly kind: 'relocated'; readonly source: SourceName; readonly from: string; readonly to: string }
  /** Entries without a name: not added, or left as they were. */
  | { readonly kind: 'nameless'; readonly source: SourceName; readonly count: number; readonly place: string }
  /** Entries whose number is that of several, or of another entry: persons of their own. `place` is the first one's. */
  | { readonly kind: 'ambiguous'; readonly source: SourceName; readonly count: number; readonly place: string }
  /** Rows of files that are passed over: without a key, or with that of another row. `problem` is the first one's, with file and line. */
  | { readonly kind: 'passed-over'; readonly source: SourceName; readonly count: number; readonly problem: string }
  /** Photos that are left out: too large, or no pictures. `place` and `problem` are the first one's. */
  | {
      readonly kind: 'photoless';
      readonly source: SourceName;
      readonly count: number;
      readonly place: string;
      readonly problem: string;
    };

/** Who, or whose photo, is left out, and who may be somebody else. */
export function leftOut({ nameless, photoless, ambiguous }: Outcome, source: SourceName): readonly StageFact[] {
  const facts: StageFact[] = [];
  const [first] = nameless;
  if (first !== undefined) facts.push({ kind: 'nameless', source, count: nameless.length, place: first.place });
  const [unclear] = ambiguous;
  if (unclear !== undefined) facts.push({ kind: 'ambiguous', source, count: ambiguous.length, place: unclear.place });
  const [odd] = photoless;
  if (odd !== undefined) {
    const { place, photoProblem: problem = '' } = odd;
    facts.push({ kind: 'photoless', source, count: photoless.length, place, problem });
  }
  return facts;
}
