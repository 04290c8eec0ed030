// What a server shows of itself: the newest certificate that lies in its files. They are looked at now and
// then, and on demand; a new one that cannot be right leaves the old one in place.

import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { statSync } from 'node:fs';
import tls from 'node:tls';
import { readText } from './read-text.ts';
import { HostFault } from './host-fault.ts';
import { minVersion, parsed } from './tls.ts';

export interface TlsFiles {
  /** PEM: the server's certificate first, then those between it and the CA. */
  readonly certificateFile: string;
  /** PEM, not encrypted. */
  readonly keyFile: string;
  /** PEM of the CAs of client certificates; absent, none are asked for. */
  readonly clientCaFile?: string | undefined;
  /** False: who has none comes in, who has one by another CA does not. */
  readonly requireClientCertificate?: boolean | undefined;
}

/** What is worth telling the administrator. */
export type CertificateFact =
  | { readonly kind: 'read'; readonly names: string; readonly validTo: string }
  /** The files changed, and the new ones cannot be used. */
  | { readonly kind: 'kept'; readonly fault: HostFault }
  | { readonly kind: 'runs-out'; readonly validTo: string; readonly days: number };

export interface CertificateOptions {
  readonly files: TlsFiles;
  readonly tell: (fact: CertificateFact) => void;
  readonly checkEveryMilliseconds?: number;
}

const defaults = {
  // Renewals are days before the end. Not by `watch`: what a renewal does to links and folders it does not see everywhere.
  checkEveryMilliseconds: 10_000,
  // Renewed by ACME it would have been long ago.
  tellDaysAhead: 14,
};

const dayMilliseconds = 86_400_000;

interface Read {
  readonly context: tls.SecureContextOptions;
  readonly certificate: X509Certificate;
}

export class ServerCertificate implements Disposable {
  readonly #options: CertificateOptions;
  readonly #servers = new Set<tls.Server>();
  readonly #timer: NodeJS.Timeout;
  #read: Read;
  #stamp: string;

  /** @throws HostFault that names the setting when a file cannot be read, or does not hold what it should */
  constructor(options: CertificateOptions) {
    this.#options = options;
    this.#stamp = stampOf(options.files);
    this.#read = read(options.files);
    this.#tellOf(this.#read.certificate);
    const every = options.checkEveryMilliseconds ?? defaults.checkEveryMilliseconds;
    this.#timer = setInterval(() => this.#look(), every).unref();
  }

  /** For the making of a server; then `keep` it. */
  get options(): tls.TlsOptions {
    const { clientCaFile, requireClientCertificate = false } = this.#options.files;
    return {
      ...this.#read.context,
      requestCert: clientCaFile !== undefined,
      rejectUnauthorized: clientCaFile !== undefined && requireClientCertificate,
    };
  }

  /** From now on `server` shows each new certificate to whoever connects; and turns away who shows a wrong one. */
  keep(server: tls.Server): void {
    this.#servers.add(server);
    server.once('close', () => this.#servers.delete(server));
    server.prependListener('secureConnection', (socket: tls.TLSSocket) => {
      if (!this.#mayEnter(socket)) socket.destroy();
    });
    // Node only tells that a handshake failed, or took too long; the connection would stay.
    server.on('tlsClientError', (_error, socket) => socket.destroy());
  }

  /** Reads the files again, whether they look changed or not. */
  reload(): void {
    this.#stamp = stampOf(this.#options.files);
    let next: Read;
    try {
      next = read(this.#options.files);
      const old = isOver(this.#read.certificate);
      if (isOver(next.certificate) && !old) throw new HostFault(`tls.certificateFile: ${expiry(next.certificate)}`);
    } catch (fault) {
      if (!(fault instanceof HostFault)) throw fault;
      return this.#options.tell({ kind: 'kept', fault });
    }
    this.#read = next;
    for (const server of this.#servers) server.setSecureContext(next.context);
    this.#tellOf(next.certificate);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    if (stampOf(this.#options.files) !== this.#stamp) this.reload();
  }

  #mayEnter(socket: tls.TLSSocket): boolean {
    if (this.#options.files.clientCaFile === undefined || socket.authorized) return true;
    const shown = Object.keys(socket.getPeerCertificate()).length > 0;
    return !shown && this.#options.files.requireClientCertificate !== true;
  }

  #tellOf(certificate: X509Certificate): void {
    const { validTo } = certificate;
    this.#options.tell({ kind: 'read', names: certificate.subjectAltName ?? certificate.subject, validTo });
    const days = Math.floor((certificate.validToDate.getTime() - Date.now()) / dayMilliseconds);
    if (days < defaults.tellDaysAhead) this.#options.tell({ kind: 'runs-out', validTo, days });
  }
}

const isOver = (certificate: X509Certificate): boolean => certificate.validToDate.getTime() < Date.now();
const expiry = (certificate: X509Certificate): string => `the certificate expired on ${certificate.validTo}`;

function read({ certificateFile, keyFile, clientCaFile }: TlsFiles): Read {
  const cert = readText(certificateFile, 'tls.certificateFile');
  const key = readText(keyFile, 'tls.keyFile');
  const ca = clientCaFile === undefined ? undefined : readText(clientCaFile, 'tls.clientCaFile');
  const certificate = parsed(
    () => new X509Certificate(cert),
    `tls.certificateFile: no certificate as PEM text is in ${certificateFile}`,
  );
  const secret = privateKey(key, keyFile);
  if (!certificate.checkPrivateKey(secret))
    throw new HostFault(`tls.keyFile: the key in ${keyFile} is not that of the certificate in ${certificateFile}`);
  if (ca !== undefined)
    parsed(() => new X509Certificate(ca), `tls.clientCaFile: no certificate as PEM text is in ${clientCaFile ?? ''}`);
  const context = { cert, key, minVersion, ...(ca !== undefined && { ca }) } as const;
  // A chain that has a wrong part only shows here.
  parsed(() => tls.createSecureContext(context), 'tls: the certificate and its key cannot be used');
  return { context, certificate };
}

function privateKey(text: string, file: string): KeyObject {
  if (text.includes('ENCRYPTED'))
    throw new HostFault(
      `tls.keyFile: the key in ${file} is encrypted; a key without a passphrase is needed, readable by this account alone`,
    );
  return parsed(() => createPrivateKey(text), `tls.keyFile: no private key as PEM text is in ${file}`);
}

/** Changes when a file does, or a link points to another. */
const stampOf = ({ certificateFile, keyFile, clientCaFile }: TlsFiles): string =>
  [certificateFile, keyFile, ...(clientCaFile === undefined ? [] : [clientCaFile])].map(stampOfFile).join(', ');

function stampOfFile(file: string): string {
  try {
    const found = statSync(file, { throwIfNoEntry: false });
    return found === undefined ? 'none' : `${found.ino} ${found.mtimeMs} ${found.size}`;
  } catch (error) {
    // A link to itself, a folder that is locked: `read` says so with the setting's name.
    return `unreadable ${(error as NodeJS.ErrnoException).code ?? ''}`;
  }
}
