import { seconds, type Milliseconds } from '../base/time.ts';
import { LdapFault } from '../ldap/fault.ts';
import type { Control } from '../ldap/message.ts';
import { firstPage, nextPage, pageRequest, type PageCookie } from '../ldap/paging.ts';
import { faultOf } from '../ldap/result-code.ts';
import type { Modification, NewAttributes, Renaming, Search } from '../ldap/request.ts';
import {
  Session,
  type Answer,
  type Entry,
  type Question,
  type SessionHeard,
  type SessionSaid,
} from '../ldap/session.ts';
import { checkAddress, dial, type LdapConnection, type LdapSecurity } from './ldap-socket.ts';
import { run, type Running } from './run.ts';

export interface OpenSessionOptions extends LdapSecurity {
  readonly url: string;
  /** For each answer; 10 s unless told. */
  readonly patience?: Milliseconds;
  /** Entries that one search may collect; 10,000 unless told. */
  readonly mostEntries?: number;
}

interface Found {
  readonly entries: readonly Entry[];
  /** False where a size limit cut it short. */
  readonly complete: boolean;
  /** Of the result. */
  readonly controls: readonly Control[];
}

/**
 * One connection to a directory, which acts as one account at a time: a log-in takes a session of its own.
 * Every method rejects with LdapFault where the server refuses, is late, or went away.
 */
export interface LdapSession extends AsyncDisposable {
  /** As `dn` from here on. An empty password is never sent (RFC 4513 §5.1.2). */
  bind(dn: string, password: string): Promise<void>;
  /** Whether `password` is that of `dn`; false also for an empty one. After a true the session is bound as `dn`, after a false as nobody. */
  accepts(dn: string, password: string): Promise<boolean>;
  search(search: Search, ...controls: readonly Control[]): Promise<Found>;
  /**
   * All that a search finds, however much it is, in pages of at most `size` (RFC 2696); the next is asked for when the one before is
   * taken. Other questions may be asked meanwhile.
   * @throws LdapFault also where a size limit of the server ends it: what came is not all
   */
  pages(search: Search, size: number, ...controls: readonly Control[]): AsyncIterable<readonly Entry[]>;
  add(dn: string, attributes: NewAttributes): Promise<void>;
  modify(dn: string, modifications: readonly Modification[]): Promise<void>;
  delete(dn: string): Promise<void>;
  rename(renaming: Renaming): Promise<void>;
}

const defaults = { patience: seconds(10), mostEntries: 10_000 };
const sizeLimitExceeded = { code: 4, matchedDn: '', diagnostic: '' };

/**
 * @throws TypeError when the address is none, or would take a password in clear text over the network
 * @throws LdapFault when the server cannot be reached, is not who its certificate must say, or refuses StartTLS
 */
export async function openSession(options: OpenSessionOptions): Promise<LdapSession> {
  checkAddress(options.url, options, true);
  const host = new SessionHost(options);
  await host.ready;
  return host;
}

interface Waiting<T> {
  resolve(value: T): void;
  reject(fault: LdapFault): void;
}

class SessionHost implements LdapSession {
  readonly ready: Promise<void>;
  readonly #waiting = new Map<number, Waiting<Answer>>();
  readonly #running: Running<SessionHeard>;
  readonly #connection: LdapConnection;
  #opening: Waiting<void> = { resolve: () => undefined, reject: () => undefined };
  #asked = 0;
  /** Who is bound, for the advice in faults. */
  #dn = '';

  constructor({ url, startTls = false, ...options }: OpenSessionOptions) {
    const { patience = defaults.patience, mostEntries = defaults.mostEntries } = options;
    const session = new Session({ startTls: startTls && !/^ldap[si]:/i.test(url), patience, mostEntries });
    this.ready = new Promise((resolve, reject) => {
      this.#opening = { resolve, reject };
    });
    this.#running = run(session, (said) => this.#carryOut(said));
    this.#connection = dial(
      url,
      { startTls, ...options },
      {
        opened: () => this.#running.tell({ kind: 'connected' }),
        secured: () => this.#running.tell({ kind: 'secured' }),
        received: (bytes) => this.#running.tell({ kind: 'received', bytes }),
        closed: (why) => this.#running.tell({ kind: 'closed', why }),
      },
    );
    this.#running.tell({ kind: 'dialling' });
  }

  #carryOut(said: SessionSaid): void {
    switch (said.kind) {
      case 'send':
        this.#connection.send(said.bytes);
        break;
      case 'secure':
        this.#connection.secure();
        break;
      case 'hang-up':
        this.#connection.hangUp();
        break;
      case 'ready':
        this.#opening.resolve();
        break;
      case 'answered':
        this.#settle(said.asked)?.resolve(said.answer);
        break;
      case 'failed':
        this.#settle(said.asked)?.reject(said.fault);
        break;
      case 'over':
        this.#opening.reject(said.fault);
        break;
    }
  }

  #settle(asked: number): Waiting<Answer> | undefined {
    const waiting = this.#waiting.get(asked);
    this.#waiting.delete(asked);
    return waiting;
  }

  #ask(question: Question): Promise<Answer> {
    this.#asked += 1;
    const asked = this.#asked;
    return new Promise((resolve, reject) => {
      this.#waiting.set(asked, { resolve, reject });
      this.#running.tell({ kind: 'ask', asked, question });
    });
  }

  async bind(dn: string, password: string): Promise<void> {
    await this.#ask({ kind: 'bind', dn, password });
    this.#dn = dn;
  }

  async accepts(dn: string, password: string): Promise<boolean> {
    // RFC 4513 §5.1.1: an empty name is the anonymous bind, which succeeds for everybody.
    if (dn === '' || password === '') return false;
    try {
      await this.bind(dn, password);
      return true;
    } catch (fault) {
      if (fault instanceof LdapFault && fault.code === 49) return false;
      throw fault;
    }
  }

  async search(search: Search, ...controls: readonly Control[]): Promise<Found> {
    const answer = await this.#ask({ kind: 'search', search, controls });
    if (answer.kind !== 'found') throw new TypeError('a search is answered by what it found');
    return answer;
  }

  async *pages(search: Search, size: number, ...controls: readonly Control[]): AsyncGenerator<readonly Entry[]> {
    let next: PageCookie | undefined = firstPage;
    while (next !== undefined) {
      const found: Found = await this.search(search, pageRequest(size, next), ...controls);
      if (!found.complete) throw faultOf(sizeLimitExceeded, { dn: this.#dn, base: search.base });
      yield found.entries;
      next = nextPage(found.controls);
    }
  }

  async add(dn: string, attributes: NewAttributes): Promise<void> {
    await this.#ask({ kind: 'add', dn, attributes });
  }

  async modify(dn: string, modifications: readonly Modification[]): Promise<void> {
    await this.#ask({ kind: 'modify', dn, modifications });
  }

  async delete(dn: string): Promise<void> {
    await this.#ask({ kind: 'delete', dn });
  }

  async rename(renaming: Renaming): Promise<void> {
    await this.#ask({ kind: 'rename', renaming });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#running.tell({ kind: 'end' });
    this.#running.stop();
  }
}
