// The subscriber's subscriptions (RFC 6665 §4.1): SUBSCRIBE out, NOTIFY in.
//
// A subscription is found by the tag that is ours. Challenges (401, 407) and too short an interval (423)
// are dealt with here and heard by nobody; the rules of a subscription's life are in `subscriber-subscription.ts`.

import { utf8 } from '../base/bytes.ts';
import type { Instant } from '../base/time.ts';
import { alarm } from './agenda.ts';
import type { Alarm } from './agenda.ts';
import { contactOf, listField, printAnswer, viaOf } from './answers.ts';
import type { Reply } from './answers.ts';
import { answerChallenge, strongest } from './credentials.ts';
import type { Login } from './credentials.ts';
import { count, dialogFrom, hearsInOrder, parties, refresh, routed } from './dialog.ts';
import type { Dialog } from './dialog.ts';
import { parseSeconds } from './grammar.ts';
import { Headers, parseEvent, parseRetryAfter, parseSubscriptionState } from './headers.ts';
import type { HeaderField, SubscriptionState } from './headers.ts';
import type { KeepAlives } from './keep-alive.ts';
import { isReply, readBody } from './inspection.ts';
import type { IncomingRequest, IncomingResponse } from './message.ts';
import { single } from './parse.ts';
import { printMessage } from './print.ts';
import type { Setting } from './setting.ts';
import { beginSubscriber, stepSubscriber, subscriberDue } from './subscriber-subscription.ts';
import type { SubscriberAction, SubscriberHeard, SubscriberSubscription } from './subscriber-subscription.ts';
import type { Asked, Outcome } from './transactions.ts';
import type { Asking, Body, Flow, FlowPath, Heard, SubscriptionId } from './transaction-user.ts';

/** What one SUBSCRIBE asks; it may take several requests, until the peer knows us and the interval suits it. */
interface Attempt {
  readonly expiresInSeconds: number;
  readonly suppressIfMatch: string | undefined;
  readonly body: Body | undefined;
  readonly challenges: number;
  readonly lengthened: boolean;
}

interface Subscribing {
  readonly id: SubscriptionId;
  readonly asking: Asking;
  readonly callId: string;
  readonly tag: string;
  readonly alarm: Alarm;
  state: SubscriberSubscription;
  /** Of the last SUBSCRIBE; until there is a dialog, which then counts. */
  cseq: number;
  /** Made by the first NOTIFY. */
  dialog: Dialog | undefined;
  attempt: Attempt;
  inFlight: Asked | undefined;
  login: Login | undefined;
  /** The newest `refresh` that waits: for the dialog, or for the SUBSCRIBE that is out. */
  wanted: Command<'refresh'> | undefined;
}

type Command<Kind extends Heard['kind']> = Extract<Heard, { kind: Kind }>;

export class SubscriberSide {
  readonly #setting: Setting;
  readonly #keepAlives: KeepAlives;
  readonly #subscriptions = new Map<SubscriptionId, Subscribing>();
  readonly #byTag = new Map<string, Subscribing>();
  readonly #byFlow = new Map<Flow, Set<Subscribing>>();

  constructor(setting: Setting, keepAlives: KeepAlives) {
    this.#setting = setting;
    this.#keepAlives = keepAlives;
  }

  get count(): number {
    return this.#subscriptions.size;
  }

