// The whole book over HTTP into a personal address book that holds everybody in it: a company moved, one
// field of each person changed, and a terminal that was away fetches all. It compares, writes each entry
// and makes each prompt. Cold: the server has just been started and packs the book for the first time.

import { DatabaseSync } from 'node:sqlite';
import { revision } from '../src/book/change.ts';
import { nothingOwn } from '../src/book/personal-entry.ts';
import { openSqliteAddressBook } from '../src/node/sqlite-address-book.ts';
import { openTerminal } from '../src/node/terminal.ts';
import { sampleEnterprise } from '../src/server/sample-enterprise.ts';
import { printEntityTag } from '../src/wire/change-list.ts';
import { credentialsOf, makeBook, type BookMade } from './book.ts';
import { monotonic } from './clock.ts';
import { median, type Bench, type Figure } from './figure.ts';
import { countOctets, octetsSoFar } from './octets.ts';
import { scratch } from './scratch.ts';
import { startServerProcess } from './server-process.ts';

const sizes = { short: { persons: 300, rounds: 1 }, full: { persons: 10_000, rounds: 3 } } as const;

export const bench: Bench = {
  name: 'whole-book',
  what: 'the whole book over HTTP into a personal address book that holds everybody',
  missing: () => undefined,
  measure: (round) => measure(sizes[round]),
};

async function* measure({ persons, rounds }: (typeof sizes)['short' | 'full']): AsyncGenerator<Figure> {
  await using stack = new AsyncDisposableStack();
  const { folder } = stack.use(await scratch());
  const data = `${folder}/data`;
  const book = await makeBook(data, { persons, sessions: 1 });
  countOctets();
  const cold: Fetched[] = [];
  const warm: Fetched[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await using server = await startServerProcess(data);
    for (const [kind, all] of [
      ['cold', cold],
      ['warm', warm],
    ] as const) {
      const store = `${folder}/${kind}-${round}.sqlite`;
      await prepare(store, server.url, book);
      all.push(await fetched(store, persons));
    }
  }
  const note = `${persons} persons, one field changed of each, median of ${rounds}`;
  const seconds = (all: readonly Fetched[]): number => median(all.map((each) => each.seconds));
  yield { figure: 'cold: until all is written', value: seconds(cold), unit: 's', target: 1, better: 'less', note };
  yield { figure: 'warm: until all is written', value: seconds(warm), unit: 's', target: 1, better: 'less', note };
  const megabytes = median(warm.map(({ octets }) => octets)) / 1e6;
  yield { figure: 'on the wire, both ways', value: megabytes, unit: 'MB', target: 0.35, better: 'less', note };
}

/** Holds everybody as of one revision ago, when each was elsewhere. By SQL: to keep 10,000 one by one is nobody's wont. */
async function prepare(path: string, server: string, { head, persons }: BookMade): Promise<void> {
  const { token, sipUser: username, sipPassword: password } = credentialsOf(0);
  const sip = {
    address: 'sip:terminal0@rollcall.invalid',
    to: 'sip:address-book@rollcall.invalid',
    username,
    password,
  };
  await using store = openSqliteAddressBook(path);
  await store.keepSession({ server, user: 'terminal0', session: { token, name: 'terminal0', sip } });
  const before = revision(head.revision - 1);
  const people = sampleEnterprise(persons.length);
  const db = new DatabaseSync(path);
  const insert = db.prepare('insert into entry (person, base, revision, state, own) values (?, ?, ?, ?, ?)');
  db.exec('begin');
  for (const [at, person] of persons.entries()) {
    const base = { ...people[at]?.fields, street: '1 Former Street' };
    insert.run(person, JSON.stringify(base), before, 'held', JSON.stringify(nothingOwn));
  }
  db.prepare('insert into note (name, value) values (?, ?)').run(
    'mark',
    printEntityTag({ book: head.book, revision: before }),
  );
  db.exec('commit');
  db.close();
}

interface Fetched {
  readonly seconds: number;
  readonly octets: number;
}

async function fetched(store: string, persons: number): Promise<Fetched> {
  await using terminal = await openTerminal({ store, acquire: 'book', online: false });
  const before = octetsSoFar();
  const since = monotonic();
  const synced = await terminal.sync();
  const seconds = (monotonic() - since) / 1000;
  if (synced.kind !== 'in-step') throw new Error(synced.words);
  if (synced.prompts.length !== persons) throw new Error(`${synced.prompts.length} prompts for ${persons} persons`);
  const { sent, received } = octetsSoFar();
  return { seconds, octets: sent + received - before.sent - before.received };
}
