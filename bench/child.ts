// Another process of a benchmark: what is measured and what measures it must not share a thread.

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Message {
  readonly kind: string;
}

interface Waiting {
  readonly kind: string;
  readonly resolve: (message: Message) => void;
  readonly reject: (error: Error) => void;
}

const patienceMilliseconds = 300_000;

/** A program that was forked, and what it tells; of each kind in the order in which it was told. */
export class Child<Told extends Message> implements AsyncDisposable {
  readonly process: ChildProcess;
  readonly #name: string;
  #told: Message[] = [];
  #waiting: Waiting[] = [];
  #complaint = '';

  /** `file` is a path; `nodeWords` go before it. */
  constructor(file: string, words: readonly string[], nodeWords: readonly string[] = []) {
    this.#name = file;
    // As `rollcall` itself has it: what is loaded before it would else bring in what strips types, 20 MB of it and a tenth of a second.
    const env = { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache') };
    this.process = fork(file, words, { env, execArgv: [...nodeWords], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    this.process.stderr?.on(
      'data',
      (part: Buffer) => (this.#complaint = (this.#complaint + part.toString()).slice(-2000)),
    );
    this.process.on('message', (message: Message) => this.#hear(message));
    this.process.once('exit', (code) => this.#fail(`ended with ${code}`));
  }

  send(message: object): void {
    this.process.send(message);
  }

  /** The next message of that kind, or the oldest that nobody has asked for yet. */
  async next<Kind extends Told['kind']>(kind: Kind): Promise<Extract<Told, { readonly kind: Kind }>> {
    const at = this.#told.findIndex((message) => message.kind === kind);
    const message = at === -1 ? await this.#wait(kind) : this.#told.splice(at, 1)[0];
    return message as Extract<Told, { readonly kind: Kind }>;
  }

  /** Asks, and takes the next answer of that kind. */
  ask<Kind extends Told['kind']>(message: object, kind: Kind): Promise<Extract<Told, { readonly kind: Kind }>> {
    this.send(message);
    return this.next(kind);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { process } = this;
    if (process.exitCode !== null || process.signalCode !== null) return;
    const exit = once(process, 'exit');
    process.kill('SIGTERM');
    await exit;
  }

  async #wait(kind: string): Promise<Message> {
    let late: NodeJS.Timeout | undefined;
    try {
      return await new Promise((resolve, reject) => {
        late = setTimeout(
          () => reject(new Error(`${this.#name}: no '${kind}' in time. ${this.#complaint}`)),
          patienceMilliseconds,
        );
        this.#waiting.push({ kind, resolve, reject });
      });
    } finally {
      clearTimeout(late);
    }
  }

  #hear(message: Message): void {
    const at = this.#waiting.findIndex(({ kind }) => kind === message.kind);
    if (at === -1) this.#told.push(message);
    else for (const waiting of this.#waiting.splice(at, 1)) waiting.resolve(message);
  }

  #fail(why: string): void {
    for (const { reject } of this.#waiting.splice(0)) reject(new Error(`${this.#name}: ${why}. ${this.#complaint}`));
  }
}

/** The path of a program beside this file. */
export const beside = (name: string): string => new URL(name, import.meta.url).pathname;
