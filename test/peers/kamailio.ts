// Kamailio with the very configuration that docs/sip-peers.md shows, on addresses of this machine.

import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Address } from '../../src/sip/transaction-user.ts';
import { programPath } from './installed.ts';
import { Program } from './program.ts';

export const kamailioIsInstalled = (): boolean =>
  programPath('kamailio') !== undefined &&
  [...globSync('/usr/lib/*/kamailio/modules/websocket.so'), ...globSync('/usr/lib/kamailio/modules/websocket.so')]
    .length > 0;

export interface KamailioOptions {
  /** Where it listens for UDP and TCP. */
  readonly sip: Address;
  /** On the same host. */
  readonly webSocketPort: number;
  /** On the same host, towards Rollcall. */
  readonly innerPort: number;
  readonly rollcall: Address;
  /** Between it and Rollcall. */
  readonly hop: 'udp' | 'tcp';
  /** As in the document, WITH_IDENTITY. */
  readonly assertsIdentity?: boolean;
}

const document = join(import.meta.dirname, '../../docs/sip-peers.md');

function configuration({ sip, webSocketPort, innerPort, rollcall, hop }: KamailioOptions): string {
  const shown = /```cfg\n(#!KAMAILIO\n.*?)```/s.exec(readFileSync(document, 'utf8'))?.[1];
  if (shown === undefined) throw new Error(`${document} shows no kamailio.cfg`);
  // As the document says: over TCP the socket is not chosen.
  const chosen = hop === 'udp' ? shown : shown.replace(/^ *\$fs = .*\n/m, '');
  return chosen
    .replaceAll('192.0.2.10:5060', `${sip.host}:${sip.port}`)
    .replaceAll('192.0.2.10:5080', `${sip.host}:${webSocketPort}`)
    .replaceAll('192.0.2.10:5070', `${sip.host}:${innerPort}`)
    .replaceAll('$Rp == 5080', `$Rp == ${webSocketPort}`)
    .replaceAll('192.0.2.20:5060;transport=udp', `${rollcall.host}:${rollcall.port};transport=${hop}`);
}

/** Resolves when it answers. The caller stops it: `await using`, or `Symbol.asyncDispose`. */
export async function startKamailio(options: KamailioOptions): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.adopt(mkdtempSync(join(tmpdir(), 'kamailio-')), (path) => rmSync(path, { recursive: true }));
  const file = join(folder, 'kamailio.cfg');
  writeFileSync(file, configuration(options));
  // -DD: the child is the server's first process, whose end is the end of all. -E: to standard error.
  const words = ['-f', file, '-DD', '-E', '-n', '2', '-N', '2', '-m', '32', '-M', '4', '-Y', folder];
  if (options.assertsIdentity === true) words.push('-A', 'WITH_IDENTITY');
  const program = stack.use(new Program('kamailio', [...words, '-P', join(folder, 'pid')], folder));
  for (let tries = 0; tries < 200; tries += 1) {
    // All its sockets are there before the first one listens; what comes early waits in the kernel.
    if (await accepts(options.sip)) {
      const whole = stack.move();
      return { [Symbol.asyncDispose]: () => whole.disposeAsync() };
    }
    if (!program.isRunning) throw new Error(`kamailio ended at once: ${program.said}`);
    await sleep(50);
  }
  throw new Error(`kamailio did not answer within 10 s: ${program.said}`);
}

function accepts({ host, port }: Address): Promise<boolean> {
  const socket = connect(port, host);
  return once(socket, 'connect')
    .then(
      () => true,
      () => false,
    )
    .finally(() => socket.destroy());
}
