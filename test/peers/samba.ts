// A real Samba as domain controller of Active Directory, in a folder of its own. Its ports cannot be chosen, so it
// has a network of its own and is reached by its Unix socket. That takes root.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSession, type LdapSession } from '../../src/node/ldap-session.ts';
import { programPath } from './installed.ts';
import { run } from './slapd.ts';

const root = 'DC=example,DC=test';
const account = (name: string, password: string) => ({ dn: `${name}@example.test`, password });
const admin = account('administrator', 'Passw0rd!x9');
const reader = account('reader', 'Reads!what1may');
const replicator = account('sync', 'Reads!changes1');

export interface Samba extends AsyncDisposable {
  readonly url: string;
  /** The DN of the domain. */
  readonly root: string;
  readonly admin: { readonly dn: string; readonly password: string };
  /** An ordinary account, as every employee has one. */
  readonly reader: { readonly dn: string; readonly password: string };
  /** One with the right "Replicating Directory Changes". */
  readonly replicator: { readonly dn: string; readonly password: string };
  /** As the administrator; another one after each `start`. */
  readonly session: LdapSession;
  /** Adds an organizational unit and gives its DN. */
  addUnit(name: string, above?: string): Promise<string>;
  /** Adds a user who may log in with `password`, and gives its DN. */
  addUser(name: string, below: string, attributes?: Readonly<Record<string, string>>): Promise<string>;
  /** LDIF, past the server: only while it is stopped. */
  load(ldif: string): Promise<void>;
  /** LDIF with changetypes that may name deleted objects. */
  changeDeleted(ldif: string): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** What a restore from a backup does to a controller: its database gets another name. Only while it is stopped. */
  takeNewInvocation(): Promise<void>;
  /** A copy of all data, and its return: only while it is stopped. */
  save(): Promise<void>;
  restore(): Promise<void>;
}

export const userPassword = 'Ordinary!Pass1';

/** Root in a container may not make a network. */
const mayMakeNetworks = (): boolean => spawnSync(programPath('unshare') ?? '', ['-n', 'true']).status === 0;

export const sambaIsInstalled = (): boolean =>
  process.getuid?.() === 0 &&
  ['samba', 'samba-tool', 'ldbadd', 'ldbmodify', 'ldapmodify', 'unshare', 'ip'].every(
    (name) => programPath(name) !== undefined,
  ) &&
  mayMakeNetworks();

export async function startSamba(): Promise<Samba> {
  const samba = new SambaProcess(await mkdtemp(join(tmpdir(), 'samba-')));
  try {
    await samba.lay();
    await samba.start();
    await samba.addAccounts();
  } catch (error) {
    await samba[Symbol.asyncDispose]();
    throw error;
  }
  return samba;
}

