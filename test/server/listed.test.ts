import { expect, test } from 'vitest';
import type { Listed } from '../../src/server/source.ts';
import { Bench, gone, key, person, refresh } from './directory.ts';

const listed = (name: string, more: Partial<Listed> = {}): Listed => ({
  key: key(name),
  place: `cn=${name}`,
  stamp: 'one',
  ...more,
});
const stamped = (name: string, stamp = 'one') => person(name, {}, { stamp });

async function bench(): Promise<Bench> {
  const opened = await Bench.open();
  const unit = { kind: 'container', key: key('unit'), place: 'ou=north' } as const;
  await opened.take(...refresh('first', unit, stamped('ada'), stamped('ben'), stamped('cho')));
  return opened;
}

test('whoever is known with this stamp at this place is there, and is not swept', async () => {
  const opened = await bench();
  await opened.take({ kind: 'began' });
  expect(await opened.stage.differing([listed('ada'), listed('ben')])).toEqual([]);
  await opened.take({ kind: 'refreshed', sweep: true, cookie: 'second' });
  expect(await opened.names()).toEqual(['ada', 'ben']);
});

test('whoever is not known, or by another stamp, at another place, or without a stamp, is to be read', async () => {
  const opened = await bench();
  const { stamp: _, ...unstamped } = listed('cho');
  const all = [listed('dan'), listed('ada', { stamp: 'two' }), listed('ben', { place: 'cn=ben,ou=north' }), unstamped];
  expect(await opened.stage.differing(all)).toEqual(['dan', 'ada', 'ben', 'cho'].map(key));
  await opened.take(stamped('ada', 'two'));
  expect(await opened.stage.differing([listed('ada', { stamp: 'two' }), listed('ada')])).toEqual([key('ada')]);
});

test('whoever has left is to be read, and comes back as the same person', async () => {
  const opened = await bench();
  const before = await opened.idOf('ada');
  await opened.take(gone('ada'));
  await opened.pass(5000);
  expect(await opened.stage.differing([listed('ada')])).toEqual([key('ada')]);
  await opened.take(stamped('ada'));
  expect(await opened.idOf('ada')).toBe(before);
});

test('a container is known by its place alone; where that is another, all below it is there too, before anything is read', async () => {
  const opened = await Bench.open();
  const unit = (place: string, stamp: string): Listed => ({ key: key('unit'), place, stamp });
  const within = (name: string, place: string): Listed => listed(name, { place: `cn=${name},${place}` });
  const north = { kind: 'container', key: key('unit'), place: 'ou=north' } as const;
  await opened.take(...refresh('first', north, person('ada', {}, { stamp: 'one', place: 'cn=ada,ou=north' })));
  expect(await opened.stage.differing([unit('ou=north', 'one'), unit('ou=north', 'two')])).toEqual([]);
  const moved = [within('ada', 'ou=south'), unit('ou=south', 'one'), listed('new unit')];
  expect(await opened.stage.differing(moved)).toEqual([key('new unit')]);
  expect(opened.facts.at(-1)).toMatchObject({ kind: 'relocated', from: 'ou=north', to: 'ou=south' });
});

test('a source that is followed again, and gives no stamps, has its persons read when it is compared next', async () => {
  const opened = await bench();
  await opened.take(person('ada'), { kind: 'checkpoint', cookie: 'second' });
  expect(await opened.stage.differing([listed('ada')])).toEqual([key('ada')]);
});
