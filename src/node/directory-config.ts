// The settings of a source that is a directory, and how it is kept in step with.

import * as v from 'valibot';
import { minutes, type Milliseconds } from '../base/time.ts';
import type { LeftOut } from '../ldap/ad-content.ts';
import { LdapFault } from '../ldap/fault.ts';
import { printFilter } from '../ldap/filter.ts';
import type { GroupReading } from '../server/group-entry.ts';
import { readText } from './read-text.ts';
import { duration, flag, said, text, url } from './setting-schema.ts';
import { nameOfSource, ofEverySource, type EverySource } from './source-settings.ts';

/** How a directory tells what changes, by the product: each has its own way. */
type DirectoryKind = '389ds' | 'ad' | 'ldap' | 'openldap';

export interface DirectoryConfig extends EverySource {
  readonly kind: DirectoryKind;
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

const byKind: Readonly<Record<DirectoryKind, OfAKind>> = {
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
} as const;

export const directoryKinds: readonly DirectoryKind[] = ['openldap', '389ds', 'ad', 'ldap'];

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

export const directorySchema: v.GenericSchema<unknown, DirectoryConfig> = v.pipe(
  v.strictObject({
    name: nameOfSource,
    kind: v.picklist(directoryKinds),
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
    keyAttribute: v.optional(text('an attribute name')),
    every: v.optional(duration('1s', '7d')),
    compareEvery: v.optional(duration('1s', '366d'), defaults.compareEvery),
    compareKeysEvery: v.optional(duration('1s', '366d')),
    leaveOut: v.optional(
      v.array(v.picklist(['disabled', 'hidden'], said('disabled or hidden')), said('a list of disabled and hidden')),
    ),
    ...ofEverySource,
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

/** The password of a source, from its file where it is in one. */
export function passwordOf(given: DirectoryConfig): string {
  if (given.password !== undefined) return given.password;
  return readText(given.passwordFile ?? '', `sources.${given.name}.passwordFile`).replace(/\r?\n$/, '');
}
