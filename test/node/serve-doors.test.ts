// The whole server on the addresses and with the certificate of its configuration.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import tls from 'node:tls';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { AdminClient } from '../../src/apps/admin-client.ts';
import { startServer, type RunningServer } from '../../src/apps/serve.ts';
import { readConfig } from '../../src/node/config.ts';
import { createReport } from '../../src/node/report.ts';
import { openTerminal, type Terminal } from '../../src/node/terminal.ts';
import type { TransportChoice } from '../../src/terminal/flow-target.ts';
import { accountsSchema } from '../../src/wire/admin.ts';
import { issueCertificate, makeCertificates, type Certificates } from '../peers/certificates.ts';
import { afterTest, closeAll } from './sip-world.ts';

let folder: string;
let own: Certificates;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'doors-'));
  own = makeCertificates(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(closeAll);

const tlsSettings = () => ({ certificateFile: own.certificateFile, keyFile: own.keyFile });

function settingsFile(settings: object): string {
  const place = mkdtempSync(join(folder, 'server-'));
  const file = join(place, 'rollcall.yaml');
  writeFileSync(file, JSON.stringify({ data: join(place, 'data'), http: { port: 0 }, ...settings })); // JSON is YAML
  return file;
}

async function serve(settings: object): Promise<RunningServer & { readonly data: string }> {
  const config = readConfig(settingsFile(settings), {}, {});
  const server = await startServer(config, createReport('fatal'));
  afterTest(() => server[Symbol.asyncDispose]());
  return { ...server, data: config.data };
}

/** A terminal, logged in by the host name `localhost`, which the certificate has. */
async function enter(server: RunningServer, transport: TransportChoice): Promise<Terminal> {
  const [account] = server.accounts;
  if (account === undefined) throw new Error('the sample has accounts');
  const store = join(mkdtempSync(join(folder, 'terminal-')), 'book.sqlite');
  const terminal = await openTerminal({ store, transport, ca: own.ca });
  afterTest(() => terminal[Symbol.asyncDispose]());
  const url = new URL(server.url);
  url.hostname = 'localhost';
  await terminal.logIn({ server: url.href, user: account.user, password: account.password });
  return terminal;
}

/** Keeps somebody, which subscribes, and waits until that is done or cannot be. */
async function subscribed(terminal: Terminal): Promise<string> {
  const events = terminal.events();
  const { persons } = await terminal.lookUp('Ada Lovelace');
  if (persons[0] !== undefined) await terminal.keep(persons[0].id);
  for await (const event of events)
    if (event.kind === 'state' && (event.state.kind === 'live' || event.state.kind === 'offline'))
      return event.state.kind;
  return 'closed';
}

test.each(['tls', 'websocket', 'udp', 'tcp'] as const)(
  'with a certificate the server speaks HTTPS, and a terminal subscribes by %s',
  async (transport) => {
    const server = await serve({ sip: { port: 0, publicHost: 'localhost' }, tls: tlsSettings() });
    expect(new URL(server.url).protocol).toBe('https:');
    expect(server.sip.map((each) => each.transport)).toEqual(['UDP', 'TCP', 'TLS']);
    expect(await subscribed(await enter(server, transport))).toBe('live');
  },
);

test('the command line finds the administration of a server with a certificate that does not name this machine', async () => {
  const elsewhere = issueCertificate(folder, { name: 'public', altNames: 'DNS:book.example.com' });
  const { data } = await serve({ sip: { port: 0 }, tls: elsewhere });
  const admin = new AdminClient({ data });
  const { accounts } = await admin.ask({ method: 'GET', path: '/v1/admin/accounts', answer: accountsSchema });
  expect(accounts).not.toEqual([]);
});

test('a terminal that is reached over IPv6 subscribes by IPv6, and one over IPv4 by IPv4', async () => {
  const listen = ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0', 'udp://[::1]:0', 'tcp://[::1]:0'];
  for (const host of ['127.0.0.1', '::1']) {
    const server = await serve({ http: { host, port: 0 }, sip: { listen } });
    expect(server.sip.map(({ transport, address }) => `${transport} ${address.host}`)).toEqual([
      'UDP 127.0.0.1',
      'TCP 127.0.0.1',
      'UDP ::1',
      'TCP ::1',
    ]);
    const [account] = server.accounts;
    const answer = await fetch(`${server.url}/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user: account?.user, password: account?.password }),
    });
    const { sip } = (await answer.json()) as { readonly sip: Readonly<Record<'udp' | 'tcp', string>> };
    const printed = host === '::1' ? '[::1]' : host;
    expect([sip.udp, sip.tcp].every((place) => place.startsWith(`${printed}:`))).toBe(true);
    for (const transport of ['udp', 'tcp'] as const) {
      const store = join(mkdtempSync(join(folder, 'terminal-')), 'book.sqlite');
      const terminal = await openTerminal({ store, transport });
      afterTest(() => terminal[Symbol.asyncDispose]());
      await terminal.logIn({ server: server.url, user: account?.user ?? '', password: account?.password ?? '' });
      expect(await subscribed(terminal)).toBe('live');
    }
  }
});

test('0.0.0.0 and [::] may be listened on with one port, and a terminal finds the server by the host of its URL', async () => {
  const first = await serve({ http: { host: '0.0.0.0', port: 0 }, sip: { listen: ['tcp://0.0.0.0:0'] } });
  const port = first.sip[0]?.address.port ?? 0;
  await first[Symbol.asyncDispose]();
  const listen = [`tcp://0.0.0.0:${port}`, `tcp://[::]:${port}`, `udp://0.0.0.0:${port}`, `udp://[::]:${port}`];
  const server = await serve({ http: { host: '0.0.0.0', port: 0 }, sip: { listen } });
  expect(await subscribed(await enter(server, 'tcp'))).toBe('live');
});

test('an address of the list that another has is named, and nothing of the server stays', async () => {
  const { sip } = await serve({ sip: { listen: ['tcp://127.0.0.1:0'] } });
  const port = sip[0]?.address.port ?? 0;
  await expect(serve({ sip: { listen: ['udp://127.0.0.1:0', `tcp://127.0.0.1:${port}`] } })).rejects.toThrow(
    `sip.listen: tcp://127.0.0.1:${port}`,
  );
});

test('SIGHUP makes the server of the command line read its certificate again', async () => {
  const live = { certificateFile: join(folder, 'live.pem'), keyFile: join(folder, 'live.key') };
  copyFileSync(own.certificateFile, live.certificateFile);
  copyFileSync(own.keyFile, live.keyFile);
  const file = settingsFile({ sip: { port: 0 }, tls: live });
  const child = spawn(process.execPath, ['src/apps/cli.ts', '--json', 'serve', '--config', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  afterTest(async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  });
  const report = createInterface(child.stderr)[Symbol.asyncIterator]();
  const certificateTold = async (): Promise<void> => {
    for (let said = await report.next(); said.done !== true; said = await report.next())
      if ((JSON.parse(said.value) as { readonly kind: string }).kind === 'certificate') return;
  };
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const url = new URL((JSON.parse(line) as { readonly url: string }).url);
  const shown = async (): Promise<string> => {
    const socket = tls.connect({ host: '127.0.0.1', port: Number(url.port), ca: own.ca });
    await once(socket, 'secureConnect');
    const { valid_to: until } = socket.getPeerCertificate();
    socket.destroy();
    return until;
  };
  await certificateTold();
  const before = await shown();
  const renewed = issueCertificate(folder, { name: 'renewed', days: 90 });
  copyFileSync(renewed.certificateFile, live.certificateFile);
  copyFileSync(renewed.keyFile, live.keyFile);
  child.kill('SIGHUP');
  await certificateTold();
  expect(await shown()).not.toBe(before);
});
