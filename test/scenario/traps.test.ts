// What OpenLDAP does that a naive reader of RFC 4533 gets wrong, from the directory to the employee: nobody
// is lost, nobody is doubled, and nobody hears of what did not happen.

import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, test } from 'vitest';
import { skipWithout } from '../peers/installed.ts';
import { personLdif, testPerson } from '../peers/people.ts';
import { slapdIsInstalled, startSlapd, startSlapdPair, type Slapd } from '../peers/slapd.ts';
import { addAgain, dnOf, numbers, remove, setTelephone, telephones } from './directory.ts';
import { until } from './waiting.ts';
import { enter, expectInStep, telephone, type Watched } from './watched.ts';
import { World, type Fact } from './world.ts';

const people = 40;
const brake = { count: 5, percent: 2, settleSeconds: 1 };
const oldTelephone = (number: number): string => testPerson(number, '').attributes['telephoneNumber'] ?? '';

describe.skipIf(skipWithout('slapd', slapdIsInstalled))('the traps of OpenLDAP, from slapd to the terminal', () => {
  let opened = new AsyncDisposableStack();
  afterEach(async () => {
    await opened.disposeAsync();
    opened = new AsyncDisposableStack();
  });

  async function scene(
    slapd: Slapd,
    source: Readonly<Record<string, unknown>> = {},
    persons = people,
  ): Promise<{ readonly world: World; readonly watched: Watched }> {
    const world = opened.use(await World.open({ slapd, source: { brake, ...source } }, persons));
    const watched = opened.use(await enter(world, { transport: 'websocket' }));
    for (const number of [1, 2, 3]) await watched.terminal.keep(await world.person(number));
    await watched.live();
    return { world, watched };
  }

  async function oneSlapd(): Promise<Slapd> {
    return opened.use(await startSlapd({ people }));
  }

  async function twoSlapds(): Promise<readonly [Slapd, Slapd]> {
    const [one, two] = await startSlapdPair({ people });
    return [opened.use(one), opened.use(two)];
  }

  /** Waits until the person's telephone is this one, in the book and at the terminal. */
  async function arrives(world: World, watched: Watched, [number, value]: readonly [number, string]): Promise<void> {
    await until(
      `${value} in the book`,
      () => world.find(number),
      (found) => found?.fields.officeTelephone === value,
    );
    const person = await world.person(number);
    await until(
      `${value} at the terminal`,
      () => watched.entry(person),
      ({ base }) => base.officeTelephone === value,
    );
  }

  /** How many changes the log holds. */
  async function revision(world: World): Promise<number> {
    const answer = (await (await fetch(`${world.url}/health`)).json()) as { readonly revision: number };
    return answer.revision;
  }

  const refreshes = (world: World): readonly { readonly changes: number; readonly swept: number }[] =>
    world.facts.all.flatMap(({ kind, ...rest }) =>
      'fact' in rest && kind === 'stage' && rest.fact.kind === 'refreshed' ? [rest.fact] : [],
    );

  test('trap 1: after one provider was followed, changes that began there arrive by way of the other', async () => {
    const [one, two] = await twoSlapds();
    const { world, watched } = await scene(one);
    await setTelephone(one, 1, '8001');
    await arrives(world, watched, [1, '8001']);
    await world.restart('stop', { url: two.url });
    await world.inStep(people);
    await setTelephone(one, 1, '8002');
    await arrives(world, watched, [1, '8002']);
    await setTelephone(two, 2, '8003');
    await arrives(world, watched, [2, '8003']);
    const person = await world.person(1);
    expect(await watched.facts(person)).toEqual([telephone(oldTelephone(1), '8001'), telephone('8001', '8002')]);
  });

  test('trap 2: after a change by each provider, failing over changes nothing but what changed', async () => {
    const [one, two] = await twoSlapds();
    const { world, watched } = await scene(one, { url: [one.url, two.url] });
    await setTelephone(two, 2, '8002');
    await arrives(world, watched, [2, '8002']);
    await setTelephone(one, 1, '8001');
    await arrives(world, watched, [1, '8001']);
    // A cookie that stood for the newest change alone would have everybody sent again.
    expect(readCookie(world)).toMatch(/#001#[0-9a-f]{6};.*#002#/);
    const before = await revision(world);
    await one.kill();
    await setTelephone(two, 3, '8003');
    await arrives(world, watched, [3, '8003']);
    expect(await revision(world)).toBe(before + 1);
    expect(refreshes(world).at(-1)).toMatchObject({ swept: 0 });
    expect(await watched.terminal.prompts()).toHaveLength(3);
    await expectInStep(watched, await telephones(two));
  });

  test('trap 3: with a lost cookie whoever is gone is found gone, and nobody else is told of', async () => {
    const slapd = await oneSlapd();
    const { world, watched } = await scene(slapd);
    const [one, two] = [await world.person(1), await world.person(2)];
    await world.stop();
    writeCookie(world, null);
    await remove(slapd, 1, 30);
    await setTelephone(slapd, 2, '8002');
    await world.start();
    await world.inStep(people - 2);
    await until(
      'the leaver',
      () => watched.facts(one),
      (facts) => facts.length > 0,
    );
    await arrives(world, watched, [2, '8002']);
    expect(refreshes(world).at(-1)).toMatchObject({ swept: 2 });
    expect(await watched.facts(one)).toEqual([{ kind: 'left' }]);
    expect(await watched.facts(two)).toEqual([telephone(oldTelephone(2), '8002')]);
    expect(await watched.terminal.prompts()).toHaveLength(2);
  });

  test('trap 4: the stored cookie is never empty, stands for what is stored, and carries no sid', async () => {
    const slapd = await oneSlapd();
    const { world, watched } = await scene(slapd);
    const first = readCookie(world);
    expect(first).toMatch(/^[0-9a-f]{16}@\d+ rid=000,csn=\d{14}\.\d{6}Z#/);
    await setTelephone(slapd, 1, '8001');
    await arrives(world, watched, [1, '8001']);
    const second = readCookie(world);
    expect(second > first).toBe(true);
    expect(second).not.toContain('sid=');
    // What slapd answers a reader with garbage is an empty cookie: it is not kept.
    await world.stop();
    writeCookie(world, second.replace(/csn=.*/, 'csn=garbage'));
    await world.start();
    await world.inStep(people);
    // All but the time of the whole reading, which this was.
    expect(readCookie(world).split(' ')[1]).toBe(second.split(' ')[1]);
    expect(await watched.terminal.prompts()).toHaveLength(1);
  });

  test('trap 5: a directory restored from a backup is read afresh: what it forgot is undone, under the brake', async () => {
    const slapd = await oneSlapd();
    await slapd.stop();
    const backup = await slapd.contents();
    await slapd.start();
    const { world, watched } = await scene(slapd);
    const one = await world.person(1);
    await setTelephone(slapd, 1, '8001');
    await arrives(world, watched, [1, '8001']);
    await slapd.stop();
    await slapd.restore(backup);
    await slapd.start();
    const newer = ({ kind, ...rest }: Fact): boolean =>
      kind === 'source' && 'event' in rest && rest.event.kind === 'lost' && /newer/.test(rest.event.problem);
    await world.facts.first('that the cookie is newer', newer);
    await arrives(world, watched, [1, oldTelephone(1)]);
    expect(await watched.facts(one)).toEqual([telephone(oldTelephone(1), '8001'), telephone('8001', oldTelephone(1))]);
    expect(await watched.terminal.prompts()).toHaveLength(2);
    await setTelephone(slapd, 2, '8002');
    await arrives(world, watched, [2, '8002']);
    expect((await world.source()).persons).toBe(people);
  });

  test('trap 6: rights to read that are taken away send no event; the next comparison finds who is hidden, under the brake', async () => {
    const slapd = await oneSlapd();
    const { world, watched } = await scene(slapd, { compareEvery: '1s' });
    const cookie = readCookie(world);
    const [one, four] = [await world.person(1), await world.person(4)];
    const hide = (which: string): Promise<void> =>
      slapd.configure(
        `dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\nadd: olcAccess\n` +
          `olcAccess: {0}to dn.subtree="${slapd.people}" filter=${which} by * none\n`,
      );
    await hide('(uid=p000001)');
    await until(
      'the hidden one gone',
      () => watched.entry(one),
      ({ state }) => state === 'left',
    );
    await hide('(uid=p00000*)');
    const [hold] = await until(
      'a hold',
      () => world.holds(),
      ({ length }) => length > 0,
    );
    expect(hold?.removals.map(({ person }) => person)).toContain(four);
    expect((await world.source()).persons).toBe(people - 1);
    // Not one change in the directory: its own state is as it was.
    expect(readCookie(world).split(' ')[1]).toBe(cookie.split(' ')[1]);
    await setTelephone(slapd, 20, '8020');
    await until(
      'what goes on',
      () => world.find(20),
      (found) => found?.fields.officeTelephone === '8020',
    );
    await slapd.configure(
      `dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\ndelete: olcAccess\nolcAccess: {1}\n-\ndelete: olcAccess\nolcAccess: {0}\n`,
    );
    await until(
      'all back',
      () => world.source(),
      ({ persons }) => persons === people,
    );
    await until(
      'nothing held',
      () => world.holds(),
      ({ length }) => length === 0,
    );
    expect(await world.person(1)).toBe(one);
  });

  test('trap 7: a first load that a size limit cuts short gives the first 500, says which line is missing, and removes nobody', async () => {
    const slapd = opened.use(await startSlapd({ people: 600, syncUnlimited: false }));
    const world = opened.use(await World.openAnyhow({ slapd, source: { brake } }));
    const { problem } = await until(
      'refused',
      () => world.source(),
      ({ state }) => state === 'refused',
    );
    expect(problem).toContain(`limits dn.exact="${slapd.sync.dn}" size=unlimited`);
    const persons = (await world.source()).persons;
    expect(persons).toBeGreaterThan(400);
    expect(persons).toBeLessThan(600);
    await slapd.configure(
      `dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\nadd: olcLimits\n` +
        `olcLimits: dn.exact="${slapd.sync.dn}" size=unlimited time=unlimited\n`,
    );
    await world.restart();
    await world.inStep(600);
    expect(await world.holds()).toEqual([]);
    expect(await revision(world)).toBe(600); // nobody was added twice
  });

  /** Persons 30 to 39 are in a unit of their own, and 30 manages the others of it. */
  async function withTheNorth(databaseLines: readonly string[] = []): Promise<Slapd> {
    const north = 'ou=north,ou=people,dc=example,dc=com';
    const persons = numbers(30, 10).map((number) => personLdif(testPerson(number, north), north));
    const ldif = [`dn: ${north}\nobjectClass: organizationalUnit\nou: north\n\n`, ...persons].join('');
    return opened.use(await startSlapd({ people: 30, ldif, databaseLines }));
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
      const { world, watched } = await scene(slapd);
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

  test('trap 8: a unit that is moved out of the base takes its persons along, under the brake', async () => {
    const slapd = await withTheNorth();
    const { world } = await scene(slapd);
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
    const slapd = await oneSlapd();
    const { world } = await scene(slapd);
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

  test('trap 10: a password change is no change', async () => {
    const slapd = await oneSlapd();
    const { world, watched } = await scene(slapd);
    const before = await revision(world);
    await slapd.change(`dn: ${dnOf(slapd, 1)}\nchangetype: modify\nreplace: userPassword\nuserPassword: new\n`);
    await slapd.change(`dn: ${dnOf(slapd, 1)}\nchangetype: modify\nreplace: description\ndescription: unmapped\n`);
    await setTelephone(slapd, 2, '8002');
    await arrives(world, watched, [2, '8002']);
    expect(await revision(world)).toBe(before + 1);
    expect(await watched.terminal.prompts()).toHaveLength(1);
  });

  test('trap 10: who is moved within the base, or out of it and back in time, does not leave', async () => {
    const slapd = await oneSlapd();
    const { world, watched } = await scene(slapd, { brake: { ...brake, settleSeconds: 60 } });
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
    const slapd = await oneSlapd();
    const { world, watched } = await scene(slapd);
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
    const slapd = await oneSlapd();
    const { world, watched } = await scene(slapd);
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

function readCookie(world: World): string {
  using book = new DatabaseSync(world.bookFile, { readOnly: true });
  return String(book.prepare("select cookie from source where name = 'ldap'").get()?.['cookie']);
}

function writeCookie(world: World, cookie: string | null): void {
  using book = new DatabaseSync(world.bookFile);
  book.prepare("update source set cookie = ? where name = 'ldap'").run(cookie);
}
