// The notifier's subscriptions (RFC 6665 §4.2): SUBSCRIBE in, NOTIFY out.
//
// A subscription is found by the tag that we gave it, which is also its name; nothing here looks at more
// than one subscription for one event. The rules of a subscription's life are in `notifier-subscription.ts`.

import { kept } from '../base/bytes.ts';
import { later, milliseconds } from '../base/time.ts';
import type { Instant } from '../base/time.ts';
import { Agenda, unset } from './agenda.ts';
import type { Timed } from './agenda.ts';
import { contactOf, listField, printAnswer } from './answers.ts';
import type { Reply } from './answers.ts';
import type { EndpointCounts } from './counts.ts';
import { count, dialogFrom, refresh, targetOf } from './dialog.ts';
import type { Dialog } from './dialog.ts';
import { printParameters } from './grammar.ts';
import { Groups } from './groups.ts';
import { parseEvent, parseRetryAfter } from './headers.ts';
import type { Event, HeaderField } from './headers.ts';
import { Identification } from './identification.ts';
import { isReply, readBody } from './inspection.ts';
import { leapt } from './kept-usage.ts';
import type { KeptUsage } from './kept-usage.ts';
import type { IncomingRequest } from './message.ts';
import { farewell, grant, hinders, printEvent, recordRoutes, strays, wishes } from './notifier-messages.ts';
import { notifierDue, stepNotifier } from './notifier-subscription.ts';
import type { NotifierAction, NotifierHeard, NotifierSubscription, Notice } from './notifier-subscription.ts';
import { lostNotify, NextHops } from './next-hops.ts';
import { NotifyPrinter, widestHead } from './notify-printer.ts';
import type { Content } from './notify-printer.ts';
import { single } from './parse.ts';
import type { EventPackage, NotifierOptions, Setting } from './setting.ts';
import { t1x64 } from './transaction.ts';
import { isReliable } from './transactions.ts';
import type { Answering, Asked, Outcome } from './transactions.ts';
import { subscriptionId } from './transaction-user.ts';
import type { Body, Flow, FlowPath, Heard, SubscriptionId } from './transaction-user.ts';

/** A SUBSCRIBE that waits for `accept` or `refuse`. */
interface Pending {
  readonly request: IncomingRequest;
  readonly answering: Answering;
  readonly expiresInSeconds: number;
}

/** One subscription; what it waits for is its end. */
interface Notifying extends Timed {
  readonly id: SubscriptionId;
  readonly user: string;
  readonly served: EventPackage;
  /** The Event header of its NOTIFYs: the name that the subscriber used, and its `id`. */
  readonly event: string;
  path: FlowPath;
  dialog: Dialog;
  state: NotifierSubscription;
  /** The entity tag of the newest NOTIFY: every one carries a tag, also the last (RFC 5839 §6.1). */
  etag: string;
  /** What Subscription-State says beside the expiry, with its semicolon. */
  rates: string;
  /** P-Charging-Vector of its NOTIFYs, where the peer is of the trust domain (RFC 7315 §4.6). */
  charging: string | undefined;
  pending: Pending | undefined;
  inFlight: Asked | undefined;
}

/** What a SUBSCRIBE that can be asked says. */
interface Wanted {
  readonly event: Event;
  readonly served: EventPackage;
  readonly existing: Notifying | undefined;
  readonly user: string;
  readonly expiresInSeconds: number;
  readonly body: Body | undefined;
}

type Command<Kind extends Heard['kind']> = Extract<Heard, { kind: Kind }>;

/** RFC 3261 §18.1.1: a larger request must not go over UDP. */
const largestDatagram = 1300;

export class NotifierSide {
  readonly #setting: Setting;
  readonly #served = new Map<string, EventPackage>();
  readonly #names: readonly string[];
  readonly identification: Identification;
  readonly #subscriptions = new Map<SubscriptionId, Notifying>();
  readonly #byFlow = new Groups<Flow, Notifying>();
  readonly #printer = new NotifyPrinter();
  readonly nextHops: NextHops<Notifying>;
  readonly #ends = new Agenda<Notifying>((subscription, now) => this.#step(subscription, { kind: 'time' }, now));

  constructor(setting: Setting, options: NotifierOptions) {
    this.#setting = setting;
    for (const served of options.packages)
      for (const name of [served.name, ...served.aliases]) this.#served.set(name, served);
    this.#names = [...this.#served.keys()];
    this.identification = new Identification(setting.options, options);
    this.nextHops = new NextHops(setting, options.mayReach ?? (() => false));
  }

  /** Event packages by all their names, for Allow-Events. */
  get names(): readonly string[] {
    return this.#names;
  }

