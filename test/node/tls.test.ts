import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { textOf, utf8 } from '../../src/base/bytes.ts';
import { HttpClient } from '../../src/node/http-client.ts';
import { openHttpHost } from '../../src/node/http.ts';
import { ServerCertificate, type CertificateFact, type TlsFiles } from '../../src/node/server-certificate.ts';
import { issueCertificate, makeCertificates, type Certificates } from '../peers/certificates.ts';
import { afterTest, closeAll, dial, ended, loopback, sockets, type Sockets } from './sip-world.ts';

let folder: string;
let own: Certificates;
let other: Certificates;
let expired: TlsFiles;
let elsewhere: TlsFiles;
let renewed: TlsFiles;
let client: TlsFiles;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tls-'));
  own = makeCertificates(folder);
  expired = issueCertificate(folder, { name: 'expired', days: -1 });
  elsewhere = issueCertificate(folder, { name: 'elsewhere', altNames: 'DNS:elsewhere.example.com' });
  renewed = issueCertificate(folder, { name: 'renewed', days: 90 });
  client = issueCertificate(folder, { name: 'client' });
  other = makeCertificates(mkdtempSync(join(folder, 'other-')));
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(closeAll);

/** A certificate, with what it told. */
function certificateOf(files: TlsFiles, checkEveryMilliseconds = 3_600_000) {
  const told: CertificateFact[] = [];
  let wake = (): void => undefined;
  const tell = (fact: CertificateFact): void => {
    told.push(fact);
    wake();
  };
  const certificate = new ServerCertificate({ files, tell, checkEveryMilliseconds });
  afterTest(() => certificate[Symbol.dispose]());
  const heard = async (kind: CertificateFact['kind']): Promise<CertificateFact> => {
    for (;;) {
      const at = told.findIndex((fact) => fact.kind === kind);
      const [found] = at === -1 ? [] : told.splice(at, 1);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  return { certificate, told, heard };
}

async function server(files: TlsFiles): Promise<Sockets & { readonly port: number }> {
  const made = sockets();
  const { port } = await made.made.listenTls(loopback, certificateOf(files).certificate);
  return { ...made, port };
}

const to = (port: number, host = 'localhost') => ({ transport: 'TLS', remote: { host, port } }) as const;

test.each(['localhost', '127.0.0.1'])('over TLS both ends send and receive, by the name %s', async (host) => {
  const { next, made, port } = await server(own);
  const terminal = sockets();
  const path = await terminal.made.open({ ...to(port, host), ca: own.ca });
  terminal.made.send(path.flow, utf8('ping'));
  const asked = await next('received');
  made.send(asked.path.flow, utf8('pong'));
  const answered = textOf((await terminal.next('received')).bytes);
  expect([path.transport, asked.path.transport, textOf(asked.bytes), answered]).toEqual(['TLS', 'TLS', 'ping', 'pong']);
  terminal.made.close(path.flow);
  expect((await next('closed')).flow).toBe(asked.path.flow);
});

test.each([
  ['by another CA', (): TlsFiles => own, (): string | undefined => other.ca, 'is by no CA that is trusted here'],
  [
    'by a CA that the system does not know',
    (): TlsFiles => own,
    (): undefined => undefined,
    'is by no CA that is trusted here',
  ],
  ['that has expired', (): TlsFiles => expired, (): string => own.ca, 'its certificate has expired'],
  [
    'for another host',
    (): TlsFiles => elsewhere,
    (): string => own.ca,
    'is for another host (DNS:elsewhere.example.com)',
  ],
] as const)('a certificate %s is refused by TLS and wss, and the words say why', async (_, files, ca, words) => {
  const { port, next } = await server(files());
  const terminal = sockets();
  await expect(terminal.made.open({ ...to(port), ca: ca() })).rejects.toThrow(words);
  await expect(terminal.made.open({ url: `wss://localhost:${port}/sip`, ca: ca() })).rejects.toThrow(words);
  // The server is not disturbed: it takes whoever does not mind.
  tls.connect({ host: 'localhost', port, rejectUnauthorized: false }).end('x');
  expect(textOf((await next('received')).bytes)).toBe('x');
});

test('NODE_TLS_REJECT_UNAUTHORIZED=0 does not open the door', async () => {
  const { port } = await server(own);
  const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  try {
    await expect(sockets().made.open({ ...to(port), ca: other.ca })).rejects.toThrow('is by no CA');
    await expect(sockets().made.open({ url: `wss://localhost:${port}/`, ca: other.ca })).rejects.toThrow('is by no CA');
  } finally {
    if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
  }
});

test('a CA that is no certificate is said to be so, rather than that the server’s is wrong', async () => {
  await expect(sockets().made.open({ ...to(1), ca: 'what?' })).rejects.toThrow('the CA given is not a certificate');
});

test('what speaks no TLS is said to speak none; TLS 1.1 is refused on both sides (RFC 8996)', async () => {
  const plain = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end('SIP/2.0 400 Bad Request\r\n\r\n');
  });
  plain.listen(0, '127.0.0.1');
  await once(plain, 'listening');
  afterTest(() => plain.close());
  const { port: plainPort } = plain.address() as net.AddressInfo;
  await expect(sockets().made.open({ ...to(plainPort), ca: own.ca })).rejects.toThrow('it does not speak TLS there');
  const { port } = await server(own);
  const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  const client = tls.connect({ host: 'localhost', port, ca: own.ca, ...old });
  await expect(once(client, 'secureConnect')).rejects.toThrow();
  const pair = { cert: readFileSync(own.certificateFile), key: readFileSync(own.keyFile) };
  const ancient = tls.createServer({ ...pair, ...old }).listen(0, '127.0.0.1');
  await once(ancient, 'listening');
  afterTest(() => ancient.close());
  const { port: ancientPort } = ancient.address() as net.AddressInfo;
  await expect(sockets().made.open({ ...to(ancientPort), ca: own.ca })).rejects.toThrow('it speaks no TLS of today');
});