  /** @throws TypeError for an ID that is in use: a defect of the transaction user */
  subscribe(command: Command<'subscribe'>, now: Instant): void {
    const { subscription: id, asking } = command;
    if (this.#subscriptions.has(id)) throw new TypeError(`there is a subscription ${id}`);
    const { random } = this.#setting.options;
    const { expiresInSeconds, suppressIfMatch, body } = asking;
    const subscription: Subscribing = {
      id,
      asking,
      callId: random(),
      tag: random(),
      alarm: alarm((at) => this.#step(subscription, { kind: 'time' }, at)),
      state: beginSubscriber(now),
      cseq: 0,
      dialog: undefined,
      attempt: { expiresInSeconds, suppressIfMatch, body, challenges: 0, lengthened: false },
      inFlight: undefined,
      login: undefined,
      wanted: undefined,
    };
    this.#subscriptions.set(id, subscription);
    this.#byTag.set(subscription.tag, subscription);
    const there = this.#byFlow.get(asking.path.flow);
    this.#keepAlives.keep(asking.path, now);
    if (there === undefined) this.#byFlow.set(asking.path.flow, new Set([subscription]));
    else there.add(subscription);
    this.#send(subscription, now);
  }

  refresh(command: Command<'refresh'>, now: Instant): void {
    const subscription = this.#subscriptions.get(command.subscription);
    if (subscription === undefined) return;
    subscription.wanted = command;
    if (subscription.state.kind === 'active') this.#step(subscription, { kind: 'refresh' }, now);
  }

  unsubscribe(id: SubscriptionId, now: Instant): void {
    const subscription = this.#subscriptions.get(id);
    if (subscription !== undefined) this.#step(subscription, { kind: 'leave' }, now);
  }

  forget(id: SubscriptionId): void {
    const subscription = this.#subscriptions.get(id);
    if (subscription !== undefined) this.#remove(subscription);
  }

  flowClosed(flow: Flow): void {
    for (const subscription of this.#byFlow.get(flow) ?? []) {
      this.#remove(subscription);
      this.#setting.say({ kind: 'ended', subscription: subscription.id, why: 'flow-closed' });
    }
  }

  /** A NOTIFY: answers it and tells the transaction user, or gives the answer to one that is not taken. */
  notify(request: IncomingRequest, path: FlowPath, now: Instant): Reply | undefined {
    const event = single(request.headers, 'event', parseEvent);
    if (event === undefined) return { status: 400, reason: 'Bad Event Header' };
    const subscription = this.#byTag.get(request.to.parameters.get('tag') ?? '');
    if (subscription === undefined || subscription.callId !== request.callId) return { status: 481 };
    const asked = parseEvent(subscription.asking.event);
    if (asked?.name !== event.name) return { status: 489, fields: listField('allow-events', [asked?.name ?? '']) };
    if (asked.parameters.get('id') !== event.parameters.get('id')) return { status: 481 };
    const dialog = this.#dialogOf(subscription, request);
    if (isReply(dialog)) return dialog;
    const state = single(request.headers, 'subscription-state', parseSubscriptionState);
    if (state === undefined) return { status: 400, reason: 'Bad Subscription-State' };
    const body = readBody(request, subscription.asking.accept);
    if (isReply(body)) return body;
    const { transactions, say } = this.#setting;
    const answering = transactions.begin(request, path, now);
    transactions.answer(answering, printAnswer(request, path, { status: 200, toTag: subscription.tag }), now);
    refresh(dialog, request);
    subscription.dialog = dialog;
    const etag = request.headers.first('sip-etag');
    const told = { ...(etag === undefined ? {} : { etag }), ...(body === undefined ? {} : { body }) };
    say({ kind: 'notified', subscription: subscription.id, ...told });
    this.#step(subscription, heardIn(state), now);
    return undefined;
  }

  /** The dialog that this NOTIFY makes or is within; a NOTIFY of another branch of a fork is outside it (RFC 6665 §4.5.1). */
  #dialogOf(subscription: Subscribing, request: IncomingRequest): Dialog | Reply {
    const { dialog, tag, cseq } = subscription;
    if (dialog === undefined) {
      return dialogFrom(request, { tag, cseq }) ?? { status: 400, reason: 'Not One Contact' };
    }
    if (dialog.remote.tag !== request.from.parameters.get('tag')) return { status: 481 };
    if (!hearsInOrder(dialog, request)) return { status: 500, reason: 'CSeq Out of Order' };
    return dialog;
  }

  #send(subscription: Subscribing, now: Instant): void {
    subscription.cseq = subscription.dialog === undefined ? subscription.cseq + 1 : count(subscription.dialog);
    this.#setting.transactions.drop(subscription.inFlight);
    const print = (branch: string): Uint8Array => this.#print(subscription, branch);
    const tell = (outcome: Outcome, at: Instant): void => this.#answered(subscription, outcome, at);
    const { path } = subscription.asking;
    subscription.inFlight = this.#setting.transactions.ask({ method: 'SUBSCRIBE', print, path, tell }, now);
  }

