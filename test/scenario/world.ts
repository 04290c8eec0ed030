// What a scenario needs, through the product's own composition: a server over a real slapd, and the means to
// stop, kill and start it again on the same folder and ports. Terminals are in `watched.ts`.

import dgram from 'node:dgram';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AdminClient } from '../../src/apps/admin-client.ts';
import { startServer } from '../../src/apps/serve.ts';
import type { PersonId } from '../../src/book/person-id.ts';
import { readConfig, type Config } from '../../src/node/config.ts';
import type { Report } from '../../src/node/report.ts';
import { readToken, tokenFileOf } from '../../src/node/running.ts';
import type { ServerFact } from '../../src/server/fact.ts';
import type { StageFact } from '../../src/server/stage-fact.ts';
import {
  accountReportSchema,
  holdsSchema,
  sourcesSchema,
  type HeldRemovals,
  type SourceReport,
} from '../../src/wire/admin.ts';
import { lookUpAnswerSchema, type PersonEntry } from '../../src/wire/http.ts';
import { testPerson } from '../peers/people.ts';
import type { Slapd } from '../peers/slapd.ts';
import { spawnServer } from './server-process.ts';
import { Happened, until } from './waiting.ts';

/** What the server told its administrator. */
export type Fact =
  | { readonly kind: 'stage'; readonly fact: StageFact }
  | { readonly kind: 'source'; readonly event: Parameters<Report['source']>[1] }
  | { readonly kind: 'server'; readonly fact: ServerFact }
  | { readonly kind: 'trouble'; readonly task: string; readonly fault: unknown };

/** A server that runs, here or in a process of its own. */
interface Serving {
  stop(): Promise<void>;
  /** With SIGKILL, where it has a process of its own. */
  kill(): Promise<void>;
  /** What it wrote on standard error, where it has a process of its own. */
  complaints?(): string;
}

export interface WorldOptions {
  /** Where the people are; its address may be another's for a while. */
  readonly slapd: Pick<Slapd, 'url' | 'people' | 'sync'>;
  /** Settings of the source, over the usual ones. */
  readonly source?: Readonly<Record<string, unknown>>;
  readonly audiences?: readonly object[];
  readonly departmentSeparator?: string;
  /** In a process of its own, so that it can be killed. */
  readonly ownProcess?: boolean;
}

export type Ending = 'stop' | 'kill';

export const loopback = '127.0.0.1';
export const clerk = { user: 'clerk', password: 'correct horse' };

export class World implements AsyncDisposable {
  /** Of a server in this process. */
  readonly facts: Happened<Fact> = new Happened();
  readonly folder: string;
  readonly #options: WorldOptions;
  readonly #ports: { readonly http: number; readonly sip: number };
  #source: Readonly<Record<string, unknown>>;
  #serving: Serving | undefined;
  #hasClerk = false;

  private constructor(folder: string, options: WorldOptions, ports: { readonly http: number; readonly sip: number }) {
    this.folder = folder;
    this.#options = options;
    this.#ports = ports;
    this.#source = { ...options.source };
  }

  /** Resolves when everybody is in the book who is to be. */
  static async open(options: WorldOptions, persons?: number): Promise<World> {
    const world = await World.openAnyhow(options);
    try {
      await world.inStep(persons);
    } catch (fault) {
      await world[Symbol.asyncDispose]();
      throw fault;
    }
    return world;
  }

  /** Resolves when the server runs, whatever its source does. */
  static async openAnyhow(options: WorldOptions): Promise<World> {
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-scenario-'));
    // Fixed once they are found, so that the server comes back where terminals look for it.
    const world = new World(folder, options, { http: await freePort(), sip: await freePort() });
    try {
      await world.start();
    } catch (fault) {
      await world[Symbol.asyncDispose]();
      throw fault;
    }
    return world;
  }

  get url(): string {
    return `http://${loopback}:${this.#ports.http}`;
  }
  get sipPort(): number {
    return this.#ports.sip;
  }
  get data(): string {
    return join(this.folder, 'data');
  }
  get bookFile(): string {
    return join(this.data, 'book.sqlite');
  }
  get admin(): AdminClient {
    return new AdminClient({ data: this.data, server: this.url, tokenFile: tokenFileOf(this.data) });
  }

  /** What a server in its own process has written on standard error since it started. */
  get complaints(): string {
    return this.#serving?.complaints?.() ?? '';
  }

  get administratorToken(): string {
    return readToken(tokenFileOf(this.data));
  }

