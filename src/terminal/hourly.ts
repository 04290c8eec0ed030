// When to look at something that nobody tells of: at once, then each hour; sooner, with the back-off, where it could not be looked at.

import type { Machine } from '../base/machine.ts';
import { later, minutes, type Instant, type Milliseconds } from '../base/time.ts';
import { failed, succeeded, type BackOff } from './back-off.ts';

const every: Milliseconds = minutes(60);

export type HourlyHeard =
  | { readonly kind: 'online' }
  | { readonly kind: 'offline' }
  /** Something was missed: look now. */
  | { readonly kind: 'missed' }
  | { readonly kind: 'looked' }
  | { readonly kind: 'not-now'; readonly retryAfter: Milliseconds | undefined }
  /** Of no use before the next log-in. */
  | { readonly kind: 'not-let-in' };

export class Hourly implements Machine<HourlyHeard, 'look'> {
  #online = false;
  #looking = false;
  #nextAt: Instant | undefined;
  #backOff: BackOff;

  /** `seed`: any whole number; two terminals should have two. */
  constructor(seed: number) {
    this.#backOff = { failures: 0, seed };
  }

  handle(heard: HourlyHeard, now: Instant): readonly 'look'[] {
    switch (heard.kind) {
      case 'online':
        this.#online = true;
        this.#nextAt = now;
        break;
      case 'offline':
        this.#online = false;
        break;
      case 'missed':
        // Where the server is asked for patience already, it has it.
        if (this.#backOff.failures === 0) this.#nextAt = now;
        break;
      case 'looked':
      case 'not-now':
      case 'not-let-in':
        this.#looked(heard, now);
    }
    return this.wake(now);
  }

  #looked(heard: Extract<HourlyHeard, { readonly kind: 'looked' | 'not-now' | 'not-let-in' }>, now: Instant): void {
    this.#looking = false;
    if (heard.kind === 'not-let-in') this.#online = false;
    // What was missed meanwhile is looked at anew.
    if (this.#nextAt !== undefined) return;
    const [backOff, wait] =
      heard.kind === 'not-now' ? failed(this.#backOff, heard.retryAfter) : [succeeded(this.#backOff), every];
    this.#backOff = backOff;
    this.#nextAt = later(now, wait);
  }

  deadline(): Instant | undefined {
    return this.#online && !this.#looking ? this.#nextAt : undefined;
  }

  wake(now: Instant): readonly 'look'[] {
    const due = this.deadline();
    if (due === undefined || now < due) return [];
    this.#looking = true;
    this.#nextAt = undefined;
    return ['look'];
  }
}
