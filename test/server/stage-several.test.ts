// One person in several directories: two stages over one log, merged by the employee number.

import { expect, test } from 'vitest';
import { milliseconds } from '../../src/base/time.ts';
import type { Fields } from '../../src/book/person.ts';
import { photo } from '../peers/pictures.ts';
import { gone, key, refresh } from './directory.ts';
import { Several, entry, ldap, windows } from './several.ts';

const began = { kind: 'began' } as const;
const done = (sweep = true) => ({ kind: 'refreshed', sweep, cookie: 'c' }) as const;
const lost = { kind: 'lost', problem: 'closed', retryInMilliseconds: milliseconds(1000) } as const;

const ada: Fields = { employeeNumber: '1001', officeTelephone: '8001', title: 'Countess' };
const hers: Fields = { employeeNumber: '1001', officeTelephone: '8002', mobileTelephone: '139' };

test('a person of two directories is one; of what both say the first in the order of sources counts', async () => {
  await using several = await Several.open();
  await several.take(ldap, ...refresh('a', entry('ada', ada)));
  const [id] = await several.ids();
  await several.take(windows, ...refresh('b', entry('guid', { name: 'LOVELACE, Ada', ...hers })));
  expect(await several.persons()).toEqual(new Map([[id, { name: 'ada', ...ada, mobileTelephone: '139' }]]));
  expect(several.changes.slice(1)).toEqual([{ kind: 'altered', person: id, from: {}, to: { mobileTelephone: '139' } }]);
  expect(several.facts.filter(({ kind }) => kind === 'ambiguous')).toEqual([]);
});

test('where the first source says nothing different, a change of the second is none; what it alone says is one', async () => {
  await using several = await Several.open();
  await several.take(ldap, ...refresh('a', entry('ada', ada)));
  await several.take(windows, ...refresh('b', entry('guid', hers)));
  const before = several.changes.length;
  await several.take(windows, entry('guid', { ...hers, officeTelephone: '8003' }));
  expect(several.changes).toHaveLength(before);
  await several.take(windows, entry('guid', { ...hers, officeTelephone: '8003', fax: '9' }));
  expect(several.changes.slice(before)).toMatchObject([{ kind: 'altered', from: {}, to: { fax: '9' } }]);
  // What was covered comes to light when the first says it no longer.
  await several.take(ldap, entry('ada', { employeeNumber: '1001' }));
  expect(several.changes.slice(before + 1)).toMatchObject([
    { kind: 'altered', from: { officeTelephone: '8001', title: 'Countess' }, to: { officeTelephone: '8003' } },
  ]);
});

test('a field may be preferred from another source', async () => {
  await using several = await Several.open({ prefer: { officeTelephone: [windows] } });
  await several.take(ldap, ...refresh('a', entry('ada', ada)));
  await several.take(windows, ...refresh('b', entry('guid', hers)));
  expect([...(await several.persons()).values()]).toMatchObject([{ officeTelephone: '8002', title: 'Countess' }]);
});

test('numbers are the same in great and small letters, and an entry without one is nobody else', async () => {
  await using several = await Several.open();
  await several.take(ldap, ...refresh('a', entry('ada', { employeeNumber: 'e1' }), entry('ben')));
  await several.take(windows, ...refresh('b', entry('g1', { employeeNumber: 'E1' }), entry('g2')));
  expect((await several.persons()).size).toBe(3);
});

test('a source that takes no part stands beside the others, whatever its numbers', async () => {
  await using several = await Several.open({ among: [ldap] });
  await several.take(ldap, ...refresh('a', entry('ada', ada)));
  await several.take(windows, ...refresh('b', entry('guid', hers)));
  expect((await several.persons()).size).toBe(2);
});

test('whoever leaves one directory stays by the other; who leaves both has left, and comes back as the same person by either', async () => {
  await using several = await Several.open();
  await several.take(ldap, ...refresh('a', entry('ada', ada)));
  await several.take(windows, ...refresh('b', entry('guid', hers)));
  const [id] = await several.ids();
  await several.take(ldap, gone('ada'));
  await several.pass(6000);
  expect(await several.persons()).toEqual(new Map([[id, { name: 'guid', ...hers }]]));
  await several.take(windows, gone('guid'));
  await several.pass(6000);
  expect((await several.persons()).size).toBe(0);
  expect(several.changes.at(-1)).toEqual({ kind: 'removed', person: id });
  await several.take(windows, entry('guid', hers));
  expect(await several.persons()).toEqual(new Map([[id, { name: 'guid', ...hers }]]));
  expect(several.changes.at(-1)).toMatchObject({ kind: 'added', person: id });
  await several.take(ldap, entry('ada', ada));
  expect([...(await several.persons())]).toEqual([[id, { name: 'ada', ...ada, mobileTelephone: '139' }]]);
});

