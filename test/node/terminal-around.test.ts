// What a terminal asks about people whom it does not hold: who is around a person, photos, suggestions. One server over real
// sockets; what it answers is bent where a test says so.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Change } from '../../src/book/change.ts';
import { personId, type PersonId } from '../../src/book/person-id.ts';
import type { Fields } from '../../src/book/person.ts';
import { openTerminal, type Terminal } from '../../src/node/terminal.ts';
import { problem, type Answer } from '../../src/server/http-message.ts';
import { photo, picture } from '../peers/pictures.ts';
import { embedded, morning } from '../server/world.ts';
import { openRealServer, type RealServer } from './real-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'terminal-around-'));
const [red, blue] = [photo(1, 20_000), photo(2, 20_000, 'image/png')];
const [grace, ada, ben, cleo, dan] = ['grace', 'adaa', 'bennn', 'cleoo', 'dannn'].map((id) => personId(id)) as [
  PersonId,
  PersonId,
  PersonId,
  PersonId,
  PersonId,
];
const enterprise: readonly (readonly [PersonId, Fields])[] = [
  [grace, { name: 'Grace Hopper', department: 'Board' }],
  [ada, { name: 'Ada Lovelace', department: 'Research', manager: grace, photo: red.hash }],
  [ben, { name: 'Ben Bitdiddle', department: 'Research', manager: ada }],
  [cleo, { name: 'Cleo Patra', department: 'Research', manager: ada }],
  [dan, { name: 'Dan Druff', department: 'Works', manager: ben, photo: blue.hash }],
];
const accounts = { ben, grace, guest: undefined };

const meeting = { kind: 'meeting', label: { en: 'Meet', zh: '会议' }, url: 'https://meet.example/{room}' } as const;

let server: RealServer;
const terminals = new Map<keyof typeof accounts, Terminal>();
const terminalOf = (user: keyof typeof accounts): Terminal => terminals.get(user) as Terminal;
/** What is answered instead, to the paths that hold this. */
let lie: readonly [part: string, answer: Answer] | undefined;

