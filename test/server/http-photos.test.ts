import { afterAll, expect, test } from 'vitest';
import { wallTime } from '../../src/base/time.ts';
import type { Change } from '../../src/book/change.ts';
import { personId } from '../../src/book/person-id.ts';
import { openHttpHost } from '../../src/node/http.ts';
import { photo } from '../peers/pictures.ts';
import { administratorToken, embedded, morning, openWorld, type World } from './world.ts';

const red = photo(1, 20_000);
const ada = personId('ada2');
const ben = personId('ben2');

const add = (id: typeof ada, more: object = {}): Change => ({
  kind: 'added',
  person: id,
  fields: { name: `Person ${id}`, ...more },
});

async function inside(): Promise<{ readonly world: World; readonly token: string }> {
  const world = await openWorld();
  const changes = [add(ada, { photo: red.hash }), add(ben)];
  world.server.announce(await world.changeLog.append({ source: embedded, at: morning, changes, photos: [red] }));
  await world.account('ben', 'carter123', ben);
  return { world, token: (await world.logIn('ben', 'carter123')).token };
}

const path = `/v1/photos/${red.hash}`;
const leave: Change = { kind: 'removed', person: ada };

test('whoever is logged in gets the photo that somebody in the book has, with its type, to keep for good', async () => {
  const { world, token } = await inside();
  await using _ = world;
  const reply = await world.ask('GET', path, { token });
  expect(reply.status).toBe(200);
  expect(reply.text).toBe(Buffer.from(red.bytes).toString('latin1'));
  expect(reply.headers).toEqual({
    'content-type': 'image/jpeg',
    etag: `"${red.hash}"`,
    'cache-control': 'private, max-age=31536000, immutable',
    vary: 'authorization',
    'x-content-type-options': 'nosniff',
  });
  expect((await world.ask('GET', path, { token: administratorToken })).status).toBe(200);
});

test('who has it already is told so', async () => {
  const { world, token } = await inside();
  await using _ = world;
  const reply = await world.ask('GET', path, { token, headers: { 'if-none-match': `"x", "${red.hash}"` } });
  expect(reply).toMatchObject({ status: 304, headers: { etag: `"${red.hash}"` }, text: '' });
});

test('nobody gets a photo without a log-in', async () => {
  const { world } = await inside();
  await using _ = world;
  expect((await world.ask('GET', path)).status).toBe(401);
  expect((await world.ask('GET', path, { token: 'x' })).status).toBe(401);
});

test('the photo of one who left, one that never was, and what is no hash are told apart by nothing', async () => {
  const { world, token } = await inside();
  await using _ = world;
  await world.append(leave);
  const replies = await Promise.all(
    [red.hash, 'f'.repeat(64), 'x', red.hash.toUpperCase()].map((hash) =>
      world.ask('GET', `/v1/photos/${hash}`, { token, headers: { 'if-none-match': `"${red.hash}"` } }),
    ),
  );
  for (const { status, headers, text } of replies)
    expect({ status, headers, text }).toEqual({ status: 404, headers: replies[0]?.headers, text: replies[0]?.text });
});

test('a card has the picture itself: vCard 4.0 and JSContact as a data URI, vCard 3.0 in its value', async () => {
  const { world, token } = await inside();
  await using _ = world;
  const base64 = Buffer.from(red.bytes).toString('base64');
  const card = async (accept: string, id = ada): Promise<string> =>
    (await world.ask('GET', `/v1/persons/${id}`, { token, headers: { accept } })).text.replaceAll('\r\n ', '');
  expect(await card('text/vcard')).toContain(`\r\nPHOTO:data:image/jpeg;base64,${base64}\r\n`);
  expect(await card('text/vcard;version=3.0')).toContain(`\r\nPHOTO;ENCODING=b;TYPE=JPEG:${base64}\r\n`);
  expect(JSON.parse(await card('application/jscontact+json'))).toMatchObject({
    media: { photo: { kind: 'photo', uri: `data:image/jpeg;base64,${base64}` } },
  });
  expect(await card('text/vcard', ben)).not.toContain('PHOTO');
  expect(JSON.parse(await card('application/json'))).toMatchObject({ fields: { photo: red.hash } });
});

const hosts: AsyncDisposable[] = [];
afterAll(async () => {
  for (const host of hosts) await host[Symbol.asyncDispose]();
});

test('over a socket it is the bytes as they are, never compressed; HEAD has the head alone', async () => {
  const { world } = await inside();
  const { token } = await world.logIn('ben', 'carter123', wallTime(Date.now()));
  const failed = (error: unknown): never => {
    throw error;
  };
  const answer = world.server.answer.bind(world.server);
  const host = await openHttpHost({ answer, failed, listen: { host: '127.0.0.1', port: 0 } });
  hosts.push(host, world);
  const url = `http://127.0.0.1:${host.address.port}${path}`;
  const headers = { authorization: `Bearer ${token}`, 'accept-encoding': 'br, gzip' };
  const got = await fetch(url, { headers });
  expect(new Uint8Array(await got.arrayBuffer())).toEqual(red.bytes);
  expect(got.headers.get('content-encoding')).toBeNull();
  const head = await fetch(url, { headers, method: 'HEAD' });
  expect(await head.text()).toBe('');
  const known = ['content-length', 'content-type', 'etag', 'cache-control', 'x-content-type-options'];
  expect(known.map((name) => head.headers.get(name))).toEqual(known.map((name) => got.headers.get(name)));
  expect(head.headers.get('content-length')).toBe('20000');
  const unchanged = await fetch(url, { headers: { ...headers, 'if-none-match': `"${red.hash}"` } });
  expect(unchanged.status).toBe(304);
});
