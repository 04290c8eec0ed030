// What a provisioning client writes, through its store and the stage into the log.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wallTime } from '../../src/base/time.ts';
import { fieldNames } from '../../src/book/field.ts';
import type { Fields } from '../../src/book/person.ts';
import { followResources, type ScimFollowing } from '../../src/node/scim-following.ts';
import { mapOf } from '../../src/node/directory-reading.ts';
import type { ScimConfig } from '../../src/node/scim-config.ts';
import { openSqliteResources, type SqliteResources } from '../../src/node/sqlite-resources.ts';
import type { Complex } from '../../src/scim/attributes.ts';
import { ScimProvider } from '../../src/scim/provider.ts';
import { acceptable } from '../../src/scim/resource.ts';
import { resourceId } from '../../src/scim/resource-store.ts';
import { enterpriseSchema } from '../../src/scim/schema.ts';
import { attributesOf, eventOfResource } from '../../src/server/scim-source.ts';
import { defaultBrakeLimits, type BrakeLimits } from '../../src/server/brake.ts';
import { sourceKey } from '../../src/server/change-log.ts';
import { Bench } from './directory.ts';

const config = (attributes: ScimConfig['attributes'] = {}): ScimConfig => ({
  name: 'headquarters',
  kind: 'scim',
  attributes,
  brake: { ...defaultBrakeLimits, settleSeconds: 5 },
});

const ada: Complex = {
  userName: 'ada@example.com',
  displayName: 'Ada Lovelace',
  name: { givenName: 'Ada', familyName: 'Lovelace' },
  title: 'Countess',
  active: true,
  emails: [
    { type: 'work', value: 'ada@example.com', primary: true },
    { type: 'home', value: 'ada@ockham.example' },
    { type: 'other', value: 'countess@example.com' },
  ],
  phoneNumbers: [
    { type: 'work', value: '8001' },
    { type: 'mobile', value: '+86 139 1234 5678' },
    { type: 'home', value: '555 0100' },
    { type: 'fax', value: '8009' },
  ],
  addresses: [{ type: 'work', streetAddress: '1 Engine Lane', locality: 'Ockham', postalCode: 'GU23' }],
  photos: [{ type: 'photo', value: 'https://photos.example.com/ada' }],
  profileUrl: 'https://people.example.com/ada',
  [enterpriseSchema]: {
    employeeNumber: '17',
    department: 'Sums',
    organization: 'Engines',
    costCenter: 'C4',
    manager: { value: 'boss' },
  },
};

const resource = (attributes: Complex, id = 'u1') => ({
  id: resourceId(id),
  type: 'User' as const,
  attributes: acceptable('User', attributes),
  created: wallTime(0),
  altered: wallTime(0),
  version: 1,
});

test('a user is a person by the preset: of the lists what is for work; what is private stays away, and no photo is fetched', () => {
  expect(eventOfResource(resource(ada), mapOf(config()))).toEqual({
    kind: 'person',
    key: 'u1',
    place: 'u1',
    managerPlace: 'boss',
    fields: {
      name: 'Ada Lovelace',
      surname: 'Lovelace',
      givenName: 'Ada',
      title: 'Countess',
      department: 'Sums',
      company: 'Engines',
      employeeNumber: '17',
      officeTelephone: '8001',
      mobileTelephone: '+86 139 1234 5678',
      fax: '8009',
      mail: 'ada@example.com',
      otherMails: 'countess@example.com',
      street: '1 Engine Lane',
      city: 'Ockham',
      postalCode: 'GU23',
      webPage: 'https://people.example.com/ada',
    },
  });
});

test('the settings name other attributes: parts, types, schemas of one’s own', () => {
  const own = { ...ada, 'urn:example:2.0:Own': { badge: 'B7' } };
  const attributes = {
    mail: [{ attribute: 'emails.primary' }],
    homeTelephone: [{ attribute: 'phoneNumbers.home' }],
    extra1: [{ attribute: `${enterpriseSchema}:costCenter` }],
    extra2: [{ attribute: 'urn:example:2.0:Own:badge' }],
    title: [],
  };
  const event = eventOfResource(resource(own), mapOf(config(attributes)));
  expect(event).toMatchObject({
    fields: { mail: 'ada@example.com', homeTelephone: '555 0100', extra1: 'C4', extra2: 'B7' },
  });
  expect(event).not.toHaveProperty('fields.title');
});

