// What any text may do to the parsers of what crosses the wire: a WireFault, or a message.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { bookId, revision, type Change } from '../../src/book/change.ts';
import type { ChangeList } from '../../src/book/change-list.ts';
import { fieldNames } from '../../src/book/field.ts';
import type { Fields } from '../../src/book/person.ts';
import { personId } from '../../src/book/person-id.ts';
import {
  parseChangeList,
  parseEntityTag,
  parseNotice,
  printChangeList,
  printNotice,
} from '../../src/wire/change-list.ts';
import {
  bookTail,
  personsAnswerSchema,
  personsOf,
  personsQuestionSchema,
  printBookHead,
  printBookRow,
  sessionSchema,
  wholeBookSchema,
} from '../../src/wire/http.ts';
import { parseHeld, printHeld } from '../../src/wire/interest.ts';
import { parseJson, problemSchema, WireFault } from '../../src/wire/problem.ts';
import type { FuzzProperty } from '../fuzz/property.ts';

export const anyPerson = fc.stringMatching(/^[a-z2-9]{4,13}$/).map(personId);
export const anyBook = fc.uuid().map((text) => bookId(text.toLowerCase()));
export const anyRevision = fc.nat({ max: Number.MAX_SAFE_INTEGER }).map(revision);
const anyValue = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 });
export const anyFields: fc.Arbitrary<Fields> = fc.dictionary(fc.constantFrom(...fieldNames), anyValue, {
  noNullPrototype: true,
});
const plain = { noNullPrototype: true } as const;
const anyChange: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant('added' as const), person: anyPerson, fields: anyFields }, plain),
  fc.record({ kind: fc.constant('altered' as const), person: anyPerson, from: anyFields, to: anyFields }, plain),
  fc.record({ kind: fc.constant('removed' as const), person: anyPerson }, plain),
);
export const anyList: fc.Arbitrary<ChangeList> = fc
  .record({ book: anyBook, one: anyRevision, other: anyRevision, changes: fc.array(anyChange, { maxLength: 8 }) })
  .map(({ book, one, other, changes }) => ({
    book,
    after: one < other ? one : other,
    upTo: one < other ? other : one,
    changes,
  }));

const parsers: readonly ((text: string) => unknown)[] = [
  parseChangeList,
  parseNotice,
  parseHeld,
  parseEntityTag,
  (text) => personsOf(parseJson(wholeBookSchema, text, 'book')),
  (text) => parseJson(personsAnswerSchema, text, 'persons'),
  (text) => parseJson(personsQuestionSchema, text, 'question'),
  (text) => parseJson(sessionSchema, text, 'session'),
  (text) => parseJson(problemSchema, text, 'problem'),
];

const message = fc.oneof(
  anyList.map(printChangeList),
  anyList.map(({ book, after, upTo }) => printNotice({ book, after, upTo })),
  fc.array(anyPerson).map(printHeld),
  fc
    .tuple(anyBook, anyRevision, anyPerson, anyFields)
    .map(([book, at, person, fields]) => printBookHead(book, at) + printBookRow(person, fields) + bookTail),
  fc.json(),
);

const harm = fc.tuple(
  fc.nat(),
  fc.nat(3),
  fc.constantFrom('', '"', '{', '[', ']', '}', 'null', '-1', '1e999', '0.5', '"__proto__":', '\\u0000', '\u0000', '漢'),
);

const harmed = fc.tuple(message, fc.array(harm, { maxLength: 4 })).map(([text, harms]) =>
  harms.reduce((whole, [at, length, other]) => {
    const place = at % (whole.length + 1);
    return whole.slice(0, place) + other + whole.slice(place + length);
  }, text),
);

export const anyTextParses: FuzzProperty = {
  name: 'wire-parsers',
  property: fc.property(harmed, (text) => {
    for (const parse of parsers)
      try {
        parse(text);
      } catch (fault) {
        assert.ok(fault instanceof WireFault, String(fault));
      }
    assert.equal(Object.keys(Object.prototype).length, 0);
  }),
};

export const anyListIsRead: FuzzProperty = {
  name: 'wire-change-list',
  property: fc.property(anyList, (list) => assert.deepEqual(parseChangeList(printChangeList(list)), list)),
};
