import fc from 'fast-check';
import { expect, test } from 'vitest';
import { milliseconds } from '../../src/base/time.ts';
import { Bench, gone, many, person, refresh } from './directory.ts';

const lost = { kind: 'lost', problem: 'closed', retryInMilliseconds: milliseconds(1000) } as const;

test('in whatever order a first refresh names persons and their managers, each is one change and has the manager', async () => {
  const names = Array.from({ length: 1200 }, (_, at) => `p${at}`);
  // Anybody may be anybody's manager, in circles too; some name nobody who is there.
  const managers = fc.array(fc.nat(1300), { minLength: names.length, maxLength: names.length });
  const order = fc.shuffledSubarray(names, { minLength: names.length });
  await fc.assert(
    fc.asyncProperty(managers, order, async (bosses, named) => {
      const bench = await Bench.open();
      const bossOf = (name: string): string => `p${bosses[names.indexOf(name)]}`;
      const people = named.map((name) => person(name, {}, { managerPlace: `cn=${bossOf(name)}` }));
      await bench.take(...refresh('one', ...people));
      // Of a circle somebody has to be first, before the manager.
      expect(await bench.revision()).toBeLessThan(names.length + 20);
      expect(await bench.names()).toHaveLength(names.length);
      for (const name of names.slice(0, 200)) {
        const boss = bossOf(name);
        const wanted = names.includes(boss) ? await bench.idOf(boss) : undefined;
        expect((await bench.fieldsOf(name))?.manager).toBe(wanted);
      }
    }),
    { numRuns: 4, endOnFailure: true },
  );
});

test('who is named before the manager is one change, and so is everybody below', async () => {
  const bench = await Bench.open();
  const chain = many(1500).map((each, at) => ({ ...each, managerPlace: `cn=p${at + 1}` }));
  await bench.take(...refresh('one', ...chain, person('p1500')));
  expect(await bench.revision()).toBe(1501);
  expect((await bench.fieldsOf('p0'))?.manager).toBe(await bench.idOf('p1'));
});

test('of one who waits the last word counts: said anew, or gone', async () => {
  const bench = await Bench.open();
  await bench.take(
    { kind: 'began' },
    person('ada', { title: 'a' }, { managerPlace: 'cn=ben' }),
    person('cleo', {}, { managerPlace: 'cn=ben' }),
    ...many(500),
    person('ada', { title: 'b' }, { managerPlace: 'cn=ben' }),
    gone('cleo'),
    ...many(500, 500),
    person('ben'),
    { kind: 'refreshed', sweep: true, cookie: 'one' },
  );
  expect(await bench.revision()).toBe(1002);
  expect(await bench.fieldsOf('ada')).toEqual({ name: 'ada', title: 'b', manager: await bench.idOf('ben') });
  expect(await bench.names()).not.toContain('cleo');
});

test('where the refresh breaks off, or is over, nobody waits any longer; a manager who comes later is found', async () => {
  const bench = await Bench.open();
  await bench.take({ kind: 'began' }, person('ada', {}, { managerPlace: 'cn=ben' }), ...many(600), lost);
  expect(await bench.names()).toContain('ada');
  await bench.take(...refresh('one', person('ada', {}, { managerPlace: 'cn=ben' }), ...many(600)));
  expect(await bench.names()).toHaveLength(601);
  await bench.take(person('ben'), { kind: 'checkpoint', cookie: 'two' });
  expect((await bench.fieldsOf('ada'))?.manager).toBe(await bench.idOf('ben'));
});

test('a cookie within a refresh stands for those who waited as well', async () => {
  const bench = await Bench.open();
  const early = person('ada', {}, { managerPlace: 'cn=ben' });
  await bench.take({ kind: 'began' }, early, ...many(600), { kind: 'checkpoint', cookie: 'half' });
  expect(await bench.stage.cookie()).toBe('half');
  expect(await bench.names()).toContain('ada');
});
