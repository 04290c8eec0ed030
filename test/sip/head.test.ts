// What is read in one pass is the same as what is read line by line, part by part, octet by octet.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textOf, utf8 } from '../../src/base/bytes.ts';
import { parseParameters, plainParameters } from '../../src/sip/grammar.ts';
import { parseHead, plainHead } from '../../src/sip/head.ts';
import { endOfHead } from '../../src/sip/parse.ts';
import { cut, edited } from '../fuzz/octets.ts';
import { conversation } from './hostile.ts';

const piece = fc.constantFrom(
  'SIP/2.0 200 OK', 'Via', 'v', 'X-Own', 'to', 'Subscription-State', 'é', ':', ' : ', ' ', '\t', '\r\n', '\r\n', '\r\n ', '\r', '\n', '\0', '\\\0', 'a',
  '<sip:a@b>;tag=1', '\u00a0', '\ufeff', '',
); // prettier-ignore

const heads = fc.oneof(
  fc.array(piece, { maxLength: 25 }).map((pieces) => pieces.join('')),
  fc.oneof(edited(conversation()), cut(conversation())).map(textOf),
);

test('whatever a head holds, one pass reads the same as line by line', () =>
  fc.assert(
    fc.property(heads, (text) => {
      expect(parseHead(text)).toEqual(plainHead(text));
    }),
    { numRuns: 2000 },
  ));

const part = fc.constantFrom(
  ';',
  ';',
  '=',
  'tag',
  'Branch',
  'rport',
  'a',
  '"',
  '\\',
  ' ',
  ',',
  '<',
  '>',
  'é',
  '\t',
  '[::1]',
  '@',
);

test('whatever parameters hold, one pass reads the same as part by part', () =>
  fc.assert(
    fc.property(
      fc.array(part, { maxLength: 14 }).map((parts) => parts.join('').trim()),
      (text) => {
        if (text !== '') expect(parseParameters(text)).toEqual(plainParameters(text));
      },
    ),
    { numRuns: 2000 },
  ));

test('the end of a head is the first CRLFCRLF, wherever it is looked for', () =>
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('\r', '\n', 'a', '\r\n', '\r\n\r\n'), { maxLength: 20 }),
      fc.nat(12),
      (parts, from) => {
        const text = parts.join('');
        const found = text.indexOf('\r\n\r\n', from);
        expect(endOfHead(utf8(text), from)).toBe(found < 0 ? undefined : found);
      },
    ),
    { numRuns: 2000 },
  ));