test('a stranger that talks no TLS, or stops in the middle of the handshake, takes nothing and harms nobody', async () => {
  const made = sockets({ limits: { handshakeMilliseconds: 1000 } }); // long enough for the terminal on a busy machine
  const { port } = await made.made.listenTls(loopback, certificateOf(own).certificate);
  const rude = await dial(port);
  rude.write('OPTIONS sip:x SIP/2.0\r\n\r\n');
  const slow = await dial(port);
  slow.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00]));
  await Promise.all([ended(rude), ended(slow)]);
  const terminal = sockets();
  const path = await terminal.made.open({ ...to(port), ca: own.ca });
  terminal.made.send(path.flow, utf8('well'));
  expect(textOf((await made.next('received')).bytes)).toBe('well');
});

const shownBy = async (port: number): Promise<string> => {
  const socket = tls.connect({ host: '127.0.0.1', port, ca: own.ca });
  afterTest(() => socket.destroy());
  await once(socket, 'secureConnect');
  return socket.getPeerCertificate().valid_to;
};

test('a new certificate in the files is shown to who connects then, by SIP and HTTPS; who is connected stays', async () => {
  const files = { certificateFile: join(folder, 'live.pem'), keyFile: join(folder, 'live.key') };
  copyFileSync(own.certificateFile, files.certificateFile);
  copyFileSync(own.keyFile, files.keyFile);
  const { certificate, heard } = certificateOf(files, 5);
  await heard('read');
  const sip = sockets();
  const { port } = await sip.made.listenTls(loopback, certificate);
  const answer = () => Promise.resolve({ status: 204, headers: {}, body: '' });
  const web = await openHttpHost({ answer, listen: loopback, failed: () => undefined, certificate });
  afterTest(() => web[Symbol.asyncDispose]());
  const terminal = sockets();
  const path = await terminal.made.open({ ...to(port), ca: own.ca });
  const first = await shownBy(port);
  copyFileSync(renewed.certificateFile, files.certificateFile);
  copyFileSync(renewed.keyFile, files.keyFile);
  // The two files do not change as one: in between the pair may not fit, which is told, and mended at the next look.
  const { validTo } = (await heard('read')) as Extract<CertificateFact, { kind: 'read' }>;
  expect([await shownBy(port), await shownBy(web.address.port)]).toEqual([validTo, validTo]);
  expect(first).not.toBe(validTo);
  terminal.made.send(path.flow, utf8('still here'));
  expect(textOf((await sip.next('received')).bytes)).toBe('still here');
});

