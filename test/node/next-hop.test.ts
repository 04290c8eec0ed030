// Flows that the server opens by itself: whereto, and by what a real name server says.

import net from 'node:net';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { HostFault } from '../../src/node/host-fault.ts';
import { systemNames } from '../../src/node/names.ts';
import { reach, reaching } from '../../src/node/next-hop.ts';
import { ServerCertificate } from '../../src/node/server-certificate.ts';
import type { Names } from '../../src/sip/location.ts';
import { parseUri } from '../../src/sip/uri.ts';
import type { FlowPath } from '../../src/sip/transaction-user.ts';
import { issueCertificate, makeCertificates, type Certificates } from '../peers/certificates.ts';
import { dnsmasqIsInstalled, startDnsmasq, type NameServer } from '../peers/dnsmasq.ts';
import { skipWithout } from '../peers/installed.ts';
import { paths } from '../sip/two-endpoints.ts';
import { afterTest, closeAll, loopback, sockets } from './sip-world.ts';

afterEach(closeAll);

test('a connection may lead to the addresses, networks and names of the configuration only', () => {
  const may = reaching(['192.0.2.10', '10.0.0.0/8', '2001:db8::/32', 'Proxy.example.com']);
  const from = (host: string): FlowPath => ({ ...paths('TCP').server, remote: { host, port: 40_000 } });
  const asked = (text: string, host = '10.0.0.1'): boolean | undefined => may?.(parseUri(text) ?? nothing, from(host));
  for (const yes of [
    'sip:192.0.2.10',
    'sip:10.1.2.3:5070;transport=tcp',
    'sip:[2001:db8::1]',
    'sips:proxy.EXAMPLE.com',
    'sip:x@proxy.example.com;lr',
  ])
    expect([yes, asked(yes)]).toEqual([yes, true]);
  for (const no of [
    'sip:192.0.2.11',
    'sip:127.0.0.1',
    'sip:[::1]',
    'sip:[::ffff:127.0.0.1]',
    'sip:example.com',
    'sip:proxy.example.com.evil.example',
    'sip:169.254.169.254',
  ])
    expect([no, asked(no)]).toEqual([no, false]);
  // Who came from elsewhere wrote that route alone.
  expect([asked('sip:10.1.2.3', '192.0.2.77'), asked('sip:10.1.2.3', '192.0.2.10')]).toEqual([false, true]);
  expect(reaching([])).toBeUndefined();
});

const nothing = { scheme: 'sip', user: '', host: '', port: undefined, parameters: new Map(), headers: '' } as const;

const noNames: Names = {
  naptr: async () => [],
  srv: async () => [],
  addresses: async () => [],
};

test('UDP goes out from where we listen, by the IP version of the place; where we listen on none, there is no way', async () => {
  const { made } = sockets();
  const local = await made.listenDatagrams(loopback);
  const options = { sockets: made, names: noNames, datagrams: [local], ca: undefined };
  const path = await reach('sip:127.0.0.1:5099', options);
  expect(path).toMatchObject({ transport: 'UDP', local, remote: { host: '127.0.0.1', port: 5099 } });
  await expect(reach('sip:[::1]:5099', options)).rejects.toThrow(HostFault);
  await expect(reach('sip:nowhere.example', options)).rejects.toThrow('there is no way to it');
});

