// `rollcall serve`: reads the settings, starts the server, says what to do next, stops it when asked.

import { Command } from 'commander';
import { readConfig, type Config } from '../node/config.ts';
import { createReport } from '../node/report.ts';
import { isFilesConfig, isScimConfig, type SourceConfig } from '../node/source-config.ts';
import { printAddress } from '../node/address.ts';
import type { SipListener } from '../node/listeners.ts';
import { wholeNumber } from './command-values.ts';
import { carryOut, outputOf, type Output } from './output.ts';
import { usualPorts } from './listening.ts';
import type { SampleAccount } from './sample.ts';
import type { RunningServer } from './serve.ts';
import { stopAsked } from './stop.ts';
import { call } from './call.ts';

interface Flags {
  readonly config?: string;
  readonly data?: string;
  readonly httpHost?: string;
  readonly httpPort?: number;
  readonly sipHost?: string;
  readonly sipPort?: number;
  readonly logLevel?: string;
  readonly json?: true;
}

export function serveCommand(): Command {
  return new Command('serve')
    .description('starts the server, without settings on a generated enterprise')
    .option('--config <file>', 'settings (YAML); docs/rollcall.example.yaml has them all')
    .option('--data <folder>', 'where everything is kept (./rollcall-data)')
    .option('--http-host <address>', 'address for HTTP and WebSocket (127.0.0.1)')
    .option('--http-port <n>', 'port for HTTP and WebSocket (8080, or the next free one)', wholeNumber)
    .option('--sip-host <address>', 'address for SIP over UDP and TCP (127.0.0.1)')
    .option('--sip-port <n>', 'port for SIP over UDP and TCP (5060, or the next free one)', wholeNumber)
    .option('--log-level <level>', 'fatal, error, warn, info, debug or silent (info)')
    .action((_: unknown, self: Command) => carryOut(() => serve(self.optsWithGlobals<Flags>())));
}

async function serve(flags: Flags): Promise<void> {
  const config = readConfig(flags.config, process.env, {
    data: flags.data,
    'http.host': flags.httpHost,
    'http.port': flags.httpPort,
    'sip.host': flags.sipHost,
    'sip.port': flags.sipPort,
    'log.level': flags.logLevel,
  });
  const report = createReport(config.log.level);
  const asked = stopAsked();
  let why: string;
  {
    // Other commands start sooner without it.
    const { startServer } = await import('./serve.ts');
    await using server = await startServer(config, report);
    // Without a certificate there is nothing to read again, and a closed terminal window ends the program as always.
    if (config.tls !== undefined) process.on('SIGHUP', () => server.reload());
    tellStarted(server, config, outputOf(flags.json));
    why = await asked;
  }
  report.stopped(why);
}

function aboutBook({ persons, accounts }: RunningServer, { sources }: Config): string {
  if (accounts.length > 0) return ' (a generated enterprise)';
  return persons === 0 && sources.length > 0 ? ' yet: the log tells when a source is in step' : '';
}

function tellStarted(server: RunningServer, config: Config, output: Output): void {
  const { url, sip, persons, accounts } = server;
  const [first, second] = accounts;
  const lines = [
    'Rollcall is running. Stop it with Ctrl-C.',
    '',
    `  HTTP   ${url}${moved(config.http.port, usualPorts.http, server.http.port)}`,
    `  API    ${url}/v1/openapi.json`,
    `  SIP    ${places(sip)}, ${url.replace(/^http/, 'ws')}/sip${movedSip(config, sip)}`,
    `  Book   ${persons.toLocaleString('en')} persons${aboutBook(server, config)}`,
    `  Data   ${config.data}`,
  ];
  for (const source of config.sources) {
    lines.push(`  Source ${source.name}: ${whereIs(source, url)}`);
  }
  if (first !== undefined && second !== undefined)
    lines.push(
      '',
      `Accounts to try: ${first.user} / ${first.password} and ${second.user} / ${second.password}`,
      'Next, in a second window:',
      '',
      `  ${call} terminal log-in --server ${url} --user ${second.user} --password ${second.password}`,
      `  ${call} terminal add "Ada Lovelace"`,
      `  ${call} terminal watch`,
      '',
      'and in a third:',
      '',
      `  ${call} directory --data ${config.data} alter ${first.person} officeTelephone=${first.otherTelephone}`,
    );
  if (config.http.page) lines.push('', `Open ${url} in a browser${second === undefined ? '' : andLogIn(second)}.`);
  output.tell(`${lines.join('\n')}\n`, { url, ...firstOfEach(sip), persons, accounts });
}

const andLogIn = ({ user, password }: SampleAccount): string => ` and log in as ${user} with the password ${password}`;

function whereIs(source: SourceConfig, url: string): string {
  if (isScimConfig(source)) return `${url}/scim/v2/${source.name} (a SCIM client writes it)`;
  return isFilesConfig(source) ? source.folder : source.urls.join(', ');
}

/** `127.0.0.1:5060 (UDP, TCP)`, once an address. */
function places(sip: readonly SipListener[]): string {
  const byAddress = Map.groupBy(sip, ({ address }) => printAddress(address));
  return [...byAddress]
    .map(([address, here]) => `${address} (${here.map(({ transport }) => transport).join(', ')})`)
    .join(', ');
}

const firstOfEach = (sip: readonly SipListener[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    sip.toReversed().map(({ transport, address }) => [transport.toLowerCase(), printAddress(address)]),
  );

/** Where the addresses were listed there is no usual port. */
const movedSip = ({ sip: { listen, port } }: Config, [first]: readonly SipListener[]): string =>
  listen !== undefined || first === undefined ? '' : moved(port, usualPorts.sip, first.address.port);

/** Whoever expects the usual port learns that it is another's. */
const moved = (wanted: number | undefined, usual: number, port: number): string =>
  wanted === undefined && port !== usual ? `   (port ${usual} is taken, so this is the next free one)` : '';