  #print(subscription: Subscribing, branch: string): Uint8Array {
    const { asking, attempt, dialog, cseq } = subscription;
    const route = dialog === undefined ? { uri: asking.to, fields: [] } : routed(dialog);
    const outside: readonly HeaderField[] = [
      ['from', `<${asking.from}>;tag=${subscription.tag}`],
      ['to', `<${asking.to}>`],
      ['call-id', subscription.callId],
    ];
    const fields: HeaderField[] = [
      viaOf(asking.path, branch),
      ...route.fields,
      ...(dialog === undefined ? outside : parties(dialog)),
      ['cseq', `${cseq} SUBSCRIBE`],
      ['max-forwards', '70'],
      contactOf(asking.path),
      ['event', asking.event],
      ['expires', `${attempt.expiresInSeconds}`],
      ...listField('accept', asking.accept),
      ...(attempt.suppressIfMatch === undefined ? [] : [['suppress-if-match', attempt.suppressIfMatch] as const]),
      ...this.#authorization(subscription, route.uri),
      ...(attempt.body === undefined ? [] : [['content-type', attempt.body.type] as const]),
    ];
    const body = utf8(attempt.body?.text ?? '');
    return printMessage({ kind: 'request', method: 'SUBSCRIBE', uri: route.uri, headers: new Headers(fields), body });
  }

  /** Once challenged, every later SUBSCRIBE has credentials from the start, which saves a round trip where the nonce still holds. */
  #authorization(subscription: Subscribing, uri: string): readonly HeaderField[] {
    if (subscription.login === undefined) return [];
    const { hash, random } = this.#setting.options;
    const login = { ...subscription.login, used: subscription.login.used + 1 };
    subscription.login = login;
    const { credentials } = subscription.asking;
    return [answerChallenge(login, { hash, cnonce: random(), credentials, method: 'SUBSCRIBE', uri })];
  }

  #answered(subscription: Subscribing, outcome: Outcome, now: Instant): void {
    subscription.inFlight = undefined;
    if (outcome.kind === 'unanswered') return this.#step(subscription, { kind: 'unanswered' }, now);
    const { response } = outcome;
    const { status, reason, headers } = response;
    if (status >= 300) {
      const attempt = this.#again(subscription, response);
      if (attempt !== undefined) {
        subscription.attempt = attempt;
        this.#send(subscription, now);
        return this.#step(subscription, { kind: 'sent-again' }, now);
      }
      const retryAfterSeconds = parseRetryAfter(headers.first('retry-after'));
      return this.#step(subscription, { kind: 'failed', status, reason, retryAfterSeconds }, now);
    }
    const { expiresInSeconds: wanted } = subscription.attempt;
    // RFC 6665 §4.1.2.1: a notifier may shorten, never lengthen.
    const expiresInSeconds = Math.min(wanted, parseSeconds(headers.first('expires') ?? '') ?? wanted);
    this.#step(subscription, { kind: 'accepted', expiresInSeconds, silent: status === 204 }, now);
  }

  /** The attempt to make after this refusal; undefined where asking again is of no use. */
  #again(subscription: Subscribing, response: IncomingResponse): Attempt | undefined {
    const { attempt } = subscription;
    const { status, headers } = response;
    if (status === 401 || status === 407) {
      const login = strongest(headers, status);
      // Credentials that were refused once are wrong, unless only the nonce was too old; and no peer keeps us asking for ever.
      if (login === undefined || attempt.challenges > (login.challenge.stale ? 2 : 0)) return undefined;
      subscription.login = login;
      return { ...attempt, challenges: attempt.challenges + 1 };
    }
    const least = status === 423 ? parseSeconds(headers.first('min-expires') ?? '') : undefined;
    if (least === undefined || attempt.lengthened || least <= attempt.expiresInSeconds) return undefined;
    return { ...attempt, expiresInSeconds: least, lengthened: true, challenges: 0 };
  }

  #step(subscription: Subscribing, heard: SubscriberHeard, now: Instant): void {
    const [state, actions] = stepSubscriber(subscription.state, heard, now);
    subscription.state = state;
    for (const action of actions) this.#act(subscription, action, now);
    if (state.kind === 'ended') return this.#remove(subscription);
    this.#setting.agenda.set(subscription.alarm, subscriberDue(subscription.state));
    if (state.kind === 'active' && subscription.wanted !== undefined)
      this.#step(subscription, { kind: 'refresh' }, now);
  }

  #act(subscription: Subscribing, action: SubscriberAction, now: Instant): void {
    const { id } = subscription;
    const { say } = this.#setting;
    switch (action.kind) {
      case 'send-refresh': {
        const { wanted } = subscription;
        subscription.wanted = undefined;
        const again = {
          suppressIfMatch: wanted?.suppressIfMatch,
          body: wanted?.body,
          challenges: 0,
          lengthened: false,
        };
        // An interval that a 423 asked for is kept.
        const { expiresInSeconds } = subscription.attempt;
        subscription.attempt = { expiresInSeconds, ...again };
        return this.#send(subscription, now);
      }
      case 'send-leave':
        subscription.wanted = undefined;
        subscription.attempt = {
          expiresInSeconds: 0,
          suppressIfMatch: undefined,
          body: undefined,
          challenges: 0,
          lengthened: false,
        };
        return this.#send(subscription, now);
      case 'tell-subscribed':
        return say({ ...action, kind: 'subscribed', subscription: id });
      case 'tell-refresh-due':
        return say({ kind: 'refresh-due', subscription: id });
      case 'tell-refused':
        return say({ ...action, kind: 'refused', subscription: id });
      case 'tell-ended':
        return say({ ...action, kind: 'ended', subscription: id });
    }
  }

  #remove(subscription: Subscribing): void {
    this.#subscriptions.delete(subscription.id);
    this.#byTag.delete(subscription.tag);
    const { flow } = subscription.asking.path;
    const there = this.#byFlow.get(flow);
    there?.delete(subscription);
    if (there?.size === 0) {
      this.#byFlow.delete(flow);
      this.#keepAlives.forget(flow);
    }
    this.#setting.agenda.drop(subscription.alarm);
    this.#setting.transactions.drop(subscription.inFlight);
  }
}

function heardIn(state: SubscriptionState): SubscriberHeard {
  const { name, reason, expiresInSeconds, retryAfterSeconds } = state;
  // RFC 6665 §4.1.3: only "terminated" ends it; a state that is not known is taken as active.
  return name === 'terminated'
    ? { kind: 'terminated', reason, retryAfterSeconds }
    : { kind: 'notified', expiresInSeconds };
}