describe.skipIf(skipWithout('dnsmasq', dnsmasqIsInstalled))('by a real name server (RFC 3263)', () => {
  const stack = new AsyncDisposableStack();
  const folder = stack.adopt(mkdtempSync(join(tmpdir(), 'next-hop-')), (path) => rmSync(path, { recursive: true }));
  let own: Certificates;
  let server: NameServer;
  let names: Names;
  let live: number;
  let dead: number;

  beforeAll(async () => {
    own = makeCertificates(folder);
    [live, dead] = [await listening(), await closed()];
    const srv = (service: string, target: string, port: number, priority: number): string =>
      `srv-host=${service},${target},${port},${priority},10`;
    server = stack.use(
      await startDnsmasq([
        'host-record=proxy.example.com,127.0.0.1',
        'host-record=both.example.com,127.0.0.1,::1',
        'naptr-record=example.com,20,10,s,SIP+D2T,,_sip._tcp.example.com',
        'naptr-record=example.com,10,10,s,SIP+D2S,,_sip._sctp.example.com',
        srv('_sip._tcp.example.com', 'proxy.example.com', dead, 1),
        srv('_sip._tcp.example.com', 'proxy.example.com', live, 2),
        srv('_sip._tcp.away.example', 'proxy.example.com', dead, 1),
        srv('_sips._tcp.secure.example', 'proxy.example.com', live, 1),
      ]),
    );
    names = systemNames([server.address]);
  });
  afterAll(() => stack.disposeAsync());

  /** A port that takes connections, and says nothing. */
  async function listening(): Promise<number> {
    const made = net.createServer((socket) => socket.on('error', () => undefined).resume()).listen(0, '127.0.0.1');
    await once(made, 'listening');
    stack.defer(() => void made.close());
    return (made.address() as net.AddressInfo).port;
  }

  async function closed(): Promise<number> {
    const made = net.createServer().listen(0, '127.0.0.1');
    await once(made, 'listening');
    const { port } = made.address() as net.AddressInfo;
    await new Promise((resolve) => made.close(resolve));
    return port;
  }

  const to = (hop: string, ca?: string): Promise<FlowPath> =>
    reach(hop, { sockets: sockets().made, names, datagrams: [], ca });

  test('NAPTR, SRV and addresses are what the name server has; what it has not is nothing, also of a name that is none', async () => {
    expect(await names.naptr('example.com')).toHaveLength(2);
    expect(await names.srv('_sip._tcp.example.com')).toContainEqual({
      priority: 1,
      weight: 10,
      port: dead,
      target: 'proxy.example.com',
    });
    expect(await names.addresses('both.example.com')).toEqual(['127.0.0.1', '::1']);
    expect([await names.naptr('proxy.example.com'), await names.srv('nowhere.example')]).toEqual([[], []]);
    expect(await names.addresses('127.0.0.1')).toEqual(['127.0.0.1']);
  });

  test('by NAPTR to SRV to an address; a place that takes no connection is passed by for the next (§4.3)', async () => {
    expect(await to('sip:example.com')).toMatchObject({ transport: 'TCP', remote: { host: '127.0.0.1', port: live } });
    expect(await to('sip:example.com;transport=tcp')).toMatchObject({ remote: { port: live } });
    expect(await to(`sip:proxy.example.com:${live};transport=tcp`)).toMatchObject({ remote: { port: live } });
  });

  test('where no place takes a connection the last one says why, and where there is none, that', async () => {
    await expect(to('sip:away.example;transport=tcp')).rejects.toThrow(`127.0.0.1:${dead}`);
    await expect(to('sip:nowhere.example;transport=tcp')).rejects.toThrow(HostFault);
  });

  test('a name server that does not answer is a host fault, in seconds', async () => {
    const silent = systemNames([`127.0.0.1:${dead}`]);
    await expect(silent.srv('_sip._tcp.example.com')).rejects.toThrow('the DNS does not answer');
  });

  test('over TLS the certificate is for the domain of the URI, wherever the DNS says that it is (RFC 5922 §4)', async () => {
    const tls = async (altNames: string): Promise<number> => {
      const files = issueCertificate(folder, { name: altNames.replaceAll(/\W/g, ''), altNames });
      const certificate = new ServerCertificate({ files, tell: () => undefined });
      afterTest(() => certificate[Symbol.dispose]());
      return (await sockets().made.listenTls(loopback, certificate)).port;
    };
    const rightAt = await tls('DNS:secure.example');
    const wrongAt = await tls('DNS:proxy.example.com');
    const by = (port: number): Names => ({
      ...names,
      srv: async () => [{ priority: 1, weight: 1, port, target: 'proxy.example.com' }],
    });
    const ask = (port: number): Promise<FlowPath> =>
      reach('sips:secure.example', {
        sockets: sockets().made,
        names: by(port),
        datagrams: [],
        ca: readFileSync(own.caFile, 'utf8'),
      });
    expect((await ask(rightAt)).transport).toBe('TLS');
    await expect(ask(wrongAt)).rejects.toThrow('another host');
  });
});
