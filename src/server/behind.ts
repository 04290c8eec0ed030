// Whether the log is behind its terminals. A terminal that has a revision of this very book which the log has not
// taken yet shows that the data folder was restored from an old copy: the log will give that revision again, to
// another change. Only the administrator can mend that (`rollcall restore`), so it is said, once, and stays on /health.
//
// It is one terminal's word. Whoever may log in can lie about it, and gains a line in the log.

import { parseEntityTag, type EntityTag } from '../wire/change-list.ts';
import type { ServerFact } from './fact.ts';

export const adviceForOldCopy =
  "the data folder is an old copy: stop the server, run 'rollcall restore --data FOLDER', start it again";

export class Behind {
  readonly #report: (fact: ServerFact) => void;
  #furthest: EntityTag | undefined;

  constructor(report: (fact: ServerFact) => void) {
    this.#report = report;
  }

  /** The newest revision that a terminal has and the log had not, since the server started; undefined where none has. */
  get furthest(): EntityTag | undefined {
    return this.#furthest;
  }

  /** `user`, who sees a log that is at `head`, has what `tag` names: an entity tag, with or without its quotes. */
  hear(tag: string | undefined, { user, head }: { readonly user: string; readonly head: EntityTag }): void {
    const has = tag === undefined ? undefined : parseEntityTag(tag.replace(/^W\//, '').replaceAll('"', ''));
    const known = this.#furthest?.book === head.book ? this.#furthest : head;
    if (has === undefined || has.book !== head.book || has.revision <= known.revision) return;
    if (this.#furthest === undefined)
      this.#report({ kind: 'behind', user, has: has.revision, revision: head.revision });
    this.#furthest = has;
  }
}
