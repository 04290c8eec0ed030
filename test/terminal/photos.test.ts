import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instant, seconds, type Instant } from '../../src/base/time.ts';
import type { PhotoHash } from '../../src/book/photo.ts';
import { sha256 } from '../../src/node/chance.ts';
import { PhotoFetching, readPhotoAnswer, readPhotoTrouble, type PhotoReading } from '../../src/terminal/photos.ts';
import { photo, picture } from '../peers/pictures.ts';

const [red, blue, green] = [photo(1), photo(2), photo(3)];
const start = instant(1_000_000);
const later: PhotoReading = { kind: 'later', after: undefined };
const fetch = (hash: PhotoHash): unknown => [{ kind: 'fetch', hash }];

describe('what a server answers to the question for a photo', () => {
  const read = (status: number, bytes: Uint8Array, retryAfterSeconds?: number): PhotoReading =>
    readPhotoAnswer(red.hash, { status, bytes, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) }, sha256);

  test('bytes of that hash are the photo, of the type that they themselves say', () => {
    expect(read(200, red.bytes)).toEqual({ kind: 'photo', photo: red });
  });

  test.each([
    ['another photo', blue.bytes, /not the one that was asked for/],
    ['a photo with one byte more', Uint8Array.of(...red.bytes, 0), /not the one that was asked for/],
    ['half of the photo', red.bytes.subarray(0, 150), /not the one that was asked for/],
    ['nothing', new Uint8Array(), /not a JPEG/],
    ['a page of HTML', new TextEncoder().encode('<!doctype html>'), /not a JPEG/],
    ['a photo too large', picture(1, 600_000), /at most 524288/],
  ])('%s is refused in words, and not asked for again', (_, bytes, words) => {
    expect(read(200, bytes)).toEqual({
      kind: 'refused',
      trouble: { kind: 'malformed', words: expect.stringMatching(words) },
    });
  });

  test.each<[number, PhotoReading['kind']]>([
    [404, 'refused'],
    [204, 'refused'],
    [301, 'refused'],
    [401, 'not-let-in'],
    [403, 'not-let-in'],
    [429, 'later'],
    [500, 'later'],
    [503, 'later'],
  ])('status %i is %s, whatever comes with it', (status, kind) => {
    expect(read(status, red.bytes).kind).toBe(kind);
  });

  test('a server that asks for patience gets it', () => {
    expect(read(503, new Uint8Array(), 7)).toEqual({ kind: 'later', after: seconds(7) });
  });

  test('an answer too large is refused for good; a server that is away is asked later', () => {
    const trouble = { kind: 'too-large', words: 'x' } as const;
    expect(readPhotoTrouble(trouble)).toEqual({ kind: 'refused', trouble });
    expect(readPhotoTrouble({ kind: 'unreachable', words: 'x' })).toEqual(later);
  });
});

