// How often somebody may try. Each key has a bucket of attempts that fills again with time; what
// succeeds is given back, so that only failures count.

import type { Instant, Milliseconds, WallTime } from '../base/time.ts';

export interface AttemptRule {
  readonly burst: number;
  /** One attempt more comes back each. */
  readonly every: Milliseconds;
}

/** Of one clock only: a limit reads no instant of another. */
type At = Instant | WallTime;

interface Bucket {
  left: number;
  at: number;
}

// 50,000 keys are 8 MB; beyond, the one that is oldest is let go of: it has most likely filled again.
const mostKeys = 50_000;

export class AttemptLimit {
  readonly #rule: AttemptRule;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rule: AttemptRule) {
    this.#rule = rule;
  }

  /** Takes one attempt; how long to wait where none is left, else 0. */
  take(key: string, at: At): Milliseconds {
    const bucket = this.#bucket(key, at);
    if (bucket.left < 1) return Math.ceil((1 - bucket.left) * this.#rule.every) as Milliseconds;
    bucket.left -= 1;
    return 0 as Milliseconds;
  }

  giveBack(key: string): void {
    const bucket = this.#buckets.get(key);
    if (bucket !== undefined) bucket.left = Math.min(this.#rule.burst, bucket.left + 1);
  }

  #bucket(key: string, at: At): Bucket {
    const known = this.#buckets.get(key);
    if (known !== undefined) {
      const since = Math.max(0, at - known.at); // a wall clock may be set back
      known.left = Math.min(this.#rule.burst, known.left + since / this.#rule.every);
      known.at = at;
      return known;
    }
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size >= mostKeys && oldest !== undefined) this.#buckets.delete(oldest);
    const made: Bucket = { left: this.#rule.burst, at };
    this.#buckets.set(key, made);
    return made;
  }
}
