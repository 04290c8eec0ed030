// The traps of OpenLDAP that have to do with names and places: renamed units, references that nobody mends, and noise.

import type { PersonId } from '../../src/book/person-id.ts';
import { healthSchema } from '../../src/wire/admin.ts';
import { afterEach, describe, expect, test } from 'vitest';
import { skipWithout } from '../peers/installed.ts';
import { personLdif, testPerson } from '../peers/people.ts';
import { slapdIsInstalled, startSlapd, type Slapd } from '../peers/slapd.ts';
import { addAgain, dnOf, numbers, remove, setTelephone, telephones } from './directory.ts';
import { arrives, brake, people, refreshes, revision, TrapScene, writeCookie } from './trap-scene.ts';
import { memberships } from './membership.ts';
import { until } from './waiting.ts';
import { enter, expectInStep } from './watched.ts';
import type { World } from './world.ts';

describe.skipIf(skipWithout('slapd', slapdIsInstalled))('the traps of OpenLDAP: names and places', () => {
  let scene = new TrapScene();
  afterEach(async () => {
    await scene[Symbol.asyncDispose]();
    scene = new TrapScene();
  });

  /** Persons 30 to 39 are in a unit of their own, and 30 manages the others of it. */
  async function withTheNorth(databaseLines: readonly string[] = []): Promise<Slapd> {
    const north = 'ou=north,ou=people,dc=example,dc=com';
    const persons = numbers(30, 10).map((number) => personLdif(testPerson(number, north), north));
    const ldif = [`dn: ${north}\nobjectClass: organizationalUnit\nou: north\n\n`, ...persons].join('');
    return scene.opened.use(await startSlapd({ people: 30, ldif, databaseLines }));
  }

  const managedBy = (slapd: Slapd, number: number, manager: string): Promise<void> =>
    slapd.change(`dn: ${dnOf(slapd, number)}\nchangetype: modify\nreplace: manager\nmanager: ${manager}\n`);

  const rename = (slapd: Slapd, [from, to]: readonly [string, string]): Promise<void> =>
    slapd.change(`dn: ou=${from},${slapd.people}\nchangetype: modrdn\nnewrdn: ou=${to}\ndeleteoldrdn: 1\n`);

  const managerOf = async (world: World, number: number): Promise<unknown> =>
    (await world.find(number))?.fields.manager;

  /** A change that comes after all others: when it is there, they are. */
  async function settled(slapd: Slapd, world: World, value: string): Promise<void> {
    await setTelephone(slapd, 20, value);
    await until(
      value,
      () => world.find(20),
      (found) => found?.fields.officeTelephone === value,
    );
  }

  test.each([
    ['never mends references', []],
    ['mends references by refint', ['overlay refint', 'refint_attributes manager']],
  ])(
    'trap 8: a unit is renamed, in a directory that %s: nobody is told of anything, and managers are right at once',
    async (_, databaseLines) => {
      const slapd = await withTheNorth(databaseLines);
      await managedBy(slapd, 5, `uid=${uidOf(30)},ou=north,${slapd.people}`);
      const { world, watched } = await scene.follow(slapd);
      for (const number of [5, 31]) await watched.terminal.keep(await world.person(number));
      const manager = await world.person(30);
      expect(await Promise.all([5, 31, 39].map((number) => managerOf(world, number)))).toEqual([
        manager,
        manager,
        manager,
      ]);
      await settled(slapd, world, '8001');
      const before = await revision(world);
      await rename(slapd, ['north', 'south']);
      await world.facts.first(
        'that it was told',
        ({ kind, ...rest }) => kind === 'stage' && 'fact' in rest && rest.fact.kind === 'relocated',
      );
      await managedBy(slapd, 6, `uid=${uidOf(30)},ou=south,${slapd.people}`);
      await until(
        'the new reference',
        () => managerOf(world, 6),
        (found) => found === manager,
      );
      await settled(slapd, world, '8002');
      expect(await Promise.all([5, 31, 39].map((number) => managerOf(world, number)))).toEqual([
        manager,
        manager,
        manager,
      ]);
      expect(await revision(world)).toBe(before + 2); // that reference, and the telephone
      expect(await watched.terminal.prompts()).toEqual([]);
      // What was learnt outlives a restart, and reading everything afresh finds nothing to mend.
      await world.stop();
      await rename(slapd, ['south', 'west']);
      await world.start();
      await world.inStep(people);
      writeCookie(world, null);
      await world.restart();
      await world.inStep(people);
      expect(await Promise.all([5, 6, 31, 39].map((number) => managerOf(world, number)))).toEqual([
        manager,
        manager,
        manager,
        manager,
      ]);
      expect(await revision(world)).toBe(before + 2);
      expect(refreshes(world).at(-1)).toMatchObject({ changes: 0, swept: 0 });
    },
  );

  test.each([
    ['openldap', {}],
    ['ldap', { every: '1s' }],
  ])(
    'trap 8: departments that are only the units which an entry is in (kind %s): a renamed unit, a moved person and a moved unit are heard of at once',
    async (kind, more) => {
      const north = 'ou=north,ou=people,dc=example,dc=com';
      const unit = (name: string, below: string): string =>
        `dn: ou=${name},${below}\nobjectClass: organizationalUnit\nou: ${name}\n\n`;
      const persons = numbers(36, 4).map((number) => {
        const place = number < 38 ? north : `ou=lab,${north}`;
        return personLdif(testPerson(number, place), place);
      });
      const ldif = [unit('north', 'ou=people,dc=example,dc=com'), unit('lab', north), ...persons].join('');
      const slapd = scene.opened.use(await startSlapd({ people: 36, ldif }));
      const attributes = { department: { attribute: 'dn', transform: 'units' } };
      const { world, watched } = await scene.follow(slapd, { kind, ...more, attributes }, { departmentSeparator: '/' });
      await watched.terminal.keep(await world.person(38));
      const departments = async (): Promise<readonly unknown[]> =>
        Promise.all([1, 36, 38, 39].map(async (number) => (await world.find(number))?.fields.department));
      const are = (...wanted: readonly unknown[]): Promise<unknown> =>
        until(JSON.stringify(wanted), departments, (found) => JSON.stringify(found) === JSON.stringify(wanted));
      await are(undefined, 'north', 'north/lab', 'north/lab');
      const before = await revision(world);
      await rename(slapd, ['north', 'South Wing']);
      await are(undefined, 'South Wing', 'South Wing/lab', 'South Wing/lab');
      await until(
        'four changes',
        () => revision(world),
        (at) => at === before + 4,
      );
      await slapd.change(move(slapd, 39, [`ou=lab,ou=South Wing,${slapd.people}`, `ou=South Wing,${slapd.people}`]));
      await are(undefined, 'South Wing', 'South Wing/lab', 'South Wing');
      // While nobody listens: of those below nothing is said at all.
      await world.stop();
      await slapd.change(
        `dn: ou=lab,ou=South Wing,${slapd.people}\nchangetype: modrdn\nnewrdn: ou=lab\ndeleteoldrdn: 0\nnewsuperior: ${slapd.people}\n`,
      );
      await world.start();
      await are(undefined, 'South Wing', 'lab', 'South Wing');
      await world.inStep(people);
      expect(await world.holds()).toEqual([]);
      const person = await world.person(38);
      await until(
        'the terminal',
        () => watched.entry(person),
        ({ base }) => base.department === 'lab',
      );
    },
  );

  test('trap 8: a unit that is moved out of the base takes its persons along, under the brake', async () => {
    const slapd = await withTheNorth();
    const { world } = await scene.follow(slapd);
    const moveUnit = (from: string, to: string): Promise<void> =>
      slapd.change(`dn: ou=north,${from}\nchangetype: modrdn\nnewrdn: ou=north\ndeleteoldrdn: 0\nnewsuperior: ${to}\n`);
    await moveUnit(slapd.people, `ou=groups,${slapd.suffix}`);
    const [hold] = await until(
      'a hold',
      () => world.holds(),
      ({ length }) => length > 0,
    );
    expect(hold?.removals).toHaveLength(10);
    await moveUnit(`ou=groups,${slapd.suffix}`, slapd.people);
    await until(
      'nobody is held',
      () => world.holds(),
      ({ length }) => length === 0,
    );
    expect((await world.source()).persons).toBe(people);
  });

  test('trap 9: a manager is renamed, and the directory keeps the old name in the others: it is still this person', async () => {
    const slapd = await scene.oneSlapd();
    const { world } = await scene.follow(slapd);
    const [ten, eleven] = [await world.person(10), await world.find(11)];
    expect(eleven?.fields.manager).toBe(ten);
    const before = await revision(world);
    await slapd.change(`dn: ${dnOf(slapd, 10)}\nchangetype: modrdn\nnewrdn: uid=countess\ndeleteoldrdn: 0\n`);
    await settled(slapd, world, '8001');
    expect(await managerOf(world, 11)).toBe(ten);
    expect(await revision(world)).toBe(before + 1);
    writeCookie(world, null);
    await world.restart();
    await world.inStep(people);
    expect(await managerOf(world, 11)).toBe(ten);
    expect(await revision(world)).toBe(before + 1);
  });

  test('trap 9: groups of every class have their members, whoever is renamed; followed or compared, only terminals hear of it whose audience is by a group', async () => {
    const below = `ou=groups,dc=example,dc=com`;
    const member = (number: number): string => `uid=${uidOf(number)},ou=people,dc=example,dc=com`;
    const entry = (name: string, lines: readonly string[]): string =>
      [`dn: cn=${name},${below}`, `cn: ${name}`, ...lines, '', ''].join('\n');
    const ldif = [
      entry('dev', [
        'objectClass: groupOfNames',
        `member: ${member(1)}`,
        `member: ${member(2)}`,
        'member: cn=stranger',
      ]),
      entry('ops', ['objectClass: groupOfUniqueNames', `uniqueMember: ${member(3)}`]),
      entry('unix', ['objectClass: posixGroup', 'gidNumber: 7', `memberUid: ${uidOf(4)}`, 'memberUid: root']),
      entry('all', [
        'objectClass: groupOfNames',
        ...['dev', 'ops', 'all'].map((each) => `member: cn=${each},${below}`),
      ]),
    ].join('');
    const globalLines = ['include /etc/ldap/schema/nis.schema'];
    const slapd = scene.opened.use(await startSlapd({ people, ldif, globalLines }));
    const source = { base: slapd.suffix, groups: { memberUidBelow: slapd.people } };
    const audiences = [
      { name: 'all', readers: { group: 'all' }, persons: { group: `CN=All, ${below}` } },
      { name: 'everyone' },
    ];
    const { world, watched } = await scene.follow(slapd, source, { audiences });
    const inside = scene.opened.use(await enter(world, { employee: 2 }));
    await inside.hold(...(await Promise.all([1, 2, 3].map((number) => world.person(number)))));
    const hears = (person: PersonId, ...kinds: readonly string[]): Promise<unknown> =>
      until(
        `${kinds.join(', ')} of ${person}`,
        () => inside.facts(person),
        (facts) => facts.flatMap(({ kind }) => (kind === 'altered' ? [] : [kind])).join() === kinds.join(),
      );
    const [one, five] = [await world.person(1), await world.person(5)];
    const members = (...list: readonly number[]): readonly string[] => list.map((number) => String(100_000 + number));
    const first = { all: members(1, 2, 3), dev: members(1, 2), ops: members(3), unix: members(4) };
    expect(await memberships(world)).toEqual(first);
    const before = await revision(world);
    const modify = (group: string, lines: string): string =>
      `dn: cn=${group},${below}\nchangetype: modify\n${lines}\n\n`;
    await slapd.change(
      modify('dev', `add: member\nmember: ${member(5)}\n-\ndelete: member\nmember: ${member(1)}`) +
        `dn: cn=ops,${below}\nchangetype: modrdn\nnewrdn: cn=run\ndeleteoldrdn: 1\n\n` +
        `dn: ${dnOf(slapd, 2)}\nchangetype: modrdn\nnewrdn: uid=renamed\ndeleteoldrdn: 0\n\n` +
        `dn: cn=unix,${below}\nchangetype: delete\n\n`,
    );
    await settled(slapd, world, '8020');
    const second = { all: members(2, 3, 5), dev: members(2, 5), run: members(3) };
    expect(await memberships(world)).toEqual(second);
    expect(await revision(world)).toBe(before + 1);
    expect(await watched.terminal.prompts()).toEqual([]);
    await hears(one, 'left');
    await inside.terminal.keep(five);
    expect((await inside.entry(five)).state).toBe('held');
    // From now on it is compared, every second; what the directory did meanwhile is found, and what it had is known by stamps.
    await world.stop();
    await slapd.change(modify('dev', `delete: member\nmember: ${member(5)}`));
    await world.restart('stop', { kind: 'ldap', every: '1s' });
    await settled(slapd, world, '8021');
    expect(await memberships(world)).toEqual({ ...second, all: members(2, 3), dev: members(2) });
    await hears(five, 'left');
    await slapd.change(modify('run', `add: uniqueMember\nuniqueMember: ${member(6)}`));
    await settled(slapd, world, '8022');
    await settled(slapd, world, '8023');
    expect(await memberships(world)).toEqual({ all: members(2, 3, 6), dev: members(2), run: members(3, 6) });
    // Without the setting there are none.
    await world.restart('stop', { kind: 'openldap', every: undefined, groups: undefined });
    await until(
      'none',
      () => memberships(world),
      (found) => Object.keys(found).length === 0,
    );
    await world.inStep(people);
    expect(await revision(world)).toBe(before + 4);
    // Nobody is in a group that is not there, so that the reader is of the audience for all others.
    await hears(one, 'left', 'returned');
    const turned = world.facts.all.flatMap((each) =>
      each.kind === 'server' && each.fact.kind === 'group-turned' ? [each.fact] : [],
    );
    expect(turned.at(-1)).toMatchObject({ found: 0, audiences: ['all'] });
    const { groups } = await world.admin.ask({ method: 'GET', path: '/health', answer: healthSchema });
    expect(groups?.map(({ group, found }) => [group, found])).toEqual([
      ['all', 0],
      [`CN=All, ${below}`, 0],
    ]);
  });

  test('trap 10: a password change is no change', async () => {
    const slapd = await scene.oneSlapd();
    const { world, watched } = await scene.follow(slapd);
    const before = await revision(world);
    await slapd.change(`dn: ${dnOf(slapd, 1)}\nchangetype: modify\nreplace: userPassword\nuserPassword: new\n`);
    await slapd.change(`dn: ${dnOf(slapd, 1)}\nchangetype: modify\nreplace: description\ndescription: unmapped\n`);
    await setTelephone(slapd, 2, '8002');
    await arrives(world, watched, [2, '8002']);
    expect(await revision(world)).toBe(before + 1);
    expect(await watched.terminal.prompts()).toHaveLength(1);
  });

  test('trap 10: who is moved within the base, or out of it and back in time, does not leave', async () => {
    const slapd = await scene.oneSlapd();
    const { world, watched } = await scene.follow(slapd, { brake: { ...brake, settleSeconds: 60 } });
    const one = await world.person(1);
    const before = await revision(world);
    await slapd.change(`dn: ou=north,${slapd.people}\nchangetype: add\nobjectClass: organizationalUnit\nou: north\n`);
    await slapd.change(move(slapd, 1, [slapd.people, `ou=north,${slapd.people}`]));
    await slapd.change(move(slapd, 2, [slapd.people, `ou=groups,${slapd.suffix}`]));
    await slapd.change(move(slapd, 2, [`ou=groups,${slapd.suffix}`, slapd.people]));
    await setTelephone(slapd, 3, '8003');
    await arrives(world, watched, [3, '8003']);
    expect(await revision(world)).toBe(before + 1);
    expect(await world.person(1)).toBe(one);
    expect((await watched.terminal.entries()).map(({ state }) => state)).toEqual(['held', 'held', 'held']);
  });

  test('trap 10: who is deleted and made anew under the same DN is another: the old one leaves, the new one is found', async () => {
    const slapd = await scene.oneSlapd();
    const { world, watched } = await scene.follow(slapd);
    const before = await world.find(1);
    await remove(slapd, 1);
    await addAgain(slapd, 1);
    const old = before?.id;
    if (old === undefined) throw new Error('nobody is there');
    await until(
      'the old one gone',
      () => watched.entry(old),
      ({ state }) => state === 'left',
    );
    const after = await world.find(1);
    expect(after?.fields).toEqual(before?.fields);
    expect(after?.id).not.toBe(old);
    expect(await watched.facts(old)).toEqual([{ kind: 'left' }]);
    expect((await world.source()).persons).toBe(people);
  });

  test('trap 10: a burst of everything at once ends with the directory as it is', async () => {
    const slapd = await scene.oneSlapd();
    const { world, watched } = await scene.follow(slapd);
    for (const number of numbers(4, 20)) await watched.terminal.keep(await world.person(number));
    await slapd.change(
      numbers(1, 23)
        .map((number) => move(slapd, number, [slapd.people, `ou=groups,${slapd.suffix}`]))
        .join(''),
    );
    await slapd.change(
      numbers(1, 23)
        .map((number) => move(slapd, number, [`ou=groups,${slapd.suffix}`, slapd.people]))
        .join(''),
    );
    for (const number of numbers(1, 23)) await setTelephone(slapd, number, `90${number}`);
    await arrives(world, watched, [23, '9023']);
    await expectInStep(watched, await telephones(slapd));
    expect(await watched.terminal.prompts()).toHaveLength(23);
  });
});

const uidOf = (number: number): string => testPerson(number, '').uid;

/** LDIF that moves a person from below one entry to below another; the entryUUID stays. */
const move = (slapd: Slapd, number: number, [from, to]: readonly [string, string]): string => {
  const { uid } = testPerson(number, slapd.people);
  return `dn: uid=${uid},${from}\nchangetype: modrdn\nnewrdn: uid=${uid}\ndeleteoldrdn: 0\nnewsuperior: ${to}\n\n`;
};
