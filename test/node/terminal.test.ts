// A terminal on Node and a server, over real sockets.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { isOwnContactId, type PersonId } from '../../src/book/person-id.ts';
import type { Fields } from '../../src/book/person.ts';
import {
  openTerminal,
  promptsOf,
  tellingsOf,
  type Terminal,
  type TerminalEvent,
  type TerminalOptions,
} from '../../src/node/terminal.ts';
import type { TransportChoice } from '../../src/terminal/flow-target.ts';
import type { MethodStep } from '../../src/terminal/ladder.ts';
import type { Delivery } from '../../src/wire/interest.ts';
import { picture } from '../peers/pictures.ts';
import { openRealServer, type RealServer } from './real-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'terminal-'));
afterAll(() => rmSync(folder, { recursive: true }));

let opened = new AsyncDisposableStack();
afterEach(async () => {
  await opened.disposeAsync();
  opened = new AsyncDisposableStack();
});

let made = 0;
const newPath = (): string => join(folder, `${(made += 1)}.sqlite`);
const who = { user: 'ben', password: 'correct horse' };

interface Both {
  readonly server: RealServer;
  readonly terminal: Terminal;
  readonly ada: PersonId;
  readonly cleo: PersonId;
  readonly path: string;
}

async function openServer(): Promise<{ server: RealServer; ada: PersonId; cleo: PersonId }> {
  const server = opened.use(await openRealServer());
  const [ada, cleo, ben] = await server.world.people(
    { name: 'Ada Lovelace', officeTelephone: '8001' },
    { name: 'Cleo Patra', officeTelephone: '8003' },
    { name: 'Ben Bitdiddle' },
  );
  if (ada === undefined || cleo === undefined) throw new Error('nobody was added');
  await server.world.account(who.user, who.password, ben);
  return { server, ada, cleo };
}

async function openBoth(options: Partial<TerminalOptions> = {}): Promise<Both> {
  const { server, ada, cleo } = await openServer();
  const path = newPath();
  const terminal = opened.use(await openTerminal({ store: path, server: server.url, ...options }));
  await terminal.logIn(who);
  return { server, terminal, ada, cleo, path };
}

/** Reads events until one is as wanted; all that were read. */
async function until(
  events: AsyncIterator<TerminalEvent>,
  wanted: (event: TerminalEvent) => boolean,
): Promise<TerminalEvent[]> {
  const read: TerminalEvent[] = [];
  for (;;) {
    const next = await events.next();
    if (next.done === true) throw new Error(`the events ended: ${JSON.stringify(read)}`);
    read.push(next.value);
    if (wanted(next.value)) return read;
  }
}

const isLive = (event: TerminalEvent): boolean => event.kind === 'state' && event.state.kind === 'live';
const isPrompt = (event: TerminalEvent): boolean => event.kind === 'prompted';

async function keepAda(both: Both): Promise<void> {
  const events = both.terminal.events();
  await both.terminal.keep(both.ada);
  await until(events, isLive);
  await events.return?.();
}

const telephone = (person: PersonId, from: string, to: string) =>
  ({
    kind: 'altered',
    person,
    from: { officeTelephone: from } as Fields,
    to: { officeTelephone: to } as Fields,
  }) as const;

describe.each<Delivery>(['notice', 'broadcast', 'held'])('with delivery %s', (delivery) => {
  test.each<TransportChoice>(['udp', 'tcp', 'websocket'])(
    'a change reaches the entry and prompts, over %s',
    async (transport) => {
      const both = await openBoth({ delivery, transport });
      await keepAda(both);
      const events = both.terminal.events();
      await both.server.world.append(telephone(both.ada, '8001', '8002'));
      const read = await until(events, isPrompt);
      expect(read.at(-1)).toMatchObject({
        prompts: [
          { name: 'Ada Lovelace', fact: { kind: 'altered', field: 'officeTelephone', from: '8001', to: '8002' } },
        ],
      });
      expect(await both.terminal.entries()).toMatchObject([{ person: both.ada, base: { officeTelephone: '8002' } }]);
    },
  );
});

