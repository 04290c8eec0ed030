import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { milliseconds } from '../../src/base/time.ts';
import { defaultBrakeLimits } from '../../src/server/brake.ts';
import { holdId } from '../../src/server/change-log.ts';
import { Bench, gone, key, many, person, refresh, source } from './directory.ts';

const lost = { kind: 'lost', problem: 'closed', retryInMilliseconds: milliseconds(1000) } as const;

test('a first refresh adds everybody and saves the cookie', async () => {
  const bench = await Bench.open();
  expect((await bench.stage.state()).state).toBe('connecting');
  await bench.take({ kind: 'began' }, person('ada'), person('ben'));
  expect((await bench.stage.state()).state).toBe('loading');
  expect(await bench.stage.cookie()).toBeUndefined();
  await bench.take({ kind: 'refreshed', sweep: true, cookie: 'one' });
  expect(await bench.names()).toEqual(['ada', 'ben']);
  expect(await bench.stage.cookie()).toBe('one');
  expect(await bench.stage.state()).toEqual({ source, state: 'following', persons: 2, lastChangeAt: bench.now });
  expect(bench.announced).toHaveLength(1);
  expect(bench.facts).toEqual([{ kind: 'refreshed', source, changes: 2, swept: 0 }]);
});

test('the same refresh twice makes no change', async () => {
  const bench = await Bench.open();
  const people = [person('ada', { title: 'Countess' }, { managerPlace: 'cn=ben' }), person('ben')];
  await bench.take(...refresh('one', ...people));
  const before = await bench.revision();
  await bench.take(...refresh('two', ...people));
  expect(await bench.revision()).toBe(before);
  expect(await bench.stage.cookie()).toBe('two');
  expect(bench.announced).toHaveLength(1);
});

test('what is said but alters no mapped field is no change (trap 10: a password change comes as modify)', async () => {
  const bench = await Bench.open();
  await bench.take(...refresh('one', person('ada')));
  await bench.take(person('ada'), { kind: 'checkpoint', cookie: 'two' });
  expect(await bench.revision()).toBe(1);
  expect(await bench.stage.cookie()).toBe('two');
});

test('an alteration names only the fields that differ', async () => {
  const bench = await Bench.open();
  await bench.take(...refresh('one', person('ada', { officeTelephone: '8001', title: 'Countess' })));
  await bench.take(person('ada', { officeTelephone: '8002' }), { kind: 'checkpoint', cookie: 'two' });
  expect(bench.announced.at(-1)?.changes).toEqual([
    {
      kind: 'altered',
      person: await bench.idOf('ada'),
      from: { officeTelephone: '8001', title: 'Countess' },
      to: { officeTelephone: '8002' },
    },
  ]);
});

test('of one key said twice in a batch the last word counts', async () => {
  const bench = await Bench.open();
  await bench.take(...refresh('one', person('ada', { title: 'a' }), person('ada', { title: 'b' })));
  expect(await bench.revision()).toBe(1);
  expect((await bench.fieldsOf('ada'))?.title).toBe('b');
});

test('changes that come together are one commit, with the last of their cookies', async () => {
  const bench = await Bench.open();
  await bench.take(...refresh('one', person('ada'), person('ben')));
  await bench.take(
    person('ada', { title: 'a' }),
    { kind: 'checkpoint', cookie: 'two' },
    person('ben', { title: 'b' }),
    { kind: 'checkpoint', cookie: 'three' },
    person('ada', { title: 'c' }),
  );
  expect(await bench.stage.cookie()).toBe('three');
  expect(bench.announced.slice(1).map(({ changes }) => changes.length)).toEqual([2]);
  expect((await bench.fieldsOf('ada'))?.title).toBe('c');
  await bench.take({ kind: 'checkpoint', cookie: 'four' });
  expect(await bench.stage.cookie()).toBe('four');
});

test('a cookie is committed also where the connection is lost right after it', async () => {
  const bench = await Bench.open();
  await bench.take(...refresh('one', person('ada')));
  await bench.take(person('ada', { title: 'a' }), { kind: 'checkpoint', cookie: 'two' }, lost);
  expect(await bench.stage.cookie()).toBe('two');
  expect((await bench.fieldsOf('ada'))?.title).toBe('a');
});

