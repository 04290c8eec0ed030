// `rollcall source test` against a real slapd: what it finds, in the administrator's words.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/node/config.ts';
import { groupFindings } from '../../src/node/named-groups.ts';
import { isDirectoryConfig } from '../../src/node/source-config.ts';
import type { Finding } from '../../src/node/seen-persons.ts';
import { testSource } from '../../src/node/source-test.ts';
import { makeCertificates } from '../peers/certificates.ts';
import { skipWithout } from '../peers/installed.ts';
import { runCommand } from '../scenario/server-process.ts';
import { slapdIsInstalled, startSlapd, type Slapd } from '../peers/slapd.ts';

const nameless =
  'dn: uid=none,ou=people,dc=example,dc=com\nobjectClass: account\nobjectClass: simpleSecurityObject\nuid: none\nuserPassword: x\n\n';

const group = (dn: string, name: string): string =>
  `dn: ${dn}\nobjectClass: groupOfNames\ncn: ${name}\nmember: uid=p000001,ou=people,dc=example,dc=com\n\n`;
const teams =
  'dn: ou=teams,ou=people,dc=example,dc=com\nobjectClass: organizationalUnit\nou: teams\n\n' +
  group('cn=Board,ou=people,dc=example,dc=com', 'Board') +
  group('cn=Board,ou=teams,ou=people,dc=example,dc=com', 'Board');

