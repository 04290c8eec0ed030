// A real OpenID Provider (`oidc-provider`) on a port of this machine, and the browser of somebody who logs in there.

import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider, type Client } from 'oidc-provider';

export interface OpenId extends AsyncDisposable {
  readonly issuer: string;
  /** The requests that it got, as `METHOD path`. */
  readonly asked: readonly string[];
  /** What it says of whom; the name that is typed at its log-in is the account. */
  readonly accounts: Map<string, Readonly<Record<string, unknown>>>;
  /** From now on it signs with a new key, and forgets the old one. */
  rotate(): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Logs in as `account` in a browser that was sent to `url`; gives where the provider sends it back to. */
  browse(url: string, account: string): Promise<URL>;
  /** As `browse`, but the employee turns back at the provider's log-in. */
  turnBack(url: string): Promise<URL>;
}

export const publicClient: Client = {
  client_id: 'rollcall',
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  redirect_uris: ['http://127.0.0.1/'],
};

/** Characters that differ once they are form-encoded (RFC 6749 §2.3.1). */
export const secret = 'a secret: 50% +&/~';

/** Of the names of their methods, but for the public one. */
const clients: readonly Client[] = [
  publicClient,
  ...(['client_secret_basic', 'client_secret_post'] as const).map((method) => ({
    ...publicClient,
    client_id: method,
    client_secret: secret,
    token_endpoint_auth_method: method,
  })),
];

export async function startOpenId({
  inUserInfo = false,
  authMethods = ['none'] as readonly string[],
} = {}): Promise<OpenId> {
  const asked: string[] = [];
  const accounts: OpenId['accounts'] = new Map();
  let listener: RequestListener;
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${(request.url ?? '').split('?', 1)[0]}`);
    listener(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;
  const rotate = async (): Promise<void> => {
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    const provider = new Provider(issuer, {
      clients: clients.filter((client) => authMethods.includes(client.token_endpoint_auth_method)),
      jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig' }] },
      cookies: { keys: ['a key of this test'] },
      claims: {
        openid: ['sub'],
        email: ['email', 'email_verified'],
        profile: ['preferred_username', 'employee_number'],
      },
      conformIdTokenClaims: inUserInfo,
      ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600, AuthorizationCode: 60 },
      clientAuthMethods: authMethods,
      findAccount: (_, id) => ({ accountId: id, claims: () => ({ ...accounts.get(id), sub: id }) }),
    });
    listener = provider.callback();
  };
  await rotate();
  const stop = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return {
    issuer,
    asked,
    accounts,
    rotate,
    stop,
    start: async () => {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    browse: async (url, account) => {
      const browser = new Browser(issuer);
      await browser.go(url);
      await browser.go(browser.at.href, new URLSearchParams({ prompt: 'login', login: account, password: 'any' }));
      if (browser.back === undefined) await browser.go(browser.at.href, new URLSearchParams({ prompt: 'consent' }));
      if (browser.back === undefined) throw new Error(`the provider does not send back: ${browser.text}`);
      return browser.back;
    },
    turnBack: async (url) => {
      const browser = new Browser(issuer);
      await browser.go(url);
      await browser.go(`${browser.at.href}/abort`);
      if (browser.back === undefined) throw new Error(`the provider does not send back: ${browser.text}`);
      return browser.back;
    },
    [Symbol.asyncDispose]: () => (server.listening ? stop() : Promise.resolve()),
  };
}

/** Follows redirects with its cookies, until one leads away from the provider. */
class Browser {
  readonly #origin: string;
  readonly #cookies = new Map<string, string>();
  at: URL = new URL('about:blank');
  text = '';
  /** Where it was sent back to. */
  back: URL | undefined;

  constructor(origin: string) {
    this.#origin = origin;
  }

  async go(url: string, form?: URLSearchParams): Promise<void> {
    let next: URL | undefined = new URL(url);
    let body = form;
    while (next !== undefined) {
      if (next.origin !== this.#origin) return void (this.back = next);
      this.at = next;
      next = await this.#step(next, body);
      body = undefined;
    }
  }

  async #step(url: URL, form: URLSearchParams | undefined): Promise<URL | undefined> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie },
      ...(form !== undefined && { method: 'POST', body: form }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      this.#cookies.set(name, value);
    }
    this.text = await response.text();
    const location = response.headers.get('location');
    return location === null ? undefined : new URL(location, url);
  }
}
