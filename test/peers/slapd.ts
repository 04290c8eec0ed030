// A real OpenLDAP server in a folder of its own: started in the foreground as our child, reached on
// 127.0.0.1 and on a Unix socket, ended by its own process ID.

import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeCertificates, type Certificates } from './certificates.ts';
import { programPath } from './installed.ts';
import { personLdif, testPerson } from './people.ts';

const suffix = 'dc=example,dc=com';
const peopleBase = `ou=people,${suffix}`;
const admin = { dn: `cn=admin,${suffix}`, password: 'secret' };
const sync = { dn: `cn=sync,${suffix}`, password: 'reads everything' };
const config = { dn: 'cn=config', password: 'secret' };

export interface SlapdOptions {
  /** How many of `testPerson` it holds; 20 unless told. */
  readonly people?: number;
  /** Further entries, loaded after the people. */
  readonly ldif?: string;
  /** The database begins without an entry (a second provider gets its own from the first). */
  readonly empty?: boolean;
  /** ldaps: and StartTLS, with a CA made for this server. */
  readonly tls?: boolean;
  /** The `limits` line of the sync account; false leaves it the server's default of 500 entries. */
  readonly syncUnlimited?: boolean;
  /** False: it tells nobody of changes. */
  readonly syncprov?: boolean;
  /** 1 unless told; 0 where `globalLines` say it. */
  readonly serverId?: number;
  readonly port?: number;
  /** Lines of slapd.conf: before the first database, within it, and its access rules instead of ours. */
  readonly globalLines?: readonly string[];
  readonly databaseLines?: readonly string[];
  readonly access?: readonly string[];
}

export interface Slapd extends AsyncDisposable {
  readonly url: string;
  readonly ldapiUrl: string;
  /** '' without `tls`. */
  readonly ldapsUrl: string;
  /** The CA's certificate as PEM text; '' without `tls`. */
  readonly ca: string;
  readonly port: number;
  readonly folder: string;
  readonly suffix: string;
  /** The DN that the people lie below. */
  readonly people: string;
  readonly admin: { readonly dn: string; readonly password: string };
  /** The account that may read everything but passwords. */
  readonly sync: { readonly dn: string; readonly password: string };
  /** Again on the same port with the same data, after `stop` or `kill`. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** With SIGKILL. */
  kill(): Promise<void>;
  /** LDIF with changetypes, carried out by ldapmodify as the administrator. */
  change(ldif: string): Promise<void>;
  /** The same on cn=config. */
  configure(ldif: string): Promise<void>;
  /** The contents as LDIF, by slapcat: only while it is stopped. */
  contents(): Promise<string>;
  /** Puts `ldif` (of `contents`) in the place of all data: only while it is stopped. */
  restore(ldif: string): Promise<void>;
}

export const slapdIsInstalled = (): boolean =>
  ['slapd', 'slapadd', 'slapcat', 'ldapmodify', 'openssl'].every((program) => programPath(program) !== undefined) &&
  existsSync('/etc/ldap/schema/inetorgperson.schema');

/** A port of 127.0.0.1 that is free now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Loads and starts one. The caller stops it: `await using`, or `Symbol.asyncDispose` in afterAll, which also removes its folder. */
export async function startSlapd(options: SlapdOptions = {}): Promise<Slapd> {
  const slapd = new SlapdProcess(await mkdtemp(join(tmpdir(), 'slapd-')), options, {
    port: options.port ?? (await freePort()),
    tlsPort: await freePort(),
  });
  try {
    await slapd.lay();
    await slapd.start();
  } catch (error) {
    await slapd[Symbol.asyncDispose]();
    throw error;
  }
  return slapd;
}

