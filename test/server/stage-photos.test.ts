import { expect, test } from 'vitest';
import type { Photo } from '../../src/book/photo.ts';
import type { SourcePerson } from '../../src/server/source.ts';
import { photo } from '../peers/pictures.ts';
import { Bench, gone, person, refresh } from './directory.ts';

const [red, blue] = [photo(1), photo(2)];
const bearing = (name: string, by: Photo): SourcePerson => person(name, { photo: by.hash }, { photo: by });

test('a photo comes with its person, and with nobody else it goes', async () => {
  const bench = await Bench.open();
  await bench.take(...refresh('one', bearing('ada', red), person('ben')));
  expect(await bench.log.photo(red.hash)).toEqual(red);
  await bench.take(bearing('ada', blue), { kind: 'checkpoint', cookie: 'two' });
  expect(await bench.log.photo(red.hash)).toBeUndefined();
  expect(await bench.log.photo(blue.hash)).toEqual(blue);
  expect(bench.announced.at(-1)?.changes).toMatchObject([{ from: { photo: red.hash }, to: { photo: blue.hash } }]);
  await bench.take(person('ada'), { kind: 'checkpoint', cookie: 'three' });
  expect(await bench.log.photo(blue.hash)).toBeUndefined();
  expect(bench.announced.at(-1)?.changes).toMatchObject([{ from: { photo: blue.hash }, to: {} }]);
});

test('the same photo told again is no change', async () => {
  const bench = await Bench.open();
  await bench.take(...refresh('one', bearing('ada', red)));
  await bench.take(bearing('ada', red), { kind: 'checkpoint', cookie: 'two' });
  await bench.take(...refresh('three', bearing('ada', red)));
  expect(bench.announced).toHaveLength(1);
  expect(await bench.stage.cookie()).toBe('three');
});

test('who left and is there again unchanged has the photo of before', async () => {
  const bench = await Bench.open();
  await bench.take(...refresh('one', bearing('ada', red), person('ben')));
  await bench.take(gone('ada'), { kind: 'checkpoint', cookie: 'two' });
  await bench.pass(5000);
  expect(await bench.log.photo(red.hash)).toBeUndefined();
  await bench.take(...refresh('three', { kind: 'present', keys: [person('ada').key, person('ben').key] }));
  expect(await bench.log.photo(red.hash)).toEqual(red);
  expect(await bench.fieldsOf('ada')).toEqual({ name: 'ada', photo: red.hash });
});

test('photos of many megabytes are committed a few at a time, within a refresh too', async () => {
  const bench = await Bench.open();
  const large = Array.from({ length: 40 }, (_, index) => photo(index, 500_000));
  const people = large.map((each, index) => bearing(`p${index}`, each));
  await bench.take({ kind: 'began' }, ...people);
  // 4 MB at a time: nine of them.
  expect(bench.announced.map(({ changes }) => changes.length)).toEqual([9, 9, 9, 9]);
  await bench.take({ kind: 'refreshed', sweep: true, cookie: 'one' });
  for (const each of large) expect(await bench.log.photo(each.hash)).toBeDefined();
});

test('a photo that is left out is reported with its place, and the rest of its person flows', async () => {
  const bench = await Bench.open();
  const photoProblem = 'the photo has 600000 bytes; at most 524288 are taken';
  await bench.take(...refresh('one', person('ada', { title: 'Countess' }, { photoProblem }), bearing('ben', red)));
  expect(await bench.fieldsOf('ada')).toEqual({ name: 'ada', title: 'Countess' });
  expect(bench.facts).toContainEqual({
    kind: 'photoless',
    source: bench.stage.source,
    count: 1,
    place: 'cn=ada',
    problem: photoProblem,
  });
});
