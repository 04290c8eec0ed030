// The brake before changed settings: what they would do is read on a copy first, and much of it waits for an administrator. Over a
// real slapd.

import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { jsonBody } from '../../src/apps/admin-client.ts';
import { healthSchema, holdsSchema, type SourceReport } from '../../src/wire/admin.ts';
import { parseJson } from '../../src/wire/problem.ts';
import { skipWithout } from '../peers/installed.ts';
import { testPerson } from '../peers/people.ts';
import { slapdIsInstalled, startSlapd, type Slapd } from '../peers/slapd.ts';
import { addAgain, numbers, remove } from './directory.ts';
import { runCommand } from './server-process.ts';
import { until } from './waiting.ts';
import { enter } from './watched.ts';
import { World, type WorldOptions } from './world.ts';

const people = 60;
const brake = { count: 5, percent: 2, settleSeconds: 1 };
const ten = '(&(objectClass=inetOrgPerson)(uid=p00000*))';
const everybody = '(objectClass=inetOrgPerson)';

describe.skipIf(skipWithout('slapd', slapdIsInstalled))('changed settings', () => {
  let slapd: Slapd;
  let opened = new AsyncDisposableStack();
  beforeAll(async () => {
    slapd = await startSlapd({ people });
  });
  afterEach(async () => {
    await opened.disposeAsync();
    opened = new AsyncDisposableStack();
  });
  afterAll(async () => slapd[Symbol.asyncDispose]());

  const open = async (options: Partial<WorldOptions> = {}): Promise<World> =>
    opened.use(await World.open({ slapd, source: { brake }, ...options }, people));

  const asked = (world: World): Promise<SourceReport> =>
    until(
      'a question',
      () => world.source(),
      ({ state }) => state === 'asking',
    );
  /** As the administrator does. */
  const command = (world: World, id = '') => runCommand(['source', 'approve', 'ldap', id, '--data', world.data]);
  const approve = (world: World, id = '') =>
    world.admin.ask({ method: 'POST', path: '/v1/admin/sources/ldap/approve', body: jsonBody({ id }) });
  const unknown = 'Nothing is asked under this ID';
  const logIn = async (world: World, number: number): Promise<number> => {
    const { uid: user, password } = testPerson(number, slapd.people);
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ user, password });
    return (await fetch(`${world.url}/v1/session`, { method: 'POST', headers, body })).status;
  };

  test('a wrong filter changes nothing and says what it would do, once the directory is there; log-in goes on; with the former one all goes on', async () => {
    const world = await open();
    const watched = opened.use(await enter(world, { transport: 'websocket' }));
    const fifty = await world.person(50);
    await watched.terminal.keep(fifty);
    await watched.live();
    const { revision } = await health(world);
    await world.stop();
    await slapd.stop();
    await world.restart('stop', { filter: ten });
    const away = await until(
      'its being away',
      () => world.source(),
      ({ state }) => state === 'lost',
    );
    expect([away.persons, away.problem]).toEqual([people, expect.stringContaining('nothing listens')]);
    await slapd.start();
    const { asking, problem, persons } = await asked(world);
    expect([persons, asking]).toEqual([
      people,
      { id: expect.stringMatching(/^[0-9a-f]{12}$/), added: 0, altered: 0, removed: people - 10, fields: [] },
    ]);
    expect(problem).toContain(`rollcall source approve ldap ${asking?.id}`);
    expect(problem).toContain('See that the account may read all of them and that base and filter are right.');
    expect(await health(world)).toMatchObject({
      ok: true,
      revision,
      sources: [{ source: 'embedded' }, { source: 'ldap', state: 'asking' }],
    });
    const told = world.facts.all.flatMap((fact) => (fact.kind === 'stage' ? [fact.fact] : []));
    expect(told.filter(({ kind }) => kind === 'comparing')).toMatchObject([{ changed: ['filter'] }]);
    expect(told.filter(({ kind }) => kind === 'asking')).toMatchObject([{ asking, problem }]);
    expect(await logIn(world, 50)).toBe(200);
    await expect(approve(world, '0123456789ab')).rejects.toThrow(unknown);
    const elsewhere = world.admin.ask({
      method: 'POST',
      path: '/v1/admin/sources/x/approve',
      body: jsonBody({ id: '0' }),
    });
    await expect(elsewhere).rejects.toThrow('no source x is followed here, but ldap');
    await world.restart();
    expect((await asked(world)).asking).toEqual(asking);
    await world.restart('stop', { filter: everybody });
    await world.inStep(people);
    expect(await world.holds()).toEqual([]);
    expect(await health(world)).toMatchObject({ revision });
    await expect(approve(world, asking?.id)).rejects.toThrow(unknown);
    expect(await world.person(50)).toBe(fifty);
    await watched.live();
    expect(await watched.terminal.prompts()).toEqual([]);
  });

  test('a mapping that alters everybody waits, is approved, and is then in force', async () => {
    const world = await open();
    await world.restart('stop', { attributes: { department: ['uid'], title: [] } });
    const { asking } = await asked(world);
    expect(asking).toMatchObject({ added: 0, altered: people, removed: 0, fields: ['title'] });
    expect((await world.find(3))?.fields.title).toBe(testPerson(3, '').attributes['title']);
    expect(await command(world, asking?.id)).toMatchObject({ code: 0 });
    await world.inStep(people);
    // Also the field that all of them lose was shown, and is not asked again.
    const { uid } = testPerson(3, '');
    const three = await until(
      'no title',
      () => world.find(3),
      (person) => person?.fields.title === undefined,
    );
    expect(three?.fields.department).toBe(uid);
    await world.restart();
    await world.inStep(people);
    await expect(approve(world, asking?.id)).rejects.toThrow(unknown);
  });

  test('what changes little goes on by itself; what changes much and more than was shown is held by the brake as ever', async () => {
    const world = await open();
    const before = settings(world);
    await world.restart('stop', { filter: `(&${everybody}(!(uid=${testPerson(7, '').uid})))`, matchBy: 'mail' });
    await world.inStep(people - 1);
    expect([await world.find(7), await world.holds()]).toEqual([undefined, []]);
    expect(settings(world)).not.toBe(before);
    const told = world.facts.all.flatMap((fact) => (fact.kind === 'stage' ? [fact.fact.kind] : []));
    expect([told.includes('comparing'), told.includes('asking')]).toEqual([true, false]);
    await world.restart('stop', { filter: ten });
    const { asking } = await asked(world);
    expect(asking).toMatchObject({ added: 1, removed: people - 10 });
    await remove(slapd, 3);
    opened.defer(() => addAgain(slapd, ...numbers(3, 1)));
    await approve(world, asking?.id);
    await world.inStep(people);
    expect((await world.holds()).map(({ removals }) => removals.length)).toEqual([people - 9]);
  });

  test('killed while it waits, it asks the same again; approved, who was shown is removed without a second question, and can be brought back', async () => {
    const world = await open({ ownProcess: true });
    await world.restart('stop', { filter: ten });
    const { asking } = await asked(world);
    await world.restart('kill');
    expect((await asked(world)).asking).toEqual(asking);
    await approve(world, asking?.id);
    await world.inStep(10);
    expect(await world.holds()).toEqual([]);
    expect(await world.find(50)).toBeUndefined();
    const path = '/v1/admin/holds';
    const { approved } = await world.admin.ask({ method: 'GET', path, answer: holdsSchema });
    expect(approved.map(({ persons }) => persons)).toEqual([people - 10]);
  });
});

async function health(world: World) {
  const headers = { authorization: `Bearer ${world.administratorToken}` };
  return parseJson(healthSchema, await (await fetch(`${world.url}/health`, { headers })).text(), 'health');
}

function settings(world: World): unknown {
  using book = new DatabaseSync(world.bookFile, { readOnly: true });
  return book.prepare("select settings from source where name = 'ldap'").get()?.['settings'];
}
