// The two libraries that programs for browsers subscribe with.

import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { subscribeWithJsSip } from '../peers/jssip.ts';
import { subscribeWithSipJs } from '../peers/sipjs.ts';
import { wholeLife } from './library-life.ts';
import { openRollcall, type Rollcall } from './rollcall.ts';

// The usual order of challenges, the one for peers that read the first only (docs/decisions/0015), and one for a
// token between the usual two, where what stands in front speaks TLS (docs/decisions/0026).
const usual = ['SHA-256', 'MD5'];
describe.each([
  ['SHA-256, MD5', { 'sip.algorithms': usual }],
  ['MD5', { 'sip.algorithms': ['MD5'] }],
  ['SHA-256, Bearer, MD5', { 'sip.algorithms': usual, 'http.publicUrl': 'https://book.example.com' }],
])('where %s is offered', (offered, overrides) => {
  let rollcall: Rollcall;
  beforeAll(async () => {
    rollcall = await openRollcall(overrides);
  });
  afterAll(() => rollcall[Symbol.asyncDispose]());

  test.each([
    ['JsSIP', subscribeWithJsSip],
    ['SIP.js', subscribeWithSipJs],
  ] as const)('%s subscribes over WebSocket, hears of a change, refreshes and unsubscribes', async (_, subscribe) => {
    const { sip } = await rollcall.session();
    const webSocketUrl = `ws://127.0.0.1:${rollcall.server.http.port}${sip.websocket}`;
    expect(await challenges(webSocketUrl)).toBe(offered);
    await using subscriber = await subscribe(webSocketUrl, sip);
    expect(await wholeLife(subscriber, () => rollcall.change())).toBe('timeout');
  });
});

test('JsSIP registers and subscribes with the token of the log-in, and without the SIP credentials (RFC 8898)', async () => {
  await using rollcall = await openRollcall();
  const { sip, token } = await rollcall.session();
  const webSocketUrl = `ws://127.0.0.1:${rollcall.server.http.port}${sip.websocket}`;
  const nothing = { ...sip, username: 'nobody', password: 'nothing' };
  {
    await using subscriber = await subscribeWithJsSip(webSocketUrl, nothing, { register: true, token });
    expect(await wholeLife(subscriber, () => rollcall.change())).toBe('timeout');
  }
  await expect(subscribeWithJsSip(webSocketUrl, nothing, { register: true, token: 'stolen' })).rejects.toThrow('JsSIP');
});

/** In their order. */
async function challenges(webSocketUrl: string): Promise<string> {
  const socket = new WebSocket(webSocketUrl, 'sip');
  await once(socket, 'open');
  const fields = ['Via: SIP/2.0/WS x.invalid;branch=z9hG4bKx', 'From: <sip:x@x>;tag=x', 'To: <sip:x@x>', 'Call-ID: x'];
  const more = ['CSeq: 1 SUBSCRIBE', 'Contact: <sip:x@x.invalid>', 'Event: address-book', 'Content-Length: 0'];
  socket.send(['SUBSCRIBE sip:x@x SIP/2.0', ...fields, ...more, '', ''].join('\r\n'));
  const [answer] = (await once(socket, 'message')) as [Buffer];
  socket.terminate();
  return [...answer.toString().matchAll(/^WWW-Authenticate: (?:Digest .*algorithm=([^,]*)|(Bearer) )/gm)]
    .map(([, algorithm, scheme]) => algorithm ?? scheme)
    .join(', ');
}
