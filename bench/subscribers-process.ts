// The subscribers of `sip`: many subscriptions over a few UDP sockets, as little SIP as they need, so that
// this process is not what is measured. Each subscription is one session with credentials of its own.

import dgram from 'node:dgram';
import { once } from 'node:events';
import { hash } from '../src/node/chance.ts';
import { digestResponse, hashedA1, parseChallenge, printAnswer } from '../src/sip/digest.ts';
import { credentialsOf } from './book.ts';
import { monotonic } from './clock.ts';
import { domain, wishOf, type Plan } from './load-plan.ts';
import { Publishers } from './publishers.ts';

export type SubscribersTold =
  | { readonly kind: 'subscribed'; readonly milliseconds: number; readonly turnedAway: number }
  | { readonly kind: 'watching' }
  /** `missing`: so many were not told, and nothing comes any more. */
  | { readonly kind: 'notified'; readonly at: number; readonly retransmissions: number; readonly missing: number };

type Asked =
  | { readonly kind: 'subscribe'; readonly count: number; readonly plan: Plan }
  /** Tell when so many more NOTIFYs were answered. */
  | { readonly kind: 'watch'; readonly count: number }
  /** For `presence`: a new state of each resource. */
  | { readonly kind: 'publish'; readonly resources: number; readonly note: string };

const socketCount = 16;
/** Each socket has an address of its own, for the server lets no one address ask too often; elsewhere than on Linux there is only one. */
const addressOf = (number: number): string => (process.platform === 'linux' ? `127.0.1.${number + 1}` : '127.0.0.1');
/** SUBSCRIBEs that are under way at once. */
const atOnce = 200;

const [server = ''] = process.argv.slice(2);
const [host = '', port = ''] = server.split(':');

/** After a 503: the server has too much to do on this machine. It names a longer time, which would be all that is measured. */
const againAfterMilliseconds = 1000;

/** Of silence: a NOTIFY without an answer is sent again each 4 s at the latest (T2). */
const overAfterMilliseconds = 15_000;

/** CSeq of its last SUBSCRIBE and of the last NOTIFY, and whether the first has come. */
interface Subscription {
  cseq: number;
  lastNotify: number;
  accepted: boolean;
  notified: boolean;
}

interface Place {
  readonly socket: dgram.Socket;
  readonly address: string;
}

const subscriptions: Subscription[] = [];
const places: Place[] = [];
let plan: Plan = { kind: 'presence', resources: 1 };
let asked = 0;
let wanted = 0;
let ready = 0;
let since = 0;
let awaited = 0;
let heardAt = 0;
let retransmissions = 0;
let turnedAway = 0;
const publishers = new Publishers();
let opened: Promise<unknown> | undefined;

const tell = (told: SubscribersTold): void => void process.send?.(told);

process.on('message', (message: Asked) => {
  switch (message.kind) {
    case 'subscribe':
      plan = message.plan;
      void subscribeAll(message.count);
      break;
    case 'watch':
      awaited = message.count;
      heardAt = monotonic();
      retransmissions = 0;
      tell({ kind: 'watching' });
      break;
    case 'publish':
      for (let number = 0; number < message.resources; number += 1) publish(number, message.note);
  }
});

setInterval(() => {
  if (awaited > 0 && monotonic() - heardAt > overAfterMilliseconds) finish();
}, 1000).unref();

function finish(): void {
  tell({ kind: 'notified', at: heardAt, retransmissions, missing: awaited });
  awaited = 0;
}

async function subscribeAll(count: number): Promise<void> {
  await (opened ??= open());
  wanted = count;
  since = monotonic();
  for (let number = 0; number < Math.min(atOnce, count); number += 1) subscribeNext();
}

async function open(): Promise<void> {
  for (let number = 0; number < socketCount; number += 1) {
    const socket = dgram.createSocket({
      type: 'udp4',
      recvBufferSize: 4 * 1024 * 1024,
      lookup: (address, _, found) => found(null, address, 4),
    });
    const listening = once(socket, 'listening');
    socket.bind(0, addressOf(number));
    await listening;
    socket.on('message', (bytes) => hear(socket, bytes.toString('latin1')));
    const { address, port: own } = socket.address();
    places.push({ socket, address: `${address}:${own}` });
  }
}

function subscribeNext(): void {
  if (asked === wanted) return;
  const number = asked;
  asked += 1;
  subscriptions[number] = { cseq: 0, lastNotify: 0, accepted: false, notified: false };
  sendSubscribe(number, '');
}

