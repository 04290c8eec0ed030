import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concat, textOf, utf8 } from '../../src/base/bytes.ts';
import { AttributeNames, attributeName } from '../../src/ldap/attributes.ts';
import { element, enumerated, integer, octets, text } from '../../src/ldap/ber.ts';
import { LdapFault } from '../../src/ldap/fault.ts';
import { noticeOfDisconnection, parseMessage } from '../../src/ldap/message.ts';
import { printRequest } from '../../src/ldap/request.ts';
import { anyOctetsParse } from './hostile.ts';
import { bindResult, entryMessage, notice, searchDone, serverMessage } from './server-messages.ts';

const parse = (bytes: Uint8Array): ReturnType<typeof parseMessage> => parseMessage(bytes, new AttributeNames());
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('an entry reads as it was written: DN, names, values', () =>
  fc.assert(
    fc.property(
      fc.string(),
      fc.uniqueArray(fc.constantFrom('cn', 'sn', 'mail', 'title', 'l', 'cn;lang-zh'), { maxLength: 6 }),
      fc.array(fc.string(), { minLength: 1, maxLength: 4 }),
      (dn, names, values) => {
        const attributes = Object.fromEntries(names.map((name) => [name, values]));
        const { id, operation } = parse(entryMessage(7, { dn, attributes }));
        expect(id).toBe(7);
        if (operation.kind !== 'entry') throw new Error(operation.kind);
        expect(operation.dn).toBe(dn);
        expect(new Map([...operation.attributes].map(([name, each]) => [name, each.map(textOf)]))).toEqual(
          new Map(Object.entries(attributes)),
        );
      },
    ),
  ));

test('attribute descriptions are the same whatever their case and the order of their options (RFC 4512 §2.5)', () => {
  expect(attributeName('CN;lang-ZH;Binary')).toBe('cn;binary;lang-zh');
  expect(attributeName('telephoneNumber')).toBe('telephonenumber');
  const names = new AttributeNames();
  expect([names.of(utf8('CN;Lang-zh')), names.of(utf8('CN;Lang-zh'))]).toEqual(['cn;lang-zh', 'cn;lang-zh']);
});

test('names whose hashes collide are not taken for each other', () => {
  // 31 * 'A' + 'a' = 31 * 'B' + 'B'
  const names = new AttributeNames();
  expect(['Aa', 'BB', 'Aa', 'BB'].map((name) => names.of(utf8(name)))).toEqual(['aa', 'bb', 'aa', 'bb']);
});

test('an attribute that stands twice in an entry keeps the values of both', () => {
  const { operation } = parse(entryMessage(1, { dn: 'x', attributes: { cn: ['a'], CN: ['b'] } }));
  if (operation.kind !== 'entry') throw new Error(operation.kind);
  expect(operation.attributes.get('cn')?.map(textOf)).toEqual(['a', 'b']);
});

test('results carry their code, matched DN and diagnostic; unknown parts are passed over (RFC 4511 §4.1.9)', () => {
  const referral = element(0xa3, text('ldap://elsewhere/'));
  const done = serverMessage(3, element(0x65, enumerated(10), text('dc=com'), text('see there'), referral));
  expect(parse(done).operation).toEqual({
    kind: 'result',
    of: 'search',
    result: { code: 10, matchedDn: 'dc=com', diagnostic: 'see there' },
    name: '',
  });
  expect(parse(bindResult(1, 49)).operation).toMatchObject({ of: 'bind', result: { code: 49 } });
  expect(parse(notice(52))).toMatchObject({ id: 0, operation: { name: noticeOfDisconnection } });
  expect(parse(serverMessage(4, element(0x73, text('ldap://elsewhere/')))).operation.kind).toBe('reference');
});

test('controls read with and without criticality and value', () => {
  const controls = [
    element(0x30, text('1.2.3')),
    element(0x30, text('1.2.4'), element(1, Uint8Array.of(0xff)), octets(Uint8Array.of(9))),
  ];
  expect(parse(serverMessage(1, element(0x65, enumerated(0), text(''), text('')), ...controls)).controls).toEqual([
    { type: '1.2.3', critical: false, value: undefined },
    { type: '1.2.4', critical: true, value: Uint8Array.of(9) },
  ]);
});

const nested = (depth: number): Uint8Array => (depth === 0 ? element(0x30) : element(0x30, nested(depth - 1)));

test.each([
  ['an empty message', element(0x30)],
  ['a message ID below 0', serverMessage(-1, element(0x65, enumerated(0), text(''), text('')))],
  ['a request in place of a response', printRequest(1, { kind: 'unbind' })],
  ['a message ID alone', element(0x30, integer(1))],
  ['sequences within sequences', nested(2000)],
  ['a result without a code', serverMessage(1, element(0x65, text('')))],
  [
    'an entry whose list runs over it',
    element(0x30, integer(1), Uint8Array.of(0x64, 4, 4, 0, 0x30, 9, 1, 1, 1, 1, 1, 1, 1, 1, 1)),
  ],
])('%s is refused', (_, bytes) => {
  expect(() => parse(bytes)).toThrow(LdapFault);
});

test('whatever the bytes, parsing gives a message or an LdapFault', () =>
  fc.assert(anyOctetsParse.property, { numRuns: 3000 }));

test('requests are the bytes that RFC 4511 says', () => {
  expect(hex(printRequest(1, { kind: 'bind', dn: 'cn=a', password: 'b' }))).toBe(
    '3011020101600c0201030404636e3d61800162',
  );
  expect(hex(printRequest(2, { kind: 'unbind' }))).toBe('30050201024200');
  expect(hex(printRequest(3, { kind: 'abandon', id: 2 }))).toBe('3006020103500102');
  expect(hex(printRequest(4, { kind: 'delete', dn: 'a' }))).toBe('30060201044a0161');
  expect(hex(printRequest(5, { kind: 'start-tls' }))).toBe(`301d02010577188016${hex(utf8('1.3.6.1.4.1.1466.20037'))}`);
  const search = { base: '', scope: 'base', filter: '(objectClass=*)', attributes: ['1.1'], sizeLimit: 0 } as const;
  const filter = `870b${hex(utf8('objectClass'))}`;
  expect(hex(printRequest(6, { kind: 'search', search }))).toBe(
    `302a020106632504000a01000a0100020100020100010100${filter}30050403${hex(utf8('1.1'))}`,
  );
});

test('an empty password is not sent, an anonymous bind is (RFC 4513 §5.1.1, §5.1.2)', () => {
  expect(() => printRequest(1, { kind: 'bind', dn: 'cn=a', password: '' })).toThrow(/empty password/);
  expect(printRequest(1, { kind: 'bind', dn: '', password: '' }).length).toBe(14);
});

test('what follows a message in the same bytes is not read as part of it', () => {
  const two = concat([searchDone(1), searchDone(2)]);
  expect(parse(two.subarray(0, searchDone(1).length)).id).toBe(1);
});
