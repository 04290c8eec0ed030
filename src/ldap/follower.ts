// Follows a part of a directory in real time (RFC 4533, refreshAndPersist), over a `Line`: bind -> refresh -> persist.
//
// A refresh begins with `began` and is worth nothing until `refreshed`: whoever keeps the content
// stages it, and drops the stage when another `began` or a `lost` comes. `sweep` says that the stage
// named everybody: whom it did not name is gone. That is so after a present phase, and always where
// no usable cookie was sent (OpenLDAP then ends in refreshDelete, which an RFC-minded reader would
// take for "nobody left").
//
// A cookie is given with `refreshed` and after each change of the persist phase, never within a
// refresh: 389-DS sends the final one there before the entries it stands for. The host reads the
// cookie from the store at each connect, so whatever was not committed is asked for again.
//
// Of some things no server tells: a changed access rule, a subtree that was moved in or out, computed values. So
// everything is read again without a cookie each `compareEvery`, on a connection of its own (389-DS does not bear two
// synchronizing searches on one). The cookie says when that was, so a process that is started anew each
// night does it too.

import type { Machine } from '../base/machine.ts';
import { earliest, later, milliseconds, minutes, type Instant, type Milliseconds } from '../base/time.ts';
import { Line, type FollowerHeard, type FollowerSaid, type LineOptions } from './line.ts';
import type { LdapMessage, Result } from './message.ts';
import { Refresh } from './refresh.ts';
import { printRequest, type Request } from './request.ts';
import { advice, describe, passes } from './result-code.ts';
import { beginOf, searchMark } from './sync-cookie.ts';
import { syncRefreshRequired, syncRequest, type SyncCookie } from './sync.ts';

export interface FollowerOptions extends LineOptions {
  /** RFC 4515. */
  readonly filter: string;
  /** Attribute descriptions; `cn` brings `cn;lang-zh` too (RFC 3866). */
  readonly attributes: readonly string[];
  /** What is made of what is read, as text: where it is another than before, everything is read anew. */
  readonly madeInto?: string;
  /** So often everything is read, whatever the cookie says; each day where absent. */
  readonly compareEvery?: Milliseconds;
}

const eachDay = minutes(24 * 60);
/** So long a refresh may stand still, while the server is alive. */
const longestStandstill = minutes(2);

/** The search that is under way on this connection. */
interface Following {
  readonly id: number;
  readonly refresh: Refresh;
  /** When everything is to be read again. */
  readonly wholeDue: Instant;
  /** When the server last said something of it. */
  heardAt: Instant;
}

export class Follower implements Machine<FollowerHeard, FollowerSaid> {
  readonly #options: FollowerOptions;
  readonly #line: Line;
  readonly #mark: string;
  #following: Following | undefined;
  /** The server would have none of the stored cookie: not sent again until a refresh has given another. */
  #cookieRejected = false;
  #cookie: SyncCookie | undefined;

  /** @throws LdapFault when the filter is none or a DN comes with an empty password */
  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#line = new Line(options, {
      opened: (cookie, now) => {
        this.#cookie = cookie;
        this.#search(now);
      },
      understand: (message, now) => this.#understand(message, now),
      ended: () => (this.#following = undefined),
    });
    const { dn, base, filter, attributes, madeInto } = options;
    this.#mark = searchMark([dn, base, filter, ...attributes.toSorted()], madeInto);
    printRequest(1, this.#searchRequest());
  }

  deadline(): Instant | undefined {
    return earliest(this.#line.deadline(), this.#wholeDue(), this.#standstill());
  }

  handle(heard: FollowerHeard, now: Instant): readonly FollowerSaid[] {
    if (heard.kind === 'resumed' && this.#following !== undefined) this.#following.heardAt = now;
    this.#line.handle(heard, now);
    return this.#line.spoken();
  }

  wake(now: Instant): readonly FollowerSaid[] {
    const whole = this.#wholeDue();
    const standstill = this.#standstill();
    if (whole !== undefined && now >= whole) this.#line.renew(now);
    else if (standstill !== undefined && now >= standstill) this.#refuseStandstill(now);
    else this.#line.wake(now);
    return this.#line.spoken();
  }

  /** Not within a refresh, which may be one of everything. */
  #wholeDue(): Instant | undefined {
    const following = this.#line.isPaused ? undefined : this.#following;
    return following?.refresh.finished === true ? following.wholeDue : undefined;
  }

  /** Of a refresh, when it has stood still for too long. */
  #standstill(): Instant | undefined {
    const following = this.#line.isPaused ? undefined : this.#following;
    return following?.refresh.finished === false ? later(following.heardAt, longestStandstill) : undefined;
  }

  /** 389-DS does so at its size limit: it sends as much, and then nothing, not even a result. */
  #refuseStandstill(now: Instant): void {
    const problem = `${this.#line.url} stopped in the midst of its answer, and is alive: it may have come to a limit`;
    this.#line.refuse({ problem, advice: advice(4, this.#options) }, now);
  }

  #search(now: Instant): void {
    const { compareEvery = eachDay } = this.#options;
    const at = this.#line.timeOfDay(now);
    const begin = beginOf(this.#cookieRejected ? undefined : this.#cookie, { mark: this.#mark, at, compareEvery });
    const refresh = new Refresh(begin);
    const wholeDue = later(now, milliseconds(begin.standing.wholeAt + compareEvery - at));
    const id = this.#line.ask(this.#searchRequest(), syncRequest(refresh.sent));
    this.#following = { id, refresh, wholeDue, heardAt: now };
    this.#line.push({ kind: 'began' });
  }

  #searchRequest(): Request {
    const { base, filter, attributes } = this.#options;
    return { kind: 'search', search: { base, scope: 'subtree', filter, attributes, sizeLimit: 0 } };
  }

  #understand(message: LdapMessage, now: Instant): void {
    const { id, operation } = message;
    if (id !== this.#following?.id) return; // of a search that was abandoned
    const { refresh } = this.#following;
    this.#following.heardAt = now;
    if (operation.kind === 'result' && operation.of === 'search') this.#ended(refresh, operation.result, now);
    else this.#follow(refresh, message, now);
  }

  #follow(refresh: Refresh, message: LdapMessage, now: Instant): void {
    const finished = refresh.finished;
    refresh.take(message, this.#line);
    if (refresh.rejected) {
      this.#line.ask({ kind: 'abandon', id: message.id });
      this.#startAfresh('the server made nothing of the stored cookie', now);
    } else if (refresh.finished && !finished) {
      this.#line.proven();
      this.#cookieRejected = false;
    }
  }

  #startAfresh(why: string, now: Instant): void {
    this.#cookieRejected = true;
    const problem = `${why}; everything is read afresh`;
    this.#line.push({ kind: 'lost', problem, retryInMilliseconds: milliseconds(0) });
    this.#search(now);
  }

  /** A search that persists ends only because the server ends it. */
  #ended(refresh: Refresh, result: Result, now: Instant): void {
    // OpenLDAP says 53 for "consumer state is newer than provider" (a restored backup).
    const cookieIsWrong = result.code === syncRefreshRequired || (result.code === 53 && !passes(result));
    if (refresh.sent === undefined || !cookieIsWrong) return this.#line.turnedAway(result, now, 'the search');
    this.#startAfresh(`the server cannot continue from the stored cookie, ${describe(result)}`, now);
  }
}
