// How the command line finds the server of a data folder: the server writes where it listens, and its
// administrator's token, into files that only its own account can read. That one server only has the
// folder is a lock of the operating system, which ends with the process however it ends; a process ID in
// a file would not do: after a power cut another program may have it.

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as v from 'valibot';
import { parseJson, WireFault } from '../wire/problem.ts';
import { HostFault } from './host-fault.ts';
import { sqliteFault } from './sqlite-file.ts';

export interface Running {
  readonly url: string;
  readonly processId: number;
}

const runningSchema: v.GenericSchema<unknown, Running> = v.object({
  url: v.pipe(v.string(), v.url()),
  processId: v.pipe(v.number(), v.safeInteger()),
});

const runningFile = (data: string): string => join(data, 'running.json');
export const tokenFileOf = (data: string): string => join(data, 'admin-token');

/**
 * Makes a folder, and those above it, for its owner alone. Not by Node's `recursive`, which never returns where
 * a file system takes no folders (`/proc`).
 */
export function makeFolder(path: string): void {
  const whole = resolve(path);
  if (existsSync(whole) && statSync(whole).isDirectory()) return;
  const above = dirname(whole);
  if (!existsSync(above)) makeFolder(above);
  mkdirSync(whole, { mode: 0o700 });
}

/** @throws HostFault when the folder cannot be made */
export function makeDataFolder(data: string): void {
  try {
    makeFolder(data);
  } catch (cause) {
    throw new HostFault(
      `data: cannot make the folder ${data}: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

/**
 * Holds the data folder for this server alone, until it is disposed of.
 * @throws HostFault when another server has it, or nothing can be written there
 */
export function claim(data: string): Disposable {
  const path = join(data, 'in-use');
  let lock: DatabaseSync | undefined;
  try {
    // SQLite's lock, since Node has none of its own. The file stays empty.
    lock = new DatabaseSync(path, { timeout: 0 });
    lock.exec('begin exclusive');
  } catch (fault) {
    if (lock?.isOpen === true) lock.close();
    if (!isBusy(fault)) throw sqliteFault(fault, path);
    const other = readRunning(data);
    const who = other === undefined ? 'another server' : `process ${other.processId} (${other.url})`;
    throw new HostFault(`${data} is in use by ${who}; stop it, or name another folder with --data`, { cause: fault });
  }
  const held = lock;
  return {
    [Symbol.dispose]: () => {
      rmSync(runningFile(data), { force: true });
      held.close();
    },
  };
}

/** SQLITE_BUSY. */
const isBusy = (fault: unknown): boolean => fault instanceof Error && 'errcode' in fault && fault.errcode === 5;

export const writeRunning = (data: string, url: string): void =>
  writeWhole(runningFile(data), JSON.stringify({ url, processId: process.pid } satisfies Running));

/** Who serves the folder; undefined where nobody does, or did and was killed. */
export function findRunning(data: string): Running | undefined {
  const running = readRunning(data);
  return running !== undefined && isAlive(running.processId) ? running : undefined;
}

/** The administrator's token of the folder, made where there is none. */
export function administratorToken(data: string): string {
  if (!existsSync(tokenFileOf(data))) writeWhole(tokenFileOf(data), `${randomBytes(24).toString('base64url')}\n`);
  return readToken(tokenFileOf(data));
}

/** @throws HostFault when the file cannot be read */
export function readToken(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new HostFault(
      `cannot read the administrator's token: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

function readRunning(data: string): Running | undefined {
  if (!existsSync(runningFile(data))) return undefined;
  try {
    return parseJson(runningSchema, readFileSync(runningFile(data), 'utf8'), runningFile(data));
  } catch (fault) {
    if (fault instanceof WireFault) return undefined; // written by something else; it is written anew
    throw fault;
  }
}

/** Signal 0 asks whether there is such a process; EPERM says that there is, of another account. */
function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (fault) {
    return fault instanceof Error && 'code' in fault && fault.code === 'EPERM';
  }
}

/** In one step, so that a reader never finds half of it; readable by this account alone. */
function writeWhole(path: string, text: string): void {
  const beside = `${path}.${process.pid}`;
  try {
    writeFileSync(beside, text, { mode: 0o600 });
    renameSync(beside, path);
  } catch (cause) {
    throw new HostFault(`cannot write ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
