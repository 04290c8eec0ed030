// A directory that tells nobody of changes (slapd without syncprov) is compared every so often: what it holds arrives, no more is
// read than differs, and no fault of it removes anybody.

import { afterEach, describe, expect, test } from 'vitest';
import type { DirectoryEvent } from '../../src/ldap/refresh.ts';
import type { EntryKey, SyncCookie } from '../../src/ldap/sync.ts';
import { compare, type CompareOptions, type Following } from '../../src/node/ldap-socket.ts';
import { textOf } from '../../src/base/bytes.ts';
import { milliseconds, minutes } from '../../src/base/time.ts';
import { until as holds } from '../ldap/replica.ts';
import { skipWithout } from '../peers/installed.ts';
import { personLdif, testPerson } from '../peers/people.ts';
import { slapdIsInstalled, startSlapd, type Slapd, type SlapdOptions } from '../peers/slapd.ts';
import { addAgain, dnOf, numbers, remove, setTelephone, telephones } from './directory.ts';
import { Relay } from './relay.ts';
import { arrives, brake, people, revision, TrapScene } from './trap-scene.ts';
import { until } from './waiting.ts';
import { expectInStep } from './watched.ts';
import { World } from './world.ts';

const kind = { kind: 'ldap', every: '1s' };
const north = 'ou=north,ou=people,dc=example,dc=com';

/** Keeps what a comparison gives: the stamp of each entry, and what came. */
class Kept {
  readonly stamps = new Map<EntryKey, string | undefined>();
  readonly telephones = new Map<string, string>();
  readonly events: DirectoryEvent[] = [];
  cookie: SyncCookie | undefined;

  count(which: DirectoryEvent['kind']): number {
    return this.events.filter((event) => event.kind === which).length;
  }

  readonly take = async (events: readonly DirectoryEvent[]): Promise<readonly EntryKey[]> => {
    const wanted: EntryKey[] = [];
    for (const event of events) {
      this.events.push(event);
      if (event.kind === 'entry') this.stamps.set(event.key, event.stamp);
      if (event.kind === 'entry')
        this.telephones.set(event.dn, textOf(event.attributes.get('telephonenumber')?.[0] ?? new Uint8Array()));
      if (event.kind === 'refreshed') this.cookie = event.cookie;
      if (event.kind !== 'listed') continue;
      for (const { key, stamp } of event.entries)
        if (stamp === undefined || this.stamps.get(key) !== stamp) wanted.push(key);
    }
    return wanted;
  };

  follow(slapd: Slapd, options: Partial<CompareOptions> = {}): Following {
    return compare({
      urls: [slapd.url],
      ...slapd.sync,
      base: slapd.people,
      filter: '(objectClass=inetOrgPerson)',
      attributes: ['cn', 'telephoneNumber'],
      keyAttribute: 'entryUUID',
      every: milliseconds(200),
      compareEvery: minutes(60),
      cookie: async () => this.cookie,
      take: this.take,
      ...options,
    });
  }
}

