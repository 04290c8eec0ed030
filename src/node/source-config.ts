// The settings of a source: a directory, and how it is kept in step with.

import * as v from 'valibot';
import { minutes, type Milliseconds } from '../base/time.ts';
import type { FieldClasses } from '../book/field.ts';
import type { LeftOut } from '../ldap/ad-content.ts';
import { LdapFault } from '../ldap/fault.ts';
import { printFilter } from '../ldap/filter.ts';
import type { GroupReading } from '../server/group-entry.ts';
import type { OwnAttributes } from '../server/attribute-map.ts';
import type { NumberingPlan } from '../server/telephone.ts';
import { numberingPlanSchema, ownAttributesSchema } from './field-config.ts';
import type { MatchField } from '../server/match.ts';
import { defaultBrakeLimits } from '../server/brake.ts';
import { readText } from './read-text.ts';
import { count, duration, flag, said, text, url } from './setting-schema.ts';

/** How a directory tells what changes, by the product: each has its own way. */
type SourceKind = '389ds' | 'ad' | 'ldap' | 'openldap';

export interface SourceConfig {
  readonly name: string;
  readonly kind: SourceKind;
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
  /** Absent: groups are not followed. */
  readonly groups?: (GroupReading & { readonly filter: string }) | undefined;
  /** The attributes that may hold the log-in name. */
  readonly logInAttributes: readonly string[];
  readonly attributes: OwnAttributes;
  /** The classes of fields, as the settings of the whole book have them. */
  readonly classes?: FieldClasses;
  /** How telephone numbers are written that do not say their country. */
  readonly telephone?: NumberingPlan | undefined;
  /** By what an entry is known to be a person of another source with the same; absent: its persons are nobody else's. */
  readonly matchBy?: MatchField | undefined;
  /** What names an entry for life. */
  readonly keyAttribute: string;
  /** Of a directory that tells nobody of changes: so often it is looked who is there and who changed. */
  readonly every: Milliseconds;
  /** So often everything is read and compared, for what the directory tells nobody of. */
  readonly compareEvery: Milliseconds;
  /** So often it is looked who is there, where Active Directory does not show deleted objects to the account. */
  readonly compareKeysEvery: Milliseconds;
  /** Of Active Directory: whose entries are as if they were not there. */
  readonly leaveOut: readonly LeftOut[];
  readonly brake: {
    readonly count: number;
    readonly percent: number;
    /** Of the persons of one container, where there are so many. */
    readonly container: { readonly persons: number; readonly percent: number };
    /** So long after the last removal of a burst they are judged together. */
    readonly settleSeconds: number;
  };
}

interface OfAKind {
  readonly filter: string;
  readonly groupFilter: string;
  readonly logInAttributes: readonly string[];
  readonly keyAttribute: string;
}

const standard = {
  filter: '(objectClass=inetOrgPerson)',
  groupFilter: '(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup))',
  logInAttributes: ['uid'],
  keyAttribute: 'entryUUID',
};

const byKind: Readonly<Record<SourceKind, OfAKind>> = {
  openldap: standard,
  ldap: standard,
  '389ds': { ...standard, keyAttribute: 'nsUniqueId' },
  ad: {
    // Computers are users too, and of another category.
    filter: '(&(objectCategory=person)(|(objectClass=user)(objectClass=contact)))',
    groupFilter: '(objectClass=group)',
    logInAttributes: ['sAMAccountName', 'userPrincipalName', 'mail'],
    keyAttribute: 'objectGUID',
  },
};

const defaults = {
  compareEvery: '24h',
  every: minutes(15),
  compareKeysEvery: minutes(5),
  leaveOut: ['disabled', 'hidden'],
  // Who is moved, or deleted and added again, is back within seconds.
  brake: { ...defaultBrakeLimits, settleSeconds: 5 },
} as const;

const kinds = ['openldap', '389ds', 'ad', 'ldap'] as const satisfies readonly SourceKind[];

const ldapUrl = url(['ldap://', 'ldaps://', 'ldapi://']);

const attributeNames = v.union(
  [
    v.pipe(
      text('an attribute name'),
      v.transform((one) => [one]),
    ),
    v.array(text('an attribute name')),
  ],
  said('an attribute name or a list of them'),
);