describe('the fetching of photos', () => {
  const online = (first: PhotoHash, ...others: readonly PhotoHash[]): PhotoFetching => {
    const fetching = new PhotoFetching(1);
    fetching.handle({ kind: 'online' }, start);
    expect(fetching.handle({ kind: 'missing', hashes: [first, ...others] }, start)).toEqual(fetch(first));
    return fetching;
  };
  const came = (hash: PhotoHash, reading: PhotoReading): Parameters<PhotoFetching['handle']>[0] => ({
    kind: 'came',
    hash,
    reading,
  });

  test('asks for one after another, each once', () => {
    const fetching = online(red.hash, blue.hash);
    expect(fetching.handle({ kind: 'missing', hashes: [red.hash, blue.hash] }, start)).toEqual([]);
    expect(fetching.handle(came(red.hash, { kind: 'photo', photo: red }), start)).toEqual(fetch(blue.hash));
    expect(fetching.handle(came(blue.hash, { kind: 'photo', photo: blue }), start)).toEqual([]);
    expect(fetching.deadline()).toBeUndefined();
  });

  test('asks for nothing while nobody is online, and goes on when somebody is', () => {
    const fetching = new PhotoFetching(1);
    expect(fetching.handle({ kind: 'missing', hashes: [red.hash] }, start)).toEqual([]);
    expect(fetching.handle({ kind: 'online' }, start)).toEqual(fetch(red.hash));
    expect(fetching.handle({ kind: 'offline' }, start)).toEqual([]);
    expect(fetching.handle(came(red.hash, later), start)).toEqual([]);
    expect(fetching.deadline()).toBeUndefined();
    expect(fetching.handle({ kind: 'online' }, start)).toEqual(fetch(red.hash));
  });

  test('after a failure it waits, longer each time, and then asks again; success makes it quick again', () => {
    const fetching = online(red.hash, blue.hash);
    let now: Instant = start;
    let longest = 0;
    for (let failures = 0; failures < 12; failures += 1) {
      expect(fetching.handle(came(red.hash, later), now)).toEqual([]);
      const at = fetching.deadline();
      if (at === undefined) throw new Error('it waits for nothing');
      expect(at - now).toBeGreaterThanOrEqual(1000);
      expect(at - now).toBeLessThanOrEqual(60_000);
      longest = Math.max(longest, at - now);
      expect(fetching.handle({ kind: 'missing', hashes: [red.hash, blue.hash] }, now)).toEqual([]);
      expect(fetching.wake(instant(at - 1))).toEqual([]);
      now = at;
      expect(fetching.wake(now)).toEqual(fetch(red.hash));
    }
    expect(longest).toBeGreaterThan(10_000);
    expect(fetching.handle(came(red.hash, { kind: 'photo', photo: red }), now)).toEqual(fetch(blue.hash));
    fetching.handle(came(blue.hash, later), now);
    expect((fetching.deadline() ?? now) - now).toBeLessThanOrEqual(2000);
  });

  test('a server that asks for patience gets it', () => {
    const fetching = online(red.hash);
    fetching.handle(came(red.hash, { kind: 'later', after: seconds(300) }), start);
    expect((fetching.deadline() ?? start) - start).toBeGreaterThanOrEqual(300_000);
  });

  test('what was refused is not asked for again, until somebody logs in anew; the others go on', () => {
    const fetching = online(red.hash, blue.hash);
    expect(fetching.handle(came(red.hash, { kind: 'refused' }), start)).toEqual(fetch(blue.hash));
    expect(fetching.handle(came(blue.hash, { kind: 'photo', photo: blue }), start)).toEqual([]);
    expect(fetching.handle({ kind: 'missing', hashes: [red.hash] }, start)).toEqual([]);
    expect(fetching.handle({ kind: 'online' }, start)).toEqual(fetch(red.hash));
  });

  test('who is not let in asks for nothing more before the next log-in', () => {
    const fetching = online(red.hash, blue.hash);
    expect(fetching.handle(came(red.hash, { kind: 'not-let-in' }), start)).toEqual([]);
    expect(fetching.handle({ kind: 'missing', hashes: [red.hash, blue.hash] }, start)).toEqual([]);
    expect(fetching.deadline()).toBeUndefined();
    expect(fetching.handle({ kind: 'online' }, start)).toEqual(fetch(red.hash));
  });

  test('an answer to what nobody waits for does no harm', () => {
    const fetching = online(red.hash);
    expect(fetching.handle(came(green.hash, { kind: 'photo', photo: green }), start)).toEqual([]);
    expect(fetching.handle(came(red.hash, { kind: 'photo', photo: red }), start)).toEqual([]);
    expect(fetching.handle(came(red.hash, { kind: 'photo', photo: red }), start)).toEqual([]);
  });

  test('whatever happens, at most one is out at a time, and in the end all are asked for that are missing', () => {
    const act = fc.constantFrom<'photo' | 'later' | 'refused' | 'online' | 'offline' | 'look'>(
      ...(['photo', 'later', 'refused', 'online', 'offline', 'look'] as const),
    );
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), fc.nat(), (acts, seed) => {
        const fetching = new PhotoFetching(seed);
        const missing = new Set([red.hash, blue.hash, green.hash]);
        let now: Instant = start;
        let out: PhotoHash | undefined;
        const hear = (said: readonly { readonly hash: PhotoHash }[]): void => {
          for (const { hash } of said) {
            expect(out).toBeUndefined();
            expect(missing).toContain(hash);
            out = hash;
          }
        };
        const answer = (reading: PhotoReading): void => {
          const hash = out;
          if (hash === undefined) return;
          out = undefined;
          if (reading.kind === 'photo') missing.delete(hash);
          hear(fetching.handle(came(hash, reading), now));
        };
        for (const each of acts) {
          if (each === 'photo') answer({ kind: 'photo', photo: red });
          else if (each === 'later' || each === 'refused') answer({ kind: each, after: undefined });
          else if (each === 'look') hear(fetching.handle({ kind: 'missing', hashes: [...missing] }, now));
          else hear(fetching.handle({ kind: each }, now));
        }
        hear(fetching.handle({ kind: 'online' }, now));
        hear(fetching.handle({ kind: 'missing', hashes: [...missing] }, now));
        for (let turns = 0; turns < 10; turns += 1) {
          answer({ kind: 'photo', photo: red });
          now = fetching.deadline() ?? now;
          hear(fetching.wake(now));
        }
        expect(missing.size).toBe(0);
      }),
    );
  });
});
