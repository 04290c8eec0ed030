// `npm test`: everything, in the order in which a mistake is cheapest to find. Ends with one line that
// counts all: checks and tests.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const scratch = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
const counts = join(scratch, 'vitest.json');
/** @type {[name: string, command: string, words: string[]][]} */
const checks = [
  ['types and walls', 'tsc', ['-b']],
  ['types of the tests', 'tsc', ['-p', 'test/tsconfig.json']],
  ['lint', 'oxlint', ['--type-aware', '--deny-warnings', 'src', 'test', 'bench', 'tools']],
  ['format', 'oxfmt', ['--check', 'src', 'test', 'bench', 'tools']],
  ['dead code', 'knip', []],
  ['lock file', 'node', ['tools/lock.mjs', '--check']],
];

let passed = 0;
let failed = 0;
let skipped = 0;
for (const [name, command, words] of checks) {
  const began = performance.now();
  const { status } = spawnSync(command, words, { stdio: ['ignore', 'inherit', 'inherit'] });
  const right = status === 0;
  if (right) passed += 1;
  else failed += 1;
  console.log(`${right ? 'ok  ' : 'FAIL'} ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
}

const files = process.argv.slice(2);
const { status } = spawnSync(
  'vitest',
  ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${counts}`, ...files],
  { stdio: ['ignore', 'inherit', 'inherit'] },
);
try {
  const result = JSON.parse(readFileSync(counts, 'utf8'));
  passed += result.numPassedTests;
  failed += result.numFailedTests;
  skipped += result.numPendingTests;
  if (status !== 0 && result.numFailedTests === 0) failed += 1;
} catch (cause) {
  console.error(`the test run gave no result: ${String(cause)}`);
  failed += 1;
}
rmSync(scratch, { recursive: true });
if (skipped > 0 && process.env.CI === 'true') {
  console.error(`${skipped} skipped, and nothing may be skipped in CI`);
  failed += skipped;
}
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed === 0 ? 0 : 1;