test('who was at a place only for a moment is found there by whoever names it', async () => {
  const bench = await Bench.open();
  await bench.take(...refresh('one', person('ada'), person('ben', {}, { managerPlace: 'cn=moment' })));
  await bench.take(
    person('ada', {}, { place: 'cn=moment' }),
    { kind: 'checkpoint', cookie: 'two' },
    person('ada', {}, { place: 'cn=countess' }),
    { kind: 'checkpoint', cookie: 'three' },
  );
  expect((await bench.fieldsOf('ben'))?.manager).toBe(await bench.idOf('ada'));
});

test('a sweep removes whoever was neither named nor present', async () => {
  const bench = await Bench.open();
  await bench.take(...refresh('one', ...many(30)));
  await bench.take(...refresh('two', ...many(20), { kind: 'present', keys: many(5, 20).map((each) => each.key) }));
  expect((await bench.names()).length).toBe(25);
  expect(bench.facts.at(-1)).toMatchObject({ swept: 5 });
});

test('a refresh without sweep removes nobody whom it does not name', async () => {
  const bench = await Bench.open();
  await bench.take(...refresh('one', ...many(3)));
  await bench.take({ kind: 'began' }, person('p0'), { kind: 'refreshed', sweep: false, cookie: 'two' });
  expect(await bench.names()).toEqual(['p0', 'p1', 'p2']);
});

test('a refresh that is cut off sweeps nobody and saves no cookie, but keeps what it brought', async () => {
  const bench = await Bench.open();
  await bench.take(...refresh('one', ...many(3)));
  await bench.take({ kind: 'began' }, person('new'), lost);
  expect(await bench.names()).toEqual(['new', 'p0', 'p1', 'p2']);
  expect(await bench.stage.cookie()).toBe('one');
  expect(await bench.stage.state()).toMatchObject({ state: 'lost', problem: 'closed' });
  // A late word of the connection that is gone counts for nothing.
  await bench.take({ kind: 'refreshed', sweep: true, cookie: 'late' });
  expect(await bench.names()).toHaveLength(4);
  expect(await bench.stage.cookie()).toBe('one');
});

test('a refresh that begins anew forgets whom the unfinished one named', async () => {
  const bench = await Bench.open();
  await bench.take(...refresh('one', ...many(3)));
  await bench.take({ kind: 'began' }, person('p0'), person('p1'), ...refresh('two', person('p2')));
  expect(await bench.names()).toEqual(['p2']);
});

test('a comparison is a refresh of which only what it changed is told, and the source is followed meanwhile', async () => {
  const bench = await Bench.open();
  await bench.take(...refresh('one', person('ada'), person('ben')));
  await bench.take({ kind: 'manner', words: 'by looking' });
  const facts = bench.facts.length;
  await bench.take({ kind: 'began', comparison: true }, { kind: 'present', keys: [key('ada'), key('ben')] });
  expect(await bench.stage.state()).toMatchObject({ state: 'following', manner: 'by looking' });
  await bench.take({ kind: 'refreshed', sweep: true, cookie: 'two' });
  expect(bench.facts).toHaveLength(facts);
  expect(await bench.stage.cookie()).toBe('two');

  await bench.take({ kind: 'began', comparison: true }, { kind: 'present', keys: [key('ada')] });
  await bench.take({ kind: 'refreshed', sweep: true, cookie: 'three' });
  expect(await bench.names()).toEqual(['ada']);
  expect(bench.facts.slice(facts)).toMatchObject([{ kind: 'refreshed', swept: 1 }]);
});

test('refused is told with what to do', async () => {
  const bench = await Bench.open();
  await bench.take({ kind: 'refused', problem: 'invalid credentials (49)', advice: 'give the right password' });
  expect(await bench.stage.state()).toMatchObject({
    state: 'refused',
    problem: 'invalid credentials (49): give the right password',
  });
});

test('a sweep of more than 20 and more than 2 % holds them all; what else it brought flows, and the cookie is saved', async () => {
  const bench = await Bench.open();
  await bench.take(...refresh('one', ...many(100)));
  await bench.take(...refresh('two', ...many(79), person('new')));
  expect(await bench.names()).toHaveLength(101);
  expect(await bench.stage.cookie()).toBe('two');
  const [hold] = await bench.log.holds();
  expect(hold?.removals.map((removal) => removal.key).sort()).toEqual(
    many(21, 79)
      .map((each) => each.key)
      .sort(),
  );
  expect(hold?.reason).toMatch(/21 of 101 persons of headquarters.*at most 20/);
  expect(bench.facts.filter((fact) => fact.kind === 'held')).toHaveLength(1);
});

