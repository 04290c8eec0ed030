import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LdapFault } from '../../src/ldap/fault.ts';
import { wallTime } from '../../src/base/time.ts';
import { mergeCookies, searchMark, stored, usable } from '../../src/ldap/sync-cookie.ts';
import { entryKeyOf, parseSyncInfo, parseSyncState, syncCookie, syncRequest } from '../../src/ldap/sync.ts';

const csn = (second: number, server: number): string =>
  `202601010000${String(second).padStart(2, '0')}.000000Z#000000#00${server}#000000`;
const mark = searchMark(['base', 'filter']);
const wholeAt = wallTime(1_767_225_600_000);

test('trap 1: `sid=` is taken out of a cookie, `rid=` stays', () => {
  expect(mergeCookies(undefined, `rid=007,sid=001,csn=${csn(1, 1)}`)).toBe(`rid=007,csn=${csn(1, 1)}`);
  expect(usable(mark, stored({ mark, wholeAt }, `rid=007,sid=001,csn=${csn(1, 1)}`))).toBe(`rid=007,csn=${csn(1, 1)}`);
});

test('trap 1: a cookie without `rid=`, which OpenLDAP would ignore, gets one', () => {
  expect(mergeCookies(undefined, `csn=${csn(1, 1)}`)).toBe(`rid=000,csn=${csn(1, 1)}`);
});

test('trap 2: change sequence numbers are merged by server; the greater one of each stays', () => {
  const held = `rid=000,csn=${csn(5, 1)};${csn(5, 2)}`;
  expect(mergeCookies(held, `rid=000,sid=001,csn=${csn(7, 2)}`)).toBe(`rid=000,csn=${csn(5, 1)};${csn(7, 2)}`);
  expect(mergeCookies(held, `rid=000,sid=001,csn=${csn(3, 1)};${csn(9, 3)}`)).toBe(
    `rid=000,csn=${csn(5, 1)};${csn(5, 2)};${csn(9, 3)}`,
  );
});

test('trap 2: in whatever order cookies come, and however often, the same is known', () =>
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(59), fc.integer({ min: 1, max: 4 })), { minLength: 1, maxLength: 12 }),
      fc.infiniteStream(fc.nat()),
      (changes, order) => {
        const cookies = changes.map(([second, server]) => `rid=000,csn=${csn(second, server)}`);
        const shuffled = [...cookies, ...cookies]
          .map((cookie) => ({ cookie, at: order.next().value ?? 0 }))
          .sort((one, other) => one.at - other.at);
        const known = (list: readonly string[]): string | undefined =>
          list.reduce<string | undefined>((held, next) => mergeCookies(held, next), undefined);
        expect(known(shuffled.map(({ cookie }) => cookie))).toBe(known(cookies));
      },
    ),
  ));

test('trap 3: a cookie that is garbage, empty, or of another search is as none', () => {
  for (const useless of [
    'garbage',
    '',
    mark,
    `${mark} rid=000,csn=${csn(1, 1)}`,
    `${mark}@ rid=000,csn=${csn(1, 1)}`,
    `${mark}@soon rid=000,csn=${csn(1, 1)}`,
    `${mark}@1767225600 `,
    `${mark}@1767225600 rid=000`,
    `${mark}@1767225600 rid=000,csn=`,
    `${mark}@1767225600 rid=000,csn=junk`,
    `${mark}@1767225600 rid=xyz,csn=${csn(1, 1)}`,
    `${mark}@1767225600 server:389#cn=x:dc=y:(a=b)#0`,
    `${mark}@1767225600 \0\u0001`,
    stored({ mark: searchMark(['base', 'another filter']), wholeAt }, `rid=000,csn=${csn(1, 1)}`),
  ])
    expect(usable(mark, syncCookie(useless))).toBeUndefined();
});

test('trap 4: an empty cookie, or none, or a damaged one, leaves what is known as it is', () => {
  const held = `rid=000,csn=${csn(5, 1)}`;
  for (const nothing of [undefined, '', 'rid=000', 'rid=000,csn=junk']) {
    expect(mergeCookies(held, nothing)).toBe(held);
    expect(mergeCookies(undefined, nothing)).toBeUndefined();
  }
});

test('a cookie of another make (389-DS) is kept as it is, the newest one', () => {
  const opaque = 'dir.example.com:389#cn=sync,dc=com:dc=com:(objectClass=*)#41';
  expect(mergeCookies('dir.example.com:389#x#40', opaque)).toBe(opaque);
  expect(usable(mark, stored({ mark, wholeAt }, opaque))).toBe(opaque);
});

test('389-DS: what has not the form of its cookies is never sent to it: it crashes on some', () => {
  const good = 'dir.example.com:389#cn=sync,dc=com:dc=com:(|(cn=a#b)(sn=李))#41';
  expect(usable(mark, stored({ mark, wholeAt }, good))).toBe(good);
  for (const wrong of [
    'dir.example.com:389',
    'dir.example.com:389#',
    'dir.example.com:389#41',
    'dir.example.com:389#a:b:c',
    'dir.example.com:389#a:b:c#',
    'dir.example.com:389#a:b:c#0',
    'dir.example.com:389#a:b:c#-1',
    'dir.example.com:389#a:b:c#041',
    'dir.example.com:389#a:b:c#41x',
    `dir.example.com:389#a:b:c#${'9'.repeat(21)}`,
    'dir.example.com#a:b:c#41',
    'dir example com:389#a:b:c#41',
    'dir.example.com:389#a:\0:c#41',
    '#a:b:c#41',
    'of another make',
  ])
    expect(usable(mark, stored({ mark, wholeAt }, wrong)), wrong).toBeUndefined();
});

test('389-DS: an nsUniqueId names the same entry as the syncUUID that is made of it', () => {
  const key = '2f9cc295-e964-11f1-8977-97ff2955a290';
  expect(entryKeyOf('2f9cc295-e96411f1-897797ff-2955a290')).toBe(key);
  expect(entryKeyOf('2F9CC295-E964-11F1-8977-97FF2955A290')).toBe(key);
});

test('a cookie goes back to the server octet for octet', () => {
  const all = Array.from({ length: 128 }, (_, index) => String.fromCharCode(index + 128)).join('');
  const { value, critical } = syncRequest(all);
  expect(critical).toBe(true);
  expect(Buffer.from(value ?? []).toString('latin1')).toContain(all);
});

test('marks differ where base, filter, attributes or account differ', () =>
  fc.assert(
    fc.property(fc.array(fc.string()), fc.array(fc.string()), (one, other) => {
      expect(searchMark(one) === searchMark(other)).toBe(JSON.stringify(one) === JSON.stringify(other));
    }),
  ));

test.each([
  ['a state of 4', parseSyncState, `30150a01040410${'00'.repeat(16)}`],
  ['a UUID of 15 bytes', parseSyncState, `30140a0101040f${'00'.repeat(15)}`],
  ['nothing', parseSyncState, ''],
  ['an info of no kind', parseSyncInfo, 'a400'],
  ['an ID set with a UUID of one byte', parseSyncInfo, 'a3053103040100'],
  ['an ID set without a set', parseSyncInfo, 'a300'],
])('%s is refused', (_, parse, hex) => {
  expect(() => parse(Uint8Array.from(Buffer.from(hex, 'hex')))).toThrow(LdapFault);
});
