// Provisioning by SCIM, over HTTP, into a server that runs: what Entra ID and Okta send as their documentation shows it, what
// nobody should send, and a server that is killed while it is provisioned.

import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AdminClient } from '../../src/apps/admin-client.ts';
import { startServer, type RunningServer } from '../../src/apps/serve.ts';
import { previewSource } from '../../src/apps/source-preview.ts';
import { readConfig } from '../../src/node/config.ts';
import { createReport } from '../../src/node/report.ts';
import { tokenFileOf } from '../../src/node/running.ts';
import { enterpriseSchema, groupSchema, userSchema } from '../../src/scim/schema.ts';
import { doneSchema, holdsSchema, sourcesSchema, type SourceReport } from '../../src/wire/admin.ts';
import { lookUpAnswerSchema, type PersonEntry } from '../../src/wire/http.ts';
import { spawnServer } from './server-process.ts';
import { until } from './waiting.ts';
import { freePort } from './world.ts';

const entraToken = 'a-token-of-entra-that-nobody-guesses';
const oktaToken = 'a-token-of-okta-that-nobody-guesses';
const newToken = 'another-token-that-nobody-guesses';
const patchSchema = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

interface Got {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- what a client of another maker reads
  readonly body: any;
}

class House {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'rollcall-scim-'));
  readonly lines: string[] = [];
  readonly tokenFile: string = join(this.folder, 'token');
  ports = { http: 0, sip: 0 };
  #server: RunningServer | undefined;

  get data(): string {
    return join(this.folder, 'data');
  }
  get url(): string {
    return `http://127.0.0.1:${this.ports.http}`;
  }
  get config(): string {
    return join(this.folder, 'rollcall.yaml');
  }

  write(more: object = {}): void {
    const brake = { count: 2, percent: 0, settleSeconds: 1 };
    const sources = [
      { name: 'entra', kind: 'scim', tokenFile: this.tokenFile, brake, ...more },
      { name: 'okta', kind: 'scim', tokenHash: createHash('sha256').update(oktaToken).digest('hex'), brake },
    ];
    const sip = { port: this.ports.sip, domain: 'example.com' };
    writeFileSync(this.config, JSON.stringify({ data: this.data, http: { port: this.ports.http }, sip, sources }));
  }

  async start(): Promise<void> {
    const report = createReport('info', { write: (line) => this.lines.push(line) });
    this.#server = await startServer(readConfig(this.config, {}, {}), report);
  }

  async stop(): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
    this.#server = undefined;
  }

  get #admin(): AdminClient {
    return new AdminClient({ data: this.data, server: this.url, tokenFile: tokenFileOf(this.data) });
  }

  async source(name: string): Promise<SourceReport> {
    const { sources } = await this.#admin.ask({ method: 'GET', path: '/v1/admin/sources', answer: sourcesSchema });
    const found = sources.find(({ source }) => source === name);
    if (found === undefined) throw new Error(`no source ${name}`);
    return found;
  }

  async holds() {
    return (await this.#admin.ask({ method: 'GET', path: '/v1/admin/holds', answer: holdsSchema })).holds;
  }

  approve(hold: string): Promise<unknown> {
    return this.#admin.ask({ method: 'POST', path: `/v1/admin/holds/${hold}/approve`, answer: doneSchema });
  }

  async person(name: string): Promise<PersonEntry | undefined> {
    const path = `/v1/persons?search=${encodeURIComponent(name)}`;
    return (await this.#admin.ask({ method: 'GET', path, answer: lookUpAnswerSchema })).persons[0];
  }

  /** The person by this name, once the fields are these. */
  becomes(name: string, fields: object): Promise<PersonEntry | undefined> {
    return until(
      `${name} is ${JSON.stringify(fields)}`,
      () => this.person(name),
      (found) =>
        found?.fields.name === name &&
        Object.entries(fields).every(([field, value]) => found.fields[field as 'name'] === value),
    );
  }

  counts(name: string, persons: number): Promise<unknown> {
    return until(
      `${persons} persons of ${name}`,
      () => this.source(name),
      (found) => found.persons === persons,
    );
  }

  async ask(
    source: string,
    method: string,
    path: string,
    more: { body?: unknown; token?: string; headers?: Record<string, string> } = {},
  ): Promise<Got> {
    const { body, token = source === 'okta' ? oktaToken : entraToken, headers = {} } = more;
    const answer = await fetch(`${this.url}/scim/v2/${source}${path}`, {
      method,
      headers: {
        ...(token !== '' && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/scim+json; charset=utf-8' }),
        ...headers,
      },
      ...(body !== undefined && {
        body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
      }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) };
  }
}

const house = new House();

beforeAll(async () => {
  house.ports = { http: await freePort(), sip: await freePort() };
  writeFileSync(house.tokenFile, `${entraToken}\n`);
  house.write();
  await house.start();
});
afterAll(async () => {
  await house.stop();
  rmSync(house.folder, { recursive: true });
});

const filtered = (path: string, filter: string): string => `${path}?filter=${encodeURIComponent(filter)}`;
const patch = (...Operations: readonly object[]): object => ({ schemas: [patchSchema], Operations });

describe.each([
  ['as it is', (op: string) => op],
  ['with aadOptscim062020', (op: string) => op.toLowerCase()],
])('Entra ID, %s', (how, op) => {
  const strict = how !== 'as it is';
  const userName = `grace.${strict ? 'strict' : 'usual'}@example.com`;
  const name = `Grace ${strict ? 'Strict' : 'Usual'}`;
  const entra = (method: string, path: string, body?: object) => house.ask('entra', method, path, body && { body });

  test('a user is looked for, created, given a manager, altered, disabled and enabled again as the same person', async () => {
    const probe = await entra('GET', filtered('/Users', 'userName eq "b4fa7c1e-0000-4000-8000-000000000000"'));
    expect(probe).toMatchObject({ status: 200, body: { totalResults: 0, Resources: [], startIndex: 1 } });
    expect(probe.headers.get('content-type')).toBe('application/scim+json');
    const created = await entra('POST', '/Users', {
      schemas: [userSchema, enterpriseSchema],
      externalId: `grace-${how}`,
      userName,
      active: true,
      displayName: name,
      emails: [{ primary: true, type: 'work', value: userName }],
      meta: { resourceType: 'User' },
      name: { formatted: name, familyName: 'Hopper', givenName: 'Grace' },
      roles: [],
      [enterpriseSchema]: { employeeNumber: `17-${how}`, department: 'Compilers' },
    });
    expect(created.status).toBe(201);
    const { id } = created.body;
    expect(created.headers.get('location')).toBe(`${house.url}/scim/v2/entra/Users/${id}`);
    const person = await house.becomes(name, { mail: userName, department: 'Compilers', surname: 'Hopper' });
    const boss = await entra('POST', '/Users', { userName: `boss-${how}`, displayName: `Boss ${how}`, active: 'True' });
    const managed = await entra(
      'PATCH',
      `/Users/${id}`,
      patch({
        op: op('Add'),
        path: `${enterpriseSchema}:manager`,
        value: strict
          ? boss.body.id
          : [{ $ref: `${house.url}/scim/v2/entra/Users/${boss.body.id}`, value: boss.body.id }],
      }),
    );
    expect(managed.status).toBe(200);
    const manager = (await house.becomes(`Boss ${how}`, {}))?.id;
    await house.becomes(name, { manager });
    // How it asks whether a reference has a value.
    const asked = filtered('/Users', `id eq "${id}" and manager eq "${boss.body.id}"`);
    expect((await entra('GET', `${asked}&attributes=id`)).body.Resources).toEqual([
      { schemas: [userSchema, enterpriseSchema], id },
    ]);
    const altered = await entra(
      'PATCH',
      `/Users/${id}`,
      strict
        ? patch(
            { op: 'replace', path: 'emails[type eq "work"].value', value: `new.${userName}` },
            { op: 'add', path: 'phoneNumbers[type eq "mobile"].value', value: '+86 139 1234 5678' },
            {
              op: 'replace',
              value: { title: 'Admiral', 'name.familyName': 'Murray', [`${enterpriseSchema}:department`]: 'Navy' },
            },
          )
        : patch(
            { op: 'Replace', path: 'emails[type eq "work"].value', value: `new.${userName}` },
            { op: 'Add', path: 'phoneNumbers[type eq "mobile"].value', value: '+86 139 1234 5678' },
            { op: 'Add', path: 'title', value: 'Admiral' },
            { op: 'Replace', path: 'name.familyName', value: 'Murray' },
            { op: 'Replace', path: `${enterpriseSchema}:department`, value: 'Navy' },
          ),
    );
    expect(altered).toMatchObject({
      status: 200,
      body: { title: 'Admiral', emails: [{ value: `new.${userName}`, primary: true }] },
    });
    await house.becomes(name, {
      title: 'Admiral',
      department: 'Navy',
      surname: 'Murray',
      mobileTelephone: '+86 139 1234 5678',
    });
    const { persons } = await house.source('entra');
    const active = (is: boolean) =>
      patch({ op: op('Replace'), path: 'active', value: strict ? is : is ? 'True' : 'False' });
    expect(await entra('PATCH', `/Users/${id}`, active(false))).toMatchObject({ status: 200, body: { active: false } });
    await house.counts('entra', persons - 1);
    expect(
      (await entra('GET', filtered('/Users', `userName eq "${userName.toUpperCase()}"`))).body.Resources,
    ).toMatchObject([{ id, active: false }]);
    await entra('PATCH', `/Users/${id}`, active(true));
    expect((await house.becomes(name, { title: 'Admiral', manager }))?.id).toBe(person?.id);
  });

  test('a group is looked for without its members, created, filled, emptied and removed', async () => {
    const displayName = `Group ${how}`;
    const search = `${filtered('/Groups', `displayName eq "${displayName}"`)}&excludedAttributes=members`;
    expect((await entra('GET', search)).body.totalResults).toBe(0);
    const created = await entra('POST', '/Groups', {
      schemas: [groupSchema],
      externalId: displayName,
      displayName,
      meta: { resourceType: 'Group' },
    });
    const group = `/Groups/${created.body.id}`;
    expect(
      (
        await entra(
          'PATCH',
          group,
          patch({ op: op('Add'), path: 'members', value: [{ $ref: null, value: 'u1' }, { value: 'u2' }] }),
        )
      ).status,
    ).toBe(204);
    expect((await entra('GET', `${group}?excludedAttributes=members`)).body.members).toBeUndefined();
    expect((await entra('GET', search)).body.Resources).toMatchObject([{ displayName }]);
    const gone = strict
      ? patch({ op: 'remove', path: 'members[value eq "u1"]' })
      : patch({ op: 'Remove', path: 'members', value: [{ $ref: null, value: 'u1' }] });
    expect((await entra('PATCH', group, gone)).status).toBe(204);
    expect((await entra('GET', group)).body.members).toEqual([{ value: 'u2' }]);
    expect((await entra('DELETE', group)).status).toBe(204);
    expect((await entra('GET', group)).status).toBe(404);
  });
});

describe('Okta', () => {
  const okta = (method: string, path: string, body?: object) => house.ask('okta', method, path, body && { body });
  const user = {
    schemas: [userSchema],
    userName: 'test.user@okta.local',
    name: { givenName: 'Test', familyName: 'User' },
    emails: [{ primary: true, value: 'test.user@okta.local', type: 'work' }],
    displayName: 'Test User',
    locale: 'en-US',
    externalId: '00ujl29u0le5T6Aj10h7',
    groups: [],
    password: '1mz050nq',
    active: true,
  };

  test('a user is looked for, created without the password, pushed, deactivated and activated as the same person', async () => {
    const search = `${filtered('/Users', 'userName eq "test.user@okta.local"')}&startIndex=1&count=100`;
    expect((await okta('GET', search)).body).toEqual({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
      totalResults: 0,
      startIndex: 1,
      itemsPerPage: 0,
      Resources: [],
    });
    const created = await okta('POST', '/Users', user);
    expect(created.status).toBe(201);
    expect(JSON.stringify(created.body)).not.toContain('1mz050nq');
    const { id, meta } = created.body;
    const person = await house.becomes('Test User', { mail: user.userName });
    expect(await okta('POST', '/Users', user)).toMatchObject({ status: 409, body: { scimType: 'uniqueness' } });
    const pushed = await okta('PUT', `/Users/${id}`, {
      ...user,
      id,
      meta,
      title: 'Tester',
      name: { givenName: 'Another', familyName: 'User' },
    });
    expect(pushed).toMatchObject({ status: 200, body: { id, title: 'Tester', name: { givenName: 'Another' } } });
    await house.becomes('Test User', { title: 'Tester', givenName: 'Another' });
    const active = (is: boolean) => patch({ op: 'replace', value: { active: is } });
    expect(await okta('PATCH', `/Users/${id}`, active(false))).toMatchObject({ status: 200, body: { active: false } });
    await house.counts('okta', 0);
    expect((await okta('GET', '/Users?startIndex=1&count=100')).body).toMatchObject({
      totalResults: 1,
      Resources: [{ id, active: false }],
    });
    await okta('PATCH', `/Users/${id}`, active(true));
    expect((await house.becomes('Test User', { title: 'Tester' }))?.id).toBe(person?.id);
  });

  test('a group is created with members, renamed with its ID in the value, and its members pushed', async () => {
    const created = await okta('POST', '/Groups', {
      schemas: [groupSchema],
      displayName: 'Test SCIMv2',
      members: [{ value: 'a', display: 'a@okta.local' }],
    });
    const group = `/Groups/${created.body.id}`;
    const renamed = patch({ op: 'replace', value: { id: created.body.id, displayName: 'Test SCIMv2 2' } });
    expect((await okta('PATCH', group, renamed)).status).toBe(204);
    const members = patch(
      { op: 'remove', path: 'members[value eq "a"]' },
      { op: 'add', path: 'members', value: [{ value: 'b', display: 'b@okta.local' }] },
    );
    expect((await okta('PATCH', group, members)).status).toBe(204);
    expect((await okta('GET', group)).body).toMatchObject({
      displayName: 'Test SCIMv2 2',
      members: [{ value: 'b', display: 'b@okta.local' }],
    });
    expect((await okta('GET', '/Groups?startIndex=1&count=100')).body.totalResults).toBe(1);
  });

  test('a client that deactivates everybody is answered, and the brake asks the administrator', async () => {
    const { persons } = await house.source('okta');
    const ids: string[] = [];
    for (let count = 0; count < 6; count += 1)
      ids.push((await okta('POST', '/Users', { userName: `p${count}`, displayName: `Person ${count}` })).body.id);
    await house.counts('okta', persons + 6);
    for (const id of ids)
      expect(await okta('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: false } }))).toMatchObject({
        status: 200,
        body: { active: false },
      });
    const [hold] = await until(
      'a hold',
      () => house.holds(),
      (holds) => holds.length > 0,
    );
    expect(hold?.reason).toContain(`of ${persons + 6} persons of okta would be removed`);
    expect((await house.source('okta')).persons).toBe(persons + 6);
    expect((await okta('GET', `/Users/${ids[0]}`)).body.active).toBe(false);
    // One of them is there after all.
    await okta('PATCH', `/Users/${ids[0]}`, patch({ op: 'replace', value: { active: true } }));
    await until(
      'the others',
      () => house.holds(),
      (holds) => holds[0]?.removals.length === 5,
    );
    await house.approve(hold?.id ?? '');
    await house.counts('okta', persons + 1);
  });
});

describe('who asks, and what', () => {
  test('without the source’s own token nobody is answered, nor learns which sources there are', async () => {
    const refused = async (source: string, token: string, headers: Record<string, string> = {}) => {
      const { status, body, headers: got } = await house.ask(source, 'GET', '/Users', { token, headers });
      return [status, body.schemas, body.detail, got.get('www-authenticate')];
    };
    const right = await refused('entra', '');
    expect(right).toEqual([
      401,
      ['urn:ietf:params:scim:api:messages:2.0:Error'],
      expect.any(String),
      'Bearer realm="scim"',
    ]);
    expect(await refused('entra', 'wrong')).toEqual(right);
    expect(await refused('entra', oktaToken)).toEqual(right);
    expect(await refused('okta', entraToken)).toEqual(right);
    expect(await refused('nobody', entraToken)).toEqual(right);
    expect(await refused('entra%00', entraToken)).toEqual(right);
    expect(await refused('', entraToken)).toEqual(right);
    expect(await refused('entra', '', { authorization: `Basic ${btoa(`x:${entraToken}`)}` })).toEqual(right);
    const admin = await house.ask('entra', 'GET', '/Users', {
      headers: { authorization: `Bearer ${'x'.repeat(5000)}` },
    });
    expect(admin.status).toBe(401);
    // A body of somebody without a token is not read.
    expect((await house.ask('entra', 'POST', '/Users', { token: 'wrong', body: 'x'.repeat(100_000) })).status).toBe(
      401,
    );
  });

  test('a token is changed without a restart: both lines of the file are good, then the new one alone', async () => {
    const status = async (token: string) => (await house.ask('entra', 'GET', '/Users?count=0', { token })).status;
    writeFileSync(house.tokenFile, `${entraToken}\n${newToken}\r\n\n`);
    expect([await status(entraToken), await status(newToken)]).toEqual([200, 200]);
    writeFileSync(house.tokenFile, newToken);
    expect([await status(entraToken), await status(newToken)]).toEqual([401, 200]);
    rmSync(house.tokenFile);
    const without = await house.ask('entra', 'GET', '/Users?count=0');
    expect([without.status, without.body.status, without.headers.get('retry-after')]).toEqual([503, '503', '5']);
    expect(house.lines.join('')).toContain('sources.entra.tokenFile: cannot read');
    writeFileSync(house.tokenFile, entraToken);
  });

  test('what is too large, of another type, no text or cut off is refused in a SCIM error, and nothing is written', async () => {
    const before = (await house.ask('entra', 'GET', '/Users?count=0')).body.totalResults;
    const post = async (body: unknown, headers: Record<string, string> = {}) => {
      const { status, body: got } = await house.ask('entra', 'POST', '/Users', { body, headers });
      expect(got).toMatchObject({ schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: String(status) });
      return status;
    };
    expect(await post(`{"userName":"x","title":"${'x'.repeat(4 * 1024 * 1024)}"}`)).toBe(413);
    expect(await post({ userName: 'x' }, { 'content-type': 'text/plain' })).toBe(415);
    expect(await post(Uint8Array.of(0x7b, 0xff, 0x7d))).toBe(400);
    expect(await post('{"userName":"x"')).toBe(400);
    for (const path of [
      '/Users?count=1&count=2',
      '/Users?filter=%ff',
      '/Users/%ff',
      '/Users/..%2f..%2fGroups',
      '/Users?filter=(',
    ])
      expect([400, 404]).toContain((await house.ask('entra', 'GET', path)).status);
    expect((await house.ask('entra', 'GET', '/Users?count=0')).body.totalResults).toBe(before);
    const head = await house.ask('entra', 'HEAD', '/ServiceProviderConfig');
    expect([head.status, head.body]).toEqual([200, undefined]);
  });
});

test('killed while it is provisioned, the next server has everybody whom the client was told to be stored', async () => {
  const post = async (number: number): Promise<boolean> => {
    const body = { userName: `k${number}`, displayName: `Killed ${number}`, active: number % 5 !== 0 };
    return (await house.ask('okta', 'POST', '/Users', { body }).catch(() => undefined))?.status === 201;
  };
  const { persons } = await house.source('okta');
  await house.stop();
  const server = await spawnServer(house.config);
  const told = await Promise.all(Array.from({ length: 40 }, (_, number) => post(number)));
  await server.kill();
  expect(told).not.toContain(false);
  // What is stored is what a preview has, too.
  const config = readConfig(house.config, {}, {});
  const [, okta] = config.sources;
  const preview = okta && (await previewSource(config, okta, { show: () => undefined }));
  expect(preview).toMatchObject({ source: 'okta', found: persons + 32, altered: [], removed: [], held: [] });
  await house.start();
  await house.counts('okta', persons + 32);
  await house.becomes('Killed 39', {});
  expect(
    (await house.ask('okta', 'GET', filtered('/Users', 'userName sw "k" and active eq false'))).body.totalResults,
  ).toBe(8);
  expect(await house.source('okta')).toMatchObject({
    state: 'following',
    manner: 'by what a provisioning client writes at /scim/v2/okta',
  });
});
