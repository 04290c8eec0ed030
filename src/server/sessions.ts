// Log-in and what comes of it: a session with a bearer token for HTTP and credentials of its own for
// SIP. Sessions live in memory, where a token is looked up for each request, and in a store, so that
// they outlive a restart. The token is kept only as its hash, the SIP password only as its HA1.

import { minutes, type Milliseconds, type WallTime } from '../base/time.ts';
import type { ChangeList } from '../book/change-list.ts';
import type { Fields } from '../book/person.ts';
import type { FieldLabels } from '../book/field.ts';
import type { LinkTemplate } from '../book/link-template.ts';
import type { PersonId } from '../book/person-id.ts';
import type { Account as SipAccount } from '../sip/authenticator.ts';
import { hashedA1, type Hash } from '../sip/digest.ts';
import { addressOfRecord } from '../sip/uri.ts';
import type { LogIn, Session, SipAccess } from '../wire/http.ts';
import type { Account, AccountStore, StoredSession } from './account-store.ts';
import { siteOf } from '../sip/site.ts';
import type { ChangeLog, SourceKey, SourceName } from './change-log.ts';
import type { ServerFact, SessionEnd } from './fact.ts';
import { LogInAttempts, type LogInAttempt } from './log-in-attempts.ts';
import { sipUri } from './sip-address.ts';

export interface Passwords {
  hash(password: string): Promise<string>;
  verify(password: string, hash: string): Promise<boolean>;
}

/** A person of a directory whose password was right, as the directory names that person. */
export interface DirectoryPerson {
  readonly source: SourceName;
  readonly key: SourceKey;
}

/** `wrong` is also the answer for a name that nobody has. */
export type DirectoryAnswer = DirectoryPerson | 'wrong' | 'unavailable' | { readonly retryAfter: Milliseconds };

/** `knownAt`: the address, where this user has come in from there before. */
export type DirectoryLogIn = (logIn: LogIn, knownAt: string | undefined) => Promise<DirectoryAnswer>;

export interface SessionOptions {
  readonly store: AccountStore;
  readonly changeLog: Pick<ChangeLog, 'known' | 'persons'>;
  readonly passwords: Passwords;
  /** Tries the password against the directories (an LDAP bind). Absent where there is none. */
  readonly directory?: DirectoryLogIn | undefined;
  /** Fresh and unguessable, at least 128 bits: 22 characters of base64url. */
  readonly token: () => string;
  readonly hash: Hash;
  readonly sip: SipPlaces;
  /** What the administrator calls fields. */
  readonly labels?: FieldLabels | undefined;
  readonly links?: readonly LinkTemplate[] | undefined;
  /** The session is over: its SIP user has no subscriptions any more. */
  readonly over: (sipUser: string) => void;
  readonly report: (fact: ServerFact) => void;
}

export interface SipPlaces {
  readonly realm: string;
  readonly domain: string;
  /** Where the server listens, for a terminal that asks from the address `remote`; asked for at each log-in, since ports may be taken late. */
  readonly listens: (remote: string) => Pick<SipAccess, 'udp' | 'tcp' | 'tls' | 'websocket'>;
}

export type LoggedIn =
  | { readonly kind: 'open'; readonly session: Session }
  /** The password is wrong, or there is no such user: nobody can tell which. */
  | { readonly kind: 'wrong' }
  | { readonly kind: 'not-in-book' }
  /** Two are who the identity provider says it is. */
  | { readonly kind: 'ambiguous' }
  /** The identity provider says so of the mail address. */
  | { readonly kind: 'unverified' }
  | { readonly kind: 'limited'; readonly retryAfter: Milliseconds }
  | { readonly kind: 'unavailable' };

const idleLifetime: Milliseconds = minutes(30 * 24 * 60);

/** Use is written down this often, so that a request is not a write. */
const usedEvery = minutes(60);

/** A further one ends the oldest. */
const mostSessionsOfUser = 32;

type Refused = Exclude<LoggedIn, { kind: 'open' }>;

export type Found = { readonly kind: 'found'; readonly user: string; readonly person?: PersonId } | Refused;

export interface WhoLogsIn {
  /** For the report, also where nobody was found. */
  readonly user: string;
  readonly found: Found;
}

