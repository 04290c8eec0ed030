// Runs before `npm start`, `npm test` and their kin: installs what a fresh clone lacks and says so.
// Plain JavaScript that Node 18 runs, since nothing is installed yet when it begins.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const purpose = process.argv[2] ?? 'run';
const say = (line) => process.stderr.write(`set-up: ${line}\n`);
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

packages();
node();
if (purpose === 'test') await peers();

/** `npm ci` where there are no packages, or older ones than the lock file names. */
function packages() {
  // An installation that was broken off lacks Node too.
  if (upToDate() && hasNode()) return;
  const free = alone();
  try {
    if (!(upToDate() && hasNode())) install();
  } finally {
    free();
  }
}

function upToDate() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  const lock = join(root, 'package-lock.json');
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs;
}

/** Two commands that are started at once must not both install: the second waits. Gives what ends it. */
function alone() {
  const mark = join(root, '.set-up');
  const owner = join(mark, 'process');
  const wait = new Int32Array(new SharedArrayBuffer(4));
  for (let told = false; ;) {
    try {
      mkdirSync(mark);
      writeFileSync(owner, String(process.pid));
      return () => rmSync(mark, { recursive: true, force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (!told) say('another command installs the packages; waiting for it ...');
    told = true;
    Atomics.wait(wait, 0, 0, 500);
    if (!lives(owner)) rmSync(mark, { recursive: true, force: true });
  }
}

/** Whether the process that `owner` names still runs; a folder that has no owner yet is just being made. */
function lives(owner) {
  try {
    process.kill(Number(readFileSync(owner, 'utf8')), 0);
    return true;
  } catch (error) {
    return error.code === 'ENOENT'
      ? statSync(dirname(owner), { throwIfNoEntry: false })?.mtimeMs > Date.now() - 5000
      : error.code === 'EPERM';
  }
}

function install() {
  say('installing packages (half a minute, once) ...');
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  // `npm ci` refuses a lock file that lacks the packages of another system; `npm install` finds them.
  if (succeeds(npm, ['ci', ...quiet]) || succeeds(npm, ['install', '--no-save', ...quiet])) return;
  say('packages could not be installed; npm says why above. Is the npm registry within reach?');
  process.exit(1);
}

/** The platform package brings Node 24 to a machine that has an older one; scripts run by npm find it first. */
function hasNode() {
  const own = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
  const [major, minor] = process.versions.node.split('.').map(Number);
  return existsSync(own) || major > 24 || (major === 24 && minor >= 7);
}

function node() {
  if (hasNode()) return;
  say(
    `Node 24.7 is needed and this is ${process.version}; no package brings it to ${process.platform}-${process.arch}.`,
  );
  say('Install it (macOS: brew install node@24; elsewhere: https://nodejs.org) and call again.');
  process.exit(1);
}

/** The real servers that the tests talk to. */
async function peers() {
  const { peersOf } = await import('./peers.mjs');
  const missing = peersOf.filter((peer) => !peer.found());
  if (missing.length === 0) return;
  const names = missing.flatMap((peer) => peer.debian);
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    say(`installing ${names.join(' ')} for the tests ...`);
    const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const apt = (words) =>
      spawnSync('apt-get', ['-qq', ...words], { env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
    apt(['update']);
    // One by one: what a distribution lacks does not keep out the others.
    withoutStarting(() => {
      for (const { debian } of missing) apt(['install', '-y', '--no-install-recommends', ...debian]);
    });
  }
  for (const peer of missing.filter((each) => !each.found())) {
    say(
      `${peer.name} is not installed: its tests are skipped. Debian: apt-get install ${peer.debian.join(' ')}; macOS: ${peer.mac}`,
    );
    if (process.env.CI === 'true') process.exit(1);
  }
}

/** Debian starts each server that it installs, unless this file says no (man invoke-rc.d); the tests start their own. */
function withoutStarting(act) {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) return act();
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    act();
  } finally {
    rmSync(policy, { force: true });
  }
}

function succeeds(command, words) {
  try {
    execFileSync(command, words, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: process.platform === 'win32',
    });
    return true;
  } catch {
    // npm has said why; the caller tries another way or stops.
    return false;
  }
}
