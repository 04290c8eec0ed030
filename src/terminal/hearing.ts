// What the engine hears, and what it asks for.

import type { Ended } from '../sip/transaction-user.ts';
import type { ChangeList } from '../book/change-list.ts';
import type { PersonId } from '../book/person-id.ts';
import type { PersonalEntry } from '../book/personal-entry.ts';
import type { EntityTag, Notice } from '../wire/change-list.ts';
import type { Delivery } from '../wire/interest.ts';
import type { HttpAnswer, HttpQuestion, Trouble } from './acquisition.ts';
import type { Applied, Holdings, Revised, RevisionStep, StoredPrompt } from './personal-address-book.ts';

/** A NOTIFY. `etag` is absent where it carries none of ours. */
export interface Notification {
  readonly etag: EntityTag | undefined;
  readonly body:
    | { readonly kind: 'none' }
    | { readonly kind: 'notice'; readonly notice: Notice }
    | { readonly kind: 'changes'; readonly list: ChangeList }
    | { readonly kind: 'unreadable'; readonly words: string };
}

/** Why there is no subscription any more, or none came about. */
export type Lost =
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly reason: string;
      readonly retryAfterSeconds: number | undefined;
    }
  | { readonly kind: 'ended'; readonly why: Ended; readonly retryAfterSeconds: number | undefined }
  | { readonly kind: 'no-flow'; readonly words: string };

export type Heard = FromEmployee | FromSubscription | FromRound;

export type FromEmployee =
  | { readonly kind: 'logged-in' }
  | { readonly kind: 'logged-out' }
  | { readonly kind: 'go-online' }
  | { readonly kind: 'go-offline' }
  | { readonly kind: 'delivery'; readonly delivery: Delivery }
  /** Catch up once, now, with a subscription or without. */
  | { readonly kind: 'sync' }
  /** The deadline is reached. */
  | { readonly kind: 'woke' }
  /** The employee kept, removed or put back somebody. */
  | { readonly kind: 'holdings'; readonly holdings: Holdings }
  /** The employee answered the brake. */
  | { readonly kind: 'decided'; readonly revised: Revised };

export type FromSubscription =
  /** S302: the SUBSCRIBE that was out is accepted. */
  | { readonly kind: 'subscribed' }
  /** S304. */
  | { readonly kind: 'notified'; readonly notification: Notification }
  | { readonly kind: 'refresh-due' }
  | { readonly kind: 'lost'; readonly lost: Lost };

/** What came of a question or a step, by its number. */
export type FromRound =
  | { readonly kind: 'answered'; readonly number: number; readonly answer: HttpAnswer }
  | { readonly kind: 'unanswered'; readonly number: number; readonly trouble: Trouble }
  | { readonly kind: 'applied'; readonly number: number; readonly applied: Applied }
  | { readonly kind: 'store-failed'; readonly number: number; readonly words: string };

/** What a SUBSCRIBE says of the book: where it stands (RFC 5839), and, where the delivery is `held`, who is in it. */
export interface Naming {
  readonly suppressIfMatch?: string;
  readonly held?: readonly PersonId[];
}

export type Action =
  /** S301. */
  | ({ readonly kind: 'subscribe' } & Naming)
  | ({ readonly kind: 'refresh' } & Naming)
  | { readonly kind: 'unsubscribe' }
  | {
      readonly kind: 'ask';
      readonly number: number;
      readonly question: HttpQuestion;
      /** Which step of the method the question is: S306 or S308. */
      readonly step: 'S306' | 'S308';
    }
  | { readonly kind: 'apply'; readonly number: number; readonly step: RevisionStep }
  | { readonly kind: 'tell'; readonly told: Told };

/** What the employee, or the program before the employee, should know. */
export type Told =
  | { readonly kind: 'revised'; readonly entries: readonly PersonalEntry[] }
  | { readonly kind: 'prompted'; readonly prompts: readonly StoredPrompt[] }
  | { readonly kind: 'synced'; readonly mark: EntityTag | undefined }
  | { readonly kind: 'sync-failed'; readonly words: string }
  /** Something that came was refused whole. */
  | { readonly kind: 'refused-whole'; readonly trouble: Trouble };
