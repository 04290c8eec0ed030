// How the command line finds the server of a data folder: the server writes where it listens, and its
// administrator's token, into files that only its own account can read.

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { parseJson, WireFault } from '../wire/problem.ts';
import { HostFault } from './host-fault.ts';

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

/** @throws HostFault when the folder cannot be made */
export function makeDataFolder(data: string): void {
  try {
    mkdirSync(data, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new HostFault(
      `data: cannot make the folder ${data}: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

/**
 * Says that this process serves the data folder.
 * @throws HostFault when another process that still runs does so
 */
export function claim(data: string): void {
  const other = readRunning(data);
  if (other !== undefined && other.processId !== process.pid && isAlive(other.processId))
    throw new HostFault(
      `${data} is in use by process ${other.processId} (${other.url}); stop it, or name another folder with --data`,
    );
  writeWhole(runningFile(data), JSON.stringify({ url: 'http://starting.invalid', processId: process.pid }));
}

export const writeRunning = (data: string, url: string): void =>
  writeWhole(runningFile(data), JSON.stringify({ url, processId: process.pid } satisfies Running));

export const removeRunning = (data: string): void => rmSync(runningFile(data), { force: true });

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
  writeFileSync(beside, text, { mode: 0o600 });
  renameSync(beside, path);
}
