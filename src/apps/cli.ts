#!/usr/bin/env node
// The command `rollcall`.

import { Command } from 'commander';
import { directoryCommand } from './directory-command.ts';
import { demoCommand } from './demo-command.ts';
import { exitCodes } from './output.ts';
import { practiceCommand } from './practice-command.ts';
import { serveCommand } from './serve-command.ts';
import { terminalCommand } from './terminal-command.ts';
import { version } from './version.ts';

const program = new Command('rollcall')
  .description(
    "keeps every employee's personal address book right, in real time, as the enterprise address book changes",
  )
  .version(version)
  .option('--json', 'a line of JSON a result, on standard output', false)
  .addHelpText(
    'after',
    `\nExit status: ${exitCodes.done} done, ${exitCodes.failed} failed, ${exitCodes.misused} wrong call, ${exitCodes.refused} refused, ${exitCodes.unreachable} server not reached`,
  )
  .showHelpAfterError('(--help shows how it is called)')
  .exitOverride((stop) => {
    // commander's own: help and version end well, a wrong call is a wrong call.
    process.exit(stop.exitCode === 0 ? exitCodes.done : exitCodes.misused);
  });

for (const command of [serveCommand(), directoryCommand(), terminalCommand(), practiceCommand(), demoCommand()])
  program.addCommand(command.copyInheritedSettings(program));

await program.parseAsync();
