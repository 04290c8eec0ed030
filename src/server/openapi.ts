// The OpenAPI 3.1 document, made from the table of routes and the schemas that the answers are held to.

import { toJsonSchema } from '@valibot/to-json-schema';
import type { GenericSchema } from 'valibot';
import { problemSchema } from '../wire/problem.ts';
import { json } from './http-message.ts';
import type { QueryParameter, Route, Who } from './http-routes.ts';

type Json = Readonly<Record<string, unknown>>;

// What crosses the wire is the schema's input; a check or a transformation has no like in JSON Schema.
function described(schema: GenericSchema | null): Json {
  if (schema === null) return { type: 'string' };
  const made = toJsonSchema(schema, { typeMode: 'input', errorMode: 'ignore', target: 'draft-2020-12' });
  // The document says itself which JSON Schema it means.
  return Object.fromEntries(Object.entries(made).filter(([name]) => name !== '$schema'));
}

const content = (types: Readonly<Record<string, GenericSchema | null>>): Json => {
  const byType = new Map<string, Json[]>();
  // `application/json; with=entries` is the same media type with another shape.
  for (const [name, schema] of Object.entries(types)) {
    const type = name.split(';', 1)[0] ?? name;
    const shape = schema === null && type === 'application/json' ? { type: 'object' } : described(schema);
    byType.set(type, [...(byType.get(type) ?? []), shape]);
  }
  return Object.fromEntries(
    [...byType].map(([type, shapes]) => [type, { schema: shapes.length === 1 ? shapes[0] : { anyOf: shapes } }]),
  );
};

const problemAnswer: Json = {
  description: 'A problem document (RFC 9457)',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

const mayAsk: Readonly<Record<Who, readonly Json[]>> = {
  anyone: [],
  session: [{ session: [] }],
  reader: [{ session: [] }, { administrator: [] }],
  administrator: [{ administrator: [] }],
};

const parameterOf = ({ name, what, required, integer }: QueryParameter): Json => ({
  name,
  in: 'query',
  description: what,
  required: required ?? false,
  schema: integer ? { type: 'integer', minimum: 0 } : { type: 'string' },
});

/** What generators of clients call the function, and links refer to: `getPersonsById`. */
function operationIdOf({ method, path }: Route): string {
  const words =
    path
      .replace(/^\/v1\//, '')
      .replaceAll(/\{(\w+)\}/g, 'by-$1')
      .match(/[A-Za-z0-9]+/g) ?? [];
  return [method.toLowerCase(), ...words.map((word) => word.charAt(0).toUpperCase() + word.slice(1))].join('');
}

function operationOf(route: Route): Json {
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  const parameters = [
    ...names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
    ...(route.query ?? []).map(parameterOf),
  ];
  const answers = Object.entries(route.answers).map(([status, types]): [string, Json] => [
    status,
    Object.keys(types).length === 0 ? { description: 'Done' } : { description: route.summary, content: content(types) },
  ]);
  const notModified: readonly [string, Json][] = route.asOfHead
    ? [['304', { description: 'Nothing is new since the entity tag in If-None-Match' }]]
    : [];
  return {
    operationId: operationIdOf(route),
    summary: route.summary,
    security: mayAsk[route.who],
    ...(parameters.length > 0 && { parameters }),
    ...(route.body && { requestBody: { required: true, content: content(route.body.types) } }),
    responses: { ...Object.fromEntries([...answers, ...notModified]), default: problemAnswer },
  };
}

export function openApiDocument(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method.toLowerCase()] = operationOf(route);
  return {
    openapi: '3.1.0',
    info: { title: 'Rollcall', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    // Wherever the document came from; behind a proxy too.
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: { Problem: described(problemSchema) },
      securitySchemes: {
        session: { type: 'http', scheme: 'bearer', description: 'The token of POST /v1/session' },
        administrator: { type: 'http', scheme: 'bearer', description: "The administrator's token" },
      },
    },
  };
}

/** The route of the document itself, which describes it too. */
export function withOpenApi(routes: readonly Route[], version: string): readonly Route[] {
  let text: string | undefined;
  const all: readonly Route[] = [
    ...routes,
    {
      method: 'GET',
      path: '/v1/openapi.json',
      who: 'anyone',
      summary: 'This document',
      answers: { 200: { 'application/json': null } },
      act: async () => {
        text ??= JSON.stringify(openApiDocument(all, version));
        const headers = { ...json({}).headers, 'cache-control': 'no-cache' };
        return { status: 200, headers, body: text };
      },
    },
  ];
  return all;
}