  counts(): Pick<EndpointCounts, 'dialogs' | 'flows' | 'timers' | 'nonces'> {
    const { count: flows } = this.#byFlow;
    return { dialogs: this.#subscriptions.size, flows, timers: this.#ends.count, nonces: this.identification.nonces };
  }

  deadline(): Instant | undefined {
    return this.#ends.soonest();
  }

  wake(now: Instant): void {
    this.#ends.ring(now);
  }

  /** A SUBSCRIBE: asks the transaction user, or gives the answer to what cannot be asked. */
  subscribe(request: IncomingRequest, path: FlowPath, now: Instant): Reply | undefined {
    const wanted = this.#examine(request, path, now);
    if (isReply(wanted)) return wanted;
    const { event, served, existing, user, expiresInSeconds, body } = wanted;
    const subscription = existing ?? this.#begin(request, path, { ...wanted, now });
    if (subscription === undefined) return { status: 400 };
    const answering = this.#setting.transactions.begin(request, path, now);
    subscription.pending = { request, answering, expiresInSeconds };
    subscription.dialog.remoteCSeq = request.cseq.number;
    const lasting = this.#lasts(subscription.dialog, path);
    const asked = { subscription: subscription.id, user, path, lasting, event: served.name, expiresInSeconds };
    const told = { ...asked, ...wishes(request, event), refresh: existing !== undefined };
    this.#setting.say({ kind: 'asked', request: body === undefined ? told : { ...told, body } });
    return undefined;
  }

  /** All that RFC 6665 §4.2.1 wants looked at; what needs no sum over credentials comes first. */
  #examine(request: IncomingRequest, path: FlowPath, now: Instant): Wanted | Reply {
    const event = single(request.headers, 'event', parseEvent);
    if (event === undefined) return { status: 400, reason: 'Bad Event Header' };
    const served = this.#served.get(event.name);
    if (served === undefined) return { status: 489, fields: listField('allow-events', this.#names) };
    if (targetOf(request) === undefined) return { status: 400, reason: 'Not One Contact' };
    const tag = request.to.parameters.get('tag');
    const existing = tag === undefined ? undefined : this.#find(tag, request, event);
    if (tag !== undefined && existing === undefined) return { status: 481 };
    const sender = this.identification.of(request, path, now);
    if (sender.kind === 'refused') return sender.reply;
    const { user } = sender;
    const refusal = existing ? hinders(existing, request, user) : strays(request, served, { user, path });
    if (refusal !== undefined) return refusal;
    const expiresInSeconds = grant(request, served);
    if (typeof expiresInSeconds !== 'number') return expiresInSeconds;
    const body = readBody(request, served.accept);
    return isReply(body) ? body : { event, served, existing, user, expiresInSeconds, body };
  }

  #find(tag: string, request: IncomingRequest, event: Event): Notifying | undefined {
    const found = this.#subscriptions.get(subscriptionId(tag));
    if (found === undefined || found.dialog.callId !== request.callId) return undefined;
    if (found.dialog.remote.tag !== request.from.parameters.get('tag')) return undefined;
    // RFC 6665 §8.2.1: package and id make the subscription. One dialog carries one of ours (§4.5.2).
    return found.event === printEvent(event) ? found : undefined;
  }

  #begin(
    request: IncomingRequest,
    path: FlowPath,
    about: Pick<Wanted, 'user' | 'served' | 'event'> & { readonly now: Instant },
  ): Notifying | undefined {
    const tag = this.#setting.options.random();
    const dialog = dialogFrom(request, { tag, cseq: 0 });
    if (dialog === undefined) return undefined;
    const subscription: Notifying = {
      ...unset,
      id: subscriptionId(tag),
      user: about.user,
      served: about.served,
      event: kept(printEvent(about.event)),
      path,
      dialog,
      state: { kind: 'asked', answerBy: later(about.now, t1x64) },
      etag: '',
      rates: '',
      charging: undefined,
      pending: undefined,
      inFlight: undefined,
    };
    this.#add(subscription);
    return subscription;
  }

