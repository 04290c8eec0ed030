// How a terminal keeps its personal address book in step: one pure function, `step`.
//
//   offline ------> subscribing --NOTIFY--> live <---> catching-up         refused: the employee
//      ^ '------------sync-------------------------------^  |              must do something
//      '----------------------------------------------------'
//
// The invariant: the book stands at its mark, and only an `applied` step moves it. What is heard meanwhile
// is remembered as one entity tag, `heard`: the newest that was spoken of. One question is out at a time,
// with a number; an answer to another number is not listened to. A notification is never believed further
// than it takes to ask the server: where the server has nothing new, what was heard is forgotten.
//
// S301 and claim 5: there is a subscription only while the book has an entry.

import { later, minutes, type Instant, type Milliseconds } from '../base/time.ts';
import type { PersonId } from '../book/person-id.ts';
import type { EntityTag } from '../wire/change-list.ts';
import type { Delivery } from '../wire/interest.ts';
import { headOf, httpQuestion, type Trouble } from './acquisition.ts';
import { failed, succeeded } from './back-off.ts';
import type { Action, FromRound, FromSubscription, Heard, Notification, Told } from './hearing.ts';
import { afterLoss } from './loss.ts';
import { accepted, checked, firstNames, misnames, nextNames, noNames, printNames, unnamed } from './naming.ts';
import type { Applied, Holdings, Revised } from './personal-address-book.ts';
import { afterAnswer, begin, recheck, withChanges, type Next } from './round.ts';
import {
  askedOffline,
  deadline,
  isSubscribing,
  loggedOut,
  nothingToFollow,
  type Engine,
  type Pace,
  type Round,
  type State,
  type WhyOffline,
} from './state.ts';

export type Step = readonly [Engine, readonly Action[]];

/** A subscription may die without a word from either side; so, once in a while, the server is asked. */
const checkEvery = minutes(60);

export function step(engine: Engine, heard: Heard, now: Instant): Step {
  switch (heard.kind) {
    case 'logged-in':
      return and(leave({ ...engine, loggedIn: true, backOff: succeeded(engine.backOff) }), rest);
    case 'logged-out':
      return and(leave({ ...engine, loggedIn: false }), rest);
    case 'go-online':
      return goOnline({ ...engine, wanted: 'online' });
    case 'go-offline':
      return goOffline({ ...engine, wanted: 'offline' });
    case 'delivery':
      return deliver(engine, heard.delivery);
    case 'sync':
      return sync({ ...engine, syncAsked: true }, now);
    case 'woke':
      return woke(engine, now);
    case 'holdings':
      return holds(engine, heard.holdings, now);
    case 'decided':
      return and([{ ...engine, holdings: heard.revised.holdings }, revisions(heard.revised)], settle);
    case 'subscribed':
    case 'notified':
    case 'refresh-due':
    case 'lost':
      return isSubscribing(engine.state) ? heardOfSubscription(engine, heard, now) : [engine, []];
    case 'answered':
    case 'unanswered':
    case 'applied':
    case 'store-failed':
      return heardOfRound(engine, heard, now);
  }
}

/** One step after another. */
function and([engine, actions]: Step, next: (engine: Engine) => Step): Step {
  const [after, more] = next(engine);
  return [after, [...actions, ...more]];
}

const tell = (told: Told): Action => ({ kind: 'tell', told });

// What the employee does

/** Where nothing is under way: offline for a reason, or, where there is none, subscribing. */
function rest(engine: Engine): Step {
  const why = whyOffline(engine);
  if (why !== undefined) {
    const told = why.kind === 'nothing-held' ? inStep(engine) : gaveUp(engine, why.words);
    return [{ ...engine, syncAsked: false, state: { kind: 'offline', why, retryAt: undefined } }, told];
  }
  const names = firstNames(engine.holdings);
  return [
    { ...engine, heard: undefined, spoken: engine.holdings.mark, names, state: { kind: 'subscribing' } },
    [{ kind: 'subscribe', ...printNames(names, engine.holdings, engine.delivery) }],
  ];
}

function whyOffline(engine: Engine): WhyOffline | undefined {
  if (!engine.loggedIn) return loggedOut;
  if (engine.wanted === 'offline') return askedOffline;
  return engine.holdings.people.size === 0 ? nothingToFollow : undefined;
}

/** Ends what is under way; an answer that still comes is not listened to. */
const leave = (engine: Engine): Step => [
  { ...engine, heard: undefined, names: noNames, state: { kind: 'offline', why: askedOffline, retryAt: undefined } },
  isSubscribing(engine.state) ? [{ kind: 'unsubscribe' }] : [],
];

