// An attribute that vanishes from many: its former values stay until an administrator has said so.

import { expect, test } from 'vitest';
import type { Fields } from '../../src/book/person.ts';
import type { SourcePerson } from '../../src/server/source.ts';
import { Bench, gone, key, person, refresh, source } from './directory.ts';

const staff = (fields: (number: number) => Fields, count = 100): readonly SourcePerson[] =>
  Array.from({ length: count }, (_, number) => person(`p${number}`, fields(number)));
const full = (number: number): Fields => ({ title: `title ${number}`, officeTelephone: `80${number}` });
const retitled = (): Fields => ({ title: 'new' });

async function begun(): Promise<Bench> {
  const bench = await Bench.open();
  await bench.take(...refresh('one', ...staff(full)));
  return bench;
}

const telephones = async (bench: Bench): Promise<number> =>
  [...(await bench.living()).values()].filter(({ officeTelephone }) => officeTelephone !== undefined).length;

test('a field that a refresh would empty for many keeps its values, all else of them flows, and one hold says why', async () => {
  const bench = await begun();
  await bench.take(...refresh('two', ...staff(retitled)));
  const [hold, ...others] = await bench.log.heldFields();
  expect(others).toEqual([]);
  expect(hold).toMatchObject({
    source,
    field: 'officeTelephone',
    reason:
      '100 of 100 persons of headquarters who have a value in officeTelephone (Office telephone) would lose it; without approval at most 20 do. See that the account may read the attribute and that it is mapped rightly.',
  });
  expect(hold?.persons).toHaveLength(100);
  expect(await bench.fieldsOf('p7')).toEqual({ name: 'p7', title: 'new', officeTelephone: '807' });
  expect(await bench.stage.cookie()).toBe('two');
  expect(bench.facts.filter(({ kind }) => kind === 'held-field')).toHaveLength(1);
  // The same again says nothing new.
  const before = await bench.revision();
  await bench.take(...refresh('three', ...staff(retitled)));
  expect([await bench.revision(), (await bench.log.heldFields()).length]).toEqual([before, 1]);
});

test('exactly 20 of 100, or 2 % of those who have it, are emptied, at the end of the refresh', async () => {
  const bench = await begun();
  const without = staff((number) => (number < 20 ? { title: `title ${number}` } : full(number)));
  await bench.take({ kind: 'began' }, ...without);
  await bench.take({ kind: 'refreshed', sweep: true, cookie: 'two' });
  expect([await telephones(bench), await bench.log.heldFields()]).toEqual([80, []]);
  await bench.take(...refresh('three', ...staff(full, 2000)));
  await bench.pass(600_001);
  const fewer = (from: number) => (number: number) => (number < from ? { title: `title ${number}` } : full(number));
  await bench.take(...refresh('four', ...staff(fewer(40), 2000)));
  expect([await telephones(bench), await bench.log.heldFields()]).toEqual([1960, []]);
});

test('within a refresh the last word counts, and one that breaks off holds or empties nothing twice', async () => {
  const bench = await begun();
  await bench.take({ kind: 'began' }, ...staff(retitled));
  await bench.take(...staff(full).slice(0, 90), gone('p99'));
  await bench.take({ kind: 'refreshed', sweep: true, cookie: 'two' });
  expect([await telephones(bench), await bench.log.heldFields()]).toEqual([90, []]);
  expect(await bench.names()).toHaveLength(99);
});

test('heard live, as many are emptied within ten minutes as the brake lets pass; the others are held as one', async () => {
  const bench = await begun();
  for (let number = 0; number < 50; number += 1)
    await bench.take(person(`p${number}`, { title: `title ${number}` }), { kind: 'checkpoint', cookie: `c${number}` });
  const [hold, ...others] = await bench.log.heldFields();
  expect([hold?.persons.length, others, await telephones(bench)]).toEqual([30, [], 80]);
  await bench.pass(600_001);
  await bench.take(person('p60', {}), { kind: 'checkpoint', cookie: 'later' });
  expect(await bench.fieldsOf('p60')).toEqual({ name: 'p60' });
});

test('a held field gives way to a new value, goes with its person, and outlives a restart', async () => {
  const bench = await begun();
  await bench.take(...refresh('two', ...staff(retitled)));
  await bench.restart();
  await bench.take(person('p1', { title: 'new', officeTelephone: '9001' }), { kind: 'checkpoint', cookie: 'three' });
  await bench.take(person('p2', { title: 'newer' }), gone('p3'), { kind: 'checkpoint', cookie: 'four' });
  await bench.pass(5000);
  expect(await bench.fieldsOf('p1')).toMatchObject({ officeTelephone: '9001' });
  expect(await bench.fieldsOf('p2')).toMatchObject({ title: 'newer', officeTelephone: '802' });
  const [hold] = await bench.log.heldFields();
  expect(hold?.persons.map((each) => each.key)).not.toContain(key('p1'));
  expect(hold?.persons.map((each) => each.key)).not.toContain(key('p3'));
  expect(hold?.persons).toHaveLength(98);
  // All of them back: nothing is held.
  await bench.take(...refresh('five', ...staff(full)));
  expect(await bench.log.heldFields()).toEqual([]);
  expect(await telephones(bench)).toBe(100);
});

