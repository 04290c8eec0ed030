// The notifier: tells each subscription what is new in the enterprise address book.
//
// A subscription's delivery state is one number, `told`. One NOTIFY is in flight for it. When that is
// answered and the log has moved on, the next is made from what came since `told`, folded to one change
// a person. So a burst needs no queue and no rate limit: a slow terminal gets fewer, fuller lists. A
// SUBSCRIBE names the terminal's revision (Suppress-If-Match, RFC 5839), which becomes `told`; the NOTIFY
// that must follow carries what came since. Catching up and living are the same sentence.
//
// Over all subscriptions a window bounds the NOTIFYs without an answer, so that one change to 100,000
// terminals does not overrun the buffers of the sockets: each answer lets the next one out.

import type { Machine } from '../base/machine.ts';
import { earliest, later, seconds, type Instant, type Milliseconds } from '../base/time.ts';
import type { ChangeList } from '../book/change-list.ts';
import type { Revision } from '../book/change.ts';
import { Agenda, alarms, unset, type Timed } from '../sip/agenda.ts';
import type { Body, FlowPath, Heard, Said, SubscribeRequest, SubscriptionId } from '../sip/transaction-user.ts';
import { parseEntityTag } from '../wire/change-list.ts';
import { ByAddress } from './by-address.ts';
import type { News } from './change-log.ts';
import { readChoice, readRates } from './choice.ts';
import type { Slot } from './held-index.ts';
import { Notices, print, Spans } from './notification-body.ts';
import type { NotifierCounts } from './notifier-counts.ts';
import { notifierDefaults, type NotifierOptions } from './notifier-options.ts';
import { awaitOverdue, isOverdue, keepTime, rhythm, type Rates } from './rhythm.ts';
import { Subscriptions, type Subscription } from './subscriptions.ts';
import type { KeptSubscription } from './subscription-store.ts';
import type { Tail } from './tail.ts';
import { SendingWindow } from './sending-window.ts';
import { Unwritten } from './unwritten.ts';

export type NotifierHeard =
  | Extract<Said, { kind: 'asked' | 'delivered' | 'undelivered' | 'ended' | 'deregistered' }>
  /** The log of which `tail` has the newest was appended to. */
  | { readonly kind: 'announced'; readonly list: News; readonly tail: Tail }
  /** The session of this SIP user is over: its subscriptions end with it. */
  | { readonly kind: 'session-over'; readonly user: string }
  /** Subscriptions of an earlier process, which the endpoint goes on with; before any other. */
  | { readonly kind: 'resumed'; readonly subscriptions: readonly KeptSubscription[] }
  /** So many are to subscribe again elsewhere, the oldest. */
  | { readonly kind: 'move-away'; readonly count: number }
  /** A clean stop: the terminals whose subscriptions end with it are to subscribe again, elsewhere or later. */
  | { readonly kind: 'stopping' };

export type NotifierSaid = Extract<Heard, { kind: 'accept' | 'refuse' | 'notify' | 'end' }>;

/** After a refusal that names no time. */
const retryAfter = seconds(30);

/** A subscription that wants to be told later. */
interface Retry extends Timed {
  readonly subscription: Subscription;
}

export class Notifier implements Machine<NotifierHeard, NotifierSaid> {
  readonly #options: Required<NotifierOptions>;
  readonly #spans = new Map<Tail, Spans>();
  readonly #notices: Notices;
  readonly #subscriptions = new Subscriptions();
  readonly #window: SendingWindow<Subscription>;
  readonly #retries = new Agenda<Retry>(({ subscription }) => this.#retry(subscription));
  /** Of those that named a rhythm. */
  readonly #rhythms = alarms();
  readonly #byAddress: ByAddress;
  /** For whoever writes them down. */
  readonly unwritten: Unwritten = new Unwritten();