test('a person who moves to another directory is nobody’s removal, whichever is heard first', async () => {
  for (const first of ['gone', 'there'] as const) {
    await using several = await Several.open();
    await several.take(ldap, ...refresh('a', entry('ada', ada)));
    await several.take(windows, ...refresh('b'));
    const [id] = await several.ids();
    if (first === 'gone') await several.take(ldap, gone('ada'));
    await several.take(windows, entry('guid', hers));
    if (first === 'there') await several.take(ldap, gone('ada'));
    await several.pass(6000);
    expect(await several.persons()).toEqual(new Map([[id, { name: 'guid', ...hers }]]));
    expect(several.changes.filter(({ kind }) => kind === 'removed')).toEqual([]);
  }
});

test('an entry that is deleted and made anew within the directory is the same person, live, and no terminal sees a removal', async () => {
  await using several = await Several.open();
  await several.take(ldap, ...refresh('a', entry('ada', ada), entry('ben', {}, { managerPlace: 'cn=ada' })));
  const [id] = await several.ids();
  await several.take(ldap, gone('ada'));
  await several.take(ldap, entry('ada2', { ...ada, title: 'Lady' }, { place: 'cn=ada' }));
  await several.pass(60_000);
  expect(several.changes.slice(2)).toMatchObject([
    { kind: 'altered', person: id, to: { name: 'ada2', title: 'Lady' } },
  ]);
  expect(await several.known(ldap, 'ada')).toBeUndefined();
  expect(await several.known(ldap, 'ada2')).toMatchObject({ person: id, left: false });
  expect(await several.managerOf('ben')).toBe(id);
  // Also when it had left already.
  await several.take(ldap, gone('ada2'));
  await several.pass(6000);
  await several.take(ldap, entry('ada3', ada));
  expect(await several.known(ldap, 'ada3')).toMatchObject({ person: id, left: false });
});

test('so it is in a refresh, where nothing says that the former entry is gone until it ends', async () => {
  await using several = await Several.open();
  const others = ['b', 'c', 'd'].map((name) => entry(name));
  await several.take(ldap, ...refresh('a', entry('ada', ada), ...others));
  const [id] = await several.ids();
  const before = several.changes.length;
  const anew = entry('ada2', ada, { place: 'cn=ada', photo: photo(1) });
  const present = { kind: 'present', keys: others.map((each) => each.key) } as const;
  // The connection breaks before the end: nothing was guessed, and it is named again.
  await several.take(ldap, began, anew, lost);
  expect(await several.known(ldap, 'ada2')).toBeUndefined();
  await several.take(ldap, began, anew, present, done());
  expect(await several.known(ldap, 'ada2')).toMatchObject({ person: id, left: false });
  expect(several.changes.slice(before)).toMatchObject([{ kind: 'altered', person: id }]);
  expect((await several.persons()).size).toBe(4);
  // And the next refresh finds nothing to do.
  await several.take(ldap, began, anew, present, done());
  expect(several.changes).toHaveLength(before + 1);
});

test('in a refresh in which both are named, the new entry is a person of its own and reported, though it came first', async () => {
  await using several = await Several.open();
  await several.take(ldap, ...refresh('a', entry('ada', ada)));
  const [id] = await several.ids();
  await several.take(ldap, ...refresh('b', entry('admin', ada), entry('ada', ada)));
  expect(await several.known(ldap, 'ada')).toMatchObject({ person: id });
  expect((await several.known(ldap, 'admin'))?.person).not.toBe(id);
  expect(several.facts).toContainEqual({ kind: 'ambiguous', source: ldap, count: 1, place: 'cn=admin' });
  // Without a sweep nobody is gone who is not named.
  await several.take(ldap, began, entry('third', ada), done(false));
  expect((await several.persons()).size).toBe(3);
});

test('two entries of a directory with one number are nobody else, though they come in batches far apart', async () => {
  await using several = await Several.open();
  await several.take(ldap, ...refresh('a', entry('ada', ada)));
  const [id] = await several.ids();
  const crowd = Array.from({ length: 700 }, (_, at) => entry(`w${at}`, { employeeNumber: `w${at}` }));
  await several.take(windows, ...refresh('b', entry('guid', hers), ...crowd, entry('admin', hers)));
  expect(await several.known(ldap, 'ada')).toMatchObject({ person: id, fields: { name: 'ada', ...ada } });
  const persons = new Set([id, ...(await several.personsOf(windows, ['guid', 'admin']))]);
  expect(persons.size).toBe(3);
  expect(await several.fieldsOf(windows, 'guid')).toEqual({ name: 'guid', ...hers });
  expect((await several.persons()).size).toBe(703);
});

test('who has one number with two persons is neither', async () => {
  await using several = await Several.open();
  await several.take(ldap, ...refresh('a', entry('ada', ada), entry('eve', ada)));
  await several.take(windows, ...refresh('b', entry('guid', hers)));
  expect((await several.persons()).size).toBe(3);
  expect(several.facts.filter(({ kind }) => kind === 'ambiguous')).toHaveLength(2);
});

test('who has left is not taken for somebody while another who lives has the number', async () => {
  await using several = await Several.open();
  await several.take(ldap, ...refresh('a', entry('old', ada), entry('ben')));
  await several.take(ldap, gone('old'));
  await several.pass(6000);
  await several.take(ldap, entry('ben', { employeeNumber: '1001' }));
  const ben = (await several.known(ldap, 'ben'))?.person;
  await several.take(windows, ...refresh('b', entry('guid', hers)));
  expect((await several.known(windows, 'guid'))?.person).toBe(ben);
});

