// Announces every list of the log once and in its order, whoever appended it: what this side appended as soon as it is
// there, what others did (the thread that follows the sources, another process) when the log is looked through. Order and
// completeness come from the log itself, so that a word that is late, doubled or lost does no harm.
//
// Of a first load it is only read who was added: nobody is told more than that there is something to fetch.

import { revision, type Revision } from '../book/change.ts';
import type { ChangeList } from '../book/change-list.ts';
import type { ChangeLog, Head, News, NewsLimits } from './change-log.ts';

/** Changes that are read at once: about as many as one commit has, so that SIP's answers need not wait for more. */
const readAtOnce = 500;
/** Of those who were added: four of the largest notifications. */
const mostOctetsAdded = 64 * 1024;

export class Announcer {
  readonly #changeLog: Pick<ChangeLog, 'news' | 'head'>;
  readonly #announce: (news: News) => void;
  readonly #limits: NewsLimits;
  /** All up to here is announced. */
  #at: Revision;

  /** Begins after `head`. `whole`: the fields of all who are added are wanted. */
  constructor(
    changeLog: Pick<ChangeLog, 'news' | 'head'>,
    { head, whole = false }: { readonly head: Pick<Head, 'revision'>; readonly whole?: boolean },
    announce: (news: News) => void,
  ) {
    this.#changeLog = changeLog;
    this.#at = head.revision;
    this.#announce = announce;
    this.#limits = { changes: readAtOnce, octets: whole ? Infinity : mostOctetsAdded };
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
    const found = await this.#changeLog.news(after, this.#limits);
    // Meanwhile it was announced otherwise.
    if (after !== this.#at) return true;
    if (found.kind === 'too-old') return this.#jump();
    const { upTo } = found.list;
    if (upTo === after) return false;
    this.#at = upTo;
    this.#announce(found.list);
    return upTo - after === readAtOnce;
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
