import { expect, test } from 'vitest';
import { HostFault } from '../../src/node/host-fault.ts';
import { openSqliteChangeLog } from '../../src/node/sqlite-change-log.ts';
import type { PersonId } from '../../src/book/person-id.ts';
import type { Fields } from '../../src/book/person.ts';
import { holdId, sourceKey, type ChangeLog } from '../../src/server/change-log.ts';
import type { SourceGroup } from '../../src/server/group.ts';
import { personsAnswerSchema, type GroupsAnswer } from '../../src/wire/http.ts';
import { parseJson } from '../../src/wire/problem.ts';
import { telephone } from './samples.ts';
import { administratorToken, embedded, morning, openWorld, requestOf, type World } from './world.ts';

interface Inside {
  readonly world: World;
  readonly token: string;
  readonly ada: PersonId;
  readonly ben: PersonId;
  readonly book: string;
  readonly tag: (revision: number) => string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Ada and Ben are in the book, at revision 2; somebody is logged in. */
async function inside(
  adaFields: Fields = { name: 'Ada Lovelace', officeTelephone: '8001', homeTelephone: '030 1' },
): Promise<Inside> {
  const world = await openWorld();
  const [ada, ben] = await world.people(adaFields, { name: 'Ben', mail: 'ben@example.com' });
  if (ada === undefined || ben === undefined) throw new Error('nobody is there');
  await world.account('ben', 'a long password', ben);
  const { token } = await world.logIn('ben', 'a long password');
  const { book } = await world.changeLog.head();
  const tag = (revision: number): string => `"${book}.${revision}"`;
  return { world, token, ada, ben, book, tag, [Symbol.asyncDispose]: async () => world[Symbol.asyncDispose]() };
}

test('S307: the change list says which persons changed and which are gone, once each, not their data', async () => {
  await using here = await inside();
  const { world, ada, ben, book, tag } = here;
  await world.append(telephone(ada, '8001', '8002'), telephone(ada, '8002', '8003'), { kind: 'removed', person: ben });
  const reply = await world.ask('GET', '/v1/changes', { query: 'after=2', token: administratorToken });
  expect(reply).toMatchObject({ status: 200, headers: { etag: tag(5), 'cache-control': 'no-cache' } });
  expect(reply.json()).toEqual({ book, after: 2, upTo: 5, altered: [ada], removed: [ben] });
});

test('changed entries are the changes themselves, folded, without restricted fields', async () => {
  await using here = await inside();
  const { world, token, ada, book } = here;
  await world.append(telephone(ada, '8001', '8002'), {
    kind: 'altered',
    person: ada,
    from: { homeTelephone: '030 1' },
    to: {},
  });
  const reply = await world.ask('GET', '/v1/changes', { query: 'after=2&with=entries', token });
  expect(reply.json()).toEqual({ book, after: 2, upTo: 4, changes: [telephone(ada, '8001', '8002')] });
  const all = await world.ask('GET', '/v1/changes', { query: 'after=0&with=entries', token });
  expect(all.text).not.toContain('030 1');
});

test('nothing new is 304, from the head alone, for every call about the book', async () => {
  await using here = await inside();
  const { world, token, ada, tag } = here;
  const headers = { 'if-none-match': `W/"other", ${tag(2)}` };
  for (const path of ['/v1/changes', '/v1/book', '/v1/persons', `/v1/persons/${ada}`])
    expect(await world.ask('GET', path, { token, headers, query: 'after=2' })).toMatchObject({
      status: 304,
      headers: { etag: tag(2) },
    });
  await world.append(telephone(ada, '8001', '8002'));
  expect((await world.ask('GET', '/v1/book', { token, headers })).status).toBe(200);
});

test('where a separator is known, departments are told below one another, in pages', async () => {
  await using world = await openWorld({ departmentSeparator: '/' });
  await world.people(
    ...['R&D/Optics', 'R&D/Lasers', 'R&D', 'Sales'].map((department) => ({ name: 'Ada', department })),
  );
  await world.account('ada', 'the right password');
  const { token } = await world.logIn('ada', 'the right password');
  const ask = async (query: string): Promise<unknown> =>
    (await world.ask('GET', '/v1/departments', { token, query })).json();
  expect(await ask('below=')).toMatchObject({
    total: 2,
    departments: [
      { name: 'R&D', label: 'R&D', persons: 3, departments: 2 },
      { name: 'Sales', label: 'Sales', persons: 1, departments: 0 },
    ],
  });
  const first = (await ask('below=R%26D&limit=1')) as { readonly next: string };
  expect(first).toMatchObject({ total: 2, departments: [{ name: 'R&D/Lasers', label: 'Lasers' }] });
  expect(await ask(`below=R%26D&limit=1&after=${first.next}`)).toMatchObject({ departments: [{ label: 'Optics' }] });
  expect(await ask('')).toMatchObject({ total: 4 });
});

test('the organisation is told as a tree, and its departments, without restricted fields', async () => {
  await using here = await inside({ name: 'Ada', homeTelephone: '030 1' });
  const { world, token, ada, ben, tag } = here;
  await world.append({ kind: 'altered', person: ben, from: {}, to: { manager: ada, department: 'Research' } });
  const of = (query: string) => world.ask('GET', '/v1/organisation', { query, token });
  const below = await of(`person=${ada}`);
  expect(below).toMatchObject({ status: 200, headers: { etag: tag(3) } });
  expect(below.json()).toMatchObject({ managers: [], total: 1, persons: [{ id: ben, reports: 0 }], complete: true });
  expect((await of(`person=${ben}&list=peers`)).json()).toMatchObject({
    managers: [{ id: ada, reports: 1, fields: { name: 'Ada' } }],
    total: 0,
  });
  const top = await of('');
  expect(top.json()).toMatchObject({
    total: 1,
    persons: [{ id: ada, revision: 1, fields: { name: 'Ada' }, reports: 1 }],
  });
  expect(top.text).not.toContain('030');
  expect((await of('department=Research')).json()).toMatchObject({ total: 1, persons: [{ id: ben }] });
  expect((await world.ask('GET', '/v1/departments', { token })).json()).toMatchObject({
    total: 1,
    departments: [{ name: 'Research', persons: 1 }],
  });
  expect((await world.ask('GET', '/v1/departments')).status).toBe(401);
  const flat = (await world.ask('GET', '/v1/departments', { token, query: 'below=' })).json();
  expect(flat).toMatchObject({ departments: [{ name: 'Research', label: 'Research', persons: 1, departments: 0 }] });
  const long = { token, query: `below=${'x'.repeat(1025)}` };
  expect((await world.ask('GET', '/v1/departments', long)).status).toBe(400);
});

test('a question about the organisation that is wrong is refused with what would be right', async () => {
  await using here = await inside();
  for (const [query, status, words] of [
    ['person=nobody', 404, /no person/],
    ['person=%00', 404, /no person/],
    ['list=peers', 400, /of a person/],
    ['person=aaaa&list=below', 400, /reports or peers/],
    ['person=aaaa&department=x', 400, /not both/],
    [`department=${'x'.repeat(1025)}`, 400, /at most 1024/],
    ['limit=0', 400, /between 1 and 200/],
    ['limit=201', 400, /between 1 and 200/],
    ['after=x', 400, /next of another page/],
  ] as const) {
    const reply = await here.world.ask('GET', '/v1/organisation', { query, token: here.token });
    expect([query, reply.status]).toEqual([query, status]);
    expect(reply.text).toMatch(words);
  }
});

test('groups are told with who is in them, without restricted fields, and are in no cache', async () => {
  await using here = await inside({ name: 'Ada', homeTelephone: '030 1' });
  const { world, token, ada, book } = here;
  const about = { source: embedded, at: morning };
  const link = { key: sourceKey('a'), person: ada, place: 'cn=ada' };
  const group = (name: string, members: readonly string[]): SourceGroup => ({
    kind: 'group',
    key: sourceKey(name),
    place: `cn=${name.toLowerCase()}`,
    name,
    members,
  });
  const groups = [group('Dev', ['cn=ada']), group('All', ['cn=dev', 'cn=stranger']), group('None', [])];
  await world.changeLog.append({ ...about, changes: [], links: [link], groups });
  const of = (path: string, query = '') => world.ask('GET', path, { query, token });
  const first = await of('/v1/groups', 'limit=2');
  expect(first).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
  const page = first.json() as GroupsAnswer;
  expect(page).toMatchObject({ book, revision: 2, total: 3, groups: [{ name: 'All', persons: 1 }, { name: 'Dev' }] });
  const rest = (await of('/v1/groups', `limit=2&after=${encodeURIComponent(page.next ?? '')}`)).json();
  expect(rest).toMatchObject({ groups: [{ name: 'None', persons: 0 }] });
  expect((await of('/v1/groups', `person=${ada}`)).json()).toMatchObject({ total: 2 });
  const members = await of(`/v1/groups/${page.groups[0]?.id}/persons`);
  expect(members).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
  expect(members.json()).toEqual({
    book,
    revision: 2,
    group: { id: page.groups[0]?.id, name: 'All', persons: 1 },
    persons: [{ id: ada, revision: 1, fields: { name: 'Ada' } }],
    complete: true,
  });
  expect((await world.ask('GET', '/v1/groups')).status).toBe(401);
  expect((await world.ask('GET', `/v1/groups/${page.groups[0]?.id}/persons`)).status).toBe(401);
});

test('a group that there is not, and a page that there is not, are refused', async () => {
  await using here = await inside();
  const of = async (path: string, query = '') => here.world.ask('GET', path, { query, token: here.token });
  for (const id of ['1', '0', '-1', '1e3', 'x', '%00', '9'.repeat(40)])
    expect(await of(`/v1/groups/${id}/persons`)).toMatchObject({
      status: 404,
      text: expect.stringContaining('no group'),
    });
  expect((await of('/v1/groups', 'person=nobody')).status).toBe(404);
  expect((await of('/v1/groups', 'limit=0')).status).toBe(400);
  expect((await of('/v1/groups/1/persons', 'after=x')).status).toBe(400);
});

test('304 is for those who logged in: nobody else learns that nothing is new', async () => {
  await using here = await inside();
  const { world, tag } = here;
  const headers = { 'if-none-match': tag(2) };
  expect((await world.ask('GET', '/v1/book', { headers })).status).toBe(401);
});

test('a fixed span is immutable, has the tag of its own end, and is not answered with 304 for the head’s', async () => {
  await using here = await inside();
  const { world, token, ada, tag } = here;
  await world.append(telephone(ada, '8001', '8002'));
  const fixed = { query: 'after=1&upTo=2', token, headers: { 'if-none-match': tag(3) } };
  expect(await world.ask('GET', '/v1/changes', fixed)).toMatchObject({
    status: 200,
    headers: { etag: tag(2), 'cache-control': expect.stringContaining('immutable') },
  });
  const empty = await world.ask('GET', '/v1/changes', { query: 'after=2&upTo=2', token });
  expect(empty.json()).toEqual({ book: here.book, after: 2, upTo: 2 });
});

test('a span with hidden changes in it ends where it was asked to, with all that may be seen', async () => {
  await using here = await inside();
  const { world, token, ada, ben } = here;
  const home = (from: string, to: string) =>
    ({ kind: 'altered', person: ada, from: { homeTelephone: from }, to: { homeTelephone: to } }) as const;
  await world.append(
    home('030 1', '030 2'),
    telephone(ben, '1', '2'),
    home('030 2', '030 3'),
    telephone(ada, '1', '2'),
  );
  const reply = await world.ask('GET', '/v1/changes', { query: 'after=2&upTo=4', token });
  expect(reply.json()).toMatchObject({ upTo: 4, altered: [ben] });
});

test('what lies before the log’s memory is 410 too-old with the oldest revision; so is what lies after its head', async () => {
  await using here = await inside();
  const { world, token, ada, book } = here;
  await world.append(telephone(ada, '8001', '8002'));
  const keep = { keep: 1, before: 0 as never, leftBefore: 0 as never };
  await world.changeLog.purge(keep);
  const after = await openWorld({ changeLog: world.changeLog, accounts: world.accounts });
  const { oldest } = await world.changeLog.head();
  expect(oldest).toBeGreaterThan(0);
  for (const query of ['after=0', 'after=999']) {
    const reply = await after.ask('GET', '/v1/changes', { query, token });
    expect(reply.json()).toMatchObject({ type: '/problems/too-old', status: 410, oldest });
  }
  expect(book).toBe((await world.changeLog.head()).book);
});

test('the whole book is every person who lives, field names said once, restricted fields not at all', async () => {
  await using here = await inside();
  const { world, token, ada, ben, book, tag } = here;
  const reply = await world.ask('GET', '/v1/book', { token });
  expect(reply.headers['etag']).toBe(tag(2));
  expect(reply.json()).toMatchObject({ book, revision: 2 });
  const whole = reply.json() as { fields: string[]; persons: string[][] };
  expect(whole.persons.map(([id]) => id).toSorted((one = '', other = '') => (one < other ? -1 : 1))).toEqual(
    [ada, ben].toSorted((one, other) => (one < other ? -1 : 1)),
  );
  expect(whole.fields.at(-1)).toBe('extra15');
  expect(reply.text).not.toContain('030 1');
});

test('S309: persons by their IDs, who is gone, each once however often asked', async () => {
  await using here = await inside();
  const { world, token, ada, ben, book } = here;
  const body = { ids: [ada, ada, 'gone23'] };
  expect((await world.ask('POST', '/v1/persons', { token, body })).json()).toEqual({
    book,
    revision: 2,
    persons: [{ id: ada, revision: 1, fields: { name: 'Ada Lovelace', officeTelephone: '8001' } }],
    gone: ['gone23'],
  });
  expect(ben).not.toBe(ada);
});

test('with revisions only those that differ are answered; a copy newer than the log always differs', async () => {
  await using here = await inside();
  const { world, token, ada, ben } = here;
  await world.append(telephone(ada, '8001', '8002'));
  const asked = async (revisions: number[]): Promise<unknown> => {
    const reply = await world.ask('POST', '/v1/persons', { token, body: { ids: [ada, ben], revisions } });
    return parseJson(personsAnswerSchema, reply.text, 'persons').persons.map(({ id }) => id);
  };
  expect(await asked([2, 2])).toEqual([ada]);
  expect(await asked([3, 3])).toEqual([]);
  expect(await asked([99, 3])).toEqual([ada]);
});

test('of a copy that is not far behind only what is altered is answered, and nothing is said of what is empty', async () => {
  await using here = await inside();
  const { world, token, ada, book } = here;
  await world.append({
    kind: 'altered',
    person: ada,
    from: { officeTelephone: '8001' },
    to: { title: 'Countess' },
  });
  const reply = await world.ask('POST', '/v1/persons', { token, body: { ids: [ada], revisions: [2] } });
  const altered = [{ id: ada, from: { officeTelephone: '8001' }, to: { title: 'Countess' } }];
  expect(reply.json()).toEqual({ book, revision: 3, altered });
});

test.each([
  ['application/json', 'application/json'],
  ['text/html, */*;q=0.1', 'application/json'],
  ['', 'application/json'],
  ['text/vcard', 'text/vcard; charset=utf-8; version=4.0'],
  ['text/vcard;version=3.0', 'text/vcard; charset=utf-8; version=3.0'],
  ['text/vcard; version="3.0"; q=0.9, application/json; q=0.1', 'text/vcard; charset=utf-8; version=3.0'],
  ['application/jscontact+json', 'application/jscontact+json'],
  ['text/vcard;q=0, application/json', 'application/json'],
])('Accept: %s gives a person as %s', async (accept, type) => {
  await using here = await inside();
  const { world, token, ada, tag } = here;
  const reply = await world.ask('GET', `/v1/persons/${ada}`, { token, headers: { accept } });
  expect(reply).toMatchObject({ status: 200, headers: { 'content-type': type, vary: 'accept' } });
  expect(reply.headers['etag']).toContain(tag(2));
  expect(reply.text).toContain('Ada Lovelace');
  expect(reply.text).not.toContain('030 1');
});

test('look-up finds by words, pages, and says how many there are', async () => {
  await using here = await inside();
  const { world, token, ada } = here;
  const found = async (query: string): Promise<{ total: number; next?: string; persons: { id: string }[] }> =>
    (await world.ask('GET', '/v1/persons', { token, query })).json() as never;
  expect(await found('search=love+ada')).toMatchObject({ total: 1, persons: [{ id: ada }] });
  expect(await found('search=%E5%BC%A0')).toMatchObject({ total: 0, persons: [] });
  const first = await found('limit=1');
  expect(first).toMatchObject({ total: 2, asTyped: 2, complete: true, persons: [{ id: ada }] });
  const second = await found(`limit=1&after=${encodeURIComponent(String(first.next))}`);
  expect(second).toMatchObject({ total: 2, persons: [{}] });
  expect(second.persons[0]?.id).not.toBe(ada);
  expect(second.next).toBeUndefined();
  expect(await found('search=030')).toMatchObject({ total: 0 });
});

test.each<[string, string, string, unknown, number, RegExp]>([
  ['no after', 'GET', '/v1/changes', undefined, 400, /needs after/],
  ['after that is not a number', 'GET', '/v1/changes?after=-1', undefined, 400, /whole number/],
  ['after too large for a number', 'GET', '/v1/changes?after=9999999999999999', undefined, 400, /whole number/],
  ['after twice', 'GET', '/v1/changes?after=1&after=2', undefined, 400, /more than once/],
  ['upTo before after', 'GET', '/v1/changes?after=2&upTo=1', undefined, 400, /between after and/],
  ['upTo beyond the head', 'GET', '/v1/changes?after=1&upTo=99', undefined, 400, /newest revision, 2/],
  ['with something else', 'GET', '/v1/changes?after=1&with=photos', undefined, 400, /entries/],
  ['a query that is not UTF-8', 'GET', '/v1/persons?search=%FF', undefined, 400, /UTF-8/],
  ['a name that is not UTF-8', 'GET', '/v1/persons/%C3', undefined, 400, /UTF-8/],
  ['limit 0', 'GET', '/v1/persons?limit=0', undefined, 400, /limit/],
  ['limit 201', 'GET', '/v1/persons?limit=201', undefined, 400, /limit/],
  ['a search too long', 'GET', `/v1/persons?search=${'x'.repeat(201)}`, undefined, 400, /200/],
  ['a person who is not there', 'GET', '/v1/persons/nobody', undefined, 404, /nobody/],
  ['an ID with line breaks', 'GET', '/v1/persons/a%0D%0ASet-Cookie:x', undefined, 404, /no person/],
  ['a photo by what is no hash', 'GET', '/v1/photos/abc', undefined, 404, /Nobody in the book has this photo/],
  ['a photo by a path', 'GET', '/v1/photos/..%2F..%2Fetc%2Fpasswd', undefined, 404, /Nobody/],
  ['an unknown path', 'GET', '/v1/nothing', undefined, 404, /openapi/],
  ['a path of Object.prototype', 'GET', '/__proto__/constructor', undefined, 404, /openapi/],
  ['a very long path', 'GET', `/${'a/'.repeat(5000)}`, undefined, 404, /openapi/],
  ['a wrong method', 'DELETE', '/v1/book', undefined, 405, /takes GET, HEAD/],
  ['an unknown method', 'FROBNICATE', '/v1/persons', undefined, 405, /POST, GET/],
  ['a body that is not JSON', 'POST', '/v1/persons', '{"ids":', 400, /not JSON/],
  ['a body of another shape', 'POST', '/v1/persons', { ids: 'ada2' }, 400, /ids/],
  ['a wrong person ID', 'POST', '/v1/persons', { ids: ['ada2', 'ADA!'] }, 400, /ids\.1: not a person ID/],
  ['revisions of another number', 'POST', '/v1/persons', { ids: ['ada2'], revisions: [] }, 400, /as many/],
  ['too many persons', 'POST', '/v1/persons', { ids: Array.from({ length: 10_001 }, () => 'ada2') }, 400, /at most/],
  ['deep nesting', 'POST', '/v1/persons', `{"ids":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 400, /ids/],
  ['2 MB', 'POST', '/v1/persons', `{"ids":["${'x'.repeat(2_000_000)}"]}`, 413, /1048576/],
  ['an array for a log-in', 'POST', '/v1/session', [], 400, /body/],
  ['an empty password', 'POST', '/v1/session', { user: 'ben', password: '' }, 400, /password is needed/],
])('%s is a problem document that says what would be right', async (_, method, url, body, status, detail) => {
  await using here = await inside();
  const { world, token } = here;
  const [path = '', query = ''] = url.split('?');
  const reply = await world.ask(method, path, { query, token, ...(body !== undefined && { body }) });
  expect(reply.status).toBe(status);
  expect((reply.json() as { detail: string }).detail).toMatch(detail);
  for (const value of Object.values(reply.headers)) expect(value).not.toMatch(/[\r\n]/);
});

test('405 names the methods in Allow, 415 the media types in Accept, 406 what there is', async () => {
  await using here = await inside();
  const { world, token, ada } = here;
  expect((await world.ask('PUT', '/v1/persons', { token })).headers['allow']).toBe('POST, GET, HEAD');
  const headers = { 'content-type': 'text/xml' };
  expect(await world.ask('POST', '/v1/persons', { token, headers, body: '<a/>' })).toMatchObject({
    status: 415,
    headers: { accept: 'application/json' },
  });
  const reply = await world.ask('GET', `/v1/persons/${ada}`, { token, headers: { accept: 'image/png' } });
  expect(reply.status).toBe(406);
});

test('who may not ask cannot make the server read a body', async () => {
  await using world = await openWorld();
  let read = false;
  const request = {
    ...requestOf('POST', '/v1/admin/import', { headers: { 'content-type': 'text/csv' } }),
    body: async () => {
      read = true;
      return { kind: 'too-large' } as const;
    },
  };
  expect((await world.server.answer(request)).status).toBe(401);
  expect(read).toBe(false);
});

test.each(['', 'Bearer', 'Bearer wrong', 'Basic YWRhOng=', `bearer ${'x'.repeat(5000)}`, 'Bearer a b'])(
  'Authorization: %j is 401 with a challenge',
  async (authorization) => {
    await using here = await inside();
    const { world } = here;
    const reply = await world.ask('GET', '/v1/book', { headers: { authorization } });
    expect(reply).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Bearer realm="example.com", error="invalid_token"' },
    });
  },
);

test('an employee is no administrator, and the administrator has no session to end', async () => {
  await using here = await inside();
  const { world, token, ada } = here;
  const mine = { token: administratorToken };
  expect((await world.ask('GET', '/v1/admin/accounts', { token })).status).toBe(403);
  expect((await world.ask('GET', `/v1/admin/persons/${ada}`, { token })).status).toBe(403);
  expect((await world.ask('DELETE', '/v1/session', mine)).status).toBe(403);
  expect((await world.ask('GET', '/v1/book', mine)).status).toBe(200);
  expect((await world.ask('GET', `/v1/admin/persons/${ada}`, mine)).text).toContain('030 1');
});

test('the accounts of the administrator: added, listed, refused with the reason', async () => {
  await using here = await inside();
  const { world, ben } = here;
  const token = administratorToken;
  const put = (user: string, body: unknown): ReturnType<typeof world.ask> =>
    world.ask('PUT', `/v1/admin/accounts/${user}`, { token, body });
  expect((await put('EVE%40example.com', { password: 'long enough', person: ben })).status).toBe(201);
  const listed = (await world.ask('GET', '/v1/admin/accounts', { token })).json();
  expect(listed).toMatchObject({
    accounts: [
      { user: 'ben', sessions: 1 },
      { user: 'eve@example.com', person: ben },
    ],
  });
  expect(JSON.stringify(listed)).not.toMatch(/argon2|password/i);
  expect((await put('eve', { password: 'short' })).json()).toMatchObject({ detail: expect.stringMatching(/8/) });
  expect((await put('eve', { password: 'long enough', admin: true })).status).toBe(400);
  expect((await put('eve', { password: 'long enough', person: 'nobody' })).status).toBe(409);
  expect((await put('%0A', { password: 'long enough' })).status).toBe(400);
});

test('what cannot be done in a book that follows a directory is 409 with the reason', async () => {
  await using here = await inside();
  const { world, ada } = here;
  const token = administratorToken;
  const answers = await Promise.all([
    world.ask('POST', '/v1/admin/persons', { token, body: { fields: { name: 'Eve' } } }),
    world.ask('PATCH', `/v1/admin/persons/${ada}`, { token, body: { fields: { title: null } } }),
    world.ask('DELETE', `/v1/admin/persons/${ada}`, { token }),
    world.ask('POST', '/v1/admin/import', { token, body: 'name\nEve', headers: { 'content-type': 'text/csv' } }),
    world.ask('POST', '/v1/admin/holds/h1/approve', { token }),
  ]);
  for (const answer of answers) expect(answer).toMatchObject({ status: 409 });
  const unknown = { token, body: { fields: { shoeSize: '42' } } };
  expect((await world.ask('POST', '/v1/admin/persons', unknown)).text).toMatch(/not a field/);
});

test('the brake’s holds name those who would be removed, or lose a field', async () => {
  await using here = await inside();
  const { world, ada } = here;
  const removal = { key: sourceKey(`key of ${ada}`), person: ada };
  const hold = {
    id: holdId('h1'),
    source: embedded,
    reason: 'half the book would go',
    at: morning,
    removals: [removal],
  };
  await world.changeLog.append({ source: embedded, at: morning, changes: [], wait: [removal] });
  await world.changeLog.append({ source: embedded, at: morning, changes: [], hold });
  const field = { id: holdId('h2'), source: embedded, reason: 'no mail', at: morning, field: 'mail' } as const;
  const holdFields = [{ ...field, persons: [removal] }];
  await world.changeLog.append({ source: embedded, at: morning, changes: [], holdFields });
  expect((await world.ask('GET', '/v1/admin/holds', { token: administratorToken })).json()).toEqual({
    holds: [{ ...hold, removals: [{ ...removal, name: 'Ada Lovelace' }] }],
    fields: [{ ...field, persons: [{ ...removal, name: 'Ada Lovelace' }] }],
    approved: [],
  });
  const odd = await world.ask('POST', '/v1/admin/holds/h%2F1/reject', { token: administratorToken });
  expect(odd.status).toBe(404);
});

test('health is plain, and says which sources there are but not what they tell', async () => {
  await using here = await inside();
  const { world, book } = here;
  expect((await world.ask('GET', '/health')).json()).toEqual({
    ok: true,
    draining: false,
    book,
    revision: 2,
    subscriptions: 0,
    sources: [{ source: 'embedded', state: 'ready' }],
  });
});

test('a terminal that has a revision which the log has not is reported once and stays on /health, without a 503', async () => {
  await using here = await inside();
  const { world, token, book, tag } = here;
  const come = async (has: string, as = token): Promise<void> => {
    await world.ask('GET', '/v1/changes', { query: 'after=2', token: as, headers: { 'if-none-match': has } });
  };
  const other = '"0b0e0a52-6a0d-4d8e-9d0e-000000000009.7"';
  for (const has of ['', '*', '"', tag(1), tag(2), other, `"${book}.-7"`, `"${book}.9e9"`, '"'.repeat(10_000)])
    await come(has);
  await come(tag(9), 'nobody');
  await come(tag(9), administratorToken);
  expect((await world.ask('GET', '/health')).json()).not.toHaveProperty('behind');
  for (const has of [tag(7), tag(5), `W/${tag(9)}`, tag(8)]) await come(has);
  const health = await world.ask('GET', '/health');
  expect(health.status).toBe(200);
  expect(health.json()).toMatchObject({
    ok: true,
    behind: { revision: 9, advice: expect.stringContaining('restore') },
  });
  expect(world.facts.filter(({ kind }) => kind === 'behind')).toEqual([
    { kind: 'behind', user: 'ben', has: 7, revision: 2 },
  ]);
});

/** `log` on a disk that fails when persons are looked up. */
const onFailingDisk = (log: ChangeLog): ChangeLog =>
  new Proxy(log, {
    get: (target, name) => {
      if (name === 'lookUp') return () => Promise.reject(new HostFault('/secret/path: the disk failed to read'));
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });

test('a store that cannot be read is 503 with Retry-After, told to the report and not to the asker', async () => {
  await using world = await openWorld({ changeLog: onFailingDisk(openSqliteChangeLog({ path: ':memory:' })) });
  const reply = await world.ask('GET', '/v1/persons', { query: 'search=ada', token: administratorToken });
  expect(reply).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
  expect(reply.text).not.toContain('secret');
  expect(world.facts).toMatchObject([{ kind: 'unavailable', path: '/v1/persons', fault: { blame: 'host' } }]);
});
