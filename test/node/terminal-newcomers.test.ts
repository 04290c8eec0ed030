// Who is new in the employee's department, told by terminals of each delivery over real sockets.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Change } from '../../src/book/change.ts';
import { personId, type PersonId } from '../../src/book/person-id.ts';
import type { Fields } from '../../src/book/person.ts';
import { openSqliteAddressBook } from '../../src/node/sqlite-address-book.ts';
import { openTerminal, tellingsOf, type Terminal } from '../../src/node/terminal.ts';
import { deliveries, type Delivery } from '../../src/wire/interest.ts';
import { openRealServer, type RealServer } from './real-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'terminal-newcomers-'));
const [ben, ada, cleo, dan] = ['bennn', 'adaaa', 'cleoo', 'dannn'].map((id) => personId(id)) as [
  PersonId,
  PersonId,
  PersonId,
  PersonId,
];
const added = (person: PersonId, fields: Fields): Change => ({ kind: 'added', person, fields });
const moved = (person: PersonId, from: string, to: string): Change => ({
  kind: 'altered',
  person,
  from: { department: from },
  to: { department: to },
});

let server: RealServer;
const opened = new AsyncDisposableStack();

async function open(file: string, options: { readonly delivery?: Delivery } = {}) {
  const store = opened.use(openSqliteAddressBook(join(folder, file)));
  const terminal = opened.use(await openTerminal({ store, server: server.url, ...options }));
  return { store, terminal };
}

const terminals: Terminal[] = [];
beforeAll(async () => {
  server = await openRealServer();
  await server.world.append(
    added(ben, { name: 'Ben', department: 'Research' }),
    added(ada, { name: 'Ada', department: 'Research' }),
    added(dan, { name: 'Dan', department: 'Works' }),
  );
  await server.world.account('ben', 'correct horse', ben);
  for (const delivery of deliveries) {
    const { terminal, store } = await open(delivery, { delivery });
    await terminal.logIn({ user: 'ben', password: 'correct horse' });
    await terminal.keep(ada);
    terminals.push(terminal);
    await vi.waitFor(async () => {
      expect(terminal.state.kind).toBe('live');
      expect(await store.ownDepartment()).toMatchObject({ person: ben });
    });
  }
});
afterAll(async () => {
  await opened.disposeAsync();
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const told = (terminal: Terminal) => async (): Promise<readonly string[]> =>
  (await terminal.prompts()).map(({ name, fact }) => `${name} ${fact.kind}`);
const looks = (): number => server.asked.filter((each) => each.includes('with=entries')).length;

/** The start of a terminal, as far as looking goes. */
function again(terminal: Terminal): void {
  terminal.goOffline();
  terminal.goOnline();
}

test('a newcomer is told at once where changes are broadcast, without a question, and by the others when they look; each once', async () => {
  await server.world.append(
    added(cleo, { name: 'Cleo', department: 'Research' }),
    added(personId('guyyy'), { name: 'Guy' }),
  );
  const live = deliveries.indexOf('broadcast');
  await expect.poll(told(terminals[live] as Terminal)).toEqual(['Cleo joined']);
  expect(looks()).toBe(0);
  for (const terminal of terminals) again(terminal);
  for (const terminal of terminals) await expect.poll(told(terminal)).toEqual(['Cleo joined']);
  await server.world.append(moved(dan, 'Works', 'Research'), moved(ada, 'Research', 'Board'));
  const board = 'Ada altered';
  await expect
    .poll(async () => (await told(terminals[live] as Terminal)()).toSorted())
    .toEqual([board, 'Cleo joined', 'Dan joined']);
  for (const terminal of terminals) again(terminal);
  for (const terminal of terminals)
    await expect.poll(async () => (await told(terminal)()).toSorted()).toEqual([board, 'Cleo joined', 'Dan joined']);
  expect(await terminals[0]?.undo((await terminals[0]?.prompts())?.[0]?.id ?? 0)).toEqual({ kind: 'nothing-to-undo' });
});

test('a department that is merged into one’s own is told as many at once; one that is renamed is not told at all', async () => {
  const terminal = terminals[deliveries.indexOf('broadcast')] as Terminal;
  const works = Array.from({ length: 30 }, (_, at) =>
    personId(`w${'abcdef'[at % 6]}${'abcdef'[Math.floor(at / 6)]}zz`),
  );
  await server.world.append(...works.map((person) => added(person, { name: `Works ${person}`, department: 'Works' })));
  await terminal.seen((await terminal.prompts()).map(({ id }) => id));
  await server.world.append(...works.map((person) => moved(person, 'Works', 'Research')));
  await expect
    .poll(async () => tellingsOf(await terminal.prompts({ unseenOnly: true })))
    .toMatchObject([{ kind: 'many', what: 'joined', people: { length: 30 } }]);
  const before = (await terminal.prompts()).length;
  for (const person of [...works, ben]) await server.world.append(moved(person, 'Research', 'R&D'));
  await server.world.append(
    moved(cleo, 'Research', 'R&D'),
    added(personId('lastt'), { name: 'Last', department: 'R&D' }),
  );
  await expect.poll(told(terminal)).toContain('Last joined');
  expect((await terminal.prompts()).length).toBe(before + 1);
});

test('who was there before the first look, and whoever is there when another logs in, is no newcomer', async () => {
  await server.world.account('dan', 'correct horse', dan);
  const { terminal, store } = await open('other');
  const known = async (): Promise<PersonId | undefined> => (await store.ownDepartment())?.person;
  await terminal.logIn({ user: 'ben', password: 'correct horse' });
  await terminal.keep(ada);
  await expect.poll(known).toBe(ben);
  await terminal.logIn({ user: 'dan', password: 'correct horse' });
  await expect.poll(known).toBe(dan);
  await server.world.append(added(personId('wnext'), { name: 'Next', department: 'Research' }));
  again(terminal);
  await expect.poll(told(terminal)).toEqual(['Next joined']);
});
