import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { mergingOf } from '../../src/apps/merging.ts';
import { environmentName, readConfig, type Overrides } from '../../src/node/config.ts';
import { passwordOf, type DirectoryConfig } from '../../src/node/directory-config.ts';
import { tokenHashesOf } from '../../src/node/scim-config.ts';
import { isDirectoryConfig, isScimConfig } from '../../src/node/source-config.ts';
import { sourceName } from '../../src/server/change-log.ts';
import { ruleOf } from '../../src/server/match.ts';

const folder = mkdtempSync(join(tmpdir(), 'rollcall-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function read(yaml: string, over: { environment?: Record<string, string>; flags?: Overrides } = {}) {
  const file = join(folder, 'rollcall.yaml');
  writeFileSync(file, yaml);
  return readConfig(file, over.environment ?? {}, over.flags ?? {});
}

function mistake(yaml: string, environment: Record<string, string> = {}): string {
  try {
    read(yaml, { environment });
  } catch (fault) {
    return (fault as Error).message;
  }
  return 'no mistake';
}

const directories = (text: string): readonly DirectoryConfig[] => read(text).sources.filter(isDirectoryConfig);

test('without a file the defaults hold: loopback, the usual ports or the next free ones, the sample', () => {
  const config = readConfig(undefined, {}, {});
  expect(config.http).toMatchObject({ host: '127.0.0.1' });
  expect(config.sip).toMatchObject({ host: '127.0.0.1' });
  expect([config.http.port, config.sip.port, config.sample]).toEqual([undefined, undefined, true]);
});

test('the documented example of a configuration is one', () => {
  const config = readConfig('docs/rollcall.example.yaml', {}, {});
  expect(config.sources.map((source) => source.name)).toEqual(['headquarters', 'windows', 'branch', 'cloud', 'staff']);
  expect(config.http.trustProxy).toEqual(['127.0.0.1']);
  expect(config.sources[0]?.attributes.officeTelephone).toEqual([
    { attribute: 'telephoneNumber' },
    { attribute: 'ipPhone' },
  ]);
  expect(config.sources[0]?.attributes.mail).toEqual([{ attribute: 'mail', transform: 'lowerCase' }]);
});

test('Active Directory has defaults of its own, which the example shows', () => {
  const source = (more: string) =>
    `sources: [{ name: windows, kind: ad, url: ldap://127.0.0.1, bindDn: x@example.com, password: x, base: dc=x${more} }]`;
  const [given] = directories(source(''));
  const shown = readConfig('docs/rollcall.example.yaml', {}, {}).sources.filter(isDirectoryConfig)[1];
  for (const name of ['filter', 'logInAttributes', 'leaveOut', 'compareKeysEvery'] as const)
    expect([name, given?.[name]]).toEqual([name, shown?.[name]]);
  expect(read(source(', leaveOut: [], logInAttribute: mail')).sources[0]).toMatchObject({
    leaveOut: [],
    logInAttributes: ['mail'],
  });
  expect(mistake(source(', leaveOut: [locked]'))).toContain('disabled or hidden');
  expect(mistake(source('').replace('127.0.0.1', '127.0.0.1:3268'))).toContain('the global catalog');
  expect(mistake(source(', leaveOut: [hidden]').replace('kind: ad', 'kind: openldap'))).toContain(
    "for 'kind: ad' alone",
  );
});

test('groups are followed where a source says so, by a filter of its kind unless told', () => {
  const of = (kind: string, more: string) =>
    `sources: [{ name: one, kind: ${kind}, url: ldap://127.0.0.1, bindDn: x, password: x, base: dc=x${more} }]`;
  const groups = (kind: string, more: string) => directories(of(kind, more))[0]?.groups;
  expect(groups('openldap', '')).toBeUndefined();
  const shown = readConfig('docs/rollcall.example.yaml', {}, {}).sources.filter(isDirectoryConfig)[0]?.groups;
  for (const kind of ['openldap', '389ds', 'ldap'])
    expect(groups(kind, ', groups: {}')).toEqual({ filter: shown?.filter });
  expect(groups('ad', ', groups: {}')).toEqual({ filter: '(objectClass=group)' });
  expect(groups('ad', ', groups: { filter: (cn=a*), memberUidBelow: ou=x }')).toEqual({
    filter: '(cn=a*)',
    memberUidBelow: 'ou=x',
  });
  for (const [more, words] of [
    ['groups: { filter: (cn=a }', 'filter'],
    ['groups: { base: ou=x }', 'base'],
    ['groups: [x]', 'groups'],
    ["groups: { memberUidBelow: '' }", 'memberUidBelow'],
  ] as const)
    expect(mistake(of('ad', `, ${more}`))).toContain(words);
});

test('the environment goes over the file, and a flag over both', () => {
  const yaml = 'http: { port: 1000, host: 127.0.0.2 }\nsip: { port: 1001 }';
  const environment = { [environmentName('http.port')]: '2000', [environmentName('sip.port')]: '2001' };
  const config = read(yaml, { environment, flags: { 'sip.port': 3001, 'http.port': undefined } });
  expect([config.http.port, config.http.host, config.sip.port]).toEqual([2000, '127.0.0.2', 3001]);
  expect(environmentName('http.publicUrl')).toBe('ROLLCALL_HTTP_PUBLIC_URL');
});

const oidc = (more: string): string => `logIn: { oidc: { issuer: https://id.example, clientId: x, ${more} } }`;

test('an identity provider on this machine needs no TLS; what is not said is by mail address', () => {
  const { logIn } = read('logIn: { oidc: { issuer: "http://127.0.0.1:8081/realms/x", clientId: rollcall } }');
  expect(logIn.oidc).toEqual({
    issuer: 'http://127.0.0.1:8081/realms/x',
    clientId: 'rollcall',
    scopes: ['openid', 'email', 'profile'],
    match: { claim: 'email', field: 'mail' },
  });
});

test.each([
  ['http: { port: eighty }', 'http.port: "eighty" is not right: a whole number from 0 to 65535'],
  ['http: { port: 65536 }', 'http.port: 65536 is not right: a whole number from 0 to 65535'],
  ['http: { prot: 1 }', 'http.prot: no such setting; here go host, port, publicUrl'],
  [
    'http: { trustProxy: [proxy.example] }',
    'http.trustProxy.0: "proxy.example" is not right: an IP address, or a network such as 10.0.0.0/8',
  ],
  ['http: { trustProxy: [10.0.0.0/33] }', 'http.trustProxy.0: "10.0.0.0/33" is not right'],
  ['http: { trustProxy: 10.0.0.1 }', 'http.trustProxy: "10.0.0.1" is not right: a list, each an IP address'],
  ["http: { publicUrl: 'https://' }", 'http.publicUrl: "https://" is not right: a URL that begins with http:// or'],
  ["http: { publicUrl: 'https://a b' }", 'http.publicUrl: "https://a b" is not right'],
  [
    "http: { allowedOrigins: ['*'] }",
    'http.allowedOrigins.0: "*" is not right: a site as browsers name it, https://HOST or https://HOST:PORT, without a path',
  ],
  [
    'http: { allowedOrigins: [https://a.example/page] }',
    'http.allowedOrigins.0: "https://a.example/page" is not right',
  ],
  ['http: { allowedOrigins: https://a.example }', 'is not right: a list, each a site'],
  [
    'sauces: []',
    'sauces: no such setting; here go data, http, sip, tls, limits, history, fields, departmentSeparator, telephone, sources, logIn, audiences, client, sample, log',
  ],
  ['http:', 'http: settings are to stand below it, of host, port, publicUrl'],
  ['logIn: { oidc: { issuer: https://a, clientId: b, match: } }', 'logIn.oidc.match: settings are to stand below it'],
  ['sources: [null]', 'sources.0: settings are to stand below it'],
  [
    'sources: [{ name: a, kind: openldap, url: [], bindDn: x, password: x, base: x }]',
    'sources.0.url: one at least is needed',
  ],
  [`http: { publicUrl: ${'x'.repeat(100_000)} }`, `http.publicUrl: "${'x'.repeat(199)}... is not right: a URL`],
  ['log: { level: loud }', 'log.level: "loud" is not right: fatal, error, warn, info, debug or silent'],
  ['sip: { algorithms: [] }', 'sip.algorithms: [] is not right: a list of SHA-256, MD5 or both'],
  ['sip: { algorithms: MD5 }', 'sip.algorithms: "MD5" is not right: a list of SHA-256, MD5 or both'],
  ['sip: { algorithms: [SHA-1] }', 'sip.algorithms.0: "SHA-1" is not right: a list of SHA-256, MD5 or both'],
  ['sip: { algorithms: [MD5, MD5] }', 'sip.algorithms: ["MD5","MD5"] is not right: a list of SHA-256, MD5 or both'],
  ['sip: { registrar: maybe }', 'sip.registrar: "maybe" is not right: on or off'],
  ['sip: { nextHops: [10.0.0.0/33] }', 'sip.nextHops.0: "10.0.0.0/33" is not right: an IP address, a network'],
  ['sip: { nextHops: ["sip:proxy"] }', 'sip.nextHops.0: "sip:proxy" is not right'],
  ['sip: { trusted: [sbc.example.com] }', 'sip.trusted.0: "sbc.example.com" is not right: an IP address, or a network'],
  ['sip: { trustedNames: ["*"] }', 'sip.trustedNames.0: "*" is not right: a host name as in a certificate'],
  ['sip: { trustedNames: [scscf.example.com] }', 'tls: sip.trustedNames needs clientCaFile'],
  ['sip: { ownUris: [address-book] }', 'sip.ownUris.0: "address-book" is not right: a SIP URI such as'],
  ['sip: { ownUris: ["sip:a@b:5060"] }', 'sip.ownUris.0: "sip:a@b:5060" is not right: a SIP URI such as'],
  ['sip: { ownUris: sip:a@b }', 'sip.ownUris: "sip:a@b" is not right: a list'],
  ['sip: { serviceRoute: [sip:a] }', 'sip.serviceRoute.0: "sip:a" is not right: a SIP URI in brackets'],
  ['logIn: { oidc: {} }', 'logIn.oidc.issuer: is missing'],
  ['logIn: { oidc: { isuer: x } }', 'logIn.oidc.isuer: no such setting; here go issuer, clientId'],
  ['logIn: { oidc: { issuer: http://id.example, clientId: x } }', '"http://id.example" is not right: an https:// URL'],
  ['logIn: { oidc: { issuer: "https://a:b@id.example", clientId: x } }', 'is not right: an https:// URL'],
  ['logIn: { oidc: { issuer: "https://id.example?x", clientId: x } }', 'is not right: an https:// URL'],
  [oidc('scopes: [email]'), 'is not right: a list of scopes with openid among them'],
  [oidc('match: { claim: sub, field: name }'), 'logIn.oidc.match.field: "name" is not right: mail or employeeNumber'],
  [oidc('clientSecret: x, clientSecretFile: y'), 'give clientSecret or clientSecretFile, not both'],
  [oidc('clientSecret: 70717'), 'logIn.oidc.clientSecret: is not right: a text that is not empty'],
  ['sources: [{ kind: openldap }]', 'sources.0.bindDn: is missing'],
  ['- a list', "settings of the form 'key: value' are expected"],
  ['http: [', 'line 1'],
])('a mistake names the key, the value and what would be right: %s', (yaml, words) => {
  expect(mistake(yaml)).toContain(words);
});

const rest = ' bindDn: cn=x, base: dc=x, password: secret }]';
const source = (more: string) =>
  `sources: [{ name: a, kind: openldap, url: ldap://127.0.0.1, bindDn: cn=x, base: dc=x, password: secret${more} }]`;

test('a mistake in a source is named by its place, and a password is never printed', () => {
  expect(mistake(source(', filter: "(bad"'))).toContain('sources.0.filter: not a filter, at character 2 of "(bad": ');
  // Together with others, in one pair of brackets, it would be one.
  expect(mistake(source(', filter: "(a=b)(c=d)"'))).toContain('sources.0.filter: not a filter, at character 6 of ');
  expect(mistake(source(', atributes: {}'))).toContain('sources.0.atributes: no such setting; here go name, kind, url');
  expect(mistake(source(', attributes: { telephone: x }'))).toContain('"telephone" is not a field');
  expect(mistake(source(', passwordFile: x'))).toContain('give password or passwordFile, not both');
  expect(mistake(source('').replace('password: secret', 'password: 70717'))).not.toContain('70717');
  expect(mistake(source('').replace('password: secret', 'filter: x'))).toContain('password or passwordFile is missing');
  expect(mistake(source('').replace('name: a', 'name: embedded'))).toContain("administrator's own book");
});

test('the brake waits five seconds for the end of a burst unless told; a wait of none, or of hours, is a mistake', () => {
  const [given] = read(source('')).sources;
  expect(given?.brake).toEqual({ count: 20, percent: 2, container: { persons: 10, percent: 50 }, settleSeconds: 5 });
  expect(read(source(', brake: { settleSeconds: 1 }')).sources[0]?.brake.settleSeconds).toBe(1);
  const right = 'is not right: a whole number from 1 to 300';
  expect(mistake(source(', brake: { settleSeconds: 0 }'))).toContain(`sources.0.brake.settleSeconds: 0 ${right}`);
  expect(mistake(source(', brake: { settleSeconds: 3600 }'))).toContain(`sources.0.brake.settleSeconds: 3600 ${right}`);
});

test('links by which calls and meetings are started may lead only where their templates say; one label may do for both languages', () => {
  const links = (text: string): string => `client: { links: [${text}] }`;
  expect(read(links("{ kind: meeting, label: Jitsi, url: 'https://meet.example.com/{room}' }")).client.links).toEqual([
    { kind: 'meeting', label: { en: 'Jitsi', zh: 'Jitsi' }, url: 'https://meet.example.com/{room}' },
  ]);
  expect(read('').client.links).toEqual([]);
  expect(mistake(links("{ kind: call, label: X, url: 'javascript:alert({name})' }"))).toMatch(
    /client\.links\.0\.url.*begins with none of/s,
  );
  expect(mistake(links("{ kind: party, label: X, url: 'https://a/' }"))).toContain('call, message, multimedia-message');
  expect(mistake(links("{ kind: call, label: X, url: 'https://{name}/' }"))).toContain('the host must be there');
  expect(mistake(links("{ kind: call, label: X, url: 'tel:{e164}', separator: '{' }"))).toContain(
    'at most 20 characters',
  );
  expect(mistake('client: { link: [] }')).toContain('client');
});

test('a field has the class and the label that the settings say, and what is made of a number the class of the number', () => {
  const { classes, labels } = read(
    'fields: { mobileTelephone: { class: restricted }, extra1: { class: internal, label: { en: Cost centre, zh: 成本中心 } }, title: { label: Role } }',
  ).fields;
  expect(classes).toMatchObject({
    mobileTelephone: 'restricted',
    mobileTelephoneUri: 'restricted',
    officeTelephoneUri: 'public',
    extra1: 'internal',
    extra2: 'restricted',
  });
  expect([labels.extra1, labels.title, labels.mail]).toEqual([
    { en: 'Cost centre', zh: '成本中心' },
    { en: 'Role', zh: 'Role' },
    undefined,
  ]);
});

test.each([
  ['fields: { costCentre: { label: x } }', '"costCentre" is not a field'],
  ['fields: { toString: { label: x } }', '"toString" is not a field'],
  ['fields: { faxUri: { class: public } }', '"faxUri" is made of the telephone number, and goes with it'],
  ['fields: { fax: { class: secret } }', 'fields.fax.class: "secret" is not right: public, internal or restricted'],
  ['fields: { name: { class: restricted } }', 'its class stays as it is'],
  ['fields: { extra1: { label: "" } }', 'a label of at most 40 characters'],
  ['fields: { extra1: { label: "a\\nb" } }', 'a label of at most 40 characters'],
  ['fields: { extra1: { label: { en: x } } }', 'a label of at most 40 characters'],
  ['fields: { extra1: { attribute: x } }', 'fields.extra1.attribute: no such setting'],
  ['telephone: { country: XX }', 'two capital letters of a country'],
  ['telephone: { country: __proto__ }', 'two capital letters of a country'],
  ['telephone: { country: CN, area: 010 }', 'the digits of an area in quotes'],
  ["telephone: { country: CN, area: '(010)' }", 'the digits of an area in quotes'],
])('a mistake about fields names the key and what would be right: %s', (yaml, words) => {
  expect(mistake(yaml)).toContain(words);
});

test('an attribute may be taken with a transform of the list, and no other', () => {
  const [given] = read(source(', attributes: { department: { attribute: orgUnitDN, transform: rdn } }')).sources;
  expect(given?.attributes).toEqual({ department: [{ attribute: 'orgUnitDN', transform: 'rdn' }] });
  const wrong = mistake(source(', attributes: { department: [{ attribute: ou, transform: upperCase }] }'));
  expect(wrong).toContain('lowerCase, postalLines, rdn');
  expect(mistake(source(', attributes: { department: { attribute: memberOf, transform: rdn } }'))).toContain(
    'cannot be followed',
  );
});

test('how numbers are written is said for all sources, or for one', () => {
  const yaml = `telephone: { country: CN }\n${source('')}`;
  expect(read(yaml).sources[0]?.telephone).toEqual({ country: 'CN' });
  const own = `telephone: { country: CN }\n${source(", telephone: { country: DE, area: '030' }")}`;
  expect(read(own).sources[0]?.telephone).toEqual({ country: 'DE', area: '030' });
});

test('trap 9: an attribute that the server computes is refused: of its changes nobody is told', () => {
  for (const computed of ['memberOf', 'MEMBEROF', 'isMemberOf', 'directReports', 'memberOf;range=0-1499'])
    expect(mistake(source(`, attributes: { department: [ou, '${computed}'] }`))).toContain(
      `sources.0.attributes: ${computed} cannot be followed`,
    );
  expect(read(source(', attributes: { department: member }')).sources[0]?.attributes).toEqual({
    department: [{ attribute: 'member' }],
  });
});

test('a directory that tells nobody of changes is compared each quarter of an hour unless told, by the key that is told', () => {
  const ldap = (more: string): string => source(more).replace('kind: openldap', 'kind: ldap');
  expect(read(ldap('')).sources[0]).toMatchObject({ kind: 'ldap', every: 900_000, keyAttribute: 'entryUUID' });
  expect(read(ldap(', every: 1m, keyAttribute: GUID')).sources[0]).toMatchObject({
    every: 60_000,
    keyAttribute: 'GUID',
  });
  expect(directories(source('').replace('kind: openldap', 'kind: 389ds'))[0]?.keyAttribute).toBe('nsUniqueId');
  expect(mistake(source(', keyAttribute: GUID'))).toContain("every and keyAttribute are for 'kind: ldap' alone");
  expect(mistake(ldap(', every: 8d'))).toContain('sources.0.every: "8d" is not right: a length of time from 1s to 7d');
  expect(mistake(source('').replace('kind: openldap', 'kind: x500'))).toContain(
    "'ldap' (any other, compared every so often)",
  );
});

test('everything is read each day unless told; a length of time has its unit', () => {
  const compareEvery = (more: string): number | undefined => directories(source(more))[0]?.compareEvery;
  expect(compareEvery('')).toBe(86_400_000);
  for (const [written, length] of [
    ['1s', 1000],
    ['90s', 90_000],
    ['15m', 900_000],
    ['12h', 43_200_000],
    ['7d', 604_800_000],
  ] as const)
    expect(compareEvery(`, compareEvery: ${written}`)).toBe(length);
  const right = 'a length of time from 1s to 366d, such as 30s, 15m, 24h or 7d';
  for (const wrong of ['24', '0s', '367d', '1.5h', '-1h', '24 h', '1w', 'often', '99999999999d'])
    expect(mistake(source(`, compareEvery: ${wrong}`))).toContain(
      `sources.0.compareEvery: ${wrong === '24' ? wrong : JSON.stringify(wrong)} is not right: ${right}`,
    );
});

test('where to listen for SIP is one host and port, or a list of its own', () => {
  expect(read("sip: { listen: ['udp://127.0.0.1:5060', 'tcp://[::1]:5060'] }").sip.listen).toEqual([
    { transport: 'UDP', address: { host: '127.0.0.1', port: 5060 } },
    { transport: 'TCP', address: { host: '::1', port: 5060 } },
  ]);
  expect(mistake("sip: { listen: ['udp://127.0.0.1:5060'], port: 1 }")).toContain('sip: give listen, or host and port');
  expect(mistake("sip: { listen: ['127.0.0.1:5060'] }")).toContain(
    'sip.listen.0: "127.0.0.1:5060" is not right: udp://ADDRESS:PORT',
  );
  expect(mistake('sip: { listen: [] }')).toContain('at least one address');
});

test('the registrar is on unless a core is there to be believed, or it is said otherwise', () => {
  const registrar = (yaml: string): string => read(yaml).sip.registrar;
  expect(registrar('')).toBe('on');
  expect(registrar('sip: { registrar: off }')).toBe('off');
  expect(registrar('sip: { trusted: [192.0.2.10, 10.0.0.0/8] }')).toBe('off');
  expect(registrar("sip: { trusted: ['2001:db8::/32'], registrar: on }")).toBe('on');
});

test('a certificate has a key, tls:// needs a certificate, and who requires client certificates names their CA', () => {
  expect(mistake('tls: { certificateFile: a }')).toContain('tls.keyFile: is missing');
  expect(mistake("sip: { listen: ['tls://127.0.0.1:5061'] }")).toContain('tls: sip.listen has tls:// addresses');
  expect(mistake('tls: { certificateFile: a, keyFile: b, requireClientCertificate: true }')).toContain(
    'tls: requireClientCertificate needs clientCaFile',
  );
  expect(read('tls: { certificateFile: a, keyFile: b }').tls).toEqual({ certificateFile: 'a', keyFile: 'b' });
});

test('the limits have defaults, and none may be nothing', () => {
  expect(read('limits: { connectionsPerAddress: 7 }').limits).toEqual({
    connections: 50_000,
    connectionsPerAddress: 7,
    subscriptions: 200_000,
    subscriptionsPerAddress: 50_000,
  });
  expect(mistake('limits: { subscriptionsPerAddress: 0 }')).toContain('limits.subscriptionsPerAddress: 0 is not right');
  expect(mistake('limits: { subscriptions: 0 }')).toContain('limits.subscriptions: 0 is not right');
  expect(mistake('limits: { connections: 0 }')).toContain('limits.connections: 0 is not right');
});

test('a wrong value of the environment is a mistake like one of the file', () => {
  expect(mistake('', { ROLLCALL_HTTP_PORT: 'x' })).toContain('http.port: "x" is not right');
});

test('a variable that is no setting is a mistake, not a thing passed over', () => {
  expect(mistake('', { ROLLCALL_HTP_PORT: '8099' })).toContain(
    'ROLLCALL_HTP_PORT: no such setting; the environment may give ROLLCALL_DATA',
  );
  expect(mistake('', { ROLLCALL_HOME: '/somewhere' })).toBe('no mistake');
});

test('a password may lie in a file, whose last line end does not count', () => {
  const secret = join(folder, 'password');
  writeFileSync(secret, 'hush \n');
  const [given] = directories(source('').replace('password: secret', `passwordFile: ${secret}`));
  expect(given && passwordOf(given)).toBe('hush ');
});

test('sources are matched by what they say, in the order that they have; a field may be preferred from another', () => {
  const two =
    source(', matchBy: employeeNumber').replace(']', ', { name: b, kind: ldap, url: ldap://127.0.0.1,') + rest;
  const { priority, rules, matchBy } = mergingOf(read(two));
  expect(matchBy).toEqual(['employeeNumber']);
  expect(rules.map(({ by, among }) => [by, [...among]])).toEqual([['employeeNumber', ['a', 'embedded']]]);
  expect([ruleOf(rules, sourceName('a')).match?.by, ruleOf(rules, sourceName('b'))]).toEqual(['employeeNumber', {}]);
  expect(priority).toEqual({ order: ['a', 'b', 'embedded'], prefer: {} });
  const preferring = `${two}\nfields: { title: { from: b }, fax: { from: [embedded, b] } }`;
  expect(mergingOf(read(preferring)).priority.prefer).toEqual({ title: ['b'], fax: ['embedded', 'b'] });
  expect(mistake(`${two}\nfields: { title: { from: [a, c] } }`)).toContain('title.from: there is no source c');
  expect(mistake(source(', matchBy: name'))).toContain('employeeNumber or mail');
});

test('a missing file says which and why', () => {
  expect(() => readConfig(join(folder, 'none.yaml'), {}, {})).toThrow(/cannot read .*none\.yaml: ENOENT/);
});

test('a file that repeats itself a billion times is refused', () => {
  const lines = ['a: &a [x, x, x, x, x, x, x, x, x]'];
  for (const [name, of] of Object.entries({ b: 'a', c: 'b', d: 'c', e: 'd', f: 'e', g: 'f', h: 'g', i: 'h' }))
    lines.push(`${name}: &${name} [${`*${of},`.repeat(9)}]`);
  expect(mistake(lines.join('\n'))).not.toBe('no mistake');
});

const audiences = (list: string, more = ''): string => `audiences: [${list}]\n${more}`;
const everybody = '{ name: everyone }';

test('an audience says who reads, whom and what of them; a number to dial goes with its telephone, the name with everybody', () => {
  const text = audiences(
    `{ name: suppliers, readers: { company: [Acme, "Bolt*"] }, persons: { department: Purchasing }, fields: [officeTelephone, mail] }, ${everybody}`,
  );
  const { audiences: rules } = read(text);
  expect(rules[0]).toEqual({
    name: 'suppliers',
    readers: [{ kind: 'field', field: 'company', values: ['Acme', 'Bolt*'] }],
    persons: [{ kind: 'field', field: 'department', values: ['Purchasing'] }],
    same: [],
    fields: ['name', 'officeTelephone', 'mail', 'officeTelephoneUri'],
  });
  expect(rules[1]).toMatchObject({ readers: [], persons: [] });
});

test('an audience may be by groups, of which one is enough, beside fields, all of which must fit', () => {
  const text = audiences(
    `{ name: a, readers: { group: Board }, persons: { group: ["cn=staff,dc=x", Guests], city: Rome } }, ${everybody}`,
  );
  expect(read(text).audiences[0]).toMatchObject({
    readers: [{ kind: 'group', groups: ['Board'] }],
    persons: [
      { kind: 'group', groups: ['cn=staff,dc=x', 'Guests'] },
      { kind: 'field', field: 'city', values: ['Rome'] },
    ],
  });
});

test('an audience may be by what is the same of reader and person, in one field or several, beside other conditions', () => {
  const text = audiences(
    `{ name: a, readers: { title: x }, persons: { same: department } }, { name: b, persons: { same: [city, company], group: Staff } }`,
  );
  expect(read(text).audiences).toMatchObject([
    { persons: [], same: ['department'] },
    { persons: [{ kind: 'group', groups: ['Staff'] }], same: ['city', 'company'] },
  ]);
});

test('what parts departments is a text that is not empty, as it is written', () => {
  expect(read("departmentSeparator: ' > '").departmentSeparator).toBe(' > ');
  expect(read('').departmentSeparator).toBeUndefined();
  for (const wrong of ["''", '7', '[]']) expect(mistake(`departmentSeparator: ${wrong}`)).toContain('is not right');
});

test('a class stands for the fields that have it by the settings', () => {
  const shown = (list: string, more?: string): readonly string[] => {
    const text = audiences(`{ name: a, readers: { title: x }, ${list} }, ${everybody}`, more);
    return read(text).audiences[0]?.fields ?? [];
  };
  expect(shown('')).toContain('mobileTelephone');
  expect(shown('')).not.toContain('homeTelephoneUri');
  expect(shown('', 'fields: { mobileTelephone: { class: restricted } }')).not.toContain('mobileTelephone');
  expect(shown('fields: [public]')).not.toContain('mobileTelephone');
  expect(shown('fields: [public]', 'fields: { mobileTelephone: { class: public } }')).toContain('mobileTelephoneUri');
  expect(shown('fields: [restricted]')).toEqual(expect.arrayContaining(['name', 'homeTelephone', 'extra15']));
});

test.each([
  ['{ name: a, readers: { title: x } }', 'the last audience must have no readers'],
  [`${everybody}, { name: a }`, 'only the last audience may be without readers'],
  [`{ name: everyone, readers: { title: x } }, ${everybody}`, 'two audiences have the same name'],
  ['{ name: Every/one }', 'audiences.0.name: "Every/one" is not right: a name of lower-case letters'],
  [`{ name: a, readers: { costCentre: x } }, ${everybody}`, `"costCentre" is not a field, and not 'group'`],
  [`{ name: a, readers: { group: [] } }, ${everybody}`, 'a value or a list of them'],
  [`{ name: a, readers: { groups: x } }, ${everybody}`, '"groups" is not a field'],
  [`{ name: a, readers: { same: department } }, ${everybody}`, `"same" is not a field, and not 'group'`],
  [`{ name: a, readers: { title: x }, persons: { same: group } }, ${everybody}`, "'same' names fields"],
  [`{ name: a, readers: { title: x }, persons: { same: [] } }, ${everybody}`, 'a value or a list of them'],
  [`{ name: a, readers: { title: x }, persons: { samy: x } }, ${everybody}`, `and not 'group' or 'same'`],
  [`{ name: a, readers: { faxUri: x } }, ${everybody}`, '"faxUri" is not a field'],
  [`{ name: a, readers: { title: [] } }, ${everybody}`, 'a value or a list of them'],
  [`{ name: a, readers: { title: "" } }, ${everybody}`, 'a value or a list of them'],
  [`{ name: a, readers: { title: 7 } }, ${everybody}`, 'a value or a list of them'],
  [`{ name: a, readers: { title: x }, persons: { toString: x } }, ${everybody}`, '"toString" is not a field'],
  [`{ name: a, readers: { title: x }, fields: [secret] }, ${everybody}`, '"secret" is neither a field'],
  [`{ name: a, readers: { title: x }, fields: [] }, ${everybody}`, 'fields, and classes of fields'],
  [
    `{ name: a, readers: { title: x }, people: {} }, ${everybody}`,
    'no such setting; here go name, readers, persons, fields',
  ],
  [
    `${Array.from({ length: 30 }, (_, at) => `{ name: a${at}, readers: { title: x } }`).join(', ')}, ${everybody}`,
    'there may be at most 30 audiences',
  ],
])('a mistake in the audiences is told, and nothing of them is in force: %s', (list, problem) => {
  expect(mistake(audiences(list))).toContain(problem);
});

test('a source that a SCIM client writes has a token of its own, as a hash or in a file, and nothing of a directory', () => {
  const scim = (more: string) => `sources: [{ name: cloud, kind: scim${more} }]`;
  const hash = 'a'.repeat(64);
  const tokens = (more: string): readonly string[] =>
    read(scim(more)).sources.filter(isScimConfig).flatMap(tokenHashesOf);
  expect(tokens(`, tokenHash: ${hash.toUpperCase()}`)).toEqual([hash]);
  expect(tokens(`, tokenHash: [${hash}, ${hash}]`)).toEqual([hash, hash]);
  expect(read(scim(`, tokenHash: ${hash}, matchBy: employeeNumber, brake: { count: 3 }`)).sources[0]).toMatchObject({
    kind: 'scim',
    matchBy: 'employeeNumber',
    brake: { count: 3, percent: 2, settleSeconds: 5 },
  });
  expect(mistake(scim(''))).toContain('give tokenFile or tokenHash');
  expect(mistake(scim(`, tokenHash: ${hash}, tokenFile: x`))).toContain('and not both');
  expect(mistake(scim(', tokenHash: secret'))).toContain('the SHA-256 of a token');
  expect(mistake(scim(`, tokenHash: ${hash}, url: ldap://x`))).toContain('url');
  expect(mistake(scim(`, tokenHash: ${hash}`).replace('scim', 'scim2'))).toContain(
    "'scim' (a provisioning client writes it)",
  );
  expect(mistake(scim(`, tokenHash: ${hash}`).replace('cloud', 'Cloud'))).toContain('lower-case letters');
  expect(mistake('sources: [scim]')).toContain('sources.0');
  const file = join(folder, 'tokens');
  const inFile = (text: string): readonly string[] => {
    writeFileSync(file, text);
    return tokens(`, tokenFile: ${file}`);
  };
  expect(inFile('0123456789012345678901\r\n\n 0123456789012345678901 \n')).toHaveLength(2);
  expect(() => inFile('short\n')).toThrow(
    'sources.cloud.tokenFile: a token of fewer than 22 characters can be guessed',
  );
  expect(() => inFile(' \n\n')).toThrow('there is no token in it');
  expect(() => tokens(', tokenFile: /nowhere/token')).toThrow('sources.cloud.tokenFile: cannot read');
});

test('a folder of files has a key, an encoding and a pause of its own, and nothing of a directory', () => {
  const files = (more: string) => `sources: [{ name: staff, kind: files${more} }]`;
  expect(read(files(', folder: /srv/hr')).sources[0]).toMatchObject({
    kind: 'files',
    folder: '/srv/hr',
    every: 60_000,
  });
  expect(mistake(files(''))).toContain('sources.0.folder: is missing');
  expect(mistake(files(', folder: /srv/hr, encoding: klingon'))).toContain('the name of an encoding');
  expect(mistake(files(', folder: /srv/hr, every: 1ms'))).toContain('a length of time from 1s to 7d');
  expect(mistake(files(', folder: /srv/hr, bindDn: cn=x'))).toContain('bindDn: no such setting');
});
