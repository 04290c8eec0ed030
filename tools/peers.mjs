// The real servers that tests talk to: how to find and how to install each.

import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

// slapd lies in sbin, which the PATH of an ordinary user lacks; Homebrew keeps it out of the PATH too.
const folders = [
  ...(process.env.PATH ?? '').split(delimiter),
  '/usr/sbin',
  '/usr/local/sbin',
  '/opt/homebrew/opt/openldap/libexec',
  '/usr/local/opt/openldap/libexec',
];

export const programPath = (name) => folders.map((folder) => join(folder, name)).find((path) => existsSync(path));

export const peersOf = [
  {
    name: 'OpenLDAP (slapd)',
    debian: ['slapd', 'ldap-utils'],
    mac: 'brew install openldap',
    found: () => programPath('slapd') !== undefined && programPath('slapadd') !== undefined,
  },
];
