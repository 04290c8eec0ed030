// `rollcall demo`: one change on its way, from the directory to two terminals, with the product's own
// server, terminals and directory follower; the ladder is what really passed.

import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PersonId } from '../book/person-id.ts';
import { printRequest } from '../ldap/request.ts';
import { readConfig, type Config } from '../node/config.ts';
import { openSession } from '../node/ldap-session.ts';
import { canPractise, startPracticeDirectory, type PracticeDirectory } from '../node/practice-directory.ts';
import { createReport } from '../node/report.ts';
import { openTerminal, type Terminal, type TerminalEvent } from '../node/terminal.ts';
import type { Acquire } from '../terminal/acquisition.ts';
import type { StoredPrompt } from '../terminal/personal-address-book.ts';
import type { TransportChoice } from '../terminal/flow-target.ts';
import { doneSchema, sourcesSchema } from '../wire/admin.ts';
import type { Delivery } from '../wire/interest.ts';
import { AdminClient } from './admin-client.ts';
import { CommandFailure, exitCodes } from './output.ts';
import { configurationFor } from './practice-command.ts';
import { practicePeople } from './practice-people.ts';
import { startServer, type RunningServer } from './serve.ts';

export interface DemoOptions {
  readonly delivery: Delivery;
  readonly acquire: Acquire;
  /** Without OpenLDAP, though it is installed. */
  readonly embedded: boolean;
  readonly path: string;
  /** Aborted when somebody asks to stop: what was started is ended as after the last step. */
  readonly stop: AbortSignal;
}

/** One arrow of the ladder. `ms`: for S301 and S302 since the terminals asked, then since the alteration was sent. */
export interface DemoStep {
  readonly step: string;
  readonly from: string;
  readonly to: string;
  readonly ms: number;
  readonly bytes: number;
  readonly firstLine: string;
}

export interface DemoPrompt {
  readonly terminal: string;
  readonly prompt: StoredPrompt;
}

export interface DemoResult {
  readonly ok: boolean;
  readonly prompts: readonly DemoPrompt[];
  /** What did not happen. */
  readonly missing: readonly string[];
}

export interface DemoTelling {
  remark(words: string): void;
  /** Who stands in the ladder, once that is known. */
  lanes(names: readonly string[]): void;
  step(step: DemoStep): void;
}

const persons = 1000;
const patience = { load: 60_000, step: 15_000 };
const newNumber = '8002';

/** What must pass at each terminal for the change to arrive. */
function expectedSteps({ delivery, acquire }: DemoOptions): readonly string[] {
  const subscription = ['S301', 'S302', 'S304', 'S305'];
  if (delivery !== 'notice') return subscription;
  return acquire === 'list' ? [...subscription, 'S306', 'S307', 'S308', 'S309'] : [...subscription, 'S306', 'S307'];
}

/** @throws CommandFailure or HostFault when something cannot be started, or a step does not come in time */
export async function demonstrate(options: DemoOptions, telling: DemoTelling): Promise<DemoResult> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-demo-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const directory = await directoryFor(options, telling);
  if (directory !== undefined) stack.use(directory);
  options.stop.throwIfAborted();
  const config = configFor(folder, directory);
  const server = stack.use(await startServer(config, createReport('error')));
  const admin = new AdminClient({ data: config.data });
  await loaded({ admin, count: directory === undefined ? 2000 : persons, stop: options.stop });
  const ladder = new Ladder(telling);
  const source = directory === undefined ? 'admin' : 'directory';
  const users = logIns(server, directory);
  telling.lanes([source, 'server', ...users.map(({ user }) => user)]);
  const terminals: Watched[] = [];
  for (const [at, each] of users.entries()) {
    const transport = at === 0 ? 'udp' : 'websocket';
    const terminal = stack.use(
      await openTerminal({
        store: join(folder, `${each.user}.sqlite`),
        transport,
        delivery: options.delivery,
        acquire: options.acquire,
      }),
    );
    terminals.push(await enter({ terminal, transport, server, stop: options.stop, ...each }, ladder));
  }
  const ada = terminals[0]?.held;
  if (ada === undefined) throw new CommandFailure('nobody holds Ada', exitCodes.failed);
  // Told as it is sent: what follows from it may be there before its answer is.
  const sent = (passed: Altering): void => {
    ladder.begin();
    ladder.add({ step: 'S303', from: source, to: 'server', ...passed });
  };
  await alter(ada, { admin, directory, sent });
  const prompts = (await Promise.all(terminals.map((each) => promptsOf(each, options.stop)))).flat();
  ladder.end();
  const expected = expectedSteps(options);
  const missing = terminals.flatMap(({ name }) =>
    expected.filter((step) => !ladder.has(step, name)).map((step) => `${step} at ${name}`),
  );
  const right =
    prompts.length === terminals.length &&
    prompts.every(({ prompt: { fact } }) => fact.kind === 'altered' && fact.to === newNumber);
  if (!right) missing.push(`one prompt with ${newNumber} at each terminal`);
  return { ok: missing.length === 0, prompts, missing };
}