function goOnline(engine: Engine): Step {
  const { state } = engine;
  if (state.kind === 'offline') return rest(engine);
  // What is not allowed today may be tomorrow; an ended session is ended.
  return state.kind === 'refused' && state.why.kind !== 'log-in-again' ? rest(engine) : [engine, []];
}

const goOffline = (engine: Engine): Step => (engine.state.kind === 'refused' ? [engine, []] : and(leave(engine), rest));

/** Another one is another subscription, which says where the book stands and is told what is new since. */
function deliver(before: Engine, delivery: Delivery): Step {
  const engine: Engine = { ...before, delivery };
  return delivery !== before.delivery && isSubscribing(before.state) ? and(leave(engine), rest) : [engine, []];
}

function sync(engine: Engine, now: Instant): Step {
  const { state } = engine;
  if (state.kind === 'refused') return [{ ...engine, syncAsked: false }, gaveUp(engine, state.why.words)];
  if (!engine.loggedIn || engine.holdings.people.size === 0)
    return [{ ...engine, syncAsked: false }, engine.loggedIn ? inStep(engine) : gaveUp(engine, loggedOut.words)];
  const busy = state.kind === 'subscribing' || (state.kind === 'catching-up' && state.round.kind !== 'waiting');
  return busy ? [engine, []] : ask(engine, paceOf(engine, true), now);
}

function woke(engine: Engine, now: Instant): Step {
  const due = deadline(engine);
  if (due === undefined || now < due) return [engine, []];
  return engine.state.kind === 'offline' ? rest(engine) : ask(engine, paceOf(engine, true), now);
}

/** After the holdings changed: the first entry subscribes, the last one removed ends it, `held` names anew. */
function settle(engine: Engine): Step {
  const { state, holdings } = engine;
  if (state.kind === 'refused') return [engine, []];
  if (holdings.people.size === 0) return and(leave(engine), rest);
  if (state.kind === 'offline') return state.why.kind === 'nothing-held' ? rest(engine) : [engine, []];
  return nameAnew(engine);
}

/** The employee kept, removed or put back somebody. */
function holds(before: Engine, holdings: Holdings, now: Instant): Step {
  return and(settle({ ...before, holdings }), (engine) => {
    const { state } = engine;
    // Who was put back stands where the book stood at the removal, so the book now does too.
    if (!isBefore(holdings.mark, before.holdings.mark)) return [engine, []];
    const behind = state.kind === 'live' || (state.kind === 'catching-up' && state.round.kind !== 'waiting');
    return behind ? ask(engine, paceOf(engine, true), now) : [engine, []];
  });
}

function nameAnew(engine: Engine): Step {
  const { names, holdings, delivery } = engine;
  if (delivery !== 'held' || names.underWay || !isSubscribing(engine.state) || engine.state.kind === 'subscribing')
    return [engine, []];
  return misnames(names, holdings) ? refresh(engine) : [engine, []];
}

function refresh(engine: Engine): Step {
  const names = nextNames(engine.names, engine.holdings);
  return [{ ...engine, names }, [{ kind: 'refresh', ...printNames(names, engine.holdings, engine.delivery) }]];
}

const revisions = ({ changed, prompts }: Revised): readonly Action[] => [
  ...(changed.length > 0 ? [tell({ kind: 'revised', entries: changed })] : []),
  ...(prompts.length > 0 ? [tell({ kind: 'prompted', prompts })] : []),
];

const inStep = (engine: Engine): readonly Action[] =>
  engine.syncAsked ? [tell({ kind: 'synced', mark: engine.holdings.mark })] : [];

const gaveUp = (engine: Engine, words: string): readonly Action[] =>
  engine.syncAsked ? [tell({ kind: 'sync-failed', words })] : [];

// The subscription

function heardOfSubscription(engine: Engine, heard: FromSubscription, now: Instant): Step {
  switch (heard.kind) {
    case 'subscribed':
      return and([{ ...engine, names: accepted(engine.names, engine.delivery) }, []], (after) =>
        after.state.kind === 'live' ? finish(after, paceOf(after, false), now) : [after, []],
      );
    case 'notified':
      return notified(engine, heard.notification, now);
    case 'refresh-due':
      return refresh(engine);
    case 'lost': {
      const { refused, trouble, retryAfter } = afterLoss(heard.lost);
      return refused ? refuse(engine, trouble) : goAway(engine, trouble, [now, retryAfter]);
    }
  }
}

