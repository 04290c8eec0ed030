// User agents that register before they do anything else.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RegistrationReport } from '../../src/wire/registrations.ts';
import { skipWithout } from '../peers/installed.ts';
import { subscribeWithJsSip } from '../peers/jssip.ts';
import { SippCall, sippIsInstalled } from '../peers/sipp.ts';
import { sipsak, sipsakIsInstalled } from '../peers/sipsak.ts';
import { subscribeWithSipJs } from '../peers/sipjs.ts';
import { wholeLife } from './library-life.ts';
import { domain, openRollcall, type Rollcall } from './rollcall.ts';

let rollcall: Rollcall;
beforeAll(async () => {
  rollcall = await openRollcall({ 'sip.algorithms': ['MD5'] });
});
afterAll(() => rollcall[Symbol.asyncDispose]());

/** Resolves when so many are registered. */
async function registered(count: number): Promise<readonly RegistrationReport[]> {
  for (;;) {
    const there = await rollcall.registrations();
    if (there.length === count) return there;
    await sleep(20);
  }
}

test.each([
  ['JsSIP', subscribeWithJsSip, true],
  ['SIP.js', subscribeWithSipJs, false],
] as const)(
  '%s registers over WebSocket, lives a whole life, and is not registered after it',
  async (_, subscribe, outbound) => {
    const { sip } = await rollcall.session();
    const webSocketUrl = `${rollcall.server.url.replace(/^http/, 'ws')}${sip.websocket}`;
    {
      await using subscriber = await subscribe(webSocketUrl, sip, { register: true });
      const [there] = await registered(1);
      expect(there).toMatchObject({ address: sip.address.replace('sip:', ''), user: 'ben', outbound });
      expect(await wholeLife(subscriber, () => rollcall.change())).toBe('timeout');
    }
    await registered(0);
  },
);

describe.skipIf(skipWithout('sipsak', sipsakIsInstalled))('sipsak', () => {
  test.each(['udp', 'tcp'] as const)(
    'registers a contact over %s, with digest, and takes it away',
    async (transport) => {
      const { sip } = await rollcall.session();
      const [host = '', port = ''] = sip[transport]?.split(':') ?? [];
      const register = (expires: string) =>
        sipsak(
          [
            `-vv -U -E ${transport} -p ${host} -r ${port} -s sip:ben@${domain}`,
            `-u ${sip.username} -a ${sip.password} -C sip:ben@192.0.2.7:5070 -x ${expires}`,
          ].flatMap((words) => words.split(' ')),
        );
      expect((await register('600')).code).toBe(0);
      expect(await registered(1)).toMatchObject([{ contact: 'sip:ben@192.0.2.7:5070', grantedSeconds: 600 }]);
      expect((await register('0')).code).toBe(0);
      await registered(0);
    },
  );
});

describe.skipIf(skipWithout('SIPp', sippIsInstalled))('SIPp', () => {
  test.each(['udp', 'tcp'] as const)(
    'over %s: 423, a binding, a question, outbound, and * at last (RFC 3261 §10, RFC 5626 §6)',
    async (transport) => {
      const { sip } = await rollcall.session();
      await using call = new SippCall({
        scenario: 'registration',
        transport,
        to: sip[transport] ?? '',
        access: sip,
        domain,
      });
      await call.subscribed();
      const there = await registered(2);
      expect(there.map(({ outbound }) => outbound)).toEqual([false, true]);
      const messages = await call.succeeded();
      expect(messages.includes('Flow-Timer: 120')).toBe(transport === 'udp');
      await registered(0);
    },
  );
});

test('with sip.registrar off, REGISTER is 405 with Allow', async () => {
  await using behind = await openRollcall({ 'sip.registrar': 'off' });
  const { sip } = await behind.session();
  const webSocketUrl = `${behind.server.url.replace(/^http/, 'ws')}${sip.websocket}`;
  await expect(subscribeWithJsSip(webSocketUrl, sip, { register: true })).rejects.toThrow('SIP Failure Code');
});
