// The photos of a terminal's entries. An entry's field `photo` is a hash; the bytes come afterwards, one photo at a
// time, and never hold up a revision of the book. What fails in passing is tried again with the back-off; what is
// wrong is not asked for again before the next log-in.

import type { Machine } from '../base/machine.ts';
import { later, seconds, type Instant, type Milliseconds } from '../base/time.ts';
import { readPhoto, type Photo, type PhotoHash, type Sha256 } from '../book/photo.ts';
import type { Trouble } from './acquisition.ts';
import { failed, succeeded, type BackOff } from './back-off.ts';

/** What came of asking for a photo. */
export type PhotoReading =
  | { readonly kind: 'photo'; readonly photo: Photo }
  /** Asking for this one again is of no use. `trouble`: what is wrong with what came; absent where it is only not there. */
  | { readonly kind: 'refused'; readonly trouble?: Trouble }
  /** Asking for any is of no use before the next log-in. */
  | { readonly kind: 'not-let-in' }
  | { readonly kind: 'later'; readonly after: Milliseconds | undefined };

export interface PhotoAnswer {
  readonly status: number;
  readonly bytes: Uint8Array;
  readonly retryAfterSeconds?: number;
}

/** Believed is nothing but the hash of what came. */
export function readPhotoAnswer(hash: PhotoHash, answer: PhotoAnswer, sha256: Sha256): PhotoReading {
  const { status, bytes, retryAfterSeconds } = answer;
  if (status === 401 || status === 403) return { kind: 'not-let-in' };
  if (status === 429 || status >= 500)
    return { kind: 'later', after: retryAfterSeconds === undefined ? undefined : seconds(retryAfterSeconds) };
  // Not there, though an entry names it: a change that says so is on its way.
  if (status !== 200) return { kind: 'refused' };
  const photo = readPhoto(bytes, sha256);
  if ('problem' in photo) return refused(photo.problem);
  return photo.hash === hash ? { kind: 'photo', photo } : refused('it is not the one that was asked for');
}

export function readPhotoTrouble(trouble: Trouble): PhotoReading {
  return trouble.kind === 'too-large' ? { kind: 'refused', trouble } : { kind: 'later', after: undefined };
}

const refused = (problem: string): PhotoReading => ({
  kind: 'refused',
  trouble: { kind: 'malformed', words: `The server sent a photo that cannot be used: ${problem}.` },
});

export type PhotosHeard =
  /** Somebody is logged in, and is to be kept up to date. */
  | { readonly kind: 'online' }
  | { readonly kind: 'offline' }
  /** All that entries name and the store has not. */
  | { readonly kind: 'missing'; readonly hashes: readonly PhotoHash[] }
  | { readonly kind: 'came'; readonly hash: PhotoHash; readonly reading: PhotoReading };

export interface PhotosSaid {
  readonly kind: 'fetch';
  readonly hash: PhotoHash;
}

export class PhotoFetching implements Machine<PhotosHeard, PhotosSaid> {
  #online = false;
  #missing: readonly PhotoHash[] = [];
  #refused: Set<PhotoHash> = new Set();
  #asking: PhotoHash | undefined;
  #retryAt: Instant | undefined;
  #backOff: BackOff;

  /** `seed`: any whole number; two terminals should have two. */
  constructor(seed: number) {
    this.#backOff = { failures: 0, seed };
  }

  handle(heard: PhotosHeard, now: Instant): readonly PhotosSaid[] {
    switch (heard.kind) {
      case 'online':
        this.#online = true;
        this.#refused = new Set();
        this.#retryAt = undefined;
        break;
      case 'offline':
        this.#online = false;
        break;
      case 'missing':
        this.#missing = heard.hashes;
        this.#refused = new Set(heard.hashes.filter((hash) => this.#refused.has(hash)));
        break;
      case 'came':
        this.#came(heard, now);
    }
    return this.#next();
  }

  deadline(): Instant | undefined {
    return this.#online ? this.#retryAt : undefined;
  }

  wake(now: Instant): readonly PhotosSaid[] {
    if (this.#retryAt !== undefined && now >= this.#retryAt) this.#retryAt = undefined;
    return this.#next();
  }

  #came({ hash, reading }: PhotosHeard & { readonly kind: 'came' }, now: Instant): void {
    if (this.#asking === hash) this.#asking = undefined;
    switch (reading.kind) {
      case 'photo':
        this.#backOff = succeeded(this.#backOff);
        this.#missing = this.#missing.filter((each) => each !== hash);
        break;
      case 'refused':
        this.#refused.add(hash);
        break;
      case 'not-let-in':
        this.#online = false;
        break;
      case 'later': {
        const [backOff, wait] = failed(this.#backOff, reading.after);
        this.#backOff = backOff;
        this.#retryAt = later(now, wait);
      }
    }
  }

  #next(): readonly PhotosSaid[] {
    if (!this.#online || this.#asking !== undefined || this.#retryAt !== undefined) return [];
    const hash = this.#missing.find((each) => !this.#refused.has(each));
    if (hash === undefined) return [];
    this.#asking = hash;
    return [{ kind: 'fetch', hash }];
  }
}
