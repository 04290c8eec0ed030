// `rollcall serve`: the server, put together. Chooses the ports' implementations, starts them, stops them.

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { milliseconds, wallTime } from '../base/time.ts';
import type { ChangeList } from '../book/change-list.ts';
import { printAddress } from '../node/address.ts';
import { freshTexts, hash } from '../node/chance.ts';
import type { Config } from '../node/config.ts';
import { directoryLogIn } from '../node/directory-source.ts';
import { Followers } from '../node/followers.ts';
import { openHttpHost, type HttpHost } from '../node/http.ts';
import { placesFor, type Places, type SipListener } from '../node/listeners.ts';
import { watchLoop } from '../node/loop-lag.ts';
import { passwords } from '../node/passwords.ts';
import { OpenIdProvider } from '../node/oidc.ts';
import { makePersonIds } from '../node/person-ids.ts';
import { systemNames } from '../node/names.ts';
import { isNetwork, Networks } from '../node/networks.ts';
import { dialling, reaching } from '../node/next-hop.ts';
import { isThisMachine } from '../node/own-addresses.ts';
import { readText } from '../node/read-text.ts';
import type { Report } from '../node/report.ts';
import { run } from '../node/run.ts';
import { sha256 } from '../node/chance.ts';
import { administratorToken, claim, makeDataFolder, writeRunning } from '../node/running.ts';
import { ServerCertificate } from '../node/server-certificate.ts';
import { bookFile } from '../node/restore.ts';
import { renewIfShownOtherwise } from '../node/shown-fields.ts';
import { SipSockets } from '../node/sip-sockets.ts';
import { Admission } from '../node/socket-limits.ts';
import { isDirectoryConfig } from '../node/source-config.ts';
import { openSqliteChangeLog } from '../node/sqlite-change-log.ts';
import { SqliteAudienceLogs } from '../node/sqlite-audience-logs.ts';
import { openAccountStore } from '../node/sqlite-sessions.ts';
import { openSubscriptionStore } from '../node/sqlite-subscriptions.ts';
import { SubscriptionKeeper } from '../node/subscription-keeper.ts';
import { trusting } from '../node/trusted-peers.ts';
import { createAdministration } from '../server/administration.ts';
import { createEmbeddedBook } from '../server/embedded-book.ts';
import { hiddenFields, seesAll } from '../server/audience.ts';
import { createServer, type Server, type SipInput } from '../server/server.ts';
import { readingBy } from '../server/telephone.ts';
import type { Address } from '../sip/transaction-user.ts';
import { listenHttp, listenSip, reachable } from './listening.ts';
import { mergingOf } from './merging.ts';
import { loadSample, type SampleAccount } from './sample.ts';
import { scimSources } from './scim.ts';
import { version } from './version.ts';

export interface RunningServer extends AsyncDisposable {
  readonly url: string;
  readonly http: Address;
  /** In the order of the configuration. */
  readonly sip: readonly SipListener[];
  readonly persons: number;
  /** Accounts with known passwords: of the generated sample, and only there. */
  readonly accounts: readonly SampleAccount[];
  /** Reads the certificate again, where there is one. */
  reload(): void;
}

/** The path of SIP over WebSocket, on the HTTP port. */
const webSocketPath = '/sip';

const houseKeeping = { everyMilliseconds: 1000, lookUpAfterMilliseconds: 5000, purgeEveryMilliseconds: 3_600_000 };
const dayMilliseconds = 86_400_000;
/** For the last NOTIFYs to leave before the sockets close. */
const farewellMilliseconds = 200;

