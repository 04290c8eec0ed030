// Look-ups in a thread beside the log's file. It begins with the first question and is begun anew by the next one after it
// failed. A database in memory has no second connection; it is small, and looked up in place.

import type { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import type { FieldName } from '../book/field.ts';
import { HostFault } from './host-fault.ts';
import { LookUpReader, type Answering } from './look-up-reader.ts';

type Kind = keyof Answering;
type Question<K extends Kind> = Parameters<Answering[K]>[0];
type Answer<K extends Kind> = ReturnType<Answering[K]>;

export type Asked = { readonly [K in Kind]: { readonly kind: K; readonly question: Question<K> } }[Kind];

export interface LookUpRequest {
  readonly number: number;
  readonly asked: Asked;
}

export interface LookUpThreadOptions {
  readonly path: string;
  readonly hidden?: readonly FieldName[];
}

export type LookUpReply =
  | { readonly kind: 'answer'; readonly number: number; readonly answer: Answer<Kind> }
  | { readonly kind: 'failed'; readonly number: number; readonly blame: 'host' | 'ours'; readonly message: string };

export function answerBy(reader: Answering, asked: Asked): Answer<Kind> {
  switch (asked.kind) {
    case 'lookUp':
      return reader.lookUp(asked.question);
    case 'organisation':
      return reader.organisation(asked.question);
    case 'departments':
      return reader.departments(asked.question);
    case 'groups':
      return reader.groups(asked.question);
    case 'members':
      return reader.members(asked.question);
    case 'memberships':
      return reader.memberships(asked.question);
  }
}

interface Waiting {
  readonly resolve: (answer: Answer<Kind>) => void;
  readonly reject: (error: Error) => void;
}

// Sources run as they are; what is installed is JavaScript.
const thread = new URL(`./look-up-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

export class SqliteLookUp {
  readonly #options: LookUpThreadOptions;
  readonly #inPlace: LookUpReader | undefined;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #last = 0;

  constructor(options: LookUpThreadOptions, db: DatabaseSync) {
    this.#options = options;
    this.#inPlace = options.path === ':memory:' ? new LookUpReader(db, options) : undefined;
  }

  async ask<K extends Kind>(kind: K, question: Question<K>): Promise<Answer<K>> {
    const asked = { kind, question } as Asked;
    if (this.#inPlace !== undefined) return answerBy(this.#inPlace, asked) as Answer<K>;
    this.#worker ??= this.#begin();
    const worker = this.#worker;
    const number = (this.#last += 1);
    const { promise, resolve, reject } = Promise.withResolvers<Answer<Kind>>();
    this.#waiting.set(number, { resolve, reject });
    worker.ref();
    worker.postMessage({ number, asked } satisfies LookUpRequest, []);
    return promise as Promise<Answer<K>>;
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
    this.#fail(new HostFault(`${this.#options.path}: it was closed before the look-up was answered`));
  }

  #begin(): Worker {
    // Options of this process (a profile, a preload) are not the thread's.
    const worker = new Worker(thread, { workerData: this.#options, execArgv: [] });
    let cause: unknown;
    worker.on('message', (reply: LookUpReply) => this.#hear(reply));
    worker.on('error', (error) => (cause = error));
    worker.on('exit', () => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#fail(new HostFault(`${this.#options.path}: the look-up thread ended: ${String(cause)}`, { cause }));
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
