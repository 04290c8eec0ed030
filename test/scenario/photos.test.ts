// Photos, from the directory's attribute to whoever asks for them: against a real slapd.

import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, test } from 'vitest';
import type { Photo } from '../../src/book/photo.ts';
import { skipWithout } from '../peers/installed.ts';
import { testPerson } from '../peers/people.ts';
import { photo, picture } from '../peers/pictures.ts';
import { slapdIsInstalled, startSlapd, type Slapd } from '../peers/slapd.ts';
import { dnOf, remove, setTelephone } from './directory.ts';
import { until } from './waiting.ts';
import { enter } from './watched.ts';
import { World, type Fact } from './world.ts';

const people = 20;
const [red, blue, green] = [photo(1, 20_000), photo(2, 20_000), photo(3, 20_000, 'image/png')];

const jpegPhoto = (bytes: Uint8Array): string => `jpegPhoto:: ${Buffer.from(bytes).toString('base64')}`;
const setPhoto = (slapd: Slapd, number: number, ...pictures: readonly Uint8Array[]): Promise<void> =>
  slapd.change(
    [`dn: ${dnOf(slapd, number)}`, 'changetype: modify', 'replace: jpegPhoto', ...pictures.map(jpegPhoto), '', ''].join(
      '\n',
    ),
  );

