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
    const response = await this.#send(request);
    const text = await response.text();
    if (response.status === 401)
      throw new CommandFailure(
        `${this.#url} does not take the administrator's token in ${this.#tokenFile}; --token-file names another, which the server keeps in its data folder`,
        exitCodes.refused,
      );
    if (!response.ok)
      throw new CommandFailure(
        problemOf(text, response.status),
        response.status < 500 ? exitCodes.refused : exitCodes.failed,
      );
    if (request.answer === undefined) return undefined as T;
    return parseJson(request.answer, text, `the answer of ${this.#url}`);
  }

  async #send(request: AdminRequest<unknown>): Promise<Response> {
    const headers: Record<string, string> = { authorization: `Bearer ${this.#token}` };
    if (request.body !== undefined) headers['content-type'] = request.body.type;
    try {
      return await fetch(this.#url + request.path, {
        method: request.method,
        headers,
        ...(request.body !== undefined && { body: request.body.text }),
      });
    } catch (cause) {
      const why = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
      throw new CommandFailure(`${this.#url} cannot be reached: ${why}`, exitCodes.unreachable, { cause });
    }
  }
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
