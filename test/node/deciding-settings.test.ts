import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { classesInEffect } from '../../src/book/field.ts';
import { directorySchema, type DirectoryConfig } from '../../src/node/directory-config.ts';
import { changedSettings, inForce, settingsOf } from '../../src/node/deciding-settings.ts';

const written = {
  name: 'windows',
  kind: 'ad',
  url: ['ldaps://dc1.example.com', 'ldaps://dc2.example.com'],
  bindDn: 'cn=reader,dc=example,dc=com',
  password: 'secret',
  base: 'dc=example,dc=com',
  filter: '(objectClass=user)',
  attributes: { department: ['ou', { attribute: 'dept', transform: 'rdn' }], fax: [] },
  telephone: { country: 'CN', area: '010' },
  leaveOut: ['disabled', 'hidden'],
};
const read = (source: object): DirectoryConfig => v.parse(directorySchema, source);
const before = settingsOf(read(written));

/** The same in another order of names. */
const shuffled = (value: unknown): fc.Arbitrary<unknown> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fc.constant(value);
  const entries = Object.entries(value);
  return fc
    .tuple(
      fc.shuffledSubarray(entries, { minLength: entries.length }),
      fc.record(Object.fromEntries(entries.map(([name, each]) => [name, shuffled(each)]))),
    )
    .map(([order, values]) => Object.fromEntries(order.map(([name]) => [name, values[name]])));
};

test('the order of names and the white space of the file make no other settings', () =>
  fc.assert(
    fc.property(
      shuffled(written),
      fc.record({
        indent: fc.integer({ min: 1, max: 8 }),
        collectionStyle: fc.constantFrom('any' as const, 'flow' as const, 'block' as const),
        lineWidth: fc.constantFrom(0, 20, 80),
      }),
      (source, style) => {
        expect(settingsOf(read(parse(stringify(source, style)) as object))).toBe(before);
      },
    ),
    { numRuns: 50 },
  ));

describe('are others where they decide', () => {
  test.each([
    ['filter', { filter: '(objectClass=person)' }],
    ['base', { base: 'dc=example,dc=org' }],
    ['bindDn', { bindDn: 'cn=other,dc=example,dc=com' }],
    ['kind', { kind: 'openldap', leaveOut: undefined }],
    ['attributes', { attributes: { department: [{ attribute: 'dept', transform: 'rdn' }, 'ou'], fax: [] } }],
    ['telephone', { telephone: { country: 'CN', area: '020' } }],
    ['telephone', { telephone: undefined }],
    ['matchBy', { matchBy: 'mail' }],
    ['leaveOut', { leaveOut: ['disabled'] }],
    ['hosts', { url: 'ldaps://dc1.example.com' }],
  ])('%s', (name, more) => {
    expect(changedSettings(before, settingsOf(read({ ...written, ...more })))).toContain(name);
  });

  test('a field that is restricted now, and so not read', () => {
    const classes = classesInEffect({ fax: 'restricted' });
    const named = settingsOf({ ...read(written), classes: classesInEffect() });
    expect(changedSettings(named, settingsOf({ ...read(written), classes }))).toEqual(['restricted']);
  });
});

test.each([
  { password: 'another' },
  { url: ['ldap://dc2.example.com:3890', 'ldaps://dc1.example.com:636', 'ldap://dc1.example.com'] },
  { leaveOut: ['hidden', 'disabled'] },
  { compareEvery: '1h', compareKeysEvery: '1m' },
  { brake: { count: 1 }, logInAttribute: 'mail', startTls: true, caFile: '/etc/ca.pem', allowClearText: true },
])('are the same where it is no matter: %j', (more) => {
  expect(settingsOf(read({ ...written, ...more }))).toBe(before);
});

test('no password is in them', () => expect(before).not.toContain('secret'));

test('while changed ones wait, people are looked for by those of before', () => {
  const now = read({ ...written, base: 'dc=elsewhere', filter: '(uid=x)', logInAttribute: 'mail' });
  expect(inForce(now, before)).toMatchObject({ base: written.base, filter: written.filter, logInAttributes: ['mail'] });
  expect(inForce(now, undefined)).toBe(now);
});
