// The subscribers of `fan-out`: many subscriptions over a few UDP sockets, as little SIP as they need, so
// that this process is not what is measured. Each subscription is one session with credentials of its own.

import dgram from 'node:dgram';
import { once } from 'node:events';
import { hash } from '../src/node/chance.ts';
import { digestResponse, hashedA1, parseChallenge, printAnswer } from '../src/sip/digest.ts';
import { credentialsOf } from './book.ts';
import { monotonic } from './clock.ts';

export type SubscribersTold =
  | { readonly kind: 'subscribed'; readonly milliseconds: number }
  | { readonly kind: 'watching' }
  | { readonly kind: 'notified'; readonly at: number; readonly retransmissions: number };

type Asked =
  | { readonly kind: 'subscribe'; readonly count: number }
  /** Tell when so many more NOTIFYs were answered. */
  | { readonly kind: 'watch'; readonly count: number };

const domain = 'rollcall.invalid';
const to = `sip:address-book@${domain}`;
const socketCount = 16;
/** SUBSCRIBEs that are under way at once. */
const atOnce = 200;

const [server = '', tag = ''] = process.argv.slice(2);
const [host = '', port = ''] = server.split(':');

/** CSeq of the last NOTIFY, and whether the first has come. */
interface Subscription {
  lastNotify: number;
  accepted: boolean;
  notified: boolean;
}

const subscriptions: Subscription[] = [];
const sockets: dgram.Socket[] = [];
let asked = 0;
let wanted = 0;
let ready = 0;
let since = 0;
let awaited = 0;
let retransmissions = 0;
let opened: Promise<unknown> | undefined;

const tell = (told: SubscribersTold): void => void process.send?.(told);

process.on('message', (message: Asked) => {
  if (message.kind === 'subscribe') void subscribeAll(message.count);
  else {
    awaited = message.count;
    retransmissions = 0;
    tell({ kind: 'watching' });
  }
});

async function subscribeAll(count: number): Promise<void> {
  await (opened ??= open());
  wanted = count;
  since = monotonic();
  for (let number = 0; number < Math.min(atOnce, count); number += 1) subscribeNext();
}

async function open(): Promise<void> {
  for (let number = 0; number < socketCount; number += 1) {
    const socket = dgram.createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    socket.on('message', (bytes) => hear(socket, bytes.toString('latin1')));
    sockets.push(socket);
  }
}

function subscribeNext(): void {
  if (asked === wanted) return;
  const number = asked;
  asked += 1;
  subscriptions[number] = { lastNotify: 0, accepted: false, notified: false };
  sendSubscribe(number, 1, '');
}

function sendSubscribe(number: number, cseq: number, authorization: string): void {
  const socket = sockets[number % socketCount];
  if (socket === undefined) return;
  const { sipUser } = credentialsOf(number);
  const mine = `${socket.address().address}:${socket.address().port}`;
  const lines = [
    `SUBSCRIBE ${to} SIP/2.0`,
    `Via: SIP/2.0/UDP ${mine};branch=z9hG4bK${number}x${cseq};rport`,
    'Max-Forwards: 70',
    `From: <sip:${sipUser}@${domain}>;tag=t${number}`,
    `To: <${to}>`,
    `Call-ID: c${number}`,
    `CSeq: ${cseq} SUBSCRIBE`,
    `Contact: <sip:${sipUser}@${mine}>`,
    'Event: address-book;delivery=broadcast',
    'Accept: application/vnd.rollcall.changes+json, application/vnd.rollcall.notice+json',
    'Expires: 3600',
    `Suppress-If-Match: ${tag}`,
    ...(authorization === '' ? [] : [`Authorization: ${authorization}`]),
    'Content-Length: 0',
    '\r\n',
  ];
  socket.send(lines.join('\r\n'), Number(port), host);
}

function hear(socket: dgram.Socket, text: string): void {
  const number = Number(/\r\n(?:i|Call-ID): *c(\d+)/i.exec(text)?.[1]);
  const subscription = subscriptions[number];
  if (subscription === undefined) throw new Error(`of no subscription of ours: ${text}`);
  if (text.startsWith('NOTIFY ')) return answer(socket, subscription, text);
  if (text.startsWith('SIP/2.0 401')) return sendSubscribe(number, 2, authorization(number, text));
  if (!text.startsWith('SIP/2.0 200')) throw new Error(`refused: ${text}`);
  subscription.accepted = true;
  settle(subscription);
}

function authorization(number: number, text: string): string {
  const challenges = [...text.matchAll(/\r\nWWW-Authenticate: *([^\r]+)/gi)].map(([, value = '']) =>
    parseChallenge(value),
  );
  const challenge = challenges.find((each) => each?.algorithm === 'SHA-256');
  if (challenge === undefined) throw new Error(`no challenge by SHA-256: ${text}`);
  const { realm, nonce, algorithm, opaque } = challenge;
  const { sipUser: username, sipPassword: password } = credentialsOf(number);
  const by = (words: string): string => hash('SHA-256', words);
  const ha1 = hashedA1(hash, 'SHA-256', { username, realm, password });
  const auth = { cnonce: `n${number}`, nonceCount: 1 };
  const response = digestResponse(by, ha1, { method: 'SUBSCRIBE', uri: to, nonce, auth });
  return printAnswer({ username, realm, nonce, uri: to, algorithm, response, auth }, opaque);
}

function answer(socket: dgram.Socket, subscription: Subscription, text: string): void {
  const head = text.slice(0, text.indexOf('\r\n\r\n'));
  // Via, From, To, Call-ID and CSeq go back as they came, in their long form or their short.
  const back = head.split('\r\n').filter((line) => /^(?:v|via|f|from|t|to|i|call-id|cseq) *:/i.test(line));
  socket.send(`SIP/2.0 200 OK\r\n${back.join('\r\n')}\r\nContent-Length: 0\r\n\r\n`, Number(port), host);
  const cseq = Number(/\r\nCSeq: *(\d+)/i.exec(head)?.[1]);
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
  if (awaited === 0) tell({ kind: 'notified', at: monotonic(), retransmissions });
}

/** A subscription stands when it was accepted and its first NOTIFY answered; they come in either order. */
function settle({ accepted, notified }: Subscription): void {
  if (!accepted || !notified) return;
  ready += 1;
  subscribeNext();
  if (ready === wanted) tell({ kind: 'subscribed', milliseconds: monotonic() - since });
}