test('without a display name the parts make it; a list’s value without a type counts as for work', () => {
  const event = eventOfResource(
    resource({ userName: 'x', name: { givenName: '伟', familyName: '张' }, emails: ['a@b.c'] }),
    mapOf(config()),
  );
  expect(event).toMatchObject({ fields: { name: '张伟', mail: 'a@b.c', chineseName: '张伟' } });
});

test('whatever a resource holds, its attributes are texts by name, and its fields are fields', () => {
  const strange = {
    userName: 'x',
    displayName: ['a', { b: 'c' }],
    title: 7,
    emails: [{ type: '', value: 'x' }, { type: 'WORK', value: 'w' }, 'y'],
    __proto__x: 1,
    list: [[['x']]],
  };
  const { displayName: _, ...accepted } = strange;
  expect([...attributesOf(acceptable('User', accepted)).keys()].sort()).toEqual(
    ['__proto__x', 'emails', 'emails.', 'emails..type', 'emails.work', 'emails.work.type', 'title', 'username'].sort(),
  );
  const event = eventOfResource(resource(accepted), mapOf(config()));
  for (const field of Object.keys(event?.kind === 'person' ? event.fields : {})) expect(fieldNames).toContain(field);
});

/** A provisioning client, a store, and a stage that follows it. */
class Play {
  readonly bench: Bench;
  readonly store: SqliteResources = openSqliteResources(':memory:');
  readonly #provider: ScimProvider;
  #ids = 0;
  #following: ScimFollowing | undefined;

  private constructor(bench: Bench) {
    this.bench = bench;
    this.#provider = new ScimProvider({
      store: this.store,
      newId: () => resourceId(`u${(this.#ids += 1)}`),
      written: () => this.#following?.written(),
      turn: async () => undefined,
    });
  }

  static async open(brake: BrakeLimits): Promise<Play> {
    return new Play(await Bench.open({ brake }));
  }

  /** Reads all to its end, as a process would that begins now and is killed thereafter. */
  async follow(): Promise<void> {
    await this.live();
    await this.rest();
  }

  /** From now on it is followed as it is written; resolves when all that was there is taken. */
  async live(): Promise<void> {
    await this.rest();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#following = followResources({
      config: config(),
      store: { ...this.store, [Symbol.asyncDispose]: async () => undefined },
      stage: {
        take: async (events) => {
          await this.bench.take(...events);
          if (events.some(({ kind }) => kind === 'refreshed')) resolve();
        },
      },
      report: { source: () => undefined, loading: () => undefined },
    });
    await promise;
  }

  /** What was written is taken first. */
  async rest(): Promise<void> {
    await this.#following?.[Symbol.asyncDispose]();
    this.#following = undefined;
  }

  async ask(method: string, path: string, body?: unknown): Promise<Complex> {
    const { document = {} } = await this.#provider.answer({
      method,
      path: path.split('/'),
      query: new Map(),
      base: 'http://here',
      at: this.bench.now,
      body: async () => JSON.stringify(body),
    });
    return document as Complex;
  }
}

const everybody: BrakeLimits = { count: 1000, percent: 100, container: { persons: 1000, percent: 100 } };

test('who is no longer active has left, and comes back as the same person', async () => {
  const play = await Play.open(everybody);
  await play.ask('POST', 'Users', ada);
  await play.ask('POST', 'Users', { userName: 'ben', displayName: 'Ben' });
  await play.follow();
  const id = await play.bench.idOf('u1');
  await play.ask('PATCH', 'Users/u1', { Operations: [{ op: 'Replace', path: 'active', value: 'False' }] });
  await play.follow();
  await play.bench.pass(20_000);
  expect(await play.bench.names()).toEqual(['u2']);
  await play.ask('PATCH', 'Users/u1', { Operations: [{ op: 'Replace', path: 'active', value: 'True' }] });
  await play.follow();
  expect(await play.bench.idOf('u1')).toBe(id);
  expect(await play.bench.names()).toEqual(['u1', 'u2']);
});

