import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { wallTime } from '../../src/base/time.ts';
import { revision } from '../../src/book/change.ts';
import type { ChangeList } from '../../src/book/change-list.ts';
import type { Fields } from '../../src/book/person.ts';
import { personId, type PersonId } from '../../src/book/person-id.ts';
import { sha256 } from '../../src/node/chance.ts';
import { makePersonIds } from '../../src/node/person-ids.ts';
import { openSqliteChangeLog } from '../../src/node/sqlite-change-log.ts';
import type { EmbeddedBook, ImportStep } from '../../src/server/administration.ts';
import { sourceKey, sourceName, type ChangeLog } from '../../src/server/change-log.ts';
import { createEmbeddedBook } from '../../src/server/embedded-book.ts';
import { readingBy, type TelephoneUri } from '../../src/server/telephone.ts';
import { photo, picture } from '../peers/pictures.ts';
import { ended } from './ended.ts';

interface Desk {
  readonly log: ChangeLog;
  readonly book: EmbeddedBook;
  readonly announced: ChangeList[];
  readonly add: (fields: Fields) => Promise<PersonId>;
  readonly fieldsOf: (person: PersonId) => Promise<Fields | undefined>;
}

/** With names for so many persons. */
function desk(persons = 26, telephoneUri?: TelephoneUri): Desk {
  const log = openSqliteChangeLog({ path: ':memory:' });
  const announced: ChangeList[] = [];
  let count = 0;
  const book = createEmbeddedBook({
    changeLog: log,
    newPersonId:
      persons > 26 ? makePersonIds(() => 1) : () => personId(`new${'abcdefghijklmnopqrstuvwxyz'.charAt(count++)}`),
    wallClock: () => wallTime(1),
    announce: (list) => announced.push(list),
    sha256,
    turn: setImmediate,
    ...(telephoneUri !== undefined && { telephoneUri }),
  });
  return {
    log,
    book,
    announced,
    add: async (fields) => {
      const answer = await book.add(fields);
      if (answer.kind === 'refused') throw new Error(answer.problem);
      return answer.person;
    },
    fieldsOf: async (person) => (await log.persons([person])).persons[0]?.fields,
  };
}

test('adds a person with clean values, and tells of it once it is stored', async () => {
  const { book, announced, fieldsOf } = desk();
  expect(await book.add({ name: ' 张\u3000伟 ', officeTelephone: '8001', otherMails: 'b@x\na@x', title: '' })).toEqual({
    kind: 'added',
    person: 'newa',
  });
  expect(await fieldsOf(personId('newa'))).toEqual({
    name: '张 伟',
    chineseName: '张 伟',
    pinyin: 'Zhang Wei',
    officeTelephone: '8001',
    otherMails: 'a@x\nb@x',
  });
  expect(announced).toHaveLength(1);
});

test.each([
  [{ title: 'nobody' }, 400, /needs a name/],
  [{ name: 'Ada', mail: 'ada' }, 400, /one @/],
  [{ name: 'Ada', officeTelephone: 'call me' }, 400, /digits/],
  [{ name: 'Ada', manager: 'zzzz2' }, 409, /manager zzzz2 is not in the book/],
  [{ name: 'Ada', title: 'x'.repeat(5000) }, 400, /at most 1024/],
  [{ name: 'Ada', employeeNumber: 'E1' }, 409, /E1 is that of/],
] as const)('refuses %j and changes nothing', async (fields, status, problem) => {
  const { book, add, log } = desk();
  await add({ name: 'Ben', employeeNumber: 'E1' });
  expect(await book.add(fields)).toMatchObject({ kind: 'refused', status, problem: expect.stringMatching(problem) });
  expect(await log.head()).toMatchObject({ revision: 1 });
});

test('alters what is given, takes away what is null, and leaves the rest', async () => {
  const { book, add, fieldsOf } = desk();
  const ada = await add({ name: 'Ada', officeTelephone: '8001', title: 'Countess' });
  const answer = await book.alter(ada, { officeTelephone: '8002', title: null });
  expect(answer).toMatchObject({
    kind: 'altered',
    list: {
      after: 1,
      upTo: 2,
      changes: [{ from: { officeTelephone: '8001', title: 'Countess' }, to: { officeTelephone: '8002' } }],
    },
  });
  expect(await fieldsOf(ada)).toEqual({ name: 'Ada', officeTelephone: '8002' });
  expect(await book.alter(ada, { officeTelephone: '8002' })).toMatchObject({ kind: 'altered', list: { changes: [] } });
  expect(await book.alter(ada, { name: null })).toMatchObject({ kind: 'refused', status: 400 });
  expect(await book.alter(ada, { manager: ada })).toMatchObject({ kind: 'refused' });
});

