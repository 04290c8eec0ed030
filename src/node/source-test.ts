// What an administrator wants to know of a directory before it is followed: each address, its certificate, the account, the way
// in which changes are heard of, and what everybody looks like. Nothing is written anywhere.

import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as connectTls, type PeerCertificate, type TLSSocket } from 'node:tls';
import { textOf } from '../base/bytes.ts';
import { LdapFault } from '../ldap/fault.ts';
import { MessageStream } from '../ldap/message-stream.ts';
import { printRequest } from '../ldap/request.ts';
import { readDirectory, securityOf } from './directory-reading.ts';
import { openSession, type LdapSession } from './ldap-session.ts';
import { passwordOf, type DirectoryConfig } from './directory-config.ts';
import { bad, good, SeenPersons, type Finding } from './seen-persons.ts';
import { certificateTrouble } from './tls.ts';

const patienceMilliseconds = 10_000;

/** Tells what it finds when it finds it. `counted`: so much was read so far. */
export async function* testSource(
  config: DirectoryConfig,
  counted: (seen: SeenPersons) => void,
): AsyncGenerator<Finding> {
  let reached = false;
  for (const url of config.urls)
    for await (const finding of testAddress(config, url)) {
      reached ||= finding.check === 'log-in' && finding.verdict === 'good';
      yield { ...finding, url };
    }
  if (reached) yield* testReading(config, counted);
}

async function* testAddress(config: DirectoryConfig, url: string): AsyncGenerator<Finding> {
  const security = securityOf(config);
  const encrypted = url.startsWith('ldaps:') || (config.startTls && url.startsWith('ldap:'));
  if (encrypted) {
    const found = await certificateOf(url, security.ca).catch(() => undefined); // the connection below says why, in words
    if (found !== undefined) yield found;
    if (found?.verdict === 'bad') return;
  }
  const begun = performance.now();
  let session: LdapSession;
  try {
    session = await openSession({ url, ...security });
  } catch (fault) {
    return yield bad('connection', wordsOf(fault));
  }
  await using open = session;
  const took = Math.round(performance.now() - begun);
  yield good('connection', `connected in ${took} ms${encrypted ? '' : ', not encrypted'}`);
  try {
    await open.bind(config.bindDn, passwordOf(config));
  } catch (fault) {
    return yield bad('log-in', wordsOf(fault));
  }
  yield good('log-in', `${config.bindDn} may log in; an answer takes ${await latency(open)} ms`);
  yield* product(config, open);
}

async function latency(session: LdapSession): Promise<number> {
  const begun = performance.now();
  for (let times = 0; times < 5; times += 1) await session.search({ ...rootDse, attributes: ['1.1'] });
  return Math.round((performance.now() - begun) / 5);
}

const rootDse = { base: '', scope: 'base', filter: '(objectClass=*)', sizeLimit: 0 } as const;
const activeDirectory = '1.2.840.113556.1.4.800';
const contentSynchronization = '1.3.6.1.4.1.4203.1.9.1.1';
const pagedResults = '1.2.840.113556.1.4.319';

/** What the server says it is, and whether that is what the settings take it for. */
async function* product({ kind }: DirectoryConfig, session: LdapSession): AsyncGenerator<Finding> {
  const attributes = ['objectClass', 'vendorName', 'vendorVersion', 'supportedControl', 'supportedCapabilities'];
  const [entry] = (await session.search({ ...rootDse, attributes })).entries;
  const valuesOf = (name: string): readonly string[] => (entry?.attributes.get(name) ?? []).map(textOf);
  const vendor = [...valuesOf('vendorname'), ...valuesOf('vendorversion')].join(' ');
  const controls = valuesOf('supportedcontrol');
  const isAd = valuesOf('supportedcapabilities').includes(activeDirectory);
  const is389 = /389|red hat|fedora/i.test(vendor);
  const name = isAd
    ? `Active Directory (${vendor === '' ? 'Windows' : vendor})`
    : valuesOf('objectclass').includes('OpenLDAProotDSE')
      ? 'OpenLDAP'
      : vendor || 'a server that does not say what it is';
  const right = isAd ? 'ad' : is389 ? '389ds' : controls.includes(contentSynchronization) ? 'openldap' : 'ldap';
  if (right === kind) return yield good('product', `${name}, as 'kind: ${kind}' says`);
  if (kind === 'ldap' && controls.includes(pagedResults))
    return yield {
      check: 'product',
      verdict: 'odd',
      says: `${name}: with 'kind: ${right}' it would tell of changes at once, if it does so for this database`,
    };
  const why =
    right === 'ldap'
      ? 'it does not offer content synchronization (RFC 4533): in OpenLDAP load the overlay syncprov on this database, or compare it with'
      : 'write';
  yield bad('product', `${name}, and the settings say 'kind: ${kind}': ${why} 'kind: ${right}'`);
}

