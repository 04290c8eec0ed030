// Where a browser comes back to from an identity provider: an address of this machine, for one log-in. Any page may
// send a browser here, and any program of this machine may ask; only what has the `state` of the log-in is listened to.

import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { returnOf, type Returned } from '../terminal/provider-log-in.ts';
import { TerminalFault } from '../terminal/terminal-fault.ts';
import { plainHttp } from './plain-http.ts';

export interface BrowserReturn extends AsyncDisposable {
  readonly redirectUri: string;
  /** Rejects with a TerminalFault when the provider says no, or `signal` gave up. */
  readonly code: Promise<string>;
  /** What the employee then reads in the browser. */
  reply(words: string): Promise<void>;
}

/** Listens until it is disposed of. */
export async function awaitBrowser(state: string, signal: AbortSignal): Promise<BrowserReturn> {
  const { promise: code, resolve, reject } = Promise.withResolvers<string>();
  // Whoever disposes of it before waiting has no use for it.
  code.catch(() => undefined);
  let waiting: ServerResponse | undefined;
  const server = plainHttp.createServer((request, response) => {
    const back = readReturn(request, state);
    if (back === undefined) return void page(response, 404, 'There is nothing here.');
    if (waiting !== undefined) return void page(response, 409, 'This log-in was already answered.');
    waiting = response;
    if ('code' in back) return resolve(back.code);
    void page(response, 200, `You are not logged in. ${back.words}`);
    reject(new TerminalFault({ kind: 'log-in-again', words: back.words }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const words = 'Nobody logged in by the browser in time.';
  const giveUp = (): void => reject(new TerminalFault({ kind: 'log-in-again', words }));
  signal.addEventListener('abort', giveUp, { once: true });
  if (signal.aborted) giveUp();
  return {
    redirectUri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    code,
    reply: (said) => (waiting === undefined ? Promise.resolve() : page(waiting, 200, said)),
    [Symbol.asyncDispose]: () => {
      signal.removeEventListener('abort', giveUp);
      return close(server);
    },
  };
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

function readReturn({ method, url = '' }: IncomingMessage, state: string): Returned | undefined {
  const asked = URL.parse(url, 'http://127.0.0.1');
  return method === 'GET' && asked?.pathname === '/' ? returnOf(asked.searchParams, state) : undefined;
}

/** Resolves once it has left, or its reader has. */
async function page(response: ServerResponse, status: number, words: string): Promise<void> {
  if (response.destroyed) return;
  const text = words.replaceAll(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'",
    'referrer-policy': 'no-referrer',
    connection: 'close',
  });
  const gone = once(response, 'close');
  response.end(`<!doctype html><title>Rollcall</title><p>${text}</p>\n`);
  await gone;
}
