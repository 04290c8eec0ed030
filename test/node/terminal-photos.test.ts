// The photos of a terminal on Node, with a server over real sockets: an honest one, and one that lies.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import type { Change } from '../../src/book/change.ts';
import { personId } from '../../src/book/person-id.ts';
import type { Photo } from '../../src/book/photo.ts';
import { openTerminal, type Terminal, type TerminalEvent, type TerminalOptions } from '../../src/node/terminal.ts';
import { problem, type Answer } from '../../src/server/http-message.ts';
import { photo, picture } from '../peers/pictures.ts';
import { embedded, morning } from '../server/world.ts';
import { openRealServer, type RealServer } from './real-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'terminal-photos-'));
afterAll(() => rmSync(folder, { recursive: true }));
let opened = new AsyncDisposableStack();
afterEach(async () => {
  await opened.disposeAsync();
  opened = new AsyncDisposableStack();
});

const [red, blue] = [photo(1, 20_000), photo(2, 20_000, 'image/png')];
const [ada, ben] = [personId('ada2'), personId('ben2')];
const who = { user: 'ben', password: 'correct horse' };
let made = 0;
const newPath = (): string => join(folder, `${(made += 1)}.sqlite`);

async function append(server: RealServer, changes: readonly Change[], ...photos: readonly Photo[]): Promise<void> {
  const { changeLog, server: face } = server.world;
  face.announce(await changeLog.append({ source: embedded, at: morning, changes, photos }));
}

async function openServer(): Promise<RealServer> {
  const server = opened.use(await openRealServer());
  const add = (person: typeof ada, fields: object): Change => ({ kind: 'added', person, fields });
  await append(server, [add(ada, { name: 'Ada', photo: red.hash }), add(ben, { name: 'Ben' })], red);
  await server.world.account(who.user, who.password, ben);
  return server;
}

const repainted = (from: Photo, to: Photo): Change => ({
  kind: 'altered',
  person: ada,
  from: { photo: from.hash },
  to: { photo: to.hash },
});

class Seen {
  readonly events: AsyncIterableIterator<TerminalEvent>;
  constructor(terminal: Terminal) {
    this.events = terminal.events();
  }
  async until<Kind extends TerminalEvent['kind']>(kind: Kind): Promise<Extract<TerminalEvent, { kind: Kind }>> {
    for (;;) {
      const next = await this.events.next();
      if (next.done === true) throw new Error(`the events ended before ${kind}`);
      if (next.value.kind === kind) return next.value as Extract<TerminalEvent, { kind: Kind }>;
    }
  }
}

async function enter(server: RealServer, options: Partial<TerminalOptions> = {}): Promise<Terminal> {
  const terminal = opened.use(await openTerminal({ store: newPath(), server: server.url, ...options }));
  await terminal.logIn(who);
  return terminal;
}

const asked = (server: RealServer): readonly string[] => server.asked.filter((each) => each.includes('/photos/'));

/** From now on what is asked for as a photo is answered so, as often as the answers reach; then as it is. */
function lie(server: RealServer, ...answers: readonly Answer[]): void {
  const face = server.world.server;
  const honest = face.answer.bind(face);
  const left = [...answers];
  face.answer = (request) => {
    const answer = request.path.startsWith('/v1/photos/') ? left.shift() : undefined;
    return answer === undefined ? honest(request) : Promise.resolve(answer);
  };
}

const image = (bytes: Uint8Array): Answer => ({ status: 200, headers: { 'content-type': 'image/jpeg' }, body: bytes });

test('the photo of whom one keeps comes by itself, is fetched once, and is there offline', async () => {
  const server = await openServer();
  const path = newPath();
  const terminal = await enter(server, { store: path });
  const seen = new Seen(terminal);
  await terminal.keep(ada);
  expect(await seen.until('photo')).toEqual({ kind: 'photo', people: [ada] });
  expect(await terminal.photo(ada)).toEqual(red);
  expect(await terminal.photo(ben)).toBeUndefined();
  await terminal.keep(ben);
  await terminal[Symbol.asyncDispose]();
  expect(asked(server)).toEqual([`GET /v1/photos/${red.hash}`]);
  const again = opened.use(await openTerminal({ store: path, online: false }));
  expect(await again.photo(ada)).toEqual(red);
});