test('a group has those of its members who are persons, also by a group within it, and goes when it is removed', async () => {
  const play = await Play.open(everybody);
  for (const userName of ['ada', 'ben', 'cai']) await play.ask('POST', 'Users', { userName, displayName: userName });
  const members = (...ids: readonly string[]) => ids.map((value) => ({ value }));
  await play.ask('POST', 'Groups', { displayName: 'Sums', members: members('u1', 'u2', 'u1', 'nobody') });
  await play.ask('POST', 'Groups', { displayName: 'All', members: members('u3', 'u4') });
  const groups = async () =>
    Object.fromEntries((await play.bench.log.groups({ limit: 10 })).groups.map(({ name, persons }) => [name, persons]));
  await play.follow();
  expect(await groups()).toEqual({ Sums: 2, All: 3 });
  await play.ask('PATCH', 'Users/u1', { Operations: [{ op: 'Replace', path: 'active', value: 'False' }] });
  await play.ask('PATCH', 'Groups/u5', { Operations: [{ op: 'Replace', path: 'displayName', value: 'Everybody' }] });
  await play.follow();
  await play.bench.pass(20_000);
  expect(await groups()).toEqual({ Sums: 1, Everybody: 2 });
  await play.live();
  await play.ask('DELETE', 'Groups/u4');
  await play.rest();
  expect(await groups()).toEqual({ Everybody: 1 });
});

test('a client that deactivates everybody is held by the brake: live, and where the process ended before the stage heard of it', async () => {
  for (const isLive of [true, false]) {
    const play = await Play.open(defaultBrakeLimits);
    for (let count = 1; count <= 60; count += 1)
      await play.ask('POST', 'Users', { userName: `p${count}`, displayName: `P${count}` });
    await play.follow();
    if (isLive) await play.live();
    for (let count = 1; count <= 60; count += 1)
      expect(
        await play.ask('PUT', `Users/u${count}`, { userName: `p${count}`, displayName: `P${count}`, active: false }),
      ).toMatchObject({ active: false });
    await play.rest();
    await play.bench.restart();
    await play.follow();
    await play.bench.pass(60_000);
    expect((await play.bench.living()).size).toBe(60);
    expect((await play.bench.log.holds()).map(({ removals }) => removals.length)).toEqual([60]);
    await play.ask('PUT', 'Users/u7', { userName: 'p7', displayName: 'P7', active: true });
    await play.follow();
    expect((await play.bench.log.holds()).map(({ removals }) => removals.length)).toEqual([59]);
  }
});

interface Person {
  readonly title?: string;
  readonly manager?: number;
  readonly active: boolean;
}

type Step =
  | { readonly kind: 'put' | 'patch-entra' | 'patch-okta'; readonly who: number; readonly is: Person }
  | { readonly kind: 'delete' | 'toggle'; readonly who: number }
  | { readonly kind: 'follow' | 'restart' }
  | { readonly kind: 'pass'; readonly milliseconds: number };

const who = fc.nat(7);
const is: fc.Arbitrary<Person> = fc.record(
  { title: fc.constantFrom('a', 'b'), manager: who, active: fc.boolean() },
  { requiredKeys: ['active'] },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom('put' as const, 'patch-entra' as const, 'patch-okta' as const),
      who,
      is,
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('delete' as const, 'toggle' as const), who }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('follow' as const, 'restart' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), milliseconds: fc.constantFrom(1000, 6000, 100_000) }),
  },
);

/** The client's own view: who there is, by number, with the ID that the service provider gave. */
class Directory {
  readonly play: Play;
  readonly users = new Map<number, Person & { readonly id: string }>();

  constructor(play: Play) {
    this.play = play;
  }