/** Two that replicate each other (multi-provider), the second from the first; both hold all people when it resolves. */
export async function startSlapdPair(options: SlapdOptions = {}): Promise<readonly [Slapd, Slapd]> {
  const ports = [await freePort(), await freePort()];
  const replication = ports.map(
    (port, index) =>
      `syncrepl rid=00${index + 1} provider=ldap://127.0.0.1:${port}/ type=refreshAndPersist searchbase="${suffix}" ` +
      `bindmethod=simple binddn="${admin.dn}" credentials="${admin.password}" retry="1 +"`,
  );
  const databaseLines = [...replication, 'multiprovider on', ...(options.databaseLines ?? [])];
  const globalLines = ports.map((port, index) => `serverID ${index + 1} ldap://127.0.0.1:${port}/`);
  const shared = { ...options, databaseLines, globalLines, serverId: 0 };
  const first = await startSlapd({ ...shared, ...(ports[0] !== undefined && { port: ports[0] }) });
  try {
    const second = await startSlapd({ ...shared, ...(ports[1] !== undefined && { port: ports[1] }), empty: true });
    await replicated(second, options.people ?? 20);
    return [first, second];
  } catch (error) {
    await first[Symbol.asyncDispose]();
    throw error;
  }
}

async function replicated(second: Slapd, people: number): Promise<void> {
  const { uid } = testPerson(people - 1, peopleBase);
  const as = ['-x', '-LLL', '-H', second.url, '-D', admin.dn, '-w', admin.password];
  for (let tries = 0; tries < 600; tries += 1) {
    const found = await run('ldapsearch', [...as, '-b', suffix, `(uid=${uid})`, 'dn']).catch(() => '');
    if (found.includes(uid)) return;
    await sleep(50);
  }
  await second[Symbol.asyncDispose]();
  throw new Error('the second server did not get the people of the first within 30 s');
}