/** @throws HostFault when the store cannot be opened, an address cannot be had, or a source's settings cannot be right */
export async function startServer(config: Config, report: Report): Promise<RunningServer> {
  await using stack = new AsyncDisposableStack();
  makeDataFolder(config.data);
  stack.use(claim(config.data));
  const core = await openCore(config, report, stack);
  const { sip, http, url, adminUrl, certificate, sockets } = await openDoors(config, { core, report, stack });
  const { publicHost } = config.sip;
  core.listens({ url, places: (remote) => placesFor(remote, sip, publicHost) });
  stack.use(watchLoop((lag) => core.tell({ kind: 'lag', lag: milliseconds(lag) })));
  stack.defer(() => farewell(core, sockets));
  writeRunning(config.data, adminUrl);
  const listening = sip.map(({ transport, address }) => `${transport.toLowerCase()}://${printAddress(address)}`);
  report.started({ http: url, sip: listening, data: config.data });
  const whole = stack.move();
  return {
    url,
    http: http.address,
    sip,
    persons: await core.persons(),
    accounts: core.accounts,
    reload: () => certificate?.reload(),
    [Symbol.asyncDispose]: () => whole.disposeAsync(),
  };
}

interface Doors {
  readonly sockets: SipSockets;
  readonly sip: readonly SipListener[];
  readonly http: HttpHost;
  readonly url: string;
  /** For the command line on this machine. */
  readonly adminUrl: string;
  readonly certificate: ServerCertificate | undefined;
}

/** All that listens. */
async function openDoors(
  config: Config,
  { core, report, stack }: { readonly core: Core; readonly report: Report; readonly stack: AsyncDisposableStack },
): Promise<Doors> {
  const { tls: files, limits } = config;
  const certificate = files && stack.use(new ServerCertificate({ files, tell: (fact) => report.certificate(fact) }));
  const admission = new Admission({ ...limits, unlimited: config.http.trustProxy ?? [] });
  // Until the subscriptions of before are there, what comes waits: a refresh of one must not be turned away.
  const early: SipInput[] = [];
  let hear = (event: SipInput): void => void early.push(event);
  const sockets = stack.use(new SipSockets((event) => hear(event), { admission }));
  core.carryOut((output) => {
    if (output.kind === 'send') sockets.send(output.flow, output.bytes);
    else if (output.kind === 'close') sockets.close(output.flow);
    else if (output.kind === 'open') dial(output.hop);
    else core.keeper.write(output.batch);
  });
  const sip = await listenSip(sockets, config.sip, certificate);
  const dial = dialling({
    sockets,
    names: systemNames(),
    datagrams: sip.flatMap(({ transport, address }) => (transport === 'UDP' ? [address] : [])),
    ca: files?.clientCaFile === undefined ? undefined : readText(files.clientCaFile, 'tls.clientCaFile'),
    tell: (heard) => core.tell(heard),
  });
  await core.keeper.resume(sockets.datagramFlow.bind(sockets));
  hear = core.tell;
  for (const event of early) core.tell(event);
  const answering = {
    answer: core.server.answer.bind(core.server),
    failed: (fault: unknown) => report.trouble('an answer over HTTP', fault),
  };
  const http = stack.use(await listenHttp(config.http, { ...answering, certificate, admission }));
  sockets.serveWebSockets(http.server, webSocketPath, config.http.allowedOrigins);
  const local = `${certificate === undefined ? 'http' : 'https'}://${printAddress(reachable(http.address))}`;
  const url = config.http.publicUrl ?? local;
  // Not by `url`: what stands in front may be down, or have a certificate that the command line does not know.
  if (certificate === undefined) return { sockets, sip, http, url, adminUrl: local, certificate };
  // The certificate names the host by which terminals come, not this machine's loopback, which needs none.
  const forCommands = stack.use(await openHttpHost({ ...answering, listen: { host: '127.0.0.1', port: 0 } }));
  return { sockets, sip, http, url, adminUrl: `http://${printAddress(forCommands.address)}`, certificate };
}

async function farewell({ server, tell, keeper }: Core, sockets: SipSockets): Promise<void> {
  server.stop();
  await new Promise((resolve) => setTimeout(resolve, farewellMilliseconds));
  sockets.hangUp();
  tell({ kind: 'write-down' });
  await keeper[Symbol.asyncDispose]();
}

interface Listening {
  readonly url: string;
  /** What a terminal at an address is told. */
  readonly places: (remote: string) => Places;
}

interface Core {
  readonly server: Server;
  readonly accounts: readonly SampleAccount[];
  readonly keeper: SubscriptionKeeper;
  readonly tell: (input: SipInput) => void;
  carryOut(by: (output: ReturnType<Server['sip']['wake']>[number]) => void): void;
  /** Where it listens, once that is known. */
  listens(at: Listening): void;
  persons(): Promise<number>;
}

