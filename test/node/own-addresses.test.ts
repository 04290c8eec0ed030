// A socket that is bound to all addresses says in Contact which one a peer finds it at.

import { networkInterfaces } from 'node:os';
import { afterEach, expect, test } from 'vitest';
import { textOf, utf8 } from '../../src/base/bytes.ts';
import { isAny, OwnAddresses } from '../../src/node/own-addresses.ts';
import { closeAll, sockets } from './sip-world.ts';

afterEach(closeAll);

test('loopback is faced by loopback, one of our own addresses by itself, and anybody by an address of that IP version that is no wildcard', () => {
  const own = new OwnAddresses();
  expect(['127.0.0.1', '127.0.0.9', '::1', '::ffff:127.0.0.1'].map((each) => own.facing(each))).toEqual([
    '127.0.0.1',
    '127.0.0.1',
    '::1',
    '127.0.0.1',
  ]);
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  for (const { address, internal } of all)
    if (!internal && !address.startsWith('fe80:')) expect(own.facing(address)).toBe(address);
  const known = new Set([...all.map(({ address }) => address), '127.0.0.1', '::1']);
  for (const remote of ['192.0.2.7', '2001:db8::7', '::ffff:198.51.100.7', 'fe80::1', ''])
    expect([remote, known.has(own.facing(remote)), isAny(own.facing(remote))]).toEqual([remote, true, false]);
});

test.each(['0.0.0.0', '::'])(
  'a datagram to %s came to an address, and an answer or a flow of before goes by that socket',
  async (host) => {
    const server = sockets();
    const { port } = await server.made.listenDatagrams({ host, port: 0 });
    const client = sockets();
    const path = await client.made.open({ transport: 'UDP', remote: { host: '127.0.0.1', port } });
    client.made.send(path.flow, utf8('hello'));
    const heard = await server.next('received');
    expect(heard.path.local).toEqual({ host: '127.0.0.1', port });
    server.made.send(heard.path.flow, utf8('yes'));
    expect(textOf((await client.next('received')).bytes)).toBe('yes');
    expect(server.made.datagramFlow(heard.path.local, heard.path.remote)).toBe(heard.path.flow);
    expect(server.made.datagramFlow({ host: '127.0.0.1', port: port - 1 }, heard.path.remote)).toBeUndefined();
  },
);
