// The command `rollcall` as its users have it: a process of its own, with what it writes.

import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../../src/apps/cli.ts', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** Standard output as lines of JSON. */
  readonly json: readonly Record<string, unknown>[];
}

export interface CallOptions {
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

const patience = 20_000;

/** A command that runs on, until it is asked to stop. */
export class RunningCommand {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<number | null>;
  out = '';
  err = '';

  constructor(words: readonly string[], { input, environment = {}, cwd }: CallOptions = {}) {
    const { ROLLCALL_HOME: _home, ROLLCALL_PASSWORD: _password, ...inherited } = process.env;
    this.#child = spawn(process.execPath, [cli, ...words], {
      env: { ...inherited, ...environment },
      cwd,
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => (this.out += text));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.err += text));
    this.#child.stdin.end(input);
    this.#ended = once(this.#child, 'close').then(([code]) => code as number | null);
  }

  get processId(): number {
    if (this.#child.pid === undefined) throw new Error('it did not start');
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** As `| head` does once it has enough. */
  closeOutput(): void {
    this.#child.stdout.destroy();
  }

  async end(): Promise<Ended> {
    const code = await this.#ended;
    return { code, out: this.out, err: this.err, json: jsonLines(this.out) };
  }

  /** Asks it to stop, and waits until it has. */
  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    if (this.running) this.signal(signal);
    return this.end();
  }

  /** Asked first, since a practice directory has a child of its own to end. */
  async endSurely(): Promise<void> {
    if (!this.running) return;
    const late = setTimeout(() => this.signal('SIGKILL'), 5000);
    await this.stop();
    clearTimeout(late);
  }

  /** Waits for what it is to write, on either stream. */
  async until(pattern: RegExp, stream: 'out' | 'err' = 'out'): Promise<RegExpExecArray> {
    const till = Date.now() + patience;
    while (Date.now() < till) {
      const found = pattern.exec(this[stream]);
      if (found !== null) return found;
      if (!this.running) await this.#ended;
      await new Promise((resolve) => setTimeout(resolve, 15));
      if (!this.running && pattern.exec(this[stream]) === null) break;
    }
    throw new Error(`${String(pattern)} did not come\n--- out\n${this.out}\n--- err\n${this.err}`);
  }
}

function jsonLines(text: string): readonly Record<string, unknown>[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.every((line) => line.startsWith('{'))
    ? lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    : [];
}

/** What one test starts and makes; `clear` in afterEach ends all of it. */
export class Bench {
  readonly #started: RunningCommand[] = [];
  readonly #folders: string[] = [];

  folder(): string {
    const path = mkdtempSync(join(tmpdir(), 'rollcall-apps-'));
    this.#folders.push(path);
    return path;
  }

  start(words: readonly string[], options?: CallOptions): RunningCommand {
    const command = new RunningCommand(words, options);
    this.#started.push(command);
    return command;
  }

  call(words: readonly string[], options?: CallOptions): Promise<Ended> {
    return this.start(words, options).end();
  }

  /** A server on free ports of a new data folder, ready. */
  async serve(words: readonly string[] = [], options?: CallOptions): Promise<Served> {
    const data = words.includes('--data') ? '' : this.folder();
    const where = data === '' ? [] : ['--data', data];
    const command = this.start(['serve', '--json', ...ports, ...where, ...words], options);
    const [line] = await command.until(/^\{"url".*$/m);
    return { command, data, ...(JSON.parse(line) as StartedLine) };
  }

  async clear(): Promise<void> {
    for (const command of this.#started.splice(0).toReversed()) await command.endSurely();
    for (const folder of this.#folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  }
}

export const ports = ['--http-port', '0', '--sip-port', '0'];

interface StartedLine {
  readonly url: string;
  readonly udp: string;
  readonly tcp: string;
  readonly persons: number;
  readonly accounts: readonly {
    readonly user: string;
    readonly password: string;
    readonly person: string;
    readonly otherTelephone: string;
  }[];
}

export interface Served extends StartedLine {
  readonly command: RunningCommand;
  readonly data: string;
}
