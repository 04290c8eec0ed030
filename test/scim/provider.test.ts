// The service provider over its real store, without HTTP.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { wallTime } from '../../src/base/time.ts';
import { openSqliteResources, type SqliteResources } from '../../src/node/sqlite-resources.ts';
import type { Complex } from '../../src/scim/attributes.ts';
import { errorDocument, ScimProvider } from '../../src/scim/provider.ts';
import { resourceId } from '../../src/scim/resource-store.ts';
import { enterpriseSchema, groupSchema, userSchema } from '../../src/scim/schema.ts';
import { ScimFault } from '../../src/scim/scim-fault.ts';

interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

const base = 'https://book.example.com/scim/v2/hr';

class Client {
  readonly store: SqliteResources = openSqliteResources(':memory:');
  written = 0;
  turns = 0;
  now = 1_700_000_000_000;
  #ids = 0;
  readonly #provider = new ScimProvider({
    store: this.store,
    newId: () => resourceId(`id${(this.#ids += 1)}`),
    written: () => (this.written += 1),
    turn: async () => (this.turns += 1),
  });

  async ask(
    method: string,
    target: string,
    body?: unknown,
    headers: { ifMatch?: string; ifNoneMatch?: string } = {},
  ): Promise<Got> {
    const [path = '', query = ''] = target.split('?', 2);
    this.now += 1000;
    try {
      const answer = await this.#provider.answer({
        method,
        path: path.slice(1).split('/'),
        query: new Map(new URLSearchParams(query)),
        ...headers,
        base,
        at: wallTime(this.now),
        body: async () => (typeof body === 'string' ? body : JSON.stringify(body)),
      });
      // As it goes over the wire.
      return { ...answer, body: JSON.parse(JSON.stringify(answer.document ?? {})) as Got['body'] };
    } catch (fault) {
      if (!(fault instanceof ScimFault)) throw fault;
      const allow = fault.allow === undefined ? {} : { allow: fault.allow };
      return { status: fault.status, headers: allow, body: errorDocument(fault) as Got['body'] };
    }
  }

  async add(userName: string, more: Complex = {}): Promise<string> {
    const { status, body } = await this.ask('POST', '/Users', { schemas: [userSchema], userName, ...more });
    expect(status).toBe(201);
    return String(body['id']);
  }
}

let client: Client;
beforeEach(() => {
  client = new Client();
});
afterEach(() => client.store[Symbol.asyncDispose]());

const found = async (target: string): Promise<readonly unknown[]> => {
  const { body } = await client.ask('GET', target);
  const resources = body['Resources'] as readonly Complex[];
  expect(body['itemsPerPage']).toBe(resources.length);
  return resources.map((each) => each['userName'] ?? each['displayName']);
};

test('what was written is given back as it was written, without the password, with what is the provider’s to say', async () => {
  const written = {
    userName: 'Ada',
    externalId: 'A-1',
    displayName: 'Ada Lovelace',
    emails: [{ type: 'work', value: 'ada@example.com', primary: true }],
    roles: [],
    [enterpriseSchema]: { employeeNumber: '17', manager: { value: 'boss', displayName: 'Boss' } },
    'urn:example:2.0:Own': { badge: 'B7', deep: { deeper: ['x', 1, true] } },
    locale: 'en-US',
  };
  const more = { id: 'mine', meta: { resourceType: 'User' }, groups: [{ value: 'g' }], password: '1mz050nq' };
  const { status, headers, body } = await client.ask('POST', '/Users', { schemas: [userSchema], ...written, ...more });
  expect([status, headers['location'], headers['etag']]).toEqual([201, `${base}/Users/id1`, 'W/"1"']);
  const { roles: _, ...kept } = written;
  expect(body).toEqual({
    schemas: [userSchema, enterpriseSchema, 'urn:example:2.0:Own'],
    id: 'id1',
    ...kept,
    meta: {
      resourceType: 'User',
      created: '2023-11-14T22:13:21.000Z',
      lastModified: '2023-11-14T22:13:21.000Z',
      location: `${base}/Users/id1`,
      version: 'W/"1"',
    },
  });
  expect((await client.ask('GET', '/Users/id1')).body).toEqual(body);
});