  constructor(options: NotifierOptions) {
    this.#options = { ...notifierDefaults, ...options };
    this.#notices = new Notices(this.#options.publicUrl);
    this.#window = new SendingWindow(this.#options.window);
    const { mostPerAddress: most, isMany } = this.#options;
    this.#byAddress = new ByAddress({ most, isMany });
  }

  get count(): number {
    return this.#subscriptions.count;
  }

  at(slot: Slot): Subscription | undefined {
    return this.#subscriptions.at(slot);
  }

  counts(): NotifierCounts {
    return {
      subscriptions: this.count,
      ...this.#window.counts,
      retries: this.#retries.count,
      rhythms: this.#rhythms.count,
      addresses: this.#byAddress.count,
      heldPersons: this.#subscriptions.heldPersons,
      unwritten: this.unwritten.count,
    };
  }

  /** As much of a subscription as is written down. */
  kept(subscription: Subscription): Omit<KeptSubscription, 'usage'> {
    const { slot, spans, choice, told, rhythm: kept } = subscription;
    const held = this.#subscriptions.heldBy(subscription);
    const rates = kept && Object.fromEntries(kept.rates.accepted);
    return { slot, choice, told, book: spans.tail.head.book, ...(rates && { rates }), ...(held && { held }) };
  }

  handle(heard: NotifierHeard, now: Instant): readonly NotifierSaid[] {
    switch (heard.kind) {
      case 'asked':
        return [...this.#asked(heard.request, now), ...this.#send(now)];
      case 'resumed':
        return [...this.#resume(heard.subscriptions, now), ...this.#send(now)];
      case 'announced':
        return this.#announced(heard.list, heard.tail, now);
      case 'delivered':
        this.#delivered(heard.subscription, now);
        return this.#send(now);
      case 'undelivered':
        this.#undelivered(heard.subscription, later(now, retryTime(heard.retryAfterSeconds)));
        return this.#send(now);
      case 'ended':
        this.#forget(heard.subscription, now);
        return this.#send(now);
      case 'session-over':
        return this.#subscriptions.ofUser(heard.user).map((each) => this.#end(each.id, 'rejected', now));
      case 'deregistered':
        return this.#subscriptions.ofUser(heard.user).map((each) => this.#end(each.id, 'deactivated', now));
      case 'move-away':
        return this.#subscriptions.oldest(heard.count).map((each) => this.#end(each.id, 'deactivated', now));
      case 'stopping':
        return [...this.#subscriptions.all()]
          .filter((each) => !each.lasting)
          .map((each) => this.#end(each.id, 'deactivated', now));
    }
  }

  deadline(): Instant | undefined {
    return earliest(this.#window.deadline(), this.#rhythms.soonest(), this.#retries.soonest());
  }

  wake(now: Instant): readonly NotifierSaid[] {
    this.#rhythms.ring(now);
    this.#retries.ring(now);
    return this.#send(now);
  }

  #announced(list: News, tail: Tail, now: Instant): readonly NotifierSaid[] {
    tail.take(list);
    for (const each of this.#subscriptions.concernedBy(list, this.#spansOf(tail))) this.#concern(each, list);
    return this.#send(now);
  }

  #spansOf(tail: Tail): Spans {
    const known = this.#spans.get(tail) ?? new Spans(tail);
    this.#spans.set(tail, known);
    return known;
  }

  /** Unless a refresh brought it up to date meanwhile. */
  #retry(subscription: Subscription): void {
    if (subscription.waiting === 'retry') this.#queue(subscription);
  }

  #asked(request: SubscribeRequest, now: Instant): readonly NotifierSaid[] {
    const { subscription: id } = request;
    const known = request.refresh ? this.#subscriptions.get(id) : undefined;
    const crowded = known === undefined ? this.#crowded(request.path) : undefined;
    if (crowded !== undefined) return [{ kind: 'refuse', subscription: id, ...crowded }];
    const asked = readChoice(request, known);
    if ('status' in asked) return [{ kind: 'refuse', subscription: id, ...asked }];
    const spans = this.#spansOf(this.#options.tailOf(request.user));
    const { head, etag } = spans.tail;
    const tag = request.suppressIfMatch;
    const has = tag === etag ? head : tag === undefined ? undefined : parseEntityTag(tag);
    // Another book, none, garbage, or a revision that is not there yet (a log restored from an old
    // copy): the terminal is told the head only, sees the gap, and catches up over HTTP.
    const joins = has !== undefined && has.book === head.book && has.revision <= head.revision;
    const told = joins ? has.revision : head.revision;
    const suppress = tag === '*' || (joins && told === head.revision);
    const subscription = known ?? this.#subscriptions.add(id, request.user, { choice: asked.choice, told, spans });
    if (subscription.spans !== spans) this.#subscriptions.move(subscription, spans);
    this.#subscriptions.choose(subscription, asked.choice, asked.held);
    this.#byAddress.stand(subscription.slot, request.path);
    this.#writeDown(subscription, request.lasting, now);
    this.#stand(subscription, told, suppress && request.refresh);
    this.#keepRhythm(subscription, asked.rates, now);
    const rates = asked.rates && { rates: asked.rates.accepted };
    const about = { kind: 'accept', subscription: id, etag, ...rates } as const;
    const accept = suppress ? { ...about, suppress } : { ...about, body: this.#state(subscription, joins) };
    if (request.expiresInSeconds === 0) {
      this.#forget(id, now); // a fetch, or the end: this NOTIFY is the last
      return [accept];
    }
    return [...this.#endOldest(request.user, now), accept];
  }

  /** The answer where there is no room for a further one; who comes again later, by another address, may find some. */
  #crowded(
    path: FlowPath,
  ): Pick<Extract<NotifierSaid, { kind: 'refuse' }>, 'status' | 'reason' | 'retryAfterSeconds'> | undefined {
    const { mostSubscriptions, comeBackSeconds, turnedAway } = this.#options;
    const isFull = this.count >= mostSubscriptions;
    if (!isFull && !this.#byAddress.isFull(path)) return undefined;
    turnedAway(isFull ? 'server' : 'address', path);
    const reason = isFull ? 'Too Many Subscriptions' : 'Too Many Subscriptions From One Address';
    return { status: 503, reason, retryAfterSeconds: comeBackSeconds() };
  }

  /** What is lasting goes on with the next process; nobody notices that this one went. */
  #writeDown(subscription: Subscription, lasting: boolean, now: Instant): void {
    if (subscription.lasting || lasting) this.unwritten.change(subscription.slot, now);
    subscription.lasting = lasting;
  }

  /** What was committed while nobody was there is told, to those whom it concerns. */
  #resume(kept: readonly KeptSubscription[], now: Instant): readonly NotifierSaid[] {
    const resumed = this.#subscriptions.resume(
      kept.toSorted((one, other) => one.slot - other.slot),
      (user) => this.#spansOf(this.#options.tailOf(user)),
    );
    for (const { slot } of kept) if (this.#subscriptions.at(slot) === undefined) this.unwritten.change(slot, now);
    const concerned = new Set([...this.#spans.values()].flatMap((spans) => this.#concernedOfLate(spans)));
    const strayed: Subscription[] = [];
    for (const [each, { book, rates, usage }] of resumed) {
      this.#byAddress.stand(each.slot, usage.path);
      this.#keepRhythm(each, readRates(rates), now);
      const { head, reach } = each.spans.tail;
      // Of another book, or from beyond the log (restored from an old copy): its SUBSCRIBE says where it stands.
      if (book !== head.book || each.told > head.revision) strayed.push(each);
      else if (each.told < reach || (each.told < head.revision && concerned.has(each))) this.#queue(each);
      else each.unsent = head.revision; // the index says that nothing since concerns it
    }
    return strayed.map((each) => this.#end(each.id, 'deactivated', now));
  }

  #concernedOfLate(spans: Spans): readonly Subscription[] {
    const since = spans.tail.since(spans.tail.reach);
    return since === 'further-back' ? [] : [...this.#subscriptions.concernedBy(since, spans)];
  }

  /** The terminal stands at `told`, as it says itself, and a NOTIFY with all that is newer follows, unless RFC 5839 §4.2's 204 is the answer. */
  #stand(subscription: Subscription, told: Revision, unanswered: boolean): void {
    subscription.told = told;
    subscription.unsent = told;
    subscription.room = undefined;
    if (subscription.waiting === 'retry' || subscription.waiting === 'rhythm') subscription.waiting = 'no';
    if (unanswered) return;
    subscription.inFlight = true;
    subscription.upTo = subscription.spans.tail.head.revision;
  }

  /** Each SUBSCRIBE names the rates afresh, and is followed by a NOTIFY whatever they are (RFC 6446 §5.3). */
  #keepRhythm(subscription: Subscription, rates: Rates | undefined, now: Instant): void {
    if (subscription.rhythm !== undefined) this.#rhythms.drop(subscription.rhythm.alarm);
    subscription.rhythm = rates && rhythm(rates, now, (at) => this.#beat(subscription, at));
    if (subscription.rhythm !== undefined) keepTime(subscription.rhythm, this.#rhythms, now);
  }

  /** What was held back may go out; or the longest pause is over. */
  #beat(subscription: Subscription, now: Instant): void {
    if (subscription.waiting === 'rhythm') subscription.waiting = 'no';
    if (subscription.waiting === 'no' && !subscription.inFlight) return this.#queue(subscription);
    // An unanswered NOTIFY, or one that is to be tried again: the pause is counted from now.
    if (subscription.rhythm !== undefined)
      this.#rhythms.set(subscription.rhythm.alarm, later(now, subscription.rhythm.rates.atMostApart));
  }

  /** The body that follows a SUBSCRIBE: never nothing, so that the terminal learns the head. */
  #state(subscription: Subscription, joins: boolean): Body {
    const { delivery, takes } = subscription.choice;
    const changes = joins ? this.#changes(subscription) : undefined;
    if (changes !== undefined) return changes;
    if (!joins || delivery === 'notice' || takes !== 'changes-and-notice') return this.#notice(subscription);
    const { book, revision: upTo } = subscription.spans.tail.head;
    return print({ book, after: subscription.told, upTo, changes: [] }).body;
  }

  #endOldest(user: string, now: Instant): readonly NotifierSaid[] {
    const surplus = this.#subscriptions.ofUser(user).length - this.#options.mostPerUser;
    if (surplus <= 0) return [];
    const oldest = this.#subscriptions.ofUser(user).slice(0, surplus);
    return oldest.map((each) => this.#end(each.id, 'rejected', now));
  }

  #concern(subscription: Subscription, list: ChangeList): void {
    if (subscription.waiting !== 'no' || subscription.inFlight) return;
    // Idle so far: nothing between `told` and this list concerned it, for the index would have said so.
    if (subscription.choice.delivery === 'held' && list.after > subscription.unsent) subscription.unsent = list.after;
    this.#queue(subscription);
  }

  #queue(subscription: Subscription): void {
    subscription.waiting = 'turn';
    this.#window.queue(subscription);
  }

  #delivered(id: SubscriptionId, now: Instant): void {
    const subscription = this.#subscriptions.get(id);
    if (subscription === undefined) return;
    if (subscription.lasting) this.unwritten.move(subscription.slot, now);
    this.#window.answered(subscription);
    subscription.inFlight = false;
    // A refresh may have named a newer revision than the NOTIFY that was then in flight.
    if (subscription.upTo > subscription.told) subscription.told = subscription.upTo;
    subscription.unsent = subscription.told;
    if (subscription.waiting === 'no' && subscription.spans.tail.head.revision > subscription.told)
      this.#queue(subscription);
  }