test('a person keeps both links when a number is altered in one directory, or in both', async () => {
  await using several = await Several.open();
  await several.take(ldap, ...refresh('a', entry('ada', ada)));
  await several.take(windows, ...refresh('b', entry('guid', hers)));
  await several.take(ldap, entry('ada', { ...ada, employeeNumber: 'N-1' }));
  await several.take(windows, entry('guid', { ...hers, employeeNumber: 'N-1' }));
  await several.take(ldap, ...refresh('c', entry('ada', { ...ada, employeeNumber: 'N-1' })));
  expect((await several.persons()).size).toBe(1);
});

test('a directory that empties takes no field away: the removals of its part are held like others', async () => {
  await using several = await Several.open();
  const people = (prefix: string, more: Fields) =>
    Array.from({ length: 60 }, (_, at) => entry(`${prefix}${at}`, { employeeNumber: `${at}`, ...more }));
  await several.take(ldap, ...refresh('a', ...people('l', {})));
  await several.take(windows, ...refresh('b', ...people('w', { mobileTelephone: '139' })));
  const before = several.changes.length;
  await several.take(windows, ...refresh('c', entry('w0', { employeeNumber: '0', mobileTelephone: '139' })));
  expect(several.changes).toHaveLength(before);
  const [hold] = await several.log.holds();
  expect(hold?.removals).toHaveLength(59);
  // Approved, they lose what only this directory says, and nobody is removed.
  await several.stage(windows).approve(hold?.id ?? (undefined as never));
  const persons = [...(await several.persons()).values()];
  expect(persons).toHaveLength(60);
  expect(persons.filter(({ mobileTelephone }) => mobileTelephone === '139')).toHaveLength(1);
});

test('few who leave live, and again few, count together for the brake though all of them stay by another directory', async () => {
  await using several = await Several.open();
  const people = (prefix: string) =>
    Array.from({ length: 60 }, (_, at) => entry(`${prefix}${at}`, { employeeNumber: `${at}` }));
  await several.take(ldap, ...refresh('a', ...people('l')));
  await several.take(windows, ...refresh('b', ...people('w')));
  for (let at = 0; at < 60; at += 10) {
    await several.take(
      windows,
      gone(
        ...people('w')
          .slice(at, at + 10)
          .map((each) => each.key),
      ),
    );
    await several.pass(6000);
  }
  expect((await several.log.holds()).flatMap(({ removals }) => removals)).toHaveLength(40);
});

test('a manager is named by the place in each directory, whoever else knows the manager', async () => {
  await using several = await Several.open();
  await several.take(ldap, ...refresh('a', entry('ada', ada), entry('ben', { employeeNumber: '2' })));
  const id = (await several.known(ldap, 'ada'))?.person;
  await several.take(
    windows,
    ...refresh(
      'b',
      entry('w2', { employeeNumber: '2' }, { managerPlace: 'cn=w1' }),
      entry('w1', { employeeNumber: '1001' }),
    ),
  );
  expect(await several.managerOf('ben')).toBe(id);
  // Ada leaves windows: nobody is at that place, though she lives by the other directory.
  await several.take(windows, gone('w1'));
  await several.pass(6000);
  expect(await several.managerOf('ben')).toBeUndefined();
  expect((await several.known(ldap, 'ada'))?.left).toBe(false);
  await several.take(windows, entry('w1', { employeeNumber: '1001' }));
  expect(await several.managerOf('ben')).toBe(id);
  await several.take(ldap, entry('ben', { employeeNumber: '2' }, { managerPlace: 'cn=ben' }));
  expect(await several.managerOf('ben')).not.toBe(id); // the first source says another
});

test('the photo of the second directory is shown when the first has none any more', async () => {
  await using several = await Several.open();
  const [red, blue] = [photo(1), photo(2)];
  const bearing = (name: string, picture: typeof red) =>
    entry(name, { employeeNumber: '1', photo: picture.hash }, { photo: picture });
  await several.take(ldap, ...refresh('a', bearing('ada', red)));
  await several.take(windows, ...refresh('b', bearing('guid', blue)));
  expect(await several.log.photo(blue.hash)).toBeUndefined();
  await several.take(ldap, entry('ada', { employeeNumber: '1' }));
  expect(await several.log.photo(blue.hash)).toEqual(blue);
  await several.take(windows, gone('guid'));
  await several.pass(6000);
  expect([...(await several.persons()).values()]).toEqual([{ name: 'ada', employeeNumber: '1' }]);
});

test('who is said to be present comes back with what this directory said', async () => {
  await using several = await Several.open();
  await several.take(ldap, ...refresh('a', entry('ada', ada)));
  await several.take(windows, ...refresh('b', entry('guid', hers)));
  await several.take(windows, gone('guid'));
  await several.pass(6000);
  await several.take(windows, ...refresh('c', { kind: 'present', keys: [key('guid')] }));
  expect([...(await several.persons()).values()]).toEqual([{ name: 'ada', ...ada, mobileTelephone: '139' }]);
});
