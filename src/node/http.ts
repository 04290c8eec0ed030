// The HTTP host: sockets, time limits, compression. What is answered is `answer`'s business; every path
// that nothing else here serves goes to it.

import type http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { Readable } from 'node:stream';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { strictTextOf } from '../base/bytes.ts';
import { wallTime } from '../base/time.ts';
import type { Address } from '../sip/transaction-user.ts';
import { problem, type Answer, type Request, type RequestBody } from '../server/http-message.ts';
import { codingOf, compressed, compressing, KeptBodies, type Coding } from './compression.ts';
import { HostFault } from './host-fault.ts';
import { shareAnswers } from './origins.ts';
import { plainHttp } from './plain-http.ts';
import type { ServerCertificate } from './server-certificate.ts';
import { Admission, part, socketDefaults } from './socket-limits.ts';

export interface HttpHostOptions {
  readonly answer: (request: Request) => Promise<Answer>;
  /** Port 0 takes a free one. */
  readonly listen: Address;
  /** What `answer` threw: a defect of ours. */
  readonly failed: (error: unknown) => void;
  /** The addresses of proxies whose X-Forwarded-For is believed; nobody's unless given. */
  readonly trustProxy?: readonly string[];
  /** Sites whose pages may read the answers; only the server's own unless given. */
  readonly allowedOrigins?: readonly string[];
  /** Registers what else is served here, e.g. the pages of the PC client. */
  readonly prepare?: (app: FastifyInstance) => void | Promise<void>;
  readonly limits?: Partial<HttpLimits>;
  /** With it, HTTPS and nothing else. It stays its owner's to dispose of. */
  readonly certificate?: ServerCertificate | undefined;
  /** Who may connect; its own where absent. */
  readonly admission?: Admission;
}

export interface HttpLimits {
  /** From the first octet of a request to its last. An import of 64 MB on a slow line fits; a body that trickles in does not. */
  readonly requestMilliseconds: number;
  readonly headersMilliseconds: number;
  readonly keepAliveMilliseconds: number;
  /** How often connections are looked through for those that are too slow. */
  readonly checkMilliseconds: number;
  /** How long a reader of pieces may take none of what waits for it. */
  readonly silentReaderMilliseconds: number;
  /** How long a stop waits for requests under way. */
  readonly stopMilliseconds: number;
}

const defaults: HttpLimits = {
  requestMilliseconds: 120_000,
  headersMilliseconds: 10_000,
  keepAliveMilliseconds: 65_000,
  checkMilliseconds: 5_000,
  silentReaderMilliseconds: 60_000,
  stopMilliseconds: 5_000,
};

export interface HttpHost extends AsyncDisposable {
  readonly address: Address;
  /** For WebSocket upgrades. */
  readonly server: http.Server;
}

/** @throws HostFault when the address cannot be had */
export async function openHttpHost(options: HttpHostOptions): Promise<HttpHost> {
  const limits = { ...defaults, ...options.limits };
  const kept = new KeptBodies();
  const handler = (request: FastifyRequest, reply: FastifyReply): Promise<unknown> =>
    handle({ request, reply }, options, { kept, limits, failed: options.failed });
  const app = fastify({
    logger: false,
    trustProxy: options.trustProxy === undefined ? false : [...options.trustProxy],
    serverFactory: (listener) => makeServer(listener, options, limits),
    // A stop ends idle connections at once and answers those that wait.
    forceCloseConnections: 'idle',
    // The path goes to `answer` as it came; what cannot be decoded is its to refuse.
    frameworkErrors: (_error, request, reply) => void handler(request as FastifyRequest, reply as FastifyReply),
    exposeHeadRoutes: false,
    clientErrorHandler: refuseSocket,
  });
  // Bodies are read when `answer` wants them, so the stream is handed on as it is.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  if (options.allowedOrigins !== undefined) shareAnswers(app, options.allowedOrigins);
  await options.prepare?.(app);
  app.all('*', handler);
  app.setNotFoundHandler(handler);
  try {
    await app.listen({ host: options.listen.host, port: options.listen.port });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new HostFault(`HTTP ${options.listen.host}:${options.listen.port}: ${why}`, { cause });
  }
  // A TCP server's address is never a pipe's name.
  const { address: host, port } = app.server.address() as AddressInfo;
  return {
    address: { host, port },
    server: app.server,
    [Symbol.asyncDispose]: () => close(app, limits.stopMilliseconds),
  };
}