test('a person of a directory is altered and removed there, a person of nowhere not at all', async () => {
  const { book, log } = desk();
  const ada = personId('ada2');
  const hq = sourceName('headquarters');
  await log.append({
    source: hq,
    at: wallTime(1),
    changes: [{ kind: 'added', person: ada, fields: { name: 'Ada' } }],
    links: [{ key: sourceKey('k'), person: ada, place: '' }],
  });
  expect(await book.alter(ada, { title: 'x' })).toMatchObject({ kind: 'refused', status: 409 });
  expect(await book.remove(ada)).toMatchObject({ kind: 'refused', status: 409 });
  expect(await book.remove(personId('none'))).toMatchObject({ kind: 'refused', status: 404 });
  // But a person of this book may have one of a directory as manager.
  expect(await book.add({ name: 'Ben', manager: ada })).toMatchObject({ kind: 'added' });
});

test('whoever is removed is nobody’s manager any more, in the same change list, and cannot be altered', async () => {
  const { book, add, announced, fieldsOf } = desk();
  const ada = await add({ name: 'Ada' });
  const ben = await add({ name: 'Ben', manager: ada });
  expect(await book.remove(ada)).toEqual({ kind: 'removed' });
  expect(announced.at(-1)?.changes).toHaveLength(2);
  expect(await fieldsOf(ben)).toEqual({ name: 'Ben' });
  expect(await book.remove(ada)).toMatchObject({ kind: 'refused', status: 404 });
  expect(await book.alter(ada, { title: 'x' })).toMatchObject({ kind: 'refused', status: 404 });
});

test('an import is shown before it is done, is one change list, and does nothing the second time', async () => {
  const { book, add, log, announced } = desk();
  const ada = await add({ name: 'Ada', employeeNumber: 'E1' });
  const file = { format: 'csv', text: 'name,employeeNumber,title,manager\nAda,E1,Countess,\nBen,E2,,E1' } as const;
  expect(await ended(book.preview(file))).toMatchObject({
    kind: 'preview',
    rows: 2,
    added: [{ line: 3 }],
    altered: [{ line: 2, person: ada, to: { title: 'Countess' } }],
    unchanged: 0,
    rejected: [],
  });
  expect(await log.head()).toMatchObject({ revision: 1 });
  expect(await ended(book.import(file, { skipRejected: false }))).toMatchObject({
    kind: 'imported',
    list: { after: 1, upTo: 3 },
  });
  expect(announced).toHaveLength(2);
  expect(await ended(book.import(file, { skipRejected: false }))).toMatchObject({
    kind: 'imported',
    list: { after: 3, upTo: 3 },
    preview: { unchanged: 2 },
  });
});

test('nothing of an import is done when a row is wrong, unless wrong rows are to be skipped', async () => {
  const { book, log } = desk();
  const file = { format: 'csv', text: 'name,mail\nAda,ada@x\nBen,nowhere' } as const;
  expect(await ended(book.import(file, { skipRejected: false }))).toMatchObject({
    kind: 'refused',
    status: 409,
    problem: expect.stringMatching(/1 of 2 rows.*line 3/),
  });
  expect(await log.head()).toMatchObject({ revision: 0 });
  expect(await ended(book.import(file, { skipRejected: true }))).toMatchObject({
    kind: 'imported',
    preview: { rejected: [{ line: 3 }] },
  });
  expect(await log.head()).toMatchObject({ revision: 1 });
});

