// Somebody who uses the server while it loads: asks by SIP and by HTTP at a steady pace, and says how long the answers took.
// OPTIONS and HTTP are sent on time, whether or not the one before was answered: who waits must not hide that others would.

import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { hash } from '../src/node/chance.ts';
import { digestResponse, hashedA1, parseChallenge, printAnswer, type Challenge } from '../src/sip/digest.ts';
import { apiPrefix } from '../src/wire/protocol-version.ts';
import { credentialsOf } from './book.ts';
import { monotonic } from './clock.ts';
import { domain, wishOf } from './load-plan.ts';

/** Milliseconds of each answer. */
export interface MeanwhileTold {
  readonly kind: 'waited';
  readonly options: readonly number[];
  readonly refreshes: readonly number[];
  readonly http: readonly number[];
  /** Refreshes that the server had no time for (503). */
  readonly turnedAway: number;
  /** Each notification: when it came, and the revision that it tells of. */
  readonly told: readonly (readonly [at: number, revision: number])[];
}

const everyMilliseconds = 20;
/** What is not answered by then is counted as having taken so long. */
const lostAfterMilliseconds = 5000;

const [udp = '', url = '', etag = ''] = process.argv.slice(2);
const [host = '', port = ''] = udp.split(':');
const { sipUser, sipPassword, token } = credentialsOf(0);
const { to, fields } = wishOf({ kind: 'broadcast', etag }, 0);

const nothingYet = () => ({
  options: [] as number[],
  refreshes: [] as number[],
  http: [] as number[],
  told: [] as [number, number][],
  turnedAway: 0,
});
let waited = nothingYet();
let running = false;

const socket = dgram.createSocket({ type: 'udp4', lookup: (address, _, found) => found(null, address, 4) });
const listening = once(socket, 'listening');
socket.bind(0, '127.0.0.1');
await listening;
const here = `127.0.0.1:${socket.address().port}`;
const send = (lines: readonly string[]): void => socket.send(`${lines.join('\r\n')}\r\n\r\n`, Number(port), host);

/** Who waits for an answer, by the branch of the request. */
const answers = new Map<string, (text: string) => void>();
let requests = 0;

/** The final answer; empty where none comes. */
function ask(method: string, target: string, more: readonly string[]): Promise<string> {
  const branch = `z9hG4bK-m${(requests += 1)}`;
  return new Promise((resolve) => {
    const lost = setTimeout(() => done(''), lostAfterMilliseconds);
    const done = (text: string): void => {
      clearTimeout(lost);
      answers.delete(branch);
      resolve(text);
    };
    answers.set(branch, done);
    const via = `Via: SIP/2.0/UDP ${here};branch=${branch};rport`;
    send([`${method} ${target} SIP/2.0`, via, 'Max-Forwards: 70', ...more, 'Content-Length: 0']);
  });
}

socket.on('message', (bytes) => {
  const text = bytes.toString('latin1');
  if (!text.startsWith('SIP/2.0 ')) {
    const revision = /\r\nSIP-ETag *:[^\r]*\.(\d+)/i.exec(text)?.[1];
    if (running && revision !== undefined) waited.told.push([monotonic(), Number(revision)]);
    const back = text.split('\r\n').filter((line) => /^(?:v|via|f|from|t|to|i|call-id|cseq) *:/i.test(line));
    return send(['SIP/2.0 200 OK', ...back, 'Content-Length: 0']);
  }
  if (text.startsWith('SIP/2.0 1')) return;
  answers.get(/;branch=([^;\s]+)/.exec(text)?.[1] ?? '')?.(text);
});

async function timed(into: number[], work: () => Promise<unknown>): Promise<void> {
  const since = monotonic();
  await work();
  if (running) into.push(monotonic() - since);
}

const options = (): Promise<unknown> => {
  const id = `o${requests}`;
  return ask('OPTIONS', `sip:${domain}`, [
    `From: <sip:${sipUser}@${domain}>;tag=${id}`,
    `To: <sip:${domain}>`,
    `Call-ID: ${id}`,
    'CSeq: 1 OPTIONS',
  ]);
};

/** One subscription, refreshed again and again. */
class Refreshed {
  #cseq = 0;
  #challenge: Challenge | undefined;
  #count = 0;
  #target: string = to;
  #to = `To: <${to}>`;
  stands = false;

