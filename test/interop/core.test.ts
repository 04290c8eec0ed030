// Rollcall as an application server: peers of the trust domain say who somebody is.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SipAccess } from '../../src/wire/http.ts';
import { skipWithout } from '../peers/installed.ts';
import { kamailioIsInstalled, startKamailio } from '../peers/kamailio.ts';
import { freePort } from '../peers/program.ts';
import { SippCall, sippIsInstalled, type SippOptions } from '../peers/sipp.ts';
import { domain, openRollcall } from './rollcall.ts';

/** A server that believes `trusted`, and how SIPp, as Ben, asks at `host`. */
async function opening(stack: AsyncDisposableStack, host: string, trusted: readonly string[]) {
  const port = await freePort([...new Set(['127.0.0.1', host])]);
  const rollcall = stack.use(await openRollcall({ 'sip.port': port, 'sip.trusted': trusted }));
  const { sip } = await rollcall.session();
  // Nothing of this session is needed, or used, but the address.
  const access: SipAccess = { ...sip, username: 'nobody', password: 'nothing' };
  const call = (options: Pick<SippOptions, 'scenario' | 'transport'>): SippCall =>
    new SippCall({ ...options, to: `${host}:${port}`, access, domain, keys: { from: sip.address } });
  return { rollcall, port, call };
}

describe.skipIf(skipWithout('SIPp', sippIsInstalled))('behind a SIP core, which SIPp plays', () => {
  const stack = new AsyncDisposableStack();
  let core: Awaited<ReturnType<typeof opening>>;
  beforeAll(async () => {
    core = await opening(stack, '127.0.0.1', ['127.0.0.0/8']);
  });
  afterAll(() => stack.disposeAsync());

  test.each(['udp', 'tcp'] as const)(
    'over %s: SUBSCRIBE by Route to a public service identity, icid in its NOTIFY, and third-party REGISTER, which ends it (3GPP TS 24.229 §5.4.1.7)',
    async (transport) => {
      await using call = core.call({ scenario: 'core', transport });
      await call.subscribed();
      expect(await core.rollcall.registrations()).toEqual([]);
      await call.succeeded();
    },
  );
});

const areInstalled = (): boolean => kamailioIsInstalled() && sippIsInstalled();
describe.skipIf(skipWithout('Kamailio or SIPp', areInstalled)).each(['udp', 'tcp'] as const)(
  'behind Kamailio that says who it is, %s between the two',
  (hop) => {
    const stack = new AsyncDisposableStack();
    let proxy: Awaited<ReturnType<typeof opening>>;
    beforeAll(async () => {
      const host = '127.0.0.2';
      // On this machine some of Kamailio's connections to 127.0.0.1 come from there.
      proxy = await opening(stack, host, hop === 'tcp' ? ['127.0.0.1', host] : [host]);
      stack.use(
        await startKamailio({
          sip: { host, port: proxy.port },
          webSocketPort: await freePort([host]),
          innerPort: await freePort([host]),
          rollcall: { host: '127.0.0.1', port: proxy.port },
          hop,
          assertsIdentity: true,
        }),
      );
    });
    afterAll(() => stack.disposeAsync());

    test.each(['udp', 'tcp'] as const)('SIPp lives a whole life over %s without credentials', async (transport) => {
      await using life = proxy.call({ scenario: 'asserted', transport });
      await life.subscribed();
      await proxy.rollcall.change();
      await life.succeeded();
    });

    test('whoever asserts an identity of their own is still nobody (RFC 3325 §5)', async () => {
      await using nobody = proxy.call({ scenario: 'asserted-nobody', transport: 'udp' });
      await nobody.succeeded();
    });
  },
);
