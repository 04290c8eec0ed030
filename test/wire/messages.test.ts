import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bookId, revision } from '../../src/book/change.ts';
import { fields as table, type FieldName } from '../../src/book/field.ts';
import {
  parseChangeList,
  parseEntityTag,
  parseNotice,
  printEntityTag,
  printNotice,
} from '../../src/wire/change-list.ts';
import {
  bookTail,
  changedPeopleSchema,
  logInSchema,
  personsOf,
  personsQuestionSchema,
  printBookHead,
  printBookRow,
  sessionSchema,
  wholeBookSchema,
} from '../../src/wire/http.ts';
import { parseHeld, printHeld } from '../../src/wire/interest.ts';
import { parseJson, problemSchema, WireFault } from '../../src/wire/problem.ts';
import { anyBook, anyFields, anyList, anyListIsRead, anyPerson, anyRevision, anyTextParses } from './hostile.ts';

test('a change list is read as it was written', () => fc.assert(anyListIsRead.property));

test('whatever the text, every parser gives a message or a WireFault', () =>
  fc.assert(anyTextParses.property, { numRuns: 1000 }));

test('a notice is read as it was written', () => {
  fc.assert(
    fc.property(anyList, ({ book, after, upTo }) => {
      expect(parseNotice(printNotice({ book, after, upTo }))).toEqual({ book, after, upTo });
    }),
  );
});

test('an entity tag is read as it was written, and has at most 64 characters', () => {
  fc.assert(
    fc.property(anyBook, fc.nat({ max: 999_999_999_999_999 }).map(revision), (book, at) => {
      const text = printEntityTag({ book, revision: at });
      expect(text.length).toBeLessThanOrEqual(64);
      expect(parseEntityTag(text)).toEqual({ book, revision: at });
    }),
  );
});

test.each(['', '*', 'abc', '0b9f6c1e-3f5a-4d5e-9a55-6f6c2f5f0d11', '0B9F6C1E-3F5A-4D5E-9A55-6F6C2F5F0D11.1'])(
  'what is no entity tag of ours (%j) is undefined',
  (text) => expect(parseEntityTag(text)).toBeUndefined(),
);

test('held persons are read as they were written, each once', () => {
  fc.assert(
    fc.property(fc.array(anyPerson), (people) => {
      expect(parseHeld(printHeld([...people, ...people]))).toEqual(new Set(people));
    }),
  );
});

test('a whole book is read as it was written; what hardly anybody sees has the last columns', () => {
  const anyone = fc.array(fc.record({ id: anyPerson, fields: anyFields }), { maxLength: 6 });
  fc.assert(
    fc.property(anyBook, anyRevision, anyone, (book, at, people) => {
      const rows = people.map(({ id, fields }) => printBookRow(id, fields)).join(',');
      const whole = parseJson(wholeBookSchema, printBookHead(book, at) + rows + bookTail, 'book');
      expect(whole).toMatchObject({ book, revision: at });
      expect(personsOf(whole)).toEqual(people);
      const classes = whole.fields.map((name) => table[name as FieldName].class);
      expect(classes.lastIndexOf('internal')).toBeLessThan(classes.indexOf('restricted'));
    }),
  );
});

test('a newer server’s fields and columns are left out, not refused', () => {
  const text = `{"book":"0b9f6c1e-3f5a-4d5e-9a55-6f6c2f5f0d11","after":1,"upTo":2,"since":"later","changes":[
    {"kind":"added","person":"ada2","fields":{"name":"Ada","aura":"blue","__proto__":"x","constructor":"y"},"by":"somebody"}]}`;
  expect(parseChangeList(text).changes).toEqual([{ kind: 'added', person: 'ada2', fields: { name: 'Ada' } }]);
  const book = {
    book: '0b9f6c1e-3f5a-4d5e-9a55-6f6c2f5f0d11',
    revision: 1,
    fields: ['aura', 'name'],
    persons: [['ada2', 'blue', 'Ada']],
  };
  expect(personsOf(parseJson(wholeBookSchema, JSON.stringify(book), 'book'))).toEqual([
    { id: 'ada2', fields: { name: 'Ada' } },
  ]);
});

const start = '"book":"0b9f6c1e-3f5a-4d5e-9a55-6f6c2f5f0d11","after":1,"upTo":2';
test.each<[string, string, RegExp]>([
  ['nothing', '', /not JSON/],
  ['half', `{${start},"changes":[`, /not JSON/],
  ['deep nesting', '['.repeat(200_000), /not JSON/],
  ['a list', '[]', /book/],
  ['no book', '{"after":1,"upTo":2,"changes":[]}', /book/],
  ['a book that is no UUID', '{"book":"x","after":1,"upTo":2,"changes":[]}', /book: not a UUID/],
  ['a negative revision', `{${start.replace(':1,', ':-1,')},"changes":[]}`, /after/],
  ['a revision that is no whole number', `{${start.replace(':2', ':2.5')},"changes":[]}`, /upTo/],
  ['a revision that is too large', `{${start.replace(':2', ':1e300')},"changes":[]}`, /upTo/],
  ['after beyond upTo', `{${start.replace(':1,', ':3,')},"changes":[]}`, /after lies behind upTo/],
  ['an unknown change', `{${start},"changes":[{"kind":"merged","person":"ada2"}]}`, /changes\.0\.kind/],
  [
    'a person ID with a line break',
    `{${start},"changes":[{"kind":"removed","person":"ada2\\n"}]}`,
    /changes\.0\.person/,
  ],
  ['a value that is no text', `{${start},"changes":[{"kind":"added","person":"ada2","fields":{"name":7}}]}`, /name/],
  [
    'a value without end',
    `{${start},"changes":[{"kind":"added","person":"ada2","fields":{"name":"${'x'.repeat(70_000)}"}}]}`,
    /name/,
  ],
])('a change list that is %s is refused with the place', (_, text, place) => {
  expect(() => parseChangeList(text)).toThrow(WireFault);
  expect(() => parseChangeList(text)).toThrow(place);
});

test('a whole book whose rows name nobody is refused', () => {
  const whole = (rows: string) =>
    personsOf(
      parseJson(
        wholeBookSchema,
        printBookHead(bookId('0b9f6c1e-3f5a-4d5e-9a55-6f6c2f5f0d11'), revision(1)) + rows + bookTail,
        'book',
      ),
    );
  for (const row of ['[]', '[null]', '["Ada!"]']) expect(() => whole(row)).toThrow(WireFault);
});

test.each([
  [logInSchema, { user: '', password: 'x' }],
  [logInSchema, { user: 'x'.repeat(257), password: 'x' }],
  [logInSchema, { user: 'ada', password: ['x'] }],
  [personsQuestionSchema, { ids: ['ada2'], revisions: [1, 2] }],
  [personsQuestionSchema, { ids: ['ada2'], revisions: [-1] }],
  [changedPeopleSchema, { altered: [], removed: [] }],
  [sessionSchema, { token: 'x', name: 'Ada' }],
  [problemSchema, { status: 200 }],
  [problemSchema, { status: '404' }],
])('%#: what has another shape is refused', (schema, value) => {
  expect(() => parseJson<unknown>(schema, JSON.stringify(value), 'it')).toThrow(WireFault);
});

test('a problem of another server, with members that we do not know and without ours, is read', () => {
  expect(parseJson(problemSchema, '{"status":503,"instance":"/x"}', 'problem')).toEqual({
    type: 'about:blank',
    title: '',
    status: 503,
  });
});
