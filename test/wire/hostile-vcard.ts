// What is printed as a vCard is read as it was; and what any text may do to who reads it: cards, or lines that are named.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fieldNames, fields as table, isTelephoneField, type FieldName } from '../../src/book/field.ts';
import type { Fields } from '../../src/book/person.ts';
import { photoHash } from '../../src/book/photo.ts';
import { numbersOf } from '../../src/book/telephone.ts';
import { readVCards } from '../../src/wire/read-vcard.ts';
import { printVCard } from '../../src/wire/vcard.ts';
import type { FuzzProperty } from '../fuzz/property.ts';
import { anyPerson } from './hostile.ts';

/** As fields are kept: on one line, without control characters, nothing about them. */
export const anyText = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom('\\', ';', ',', ':', '"', '^', 'n', '=', '.'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    ),
    minLength: 1,
    maxLength: 90,
  })
  .map((text) => text.replaceAll(/\p{Cc}/gu, '').trim())
  .filter((text) => text !== '' && text.isWellFormed());
const anyNumber = fc.constantFrom('8001', '+44 20 7946 0001', '010-88888001 转 12', '+86 10 8888 8001 x 7', 'Empfang');
const listOf = (each: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.uniqueArray(each, { minLength: 1, maxLength: 3 }).map((values) => values.join('\n'));

function anyValueOf(name: FieldName): fc.Arbitrary<string> {
  if (name === 'sipAddress') return fc.constantFrom('sip:ada@example.com', 'sips:a;b,c@example.com');
  if (name === 'webPage') return fc.constantFrom('https://example.com/a;b,c?d', 'http://x');
  const each = isTelephoneField(name) ? anyNumber : anyText;
  return table[name].kind === 'list' ? listOf(each) : each;
}

/** A photo is its bytes in a card, what is made of numbers is within them; and of mail addresses there is a first one. */
export const carried = fieldNames.filter((name) => name !== 'photo' && table[name].kind !== 'uris');
export const anyFields = fc
  .record(Object.fromEntries(carried.map((name) => [name, anyValueOf(name)] as const)), {
    requiredKeys: ['name', 'mail'],
    noNullPrototype: true,
  })
  .map((fields): Fields => fields);
export const anyBytes = fc.option(fc.uint8Array({ maxLength: 300 }), { nil: undefined });

/** Of a number that is a URI in the card, the number and its extension; 3.0 has one FN, and no RELATED. */
function expected(fields: Fields, version: '3.0' | '4.0'): Fields {
  const only4 = (name: FieldName): boolean => /^(?:FN;|RELATED)/.test(table[name].vcard);
  const kept = carried.filter((name) => fields[name] !== undefined && !(version === '3.0' && only4(name)));
  return Object.fromEntries(
    kept.map((name) => {
      const numbers = version === '4.0' && isTelephoneField(name) ? numbersOf(fields, name) : [];
      const written = numbers.map(({ written: own, uri }) => uri?.slice(4).replace(';ext=', ' ext. ') ?? own);
      return [name, written.length > 0 ? written.join('\n') : (fields[name] ?? '')] as const;
    }),
  );
}

export const anyCardIsRead: FuzzProperty = {
  name: 'vcard-fields',
  property: fc.property(
    fc.array(fc.tuple(anyPerson, anyFields, anyBytes), { minLength: 1, maxLength: 3 }),
    fc.constantFrom('3.0' as const, '4.0' as const),
    (persons, version) => {
      const printed = persons.map(([id, fields, bytes]) => {
        const photo = bytes && { hash: photoHash('0'.repeat(64)), type: 'image/png' as const, bytes };
        return printVCard({ id, fields }, version, photo);
      });
      const read = [...readVCards(printed.join(''))];
      const seen = read.map((card) => ('problem' in card ? card : [card.uid, card.fields, card.photo, card.kind]));
      assert.deepEqual(
        seen,
        persons.map(([id, fields, bytes]) => [id, expected(fields, version), bytes, 'individual']),
      );
    },
  ),
};

export const cardParts = [
  'BEGIN:VCARD\r\n',
  'END:VCARD\n',
  'VERSION:4.0\n',
  'VERSION:3.0\n',
  'VERSION:2.1\n',
  ';QUOTED-PRINTABLE:=D6=',
  'TEL;TYPE=',
  'FN',
  'N:',
  'ADR;',
  'KIND:',
  'UID:',
  'PHOTO:data:image/png;base64,',
  'PHOTO;ENCODING=b:',
  '__proto__:',
  'constructor:',
  'EMAIL;PREF=',
  'item1.',
  'a',
  '1',
  '"',
  ',',
  ';',
  ':',
  '=',
  '^',
  '\\',
  '\n',
  '\r',
  '\n ',
  '\t',
  '漢',
  '\ufeff',
  '\0',
  '\ud800',
];

export const anyTextOfCards: FuzzProperty = {
  name: 'vcard-reader',
  property: fc.property(fc.string({ unit: fc.constantFrom(...cardParts), maxLength: 60 }), (text) => {
    const lines = text.split(/\r\n|\n|\r/).length;
    for (const card of readVCards(text)) {
      assert.ok(card.line >= 1 && card.line <= lines);
      if (!('problem' in card)) assert.ok(Object.keys(card.fields).every((name) => Object.hasOwn(table, name)));
    }
  }),
};