describe.skipIf(skipWithout('slapd', slapdIsInstalled))('photos of a directory', () => {
  let opened = new AsyncDisposableStack();
  afterEach(async () => {
    await opened.disposeAsync();
    opened = new AsyncDisposableStack();
  });

  const ask = (world: World, { hash }: Pick<Photo, 'hash'>): Promise<Response> =>
    fetch(`${world.url}/v1/photos/${hash}`, { headers: { authorization: `Bearer ${world.administratorToken}` } });

  async function photoOf(world: World, number: number): Promise<string | undefined> {
    return (await world.find(number))?.fields.photo;
  }

  const arrives = (world: World, number: number, hash: string | undefined): Promise<unknown> =>
    until(
      `photo ${hash} of person ${number}`,
      () => photoOf(world, number),
      (found) => found === hash,
    );

  const photoless = (world: World): readonly Fact[] =>
    world.facts.all.filter((fact) => fact.kind === 'stage' && fact.fact.kind === 'photoless');

  async function expectBytes(world: World, expected: Photo): Promise<void> {
    const answer = await ask(world, expected);
    expect(answer.headers.get('content-type')).toBe(expected.type);
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(expected.bytes);
  }

  test('those of the first load are there, byte for byte; a change of one and its end come live', async () => {
    const slapd = opened.use(await startSlapd({ people }));
    await setPhoto(slapd, 1, red.bytes);
    await setPhoto(slapd, 2, red.bytes);
    const world = opened.use(await World.open({ slapd }, people));
    expect(await photoOf(world, 1)).toBe(red.hash);
    expect(await photoOf(world, 3)).toBeUndefined();
    await expectBytes(world, red);
    await setPhoto(slapd, 1, blue.bytes);
    await arrives(world, 1, blue.hash);
    await expectBytes(world, blue);
    await expectBytes(world, red);
    await setPhoto(slapd, 2);
    await arrives(world, 2, undefined);
    expect((await ask(world, red)).status).toBe(404);
    await setPhoto(slapd, 2, red.bytes);
    await arrives(world, 2, red.hash);
    await expectBytes(world, red);
  });

  test('at a terminal: a photo that is altered in the directory alone is prompted, and comes', async () => {
    const slapd = opened.use(await startSlapd({ people }));
    await setPhoto(slapd, 1, red.bytes);
    const world = opened.use(await World.open({ slapd }, people));
    const watched = opened.use(await enter(world, { transport: 'websocket' }));
    const person = await world.person(1);
    await watched.hold(person);
    await until(
      'the first photo',
      () => watched.terminal.photo(person),
      (found) => found?.hash === red.hash,
    );
    const prompted = watched.prompted();
    await setPhoto(slapd, 1, green.bytes);
    expect(await prompted).toMatchObject([
      { person, fact: { kind: 'altered', field: 'photo', from: red.hash, to: green.hash } },
    ]);
    await until(
      'the second photo',
      () => watched.terminal.photo(person),
      (found) => found?.hash === green.hash,
    );
    expect(await watched.terminal.photo(person)).toEqual(green);
    await world.stop('stop');
    expect(await watched.terminal.photo(person)).toEqual(green);
  });

  test('a change of something else sends the photo again, and is a change of nothing but that', async () => {
    const slapd = opened.use(await startSlapd({ people }));
    await setPhoto(slapd, 1, red.bytes);
    const world = opened.use(await World.open({ slapd }, people));
    await setTelephone(slapd, 1, '8001');
    await until(
      'the telephone',
      () => world.find(1),
      (found) => found?.fields.officeTelephone === '8001',
    );
    const answer = await fetch(`${world.url}/v1/changes?after=${people}&with=entries`, {
      headers: { authorization: `Bearer ${world.administratorToken}` },
    });
    const old = testPerson(1, '').attributes['telephoneNumber'];
    expect(await answer.json()).toMatchObject({
      changes: [{ kind: 'altered', from: { officeTelephone: old }, to: { officeTelephone: '8001' } }],
    });
  });

  test('of several values the first is taken', async () => {
    const slapd = opened.use(await startSlapd({ people }));
    await setPhoto(slapd, 1, blue.bytes, red.bytes);
    const world = opened.use(await World.open({ slapd }, people));
    expect(await photoOf(world, 1)).toBe(blue.hash);
  });

  test('one too large, and one that is no picture, are left out and reported; the rest of their persons flows', async () => {
    const slapd = opened.use(await startSlapd({ people }));
    await setPhoto(slapd, 1, picture(9, 2_000_000));
    await setPhoto(slapd, 2, Uint8Array.of(0xff, 0xd8, 0, 1, 2, 3));
    const world = opened.use(await World.open({ slapd }, people));
    expect([await photoOf(world, 1), await photoOf(world, 2)]).toEqual([undefined, undefined]);
    expect((await world.find(1))?.fields.officeTelephone).toBe(testPerson(1, '').attributes['telephoneNumber']);
    expect(photoless(world)).toMatchObject([
      { fact: { count: 2, place: dnOf(slapd, 1), problem: 'the photo has 2000000 bytes; at most 524288 are taken' } },
    ]);
    await setPhoto(slapd, 1, red.bytes);
    await arrives(world, 1, red.hash);
    await setPhoto(slapd, 1, picture(9, 1_000_000));
    await arrives(world, 1, undefined);
    expect((await ask(world, red)).status).toBe(404);
  });

  test('the photo of one who left is shown to nobody', async () => {
    const slapd = opened.use(await startSlapd({ people }));
    await setPhoto(slapd, 15, red.bytes);
    const brake = { count: 5, percent: 2, settleSeconds: 1 };
    const world = opened.use(await World.open({ slapd, source: { brake } }, people));
    await expectBytes(world, red);
    await remove(slapd, 15);
    await world.inStep(people - 1);
    expect((await ask(world, red)).status).toBe(404);
  });

  test('a source that is to have no photos has none', async () => {
    const slapd = opened.use(await startSlapd({ people }));
    await setPhoto(slapd, 1, red.bytes);
    const world = opened.use(await World.open({ slapd, source: { attributes: { photo: [] } } }, people));
    expect(await photoOf(world, 1)).toBeUndefined();
    expect((await ask(world, red)).status).toBe(404);
  });

  test('killed while photos are loaded, it ends with each where it belongs, and none too many', async () => {
    const slapd = opened.use(await startSlapd({ people: 400 }));
    const photos = Array.from({ length: 400 }, (_, number) => photo(number, 60_000));
    for (let from = 0; from < 400; from += 40)
      await slapd.change(
        photos
          .slice(from, from + 40)
          .map(({ bytes }, at) =>
            [
              `dn: ${dnOf(slapd, from + at)}`,
              'changetype: modify',
              'replace: jpegPhoto',
              jpegPhoto(bytes),
              '',
              '',
            ].join('\n'),
          )
          .join(''),
      );
    const world = opened.use(await World.openAnyhow({ slapd, ownProcess: true }));
    await until(
      'the first of them',
      () => world.source(),
      ({ persons }) => persons > 0,
    );
    await world.restart('kill');
    await world.inStep(400);
    await setPhoto(slapd, 1, green.bytes);
    await arrives(world, 1, green.hash);
    await world.restart('kill');
    await world.inStep(400);
    await world.stop();
    const expected = photos.map(({ hash }, number) => (number === 1 ? green.hash : hash));
    const book = new DatabaseSync(world.bookFile, { readOnly: true });
    opened.defer(() => book.close());
    const kept = book.prepare('select hash from photo order by hash').all();
    expect(kept.map(({ hash }) => hash)).toEqual(expected.toSorted());
    const named = book.prepare(`select fields ->> 'photo' as hash from person order by hash`).all();
    expect(named).toEqual(kept);
  });
});
