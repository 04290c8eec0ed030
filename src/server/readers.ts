// Which view of the book whoever asks is given: a session by its person, a SIP user by the session's or by whom a peer
// vouches for, the administrator the whole one.

import type { FieldName } from '../book/field.ts';
import type { PersonId } from '../book/person-id.ts';
import type { StoredSession } from './account-store.ts';
import { visibleChange } from './audience.ts';
import { Audiences } from './audiences.ts';
import type { News } from './change-log.ts';
import type { UnclearGroup } from './memberships.ts';
import type { ServerPorts } from './server.ts';
import { personOfUser, personUser } from './identities.ts';
import type { Sessions } from './sessions.ts';
import { loadedTail, withoutHidden, type View } from './view.ts';

export interface Readers {
  /** The administrator's, and of everyone where there are no audiences. */
  readonly whole: View;
  /** Some readers do not see all: what tells of the whole book is for the administrator. */
  readonly apart: boolean;
  ofSession(session: StoredSession | undefined): View;
  ofSipUser(user: string): View;
  /** The book was appended to. */
  take(news: News): void;
  /** Somebody may be in other groups than before. @throws HostFault when the log cannot be read */
  regroup(): Promise<void>;
  /** Groups that audiences name and nobody is in. */
  readonly unclear: readonly UnclearGroup[];
  /** Audiences for some of whose readers there is no room: they see nobody. */
  readonly full: readonly string[];
  /** When all that was taken has reached every audience. */
  settled(): Promise<void>;
  /** The stores have forgotten their oldest changes. */
  tidy(): Promise<void>;
}

export interface ReadersOptions {
  readonly mostTailChanges: number;
  /** Fields that nobody sees but an audience that is to. */
  readonly hidden: readonly FieldName[];
}

type Ports = Pick<ServerPorts, 'changeLog' | 'audiences' | 'hash' | 'report' | 'tell'>;

/** @throws HostFault when a store cannot be read or written */
export async function createReaders(ports: Ports, sessions: Sessions, options: ReadersOptions): Promise<Readers> {
  const { changeLog, tell } = ports;
  const { mostTailChanges, hidden } = options;
  const whole: View = {
    log: withoutHidden(changeLog, hidden),
    tail: await loadedTail(changeLog, mostTailChanges, (change) => visibleChange(change, hidden)),
  };
  const audiences =
    ports.audiences &&
    (await Audiences.open(ports.audiences, {
      ...ports,
      ...options,
      whole,
      tell: (list, tail) => tell({ kind: 'announced', list, tail }),
      // Their terminals subscribe again, and find another book.
      moved: (readers) => {
        for (const user of usersOf(readers, sessions)) tell({ kind: 'deregistered', user });
      },
    }));
  const of = (person: PersonId | undefined): View => audiences?.viewOf(person) ?? whole;
  return {
    whole,
    apart: audiences?.apart ?? false,
    ofSession: (session) => (session === undefined ? whole : of(session.person)),
    ofSipUser: (user) => of(sessions.ofSipUser(user)?.person ?? personOfUser(user)),
    take: (news) => {
      tell({ kind: 'announced', list: news, tail: whole.tail });
      audiences?.take(news);
    },
    regroup: async () => audiences?.regroup(),
    get unclear() {
      return audiences?.unclear ?? [];
    },
    get full() {
      return audiences?.full ?? [];
    },
    settled: async () => audiences?.settled(),
    tidy: async () => {
      whole.tail.forgetUpTo((await changeLog.head()).oldest);
      await audiences?.tidy();
    },
  };
}

const usersOf = (readers: readonly PersonId[], sessions: Sessions): readonly string[] =>
  readers.flatMap((reader) => [...sessions.sipUsersOf(reader), personUser(reader)]);
