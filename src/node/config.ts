// One configuration file (YAML), the environment over it, flags over both. A mistake names the key,
// the value and what would be right. Only this file and apps/ read the environment.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as v from 'valibot';
import { parseDocument } from 'yaml';
import { isFieldName, type FieldName } from '../book/field.ts';
import { HostFault } from './host-fault.ts';
import {
  httpSchema,
  limitsSchema,
  sipSchema,
  tlsSchema,
  type HttpConfig,
  type LimitsConfig,
  type SipConfig,
} from './listen-config.ts';
import type { TlsFiles } from './server-certificate.ts';
import { count, flag, said, text, url } from './setting-schema.ts';

export interface Config {
  /** Folder of the store; made where it is not there. */
  readonly data: string;
  readonly http: HttpConfig;
  readonly sip: SipConfig;
  /** With it: HTTPS, and SIP over TLS. */
  readonly tls?: TlsFiles | undefined;
  readonly limits: LimitsConfig;
  readonly history: { readonly changes: number; readonly days: number; readonly leaversDays: number };
  readonly sources: readonly SourceConfig[];
  /** The generated sample enterprise, into a new store without other sources. */
  readonly sample: boolean;
  readonly log: { readonly level: LogLevel };
}

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent';

/** A directory that is followed by RFC 4533 (OpenLDAP's syncprov). */
export interface SourceConfig {
  readonly name: string;
  readonly kind: 'openldap';
  readonly urls: readonly string[];
  readonly startTls: boolean;
  /** A file of PEM certificates to trust, instead of the system's. */
  readonly caFile?: string | undefined;
  /** Allows a password over an unprotected connection to another machine. */
  readonly allowClearText: boolean;
  readonly bindDn: string;
  readonly password?: string | undefined;
  readonly passwordFile?: string | undefined;
  readonly base: string;
  readonly filter: string;
  /** The attribute that holds the log-in name. */
  readonly logInAttribute: string;
  readonly attributes: Readonly<Partial<Record<FieldName, readonly string[]>>>;
  readonly brake: {
    readonly count: number;
    readonly percent: number;
    /** So long after the last removal of a burst they are judged together. */
    readonly settleSeconds: number;
  };
}

const defaults = {
  data: './rollcall-data',
  // A terminal that was away for longer compares by IDs and revisions, which costs it one request more.
  history: { changes: 1_000_000, days: 90, leaversDays: 180 },
  log: { level: 'info' },
  filter: '(objectClass=inetOrgPerson)',
  // Who is moved, or deleted and added again, is back within seconds.
  brake: { count: 20, percent: 2, settleSeconds: 5 },
} as const;

const ldapUrl = url(['ldap://', 'ldaps://', 'ldapi://']);

const attributes = v.pipe(
  v.record(
    v.string(),
    v.union(
      [
        v.pipe(
          text('an attribute name'),
          v.transform((one) => [one]),
        ),
        v.array(text('an attribute name')),
      ],
      said('an attribute name or a list of them'),
    ),
  ),
  v.check(
    (record) => Object.keys(record).every(isFieldName),
    (issue) => {
      const wrong = Object.keys(issue.input).find((name) => !isFieldName(name));
      return `${JSON.stringify(wrong)} is not a field; 'rollcall directory fields' lists them`;
    },
  ),
);

const source = v.pipe(
  v.strictObject({
    name: v.pipe(
      text('a short name'),
      v.regex(/^[a-z][a-z0-9-]{0,31}$/, said('lower-case letters, digits and hyphens, at most 32')),
      v.notValue('embedded', said("another name: 'embedded' is the administrator's own book")),
    ),
    kind: v.literal('openldap', said("'openldap' (any server with the syncprov overlay)")),
    url: v.union(
      [
        v.pipe(
          ldapUrl,
          v.transform((one) => [one]),
        ),
        v.pipe(v.array(ldapUrl), v.minLength(1)),
      ],
      said('a URL that begins with ldap://, ldaps:// or ldapi://, or a list of them'),
    ),
    startTls: v.optional(flag, false),
    caFile: v.optional(text('the path of a PEM file')),
    allowClearText: v.optional(flag, false),
    bindDn: text('the DN of the account that reads the directory'),
    password: v.optional(text('a password')),
    passwordFile: v.optional(text('the path of a file that holds the password')),
    base: text('the DN below which the persons are'),
    filter: v.optional(text('an LDAP filter, e.g. (objectClass=inetOrgPerson)'), defaults.filter),
    logInAttribute: v.optional(text('an attribute name'), 'uid'),
    attributes: v.optional(attributes, {}),
    brake: v.optional(
      v.strictObject({
        count: v.optional(count(0, 1_000_000), defaults.brake.count),
        percent: v.optional(count(0, 100), defaults.brake.percent),
        settleSeconds: v.optional(count(1, 300), defaults.brake.settleSeconds),
      }),
      {},
    ),
  }),
  v.check(
    (given) => given.password === undefined || given.passwordFile === undefined,
    'give password or passwordFile, not both',
  ),
  v.check(
    (given) => given.password !== undefined || given.passwordFile !== undefined,
    'password or passwordFile is missing: the account that reads the directory needs one',
  ),
  v.transform(({ url: urls, ...rest }) => ({ ...rest, urls })),
);

