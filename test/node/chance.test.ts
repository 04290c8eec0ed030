import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { freshTexts, hash } from '../../src/node/chance.ts';

test('fresh texts are 8 letters and digits, and never the same twice', () => {
  const fresh = freshTexts();
  const texts = Array.from({ length: 2000 }, fresh);
  for (const text of texts) expect(text).toMatch(/^[A-Za-z0-9]{8}$/);
  expect(new Set(texts).size).toBe(texts.length);
});

test('two sources of fresh texts do not give the same', () => {
  const [one, other] = [freshTexts(), freshTexts()];
  const given = new Set(Array.from({ length: 600 }, one));
  for (let count = 0; count < 600; count += 1) expect(given.has(other())).toBe(false);
});

test('a hash is that of the text’s UTF-8 octets, in lower-case hex', () =>
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(hash('MD5', text)).toBe(createHash('md5').update(text).digest('hex'));
      expect(hash('SHA-256', text)).toBe(createHash('sha256').update(text).digest('hex'));
    }),
  ));