  async step(each: Step): Promise<void> {
    const { play } = this;
    switch (each.kind) {
      case 'follow':
        return play.follow();
      case 'restart':
        await play.rest();
        await play.bench.restart();
        return play.live();
      case 'pass':
        return play.bench.pass(each.milliseconds);
      case 'delete': {
        const user = this.users.get(each.who);
        if (user === undefined) return;
        await play.ask('DELETE', `Users/${user.id}`);
        return void this.users.delete(each.who);
      }
      case 'toggle': {
        const user = this.users.get(each.who);
        return user && this.write('patch-okta', each.who, { ...user, active: !user.active });
      }
      case 'put':
      case 'patch-entra':
      case 'patch-okta':
        return this.write(each.kind, each.who, each.is);
    }
  }

  async write(how: 'put' | 'patch-entra' | 'patch-okta', number: number, given: Person): Promise<void> {
    const { play } = this;
    const known = this.users.get(number);
    const boss = given.manager === undefined ? undefined : this.users.get(given.manager)?.id;
    const { manager: _, ...rest } = given;
    const now: Person = boss === undefined ? rest : given;
    const names = { userName: `P${number}@example.com`, displayName: `Person ${number}` };
    const extension = boss === undefined ? {} : { [enterpriseSchema]: { manager: { value: boss } } };
    const whole = { ...names, active: now.active, ...(now.title !== undefined && { title: now.title }), ...extension };
    if (known === undefined) {
      const created = await play.ask('POST', 'Users', whole);
      this.users.set(number, { ...now, id: created['id'] as string });
      return;
    }
    const path = `Users/${known.id}`;
    const set = (op: string, attribute: string, value: unknown) =>
      value === undefined
        ? { op: op === 'Replace' ? 'Remove' : 'remove', path: attribute }
        : { op, path: attribute, value };
    if (how === 'put') await play.ask('PUT', path, whole);
    else if (how === 'patch-entra')
      await play.ask('PATCH', path, {
        Operations: [
          set('Replace', 'title', now.title),
          set('Replace', `${enterpriseSchema}:manager`, boss),
          set('Replace', 'active', now.active ? 'True' : 'False'),
        ],
      });
    else
      await play.ask('PATCH', path, {
        Operations: [
          set('replace', 'title', now.title),
          set('replace', 'manager', boss && [{ value: boss }]),
          { op: 'replace', value: { id: known.id, active: now.active } },
        ],
      });
    this.users.set(number, { ...now, id: known.id });
  }

  /** What the log shall have: the active users as this client knows them. A manager is one who is there, or was. */
  async wanted(): Promise<Map<string, Fields>> {
    const byId = new Map([...this.users.values()].map((user) => [user.id, user]));
    const wanted = new Map<string, Fields>();
    for (const [number, user] of this.users) {
      if (!user.active) continue;
      const stored = (await this.play.store.find({ type: 'User', id: resourceId(user.id) }))?.attributes[
        enterpriseSchema
      ] as { manager?: { value?: string } } | undefined;
      const boss = stored?.manager?.value;
      const there = boss !== undefined && byId.get(boss)?.active === true;
      const manager = there ? await this.play.bench.idOf(boss) : undefined;
      wanted.set(user.id, {
        name: `Person ${number}`,
        ...(user.title !== undefined && { title: user.title }),
        ...(manager !== undefined && { manager }),
      });
    }
    return wanted;
  }
}

test('whatever a client does, and wherever the process ends, the persons end as the active users', () =>
  fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
      const play = await Play.open(everybody);
      const directory = new Directory(play);
      await play.live();
      // Who was there and is not any longer is nobody the brake would ask about, as long as somebody is there.
      await directory.write('put', 99, { active: true });
      for (const each of steps) await directory.step(each);
      await play.rest();
      await play.follow();
      await play.bench.pass(1_200_000);
      expect(await play.bench.log.holds()).toEqual([]);
      const living = new Map<string, Fields>(await play.bench.living());
      expect(living).toEqual(await directory.wanted());
      for (const id of living.keys()) expect(sourceKey(id)).toBe(id);
      // What is stored is all that counts: to read it again alters nothing.
      const before = await play.bench.revision();
      await play.follow();
      expect(await play.bench.revision()).toBe(before);
      await play.store[Symbol.asyncDispose]();
      await play.bench.log[Symbol.asyncDispose]();
    }),
    { numRuns: 20 },
  ));
