// Announces every list of the log once and in its order, whoever appended it: what this side appended as soon as it is
// there, what others did (the thread that follows the sources, another process) when the log is looked through. Order and
// completeness come from the log itself, so that a word that is late, doubled or lost does no harm.
//
// Of a first load it is only read who was added: nobody is told more than that there is something to fetch.

import type { Revision } from '../book/change.ts';
import type { ChangeList } from '../book/change-list.ts';
import type { ChangeLog, Head, News, NewsLimits } from './change-log.ts';

/** Changes that are read at once: about as many as one commit has, so that SIP's answers need not wait for more. */
const readAtOnce = 500;
/** Of those who were added: four of the largest notifications. */
const mostOctetsAdded = 64 * 1024;

export class Announcer {
  readonly #changeLog: Pick<ChangeLog, 'news'>;
  readonly #announce: (news: News) => void;
  readonly #limits: NewsLimits;
  #at: Revision;

  /** Begins after `head`. `whole`: the fields of all who are added are wanted. */
  constructor(
    changeLog: Pick<ChangeLog, 'news'>,
    { head, whole = false }: { readonly head: Pick<Head, 'revision'>; readonly whole?: boolean },
    announce: (news: News) => void,
  ) {
    this.#changeLog = changeLog;
    this.#at = head.revision;
    this.#announce = announce;
    this.#limits = { changes: readAtOnce, octets: whole ? Infinity : mostOctetsAdded };
  }

  /** All up to here is announced. The log must not forget what comes after. */
  get at(): Revision {
    return this.#at;
  }

  /** Takes what was appended just now. Where something before it is not announced yet, it waits for `catchUp`. */
  appended(list: ChangeList): void {
    if (list.after !== this.#at) return;
    this.#at = list.upTo;
    this.#announce(list);
  }

  /**
   * Announces what comes next in the log, a part of it where it is much; gives whether there is more.
   * @throws HostFault when the log cannot be read, Error when it has forgotten what comes next; what was announced stays so
   */
  async catchUp(): Promise<boolean> {
    const after = this.#at;
    const found = await this.#changeLog.news(after, this.#limits);
    // Meanwhile it was announced otherwise.
    if (after !== this.#at) return true;
    // What is not announced is not purged: somebody wrote in the log who does not know of us.
    if (found.kind === 'too-old') throw new Error(`the log has nothing after ${after}, up to which it is announced`);
    const { upTo } = found.list;
    if (upTo === after) return false;
    this.#at = upTo;
    this.#announce(found.list);
    return upTo - after === readAtOnce;
  }
}
