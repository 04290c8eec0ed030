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

// Below the ports that systems give to outgoing connections, one of which could take a port meanwhile. Each
// process of tests begins elsewhere.
const ports = { first: 10_000, count: 10_000 };
let lastPort = (process.pid * 97) % ports.count;

/** A port that is free now on all of `hosts`, for UDP and for TCP; each call gives another. */
export async function freePort(hosts: readonly string[]): Promise<number> {
  for (let tries = 0; tries < ports.count; tries += 1) {
    lastPort = (lastPort + 1) % ports.count;
    const port = ports.first + lastPort;
    const free = await Promise.all(hosts.flatMap((host) => [tcpIsFree(port, host), udpIsFree(port, host)]));
    if (!free.includes(false)) return port;
  }
  throw new Error(`no port is free on ${hosts.join(' and ')}`);
}

async function tcpIsFree(port: number, host: string): Promise<boolean> {
  const server = createServer();
  const free = await binds(server, () => server.listen(port, host));
  if (free) await new Promise((resolve) => server.close(resolve));
  return free;
}

async function udpIsFree(port: number, host: string): Promise<boolean> {
  const socket = createSocket('udp4');
  const free = await binds(socket, () => socket.bind(port, host));
  if (free) await new Promise<void>((resolve) => socket.close(() => resolve()));
  return free;
}

async function binds(socket: NodeJS.EventEmitter, bind: () => unknown): Promise<boolean> {
  const listening = once(socket, 'listening');
  bind();
  return listening.then(
    () => true,
    () => false,
  );
}