async function promptsOf({ name, prompted }: Watched, stop: AbortSignal): Promise<readonly DemoPrompt[]> {
  const prompts = await inTime(prompted, { what: `the prompt of ${name}`, stop });
  return prompts.map((prompt) => ({ terminal: name, prompt }));
}

async function directoryFor(options: DemoOptions, telling: DemoTelling): Promise<PracticeDirectory | undefined> {
  if (options.embedded || !canPractise(options.path)) {
    telling.remark(
      options.embedded ? 'On the embedded book.' : 'slapd is not installed: on the embedded book instead of OpenLDAP.',
    );
    return undefined;
  }
  telling.remark(`Starting OpenLDAP with ${persons} persons ...`);
  return startPracticeDirectory({ people: practicePeople(persons), port: await freePort(), path: options.path });
}

function configFor(folder: string, directory: PracticeDirectory | undefined): Config {
  const base = { data: join(folder, 'data'), 'http.port': 0, 'sip.port': 0, 'log.level': 'error' };
  if (directory === undefined) return readConfig(undefined, {}, base);
  const { sip, sources } = configurationFor(directory);
  return readConfig(undefined, {}, { ...base, 'sip.domain': sip.domain, sources });
}

interface Loading {
  readonly admin: AdminClient;
  readonly count: number;
  readonly stop: AbortSignal;
}

async function loaded({ admin, count, stop }: Loading): Promise<void> {
  const until = performance.now() + patience.load;
  while (performance.now() < until) {
    stop.throwIfAborted();
    const { sources } = await admin.ask({ method: 'GET', path: '/v1/admin/sources', answer: sourcesSchema });
    const ready = sources.every(({ state }) => state === 'ready' || state === 'following');
    if (ready && sources.reduce((sum, each) => sum + each.persons, 0) >= count) return;
    await pause(20);
  }
  throw new CommandFailure('the enterprise address book was not loaded in time', exitCodes.failed);
}

interface DemoUser {
  readonly user: string;
  readonly password: string;
}

/** Two who may log in: by LDAP where there is a directory, else by the sample's accounts. */
function logIns(server: RunningServer, directory: PracticeDirectory | undefined): readonly DemoUser[] {
  if (directory === undefined) return server.accounts.toReversed();
  return practicePeople(3)
    .slice(1)
    .map(({ uid }) => ({ user: uid, password: uid }));
}

interface Watched {
  readonly name: string;
  readonly held: PersonId;
  /** The prompts of the change. */
  readonly prompted: Promise<readonly StoredPrompt[]>;
}

interface Entering extends DemoUser {
  readonly terminal: Terminal;
  readonly transport: TransportChoice;
  readonly server: RunningServer;
  readonly stop: AbortSignal;
}

/** Logs in, keeps Ada, and waits until the subscription lives. */
async function enter(entering: Entering, ladder: Ladder): Promise<Watched> {
  const { terminal, transport, server, stop, user, password } = entering;
  const events = terminal.events();
  await terminal.logIn({ server: server.url, user, password });
  const { persons: found } = await terminal.lookUp('Ada Lovelace');
  const [ada] = found;
  if (ada === undefined) throw new CommandFailure('Ada Lovelace is not in the book', exitCodes.failed);
  ladder.begin();
  await terminal.keep(ada.id);
  const live = Promise.withResolvers<void>();
  const prompted = Promise.withResolvers<readonly StoredPrompt[]>();
  void follow(events, { user, ladder, live: live.resolve, prompted: prompted.resolve });
  await inTime(live.promise, { what: `the subscription of ${user} over ${transport}`, stop });
  return { name: user, held: ada.id, prompted: prompted.promise };
}