export class Sessions {
  readonly #options: SessionOptions;
  readonly #byToken = new Map<string, StoredSession>();
  readonly #bySipUser = new Map<string, StoredSession>();
  readonly #used = new Set<StoredSession>();
  /** Of the persons that have sessions, as their addresses of record. */
  readonly #addresses = new Map<PersonId, string | undefined>();
  readonly #attempts = new LogInAttempts();
  /** What an unknown user's password is compared with, so that it takes as long as a known one's. */
  #nobodys: string | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#byToken.size;
  }

  /** @throws HostFault when the store cannot be read */
  async start(): Promise<void> {
    this.#nobodys = await this.#options.passwords.hash(this.#options.token());
    for (const session of await this.#options.store.sessions()) this.#hold(session);
    // Those who left while the server, or its store of sessions, was away.
    const people = new Set(this.#all().flatMap(({ person }) => person ?? []));
    const { persons } = await this.#options.changeLog.persons([...people]);
    for (const { id, fields } of persons) {
      people.delete(id);
      this.#move(id, fields.sipAddress);
    }
    await this.left(people);
  }

  /** The session whose token this is; undefined where there is none, or it lay idle too long. */
  ofToken(token: string, at: WallTime): StoredSession | undefined {
    const session = this.#byToken.get(this.#options.hash('SHA-256', token));
    if (session === undefined || at - session.usedAt > idleLifetime) return undefined;
    if (at - session.usedAt > usedEvery) {
      session.usedAt = at;
      this.#used.add(session);
    }
    return session;
  }

  /** The SIP user of a token that is shown in SIP, where there is no clock of the wall: the idle are ended each hour. */
  sipUserOf(token: string): string | undefined {
    return this.#byToken.get(this.#options.hash('SHA-256', token))?.sip.user;
  }

  /** The session with these SIP credentials. */
  ofSipUser(username: string): StoredSession | undefined {
    return this.#bySipUser.get(username);
  }

  /** The SIP users of this person's sessions. */
  sipUsersOf(person: PersonId): readonly string[] {
    return this.#all().flatMap((session) => (session.person === person ? [session.sip.user] : []));
  }

  /** What the SIP digest asks. */
  sipAccount(username: string): SipAccount | undefined {
    return this.#bySipUser.get(username)?.sip;
  }

  /** Whether a SIP user may register for an address: those of the log-in, of the person, and the user's own name. */
  owns(username: string, addressOfRecord: string): boolean {
    const session = this.#bySipUser.get(username);
    if (session === undefined) return false;
    const { domain } = this.#options.sip;
    const persons = session.person === undefined ? undefined : this.#addresses.get(session.person);
    return [`${username}@${domain}`, `${session.user}@${domain}`, persons].some(
      (each) => each?.toLowerCase() === addressOfRecord.toLowerCase(),
    );
  }

  /** Who has another SIP address from now on. */
  moved(list: ChangeList): void {
    for (const change of list.changes)
      if (
        change.kind === 'altered' &&
        this.#addresses.has(change.person) &&
        'sipAddress' in { ...change.from, ...change.to }
      )
        this.#move(change.person, change.to.sipAddress);
  }

  /** A SIP user subscribed, refreshed or registered: the session is in use. It is written down by the next `tidy`. Gives who that is. */
  sipUsed(username: string): string | undefined {
    const session = this.#bySipUser.get(username);
    if (session !== undefined) this.#used.add(session);
    return session?.user;
  }

  /** @throws HostFault when a store cannot be read or written */
  logIn(logIn: LogIn, remote: string, at: WallTime): Promise<LoggedIn> {
    const user = normalUser(logIn.user);
    const address = siteOf(remote);
    return this.#attempt({ user, address, remote, at }, async () => ({
      user,
      found: await this.#check({ ...logIn, user }, this.#attempts.knownAt(user, address)),
    }));
  }

  /** A log-in by the word of an identity provider who that is; `find` asks it. @throws HostFault when a store cannot be read or written */
  logInAs(find: () => Promise<WhoLogsIn>, remote: string, at: WallTime): Promise<LoggedIn> {
    return this.#attempt({ address: siteOf(remote), remote, at }, find);
  }

  async #attempt(
    attempt: LogInAttempt & { readonly remote: string; readonly at: WallTime },
    find: () => Promise<WhoLogsIn>,
  ): Promise<LoggedIn> {
    const { remote, at } = attempt;
    const retryAfter = this.#attempts.admit(attempt, at);
    const { user, found } =
      retryAfter > 0
        ? { user: attempt.user ?? 'oidc', found: { kind: 'limited', retryAfter } as const }
        : await this.#attempts.make(find);
    // That a directory or a provider is away is nobody's wrong guess.
    if (found.kind === 'found' || found.kind === 'unavailable') this.#attempts.giveBack(attempt);
    if (found.kind === 'found') this.#attempts.trust(attempt);
    const ended = found.kind === 'found' ? await this.#open(found, remote, at) : found;
    if (ended.kind === 'open') this.#options.report({ kind: 'logged-in', user, remote });
    else this.#options.report({ kind: 'log-in-refused', user, remote, why: ended.kind });
    return ended;
  }

  async end(sessions: readonly StoredSession[], why: SessionEnd): Promise<void> {
    if (sessions.length === 0) return;
    for (const session of sessions) {
      this.#byToken.delete(session.tokenHash);
      this.#bySipUser.delete(session.sip.user);
      this.#used.delete(session);
      this.#options.over(session.sip.user);
      this.#options.report({ kind: 'session-ended', user: session.user, why });
    }
    await this.#options.store.endSessions(sessions.map((session) => session.tokenHash));
  }

  /** Ends the sessions of those who left. */
  async left(people: ReadonlySet<PersonId>): Promise<void> {
    const theirs = this.#all().filter(({ person }) => person !== undefined && people.has(person));
    await this.end(theirs, 'person-left');
  }

  countOfUser(user: string): number {
    return this.#ofUser(user).length;
  }

  async endOfUser(user: string): Promise<void> {
    await this.end(this.#ofUser(normalUser(user)), 'account-changed');
  }

  /** Writes down which sessions were used, and ends those that lay idle: to be called once in a while. */
  async tidy(at: WallTime): Promise<void> {
    const used = [...this.#used];
    this.#used.clear();
    for (const session of used) session.usedAt = at;
    await this.#options.store.used(
      used.map((session) => session.tokenHash),
      at,
    );
    await this.end(
      this.#all().filter((session) => at - session.usedAt > idleLifetime),
      'expired',
    );
  }

  #all(): readonly StoredSession[] {
    return [...this.#byToken.values()];
  }

  #ofUser(user: string): readonly StoredSession[] {
    return this.#all().filter((session) => session.user === user);
  }

  async #check(logIn: LogIn, knownAt: string | undefined): Promise<Found> {
    const account = await this.#options.store.account(logIn.user);
    if (account !== undefined) return this.#checkAccount(account, logIn.password);
    const [, answer] = await Promise.all([
      this.#options.passwords.verify(logIn.password, this.#nobodys ?? ''),
      this.#options.directory?.(logIn, knownAt) ?? ('wrong' as const),
    ]);
    if (typeof answer === 'string') return { kind: answer };
    return 'key' in answer ? this.#ofDirectory(logIn.user, answer) : { kind: 'limited', ...answer };
  }

  async #checkAccount(account: Account, password: string): Promise<Found> {
    if (!(await this.#options.passwords.verify(password, account.passwordHash))) return { kind: 'wrong' };
    // It may have been removed, or given another password, while this one was tried.
    const now = await this.#options.store.account(account.user);
    if (now?.passwordHash !== account.passwordHash) return { kind: 'wrong' };
    const { user, person } = account;
    if (person === undefined) return { kind: 'found', user };
    const { persons } = await this.#options.changeLog.persons([person]);
    return persons.length === 0 ? { kind: 'not-in-book' } : { kind: 'found', user, person };
  }

  async #ofDirectory(user: string, { source, key }: DirectoryPerson): Promise<Found> {
    const known = (await this.#options.changeLog.known(source, [key])).get(key);
    // Who is not in the book, or left it, has no business in it, though the directory still knows the password.
    if (known === undefined || known.left) return { kind: 'not-in-book' };
    return { kind: 'found', user, person: known.person };
  }

  async #open(found: Extract<Found, { kind: 'found' }>, remote: string, at: WallTime): Promise<LoggedIn> {
    const { hash, token: fresh, sip } = this.#options;
    const { user, person } = found;
    const fields = person === undefined ? {} : ((await this.#fieldsOf(person)) ?? {});
    const token = fresh();
    const username = fresh().slice(0, 11);
    const password = fresh();
    const name = fields.name ?? user;
    const credentials = { username, password, realm: sip.realm };
    const account: SipAccount = {
      user: username,
      md5: hashedA1(hash, 'MD5', credentials),
      sha256: hashedA1(hash, 'SHA-256', credentials),
    };
    const whose = person === undefined ? { user, name } : { user, name, person };
    const stored: StoredSession = {
      ...whose,
      tokenHash: hash('SHA-256', token),
      sip: account,
      createdAt: at,
      usedAt: at,
    };
    await this.#options.store.openSession(stored);
    this.#hold(stored);
    if (person !== undefined) this.#move(person, fields.sipAddress);
    // Who left while the password was tried was not among the sessions that `left` ends.
    if (person !== undefined && (await this.#fieldsOf(person)) === undefined) {
      await this.end([stored], 'person-left');
      return { kind: 'not-in-book' };
    }
    const surplus = this.#ofUser(user).slice(0, -mostSessionsOfUser);
    await this.end(surplus, 'too-many');
    const address = sipUri(fields.sipAddress ?? `${encodeURIComponent(user)}@${sip.domain}`, sip.domain);
    const to = `sip:address-book@${sip.domain}`;
    const access: SipAccess = { address, to, username, password, ...sip.listens(remote) };
    const { labels = {}, links = [] } = this.#options;
    const session = {
      token,
      ...(person !== undefined && { person }),
      name,
      ...(Object.keys(labels).length > 0 && { labels }),
      ...(links.length > 0 && { links }),
      sip: access,
    };
    return { kind: 'open', session };
  }

  /** Undefined where nobody who lives is this person. */
  async #fieldsOf(person: PersonId): Promise<Fields | undefined> {
    const { persons } = await this.#options.changeLog.persons([person]);
    return persons[0]?.fields;
  }

  #move(person: PersonId, sipAddress: string | undefined): void {
    const { domain } = this.#options.sip;
    this.#addresses.set(person, sipAddress === undefined ? undefined : addressOfRecord(sipUri(sipAddress, domain)));
  }

  #hold(session: StoredSession): void {
    this.#byToken.set(session.tokenHash, session);
    this.#bySipUser.set(session.sip.user, session);
  }
}

/** Log-in names are compared without regard to case and to forms of the same character. */
export const normalUser = (user: string): string => user.trim().normalize('NFKC').toLowerCase();
