// A throw-away OpenLDAP server for trying Rollcall out: started in the foreground as our child on
// loopback, in a folder of its own, with an enterprise in it. For practice, never for production: its
// accounts have known passwords.

import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fields as table, fieldNames, type FieldName } from '../book/field.ts';
import type { Fields } from '../book/person.ts';
import { HostFault } from './host-fault.ts';

export interface PracticePerson {
  /** The log-in name, and the password too. */
  readonly uid: string;
  readonly fields: Fields;
  readonly managerUid?: string;
}

export interface PracticeDirectory extends AsyncDisposable {
  readonly url: string;
  readonly base: string;
  readonly filter: string;
  readonly logInAttribute: string;
  /** The account that Rollcall reads with. */
  readonly reader: PracticeAccount;
  readonly administrator: PracticeAccount;
  dnOf(uid: string): string;
  /** Resolves when the server has ended, with the reason. */
  readonly ended: Promise<string>;
}

export interface PracticeAccount {
  readonly dn: string;
  readonly password: string;
}

const suffix = 'dc=practice,dc=example';
const base = `ou=people,${suffix}`;
export const practiceAdministrator: PracticeAccount = { dn: `cn=admin,${suffix}`, password: 'practice' };
export const practiceReader: PracticeAccount = { dn: `cn=rollcall,${suffix}`, password: 'practice' };
export const practiceDn = (uid: string): string => `uid=${uid},${base}`;

const secondsToAnswer = 30;

// slapd lies in sbin, which an ordinary user's PATH lacks; Homebrew keeps it out of the PATH too.
const homebrew = ['/opt/homebrew/opt/openldap', '/usr/local/opt/openldap'];
const programFolders = [
  '/usr/sbin',
  '/usr/local/sbin',
  ...homebrew.flatMap((at) => [`${at}/libexec`, `${at}/sbin`, `${at}/bin`]),
];
const schemaFolders = [
  '/etc/ldap/schema',
  '/etc/openldap/schema',
  '/opt/homebrew/etc/openldap/schema',
  '/usr/local/etc/openldap/schema',
];
// Where a build has its back ends and overlays as modules; a build that has them inside needs no such line.
const moduleFolders = ['/usr/lib/ldap', '/usr/lib64/openldap', '/usr/lib/openldap'];

/** Whether there is an OpenLDAP server on this machine to practise with. */
export const canPractise = (path: string): boolean =>
  program('slapd', path) !== undefined && program('slapadd', path) !== undefined && schemaFolder() !== undefined;

/**
 * Loads `people` and starts the server on `port` of 127.0.0.1. `path` is the PATH to look for slapd in.
 * @throws HostFault when slapd is not installed, the port is taken, or the server does not answer
 */
export async function startPracticeDirectory(options: {
  readonly people: readonly PracticePerson[];
  readonly port: number;
  readonly path: string;
  /** Told now and then how many entries are in. */
  readonly loaded?: (count: number) => void;
}): Promise<PracticeDirectory> {
  const slapd = program('slapd', options.path);
  const slapadd = program('slapadd', options.path);
  if (slapd === undefined || slapadd === undefined || schemaFolder() === undefined)
    throw new HostFault(
      'slapd is not installed (Debian: apt-get install slapd ldap-utils; macOS: brew install openldap)',
    );
  if (await listens(options.port)) throw new HostFault(`port ${options.port} of 127.0.0.1 is taken; choose another`);
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-practice-'));
  const url = `ldap://127.0.0.1:${options.port}`;
  let child: ChildProcess | undefined;
  try {
    await lay(folder, options.people);
    await load(slapadd, folder, options.loaded);
    child = spawn(slapd, ['-d', '0', '-f', join(folder, 'slapd.conf'), '-h', url], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const process = child;
    let complaint = '';
    process.stderr?.on('data', (bytes: Buffer) => (complaint = (complaint + bytes.toString()).slice(-2000)));
    const ended = once(process, 'exit').then(() => complaint.trim() || 'it was stopped');
    await answers(options.port, process, () => complaint);
    return {
      url,
      base,
      filter: '(objectClass=inetOrgPerson)',
      logInAttribute: 'uid',
      reader: practiceReader,
      administrator: practiceAdministrator,
      dnOf: practiceDn,
      ended,
      [Symbol.asyncDispose]: () => end(process, folder),
    };
  } catch (fault) {
    if (child === undefined) await rm(folder, { recursive: true, force: true });
    else await end(child, folder);
    throw fault;
  }
}

async function end(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    await exit;
  }
  await rm(folder, { recursive: true, force: true });
}

async function lay(folder: string, people: readonly PracticePerson[]): Promise<void> {
  await mkdir(join(folder, 'db'));
  await writeFile(join(folder, 'slapd.conf'), configuration(folder, people.length));
  // A million persons are more than one string can hold.
  await writeFile(join(folder, 'data.ldif'), ldifOf(people));
}

const personsAtOnce = 1000;

function* ldifOf(people: readonly PracticePerson[]): Generator<string> {
  yield `${head()}\n`;
  for (let at = 0; at < people.length; at += personsAtOnce)
    yield `${people
      .slice(at, at + personsAtOnce)
      .map(personLdif)
      .join('\n')}\n`;
}

/** What LMDB may grow to; a person takes 2 to 3 kB. The file is not larger than what is in it. */
const databaseOctets = (people: number): number => Math.max(1_073_741_824, people * 6000);

