import * as v from 'valibot';
import { expect, test } from 'vitest';
import { importReportSchema, personAddedSchema, type ImportReport } from '../../src/wire/admin.ts';
import { photo } from '../peers/pictures.ts';
import { administratorToken as token, openWorld, type Reply, type World } from './world.ts';

const csv = { 'content-type': 'text/csv; charset=utf-8' };
const imported = (world: World, body: string, query = ''): Promise<Reply> =>
  world.ask('POST', '/v1/admin/import', { token, body, query, headers: csv });
const reportOf = (reply: Reply): ImportReport => v.parse(importReportSchema, reply.json());

test('a person is added, altered and removed, and each is at once in the change list', async () => {
  await using world = await openWorld({ writable: true });
  const added = await world.ask('POST', '/v1/admin/persons', { token, body: { fields: { name: 'Ada Lovelace' } } });
  expect(added.status).toBe(201);
  const { person } = v.parse(personAddedSchema, added.json());
  expect(added.headers['location']).toBe(`/v1/admin/persons/${person}`);
  const fields = { title: 'Countess', homeTelephone: '+44 20 7946 0001' };
  const altered = await world.ask('PATCH', `/v1/admin/persons/${person}`, { token, body: { fields } });
  expect(altered.json()).toMatchObject({ after: 1, upTo: 2 });
  const list = await world.ask('GET', '/v1/changes', { token, query: 'after=1&with=entries' });
  expect(list.json()).toMatchObject({ changes: [{ kind: 'altered', to: { title: 'Countess' } }] });
  expect(list.text).not.toContain('7946');
  expect((await world.ask('GET', `/v1/admin/persons/${person}`, { token })).text).toContain('7946');
  const emptied = { token, body: { fields: { title: null } } };
  expect((await world.ask('PATCH', `/v1/admin/persons/${person}`, emptied)).status).toBe(200);
  expect((await world.ask('DELETE', `/v1/admin/persons/${person}`, { token })).status).toBe(204);
  expect((await world.ask('DELETE', `/v1/admin/persons/${person}`, { token })).status).toBe(404);
  expect((await world.ask('GET', `/v1/admin/persons/${person}`, { token })).status).toBe(404);
  expect((await world.ask('GET', '/v1/changes', { token, query: 'after=0' })).json()).toMatchObject({
    upTo: 4,
    removed: [person],
  });
});

test('a photo is given in base64, with the fields or alone', async () => {
  await using world = await openWorld({ writable: true });
  const [red, blue] = [photo(1), photo(2, 300, 'image/png')];
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  const body = { fields: { name: 'Ada' }, photo: base64(red.bytes) };
  const added = await world.ask('POST', '/v1/admin/persons', { token, body });
  expect(added.status).toBe(201);
  const { person } = added.json() as { person: string };
  expect((await world.ask('GET', `/v1/photos/${red.hash}`, { token })).status).toBe(200);
  const patch = (given: object): Promise<Reply> =>
    world.ask('PATCH', `/v1/admin/persons/${person}`, { token, body: given });
  expect((await patch({ fields: {}, photo: base64(blue.bytes) })).status).toBe(200);
  expect((await world.ask('GET', `/v1/photos/${red.hash}`, { token })).status).toBe(404);
  expect((await world.ask('GET', `/v1/photos/${blue.hash}`, { token })).headers['content-type']).toBe('image/png');
  expect((await patch({ fields: { photo: null } })).status).toBe(200);
  expect((await world.ask('GET', `/v1/photos/${blue.hash}`, { token })).status).toBe(404);
  for (const wrong of [{ photo: 'no base64!' }, { photo: base64(new TextEncoder().encode('<svg/>')) }, { photo: 1 }])
    expect(await patch({ fields: {}, ...wrong })).toMatchObject({
      status: 400,
      text: expect.stringContaining('photo'),
    });
  expect(await patch({ fields: {}, photo: 'A'.repeat(700_000) })).toMatchObject({ status: 400 });
  expect((await world.changeLog.head()).revision).toBe(3);
});

test('a person without a name is refused with what would be right', async () => {
  await using world = await openWorld({ writable: true });
  const reply = await world.ask('POST', '/v1/admin/persons', { token, body: { fields: { title: 'Countess' } } });
  expect(reply).toMatchObject({ status: 400, text: expect.stringContaining('name') });
});

