// A server with real stores in memory and no sockets: requests are values, SIP is told by hand.

import { createHash, randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import * as v from 'valibot';
import { expect } from 'vitest';
import { instant, wallTime, type Instant, type WallTime } from '../../src/base/time.ts';
import type { Change } from '../../src/book/change.ts';
import type { ChangeList } from '../../src/book/change-list.ts';
import type { FieldLabels } from '../../src/book/field.ts';
import type { LinkTemplate } from '../../src/book/link-template.ts';
import type { Fields } from '../../src/book/person.ts';
import { personId, type PersonId } from '../../src/book/person-id.ts';
import { makePersonIds } from '../../src/node/person-ids.ts';
import { passwords } from '../../src/node/passwords.ts';
import { sha256 } from '../../src/node/chance.ts';
import { openSqliteChangeLog } from '../../src/node/sqlite-change-log.ts';
import { openAccountStore } from '../../src/node/sqlite-sessions.ts';
import type { AudiencesOptions } from '../../src/server/audiences.ts';
import type { AccountStore } from '../../src/server/account-store.ts';
import { createAdministration, type Administration } from '../../src/server/administration.ts';
import { sourceKey, sourceName, type ChangeLog } from '../../src/server/change-log.ts';
import type { ServerFact } from '../../src/server/fact.ts';
import type { Answer, Request } from '../../src/server/http-message.ts';
import { noPriority } from '../../src/server/merge.ts';
import { Turns } from '../../src/server/turns.ts';
import { createEmbeddedBook } from '../../src/server/embedded-book.ts';
import { createServer, type Server, type ServerPorts } from '../../src/server/server.ts';
import { normalUser, type SipPlaces } from '../../src/server/sessions.ts';
import type { SipFaceOptions, SipInput, SipOutput } from '../../src/server/sip-face.ts';
import type { Hash } from '../../src/sip/digest.ts';
import type { TrustOptions } from '../../src/sip/trust.ts';
import { sessionSchema, type Session } from '../../src/wire/http.ts';

export const realm = 'example.com';
export const morning: WallTime = wallTime(Date.UTC(2026, 0, 5, 8));
export const administratorToken = 'the-administrators-token-of-these-tests';
export const embedded = sourceName('embedded');

export const hash: Hash = (algorithm, text) =>
  createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
    .update(text)
    .digest('hex');

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Of bytes: a character a byte. */
  readonly text: string;
  json(): unknown;
}

export interface Asking {
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly token?: string;
  readonly body?: unknown;
  readonly remote?: string;
  readonly at?: WallTime;
}

export interface World extends AsyncDisposable {
  readonly server: Server;
  readonly changeLog: ChangeLog;
  readonly accounts: AccountStore;
  readonly facts: readonly ServerFact[];
  /** What was told to the SIP machine and what it said for the host, so far not fetched. */
  readonly sent: SipOutput[];
  now: Instant;
  hear(input: SipInput): void;
  append(...changes: readonly Change[]): Promise<void>;
  people(...fields: readonly Fields[]): Promise<readonly PersonId[]>;
  account(user: string, password: string, person?: PersonId): Promise<void>;
  ask(method: string, path: string, asking?: Asking): Promise<Reply>;
  logIn(user: string, password: string, at?: WallTime): Promise<Session>;
}

export interface WorldOptions {
  readonly directory?: ServerPorts['directory'];
  readonly oidc?: ServerPorts['oidc'];
  readonly accounts?: AccountStore;
  readonly changeLog?: ChangeLog;
  /** The administrator may write this book; otherwise it follows a directory. */
  readonly writable?: true;
  /** Where it is said to listen. */
  readonly listens?: SipPlaces['listens'];
  readonly registrar?: SipFaceOptions['registrar'];
  readonly trusts?: TrustOptions['trusts'];
  readonly audiences?: Pick<AudiencesOptions, 'rules' | 'logs'>;
  readonly departmentSeparator?: string;
  readonly labels?: FieldLabels;
  readonly links?: readonly LinkTemplate[];
}

/** One server after another makes other tags than the one before. */
let worlds = 0;

