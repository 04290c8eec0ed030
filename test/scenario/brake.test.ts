// Mass removals by mistake: nobody is removed until an administrator has said so, and terminals see nothing
// of it. Each way in which a directory loses its people, over a real slapd.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, test } from 'vitest';
import { doneSchema, type HeldRemovals } from '../../src/wire/admin.ts';
import { skipWithout } from '../peers/installed.ts';
import { personLdif, testPerson } from '../peers/people.ts';
import { slapdIsInstalled, startSlapd, type Slapd } from '../peers/slapd.ts';
import { numbers, remove, setTelephone } from './directory.ts';
import { runCommand } from './server-process.ts';
import { until } from './waiting.ts';
import { enter, telephone, type Watched } from './watched.ts';
import { World, type Fact, type WorldOptions } from './world.ts';

const people = 120;
/** What the brake lets pass here. */
const brake = { count: 5, percent: 2, settleSeconds: 1 };
const oldTelephone = (number: number): string => testPerson(number, '').attributes['telephoneNumber'] ?? '';

const isHeld = (fact: Fact): boolean => fact.kind === 'stage' && fact.fact.kind === 'held';

describe.skipIf(skipWithout('slapd', slapdIsInstalled))('the brake', () => {
  let opened = new AsyncDisposableStack();
  afterEach(async () => {
    await opened.disposeAsync();
    opened = new AsyncDisposableStack();
  });

  interface Scene {
    readonly slapd: Slapd;
    readonly world: World;
    readonly watched: Watched;
    /** The entries of the terminal, by `testPerson`'s numbers. */
    readonly held: readonly number[];
  }

  async function scene(slapd: Slapd, options: Partial<WorldOptions> = {}, persons = people): Promise<Scene> {
    const world = opened.use(await World.open({ slapd, source: { brake }, ...options }, persons));
    const watched = opened.use(await enter(world, { transport: 'websocket' }));
    const held = [1, 2, 3, 40, 80, 110];
    for (const number of held) await watched.terminal.keep(await world.person(number));
    await watched.live();
    return { slapd, world, watched, held };
  }

  const newSlapd = async (options: Parameters<typeof startSlapd>[0] = {}): Promise<Slapd> =>
    opened.use(await startSlapd({ people, ...options }));

  /** The one hold, once the server has told of it in its administrator's words. */
  async function theHold(world: World, from = 0): Promise<HeldRemovals> {
    const told = await world.facts.first('a hold', isHeld, from);
    const [hold, ...others] = await world.holds();
    if (hold === undefined) throw new Error('nothing is held');
    expect(others).toEqual([]);
    expect(told).toMatchObject({ fact: { hold: { id: hold.id, reason: hold.reason } } });
    return hold;
  }

  /** Nobody is gone from the book or from the terminal, and nothing was prompted. */
  async function expectUnaffected({ world, watched, held }: Scene, persons = people): Promise<void> {
    expect((await world.source()).persons).toBe(persons);
    const entries = await watched.terminal.entries();
    expect(entries.map(({ state }) => state)).toEqual(held.map(() => 'held'));
    expect(await watched.terminal.prompts()).toEqual([]);
    // A later change may just have been told of, and be looked at whether it concerns an entry.
    await watched.live();
  }

  test('a wrong filter, where no former settings are kept, removes nobody and says why; the right one again releases everybody', async () => {
    const all = await scene(await newSlapd());
    const { world, watched } = all;
    await world.stop();
    forgetSettings(world);
    await world.restart('stop', { filter: '(&(objectClass=inetOrgPerson)(uid=p00010*))' });
    const hold = await theHold(world);
    expect(hold.removals).toHaveLength(people - 10);
    expect(hold.reason).toContain(`${people - 10} of ${people} persons of ldap would be removed`);
    expect(hold.reason).toContain('See that the account may read all of them and that base and filter are right.');
    await watched.live();
    await expectUnaffected(all);
    const words = await runCommand(['directory', '--data', world.data, 'brake', 'list']);
    expect(words.said).toContain(hold.id);
    expect(words.said).toContain(hold.reason);
    expect(words.said).toContain('... and 90 more');
    expect((await world.source()).held).toBe(people - 10);
    const health: unknown = await (await fetch(`${world.url}/health`)).json();
    expect(health).toMatchObject({
      ok: true,
      sources: expect.arrayContaining([expect.objectContaining({ held: people - 10 })]),
    });
    const sources = await runCommand(['directory', '--data', world.data, 'sources']);
    expect(sources.said).toContain("the brake holds 110 back, see 'rollcall directory brake'");
    expect(words.complaints).toContain("'brake approve HOLD' does it, 'brake reject HOLD' does not");
    const ids = await Promise.all(all.held.map((number) => world.person(number)));
    await world.stop();
    forgetSettings(world);
    await world.restart('stop', { filter: '(objectClass=inetOrgPerson)' });
    await world.inStep(people);
    await until(
      'no hold',
      () => world.holds(),
      (holds) => holds.length === 0,
    );
    expect(await Promise.all(all.held.map((number) => world.person(number)))).toEqual(ids);
    await watched.live();
    await expectUnaffected(all);
  });

  test('a preview tells what edited settings would change and what would be held, and changes nothing; the server runs on', async () => {
    const slapd = await newSlapd();
    const world = opened.use(await World.open({ slapd, source: { brake } }, people));
    const settings = JSON.parse(readFileSync(join(world.folder, 'rollcall.yaml'), 'utf8')) as { sources: object[] };
    const file = join(world.folder, 'edited.yaml');
    const preview = (source: object, ...flags: readonly string[]) => {
      writeFileSync(file, JSON.stringify({ ...settings, sources: [{ ...settings.sources[0], ...source }] }));
      return runCommand(['source', 'preview', '--config', file, ...flags]);
    };
    await world.stop();
    await remove(slapd, 7);
    await slapd.change(personLdif(testPerson(500, slapd.people), slapd.people).replace('\n', '\nchangetype: add\n'));
    await setTelephone(slapd, 3, '8003');
    const away = await preview({});
    expect(away.said.split('\n')).toEqual([
      'source ldap: 120 found, 120 in the book; 1 would be added, 1 altered, 1 removed',
      expect.stringMatching(/^ {2}\+ /),
      expect.stringMatching(/^ {2}~ \S+ .*: .*8003/),
      expect.stringMatching(/^ {2}- \S+ \S+/),
    ]);
    await world.start();
    await world.inStep(people);
    const filter = '(&(objectClass=inetOrgPerson)(uid=p00010*))';
    const narrow = await preview({ filter, attributes: { title: [] } }, '--json', '--all');
    expect(JSON.parse(narrow.said)).toMatchObject({
      source: 'ldap',
      persons: people,
      found: 10,
      counts: { added: 0, removed: people - 10 },
      held: [
        { persons: people - 10, reason: expect.stringContaining('without approval at most 5 are') },
        { field: 'title' },
      ],
    });
    expect((JSON.parse(narrow.said) as { removed: unknown[] }).removed).toHaveLength(people - 10);
    const refused = await preview({ base: 'ou=away,dc=example,dc=com' });
    expect([refused.code, refused.complaints]).toEqual([
      3,
      expect.stringContaining('ou=away,dc=example,dc=com exists'),
    ]);
    const tested = await runCommand(['source', 'test', 'ldap', '--config', file, '--json']);
    expect([tested.code, JSON.parse(tested.said.split('\n').at(-1) ?? '')]).toEqual([
      3,
      { source: 'ldap', check: 'reading', verdict: 'bad', says: expect.stringContaining('exists') },
    ]);
    expect([await world.holds(), (await world.source()).persons]).toEqual([[], people]);
  });

  test('a filter that finds nobody at all is held even where the brake would let so many pass', async () => {
    const slapd = await newSlapd({ people: 4 });
    const world = opened.use(await World.open({ slapd, source: { brake } }, 4));
    await world.stop();
    forgetSettings(world);
    await world.restart('stop', { filter: '(uid=nobody)' });
    expect((await theHold(world)).reason).toContain('ldap answered with nobody at all, although 4 of its persons');
    expect((await world.source()).persons).toBe(4);
  });

  test('a directory that is emptied live, one by one: the burst is seen whole and held', async () => {
    const all = await scene(await newSlapd());
    const { slapd, world, watched } = all;
    for (let first = 0; first < people; first += 10) await remove(slapd, ...numbers(first, 10));
    await world.facts.first('a hold', isHeld);
    const [hold] = await world.holds();
    await until(
      'all of them held',
      async () => (await world.holds()).reduce((sum, { removals }) => sum + removals.length, 0),
      (count) => count === people,
    );
    expect(hold?.reason).toContain('without approval at most 5 are');
    await expectUnaffected(all);
    // Who comes back is the same person, and whoever holds an entry never hears of it.
    const ids = await Promise.all(all.held.map((number) => world.person(number)));
    expect(new Set(ids).size).toBe(all.held.length);
    expect((await watched.terminal.entries()).map(({ person }) => person).sort()).toEqual([...ids].sort());
  });

  test('a directory that is emptied slowly, five at a time, is held from the sixth on', async () => {
    const all = await scene(await newSlapd());
    const { slapd, world, watched } = all;
    await remove(slapd, ...numbers(50, 5));
    await world.inStep(people - 5);
    const from = world.facts.all.length;
    await remove(slapd, ...numbers(55, 5));
    const hold = await theHold(world, from);
    expect(hold.reason).toContain('after 5 others in the last 10 minutes');
    expect((await world.source()).persons).toBe(people - 5);
    expect(await watched.terminal.prompts()).toEqual([]);
  });

  test('a directory that was emptied while the server was away: nobody is removed', async () => {
    const all = await scene(await newSlapd());
    const { slapd, world, watched } = all;
    await world.stop();
    await remove(slapd, ...numbers(0, people));
    await world.start();
    const hold = await theHold(world);
    expect(hold.removals).toHaveLength(people);
    await watched.live();
    await expectUnaffected(all);
  });

  test('approved, exactly those of the hold are removed and their holders are prompted; an entry stays, marked left', async () => {
    const all = await scene(await newSlapd());
    const { slapd, world, watched } = all;
    await watched.terminal.writeOwn(await world.person(1), { note: 'met in 1998' });
    const [one, forty] = [await world.person(1), await world.person(40)];
    await remove(slapd, ...numbers(0, 30));
    const hold = await theHold(world);
    expect(hold.removals).toHaveLength(30);
    expect(hold.removals.find(({ person }) => person === one)?.name).toBe((await watched.entry(one)).base.name);
    await world.admin.ask({ method: 'POST', path: `/v1/admin/holds/${hold.id}/approve`, answer: doneSchema });
    expect((await world.source()).persons).toBe(people - 30);
    await until(
      'the prompts',
      () => watched.terminal.prompts(),
      (prompts) => prompts.length === 3,
    );
    const { state, own, base } = await watched.entry(one);
    expect([state, own.note, base.officeTelephone]).toEqual(['left', 'met in 1998', oldTelephone(1)]);
    expect(await watched.facts(one)).toEqual([{ kind: 'left' }]);
    expect(await watched.facts(forty)).toEqual([]);
    expect(await world.holds()).toEqual([]);
    const again = await runCommand(['directory', '--data', world.data, 'brake', 'approve', hold.id]);
    expect([again.code, again.complaints]).toEqual([3, expect.stringContaining(hold.id)]);
    // It was a mistake: all are back, and held.
    const undone = await runCommand(['directory', '--data', world.data, 'brake', 'undo', hold.id]);
    expect([undone.code, undone.said]).toEqual([0, expect.stringContaining('their removal is held again')]);
    expect([(await world.source()).persons, (await theHold(world)).removals.length]).toEqual([people, 30]);
    await until(
      'the return',
      () => watched.entry(one),
      (entry) => entry.state === 'held' && entry.own.note === 'met in 1998',
    );
  });

  test('rejected, nobody is removed', async () => {
    const all = await scene(await newSlapd());
    const { slapd, world } = all;
    await remove(slapd, ...numbers(0, 30));
    const hold = await theHold(world);
    await world.admin.ask({ method: 'POST', path: `/v1/admin/holds/${hold.id}/reject` });
    expect(await world.holds()).toEqual([]);
    await setTelephone(slapd, 31, '8031'); // what is committed after it comes after it
    await until(
      'a later change',
      () => world.find(31),
      (found) => found?.fields.officeTelephone === '8031',
    );
    await expectUnaffected(all);
  });

  test('a few real leavers pass, and whoever comes back, with a hold or without, is the same person', async () => {
    const { slapd, world, watched } = await scene(await newSlapd());
    const one = await world.person(1);
    await slapd.change(move(slapd, 1, 'ou=groups'));
    await remove(slapd, 60);
    await until(
      'the leaver at the terminal',
      () => watched.facts(one),
      (facts) => facts.length > 0,
    );
    expect((await world.source()).persons).toBe(people - 2);
    expect(await world.holds()).toEqual([]);
    await slapd.change(move(slapd, 1, 'ou=people'));
    await until(
      'the return',
      () => watched.entry(one),
      ({ state }) => state === 'held',
    );
    expect(await watched.facts(one)).toEqual([{ kind: 'left' }, { kind: 'returned' }]);
    expect(await world.person(1)).toBe(one);
    // By mistake, one may be brought back whom the directory does not have: until it has them, or the administrator decides.
    const directory = (...words: readonly string[]) => runCommand(['directory', '--data', world.data, ...words]);
    await slapd.change(move(slapd, 1, 'ou=groups'));
    await until(
      'that the first has left again',
      () => watched.entry(one),
      ({ state }) => state === 'left',
    );
    const back = await directory('restore', one);
    expect([back.code, back.said]).toEqual([0, expect.stringContaining('their removal is held')]);
    await until(
      'that the first is back',
      () => watched.entry(one),
      ({ state }) => state === 'held',
    );
    expect(await directory('restore', one)).toMatchObject({
      code: 3,
      complaints: expect.stringContaining('was not removed'),
    });
    await world.stop();
    forgetCookie(world);
    await world.start();
    await world.inStep(people - 1);
    expect((await theHold(world)).removals).toMatchObject([{ person: one }]);
    await slapd.change(move(slapd, 1, 'ou=people'));
    await until(
      'no hold',
      () => world.holds(),
      (holds) => holds.length === 0,
    );
    expect(await world.person(1)).toBe(one);
  });

  test('whoever of a hold comes back is taken out of it, and is not removed when the rest is approved', async () => {
    const { slapd, world, watched } = await scene(await newSlapd());
    const one = await world.person(1);
    const leavers = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11]; // and not 0, who manages the first nine
    await slapd.change(leavers.map((number) => move(slapd, number, 'ou=groups')).join(''));
    const { id } = await theHold(world);
    await slapd.change(move(slapd, 1, 'ou=people'));
    await until(
      'one less',
      () => world.holds(),
      ([hold]) => hold?.removals.length === 9,
    );
    await world.admin.ask({ method: 'POST', path: `/v1/admin/holds/${id}/approve`, answer: doneSchema });
    expect((await world.source()).persons).toBe(people - 9);
    expect(await world.person(1)).toBe(one);
    await until(
      'the prompts of the others',
      () => watched.terminal.prompts(),
      (prompts) => prompts.length === 2,
    );
    expect(await watched.facts(one)).toEqual([]);
  });

  test('an ACL that hides some people sends no event, and at the next whole refresh holds them', async () => {
    const all = await scene(await newSlapd());
    const { slapd, world, watched } = all;
    await slapd.configure(access('to dn.subtree="ou=people,dc=example,dc=com" filter=(title=Engineer) by * none'));
    await world.stop();
    forgetCookie(world);
    await world.start();
    const hold = await theHold(world);
    expect(hold.removals).toHaveLength(people / 6);
    expect(hold.reason).toContain('See that the account may read all of them');
    await watched.live();
    await expectUnaffected(all);
    await slapd.configure(access());
    await world.stop();
    forgetCookie(world);
    await world.start();
    await until(
      'no hold',
      () => world.holds(),
      (holds) => holds.length === 0,
    );
    await watched.live();
    await expectUnaffected(all);
  });

  test.each([
    ['everybody, but not the base', 'to dn.children="ou=people,dc=example,dc=com" by * none'],
    ['the base as well', 'to dn.subtree="ou=people,dc=example,dc=com" by * none'],
  ])('an ACL that hides %s removes nobody and says what to look at', async (_, line) => {
    const all = await scene(await newSlapd());
    const { slapd, world, watched } = all;
    await world.stop();
    await slapd.configure(access(line));
    forgetCookie(world);
    const from = world.facts.all.length;
    await world.start();
    const isTrouble = (fact: Fact): boolean =>
      isHeld(fact) || (fact.kind === 'source' && fact.event.kind === 'refused');
    await world.facts.first('what to look at', isTrouble, from);
    const { state, problem = '' } = await world.source();
    const [hold] = await world.holds();
    const words = state === 'refused' ? problem : (hold?.reason ?? '');
    expect(words).toMatch(/may read|right to read|does not exist|noSuchObject/i);
    await watched.live();
    await expectUnaffected(all);
  });

  test('an attribute that the account may read no longer stays with everybody, and is taken away once that is approved', async () => {
    const slapd = await newSlapd();
    const { world, watched } = await scene(slapd);
    await slapd.configure(access('to attrs=telephoneNumber by * none'));
    await world.stop();
    forgetCookie(world);
    await setTelephone(slapd, 3, '8003');
    const from = world.facts.all.length;
    await world.start();
    const told = await world.facts.first(
      'a held field',
      (fact) => fact.kind === 'stage' && fact.fact.kind === 'held-field',
      from,
    );
    expect(told).toMatchObject({
      fact: { hold: { field: 'officeTelephone', reason: expect.stringContaining('would lose it') } },
    });
    expect((await world.find(3))?.fields.officeTelephone).toBe(oldTelephone(3));
    await watched.live();
    expect(await watched.terminal.prompts()).toEqual([]);
    const listed = await runCommand(['directory', '--data', world.data, 'brake', 'list', '--json']);
    const { id, field, persons } = JSON.parse(listed.said) as { id: string; field: string; persons: unknown[] };
    expect([field, persons.length]).toEqual(['officeTelephone', people]);
    await world.admin.ask({ method: 'POST', path: `/v1/admin/holds/${id}/approve`, answer: doneSchema });
    expect((await world.find(3))?.fields.officeTelephone).toBeUndefined();
    const three = await world.person(3);
    await until(
      'the prompt',
      () => watched.facts(three),
      (facts) => facts.length === 1,
    );
  });

  test('a size limit that cuts the answer short removes nobody, and the line that is missing is told', async () => {
    const slapd = await newSlapd({ people: 600 });
    const all = await scene(slapd, {}, 600);
    const { world, watched } = all;
    await world.stop();
    await slapd.configure('dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\ndelete: olcLimits\n\n');
    forgetCookie(world);
    await setTelephone(slapd, 3, '8003');
    await world.start();
    const { problem } = await until(
      'refused',
      () => world.source(),
      ({ state }) => state === 'refused',
    );
    expect(problem).toContain('sizeLimitExceeded');
    expect(problem).toMatch(/limits dn\.exact="cn=sync,dc=example,dc=com" .*size=unlimited/);
    expect((await world.source()).persons).toBe(600);
    expect(await world.holds()).toEqual([]);
    const three = await world.person(3);
    await until(
      'what did come',
      () => watched.facts(three),
      (facts) => facts.length === 1,
    );
    expect(await watched.terminal.prompts()).toHaveLength(1);
    expect(await watched.facts(three)).toEqual([telephone(oldTelephone(3), '8003')]);
  });
});

