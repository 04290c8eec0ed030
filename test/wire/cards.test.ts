import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fieldNames } from '../../src/book/field.ts';
import type { Fields } from '../../src/book/person.ts';
import { personId } from '../../src/book/person-id.ts';
import { printJsContact } from '../../src/wire/jscontact.ts';
import { printVCard } from '../../src/wire/vcard.ts';

const ada = personId('ada2');
const card = (fields: Fields, version: '4.0' | '3.0' = '4.0'): readonly string[] =>
  unfolded(printVCard({ id: ada, fields }, version));
const unfolded = (text: string): readonly string[] => text.replaceAll('\r\n ', '').split('\r\n');

test('RFC 6350: a person with every kind of field', () => {
  const fields: Fields = {
    name: 'Ada Lovelace',
    surname: 'Lovelace',
    givenName: 'Ada',
    chineseName: '艾达',
    department: 'Analytical Engines',
    company: 'Babbage & Co',
    officeTelephone: '+44 20 7946 0001',
    otherTelephones: '8001\n8002',
    sipAddress: 'ada@example.com',
    mail: 'ada@example.com',
    office: '12b',
    city: 'London',
    manager: 'ben2',
    webPage: 'https://example.com/ada Her page',
  };
  expect(card(fields)).toEqual([
    'BEGIN:VCARD',
    'VERSION:4.0',
    'PRODID:-//Rollcall//Rollcall//EN',
    'KIND:individual',
    'UID;VALUE=text:ada2',
    'N:Lovelace;Ada;;;',
    'ORG:Babbage & Co;Analytical Engines',
    'ADR;TYPE=work:;12b;;London;;;',
    'FN:Ada Lovelace',
    'FN;LANGUAGE=zh:艾达',
    'TEL;TYPE=work;VALUE=uri:tel:+442079460001',
    'TEL:8001',
    'TEL:8002',
    'IMPP:sip:ada@example.com',
    'EMAIL:ada@example.com',
    'RELATED;TYPE=x-manager;VALUE=text:ben2',
    'URL:https://example.com/ada',
    'END:VCARD',
    '',
  ]);
});

test('RFC 2426: version 3.0 has one FN, always an N, and no RELATED', () => {
  expect(card({ name: 'Ada', chineseName: '艾达', manager: 'ben2' }, '3.0')).toEqual([
    'BEGIN:VCARD',
    'VERSION:3.0',
    'PRODID:-//Rollcall//Rollcall//EN',
    'UID:ada2',
    'N:;;;;',
    'FN:Ada',
    'END:VCARD',
    '',
  ]);
});

test('RFC 6350 §6.2.1: FN is there even for a person without a name', () => {
  expect(card({})).toContain('FN:ada2');
  expect(card({ surname: 'Lovelace', givenName: 'Ada' })).toContain('FN:Ada Lovelace');
});

test('RFC 6350 §3.4: backslash, comma, semicolon and line breaks are escaped, so that no value makes a property', () => {
  expect(card({ title: 'a;b,c\\d\ne\r\nEND:VCARD\u0000' })).toContain('TITLE:a\\;b\\,c\\\\d\\ne\\nEND:VCARD');
});

test('a URI with a line break in it makes no property either', () => {
  const lines = card({ sipAddress: 'sip:ada@example.com\rEND:VCARD', webPage: 'https://x\tEND:VCARD' });
  expect(lines.filter((line) => line === 'END:VCARD')).toHaveLength(1);
  expect(lines).toContain('IMPP:sip:ada@example.com%0DEND:VCARD');
});

const anyFields = fc
  .dictionary(fc.constantFrom(...fieldNames), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }))
  .map((fields): Fields => fields);

