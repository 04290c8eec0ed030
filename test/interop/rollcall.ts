// A whole server, as `rollcall serve` starts it, on free ports, with the sample enterprise.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer, type RunningServer } from '../../src/apps/serve.ts';
import type { PersonId } from '../../src/book/person-id.ts';
import { readConfig, type Overrides } from '../../src/node/config.ts';
import { createReport } from '../../src/node/report.ts';
import { administratorToken, findRunning } from '../../src/node/running.ts';
import { sessionSchema, type Session } from '../../src/wire/http.ts';
import { registrationsSchema, type RegistrationReport } from '../../src/wire/registrations.ts';
import { parseJson } from '../../src/wire/problem.ts';

/** As in docs/sip-peers.md. */
export const domain = 'example.com';

export interface Rollcall extends AsyncDisposable {
  readonly server: RunningServer;
  /** Stopped cleanly, and started again on the same folder and ports. */
  restart(): Promise<void>;
  readonly administratorToken: string;
  /** Ben's, with SIP credentials of its own; each call opens another. */
  session(): Promise<Session>;
  /** The persons of the accounts. */
  readonly ada: PersonId;
  readonly ben: PersonId;
  /** The office telephone of somebody, Ada unless given, becomes another; gives the revision that this makes. */
  change(person?: PersonId): Promise<number>;
  registrations(): Promise<readonly RegistrationReport[]>;
}

export async function openRollcall(overrides: Overrides = {}): Promise<Rollcall> {
  await using stack = new AsyncDisposableStack();
  const data = mkdtempSync(join(tmpdir(), 'interop-'));
  stack.defer(() => rmSync(data, { recursive: true }));
  const ports = { 'http.port': 0, 'sip.port': 0 };
  const config = readConfig(undefined, {}, { data, 'sip.domain': domain, ...ports, ...overrides });
  let server = await startServer(config, createReport('error'));
  stack.defer(() => server[Symbol.asyncDispose]());
  const [ada, ben] = server.accounts;
  if (ada === undefined || ben === undefined) throw new Error('the sample has no accounts');
  const token = administratorToken(data);
  // The door of this machine, whatever stands in front of the server.
  const local = findRunning(data)?.url ?? server.url;
  const authorization = `Bearer ${token}`;
  let changes = 1000;
  const whole = stack.move();
  return {
    get server() {
      return server;
    },
    restart: async () => {
      const places = { 'http.port': server.http.port, 'sip.port': server.sip[0]?.address.port };
      await server[Symbol.asyncDispose]();
      const again = readConfig(undefined, {}, { data, 'sip.domain': domain, ...overrides, ...places });
      server = await startServer(again, createReport('error'));
    },
    administratorToken: token,
    ada: ada.person,
    ben: ben.person,
    session: async () =>
      parseJson(sessionSchema, await ask(local, 'POST /v1/session', { user: 'ben', password: 'carter123' }), 'session'),
    change: async (person = ada.person) => {
      const officeTelephone = `8${(changes += 1)}`;
      const path = `/v1/admin/persons/${person}`;
      await ask(local, `PATCH ${path}`, { fields: { officeTelephone } }, authorization);
      const entry: unknown = JSON.parse(await ask(local, `GET ${path}`, undefined, authorization));
      return (entry as { revision: number }).revision;
    },
    registrations: async () => {
      const text = await ask(local, 'GET /v1/admin/registrations', undefined, authorization);
      return parseJson(registrationsSchema, text, 'registrations').registrations;
    },
    [Symbol.asyncDispose]: () => whole.disposeAsync(),
  };
}

async function ask(url: string, what: string, body: object | undefined, authorization?: string): Promise<string> {
  const [method = '', path = ''] = what.split(' ');
  const headers = { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) };
  const answer = await fetch(url + path, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${what} was answered with ${answer.status}: ${text}`);
  return text;
}
