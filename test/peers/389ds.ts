// A real 389 Directory Server: made by `dscreate`, started in the foreground as our child, reached on 127.0.0.1, ended by its
// own process ID. `dscreate` insists on systemd; a small stand-in for `systemctl`, in the PATH of that one command, starts and stops
// the server instead. Its configuration must lie below /etc/dirsrv, which needs root.

import { spawn, execFile, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { programPath } from './installed.ts';
import { personLdif, testPerson } from './people.ts';
import { freePort } from './program.ts';

const suffix = 'dc=example,dc=com';
const people = `ou=people,${suffix}`;
const admin = { dn: 'cn=Directory Manager', password: 'directory manager' };
const sync = { dn: `cn=sync,${suffix}`, password: 'reads everything' };

export const dsIsInstalled = (): boolean =>
  process.getuid?.() === 0 &&
  ['dscreate', 'ns-slapd', 'ldapmodify', 'bash'].every((program) => programPath(program) !== undefined);

/** As `Slapd` in slapd.ts, where it has the same name. */
export class DirectoryServer389 implements AsyncDisposable {
  readonly suffix = suffix;
  readonly people = people;
  readonly admin = admin;
  readonly sync = sync;
  readonly port: number;
  readonly #folder: string;
  #child: ChildProcess | undefined;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.port = port;
  }

  /** Makes and starts one with `count` of `testPerson`. */
  static async start(count: number): Promise<DirectoryServer389> {
    const server = new DirectoryServer389(await mkdtemp(join(tmpdir(), 'rollcall-ds-')), await freePort(['127.0.0.1']));
    try {
      await server.#create();
      await server.start();
      await server.#fill(count);
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  get url(): string {
    return `ldap://127.0.0.1:${this.port}/`;
  }
  get #name(): string {
    return basename(this.#folder).toLowerCase();
  }
  get #configuration(): string {
    return `/etc/dirsrv/slapd-${this.#name}`;
  }
  get #processIdFile(): string {
    return join(this.#folder, 'pid');
  }

  async #create(): Promise<void> {
    const programs = join(this.#folder, 'bin');
    await mkdir(programs);
    await writeFile(join(programs, 'systemctl'), this.#systemctl(), { mode: 0o755 });
    await writeFile(join(this.#folder, 'ds.inf'), this.#answers());
    const environment = { ...process.env, PATH: `${programs}:/usr/sbin:/usr/bin:/sbin:/bin` };
    await run('dscreate', ['from-file', join(this.#folder, 'ds.inf')], { environment });
    const file = join(this.#configuration, 'dse.ldif');
    await writeFile(file, settled(await readFile(file, 'utf8')));
  }

  #answers(): string {
    const folders = ['db', 'log', 'run', 'backup', 'ldif', 'lock', 'tmp'].map((name) => {
      const key = { log: 'log_dir', db: 'db_dir' }[name] ?? `${name}_dir`;
      return `${key} = ${join(this.#folder, name)}`;
    });
    return [
      '[general]',
      'config_version = 2',
      'full_machine_name = localhost',
      'strict_host_checking = False',
      'systemd = False',
      'selinux = False',
      'start = False',
      '[slapd]',
      `instance_name = ${this.#name}`,
      `port = ${this.port}`,
      'self_sign_cert = False',
      `root_dn = ${admin.dn}`,
      `root_password = ${admin.password}`,
      'user = root',
      'group = root',
      ...folders,
      '[backend-userroot]',
      `suffix = ${suffix}`,
      '',
    ].join('\n');
  }

  /** What `dscreate` asks of systemctl: is it active, start it, stop it. */
  #systemctl(): string {
    return `#!/bin/bash
alive() { [ -f ${this.#processIdFile} ] && kill -0 "$(cat ${this.#processIdFile})" 2>/dev/null; }
case "$1" in
is-active) alive ;;
start)
  ns-slapd -D ${this.#configuration} -i ${this.#processIdFile}
  for try in {1..600}; do (exec 3<>/dev/tcp/127.0.0.1/${this.port}) 2>/dev/null && exit 0; sleep 0.05; done
  exit 1 ;;
stop)
  kill "$(cat ${this.#processIdFile})"
  while alive; do sleep 0.05; done ;;
esac
`;
  }

  async start(): Promise<void> {
    const child = spawn(
      programPath('ns-slapd') ?? 'ns-slapd',
      ['-D', this.#configuration, '-i', this.#processIdFile, '-d', '0'],
      { stdio: 'ignore' },
    );
    this.#child = child;
    for (let tries = 0; tries < 1500; tries += 1) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error('ns-slapd ended at once');
      if (await listens(this.port)) return;
      await sleep(20);
    }
    throw new Error('ns-slapd did not answer within 30 s');
  }

  /** Ended by itself: by a crash. */
  get crashed(): boolean {
    const child = this.#child;
    return child !== undefined && (child.exitCode !== null || child.signalCode !== null);
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
    await run('ldapmodify', ['-x', '-H', this.url, '-D', admin.dn, '-w', admin.password], { input: ldif });
  }

  async #fill(count: number): Promise<void> {
    const unit = (name: string): string =>
      `dn: ou=${name},${suffix}\nchangetype: add\nobjectClass: organizationalUnit\nou: ${name}\n\n`;
    const add = (ldif: string): string => ldif.replace('\n', '\nchangetype: add\n');
    await this.change(
      [
        `dn: ${suffix}\nchangetype: add\nobjectClass: domain\ndc: example\n` +
          `aci: (targetattr != "userPassword")(version 3.0; acl "sync"; allow (read,search,compare) userdn="ldap:///${sync.dn}";)\n\n`,
        unit('people'),
        unit('groups'),
        // The limits of an account: without them it gets 2,000 entries.
        `dn: ${sync.dn}\nchangetype: add\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: sync\n` +
          `userPassword: ${sync.password}\nnsSizeLimit: -1\nnsTimeLimit: -1\nnsLookThroughLimit: -1\nnsIdleTimeout: 0\n\n`,
        ...Array.from({ length: count }, (_, number) => add(personLdif(testPerson(number, people), people))),
      ].join(''),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end('SIGKILL');
    await rm(this.#configuration, { recursive: true, force: true });
    await rm(`/run/slapd-${this.#name}.socket`, { force: true });
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** dse.ldif with both plug-ins on, and listening on this machine alone. */
const settled = (configuration: string): string =>
  configuration
    .replace(/^nsslapd-port:/m, 'nsslapd-listenhost: 127.0.0.1\nnsslapd-port:')
    .replace(
      /(^dn: cn=Retro Changelog Plugin,.*?)nsslapd-pluginEnabled: off/ms,
      '$1nsslapd-attribute: nsuniqueid:targetUniqueId\nnsslapd-pluginEnabled: on',
    )
    .replace(/(^dn: cn=Content Synchronization,.*?)nsslapd-pluginEnabled: off/ms, '$1nsslapd-pluginEnabled: on');

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

function run(
  program: string,
  parameters: readonly string[],
  { input = '', environment = process.env }: { readonly input?: string; readonly environment?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      programPath(program) ?? program,
      [...parameters],
      { maxBuffer: 1 << 26, env: environment },
      (error, out, complaint) => {
        if (error === null) resolve(out);
        else reject(new Error(`${program} failed: ${complaint}${out}`, { cause: error }));
      },
    );
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}
