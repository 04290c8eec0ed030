// TLS from here: a terminal verifies always, the chain up to a CA that it trusts, the time, and the host's
// name. What a server shows is in `server-certificate`.

import { X509Certificate } from 'node:crypto';
import net from 'node:net';
import tls from 'node:tls';
import { HostFault } from './host-fault.ts';

/** RFC 8996: nothing older, on either side. */
export const minVersion = 'TLSv1.2';

/** What `parse` gives; a HostFault that begins with `otherwise` where it throws. */
export function parsed<T>(parse: () => T, otherwise: string): T {
  try {
    return parse();
  } catch (cause) {
    throw new HostFault(`${otherwise} (${cause instanceof Error ? cause.message : String(cause)})`, { cause });
  }
}

export interface ClientTls {
  readonly minVersion: typeof minVersion;
  readonly rejectUnauthorized: true;
  readonly ca?: string;
}

/**
 * For a connection from here. What is said here also overrides NODE_TLS_REJECT_UNAUTHORIZED=0.
 * @throws HostFault when `ca` is no certificate: TLS would pass over it, and blame the server
 */
export function clientTls(ca: string | undefined): ClientTls {
  if (ca === undefined) return { minVersion, rejectUnauthorized: true };
  parsed(() => new X509Certificate(ca), 'the CA given is not a certificate as PEM text');
  return { minVersion, rejectUnauthorized: true, ca };
}

/** TLS to `host`, whose certificate must bear that name, or `servername`. RFC 6066 §3: an IP address is no server name, and is checked all the same. */
export function connectTls(
  to: { readonly host: string; readonly port: number; readonly servername?: string | undefined },
  ca: string | undefined,
): tls.TLSSocket {
  const { host, port, servername = host } = to;
  const checkServerIdentity = (_: string, shown: tls.PeerCertificate) => tls.checkServerIdentity(servername, shown);
  return tls.connect({
    host,
    port,
    ...clientTls(ca),
    checkServerIdentity,
    ...(net.isIP(servername) === 0 && { servername }),
  });
}

/** What is wrong with the certificate of `what`, and what to do; undefined where the error is of another kind. */
export function certificateTrouble(error: Error, what: string): string | undefined {
  const code = 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return 'its certificate has expired; the server needs a new one (or the clock here is wrong)';
    case 'CERT_NOT_YET_VALID':
      return 'its certificate is not valid yet; the clock here or there is wrong';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `its certificate is for another host (${altNames(error)}); name the server as its certificate does`;
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'CERT_SIGNATURE_FAILURE':
      return `its certificate is by no CA that is trusted here (${error.message}); give the CA of ${what}`;
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return 'it does not speak TLS there';
    case 'ECONNRESET': // Node's own word for a peer that hangs up within the handshake
      return error.message.includes('before secure TLS connection')
        ? 'it does not speak TLS there: it hung up at the handshake'
        : undefined;
    case 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION':
    case 'ERR_SSL_UNSUPPORTED_PROTOCOL':
      return `it speaks no TLS of today (${minVersion} or newer)`;
    case 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED':
    case 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA':
      return 'it wants a client certificate by its own CA';
    default:
      return undefined;
  }
}

const altNames = (error: Error): string =>
  'cert' in error && typeof error.cert === 'object' && error.cert !== null && 'subjectaltname' in error.cert
    ? String(error.cert.subjectaltname)
    : 'it bears other names';