interface Following {
  readonly user: string;
  readonly ladder: Ladder;
  readonly live: () => void;
  readonly prompted: (prompts: readonly StoredPrompt[]) => void;
}

async function follow(
  events: AsyncIterable<TerminalEvent>,
  { user, ladder, live, prompted }: Following,
): Promise<void> {
  for await (const event of events) {
    if (event.kind === 'step') {
      const [from, to] = event.direction === 'sent' ? [user, 'server'] : ['server', user];
      ladder.add({ step: event.step, from, to, bytes: event.bytes, firstLine: event.firstLine });
    } else if (event.kind === 'state' && event.state.kind === 'live') live();
    else if (event.kind === 'prompted') prompted(event.prompts);
  }
}

interface Altering {
  readonly bytes: number;
  readonly firstLine: string;
}

interface Enterprise {
  readonly admin: AdminClient;
  readonly directory: PracticeDirectory | undefined;
  readonly sent: (altering: Altering) => void;
}

/** Alters Ada's office telephone where the enterprise keeps it (S303). */
async function alter(ada: PersonId, { admin, directory, sent }: Enterprise): Promise<void> {
  if (directory === undefined) {
    const text = JSON.stringify({ fields: { officeTelephone: newNumber } });
    const path = `/v1/admin/persons/${ada}`;
    sent({ bytes: Buffer.byteLength(text), firstLine: `PATCH ${path} HTTP/1.1` });
    await admin.ask({ method: 'PATCH', path, body: { type: 'application/json', text }, answer: doneSchema });
    return;
  }
  const modifications = [{ kind: 'replace', attribute: 'telephoneNumber', values: [newNumber] }] as const;
  const dn = directory.dnOf('ada');
  await using session = await openSession({ url: directory.url });
  await session.bind(directory.administrator.dn, directory.administrator.password);
  const { length } = printRequest(2, { kind: 'modify', dn, modifications });
  sent({ bytes: length, firstLine: `modify ${dn}: telephoneNumber=${newNumber}` });
  await session.modify(dn, modifications);
}

class Ladder {
  readonly steps: DemoStep[] = [];
  readonly #telling: DemoTelling;
  #since = performance.now();
  #ended = false;

  constructor(telling: DemoTelling) {
    this.#telling = telling;
  }

  /** Milliseconds count from now on. */
  begin(): void {
    this.#since = performance.now();
  }

  /** What follows (the terminals take their leave) is not of the change. */
  end(): void {
    this.#ended = true;
  }

  add(step: Omit<DemoStep, 'ms'>): void {
    if (this.#ended) return;
    const whole: DemoStep = { ...step, ms: Math.round((performance.now() - this.#since) * 10) / 10 };
    this.steps.push(whole);
    this.#telling.step(whole);
  }

  has(step: string, name: string): boolean {
    return this.steps.some((each) => each.step === step && (each.from === name || each.to === name));
  }
}

const pause = (length: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, length));

interface Awaiting {
  readonly what: string;
  readonly stop: AbortSignal;
}

/** @throws CommandFailure when it does not come in time, and what `stop` was aborted with */
async function inTime<T>(awaited: Promise<T>, { what, stop }: Awaiting): Promise<T> {
  stop.throwIfAborted();
  const over = Promise.withResolvers<never>();
  const late = new CommandFailure(`${what} did not come within ${patience.step / 1000} s`, exitCodes.failed);
  const timer = setTimeout(() => over.reject(late), patience.step);
  const stopped = (): void => over.reject(stop.reason);
  stop.addEventListener('abort', stopped);
  try {
    return await Promise.race([awaited, over.promise]);
  } finally {
    clearTimeout(timer);
    stop.removeEventListener('abort', stopped);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