function notified(before: Engine, { etag, body }: Notification, now: Instant): Step {
  const first = before.state.kind === 'subscribing';
  const backOff = first ? succeeded(before.backOff) : before.backOff;
  const engine: Engine = { ...before, backOff, spoken: etag ?? before.spoken };
  const { mark } = engine.holdings;
  // NOTIFYs of one dialog come in order, and a log never goes back: this one was restored from an old copy.
  if (engine.state.kind !== 'catching-up' && isBefore(etag, before.spoken))
    return ask(engine, paceOf(engine, true), now);
  if (body.kind === 'unreadable') {
    const trouble: Trouble = { kind: 'malformed', words: `A notification cannot be used: ${body.words}.` };
    return and([engine, [tell({ kind: 'refused-whole', trouble })]], (after) => told(after, etag, now));
  }
  if (body.kind === 'none') return told(engine, etag, now);
  const span = body.kind === 'notice' ? body.notice : body.list;
  const idle = engine.state.kind !== 'catching-up';
  const follows = mark !== undefined && span.book === mark.book && span.after === mark.revision;
  if (idle && follows && body.kind === 'changes' && span.upTo > span.after) {
    const mute = engine.delivery === 'held' ? unnamed(engine.names, engine.holdings) : nobody;
    return take(engine, paceOf(engine, false), [withChanges(body.list, engine.holdings, mute), now]);
  }
  return told(engine, { book: span.book, revision: span.upTo }, now);
}

/** The server is at `tag`, as it says; undefined where it did not say. */
function told(engine: Engine, tag: EntityTag | undefined, now: Instant): Step {
  const news = tag === undefined || isBeyond(tag, engine.holdings);
  const heard = news ? newest(engine.heard, tag) : engine.heard;
  if (engine.state.kind === 'catching-up') return [{ ...engine, heard }, []];
  return news
    ? ask({ ...engine, heard }, paceOf(engine, tag === undefined), now)
    : finish(engine, paceOf(engine, false), now);
}

const isBeyond = (tag: EntityTag, { mark }: Holdings): boolean =>
  tag.book !== mark?.book || tag.revision > mark.revision;

const isBefore = (tag: EntityTag | undefined, other: EntityTag | undefined): boolean =>
  tag !== undefined && tag.book === other?.book && tag.revision < other.revision;

/** Of two books, the one that was spoken of last. */
function newest(heard: EntityTag | undefined, tag: EntityTag | undefined): EntityTag | undefined {
  if (heard === undefined || tag === undefined) return tag ?? heard;
  return heard.book === tag.book && heard.revision > tag.revision ? heard : tag;
}

// Rounds of catching up

const nobody: ReadonlySet<PersonId> = new Set();

const paceOf = (engine: Engine, untilNothingNew: boolean): Pace => ({
  subscribed: isSubscribing(engine.state),
  untilNothingNew,
  checking: nobody,
});

const ask = (engine: Engine, pace: Pace, now: Instant): Step =>
  take(engine, pace, [begin(engine.holdings, { acquire: engine.acquire, check: pace.untilNothingNew }), now]);

function take(engine: Engine, pace: Pace, [next, now]: readonly [Next, Instant]): Step {
  const number = engine.number + 1;
  const going = (round: Round): Engine => ({ ...engine, number, state: { kind: 'catching-up', pace, round } });
  switch (next.kind) {
    case 'ask': {
      const unless = next.asked.kind === 'changes' ? next.asked.unless : undefined;
      const question = httpQuestion(next.asked.question, { unless, head: engine.heard });
      const action: Action = { kind: 'ask', number, question, step: next.asked.kind === 'changes' ? 'S306' : 'S308' };
      return [going({ kind: 'asking', asked: next.asked }), [action]];
    }
    case 'apply':
      return [going({ kind: 'applying' }), [{ kind: 'apply', number, step: next.step }]];
    case 'again':
      return ask(engine, { ...pace, untilNothingNew: true }, now);
    case 'in-step':
      return finish({ ...engine, heard: undefined, backOff: succeeded(engine.backOff) }, pace, now);
    case 'trouble':
      return wait(engine, pace, { ...next, now });
    case 'refused':
      return refuse(engine, next.trouble);
  }
}

