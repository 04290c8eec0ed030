// `npm test`: everything, in the order in which a mistake is cheapest to find. Whatever happens it ends with
// one line that counts all, checks and tests, and with status 0 only where nothing failed. Words after it go
// to vitest: `npm test -- test/sip` tries what is there, and leaves the checks out.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
const files = process.argv.slice(2);
const counts = { passed: 0, failed: 0, skipped: 0 };
const checks = [
  ['types and walls', 'tsc', '-b'],
  ['types of the tests', 'tsc', '-p', 'test/tsconfig.json'],
  ['types of the tests in a browser', 'tsc', '-p', 'test/browser/tsconfig.json'],
  ['lint', 'oxlint', '--type-aware', '--deny-warnings', 'src', 'test', 'bench', 'tools'],
  ['format', 'oxfmt', '--check', 'src', 'test', 'bench', 'tools'],
  ['dead code', 'knip'],
  ['lock file', 'node', 'tools/lock.mjs', '--check'],
];

/** Programs of node_modules are found also where npm did not start this. */
function run(command, words) {
  const { status, signal, error } = spawnSync(command, words, {
    cwd: root,
    env: { ...process.env, PATH: [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter) },
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (error !== undefined) console.error(`${command} cannot be run: ${error.message}`);
  if (signal !== null) console.error(`${command} was ended by ${signal}`);
  return status === 0;
}

const secondsSince = (began) => `${((performance.now() - began) / 1000).toFixed(1)} s`;

function check([name, command, ...words]) {
  const began = performance.now();
  const right = run(command, words);
  counts[right ? 'passed' : 'failed'] += 1;
  console.log(`${right ? 'ok  ' : 'FAIL'} ${name} (${secondsSince(began)})`);
}

function tests() {
  const began = performance.now();
  const result = join(scratch, 'vitest.json');
  const words = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${result}`, ...files];
  const right = run('vitest', words);
  const failedBefore = counts.failed;
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(result, 'utf8'));
    counts.passed += numPassedTests;
    counts.failed += numFailedTests;
    counts.skipped += numPendingTests + numTodoTests;
  } catch (error) {
    console.error(`the test run gave no result: ${error instanceof Error ? error.message : String(error)}`);
  }
  // A file that cannot be loaded, or an error outside any test, fails no test.
  if (!right && counts.failed === failedBefore) counts.failed += 1;
  console.log(`${right ? 'ok  ' : 'FAIL'} tests (${secondsSince(began)})`);
}

const began = performance.now();
try {
  if (files.length === 0) for (const each of checks) check(each);
  tests();
} catch (error) {
  console.error(error);
  counts.failed += 1;
}
rmSync(scratch, { recursive: true, force: true });
if (counts.skipped > 0 && process.env.CI === 'true') {
  console.error(`${counts.skipped} skipped, and nothing may be skipped in CI`);
  counts.failed += counts.skipped;
}
console.log(`all of it took ${secondsSince(began)}`);
console.log(
  `${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`,
);
process.exitCode = counts.failed === 0 ? 0 : 1;
