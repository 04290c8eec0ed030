// HTTP to one server, for a terminal. As few header fields as HTTP allows, on a connection that is kept:
// a whole round of the method (S304 to S309) is to stay under 1,500 octets. What comes back is held to a
// size, before and after decompression, and to a time.

import type http from 'node:http';
import https from 'node:https';
import type { Transform } from 'node:stream';
import zlib from 'node:zlib';
import type { Trouble } from '../terminal/acquisition.ts';
import type { BytesOutcome, HttpMessage, HttpOutcome, TerminalHttp } from '../terminal/http-exchange.ts';
import { HostFault } from './host-fault.ts';
import { plainHttp } from './plain-http.ts';
import { certificateTrouble, clientTls } from './tls.ts';

interface Exchanged {
  readonly response: http.IncomingMessage;
  readonly octets: Buffer;
  readonly sent: number;
  readonly received: number;
}

export interface HttpClientOptions {
  /** `http:` or `https:`, with a path where the server lives below one. */
  readonly server: string;
  /** PEM of certificate authorities to trust instead of the system's. */
  readonly ca?: string | undefined;
  readonly mostAnswerOctets?: number;
  /** For the whole of an answer to come. */
  readonly answerWithinMilliseconds?: number;
}

const defaults = {
  // A whole book of 100,000 persons is about 25 MB.
  mostAnswerOctets: 64 * 1024 * 1024,
  answerWithinMilliseconds: 60_000,
  // Three, so that a look-up does not wait behind a whole book, nor either of them behind a photo.
  connections: 3,
};

/** @throws HostFault when `text` is not an `http:` or `https:` URL */
export function serverUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '')
    throw new HostFault(`not the URL of a server (http://HOST:PORT or https://HOST): ${JSON.stringify(text)}`);
  return url;
}

/** An answer that grew past what is taken. */
class TooLarge extends Error {}

/** A kept connection was closed before an answer came by it. */
class StaleConnection extends Error {}

export class HttpClient implements TerminalHttp {
  readonly #server: URL;
  readonly #agent: http.Agent;
  readonly #ca: string | undefined;
  readonly #mostAnswerOctets: number;
  readonly #answerWithin: number;

  constructor(options: HttpClientOptions) {
    this.#server = serverUrl(options.server);
    this.#ca = options.ca;
    this.#mostAnswerOctets = options.mostAnswerOctets ?? defaults.mostAnswerOctets;
    this.#answerWithin = options.answerWithinMilliseconds ?? defaults.answerWithinMilliseconds;
    const { Agent } = this.#server.protocol === 'https:' ? https : plainHttp;
    this.#agent = new Agent({ keepAlive: true, maxSockets: defaults.connections });
  }

  /** Never throws for what the server or the network does. */
  async ask(message: HttpMessage): Promise<HttpOutcome> {
    const exchanged = await this.#exchange(message);
    if ('trouble' in exchanged) return exchanged;
    const { response, octets, sent, received } = exchanged;
    const { httpVersion, statusCode: status = 0, statusMessage = '' } = response;
    return {
      kind: 'answered',
      answer: { status, text: octets.toString('utf8'), ...etagOf(response), ...retryAfterOf(response) },
      sent: { firstLine: `${message.method} ${this.#pathOf(message)} HTTP/1.1`, bytes: sent },
      received: { firstLine: `HTTP/${httpVersion} ${status} ${statusMessage}`.trimEnd(), bytes: received },
    };
  }

  /** The same for what is no text. */
  async bytes(message: HttpMessage): Promise<BytesOutcome> {
    const exchanged = await this.#exchange(message);
    if ('trouble' in exchanged) return exchanged;
    const { response, octets } = exchanged;
    return { kind: 'answered', status: response.statusCode ?? 0, bytes: octets, ...retryAfterOf(response) };
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  async #exchange(message: HttpMessage): Promise<Exchanged | Extract<HttpOutcome, { kind: 'unanswered' }>> {
    const stop = AbortSignal.timeout(this.#answerWithin);
    try {
      return await this.#once(message, stop).catch((error: unknown) => {
        // The server may close a kept connection in the moment in which we use it. All questions may be asked twice.
        if (!(error instanceof StaleConnection)) throw error;
        return this.#once(message, stop);
      });
    } catch (error) {
      const cause = error instanceof StaleConnection ? error.cause : error;
      return { kind: 'unanswered', trouble: this.#troubleOf(cause, stop, this.#mostOf(message)) };
    }
  }

