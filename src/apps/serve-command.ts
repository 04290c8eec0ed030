// `rollcall serve`: reads the settings, starts the server, says what to do next, stops it when asked.

import { Command } from 'commander';
import { readConfig } from '../node/config.ts';
import { createReport } from '../node/report.ts';
import { printAddress } from '../node/sip-sockets.ts';
import { wholeNumber } from './numbers.ts';
import { carryOut, outputOf, type Output } from './output.ts';
import { startServer, type RunningServer } from './serve.ts';
import { stopAsked } from './stop.ts';

interface Flags {
  readonly config?: string;
  readonly data?: string;
  readonly httpHost?: string;
  readonly httpPort?: number;
  readonly sipHost?: string;
  readonly sipPort?: number;
  readonly logLevel?: string;
  readonly json: boolean;
}

export function serveCommand(): Command {
  return new Command('serve')
    .description('starts the server; without a configuration, on a generated sample enterprise')
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
    tellStarted(server, { output: outputOf(flags.json), data: config.data });
    why = await asked;
  }
  report.stopped(why);
}

function tellStarted(
  server: RunningServer,
  { output, data }: { readonly output: Output; readonly data: string },
): void {
  const { url, udp, tcp, persons, accounts } = server;
  const [first, second] = accounts;
  const lines = [
    'Rollcall is running. Stop it with Ctrl-C.',
    '',
    `  HTTP       ${url}   (API: ${url}/v1/openapi.json)`,
    `  SIP        ${printAddress(udp)} (UDP${udp.port === tcp.port ? ', TCP' : ''}), ${url.replace(/^http/, 'ws')}/sip`,
    `  Book       ${persons.toLocaleString('en')} persons${accounts.length > 0 ? ' (a generated sample)' : ''}`,
    `  Data       ${data}`,
  ];
  if (first !== undefined && second !== undefined)
    lines.push(
      '',
      `Accounts to try: ${first.user} / ${first.password} and ${second.user} / ${second.password}`,
      'Next, in a second window:',
      '',
      `  npm run rollcall -- terminal log-in --server ${url} --user ${second.user} --password ${second.password}`,
      '  npm run rollcall -- terminal add "Ada Lovelace"',
      '  npm run rollcall -- terminal watch',
      '',
      'and in a third:',
      '',
      `  npm run rollcall -- directory --data ${data} alter ${first.person} officeTelephone=8002`,
    );
  output.tell(`${lines.join('\n')}\n`, { url, udp: printAddress(udp), tcp: printAddress(tcp), persons, accounts });
}
