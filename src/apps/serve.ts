// `rollcall serve`: the server, put together. Chooses the ports' implementations, starts them, stops them.

import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { seconds, wallTime } from '../base/time.ts';
import type { ChangeList } from '../book/change-list.ts';
import type { Config } from '../node/config.ts';
import { directoryLogIn, followDirectory } from '../node/directory-source.ts';
import { HostFault } from '../node/host-fault.ts';
import { openHttpHost, type HttpHost } from '../node/http.ts';
import { passwords } from '../node/passwords.ts';
import { makePersonIds, newHoldId } from '../node/person-ids.ts';
import type { Report } from '../node/report.ts';
import { run } from '../node/run.ts';
import { administratorToken, claim, makeDataFolder, writeRunning } from '../node/running.ts';
import { printAddress, SipSockets } from '../node/sip-sockets.ts';
import { openSqliteChangeLog } from '../node/sqlite-change-log.ts';
import { openAccountStore } from '../node/sqlite-sessions.ts';
import { createAdministration } from '../server/administration.ts';
import { sourceName } from '../server/change-log.ts';
import { createEmbeddedBook } from '../server/embedded-book.ts';
import { createServer, type Server, type SipInput } from '../server/server.ts';
import { createStage, type Stage } from '../server/stage.ts';
import type { Address } from '../sip/transaction-user.ts';
import { loadSample, type SampleAccount } from './sample.ts';
import { version } from './version.ts';

export interface RunningServer extends AsyncDisposable {
  readonly url: string;
  readonly http: Address;
  readonly udp: Address;
  readonly tcp: Address;
  readonly persons: number;
  /** Accounts with known passwords: of the generated sample, and only there. */
  readonly accounts: readonly SampleAccount[];
}

/** The path of SIP over WebSocket, on the HTTP port. */
const webSocketPath = '/sip';

/** Where a configuration names none: these, or the next that are free. */
export const usualPorts = { http: 8080, sip: 5060 };
const portsTried = 100;

const houseKeeping = { everyMilliseconds: 1000, purgeEveryMilliseconds: 3_600_000 };
const dayMilliseconds = 86_400_000;
/** For the last NOTIFYs to leave before the sockets close. */
const farewellMilliseconds = 200;

/** @throws HostFault when the store cannot be opened, an address cannot be had, or a source's settings cannot be right */
export async function startServer(config: Config, report: Report): Promise<RunningServer> {
  await using stack = new AsyncDisposableStack();
  makeDataFolder(config.data);
  stack.use(claim(config.data));
  const core = await openCore(config, report, stack);
  const sockets = stack.use(new SipSockets((event) => core.tell(event)));
  core.carryOut((output) => {
    if (output.kind === 'send') sockets.send(output.flow, output.bytes);
    else sockets.close(output.flow);
  });
  const { udp, tcp } = await listenSip(sockets, config);
  const http = stack.use(await listenHttp(config, core.server, report));
  sockets.serveWebSockets(http.server, webSocketPath);
  const url = config.http.publicUrl ?? `http://${printAddress(reachable(http.address))}`;
  const host = config.sip.publicHost ?? reachable(udp).host;
  core.listens({ url, udp: printAddress({ host, port: udp.port }), tcp: printAddress({ host, port: tcp.port }) });
  for (const [at, source] of config.sources.entries()) {
    const stage = core.stages[at];
    if (stage !== undefined) stack.use(followDirectory(source, stage, report));
  }
  stack.defer(() => farewell(core.server, sockets));
  writeRunning(config.data, url);
  report.started({ http: url, udp: printAddress(udp), tcp: printAddress(tcp), data: config.data });
  const whole = stack.move();
  return {
    url,
    http: http.address,
    udp,
    tcp,
    persons: await core.persons(),
    accounts: core.accounts,
    [Symbol.asyncDispose]: () => whole.disposeAsync(),
  };
}

async function farewell(server: Server, sockets: SipSockets): Promise<void> {
  server.stop();
  await new Promise((resolve) => setTimeout(resolve, farewellMilliseconds));
  sockets.hangUp();
}

interface Listening {
  readonly url: string;
  readonly udp: string;
  readonly tcp: string;
}

interface Core {
  readonly server: Server;
  readonly stages: readonly Stage[];
  readonly accounts: readonly SampleAccount[];
  tell(input: SipInput): void;
  carryOut(by: (output: ReturnType<Server['sip']['wake']>[number]) => void): void;
  /** Where it listens, once that is known. */
  listens(at: Listening): void;
  persons(): Promise<number>;
}

