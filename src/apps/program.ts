// The commands of `rollcall`, and what they have in common.

import { Command } from 'commander';
import { directoryCommand } from './directory-command.ts';
import { demoCommand } from './demo-command.ts';
import { drainCommand } from './drain-command.ts';
import { exitCodes } from './output.ts';
import { practiceCommand } from './practice-command.ts';
import { restoreCommand } from './restore-command.ts';
import { serveCommand } from './serve-command.ts';
import { sipCommand } from './sip-command.ts';
import { sourceCommand } from './source-command.ts';
import { terminalCommand } from './terminal-command.ts';
import { version } from './version.ts';

export const program: Command = new Command('rollcall')
  .usage('<command> [options]')
  .description("Keeps every employee's personal address book right as the enterprise address book changes.")
  .version(version, '-V, --version', 'which version it is')
  .option('--json', 'results as lines of JSON')
  .helpOption('-h, --help', 'of any command: how it is called')
  .helpCommand(false)
  // What a command is called with, without the reminder that it has options: all have.
  .configureHelp({
    // Where the book is, which server, --json: of the commands above, and good for each below.
    showGlobalOptions: true,
    subcommandTerm: (command) =>
      `${command.name()} ${command.usage().replaceAll(/\[(options|command)\] ?/g, '')}`.trim(),
  })
  .addHelpText(
    'after',
    `\nExit status: ${exitCodes.done} done, ${exitCodes.failed} failed, ${exitCodes.misused} wrong call, ${exitCodes.refused} refused, ${exitCodes.unreachable} server not reached`,
  )
  .showHelpAfterError('(--help shows how it is called)')
  .exitOverride((stop) => {
    // commander's own: help and version end well, a wrong call is a wrong call.
    process.exit(stop.exitCode === 0 ? exitCodes.done : exitCodes.misused);
  });

/** The settings above hold for commands at every depth; commander gives them to those only that it makes itself. */
function adopt(command: Command, parent: Command): void {
  command.copyInheritedSettings(parent).helpCommand(false);
  for (const inner of command.commands) adopt(inner, command);
}

const groups = {
  'For the administrator:': [
    serveCommand(),
    drainCommand(),
    directoryCommand(),
    sourceCommand(),
    restoreCommand(),
    sipCommand(),
  ],
  'For the employee:': [terminalCommand()],
  'To try it out:': [practiceCommand(), demoCommand()],
};
for (const [heading, commands] of Object.entries(groups))
  for (const command of commands) {
    adopt(command, program);
    program.addCommand(command.helpGroup(heading));
  }
