// What is printed of an entry is read as it was; and what any text may do to who reads contacts out of it.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fields as table } from '../../src/book/field.ts';
import type { Fields } from '../../src/book/person.ts';
import { nothingOwn, shown, type Own, type PersonalEntry } from '../../src/book/personal-entry.ts';
import { revision } from '../../src/book/change.ts';
import { personId } from '../../src/book/person-id.ts';
import { photoHash } from '../../src/book/photo.ts';
import { printOwnCard, readOwnCards } from '../../src/wire/own-card.ts';
import type { FuzzProperty } from '../fuzz/property.ts';
import { anyBytes, anyFields, anyText, cardParts } from './hostile-vcard.ts';

const anyNote = fc.array(anyText, { minLength: 1, maxLength: 3 }).map((lines) => lines.join('\n'));
const anyOwn: fc.Arbitrary<Own> = fc
  .record(
    {
      nickname: anyText,
      note: anyNote,
      groups: fc.uniqueArray(anyText, { maxLength: 3 }),
      favourite: fc.boolean(),
      // An address of SIP is no number.
      numbers: fc.array(
        fc.record(
          {
            label: fc.oneof(anyText, fc.constant('')),
            number: anyText.filter((text) => !/^(?:sips?|tel):/i.test(text)),
          },
          { noNullPrototype: true },
        ),
        { maxLength: 3 },
      ),
      values: anyFields,
    },
    { requiredKeys: [], noNullPrototype: true },
  )
  .map((own) => ({ ...nothingOwn, ...own }));

const anyEntry: fc.Arbitrary<PersonalEntry> = fc
  .record({
    person: fc.constantFrom(...['ada2', 'zz9a'].map(personId)),
    base: anyFields,
    own: anyOwn,
    named: fc.boolean(),
    page: fc.boolean(),
  })
  .map(({ person, base: { name, ...base }, own, named, page }) => ({
    person,
    base: {
      ...base,
      ...(named && { name: name ?? '?' }),
      ...(page && { webPage: 'https://example.com/a;b Her, page' }),
    },
    own,
    revision: revision(1),
    state: 'held',
  }));

/** What is among the other mail addresses and is the first one too: cards of telephones have many such, and it is read once. */
function addressesOnce({ otherMails = '', ...values }: Fields): Fields {
  const others = otherMails.split('\n').filter((each) => each !== '' && each !== values.mail);
  return others.length === 0 ? values : { ...values, otherMails: others.join('\n') };
}

export const anyOwnCardIsRead: FuzzProperty = {
  name: 'own-card',
  property: fc.property(
    fc.array(fc.tuple(anyEntry, anyBytes), { minLength: 1, maxLength: 3 }),
    fc.constantFrom('3.0' as const, '4.0' as const),
    (entries, version) => {
      const printed = entries.map(([entry, bytes]) =>
        printOwnCard(entry, version, bytes && { hash: photoHash('0'.repeat(64)), type: 'image/png', bytes }),
      );
      for (const line of printed.join('').split('\r\n')) assert.ok(Buffer.byteLength(line) <= 75);
      const read = [...readOwnCards(printed.join(''))].map((each) =>
        'problem' in each ? each : [each.uid, each.contact],
      );
      assert.deepEqual(
        read,
        entries.map(([entry, bytes]) => {
          const values = Object.entries(shown(entry)).filter(([name]) => table[name as 'name'].kind !== 'uris');
          const once = addressesOnce(Object.fromEntries(values));
          return [entry.person, { ...entry.own, values: once, ...(bytes && { photo: bytes }) }];
        }),
      );
    },
  ),
};

export const anyTextOfContacts: FuzzProperty = {
  name: 'own-card-reader',
  property: fc.property(
    fc.string({
      unit: fc.constantFrom(...cardParts, 'NICKNAME:', 'CATEGORIES:', 'X-ABLABEL:', 'BDAY:', 'NOTE:'),
      maxLength: 60,
    }),
    (text) => {
      for (const each of readOwnCards(text)) {
        if ('problem' in each) continue;
        assert.ok(Object.keys(each.contact.values ?? {}).every((name) => Object.hasOwn(table, name)));
        assert.ok(each.contact.numbers?.every(({ number }) => number !== ''));
      }
    },
  ),
};