test('RFC 6350 §3.2: no line is longer than 75 octets, none breaks a character, and unfolding gives the same properties', () => {
  fc.assert(
    fc.property(anyFields, fc.constantFrom('4.0' as const, '3.0' as const), (fields, version) => {
      const text = printVCard({ id: ada, fields }, version);
      for (const line of text.split('\r\n')) {
        expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
        expect(line.isWellFormed()).toBe(true);
        expect(line).not.toMatch(/[\r\n]/);
      }
      for (const line of unfolded(text).slice(0, -1)) expect(line).toMatch(/^[A-Z0-9-]+(;[A-Z]+=[\w-]+)*:/);
      expect(unfolded(text).filter((line) => line.startsWith('END:'))).toHaveLength(1);
    }),
  );
});

test('RFC 9553: the same person as a JSContact card', () => {
  const fields: Fields = {
    name: 'Ada Lovelace',
    surname: 'Lovelace',
    givenName: 'Ada',
    chineseName: '艾达',
    title: 'Countess',
    department: 'Engines',
    company: 'Babbage & Co',
    employeeNumber: '1815',
    officeTelephone: '8001',
    otherTelephones: '8002\n8003',
    sipAddress: 'sip:ada@example.com',
    office: '12b',
    city: 'London',
    manager: 'ben2',
  };
  expect(JSON.parse(printJsContact({ id: ada, fields }))).toEqual({
    '@type': 'Card',
    version: '1.0',
    uid: 'ada2',
    kind: 'individual',
    name: {
      full: 'Ada Lovelace',
      components: [
        { kind: 'surname', value: 'Lovelace' },
        { kind: 'given', value: 'Ada' },
      ],
    },
    localizations: { zh: { 'name/full': '艾达' } },
    titles: { title: { name: 'Countess' } },
    organizations: { org: { name: 'Babbage & Co', units: [{ name: 'Engines' }] } },
    'rollcall.invalid:employeeNumber': '1815',
    phones: {
      office: { number: '8001', contexts: { work: true }, features: { voice: true } },
      other1: { number: '8002' },
      other2: { number: '8003' },
    },
    onlineServices: { sip: { uri: 'sip:ada@example.com', service: 'SIP' } },
    addresses: {
      office: {
        components: [
          { kind: 'room', value: '12b' },
          { kind: 'locality', value: 'London' },
        ],
        contexts: { work: true },
      },
    },
    relatedTo: { ben2: { relation: { 'rollcall.invalid:manager': true } } },
  });
});

test('a JSContact card is JSON with its obligatory members, whatever the values are', () => {
  fc.assert(
    fc.property(anyFields, (fields) => {
      expect(JSON.parse(printJsContact({ id: ada, fields }))).toMatchObject({ '@type': 'Card', uid: 'ada2' });
    }),
  );
});

test('RFC 6350 §6.4.1, RFC 9553 §2.3.3: a number is its URI where it has one, in 3.0 as it is written', () => {
  const fields: Fields = {
    name: 'Ada',
    officeTelephone: '010-88888001 转 12',
    officeTelephoneUri: 'tel:+861088888001;ext=12',
    otherTelephones: '010-88888002\n8001',
    otherTelephonesUris: 'tel:+861088888002\n',
    extra1: 'K;100',
  };
  expect(card(fields).filter((line) => /^(?:TEL|X-)/.test(line))).toEqual([
    'TEL;TYPE=work;VALUE=uri:tel:+861088888001;ext=12',
    'TEL;VALUE=uri:tel:+861088888002',
    'TEL:8001',
    'X-EXTRA-1:K\\;100',
  ]);
  expect(card(fields, '3.0').filter((line) => line.startsWith('TEL'))).toEqual([
    'TEL;TYPE=work:010-88888001 转 12',
    'TEL:010-88888002',
    'TEL:8001',
  ]);
  expect(JSON.parse(printJsContact({ id: ada, fields }))).toMatchObject({
    phones: {
      office: { number: 'tel:+861088888001;ext=12' },
      other1: { number: 'tel:+861088888002' },
      other2: { number: '8001' },
    },
    'rollcall.invalid:extra1': 'K;100',
  });
});
