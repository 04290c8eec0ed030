import type { Fault } from '../base/fault.ts';
import type { Milliseconds } from '../base/time.ts';
import type { Revision } from '../book/change.ts';
import type { Admitted } from '../sip/gate.ts';
import type { Flow } from '../sip/transaction-user.ts';
import type { UnclearGroup } from './memberships.ts';
import type { Crowded } from './notifier-options.ts';

/** What the face of the server found worth telling: for the report, not to be acted on. */
export type ServerFact =
  | { readonly kind: 'logged-in'; readonly user: string; readonly remote: string }
  | {
      readonly kind: 'log-in-refused';
      readonly user: string;
      readonly remote: string;
      readonly why: 'wrong' | 'limited' | 'unavailable' | 'not-in-book' | 'ambiguous' | 'unverified';
    }
  | { readonly kind: 'session-ended'; readonly user: string; readonly why: SessionEnd }
  /** At the start: the log of an audience was made anew, with so many persons. */
  | { readonly kind: 'audience-made'; readonly audience: string; readonly persons: number }
  /** There are so many logs by what is the same of reader and person that there is no room for more: further readers see nobody. */
  | { readonly kind: 'audience-full'; readonly audience: string; readonly most: number }
  /** So many groups may be meant by a name that audiences have in their rules: unless it is one, nobody is in it. Also where it became one. */
  | ({ readonly kind: 'group-turned' } & UnclearGroup)
  /** At the start: everyone sees other fields than before, so that the book has a new ID. */
  | { readonly kind: 'shown-otherwise' }
  /** A request could not be answered because a store or a source failed. */
  | { readonly kind: 'unavailable'; readonly path: string; readonly fault: Fault }
  /** At the start: subscriptions of an earlier process go on; so many ran out meanwhile, or have no address to go on from. */
  | {
      readonly kind: 'resumed';
      readonly subscriptions: number;
      readonly expired: number;
      readonly withoutListener: number;
    }
  /** At the start: kept subscriptions that cannot be read, and were left out. */
  | { readonly kind: 'unreadable'; readonly count: number; readonly first: string }
  /** A terminal has a revision that the log has not: the data folder is an old copy. */
  | { readonly kind: 'behind'; readonly user: string; readonly has: Revision; readonly revision: Revision }
  /** A peer of the trust domain vouches for somebody who is nobody of the book, or for several. */
  | { readonly kind: 'identity-unknown'; readonly identities: readonly string[]; readonly flow: Flow }
  /** A SUBSCRIBE was for a resource that is none of ours. */
  | { readonly kind: 'not-ours'; readonly requestUri: string; readonly flow: Flow }
  /** A new subscription found no room, in the server or by its address. */
  | {
      readonly kind: 'crowded';
      readonly crowded: Crowded;
      readonly remote: string;
      /** In all. */
      readonly subscriptions: number;
    }
  /** The host's loop lags, or does no more: from now on only these are let in. */
  | { readonly kind: 'load'; readonly admitted: Admitted; readonly lag: Milliseconds }
  | {
      readonly kind: 'drain';
      readonly state: 'began' | 'cancelled';
      readonly subscriptions: number;
      readonly overSeconds?: number;
    }
  | { readonly kind: 'malformed'; readonly flow: Flow; readonly section: string; readonly problem: string };

export type SessionEnd = 'logged-out' | 'expired' | 'person-left' | 'account-changed' | 'too-many';
