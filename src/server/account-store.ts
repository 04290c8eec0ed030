// Local accounts and open sessions, kept.

import type { WallTime } from '../base/time.ts';
import type { PersonId } from '../book/person-id.ts';
import type { Account as SipAccount } from '../sip/authenticator.ts';

/** Somebody who may log in with a password that we keep (as a hash), not a directory. */
export interface Account {
  /** In the form that `normalUser` gives. */
  readonly user: string;
  readonly passwordHash: string;
  /** Who that is in the enterprise address book; absent for one who is not in it. */
  readonly person?: PersonId;
  readonly createdAt: WallTime;
}

export interface StoredSession {
  readonly tokenHash: string;
  readonly user: string;
  readonly name: string;
  readonly person?: PersonId;
  readonly sip: SipAccount;
  readonly createdAt: WallTime;
  usedAt: WallTime;
}

/** Each verb is one transaction. @throws HostFault when the store cannot be read or written */
export interface AccountStore extends AsyncDisposable {
  accounts(): Promise<readonly Account[]>;
  account(user: string): Promise<Account | undefined>;
  /** Adds it, or puts it in the place of the one with this user. */
  putAccount(account: Account): Promise<void>;
  /** Whether it was there. */
  removeAccount(user: string): Promise<boolean>;
  /** Oldest first. */
  sessions(): Promise<readonly StoredSession[]>;
  openSession(session: StoredSession): Promise<void>;
  endSessions(tokenHashes: readonly string[]): Promise<void>;
  used(tokenHashes: readonly string[], at: WallTime): Promise<void>;
}