test('exactly 20 of 100, or 2 % of 2,000, pass', async () => {
  const small = await Bench.open();
  await small.take(...refresh('one', ...many(100)));
  await small.take(...refresh('two', ...many(80)));
  expect(await small.names()).toHaveLength(80);
  const large = await Bench.open();
  await large.take(...refresh('one', ...many(2000)));
  await large.take(...refresh('two', ...many(1960)));
  expect(await large.names()).toHaveLength(1960);
  expect(await large.log.holds()).toEqual([]);
});

test('an empty refresh holds, however few there are', async () => {
  const bench = await Bench.open();
  await bench.take(...refresh('one', ...many(3)));
  await bench.take(...refresh('two'));
  expect(await bench.names()).toHaveLength(3);
  expect((await bench.log.holds())[0]?.reason).toMatch(/nobody at all/);
  // A directory that never had anybody has nobody to hold.
  const none = await Bench.open();
  await none.take(...refresh('one'));
  expect(await none.log.holds()).toEqual([]);
});

test('whoever is held already is not held a second time by the next sweep', async () => {
  const bench = await Bench.open();
  await bench.take(...refresh('one', ...many(100)));
  await bench.take(...refresh('two', ...many(50)));
  await bench.take(...refresh('three', ...many(50)));
  expect(await bench.log.holds()).toHaveLength(1);
});

test('many small sweeps within ten minutes count together', async () => {
  const bench = await Bench.open();
  await bench.take(...refresh('one', ...many(100)));
  await bench.take(...refresh('two', ...many(85)));
  await bench.take(...refresh('three', ...many(70)));
  expect(await bench.names()).toHaveLength(85);
  expect(await bench.log.holds()).toHaveLength(1);
  const slow = await Bench.open();
  await slow.take(...refresh('one', ...many(100)));
  await slow.take(...refresh('two', ...many(85)));
  await slow.pass(600_001);
  await slow.take(...refresh('three', ...many(70)));
  expect(await slow.names()).toHaveLength(70);
});

test('a live removal waits five seconds, then is made', async () => {
  const bench = await Bench.open();
  await bench.take(...refresh('one', ...many(3)));
  await bench.take(gone('p1'), { kind: 'checkpoint', cookie: 'two' });
  expect(await bench.names()).toHaveLength(3);
  expect(await bench.stage.cookie()).toBe('two');
  await bench.pass(4999);
  expect(await bench.names()).toHaveLength(3);
  await bench.pass(1);
  expect(await bench.names()).toEqual(['p0', 'p2']);
  expect(bench.announced.at(-1)?.changes).toEqual([{ kind: 'removed', person: await bench.idOf('p1') }]);
  expect(bench.stage.deadline()).toBeUndefined();
});

test('whoever is back while waiting was never removed, and has what is new (a move out of the base and in again)', async () => {
  const bench = await Bench.open();
  await bench.take(...refresh('one', ...many(3)));
  await bench.take(gone('p1'));
  await bench.pass(3000);
  await bench.take(person('p1', { department: 'Sales' }));
  await bench.pass(60_000);
  expect(await bench.names()).toHaveLength(3);
  expect(bench.announced.slice(1).flatMap((list) => list.changes.map((change) => change.kind))).toEqual(['altered']);
  expect(await bench.log.waiting(source)).toEqual([]);
});

test('a directory that is emptied live, 1,000 deletes over 40 seconds, loses nobody', async () => {
  const bench = await Bench.open();
  await bench.take(...refresh('one', ...many(1000)));
  for (const { key: name } of many(1000)) {
    await bench.take(gone(name), { kind: 'checkpoint', cookie: name });
    await bench.pass(40);
  }
  await bench.pass(60_000);
  expect(await bench.names()).toHaveLength(1000);
  expect((await bench.log.holds()).reduce((sum, hold) => sum + hold.removals.length, 0)).toBe(1000);
  expect(bench.stage.deadline()).toBeUndefined();
});

