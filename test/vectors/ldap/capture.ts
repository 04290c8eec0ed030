// Records what a real slapd says to a follower: `node test/vectors/ldap/capture.ts` writes the .json
// files of this folder anew. Look at the difference before it is kept.

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { wallTime } from '../../../src/base/time.ts';
import { stored } from '../../../src/ldap/sync-cookie.ts';
import type { SyncCookie } from '../../../src/ldap/sync.ts';
import { follow } from '../../../src/node/ldap-socket.ts';
import { written } from '../../ldap/written-events.ts';
import { startSlapd, type Slapd } from '../../peers/slapd.ts';
import { markOfCapture, searchOfCapture, timeOfCapture, type Capture } from './captures.ts';

/** Passes everything between a client and `port`, and keeps what the server says. */
async function recorder(
  port: number,
): Promise<{ readonly url: string; readonly said: Buffer[]; readonly close: () => void }> {
  const said: Buffer[] = [];
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    client.on('data', (bytes) => upstream.write(bytes));
    upstream.on('data', (bytes) => {
      said.push(bytes);
      client.write(bytes);
    });
    const end = (): readonly Socket[] => [client, upstream].map((socket) => socket.destroy());
    for (const socket of [client, upstream]) socket.on('close', end).on('error', end);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return { url: `ldap://127.0.0.1:${address.port}`, said, close: () => void server.close() };
}

let cookie: SyncCookie | undefined;

async function capture(name: string, slapd: Slapd, meanwhile: () => Promise<void>): Promise<void> {
  const { url, said, close } = await recorder(slapd.port);
  const before = cookie;
  const events: string[] = [];
  const following = follow({
    urls: [url],
    ...searchOfCapture,
    cookie: async () => cookie,
    take: async (batch) => {
      for (const event of batch) {
        if ((event.kind === 'refreshed' || event.kind === 'checkpoint') && event.cookie !== undefined)
          cookie = event.cookie;
        events.push(inItsTime(written(event).replaceAll(url, 'ldap://slapd')));
      }
    },
  });
  await sleep(500);
  await meanwhile();
  await sleep(300);
  await following[Symbol.asyncDispose]();
  close();
  const kept: Capture = {
    cookie: before === undefined ? null : inItsTime(before),
    said: Buffer.concat(said).toString('base64'),
    events,
  };
  writeFileSync(new URL(`${name}.json`, import.meta.url), `${JSON.stringify(kept, undefined, 2)}\n`);
}

const inItsTime = (text: string): string => text.replace(/@\d+ /, `@${timeOfCapture / 1000} `);

const nothing = async (): Promise<void> => undefined;

await using slapd = await startSlapd({ people: 20 });
await using sparing = await startSlapd({ people: 20, syncUnlimited: false, globalLines: ['sizelimit 5'] });
const dn = (number: number): string => `uid=p${String(number).padStart(6, '0')},${slapd.people}`;
const telephone = (number: number, value: string): Promise<void> =>
  slapd.change(`dn: ${dn(number)}\nchangetype: modify\nreplace: telephoneNumber\ntelephoneNumber: ${value}\n`);
const remove = (number: number): Promise<void> => slapd.change(`dn: ${dn(number)}\nchangetype: delete\n`);

await capture('full-refresh-then-changes', slapd, async () => {
  await telephone(3, '8002');
  await slapd.change(`dn: ${dn(4)}\nchangetype: modrdn\nnewrdn: uid=renamed\ndeleteoldrdn: 1\n`);
  await remove(5);
});
await capture('nothing-new', slapd, nothing);
await remove(6);
await telephone(7, '8003');
await capture('delete-phase', slapd, nothing);
await remove(8);
await telephone(9, '8004');
await slapd.stop();
await slapd.start();
await capture('present-phase', slapd, nothing);
const good = cookie ?? '';
cookie = good.replace(/csn=\d{4}/, 'csn=2099') as SyncCookie;
await capture('newer-than-provider', slapd, nothing);
cookie = stored({ mark: markOfCapture, wholeAt: wallTime(Date.now()) }, 'dir:389#cn=a:dc=b:(c=d)#5');
await capture('cookie-not-understood', slapd, nothing);
cookie = undefined;
await capture('size-limit', sparing, nothing);
