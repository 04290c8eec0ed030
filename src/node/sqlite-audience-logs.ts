// The logs of the audiences, each a change log in a file of its own in the data folder. All of it comes of the book: a
// file that cannot be read is made anew, and one of an audience that is configured no more is removed, with whom it shows.

import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AudienceLogs } from '../server/audiences.ts';
import type { ChangeLog } from '../server/change-log.ts';
import { HostFault } from './host-fault.ts';
import { openSqliteChangeLog } from './sqlite-change-log.ts';

const fileOf = (audience: string): string => `audience-${audience}.sqlite`;
const shape = /^(audience-.+\.sqlite)(?:-wal|-shm)?$/;

export class SqliteAudienceLogs implements AudienceLogs, AsyncDisposable {
  readonly #data: string;
  readonly #opened = new Map<string, ChangeLog>();

  /** Of the audiences of these names; others are removed from the folder. */
  constructor(data: string, names: readonly string[]) {
    this.#data = data;
    removeAudienceLogs(data, names);
  }

  async open(audience: string): Promise<ChangeLog> {
    try {
      return this.#open(audience);
    } catch (fault) {
      if (!(fault instanceof HostFault)) throw fault;
      this.#remove(audience);
      return this.#open(audience);
    }
  }

  async anew(audience: string, old: ChangeLog): Promise<ChangeLog> {
    await old[Symbol.asyncDispose]();
    this.#remove(audience);
    return this.#open(audience);
  }

  async purge(limits: Parameters<ChangeLog['purge']>[0]): Promise<void> {
    for (const log of this.#opened.values()) await log.purge(limits);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const log of this.#opened.values()) await log[Symbol.asyncDispose]();
  }

  #open(audience: string): ChangeLog {
    // What the audience is not to see is not there; what is, may be looked for.
    const log = openSqliteChangeLog({ path: join(this.#data, fileOf(audience)), hidden: [] });
    this.#opened.set(audience, log);
    return log;
  }

  #remove(audience: string): void {
    removeFiles(this.#data, (name) => name === fileOf(audience));
  }
}

/**
 * Removes the logs of all audiences but those of these names.
 * @throws HostFault when the folder cannot be read or written
 */
export function removeAudienceLogs(data: string, but: readonly string[] = []): void {
  const kept = new Set(but.map(fileOf));
  removeFiles(data, (name) => !kept.has(name));
}

function removeFiles(data: string, which: (name: string) => boolean): void {
  try {
    for (const file of readdirSync(data)) {
      const [, name] = shape.exec(file) ?? [];
      if (name !== undefined && which(name)) rmSync(join(data, file), { force: true });
    }
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new HostFault(`${data}: cannot remove the log of an audience: ${what}`, { cause });
  }
}