test('a userName is one user’s, in great and small letters, also when it is altered; it is free when the user is removed', async () => {
  const ada = await client.add('Ada@example.com');
  const ben = await client.add('ben@example.com');
  const taken = await client.ask('POST', '/Users', { userName: 'ADA@example.com' });
  expect(taken).toMatchObject({
    status: 409,
    body: { status: '409', scimType: 'uniqueness', schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'] },
  });
  const rename = { Operations: [{ op: 'replace', path: 'userName', value: 'ada@EXAMPLE.com' }] };
  expect((await client.ask('PATCH', `/Users/${ben}`, rename)).status).toBe(409);
  expect((await client.ask('PATCH', `/Users/${ada}`, rename)).status).toBe(200);
  expect((await client.ask('PUT', `/Users/${ben}`, { userName: 'Ada@example.com' })).status).toBe(409);
  expect((await client.ask('GET', `/Users/${ben}`)).body['userName']).toBe('ben@example.com');
  expect((await client.ask('DELETE', `/Users/${ada}`)).status).toBe(204);
  expect((await client.ask('DELETE', `/Users/${ada}`)).status).toBe(404);
  await client.add('ada@example.com');
});

test('a filter by an identifier is answered by an index; any other looks through all, with turns in between', async () => {
  for (let count = 0; count < 250; count += 1)
    await client.add(`p${count}`, { title: count % 100 === 0 ? 'Boss' : 'Clerk', externalId: `x${count % 3}` });
  client.turns = 0;
  expect(await found('/Users?filter=userName eq "P7"')).toEqual(['p7']);
  expect(await found('/Users?filter=id eq "id8" and title eq "Clerk"')).toEqual(['p7']);
  expect(await found('/Users?filter=id eq "id8" and title eq "Boss"')).toEqual([]);
  expect(await found('/Users?filter=title eq "Boss" and externalId eq "x1"')).toEqual(['p100']);
  expect(await found('/Users?filter=externalId eq "X1"')).toEqual([]);
  expect(client.turns).toBe(0);
  expect(await found('/Users?filter=title eq "boss"')).toEqual(['p0', 'p100', 'p200']);
  expect(client.turns).toBeGreaterThan(1);
});

test('pages have 1 as their first index, and go on to the end; what is less than it is 1, and no count is too large', async () => {
  for (let count = 0; count < 205; count += 1) await client.add(`p${count}`);
  const page = async (query: string) => {
    const { body } = await client.ask('GET', `/Users?${query}`);
    const names = (body['Resources'] as readonly Complex[]).map((each) => each['userName']);
    return [body['totalResults'], body['startIndex'], body['itemsPerPage'], names[0], names.at(-1)];
  };
  expect(await page('startIndex=1&count=100')).toEqual([205, 1, 100, 'p0', 'p99']);
  expect(await page('startIndex=201&count=100')).toEqual([205, 201, 5, 'p200', 'p204']);
  expect(await page('startIndex=206')).toEqual([205, 206, 0, undefined, undefined]);
  expect(await page('startIndex=-5&count=1')).toEqual([205, 1, 1, 'p0', 'p0']);
  expect(await page('count=0')).toEqual([205, 1, 0, undefined, undefined]);
  expect(await page('count=-1')).toEqual([205, 1, 0, undefined, undefined]);
  expect(await page('count=99999')).toEqual([205, 1, 200, 'p0', 'p199']);
  expect(await page('filter=userName sw "p2"&startIndex=3&count=2')).toEqual([16, 3, 2, 'p21', 'p22']);
  expect((await client.ask('GET', '/Users?count=many')).body['scimType']).toBe('invalidValue');
});

test('large groups are given a few at a time, one at least', async () => {
  const members = Array.from({ length: 1200 }, (_, number) => ({ value: `${number}-${'x'.repeat(2000)}` }));
  for (const displayName of ['one', 'two', 'three']) await client.ask('POST', '/Groups', { displayName, members });
  expect(await found('/Groups?count=3')).toEqual(['one', 'two']);
  expect(await found('/Groups?startIndex=3&count=3')).toEqual(['three']);
  const add = {
    Operations: [{ op: 'add', path: 'members', value: members.map(({ value }) => ({ value: `${value}+` })) }],
  };
  expect((await client.ask('PATCH', '/Groups/id1', add)).status).toBe(413);
  expect(((await client.ask('GET', '/Groups/id1')).body['members'] as readonly unknown[]).length).toBe(1200);
});

test('attributes are chosen and left out; id and schemas are always there', async () => {
  const id = await client.add('ada', {
    name: { givenName: 'Ada', familyName: 'King' },
    title: 'Countess',
    [enterpriseSchema]: { department: 'Sums', division: 'X' },
  });
  const one = async (query: string) => (await client.ask('GET', `/Users/${id}?${query}`)).body;
  const always = { schemas: [userSchema, enterpriseSchema], id };
  expect(await one('attributes=userName,name.givenName')).toEqual({
    ...always,
    userName: 'ada',
    name: { givenName: 'Ada' },
  });
  expect(await one(`attributes=${enterpriseSchema}:department`)).toEqual({
    ...always,
    [enterpriseSchema]: { department: 'Sums' },
  });
  expect(await one('attributes=nobody')).toEqual(always);
  expect(Object.keys(await one('excludedAttributes=meta,name.familyName,id'))).toEqual([
    'schemas',
    'id',
    'userName',
    'name',
    'title',
    enterpriseSchema,
  ]);
  expect(await one(`excludedAttributes=${enterpriseSchema},name.familyName`)).toMatchObject({
    name: { givenName: 'Ada' },
  });
  expect((await one('attributes=a[')).scimType).toBe('invalidPath');
  await client.ask('POST', '/Groups', { displayName: 'Sales', members: [{ value: id }] });
  const { body } = await client.ask('GET', '/Groups?excludedAttributes=members&filter=displayName eq "SALES"');
  expect(body['Resources']).toMatchObject([{ id: 'id2', displayName: 'Sales', schemas: [groupSchema] }]);
  expect(JSON.stringify(body)).not.toContain('members');
});

describe('versions (RFC 7644 §3.14)', () => {
  test('each alteration has a new one, and what alters nothing has none', async () => {
    const id = await client.add('ada');
    const title = (value: string) =>
      client.ask('PATCH', `/Users/${id}`, { Operations: [{ op: 'replace', path: 'title', value }] });
    const first = await title('Countess');
    const again = await title('Countess');
    expect(first.headers['etag']).not.toBe('W/"1"');
    expect(again).toEqual(first);
    expect((await client.ask('GET', `/Users/${id}`, undefined, { ifNoneMatch: 'W/"1"' })).status).toBe(200);
    const tag = first.headers['etag'] ?? '';
    expect(await client.ask('GET', `/Users/${id}`, undefined, { ifNoneMatch: tag })).toMatchObject({
      status: 304,
      headers: { etag: tag },
      body: {},
    });
  });

  test('what was to be altered as it was, and has changed, is not: 412', async () => {
    const id = await client.add('ada');
    const put = (ifMatch: string) =>
      client.ask('PUT', `/Users/${id}`, { userName: 'ada', title: ifMatch }, { ifMatch });
    expect((await put('W/"1"')).status).toBe(200);
    expect((await put('W/"1"')).status).toBe(412);
    expect((await client.ask('DELETE', `/Users/${id}`, undefined, { ifMatch: 'W/"1"' })).status).toBe(412);
    expect((await put('*')).status).toBe(200);
    expect((await client.ask('DELETE', `/Users/${id}`, undefined, { ifMatch: 'W/"1", W/"3"' })).status).toBe(204);
  });
});

test('PUT replaces all that a client may write, and makes nobody', async () => {
  const id = await client.add('ada', { title: 'Countess', active: false });
  const { status, body } = await client.ask('PUT', `/Users/${id}`, {
    id: 'another',
    userName: 'ada',
    displayName: 'Ada',
  });
  expect([status, body['id'], body['title'], body['active'], body['displayName']]).toEqual([
    200,
    id,
    undefined,
    undefined,
    'Ada',
  ]);
  expect((await client.ask('PUT', '/Users/nobody', { userName: 'x' })).status).toBe(404);
  expect((await client.ask('PATCH', '/Users/nobody', { Operations: [{ op: 'remove', path: 'title' }] })).status).toBe(
    404,
  );
});

test('a user is not found among the groups, nor a group among the users', async () => {
  const id = await client.add('ada', { displayName: 'Ada' });
  for (const method of ['GET', 'DELETE']) expect((await client.ask(method, `/Groups/${id}`)).status).toBe(404);
  expect((await client.ask('PUT', `/Groups/${id}`, { displayName: 'x' })).status).toBe(404);
  expect(await found('/Groups?filter=displayName eq "Ada"')).toEqual([]);
  expect((await client.ask('GET', '/Groups')).body['totalResults']).toBe(0);
});

test('discovery says what there is (RFC 7644 §4), in lists, with nothing that is null', async () => {
  const config = await client.ask('GET', '/ServiceProviderConfig');
  expect(config.body).toMatchObject({
    patch: { supported: true },
    bulk: { supported: false },
    filter: { supported: true, maxResults: 200 },
    etag: { supported: true },
  });
  const schemas = await client.ask('GET', '/Schemas');
  expect(schemas.body['totalResults']).toBe(3);
  expect(JSON.stringify(schemas.body)).not.toContain('null');
  const one = await client.ask('GET', `/Schemas/${enterpriseSchema}`);
  expect(one.body).toMatchObject({ id: enterpriseSchema, name: 'EnterpriseUser' });
  expect((await client.ask('GET', '/ResourceTypes')).body['Resources']).toMatchObject([
    { id: 'User', endpoint: '/Users', schemaExtensions: [{ schema: enterpriseSchema, required: false }] },
    { id: 'Group', endpoint: '/Groups' },
  ]);
  expect((await client.ask('GET', '/ResourceTypes/Group')).body['schema']).toBe(groupSchema);
});

test('what is not there, not offered or not readable is said in a SCIM error', async () => {
  const id = await client.add('ada');
  const refused = async (...asked: Parameters<Client['ask']>) => {
    const { status, body } = await client.ask(...asked);
    expect(body).toMatchObject({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: String(status),
      detail: expect.any(String),
    });
    return [status, body['scimType']];
  };
  expect(await refused('GET', '/Users/nobody')).toEqual([404, undefined]);
  expect(await refused('GET', `/Users/${id}/name`)).toEqual([404, undefined]);
  for (const target of ['/Me', '/Bulk', '/', '/Schemas/nothing', '/constructor', '/ServiceProviderConfig/x', '/users'])
    expect(await refused('GET', target)).toEqual([404, undefined]);
  expect(await refused('DELETE', '/Users')).toEqual([405, undefined]);
  expect((await client.ask('POST', `/Users/${id}`)).headers['allow']).toBe('GET, HEAD, PUT, PATCH, DELETE');
  expect(await refused('POST', '/Schemas')).toEqual([405, undefined]);
  expect(await refused('POST', '/Users', '{"userName":')).toEqual([400, 'invalidSyntax']);
  expect(await refused('POST', '/Users', '[]')).toEqual([400, 'invalidSyntax']);
  expect(await refused('POST', '/Users', '"x"')).toEqual([400, 'invalidSyntax']);
  expect(await refused('POST', '/Users', '['.repeat(1_000_000))).toEqual([400, 'invalidSyntax']);
  expect(await refused('POST', '/Users', `{"userName":"x","a":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`)).toEqual([
    400,
    'invalidSyntax',
  ]);
  expect(await refused('POST', '/Users', {})).toEqual([400, 'invalidValue']);
  expect(await refused('POST', '/Users', { userName: '  ' })).toEqual([400, 'invalidValue']);
  expect(await refused('POST', '/Users', { userName: 'x'.repeat(257) })).toEqual([400, 'invalidValue']);
  expect(await refused('POST', '/Users', { userName: 'x', emails: [{ value: { value: 'x' } }] })).toEqual([
    400,
    'invalidValue',
  ]);
  expect(await refused('POST', '/Users', { userName: 'x', [enterpriseSchema]: 'x' })).toEqual([400, 'invalidValue']);
  expect(await refused('POST', '/Groups', { members: [] })).toEqual([400, 'invalidValue']);
  expect(await refused('GET', '/Users?filter=userName is "x"')).toEqual([400, 'invalidFilter']);
  expect(client.written).toBe(1);
});
