// What the result codes of RFC 4511 appendix A mean to whoever set the directory up, and what to do.

import { LdapFault } from './fault.ts';
import type { Result } from './message.ts';

const names: ReadonlyMap<number, string> = new Map([
  [1, 'operationsError'],
  [2, 'protocolError'],
  [3, 'timeLimitExceeded'],
  [4, 'sizeLimitExceeded'],
  [7, 'authMethodNotSupported'],
  [8, 'strongerAuthRequired'],
  [10, 'referral'],
  [11, 'adminLimitExceeded'],
  [12, 'unavailableCriticalExtension'],
  [13, 'confidentialityRequired'],
  [16, 'noSuchAttribute'],
  [17, 'undefinedAttributeType'],
  [19, 'constraintViolation'],
  [20, 'attributeOrValueExists'],
  [21, 'invalidAttributeSyntax'],
  [32, 'noSuchObject'],
  [34, 'invalidDNSyntax'],
  [48, 'inappropriateAuthentication'],
  [49, 'invalidCredentials'],
  [50, 'insufficientAccessRights'],
  [51, 'busy'],
  [52, 'unavailable'],
  [53, 'unwillingToPerform'],
  [65, 'objectClassViolation'],
  [66, 'notAllowedOnNonLeaf'],
  [67, 'notAllowedOnRDN'],
  [68, 'entryAlreadyExists'],
  [80, 'other'],
  [118, 'canceled'],
  [4096, 'e-syncRefreshRequired'],
]);

/** What `bindProblem` says where it is the password alone. */
export const wrongPassword = 'the password is wrong';

/** Active Directory gives each bind that it refuses code 49, and says why by a number in the text. */
const bindProblems: ReadonlyMap<string, string> = new Map([
  ['525', 'there is no such account'],
  ['52e', wrongPassword],
  ['530', 'the account may not log in at this time of day'],
  ['531', 'the account may not log in from here'],
  ['532', 'the password has expired'],
  ['533', 'the account is disabled'],
  ['701', 'the account has expired'],
  ['773', 'the password must be changed first'],
  ['775', 'the account is locked after too many wrong passwords'],
]);

/** Why Active Directory refused a bind; undefined where `text` does not say. */
export const bindProblem = (text: string): string | undefined =>
  bindProblems.get(/AcceptSecurityContext error, data ([0-9a-f]+)/i.exec(text)?.[1]?.toLowerCase() ?? '');

/** `sizeLimitExceeded (4): ...` with what the server said, if anything. */
export function describe({ code, diagnostic }: Result): string {
  const name = `${names.get(code) ?? 'result'} (${code})`;
  if (diagnostic === '') return name;
  const problem = bindProblem(diagnostic);
  // Active Directory ends its texts with NUL.
  const said = diagnostic.replaceAll('\0', '').trim();
  return problem === undefined ? `${name}: ${said}` : `${name}, ${problem}: ${said}`;
}

/** Codes after which the same again, later, may well succeed: the server is busy, going down, or in some trouble of its own. */
const passing: ReadonlySet<number> = new Set([0, 1, 51, 52, 80, 118]);

export const passes = ({ code, diagnostic }: Result): boolean =>
  passing.has(code) ||
  // 389-DS has room for ten, and needs a second or two to notice that one is over.
  (code === 53 && /too many active synchronization sessions/i.test(diagnostic));

/** Whom and what a result is about. */
export interface Asked {
  readonly dn: string;
  readonly base: string;
  /** Whom the advice is about: Active Directory, or whatever is compared; OpenLDAP and 389-DS where absent. */
  readonly product?: 'ad' | 'compared';
}

const account = (dn: string): string => (dn === '' ? 'anonymous' : dn);

const limits = (dn: string): string => {
  const who = dn === '' ? 'anonymous' : `dn.exact="${dn}"`;
  return `limits ${who} size=unlimited time=unlimited`;
};

/** What the administrator can do about a result that will not pass by itself. */
export function advice(code: number, { dn, base, product }: Asked): string {
  switch (code) {
    case 3:
    case 4:
    case 11:
      if (product === 'ad')
        return "widen the domain controller's limit that it names (ntdsutil, 'LDAP policies': MaxPageSize, MaxQueryDuration, MaxResultSetSize)";
      return (
        `let ${account(dn)} read everything: in slapd.conf, below the database's suffix, add\n  ${limits(dn)}\n` +
        `or to its cn=config entry\n  olcLimits: ${limits(dn).slice('limits '.length)}\n` +
        `in 389-DS give the account's entry\n  nsSizeLimit: -1\n  nsTimeLimit: -1\n  nsLookThroughLimit: -1`
      );
    case 2:
    case 12:
      if (product === 'ad')
        return 'see that the address is that of a domain controller itself: something in between keeps controls from it';
      if (product === 'compared')
        return 'the server does not offer paged results (RFC 2696), or not to this account: without them it cannot be compared';
      return "the server does not offer content synchronization (RFC 4533): in OpenLDAP load the overlay syncprov on this database, in 389-DS enable the Content Synchronization plug-in, or compare it with 'kind: ldap'";
    case 8:
    case 13:
      return 'the server wants an encrypted connection: use an ldaps:// address, or StartTLS';
    case 10:
      return 'the server holds another part of the directory: put the address of the server that holds the base first';
    case 32:
      return `check that ${base} exists, and that ${account(dn)} may read it: a hidden base looks the same as none`;
    case 34:
      return `check that ${base} and ${account(dn)} are written as DNs, such as ou=people,dc=example,dc=com`;
    case 7:
    case 48:
    case 49:
      return `check the account ${account(dn)} and its password`;
    case 50:
      return `give ${account(dn)} the right to read (search, read) below ${base}`;
    default:
      return `ask whoever runs the directory server what it means by this for ${account(dn)} below ${base}`;
  }
}

/** A result other than success as a fault. */
export const faultOf = (result: Result, asked: Asked): LdapFault =>
  new LdapFault(`${describe(result)}; ${advice(result.code, asked)}`, {
    section: 'RFC 4511 appendix A',
    code: result.code,
  });
