// npm run simulate -- --seeds N --from SEED: as many simulations, one seed after another. The first that fails is
// printed with the end of its trace, or, with --trace, with all of it. --seed SEED: this one, with its trace.
// --day: instead, a day of many terminals on one server (--terminals N, 10000 unless told), with --from as its seed.
// --scenario TAG: not by chance, but the scenario of the method that is so named.

import { parseArgs } from 'node:util';
import { reportDay } from './day/report.ts';
import type { Scenario } from './method/scenario.ts';
import { scenarios } from './method/scenarios.ts';
import { simulateScenario } from './simulation/method-simulation.ts';
import { describe, type Outcome } from './simulation/outcome.ts';
import { simulate } from './simulation/simulation.ts';

const usage = [
  'npm run simulate -- [--scenario TAG] [--seeds N] [--from SEED] [--seed SEED] [--trace]',
  'npm run simulate -- --day [--terminals N] [--from SEED]',
].join('\n');

function misused(problem: string): never {
  console.error(`${problem}\n${usage}`);
  process.exit(2);
}

function wholeNumber(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  return misused(`--${name} must be a whole number, not ${JSON.stringify(text)}`);
}

function scenarioOf(tag: string | undefined): Scenario | undefined {
  if (tag === undefined) return undefined;
  const found = scenarios.find((scenario) => scenario.tag === tag);
  return found ?? misused(`--scenario must be one of ${scenarios.map((each) => each.tag).join(', ')}`);
}

interface Options {
  readonly scenario: Scenario | undefined;
  /** Of a day; undefined where none is asked for. */
  readonly terminals: number | undefined;
  readonly seeds: number;
  readonly from: number;
  readonly trace: boolean;
}

function readOptions(): Options {
  try {
    const { values } = parseArgs({
      options: {
        scenario: { type: 'string' },
        seeds: { type: 'string', default: '1000' },
        from: { type: 'string', default: '1' },
        seed: { type: 'string' },
        trace: { type: 'boolean', default: false },
        day: { type: 'boolean', default: false },
        terminals: { type: 'string', default: '10000' },
      },
    });
    const { seeds, from, seed, trace, day } = values;
    const terminals = day ? wholeNumber('terminals', values.terminals) : undefined;
    const scenario = scenarioOf(values.scenario);
    if (seed !== undefined) return { scenario, terminals, seeds: 1, from: wholeNumber('seed', seed), trace: true };
    return { scenario, terminals, seeds: wholeNumber('seeds', seeds), from: wholeNumber('from', from), trace };
  } catch (error) {
    return misused(error instanceof Error ? error.message : String(error));
  }
}

function report(outcome: Outcome, trace: boolean): void {
  if (trace) console.log(outcome.lines.join('\n'));
  if (outcome.failure !== undefined) console.error(describe(outcome));
}

const { scenario, terminals, seeds, from, trace } = readOptions();
if (terminals !== undefined) process.exit((await reportDay({ seed: from, terminals })) === 0 ? 0 : 1);
const began = performance.now();
const progress = process.stderr.isTTY;
let done = 0;
for (let seed = from; seed < from + seeds; seed += 1) {
  const outcome = await (scenario === undefined ? simulate(seed) : simulateScenario(scenario, seed));
  done += 1;
  if (progress) process.stderr.write(`\r${done} of ${seeds} seeds`);
  else if (done % 1000 === 0) console.error(`${done} of ${seeds} seeds`);
  if (outcome.failure !== undefined && progress) process.stderr.write('\n');
  report(outcome, trace);
  if (outcome.failure !== undefined) process.exit(1);
}
if (progress) process.stderr.write('\n');
console.log(`${done} seeds from ${from}: all in step (${((performance.now() - began) / 1000).toFixed(1)} s)`);
