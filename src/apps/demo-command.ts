import { Command, Option } from 'commander';
import { acquisitions, type Acquire } from '../terminal/acquisition.ts';
import { deliveries, type Delivery } from '../wire/interest.ts';
import type { DemoResult, DemoStep, DemoTelling } from './demo.ts';
import { carryOut, CommandFailure, exitCodes, outputOf, type Output } from './output.ts';
import { printable } from './screen.ts';
import { stopAsked } from './stop.ts';
import { promptWords } from './terminal-command.ts';

interface Flags {
  readonly json?: true;
  readonly delivery: Delivery;
  readonly acquire: Acquire;
  readonly embedded?: true;
}

export function demoCommand(): Command {
  return new Command('demo')
    .description('one change on its way, step by step, to two terminals')
    .addOption(new Option('--delivery <kind>', 'what the server sends').choices(deliveries).default('notice'))
    .addOption(new Option('--acquire <kind>', 'what the terminals fetch').choices(acquisitions).default('list'))
    .option('--embedded', 'on the embedded book, also where slapd is installed')
    .action((_: unknown, self: Command) => carryOut(() => demo(self.optsWithGlobals<Flags>())));
}

async function demo(flags: Flags): Promise<void> {
  const output = outputOf(flags.json);
  const { delivery, acquire, embedded = false } = flags;
  const stop = new AbortController();
  void stopAsked().then((why) => stop.abort(new CommandFailure(why, exitCodes.failed)));
  const options = { delivery, acquire, embedded, path: process.env['PATH'] ?? '', stop: stop.signal };
  const { demonstrate } = await import('./demo.ts');
  const result = await demonstrate(options, tellingOf(output)).catch((fault: unknown) =>
    // Ctrl-C stops OpenLDAP too: its end is not the reason.
    brokenOff(stop.signal.aborted ? stop.signal.reason : fault),
  );
  if (!output.json) output.tell('', undefined);
  for (const { terminal, prompt } of result.prompts)
    if (!output.json) output.tell(`${terminal} reads:  ${promptWords(prompt)}`, undefined);
  for (const missing of result.missing) output.remark(`missing: ${missing}`);
  output.tell(result.ok ? '\nIt arrived.' : '\nIt did not arrive as it should.', {
    ok: result.ok,
    prompts: result.prompts.map(({ terminal, prompt: { name, fact } }) => ({ terminal, name, ...fact })),
    ...(result.ok ? {} : { missing: result.missing }),
  });
  if (!result.ok) process.exitCode = exitCodes.failed;
}

/** A step that did not come is a result too: whoever reads the lines learns it from the last one. */
function brokenOff(fault: unknown): DemoResult {
  if (!(fault instanceof CommandFailure)) throw fault;
  return { ok: false, prompts: [], missing: [fault.message] };
}

function tellingOf(output: Output): DemoTelling {
  let names: readonly string[] = [];
  return {
    remark: (words) => output.remark(words),
    lanes: (all) => {
      names = all;
      if (!output.json)
        output.tell(
          `\n      ${names.map((name) => name.slice(0, laneWidth - 2).padEnd(laneWidth)).join('')}      ms   bytes`,
          undefined,
        );
    },
    step: (step) => {
      // The clock begins anew, for the change itself.
      if (step.step === 'S303' && !output.json) output.tell("\nAda's office telephone is altered:\n", undefined);
      output.tell(rung(step, names), step);
    },
  };
}

const laneWidth = 14;

/** `S304   |             |------------>|   3.1   512  NOTIFY ...` */
function rung(step: DemoStep, names: readonly string[]): string {
  const [from, to] = [names.indexOf(step.from), names.indexOf(step.to)];
  const [left, right] = from < to ? [from, to] : [to, from];
  const lanes = names.map((_, at) => {
    const inside = at >= left && at < right;
    const first = inside && at === left && from > to ? '<' : inside ? '-' : ' ';
    const last = inside && at === right - 1 && from < to ? '>' : inside ? '-' : ' ';
    return `${inside && at > left ? '-' : '|'}${first}${(inside ? '-' : ' ').repeat(laneWidth - 3)}${last}`;
  });
  const numbers = `${step.ms.toFixed(1).padStart(8)}${String(step.bytes).padStart(8)}`;
  return `${step.step}  ${lanes
    .join('')
    .trimEnd()
    .padEnd(names.length * laneWidth)}${numbers}  ${printable(step.firstLine)}`;
}