test('a link that points to another file is seen as a change', async () => {
  const link = join(folder, 'link.pem');
  symlinkSync(own.certificateFile, link);
  const { heard } = certificateOf({ ...own, certificateFile: link }, 5);
  await heard('read');
  unlinkSync(link);
  symlinkSync(renewed.certificateFile, link);
  // The key is the old one's.
  const { fault } = (await heard('kept')) as Extract<CertificateFact, { kind: 'kept' }>;
  expect(fault.message).toContain('is not that of the certificate');
});

test('a link that points to itself is told, the old certificate stays, and the link mended is read', async () => {
  const link = join(folder, 'loop.pem');
  symlinkSync(own.certificateFile, link);
  const { heard } = certificateOf({ ...own, certificateFile: link }, 5);
  await heard('read');
  unlinkSync(link);
  symlinkSync(link, link);
  const { fault } = (await heard('kept')) as Extract<CertificateFact, { kind: 'kept' }>;
  expect(fault.message).toContain('ELOOP');
  unlinkSync(link);
  symlinkSync(own.certificateFile, link);
  await heard('read');
});

const files = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const mistakes = [
  [
    'a file that is not there',
    () => ({ certificateFile: join(folder, 'none.pem') }),
    'tls.certificateFile: cannot read',
  ],
  [
    'no certificate',
    () => ({ certificateFile: files('a.pem', 'x') }),
    'tls.certificateFile: no certificate as PEM text',
  ],
  [
    'half a certificate',
    () => ({ certificateFile: files('b.pem', readFileSync(own.certificateFile, 'utf8').slice(0, 300)) }),
    'tls.certificateFile: no certificate',
  ],
  ['no key', () => ({ keyFile: own.certificateFile }), 'tls.keyFile: no private key as PEM text'],
  ['another’s key', () => ({ keyFile: other.keyFile }), 'is not that of the certificate in'],
  ['an encrypted key', () => ({ keyFile: files('e.key', '-----BEGIN ENCRYPTED PRIVATE KEY-----\n') }), 'is encrypted'],
  ['no client CA', () => ({ clientCaFile: files('c.pem', '') }), 'tls.clientCaFile: no certificate as PEM text'],
] as const;

test.each(mistakes)('%s is a mistake that names the setting, at the start', (_, wrong, words) => {
  expect(() => certificateOf({ ...own, ...wrong() })).toThrow(words);
});

test('a bad new certificate is told, and the old one stays; also one that has expired already', async () => {
  const live = { certificateFile: join(folder, 'kept.pem'), keyFile: own.keyFile };
  copyFileSync(own.certificateFile, live.certificateFile);
  const { certificate, told } = certificateOf(live);
  const { made } = sockets();
  const { port } = await made.listenTls(loopback, certificate);
  const before = await shownBy(port);
  writeFileSync(live.certificateFile, 'not a certificate');
  certificate.reload();
  expect(told.at(-1)).toMatchObject({
    kind: 'kept',
    fault: { message: expect.stringContaining(live.certificateFile) },
  });
  unlinkSync(live.certificateFile);
  certificate.reload();
  expect(told.at(-1)).toMatchObject({ kind: 'kept' });
  expect(await shownBy(port)).toBe(before);
});