/** The stores, the pipeline and the server's face, joined; without sockets. */
async function openCore(config: Config, report: Report, stack: AsyncDisposableStack): Promise<Core> {
  if (renewIfShownOtherwise(config.data, config.fields.classes)) report.server({ kind: 'shown-otherwise' });
  const { matchBy, rules, priority } = mergingOf(config);
  const log = { path: join(config.data, bookFile), matchBy };
  const hidden = hiddenFields(config.fields.classes);
  const changeLog = stack.use(openSqliteChangeLog({ ...log, hidden }));
  const accountStore = stack.use(openAccountStore(join(config.data, 'accounts.sqlite')));
  const subscriptionStore = stack.use(openSubscriptionStore(join(config.data, 'subscriptions.sqlite')));
  const wallClock = () => wallTime(Date.now());
  const newPersonId = makePersonIds(Date.now);
  let listening: Listening = { url: '', places: () => ({}) };
  let tell: (input: SipInput) => void = () => undefined;
  let carryOut: Parameters<Core['carryOut']>[0] = () => undefined;
  let announce: (list: ChangeList) => void = () => undefined;
  let catchUp: () => Promise<void> = async () => undefined;
  // Before anything is followed: a first load may be far on when all is begun.
  const held = (await changeLog.head()).revision > 0;
  const followers = stack.use(
    await Followers.begin({
      log,
      data: config.data,
      sources: config.sources,
      rules,
      priority,
      report,
      appended: () => catchUp(),
      countLiving: (source) => changeLog.countLiving(source),
    }),
  );
  const joining = {
    newPersonId,
    wallClock,
    announce: (list: ChangeList) => announce(list),
    turns: followers.turns,
    priority,
    rules,
  };
  const embedded = createEmbeddedBook({
    ...joining,
    changeLog,
    sha256,
    turn: setImmediate,
    labels: config.fields.labels,
    ...(config.telephone !== undefined && { telephoneUri: readingBy(config.telephone) }),
  });
  const directories = config.sources.filter(isDirectoryConfig);
  const accounts = await loadSample({ config, changeLog, accountStore, newPersonId, at: wallClock() });
  const trusts = trusting(config.sip);
  const { nextHops = [], trusted = [], trustedNames = [] } = config.sip;
  const mayReach = reaching([...nextHops, ...trusted, ...trustedNames]);
  const publicHost = config.sip.publicHost?.toLowerCase();
  const proxies = new Networks([...(config.http.trustProxy ?? []), ...nextHops.filter(isNetwork)]);
  const { audiences, fields } = config;
  const apart = audiences.filter((rule) => !seesAll(rule, hidden)).map(({ name }) => name);
  const audienceLogs = stack.use(new SqliteAudienceLogs(config.data, apart));
  const server = await createServer(
    {
      changeLog,
      accounts: accountStore,
      administration: createAdministration({ changeLog, embedded, sources: followers.sources, joining }),
      audiences:
        audiences.length === 0 ? undefined : { rules: audiences, logs: audienceLogs, wallClock, turn: setImmediate },
      passwords,
      oidc: oidcOf(config, report),
      directory:
        directories.length === 0
          ? undefined
          : directoryLogIn({ sources: directories, settings: (source) => changeLog.settings(source), report }),
      scim: scimSources(config, { stack, written: (source) => followers.written(source) }),
      token: () => randomBytes(16).toString('base64url'),
      random: freshTexts(),
      hash,
      report: (fact) => report.server(fact),
      tell: (input) => tell(input),
    },
    {
      sip: {
        realm: config.sip.domain,
        mostSubscriptions: config.limits.subscriptions,
        mostPerAddress: config.limits.subscriptionsPerAddress,
        isMany: ({ remote }) => proxies.has(remote.host),
        isOurHost: (host) => host === publicHost || isThisMachine(host),
        domain: config.sip.domain,
        listens: (remote) => ({ ...listening.places(remote), websocket: webSocketPath }),
        ...(config.sip.ownUris !== undefined && { ownUris: config.sip.ownUris }),
        ...(config.sip.alias !== undefined && { aliases: [config.sip.alias] }),
        ...(trusts !== undefined && { trusts }),
        ...(mayReach !== undefined && { mayReach }),
        ...(config.sip.registrar === 'on' && { registrar: { serviceRoute: config.sip.serviceRoute ?? [] } }),
        ...(config.sip.algorithms !== undefined && { algorithms: config.sip.algorithms }),
      },
      publicUrl: () => listening.url,
      administratorTokenHash: hash('SHA-256', administratorToken(config.data)),
      version,
      labels: config.fields.labels,
      links: config.client.links,
      classes: fields.classes,
      departmentSeparator: config.departmentSeparator,
    },
  );
  stack.defer(() => server.settled());
  const running = run(server.sip, (output) => carryOut(output));
  stack.defer(() => running.stop());
  tell = (input) => running.tell(input);
  announce = (list) => server.announce(list);
  catchUp = catchingUp(server, report);
  void catchUp();
  const keeper = new SubscriptionKeeper({
    store: subscriptionStore,
    wallClock,
    tell: (input) => running.tell(input),
    report: (fact) => report.server(fact),
    failed: (fault) => report.trouble('keeping subscriptions', fault),
  });
  stack.defer(
    keepHouse({
      config,
      changeLog,
      audienceLogs,
      server,
      catchUp,
      report,
      held,
    }),
  );
  return {
    server,
    accounts,
    keeper,
    tell: (input) => running.tell(input),
    carryOut: (by) => (carryOut = by),
    listens: (at) => (listening = at),
    persons: () => changeLog.countPersons(),
  };
}

