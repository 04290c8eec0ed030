import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dirSync, dirSyncAnswer, extendedDn, guidOfDn, plainDn } from '../../src/ldap/dirsync.ts';
import { attributesOfFilter } from '../../src/ldap/filter.ts';
import { guidFilter, guidOf } from '../../src/ldap/object-guid.ts';
import { joinedRanges, openRanges, rangeRequest } from '../../src/ldap/ranges.ts';
import { advice, bindProblem, describe as described } from '../../src/ldap/result-code.ts';

const bytes = (hexadecimal: string): Uint8Array => Uint8Array.from(Buffer.from(hexadecimal.replaceAll(' ', ''), 'hex'));

describe('an objectGUID', () => {
  test('has its first three fields little-endian (MS-DTYP 2.3.4.2)', () => {
    // The well-known container of users, as MS-ADTS 6.1.1.4 writes it, and its octets.
    expect(guidOf(bytes('15cad1a9 882f d111 aded 00c04fd8d5cd'))).toBe('a9d1ca15-2f88-11d1-aded-00c04fd8d5cd');
  });

  test('is found by its octets', () => {
    expect(guidFilter(guidOf(bytes('15cad1a9882fd111aded00c04fd8d5cd')))).toBe(
      String.raw`(objectGUID=\15\ca\d1\a9\88\2f\d1\11\ad\ed\00\c0\4f\d8\d5\cd)`,
    );
  });

  test('and its filter are of the same octets, whatever they are', () =>
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (guid) => {
        expect(
          guidFilter(guidOf(guid))
            .replaceAll(/[^0-9a-f]|objectGUID/g, '')
            .slice(-32),
        ).toBe(Buffer.from(guid).toString('hex'));
      }),
    ));
});

describe('the DirSync control (MS-ADTS 3.1.1.3.4.1.3)', () => {
  test('has flags, size and cookie, and asks for changed values of links', () => {
    expect(dirSync(0, bytes('4d534453'))).toEqual({
      type: '1.2.840.113556.1.4.841',
      critical: true,
      value: bytes('3011 020480000000 0203400000 04044d534453'),
    });
    expect(dirSync(1, new Uint8Array(0)).value).toEqual(bytes('300d 020480000001 0203400000 0400'));
  });

  test('its answer says whether there is more', () => {
    const answer = (value: string) =>
      dirSyncAnswer([{ type: '1.2.840.113556.1.4.841', critical: false, value: bytes(value) }]);
    expect(answer('3009 020100 020100 04014d')).toEqual({ more: false, cookie: bytes('4d') });
    expect(answer('3009 020101 020100 04014d')).toMatchObject({ more: true });
    expect(() => answer('3008 020100 020100 0400')).toThrow('empty cookie');
    expect(() => answer('3003 020100')).toThrow('malformed BER');
    expect(() => dirSyncAnswer([])).toThrow('without its cookie');
  });
});

test('an extended DN names an object, and is a DN (MS-ADTS 3.1.1.3.4.1.5)', () => {
  const guid = 'A9D1CA15-2f88-11d1-aded-00c04fd8d5cd';
  for (const sid of ['', '<SID=S-1-5-21-1-2-3-1105>;']) {
    expect(plainDn(`<GUID=${guid}>;${sid}CN=Ada;x,DC=test`)).toBe('CN=Ada;x,DC=test');
    expect(guidOfDn(`<GUID=${guid}>;${sid}CN=Ada,DC=test`)).toBe(guid.toLowerCase());
  }
  expect(plainDn('CN=Ada,DC=test')).toBe('CN=Ada,DC=test');
  expect(guidOfDn('CN=Ada,DC=test')).toBeUndefined();
  expect(extendedDn.value).toEqual(bytes('3003 020101'));
});

test('ranges are asked for on until the last, and joined (MS-ADTS 3.1.1.3.1.3.3)', () => {
  const one = Uint8Array.of(1);
  const two = Uint8Array.of(2);
  const begun = new Map([
    ['member', []],
    ['member;range=0-0', [one]],
    ['cn', [one]],
  ]);
  expect(openRanges(begun).map(rangeRequest)).toEqual(['member;range=1-*']);
  expect(openRanges(new Map([['member;range=1-*', [two]]]))).toEqual([]);
  expect(joinedRanges(new Map([...begun, ['member;range=1-*', [two]]]))).toEqual(
    new Map([
      ['member', [one, two]],
      ['cn', [one]],
    ]),
  );
});

test.each([
  ['(objectCategory=person)', ['objectcategory']],
  ['(&(objectClass=user)(!(department=Secret))(|(mail=*)(cn>=m)))', ['objectclass', 'department', 'mail', 'cn']],
  ['(userAccountControl:1.2.840.113556.1.4.803:=2)', ['useraccountcontrol']],
  ['(memberOf:1.2.840.113556.1.4.1941:=CN=a,DC=b)', ['memberof']],
  [String.raw`(cn=a\28b=c\29)`, ['cn']],
  ['(2.5.4.3=x)', ['2.5.4.3']],
  ['(mail=a)(mail=b)', ['mail']],
])('the filter %s tests %j', (filter, attributes) => {
  expect(attributesOfFilter(filter)).toEqual(attributes);
});

describe('what Active Directory says of a refused bind', () => {
  const said = (data: string): string =>
    `80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data ${data}, v2580\0`;

  test.each([
    ['525', 'there is no such account'],
    ['52e', 'the password is wrong'],
    ['52E', 'the password is wrong'],
    ['530', 'the account may not log in at this time of day'],
    ['532', 'the password has expired'],
    ['533', 'the account is disabled'],
    ['701', 'the account has expired'],
    ['773', 'the password must be changed first'],
    ['775', 'the account is locked after too many wrong passwords'],
  ])('data %s: %s', (data, problem) => {
    expect(bindProblem(said(data))).toBe(problem);
  });

  test('a number that is not known, and the words of another make, tell nothing', () => {
    expect(bindProblem(said('999'))).toBeUndefined();
    expect(bindProblem('data 533')).toBeUndefined();
    expect(bindProblem('')).toBeUndefined();
  });

  test('stands before the words of the server', () => {
    expect(described({ code: 49, matchedDn: '', diagnostic: said('775') })).toMatch(
      /^invalidCredentials \(49\), the account is locked after too many wrong passwords: 80090308: .*v2580$/,
    );
  });
});

test('limits are advised about in the words of the product', () => {
  const asked = { dn: 'reader@example.test', base: 'DC=example,DC=test' };
  expect(advice(4, { ...asked, product: 'ad' })).toContain('MaxPageSize');
  expect(advice(4, asked)).toContain('limits dn.exact=');
  expect(advice(12, { ...asked, product: 'ad' })).not.toContain('syncprov');
});