test('a certificate that expired, or soon will, is served and told at the start; an expired one never takes the place of a good one', () => {
  expect(certificateOf(expired).told.map((fact) => fact.kind)).toEqual(['read', 'runs-out']);
  expect(certificateOf(own).told.map((fact) => fact.kind)).toEqual(['read', 'runs-out']);
  expect(certificateOf(renewed).told.map((fact) => fact.kind)).toEqual(['read']);
  const live = { certificateFile: join(folder, 'over.pem'), keyFile: join(folder, 'over.key') };
  copyFileSync(own.certificateFile, live.certificateFile);
  copyFileSync(own.keyFile, live.keyFile);
  const { certificate, told } = certificateOf(live);
  copyFileSync(expired.certificateFile, live.certificateFile);
  copyFileSync(expired.keyFile, live.keyFile);
  certificate.reload();
  expect(told.at(-1)).toMatchObject({ kind: 'kept', fault: { message: expect.stringContaining('expired on') } });
});

const showing = (port: number, shown: TlsFiles | undefined): tls.TLSSocket => {
  const pair = shown && { cert: readFileSync(shown.certificateFile), key: readFileSync(shown.keyFile) };
  const socket = tls.connect({ host: 'localhost', port, ca: own.ca, ...pair });
  socket.on('error', () => undefined);
  afterTest(() => socket.destroy());
  socket.write('hello');
  return socket;
};

test.each([
  [false, 'none', true],
  [false, 'one by its CA', true],
  [false, 'one by another CA', false],
  [true, 'none', false],
  [true, 'one by its CA', true],
  [true, 'one by another CA', false],
] as const)('where client certificates are required: %s, who shows %s enters: %s', async (required, shows, enters) => {
  const { port, next } = await server({ ...own, clientCaFile: own.caFile, requireClientCertificate: required });
  const shown = { none: undefined, 'one by its CA': client, 'one by another CA': other }[shows];
  const socket = showing(port, shown);
  if (!enters) {
    await ended(socket);
    showing(port, client); // and who may, still does
  }
  expect(textOf((await next('received')).bytes)).toBe('hello');
});

test('HTTPS turns away a client certificate by another CA, and answers who has none', async () => {
  const { certificate } = certificateOf({ ...own, clientCaFile: own.caFile });
  const answer = () => Promise.resolve({ status: 200, headers: {}, body: 'here' });
  const web = await openHttpHost({ answer, listen: loopback, failed: () => undefined, certificate });
  afterTest(() => web[Symbol.asyncDispose]());
  await ended(showing(web.address.port, other));
  using http = new HttpClient({ server: `https://localhost:${web.address.port}`, ca: own.ca });
  expect(await http.ask({ method: 'GET', path: '/' })).toMatchObject({ answer: { status: 200, text: 'here' } });
});

test.each([
  ['another CA', () => own, () => other.ca, 'is by no CA that is trusted here'],
  ['expired', () => expired, () => own.ca, 'its certificate has expired'],
  ['another host', () => elsewhere, () => own.ca, 'is for another host'],
] as const)('over HTTPS the employee reads what is wrong with the certificate: %s', async (_, of, ca, words) => {
  const { certificate } = certificateOf(of());
  const answer = () => Promise.resolve({ status: 200, headers: {}, body: '' });
  const web = await openHttpHost({ answer, listen: loopback, failed: () => undefined, certificate });
  afterTest(() => web[Symbol.asyncDispose]());
  using http = new HttpClient({ server: `https://localhost:${web.address.port}`, ca: ca() });
  expect(await http.ask({ method: 'GET', path: '/' })).toMatchObject({
    kind: 'unanswered',
    trouble: { kind: 'unreachable', words: expect.stringContaining(words) as string },
  });
});