function sendSubscribe(number: number, authorization: string): void {
  const place = places[number % socketCount];
  const subscription = subscriptions[number];
  if (place === undefined || subscription === undefined) return;
  const cseq = (subscription.cseq += 1);
  const { sipUser } = credentialsOf(number);
  const { to, fields, body } = wishOf(plan, number);
  const lines = [
    `SUBSCRIBE ${to} SIP/2.0`,
    `Via: SIP/2.0/UDP ${place.address};branch=z9hG4bK${number}x${cseq};rport`,
    'Max-Forwards: 70',
    `From: <sip:${sipUser}@${domain}>;tag=t${number}`,
    `To: <${to}>`,
    `Call-ID: c${number}`,
    `CSeq: ${cseq} SUBSCRIBE`,
    `Contact: <sip:${sipUser}@${place.address}>`,
    'Expires: 3600',
    ...fields,
    ...(authorization === '' ? [] : [`Authorization: ${authorization}`]),
    `Content-Length: ${body.length}`,
    `\r\n${body}`,
  ];
  place.socket.send(lines.join('\r\n'), Number(port), host);
}

function publish(resource: number, note: string): void {
  const place = places[resource % socketCount];
  if (place === undefined) return;
  const send = (text: string): void => place.socket.send(text, Number(port), host);
  publishers.publish(resource, note, { address: place.address, send });
}

function hear(socket: dgram.Socket, text: string): void {
  const request = text.startsWith('NOTIFY ');
  const { callId, cseq, back } = read(text);
  const number = Number(callId.slice(1));
  if (callId.startsWith('p')) {
    requireSuccess(text);
    return publishers.answered(callId);
  }
  const subscription = subscriptions[number];
  if (subscription === undefined) throw new Error(`of no subscription of ours: ${text}`);
  if (request) {
    socket.send(`SIP/2.0 200 OK\r\n${back}Content-Length: 0\r\n\r\n`, Number(port), host);
    return answered(subscription, cseq);
  }
  if (text.startsWith('SIP/2.0 401')) return sendSubscribe(number, authorization(number, text));
  if (text.startsWith('SIP/2.0 503')) {
    turnedAway += 1;
    return void setTimeout(() => sendSubscribe(number, ''), againAfterMilliseconds);
  }
  requireSuccess(text);
  subscription.accepted = true;
  settle(subscription);
}

function requireSuccess(text: string): void {
  if (!text.startsWith('SIP/2.0 2')) throw new Error(`refused: ${text}`);
}

/** Via, From, To, Call-ID and CSeq go back as they came, in their long form or their short. */
const goesBack: ReadonlySet<string> = new Set(['v', 'via', 'f', 'from', 't', 'to', 'i', 'call-id', 'cseq']);

function read(text: string): { readonly callId: string; readonly cseq: number; readonly back: string } {
  let [callId, cseq, back] = ['', 0, ''];
  const head = text.indexOf('\r\n\r\n') + 2;
  let from = text.indexOf('\r\n') + 2;
  while (from < head) {
    const next = text.indexOf('\r\n', from) + 2;
    const colon = text.indexOf(':', from);
    const name = text.slice(from, colon).trimEnd().toLowerCase();
    if (goesBack.has(name)) back += text.slice(from, next);
    if (name === 'i' || name === 'call-id') callId = text.slice(colon + 1, next).trim();
    if (name === 'cseq') cseq = Number.parseInt(text.slice(colon + 1, next), 10);
    from = next;
  }
  return { callId, cseq, back };
}

function authorization(number: number, text: string): string {
  const challenges = [...text.matchAll(/\r\nWWW-Authenticate: *([^\r]+)/gi)].map(([, value = '']) =>
    parseChallenge(value),
  );
  const challenge = challenges.find((each) => each?.algorithm === 'SHA-256');
  if (challenge === undefined) throw new Error(`no challenge by SHA-256: ${text}`);
  const { realm, nonce, algorithm, opaque } = challenge;
  const { sipUser: username, sipPassword: password } = credentialsOf(number);
  const { to: uri } = wishOf(plan, number);
  const by = (words: string): string => hash('SHA-256', words);
  const ha1 = hashedA1(hash, 'SHA-256', { username, realm, password });
  const auth = { cnonce: `n${number}`, nonceCount: 1 };
  const response = digestResponse(by, ha1, { method: 'SUBSCRIBE', uri, nonce, auth });
  return printAnswer({ username, realm, nonce, uri, algorithm, response, auth }, opaque);
}

function answered(subscription: Subscription, cseq: number): void {
  if (cseq === subscription.lastNotify) {
    retransmissions += 1;
    return;
  }
  subscription.lastNotify = cseq;
  if (!subscription.notified) {
    subscription.notified = true;
    settle(subscription);
    return;
  }
  awaited -= 1;
  heardAt = monotonic();
  if (awaited === 0) finish();
}

/** A subscription stands when it was accepted and its first NOTIFY answered; they come in either order. */
function settle({ accepted, notified }: Subscription): void {
  if (!accepted || !notified) return;
  ready += 1;
  subscribeNext();
  if (ready === wanted) tell({ kind: 'subscribed', milliseconds: monotonic() - since, turnedAway });
}
