// `rollcall drain`: moves all terminals to other servers, before this one is stopped for good.

import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { drainReportSchema, longestDrainSeconds, type DrainReport } from '../wire/drain.ts';
import { AdminClient, type AdminAccess } from './admin-client.ts';
import { serverAddress, timeInSeconds } from './command-values.ts';
import { carryOut, CommandFailure, exitCodes, outputOf, type Output } from './output.ts';
import type { Progress } from './progress.ts';

interface Flags extends AdminAccess {
  readonly over: number;
  readonly cancel?: true;
  readonly status?: true;
  readonly json?: true;
}

const path = '/v1/admin/drain';
const betweenLooksMilliseconds = 500;

export function drainCommand(): Command {
  return new Command('drain')
    .description('moves all terminals to other servers and lets no new ones in; waits until none is left')
    .option('--over <time>', 'the time over which they go, evenly: 60s, 10m, 2h', timeInSeconds, 60)
    .option('--cancel', 'calls it off: those who are left stay')
    .option('--status', 'only says how far it is')
    .option('--data <folder>', "the server's data folder: its address and token are in it", './rollcall-data')
    .option('--server <url>', 'a server elsewhere', serverAddress)
    .option('--token-file <file>', "the administrator's token, where it is not in the data folder")
    .action((_: unknown, self: Command) => carryOut(() => drain(self.optsWithGlobals<Flags>())));
}

async function drain({ over, cancel, status, json, ...access }: Flags): Promise<void> {
  if (over > longestDrainSeconds) throw new CommandFailure('--over: at most 24h', exitCodes.misused);
  const client = new AdminClient(access);
  const output = outputOf(json);
  if (cancel || status) {
    const report = await client.ask({ method: cancel ? 'DELETE' : 'GET', path, answer: drainReportSchema });
    return output.tell(wordsOf(report), report);
  }
  const body = { type: 'application/json', text: JSON.stringify({ overSeconds: over }) };
  const begun = await client.ask({ method: 'POST', path, body, answer: drainReportSchema });
  output.remark(`moving ${begun.left} subscriptions away over ${over} s; it goes on if this command is stopped`);
  const ended = await output.during((progress) => untilDrained(client, begun, { output, progress }));
  output.tell(wordsOf(ended), ended);
  // Somebody else called it off, or the server was started anew.
  if (ended.state !== 'drained') process.exitCode = exitCodes.failed;
}

async function untilDrained(
  client: AdminClient,
  begun: DrainReport,
  { output, progress }: { readonly output: Output; readonly progress: Progress },
): Promise<DrainReport> {
  let report = begun;
  while (report.state === 'draining') {
    progress.show('subscriptions moved away', Math.max(0, begun.left - report.left), begun.left);
    if (output.json) output.tell('', report);
    await sleep(betweenLooksMilliseconds);
    report = await client.ask({ method: 'GET', path, answer: drainReportSchema });
  }
  return report;
}

const words = {
  serving: 'it does not drain: everybody is let in',
  draining: 'it drains: nobody new is let in',
  drained: 'it is drained: nobody new is let in, until it is started anew or the drain is called off by --cancel',
} as const;

const wordsOf = ({ state, left }: DrainReport): string =>
  `${words[state]}; ${left === 1 ? '1 subscription is' : `${left} subscriptions are`} left`;