/** Here, where it is as it was written: it is put together with others later. */
function filterProblem(written: string): string | undefined {
  try {
    printFilter(written);
    return undefined;
  } catch (fault) {
    if (fault instanceof LdapFault) return fault.message;
    throw fault;
  }
}

const filter = v.pipe(
  text('an LDAP filter, e.g. (objectClass=inetOrgPerson)'),
  v.check(
    (written) => filterProblem(written) === undefined,
    (issue) => filterProblem(issue.input) ?? '',
  ),
);

export const sourceSchema: v.GenericSchema<unknown, SourceConfig> = v.pipe(
  v.strictObject({
    name: v.pipe(
      text('a short name'),
      v.regex(/^[a-z][a-z0-9-]{0,31}$/, said('lower-case letters, digits and hyphens, at most 32')),
      v.notValue('embedded', said("another name: 'embedded' is the administrator's own book")),
    ),
    kind: v.picklist(
      kinds,
      said(
        "'openldap' (any server with the syncprov overlay), '389ds' (389 Directory Server), 'ad' (Active Directory) or 'ldap' (any other, compared every so often)",
      ),
    ),
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
    filter: v.optional(filter),
    groups: v.optional(
      v.strictObject({
        filter: v.optional(filter),
        memberUidBelow: v.optional(text('the DN below which those are whom memberUid names')),
      }),
    ),
    logInAttribute: v.optional(attributeNames),
    attributes: v.optional(ownAttributesSchema, {}),
    telephone: v.optional(numberingPlanSchema),
    matchBy: v.optional(v.picklist(['employeeNumber', 'mail'], said('employeeNumber or mail'))),
    keyAttribute: v.optional(text('an attribute name')),
    every: v.optional(duration('1s', '7d')),
    compareEvery: v.optional(duration('1s', '366d'), defaults.compareEvery),
    compareKeysEvery: v.optional(duration('1s', '366d')),
    leaveOut: v.optional(
      v.array(v.picklist(['disabled', 'hidden'], said('disabled or hidden')), said('a list of disabled and hidden')),
    ),
    brake: v.optional(
      v.strictObject({
        count: v.optional(count(0, 1_000_000), defaults.brake.count),
        percent: v.optional(count(0, 100), defaults.brake.percent),
        container: v.optional(
          v.strictObject({
            persons: v.optional(count(1, 1_000_000), defaults.brake.container.persons),
            percent: v.optional(count(0, 100), defaults.brake.container.percent),
          }),
          {},
        ),
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
  v.check(
    ({ kind, url: urls }) => kind !== 'ad' || !urls.some((each) => /:326[89]\/?$/.test(each)),
    'ports 3268 and 3269 are the global catalog, which has only some attributes of each person: use 389 or 636',
  ),
  v.check(
    ({ kind, leaveOut, compareKeysEvery }) =>
      kind === 'ad' || (leaveOut === undefined && compareKeysEvery === undefined),
    "leaveOut and compareKeysEvery are for 'kind: ad' alone",
  ),
  v.check(
    ({ kind, every, keyAttribute }) => kind === 'ldap' || (every === undefined && keyAttribute === undefined),
    "every and keyAttribute are for 'kind: ldap' alone",
  ),
  v.transform(
    ({ url: urls, logInAttribute, filter, groups, leaveOut, compareKeysEvery, every, keyAttribute, ...rest }) => ({
      ...rest,
      urls,
      leaveOut: leaveOut ?? defaults.leaveOut,
      compareKeysEvery: compareKeysEvery ?? defaults.compareKeysEvery,
      every: every ?? defaults.every,
      keyAttribute: keyAttribute ?? byKind[rest.kind].keyAttribute,
      filter: filter ?? byKind[rest.kind].filter,
      groups: groups && { ...groups, filter: groups.filter ?? byKind[rest.kind].groupFilter },
      logInAttributes: logInAttribute ?? byKind[rest.kind].logInAttributes,
    }),
  ),
);

/** Whose attributes a directory has. */
export const tableOf = (kind: SourceKind): 'ad' | 'ldap' => (kind === 'ad' ? 'ad' : 'ldap');

/** The password of a source, from its file where it is in one. */
export function passwordOf(given: SourceConfig): string {
  if (given.password !== undefined) return given.password;
  return readText(given.passwordFile ?? '', `sources.${given.name}.passwordFile`).replace(/\r?\n$/, '');
}
