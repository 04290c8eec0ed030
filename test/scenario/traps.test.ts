// What OpenLDAP does that a naive reader of RFC 4533 gets wrong, from the directory to the employee: nobody
// is lost, nobody is doubled, and nobody hears of what did not happen.

import { afterEach, describe, expect, test } from 'vitest';
import { skipWithout } from '../peers/installed.ts';
import { testPerson } from '../peers/people.ts';
import { slapdIsInstalled, startSlapd } from '../peers/slapd.ts';
import { remove, setTelephone, telephones } from './directory.ts';
import { arrives, brake, people, readCookie, refreshes, revision, TrapScene, writeCookie } from './trap-scene.ts';
import { until } from './waiting.ts';
import { expectInStep, telephone } from './watched.ts';
import { World, type Fact } from './world.ts';

const oldTelephone = (number: number): string => testPerson(number, '').attributes['telephoneNumber'] ?? '';

describe.skipIf(skipWithout('slapd', slapdIsInstalled))('the traps of OpenLDAP, from slapd to the terminal', () => {
  let scene = new TrapScene();
  afterEach(async () => {
    await scene[Symbol.asyncDispose]();
    scene = new TrapScene();
  });

  test('trap 1: after one provider was followed, changes that began there arrive by way of the other', async () => {
    const [one, two] = await scene.twoSlapds();
    const { world, watched } = await scene.follow(one);
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
    const [one, two] = await scene.twoSlapds();
    const { world, watched } = await scene.follow(one, { url: [one.url, two.url] });
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
    const slapd = await scene.oneSlapd();
    const { world, watched } = await scene.follow(slapd);
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
    const slapd = await scene.oneSlapd();
    const { world, watched } = await scene.follow(slapd);
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
    const slapd = await scene.oneSlapd();
    await slapd.stop();
    const backup = await slapd.contents();
    await slapd.start();
    const { world, watched } = await scene.follow(slapd);
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
    const slapd = await scene.oneSlapd();
    const { world, watched } = await scene.follow(slapd, { compareEvery: '1s' });
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
    const slapd = scene.opened.use(await startSlapd({ people: 600, syncUnlimited: false }));
    const world = scene.opened.use(await World.openAnyhow({ slapd, source: { brake } }));
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
});
