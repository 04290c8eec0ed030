// Follows persons of Active Directory, over a `Line`. It gives the same events as a follower of RFC 4533.
//
//   bind -> who are you? -> listen for change notifications -> refresh -> wait -> changes -> wait -> ...
//
// Three grounds, each under the one before it:
// - a change notification (which says little, and nothing of what somebody missed) only wakes the look for changes;
// - changes are looked for once a minute all the same, and every ten seconds where notifications are refused;
// - the keys of all are compared every few minutes where deleted objects are not shown to the account, and
//   everything is read once a day: a right to read that was given or taken is told by nothing else.

import type { Machine } from '../base/machine.ts';
import {
  earliest,
  later,
  milliseconds,
  minutes,
  seconds,
  wallTime,
  type Instant,
  type Milliseconds,
  type WallTime,
} from '../base/time.ts';
import { AdChanges, type Changed } from './ad-changes.ts';
import { AdContent, type ContentOptions } from './ad-content.ts';
import { anyObject, type Asking, type Conversation } from './ad-conversation.ts';
import { arrive, type Arrival, type Domain } from './ad-domain.ts';
import { parseStand, printStand } from './ad-stand.ts';
import { notification, showDeleted } from './dirsync.ts';
import { attributesOfFilter } from './filter.ts';
import { Line, type FollowerHeard, type FollowerSaid, type LineOptions } from './line.ts';
import type { LdapMessage } from './message.ts';
import { printRequest } from './request.ts';
import { describe } from './result-code.ts';
import { searchMark } from './sync-cookie.ts';
import type { SyncCookie } from './sync.ts';

export interface AdFollowerOptions extends Omit<LineOptions, 'product'>, ContentOptions {
  /** What is made of what is read, as text: where it is another than before, everything is read anew. */
  readonly madeInto?: string;
  /** So often everything is read, whatever was told; each day where absent. */
  readonly compareEvery?: Milliseconds;
  /** So often it is looked who is there, where deleted objects are not shown to the account; each five minutes where absent. */
  readonly compareKeysEvery?: Milliseconds;
}

/** How much a refresh looks at: what has changed; also who is there at all; or everything. */
type Depth = 'changes' | 'keys' | 'everything';

interface Plan {
  readonly depth: Depth;
  /** Whoever is not found is gone. */
  readonly sweep: boolean;
  /** Nothing is the matter: it is looked whether all is right. */
  readonly comparison?: true;
}

/** `memberOf` is told by nothing: what is told is the `member` of the group. */
const told = (attribute: string): string => (attribute === 'memberof' ? 'member' : attribute);

type Stored = ReturnType<typeof parseStand>;

const keysComparison: Plan = { depth: 'keys', sweep: true, comparison: true };
const wholeComparison: Plan = { depth: 'everything', sweep: true, comparison: true };

/** What is done once a conversation has ended. */
type Next = (now: Instant, took: number) => void;

/** What is talked about with the server now. */
interface Talk {
  readonly conversation: Conversation<Next>;
  readonly since: Instant;
  asked: { readonly id: number; readonly asking: Asking } | undefined;
  /** Until then the server must say something to it; undefined while the host does not read. */
  answerBy: Instant | undefined;
}

const defaults = {
  poll: seconds(60),
  pollWithoutNotification: seconds(10),
  compareEvery: minutes(24 * 60),
  compareKeysEvery: minutes(5),
  /** At another domain controller, for what that one has not yet received by replication. */
  compareElsewhere: minutes(15),
  /** A burst of changes is read together. */
  leastPause: milliseconds(300),
  longestPause: milliseconds(5000),
  /** A server that answers heartbeats and not a question has lost it. */
  patience: minutes(5),
  /** A tenth of a server's time, and a twentieth for comparing. */
  pausesPerPull: 10,
  pausesPerComparison: 20,
};