test('the method to the letter: S301 to S309 pass in order, and a round from S304 on is under 1,500 octets', async () => {
  const both = await openBoth({ delivery: 'notice' });
  const events = both.terminal.events();
  await both.terminal.keep(both.ada);
  const first = steps(await until(events, isLive));
  expect(first).toEqual(expect.arrayContaining(['S301', 'S302', 'S304', 'S305']));
  await both.server.world.append(telephone(both.ada, '8001', '8002'));
  const round = await until(events, isPrompt);
  expect(steps(round)).toEqual(['S304', 'S305', 'S306', 'S307', 'S308', 'S309']);
  const octets = round.reduce((sum, event) => sum + (event.kind === 'step' ? event.bytes : 0), 0);
  expect(octets).toBeLessThanOrEqual(1500);
  expect(octets).toBeGreaterThan(700);
  expect(both.server.asked.slice(-2)).toEqual([`GET /v1/changes?after=3`, 'POST /v1/persons']);
});

const steps = (events: readonly TerminalEvent[]): MethodStep[] =>
  events.flatMap((event) => (event.kind === 'step' ? [event.step] : []));

test('claim 5: without an entry nothing is subscribed to; the last one removed ends the subscription', async () => {
  const both = await openBoth();
  expect(both.server.world.server.subscriptions).toBe(0);
  await keepAda(both);
  expect(both.server.world.server.subscriptions).toBe(1);
  const events = both.terminal.events();
  await both.terminal.remove(both.ada);
  await until(events, (event) => event.kind === 'step' && event.step === 'S302');
  expect(both.terminal.state).toMatchObject({ kind: 'offline' });
  await expect.poll(() => both.server.world.server.subscriptions).toBe(0);
});

test('own contacts make no subscription and are asked of nobody; who is put back over another one’s change is live again', async () => {
  const both = await openBoth();
  const mum = await both.terminal.addOwn({ nickname: 'Mum', values: { homeTelephone: '12' }, photo: picture(1) });
  const [plain] = await both.terminal.addAllOwn([{ nickname: 'Plain', photo: new Uint8Array([1, 2]) }]);
  expect(plain?.own.values).toEqual({});
  expect(mum).toMatchObject({ base: {}, state: 'own', own: { nickname: 'Mum', values: { homeTelephone: '12' } } });
  expect(isOwnContactId(mum.person)).toBe(true);
  expect((await both.terminal.photo(mum.person))?.bytes).toEqual(picture(1));
  await expect(both.terminal.writeOwnPhoto(mum.person, new Uint8Array([1, 2]))).rejects.toThrow('not a JPEG');
  expect(await both.terminal.sync()).toMatchObject({ kind: 'in-step', mark: undefined });
  expect(both.server.world.server.subscriptions).toBe(0);
  const asked = both.server.asked.length;
  expect(await both.terminal.lookUpHeld('mum')).toMatchObject({
    source: 'held',
    words: '',
    persons: [{ id: mum.person }],
  });
  await expect(both.terminal.keep(mum.person)).rejects.toThrow('There is no such person');
  await expect(both.terminal.person(mum.person)).rejects.toThrow('There is no such person');
  await expect(both.terminal.organisation({ person: mum.person })).rejects.toThrow('There is no such person');
  await expect(both.terminal.groups({ person: mum.person })).rejects.toThrow('There is no such person');
  expect(both.server.asked.length).toBe(asked);

  await both.terminal.keep(both.cleo);
  await keepAda(both);
  await both.terminal.writeOwn(both.ada, { note: 'met in Paris' });
  const removed = await both.terminal.remove(mum.person, both.ada);
  const events = both.terminal.events();
  await both.server.world.append(telephone(both.ada, '8001', '8002'), telephone(both.cleo, '8003', '8004'));
  await until(events, isPrompt);
  const back = await both.terminal.putBack(removed);
  expect(back.map(({ person }) => person)).toEqual([mum.person, both.ada]);
  const read = await until(events, isPrompt);
  expect(read.at(-1)).toMatchObject({ prompts: [{ person: both.ada, fact: { from: '8001', to: '8002' } }] });
  expect(await both.terminal.photo(mum.person)).toBeDefined();
  await events.return?.();

  both.terminal.setDelivery('held');
  expect(both.terminal.delivery).toBe('held');
  await expect.poll(() => both.terminal.state.kind).toBe('live');
  const more = both.terminal.events();
  await both.server.world.append(telephone(both.ada, '8002', '8005'));
  expect((await until(more, isPrompt)).at(-1)).toMatchObject({ prompts: [{ fact: { to: '8005' } }] });
  await more.return?.();
  await expect.poll(() => both.server.world.server.subscriptions).toBe(1);
  await both.terminal.lookedUp(both.ada);
  expect(await both.terminal.oftenLookedUp(3)).toEqual([both.ada]);
  const [newest] = await both.terminal.prompts({ person: both.ada, limit: 1 });
  expect(newest).toMatchObject({ fact: { to: '8005' } });
  await both.terminal.seenAll(newest?.id ?? 0);
  expect(await both.terminal.prompts({ unseenOnly: true })).toEqual([]);
});