test('emptied ever so slowly, it loses in any ten minutes no more than the brake allows', async () => {
  const bench = await Bench.open();
  await bench.take(...refresh('one', ...many(200)));
  const lostAt: number[] = [];
  for (const { key: name } of many(200)) {
    const before = await bench.log.countLiving(source);
    await bench.take(gone(name), { kind: 'checkpoint', cookie: name });
    await bench.pass(6000);
    for (let count = await bench.log.countLiving(source); count < before; count += 1) lostAt.push(bench.now);
  }
  expect(lostAt.length).toBeGreaterThan(0);
  for (const at of lostAt)
    expect(lostAt.filter((other) => other > at - 600_000 && other <= at).length).toBeLessThanOrEqual(20);
});

test('a wall clock that is set back an hour, or ahead, moves no removal that waits', async () => {
  for (const setBack of [3_600_000, -3_600_000]) {
    const bench = await Bench.open();
    await bench.take(...refresh('one', ...many(3)));
    await bench.take(gone('p1'));
    bench.setBack = setBack;
    await bench.pass(4999);
    expect(await bench.names()).toEqual(['p0', 'p1', 'p2']);
    await bench.pass(1);
    expect(await bench.names()).toEqual(['p0', 'p2']);
  }
});

test('a removal that waits outlives a restart', async () => {
  const bench = await Bench.open();
  await bench.take(...refresh('one', ...many(3)));
  await bench.take(gone('p1'), { kind: 'checkpoint', cookie: 'two' });
  await bench.restart();
  expect(bench.stage.deadline()).toBe(bench.now + 5000);
  await bench.pass(5000);
  expect(await bench.names()).toEqual(['p0', 'p2']);
});

test('an approved hold removes those who have not come back, once, and does not count for the brake', async () => {
  const bench = await Bench.open();
  await bench.take(...refresh('one', ...many(100)));
  await bench.take(...refresh('two', ...many(50)));
  await bench.take(person('p60'), { kind: 'checkpoint', cookie: 'three' });
  await bench.restart();
  const id = (await bench.log.holds())[0]?.id ?? holdId('none');
  const answer = await bench.stage.approve(id);
  expect(answer).toMatchObject({ kind: 'approved' });
  expect(answer.kind === 'approved' && answer.list.changes).toHaveLength(49);
  expect(await bench.names()).toHaveLength(51);
  expect(await bench.names()).toContain('p60');
  expect(await bench.stage.approve(id)).toMatchObject({ kind: 'refused', status: 404 });
  await bench.take(gone('p0'));
  await bench.pass(5000);
  expect(await bench.names()).toHaveLength(50);
});

test('approved by mistake, all of a batch come back as they were, with their IDs, and are held again until the source has them', async () => {
  const bench = await Bench.open();
  const people = many(60).map((each) => ({ ...each, ...(each.key !== key('p0') && { managerPlace: 'cn=p0' }) }));
  await bench.take(...refresh('one', ...people));
  const before = await bench.living();
  const ids = await Promise.all([...before.keys()].map((each) => bench.idOf(each)));
  await bench.take(...refresh('two', ...people.slice(40)));
  const [hold] = await bench.log.holds();
  if (hold === undefined) throw new Error('nothing is held');
  expect(await bench.stage.undo(hold.id)).toMatchObject({ kind: 'refused', status: 404 });
  await bench.stage.approve(hold.id);
  expect(await bench.names()).toHaveLength(20);
  // One comes back by itself; the approved hold outlives a restart.
  await bench.take(people[7] ?? person('p7'), { kind: 'checkpoint', cookie: 'three' });
  await bench.restart();
  expect((await bench.log.approvedHolds()).map(({ id, removals }) => [id, removals.length])).toEqual([[hold.id, 39]]);
  const undone = await bench.stage.undo(hold.id);
  expect(undone).toMatchObject({ kind: 'undone' });
  expect(await bench.living()).toEqual(before);
  expect(await Promise.all([...before.keys()].map((each) => bench.idOf(each)))).toEqual(ids);
  expect(await bench.log.approvedHolds()).toEqual([]);
  expect((await bench.log.holds()).map(({ id, removals }) => [id, removals.length])).toEqual([[hold.id, 39]]);
  expect(await bench.stage.undo(hold.id)).toMatchObject({ kind: 'refused', status: 404 });
  // The source still lacks them: they stay. It has them again: nothing is held, and nothing changed.
  await bench.take(...refresh('four', ...people.slice(40), person('p7', {}, { managerPlace: 'cn=p0' })));
  expect(await bench.names()).toHaveLength(60);
  const at = await bench.revision();
  await bench.take(...refresh('five', ...people));
  expect([await bench.revision(), await bench.log.holds()]).toEqual([at, []]);
  expect(await bench.replayed()).toEqual(
    new Map([...(await bench.living())].map(([each, fields]) => [ids[[...before.keys()].indexOf(each)], fields])),
  );
});

