// The command line's way to a server's administration: the HTTP API, with the token of the data folder.

import { resolve } from 'node:path';
import type { GenericSchema } from 'valibot';
import { findRunning, readToken, tokenFileOf } from '../node/running.ts';
import { parseJson, problemSchema, WireFault } from '../wire/problem.ts';
import { CommandFailure, exitCodes } from './output.ts';
import { printable } from './screen.ts';

export interface AdminAccess {
  readonly data: string;
  readonly server?: string;
  readonly tokenFile?: string;
}

export interface AdminRequest<T> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: { readonly type: string; readonly text: string };
  /** Absent where the answer has no body. */
  readonly answer?: GenericSchema<unknown, T>;
}

export interface LinesRequest<T> {
  readonly path: string;
  readonly body: { readonly type: string; readonly text: string };
  readonly line: GenericSchema<unknown, T>;
  readonly sent: (done: number, total: number) => void;
  readonly stop: AbortSignal;
}

/** An answer ended before its end. */
export class BrokenOff extends Error {
  override readonly name = 'BrokenOff';
}

interface Sending {
  readonly method: string;
  readonly path: string;
  readonly body: string | ReadableStream<Uint8Array> | undefined;
  readonly type: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly stop?: AbortSignal;
  /** Asked where no answer came. */
  readonly mayHaveActed?: () => boolean;
}

export const jsonBody = (value: unknown): { readonly type: string; readonly text: string } => ({
  type: 'application/json',
  text: JSON.stringify(value),
});

export class AdminClient {
  readonly #url: string;
  readonly #tokenFile: string;
  readonly #token: string;

  /** @throws CommandFailure when no server is found; HostFault when the token cannot be read */
  constructor(access: AdminAccess) {
    this.#url = (access.server ?? runningAt(access.data)).replace(/\/+$/, '');
    // The token of the folder's own server is never told to another one.
    if (access.server !== undefined && access.tokenFile === undefined)
      throw new CommandFailure(
        "--server needs --token-file: the administrator's token, which that server keeps in its data folder",
        exitCodes.misused,
      );
    this.#tokenFile = access.tokenFile ?? tokenFileOf(access.data);
    this.#token = readToken(this.#tokenFile);
  }

  /** @throws CommandFailure with the server's own words, or when it cannot be reached */
  async ask<T>(request: AdminRequest<T>): Promise<T> {
    const { method, path, body } = request;
    const text = await (await this.#send({ method, path, body: body?.text, type: body?.type })).text();
    if (request.answer === undefined) return undefined as T;
    return parseJson(request.answer, text, `the answer of ${this.#url}`);
  }

  /**
   * The lines of an answer, as they come; `sent` is told how much of the body has gone.
   * @throws CommandFailure as `ask` does; BrokenOff when the connection ends, or `stop` says so, before the answer does
   */
  async *lines<T>(request: LinesRequest<T>): AsyncGenerator<T> {
    const { path, body, line, sent, stop } = request;
    const octets = new TextEncoder().encode(body.text);
    let whole = false;
    const stream = ReadableStream.from(
      pieces(octets, (done, total) => {
        whole = done === total;
        sent(done, total);
      }),
    );
    const headers = { accept: 'application/x-ndjson' };
    const sending = { method: 'POST', path, body: stream, type: body.type, headers, stop };
    // A server that has all of it may have acted on it, also where nothing of its answer came.
    const response = await this.#send({ ...sending, mayHaveActed: () => whole || stop.aborted });
    let rest = '';
    try {
      for await (const piece of (response.body ?? ReadableStream.from([])).pipeThrough(new TextDecoderStream())) {
        const texts = (rest + piece).split('\n');
        rest = texts.pop() ?? '';
        for (const text of texts) yield parseJson(line, text, `the answer of ${this.#url}`);
      }
    } catch (cause) {
      if (cause instanceof WireFault) throw cause;
      throw new BrokenOff(causeOf(cause), { cause });
    }
  }

  /** The answer, where it is a good one. */
  async #send({ method, path, body, type, headers = {}, stop, mayHaveActed }: Sending): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(this.#url + path, {
        method,
        headers: {
          ...headers,
          authorization: `Bearer ${this.#token}`,
          ...(type !== undefined && { 'content-type': type }),
        },
        // A body that is a stream is sent before the answer is read (Fetch Standard, RequestDuplex).
        ...(body !== undefined && { body, duplex: 'half' }),
        ...(stop !== undefined && { signal: stop }),
      });
    } catch (cause) {
      if (mayHaveActed?.() === true) throw new BrokenOff(causeOf(cause), { cause });
      throw new CommandFailure(`${this.#url} cannot be reached: ${causeOf(cause)}`, exitCodes.unreachable, { cause });
    }
    if (response.ok) return response;
    const text = await response.text();
    if (response.status === 401)
      throw new CommandFailure(
        `${this.#url} does not take the administrator's token in ${this.#tokenFile}; --token-file names another, which the server keeps in its data folder`,
        exitCodes.refused,
      );
    const code = response.status < 500 ? exitCodes.refused : exitCodes.failed;
    throw new CommandFailure(problemOf(text, response.status), code);
  }
}

const causeOf = (thrown: unknown): string =>
  thrown instanceof DOMException
    ? 'it was stopped'
    : thrown instanceof Error && thrown.cause instanceof Error
      ? thrown.cause.message
      : String(thrown);

const pieceOctets = 65_536;

async function* pieces(octets: Uint8Array, sent: (done: number, total: number) => void): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < octets.length; at += pieceOctets) {
    sent(at, octets.length);
    yield octets.subarray(at, at + pieceOctets);
  }
  sent(octets.length, octets.length);
}

function runningAt(data: string): string {
  const running = findRunning(data);
  if (running !== undefined) return running.url;
  throw new CommandFailure(
    `no server runs on ${resolve(data)}; start one with 'rollcall serve', or name another with --data or --server`,
    exitCodes.unreachable,
  );
}

function problemOf(text: string, status: number): string {
  try {
    const problem = parseJson(problemSchema, text, 'problem');
    // A wrong body names the place: `body: password: ...`, and here there is nobody who wrote a body.
    return printable(problem.detail ?? problem.title).replace(/^body: /, '');
  } catch (fault) {
    if (!(fault instanceof WireFault)) throw fault;
    return `the server answered ${status}`;
  }
}
