// Who subscribed, and whom a change concerns. For `held` subscriptions an index from person to
// subscription answers, so that the others are not touched at all; `notice` and `broadcast` are
// everyone's.

import type { Revision } from '../book/change.ts';
import type { ChangeList } from '../book/change-list.ts';
import type { PersonId } from '../book/person-id.ts';
import { Groups } from '../sip/groups.ts';
import type { News } from './change-log.ts';
import type { SubscriptionId } from '../sip/transaction-user.ts';
import type { Delivery } from '../wire/interest.ts';
import { HeldIndex, type Slot } from './held-index.ts';
import type { Spans } from './notification-body.ts';
import type { Rhythm } from './rhythm.ts';
import { never, type Sendable } from './sending-window.ts';
import type { KeptSubscription } from './subscription-store.ts';

/** Which bodies a subscriber takes (its Accept header). */
export type Takes = 'changes-and-notice' | 'notice' | 'external-body';

/** What the subscriber chose. A later SUBSCRIBE may choose anew. */
export interface Choice {
  readonly delivery: Delivery;
  readonly takes: Takes;
}

export interface Subscription extends Sendable {
  readonly id: SubscriptionId;
  readonly slot: Slot;
  readonly user: string;
  /** What it is told of: the changes that its user may see. */
  spans: Spans;
  choice: Choice;
  /** The revision that the terminal has: where its next notification starts. */
  told: Revision;
  /**
   * From here on there may be something to tell. The same as `told`, but for `held`: there what lies between
   * was looked through by the index and concerns nobody of its persons, and need not be in the tail any more.
   */
  unsent: Revision;
  /** A NOTIFY has no answer yet. Where a refresh comes meanwhile, the endpoint sends its NOTIFY after that one, and tells of the last answer only. */
  inFlight: boolean;
  /** What `told` becomes when it is answered. */
  upTo: Revision;
  /** How many octets its bodies may have; undefined until it is asked for, since a SUBSCRIBE may come by another path. */
  room: number | undefined;
  /** It waits for its turn to send, for a retry, or until its rhythm lets it. */
  waiting: 'no' | 'turn' | 'retry' | 'rhythm' | 'never';
  /** Where the subscriber named one (RFC 6446). */
  rhythm: Rhythm | undefined;
  /** It outlives this process: it hangs on no connection. */
  lasting: boolean;
}

type First = Pick<Subscription, 'choice' | 'told' | 'spans'>;

export class Subscriptions {
  readonly #byId = new Map<SubscriptionId, Subscription>();
  readonly #bySlot: (Subscription | undefined)[] = [];
  readonly #free: Slot[] = [];
  readonly #byUser = new Groups<string, Subscription>();
  /** Those that are told of whatever their spans have. */
  readonly #everyones = new Map<Spans, Set<Subscription>>();
  readonly #held = new HeldIndex();

  get count(): number {
    return this.#byId.size;
  }

  get heldPersons(): number {
    return this.#held.count;
  }

  get(id: SubscriptionId): Subscription | undefined {
    return this.#byId.get(id);
  }

  /** Oldest first. */
  ofUser(user: string): readonly Subscription[] {
    return this.#byUser.of(user);
  }

  at(slot: Slot): Subscription | undefined {
    return this.#bySlot[slot];
  }

  all(): Iterable<Subscription> {
    return this.#byId.values();
  }

  oldest(count: number): readonly Subscription[] {
    const some: Subscription[] = [];
    for (const each of this.#byId.values()) {
      if (some.length >= count) break;
      some.push(each);
    }
    return some;
  }

  add(id: SubscriptionId, user: string, first: First): Subscription {
    return this.#add(id, user, { ...first, slot: this.#free.pop() ?? this.#bySlot.length });
  }

