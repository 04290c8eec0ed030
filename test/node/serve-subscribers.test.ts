// Whose SUBSCRIBEs a whole server takes, over UDP from addresses of this machine.

import dgram from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startServer, type RunningServer } from '../../src/apps/serve.ts';
import { freshTexts, hash } from '../../src/node/chance.ts';
import { readConfig } from '../../src/node/config.ts';
import { createReport } from '../../src/node/report.ts';
import { run } from '../../src/node/run.ts';
import { Endpoint } from '../../src/sip/endpoint.ts';
import { flow, subscriptionId, type FlowPath, type Said } from '../../src/sip/transaction-user.ts';
import { sessionSchema, type SipAccess } from '../../src/wire/http.ts';
import { parseJson } from '../../src/wire/problem.ts';
import { noticeType } from '../../src/wire/protocol-version.ts';
import { afterTest, closeAll } from './sip-world.ts';

const folder = mkdtempSync(join(tmpdir(), 'subscribers-'));
const limits = { subscriptionsPerAddress: 2 };
const alsoOurs = ['sip:addressbook@ab.ims.example'];
let server: RunningServer;
let ben: SipAccess;

beforeAll(async () => {
  // 127.0.0.9 is as a proxy that the server may connect to.
  const settings = { 'sip.domain': 'example.com', 'sip.ownUris': alsoOurs, 'sip.nextHops': ['127.0.0.9'], limits };
  const config = readConfig(undefined, {}, { data: join(folder, 'data'), 'http.port': 0, 'sip.port': 0, ...settings });
  server = await startServer(config, createReport('fatal'));
  const answer = await fetch(`${server.url}/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user: 'ben', password: 'carter123' }),
  });
  ben = parseJson(sessionSchema, await answer.text(), 'session').sip;
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});
afterEach(closeAll);

/** What Ben hears first who subscribes to `to` from `host`. */
async function subscribe(host: string, to = ben.to): Promise<Said> {
  const heard = Promise.withResolvers<Said>();
  const remote = server.sip[0]?.address ?? { host: '', port: 0 };
  const socket = dgram.createSocket('udp4').bind(0, host);
  await once(socket, 'listening');
  const local = { host, port: socket.address().port };
  const path: FlowPath = { flow: flow('one'), transport: 'UDP', local, remote };
  const running = run(new Endpoint({ random: freshTexts(), hash }), (said) => {
    if (said.kind === 'send') return socket.send(said.bytes, remote.port, remote.host);
    if (said.kind !== 'subscribed') heard.resolve(said);
  });
  socket.on('message', (bytes) => running.tell({ kind: 'received', path, bytes }));
  const subscription = subscriptionId('book');
  const about = { from: ben.address, credentials: ben, event: 'address-book', accept: [noticeType] };
  running.tell({ kind: 'subscribe', subscription, asking: { path, to, ...about, expiresInSeconds: 600 } });
  afterTest(() => {
    running.stop();
    socket.close();
  });
  return heard.promise;
}

test('one address has so many subscriptions and no more, another has its own, and a proxy has no limit', async () => {
  const [one, two, three] = [await subscribe('127.0.0.2'), await subscribe('127.0.0.2'), await subscribe('127.0.0.2')];
  expect([one.kind, two.kind]).toEqual(['notified', 'notified']);
  expect(three).toMatchObject({ kind: 'refused', status: 503, reason: 'Too Many Subscriptions From One Address' });
  const wait = three.kind === 'refused' ? three.retryAfterSeconds : undefined;
  expect(wait).toBeGreaterThanOrEqual(10);
  expect(wait).toBeLessThanOrEqual(30);
  expect(await subscribe('127.0.0.3')).toMatchObject({ kind: 'notified' });
  for (let number = 0; number < 3; number += 1)
    expect(await subscribe('127.0.0.9')).toMatchObject({ kind: 'notified' });
});

test('RFC 3261 §8.2.2.1: the address book by its names and one’s own address are taken, all else is 404', async () => {
  const ours = [`sip:address-book@127.0.0.1`, 'sip:address-book@localhost:5062', 'sip:example.com', ...alsoOurs];
  for (const to of [...ours, ben.address, 'sip:ben@example.com'])
    expect([to, (await subscribe('127.0.0.9', to)).kind]).toEqual([to, 'notified']);
  for (const to of ['sip:ada@example.com', 'sip:address-book@elsewhere.example', 'sip:book@ab.ims.example'])
    expect(await subscribe('127.0.0.9', to)).toMatchObject({ kind: 'refused', status: 404 });
});
