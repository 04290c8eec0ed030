// What a directory does not say: that a container took along whoever is below it (traps 8 and 9 of OpenLDAP).

import { expect, test } from 'vitest';
import type { SourceEvent } from '../../src/server/source.ts';
import { Bench, gone, key, person, refresh, source } from './directory.ts';

const unit = (name: string, place = `ou=${name}`): SourceEvent => ({
  kind: 'container',
  key: key(`unit-${name}`),
  place,
});
const at = (name: string, place: string, manager?: string): SourceEvent =>
  person(name, {}, { place: `cn=${name},${place}`, ...(manager !== undefined && { managerPlace: `cn=${manager}` }) });
const checkpoint = (cookie: string): SourceEvent => ({ kind: 'checkpoint', cookie });

/** Ben manages Ada and Cho; Ben and Ada are in the north, Cho is not. */
async function company(): Promise<Bench> {
  const bench = await Bench.open();
  await bench.take(
    ...refresh(
      'one',
      unit('north'),
      at('ben', 'ou=north'),
      at('ada', 'ou=north', 'ben,ou=north'),
      at('cho', 'ou=south', 'ben,ou=north'),
    ),
  );
  return bench;
}

const managers = async (bench: Bench, ...names: readonly string[]): Promise<readonly unknown[]> =>
  Promise.all(names.map(async (name) => (await bench.fieldsOf(name))?.manager));

test('trap 8: a unit is renamed: nobody is altered, and references to the old and to the new name are right', async () => {
  const bench = await company();
  const before = await bench.revision();
  await bench.take(unit('north', 'ou=polar'), checkpoint('two'));
  expect(bench.facts.at(-1)).toEqual({ kind: 'relocated', source, from: 'ou=north', to: 'ou=polar' });
  expect(await bench.revision()).toBe(before);
  // The directory mends one reference, late, and never the other; who is new names the new place.
  await bench.take(at('ada', 'ou=polar', 'ben,ou=polar'), at('dan', 'ou=polar', 'ben,ou=polar'), checkpoint('three'));
  const ben = await bench.idOf('ben');
  expect(await managers(bench, 'ada', 'cho', 'dan')).toEqual([ben, ben, ben]);
  expect(await bench.revision()).toBe(before + 1); // Dan
});

test('trap 8: where places say something of persons, a renamed unit makes all be read again, whatever else was on its way', async () => {
  const bench = await Bench.open({ byPlace: true });
  const all = (north: string): readonly SourceEvent[] => [unit('north', north), at('ben', north), at('ada', north)];
  await bench.take(...refresh('one', ...all('ou=north')));
  expect([bench.stage.isOutdated, await bench.stage.cookie()]).toEqual([false, 'one']);
  await bench.take(checkpoint('two'), unit('north', 'ou=polar'), gone('ada'), checkpoint('three'));
  expect([bench.stage.isOutdated, await bench.stage.cookie()]).toEqual([true, undefined]);
  // A process that ends here begins from nothing; so does this one, when the source begins again.
  await bench.take(checkpoint('four'), ...refresh('five', ...all('ou=polar')));
  expect([bench.stage.isOutdated, await bench.stage.cookie()]).toEqual([false, 'five']);
  expect(await bench.names()).toEqual(['ada', 'ben']);
  // In a refresh as well: what it says after the unit counts only when it is said again.
  await bench.take({ kind: 'began' }, unit('north', 'ou=arctic'), { kind: 'refreshed', sweep: true, cookie: 'six' });
  expect([bench.stage.isOutdated, await bench.stage.cookie()]).toEqual([true, undefined]);
  await bench.take(...refresh('seven', ...all('ou=arctic')));
  expect([await bench.names(), await bench.stage.cookie()]).toEqual([['ada', 'ben'], 'seven']);
});

test('trap 8: it is so after a restart, in the next refresh, and when the unit is renamed twice and back', async () => {
  const bench = await company();
  const before = await bench.revision();
  await bench.restart();
  await bench.take({ kind: 'began' }, unit('north', 'ou=polar'), { kind: 'refreshed', sweep: false, cookie: 'two' });
  await bench.take(unit('north', 'ou=arctic,ou=world'), checkpoint('three'));
  await bench.restart();
  await bench.take({ kind: 'began' }, { kind: 'refreshed', sweep: false, cookie: 'three' });
  await bench.take(unit('north'), checkpoint('four'));
  const ben = await bench.idOf('ben');
  for (const place of ['ou=north', 'ou=polar', 'ou=arctic,ou=world']) {
    await bench.take(at('ada', 'ou=north', `ben,${place}`), checkpoint(place));
    expect(await managers(bench, 'ada', 'cho')).toEqual([ben, ben]);
  }
  expect(await bench.revision()).toBe(before);
});

test('trap 8: who names the new name before the unit is heard of has this manager from then on', async () => {
  const bench = await company();
  await bench.take(at('ada', 'ou=north', 'ben,ou=polar'), checkpoint('two'));
  expect(await managers(bench, 'ada')).toEqual([undefined]);
  await bench.take(unit('north', 'ou=polar'), checkpoint('three'));
  expect(await managers(bench, 'ada', 'cho')).toEqual([await bench.idOf('ben'), await bench.idOf('ben')]);
});

test('trap 8: within one batch, what was said before the renaming was said of the old name', async () => {
  const bench = await company();
  const before = await bench.revision();
  await bench.take(
    at('ada', 'ou=north', 'ben,ou=north'),
    unit('north', 'ou=polar'),
    at('eve', 'ou=polar', 'ada,ou=polar'),
    checkpoint('two'),
  );
  expect(await managers(bench, 'eve')).toEqual([await bench.idOf('ada')]);
  expect(await bench.revision()).toBe(before + 1);
});