const sections = v.strictObject({
  data: v.optional(text('the path of a folder'), defaults.data),
  http: v.optional(httpSchema, {}),
  sip: v.optional(sipSchema, {}),
  tls: v.optional(tlsSchema),
  limits: v.optional(limitsSchema, {}),
  history: v.optional(
    v.strictObject({
      changes: v.optional(count(1, 1_000_000_000), defaults.history.changes),
      days: v.optional(count(1, 36_500), defaults.history.days),
      leaversDays: v.optional(count(1, 36_500), defaults.history.leaversDays),
    }),
    {},
  ),
  sources: v.optional(
    v.pipe(
      v.array(source, said('a list of sources')),
      v.check((list) => new Set(list.map((each) => each.name)).size === list.length, 'two sources have the same name'),
    ),
    [],
  ),
  sample: v.optional(flag, true),
  log: v.optional(
    v.strictObject({
      level: v.optional(
        v.picklist(
          ['fatal', 'error', 'warn', 'info', 'debug', 'silent'],
          said('fatal, error, warn, info, debug or silent'),
        ),
        defaults.log.level,
      ),
    }),
    {},
  ),
});

const schema = v.pipe(
  sections,
  v.forward(
    v.check(
      ({ sip, tls }) => tls !== undefined || sip.listen?.some(({ transport }) => transport === 'TLS') !== true,
      'sip.listen has tls:// addresses, which need tls.certificateFile and tls.keyFile',
    ),
    ['tls'],
  ),
);

/** Values by dotted key, e.g. `{ 'http.port': 9090 }`. */
export type Overrides = Readonly<Record<string, unknown>>;

/** The settings that an environment variable may give: `ROLLCALL_HTTP_PORT` is `http.port`. */
const environmentKeys = [
  'data',
  'http.host',
  'http.port',
  'http.publicUrl',
  'sip.domain',
  'sip.host',
  'sip.port',
  'sip.publicHost',
  'sample',
  'log.level',
] as const;

/** Of the command line, not of the server. */
const otherVariables: readonly string[] = ['ROLLCALL_HOME', 'ROLLCALL_PASSWORD'];

export const environmentName = (key: string): string =>
  `ROLLCALL_${key
    .replace(/([A-Z])/g, '_$1')
    .replace('.', '_')
    .toUpperCase()}`;

/**
 * The configuration of `file` (none: the defaults), `environment` over it, `flags` over both.
 * @throws HostFault that names each wrong key, its value, and what would be right
 */
export function readConfig(
  file: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
  flags: Overrides,
): Config {
  const settings = file === undefined ? {} : readYaml(file);
  const given: Record<string, unknown> = {};
  for (const key of environmentKeys) {
    const value = environment[environmentName(key)];
    if (value !== undefined) given[key] = plainValue(value);
  }
  const known = environmentKeys.map(environmentName);
  for (const name of Object.keys(environment))
    if (name.startsWith('ROLLCALL_') && !known.includes(name) && !otherVariables.includes(name))
      throw new HostFault(`${name}: no such setting; the environment may give ${known.join(', ')}`);
  // A flag that is not given takes nothing away from the environment.
  for (const [key, value] of [...Object.entries(given), ...Object.entries(flags)])
    if (value !== undefined) write(settings, key, value);
  const result = v.safeParse(schema, settings);
  if (result.success) return result.output;
  const where = file ?? 'configuration';
  throw new HostFault(result.issues.map((issue) => `${where}: ${describe(issue)}`).join('\n'));
}

/** The password of a source, from its file where it is in one. */
export function passwordOf(given: SourceConfig): string {
  if (given.password !== undefined) return given.password;
  return readText(given.passwordFile ?? '', `sources.${given.name}.passwordFile`).replace(/\r?\n$/, '');
}

export function readText(path: string, key: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new HostFault(
      `${key}: cannot read ${resolve(path)}: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

function readYaml(file: string): Record<string, unknown> {
  const document = parseDocument(readText(file, 'configuration'), { prettyErrors: true });
  const [error] = document.errors;
  if (error !== undefined) throw new HostFault(`${file}: ${error.message}`);
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  if (value === null || value === undefined) return {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw new HostFault(`${file}: settings of the form 'key: value' are expected`);
  return value as Record<string, unknown>;
}

function write(settings: Record<string, unknown>, key: string, value: unknown): void {
  const [first = '', ...rest] = key.split('.');
  if (rest.length === 0) {
    settings[first] = value;
    return;
  }
  const inner = settings[first];
  const section = typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : {};
  settings[first] = section;
  write(section, rest.join('.'), value);
}

function plainValue(value: string): unknown {
  if (/^\d+$/.test(value)) return Number(value);
  return value === 'true' ? true : value === 'false' ? false : value;
}

function describe(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue) ?? '';
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const beside = keysBeside(path.split('.').slice(0, -1));
    return `${path}: no such setting${beside === '' ? '' : `; here go ${beside}`}`;
  }
  if (issue.received === 'undefined' || issue.message.startsWith('Invalid key')) return `${path}: is missing`;
  if (path.endsWith('password')) return `${path}: is not right: a text that is not empty`; // never the value
  return `${path}: ${issue.message}`;
}

/** The settings of the section at `path`, for the message. */
function keysBeside(path: readonly string[]): string {
  let section: unknown = schema;
  for (const part of path) {
    if (/^\d+$/.test(part)) continue; // an element of a list: its schema is the list's item
    section = (entriesOf(section) as Record<string, unknown> | undefined)?.[part];
  }
  return Object.keys((entriesOf(section) as object | undefined) ?? {}).join(', ');
}

function entriesOf(level: unknown): unknown {
  let inner = level;
  for (;;) {
    if (typeof inner !== 'object' || inner === null) return undefined;
    if ('entries' in inner) return inner.entries;
    if ('wrapped' in inner) inner = inner.wrapped;
    else if ('item' in inner) inner = inner.item;
    else if ('pipe' in inner) inner = (inner.pipe as readonly unknown[])[0];
    else return undefined;
  }
}