test('an approved hold can be undone as long as its persons are remembered', async () => {
  const bench = await Bench.open();
  await bench.take(...refresh('one', ...many(60)));
  await bench.take(...refresh('two', ...many(20, 40)));
  const [hold] = await bench.log.holds();
  if (hold === undefined) throw new Error('nothing is held');
  await bench.stage.approve(hold.id);
  await bench.pass(1000);
  await bench.log.purge({ keep: 0, before: bench.now, leftBefore: bench.now });
  expect(await bench.log.approvedHolds()).toEqual([]);
  expect(await bench.stage.undo(hold.id)).toMatchObject({ kind: 'refused', status: 404 });
});

test('a rejected hold removes nobody, now or later', async () => {
  const bench = await Bench.open();
  await bench.take(...refresh('one', ...many(100)));
  await bench.take(...refresh('two', ...many(50)));
  const id = (await bench.log.holds())[0]?.id ?? holdId('none');
  expect(await bench.stage.reject(id)).toEqual({ kind: 'rejected' });
  expect(await bench.stage.reject(id)).toMatchObject({ kind: 'refused', status: 404 });
  await bench.pass(3_600_000);
  expect(await bench.names()).toHaveLength(100);
});

test('whoever comes back after having left is the same person', async () => {
  const bench = await Bench.open();
  await bench.take(...refresh('one', ...many(3)));
  const before = await bench.idOf('p1');
  await bench.take(gone('p1'));
  await bench.pass(5000);
  await bench.take(person('p1', { title: 'back' }));
  expect(bench.announced.at(-1)?.changes).toEqual([
    { kind: 'added', person: before, fields: { name: 'p1', title: 'back' } },
  ]);
});

test('whoever has left and is said to be present unchanged comes back as they were', async () => {
  const bench = await Bench.open();
  await bench.take(...refresh('one', ...many(3)));
  await bench.take(gone('p1'));
  await bench.pass(5000);
  await bench.take(...refresh('two', { kind: 'present', keys: [...many(3)].map((each) => each.key) }));
  expect(await bench.names()).toEqual(['p0', 'p1', 'p2']);
});

test('gone of somebody who is not known, or has left, is nothing', async () => {
  const bench = await Bench.open();
  await bench.take(...refresh('one', ...many(2)));
  await bench.take(gone('nobody'), gone('p1'));
  await bench.pass(5000);
  await bench.take(gone('p1'), { kind: 'present', keys: [key('stranger')] });
  await bench.pass(5000);
  expect(await bench.revision()).toBe(3);
});

test('a manager is found by place: one who comes later, one who moves, one who leaves', async () => {
  const bench = await Bench.open();
  await bench.take(...refresh('one', person('ada', {}, { managerPlace: 'cn=ben' })));
  expect((await bench.fieldsOf('ada'))?.manager).toBeUndefined();
  await bench.take(person('ben'));
  expect((await bench.fieldsOf('ada'))?.manager).toBe(await bench.idOf('ben'));
  // Renamed: no entry is altered, whether or not the directory mends what names the old place.
  const before = await bench.revision();
  await bench.take(person('ben', {}, { place: 'cn=benjamin' }));
  await bench.take(person('ada', {}, { managerPlace: 'cn=benjamin' }));
  expect((await bench.fieldsOf('ada'))?.manager).toBe(await bench.idOf('ben'));
  expect(await bench.revision()).toBe(before);
  await bench.take(gone('ben'));
  await bench.pass(5000);
  expect(await bench.fieldsOf('ada')).toEqual({ name: 'ada' });
  await bench.take(person('ben', {}, { place: 'cn=benjamin' }));
  expect((await bench.fieldsOf('ada'))?.manager).toBe(await bench.idOf('ben'));
});