  /** Those of an earlier process, in their slots of then, lowest first; before any other. Of two with one name the first. */
  resume(
    all: readonly KeptSubscription[],
    spansOf: (user: string) => Spans,
  ): readonly (readonly [Subscription, KeptSubscription])[] {
    return all.flatMap((kept) => {
      const { slot, usage, choice, told, held } = kept;
      if (this.#byId.has(usage.subscription)) return [];
      for (let between = this.#bySlot.length; between < slot; between += 1) {
        this.#bySlot.push(undefined);
        this.#free.push(between);
      }
      const made = this.#add(usage.subscription, usage.user, { slot, choice, told, spans: spansOf(usage.user) });
      made.lasting = true;
      this.choose(made, choice, held && new Set(held));
      return [[made, kept] as const];
    });
  }

  /** Whom it holds. */
  heldBy({ slot, choice }: Subscription): readonly PersonId[] | undefined {
    return choice.delivery === 'held' ? this.#held.persons(slot) : undefined;
  }

  #add(id: SubscriptionId, user: string, first: First & { readonly slot: Slot }): Subscription {
    const { slot, choice, told, spans } = first;
    const made: Subscription = {
      id,
      slot,
      user,
      spans,
      choice,
      told,
      unsent: told,
      inFlight: false,
      awaitedSince: never,
      upTo: told,
      room: undefined,
      waiting: 'no',
      rhythm: undefined,
      lasting: false,
    };
    this.#byId.set(id, made);
    this.#bySlot[slot] = made;
    this.#byUser.add(user, made);
    this.choose(made, choice);
    return made;
  }

  /** `held` replaces the persons of a `held` subscription; without it they stay (RFC 4660 §5: a refresh without a body keeps the filter). */
  choose(subscription: Subscription, choice: Choice, held?: ReadonlySet<PersonId>): void {
    subscription.choice = choice;
    if (choice.delivery === 'held') {
      this.#everyones.get(subscription.spans)?.delete(subscription);
      if (held !== undefined) this.#held.hold(subscription.slot, held);
    } else {
      this.#held.release(subscription.slot);
      this.#everyonesOf(subscription.spans).add(subscription);
    }
  }

  /** From now on it is told of what `spans` have, and of nothing else. */
  move(subscription: Subscription, spans: Spans): void {
    if (this.#everyones.get(subscription.spans)?.delete(subscription) === true)
      this.#everyonesOf(spans).add(subscription);
    subscription.spans = spans;
  }

  #everyonesOf(spans: Spans): Set<Subscription> {
    const known = this.#everyones.get(spans) ?? new Set();
    this.#everyones.set(spans, known);
    return known;
  }

  remove(id: SubscriptionId): Subscription | undefined {
    const gone = this.#byId.get(id);
    if (gone === undefined) return undefined;
    gone.waiting = 'never';
    this.#byId.delete(id);
    this.#everyones.get(gone.spans)?.delete(gone);
    this.#held.release(gone.slot);
    this.#bySlot[gone.slot] = undefined;
    this.#free.push(gone.slot);
    this.#byUser.delete(gone.user, gone);
    return gone;
  }

  /** Each subscription once that is told of what `spans` have, which `list` is of. */
  *concernedBy({ changes, added = [] }: News, spans: Spans): Generator<Subscription> {
    const people = new Set([...changes.map(({ person }) => person), ...added]);
    if (people.size === 0) return;
    yield* this.#everyones.get(spans) ?? [];
    const seen = new Set<Slot>();
    for (const person of people)
      for (const slot of this.#held.holders(person)) {
        const subscription = this.#bySlot[slot];
        if (subscription?.spans !== spans || seen.has(slot)) continue;
        seen.add(slot);
        yield subscription;
      }
  }

  /** The part of `list` that this subscription is told of. */
  part(subscription: Subscription, list: ChangeList): ChangeList {
    if (subscription.choice.delivery !== 'held') return list;
    return { ...list, changes: list.changes.filter((change) => this.#held.holds(subscription.slot, change.person)) };
  }
}