  accept(command: Command<'accept'>, now: Instant): void {
    const subscription = this.#subscriptions.get(command.subscription);
    const pending = subscription?.pending;
    if (subscription === undefined || pending === undefined) return;
    const { request, answering, expiresInSeconds } = pending;
    subscription.pending = undefined;
    if (answering.state.kind !== 'trying') return; // its sender has given up
    // RFC 3261 §12.2.2: a target refresh counts when it is accepted. The flow is the one that it came by.
    if (subscription.state.kind !== 'asked') refresh(subscription.dialog, request);
    this.#move(subscription, answering.path);
    subscription.charging = this.identification.chargingOf(request, answering.path);
    subscription.rates = command.rates === undefined ? '' : printParameters(command.rates);
    const suppress = command.suppress === true;
    const silent = suppress && subscription.state.kind !== 'asked';
    const fields: HeaderField[] = [['expires', `${expiresInSeconds}`], contactOf(subscription.path)];
    const reply = { status: silent ? 204 : 200, fields: [...recordRoutes(request), ...fields] };
    this.#answer(subscription, pending, reply, now);
    this.nextHops.found(subscription, subscription.path, now);
    // What is suppressed is the state, not its tag.
    const notice: Notice = { etag: command.etag, body: suppress ? undefined : command.body };
    this.#step(subscription, { kind: 'granted', expiresInSeconds, notice, silent }, now);
  }

  refuse(command: Command<'refuse'>, now: Instant): void {
    const subscription = this.#subscriptions.get(command.subscription);
    const pending = subscription?.pending;
    if (subscription === undefined || pending === undefined) return;
    subscription.pending = undefined;
    const { status, reason, retryAfterSeconds } = command;
    const fields: HeaderField[] = retryAfterSeconds === undefined ? [] : [['retry-after', `${retryAfterSeconds}`]];
    this.#answer(subscription, pending, { status, reason, fields }, now);
    this.#step(subscription, { kind: 'refused', status }, now);
  }

  notify(command: Command<'notify'>, now: Instant): void {
    const subscription = this.#subscriptions.get(command.subscription);
    if (subscription === undefined) return;
    this.#step(subscription, { kind: 'notify', notice: { etag: command.etag, body: command.body } }, now);
  }

  end(command: Command<'end'>, now: Instant): void {
    const subscription = this.#subscriptions.get(command.subscription);
    if (subscription === undefined) return;
    const { reason, retryAfterSeconds } = command;
    this.#step(subscription, { kind: 'end', farewell: { reason, retryAfterSeconds, notice: undefined } }, now);
  }

