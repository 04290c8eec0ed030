// A real 389 Directory Server: what its synchronization gives, what its cookies are bound to, and the way from it to the
// employee.

import { randomInt } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SyncCookie } from '../../src/ldap/sync.ts';
import { readConfig } from '../../src/node/config.ts';
import { isDirectoryConfig } from '../../src/node/source-config.ts';
import type { Finding } from '../../src/node/seen-persons.ts';
import { testSource } from '../../src/node/source-test.ts';
import { DirectoryServer389, dsIsInstalled } from '../peers/389ds.ts';
import { Replica, until as replicaHas } from '../ldap/replica.ts';
import { skipWithout } from '../peers/installed.ts';
import { personLdif, testPerson } from '../peers/people.ts';
import { numbers } from './directory.ts';
import { brake, refreshes, revision } from './trap-scene.ts';
import { until } from './waiting.ts';
import { enter, telephone } from './watched.ts';
import { World } from './world.ts';

const people = 40;

describe.skipIf(skipWithout('389-DS', dsIsInstalled))('389 Directory Server', () => {
  let server: DirectoryServer389;
  beforeAll(async () => {
    server = await DirectoryServer389.start(people);
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  const dnOf = (number: number): string => `uid=${testPerson(number, '').uid},${server.people}`;
  const setTelephone = (number: number, value: string, dn = dnOf(number)): Promise<void> =>
    server.change(`dn: ${dn}\nchangetype: modify\nreplace: telephoneNumber\ntelephoneNumber: ${value}\n`);
  const add = (number: number, base: string): Promise<void> =>
    server.change(personLdif(testPerson(number, base), base).replace('\n', '\nchangetype: add\n'));
  const addUnit = (name: string, base: string): Promise<void> =>
    server.change(`dn: ou=${name},${base}\nchangetype: add\nobjectClass: organizationalUnit\nou: ${name}\n`);
  const move = (rdn: string, [from, to]: readonly [string, string]): Promise<void> =>
    server.change(`dn: ${rdn},${from}\nchangetype: modrdn\nnewrdn: ${rdn}\ndeleteoldrdn: 0\nnewsuperior: ${to}\n`);
  const uids = (replica: Replica): readonly string[] => replica.values('uid');

  /** One that has read everything, and follows no more. */
  async function whole(): Promise<Replica> {
    const replica = new Replica();
    await using _following = replica.follow(server);
    await replicaHas('refreshed', () => replica.count('refreshed') === 1);
    return replica;
  }

  test('a test of the source finds out what server it is, how it is followed, and everybody', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-389ds-'));
    const file = join(folder, 'rollcall.yaml');
    const account = { bindDn: server.sync.dn, password: server.sync.password };
    const settings = { name: 'ds', kind: '389ds', url: server.url, base: server.people, ...account };
    await writeFile(file, JSON.stringify({ sources: [settings] }));
    const [source] = readConfig(file, {}, {}).sources.filter(isDirectoryConfig);
    await rm(folder, { recursive: true });
    if (source === undefined) throw new Error('no source');
    const findings: Finding[] = [];
    for await (const finding of testSource(source, () => undefined)) findings.push(finding);
    expect(findings.filter(({ verdict }) => verdict !== 'good')).toEqual([]);
    const says = Object.fromEntries(findings.map((finding) => [finding.check, finding.says]));
    expect(says['product']).toMatch(/^389 .*, as 'kind: 389ds' says$/);
    expect(says['reading']).toContain('by content synchronization (RFC 4533)');
    expect(says['persons']).toContain(`${people} found below ${server.people}`);
  });

  test('adds, modifies, renames, moves and deletes arrive as they happen, each with its cookie', async () => {
    const replica = new Replica();
    await using _following = replica.follow(server);
    await replicaHas('refreshed', () => replica.count('refreshed') === 1);
    expect(replica.entries.size).toBe(people);
    await add(900, server.people);
    await replicaHas('added', () => uids(replica).includes('p000900'));
    const key = [...replica.entries].find(([, { uid }]) => uid === 'p000900')?.[0] ?? '';
    await setTelephone(900, '8001');
    await replicaHas('modified', () => replica.entries.get(key)?.['telephonenumber'] === '8001');
    await server.change(`dn: ${dnOf(900)}\nchangetype: modrdn\nnewrdn: uid=renamed\ndeleteoldrdn: 1\n`);
    await replicaHas('renamed', () => replica.entries.get(key)?.['uid'] === 'renamed');
    await move('uid=renamed', [server.people, `ou=groups,${server.suffix}`]);
    await replicaHas('moved out', () => !replica.entries.has(key));
    await move('uid=renamed', [`ou=groups,${server.suffix}`, server.people]);
    await replicaHas('moved in', () => replica.entries.has(key));
    await server.change(`dn: uid=renamed,${server.people}\nchangetype: delete\n`);
    await replicaHas('deleted', () => !replica.entries.has(key));
    expect(replica.count('checkpoint')).toBeGreaterThan(5);
    expect(replica.entries.size).toBe(people);
  });

  test('a reconnect brings what happened meanwhile, deletes too, also after the server was killed', async () => {
    const replica = await whole();
    await add(901, server.people);
    for (const how of ['stop', 'kill'] as const) {
      replica.events.length = 0;
      await setTelephone(30, how);
      if (how === 'kill') await server.change(`dn: ${dnOf(901)}\nchangetype: delete\n`);
      await server[how]();
      await server.start();
      await using _following = replica.follow(server);
      await replicaHas('refreshed', () => replica.count('refreshed') === 1);
      // Trap 4: what comes within a refresh is never a state to continue from.
      expect(replica.events.map(({ kind }) => kind).filter((kind) => kind === 'checkpoint')).toEqual([]);
      expect(replica.values('telephonenumber')).toContain(how);
      expect(uids(replica).includes('p000901')).toBe(how === 'stop');
    }
  });

  test.each<readonly [string, (cookie: string) => string]>([
    ['whose number is ahead (a restored backup)', (cookie) => cookie.replace(/#\d+$/, '#999999')],
    ['of another host (fail-over)', (cookie) => cookie.replace(' localhost:', ' elsewhere:')],
    ['of another account', (cookie) => cookie.replace('#cn=sync', '#cn=other')],
  ])(
    'trap 5: a cookie %s is answered with 4096: everything is read afresh, and who is gone is found',
    async (_, wrong) => {
      const replica = await whole();
      replica.entries.set('00000000-0000-0000-0000-000000000000', { uid: 'nobody', dn: '' });
      replica.cookie = wrong(replica.cookie ?? '') as SyncCookie;
      replica.events.length = 0;
      await using _following = replica.follow(server);
      await replicaHas('refreshed', () => replica.count('refreshed') === 1);
      const [lost] = replica.events.filter((event) => event.kind === 'lost');
      expect(lost?.problem).toContain('e-syncRefreshRequired (4096)');
      expect(replica.events.at(-1)).toMatchObject({ kind: 'refreshed', sweep: true });
      expect(uids(replica)).not.toContain('nobody');
    },
  );

  test('a filter that is changed leads to a whole refresh, without a word of the old cookie', async () => {
    const replica = await whole();
    replica.events.length = 0;
    await using _following = replica.follow(server, { filter: '(uid=p00000*)' });
    await replicaHas('refreshed', () => replica.count('refreshed') === 1);
    expect(replica.count('lost')).toBe(0);
    expect(uids(replica)).toEqual(numbers(0, 10).map((number) => testPerson(number, '').uid));
  });

  test('trap 3: damaged cookies, and #0, are as none: everything is read, and the server lives', async () => {
    const replica = await whole();
    const good = replica.cookie ?? '';
    const at = good.indexOf(' ') + 1;
    const cut = randomInt(at, good.lastIndexOf('#') + 1);
    const damaged = [
      good.slice(0, at),
      good.slice(0, cut),
      good.replace(/#\d+$/, '#0'),
      good.replace('#', ''),
      `${good}#`,
    ];
    // One after another, and slowly: the server has room for ten sessions, and keeps each for a while.
    for (const cookie of damaged) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      replica.cookie = cookie as SyncCookie;
      replica.events.length = 0;
      await using _following = replica.follow(server);
      await replicaHas('refreshed', () => replica.count('refreshed') === 1);
      expect(replica.events.at(-1), `${cookie} of ${good}`).toMatchObject({ sweep: true });
      expect(replica.entries.size).toBe(people);
    }
    expect(server.crashed).toBe(false);
  });

  test('trap 7: an account with limits is sent so many and then nothing at all; nobody is taken for gone', async () => {
    const dn = `cn=limited,${server.suffix}`;
    await server.change(
      `dn: ${dn}\nchangetype: add\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: limited\n` +
        `userPassword: limited\nnsSizeLimit: 5\n\n` +
        `dn: ${server.suffix}\nchangetype: modify\nadd: aci\n` +
        `aci: (targetattr != "userPassword")(version 3.0; acl "limited"; allow (read,search,compare) userdn="ldap:///${dn}";)\n`,
    );
    const replica = new Replica();
    replica.entries.set('00000000-0000-0000-0000-000000000000', { uid: 'known before', dn: '' });
    {
      await using _following = replica.follow(server, { dn, password: 'limited' });
      await replicaHas('so many', () => replica.count('entry') === 5);
      await setTelephone(2, 'limited');
    }
    expect(replica.count('refreshed')).toBe(0);
    expect(uids(replica)).toContain('known before');
    await server.change(`dn: ${dn}\nchangetype: modify\nreplace: nsSizeLimit\nnsSizeLimit: -1\n`);
    await using _following = replica.follow(server, { dn, password: 'limited' });
    await replicaHas('refreshed', () => replica.count('refreshed') === 1);
    expect(replica.entries.size).toBe(people);
  });

  test('from the server to the employee: a change, a log-in, a renamed unit, and everything read again each second', async () => {
    const north = `ou=north,${server.people}`;
    await addUnit('north', server.people);
    for (const number of numbers(40, 8)) await add(number, north);
    await using world = await World.open(
      { slapd: server, source: { kind: '389ds', brake, compareEvery: '1s' } },
      people + 8,
    );
    await using watched = await enter(world, { transport: 'websocket' });
    const [one, manager] = [await world.person(1), await world.person(40)];
    for (const person of [one, await world.person(41)]) await watched.terminal.keep(person);
    await watched.live();
    const before = await revision(world);
    await setTelephone(1, '8001');
    await until(
      'the change',
      () => watched.facts(one),
      (facts) => facts.length > 0,
    );
    expect(await watched.facts(one)).toEqual([
      telephone(testPerson(1, '').attributes['telephoneNumber'] ?? '', '8001'),
    ]);
    await server.change(`dn: ${north}\nchangetype: modrdn\nnewrdn: ou=south\ndeleteoldrdn: 1\n`);
    const renamed = `ou=south,${server.people}`;
    await setTelephone(41, '8041', `uid=${testPerson(41, '').uid},${renamed}`);
    await until(
      'the change in the renamed unit',
      () => world.find(41),
      (found) => found?.fields.officeTelephone === '8041',
    );
    expect((await world.find(41))?.fields.manager).toBe(manager);
    const read = refreshes(world).length;
    await until(
      'two more whole readings',
      () => refreshes(world),
      ({ length }) => length >= read + 2,
    );
    expect(refreshes(world).at(-1)).toMatchObject({ changes: 0, swept: 0 });
    expect(await revision(world)).toBe(before + 2);
    const { uid, password } = testPerson(41, '');
    const logIn = await fetch(`${world.url}/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user: uid, password }),
    });
    expect(logIn.status, await logIn.text()).toBe(200);
    await move('ou=south', [server.people, `ou=groups,${server.suffix}`]);
    const [hold] = await until(
      'a hold',
      () => world.holds(),
      ({ length }) => length > 0,
    );
    expect(hold?.removals).toHaveLength(8);
    await move('ou=south', [`ou=groups,${server.suffix}`, server.people]);
    await until(
      'all back',
      () => world.holds(),
      ({ length }) => length === 0,
    );
    expect(server.crashed).toBe(false);
  });
});
