// One configuration file (YAML), the environment over it, flags over both. A mistake names the key,
// the value and what would be right. Only this file and apps/ read the environment.

import * as v from 'valibot';
import { parseDocument } from 'yaml';
import type { AudienceRule } from '../server/audience.ts';
import type { NumberingPlan } from '../server/telephone.ts';
import { audienceRules, audiencesSchema } from './audience-config.ts';
import { clientSchema, type ClientConfig } from './client-config.ts';
import { fieldSettingsSchema, numberingPlanSchema, type FieldSettings } from './field-config.ts';
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
import { oidcSchema, type OidcConfig } from './oidc-config.ts';
import type { TlsFiles } from './server-certificate.ts';
import { readText } from './read-text.ts';
import { count, flag, said, text } from './setting-schema.ts';
import { sourceSchema, type SourceConfig } from './source-config.ts';

export interface Config {
  /** Folder of the store; made where it is not there. */
  readonly data: string;
  readonly http: HttpConfig;
  readonly sip: SipConfig;
  /** With it: HTTPS, and SIP over TLS. */
  readonly tls?: TlsFiles | undefined;
  readonly limits: LimitsConfig;
  readonly history: { readonly changes: number; readonly days: number; readonly leaversDays: number };
  /** Classes and labels of fields. */
  readonly fields: FieldSettings;
  /** How telephone numbers are written that do not say their country, where a source has no such setting of its own. */
  readonly telephone?: NumberingPlan | undefined;
  readonly sources: readonly SourceConfig[];
  /** Ways to log in beside the passwords of directories and local accounts. */
  readonly logIn: { readonly oidc?: OidcConfig | undefined };
  /** Who sees whom; none: everyone everybody. */
  readonly audiences: readonly AudienceRule[];
  /** What parts the names of departments that are in others; absent: none is in another. */
  readonly departmentSeparator?: string | undefined;
  /** What terminals are told at the log-in. */
  readonly client: ClientConfig;
  /** The generated sample enterprise, into a new store without other sources. */
  readonly sample: boolean;
  readonly log: { readonly level: LogLevel };
}

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent';

const defaults = {
  data: './rollcall-data',
  // A terminal that was away for longer compares by IDs and revisions, which costs it one request more.
  history: { changes: 1_000_000, days: 90, leaversDays: 180 },
  log: { level: 'info' },
} as const;

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
  fields: v.optional(fieldSettingsSchema, {}),
  departmentSeparator: v.optional(text("what stands between a department's name and that of one in it, such as /")),
  telephone: v.optional(numberingPlanSchema),
  sources: v.optional(
    v.pipe(
      v.array(sourceSchema, said('a list of sources')),
      v.check((list) => new Set(list.map((each) => each.name)).size === list.length, 'two sources have the same name'),
    ),
    [],
  ),
  logIn: v.optional(v.strictObject({ oidc: v.optional(oidcSchema) }), {}),
  audiences: v.optional(audiencesSchema, []),
  client: v.optional(clientSchema, {}),
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

/** What is said once for all sources goes into each; the classes of fields into the audiences too. */
const spread = ({ sources, ...rest }: v.InferOutput<typeof sections>) => ({
  ...rest,
  audiences: audienceRules(rest.audiences, rest.fields.classes),
  sources: sources.map((each) => ({
    ...each,
    telephone: each.telephone ?? rest.telephone,
    departmentSeparator: rest.departmentSeparator,
    classes: rest.fields.classes,
    labels: rest.fields.labels,
  })),
});

/** The first of `fields.*.from` that is no source. */
function nobodysWord({ fields, sources }: v.InferOutput<typeof sections>): string | undefined {
  const names = new Set(['embedded', ...sources.map(({ name }) => name)]);
  const wrong = Object.entries(fields.from).find(([, from]) => from.some((each) => !names.has(each)));
  return wrong && `${wrong[0]}.from: there is no source ${wrong[1].find((each) => !names.has(each))}`;
}

const schema = v.pipe(
  sections,
  v.forward(
    v.check(
      (config) => nobodysWord(config) === undefined,
      (issue) => nobodysWord(issue.input) ?? '',
    ),
    ['fields'],
  ),
  v.transform(spread),
  v.forward(
    v.check(
      ({ sip, tls }) => tls !== undefined || sip.listen?.some(({ transport }) => transport === 'TLS') !== true,
      'sip.listen has tls:// addresses, which need tls.certificateFile and tls.keyFile',
    ),
    ['tls'],
  ),
  v.forward(
    v.check(
      ({ sip, tls }) => sip.trustedNames === undefined || tls?.clientCaFile !== undefined,
      'sip.trustedNames needs clientCaFile: the CAs that vouch for the names',
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
    const beside = keysBeside(issue.path?.slice(0, -1) ?? []);
    return `${path}: no such setting${beside === '' ? '' : `; here go ${beside}`}`;
  }
  if (issue.received === 'undefined' || issue.message.startsWith('Invalid key')) return `${path}: is missing`;
  if (/(?:password|clientSecret)$/.test(path)) return `${path}: is not right: a text that is not empty`; // never the value
  // `http:` with all below it commented out is such a section, and so is `groups:` where `groups: {}` was meant.
  if (issue.message.startsWith('Invalid type: Expected Object')) {
    const below = keysBeside(issue.path ?? []);
    return `${path}: settings are to stand below it${below === '' ? '' : `, of ${below}`}; leave it out, or write {}, where there are none`;
  }
  if (issue.message.startsWith('Invalid length')) return `${path}: one at least is needed`;
  return `${path}: ${issue.message}`;
}

/** The settings of the section at `path`, for the message. */
function keysBeside(path: readonly v.IssuePathItem[]): string {
  let section: unknown = schema;
  let given: unknown;
  for (const { key, value } of path) {
    given = value;
    if (typeof key === 'number') continue; // an element of a list: its schema is the list's item
    section = (entriesOf(section, value) as Record<string, unknown> | undefined)?.[String(key)];
  }
  return Object.keys((entriesOf(section, given) as object | undefined) ?? {}).join(', ');
}

/** `given`: what was written there, by which some schemas are chosen. */
function entriesOf(level: unknown, given: unknown): unknown {
  let inner = level;
  for (;;) {
    if (typeof inner !== 'object' || inner === null) return undefined;
    if ('entries' in inner) return inner.entries;
    if ('wrapped' in inner) inner = inner.wrapped;
    else if ('item' in inner) inner = inner.item;
    else if ('getter' in inner) inner = (inner.getter as (given: unknown) => unknown)(given);
    else if ('pipe' in inner) inner = (inner.pipe as readonly unknown[])[0];
    else return undefined;
  }
}