function heardOfRound(engine: Engine, heard: FromRound, now: Instant): Step {
  const { state, holdings } = engine;
  if (heard.kind === 'applied' && (state.kind !== 'catching-up' || heard.number !== engine.number))
    return settleStray(engine, heard.applied);
  if (state.kind !== 'catching-up' || heard.number !== engine.number) return [engine, []];
  const { pace, round } = state;
  switch (heard.kind) {
    case 'answered': {
      if (round.kind !== 'asking') return [engine, []];
      const head = headOf(heard.answer);
      const after = head !== undefined && isBeyond(head, holdings) ? newest(engine.heard, head) : engine.heard;
      return take({ ...engine, heard: after }, pace, [afterAnswer(round.asked, heard.answer, holdings), now]);
    }
    case 'unanswered':
      if (round.kind !== 'asking') return [engine, []];
      return wait(engine, pace, { trouble: heard.trouble, retryAfter: undefined, now });
    case 'applied':
      return round.kind === 'applying' ? applied(engine, pace, [heard.applied, now]) : [engine, []];
    case 'store-failed':
      if (round.kind !== 'applying') return [engine, []];
      return wait(engine, pace, { trouble: { kind: 'store', words: heard.words }, retryAfter: undefined, now });
  }
}

/** A step that was under way when the terminal left: what it did is done. */
const settleStray = (engine: Engine, did: Applied): Step =>
  and([{ ...engine, holdings: did.holdings }, did.kind === 'applied' ? revisions(did) : []], settle);

function applied(before: Engine, pace: Pace, [did, now]: readonly [Applied, Instant]): Step {
  const { holdings } = did;
  const heard = before.heard !== undefined && isBeyond(before.heard, holdings) ? before.heard : undefined;
  const engine: Engine = { ...before, holdings, heard };
  if (holdings.people.size === 0) return settleStray(engine, did);
  if (did.kind === 'overtaken') return ask(engine, { ...pace, untilNothingNew: true, checking: nobody }, now);
  const names = checked(engine.names, pace.checking);
  const step: Step = [{ ...engine, names, backOff: succeeded(engine.backOff) }, revisions(did)];
  const unchecked: Pace = { ...pace, checking: nobody };
  return and(step, (after) =>
    heard !== undefined || pace.untilNothingNew ? ask(after, unchecked, now) : finish(after, unchecked, now),
  );
}

/** In step, as far as is known: compares the newly named, else rests. */
function finish(engine: Engine, pace: Pace, now: Instant): Step {
  if (pace.subscribed && engine.names.toCheck.size > 0) {
    const checking = engine.names.toCheck;
    const next = recheck(checking, engine.holdings);
    const names = next.kind === 'in-step' ? checked(engine.names, checking) : engine.names;
    if (next.kind !== 'in-step') return take({ ...engine, names }, { ...pace, checking }, [next, now]);
    return finish({ ...engine, names }, pace, now);
  }
  const done: Step = [{ ...engine, syncAsked: false }, inStep(engine)];
  if (!pace.subscribed) return and(done, rest);
  return and(done, (after) => nameAnew({ ...after, state: { kind: 'live', checkAt: later(now, checkEvery) } }));
}

interface Setback {
  readonly trouble: Trouble;
  readonly retryAfter: Milliseconds | undefined;
  readonly now: Instant;
}

/** The book stays as it is, and the server is asked again later. */
function wait(engine: Engine, pace: Pace, { trouble, retryAfter, now }: Setback): Step {
  const said =
    trouble.kind === 'malformed' || trouble.kind === 'too-large' ? [tell({ kind: 'refused-whole', trouble })] : [];
  return and([engine, said], (after) => {
    if (!pace.subscribed) return goAway(after, trouble, [now, retryAfter]);
    const [backOff, wait] = failed(after.backOff, retryAfter);
    const round: Round = { kind: 'waiting', until: later(now, wait), trouble };
    const state: State = { kind: 'catching-up', pace: { ...pace, checking: nobody }, round };
    return [{ ...after, syncAsked: false, backOff, state }, gaveUp(after, trouble.words)];
  });
}

/** No subscription, for now: works on offline, and comes back by itself where that is wanted. */
function goAway(engine: Engine, why: Trouble, [now, retryAfter]: readonly [Instant, Milliseconds | undefined]): Step {
  const [backOff, wait] = failed(engine.backOff, retryAfter);
  const retryAt = engine.wanted === 'online' ? later(now, wait) : undefined;
  return [
    {
      ...engine,
      syncAsked: false,
      heard: undefined,
      names: noNames,
      backOff,
      state: { kind: 'offline', why, retryAt },
    },
    gaveUp(engine, why.words),
  ];
}

function refuse(engine: Engine, why: Trouble): Step {
  const [left, actions] = leave(engine);
  return [{ ...left, syncAsked: false, state: { kind: 'refused', why } }, [...actions, ...gaveUp(engine, why.words)]];
}
