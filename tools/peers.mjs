// The real servers that tests talk to: how to find and how to install each.

import { existsSync, readdirSync } from 'node:fs';
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
  {
    name: '389 Directory Server (needs root)',
    debian: ['389-ds-base', 'ldap-utils'],
    mac: 'there is no package',
    found: () => programPath('dscreate') !== undefined && programPath('ns-slapd') !== undefined,
  },
  {
    name: 'Samba, as a domain controller (needs root)',
    debian: [
      'samba',
      'samba-ad-dc',
      'samba-ad-provision',
      'samba-dsdb-modules',
      'samba-vfs-modules',
      'winbind',
      'ldb-tools',
    ],
    mac: 'there is no package',
    found: () => programPath('samba') !== undefined && programPath('samba-tool') !== undefined,
  },
  {
    name: 'SIPp',
    debian: ['sip-tester'],
    mac: 'brew install sipp',
    found: () => programPath('sipp') !== undefined,
  },
  {
    name: 'sipsak',
    debian: ['sipsak'],
    mac: 'brew install sipsak',
    found: () => programPath('sipsak') !== undefined,
  },
  {
    name: 'Kamailio',
    debian: ['kamailio', 'kamailio-websocket-modules'],
    mac: 'there is no package',
    found: () => programPath('kamailio') !== undefined && hasWebSocketModule(),
  },
  {
    name: 'dnsmasq',
    debian: ['dnsmasq-base'],
    mac: 'brew install dnsmasq',
    found: () => programPath('dnsmasq') !== undefined,
  },
  {
    name: 'nginx',
    debian: ['nginx-light'],
    mac: 'brew install nginx',
    found: () => programPath('nginx') !== undefined,
  },
  {
    name: 'Chromium',
    debian: ['chromium'],
    mac: 'there is no package',
    found: () => existsSync('/usr/bin/chromium'),
  },
];

/** Debian packages it apart, in a folder that the architecture names. */
function hasWebSocketModule() {
  const folders = ['/usr/lib', ...readdirSync('/usr/lib').map((name) => join('/usr/lib', name))];
  return folders.some((folder) => existsSync(join(folder, 'kamailio/modules/websocket.so')));
}