const move = (slapd: Slapd, number: number, to: string): string => {
  const { uid } = testPerson(number, '');
  const from = to === 'ou=groups' ? 'ou=people' : 'ou=groups';
  return (
    `dn: uid=${uid},${from},${slapd.suffix}\nchangetype: modrdn\nnewrdn: uid=${uid}\n` +
    `deleteoldrdn: 0\nnewsuperior: ${to},${slapd.suffix}\n\n`
  );
};

/** LDIF for cn=config: `line` between the usual access rules. */
const access = (line?: string): string =>
  [
    'dn: olcDatabase={1}mdb,cn=config',
    'changetype: modify',
    'replace: olcAccess',
    'olcAccess: to attrs=userPassword by anonymous auth by * none',
    ...(line === undefined ? [] : [`olcAccess: ${line}`]),
    'olcAccess: to * by dn.exact="cn=sync,dc=example,dc=com" read by users read by * none',
    '',
    '',
  ].join('\n');

/** So that the next refresh is a whole one. */
function forgetCookie(world: World): void {
  using book = new DatabaseSync(world.bookFile);
  book.exec("update source set cookie = null where name = 'ldap'");
}

/** As a book has none that an earlier version wrote. */
function forgetSettings(world: World): void {
  using book = new DatabaseSync(world.bookFile);
  book.exec("update source set settings = null where name = 'ldap'");
}