export function run(program: string, parameters: readonly string[], input = ''): Promise<string> {
  const path = programPath(program) ?? program;
  return new Promise((resolve, reject) => {
    const child = execFile(path, [...parameters], { maxBuffer: 1 << 28 }, (error, out, complaint) => {
      if (error === null) resolve(out);
      else reject(new Error(`${program} failed: ${complaint}`, { cause: error }));
    });
    // A program that ends before it has read all says why by its exit status.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

class SlapdProcess implements Slapd {
  readonly suffix = suffix;
  readonly people = peopleBase;
  readonly admin = admin;
  readonly sync = sync;
  readonly folder: string;
  readonly port: number;
  readonly #options: SlapdOptions;
  readonly #tlsPort: number;
  readonly #certificates: Certificates | undefined;
  #child: ChildProcess | undefined;

  constructor(folder: string, options: SlapdOptions, ports: { readonly port: number; readonly tlsPort: number }) {
    this.folder = folder;
    this.#options = options;
    this.port = ports.port;
    this.#tlsPort = ports.tlsPort;
    this.#certificates = options.tls === true ? makeCertificates(folder) : undefined;
  }

  get url(): string {
    return `ldap://127.0.0.1:${this.port}/`;
  }
  get ldapsUrl(): string {
    return this.#certificates === undefined ? '' : `ldaps://127.0.0.1:${this.#tlsPort}/`;
  }
  get ldapiUrl(): string {
    return `ldapi://${encodeURIComponent(join(this.folder, 'run/ldapi'))}`;
  }
  get ca(): string {
    return this.#certificates?.ca ?? '';
  }

  /** Writes the configuration and loads the data. */
  async lay(): Promise<void> {
    await mkdir(join(this.folder, 'run'));
    await mkdir(join(this.folder, 'db'));
    await writeFile(join(this.folder, 'slapd.conf'), this.#configuration());
    if (this.#options.empty !== true) await this.#load(this.#data());
  }

  #configuration(): string {
    const {
      serverId = 1,
      globalLines = [],
      databaseLines = [],
      syncUnlimited = true,
      syncprov = true,
      access,
    } = this.#options;
    const tls = this.#certificates;
    return [
      ...['core', 'cosine', 'inetorgperson'].map((name) => `include /etc/ldap/schema/${name}.schema`),
      `pidfile ${this.folder}/run/slapd.pid`,
      `argsfile ${this.folder}/run/slapd.args`,
      'modulepath /usr/lib/ldap',
      ...['back_mdb', 'syncprov', 'memberof', 'refint'].map((name) => `moduleload ${name}`),
      ...(serverId === 0 ? [] : [`serverID ${serverId}`]),
      'sizelimit 500',
      ...(tls === undefined ? [] : [`TLSCACertificateFile ${tls.caFile}`, `TLSCertificateFile ${tls.certificateFile}`]),
      ...(tls === undefined ? [] : [`TLSCertificateKeyFile ${tls.keyFile}`]),
      ...globalLines,
      'database config',
      `rootdn "${config.dn}"`,
      `rootpw ${config.password}`,
      'database mdb',
      `suffix "${suffix}"`,
      `rootdn "${admin.dn}"`,
      `rootpw ${admin.password}`,
      `directory ${this.folder}/db`,
      'maxsize 4294967296',
      'dbnosync',
      'index objectClass eq',
      'index entryUUID,entryCSN eq',
      'index uid,cn,sn,mail eq,sub',
      'index member eq',
      ...(syncUnlimited ? [`limits dn.exact="${sync.dn}" size=unlimited time=unlimited`] : []),
      ...(access ?? [
        'access to attrs=userPassword by anonymous auth by * none',
        `access to * by dn.exact="${sync.dn}" read by users read by * none`,
      ]),
      ...databaseLines,
      'overlay memberof',
      ...(syncprov ? ['overlay syncprov', 'syncprov-checkpoint 100 10', 'syncprov-sessionlog 1000'] : []),
      '',
    ].join('\n');
  }

  #data(): string {
    const { people = 20, ldif = '' } = this.#options;
    const ou = (name: string): string => `dn: ou=${name},${suffix}\nobjectClass: organizationalUnit\nou: ${name}\n\n`;
    return [
      `dn: ${suffix}\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n\n`,
      ou('people'),
      ou('groups'),
      `dn: ${sync.dn}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: sync\nuserPassword: ${sync.password}\n\n`,
      ...Array.from({ length: people }, (_, number) => personLdif(testPerson(number, peopleBase), peopleBase)),
      ldif,
    ].join('');
  }

  async #load(ldif: string): Promise<void> {
    const file = join(this.folder, 'data.ldif');
    await writeFile(file, ldif);
    // -w writes contextCSN; -S must be the server's own ID, else its first write is of "another" server.
    const serverId = String(this.#options.serverId === 0 ? 1 : (this.#options.serverId ?? 1));
    await run('slapadd', ['-q', '-f', join(this.folder, 'slapd.conf'), '-l', file, '-w', '-S', serverId]);
    await rm(file);
  }

  async start(): Promise<void> {
    if (this.#child !== undefined) throw new Error('it runs already');
    const urls = [this.url, this.ldapsUrl, this.ldapiUrl].filter((url) => url !== '').join(' ');
    const path = programPath('slapd') ?? 'slapd';
    // -d 0 keeps it in the foreground, so the child is the server and not its parent.
    const child = spawn(path, ['-d', '0', '-f', join(this.folder, 'slapd.conf'), '-h', urls], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    child.stderr?.pipe(createWriteStream(join(this.folder, 'slapd.log'), { flags: 'a' }));
    for (let tries = 0; tries < 1500; tries += 1) {
      if (child.exitCode !== null) throw new Error(`slapd ended at once: ${await this.#log()}`);
      if (await this.#answers()) return;
      await sleep(20);
    }
    throw new Error(`slapd did not answer within 30 s: ${await this.#log()}`);
  }

  readonly #log = (): Promise<string> => readFile(join(this.folder, 'slapd.log'), 'utf8').catch(() => 'no log');

  #answers(): Promise<boolean> {
    return run('ldapsearch', ['-x', '-LLL', '-H', this.url, '-s', 'base', '-b', '', 'namingContexts']).then(
      () => true,
      () => false,
    );
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  async change(ldif: string): Promise<void> {
    await this.#modify(admin, ldif);
  }

  async configure(ldif: string): Promise<void> {
    await this.#modify(config, ldif);
  }

  async #modify(account: { readonly dn: string; readonly password: string }, ldif: string): Promise<void> {
    await run('ldapmodify', ['-x', '-H', this.url, '-D', account.dn, '-w', account.password], ldif);
  }

  contents(): Promise<string> {
    return run('slapcat', ['-f', join(this.folder, 'slapd.conf'), '-b', suffix]);
  }

  async restore(ldif: string): Promise<void> {
    await rm(join(this.folder, 'db'), { recursive: true });
    await mkdir(join(this.folder, 'db'));
    const file = join(this.folder, 'data.ldif');
    await writeFile(file, ldif);
    await run('slapadd', ['-q', '-f', join(this.folder, 'slapd.conf'), '-b', suffix, '-l', file]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end('SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }
}