class SambaProcess implements Samba {
  readonly root = root;
  readonly admin = admin;
  readonly reader = reader;
  readonly replicator = replicator;
  readonly #folder: string;
  #child: ChildProcess | undefined;
  #session: LdapSession | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get url(): string {
    return `ldapi://${encodeURIComponent(join(this.#data, 'private/ldapi'))}`;
  }

  get session(): LdapSession {
    if (this.#session === undefined) throw new Error('it does not run');
    return this.#session;
  }

  get #data(): string {
    return join(this.#folder, 'dc');
  }

  get #local(): readonly string[] {
    return [`--configfile=${this.#data}/etc/smb.conf`, '-H', `${this.#data}/private/sam.ldb`];
  }

  async lay(): Promise<void> {
    await run('samba-tool', [
      'domain',
      'provision',
      '--realm=EXAMPLE.TEST',
      '--domain=EXAMPLE',
      '--server-role=dc',
      '--dns-backend=NONE',
      `--adminpass=${admin.password}`,
      '--host-name=dc1',
      '--host-ip=127.0.0.1',
      `--targetdir=${this.#data}`,
      '--option=interfaces=lo',
      '--option=bind interfaces only=yes',
      '--option=vfs objects=',
    ]);
  }

  async addAccounts(): Promise<void> {
    for (const { dn, password } of [reader, replicator]) {
      const name = dn.replace(/@.*/, '');
      await this.addUser(name, `CN=Users,${root}`, { unicodePwd: password });
    }
    const right = ['--action=allow', '--car=get-changes', `--trusteedn=CN=sync,CN=Users,${root}`];
    await run('samba-tool', ['dsacl', 'set', ...this.#local, `--objectdn=${root}`, ...right]);
  }

  async start(): Promise<void> {
    const options = [
      'server services=ldap',
      'ldap server require strong auth=no',
      'interfaces=lo',
      'bind interfaces only=yes',
      `pid directory=${this.#data}`,
      `ncalrpc dir=${this.#data}/ncalrpc`,
      `log file=${this.#folder}/log`,
    ].map((option) => `--option=${option}`);
    const words = ['samba', '-i', '-M', 'single', '-s', `${this.#data}/etc/smb.conf`, '--debug-stdout', '-d', '1'];
    // Each program becomes the next, so the child is Samba.
    const script = 'ip link set lo up && exec "$@"';
    const child = spawn(programPath('unshare') ?? '', ['-n', 'sh', '-c', script, 'sh', ...words, ...options], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    const log = createWriteStream(join(this.#folder, 'samba.log'), { flags: 'a' });
    for (const stream of [child.stdout, child.stderr]) stream.pipe(log, { end: false });
    for (let tries = 0; tries < 1500; tries += 1) {
      if (child.exitCode !== null) break;
      this.#session = await this.#open();
      if (this.#session !== undefined) return;
      await sleep(20);
    }
    const said = await readFile(join(this.#folder, 'samba.log'), 'utf8').catch(() => 'no log');
    throw new Error(`Samba does not answer: ${said}`);
  }

  async #open(): Promise<LdapSession | undefined> {
    try {
      const session = await openSession({ url: this.url });
      await session.bind(admin.dn, admin.password);
      return session;
    } catch {
      return undefined; // not yet
    }
  }

  async stop(): Promise<void> {
    await this.#session?.[Symbol.asyncDispose]();
    this.#session = undefined;
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }

  async addUnit(name: string, above: string = root): Promise<string> {
    const dn = `OU=${name},${above}`;
    await this.session.add(dn, { objectClass: ['organizationalUnit'] });
    return dn;
  }

  async addUser(name: string, below: string, attributes: Readonly<Record<string, string>> = {}): Promise<string> {
    const { unicodePwd = userPassword, ...others } = attributes;
    const dn = `CN=${name},${below}`;
    const given = Object.fromEntries(Object.entries(others).map(([attribute, value]) => [attribute, [value]]));
    await this.session.add(dn, {
      objectClass: ['user'],
      sAMAccountName: [name],
      userAccountControl: ['512'],
      // MS-ADTS 3.1.1.3.1.5.1: in quotation marks, UTF-16.
      unicodePwd: [new Uint8Array(Buffer.from(`"${unicodePwd}"`, 'utf16le'))],
      ...given,
    });
    return dn;
  }

  async load(ldif: string): Promise<void> {
    const file = join(this.#folder, 'load.ldif');
    await writeFile(file, ldif);
    await run('ldbadd', ['--nosync', ...this.#local, file]);
  }

  async takeNewInvocation(): Promise<void> {
    const settings = `CN=NTDS Settings,CN=DC1,CN=Servers,CN=Default-First-Site-Name,CN=Sites,CN=Configuration,${root}`;
    const file = join(this.#folder, 'invocation.ldif');
    const name = randomBytes(16).toString('base64');
    await writeFile(file, `dn: ${settings}\nchangetype: modify\nreplace: invocationId\ninvocationId:: ${name}\n`);
    await run('ldbmodify', ['--controls=relax:0', ...this.#local, file]);
  }

  async changeDeleted(ldif: string): Promise<void> {
    const as = ['-x', '-H', this.url, '-D', admin.dn, '-w', admin.password];
    await run('ldapmodify', [...as, '-e', '!1.2.840.113556.1.4.417'], ldif);
  }

  async save(): Promise<void> {
    await cp(join(this.#data, 'private'), join(this.#folder, 'saved'), { recursive: true, filter: isNoSocket });
  }

  async restore(): Promise<void> {
    await rm(join(this.#data, 'private'), { recursive: true });
    await cp(join(this.#folder, 'saved'), join(this.#data, 'private'), { recursive: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

const isNoSocket = (path: string): boolean => !path.endsWith('/ldapi');