/** The stores, the pipeline and the server's face, joined; without sockets. */
async function openCore(config: Config, report: Report, stack: AsyncDisposableStack): Promise<Core> {
  const changeLog = stack.use(openSqliteChangeLog({ path: join(config.data, 'book.sqlite') }));
  const accountStore = stack.use(openAccountStore(join(config.data, 'accounts.sqlite')));
  const wallClock = () => wallTime(Date.now());
  const newPersonId = makePersonIds(Date.now);
  let listening: Listening = { url: '', udp: '', tcp: '' };
  let tell: (input: SipInput) => void = () => undefined;
  let carryOut: Parameters<Core['carryOut']>[0] = () => undefined;
  let announce: (list: ChangeList) => void = () => undefined;
  const shared = { changeLog, newPersonId, wallClock, announce: (list: ChangeList) => announce(list) };
  const embedded = createEmbeddedBook(shared);
  const stages: Stage[] = [];
  for (const {
    name,
    brake: { settleSeconds, ...brake },
  } of config.sources)
    stages.push(
      await createStage({
        ...shared,
        source: sourceName(name),
        brake,
        settle: seconds(settleSeconds),
        newHoldId,
        report: (fact) => report.stage(fact),
      }),
    );
  const accounts = await loadSample({ config, changeLog, accountStore, newPersonId, at: wallClock() });
  const server = await createServer(
    {
      changeLog,
      accounts: accountStore,
      administration: createAdministration({ changeLog, embedded, stages }),
      passwords,
      directory: config.sources.length === 0 ? undefined : directoryLogIn(config.sources, report),
      token: () => randomBytes(16).toString('base64url'),
      random: () => randomBytes(6).toString('base64url').replaceAll(/[-_]/g, 'x'),
      hash: (algorithm, text) =>
        createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
          .update(text)
          .digest('hex'),
      report: (fact) => report.server(fact),
      tell: (input) => tell(input),
    },
    {
      sip: {
        realm: config.sip.domain,
        domain: config.sip.domain,
        listens: () => ({ udp: listening.udp, tcp: listening.tcp, websocket: webSocketPath }),
        ...(config.sip.alias !== undefined && { aliases: [config.sip.alias] }),
        ...(config.sip.algorithms !== undefined && { algorithms: config.sip.algorithms }),
      },
      publicUrl: () => listening.url,
      administratorTokenHash: createHash('sha256').update(administratorToken(config.data)).digest('hex'),
      version,
    },
  );
  const running = run(server.sip, (output) => carryOut(output));
  stack.defer(() => running.stop());
  tell = (input) => running.tell(input);
  announce = (list) => server.announce(list);
  stack.defer(keepHouse({ config, changeLog, server, stages, report }));
  return {
    server,
    stages,
    accounts,
    tell: (input) => running.tell(input),
    carryOut: (by) => (carryOut = by),
    listens: (at) => (listening = at),
    persons: async () => {
      const counts = await Promise.all(
        ['embedded', ...config.sources.map((source) => source.name)].map((name) =>
          changeLog.countLiving(sourceName(name)),
        ),
      );
      return counts.reduce((sum, count) => sum + count, 0);
    },
  };
}

/** What is due by the wall clock: removals that waited, each second; history and idle sessions, each hour. */
function keepHouse(parts: {
  readonly config: Config;
  readonly changeLog: ReturnType<typeof openSqliteChangeLog>;
  readonly server: Server;
  readonly stages: readonly Stage[];
  readonly report: Report;
}): () => Promise<void> {
  const { config, changeLog, server, stages, report } = parts;
  let purgeAt = Date.now() + 60_000;
  let busy: Promise<void> | undefined;
  const round = async (): Promise<void> => {
    for (const stage of stages) {
      const due = stage.deadline();
      if (due !== undefined && due <= Date.now()) await stage.wake();
    }
    if (Date.now() < purgeAt) return;
    purgeAt = Date.now() + houseKeeping.purgeEveryMilliseconds;
    const ago = (days: number) => wallTime(Date.now() - days * dayMilliseconds);
    await changeLog.purge({
      keep: config.history.changes,
      before: ago(config.history.days),
      leftBefore: ago(config.history.leaversDays),
    });
    await server.tidy(wallTime(Date.now()));
  };
  const timer = setInterval(() => {
    busy ??= round()
      .catch((fault: unknown) => report.trouble('house-keeping', fault))
      .finally(() => (busy = undefined));
  }, houseKeeping.everyMilliseconds);
  return async () => {
    clearInterval(timer);
    await busy;
  };
}

/** The port that is asked for, or the next that is free. */
function listenSip(sockets: SipSockets, config: Config): ReturnType<SipSockets['listen']> {
  const { host, port } = config.sip;
  return openPort('sip', { host, port }, (at) => sockets.listen({ host, port: at }));
}

async function listenHttp(config: Config, server: Server, report: Report): Promise<HttpHost> {
  const { host, port, trustProxy } = config.http;
  return openPort('http', { host, port }, (at) =>
    openHttpHost({
      listen: { host, port: at },
      answer: (request) => server.answer(request),
      ...(trustProxy !== undefined && { trustProxy }),
      failed: (fault) => report.trouble('an answer over HTTP', fault),
    }),
  );
}

interface Wanted {
  readonly host: string;
  readonly port: number | undefined;
}

async function openPort<T>(
  what: keyof typeof usualPorts,
  { host, port: wanted }: Wanted,
  open: (port: number) => Promise<T>,
): Promise<T> {
  const first = wanted ?? usualPorts[what];
  for (let port = first; ; port += 1) {
    try {
      return await open(port);
    } catch (fault) {
      const taken = fault instanceof HostFault && fault.message.includes('EADDRINUSE');
      if (taken && wanted !== undefined)
        throw new HostFault(
          `${what}.port: ${port} of ${host} is taken by another program; stop that, or give another port`,
          { cause: fault },
        );
      if (!taken || port - first >= portsTried) throw fault;
    }
  }
}

/** An address that a terminal on this machine can use, where the server listens on all. */
const reachable = (address: Address): Address =>
  address.host === '0.0.0.0'
    ? { ...address, host: '127.0.0.1' }
    : address.host === '::'
      ? { ...address, host: '::1' }
      : address;
