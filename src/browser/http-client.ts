// HTTP to one server by `fetch`. What comes back is held to a size, unpacked, and to a time.

import type { Trouble } from '../terminal/acquisition.ts';
import type { BytesOutcome, HttpMessage, HttpOutcome, TerminalHttp } from '../terminal/http-exchange.ts';
import { HostFault } from './host-fault.ts';

const defaults: Readonly<Record<'mostAnswerOctets' | 'answerWithinMilliseconds', number>> = {
  // A whole book of 100,000 persons is about 25 MB.
  mostAnswerOctets: 64 * 1024 * 1024,
  answerWithinMilliseconds: 60_000,
};

/** An answer is told of when so many octets more of it are here. */
const octetsBetween = 256 * 1024;

/** @throws HostFault when `text` is not an `http:` or `https:` URL */
export function serverUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '')
    throw new HostFault(`not the URL of a server (http://HOST:PORT or https://HOST): ${JSON.stringify(text)}`);
  return url;
}

/** An answer that grew past what is taken. */
class TooLarge extends Error {}

interface Exchanged {
  readonly response: Response;
  readonly octets: Uint8Array;
}

type Unanswered = Extract<HttpOutcome, { readonly kind: 'unanswered' }>;

export class HttpClient implements TerminalHttp {
  readonly #server: URL;
  readonly #answerWithin: number;
  readonly #left = new AbortController();

  constructor(server: string, { answerWithinMilliseconds }: { readonly answerWithinMilliseconds?: number } = {}) {
    this.#server = serverUrl(server);
    this.#answerWithin = answerWithinMilliseconds ?? defaults.answerWithinMilliseconds;
  }

  async ask(message: HttpMessage): Promise<HttpOutcome> {
    const exchanged = await this.#exchange(message);
    if ('trouble' in exchanged) return exchanged;
    const { response, octets } = exchanged;
    const { status, statusText, headers } = response;
    const etag = headers.get('etag');
    const text = new TextDecoder().decode(octets);
    return {
      kind: 'answered',
      answer: { status, text, ...(etag !== null && { etag }), ...retryAfterOf(response) },
      // What crosses the network a page does not see: these are the bodies.
      sent: { firstLine: `${message.method} ${this.#pathOf(message)}`, bytes: message.body?.length ?? 0 },
      received: { firstLine: `${status} ${statusText}`.trimEnd(), bytes: octets.length },
    };
  }

  async bytes(message: HttpMessage): Promise<BytesOutcome> {
    const exchanged = await this.#exchange(message);
    if ('trouble' in exchanged) return exchanged;
    const { response, octets } = exchanged;
    return { kind: 'answered', status: response.status, bytes: octets, ...retryAfterOf(response) };
  }

  [Symbol.dispose](): void {
    this.#left.abort();
  }

  async #exchange(message: HttpMessage): Promise<Exchanged | Unanswered> {
    const late = AbortSignal.timeout(this.#answerWithin);
    const { mostAnswerOctets: most = defaults.mostAnswerOctets, coming } = message;
    try {
      const response = await fetch(this.#request(message), { signal: AbortSignal.any([late, this.#left.signal]) });
      return { response, octets: await gathered(response, { most, coming }) };
    } catch (error) {
      return { kind: 'unanswered', trouble: this.#troubleOf(error, { late: late.aborted, most }) };
    }
  }

  #request({ method, path, ...message }: HttpMessage): Request {
    const { body, contentType = 'application/json', ifNoneMatch, token } = message;
    const { authorization = token === undefined ? undefined : `Bearer ${token}` } = message;
    const headers = new Headers();
    if (authorization !== undefined) headers.set('authorization', authorization);
    if (ifNoneMatch !== undefined) headers.set('if-none-match', ifNoneMatch);
    if (body !== undefined) headers.set('content-type', contentType);
    const url = new URL(this.#pathOf({ path }), this.#server);
    // The store is the only copy: the browser's own would answer for a server that is gone, and outlive a log-out.
    const rules = { cache: 'no-store', credentials: 'omit', redirect: 'error', referrerPolicy: 'no-referrer' } as const;
    return new Request(url, { method, headers, ...rules, ...(body !== undefined && { body }) });
  }

  #pathOf({ path }: Pick<HttpMessage, 'path'>): string {
    return this.#server.pathname.replace(/\/$/, '') + path;
  }

  #troubleOf(error: unknown, { late, most }: { readonly late: boolean; readonly most: number }): Trouble {
    const { host } = this.#server;
    if (error instanceof TooLarge)
      return { kind: 'too-large', words: `The server's answer is larger than ${most} octets and was refused.` };
    if (late) return { kind: 'unreachable', words: `The server ${host} did not answer in time.` };
    if (!(error instanceof TypeError) && !(error instanceof DOMException)) throw error;
    return { kind: 'unreachable', words: `The server ${host} cannot be reached.` };
  }
}

interface Gathering {
  readonly most: number;
  readonly coming: HttpMessage['coming'];
}

async function gathered(response: Response, { most, coming }: Gathering): Promise<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return new Uint8Array();
  const parts: Uint8Array[] = [];
  let octets = 0;
  let told = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    octets += next.value.length;
    if (octets > most) {
      await reader.cancel();
      throw new TooLarge();
    }
    parts.push(next.value);
    if (octets - told >= octetsBetween) coming?.((told = octets));
  }
  return joined(parts, octets);
}

function joined(parts: readonly Uint8Array[], octets: number): Uint8Array {
  const whole = new Uint8Array(octets);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function retryAfterOf({ headers }: Response): { readonly retryAfterSeconds?: number } {
  const text = headers.get('retry-after');
  if (text === null) return {};
  if (/^\d{1,9}$/.test(text)) return { retryAfterSeconds: Number(text) };
  const at = Date.parse(text);
  return Number.isNaN(at) ? {} : { retryAfterSeconds: Math.max(0, Math.ceil((at - Date.now()) / 1000)) };
}
