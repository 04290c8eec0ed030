import { expect, test } from 'vitest';
import { openWorld } from './world.ts';

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, unknown> };
}
interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly security: readonly Record<string, unknown>[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Record<string, unknown>;
}

test('every route is in the OpenAPI document, and nothing else is', async () => {
  await using world = await openWorld();
  const reply = await world.ask('GET', '/v1/openapi.json');
  const document = reply.json() as Document;
  expect(document).toMatchObject({ openapi: '3.1.0', servers: [{ url: '/' }] });
  const written = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(new Set(written)).toEqual(new Set(world.server.routes.map(({ method, path }) => `${method} ${path}`)));
  expect(written).toHaveLength(world.server.routes.length);
  for (const { method, path, answers, who } of world.server.routes) {
    const operation = document.paths[path]?.[method.toLowerCase()];
    expect(operation?.summary).not.toBe('');
    expect(operation?.security.length === 0).toBe(who === 'anyone');
    expect(Object.keys(operation?.responses ?? {})).toEqual(expect.arrayContaining(Object.keys(answers)));
    const inPath = operation?.parameters?.filter((each) => each.in === 'path').map(({ name }) => `{${name}}`) ?? [];
    expect(path.match(/\{\w+\}/g) ?? []).toEqual(inPath);
  }
});

test('every operation has a name of its own, of which a generator can make a function', async () => {
  await using world = await openWorld();
  const document = (await world.ask('GET', '/v1/openapi.json')).json() as Document;
  const names = Object.values(document.paths).flatMap((methods) =>
    Object.values(methods).map((each) => each.operationId),
  );
  expect(new Set(names).size).toBe(world.server.routes.length);
  for (const name of names) expect(name).toMatch(/^(?:get|post|put|patch|delete)[A-Z][A-Za-z0-9]+$/);
  expect(names).toEqual(expect.arrayContaining(['getPersonsById', 'getPersons', 'postPersons', 'getOpenapiJson']));
});

test('every reference in the document leads somewhere, and every schema says what it is', async () => {
  await using world = await openWorld();
  const { text } = await world.ask('GET', '/v1/openapi.json');
  const document = JSON.parse(text) as Document;
  for (const [, name = ''] of text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g))
    expect(document.components.schemas[name]).toMatchObject({ type: 'object', properties: { status: {} } });
  expect(text).not.toContain('"schema":{}');
  const own = document.paths['/v1/openapi.json']?.['get']?.responses['200'];
  expect(own).toMatchObject({ content: { 'application/json': { schema: { type: 'object' } } } });
  const changes = document.paths['/v1/changes']?.['get']?.responses['200'];
  expect(changes).toMatchObject({ content: { 'application/json': { schema: { anyOf: [{}, {}] } } } });
});
