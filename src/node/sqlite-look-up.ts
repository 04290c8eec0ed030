// Look-ups in a thread beside the log's file. It begins with the first question and is begun anew by the next one after it
// failed. A database in memory has no second connection; it is small, and looked up in place.

import type { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import type { LookUpAnswer, LookUpQuestion } from '../server/change-log.ts';
import { HostFault } from './host-fault.ts';
import { LookUpReader } from './look-up-reader.ts';

export interface LookUpRequest {
  readonly number: number;
  readonly question: LookUpQuestion;
}

export type LookUpReply =
  | { readonly kind: 'answer'; readonly number: number; readonly answer: LookUpAnswer }
  | { readonly kind: 'failed'; readonly number: number; readonly blame: 'host' | 'ours'; readonly message: string };

interface Waiting {
  readonly resolve: (answer: LookUpAnswer) => void;
  readonly reject: (error: Error) => void;
}

// Sources run as they are; what is installed is JavaScript.
const thread = new URL(`./look-up-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

export class SqliteLookUp {
  readonly #path: string;
  readonly #inPlace: LookUpReader | undefined;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #last = 0;

  constructor(path: string, db: DatabaseSync) {
    this.#path = path;
    this.#inPlace = path === ':memory:' ? new LookUpReader(db) : undefined;
  }

  async ask(question: LookUpQuestion): Promise<LookUpAnswer> {
    if (this.#inPlace !== undefined) return this.#inPlace.answer(question);
    this.#worker ??= this.#begin();
    const worker = this.#worker;
    const number = (this.#last += 1);
    const { promise, resolve, reject } = Promise.withResolvers<LookUpAnswer>();
    this.#waiting.set(number, { resolve, reject });
    worker.ref();
    worker.postMessage({ number, question } satisfies LookUpRequest, []);
    return promise;
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
    this.#fail(new HostFault(`${this.#path}: it was closed before the look-up was answered`));
  }

  #begin(): Worker {
    // Options of this process (a profile, a preload) are not the thread's.
    const worker = new Worker(thread, { workerData: this.#path, execArgv: [] });
    let cause: unknown;
    worker.on('message', (reply: LookUpReply) => this.#hear(reply));
    worker.on('error', (error) => (cause = error));
    worker.on('exit', () => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#fail(new HostFault(`${this.#path}: the look-up thread ended: ${String(cause)}`, { cause }));
    });
    return worker;
  }

  #hear(reply: LookUpReply): void {
    const waiting = this.#waiting.get(reply.number);
    this.#waiting.delete(reply.number);
    // An idle thread holds no process that wants to end.
    if (this.#waiting.size === 0) this.#worker?.unref();
    if (reply.kind === 'answer') waiting?.resolve(reply.answer);
    else waiting?.reject(reply.blame === 'host' ? new HostFault(reply.message) : new Error(reply.message));
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
