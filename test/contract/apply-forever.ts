// Revises a personal address book without end, for a test that kills it. argv: path of the file.

import { wallTime } from '../../src/base/time.ts';
import { revision } from '../../src/book/change.ts';
import { openSqliteAddressBook } from '../../src/node/sqlite-address-book.ts';

const store = openSqliteAddressBook(process.argv[2] ?? '');
const person = [...(await store.holdings()).people.keys()][0];
if (person === undefined) throw new Error('nobody is held');
for (;;) {
  const { mark, kept } = await store.holdings();
  if (mark === undefined) throw new Error('no mark');
  const next = mark.revision + 1;
  const from = { officeTelephone: String(mark.revision) };
  const fact = {
    kind: 'altered',
    person,
    revision: revision(next),
    from,
    to: { officeTelephone: String(next) },
  } as const;
  const to = { book: mark.book, revision: revision(next) };
  await store.apply({ from: { mark, kept }, to, history: 'follow', facts: [fact], withheld: [] }, wallTime(0));
  process.stdout.write('.');
}