/** Everything is read in the way in which it would be followed, so what that meets is what following meets. */
async function* testReading(config: DirectoryConfig, counted: (seen: SeenPersons) => void): AsyncGenerator<Finding> {
  const seen = new SeenPersons();
  const begun = performance.now();
  const reading = await readDirectory(config, async (events) => {
    seen.take(events);
    counted(seen);
  });
  if (reading.kind === 'lost') return yield bad('reading', reading.problem);
  if (reading.kind === 'refused') return yield bad('reading', `${reading.problem}: ${reading.advice}`);
  const took = ((performance.now() - begun) / 1000).toFixed(1);
  yield good('reading', `everything read in ${took} s; followed ${reading.manner ?? waysOf[config.kind]}`);
  yield* seen.findings(
    `below ${config.base} with ${config.filter}`,
    'see that both are right, and that the account may read there',
  );
}

const waysOf: Readonly<Record<DirectoryConfig['kind'], string>> = {
  openldap: 'by content synchronization (RFC 4533): changes and deletions are told at once',
  '389ds': 'by content synchronization (RFC 4533): changes and deletions are told at once',
  ad: 'in a way that the domain controller did not say',
  ldap: 'by comparing: changes and deletions are seen at the next comparison',
};

const wordsOf = (fault: unknown): string => {
  if (fault instanceof LdapFault || fault instanceof Error) return fault.message;
  return String(fault);
};

/** The certificate that the server shows, whether or not it is trusted; nothing is sent to it but the wish for TLS. */
async function certificateOf(url: string, ca: string | undefined): Promise<Finding> {
  const { protocol, hostname, port } = new URL(url);
  const host = hostname.replaceAll(/[[\]]/g, '');
  const socket = connect({ host, port: Number(port || (protocol === 'ldaps:' ? 636 : 389)) });
  try {
    const signal = AbortSignal.timeout(patienceMilliseconds);
    await once(socket, 'connect', { signal });
    if (protocol === 'ldap:') {
      socket.write(printRequest(1, { kind: 'start-tls' }));
      const messages = new MessageStream();
      let [answered] = [false];
      while (!answered) {
        const [bytes] = (await once(socket, 'data', { signal })) as [Buffer];
        for (const _ of messages.push(bytes)) answered = true;
      }
    }
    // It is looked at, and not spoken with: whoever it is learns nothing.
    const secured = connectTls({ socket, host, ...(ca !== undefined && { ca }), rejectUnauthorized: false });
    await once(secured, 'secureConnect', { signal });
    return certificateFinding(secured, ca);
  } finally {
    socket.destroy();
  }
}

function certificateFinding(secured: TLSSocket, ca: string | undefined): Finding {
  const shown = secured.getPeerCertificate(true);
  const chain = chainOf(shown).map(nameOf).join(' < ');
  const says = `${chain}, good until ${new Date(shown.valid_to).toISOString().slice(0, 10)}, ${secured.getProtocol() ?? ''}`;
  if (secured.authorized) return good('certificate', says);
  const error = Object.assign(new Error(String(secured.authorizationError)), { code: secured.authorizationError });
  const trouble = certificateTrouble(error, 'the directory as caFile') ?? String(secured.authorizationError);
  return bad(
    'certificate',
    `${trouble} [${says}; ${ca === undefined ? 'no caFile is set' : 'it is looked for in caFile'}]`,
  );
}

function chainOf(first: PeerCertificate & { issuerCertificate?: PeerCertificate }): readonly PeerCertificate[] {
  const chain: PeerCertificate[] = [];
  let each: typeof first | undefined = first;
  while (each !== undefined && !chain.includes(each) && chain.length < 10) {
    chain.push(each);
    each = each.issuerCertificate;
  }
  return chain;
}

const nameOf = ({ subject, issuer }: PeerCertificate): string => {
  const name = subject.CN ?? subject.O ?? 'without a name';
  return `${String(name)} (by ${String(issuer.CN ?? issuer.O ?? 'nobody')})`;
};
