// Announces every list of the log once and in its order, whoever appended it: what this side appended as soon as it is
// there, what others did (the thread that follows the sources, another process) when the log is looked through. Order and
// completeness come from the log itself, so that a word that is late, doubled or lost does no harm.

import { revision, type Revision } from '../book/change.ts';
import type { ChangeList } from '../book/change-list.ts';
import type { ChangeLog, Head } from './change-log.ts';

/** Changes that are read at once: about as many as one commit has, so that SIP's answers need not wait for more. */
const readAtOnce = 500;

export class Announcer {
  readonly #changeLog: ChangeLog;
  readonly #announce: (list: ChangeList) => void;
  /** All up to here is announced. */
  #at: Revision;

  /** Begins after `head`. */
  constructor(changeLog: ChangeLog, head: Pick<Head, 'revision'>, announce: (list: ChangeList) => void) {
    this.#changeLog = changeLog;
    this.#at = head.revision;
    this.#announce = announce;
  }

  /** Takes what was appended just now. Where something before it is not announced yet, it waits for `catchUp`. */
  appended(list: ChangeList): void {
    if (list.after !== this.#at) return;
    this.#at = list.upTo;
    this.#announce(list);
  }

  /**
   * Announces what comes next in the log, a part of it where it is much; gives whether there is more.
   * @throws HostFault when the log cannot be read; what was announced stays so
   */
  async catchUp(): Promise<boolean> {
    const after = this.#at;
    const found = await this.#changeLog.since(after, readAtOnce);
    // Meanwhile it was announced otherwise.
    if (after !== this.#at) return true;
    if (found.kind === 'too-old') return this.#jump();
    if (found.list.changes.length === 0) return false;
    this.#at = found.list.upTo;
    this.#announce(found.list);
    return found.list.changes.length === readAtOnce;
  }

  /** The log has forgotten what came next: whoever was told of what came before fetches the rest. */
  async #jump(): Promise<boolean> {
    const after = this.#at;
    const { book, revision: head } = await this.#changeLog.head();
    if (head <= this.#at) return false;
    this.#at = revision(head);
    this.#announce({ book, after, upTo: head, changes: [] });
    return false;
  }
}
