// A terminal's photos: gives the machine of `photos` a clock, HTTP and the store.

import { runBy, type Clock, type Running } from '../base/machine.ts';
import type { Photo, PhotoHash, Sha256 } from '../book/photo.ts';
import type { PersonId } from '../book/person-id.ts';
import type { PersonalAddressBookStore } from './personal-address-book.ts';
import { PhotoFetching, readPhotoAnswer, readPhotoTrouble, type PhotoReading, type PhotosHeard } from './photos.ts';
import type { BytesOutcome, HttpMessage } from './http-exchange.ts';
import { photoMessage } from './passing-photos.ts';
import { isOfHost } from './terminal-fault.ts';
import type { PhotosFetched, TerminalEvent } from './face.ts';

export interface PhotosFollowingOptions {
  readonly store: PersonalAddressBookStore;
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly seed: number;
  /** Undefined where nobody is logged in. */
  readonly ask: (message: HttpMessage) => Promise<BytesOutcome> | undefined;
  readonly tell: (event: TerminalEvent) => void;
}

export class PhotosFollowing implements Disposable {
  readonly #options: PhotosFollowingOptions;
  readonly #running: Running<PhotosHeard>;
  #closed = false;

  constructor(options: PhotosFollowingOptions) {
    this.#options = options;
    this.#running = runBy(options.clock, new PhotoFetching(options.seed), ({ hash }) => void this.#carryOut(hash));
  }

  /** Somebody is logged in and wants to be kept up to date; or not any more. */
  follow(online: boolean): void {
    this.#running.tell({ kind: online ? 'online' : 'offline' });
    if (online) this.look();
  }

  /** Entries have changed: there may be others to fetch. */
  look(): void {
    void this.#missing().then((hashes) => this.#running.tell({ kind: 'missing', hashes }));
  }

  /** All that are missing, once; whatever stands in the way ends it. */
  async fetchAll(progress: (done: number, total: number) => void): Promise<PhotosFetched> {
    const missing = await this.#missing();
    let fetched = 0;
    for (const [at, hash] of missing.entries()) {
      progress(at, missing.length);
      const { kind } = await this.#fetch(hash);
      if (kind === 'photo') fetched += 1;
      else if (kind !== 'refused') break;
    }
    return { fetched, missing: missing.length - fetched };
  }

  async #carryOut(hash: PhotoHash): Promise<void> {
    this.#running.tell({ kind: 'came', hash, reading: await this.#fetch(hash) });
  }

  async #fetch(hash: PhotoHash): Promise<PhotoReading> {
    const { ask, tell, sha256 } = this.#options;
    const outcome = await ask(photoMessage(hash));
    if (outcome === undefined) return { kind: 'not-let-in' };
    const reading =
      outcome.kind === 'answered' ? readPhotoAnswer(hash, outcome, sha256) : readPhotoTrouble(outcome.trouble);
    if (reading.kind === 'refused' && reading.trouble !== undefined)
      tell({ kind: 'refused-whole', trouble: reading.trouble });
    return reading.kind === 'photo' ? this.#keep(reading.photo) : reading;
  }

  async #keep(photo: Photo): Promise<PhotoReading> {
    if (this.#closed) return { kind: 'not-let-in' };
    try {
      const people: readonly PersonId[] = await this.#options.store.keepPhoto(photo);
      if (people.length > 0) this.#options.tell({ kind: 'photo', people });
      return { kind: 'photo', photo };
    } catch (fault) {
      if (!isOfHost(fault)) throw fault;
      return { kind: 'later', after: undefined };
    }
  }

  async #missing(): Promise<readonly PhotoHash[]> {
    if (this.#closed) return [];
    try {
      return await this.#options.store.missingPhotos();
    } catch (fault) {
      // Whoever looks at the entries hears of it; the photos wait for the next look.
      if (!isOfHost(fault)) throw fault;
      return [];
    }
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#running.stop();
  }
}