test('a change of the photo is prompted, the new one comes, and the old one goes; all of it live', async () => {
  const server = await openServer();
  const terminal = await enter(server);
  const seen = new Seen(terminal);
  await terminal.keep(ada);
  await seen.until('photo');
  await append(server, [repainted(red, blue)], blue);
  expect((await seen.until('prompted')).prompts).toMatchObject([{ person: ada, fact: { field: 'photo' } }]);
  await seen.until('photo');
  expect(await terminal.photo(ada)).toEqual(blue);
  await append(server, [{ kind: 'altered', person: ada, from: { photo: blue.hash }, to: {} }]);
  await seen.until('prompted');
  expect(await terminal.photo(ada)).toBeUndefined();
});

test('without a subscription photos come when they are asked for, each once', async () => {
  const server = await openServer();
  const terminal = await enter(server, { online: false });
  await terminal.keep(ada);
  expect(await terminal.photo(ada)).toBeUndefined();
  const told: number[][] = [];
  expect(await terminal.fetchPhotos((done, total) => told.push([done, total]))).toEqual({ fetched: 1, missing: 0 });
  expect(told).toEqual([[0, 1]]);
  expect(await terminal.photo(ada)).toEqual(red);
  expect(await terminal.fetchPhotos()).toEqual({ fetched: 0, missing: 0 });
  expect(asked(server)).toHaveLength(1);
});

test.each<[string, Answer]>([
  ['the photo of another', image(blue.bytes)],
  ['the photo, cut off', image(red.bytes.subarray(0, 10_000))],
  ['a program that poses as a photo', image(new TextEncoder().encode('<svg onload="alert(1)">'))],
  ['a photo too large', image(picture(1, 2_000_000))],
  ['no end of bytes', { ...image(red.bytes), body: endless() }],
])('%s is refused in words, kept by nobody, and the book goes on', async (_, answer) => {
  const server = await openServer();
  lie(server, answer);
  const terminal = await enter(server);
  const seen = new Seen(terminal);
  await terminal.keep(ada);
  expect((await seen.until('refused-whole')).trouble.words).toMatch(/photo|larger/);
  expect(await terminal.photo(ada)).toBeUndefined();
  await append(server, [repainted(red, blue)], blue);
  await seen.until('photo');
  expect(await terminal.photo(ada)).toEqual(blue);
  expect(asked(server)).toEqual([`GET /v1/photos/${red.hash}`, `GET /v1/photos/${blue.hash}`]);
});

async function* endless(): AsyncGenerator<string> {
  for (;;) yield 'x'.repeat(65_536);
}

test('a photo that the server has not is not asked for again; the next one is', async () => {
  const server = await openServer();
  lie(server, problem(404, 'none'));
  const terminal = await enter(server, { online: false });
  await terminal.keep(ada);
  expect(await terminal.fetchPhotos()).toEqual({ fetched: 0, missing: 1 });
  expect(await terminal.fetchPhotos()).toEqual({ fetched: 1, missing: 0 });
});

test('a server that fails is asked again after a while, and the revision of the book does not wait for it', async () => {
  const server = await openServer();
  lie(server, problem(503, 'later'));
  const terminal = await enter(server);
  const seen = new Seen(terminal);
  await terminal.keep(ada);
  await append(server, [{ kind: 'altered', person: ada, from: {}, to: { title: 'Countess' } }]);
  await seen.until('prompted');
  expect(await terminal.photo(ada)).toBeUndefined();
  await seen.until('photo');
  expect(await terminal.photo(ada)).toEqual(red);
  expect(asked(server)).toHaveLength(2);
});

test('without a server there is nothing to fetch from, and nothing fails', async () => {
  const server = await openServer();
  const terminal = await enter(server, { online: false });
  await terminal.keep(ada);
  await server[Symbol.asyncDispose]();
  expect(await terminal.fetchPhotos()).toEqual({ fetched: 0, missing: 1 });
  expect(await terminal.photo(ada)).toBeUndefined();
  await terminal.logOut();
  expect(await terminal.fetchPhotos()).toEqual({ fetched: 0, missing: 1 });
});

test('closed while a photo is on its way, it ends without a word', async () => {
  const server = await openServer();
  const face = server.world.server;
  const honest = face.answer.bind(face);
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  face.answer = async (request) => {
    if (request.path.startsWith('/v1/photos/')) {
      arrive();
      await released;
    }
    return honest(request);
  };
  const terminal = await enter(server);
  await terminal.keep(ada);
  await arrived;
  await terminal[Symbol.asyncDispose]();
  release();
});
