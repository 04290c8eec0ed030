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

import type { Machine } from '../base/machine.ts';
import { milliseconds, type Instant } from '../base/time.ts';
import { Line, type FollowerHeard, type FollowerSaid, type LineOptions } from './line.ts';
import type { LdapMessage, Result } from './message.ts';
import { Refresh } from './refresh.ts';
import { printRequest, type Request } from './request.ts';
import { describe } from './result-code.ts';
import { searchMark, syncRefreshRequired, syncRequest, type SyncCookie } from './sync.ts';

export interface FollowerOptions extends LineOptions {
  /** RFC 4515. */
  readonly filter: string;
  /** Attribute descriptions; `cn` brings `cn;lang-zh` too (RFC 3866). */
  readonly attributes: readonly string[];
}

/** The search that is under way on this connection. */
interface Following {
  readonly id: number;
  readonly refresh: Refresh;
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
      opened: (cookie) => this.#opened(cookie),
      understand: (message, now) => this.#understand(message, now),
      ended: () => (this.#following = undefined),
    });
    this.#mark = searchMark([options.dn, options.base, options.filter, ...[...options.attributes].sort()]);
    printRequest(1, this.#searchRequest());
  }

  deadline(): Instant | undefined {
    return this.#line.deadline();
  }

  handle(heard: FollowerHeard, now: Instant): readonly FollowerSaid[] {
    this.#line.handle(heard, now);
    return this.#line.spoken();
  }

  wake(now: Instant): readonly FollowerSaid[] {
    this.#line.wake(now);
    return this.#line.spoken();
  }

  #opened(cookie: SyncCookie | undefined): void {
    this.#cookie = cookie;
    this.#search();
  }

  #search(): void {
    const refresh = new Refresh(this.#mark, this.#cookieRejected ? undefined : this.#cookie);
    this.#following = { id: this.#line.ask(this.#searchRequest(), syncRequest(refresh.sent)), refresh };
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
    if (operation.kind === 'result' && operation.of === 'search') this.#ended(refresh, operation.result, now);
    else this.#follow(refresh, message);
  }

  #follow(refresh: Refresh, message: LdapMessage): void {
    const finished = refresh.finished;
    refresh.take(message, this.#line);
    if (refresh.rejected) {
      this.#line.ask({ kind: 'abandon', id: message.id });
      this.#startAfresh('the server made nothing of the stored cookie');
    } else if (refresh.finished && !finished) {
      this.#line.proven();
      this.#cookieRejected = false;
    }
  }

  #startAfresh(why: string): void {
    this.#cookieRejected = true;
    const problem = `${why}; everything is read afresh`;
    this.#line.push({ kind: 'lost', problem, retryInMilliseconds: milliseconds(0) });
    this.#search();
  }

  /** A search that persists ends only because the server ends it. */
  #ended(refresh: Refresh, result: Result, now: Instant): void {
    // OpenLDAP says 53 for "consumer state is newer than provider" (a restored backup).
    const cookieIsWrong = result.code === syncRefreshRequired || result.code === 53;
    if (refresh.sent === undefined || !cookieIsWrong) return this.#line.turnedAway(result, now, 'the search');
    this.#startAfresh(`the server cannot continue from the stored cookie, ${describe(result)}`);
  }
}
