// The commands of `rollcall`, and what they have in common. Each is loaded by itself: one needs little of what all need
// between them, and a call that loads all takes three times as long to start.

import { Command } from 'commander';
import { exitCodes } from './output.ts';
import { version } from './version.ts';

const program: Command = new Command('rollcall')
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

const groups: Readonly<Record<string, Readonly<Record<string, () => Promise<Command>>>>> = {
  'For the administrator:': {
    serve: async () => (await import('./serve-command.ts')).serveCommand(),
    drain: async () => (await import('./drain-command.ts')).drainCommand(),
    directory: async () => (await import('./directory-command.ts')).directoryCommand(),
    source: async () => (await import('./source-command.ts')).sourceCommand(),
    restore: async () => (await import('./restore-command.ts')).restoreCommand(),
    sip: async () => (await import('./sip-command.ts')).sipCommand(),
  },
  'For the employee:': {
    terminal: async () => (await import('./terminal-command.ts')).terminalCommand(),
  },
  'To try it out:': {
    practice: async () => (await import('./practice-command.ts')).practiceCommand(),
    demo: async () => (await import('./demo-command.ts')).demoCommand(),
  },
};

/** `program`, with the command that `words` begin with; where they begin with none, as for its help, with all. */
export async function programFor(words: readonly string[]): Promise<Command> {
  const named = Object.values(groups)
    .flatMap(Object.keys)
    .find((name) => name === words[0]);
  for (const [heading, commands] of Object.entries(groups))
    for (const [name, load] of Object.entries(commands)) {
      if (named !== undefined && name !== named) continue;
      const command = await load();
      adopt(command, program);
      program.addCommand(command.helpGroup(heading));
    }
  return program;
}

/** The settings above hold for commands at every depth; commander gives them to those only that it makes itself. */
function adopt(command: Command, parent: Command): void {
  command.copyInheritedSettings(parent).helpCommand(false);
  for (const inner of command.commands) adopt(inner, command);
}
