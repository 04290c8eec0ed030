import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Certificates {
  /** PEM text. */
  readonly ca: string;
  readonly caFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

const openssl = (...parameters: readonly string[]): void => {
  execFileSync('openssl', parameters, { stdio: 'pipe' });
};

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'] as const;

/** A CA and a certificate by it for localhost and its addresses, made in `folder`. */
export function makeCertificates(folder: string): Certificates {
  const at = (name: string): string => join(folder, name);
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-subj',
    '/CN=test CA',
    '-days',
    '2',
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
  );
  const files = issueCertificate(folder, { name: 'server' });
  return { ca: readFileSync(at('ca.pem'), 'utf8'), caFile: at('ca.pem'), ...files };
}

export interface Issue {
  /** Of the files, `name.pem` and `name.key`. */
  readonly name: string;
  readonly altNames?: string;
  /** Until it expires; a negative number has passed. */
  readonly days?: number;
}

/** Another certificate by the CA of `folder`. */
export function issueCertificate(
  folder: string,
  { name, altNames = 'DNS:localhost,IP:127.0.0.1,IP:::1', days = 2 }: Issue,
): { readonly certificateFile: string; readonly keyFile: string } {
  const at = (file: string): string => join(folder, file);
  const [certificateFile, keyFile] = [at(`${name}.pem`), at(`${name}.key`)];
  openssl('req', ...newKey, '-subj', '/CN=localhost', '-keyout', keyFile, '-out', at(`${name}.csr`));
  writeFileSync(at('san'), `subjectAltName=${altNames}\n`);
  const by = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-extfile', at('san')];
  openssl('x509', '-req', '-in', at(`${name}.csr`), ...by, '-days', `${days}`, '-out', certificateFile);
  return { certificateFile, keyFile };
}