beforeAll(async () => {
  server = await openRealServer({ links: [meeting] });
  const { changeLog, server: face } = server.world;
  const changes = enterprise.map(([person, fields]): Change => ({ kind: 'added', person, fields }));
  face.announce(await changeLog.append({ source: embedded, at: morning, changes, photos: [red, blue] }));
  const honest = face.answer.bind(face);
  face.answer = (request) =>
    lie !== undefined && request.path.includes(lie[0]) ? Promise.resolve(lie[1]) : honest(request);
  for (const [user, person] of Object.entries(accounts)) {
    await server.world.account(user, 'correct horse', person);
    const terminal = await openTerminal({ store: join(folder, user), server: server.url, online: false });
    await terminal.logIn({ user, password: 'correct horse' });
    terminals.set(user as keyof typeof accounts, terminal);
  }
});
beforeEach(() => {
  lie = undefined;
});
afterAll(async () => {
  for (const terminal of terminals.values()) await terminal[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const ids = (persons: readonly { readonly id: PersonId }[]): readonly PersonId[] => persons.map(({ id }) => id);
const photosAsked = (): number => server.asked.filter((each) => each.includes('/photos/')).length;

test('the terminal says who is logged in, and after a restart too', async () => {
  expect(terminalOf('ben').me).toEqual({ user: 'ben', name: 'Ben Bitdiddle', person: ben });
  expect(terminalOf('guest').me).toEqual({ user: 'guest', name: 'guest' });
  await using again = await openTerminal({ store: join(folder, 'ben'), online: false });
  expect(again.me).toEqual(terminalOf('ben').me);
});

test('the links of the administrator come with the log-in, and none that a server may not offer', async () => {
  expect(terminalOf('ben').links).toEqual([meeting]);
  const honest = await server.world.logIn('guest', 'correct horse');
  const wrong = [null, 'x', {}, { ...meeting, url: 'javascript:alert(1)' }, { ...meeting, kind: 'party' }];
  const body = JSON.stringify({ ...honest, links: [...wrong, { ...meeting, separator: ',', since: 2 }] });
  lie = ['/session', { status: 200, headers: { 'content-type': 'application/json' }, body }];
  await using terminal = await openTerminal({ store: join(folder, 'lied-to'), server: server.url, online: false });
  expect(terminal.links).toEqual([]);
  await terminal.logIn({ user: 'guest', password: 'correct horse' });
  expect(terminal.links).toEqual([{ ...meeting, separator: ',' }]);
});

test('around a person are the managers above, reports, colleagues, the department; without a person, the top', async () => {
  const terminal = terminalOf('ben');
  const below = await terminal.organisation({ person: ada });
  expect([ids(below.managers), ids(below.persons), below.total]).toEqual([[grace], [ben, cleo], 2]);
  expect(below.persons.map(({ reports }) => reports)).toEqual([1, 0]);
  expect(ids((await terminal.organisation({ person: ben, list: 'peers' })).persons)).toEqual([cleo]);
  expect(ids((await terminal.organisation({ department: 'Works' })).persons)).toEqual([dan]);
  expect(ids((await terminal.organisation()).persons)).toEqual([grace]);
  const { departments, next, total } = await terminal.departments({ limit: 2 });
  expect([departments.map(({ name }) => name), total]).toEqual([['Board', 'Research'], 3]);
  expect((await terminal.departments({ limit: 2, after: next ?? '' })).departments).toEqual([
    { name: 'Works', persons: 1 },
  ]);
});

test('anyone can be looked at; who is not there, or no group, is told in words', async () => {
  const terminal = terminalOf('ben');
  expect(await terminal.person(dan)).toEqual({ id: dan, fields: expect.objectContaining({ name: 'Dan Druff' }) });
  expect(await terminal.entries()).toEqual([]);
  const none = personId('zzzz');
  for (const asked of [
    terminal.person(none),
    terminal.organisation({ person: none }),
    terminal.groups({ person: none }),
  ])
    await expect(asked).rejects.toMatchObject({
      trouble: { kind: 'not-allowed', words: 'There is no such person in the enterprise address book.' },
    });
  expect(await terminal.groups()).toMatchObject({ total: 0, groups: [] });
  for (const group of ['none', '../persons', '\uD800', ''])
    await expect(terminal.members(group)).rejects.toMatchObject({ trouble: { kind: 'not-allowed' } });
  await expect(terminal.organisation({ department: 'x'.repeat(2000) })).rejects.toThrow('at most 1024 characters');
  await expect(terminal.departments({ limit: -1 })).rejects.toThrow('limit');
});

test('the photo of one who is not held is fetched once, kept in memory, and forgotten with the log-in', async () => {
  const terminal = terminalOf('grace');
  const before = photosAsked();
  expect(await Promise.all([terminal.photoOf(red.hash), terminal.photoOf(red.hash)])).toEqual([red, red]);
  expect(await terminal.photoOf(red.hash)).toEqual(red);
  expect(photosAsked() - before).toBe(1);
  expect(await terminal.photoOf('../session')).toBeUndefined();
  expect(await terminal.photoOf(photo(9).hash)).toBeUndefined();
  await terminal.logIn({ user: 'grace', password: 'correct horse' });
  expect(await terminal.photoOf(red.hash)).toEqual(red);
  expect(photosAsked() - before).toBe(3);
  expect(await terminal.photo(ada)).toBeUndefined();
});

const image = (bytes: Uint8Array): Answer => ({ status: 200, headers: { 'content-type': 'image/jpeg' }, body: bytes });

test.each<[string, Answer, string]>([
  ['another’s photo', image(red.bytes), 'not the one that was asked for'],
  ['a program', image(new TextEncoder().encode('<svg onload="alert(1)">')), 'not a JPEG'],
  ['too much', image(picture(1, 2_000_000)), 'larger than'],
  ['a failure', problem(503, 'later'), 'asks for patience'],
])('in place of a photo %s is refused in words, and asked for again the next time', async (_, answer, words) => {
  lie = ['/photos/', answer];
  await expect(terminalOf('ben').photoOf(blue.hash)).rejects.toThrow(words);
});

test('suggested are the manager, the reports and the department, the nearest first, each once, without those held', async () => {
  const terminal = terminalOf('ben');
  const named = async (limit?: number) =>
    (await terminal.suggestions(limit)).map(({ person, why }) => [person.id, why] as const);
  expect(await named()).toEqual([
    [ada, 'manager'],
    [dan, 'report'],
    [cleo, 'department'],
  ]);
  expect(await named(1)).toEqual([[ada, 'manager']]);
  await terminal.keep(ada);
  expect(await named(1)).toEqual([[dan, 'report']]);
  await terminal.remove(ada);
  expect(await terminalOf('grace').suggestions()).toMatchObject([{ person: { id: ada }, why: 'report' }]);
  expect(await terminalOf('guest').suggestions()).toEqual([]);
});

test.each<[string, string, string]>([
  ['/organisation', 'null', 'cannot be used'],
  ['/organisation', '{"book":"x","managers":[]}', 'cannot be used'],
  ['/persons', '{', 'cannot be used'],
])('a malformed answer of %s is refused whole, in words: %s', async (part, body, words) => {
  lie = [part, { status: 200, headers: { 'content-type': 'application/json' }, body }];
  await expect(terminalOf('ben').suggestions()).rejects.toThrow(words);
});

test('without a log-in, and without a server, each of these says so', async () => {
  await using terminal = await openTerminal({ store: join(folder, 'nobody'), server: server.url, online: false });
  const all = (): readonly Promise<unknown>[] => [
    terminal.person(ada),
    terminal.organisation(),
    terminal.departments(),
    terminal.groups(),
    terminal.members('any'),
    terminal.photoOf(red.hash),
  ];
  expect(terminal.me).toBeUndefined();
  expect(await terminal.suggestions()).toEqual([]);
  for (const asked of all()) await expect(asked).rejects.toMatchObject({ trouble: { kind: 'log-in-again' } });
  await terminal.logIn({ user: 'ben', password: 'correct horse' });
  await server[Symbol.asyncDispose]();
  for (const asked of [...all(), terminal.suggestions()])
    await expect(asked).rejects.toMatchObject({ trouble: { kind: 'unreachable' } });
});
