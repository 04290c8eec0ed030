// Who is of the trust domain: by address, and by what a client certificate bears.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import tls from 'node:tls';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ServerCertificate } from '../../src/node/server-certificate.ts';
import { trusting } from '../../src/node/trusted-peers.ts';
import type { FlowPath, Transport } from '../../src/sip/transaction-user.ts';
import { issueCertificate, makeCertificates, type Certificates } from '../peers/certificates.ts';
import { paths } from '../sip/two-endpoints.ts';
import { afterTest, closeAll, loopback, sockets } from './sip-world.ts';

const from = (host: string, transport: Transport = 'TCP', names?: readonly string[]): FlowPath => ({
  ...paths(transport).server,
  remote: { host, port: 5060 },
  ...(names !== undefined && { names }),
});

test('nobody is trusted unless somebody is named', () => {
  expect(trusting({})).toBeUndefined();
  expect(trusting({ trusted: [], trustedNames: [] })).toBeUndefined();
});

test('an address or a network is trusted over UDP, TCP and TLS, and never over WebSocket', () => {
  const trusts = trusting({ trusted: ['192.0.2.10', '10.0.0.0/8', '2001:db8::/32', '127.0.0.1'] });
  for (const host of ['192.0.2.10', '10.255.0.1', '2001:db8:1::1', '::ffff:10.0.0.1'])
    expect([host, trusts?.(from(host))]).toEqual([host, true]);
  for (const host of ['192.0.2.11', '11.0.0.1', '2001:db9::1', '::1', ''])
    expect([host, trusts?.(from(host))]).toEqual([host, false]);
  const over = (transport: Transport): boolean | undefined => trusts?.(from('127.0.0.1', transport));
  expect((['UDP', 'TCP', 'TLS', 'WS', 'WSS'] as const).map(over)).toEqual([true, true, true, false, false]);
});

test('a name is trusted wherever its certificate comes from; part of a name is none', () => {
  const trusts = trusting({ trustedNames: ['SCSCF.example.com'] });
  expect(trusts?.(from('198.51.100.7', 'TLS', ['scscf.example.com']))).toBe(true);
  for (const names of [[], ['example.com'], ['x.scscf.example.com'], undefined])
    expect(trusts?.(from('198.51.100.7', 'TLS', names))).toBe(false);
});

let folder: string;
let own: Certificates;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trusted-'));
  own = makeCertificates(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(closeAll);

/** The names that a server sees of who connects with this client certificate; without one where none is given. */
async function seen(client?: {
  readonly certificateFile: string;
  readonly keyFile: string;
}): Promise<FlowPath['names']> {
  const { certificateFile, keyFile, caFile: clientCaFile } = own;
  const certificate = new ServerCertificate({
    files: { certificateFile, keyFile, clientCaFile },
    tell: () => undefined,
  });
  afterTest(() => certificate[Symbol.dispose]());
  const server = sockets();
  const { port } = await server.made.listenTls(loopback, certificate);
  const shown = client && { cert: readFileSync(client.certificateFile), key: readFileSync(client.keyFile) };
  const socket = tls.connect({ port, host: '127.0.0.1', ca: own.ca, ...shown });
  afterTest(() => socket.destroy());
  await once(socket, 'secureConnect');
  return (await server.next('opened')).path.names;
}

test('of a client certificate by our CA the DNS names and SIP URIs are seen, and nothing that only looks like one', async () => {
  const altNames =
    'DNS:SCSCF.example.com,URI:sip:ims.example.com,IP:10.0.0.1,email:admin.example.com,DNS:*.example.com,URI:sip:a@b.example';
  expect(await seen(issueCertificate(folder, { name: 'core', altNames }))).toEqual([
    'scscf.example.com',
    'ims.example.com',
  ]);
});

test('who shows no certificate has no names', async () => {
  expect(await seen()).toBeUndefined();
});

test('a name cannot be hidden in another one', async () => {
  const altNames = '@names\n[names]\nURI.1=sip:x, DNS:scscf.example.com, y';
  expect(await seen(issueCertificate(folder, { name: 'odd', altNames }))).toBeUndefined();
});
