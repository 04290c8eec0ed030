// Whether the log is behind its terminals. A terminal that has a revision of this very book which the log has not
// taken yet shows that the data folder was restored from an old copy: the log will give that revision again, to
// another change. Only the administrator can mend that (`rollcall restore`), so it is said, once, and stays on /health.
//
// It is one terminal's word. Whoever may log in can lie about it, and gains a line in the log.

import type { Revision } from '../book/change.ts';
import { parseEntityTag } from '../wire/change-list.ts';
import type { ServerFact } from './fact.ts';
import type { Tail } from './tail.ts';

export const adviceForOldCopy =
  "the data folder is an old copy: stop the server, run 'rollcall restore --data FOLDER', start it again";

export class Behind {
  readonly #tail: Tail;
  readonly #report: (fact: ServerFact) => void;
  #furthest: Revision | undefined;

  constructor(tail: Tail, report: (fact: ServerFact) => void) {
    this.#tail = tail;
    this.#report = report;
  }

  /** The newest revision that a terminal has and the log had not, since the server started; undefined where none has. */
  get furthest(): Revision | undefined {
    return this.#furthest;
  }

  /** `user` has what `tag` names: an entity tag, with or without its quotes. */
  hear(tag: string | undefined, user: string): void {
    const has = tag === undefined ? undefined : parseEntityTag(tag.replace(/^W\//, '').replaceAll('"', ''));
    const { head } = this.#tail;
    if (has === undefined || has.book !== head.book || has.revision <= (this.#furthest ?? head.revision)) return;
    if (this.#furthest === undefined)
      this.#report({ kind: 'behind', user, has: has.revision, revision: head.revision });
    this.#furthest = has.revision;
  }
}
