// One person who left the book is brought back by an administrator.

import { expect, test } from 'vitest';
import { wallTime } from '../../src/base/time.ts';
import type { Fields } from '../../src/book/person.ts';
import { personId, type PersonId } from '../../src/book/person-id.ts';
import { sha256 } from '../../src/node/chance.ts';
import { createAdministration, nothingAsked, type Administration } from '../../src/server/administration.ts';
import { sourceKey, type SourceName } from '../../src/server/change-log.ts';
import { createEmbeddedBook } from '../../src/server/embedded-book.ts';
import { embeddedSource } from '../../src/server/embedded-source.ts';
import { gone, key, refresh } from './directory.ts';
import { entry, ldap, Several, windows } from './several.ts';

const settle = 60_000;

/** Over these of the two sources. */
function administrationOf(several: Several, followed: readonly SourceName[] = [ldap, windows]): Administration {
  const joining = {
    newPersonId: several.newPersonId,
    wallClock: () => several.now,
    announce: several.announce,
    turns: several.turns,
    priority: { order: [ldap, windows, embeddedSource], prefer: {} },
    rules: [{ by: 'employeeNumber', among: new Set([ldap, windows, embeddedSource]) }],
  } as const;
  const { log: changeLog } = several;
  const embedded = createEmbeddedBook({ ...joining, changeLog, sha256, turn: async () => undefined });
  const sources = followed.map((name) => Object.assign(several.stage(name), { admit: async () => nothingAsked }));
  return createAdministration({ changeLog, embedded, sources, joining });
}

const unknown = personId('nobody');

async function leaves(several: Several, source: SourceName, name: string): Promise<void> {
  await several.take(source, gone(name));
  await several.pass(settle);
}

test('who left a directory is back with the ID of before, held until it has them; a whole comparison removes nobody', async () => {
  await using several = await Several.open();
  const administration = administrationOf(several);
  const ada = entry('ada', { employeeNumber: '1', fax: '9' }, { managerPlace: 'cn=eve' });
  const eve = entry('eve', { employeeNumber: '2' });
  const others = [entry('ben', {}, { managerPlace: 'cn=ada' })];
  await several.take(ldap, ...refresh('a', ada, eve, ...others));
  const before = await several.persons();
  const [id = unknown] = await several.personsOf(ldap, ['ada']);
  await leaves(several, ldap, 'ada');
  expect((await several.persons()).size).toBe(2);
  const [hold] = [await administration.restore(id)].flatMap((back) => (back.kind === 'restored' ? back.holds : []));
  // With the manager, and as the manager.
  expect(await several.persons()).toEqual(before);
  expect(await several.log.holds()).toMatchObject([{ id: hold, source: ldap, removals: [{ person: id }] }]);
  expect(several.facts.at(-1)).toMatchObject({
    kind: 'held',
    hold: { id: hold, reason: expect.stringContaining('brought') },
  });
  await several.take(ldap, ...refresh('b', eve, ...others));
  await several.restart();
  await several.take(ldap, ...refresh('c', eve, ...others));
  await several.pass(settle);
  expect(await several.persons()).toEqual(before);
  const at = several.changes.length;
  await several.take(ldap, ada);
  expect([await several.log.holds(), several.changes.length]).toEqual([[], at]);
  // From now on it is a person as any other.
  await leaves(several, ldap, 'ada');
  expect((await several.persons()).has(id)).toBe(false);
});

test('who is brought back by mistake goes when the hold is approved, and when it is rejected with the next whole comparison', async () => {
  await using several = await Several.open();
  const administration = administrationOf(several);
  await several.take(ldap, ...refresh('a', entry('ada'), entry('ben')));
  const [id = unknown] = await several.personsOf(ldap, ['ada']);
  for (const decide of ['approve', 'reject'] as const) {
    await leaves(several, ldap, 'ada');
    await administration.restore(id);
    const [hold] = await several.log.holds();
    if (hold === undefined) throw new Error('nothing is held');
    await administration[decide](hold.id);
    await several.take(ldap, ...refresh('b', entry('ben')));
    expect([...(await several.persons()).values()]).toEqual([{ name: 'ben' }]);
  }
});

test('where another is at the place by now, references and the place stay that one’s', async () => {
  await using several = await Several.open();
  const administration = administrationOf(several);
  const ben = entry('ben', {}, { managerPlace: 'cn=ada' });
  await several.take(ldap, ...refresh('a', entry('ada'), ben));
  const [old = unknown] = await several.personsOf(ldap, ['ada']);
  await several.take(ldap, gone('ada'), entry('anew', { name: 'ada' }, { place: 'cn=ada' }));
  await several.pass(settle);
  const [anew] = await several.personsOf(ldap, ['anew']);
  expect(anew).not.toBe(old);
  expect(await administration.restore(old)).toMatchObject({ kind: 'restored' });
  expect([(await several.persons()).size, await several.managerOf('ben')]).toEqual([3, anew]);
  expect((await several.log.knownAt(ldap, ['cn=ada'])).get('cn=ada')?.map(({ person }) => person)).toEqual([anew]);
});