  async #once(message: HttpMessage, stop: AbortSignal): Promise<Exchanged> {
    const request = this.#request(message, stop);
    let before = { written: 0, read: 0 };
    request.on('socket', (socket) => {
      before = { written: socket.connecting ? 0 : socket.bytesWritten, read: socket.connecting ? 0 : socket.bytesRead };
    });
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      request.once('response', resolve).once('error', (cause) => {
        const stale = request.reusedSocket && !stop.aborted;
        reject(stale ? new StaleConnection('stale', { cause }) : cause);
      });
      request.end(message.body);
    });
    // The socket is another's as soon as the answer has ended.
    const { socket } = response;
    let after = { written: 0, read: 0 };
    response.once('end', () => (after = { written: socket.bytesWritten, read: socket.bytesRead }));
    const octets = await gathered(response, { most: this.#mostOf(message), coming: message.coming });
    return { response, octets, sent: after.written - before.written, received: after.read - before.read };
  }

  #mostOf({ mostAnswerOctets = this.#mostAnswerOctets }: HttpMessage): number {
    return mostAnswerOctets;
  }

  #pathOf({ path }: HttpMessage): string {
    return this.#server.pathname.replace(/\/$/, '') + path;
  }

  #request(message: HttpMessage, signal: AbortSignal): http.ClientRequest {
    const { method, body, contentType = 'application/json', ifNoneMatch, short = false, token } = message;
    const { authorization = token === undefined ? undefined : `Bearer ${token}` } = message;
    const headers: http.OutgoingHttpHeaders = {
      ...(authorization !== undefined && { authorization }),
      ...(!short && { 'accept-encoding': 'br, gzip' }),
      ...(ifNoneMatch !== undefined && { 'if-none-match': ifNoneMatch }),
      ...(body !== undefined && {
        'content-type': contentType,
        'content-length': Buffer.byteLength(body),
      }),
    };
    const url = new URL(this.#pathOf(message), this.#server);
    const options = { method, headers, agent: this.#agent, signal };
    const request =
      url.protocol === 'https:'
        ? https.request(url, { ...options, ...clientTls(this.#ca) })
        : plainHttp.request(url, options);
    // HTTP/1.1 keeps a connection without being told so.
    request.removeHeader('connection');
    return request;
  }

  #troubleOf(error: unknown, stop: AbortSignal, most: number): Trouble {
    if (error instanceof TooLarge)
      return { kind: 'too-large', words: `The server's answer is larger than ${sizeOf(most)} and was refused.` };
    const { host } = this.#server;
    if (stop.aborted) return { kind: 'unreachable', words: `The server ${host} did not answer in time.` };
    const certificate = error instanceof Error ? certificateTrouble(error, host) : undefined;
    if (certificate !== undefined)
      return { kind: 'unreachable', words: `The server ${host} cannot be trusted: ${certificate}.` };
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    if (code?.startsWith('ERR_') === true || code?.startsWith('Z_') === true || code?.startsWith('HPE_') === true)
      return { kind: 'malformed', words: `The server's answer cannot be read (${code}).` };
    const why = code ?? (error instanceof Error ? error.message : String(error));
    return { kind: 'unreachable', words: `The server ${host} cannot be reached (${why}).` };
  }
}

const sizeOf = (octets: number): string =>
  octets < 1024 * 1024 ? `${Math.round(octets / 1024)} kB` : `${Math.round(octets / 1024 / 1024)} MB`;

/** An answer is told of when so many octets more of it are here. */
const octetsBetween = 256 * 1024;

interface Gathering {
  readonly most: number;
  readonly coming: HttpMessage['coming'];
}

/** By events: a pipeline with its own streams and signal takes longer than the rest of a short question. */
function gathered(response: http.IncomingMessage, { most, coming }: Gathering): Promise<Buffer> {
  const unpacked = unpack(response.headers['content-encoding']);
  const plain = unpacked === undefined ? response : response.pipe(unpacked);
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let octets = 0;
    let told = 0;
    const fail = (error: Error): void => {
      response.destroy();
      unpacked?.destroy();
      reject(error);
    };
    plain.on('data', (part: Buffer) => {
      octets += part.length;
      // A bomb is a small answer that unpacks to a large one; so what comes out is counted.
      if (octets > most) return fail(new TooLarge());
      parts.push(part);
      if (octets - told >= octetsBetween) coming?.((told = octets));
    });
    plain.once('end', () => resolve(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)));
    // A connection that closes too early is an error of the response, as is the end of the time (`signal` of the request).
    response.on('error', fail);
    unpacked?.on('error', fail);
  });
}

function unpack(encoding: string | undefined): Transform | undefined {
  const name = encoding?.trim().toLowerCase() ?? 'identity';
  switch (name) {
    case 'br':
      return zlib.createBrotliDecompress();
    case 'gzip':
    case 'x-gzip':
      return zlib.createGunzip();
    case 'zstd':
      return zlib.createZstdDecompress();
    default:
      return undefined;
  }
}

const etagOf = ({ headers }: http.IncomingMessage): { readonly etag?: string } =>
  headers.etag === undefined ? {} : { etag: headers.etag };

/** RFC 9110 §10.2.3: seconds, or a date. */
function retryAfterOf({ headers }: http.IncomingMessage): { readonly retryAfterSeconds?: number } {
  const text = headers['retry-after'];
  if (text === undefined) return {};
  if (/^\d{1,9}$/.test(text)) return { retryAfterSeconds: Number(text) };
  const at = Date.parse(text);
  return Number.isNaN(at) ? {} : { retryAfterSeconds: Math.max(0, Math.ceil((at - Date.now()) / 1000)) };
}