/** Answers those who wait, but not for ever: Node looks for slow requests no more once a server closes. */
async function close(app: FastifyInstance, mostMilliseconds: number): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), mostMilliseconds);
  try {
    await app.close();
  } finally {
    clearTimeout(timer);
  }
}

function makeServer(listener: http.RequestListener, options: HttpHostOptions, limits: HttpLimits): http.Server {
  const { certificate, admission = new Admission() } = options;
  const times: http.ServerOptions = {
    requestTimeout: limits.requestMilliseconds,
    keepAliveTimeout: limits.keepAliveMilliseconds,
    headersTimeout: limits.headersMilliseconds,
    connectionsCheckingInterval: limits.checkMilliseconds,
  };
  if (certificate === undefined) {
    const server = plainHttp.createServer(times, listener);
    admission.guard(server);
    return server;
  }
  const handshakeTimeout = socketDefaults.handshakeMilliseconds;
  const server = https.createServer({ ...certificate.options, ...times, handshakeTimeout }, listener);
  certificate.keep(server);
  admission.guard(server);
  return server;
}

/** RFC 9457 even for what Node's parser could not read; nothing of it reached us as a request. */
function refuseSocket(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable) return;
  const status = clientErrors[error.code ?? ''] ?? 400;
  const { body, headers } = problem(status, 'This is not an HTTP request that can be read');
  socket.write(
    `HTTP/1.1 ${status} Bad Request\r\nConnection: close\r\nContent-Type: ${headers['content-type']}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  part(socket, socketDefaults.partingMilliseconds);
}

const clientErrors: Readonly<Record<string, number>> = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 };

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

async function handle(exchange: Exchange, options: HttpHostOptions, sending: Sending): Promise<unknown> {
  const { request, reply } = exchange;
  const { raw } = request;
  const url = raw.url ?? '/';
  const mark = url.indexOf('?');
  const asked: Request = {
    method: raw.method ?? 'GET',
    path: mark === -1 ? url : url.slice(0, mark),
    query: mark === -1 ? '' : url.slice(mark + 1),
    headers: raw.headers as Request['headers'],
    remote: request.ip,
    at: wallTime(Date.now()),
    body: (mostOctets) => readBody(raw, mostOctets),
  };
  let answer: Answer;
  try {
    answer = await options.answer(asked);
  } catch (error) {
    options.failed(error);
    answer = problem(500, 'The server met a mistake of its own; its report tells which');
  }
  // A body that nobody read is not waited for: the connection ends with the answer.
  if (!raw.readableEnded && hasBody(raw)) reply.header('connection', 'close');
  return send(exchange, answer, sending);
}

const hasBody = (raw: http.IncomingMessage): boolean =>
  raw.headers['transfer-encoding'] !== undefined || Number(raw.headers['content-length'] ?? 0) > 0;

async function readBody(raw: http.IncomingMessage, mostOctets: number): Promise<RequestBody> {
  if (Number(raw.headers['content-length'] ?? 0) > mostOctets) return { kind: 'too-large' };
  const octets = await bodyOf(raw, mostOctets);
  if (typeof octets === 'string') return { kind: octets };
  const text = strictTextOf(octets);
  return text === undefined ? { kind: 'not-utf-8' } : { kind: 'text', text };
}

/** By events: an asynchronous iterator takes longer than what is done with a short body. */
const bodyOf = (raw: http.IncomingMessage, mostOctets: number): Promise<Buffer | 'too-large' | 'cut-off'> =>
  new Promise((resolve) => {
    const parts: Buffer[] = [];
    let octets = 0;
    raw.on('data', (part: Buffer) => {
      octets += part.length;
      if (octets <= mostOctets) return parts.push(part);
      raw.pause();
      return resolve('too-large');
    });
    raw.once('end', () => resolve(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)));
    // A request fails only by its connection; that is the peer's to do at any time.
    raw.once('error', () => resolve('cut-off')).once('close', () => resolve('cut-off'));
  });

interface Sending {
  readonly kept: KeptBodies;
  readonly limits: HttpLimits;
  readonly failed: (error: unknown) => void;
}

/**
 * RFC 9110 §6.6.1 wants Date from an origin server with a clock; who caches here goes by the entity tag, and
 * 37 octets an answer are a tenth of a change list. Nor does HTTP/1.1 need to be told that a connection
 * is kept (RFC 9112 §9.3), which would be 52 more.
 */
function sayLess({ request, reply }: Exchange): void {
  reply.raw.sendDate = false;
  const persists = request.raw.httpVersion === '1.1' && reply.raw.shouldKeepAlive;
  if (persists && !reply.hasHeader('connection')) reply.raw.removeHeader('connection');
}

async function send({ request, reply }: Exchange, answer: Answer, sending: Sending): Promise<unknown> {
  sayLess({ request, reply });
  reply.code(answer.status).headers(answer.headers);
  const { body } = answer;
  if (body === '') return reply.send();
  if (body instanceof Uint8Array) return reply.send(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
  const coding = mayCompress(answer) ? codingOf(request.raw.headers['accept-encoding']) : undefined;
  if (typeof body === 'string') {
    const packed = coding === undefined ? undefined : await compressed(body, coding);
    // As octets: to a string of JSON fastify adds a charset that JSON does not have (RFC 8259 §11).
    if (packed === undefined) return reply.send(Buffer.from(body));
    return packedHeaders(reply, coding).send(packed);
  }
  return sendPieces({ request, reply }, { ...answer, body }, { ...sending, coding });
}

const leastToCompress = 150;

/** What is short grows by compression; what is not to be stored holds secrets beside what the asker chose. */
const mayCompress = ({ body, headers }: Answer): boolean =>
  headers['cache-control'] !== 'no-store' && (typeof body !== 'string' || body.length >= leastToCompress);

const packedHeaders = (reply: FastifyReply, coding: Coding | undefined): FastifyReply => {
  const vary = reply.getHeader('vary');
  reply.header('vary', vary === undefined ? 'accept-encoding' : `${String(vary)}, accept-encoding`);
  return coding === undefined ? reply : reply.header('content-encoding', coding);
};

type Pieces = Omit<Answer, 'body'> & { readonly body: AsyncIterable<string> };

async function sendPieces(
  { reply }: Exchange,
  answer: Pieces,
  { kept, failed, limits, coding }: Sending & { readonly coding: Coding | undefined },
): Promise<unknown> {
  packedHeaders(reply, coding);
  try {
    const tag = answer.sameForAll ? answer.headers['etag'] : undefined;
    const whole = tag === undefined ? undefined : await kept.body(`${tag} ${coding ?? ''}`, answer.body, coding);
    // Node has no limit of its own for who stops reading; the pieces hold a store's snapshot meanwhile.
    reply.raw.setTimeout(limits.silentReaderMilliseconds, () => reply.raw.destroy());
    if (whole?.kind === 'kept') return await reply.send(whole.octets);
    const pieces = whole === undefined ? answer.body : whole.pieces;
    const plain = Readable.from(await begun(pieces));
    // Too late to say so: the connection ends before the body does.
    plain.on('error', failed);
    return await reply.send(coding === undefined ? plain : compressing(plain, coding));
  } catch (error) {
    failed(error);
    for (const name of ['etag', 'content-encoding', 'vary']) reply.removeHeader(name);
    const unavailable = problem(503, 'The server cannot use its store now, its log says why; try again later');
    return reply
      .code(503)
      .headers({ ...unavailable.headers, 'retry-after': '5' })
      .send(Buffer.from(unavailable.body));
  }
}

/** The same pieces, of which the first is there: who cannot begin has not yet promised anything. */
async function begun(pieces: AsyncIterable<string>): Promise<AsyncIterable<string>> {
  const iterator = pieces[Symbol.asyncIterator]();
  let first: IteratorResult<string> | undefined = await iterator.next();
  // Not a generator: one that is ended before it began would not end `iterator`, which holds a store's snapshot.
  const rest: AsyncIterator<string> = {
    next: async () => {
      const next = first ?? (await iterator.next());
      first = undefined;
      return next;
    },
    return: async () => {
      await iterator.return?.();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => rest };
}
