// Audiences, with the server as it is put together, its files, real sockets, and a terminal: what a reader's terminal is
// told of persons who come to be seen or not, of a reader who moves, and of settings that were changed.

import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AdminClient } from '../../src/apps/admin-client.ts';
import { startServer, type RunningServer } from '../../src/apps/serve.ts';
import type { PersonId } from '../../src/book/person-id.ts';
import type { Fields } from '../../src/book/person.ts';
import { readConfig } from '../../src/node/config.ts';
import { createReport } from '../../src/node/report.ts';
import { tokenFileOf } from '../../src/node/running.ts';
import { restore } from '../../src/node/restore.ts';
import { personAddedSchema } from '../../src/wire/admin.ts';
import { until } from './waiting.ts';
import { telephone, Watched } from './watched.ts';
import { freePort } from './world.ts';

const password = 'correct horse';
const sales = { name: 'sales', readers: { department: 'Sales' } };
const everyone = { name: 'everyone' };
const usual = [
  { ...sales, persons: { department: ['Sales', 'Kitchen'] }, fields: ['department', 'officeTelephone', 'manager'] },
  everyone,
];

class House implements AsyncDisposable {
  readonly folder: string;
  readonly #ports: { readonly http: number; readonly sip: number };
  readonly lines: string[] = [];
  #server: RunningServer | undefined;

  constructor(folder: string, ports: { readonly http: number; readonly sip: number }) {
    this.folder = folder;
    this.#ports = ports;
  }

  static async open(): Promise<House> {
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-audiences-'));
    return new House(folder, { http: await freePort(), sip: await freePort() });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#ports.http}`;
  }
  get data(): string {
    return join(this.folder, 'data');
  }
  get #admin(): AdminClient {
    return new AdminClient({ data: this.data, server: this.url, tokenFile: tokenFileOf(this.data) });
  }

  async start(audiences: readonly object[], fields: object = {}): Promise<void> {
    await this.stop();
    const file = join(this.folder, 'rollcall.yaml');
    const { http, sip } = this.#ports;
    const listen = { http: { port: http }, sip: { port: sip, domain: 'example.com' } };
    writeFileSync(file, JSON.stringify({ data: this.data, ...listen, sample: false, audiences, fields }));
    const report = createReport('info', { write: (line) => this.lines.push(line) });
    this.#server = await startServer(readConfig(file, {}, {}), report);
  }

  async stop(): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
    this.#server = undefined;
  }

  async add(fields: Fields): Promise<PersonId> {
    const body = { type: 'application/json', text: JSON.stringify({ fields }) };
    return (await this.#admin.ask({ method: 'POST', path: '/v1/admin/persons', body, answer: personAddedSchema }))
      .person;
  }

  async alter(person: PersonId, fields: Readonly<Record<string, string | null>>): Promise<void> {
    const body = { type: 'application/json', text: JSON.stringify({ fields }) };
    await this.#admin.ask({ method: 'PATCH', path: `/v1/admin/persons/${person}`, body });
  }

  /** A terminal of this person, who has an account. */
  async enter(user: string, person: PersonId): Promise<Watched> {
    const body = { type: 'application/json', text: JSON.stringify({ password, person }) };
    await this.#admin.ask({ method: 'PUT', path: `/v1/admin/accounts/${user}`, body });
    const store = join(this.folder, `${user}.sqlite`);
    const watched = await Watched.open({ store, server: this.url, delivery: 'broadcast' });
    await watched.terminal.logIn({ user, password });
    return watched;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

let stack: AsyncDisposableStack;
let house: House;
let [ada, ben, cyd, eve]: PersonId[] = [];
let watched: Watched;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  house = stack.use(await House.open());
  await house.start(usual);
  ada = await house.add({ name: 'Ada', department: 'Sales' });
  eve = await house.add({ name: 'Eve', department: 'Board', officeTelephone: '9001' });
  ben = await house.add({ name: 'Ben', department: 'Sales', officeTelephone: '8001', mobileTelephone: '7001' });
  cyd = await house.add({ name: 'Cyd', department: 'Kitchen' });
  watched = stack.use(await house.enter('ada', ada));
  await watched.hold(ben, cyd);
});
afterEach(() => stack.disposeAsync());

const comes = (person: PersonId | undefined, count: number): Promise<unknown> =>
  until(
    `${count} prompts about ${person}`,
    () => watched.facts(person as PersonId),
    (facts) => facts.length === count,
  );
const facts = (person: PersonId | undefined) => watched.facts(person as PersonId);
const find = async (text: string): Promise<readonly (string | undefined)[]> => {
  const { persons } = await watched.terminal.lookUp(text);
  return persons.map(({ fields }) => fields.name);
};

test('who comes to be seen or not is told as coming and leaving; what is hidden of who is seen is not told', async () => {
  expect([await find('eve'), await find('9001'), await find('7001'), await find('ben')]).toEqual([[], [], [], ['Ben']]);
  await house.alter(eve as PersonId, { officeTelephone: '9002' });
  await house.alter(ben as PersonId, { mobileTelephone: '7002', manager: eve as PersonId });
  await house.alter(cyd as PersonId, { department: 'Board' });
  await comes(cyd, 1);
  expect(await facts(cyd)).toEqual([{ kind: 'left' }]);
  expect(await facts(ben)).toEqual([]);
  await house.alter(cyd as PersonId, { department: 'Kitchen', officeTelephone: '6001' });
  await comes(cyd, 3);
  expect(await facts(cyd)).toEqual([{ kind: 'left' }, { kind: 'returned' }, telephone(undefined, '6001')]);
  await house.alter(eve as PersonId, { department: 'Kitchen' });
  await comes(ben, 1);
  expect(await facts(ben)).toEqual([{ kind: 'altered', field: 'manager', to: eve }]);
});