  async start(): Promise<void> {
    if (this.#serving !== undefined) throw new Error('the server runs already');
    const file = this.#writeSettings();
    this.#serving =
      this.#options.ownProcess === true
        ? await spawnServer(file)
        : await startHere(readConfig(file, {}, {}), this.#report());
  }

  async stop(how: Ending = 'stop'): Promise<void> {
    const serving = this.#serving;
    this.#serving = undefined;
    await serving?.[how]();
  }

  /** Stopped or killed, and started again on the same folder and ports, with other settings of the source where given. */
  async restart(how: Ending = 'stop', source: Readonly<Record<string, unknown>> = {}): Promise<void> {
    await this.stop(how);
    this.#source = { ...this.#source, ...source };
    await this.start();
  }

  async source(): Promise<SourceReport> {
    const { sources } = await this.admin.ask({ method: 'GET', path: '/v1/admin/sources', answer: sourcesSchema });
    const found = sources.find(({ source }) => source === 'ldap');
    if (found === undefined) throw new Error('the source is not there');
    return found;
  }

  /** Waits until the directory is followed, and holds so many. */
  async inStep(persons?: number): Promise<SourceReport> {
    return until(
      `following ${persons ?? 'the directory'}`,
      () => this.source(),
      (at) => at.state === 'following' && (persons === undefined || at.persons === persons),
    );
  }

  async holds(): Promise<readonly HeldRemovals[]> {
    return (await this.admin.ask({ method: 'GET', path: '/v1/admin/holds', answer: holdsSchema })).holds;
  }

  /** `testPerson(number)` as the server has this person; undefined where it has not. */
  async find(number: number): Promise<PersonEntry | undefined> {
    const employeeNumber = testPerson(number, '').attributes['employeeNumber'] ?? '';
    const path = `/v1/persons?search=${employeeNumber}&limit=50`;
    const { persons } = await this.admin.ask({ method: 'GET', path, answer: lookUpAnswerSchema });
    return persons.find(({ fields }) => fields.employeeNumber === employeeNumber);
  }

  async person(number: number): Promise<PersonId> {
    const found = await this.find(number);
    if (found === undefined) throw new Error(`person ${number} is not in the book`);
    return found.id;
  }

  /** The names of the subscriptions that are written down. */
  keptSubscriptions(): ReadonlySet<string> {
    const db = new DatabaseSync(join(this.data, 'subscriptions.sqlite'), { readOnly: true });
    const rows = db.prepare("select kept ->> '$.usage.subscription' as name from subscription").all();
    db.close();
    return new Set(rows.map(({ name }) => String(name)));
  }

  /** A local account, whose log-in hangs on nobody of the directory. */
  async addClerk(): Promise<void> {
    if (this.#hasClerk) return; // another password, though the same, would end the sessions
    this.#hasClerk = true;
    const body = { type: 'application/json', text: JSON.stringify({ password: clerk.password }) };
    await this.admin.ask({
      method: 'PUT',
      path: `/v1/admin/accounts/${clerk.user}`,
      body,
      answer: accountReportSchema,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop(this.#options.ownProcess === true ? 'kill' : 'stop');
    await rm(this.folder, { recursive: true, force: true });
  }

  #writeSettings(): string {
    const { url, people, sync } = this.#options.slapd;
    const source = { name: 'ldap', kind: 'openldap', url, bindDn: sync.dn, password: sync.password, base: people };
    const file = join(this.folder, 'rollcall.yaml');
    const settings = {
      data: this.data,
      http: { port: this.#ports.http },
      sip: { port: this.#ports.sip, domain: 'example.com' },
      sources: [{ ...source, ...this.#source }],
      ...(this.#options.audiences && { audiences: this.#options.audiences }),
      ...(this.#options.departmentSeparator && { departmentSeparator: this.#options.departmentSeparator }),
    };
    writeFileSync(file, JSON.stringify(settings)); // JSON is YAML
    return file;
  }

  #report(): Report {
    const { facts } = this;
    return {
      server: (fact) => facts.add({ kind: 'server', fact }),
      stage: (fact) => facts.add({ kind: 'stage', fact }),
      source: (_, event) => facts.add({ kind: 'source', event }),
      loading: () => undefined,
      certificate: () => undefined,
      logInProblem: (source, user, problem) =>
        facts.add({ kind: 'trouble', task: `log-in of ${user} at ${source}`, fault: problem }),
      logInTrouble: (source, fault) => facts.add({ kind: 'trouble', task: `log-in at ${source}`, fault }),
      oidcTrouble: (fault) => facts.add({ kind: 'trouble', task: 'log-in by an identity provider', fault }),
      trouble: (task, fault) => facts.add({ kind: 'trouble', task, fault }),
      started: () => undefined,
      stopped: () => undefined,
    };
  }
}

async function startHere(config: Config, report: Report): Promise<Serving> {
  const server = await startServer(config, report);
  const end = (): Promise<void> => Promise.resolve(server[Symbol.asyncDispose]());
  return { stop: end, kill: () => Promise.reject(new Error('a server of this process cannot be killed')) };
}

// Below the ports that systems give to outgoing connections, one of which would take a port while the server
// that had it is stopped. Each process of tests begins elsewhere.
const ports = { first: 20_000, count: 12_000 };
let lastPort = (process.pid * 97) % ports.count;

/** A port that is free for TCP and UDP. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < ports.count; tries += 1) {
    lastPort = (lastPort + 1) % ports.count;
    const port = ports.first + lastPort;
    const listener = net.createServer();
    const datagrams = dgram.createSocket('udp4');
    const free = await bound(listener, () => listener.listen(port, loopback));
    const both = free && (await bound(datagrams, () => datagrams.bind(port, loopback)));
    await new Promise<void>((resolve) => datagrams.close(() => resolve()));
    if (free) await new Promise((resolve) => listener.close(resolve));
    if (both) return port;
  }
  throw new Error('no port is free');
}

async function bound(socket: net.Server | dgram.Socket, bind: () => unknown): Promise<boolean> {
  const listening = once(socket, 'listening');
  bind();
  return listening.then(
    () => true,
    () => false,
  );
}