  /** @throws Error where it is refused */
  async subscribe(more: readonly string[]): Promise<void> {
    for (;;) {
      const answer = await this.#send(more);
      if (!answer.startsWith('SIP/2.0 401')) return this.#accepted(answer);
      const challenges = [...answer.matchAll(/\r\nWWW-Authenticate: *([^\r]+)/gi)];
      this.#challenge = challenges
        .map(([, value = '']) => parseChallenge(value))
        .find((c) => c?.algorithm === 'SHA-256');
      this.#count = 0;
    }
  }

  #send(more: readonly string[]): Promise<string> {
    this.#cseq += 1;
    return ask('SUBSCRIBE', this.#target, [
      `From: <sip:${sipUser}@${domain}>;tag=meanwhile`,
      this.#to,
      'Call-ID: meanwhile',
      `CSeq: ${this.#cseq} SUBSCRIBE`,
      `Contact: <sip:${sipUser}@${here}>`,
      'Expires: 3600',
      ...more,
      ...(this.#challenge === undefined ? [] : [`Authorization: ${this.#credentials(this.#challenge)}`]),
    ]);
  }

  #accepted(answer: string): void {
    if (answer === '') return;
    if (answer.startsWith('SIP/2.0 503')) return void (waited.turnedAway += 1);
    if (!answer.startsWith('SIP/2.0 2')) throw new Error(`refused: ${answer}`);
    this.stands = true;
    this.#to = /\r\n(To *:[^\r]+)/i.exec(answer)?.[1] ?? this.#to;
    this.#target = /\r\n(?:Contact|m) *:[^<\r]*<([^>]+)>/i.exec(answer)?.[1] ?? this.#target;
  }

  #credentials({ realm, nonce, algorithm, opaque }: Challenge): string {
    const [username, uri] = [sipUser, this.#target];
    const ha1 = hashedA1(hash, 'SHA-256', { username, realm, password: sipPassword });
    const auth = { cnonce: 'meanwhile', nonceCount: (this.#count += 1) };
    const by = (words: string): string => hash('SHA-256', words);
    const response = digestResponse(by, ha1, { method: 'SUBSCRIBE', uri, nonce, auth });
    return printAnswer({ username, realm, nonce, uri, algorithm, response, auth }, opaque);
  }
}

/** Asks one after another on one connection; answers come in the order of the questions. */
async function openHttp(): Promise<() => Promise<void>> {
  const { hostname, port: httpPort } = new URL(url);
  const connection = net.connect({ host: hostname, port: Number(httpPort), noDelay: true }).setEncoding('latin1');
  await once(connection, 'connect');
  const waiting: (() => void)[] = [];
  let rest = '';
  connection.on('data', (text: string) => {
    rest += text;
    for (;;) {
      const head = /^HTTP\/1\.1 (\d+)[^]*?\r\n\r\n/.exec(rest);
      if (head === null) return;
      if (head[1] !== '200') throw new Error(`not a 200: ${rest}`);
      const length = Number(/content-length: *(\d+)/i.exec(head[0])?.[1]);
      if (rest.length < head[0].length + length) return;
      rest = rest.slice(head[0].length + length);
      waiting.shift()?.();
    }
  });
  const question = `GET ${apiPrefix}/changes?after=0&upTo=0 HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${token}\r\n\r\n`;
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      connection.write(question);
    });
}

const subscription = new Refreshed();
// A server that has just begun may have no time for new ones yet.
while (!subscription.stands) {
  await subscription.subscribe(fields);
  if (!subscription.stands) await sleep(everyMilliseconds);
}
const http = await openHttp();
await http();
await options();

let refreshing = false;
const refresh = async (): Promise<void> => {
  if (refreshing) return;
  refreshing = true;
  await timed(waited.refreshes, () =>
    subscription.subscribe([...fields.filter((each) => !each.startsWith('Suppress')), 'Suppress-If-Match: *']),
  );
  refreshing = false;
};
setInterval(() => {
  if (!running) return;
  void timed(waited.options, options);
  void timed(waited.http, http);
  void refresh();
}, everyMilliseconds);

process.on('message', ({ kind }: { readonly kind: 'begin' | 'end' }) => {
  running = kind === 'begin';
  if (running) waited = nothingYet();
  else process.send?.({ kind: 'waited', ...waited } satisfies MeanwhileTold);
});
process.send?.({ kind: 'ready' });