function configuration(folder: string, people: number): string {
  const modules = moduleFolders.find((at) => existsSync(at));
  return [
    ...['core', 'cosine', 'inetorgperson'].map((name) => `include ${schemaFolder()}/${name}.schema`),
    ...(modules === undefined ? [] : [`modulepath ${modules}`, 'moduleload back_mdb', 'moduleload syncprov']),
    `pidfile ${folder}/slapd.pid`,
    'serverID 1',
    'database mdb',
    `suffix "${suffix}"`,
    `rootdn "${practiceAdministrator.dn}"`,
    `rootpw ${practiceAdministrator.password}`,
    `directory ${folder}/db`,
    `maxsize ${databaseOctets(people)}`,
    'dbnosync',
    'index objectClass eq',
    'index entryUUID,entryCSN eq',
    'index uid eq',
    `limits dn.exact="${practiceReader.dn}" size=unlimited time=unlimited`,
    'access to attrs=userPassword by anonymous auth by * none',
    `access to * by dn.exact="${practiceReader.dn}" read by users read by * none`,
    'overlay syncprov',
    'syncprov-checkpoint 100 10',
    'syncprov-sessionlog 1000',
    '',
  ].join('\n');
}

const head = (): string =>
  [
    record(suffix, [
      ['objectClass', 'dcObject'],
      ['objectClass', 'organization'],
      ['dc', 'practice'],
      ['o', 'Practice'],
    ]),
    record(base, [
      ['objectClass', 'organizationalUnit'],
      ['ou', 'people'],
    ]),
    record(practiceReader.dn, [
      ['objectClass', 'organizationalRole'],
      ['objectClass', 'simpleSecurityObject'],
      ['cn', 'rollcall'],
      ['userPassword', practiceReader.password],
    ]),
  ].join('\n');

/** The attributes of inetOrgPerson, by which the table's own attribute names are chosen. */
const attributesHere = new Set(
  'displayname givenname title departmentnumber o employeenumber telephonenumber mobile mail roomnumber street l st postalcode labeleduri cn;lang-zh cn;lang-en'.split(
    ' ',
  ),
);

function personLdif(person: PracticePerson): string {
  const { fields } = person;
  const lines: [string, string][] = [
    ['objectClass', 'inetOrgPerson'],
    ['uid', person.uid],
    ['entryUUID', entryUuid(person.uid)],
    ['userPassword', person.uid],
    ['cn', fields.name ?? person.uid],
    ['sn', fields.surname ?? fields.name ?? person.uid],
  ];
  for (const name of fieldNames) {
    const attribute = attributeOf(name);
    const value = fields[name];
    if (attribute !== undefined && value !== undefined) lines.push([attribute, value]);
  }
  if (person.managerUid !== undefined) lines.push(['manager', practiceDn(person.managerUid)]);
  return record(practiceDn(person.uid), lines);
}

/** The same for the same log-in name (RFC 9562 §5.8), so that a server which followed the last practice directory knows everybody in the next. */
const entryUuid = (uid: string): string =>
  createHash('sha256')
    .update(uid)
    .digest('hex')
    .replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-8$4-$5');

const attributeOf = (name: FieldName): string | undefined =>
  table[name].ldap.find(({ attribute }) => attributesHere.has(attribute))?.attribute;

/** RFC 2849; every value in base 64, which is always safe. */
const record = (dn: string, lines: readonly (readonly [string, string])[]): string =>
  [`dn:: ${base64(dn)}`, ...lines.map(([attribute, value]) => `${attribute}:: ${base64(value)}`), ''].join('\n');

const base64 = (text: string): string => Buffer.from(text).toString('base64');

async function load(slapadd: string, folder: string, loaded?: (count: number) => void): Promise<void> {
  // -v says each entry in a line on standard error, which is how far it is.
  const words = ['-v', '-q', '-f', join(folder, 'slapd.conf'), '-l', join(folder, 'data.ldif'), '-w', '-S', '1'];
  const child = spawn(slapadd, words, { stdio: ['ignore', 'ignore', 'pipe'] });
  let count = 0;
  const complaint: string[] = [];
  createInterface(child.stderr).on('line', (line) => {
    if (line.startsWith('added:')) return loaded?.((count += 1));
    complaint.push(line);
  });
  const [status, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  // Ctrl-C reaches it as it reaches us.
  if (signal !== null) throw new HostFault(`stopped by ${signal} while the practice directory was loaded`);
  if (status !== 0)
    throw new HostFault(`slapadd could not load the practice directory: ${complaint.slice(-10).join(' ')}`);
}

async function answers(port: number, child: ChildProcess, complaint: () => string): Promise<void> {
  const until = performance.now() + secondsToAnswer * 1000;
  while (performance.now() < until) {
    if (child.exitCode !== null)
      throw new HostFault(`slapd ended at once: ${complaint().trim() || 'it does not say why; is the port taken?'}`);
    if (await listens(port)) return;
    await sleep(20);
  }
  throw new HostFault(`slapd did not answer within ${secondsToAnswer} s: ${complaint().trim()}`);
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const there = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return there;
}

function program(name: string, path: string): string | undefined {
  return [...path.split(delimiter), ...programFolders]
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));
}

const schemaFolder = (): string | undefined =>
  schemaFolders.find((folder) => existsSync(join(folder, 'inetorgperson.schema')));
