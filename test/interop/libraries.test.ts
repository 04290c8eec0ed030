// The two libraries that programs for browsers subscribe with.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { subscribeWithJsSip } from '../peers/jssip.ts';
import { subscribeWithSipJs } from '../peers/sipjs.ts';
import { wholeLife } from './library-life.ts';
import { openRollcall, type Rollcall } from './rollcall.ts';

// The usual order of challenges, and the one for peers that read the first only (docs/decisions/0015).
describe.each([['SHA-256', 'MD5'], ['MD5']])('where %s is offered', (...algorithms) => {
  let rollcall: Rollcall;
  beforeAll(async () => {
    rollcall = await openRollcall({ 'sip.algorithms': algorithms });
  });
  afterAll(() => rollcall[Symbol.asyncDispose]());

  test.each([
    ['JsSIP', subscribeWithJsSip],
    ['SIP.js', subscribeWithSipJs],
  ] as const)('%s subscribes over WebSocket, hears of a change, refreshes and unsubscribes', async (_, subscribe) => {
    const { sip } = await rollcall.session();
    const webSocketUrl = `${rollcall.server.url.replace(/^http/, 'ws')}${sip.websocket}`;
    await using subscriber = await subscribe(webSocketUrl, sip);
    expect(await wholeLife(subscriber, () => rollcall.change())).toBe('timeout');
  });
});
