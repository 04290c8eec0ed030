// What an administrator does about persons of several sources.

import { expect, test } from 'vitest';
import { personId, type PersonId } from '../../src/book/person-id.ts';
import { sha256 } from '../../src/node/chance.ts';
import { sourceKey, sourceName } from '../../src/server/change-log.ts';
import { createEmbeddedBook } from '../../src/server/embedded-book.ts';
import { embeddedSource } from '../../src/server/embedded-source.ts';
import { Joining, type Joined } from '../../src/server/joining.ts';
import type { MatchRule } from '../../src/server/match.ts';
import { photo } from '../peers/pictures.ts';
import { gone, refresh } from './directory.ts';
import { entry, ldap, Several, windows } from './several.ts';

const rule: MatchRule = { by: 'employeeNumber', among: new Set([ldap, windows, embeddedSource]) };

const joiningOf = (several: Several, configured = [ldap, windows]): Joining =>
  new Joining({
    changeLog: several.log,
    wallClock: () => several.now,
    newPersonId: several.newPersonId,
    announce: (list) => several.changes.push(...list.changes),
    turns: several.turns,
    priority: { order: [ldap, windows, embeddedSource], prefer: {} },
    rules: [rule],
    configured: new Set([embeddedSource, ...configured]),
    relinked: async (source) => (source === embeddedSource ? undefined : several.stage(source).relinked()),
  });

function done(joined: Joined): void {
  if (joined.kind === 'refused') throw new Error(joined.problem);
}

const idOf = async (several: Several, source: typeof ldap, name: string): Promise<PersonId> =>
  (await several.known(source, name))?.person ?? personId('nobody');

/** Ada and Eve have one number in ldap, so that windows' Ada is a person of her own. */
async function ambiguous(): Promise<Several> {
  const several = await Several.open();
  const number = { employeeNumber: '1' };
  await several.take(ldap, ...refresh('a', entry('ada', number), entry('eve', number), entry('ben')));
  await several.take(
    windows,
    ...refresh('b', entry('guid', { ...number, fax: '9' }), entry('w', {}, { managerPlace: 'cn=guid' })),
  );
  return several;
}

test('those who may be one are told with their sources; the directory’s mending makes them joinable, and joined they are one', async () => {
  await using several = await ambiguous();
  const joining = joiningOf(several);
  const [ada, eve, guid] = await Promise.all([
    idOf(several, ldap, 'ada'),
    idOf(several, ldap, 'eve'),
    idOf(several, windows, 'guid'),
  ]);
  expect(await joining.doubles()).toEqual([
    {
      field: 'employeeNumber',
      value: '1',
      joinable: false,
      persons: [
        { person: ada, name: 'ada', sources: [ldap] },
        { person: eve, name: 'eve', sources: [ldap] },
        { person: guid, name: 'guid', sources: [windows] },
      ],
    },
  ]);
  await several.take(ldap, entry('eve', { employeeNumber: '2' }));
  // Nothing happens by itself, however often both are read.
  await several.take(
    windows,
    ...refresh('c', entry('guid', { employeeNumber: '1', fax: '9' }), entry('w', {}, { managerPlace: 'cn=guid' })),
  );
  expect((await several.persons()).size).toBe(5);
  expect(await joining.doubles()).toMatchObject([{ joinable: true, persons: [{ person: ada }, { person: guid }] }]);
  const before = several.changes.length;
  done(await joining.join(ada, guid));
  expect(several.changes.slice(before)).toEqual([
    { kind: 'removed', person: guid },
    { kind: 'altered', person: ada, from: {}, to: { fax: '9' } },
    { kind: 'altered', person: await idOf(several, windows, 'w'), from: { manager: guid }, to: { manager: ada } },
  ]);
  expect(await joining.doubles()).toEqual([]);
  expect([await several.log.countLiving(ldap), await several.log.countLiving(windows)]).toEqual([3, 2]);
  // It stays so: the stage knows who is at that place now.
  await several.take(windows, entry('guid', { employeeNumber: '1' }), entry('new', {}, { managerPlace: 'cn=guid' }));
  expect((await several.persons()).get(ada)).toEqual({ name: 'ada', employeeNumber: '1' });
  expect((await several.fieldsOf(windows, 'new'))?.manager).toBe(ada);
});

test('two of one source are not joined, nor somebody with nobody, nor with themselves', async () => {
  await using several = await ambiguous();
  const joining = joiningOf(several);
  const [ada, eve] = [await idOf(several, ldap, 'ada'), await idOf(several, ldap, 'eve')];
  const before = several.changes.length;
  expect(await joining.join(ada, eve)).toMatchObject({ status: 409, problem: expect.stringContaining('ldap') });
  expect(await joining.join(ada, personId('nobody'))).toMatchObject({ status: 404 });
  expect(await joining.join(personId('nobody'), ada)).toMatchObject({ status: 404 });
  expect(await joining.join(ada, ada)).toMatchObject({ status: 409 });
  expect(several.changes).toHaveLength(before);
});

