// SIPp as a subscriber: one call of a scenario of ours. It fails where a message is missing, is another
// one, or does not hold what the scenario looks for.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SipAccess } from '../../src/wire/http.ts';
import { programPath } from './installed.ts';
import { Program } from './program.ts';

export const sippIsInstalled = (): boolean => programPath('sipp') !== undefined;

export interface SippOptions {
  /** A file of `test/interop/sipp`, without `.xml`. */
  readonly scenario: string;
  readonly transport: 'udp' | 'tcp';
  /** `host:port`. */
  readonly to: string;
  readonly access: SipAccess;
  readonly domain: string;
  readonly timeoutSeconds?: number;
  /** More keys of the scenario. */
  readonly keys?: Readonly<Record<string, string>>;
}

export class SippCall implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'sipp-'));
  readonly #program: Program;

  constructor({ scenario, transport, to, access, domain, timeoutSeconds = 20, keys = {} }: SippOptions) {
    const words = [
      [to, '-m', '1', '-i', '127.0.0.1', '-t', transport === 'udp' ? 'u1' : 't1'],
      ['-sf', join(import.meta.dirname, `../interop/sipp/${scenario}.xml`)],
      ['-au', access.username, '-ap', access.password],
      ['-key', 'target', access.to, '-key', 'domain', domain],
      Object.entries(keys).flatMap(([name, value]) => ['-key', name, value]),
      ['-timeout', String(timeoutSeconds), '-timeout_error', '-pause_msg_ign', '-nostdin'],
      ['-trace_msg', '-message_file', 'messages', '-trace_err', '-error_file', 'errors'],
    ];
    this.#program = new Program('sipp', words.flat(), this.#folder);
  }

  /** Resolves when the scenario has come to its `touch subscribed`. */
  async subscribed(): Promise<void> {
    while (!existsSync(join(this.#folder, 'subscribed'))) {
      if (!this.#program.isRunning) throw new Error(await this.#why());
      await sleep(10);
    }
  }

  /**
   * Resolves when all went as the scenario says; gives the messages, as SIPp wrote them down.
   * @throws Error with what SIPp complains of, and the messages
   */
  async succeeded(): Promise<string> {
    const { code } = await this.#program.ended;
    if (code !== 0) throw new Error(await this.#why());
    return this.#read('messages');
  }

  async #why(): Promise<string> {
    const { code } = await this.#program.ended;
    return `sipp ended with ${code ?? 'a signal'}\n${this.#read('errors')}\n${this.#read('messages')}`;
  }

  #read(file: string): string {
    const path = join(this.#folder, file);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true });
  }
}