/** Asked at once, so that the log says early that it is away or set up wrongly; the server does not wait for it. */
function oidcOf({ logIn: { oidc } }: Config, report: Report): OpenIdProvider | undefined {
  if (oidc === undefined) return undefined;
  const provider = new OpenIdProvider({ config: oidc, now: Date.now, tell: (problem) => report.oidcTrouble(problem) });
  void provider.offer();
  return provider;
}

/** What others append is announced, by one at a time; a call in between is for what came meanwhile. */
function catchingUp(server: Server, report: Report): () => Promise<void> {
  let running: Promise<void> | undefined;
  let again = false;
  const all = async (): Promise<void> => {
    try {
      for (; again; await setImmediate()) {
        again = false;
        again = (await server.catchUp()) || again;
      }
    } catch (fault) {
      // House-keeping tries again.
      report.trouble('reading what is new', fault);
    }
    running = undefined;
  };
  return () => {
    again = true;
    return (running ??= all());
  };
}

/** What is due, however the wall clock is set meanwhile: what nobody told of is announced each second; history and idle sessions, each hour. */
function keepHouse(parts: {
  readonly config: Config;
  readonly changeLog: ReturnType<typeof openSqliteChangeLog>;
  readonly audienceLogs: SqliteAudienceLogs;
  readonly server: Server;
  readonly catchUp: () => Promise<void>;
  readonly report: Report;
  /** Whether there is a book from before the start. */
  readonly held: boolean;
}): () => Promise<void> {
  const { config, changeLog, audienceLogs, server, catchUp, report } = parts;
  let lookUpAt = parts.held ? performance.now() + houseKeeping.lookUpAfterMilliseconds : Infinity;
  let purgeAt = performance.now() + 60_000;
  let busy: Promise<void> | undefined;
  const round = async (): Promise<void> => {
    await catchUp();
    if (performance.now() >= lookUpAt) {
      // So that the first who asks need not wait for the index. A first load has other use for the memory.
      lookUpAt = Infinity;
      await changeLog.lookUp({ text: '', limit: 1 });
    }
    if (performance.now() < purgeAt) return;
    purgeAt = performance.now() + houseKeeping.purgeEveryMilliseconds;
    const ago = (days: number) => wallTime(Date.now() - days * dayMilliseconds);
    const limits = {
      keep: config.history.changes,
      before: ago(config.history.days),
      leftBefore: ago(config.history.leaversDays),
    };
    await changeLog.purge({ ...limits, upTo: server.announced });
    await audienceLogs.purge(limits);
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