test('an import is looked at first, changes nothing by that, and then does what it said', async () => {
  await using world = await openWorld({ writable: true });
  const text = 'name,mail,officeTelephone\nAda,ada@example.com,+44 20 7946 0001\nBen,ben@example.com,\n';
  const preview = reportOf(await imported(world, text));
  expect(preview).toMatchObject({ rows: 2, unchanged: 0, rejected: [] });
  expect(preview.added).toHaveLength(2);
  expect(preview.done).toBeUndefined();
  expect((await world.changeLog.head()).revision).toBe(0);
  expect(reportOf(await imported(world, text, 'apply=true')).done).toMatchObject({ after: 0, upTo: 2 });
  expect((await world.ask('GET', '/v1/persons', { token })).json()).toMatchObject({ total: 2 });
  expect(reportOf(await imported(world, text, 'apply=true'))).toMatchObject({
    unchanged: 2,
    done: { after: 2, upTo: 2 },
  });
});

test('an import with wrong rows is refused whole, unless these are to be passed over', async () => {
  await using world = await openWorld({ writable: true });
  const text = 'name,mail\nAda,ada@example.com\n,\nBen,not a mail address\n';
  const rejected = reportOf(await imported(world, text)).rejected.length;
  expect(rejected).toBeGreaterThan(0);
  const refused = await imported(world, text, 'apply=true');
  expect(refused.status).toBeGreaterThanOrEqual(400);
  expect((await world.changeLog.head()).revision).toBe(0);
  expect(reportOf(await imported(world, text, 'apply=true&skip-rejected=true')).done).toMatchObject({ after: 0 });
  expect((await world.changeLog.head()).revision).toBeGreaterThan(0);
});

test.each([
  ['apply that is no truth', 'apply=perhaps', 'name\nAda', 400],
  ['a file without a name column', '', 'shoe size\n42', 400],
  ['nothing at all', '', '', 400],
  ['half a quoted value', '', 'name\n"Ada', 400],
])('%s is refused', async (_, query, body, status) => {
  await using world = await openWorld({ writable: true });
  expect((await imported(world, body, query)).status).toBe(status);
  expect((await world.changeLog.head()).revision).toBe(0);
});

test.each([
  ['POST', '/v1/admin/persons/NOBODY/join', { other: 'abcd' }, 404],
  ['POST', '/v1/admin/persons/abcd/join', { other: 'NOBODY' }, 400],
  ['POST', '/v1/admin/persons/abcd/join', { other: ['abcd'] }, 400],
  ['POST', '/v1/admin/persons/abcd/join', {}, 400],
  ['POST', '/v1/admin/persons/abcd/join', { other: 'bcde' }, 404],
  ['POST', '/v1/admin/persons/abcd/separate', { source: 'Not A Source' }, 404],
  ['POST', '/v1/admin/persons/abcd/separate', { source: 'x'.repeat(64) }, 400],
  ['POST', '/v1/admin/persons/abcd/separate', { source: 'ldap' }, 404],
  ['POST', '/v1/admin/sources/nobodys/forget', { removals: 0 }, 404],
  ['POST', '/v1/admin/sources/nobodys/forget', { removals: -1 }, 400],
  ['POST', '/v1/admin/sources/nobodys/forget', { removals: 1, more: 1 }, 400],
  ['POST', '/v1/admin/sources/embedded/forget', { removals: 9 }, 409],
  ['POST', '/v1/admin/sources/..%2f..%2fx/forget', { removals: 9 }, 404],
  ['POST', '/v1/admin/sources/nobodys/approve', { id: '0123456789ab' }, 404],
  ['POST', '/v1/admin/sources/embedded/approve', { id: '0123456789ab' }, 404],
  ['POST', '/v1/admin/sources/..%2f..%2fx/approve', { id: '0123456789ab' }, 404],
  ['POST', '/v1/admin/sources/nobodys/approve', { id: 'x'.repeat(65) }, 400],
  ['POST', '/v1/admin/sources/nobodys/approve', {}, 400],
] as const)(
  'what cannot be joined, taken apart, given up or approved is refused: %s %s %j',
  async (method, path, body, status) => {
    await using world = await openWorld({ writable: true });
    expect((await world.ask(method, path, { token, body })).status).toBe(status);
    expect((await world.ask(method, path, { body })).status).toBe(401);
    expect((await world.ask('GET', '/v1/admin/doubles', { token })).json()).toEqual({ doubles: [] });
  },
);
