import fc from 'fast-check';
import { expect, test } from 'vitest';
import { element, integer, octets } from '../../src/ldap/ber.ts';
import { LdapFault } from '../../src/ldap/fault.ts';
import { firstPage, nextPage, pageRequest } from '../../src/ldap/paging.ts';

const type = '1.2.840.113556.1.4.319';
const answer = (cookie: Uint8Array, estimate = 0) => ({
  type,
  critical: false,
  value: element(0x30, integer(estimate), octets(cookie)),
});

test('the first page is asked for without a cookie, and the server must know pages (RFC 2696 §3)', () => {
  expect(pageRequest(500, firstPage)).toEqual({
    type,
    critical: true,
    value: Uint8Array.of(0x30, 6, 2, 2, 1, 0xf4, 4, 0),
  });
});

test('whatever cookie a page came with asks for the next; an empty one ends', () =>
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(), (cookie, estimate) => {
      const next = nextPage([{ type: '1.2.3', critical: false, value: undefined }, answer(cookie, estimate)]);
      expect(next).toEqual(cookie.length === 0 ? undefined : cookie);
    }),
  ));

test('the cookie does not keep the received bytes', () => {
  const control = answer(Uint8Array.of(1, 2, 3));
  const next = nextPage([control]);
  control.value.fill(0);
  expect(next).toEqual(Uint8Array.of(1, 2, 3));
});

test.each([
  ['no control at all', []],
  ['one without a value', [{ type, critical: false, value: undefined }]],
  ['one that is cut', [{ type, critical: false, value: Uint8Array.of(0x30, 9, 2, 1, 0) }]],
  ['one that is no sequence', [{ type, critical: false, value: Uint8Array.of(2, 1, 0) }]],
])('a result whose page is not told, %s, is a fault: it is not taken for the last', (_, controls) => {
  expect(() => nextPage(controls)).toThrow(LdapFault);
});
