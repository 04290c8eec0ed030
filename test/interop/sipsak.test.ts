// sipsak asks what the server can do.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { skipWithout } from '../peers/installed.ts';
import { sipsak, sipsakIsInstalled } from '../peers/sipsak.ts';
import { openRollcall, type Rollcall } from './rollcall.ts';

describe.skipIf(skipWithout('sipsak', sipsakIsInstalled))('sipsak', () => {
  let rollcall: Rollcall;
  beforeAll(async () => {
    rollcall = await openRollcall();
  });
  afterAll(() => rollcall[Symbol.asyncDispose]());

  test.each(['udp', 'tcp'] as const)('gets the answer to OPTIONS over %s (RFC 3261 §11)', async (transport) => {
    const { sip } = await rollcall.session();
    const [host = '', port = ''] = sip[transport]?.split(':') ?? [];
    // sipsak cuts the port in the URI to four digits, so it is told apart.
    const { code, said } = await sipsak(['-vv', '-E', transport, '-r', port, '-s', `sip:address-book@${host}`]);
    expect(said).toContain('SIP/2.0 200 OK');
    expect(said).toContain('Allow: SUBSCRIBE, REGISTER, NOTIFY, OPTIONS');
    expect(said).toContain('Allow-Events: address-book');
    expect(code).toBe(0);
  });
});