describe.skipIf(skipWithout('slapd', slapdIsInstalled))('a directory that tells nobody of changes', () => {
  let scene = new TrapScene();
  afterEach(async () => {
    await scene[Symbol.asyncDispose]();
    scene = new TrapScene();
  });

  const silent = async (options: SlapdOptions = {}): Promise<Slapd> =>
    scene.opened.use(await startSlapd({ people, syncprov: false, ...options }));

  /** Waits for a comparison that began after now: it finds this one change more. */
  async function compared(slapd: Slapd, world: World, value: string): Promise<void> {
    await setTelephone(slapd, 20, value);
    await until(
      value,
      () => world.find(20),
      (found) => found?.fields.officeTelephone === value,
    );
  }

  test('what is added, altered, moved and deleted arrives, to the terminal; where nothing is, nothing is changed', async () => {
    const slapd = await silent();
    const { world, watched } = await scene.follow(slapd, kind);
    await setTelephone(slapd, 1, '8001');
    await arrives(world, watched, [1, '8001']);
    const before = await revision(world);
    await compared(slapd, world, '8020');
    await compared(slapd, world, '8021');
    expect(await revision(world)).toBe(before + 2);
    const two = await world.person(2);
    await slapd.change(`dn: ou=north,${slapd.people}\nchangetype: add\nobjectClass: organizationalUnit\nou: north\n`);
    await slapd.change(
      `dn: ${dnOf(slapd, 2)}\nchangetype: modrdn\nnewrdn: uid=${testPerson(2, '').uid}\ndeleteoldrdn: 0\nnewsuperior: ${north}\n`,
    );
    await remove(slapd, 30);
    await until(
      'the leaver',
      () => world.source(),
      ({ persons }) => persons === people - 1,
    );
    expect(await world.person(2)).toBe(two);
    await addAgain(slapd, 30);
    await world.inStep(people);
    await expectInStep(watched, await telephones(slapd));
  });

  test('trap 8: a unit is renamed: nobody is told of anything, and managers are right', async () => {
    const persons = numbers(30, 10).map((number) => personLdif(testPerson(number, north), north));
    const ldif = [`dn: ${north}\nobjectClass: organizationalUnit\nou: north\n\n`, ...persons].join('');
    const slapd = await silent({ people: 30, ldif, databaseLines: ['overlay refint', 'refint_attributes manager'] });
    const { world } = await scene.follow(slapd, kind);
    const manager = await world.person(30);
    const before = await revision(world);
    await slapd.change(`dn: ${north}\nchangetype: modrdn\nnewrdn: ou=south\ndeleteoldrdn: 1\n`);
    await compared(slapd, world, '8020');
    await compared(slapd, world, '8021');
    expect((await world.find(31))?.fields.manager).toBe(manager);
    expect(await revision(world)).toBe(before + 2);
  });

  test('trap 6: whoever is hidden is missed at the next comparison, under the brake', async () => {
    const slapd = await silent();
    const { world } = await scene.follow(slapd, kind);
    await slapd.configure(
      `dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\nadd: olcAccess\n` +
        `olcAccess: {0}to dn.subtree="${slapd.people}" filter=(uid=p00001*) by * none\n`,
    );
    const [hold] = await until(
      'a hold',
      () => world.holds(),
      ({ length }) => length > 0,
    );
    expect(hold?.removals).toHaveLength(10);
    expect((await world.source()).persons).toBe(people);
  });

  test('trap 7: a size limit within the pages is refused with the line that is missing; nobody is removed', async () => {
    const slapd = await silent({ people: 700, syncUnlimited: false });
    const world = scene.opened.use(await World.openAnyhow({ slapd, source: { brake, ...kind } }));
    const { problem } = await until(
      'refused',
      () => world.source(),
      ({ state }) => state === 'refused',
    );
    expect(problem).toContain(`limits dn.exact="${slapd.sync.dn}" size=unlimited`);
    await slapd.configure(
      `dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\nadd: olcLimits\n` +
        `olcLimits: dn.exact="${slapd.sync.dn}" size=unlimited time=unlimited\n`,
    );
    await world.restart();
    await world.inStep(700);
    expect(await revision(world)).toBe(700);
    // The limit is back: of those it holds, none is taken for gone.
    await slapd.configure(`dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\ndelete: olcLimits\n`);
    await until(
      'refused again',
      () => world.source(),
      ({ state }) => state === 'refused',
    );
    expect((await world.source()).persons).toBe(700);
    expect(await world.holds()).toEqual([]);
  });

  test('killed in the middle of its pages, it removes nobody, and is compared when it is back', async () => {
    const slapd = await silent({ people: 1200 });
    const relay = scene.opened.use(await Relay.open(slapd.port, 1_300_000));
    const world = scene.opened.use(
      await World.open({ slapd, source: { brake, ...kind, url: [relay.url, slapd.url] } }, 1200),
    );
    await relay.held.first('the middle of a page', () => true);
    await slapd.kill();
    await until(
      'lost',
      () => world.source(),
      ({ state }) => state === 'lost',
    );
    expect((await world.source()).persons).toBe(1200);
    await slapd.start();
    await remove(slapd, 1, 2);
    await world.inStep(1198);
    expect(await world.holds()).toEqual([]);
  });

  test('no more is read than differs', async () => {
    const slapd = await silent();
    const kept = new Kept();
    await using _following = kept.follow(slapd);
    await holds('read', () => kept.count('refreshed') === 1);
    expect(kept.count('entry')).toBe(people);
    await setTelephone(slapd, 4, '8004');
    await holds('compared', () => kept.count('entry') === people + 1);
    await holds('compared again', () => kept.count('refreshed') >= 4);
    expect(kept.count('entry')).toBe(people + 1);
  });

  test('by seconds alone: an entry that is altered again within the second that it was read in is read again', async () => {
    const slapd = await silent({
      access: [
        'access to attrs=userPassword by anonymous auth by * none',
        'access to attrs=entryCSN by * none',
        'access to * by users read by * none',
      ],
    });
    const kept = new Kept();
    await using _following = kept.follow(slapd);
    await holds('read', () => kept.count('refreshed') === 1);
    for (let round = 0; round < 12; round += 1) await setTelephone(slapd, 4, String(9000 + round));
    await holds('the last value', () => kept.telephones.get(dnOf(slapd, 4)) === '9011');
  });

  test('an account that may not read the key is refused, and told what to do', async () => {
    const slapd = await silent({
      access: ['access to attrs=entryUUID by * none', 'access to * by users read by anonymous auth'],
    });
    const kept = new Kept();
    await using _following = kept.follow(slapd);
    await holds('refused', () => kept.count('refused') === 1);
    expect(kept.events.at(-1)).toMatchObject({ problem: expect.stringContaining('has no entryUUID') as string });
  });

  test('whoever is in it logs in with its password', async () => {
    const slapd = await silent();
    const world = scene.opened.use(await World.open({ slapd, source: { brake, ...kind } }, people));
    const { uid, password } = testPerson(5, '');
    const logIn = await fetch(`${world.url}/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user: uid, password }),
    });
    expect(logIn.status).toBe(200);
    expect(await logIn.json()).toMatchObject({ person: await world.person(5) });
  });
});