test('what changed while the terminal was closed is there after it opens again', async () => {
  const both = await openBoth();
  await keepAda(both);
  await both.terminal.writeOwn(both.ada, { nickname: 'Countess' });
  await both.terminal[Symbol.asyncDispose]();
  await both.server.world.append(telephone(both.ada, '8001', '8002'));
  const again = opened.use(await openTerminal({ store: both.path }));
  const events = again.events();
  await until(events, isLive);
  expect(await again.entries()).toMatchObject([{ base: { officeTelephone: '8002' }, own: { nickname: 'Countess' } }]);
  expect(await again.prompts({ unseenOnly: true })).toMatchObject([{ name: 'Countess' }]);
});

test('a program that runs once syncs without a subscription', async () => {
  const both = await openBoth({ online: false });
  await both.terminal.keep(both.ada);
  await both.server.world.append(telephone(both.ada, '8001', '8002'), { kind: 'removed', person: both.cleo });
  const synced = await both.terminal.sync();
  expect(synced).toMatchObject({
    kind: 'in-step',
    mark: { revision: 5 },
    revised: [{ person: both.ada }],
    prompts: [{}],
  });
  expect(both.server.world.server.subscriptions).toBe(0);
  expect(await both.terminal.sync()).toMatchObject({ kind: 'in-step', revised: [], prompts: [] });
});

test('a look-up goes to the server, and without one to the entries that are held, and says so', async () => {
  const both = await openBoth({ online: false });
  expect(await both.terminal.lookUp('cleop')).toMatchObject({
    source: 'enterprise',
    total: 1,
    persons: [{ id: both.cleo }],
  });
  await both.terminal.keep(both.ada);
  await both.server[Symbol.asyncDispose]();
  const offline = await both.terminal.lookUp('love 8001');
  expect(offline).toMatchObject({ source: 'held', total: 1, persons: [{ id: both.ada }] });
  expect(offline.words).toMatch(/Only among your own entries: The server .* cannot be reached/);
  expect(await both.terminal.sync()).toMatchObject({ kind: 'failed' });
});

test('a wrong password, no server, and nobody logged in are told apart, and change nothing', async () => {
  const { server, ada } = await openServer();
  const terminal = opened.use(await openTerminal({ store: newPath(), server: server.url }));
  await expect(terminal.logIn({ ...who, password: 'wrong' })).rejects.toThrow('The user or the password is wrong.');
  await expect(terminal.logIn({ ...who, server: 'http://127.0.0.1:1' })).rejects.toThrow('cannot be reached');
  await expect(terminal.logIn({ ...who, server: 'ftp://x' })).rejects.toThrow('not the URL of a server');
  await expect(terminal.keep(ada)).rejects.toThrow('Nobody is logged in');
  expect(await terminal.sync()).toMatchObject({ kind: 'failed', words: 'Nobody is logged in.' });
  expect(terminal.state).toEqual({ kind: 'offline', why: 'logged-out', words: 'Nobody is logged in.' });
});

test('a log-in that names no server goes to the server of the kept session; where there is none, it says so', async () => {
  const both = await openBoth({ online: false });
  await both.terminal[Symbol.asyncDispose]();
  const again = opened.use(await openTerminal({ store: both.path, online: false }));
  expect(again.server).toBe(`${both.server.url}/`);
  await again.logIn(who);
  const nowhere = opened.use(await openTerminal({ store: newPath(), online: false }));
  expect(nowhere.server).toBeUndefined();
  await expect(nowhere.logIn(who)).rejects.toThrow('name the server to log in at');
});

