// Rollcall behind Kamailio, with the configuration that docs/sip-peers.md shows.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTerminal, type TerminalEvent } from '../../src/node/terminal.ts';
import type { Address } from '../../src/sip/transaction-user.ts';
import { skipWithout } from '../peers/installed.ts';
import { subscribeWithJsSip } from '../peers/jssip.ts';
import { kamailioIsInstalled, startKamailio, type KamailioOptions } from '../peers/kamailio.ts';
import { freePort } from '../peers/program.ts';
import { SippCall, sippIsInstalled } from '../peers/sipp.ts';
import { subscribeWithSipJs } from '../peers/sipjs.ts';
import { wholeLife } from './library-life.ts';
import { domain, openRollcall, type Rollcall } from './rollcall.ts';

const areInstalled = (): boolean => kamailioIsInstalled() && sippIsInstalled();
// As in the document the two stand on two hosts and the same port.
const [kamailioHost, rollcallHost] = ['127.0.0.2', '127.0.0.1'] as const;

describe
  .skipIf(skipWithout('Kamailio (with its WebSocket module) or SIPp', areInstalled))
  .each(['udp', 'tcp'] as const)('behind Kamailio, %s between the two', (hop) => {
  const opened = new AsyncDisposableStack();
  const folder = opened.adopt(mkdtempSync(join(tmpdir(), 'kamailio-test-')), (path) =>
    rmSync(path, { recursive: true }),
  );
  let rollcall: Rollcall;
  let kamailio: Address;
  let options: KamailioOptions;
  let running: AsyncDisposable;
  let webSocketUrl: string;

  beforeAll(async () => {
    const port = await freePort([rollcallHost, kamailioHost]);
    const webSocketPort = await freePort([kamailioHost]);
    const innerPort = await freePort([kamailioHost]);
    kamailio = { host: kamailioHost, port };
    webSocketUrl = `ws://${kamailioHost}:${webSocketPort}/`;
    const sip = { 'sip.port': port, 'sip.publicHost': kamailioHost };
    // Some connections of Kamailio's come from the address that they go to, both being of this machine.
    // SIPp needs MD5 alone (docs/decisions/0015).
    rollcall = opened.use(
      await openRollcall({ ...sip, 'sip.algorithms': ['MD5'], 'sip.nextHops': [kamailioHost, rollcallHost] }),
    );
    options = { sip: kamailio, webSocketPort, innerPort, rollcall: { host: rollcallHost, port }, hop };
    running = await startKamailio(options);
    opened.defer(() => running[Symbol.asyncDispose]());
  });
  afterAll(() => opened.disposeAsync());

  test.each(['udp', 'tcp'] as const)('SIPp lives a whole life over %s', async (transport) => {
    const { sip } = await rollcall.session();
    await using life = new SippCall({
      scenario: 'life-behind-proxy',
      transport,
      to: `${kamailio.host}:${kamailio.port}`,
      access: sip,
      domain,
    });
    await life.subscribed();
    const revision = await rollcall.change();
    const messages = await life.succeeded();
    expect(messages).toContain(`"upTo":${revision}`);
    expect(messages).toMatch(/^Record-Route: <sip:127\.0\.0\.2:.*;lr/m);
  });

  test.each([
    ['JsSIP', subscribeWithJsSip],
    ['SIP.js', subscribeWithSipJs],
  ] as const)('%s lives a whole life over WebSocket', async (_, subscribe) => {
    await using subscriber = await subscribe(webSocketUrl, (await rollcall.session()).sip);
    expect(await wholeLife(subscriber, () => rollcall.change())).toBe('timeout');
  });

  test.each(['udp', 'tcp'] as const)(
    'our terminal, sent to Kamailio by the server, subscribes over %s, refreshes and hears of changes',
    async (transport) => {
      expect((await rollcall.session()).sip[transport]).toBe(`${kamailio.host}:${kamailio.port}`);
      const store = join(folder, `${transport}.sqlite`);
      await using terminal = await openTerminal({ store, server: rollcall.server.url, delivery: 'held', transport });
      await terminal.logIn({ user: 'ben', password: 'carter123' });
      const events = terminal.events();
      await terminal.keep(rollcall.ada);
      await until(events, (event) => event.kind === 'state' && event.state.kind === 'live');
      await rollcall.change();
      await until(events, isPrompt);
      // Whom it holds is told by a refresh, which goes by the route of the first NOTIFY.
      await terminal.keep(rollcall.ben);
      await until(events, (event) => event.kind === 'step' && event.step === 'S302');
      await rollcall.change(rollcall.ben);
      const prompted = await until(events, isPrompt);
      expect(prompted).toMatchObject({ prompts: [{ person: rollcall.ben, fact: { field: 'officeTelephone' } }] });
    },
  );

  test('a subscription lives on when Kamailio is started again, over UDP, and over TCP by a connection that Rollcall opens', async () => {
    const store = join(folder, 'restart.sqlite');
    await using terminal = await openTerminal({ store, server: rollcall.server.url, transport: 'udp' });
    await terminal.logIn({ user: 'ben', password: 'carter123' });
    const events = terminal.events();
    await terminal.keep(rollcall.ada);
    await until(events, (event) => event.kind === 'state' && event.state.kind === 'live');
    await running[Symbol.asyncDispose]();
    await rollcall.change(); // while it is away: the NOTIFY comes again until it is back
    running = await startKamailio(options);
    await until(events, isPrompt);
    // It is the subscription of before: nobody subscribed meanwhile.
    await rollcall.change();
    await until(events, isPrompt);
  });

  test('a subscription lives on when Rollcall is started again, along its route, and nobody subscribes anew', async () => {
    const store = join(folder, 'rollcall-restart.sqlite');
    await using terminal = await openTerminal({ store, server: rollcall.server.url, transport: 'udp' });
    await terminal.logIn({ user: 'ben', password: 'carter123' });
    const events = terminal.events();
    await terminal.keep(rollcall.ada);
    await until(events, (event) => event.kind === 'state' && event.state.kind === 'live');
    await rollcall.restart();
    await rollcall.change();
    const said: TerminalEvent[] = [];
    await until(events, (event) => said.push(event) > 0 && isPrompt(event));
    expect(said.filter((event) => event.kind === 'step' && event.step === 'S301')).toEqual([]);
  });
});

const isPrompt = (event: TerminalEvent): boolean => event.kind === 'prompted';

async function until(
  events: AsyncIterator<TerminalEvent>,
  wanted: (event: TerminalEvent) => boolean,
): Promise<TerminalEvent> {
  for (;;) {
    const next = await events.next();
    if (next.done === true) throw new Error('the events ended');
    if (wanted(next.value)) return next.value;
  }
}
