// HTTP as the API sees it: plain values. The host owns sockets, framing, compression and time limits.

import type { WallTime } from '../base/time.ts';
import { problemUri, type Problem, type ProblemType } from '../wire/problem.ts';

export interface Request {
  /** In upper case. */
  readonly method: string;
  /** As it was sent: percent-encoded, without the query. */
  readonly path: string;
  /** As it was sent, without the question mark; empty where there is none. */
  readonly query: string;
  /** By lower-case name; one that came more than once is joined as RFC 9110 §5.3 says. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The IP address of whoever asks. */
  readonly remote: string;
  readonly at: WallTime;
  /** Reads the body, once, and only when somebody wants it: who may not ask cannot make the server read. */
  body(mostOctets: number): Promise<RequestBody>;
}

export type RequestBody =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'not-utf-8' }
  /** The connection ended, or was ended for being slow, before the body did: nobody hears the answer. */
  | { readonly kind: 'cut-off' };

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** What is long comes in pieces; it is made while it is sent. Bytes are sent as they are. */
  readonly body: string | Uint8Array | AsyncIterable<string>;
  /** For everyone who may ask the same at this entity tag: may be kept, compressed, until the tag moves. */
  readonly sameForAll?: true;
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Log in first',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  406: 'Not acceptable',
  409: 'Conflict',
  410: 'Gone',
  413: 'Too large',
  415: 'Unsupported media type',
  429: 'Too many attempts',
  500: 'The server failed',
  503: 'Not available now',
};

const typeOf: Readonly<Record<number, ProblemType>> = {
  400: 'bad-request',
  401: 'not-allowed',
  403: 'not-allowed',
  404: 'not-found',
  405: 'not-allowed',
  409: 'conflict',
  410: 'too-old',
  413: 'too-large',
  429: 'too-many',
  503: 'unavailable',
};

/** RFC 9457: what is wrong, and what would be right. `oldest` goes with 410. */
export function problem(
  status: number,
  detail: string,
  more: { readonly headers?: Readonly<Record<string, string>>; readonly oldest?: number } = {},
): Answer & { readonly body: string } {
  const type = typeOf[status];
  const document: Problem = {
    type: type === undefined ? 'about:blank' : problemUri(type),
    title: titles[status] ?? 'Error',
    status,
    detail,
    ...(more.oldest !== undefined && { oldest: more.oldest }),
  };
  const headers = { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...more.headers };
  return { status, headers, body: JSON.stringify(document) };
}

/** Says what is wrong with a request; becomes its answer. */
export class Refused extends Error {
  readonly answer: Answer;
  constructor(answer: Answer) {
    super(`answered with ${answer.status}`);
    this.answer = answer;
  }
}

export const refuse = (...why: Parameters<typeof problem>): never => {
  throw new Refused(problem(...why));
};

export const json = (body: unknown, status = 200): Answer => ({
  status,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: JSON.stringify(body),
});

export const nothing: Answer = { status: 204, headers: {}, body: '' };

/** The parameters of a query. @throws Refused where one is there twice, or is not percent-encoded UTF-8 */
export function parseQuery(query: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const part of query === '' ? [] : query.split('&')) {
    const equals = part.indexOf('=');
    const name = decoded(equals === -1 ? part : part.slice(0, equals));
    if (parameters.has(name)) refuse(400, `The query has ${quoted(name)} more than once; once would be right`);
    parameters.set(name, equals === -1 ? '' : decoded(part.slice(equals + 1)));
  }
  return parameters;
}

/** @throws Refused where `text` is not percent-encoded UTF-8 */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', '%20'));
  } catch {
    return refuse(400, `${quoted(text)} is not percent-encoded UTF-8`);
  }
}

/** What somebody sent, short enough to say back. */
export const quoted = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);

/** The media type of a header, in lower case, without its parameters. */
export const mediaType = (header: string | undefined): string => header?.split(';', 1)[0]?.trim().toLowerCase() ?? '';

/** One member of Accept, Accept-Encoding and their kin (RFC 9110 §12.4). */
export interface Liking {
  /** A media range, or a content coding; in lower case. */
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
  /** 0 where it is not wanted. */
  readonly quality: number;
}

/** What a client likes, best first. A quality that is none counts as 0. */
export function likings(header: string): readonly Liking[] {
  const all = header.split(',').map((part): Liking => {
    const [name = '', ...rest] = part.split(';').map((each) => each.trim().toLowerCase());
    const parameters = new Map(rest.map((each): [string, string] => [each.split('=', 1)[0] ?? '', afterEquals(each)]));
    const quality = Number(parameters.get('q') ?? 1);
    return { name, parameters, quality: quality >= 0 && quality <= 1 ? quality : 0 };
  });
  return all.filter(({ name }) => name !== '').toSorted((one, other) => other.quality - one.quality);
}

const afterEquals = (text: string): string => text.slice(text.indexOf('=') + 1).replaceAll('"', '');

/** Whether an If-None-Match header (RFC 9110 §13.1.2) names this entity tag; compared weakly, as it says. */
export function matches(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  if (header === `"${tag}"`) return true; // by far the usual case
  if (header.trim() === '*') return true;
  return header.split(',').some((each) => each.trim().replace(/^W\//, '') === `"${tag}"`);
}
