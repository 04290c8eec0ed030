// What calls itself an OpenID Provider and need not be one: each answer is what the test says.

import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';

interface Said {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface LyingOpenId extends AsyncDisposable {
  readonly issuer: string;
  /** By path. What is no text is sent as JSON. */
  readonly says: Map<string, Said>;
  readonly asked: readonly string[];
}

/** With `tls` (PEM) over HTTPS. */
export async function startLyingOpenId(tls?: { readonly cert: string; readonly key: string }): Promise<LyingOpenId> {
  const says = new Map<string, Said>();
  const asked: string[] = [];
  const listener: RequestListener = (request, response) => {
    asked.push(request.url ?? '');
    say(response, says.get(request.url ?? '') ?? { status: 404, body: '' });
  };
  const server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    issuer: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    says,
    asked,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function say(response: ServerResponse, { status = 200, headers = {}, body }: Said): void {
  response.writeHead(status, headers);
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
