// dnsmasq as the name server of a few domains, on a port of this machine's, without any other to ask.

import { Resolver } from 'node:dns/promises';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { programPath } from './installed.ts';
import { freePort, Program } from './program.ts';

export const dnsmasqIsInstalled = (): boolean => programPath('dnsmasq') !== undefined;

export interface NameServer extends AsyncDisposable {
  /** `address:port`. */
  readonly address: string;
}

/** `records`: as dnsmasq's options, such as `srv-host=_sip._tcp.example.com,proxy.example.com,5060,10,20`. Resolves when it answers. */
export async function startDnsmasq(records: readonly string[]): Promise<NameServer> {
  const port = await freePort(['127.0.0.1']);
  const words = [
    '--keep-in-foreground',
    '--conf-file=/dev/null',
    '--no-resolv',
    '--no-hosts',
    '--pid-file',
    '--user=',
    '--group=',
  ];
  const listen = [
    `--port=${port}`,
    '--listen-address=127.0.0.1',
    '--bind-interfaces',
    '--log-facility=-',
    '--local=/com/example/invalid/',
  ];
  const program = new Program('dnsmasq', [...words, ...listen, ...records.map((each) => `--${each}`)], tmpdir());
  const address = `127.0.0.1:${port}`;
  const resolver = new Resolver({ timeout: 200, tries: 1 });
  resolver.setServers([address]);
  for (let tries = 0; tries < 100; tries += 1) {
    // Any answer will do, also that there is no such name.
    const code = await resolver.resolve4('ready.invalid').then(
      () => '',
      (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : ''),
    );
    if (code !== 'ETIMEOUT' && code !== 'ECONNREFUSED')
      return { address, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
    if (!program.isRunning) throw new Error(`dnsmasq ended at once: ${program.said}`);
    await sleep(50);
  }
  throw new Error(`dnsmasq did not answer: ${program.said}`);
}
