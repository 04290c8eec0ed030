// So that no account of a directory is locked by what is tried here. A directory counts wrong passwords and locks the
// account at five or so within a quarter of an hour or so, and then its employee can log in nowhere; a softphone that
// still has the password of last month, and tries it each minute, must not do that, nor a stranger who guesses.
//
// What was wrong is remembered, and is wrong again without the directory being asked; the rest is counted by account,
// not by the names that it has, and separately for an address from which its employee has come in before.

import { milliseconds, minutes, type Instant, type Milliseconds, type WallTime } from '../base/time.ts';

type At = Instant | WallTime;

export interface BindAttempt {
  /** Names the account, whatever was typed for it; for a name that nobody has, the name. */
  readonly account: string;
  readonly password: string;
  /** The address, where this employee has come in from there before. */
  readonly knownAt?: string | undefined;
}

/** `barred`: the account may not log in now, so the answer says nothing of the password. */
export type BindAnswer = 'right' | 'wrong' | 'barred' | { readonly retryAfter: Milliseconds };

// Directories lock after five or more, and count from nothing once the last one lies a while back (15 minutes by what
// Microsoft and CIS advise). So four in a row, and then nothing until they have forgotten those.
const most = 4;
const forgottenAfter = minutes(16);

// Of digests, and of accounts; 50,000 are some 8 MB.
const mostRemembered = 50_000;

interface Failures {
  count: number;
  last: number;
}

export class LockOutGuard {
  readonly #digest: (text: string) => string;
  readonly #failures = new Map<string, Failures>();
  /** What was wrong, until when it is so without asking: the directory may have been given this very password since. */
  readonly #wrong = new Map<string, number>();
  readonly #asking = new Map<string, Promise<BindAnswer>>();

  /** `digest` has a key that nobody knows: what is remembered here is passwords that people once had. */
  constructor(digest: (text: string) => string) {
    this.#digest = digest;
  }

  /** Whether the password is right; `bind` asks the directory, and is called only where that may be done. What it throws is thrown. */
  async try(attempt: BindAttempt, at: At, bind: () => Promise<'right' | 'wrong' | 'barred'>): Promise<BindAnswer> {
    const { account, password, knownAt } = attempt;
    const digest = this.#digest(`${account}\0${password}`);
    if ((this.#wrong.get(digest) ?? -Infinity) > at) return 'wrong';
    // Terminals that come back together, all with the same old password, ask once.
    const asking = this.#asking.get(digest);
    if (asking !== undefined) return asking;
    const key = knownAt === undefined ? account : `${knownAt} ${account}`;
    const failures = this.#failuresOf(key, at);
    if (failures.count >= most) return { retryAfter: milliseconds(failures.last + forgottenAfter - at) };
    failures.count += 1;
    failures.last = at;
    const answer = this.#ask(failures, bind).finally(() => this.#asking.delete(digest));
    this.#asking.set(digest, answer);
    if ((await answer) === 'wrong') keep(this.#wrong, digest, at + forgottenAfter);
    return answer;
  }

  /** Only what the directory may have counted stays counted; a password that was right ends its count. */
  async #ask(failures: Failures, bind: () => Promise<'right' | 'wrong' | 'barred'>): Promise<BindAnswer> {
    let answer: BindAnswer | undefined;
    try {
      return (answer = await bind());
    } finally {
      if (answer === 'right') failures.count = 0;
      else if (answer !== 'wrong') failures.count = Math.max(0, failures.count - 1);
    }
  }

  #failuresOf(key: string, at: At): Failures {
    const known = this.#failures.get(key);
    if (known !== undefined && known.last + forgottenAfter > at) return known;
    const none: Failures = { count: 0, last: at };
    keep(this.#failures, key, none);
    return none;
  }
}

/** As the newest; the oldest is let go of where there are too many. */
function keep<Value>(map: Map<string, Value>, key: string, value: Value): void {
  const [oldest] = map.keys();
  if (map.size >= mostRemembered && oldest !== undefined) map.delete(oldest);
  map.delete(key);
  map.set(key, value);
}
