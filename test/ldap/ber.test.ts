import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concat, textOf, utf8 } from '../../src/base/bytes.ts';
import { BerReader, boolean, element, elementLength, integer, octets, text } from '../../src/ldap/ber.ts';
import { LdapFault } from '../../src/ldap/fault.ts';
import { MessageStream } from '../../src/ldap/message-stream.ts';

test('every 32-bit integer reads as it was written', () =>
  fc.assert(
    fc.property(fc.integer(), (value) => {
      expect(new BerReader(integer(value)).integer()).toBe(value);
    }),
  ));

test('integers take as few bytes as hold them (X.690 §8.3.2)', () => {
  const lengths = [0, 127, 128, -128, -129, 32_767, 32_768, 2_147_483_647, -2_147_483_648].map(
    (value) => integer(value).length - 2,
  );
  expect(lengths).toEqual([1, 1, 2, 1, 2, 2, 3, 4, 4]);
});

test('octets of every length read as they were written', () =>
  fc.assert(
    fc.property(fc.constantFrom(0, 1, 127, 128, 255, 256, 65_535, 65_536, 70_000), (length) => {
      const value = new Uint8Array(length).fill(7);
      const written = octets(value);
      expect(elementLength(written, 0)).toBe(written.length);
      expect(new BerReader(written).octets()).toEqual(value);
    }),
  ));

test('text and truth read as they were written', () =>
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (words, truth) => {
      fc.pre(words.isWellFormed());
      const reader = new BerReader(concat([text(words), boolean(truth)]));
      expect([reader.text(), reader.boolean(), reader.peek()]).toEqual([words, truth, -1]);
    }),
  ));

test.each([
  ['an indefinite length', [0x04, 0x80, 0x01, 0x00, 0x00]],
  ['a length of five bytes', [0x04, 0x85, 0, 0, 0, 0, 1, 9]],
  ['a length beyond the end', [0x04, 0x05, 1, 2]],
  ['a long length beyond the end', [0x04, 0x84, 0xff, 0xff, 0xff, 0xff]],
  ['a length cut off', [0x04]],
  ['a long length cut off', [0x04, 0x82, 0x01]],
  ['another tag', [0x05, 0x00]],
  ['nothing', []],
])('octets refuse %s', (_, bytes) => {
  expect(() => new BerReader(Uint8Array.from(bytes)).octets()).toThrow(LdapFault);
});

test.each([
  ['no bytes', [0x02, 0x00]],
  ['five bytes', [0x02, 0x05, 1, 1, 1, 1, 1]],
])('an integer of %s is refused', (_, bytes) => {
  expect(() => new BerReader(Uint8Array.from(bytes)).integer()).toThrow(LdapFault);
});

test('a boolean of two bytes is refused', () => {
  expect(() => new BerReader(Uint8Array.of(1, 2, 0, 0)).boolean()).toThrow(LdapFault);
});

test('content that runs over its element, or stops short of its end, is refused', () => {
  const over = new BerReader(Uint8Array.of(0x30, 0x03, 0x04, 0x04, 1, 2, 3, 4));
  const overEnd = over.open(0x30);
  over.octets();
  expect(() => over.close(overEnd)).toThrow(LdapFault);
  expect(() => over.leave(overEnd)).toThrow(LdapFault);
  const short = new BerReader(Uint8Array.of(0x30, 0x04, 0x04, 0x00, 0x04, 0x00));
  const shortEnd = short.open(0x30);
  short.octets();
  expect(() => short.close(shortEnd)).toThrow(LdapFault);
});

test('a message beyond 16 MB is refused at its head, before any of it is kept', () => {
  const stream = new MessageStream();
  expect(() => [...stream.push(Uint8Array.of(0x30, 0x84, 0x7f, 0xff, 0xff, 0xff))]).toThrow(/16777216 are allowed/);
});

test('a stream that is not LDAP is refused with a hint', () => {
  expect(() => [...new MessageStream().push(utf8('HTTP/1.1 400 Bad Request'))]).toThrow(/TLS port/);
});

test('however a stream is cut, the same messages come out (RFC 4511 §5.1)', () =>
  fc.assert(
    fc.property(
      fc.array(fc.nat(300), { minLength: 1, maxLength: 20 }),
      fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 30 }),
      (lengths, cuts) => {
        const messages = lengths.map((length, index) => element(0x30, text(`${index}${'x'.repeat(length)}`)));
        const whole = concat(messages);
        const stream = new MessageStream();
        const seen: string[] = [];
        for (let at = 0, turn = 0; at < whole.length; turn += 1) {
          const length = cuts[turn % cuts.length] ?? 1;
          const chunk = whole.slice(at, at + length);
          for (const message of stream.push(chunk)) seen.push(textOf(message));
          chunk.fill(0xff); // the host may use its buffer again
          at += length;
        }
        expect(seen).toEqual(messages.map(textOf));
      },
    ),
  ));