test('approved, exactly those of the hold are emptied; rejected, they keep it until they are named again', async () => {
  const bench = await begun();
  await bench.take(...refresh('two', ...staff(retitled)));
  await bench.take(person('p1', { officeTelephone: '9001' }), { kind: 'checkpoint', cookie: 'three' });
  const [hold] = await bench.log.heldFields();
  if (hold === undefined) throw new Error('nothing is held');
  const done = await bench.stage.approve(hold.id);
  expect(done).toMatchObject({ kind: 'approved', list: { changes: expect.objectContaining({ length: 99 }) } });
  expect([await telephones(bench), await bench.log.heldFields()]).toEqual([1, []]);
  expect(await bench.stage.approve(hold.id)).toMatchObject({ kind: 'refused', status: 404 });

  await bench.take(...refresh('four', ...staff(full)));
  await bench.take(...refresh('five', ...staff(retitled)));
  const [other] = await bench.log.heldFields();
  if (other === undefined) throw new Error('nothing is held');
  expect(await bench.stage.reject(other.id)).toEqual({ kind: 'rejected' });
  expect([await telephones(bench), await bench.log.heldFields()]).toEqual([100, []]);
  await bench.take(...refresh('six', ...staff(retitled)));
  expect(await bench.log.heldFields()).toHaveLength(1);
});

test('managers who vanish from many entries stay, follow moves meanwhile, and go when that is approved', async () => {
  const bench = await Bench.open();
  const boss = (place: string) => person('boss', {}, { place });
  const reports = (managed: boolean) =>
    staff(() => ({}), 30).map((each) => ({ ...each, ...(managed && { managerPlace: 'cn=boss' }) }));
  await bench.take(...refresh('one', boss('cn=boss'), ...reports(true)));
  const id = await bench.idOf('boss');
  await bench.take(...refresh('two', boss('cn=boss'), ...reports(false)));
  expect(await bench.fieldsOf('p3')).toEqual({ name: 'p3', manager: id });
  const [hold] = await bench.log.heldFields();
  expect(hold).toMatchObject({ field: 'manager' });
  if (hold === undefined) throw new Error('nothing is held');
  await bench.take(gone('boss'), { kind: 'checkpoint', cookie: 'three' });
  await bench.pass(5000);
  expect(await bench.fieldsOf('p3')).toEqual({ name: 'p3' });
  await bench.take(boss('cn=boss'), { kind: 'checkpoint', cookie: 'four' });
  expect(await bench.fieldsOf('p3')).toEqual({ name: 'p3', manager: id });
  await bench.stage.approve(hold.id);
  await bench.take(gone('boss'), { kind: 'checkpoint', cookie: 'five' });
  await bench.pass(5000);
  await bench.take(boss('cn=boss'), { kind: 'checkpoint', cookie: 'six' });
  expect(await bench.fieldsOf('p3')).toEqual({ name: 'p3' });
});

test('an entry whose field is held back while a listing is compared is read again by the next, and then known', async () => {
  const bench = await Bench.open();
  const stamped = (fields: (number: number) => Fields, stamp: string) =>
    staff(fields, 30).map((each) => ({ ...each, stamp }));
  await bench.take(...refresh('one', ...stamped(full, 'a')));
  const listed = stamped(full, 'b').map(({ key: each, place, stamp }) => ({ key: each, place, stamp }));
  await bench.take({ kind: 'began', comparison: true });
  expect(await bench.stage.differing(listed)).toHaveLength(30);
  await bench.take(...stamped(retitled, 'b'), { kind: 'refreshed', sweep: true, cookie: 'two' });
  expect(await bench.log.heldFields()).toHaveLength(1);
  for (const left of [30, 0]) {
    await bench.take({ kind: 'began', comparison: true });
    expect(await bench.stage.differing(listed)).toHaveLength(left);
    await bench.take(...(left === 0 ? [] : stamped(retitled, 'b')), {
      kind: 'refreshed',
      sweep: true,
      cookie: 'three',
    });
  }
  expect((await bench.log.heldFields())[0]?.persons).toHaveLength(30);
});

test('who left while a field of theirs was held, and comes back, has nothing held', async () => {
  const bench = await begun();
  await bench.take(...refresh('two', ...staff(retitled)));
  await bench.take(gone('p3'), { kind: 'checkpoint', cookie: 'three' });
  await bench.pass(5000);
  const [hold] = await bench.log.heldFields();
  if (hold === undefined) throw new Error('nothing is held');
  expect((await bench.stage.approve(hold.id)).kind).toBe('approved');
  // Unchanged since the cookie, says the directory: as it had said, not as the log had kept it.
  await bench.take({ kind: 'began' }, { kind: 'present', keys: staff(full).map((each) => each.key) });
  await bench.take({ kind: 'refreshed', sweep: true, cookie: 'four' });
  expect(await bench.fieldsOf('p3')).toEqual({ name: 'p3', title: 'new' });
  await bench.take(...refresh('five', ...staff(retitled)));
  expect([await bench.fieldsOf('p3'), await bench.log.heldFields()]).toEqual([{ name: 'p3', title: 'new' }, []]);
});
