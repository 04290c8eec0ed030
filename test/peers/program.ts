// What the fixtures of real peers have in common: a free port, a program that runs to its end, a
// program that runs until it is stopped.

import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { programPath } from './installed.ts';

export interface Ended {
  /** Undefined where a signal ended it. */
  readonly code: number | undefined;
  /** Standard output and standard error, as they came. */
  readonly said: string;
}

/** A child process; ended with SIGTERM when it is disposed of. */
export class Program implements AsyncDisposable {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  #said = '';

  constructor(name: string, words: readonly string[], folder: string) {
    const child = spawn(programPath(name) ?? name, [...words], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (bytes: Buffer) => (this.#said = (this.#said + bytes.toString()).slice(-100_000)));
    this.ended = once(child, 'close').then(() => ({ code: child.exitCode ?? undefined, said: this.#said }));
  }

  /** So far. */
  get said(): string {
    return this.#said;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isRunning) this.#child.kill('SIGTERM');
    await this.ended;
  }
}

/** A port that is free now on all of `hosts`, for UDP and for TCP. */
export async function freePort(hosts: readonly string[]): Promise<number> {
  for (let tries = 0; tries < 50; tries += 1) {
    const port = await freeTcpPort(0, hosts[0]);
    const taken = await Promise.all(
      hosts.map(async (host) => (await freeTcpPort(port, host)) === 0 || !(await udpIsFree(port, host))),
    );
    if (!taken.includes(true)) return port;
  }
  throw new Error(`no port is free on ${hosts.join(' and ')}`);
}

/** 0 where the port is taken. */
async function freeTcpPort(port: number, host: string | undefined): Promise<number> {
  const server = createServer();
  try {
    await once(server.listen(port, host), 'listening');
  } catch {
    return 0; // which is what was asked
  }
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function udpIsFree(port: number, host: string): Promise<boolean> {
  const socket = createSocket('udp4');
  socket.bind(port, host);
  try {
    await once(socket, 'listening');
  } catch {
    return false; // which is what was asked
  }
  socket.close();
  await once(socket, 'close');
  return true;
}