test('to alter somebody reads nobody else, unless it is the employee number; a manager who has left since stands in no way', async () => {
  const { log, book, add, fieldsOf } = desk();
  let walks = 0;
  const walk = log.living.bind(log);
  log.living = (source) => ((walks += 1), walk(source));
  const boss = await add({ name: 'Boss' });
  const ada = await add({ name: 'Ada', employeeNumber: 'E1', manager: boss });
  await add({ name: 'Ben', employeeNumber: 'E2' });
  await log.append({
    source: sourceName('hq'),
    at: wallTime(1),
    changes: [{ kind: 'removed', person: boss }],
    left: [],
  });
  walks = 0;
  expect(await book.alter(ada, { officeTelephone: '8001', employeeNumber: 'E1' })).toMatchObject({ kind: 'altered' });
  expect(walks).toBe(0);
  expect(await fieldsOf(ada)).toMatchObject({ officeTelephone: '8001', manager: boss });
  expect(await book.alter(ada, { employeeNumber: 'E2' })).toMatchObject({ kind: 'refused', status: 409 });
  expect(await book.alter(ada, { manager: personId('nobody2') })).toMatchObject({ kind: 'refused', status: 409 });
  expect(await book.alter(ada, { employeeNumber: 'E3' })).toMatchObject({ kind: 'altered' });
});

test('acts asked for at the same time are done one after another: one employee number is given once', async () => {
  const { book } = desk();
  const answers = await Promise.all([1, 2, 3].map(() => book.add({ name: 'Ada', employeeNumber: 'E1' })));
  expect(answers.map((answer) => answer.kind)).toEqual(['added', 'refused', 'refused']);
});

test('a person is added with a photo, gets another, and loses it, each as one change', async () => {
  const { book, log, announced, fieldsOf } = desk();
  const [red, blue] = [photo(1), photo(2, 400, 'image/webp')];
  await book.add({ name: 'Ada' }, red.bytes);
  const ada = personId('newa');
  expect(await fieldsOf(ada)).toEqual({ name: 'Ada', photo: red.hash });
  expect(await log.photo(red.hash)).toEqual(red);
  await book.alter(ada, { title: 'Countess' }, blue.bytes);
  expect(await fieldsOf(ada)).toEqual({ name: 'Ada', title: 'Countess', photo: blue.hash });
  expect([await log.photo(red.hash), await log.photo(blue.hash)]).toEqual([undefined, blue]);
  await book.alter(ada, {}, blue.bytes);
  await book.alter(ada, { photo: null });
  expect(await fieldsOf(ada)).toEqual({ name: 'Ada', title: 'Countess' });
  expect(await log.photo(blue.hash)).toBeUndefined();
  expect(announced.map(({ changes }) => changes.length)).toEqual([1, 1, 1]);
});

test.each([
  ['no picture', new TextEncoder().encode('<svg/>'), /not a JPEG/],
  ['nothing', new Uint8Array(), /not a JPEG/],
  ['a picture too large', picture(1, 512 * 1024 + 1), /at most 524288/],
])('%s is refused as a photo, and nothing is changed', async (_, bytes, problem) => {
  const { book, log, add } = desk();
  const ada = await add({ name: 'Ada' });
  const refused = { kind: 'refused', status: 400, problem: expect.stringMatching(problem) };
  expect(await book.add({ name: 'Ben' }, bytes)).toEqual(refused);
  expect(await book.alter(ada, { title: 'Countess' }, bytes)).toEqual(refused);
  expect(await book.alter(ada, { photo: 'a'.repeat(64) })).toMatchObject({ kind: 'refused', status: 400 });
  expect((await log.head()).revision).toBe(1);
});

test('an import brings photos; one that is none is left out, said, and its person comes without it', async () => {
  const { book, log } = desk();
  const red = photo(1);
  const record = (name: string, bytes: Uint8Array): string =>
    `dn: cn=${name}\nobjectClass: inetOrgPerson\ncn: ${name}\nmail: ${name}@x\njpegPhoto:: ${Buffer.from(bytes).toString('base64')}\n\n`;
  const file = (bytes: Uint8Array): { format: 'ldif'; text: string } => ({
    format: 'ldif',
    text: record('Ada', bytes) + record('Ben', new TextEncoder().encode('no picture')),
  });
  const imported = await ended(book.import(file(red.bytes), { skipRejected: false }));
  expect(imported).toMatchObject({
    kind: 'imported',
    preview: { rows: 2, rejected: [], leftOut: [{ line: 7, reason: 'the photo is not a JPEG, PNG, GIF or WebP' }] },
  });
  expect(await log.photo(red.hash)).toEqual(red);
  const { persons } = await log.lookUp({ text: '', limit: 9 });
  expect(persons.map(({ fields }) => [fields.name, fields.photo])).toEqual([
    ['Ada', red.hash],
    ['Ben', undefined],
  ]);
  const blue = photo(2);
  expect(await ended(book.preview(file(blue.bytes)))).toMatchObject({
    altered: [{ from: { photo: red.hash }, to: { photo: blue.hash } }],
    unchanged: 1,
  });
  await ended(book.import(file(blue.bytes), { skipRejected: false }));
  expect([await log.photo(red.hash), await log.photo(blue.hash)]).toEqual([undefined, blue]);
  expect(await ended(book.import(file(blue.bytes), { skipRejected: false }))).toMatchObject({ list: { changes: [] } });
});

