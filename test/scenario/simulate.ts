// npm run simulate -- --seeds N --from SEED: as many simulations, one seed after another. The first that fails
// is printed with the end of its trace, or, with --trace, with all of it.

import { parseArgs } from 'node:util';
import { describe, simulate, type Outcome } from './simulation/outcome.ts';

const usage = 'npm run simulate -- [--seeds N] [--from SEED] [--trace]';

function wholeNumber(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  console.error(`--${name} must be a whole number, not ${JSON.stringify(text)}\n${usage}`);
  process.exit(2);
}

function readOptions(): { readonly seeds: number; readonly from: number; readonly trace: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        seeds: { type: 'string', default: '1000' },
        from: { type: 'string', default: '1' },
        trace: { type: 'boolean', default: false },
      },
    });
    const { seeds, from, trace } = values;
    return { seeds: wholeNumber('seeds', seeds), from: wholeNumber('from', from), trace };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    process.exit(2);
  }
}

function report(outcome: Outcome, trace: boolean): void {
  if (trace) console.log(outcome.lines.join('\n'));
  if (outcome.failure !== undefined) console.error(describe(outcome));
}

const { seeds, from, trace } = readOptions();
const began = performance.now();
const progress = process.stderr.isTTY;
let done = 0;
for (let seed = from; seed < from + seeds; seed += 1) {
  const outcome = await simulate(seed);
  done += 1;
  if (progress) process.stderr.write(`\r${done} of ${seeds} seeds`);
  else if (done % 1000 === 0) console.error(`${done} of ${seeds} seeds`);
  if (outcome.failure !== undefined && progress) process.stderr.write('\n');
  report(outcome, trace);
  if (outcome.failure !== undefined) process.exit(1);
}
if (progress) process.stderr.write('\n');
console.log(`${done} seeds from ${from}: all in step (${((performance.now() - began) / 1000).toFixed(1)} s)`);