test('trap 8: a unit within the renamed one goes along, and its own later renaming is one', async () => {
  const bench = await company();
  await bench.take(unit('pole', 'ou=pole,ou=north'), at('fay', 'ou=pole,ou=north'), checkpoint('two'));
  const before = await bench.revision();
  await bench.take(unit('north', 'ou=polar'), unit('pole', 'ou=tip,ou=polar'), checkpoint('three'));
  await bench.take(at('cho', 'ou=south', 'fay,ou=tip,ou=polar'), checkpoint('four'));
  await bench.take(at('cho', 'ou=south', 'fay,ou=pole,ou=north'), checkpoint('five'));
  expect(await managers(bench, 'cho')).toEqual([await bench.idOf('fay')]);
  expect(await bench.revision()).toBe(before + 1);
});

test('a unit that is moved out of the base takes its persons along, when the burst is over', async () => {
  const bench = await company();
  await bench.take(gone('unit-north'), checkpoint('two'));
  expect(await bench.names()).toEqual(['ada', 'ben', 'cho']);
  await bench.pass(5000);
  expect(await bench.names()).toEqual(['cho']);
  expect(await managers(bench, 'cho')).toEqual([undefined]);
});

test('a unit that is back in time, under its name or another, had taken nobody', async () => {
  const bench = await company();
  const before = await bench.revision();
  await bench.take(gone('unit-north'), checkpoint('two'));
  await bench.pass(3000);
  await bench.take(unit('north'), checkpoint('three'));
  await bench.pass(60_000);
  expect(await bench.names()).toEqual(['ada', 'ben', 'cho']);
  expect(await bench.revision()).toBe(before);
});

test('a unit with more persons than the brake allows is held, not removed', async () => {
  const bench = await Bench.open();
  const people = Array.from({ length: 30 }, (_, number) => at(`p${number}`, 'ou=north'));
  await bench.take(...refresh('one', unit('north'), ...people, at('cho', 'ou=south')));
  await bench.take(gone('unit-north'), checkpoint('two'));
  await bench.pass(60_000);
  expect(await bench.names()).toHaveLength(31);
  expect((await bench.log.holds())[0]?.removals).toHaveLength(30);
});

test('a unit that appears within a refresh makes nobody present whom the refresh does not name', async () => {
  const bench = await company();
  await bench.take(
    ...refresh('two', unit('north'), unit('another', 'ou=north'), at('ben', 'ou=north'), at('cho', 'ou=south')),
  );
  expect(await bench.names()).toEqual(['ben', 'cho']);
});

test('trap 9: a manager who left and is back is found by the old name, which the directory never mended', async () => {
  const bench = await company();
  await bench.take(at('ben', 'ou=south'), checkpoint('two'));
  await bench.take(gone('ben'), checkpoint('three'));
  await bench.pass(5000);
  expect(await managers(bench, 'ada', 'cho')).toEqual([undefined, undefined]);
  await bench.take(at('ben', 'ou=south'), checkpoint('four'));
  const ben = await bench.idOf('ben');
  expect(await managers(bench, 'ada', 'cho')).toEqual([ben, ben]);
});

test('trap 9: a name that another takes over is the other’s, also for who never mended the reference', async () => {
  const bench = await company();
  await bench.take(at('ben', 'ou=south'), checkpoint('two'));
  await bench.take(person('ben the other', {}, { place: 'cn=ben,ou=north' }), checkpoint('three'));
  const other = await bench.idOf('ben the other');
  expect(await managers(bench, 'ada', 'cho')).toEqual([other, other]);
});

test('when the store fails within a relocation, it is done again from the stored cookie', async () => {
  const bench = await company();
  const relocate = bench.log.relocate.bind(bench.log);
  bench.log.relocate = () => Promise.reject(new Error('the disk is full'));
  await expect(bench.take(unit('north', 'ou=polar'), checkpoint('two'))).rejects.toThrow('the disk is full');
  bench.log.relocate = relocate;
  expect(await bench.stage.cookie()).toBe('one');
  const again: readonly SourceEvent[] = [{ kind: 'began' }, unit('north', 'ou=polar')];
  await bench.take(...again, at('ada', 'ou=polar', 'ben,ou=polar'), { kind: 'refreshed', sweep: false, cookie: 'two' });
  expect(await managers(bench, 'ada', 'cho')).toEqual([await bench.idOf('ben'), await bench.idOf('ben')]);
});

test('a name that another takes over is the other’s at once, while the removal of the first waits or is held', async () => {
  const bench = await company();
  await bench.take(at('dan', 'ou=south'), at('eve', 'ou=south'), checkpoint('two'));
  // Eve goes, and Ben, who has been known for longer, takes her name.
  await bench.take(gone('eve'), checkpoint('three'));
  await bench.take({ ...person('ben'), place: 'cn=eve,ou=south' }, checkpoint('four'));
  await bench.take(at('dan', 'ou=south', 'eve,ou=south'), checkpoint('five'));
  expect(await managers(bench, 'dan')).toEqual([await bench.idOf('ben')]);
  await bench.restart();
  await bench.take({ kind: 'began' }, at('cho', 'ou=south', 'eve,ou=south'));
  expect(await managers(bench, 'dan')).toEqual([await bench.idOf('ben')]);
});