describe.skipIf(skipWithout('slapd', slapdIsInstalled))('a test of a source', () => {
  let slapd: Slapd;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rollcall-source-test-'));
    slapd = await startSlapd({ people: 510, tls: true, ldif: nameless + teams });
    writeFileSync(join(folder, 'ca.pem'), slapd.ca);
  });
  afterAll(async () => {
    await slapd[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  async function found(settings: Readonly<Record<string, unknown>> = {}): Promise<readonly Finding[]> {
    const usual = {
      name: 'ldap',
      kind: 'openldap',
      url: slapd.ldapsUrl,
      base: slapd.people,
      caFile: join(folder, 'ca.pem'),
    };
    const account = { bindDn: slapd.sync.dn, password: slapd.sync.password };
    const file = join(folder, 'rollcall.yaml');
    writeFileSync(file, JSON.stringify({ sources: [{ ...usual, ...account, ...settings }] }));
    const [source] = readConfig(file, {}, {}).sources.filter(isDirectoryConfig);
    if (source === undefined) throw new Error('no source');
    const findings: Finding[] = [];
    for await (const finding of testSource(source, () => undefined)) findings.push(finding);
    return findings;
  }
  const verdicts = (findings: readonly Finding[]): readonly string[] =>
    findings.map(({ check, verdict }) => `${check} ${verdict}`);
  const says = (findings: readonly Finding[], check: Finding['check']): string =>
    findings.findLast((finding) => finding.check === check)?.says ?? '';

  test('of one that is right: the certificate, the account, the way, how many, what is filled, and the first ones', async () => {
    const findings = await found({ filter: '(|(objectClass=inetOrgPerson)(objectClass=account))' });
    expect(verdicts(findings)).toEqual([
      'certificate good',
      'connection good',
      'log-in good',
      'product good',
      'reading good',
      'persons odd',
      'fields good',
      'photos good',
    ]);
    expect(says(findings, 'certificate')).toMatch(
      /^\S+ \(by test CA\) < test CA \(by test CA\), good until \d{4}-\d\d-\d\d, TLSv1\.3$/,
    );
    expect(says(findings, 'product')).toBe("OpenLDAP, as 'kind: openldap' says");
    expect(says(findings, 'reading')).toContain('by content synchronization (RFC 4533)');
    expect(says(findings, 'persons')).toContain('511 found below ou=people,dc=example,dc=com');
    expect(says(findings, 'persons')).toContain('1 are left out, since they have no name: uid=none,ou=people');
    expect(says(findings, 'fields')).toContain('officeTelephone 99 %');
    const examples = findings.find(({ check }) => check === 'persons')?.examples;
    expect(examples).toHaveLength(3);
    expect(examples?.[0]).toMatchObject({ name: expect.any(String), employeeNumber: expect.any(String) });
  });

  test('groups that audiences name: the one that is there, one that is not, and one of which there are two', async () => {
    const file = join(folder, 'audiences.yaml');
    const usual = { kind: 'openldap', url: slapd.url, base: slapd.people };
    const account = { bindDn: slapd.sync.dn, password: slapd.sync.password };
    const rule = (name: string, group: string | readonly string[]) => ({ name, readers: { group }, fields: ['name'] });
    const audiences = [
      rule('board', ['Board', `cn=Board,ou=teams, ${slapd.people}`]),
      rule('staff', 'Staf'),
      { name: 'all', fields: ['name'] },
    ];
    const write = (sources: readonly object[]) => writeFileSync(file, JSON.stringify({ sources, audiences }));
    const findings = async (...only: readonly string[]): Promise<readonly Finding[]> => {
      const { said, code } = await runCommand(['--json', 'source', 'test', ...only, '--config', file]);
      expect(code).toBe(0);
      const all = said.split('\n').map((line) => JSON.parse(line) as Finding);
      return all.filter(({ check }) => check === 'groups');
    };
    write([{ name: 'hq', ...usual, ...account, groups: {} }]);
    expect(await findings()).toEqual([
      {
        check: 'groups',
        verdict: 'odd',
        says: expect.stringMatching(/^audience board: 2 groups are called Board.* DN/),
      },
      {
        check: 'groups',
        verdict: 'odd',
        says: expect.stringMatching(/^audience staff: there is no group Staf, .*'groups'$/),
      },
      { check: 'groups', verdict: 'good', says: '1 that audiences name are there, once each' },
    ]);
    // Of a part of the sources it cannot be said.
    write([
      { name: 'hq', ...usual, ...account },
      { name: 'hr', kind: 'files', folder },
    ]);
    expect(await findings('hq')).toEqual([]);
  });

  test('a group that a source has which could not be read is not called away', () => {
    const audience = {
      name: 'all',
      readers: [],
      persons: [{ kind: 'group', groups: ['A'] }],
      same: [],
      fields: [],
    } as const;
    const says = (...unread: readonly string[]): readonly string[] =>
      [...groupFindings([audience], [], unread)].map((finding) => finding.says);
    expect(says()).toEqual([expect.stringMatching(/no group A.*has 'groups'$/)]);
    expect(says('entra', 'hr')).toEqual([expect.stringMatching(/; it may be one of entra, hr, which was not read$/)]);
    expect([...groupFindings([], [], [])]).toEqual([]);
  });

  test('StartTLS shows its certificate as well, and each address is tried', async () => {
    const findings = await found({ url: ['ldap://127.0.0.1:2', slapd.url], startTls: true });
    expect(verdicts(findings).slice(0, 4)).toEqual([
      'connection bad',
      'certificate good',
      'connection good',
      'log-in good',
    ]);
    expect(findings.map(({ url }) => url).slice(0, 2)).toEqual(['ldap://127.0.0.1:2', slapd.url]);
    expect(says(findings.slice(0, 1), 'connection')).toContain('ECONNREFUSED');
  });

  test('another CA, or none, is named with the chain that the server shows; nobody logs in', async () => {
    const elsewhere = mkdtempSync(join(folder, 'other-'));
    const { caFile } = makeCertificates(elsewhere);
    for (const [settings, words] of [
      [{ caFile }, 'it is looked for in caFile'],
      [{ caFile: undefined }, 'no caFile is set'],
    ] as const) {
      const findings = await found(settings);
      expect(verdicts(findings)).toEqual(['certificate bad']);
      expect(says(findings, 'certificate')).toContain('by no CA that is trusted here');
      expect(says(findings, 'certificate')).toContain('test CA (by test CA)');
      expect(says(findings, 'certificate')).toContain(words);
    }
  });

  test('a server that speaks no TLS there, and a wrong password', async () => {
    const plain = await found({ url: `ldaps://127.0.0.1:${slapd.port}` });
    expect(verdicts(plain)).toEqual(['connection bad']);
    expect(says(plain, 'connection')).toContain('does not speak TLS');
    const wrong = await found({ password: 'wrong' });
    expect(verdicts(wrong)).toEqual(['certificate good', 'connection good', 'log-in bad']);
    expect(says(wrong, 'log-in')).toMatch(/invalidCredentials .*; check the account \S+ and its password$/);
  });

  test('a base or filter that finds nobody, and a base that is not there', async () => {
    expect(says(await found({ filter: '(uid=nobody)' }), 'persons')).toContain('nobody is found below ou=people');
    const away = await found({ base: 'ou=away,dc=example,dc=com' });
    expect(verdicts(away).at(-1)).toBe('reading bad');
    expect(says(away, 'reading')).toContain('check that ou=away,dc=example,dc=com exists');
  });

  test('a size limit is told with the line that lifts it; compared in pages, a better kind is named', async () => {
    const compared = await found({ kind: 'ldap' });
    expect(says(compared, 'product')).toContain("with 'kind: openldap' it would tell of changes at once");
    expect(verdicts(compared)).toContain('product odd');
    await slapd.configure('dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\ndelete: olcLimits\n\n');
    const cut = await found();
    expect(verdicts(cut).at(-1)).toBe('reading bad');
    expect(says(cut, 'reading')).toContain(
      'olcLimits: dn.exact="cn=sync,dc=example,dc=com" size=unlimited time=unlimited',
    );
  });

  test('without the overlay syncprov it says which overlay, and what would do instead', async () => {
    await using plain = await startSlapd({ people: 3, syncprov: false });
    const findings = await found({ url: plain.url });
    expect(verdicts(findings)).toContain('reading bad');
    expect(says(findings, 'reading')).toMatch(/load the overlay syncprov .* or compare it with 'kind: ldap'/);
    const unencrypted = await found({ url: plain.url, startTls: true });
    expect(verdicts(unencrypted)).toEqual(['connection bad']);
    expect(says(unencrypted, 'connection')).toMatch(/^the server refuses StartTLS: protocolError/);
  });
});
