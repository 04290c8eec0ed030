// SIPp subscribes: what RFC 6665 §4.2 says of a notifier, seen from another implementation.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { skipWithout } from '../peers/installed.ts';
import { SippCall, sippIsInstalled, type SippOptions } from '../peers/sipp.ts';
import { domain, openRollcall, type Rollcall } from './rollcall.ts';

describe.skipIf(skipWithout('SIPp', sippIsInstalled))('SIPp', () => {
  const opened = new AsyncDisposableStack();
  let rollcall: Rollcall;
  let silent: SippCall;

  beforeAll(async () => {
    // SIPp reads the first challenge only, and knows MD5 (docs/decisions/0015).
    const overrides = { 'sip.algorithms': ['MD5'] };
    rollcall = opened.use(await openRollcall(overrides));
    // Timer F takes 32 s of everybody's time, so this call begins first and is looked at last; its changes are its own.
    const other = opened.use(await openRollcall(overrides));
    silent = opened.use(await call(other, { scenario: 'silent', transport: 'udp', timeoutSeconds: 50 }));
    await silent.subscribed();
    await other.change();
  });
  afterAll(() => opened.disposeAsync());

  const call = async (
    at: Rollcall,
    options: Pick<SippOptions, 'scenario' | 'transport' | 'timeoutSeconds'>,
  ): Promise<SippCall> => {
    const { sip } = await at.session();
    return new SippCall({ ...options, to: sip[options.transport] ?? '', access: sip, domain });
  };

  describe.each(['udp', 'tcp'] as const)('over %s', (transport) => {
    test('subscribes, hears of a change, refreshes and unsubscribes; then the subscription is not known', async () => {
      await using life = await call(rollcall, { scenario: 'life', transport });
      await life.subscribed();
      const revision = await rollcall.change();
      const messages = await life.succeeded();
      expect(messages).toContain(`"upTo":${revision}`);
    });

    test('fetches the state once, by Expires: 0 (RFC 6665 §4.4.3)', async () => {
      await using fetch = await call(rollcall, { scenario: 'fetch', transport });
      await fetch.succeeded();
    });

    test('ends its subscription by answering a NOTIFY with 481 (RFC 6665 §4.2.2)', async () => {
      await using forgotten = await call(rollcall, { scenario: 'forgotten', transport });
      await forgotten.succeeded();
    });

    test('loses its subscription by a failure that names no time to come again (RFC 6665 §4.2.2)', async () => {
      await using broken = await call(rollcall, { scenario: 'broken', transport });
      await broken.succeeded();
    });

    test('keeps its subscription with 503 and Retry-After, and is told again (RFC 6665 §4.2.2)', async () => {
      await using busy = await call(rollcall, { scenario: 'busy', transport });
      await busy.subscribed();
      const revision = await rollcall.change();
      const messages = await busy.succeeded();
      expect(messages.split(`"upTo":${revision}`)).toHaveLength(4); // refused, told again, told on refresh
    });
  });

  test('is told in Contact where a server is that listens on every address (RFC 3261 §8.1.1.8)', async () => {
    await using everywhere = await openRollcall({ 'sip.algorithms': ['MD5'], 'sip.host': '0.0.0.0' });
    const { sip } = await everywhere.session();
    const port = sip.udp?.split(':')[1] ?? '';
    for (const transport of ['udp', 'tcp'] as const) {
      const to = `127.0.0.1:${transport === 'udp' ? port : (sip.tcp?.split(':')[1] ?? '')}`;
      await using fetch = new SippCall({ scenario: 'fetch', transport, to, access: sip, domain });
      const messages = await fetch.succeeded();
      expect(messages).toMatch(/^m: <sip:127\.0\.0\.1:\d+/m);
      expect(messages).not.toContain('0.0.0.0');
    }
  });

  test('is given up after 32 s of silence, in which the NOTIFY came again and again (RFC 3261 §17.1.2, Timers E and F)', async () => {
    const sent = (await silent.succeeded()).split('CSeq: 2 NOTIFY').length - 1;
    // At 0, 0.5, 1.5, 3.5, 7.5 s, then every 4 s: eleven, where neither machine is late.
    expect(sent).toBeGreaterThan(5);
    expect(sent).toBeLessThanOrEqual(11);
  });
});