const csvOf = (count: number, title = 'x'): { format: 'csv'; text: string } => ({
  format: 'csv',
  text: `name,mail,title\n${Array.from({ length: count }, (_, at) => `Person ${at},p${at}@example.com,${title}\n`).join('')}`,
});

test('an import says how far it is: rows that are read, rows that are compared, changes that are applied', async () => {
  const { book } = desk(2000);
  const steps: ImportStep[] = [];
  const importing = book.import(csvOf(1200), { skipRejected: false });
  for (let next = await importing.next(); !next.done; next = await importing.next()) steps.push(next.value);
  const rowsOf = (kind: ImportStep['kind']): readonly number[] =>
    steps.filter((step) => step.kind === kind).map((step) => ('rows' in step ? step.rows : step.changes));
  expect(rowsOf('reading')).toEqual([500, 1000]);
  expect(rowsOf('comparing')).toEqual(rowsOf('comparing').toSorted((a, b) => a - b));
  expect(steps.findLast(({ kind }) => kind === 'comparing')).toMatchObject({ of: 1200 });
  expect(steps.at(-1)).toEqual({ kind: 'applying', changes: 1200 });
});

test('whoever goes away before the applying has changed nothing, and holds nobody up', async () => {
  const { book, log } = desk(2000);
  for (const stopAt of ['reading', 'comparing', 'applying']) {
    const importing = book.import(csvOf(1200), { skipRejected: false });
    for (let next = await importing.next(); !next.done; next = await importing.next())
      if (next.value.kind === stopAt) break;
    const waiting = book.add({ name: `After ${stopAt}` });
    await importing.return({ kind: 'refused', status: 409, problem: 'gone' });
    expect(await waiting).toMatchObject({ kind: 'added' });
  }
  expect((await log.head()).revision).toBe(3);
});

test('whoever writes while an import is on its way waits for its end', async () => {
  const { book, log } = desk(2000);
  const importing = book.import(csvOf(600), { skipRejected: false });
  await importing.next();
  const waiting = book.add({ name: 'Ada' });
  await ended(importing);
  await waiting;
  const since = await log.since(revision(0), 1000);
  expect(since.kind === 'changes' && since.list.changes.at(-1)).toMatchObject({ fields: { name: 'Ada' } });
});

test('what is made of a name or a number changes with it, by hand and by an import', async () => {
  const { book, add, fieldsOf } = desk(26, readingBy({ country: 'CN' }));
  const person = await add({ name: '张伟', employeeNumber: 'E1', officeTelephone: '010-88888001' });
  expect(await fieldsOf(person)).toMatchObject({ pinyin: 'Zhang Wei', officeTelephoneUri: 'tel:+861088888001' });
  await book.alter(person, { name: '单伟', officeTelephone: '010-88888002' });
  expect(await fieldsOf(person)).toMatchObject({
    chineseName: '单伟',
    pinyin: 'Shan Wei',
    officeTelephoneUri: 'tel:+861088888002',
  });
  const bytes = 'employeeNumber,name,officeTelephone\nE1,Wei Shan,8001\nE2,Ada,010-88888003';
  await ended(book.import({ format: 'csv', text: bytes }, { skipRejected: false }));
  const altered = await fieldsOf(person);
  expect(altered).toMatchObject({ name: 'Wei Shan', officeTelephone: '8001' });
  for (const gone of ['chineseName', 'pinyin', 'officeTelephoneUri']) expect(altered).not.toHaveProperty(gone);
  expect(await fieldsOf(personId('newb'))).toMatchObject({ officeTelephoneUri: 'tel:+861088888003' });
  await book.alter(person, { pinyin: 'Shan W.', officeTelephone: null });
  await book.alter(person, { name: '单 W' });
  expect(await fieldsOf(person)).toMatchObject({ name: '单 W', pinyin: 'Shan W.' });
  expect(await book.alter(person, { faxUri: 'tel:+1' })).toMatchObject({ kind: 'refused', status: 400 });
});
