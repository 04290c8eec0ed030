// A session at a server: who is in it, what the server said for it, and what is asked in it.

import type { FieldLabels } from '../book/field.ts';
import type { LinkTemplate } from '../book/link-template.ts';
import type { Me } from './face.ts';
import type { BytesOutcome, HttpMessage, HttpOutcome, TerminalHttp } from './http-exchange.ts';
import type { KeptSession } from './personal-address-book.ts';

export class LoggedIn implements Disposable {
  readonly server: string;
  readonly me: Me;
  readonly labels: FieldLabels;
  readonly links: readonly LinkTemplate[];
  readonly #http: TerminalHttp;
  readonly #token: string;

  constructor({ server, user, session }: KeptSession, http: TerminalHttp) {
    const { token, name, person, labels = {}, links = [] } = session;
    this.server = server;
    this.me = { user, name, ...(person !== undefined && { person }) };
    this.labels = labels;
    this.links = links;
    this.#http = http;
    this.#token = token;
  }

  isOf({ session }: KeptSession): boolean {
    return session.token === this.#token;
  }

  ask(message: HttpMessage): Promise<HttpOutcome> {
    return this.#http.ask({ ...message, token: this.#token });
  }

  bytes(message: HttpMessage): Promise<BytesOutcome> {
    return this.#http.bytes({ ...message, token: this.#token });
  }

  [Symbol.dispose](): void {
    this.#http[Symbol.dispose]();
  }
}

export const nobodyLoggedIn: Extract<HttpOutcome, { readonly kind: 'unanswered' }> = {
  kind: 'unanswered',
  trouble: { kind: 'log-in-again', words: 'Nobody is logged in: log in first.' },
};
