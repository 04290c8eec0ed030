// The logs of the audiences, each a change log in a file of its own in the data folder. All of it comes of the book: a
// file that cannot be read is made anew, and one of an audience that is configured no more is removed, with whom it shows.

import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AudienceLogs } from '../server/circles.ts';
import type { ChangeLog } from '../server/change-log.ts';
import { HostFault } from './host-fault.ts';
import { openSqliteChangeLog } from './sqlite-change-log.ts';
import { LookUpThread } from './sqlite-look-up.ts';

const fileOf = (name: string): string => `audience-${name}.sqlite`;
const shape = /^audience-(.+)\.sqlite(?:-wal|-shm)?$/;

export class SqliteAudienceLogs implements AudienceLogs, AsyncDisposable {
  readonly #data: string;
  readonly #opened = new Map<string, ChangeLog>();
  /** For all of them: a thread each would be 30 MB each. */
  readonly #lookUps = new LookUpThread();

  /** Of the audiences of these names; others are removed from the folder. */
  constructor(data: string, audiences: readonly string[]) {
    this.#data = data;
    removeAudienceLogs(data, (name) => audiences.some((each) => name === each || name.startsWith(`${each}.`)));
  }

  async open(name: string): Promise<ChangeLog> {
    try {
      return this.#open(name);
    } catch (fault) {
      if (!(fault instanceof HostFault)) throw fault;
      this.#remove(name);
      return this.#open(name);
    }
  }

  async anew(name: string, old: ChangeLog): Promise<ChangeLog> {
    await old[Symbol.asyncDispose]();
    this.#remove(name);
    return this.#open(name);
  }

  async only(names: readonly string[]): Promise<void> {
    const wanted = new Set(names);
    removeAudienceLogs(this.#data, (name) => wanted.has(name));
  }

  async purge(limits: Parameters<ChangeLog['purge']>[0]): Promise<void> {
    for (const log of this.#opened.values()) await log.purge(limits);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const log of this.#opened.values()) await log[Symbol.asyncDispose]();
  }

  #open(name: string): ChangeLog {
    // What the audience is not to see is not there; what is, may be looked for.
    const path = join(this.#data, fileOf(name));
    const log = openSqliteChangeLog({ path, hidden: [], lookUps: this.#lookUps });
    this.#opened.set(name, log);
    return log;
  }

  #remove(name: string): void {
    removeAudienceLogs(this.#data, (each) => each !== name);
  }
}

/**
 * Removes the logs of audiences, but those whose names are to stay.
 * @throws HostFault when the folder cannot be read or written
 */
export function removeAudienceLogs(data: string, stays: (name: string) => boolean = () => false): void {
  try {
    for (const file of readdirSync(data)) {
      const [, name] = shape.exec(file) ?? [];
      if (name !== undefined && !stays(name)) rmSync(join(data, file), { force: true });
    }
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new HostFault(`${data}: cannot remove the log of an audience: ${what}`, { cause });
  }
}
