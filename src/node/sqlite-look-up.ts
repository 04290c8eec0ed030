// Look-ups in a thread beside the log's file, or beside several. It begins with the first question and is begun anew by the
// next one after it failed. A database in memory has no second connection; it is small, and looked up in place.

import type { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import type { FieldName } from '../book/field.ts';
import { HostFault } from './host-fault.ts';
import { LookUpReader, type Answering } from './look-up-reader.ts';

type Kind = keyof Answering;
type Question<K extends Kind> = Parameters<Answering[K]>[0];
type Answer<K extends Kind> = ReturnType<Answering[K]>;

export type Asked = { readonly [K in Kind]: { readonly kind: K; readonly question: Question<K> } }[Kind];

export type LookUpRequest =
  | { readonly kind: 'ask'; readonly number: number; readonly file: LookUpFile; readonly asked: Asked }
  /** The file is closed, and may be removed. */
  | { readonly kind: 'forget'; readonly path: string };

export interface LookUpFile {
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
  readonly path: string;
  readonly resolve: (answer: Answer<Kind>) => void;
  readonly reject: (error: Error) => void;
}

// Sources run as they are; what is installed is JavaScript.
const thread = new URL(`./look-up-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

/** The look-ups of one log. */
export class SqliteLookUp {
  readonly #file: LookUpFile;
  readonly #inPlace: LookUpReader | undefined;
  readonly #thread: LookUpThread;

  /** `thread`: one that answers for other files as well. */
  constructor(file: LookUpFile, db: DatabaseSync, thread: LookUpThread = new LookUpThread()) {
    this.#file = file;
    this.#inPlace = file.path === ':memory:' ? new LookUpReader(db, file) : undefined;
    this.#thread = thread;
  }

  async ask<K extends Kind>(kind: K, question: Question<K>): Promise<Answer<K>> {
    const asked = { kind, question } as Asked;
    if (this.#inPlace !== undefined) return answerBy(this.#inPlace, asked) as Answer<K>;
    return (await this.#thread.ask(this.#file, asked)) as Answer<K>;
  }

  close(): Promise<void> {
    return this.#thread.forget(this.#file.path);
  }
}

/** It ends with the last file that it was asked about. */
export class LookUpThread {
  readonly #waiting = new Map<number, Waiting>();
  readonly #paths = new Set<string>();
  #worker: Worker | undefined;
  #last = 0;

  ask(file: LookUpFile, asked: Asked): Promise<Answer<Kind>> {
    this.#worker ??= this.#begin();
    this.#paths.add(file.path);
    const number = (this.#last += 1);
    const { promise, resolve, reject } = Promise.withResolvers<Answer<Kind>>();
    this.#waiting.set(number, { path: file.path, resolve, reject });
    this.#worker.ref();
    this.#worker.postMessage({ kind: 'ask', number, file, asked } satisfies LookUpRequest, []);
    return promise;
  }

  async forget(path: string): Promise<void> {
    if (!this.#paths.delete(path)) return;
    const worker = this.#worker;
    if (this.#paths.size === 0) {
      this.#worker = undefined;
      await worker?.terminate();
    } else worker?.postMessage({ kind: 'forget', path } satisfies LookUpRequest, []);
    this.#fail(new HostFault(`${path}: it was closed before the look-up was answered`), path);
  }

  #begin(): Worker {
    // Options of this process (a profile, a preload) are not the thread's.
    const worker = new Worker(thread, { execArgv: [] });
    let cause: unknown;
    worker.on('message', (reply: LookUpReply) => this.#hear(reply));
    worker.on('error', (error) => (cause = error));
    worker.on('exit', () => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      for (const path of this.#paths)
        this.#fail(new HostFault(`${path}: the look-up thread ended: ${String(cause)}`, { cause }), path);
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

  #fail(error: Error, path: string): void {
    for (const [number, waiting] of this.#waiting) {
      if (waiting.path !== path) continue;
      this.#waiting.delete(number);
      waiting.reject(error);
    }
  }
}
