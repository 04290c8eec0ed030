import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isPhotoHash, mostPhotoBytes, photoHash, photoTypeOf, photoTypes, readPhoto } from '../../src/book/photo.ts';
import { sha256 } from '../../src/node/chance.ts';
import { picture } from '../peers/pictures.ts';

test.each(photoTypes)('%s is known by its first bytes', (type) => {
  const bytes = picture(1, 300, type);
  expect(photoTypeOf(bytes)).toBe(type);
  const read = readPhoto(bytes, sha256);
  expect(read).toEqual({ hash: sha256(bytes), type, bytes });
});

test.each([
  ['bytes', picture(1)],
  ["a host's buffer", Buffer.from(picture(1))],
])('a photo is a copy: the %s that it was read from may be written over', (_, bytes) => {
  const read = readPhoto(bytes, sha256);
  const before = [...bytes];
  bytes.fill(0);
  expect('bytes' in read && [...read.bytes]).toEqual(before);
});

test.each([
  ['nothing', new Uint8Array()],
  ['one byte', Uint8Array.of(0xff)],
  ['a head that is cut off', Uint8Array.of(0xff, 0xd8)],
  ['text', new TextEncoder().encode('not a picture')],
  ['an SVG, which can hold a program', new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"/>')],
  ['HTML', new TextEncoder().encode('<!doctype html><script>')],
  ['a RIFF that is a sound', new TextEncoder().encode('RIFF\x10\0\0\0WAVE')],
  ['a GIF of a version that there is not', new TextEncoder().encode('GIF88a')],
])('%s is no photo', (_, bytes) => {
  expect(readPhoto(bytes, sha256)).toEqual({ problem: 'the photo is not a JPEG, PNG, GIF or WebP' });
});

test('a photo as large as may be is taken, one byte more is not', () => {
  expect(readPhoto(picture(1, mostPhotoBytes), sha256)).toHaveProperty('hash');
  expect(readPhoto(picture(1, mostPhotoBytes + 1), sha256)).toEqual({
    problem: 'the photo has 524289 bytes; at most 524288 are taken',
  });
});

test('any bytes are a photo or a problem, and never anything else', () =>
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const read = readPhoto(bytes, sha256);
      expect('problem' in read).toBe(photoTypeOf(bytes) === undefined);
    }),
  ));

test.each(['', 'abc', 'A'.repeat(64), `${'a'.repeat(64)}\n`, 'g'.repeat(64), 'a'.repeat(65), '../'.repeat(21) + 'a'])(
  '%j is not the hash of a photo',
  (text) => {
    expect(isPhotoHash(text)).toBe(false);
    expect(() => photoHash(text)).toThrow(TypeError);
  },
);
