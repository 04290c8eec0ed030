// `npm run bench`: every figure beside its target. `-- --only NAME`, `-- --json` (a line a figure),
// `-- --short` (small sizes, as in `npm test`). A full run of everything writes bench/RESULTS.md.

import { readdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { parseArgs } from 'node:util';
import { reached, type Bench, type Figure } from './figure.ts';

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
    short: { type: 'boolean', default: false },
  },
});
const round = flags.short ? 'short' : 'full';
const folder = new URL('.', import.meta.url);
/** Of the minute before: what else the machine was doing. */
const [loadBefore = 0] = loadavg();

const benches: Bench[] = [];
for (const file of readdirSync(folder)
  .filter((name) => name.endsWith('.bench.ts'))
  .sort()) {
  const { bench } = (await import(new URL(file, folder).href)) as { bench: Bench };
  if (flags.only === undefined || bench.name === flags.only) benches.push(bench);
}
if (benches.length === 0) {
  console.error(`no benchmark is named ${flags.only ?? ''}`);
  process.exit(2);
}

const rows: { readonly bench: Bench; readonly figure: Figure }[] = [];
const brokenOff: string[] = [];
let missed = false;
for (const bench of benches) {
  const missing = bench.missing();
  if (missing !== undefined) {
    console.error(`${bench.name}: left out, ${missing}`);
    continue;
  }
  if (!flags.json) console.log(`\n${bench.name}: ${bench.what}`);
  try {
    for await (const figure of bench.measure(round)) {
      rows.push({ bench, figure });
      if (round === 'full' && !reached(figure)) missed = true;
      console.log(
        flags.json ? JSON.stringify({ bench: bench.name, ...figure, ok: reached(figure) }) : `  ${line(figure)}`,
      );
    }
  } catch (error) {
    // What the others take minutes to measure is not lost with it.
    console.error(`${bench.name}: broken off, ${error instanceof Error ? error.message : String(error)}`);
    brokenOff.push(bench.name);
  }
}
if (flags.only === undefined && round === 'full') writeFileSync(new URL('RESULTS.md', folder), results());
process.exitCode = missed || brokenOff.length > 0 ? 1 : 0;

function line(figure: Figure): string {
  const target =
    figure.target === undefined
      ? ''
      : `  target ${figure.better === 'more' ? '>=' : '<='} ${figure.target} ${reached(figure) ? 'ok' : 'MISSED'}`;
  return `${figure.figure.padEnd(62)} ${shown(figure.value).padStart(10)} ${figure.unit}${target}${figure.note === undefined ? '' : `  (${figure.note})`}`;
}

function shown(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 1000 ? String(Math.round(value)) : value.toPrecision(3);
}

function results(): string {
  const table = rows.map(({ bench, figure }) => {
    const target = figure.target === undefined ? '' : `${figure.better === 'more' ? '>=' : '<='} ${figure.target}`;
    const verdict = figure.target === undefined ? '' : reached(figure) ? 'yes' : '**no**';
    return `| ${bench.name} | ${figure.figure} | ${shown(figure.value)} ${figure.unit} | ${target} | ${verdict} | ${figure.note ?? ''} |`;
  });
  const [cpu] = cpus();
  return [
    '# Figures',
    '',
    `Made by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: ${cpus().length} cores (${cpu?.model ?? 'unknown'}), Node ${process.versions.node}, ${process.platform} ${release()}; load average ${loadBefore.toFixed(1)} before it began. Machines differ and are shared: read a figure beside those of the same run.${brokenOff.length === 0 ? '' : ` Broken off: ${brokenOff.join(', ')}.`}`,
    '',
    '| benchmark | figure | value | target | reached | note |',
    '|---|---|---|---|---|---|',
    ...table,
    '',
  ].join('\n');
}
