// How often somebody may try to log in: by user, by address, and by both. Only failures count.

import { seconds, type Milliseconds, type WallTime } from '../base/time.ts';
import { AttemptLimit } from '../sip/attempt-limit.ts';

export interface LogInAttempt {
  /** Absent where that is known only once it has succeeded. */
  readonly user?: string;
  /** As `siteOf` gives it. */
  readonly address: string;
}

const noWait: Milliseconds = seconds(0);

const limits = {
  // One address may be an office behind one NAT; a failure each six seconds is a person's pace.
  address: { burst: 30, every: seconds(6) },
  // Nobody locks anybody else out: the narrow limit is on the pair of user and address.
  pair: { burst: 5, every: seconds(30) },
  // A guess spread over many addresses. It does not bind an address from which this user came in before.
  user: { burst: 100, every: seconds(10) },
  // argon2 takes 50 ms of a core and 19 MB a password.
  atOnce: 32,
  trustedPairs: 50_000,
};

export class LogInAttempts {
  readonly #byAddress = new AttemptLimit(limits.address);
  readonly #byPair = new AttemptLimit(limits.pair);
  readonly #byUser = new AttemptLimit(limits.user);
  readonly #trusted = new Set<string>();
  #underWay = 0;

  /**
   * How long to wait before this attempt; 0 where it may be made, which takes one of each limit. The narrowest is
   * asked first, and a refused attempt takes nothing of the wider ones: nobody's guesses use up what others need.
   */
  admit(attempt: LogInAttempt, at: WallTime): Milliseconds {
    const { user, address } = attempt;
    if (this.#underWay >= limits.atOnce) return seconds(1);
    if (user === undefined) return this.#byAddress.take(address, at);
    const pair = pairOf(user, address);
    const ofPair = this.#byPair.take(pair, at);
    if (ofPair > 0) return ofPair;
    const ofAddress = this.#byAddress.take(address, at);
    if (ofAddress > 0) {
      this.#byPair.giveBack(pair);
      return ofAddress;
    }
    if (this.#trusted.has(pair)) return noWait;
    const ofUser = this.#byUser.take(user, at);
    if (ofUser > 0) {
      this.#byPair.giveBack(pair);
      this.#byAddress.giveBack(address);
    }
    return ofUser;
  }

  /** Makes an attempt that was admitted. */
  async make<Result>(attempt: () => Promise<Result>): Promise<Result> {
    this.#underWay += 1;
    try {
      return await attempt();
    } finally {
      this.#underWay -= 1;
    }
  }

  giveBack({ user, address }: LogInAttempt): void {
    this.#byAddress.giveBack(address);
    if (user === undefined) return;
    const pair = pairOf(user, address);
    this.#byPair.giveBack(pair);
    if (!this.#trusted.has(pair)) this.#byUser.giveBack(user);
  }

  /** The address, where this user came in from there before. */
  knownAt(user: string, address: string): string | undefined {
    return this.#trusted.has(pairOf(user, address)) ? address : undefined;
  }

  /** This user came in from this address. */
  trust({ user, address }: LogInAttempt): void {
    if (user === undefined) return;
    const [oldest] = this.#trusted;
    if (this.#trusted.size >= limits.trustedPairs && oldest !== undefined) this.#trusted.delete(oldest);
    this.#trusted.add(pairOf(user, address));
  }
}

const pairOf = (user: string, address: string): string => `${address} ${user}`;
