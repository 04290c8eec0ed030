// `rollcall serve` in a process of its own, as an administrator starts it; ended by its own process ID.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';

const repository = join(import.meta.dirname, '../..');
export const command: readonly string[] = [join(repository, 'src/apps/cli.ts')];

export interface Spawned {
  readonly process: ChildProcess;
  /** Of standard output, as they come. */
  readonly lines: AsyncIterator<string>;
  /** What it wrote on standard error. */
  complaints(): string;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** The command with `words`. */
export function spawnCommand(words: readonly string[]): Spawned {
  const child = spawn(process.execPath, [...command, ...words], { stdio: ['ignore', 'pipe', 'pipe'], cwd: repository });
  let complaints = '';
  child.stderr.on('data', (bytes: Buffer) => (complaints = (complaints + bytes.toString()).slice(-20_000)));
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };
  return {
    process: child,
    lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](),
    complaints: () => stripVTControlCharacters(complaints),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}

/** Resolves when it has said where it listens. */
export async function spawnServer(config: string): Promise<Spawned> {
  const spawned = spawnCommand(['--json', 'serve', '--config', config]);
  const first = await spawned.lines.next();
  if (first.done === true) throw new Error(`the server ended at once: ${spawned.complaints()}`);
  return spawned;
}

/** The command to its end. */
export async function runCommand(
  words: readonly string[],
): Promise<{ readonly code: number | null; readonly said: string; readonly complaints: string }> {
  const spawned = spawnCommand(words);
  const ended = once(spawned.process, 'close');
  const said: string[] = [];
  for (let line = await spawned.lines.next(); line.done !== true; line = await spawned.lines.next())
    said.push(line.value);
  await ended;
  return { code: spawned.process.exitCode, said: said.join('\n'), complaints: spawned.complaints() };
}