export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const changeLog = options.changeLog ?? openSqliteChangeLog({ path: ':memory:' });
  const accounts = options.accounts ?? openAccountStore(':memory:');
  const facts: ServerFact[] = [];
  const sent: SipOutput[] = [];
  let made = 0;
  worlds += 1;
  const tags = worlds.toString(36);
  const writing = {
    newPersonId: makePersonIds(() => morning),
    wallClock: () => morning,
    announce: (list: ChangeList) => world.server.announce(list),
    turns: new Turns(),
    priority: noPriority,
    rules: [],
  };
  const written = createEmbeddedBook({ ...writing, changeLog, sha256, turn: setImmediate });
  const server = await createServer(
    {
      changeLog,
      accounts,
      administration: options.writable
        ? createAdministration({ changeLog, embedded: written, sources: [], joining: writing })
        : followed(changeLog),
      audiences: options.audiences && { ...options.audiences, wallClock: () => morning, turn: setImmediate },
      passwords,
      directory: options.directory,
      oidc: options.oidc,
      token: () => randomBytes(16).toString('base64url'),
      random: () => `${tags}${(made += 1).toString(36).padStart(7, 'x')}`,
      hash,
      report: (fact) => facts.push(fact),
      tell: (input) => world.hear(input),
    },
    {
      sip: {
        realm,
        domain: realm,
        listens: options.listens ?? (() => ({ udp: '127.0.0.1:5060', websocket: '/sip' })),
        ...(options.trusts !== undefined && { trusts: options.trusts }),
        ...(options.registrar !== undefined && { registrar: options.registrar }),
      },
      publicUrl: () => 'https://book.example',
      administratorTokenHash: hash('SHA-256', administratorToken),
      version: '0.1.0',
      departmentSeparator: options.departmentSeparator,
      ...(options.labels !== undefined && { labels: options.labels }),
      ...(options.links !== undefined && { links: options.links }),
    },
  );
  const world: World = {
    server,
    changeLog,
    accounts,
    facts,
    sent,
    now: instant(1_000_000),
    hear: (input) => void sent.push(...server.sip.handle(input, world.now)),
    append: async (...changes) => {
      server.announce(await changeLog.append({ source: embedded, at: morning, changes, links: linksOf(changes) }));
      await server.settled();
    },
    people: async (...all) => {
      const ids = all.map(() =>
        personId(`p${String((made += 1)).replaceAll(/\d/g, (digit) => 'abcdefghij'[Number(digit)] ?? '')}zzz`),
      );
      await world.append(...all.map((fields, at): Change => ({ kind: 'added', person: ids[at] as PersonId, fields })));
      return ids;
    },
    account: async (user, password, person) =>
      accounts.putAccount({
        user: normalUser(user),
        passwordHash: await passwords.hash(password),
        ...(person && { person }),
        createdAt: morning,
      }),
    ask: (method, path, asking = {}) => ask(server, requestOf(method, path, asking)),
    logIn: async (user, password, at = morning) => {
      const reply = await world.ask('POST', '/v1/session', { body: { user, password }, at });
      expect(reply).toMatchObject({ status: 200 });
      return v.parse(sessionSchema, reply.json());
    },
    [Symbol.asyncDispose]: async () => {
      await changeLog[Symbol.asyncDispose]();
      await accounts[Symbol.asyncDispose]();
    },
  };
  return world;
}

const linksOf = (
  changes: readonly Change[],
): { key: ReturnType<typeof sourceKey>; person: PersonId; place: string }[] =>
  changes.flatMap((change) =>
    change.kind === 'added' ? [{ key: sourceKey(`key of ${change.person}`), person: change.person, place: '' }] : [],
  );

/** Of a book that only a directory writes: nothing of it can be changed by hand. */
const followed = (log: ChangeLog): Administration => {
  const refused = { kind: 'refused', status: 409, problem: 'This book follows a directory' } as const;
  const no = async (): Promise<typeof refused> => refused;
  const never = async function* (): AsyncGenerator<never, typeof refused> {
    yield* [];
    return refused;
  };
  return {
    embedded: { add: no, alter: no, remove: no, preview: never, import: never, restore: no },
    joining: { doubles: async () => [], join: no, separate: no, forget: no },
    sources: async () => [{ source: embedded, state: 'ready', persons: await log.countLiving(embedded) }],
    holds: () => log.holds(),
    heldFields: () => log.heldFields(),
    approvedHolds: () => log.approvedHolds(),
    approve: no,
    reject: no,
    undo: no,
    restore: no,
    admit: no,
  };
};

export function requestOf(method: string, path: string, asking: Asking): Request {
  const { token, body, headers = {} } = asking;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return {
    method,
    path,
    query: asking.query ?? '',
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    remote: asking.remote ?? '192.0.2.7',
    at: asking.at ?? morning,
    body: async (most) =>
      Buffer.byteLength(text ?? '') > most ? { kind: 'too-large' } : { kind: 'text', text: text ?? '' },
  };
}

async function ask(server: Server, request: Request): Promise<Reply> {
  const answer = await server.answer(request);
  const text = await textOf(answer);
  const reply = { status: answer.status, headers: answer.headers, text, json: () => JSON.parse(text) as unknown };
  expectToHold(server, request, reply);
  return reply;
}

async function textOf({ body }: Answer): Promise<string> {
  if (typeof body === 'string') return body;
  if (body instanceof Uint8Array) return Buffer.from(body).toString('latin1');
  let text = '';
  for await (const piece of body) text += piece;
  return text;
}

/** Every answer of every test is held to what the table of routes, and so the OpenAPI document, says of it. */
function expectToHold(server: Server, { method, path, query }: Request, reply: Reply): void {
  if (reply.status >= 400 && path !== '/health') {
    expect(reply.headers['content-type']).toBe('application/problem+json');
    expect(reply.json()).toMatchObject({ status: reply.status, title: expect.any(String), detail: expect.any(String) });
    return;
  }
  if (reply.status === 304) return expect(reply.text).toBe('');
  const found = server.routes.find(
    (route) =>
      route.method === (method === 'HEAD' ? 'GET' : method) &&
      new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
  );
  const types = found?.answers[reply.status];
  expect(types, `${method} ${path} may answer ${reply.status}`).toBeDefined();
  const type = reply.headers['content-type']?.split(';', 1)[0];
  if (type === undefined) return expect(reply.text).toBe('');
  const named = query.includes('with=entries') ? `${type}; with=entries` : type;
  expect(Object.keys(types ?? {})).toContain(named);
  const schema = types?.[named];
  if (schema) expect(v.safeParse(schema, reply.json()).issues).toBeUndefined();
}