test('a place that another takes over is the other’s (delete and add again gives a new key)', async () => {
  const bench = await Bench.open();
  await bench.take(...refresh('one', person('ben'), person('ada', {}, { managerPlace: 'cn=ben' })));
  await bench.take(gone('ben'), person('ben2', {}, { place: 'cn=ben' }), { kind: 'checkpoint', cookie: 'two' });
  expect((await bench.fieldsOf('ada'))?.manager).toBe(await bench.idOf('ben2'));
  await bench.pass(5000);
  expect((await bench.fieldsOf('ada'))?.manager).toBe(await bench.idOf('ben2'));
});

test('managers in a circle, and one who manages himself, harm nobody', async () => {
  const bench = await Bench.open();
  const people = [
    person('a', {}, { managerPlace: 'cn=b' }),
    person('b', {}, { managerPlace: 'cn=a' }),
    person('c', {}, { managerPlace: 'cn=c' }),
  ];
  await bench.take(...refresh('one', ...people));
  expect(await bench.revision()).toBe(3);
  expect((await bench.fieldsOf('c'))?.manager).toBe(await bench.idOf('c'));
  await bench.take(...refresh('two', ...people));
  expect(await bench.revision()).toBe(3);
});

test('an entry without a name is reported and left out; whoever had a name keeps it', async () => {
  const bench = await Bench.open();
  await bench.take(
    ...refresh('one', person('ada', { title: 'Countess' }), { ...person('x'), fields: { title: 'nameless' } }),
  );
  expect(await bench.names()).toEqual(['ada']);
  expect(bench.facts[0]).toEqual({ kind: 'nameless', source, count: 1, place: 'cn=x' });
  await bench.take(...refresh('two', { ...person('ada'), fields: {} }));
  expect(await bench.fieldsOf('ada')).toEqual({ name: 'ada', title: 'Countess' });
});

test('a refresh of more than one batch is swept right: known, present and new persons alike', async () => {
  const bench = await Bench.open();
  await bench.take(...refresh('one', ...many(1200)));
  await bench.take(
    ...refresh(
      'two',
      ...many(700),
      { kind: 'present', keys: many(490, 700).map((each) => each.key) },
      ...many(1100, 2000),
    ),
  );
  expect(await bench.names()).toHaveLength(1190 + 1100);
});