  #undelivered(id: SubscriptionId, due: Instant): void {
    const subscription = this.#subscriptions.get(id);
    if (subscription === undefined) return;
    this.#window.answered(subscription);
    subscription.inFlight = false;
    if (subscription.waiting !== 'no') return;
    subscription.waiting = 'retry';
    this.#retries.set({ ...unset, subscription }, due);
  }

  #send(now: Instant): readonly NotifierSaid[] {
    const said: NotifierSaid[] = [];
    this.#window.forgive(now);
    for (let next = this.#window.next(); next !== undefined; next = this.#window.next()) {
      if (next.waiting !== 'turn') continue;
      next.waiting = 'no';
      if (next.inFlight) continue; // a refresh brought it up to date meanwhile; the answer asks again
      if (this.#tooEarly(next, now)) continue;
      const body = this.#changes(next);
      if (body === undefined && !isOverdue(next.rhythm, now)) {
        if (next.rhythm !== undefined) awaitOverdue(next.rhythm, this.#rhythms);
        continue;
      }
      next.inFlight = true;
      const { head, etag } = next.spans.tail;
      next.upTo = head.revision;
      this.#window.sent(next, now);
      if (next.rhythm !== undefined) keepTime(next.rhythm, this.#rhythms, now);
      const notify = { kind: 'notify', subscription: next.id, etag } as const;
      said.push(body === undefined ? notify : { ...notify, body });
    }
    return said;
  }

  /** Puts off what `max-rate` does not let out yet; what comes meanwhile is folded into it. */
  #tooEarly(subscription: Subscription, now: Instant): boolean {
    if (subscription.rhythm === undefined) return false;
    const due = later(subscription.rhythm.sentAt, subscription.rhythm.rates.atLeastApart);
    if (due <= now) return false;
    subscription.waiting = 'rhythm';
    this.#rhythms.set(subscription.rhythm.alarm, due);
    return true;
  }

  /** What came since `told`; undefined where nothing of it concerns the subscription. */
  #changes(subscription: Subscription): Body | undefined {
    const { delivery, takes } = subscription.choice;
    const span = subscription.spans.since(subscription.unsent);
    if (span === 'further-back') return this.#notice(subscription);
    const part = this.#subscriptions.part(subscription, span.list);
    if (part.changes.length === 0) return undefined;
    if (delivery === 'notice' || takes !== 'changes-and-notice') return this.#notice(subscription);
    // The span starts where the terminal stands: between `told` and `unsent` there is nothing of its persons.
    const whole = part === span.list && subscription.told === span.list.after;
    const printed = whole ? span.printed() : print({ ...part, after: subscription.told });
    subscription.room ??= Math.min(this.#options.mostBodyOctets, this.#options.roomFor(subscription.id));
    return printed.octets <= subscription.room ? printed.body : this.#notice(subscription);
  }

  #notice(subscription: Subscription): Body {
    const { book, revision: upTo } = subscription.spans.tail.head;
    return this.#notices.body({ book, after: subscription.told, upTo, takes: subscription.choice.takes });
  }

  #end(id: SubscriptionId, reason: 'rejected' | 'deactivated', now: Instant): NotifierSaid {
    this.#forget(id, now);
    return { kind: 'end', subscription: id, reason };
  }

  #forget(id: SubscriptionId, now: Instant): void {
    const gone = this.#subscriptions.remove(id);
    if (gone === undefined) return;
    this.#byAddress.leave(gone.slot);
    this.#writeDown(gone, false, now);
    this.#window.answered(gone);
    if (gone.rhythm !== undefined) this.#rhythms.drop(gone.rhythm.alarm);
  }
}

const retryTime = (asked: number | undefined): Milliseconds =>
  asked === undefined ? retryAfter : seconds(Math.min(Math.max(asked, 1), 3600));