export class AdFollower implements Machine<FollowerHeard, FollowerSaid> {
  readonly #options: AdFollowerOptions;
  readonly #line: Line;
  readonly #mark: string;
  readonly #content: AdContent;
  #changes: AdChanges | undefined;
  #talk: Talk | undefined;
  #notified: number | undefined;
  /** Between a change notification and the look for changes. */
  #pause: Milliseconds = defaults.leastPause;
  /** A notification came since the last look began. */
  #woken = false;
  #pollAt: Instant | undefined;
  #compareAt: Instant | undefined;
  #everythingAt: Instant | undefined;
  /** When everything was last read, by the time of day; of use once it was. */
  #wholeAt: WallTime = wallTime(0);
  #told = '';

  /** @throws LdapFault when the filter is none or a DN comes with an empty password */
  constructor(options: AdFollowerOptions) {
    this.#options = options;
    const { dn, base, filter, attributes, leaveOut, madeInto } = options;
    printRequest(1, { kind: 'search', search: { base, scope: 'base', filter, attributes, sizeLimit: 0 } });
    this.#mark = searchMark([dn, base, filter, ...leaveOut.toSorted(), ...attributes.toSorted()], madeInto);
    this.#line = new Line(
      { ...options, product: 'ad' },
      {
        opened: (cookie, now) => this.#opened(cookie, now),
        understand: (message, now) => this.#understand(message, now),
        ended: () => this.#ended(),
      },
    );
    this.#content = new AdContent(options, (event) => this.#line.push(event));
  }

  deadline(): Instant | undefined {
    if (!this.#line.isOpen) return this.#line.deadline();
    if (this.#talk !== undefined) return earliest(this.#line.deadline(), this.#talk.answerBy);
    return earliest(this.#line.deadline(), this.#pollAt, this.#compareAt, this.#everythingAt);
  }

  handle(heard: FollowerHeard, now: Instant): readonly FollowerSaid[] {
    this.#line.handle(heard, now);
    const talk = this.#talk;
    if (talk !== undefined && heard.kind === 'paused') talk.answerBy = undefined;
    if (talk !== undefined && heard.kind === 'resumed') talk.answerBy = later(now, defaults.patience);
    return this.#line.spoken();
  }

  wake(now: Instant): readonly FollowerSaid[] {
    this.#line.wake(now);
    if (this.#line.isOpen) this.#due(now);
    return this.#line.spoken();
  }

  #due(now: Instant): void {
    const isDue = (at: Instant | undefined): boolean => at !== undefined && now >= at;
    const talk = this.#talk;
    const changes = this.#changes;
    if (talk !== undefined) {
      const what = talk.asked?.asking.what ?? '';
      if (isDue(talk.answerBy)) this.#line.lose(`${this.#line.url} does not answer ${what}`, now);
    } else if (changes === undefined) return;
    else if (isDue(this.#everythingAt)) this.#begin(this.#refresh(changes, wholeComparison, now), now);
    else if (isDue(this.#compareAt)) this.#begin(this.#refresh(changes, keysComparison, now), now);
    else if (isDue(this.#pollAt)) this.#begin(this.#pull(changes, now), now);
  }

  // ---- the conversation under way --------------------------------------------------------------

  #begin(conversation: Conversation<Next>, now: Instant): void {
    this.#woken = false;
    this.#talk = { conversation, since: now, asked: undefined, answerBy: undefined };
    this.#goOn(this.#talk, conversation.next(), now);
  }

  #goOn(talk: Talk, step: IteratorResult<Asking, Next>, now: Instant): void {
    if (step.done === true) {
      this.#talk = undefined;
      step.value(now, now - talk.since);
      return;
    }
    const { search, controls = [] } = step.value;
    talk.asked = { id: this.#line.ask({ kind: 'search', search }, ...controls), asking: step.value };
    talk.answerBy = later(now, defaults.patience);
  }

  #understand({ id, operation, controls }: LdapMessage, now: Instant): void {
    if (id === this.#notified) return operation.kind === 'result' ? this.#notNotified(now) : this.#wakeUp(now);
    const talk = this.#talk;
    if (talk?.asked?.id !== id) return;
    const { asking } = talk.asked;
    talk.answerBy = later(now, defaults.patience);
    // A reference (`ldap://...`, of which a domain's root gives three to every search) is never followed.
    if (operation.kind === 'entry') asking.entry?.(operation.dn, operation.attributes);
    if (operation.kind !== 'result') return;
    const { result } = operation;
    if (result.code === 0 || asking.answers?.(result) === true)
      this.#goOn(talk, talk.conversation.next({ result, controls }), now);
    else if (asking.goesOn === true)
      this.#line.lose(`${this.#line.url} broke off ${asking.what}: ${describe(result)}`, now);
    else this.#line.turnedAway(result, now, asking.what);
  }

  // ---- what is talked about --------------------------------------------------------------------

  #opened(cookie: SyncCookie | undefined, now: Instant): void {
    const stored = cookie === undefined ? undefined : parseStand(this.#mark, cookie);
    this.#begin(this.#arrive(stored), now);
  }

  *#arrive(stored: Stored): Conversation<Next> {
    const arrival = yield* arrive(this.#options.base);
    return (now) => this.#arrived(arrival, stored, now);
  }

  #arrived(arrival: Arrival, stored: Stored, now: Instant): void {
    if (arrival.kind === 'elsewhere') {
      const { problem, advice } = arrival;
      return this.#line.refuse({ problem: `${this.#line.url}: ${problem}`, advice }, now);
    }
    const { domain } = arrival;
    this.#listen(domain);
    const same = stored?.stand.server === domain.lineage.server;
    const goesOn = same && stored.stand.invocation === domain.lineage.invocation;
    const filtered = attributesOfFilter(this.#options.filter);
    this.#changes = new AdChanges(
      {
        domain,
        attributes: [...this.#content.attributes, ...filtered.map(told)],
        membersToo: filtered.includes('memberof'),
        read: (changed) => this.#read(changed),
      },
      goesOn ? stored.stand : undefined,
    );
    const at = this.#line.timeOfDay(now);
    // A clock that was set back makes no pause longer.
    if (goesOn) this.#wholeAt = wallTime(Math.min(stored.standing.wholeAt, at));
    const isFresh = goesOn && at < this.#wholeAt + this.#compareEvery;
    const depth = !isFresh ? 'everything' : this.#changes.deletesSeen ? 'changes' : 'keys';
    // Another controller may not yet have received those who are new: they are not taken for gone.
    const elsewhere = stored !== undefined && !same;
    if (elsewhere) this.#compareAt = later(now, defaults.compareElsewhere);
    this.#begin(this.#refresh(this.#changes, { depth, sweep: !elsewhere }, now), now);
  }

  /** Before anything is read, so that nothing falls in between. */
  #listen({ root, offersNotification }: Domain): void {
    if (!offersNotification) return;
    const search = { base: root, scope: 'subtree', filter: anyObject, attributes: ['1.1'], sizeLimit: 0 } as const;
    this.#notified = this.#line.ask({ kind: 'search', search }, notification, showDeleted);
  }

  #wakeUp(now: Instant): void {
    this.#woken = true;
    this.#pollAt = earliest(this.#pollAt, later(now, this.#pause));
  }

  /** The server ends a search for notifications only to refuse it. */
  #notNotified(now: Instant): void {
    this.#notified = undefined;
    this.#pollAt = earliest(this.#pollAt, later(now, defaults.pollWithoutNotification));
    if (this.#talk === undefined && this.#changes !== undefined) this.#tellManner(this.#changes);
  }

  *#read({ changed, gone, moved }: Changed): Conversation {
    if (gone.length > 0) this.#line.push({ kind: 'gone', keys: gone });
    yield* this.#content.these(changed);
    for (const unit of moved) yield* this.#content.below(unit);
  }

  /** From `began` to `refreshed`. */
  *#refresh(changes: AdChanges, { depth, sweep, comparison }: Plan, since: Instant): Conversation<Next> {
    this.#line.push(comparison === true ? { kind: 'began', comparison } : { kind: 'began' });
    const at = this.#line.timeOfDay(since);
    const reach = yield* this.#look(changes, depth);
    if (reach === 'everything') this.#wholeAt = at;
    this.#line.push({ kind: 'refreshed', sweep: sweep && reach !== 'changes', cookie: this.#cookie(changes) });
    return (now, took) => {
      const pause = Math.max(this.#compareKeysEvery, took * defaults.pausesPerComparison);
      const compareAt = changes.deletesSeen ? undefined : later(now, milliseconds(pause));
      // What was put off for another controller's sake stays.
      this.#compareAt = sweep ? compareAt : earliest(this.#compareAt, compareAt);
      const age = this.#line.timeOfDay(now) - this.#wholeAt;
      this.#everythingAt = later(now, milliseconds(this.#compareEvery - age));
      this.#inStep(changes, now, took);
    };
  }

  /** Looks as deep as is asked, or deeper where the changes alone do not tell. */
  *#look(changes: AdChanges, depth: Depth): Conversation<Depth> {
    let reach = depth;
    for (let looked = false; ; looked = true) {
      const found = yield* changes.since();
      if (found === 'unknown') yield* changes.afresh();
      if (found === 'unknown') reach = 'everything';
      else if (looked || reach === 'changes') return reach;
      // Pages are no snapshot: who is renamed meanwhile may be on none of them, and is told by the changes.
      yield* reach === 'everything' ? this.#content.everything() : this.#content.keys();
    }
  }

  /** What has changed since it was last looked for. */
  *#pull(changes: AdChanges, since: Instant): Conversation<Next> {
    const found = yield* changes.since();
    if (found === 'unknown') return yield* this.#refresh(changes, { depth: 'everything', sweep: true }, since);
    const cookie = this.#cookie(changes);
    if (found === 'changes' && cookie !== undefined) this.#line.push({ kind: 'checkpoint', cookie });
    return (now, took) => this.#inStep(changes, now, took);
  }

  #cookie({ stand }: AdChanges): SyncCookie | undefined {
    return stand === undefined ? undefined : printStand({ mark: this.#mark, wholeAt: this.#wholeAt }, stand);
  }

  get #compareEvery(): Milliseconds {
    return this.#options.compareEvery ?? defaults.compareEvery;
  }

  get #compareKeysEvery(): Milliseconds {
    return this.#options.compareKeysEvery ?? defaults.compareKeysEvery;
  }

  #inStep(changes: AdChanges, now: Instant, took: number): void {
    this.#line.proven();
    this.#pause = milliseconds(
      Math.min(Math.max(took * defaults.pausesPerPull, defaults.leastPause), defaults.longestPause),
    );
    const poll = this.#notified === undefined ? defaults.pollWithoutNotification : defaults.poll;
    this.#pollAt = later(now, this.#woken ? this.#pause : poll);
    this.#tellManner(changes);
  }

  /** How it is followed, in the administrator's words, whenever that is another way than before. */
  #tellManner(changes: AdChanges): void {
    const woken =
      this.#notified === undefined
        ? `every ${defaults.pollWithoutNotification / 1000} s, as change notifications are refused`
        : 'at each change notification';
    const deletes = changes.deletesSeen
      ? 'deleted objects are shown to the account'
      : `deleted objects are not shown to the account and are found by comparing, every ${Math.round(this.#compareKeysEvery / 6000) / 10} min`;
    const words = `${changes.words}, ${woken}; ${deletes}`;
    if (words === this.#told) return;
    this.#told = words;
    this.#line.push({ kind: 'manner', words });
  }

  #ended(): void {
    this.#talk = undefined;
    this.#changes = undefined;
    this.#notified = undefined;
    this.#told = '';
    this.#pollAt = undefined;
    this.#compareAt = undefined;
    this.#everythingAt = undefined;
  }
}