test('a session that the server ended asks to log in again; the entries stay', async () => {
  const both = await openBoth({ online: false });
  await both.terminal.keep(both.ada);
  const second = opened.use(await openTerminal({ store: both.path, online: false }));
  await both.terminal.logOut();
  expect(await second.sync()).toMatchObject({ kind: 'failed', words: 'The session has ended: log in again.' });
  expect(second.state.kind).toBe('refused');
  expect(await second.entries()).toHaveLength(1);
});

test('whoever is not in the enterprise address book cannot be kept', async () => {
  const both = await openBoth({ online: false });
  await expect(both.terminal.keep('zzzz' as PersonId)).rejects.toThrow('There is no such person');
  expect(await both.terminal.entries()).toEqual([]);
});

test('undo makes the old number an own value, which later changes do not take away', async () => {
  const both = await openBoth({ online: false });
  await both.terminal.keep(both.ada);
  await both.server.world.append(telephone(both.ada, '8001', '8002'));
  await both.terminal.sync();
  const [prompt] = await both.terminal.prompts({ unseenOnly: true });
  expect(await both.terminal.undo(prompt?.id ?? 0)).toMatchObject({ kind: 'undone' });
  await both.server.world.append(telephone(both.ada, '8002', '8009'));
  await both.terminal.sync();
  expect(await both.terminal.entries()).toMatchObject([
    { base: { officeTelephone: '8009' }, own: { values: { officeTelephone: '8001' } } },
  ]);
});

test('what is told at once is undone at once: the value from before the first of its prompts stays', async () => {
  const both = await openBoth({ online: false });
  await both.terminal.keep(both.ada);
  for (const [from, to] of [
    ['8001', '8002'],
    ['8002', '8003'],
  ] as const) {
    await both.server.world.append(telephone(both.ada, from, to));
    await both.terminal.sync();
  }
  const [telling, ...others] = tellingsOf(await both.terminal.prompts());
  if (telling === undefined) throw new Error('nothing was told');
  expect([others, promptsOf(telling).length]).toEqual([[], 2]);
  const undone = await both.terminal.undoAll([...promptsOf(telling), 99]);
  expect(undone.map(({ kind }) => kind)).toEqual(['nothing-to-undo', 'undone', 'undone']);
  expect(await both.terminal.entries()).toMatchObject([{ own: { values: { officeTelephone: '8001' } } }]);
  expect(tellingsOf(await both.terminal.prompts())).toMatchObject([{ seen: true }]);
});

test('who logs in at one server and at once at another subscribes at the other alone, though both call the WebSocket `/sip`', async () => {
  const [first, second] = [await openServer(), await openServer()];
  const terminal = opened.use(await openTerminal({ store: newPath() }));
  await terminal.logIn({ ...who, server: first.server.url });
  await terminal.keep(first.ada);
  await expect.poll(() => first.server.world.server.subscriptions).toBe(1);
  for (const { server } of [second, first, second]) await terminal.logIn({ ...who, server: server.url });
  await expect.poll(() => second.server.world.server.subscriptions).toBe(1);
  await expect.poll(() => first.server.world.server.subscriptions).toBe(0);
});

test('a whole book that comes is told of while it comes, for a progress', async () => {
  const { server, terminal, ada } = await openBoth({ acquire: 'book', delivery: 'notice', online: false });
  await terminal.keep(ada);
  await server.world.people(
    ...Array.from({ length: 4000 }, (_, at) => ({ name: `Person ${at}`, title: 'x'.repeat(200) })),
  );
  const events = terminal.events();
  expect(await terminal.sync()).toMatchObject({ kind: 'in-step' });
  const coming = (await until(events, ({ kind }) => kind === 'synced')).filter(({ kind }) => kind === 'coming');
  expect(coming.length).toBeGreaterThan(1);
  await events.return?.();
});

test('where no identity provider is offered, a log-in by a browser says so; nothing is to be opened', async () => {
  const { terminal } = await openBoth({ online: false });
  const opened: string[] = [];
  await expect(terminal.logIn({ browser: (url) => opened.push(url) })).rejects.toMatchObject({
    trouble: { kind: 'not-allowed', words: 'This server has no log-in by an identity provider.' },
  });
  expect(opened).toEqual([]);
});
