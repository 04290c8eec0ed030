// Persons of the administrator's own book whom a directory knows too.

import { expect, test } from 'vitest';
import type { Fields } from '../../src/book/person.ts';
import type { PersonId } from '../../src/book/person-id.ts';
import { sha256 } from '../../src/node/chance.ts';
import type { EmbeddedBook } from '../../src/server/administration.ts';
import { createEmbeddedBook } from '../../src/server/embedded-book.ts';
import { embeddedSource } from '../../src/server/embedded-source.ts';
import { photo, picture } from '../peers/pictures.ts';
import { gone, refresh } from './directory.ts';
import { ended } from './ended.ts';
import { entry, ldap, Several } from './several.ts';

const bookOf = (several: Several): EmbeddedBook =>
  createEmbeddedBook({
    changeLog: several.log,
    newPersonId: several.newPersonId,
    wallClock: () => several.now,
    announce: (list) => several.changes.push(...list.changes),
    sha256,
    turn: async () => undefined,
    turns: several.turns,
    priority: { order: [ldap, embeddedSource], prefer: {} },
    rules: [{ by: 'employeeNumber', among: new Set([ldap, embeddedSource]) }],
  });

async function added(book: EmbeddedBook, fields: Fields): Promise<PersonId> {
  const answer = await book.add(fields);
  if (answer.kind === 'refused') throw new Error(answer.problem);
  return answer.person;
}

const csv = (text: string) => ({ format: 'csv', text }) as const;
const imported = (book: EmbeddedBook, text: string) => ended(book.import(csv(text), { skipRejected: false }));

test('a book that began as a file goes on with a directory: all keep their IDs, and the directory’s word counts', async () => {
  await using several = await Several.open();
  const book = bookOf(several);
  await imported(book, 'name,employeeNumber,officeTelephone,fax\nAda,1,8001,9\nBen,2,8002,\n');
  const before = [...(await several.persons()).keys()];
  const people = [
    entry('Ada', { employeeNumber: '1', officeTelephone: '8101' }),
    entry('Ben', { employeeNumber: '2' }),
  ];
  await several.take(ldap, ...refresh('a', ...people));
  expect(await several.persons()).toEqual(
    new Map([
      [before[0], { name: 'Ada', employeeNumber: '1', officeTelephone: '8101', fax: '9' }],
      [before[1], { name: 'Ben', employeeNumber: '2', officeTelephone: '8002' }],
    ]),
  );
});

test('who is added with the number of a directory’s person is this person, with what the directory does not say', async () => {
  await using several = await Several.open();
  const book = bookOf(several);
  await several.take(ldap, ...refresh('a', entry('ada', { employeeNumber: '1', officeTelephone: '8101' })));
  const [id] = await several.ids();
  expect(await added(book, { name: 'Ada', employeeNumber: '1', officeTelephone: '1', fax: '9' })).toBe(id);
  const fields = { name: 'ada', employeeNumber: '1', officeTelephone: '8101', fax: '9' };
  expect([...(await several.persons())]).toEqual([[id, fields]]);
  // The own values are altered; where the directory says something it is seen when it does so no longer.
  await book.alter(id as PersonId, { officeTelephone: '2', fax: null }, picture(1));
  expect([...(await several.persons())]).toEqual([
    [id, { name: 'ada', employeeNumber: '1', officeTelephone: '8101', photo: photo(1).hash }],
  ]);
  await several.take(ldap, gone('ada'));
  await several.pass(6000);
  const own = { name: 'Ada', employeeNumber: '1', officeTelephone: '2', photo: photo(1).hash };
  expect([...(await several.persons())]).toEqual([[id, own]]);
  await several.take(ldap, entry('ada', { employeeNumber: '1' }));
  expect(await book.remove(id as PersonId)).toEqual({ kind: 'removed' });
  expect([...(await several.persons())]).toEqual([[id, { name: 'ada', employeeNumber: '1' }]]);
  expect(await book.alter(id as PersonId, { fax: '1' })).toMatchObject({ kind: 'refused', status: 409 });
});

test('an import adds to a directory’s persons likewise, also as managers of its rows', async () => {
  await using several = await Several.open();
  const book = bookOf(several);
  await several.take(ldap, ...refresh('a', entry('ada', { employeeNumber: '1' })));
  const [id] = await several.ids();
  const answer = await imported(book, 'name,employeeNumber,fax,manager\nAda,1,9,\nBen,2,,1\n');
  expect(answer).toMatchObject({ kind: 'imported', list: { changes: [{ kind: 'altered', person: id }, {}] } });
  const persons = await several.persons();
  expect(persons.size).toBe(2);
  expect([...persons.values()]).toContainEqual({ name: 'Ben', employeeNumber: '2', manager: id });
  // The same file again changes nothing; one that says more alters what this book says.
  expect(await imported(book, 'name,employeeNumber,fax,manager\nAda,1,9,\nBen,2,,1\n')).toMatchObject({
    list: { changes: [] },
  });
  await imported(book, 'name,employeeNumber,title\nAda,1,Countess\n');
  expect((await several.persons()).get(id as PersonId)).toMatchObject({ name: 'ada', title: 'Countess', fax: '9' });
});

test('who manages by this book stays the manager as long as a directory knows that person', async () => {
  await using several = await Several.open();
  const book = bookOf(several);
  const ada = await added(book, { name: 'Ada', employeeNumber: '1' });
  const ben = await added(book, { name: 'Ben', manager: ada });
  await several.take(ldap, ...refresh('a', entry('ada', { employeeNumber: '1' })));
  await book.remove(ada);
  expect((await several.persons()).get(ben)?.manager).toBe(ada);
});

test('whose number is that of two persons is not added; nothing is guessed', async () => {
  await using several = await Several.open();
  const book = bookOf(several);
  await several.take(
    ldap,
    ...refresh('a', entry('ada', { employeeNumber: '1' }), entry('eve', { employeeNumber: '1' })),
  );
  const before = several.changes.length;
  expect(await book.add({ name: 'Ada', employeeNumber: '1' })).toMatchObject({ kind: 'refused', status: 409 });
  expect(several.changes).toHaveLength(before);
  // A row of a file is a person of its own then, as an entry of a directory is.
  await imported(book, 'name,employeeNumber\nAda,1\n');
  expect((await several.persons()).size).toBe(3);
});

test('who left this book and is added again with the same number is the same person', async () => {
  await using several = await Several.open();
  const book = bookOf(several);
  const ada = await added(book, { name: 'Ada', employeeNumber: '1' });
  await book.remove(ada);
  expect(await added(book, { name: 'Ada King', employeeNumber: '1' })).toBe(ada);
  expect([...(await several.persons())]).toEqual([[ada, { name: 'Ada King', employeeNumber: '1' }]]);
});
