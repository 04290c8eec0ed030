// `rollcall sip`: what the server's SIP side knows, for its administrator.

import { Command } from 'commander';
import { registrationsSchema } from '../wire/registrations.ts';
import { sipCountsSchema } from '../wire/sip-counts.ts';
import { AdminClient, type AdminAccess } from './admin-client.ts';
import { serverAddress } from './command-values.ts';
import { carryOut, outputOf } from './output.ts';
import { printable, table } from './screen.ts';

type Globals = AdminAccess & { readonly json?: true };

export function sipCommand(): Command {
  const command = new Command('sip')
    .description('the SIP side of a server that runs')
    .option('--data <folder>', "the server's data folder: its address and token are in it", './rollcall-data')
    .option('--server <url>', 'a server elsewhere', serverAddress)
    .option('--token-file <file>', "the administrator's token, where it is not in the data folder");
  command
    .command('registrations')
    .description('the user agents that are registered')
    .action((_: unknown, self: Command) => carryOut(() => registrations(self.optsWithGlobals<Globals>())));
  command
    .command('status')
    .description('what it holds: dialogs, transactions, timers, and what waits')
    .action((_: unknown, self: Command) => carryOut(() => status(self.optsWithGlobals<Globals>())));
  return command;
}

async function status(globals: Globals): Promise<void> {
  const counts = await new AdminClient(globals).ask({ method: 'GET', path: '/v1/admin/sip', answer: sipCountsSchema });
  const rows = Object.entries(counts).map(([name, count]) => [printable(name), String(count)]);
  outputOf(globals.json).tell(table(rows), counts);
}

async function registrations(globals: Globals): Promise<void> {
  const output = outputOf(globals.json);
  const client = new AdminClient(globals);
  const path = '/v1/admin/registrations';
  const answer = await client.ask({ method: 'GET', path, answer: registrationsSchema });
  if (output.json) {
    for (const each of answer.registrations) output.tell('', each);
    return;
  }
  const rows = answer.registrations.map((each) => [
    printable(each.address),
    printable(each.user),
    printable(each.contact),
    each.from,
    `${each.grantedSeconds} s`,
    each.outbound ? 'with its flow' : 'by itself',
  ]);
  const head = ['ADDRESS', 'USER', 'CONTACT', 'FROM', 'GRANTED', 'ENDS'];
  output.tell(rows.length === 0 ? 'nobody is registered' : table([head, ...rows]), undefined);
}
