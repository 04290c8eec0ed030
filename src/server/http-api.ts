// The HTTP API: a request in, an answer out. Who asks is seen to first, then whether anything is new,
// which the head in memory says; only then is a body read or a store asked.

import { Fault } from '../base/fault.ts';
import { printEntityTag } from '../wire/change-list.ts';
import { parseJson, WireFault } from '../wire/problem.ts';
import type { Hash } from '../sip/digest.ts';
import type { StoredSession } from './account-store.ts';
import type { Behind } from './behind.ts';
import type { ServerFact } from './fact.ts';
import { decoded, matches, mediaType, parseQuery, problem, refuse, Refused } from './http-message.ts';
import type { Answer, Request } from './http-message.ts';
import { RouteTable, type Asked, type Route } from './http-routes.ts';
import type { Sessions } from './sessions.ts';
import type { View } from './view.ts';

export interface HttpApiOptions {
  readonly routes: readonly Route[];
  /** What the person of a session may see; what the administrator does, where there is no session. */
  readonly viewOf: (session: StoredSession | undefined) => View;
  readonly behind: Behind;
  readonly sessions: Sessions;
  /** SHA-256 of the administrator's token, lower-case hex; absent where there is no administration over HTTP. */
  readonly administratorTokenHash?: string | undefined;
  readonly hash: Hash;
  readonly realm: string;
  readonly report: (fact: ServerFact) => void;
}

type Asker = { readonly kind: 'administrator' } | { readonly kind: 'session'; readonly session: StoredSession };

export class HttpApi {
  readonly #options: HttpApiOptions;
  readonly #table: RouteTable;

  constructor(options: HttpApiOptions) {
    this.#options = options;
    this.#table = new RouteTable(options.routes);
  }

  /** @throws what is a defect of ours; what the host or the peer did is answered */
  async answer(request: Request): Promise<Answer> {
    try {
      return await this.#answer(request);
    } catch (thrown) {
      if (thrown instanceof Refused) return thrown.answer;
      if (thrown instanceof WireFault) return problem(400, thrown.message);
      if (!(thrown instanceof Fault) || thrown.blame !== 'host') throw thrown;
      this.#options.report({ kind: 'unavailable', path: request.path, fault: thrown });
      return problem(503, 'The server cannot use its store now, its log says why; try again later', {
        headers: { 'retry-after': '5' },
      });
    }
  }

  async #answer(request: Request): Promise<Answer> {
    const found = this.#table.find(request.method, request.path);
    if (found.kind === 'not-found') return problem(404, 'There is nothing at this path; see /v1/openapi.json');
    if (found.kind === 'method-not-allowed') {
      const allow = found.allow.join(', ');
      return problem(405, `This path takes ${allow}`, { headers: { allow } });
    }
    const { route } = found;
    const asker = this.#asker(request);
    const unwelcome = this.#refusal(route, asker, request);
    if (unwelcome !== undefined) return unwelcome;
    const session = asker?.kind === 'session' ? asker.session : undefined;
    const view = this.#options.viewOf(session);
    if (session !== undefined)
      this.#options.behind.hear(request.headers['if-none-match'], { user: session.user, head: view.tail.head });
    const tag = printEntityTag(view.tail.head);
    // A fixed span is another matter: its tag is that of its own end.
    if (route.asOfHead && !request.query.includes('upTo=') && matches(request.headers['if-none-match'], tag))
      return { status: 304, headers: { etag: `"${tag}"`, 'cache-control': 'no-cache' }, body: '' };
    const names = new Map([...found.names].map(([name, value]): [string, string] => [name, decoded(value)]));
    const query = checkedQuery(route, request);
    const read = await readBody(route, request);
    return route.act({
      request,
      query,
      names,
      view,
      administrator: asker?.kind === 'administrator',
      ...read,
      ...(session !== undefined && { session }),
    });
  }

  #asker(request: Request): Asker | undefined {
    const token = /^Bearer +([\w.~+/-]{1,4096}=*) *$/i.exec(request.headers['authorization'] ?? '')?.[1];
    if (token === undefined) return undefined;
    const session = this.#options.sessions.ofToken(token, request.at);
    if (session !== undefined) return { kind: 'session', session };
    // Hashes are compared, so that the time it takes says nothing of the token.
    const { administratorTokenHash, hash } = this.#options;
    const isAdministrator = administratorTokenHash !== undefined && hash('SHA-256', token) === administratorTokenHash;
    return isAdministrator ? { kind: 'administrator' } : undefined;
  }

  #refusal(route: Route, asker: Asker | undefined, request: Request): Answer | undefined {
    if (route.who === 'anyone') return undefined;
    if (asker === undefined) {
      const error = request.headers['authorization'] === undefined ? '' : ', error="invalid_token"';
      const headers = { 'www-authenticate': `Bearer realm="${this.#options.realm}"${error}` };
      const how = route.who === 'administrator' ? "the administrator's token" : 'a token from POST /v1/session';
      return problem(401, `This needs ${how} in Authorization: Bearer`, { headers });
    }
    if (route.who === 'administrator' && asker.kind !== 'administrator')
      return problem(403, 'Only the administrator may do this');
    if (route.who === 'session' && asker.kind !== 'session')
      return problem(403, 'This is about a session; the administrator has none');
    return undefined;
  }
}

function checkedQuery(route: Route, request: Request): ReadonlyMap<string, string> {
  const query = parseQuery(request.query);
  for (const { name, required, integer, what } of route.query ?? []) {
    const value = query.get(name);
    if (value === undefined && required) refuse(400, `The query needs ${name}: ${what}`);
    if (value !== undefined && integer && !/^\d{1,15}$/.test(value))
      refuse(400, `${name} must be a whole number from 0 up: ${what}`);
  }
  return query;
}

async function readBody(route: Route, request: Request): Promise<Pick<Asked, 'body' | 'bodyType'>> {
  if (route.body === undefined) return { body: '', bodyType: '' };
  const { types, mostOctets } = route.body;
  const bodyType = mediaType(request.headers['content-type']);
  if (!Object.hasOwn(types, bodyType)) {
    const right = Object.keys(types).join(', ');
    // RFC 9110 §15.5.16: which types would be right is said in Accept.
    refuse(415, `The body must be ${right}`, { headers: { accept: right } });
  }
  const read = await request.body(mostOctets);
  switch (read.kind) {
    case 'too-large':
      return refuse(413, `The body may have at most ${mostOctets} octets`);
    case 'not-utf-8':
      return refuse(400, 'The body is not UTF-8');
    case 'cut-off':
      return refuse(400, 'The body ended before its end');
    case 'text':
      return { body: read.text, bodyType };
  }
}

/** The body held to the route's schema. @throws WireFault with the place and what would be right */
export const bodyAs = <T>(asked: Asked, schema: Parameters<typeof parseJson<T>>[0]): T =>
  parseJson(schema, asked.body, 'body');
