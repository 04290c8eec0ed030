// `rollcall serve`: reads the settings, starts the server, says what to do next, stops it when asked.

import { Command } from 'commander';
import { readConfig, type Config } from '../node/config.ts';
import { createReport } from '../node/report.ts';
import { printAddress } from '../node/sip-sockets.ts';
import { wholeNumber } from './numbers.ts';
import { carryOut, outputOf, type Output } from './output.ts';
import { startServer, usualPorts, type RunningServer } from './serve.ts';
import { stopAsked } from './stop.ts';

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
    await using server = await startServer(config, report);
    tellStarted(server, config, outputOf(flags.json));
    why = await asked;
  }
  report.stopped(why);
}

function tellStarted(server: RunningServer, config: Config, output: Output): void {
  const { url, udp, tcp, persons, accounts } = server;
  const [first, second] = accounts;
  const one = udp.port === tcp.port;
  const sip = `${printAddress(udp)} (${one ? 'UDP, TCP' : 'UDP'})${one ? '' : `, ${printAddress(tcp)} (TCP)`}`;
  const lines = [
    'Rollcall is running. Stop it with Ctrl-C.',
    '',
    `  HTTP   ${url}${moved(config.http.port, usualPorts.http, server.http.port)}`,
    `  API    ${url}/v1/openapi.json`,
    `  SIP    ${sip}, ${url.replace(/^http/, 'ws')}/sip${moved(config.sip.port, usualPorts.sip, udp.port)}`,
    `  Book   ${persons.toLocaleString('en')} persons${accounts.length > 0 ? ' (a generated enterprise)' : ''}`,
    `  Data   ${config.data}`,
  ];
  for (const { name, urls } of config.sources) lines.push(`  Source ${name}: ${urls.join(', ')}`);
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
      `  ${call} directory --data ${config.data} alter ${first.person} officeTelephone=8002`,
    );
  output.tell(`${lines.join('\n')}\n`, { url, udp: printAddress(udp), tcp: printAddress(tcp), persons, accounts });
}

/** Whoever expects the usual port learns that it is another's. */
const moved = (wanted: number | undefined, usual: number, port: number): string =>
  wanted === undefined && port !== usual ? `   (port ${usual} is taken, so this is the next free one)` : '';

/** As this program itself was called: from the sources, or installed. */
const call = import.meta.url.endsWith('.ts') ? 'npm run rollcall --' : 'npx rollcall';