test('with a person goes whoever that was in sources that both left; what comes back is who it was', async () => {
  await using several = await Several.open();
  await several.take(ldap, ...refresh('a', entry('old', { employeeNumber: '1' })));
  await several.take(
    windows,
    ...refresh('b', entry('w1', { employeeNumber: '1' }), entry('w2', { employeeNumber: '3' })),
  );
  const [one, two] = [await idOf(several, windows, 'w1'), await idOf(several, windows, 'w2')];
  await several.take(ldap, entry('other', { employeeNumber: '3' }), gone('old'));
  await several.take(windows, gone('w2'));
  await several.pass(6000);
  // `one` has windows, and ldap's former entry; `two` has ldap, and windows' former entry.
  done(await joiningOf(several).join(one, two));
  expect(await several.personsOf(ldap, ['other', 'old'])).toEqual([one, two]);
  expect(await several.personsOf(windows, ['w1', 'w2'])).toEqual([one, two]);
  await several.take(ldap, entry('old', { employeeNumber: '1' }));
  expect([...(await several.persons()).keys()].sort()).toEqual([one, two].sort());
  expect([await several.log.countLiving(ldap), await several.log.countLiving(windows)]).toEqual([2, 1]);
});

test('a wrong match is taken apart, and stays so', async () => {
  await using several = await Several.open();
  const blue = photo(2);
  const theirs = entry('guid', { employeeNumber: '1', photo: blue.hash }, { photo: blue });
  await several.take(ldap, ...refresh('a', entry('ada', { employeeNumber: '1' })));
  await several.take(windows, ...refresh('b', theirs, entry('w', {}, { managerPlace: 'cn=guid' })));
  const joining = joiningOf(several);
  const ada = await idOf(several, ldap, 'ada');
  expect(await joining.separate(ada, embeddedSource)).toMatchObject({ status: 404 });
  done(await joining.separate(ada, windows));
  const other = await idOf(several, windows, 'guid');
  expect(await several.persons()).toEqual(
    new Map([
      [ada, { name: 'ada', employeeNumber: '1' }],
      [other, { name: 'guid', employeeNumber: '1', photo: blue.hash }],
      [await idOf(several, windows, 'w'), { name: 'w', manager: other }],
    ]),
  );
  expect(await several.log.photo(blue.hash)).toEqual(blue);
  await several.take(windows, ...refresh('c', theirs, entry('w', {}, { managerPlace: 'cn=guid' })));
  expect((await several.persons()).size).toBe(3);
  expect(await joining.separate(ada, ldap)).toMatchObject({ status: 409 });
});

test('a person of the administrator’s own book is joined with a directory’s, and taken apart again', async () => {
  await using several = await Several.open();
  const joining = joiningOf(several);
  const book = createEmbeddedBook({
    changeLog: several.log,
    newPersonId: several.newPersonId,
    wallClock: () => several.now,
    announce: (list) => several.changes.push(...list.changes),
    sha256,
    turn: async () => undefined,
    turns: several.turns,
    priority: { order: [ldap, embeddedSource], prefer: {} },
  });
  const added = await book.add({ name: 'Ada', fax: '9' });
  const own = added.kind === 'added' ? added.person : personId('nobody');
  await several.take(ldap, ...refresh('a', entry('ada')));
  const ada = await idOf(several, ldap, 'ada');
  done(await joining.join(ada, own));
  expect([...(await several.persons())]).toEqual([[ada, { name: 'ada', fax: '9' }]]);
  expect(await book.alter(ada, { fax: '8' })).toMatchObject({ kind: 'altered' });
  done(await joining.separate(ada, embeddedSource));
  const persons = await several.persons();
  expect(persons.get(ada)).toEqual({ name: 'ada' });
  const [other] = [...persons.keys()].filter((id) => id !== ada);
  expect(persons.get(other ?? ada)).toEqual({ name: 'Ada', fax: '8' });
  expect(await book.remove(other ?? ada)).toEqual({ kind: 'removed' });
  expect(await several.log.countLiving(embeddedSource)).toBe(0);
});

test('a source is given up only when it is followed no longer, and with as many removals as were seen; it may come back', async () => {
  await using several = await Several.open();
  await several.take(
    ldap,
    ...refresh('a', entry('ada', { employeeNumber: '1', title: 'Countess' }), entry('ben'), entry('leaver')),
  );
  const team = { kind: 'group', key: sourceKey('team'), place: 'cn=team', name: 'Team', members: ['cn=ben'] } as const;
  await several.take(ldap, team, gone('leaver'));
  await several.take(windows, ...refresh('b', entry('guid', { employeeNumber: '1', fax: '9' })));
  const [ada, ben] = [await idOf(several, ldap, 'ada'), await idOf(several, ldap, 'ben')];
  expect(await joiningOf(several).forget(ldap, 1000)).toMatchObject({ status: 409 });
  const joining = joiningOf(several, [windows]);
  expect(await joining.forget(ldap, 1)).toMatchObject({
    status: 409,
    problem: expect.stringContaining('--removing 2'),
  });
  expect(await joining.forget(sourceName('other'), 9)).toMatchObject({ status: 404 });
  expect((await several.persons()).size).toBe(3);
  done(await joining.forget(ldap, 2));
  expect(await several.persons()).toEqual(new Map([[ada, { name: 'guid', employeeNumber: '1', fax: '9' }]]));
  expect(await several.log.cookie(ldap)).toBeUndefined();
  expect((await several.log.groups({ limit: 9 })).total).toBe(0);
  expect([await several.log.countLiving(ldap), await several.log.waiting(ldap)]).toEqual([0, []]);
  expect(await several.log.leftSince(ldap, several.now)).toEqual([]);
  await several.restart();
  await several.take(ldap, ...refresh('c', entry('ada', { employeeNumber: '1', title: 'Countess' }), entry('ben')));
  expect([...(await several.persons()).keys()].sort()).toEqual([ada, ben].sort());
  expect((await several.persons()).get(ada)).toMatchObject({ name: 'ada', title: 'Countess', fax: '9' });
});