test('a reader who moves reads by another rule at once, and by the former one after coming back', async () => {
  await house.alter(ada as PersonId, { department: 'Board' });
  await comes(ben, 1);
  expect(await facts(ben)).toEqual([{ kind: 'altered', field: 'mobileTelephone', to: '7001' }]);
  expect([await find('eve'), await find('7001')]).toEqual([['Eve'], ['Ben']]);
  await watched.hold(eve as PersonId);
  await house.alter(ada as PersonId, { department: 'Sales' });
  await comes(eve, 1);
  expect(await facts(eve)).toEqual([{ kind: 'left' }]);
  await comes(ben, 2);
  await house.alter(ben as PersonId, { officeTelephone: '8002' });
  await comes(ben, 3);
});

test('by what is the same, a reader sees the own department, and another with the move to it, also one that is new', async () => {
  const own = [{ name: 'everyone', persons: { same: 'department' } }];
  const logs = (): number =>
    readdirSync(house.data).filter((name) => /^audience-everyone\.\w+\.sqlite$/.test(name)).length;
  await house.start(own);
  await comes(cyd, 1);
  expect(await facts(cyd)).toEqual([{ kind: 'left' }]);
  expect([await find('cyd'), await find('ben'), await find('ada')]).toEqual([[], ['Ben'], ['Ada']]);
  await house.alter(ada as PersonId, { department: 'KITCHEN' });
  await comes(cyd, 2);
  expect((await facts(ben)).at(-1)).toEqual({ kind: 'left' });
  expect([await find('cyd'), await find('ben')]).toEqual([['Cyd'], []]);
  await house.alter(cyd as PersonId, { officeTelephone: '6001' });
  await comes(cyd, 3);
  await house.alter(cyd as PersonId, { department: 'Board' });
  await comes(cyd, 4);
  await house.alter(ada as PersonId, { department: 'Laboratory' });
  await until(
    'the own one alone',
    () => find(''),
    (found) => found.join() === 'Ada',
  );
  // Sales, Board, Laboratory and, of before, Kitchen; and the one of who has no department. At a start, only of those who are there.
  expect(logs()).toBe(5);
  await house.start(own);
  expect([logs(), await find('')]).toEqual([4, ['Ada']]);
  await house.alter(ada as PersonId, { department: null });
  await until(
    'nobody',
    () => find(''),
    (found) => found.length === 0,
  );
});

test('a changed rule reaches terminals as what comes, leaves and is altered; one that stays reaches nobody', async () => {
  const told = (): readonly unknown[] => house.lines.filter((line) => line.includes('audience-made'));
  expect(told()).toHaveLength(1);
  await house.start([
    { ...sales, persons: { department: 'Sales' }, fields: ['department', 'mobileTelephone'] },
    everyone,
  ]);
  await comes(cyd, 1);
  await comes(ben, 2);
  expect(await facts(cyd)).toEqual([{ kind: 'left' }]);
  expect(await facts(ben)).toEqual([
    { kind: 'altered', field: 'officeTelephone', from: '8001' },
    { kind: 'altered', field: 'mobileTelephone', to: '7001' },
  ]);
  expect(told()).toHaveLength(2);
  await house.start([
    { ...sales, persons: { department: 'Sales' }, fields: ['department', 'mobileTelephone'] },
    everyone,
  ]);
  await house.alter(ben as PersonId, { mobileTelephone: '7002' });
  await comes(ben, 3);
  expect(told()).toHaveLength(2);
});

test('without the audience its log is removed, and who read by it sees all; a restored folder makes it anew', async () => {
  const logs = (): readonly string[] => readdirSync(house.data).filter((name) => name.startsWith('audience-'));
  await house.stop();
  expect(logs()).toEqual(['audience-sales.sqlite']);
  await restore({ data: house.data, copy: undefined, progress: () => undefined });
  expect(logs()).toEqual([]);
  await house.start(usual);
  expect(logs()).toContain('audience-sales.sqlite');
  await house.stop();
  writeFileSync(join(house.data, 'audience-sales.sqlite'), 'not a log');
  await house.start(usual);
  await house.alter(ben as PersonId, { officeTelephone: '8002' });
  await comes(ben, 1);
  await house.start([]);
  expect(existsSync(join(house.data, 'audience-sales.sqlite'))).toBe(false);
  await comes(ben, 2);
  expect((await facts(ben)).at(-1)).toEqual({ kind: 'altered', field: 'mobileTelephone', to: '7001' });
});

test('a field that the settings hide from all is taken from terminals, and given again when they show it', async () => {
  await house.start([], {});
  await comes(ben, 1);
  await house.start([], { mobileTelephone: { class: 'restricted' } });
  await comes(ben, 2);
  expect((await facts(ben)).at(-1)).toEqual({ kind: 'altered', field: 'mobileTelephone', from: '7001' });
  await house.start([]);
  await comes(ben, 3);
});