test('of several sources those bring a person back that knew them to the end', async () => {
  await using several = await Several.open();
  const administration = administrationOf(several);
  await several.take(ldap, ...refresh('a', entry('ada', { employeeNumber: '1', fax: '9' }), entry('x')));
  await several.take(windows, ...refresh('b', entry('guid', { employeeNumber: '1', title: 'Countess' }), entry('y')));
  const [id = unknown] = await several.personsOf(ldap, ['ada']);
  await leaves(several, ldap, 'ada');
  await leaves(several, windows, 'guid');
  const back = await administration.restore(id);
  expect(back).toMatchObject({ kind: 'restored', holds: [expect.any(String)] });
  expect((await several.persons()).get(id)).toEqual({ name: 'guid', employeeNumber: '1', title: 'Countess' });
  expect([(await several.known(ldap, 'ada'))?.left, (await several.known(windows, 'guid'))?.left]).toEqual([
    true,
    false,
  ]);
});

test('one of the administrator’s own book is in it again, without a manager who left, and no number is anybody else’s', async () => {
  await using several = await Several.open();
  const administration = administrationOf(several);
  const { embedded } = administration;
  const added = async (fields: Fields): Promise<PersonId> => {
    const answer = await embedded.add(fields);
    return answer.kind === 'added' ? answer.person : unknown;
  };
  const eve = await added({ name: 'Eve' });
  const ada = await added({ name: 'Ada', employeeNumber: '1', manager: eve });
  for (const each of [ada, eve]) await embedded.remove(each);
  expect(await administration.restore(ada)).toMatchObject({
    kind: 'restored',
    holds: [],
    list: { changes: [{ kind: 'added', person: ada }] },
  });
  expect(await several.persons()).toEqual(new Map([[ada, { name: 'Ada', employeeNumber: '1' }]]));
  expect(await embedded.alter(ada, { title: 'Countess' })).toMatchObject({ kind: 'altered' });
  await embedded.remove(ada);
  const ben = await added({ name: 'Ben' });
  await embedded.alter(ben, { employeeNumber: '1' });
  const problem: unknown = expect.stringContaining(`employee number 1 is that of ${ben}`);
  expect(await administration.restore(ada)).toMatchObject({ kind: 'refused', status: 409, problem });
  expect([...(await several.persons()).keys()]).toEqual([ben]);
});

test('whose source is followed no more is one of the administrator’s own book from then on', async () => {
  await using several = await Several.open();
  await several.take(ldap, ...refresh('a', entry('ada', { employeeNumber: '1' }), entry('ben')));
  const [id = unknown] = await several.personsOf(ldap, ['ada']);
  await leaves(several, ldap, 'ada');
  const administration = administrationOf(several, [windows]);
  const { embedded } = administration;
  expect(await administration.restore(id)).toMatchObject({ kind: 'restored', holds: [] });
  expect((await several.persons()).get(id)).toEqual({ name: 'ada', employeeNumber: '1' });
  expect(await embedded.alter(id, { fax: '9' })).toMatchObject({ kind: 'altered' });
  expect((await several.log.known(embeddedSource, [sourceKey(id)])).size).toBe(1);
  // The source is followed again, and has them: it is the same person.
  await several.take(ldap, ...refresh('b', entry('ada', { employeeNumber: '1', title: 'Countess' }), entry('ben')));
  expect((await several.persons()).get(id)).toEqual({ name: 'ada', employeeNumber: '1', title: 'Countess', fax: '9' });
});

test('who is nobody, who is forgotten, who lives, and who was joined with another, is not brought back', async () => {
  await using several = await Several.open();
  const administration = administrationOf(several);
  await several.take(ldap, ...refresh('a', entry('ada'), entry('ben')));
  await several.take(windows, ...refresh('b', entry('guid')));
  const [ada = unknown, ben = unknown] = await several.personsOf(ldap, ['ada', 'ben']);
  const [guid = unknown] = await several.personsOf(windows, ['guid']);
  expect(await administration.restore(unknown)).toMatchObject({ kind: 'refused', status: 404 });
  expect(await administration.restore(ada)).toMatchObject({
    kind: 'refused',
    status: 409,
    problem: expect.stringContaining('not removed'),
  });
  await administration.joining.join(ada, guid);
  expect(await administration.restore(guid)).toMatchObject({
    kind: 'refused',
    status: 409,
    problem: expect.stringContaining('joined'),
  });
  await leaves(several, ldap, 'ben');
  await several.pass(1000);
  await several.log.purge({ keep: 0, before: wallTime(several.now + 1), leftBefore: wallTime(several.now + 1) });
  expect((await several.log.known(ldap, [key('ben')])).size).toBe(0);
  expect(await administration.restore(ben)).toMatchObject({
    kind: 'refused',
    status: 404,
    problem: expect.stringContaining('forgotten'),
  });
});