  /** A connection ends with its process, and what hangs on it, unless its route leads to another. */
  #lasts(dialog: Dialog, path: FlowPath): boolean {
    return !isReliable(path.transport) || this.nextHops.leadsOn(dialog, path);
  }

  /** See `Endpoint.kept`. */
  kept(id: SubscriptionId, now: Instant): KeptUsage | undefined {
    const subscription = this.#subscriptions.get(id);
    if (subscription === undefined || !this.#lasts(subscription.dialog, subscription.path)) return undefined;
    const { user, served, event, charging, dialog, path, state } = subscription;
    if (state.kind !== 'idle' && state.kind !== 'notifying') return undefined;
    const expiresIn = milliseconds(state.expiresAt - now);
    const usage = { subscription: id, user, served: served.name, event, dialog, path, expiresIn };
    return charging === undefined ? usage : { ...usage, charging };
  }

  resume({ usage, etag, rates }: Command<'resume'>, now: Instant): void {
    const { subscription: id, user, event, path } = usage;
    if (this.#subscriptions.has(id)) return;
    const served = this.#served.get(usage.served);
    const dialog = leapt(usage.dialog);
    const lasts = dialog !== undefined && this.#lasts(dialog, path);
    if (served === undefined || !lasts) return this.#setting.say({ kind: 'ended', subscription: id, why: 'gone' });
    this.#add({
      ...unset,
      id,
      user,
      served,
      event,
      path,
      dialog,
      state: { kind: 'idle', expiresAt: later(now, usage.expiresIn) },
      etag,
      rates: rates === undefined ? '' : printParameters(rates),
      charging: usage.charging,
      pending: undefined,
      inFlight: undefined,
    });
    // Its connection ended with the process that had it.
    if (isReliable(path.transport)) this.flowClosed(path.flow, now);
  }

  #add(subscription: Notifying): void {
    this.#subscriptions.set(subscription.id, subscription);
    this.#byFlow.add(subscription.path.flow, subscription);
    this.#ends.set(subscription, notifierDue(subscription.state));
  }

  /** Whether a subscription hangs on this flow. */
  readonly serves = (flow: Flow): boolean => this.#byFlow.has(flow);

  flowClosed(flow: Flow, now: Instant): void {
    for (const subscription of this.#byFlow.of(flow)) {
      const { id, state, inFlight, pending } = subscription;
      const isLive = (state.kind === 'idle' || state.kind === 'notifying') && pending === undefined;
      this.#setting.transactions.drop(inFlight);
      if (isLive && this.nextHops.lose(subscription)) {
        this.#byFlow.delete(flow, subscription);
        subscription.inFlight = undefined;
        if (inFlight !== undefined) this.#step(subscription, lostNotify, now);
        continue;
      }
      this.#remove(subscription);
      if (state.kind !== 'ending') this.#setting.say({ kind: 'ended', subscription: id, why: 'flow-closed' });
    }
  }

  /** See `Endpoint.roomFor`. */
  roomFor(id: SubscriptionId): number {
    const subscription = this.#subscriptions.get(id);
    if (subscription === undefined) return 0;
    if (isReliable(subscription.path.transport)) return Infinity;
    return largestDatagram - widestHead(subscription, this.#setting.transactions.widestBranch());
  }

  #answer(subscription: Notifying, pending: Pending, reply: Reply, now: Instant): void {
    const { request, answering } = pending;
    const text = printAnswer(request, answering.path, { ...reply, toTag: subscription.dialog.local.tag });
    this.#setting.transactions.answer(answering, text, now);
  }

  #step(subscription: Notifying, heard: NotifierHeard, now: Instant): void {
    const [state, actions] = stepNotifier(subscription.state, heard, now);
    subscription.state = state;
    for (const action of actions) this.#act(subscription, action, now);
    if (state.kind === 'ended') this.#remove(subscription);
    else this.#ends.set(subscription, notifierDue(state));
  }

  #act(subscription: Notifying, action: NotifierAction, now: Instant): void {
    const { id } = subscription;
    const { say } = this.#setting;
    switch (action.kind) {
      case 'send': {
        if (this.#hail(subscription, action, now)) return;
        const remaining = Math.max(0, Math.floor((action.expiresAt - now) / 1000));
        const state = `active;expires=${remaining}${subscription.rates}`;
        return this.#send(subscription, { state, notice: action.notice }, now);
      }
      case 'send-farewell':
        if (this.#hail(subscription, action, now)) return;
        return this.#send(subscription, farewell(action.farewell, subscription.etag), now);
      case 'tell-delivered':
        return say({ kind: 'delivered', subscription: id });
      case 'tell-undelivered':
        return say({ ...action, kind: 'undelivered', subscription: id });
      case 'tell-ended':
        // From now on a SUBSCRIBE within the dialog is answered with 481, and so is one that waits; what is in flight goes on.
        this.#subscriptions.delete(id);
        if (subscription.pending !== undefined) this.#answer(subscription, subscription.pending, { status: 481 }, now);
        subscription.pending = undefined;
        return say({ ...action, kind: 'ended', subscription: id });
    }
  }

  /** Whether it waits for a flow, its own having ended. Answers come by that; in Contact we are where we were. */
  #hail(subscription: Notifying, action: NotifierAction, now: Instant): boolean {
    const waiting = (path: FlowPath | undefined, at: Instant): void => {
      if (path === undefined) return this.#step(subscription, { kind: 'unanswered' }, at);
      const { local } = isReliable(path.transport) ? subscription.path : path;
      this.#move(subscription, { ...path, local });
      this.#act(subscription, action, at);
    };
    return this.nextHops.hail(subscription, waiting, now);
  }

  #send(subscription: Notifying, content: Omit<Content, 'branch'>, now: Instant): void {
    count(subscription.dialog);
    subscription.etag = content.notice.etag;
    const print = (branch: string): Uint8Array => this.#printer.print(subscription, { ...content, branch });
    const tell = (outcome: Outcome, at: Instant): void => this.#answered(subscription, outcome, at);
    const { path } = subscription;
    subscription.inFlight = this.#setting.transactions.ask({ method: 'NOTIFY', print, path, tell }, now);
  }

  #answered(subscription: Notifying, outcome: Outcome, now: Instant): void {
    subscription.inFlight = undefined;
    if (outcome.kind === 'unanswered') return this.#step(subscription, { kind: 'unanswered' }, now);
    const { status, headers } = outcome.response;
    if (status < 300) return this.#step(subscription, { kind: 'delivered' }, now);
    const retryAfterSeconds = parseRetryAfter(headers.first('retry-after'));
    this.#step(subscription, { kind: 'undelivered', status, retryAfterSeconds }, now);
  }

  #move(subscription: Notifying, path: FlowPath): void {
    if (path.flow === subscription.path.flow) return;
    this.#byFlow.delete(subscription.path.flow, subscription);
    subscription.path = path;
    this.#byFlow.add(path.flow, subscription);
  }

  #remove(subscription: Notifying): void {
    this.#subscriptions.delete(subscription.id);
    this.nextHops.forget(subscription);
    this.#byFlow.delete(subscription.path.flow, subscription);
    this.#ends.drop(subscription);
    this.#setting.transactions.abandon(subscription.pending?.answering);
  }
}
