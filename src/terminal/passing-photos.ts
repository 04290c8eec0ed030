// Photos of people who are not held: seen in passing, and kept in memory only, the newest of them.

import { isPhotoHash, mostPhotoBytes, type Photo, type PhotoHash, type Sha256 } from '../book/photo.ts';
import { apiPrefix } from '../wire/protocol-version.ts';
import { faultOf } from './answers.ts';
import type { BytesOutcome, HttpMessage } from './http-exchange.ts';
import { readPhotoAnswer } from './photos.ts';
import { TerminalFault } from './terminal-fault.ts';

// Some eighty thumbnails of Active Directory's largest size: what a list shows while one scrolls to and fro.
const mostBytes = 16 * mostPhotoBytes;

export const photoMessage = (hash: PhotoHash): HttpMessage => ({
  method: 'GET',
  path: `${apiPrefix}/photos/${hash}`,
  short: true,
  mostAnswerOctets: mostPhotoBytes,
});

export interface PassingPhotosOptions {
  readonly sha256: Sha256;
  readonly ask: (message: HttpMessage) => Promise<BytesOutcome>;
}

export class PassingPhotos {
  readonly #options: PassingPhotosOptions;
  /** The one that was looked at last stands last. */
  #kept = new Map<PhotoHash, Photo>();
  #asked = new Map<PhotoHash, Promise<Photo | undefined>>();

  constructor(options: PassingPhotosOptions) {
    this.#options = options;
  }

  /** Undefined where there is none that this reader may see. @throws TerminalFault where the server does not answer, or sends another thing */
  async of(hash: string): Promise<Photo | undefined> {
    if (!isPhotoHash(hash)) return undefined;
    const kept = this.#kept.get(hash);
    if (kept === undefined) return this.#asked.get(hash) ?? this.#fetch(hash);
    this.#kept.delete(hash);
    this.#kept.set(hash, kept);
    return kept;
  }

  /** Another reader may see other photos. */
  forget(): void {
    this.#kept = new Map();
    this.#asked = new Map();
  }

  #fetch(hash: PhotoHash): Promise<Photo | undefined> {
    const [kept, asked] = [this.#kept, this.#asked];
    const coming = this.#read(hash).then((photo) => {
      if (photo !== undefined) keep(kept, photo);
      return photo;
    });
    asked.set(hash, coming);
    return coming.finally(() => asked.delete(hash));
  }

  async #read(hash: PhotoHash): Promise<Photo | undefined> {
    const outcome = await this.#options.ask(photoMessage(hash));
    if (outcome.kind === 'unanswered') throw new TerminalFault(outcome.trouble);
    if (outcome.status === 404) return undefined;
    if (outcome.status !== 200) throw faultOf({ status: outcome.status, text: '' });
    const reading = readPhotoAnswer(hash, outcome, this.#options.sha256);
    if (reading.kind === 'refused' && reading.trouble !== undefined) throw new TerminalFault(reading.trouble);
    return reading.kind === 'photo' ? reading.photo : undefined;
  }
}

function keep(kept: Map<PhotoHash, Photo>, photo: Photo): void {
  kept.set(photo.hash, photo);
  let bytes = [...kept.values()].reduce((sum, each) => sum + each.bytes.length, 0);
  for (const [hash, oldest] of kept) {
    if (bytes <= mostBytes) return;
    kept.delete(hash);
    bytes -= oldest.bytes.length;
  }
}