test('when the store fails, nothing is announced, the caller hears of it, and all goes on from the stored cookie', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-stage-'));
  const path = join(folder, 'log.db');
  const bench = await Bench.open({ path });
  // The file itself refuses to take changes while the trigger is there.
  const store = new DatabaseSync(path);
  const fail = (): void =>
    store.exec("create trigger broken before insert on change begin select raise(abort, 'cannot'); end");
  const mend = (): void => store.exec('drop trigger broken');
  await bench.take(...refresh('one', ...many(3)));
  fail();
  await expect(bench.take(person('p0', { title: 'x' }), { kind: 'checkpoint', cookie: 'two' })).rejects.toThrow(
    'cannot',
  );
  mend();
  // Were these heard, the cookie would step over what was lost.
  await bench.take(person('p1', { title: 'y' }), { kind: 'checkpoint', cookie: 'three' });
  expect(bench.announced).toHaveLength(1);
  expect(await bench.stage.cookie()).toBe('one');
  await bench.take({ kind: 'began' }, person('p0', { title: 'x' }), person('p1', { title: 'y' }), {
    kind: 'refreshed',
    sweep: false,
    cookie: 'three',
  });
  expect(await bench.fieldsOf('p0')).toEqual({ name: 'p0', title: 'x' });
  expect(await bench.stage.cookie()).toBe('three');
  await bench.take(gone('p2'));
  fail();
  await expect(bench.pass(5000)).rejects.toThrow('cannot');
  expect(bench.stage.deadline()).toBe(bench.now + 5000);
  mend();
  await bench.pass(5000);
  expect(await bench.names()).toEqual(['p0', 'p1']);
  store.close();
  await bench.log[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const inUnit = (unit: string, count: number) =>
  Array.from({ length: count }, (_, index) =>
    person(`${unit}${index}`, {}, { place: `cn=${unit}${index},ou=${unit},ou=people,dc=x` }),
  );

test('a unit of 15 of 2,000 persons that vanishes at once is held, and says which; half of it is not', async () => {
  const bench = await Bench.open();
  const lab = inUnit('lab', 15);
  await bench.take(...refresh('one', ...inUnit('office', 1985), ...lab));
  await bench.take(gone(...lab.slice(0, 7).map(({ key: each }) => each)), { kind: 'checkpoint', cookie: 'two' });
  await bench.pass(5000);
  expect(await bench.log.holds()).toEqual([]);
  expect((await bench.names()).length).toBe(1993);
  // Seven were removed within the window: with the eighth it is more than half of the fifteen.
  await bench.take(gone('lab7', 'office1'), { kind: 'checkpoint', cookie: 'three' });
  await bench.pass(5000);
  const [hold] = await bench.log.holds();
  expect(hold?.removals.map(({ key: each }) => each)).toEqual([key('lab7'), key('office1')]);
  expect(hold?.reason).toBe(
    "8 of 15 persons below ou=lab,ou=people,dc=x would be removed; without approval at most 50 % of a container's are. See that the account may read all below it and that base and filter are right.",
  );
  // What is held counts on; another unit is not concerned.
  await bench.take(gone('lab8'), { kind: 'checkpoint', cookie: 'four' });
  await bench.take(gone('office2'), { kind: 'checkpoint', cookie: 'five' });
  await bench.pass(5000);
  expect((await bench.log.holds()).map(({ removals }) => removals.length)).toEqual([2, 2]);
});

test('a unit above small ones is looked at too; one of fewer than ten persons, and one long ago, is not held', async () => {
  const bench = await Bench.open();
  const nine = inUnit('nine', 9);
  const halves = ['a', 'b'].flatMap((team) =>
    Array.from({ length: 5 }, (_, index) =>
      person(`${team}${index}`, {}, { place: `cn=${team}${index},ou=${team},ou=plant,ou=people,dc=x` }),
    ),
  );
  const yard = inUnit('yard', 12);
  await bench.take(...refresh('one', ...inUnit('office', 1000), ...nine, ...halves, ...yard));
  await bench.take(gone(...nine.map(({ key: each }) => each)), { kind: 'checkpoint', cookie: 'two' });
  await bench.pass(5000);
  expect(await bench.log.holds()).toEqual([]);
  await bench.pass(600_001);
  await bench.take(...refresh('three', ...inUnit('office', 1000), ...yard));
  expect((await bench.log.holds()).map(({ reason }) => reason)).toEqual([
    expect.stringContaining('10 of 10 persons below ou=plant,ou=people,dc=x would be removed'),
  ]);
  for (const half of [yard.slice(0, 6), yard.slice(6)]) {
    await bench.pass(600_001);
    await bench.take(gone(...half.map(({ key: each }) => each)), { kind: 'checkpoint', cookie: 'four' });
    await bench.pass(5000);
  }
  expect(await bench.log.holds()).toHaveLength(1);
});

test('those who leave at once are read a page at a time, also those under them, and leave as one', async () => {
  const bench = await Bench.open({ brake: { ...defaultBrakeLimits, count: 9000 } });
  const size = 4500;
  const all = many(size).map((each, at) => ({ ...each, managerPlace: `cn=p${at === 0 ? size - 1 : at - 1}` }));
  await bench.take(...refresh('one', ...all, person('stays', {}, { managerPlace: 'cn=p7' })));
  const asked: number[] = [];
  const [known, under] = [bench.log.known.bind(bench.log), bench.log.knownUnder.bind(bench.log)];
  bench.log.known = (of, keys) => (asked.push(keys.length), known(of, keys));
  bench.log.knownUnder = (of, places) => (asked.push(places.length), under(of, places));
  await bench.take(...refresh('two', person('stays', {}, { managerPlace: 'cn=p7' })));
  expect(Math.max(...asked)).toBe(2000);
  expect(await bench.names()).toEqual(['stays']);
  const { changes = [] } = bench.announced.at(-1) ?? {};
  expect(changes).toHaveLength(size + 1);
  expect(changes.at(-1)).toMatchObject({ kind: 'altered', from: { manager: expect.any(String) }, to: {} });
});
