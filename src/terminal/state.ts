// What a terminal knows of itself: the engine's state (see `engine`).

import type { Instant } from '../base/time.ts';
import type { PersonId } from '../book/person-id.ts';
import type { EntityTag } from '../wire/change-list.ts';
import type { Delivery } from '../wire/interest.ts';
import type { Acquire, Trouble } from './acquisition.ts';
import type { BackOff } from './back-off.ts';
import { noNames, type Names } from './naming.ts';
import type { Holdings } from './personal-address-book.ts';
import type { Asked } from './round.ts';

export interface Engine {
  readonly delivery: Delivery;
  readonly acquire: Acquire;
  readonly holdings: Holdings;
  readonly loggedIn: boolean;
  /** What the employee, or the host's network, wants. */
  readonly wanted: 'online' | 'offline';
  /** Somebody waits to hear how one catching up went. */
  readonly syncAsked: boolean;
  /** The newest that was spoken of and is not had. */
  readonly heard: EntityTag | undefined;
  /** What the server has, as it said last in this subscription; at first, what we said that we have. */
  readonly spoken: EntityTag | undefined;
  readonly names: Names;
  readonly backOff: BackOff;
  /** The number of the newest question, or step, that went out. */
  readonly number: number;
  readonly state: State;
}

export interface WhyOffline {
  readonly kind: 'logged-out' | 'asked' | 'nothing-held' | Trouble['kind'];
  readonly words: string;
}

export type State =
  | { readonly kind: 'offline'; readonly why: WhyOffline; readonly retryAt: Instant | undefined }
  | { readonly kind: 'subscribing' }
  | { readonly kind: 'catching-up'; readonly pace: Pace; readonly round: Round }
  | { readonly kind: 'live'; readonly checkAt: Instant }
  | { readonly kind: 'refused'; readonly why: Trouble };

export type Round =
  | { readonly kind: 'asking'; readonly asked: Asked }
  | { readonly kind: 'applying' }
  | { readonly kind: 'waiting'; readonly until: Instant; readonly trouble: Trouble };

/** What a round of catching up is for. */
export interface Pace {
  readonly subscribed: boolean;
  /** How far the server is was not said: ask until it says that nothing is new. */
  readonly untilNothingNew: boolean;
  /** Whom it compares because they were named late (see `naming`). */
  readonly checking: ReadonlySet<PersonId>;
}

export const loggedOut: WhyOffline = { kind: 'logged-out', words: 'Nobody is logged in.' };
export const askedOffline: WhyOffline = { kind: 'asked', words: 'Working offline.' };
export const nothingToFollow: WhyOffline = { kind: 'nothing-held', words: 'No entry yet: there is nothing to follow.' };

export interface EngineOptions {
  readonly delivery: Delivery;
  readonly acquire: Acquire;
  readonly holdings: Holdings;
  /** Any whole number; two terminals should have two. */
  readonly seed: number;
}

/** Offline, and nobody logged in. */
export const newEngine = ({ seed, ...options }: EngineOptions): Engine => ({
  ...options,
  loggedIn: false,
  wanted: 'offline',
  syncAsked: false,
  heard: undefined,
  spoken: undefined,
  names: noNames,
  backOff: { failures: 0, seed },
  number: 0,
  state: { kind: 'offline', why: loggedOut, retryAt: undefined },
});

/** When to say `woke`; undefined where nothing waits for time. */
export function deadline({ state }: Engine): Instant | undefined {
  switch (state.kind) {
    case 'offline':
      return state.retryAt;
    case 'live':
      return state.checkAt;
    case 'catching-up':
      return state.round.kind === 'waiting' ? state.round.until : undefined;
    case 'subscribing':
    case 'refused':
      return undefined;
  }
}

export const isSubscribing = (state: State): boolean =>
  state.kind === 'subscribing' || state.kind === 'live' || (state.kind === 'catching-up' && state.pace.subscribed);
