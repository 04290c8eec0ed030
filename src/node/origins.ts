// Pages of other sites (RFC 6454, the Fetch standard's CORS): which of them may ask the server in the name of
// whoever has them open. A page of the server's own host always may; of others those that are listed.

import type { FastifyInstance, FastifyRequest } from 'fastify';

/** `https://host` or `https://host:port` as browsers write it; undefined where `text` is something else or says more. */
export function readOrigin(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return undefined;
  return url.pathname === '/' && url.search === '' && url.hash === '' ? url.origin : undefined;
}

/** Whether the page that a request comes from may make it. Programs other than browsers name no Origin. */
export function mayAsk(
  { origin, host }: { readonly origin?: string | undefined; readonly host?: string | undefined },
  allowed: readonly string[],
): boolean {
  if (origin === undefined) return true;
  const site = URL.parse(origin);
  return site !== null && (site.host === host || allowed.includes(site.origin));
}

/** Who shows a token shows it in Authorization, and no cookie stands for anybody here: to be listed opens answers to be read, and nothing else. */
const granted = {
  'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
  'access-control-allow-headers': 'authorization, content-type, if-none-match',
  'access-control-max-age': '600',
} as const;

/** Lets browsers hand what `app` answers to pages of the `allowed` sites. */
export function shareAnswers(app: FastifyInstance, allowed: readonly string[]): void {
  const fromListed = ({ headers }: FastifyRequest): boolean =>
    headers.origin !== undefined && allowed.includes(headers.origin);
  app.addHook('onRequest', (request, reply, done) => {
    const asksFirst = request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined;
    if (!asksFirst || !fromListed(request)) return done();
    void reply.code(204).headers(granted).send();
  });
  app.addHook('onSend', (request, reply, _payload, done) => {
    const vary = reply.getHeader('vary');
    reply.header('vary', vary === undefined ? 'origin' : `${String(vary)}, origin`);
    if (fromListed(request))
      reply.headers({
        'access-control-allow-origin': request.headers.origin,
        'access-control-expose-headers': 'etag, location, retry-after, www-authenticate',
      });
    done();
  });
}
