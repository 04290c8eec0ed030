import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textOf, utf8 } from '../../src/base/bytes.ts';
import { BerReader, element, octets, text } from '../../src/ldap/ber.ts';
import { LdapFault } from '../../src/ldap/fault.ts';
import { filterValue, printFilter } from '../../src/ldap/filter.ts';
import { anyFilterPrints } from './hostile.ts';

const equal = (name: string, value: string): Uint8Array => element(0xa3, text(name), text(value));

// The examples of RFC 4515 §4.
test.each([
  ['(cn=Babs Jensen)', equal('cn', 'Babs Jensen')],
  ['(!(cn=Tim Howes))', element(0xa2, equal('cn', 'Tim Howes'))],
  [
    '(&(objectClass=Person)(|(sn=Jensen)(cn=Babs J*)))',
    element(
      0xa0,
      equal('objectClass', 'Person'),
      element(0xa1, equal('sn', 'Jensen'), element(0xa4, text('cn'), element(0x30, text('Babs J', 0x80)))),
    ),
  ],
  [
    '(o=univ*of*mich*)',
    element(0xa4, text('o'), element(0x30, text('univ', 0x80), text('of', 0x81), text('mich', 0x81))),
  ],
  ['(seeAlso=)', equal('seeAlso', '')],
  [
    '(cn:caseExactMatch:=Fred Flintstone)',
    element(0xa9, text('caseExactMatch', 0x81), text('cn', 0x82), text('Fred Flintstone', 0x83)),
  ],
  ['(cn:=Betty Rubble)', element(0xa9, text('cn', 0x82), text('Betty Rubble', 0x83))],
  [
    '(sn:dn:2.4.6.8.10:=Barney Rubble)',
    element(
      0xa9,
      text('2.4.6.8.10', 0x81),
      text('sn', 0x82),
      text('Barney Rubble', 0x83),
      element(0x84, Uint8Array.of(0xff)),
    ),
  ],
  [
    '(o:dn:=Ace Industry)',
    element(0xa9, text('o', 0x82), text('Ace Industry', 0x83), element(0x84, Uint8Array.of(0xff))),
  ],
  ['(:1.2.3:=Wilma Flintstone)', element(0xa9, text('1.2.3', 0x81), text('Wilma Flintstone', 0x83))],
  [
    '(:DN:2.4.6.8.10:=Dino)',
    element(0xa9, text('2.4.6.8.10', 0x81), text('Dino', 0x83), element(0x84, Uint8Array.of(0xff))),
  ],
  [
    '(o=Parens R Us \\28for all your parenthetical needs\\29)',
    equal('o', 'Parens R Us (for all your parenthetical needs)'),
  ],
  ['(cn=*\\2A*)', element(0xa4, text('cn'), element(0x30, text('*', 0x81)))],
  ['(filename=C:\\5cMyFile)', equal('filename', 'C:\\MyFile')],
  ['(bin=\\00\\00\\00\\04)', element(0xa3, text('bin'), octets(Uint8Array.of(0, 0, 0, 4)))],
  ['(sn=Lu\\c4\\8di\\c4\\87)', equal('sn', 'Lučić')],
  [
    '(1.3.6.1.4.1.1466.0=\\04\\02\\48\\69)',
    element(0xa3, text('1.3.6.1.4.1.1466.0'), octets(Uint8Array.of(4, 2, 0x48, 0x69))),
  ],
  ['(uid>=5)', element(0xa5, text('uid'), text('5'))],
  ['(uid<=5)', element(0xa6, text('uid'), text('5'))],
  ['(cn~=Ada)', element(0xa8, text('cn'), text('Ada'))],
  ['(mail=*)', text('mail', 0x87)],
  ['(cn;lang-zh=王*)', element(0xa4, text('cn;lang-zh'), element(0x30, text('王', 0x80)))],
  ['(&)', element(0xa0)],
  ['(a=b=c)', equal('a', 'b=c')],
])('%s', (filter, expected) => {
  expect(printFilter(filter)).toEqual(expected);
});

test.each([
  '',
  '(',
  ')',
  '()',
  'cn=x',
  '(cn=x',
  '(cn=x))',
  '(cn=x)(sn=y)',
  '(cn)',
  '(=x)',
  '(c n=x)',
  '(cn=\\2)',
  '(cn=\\zz)',
  '(cn=a(b)',
  '(cn=**)',
  '(!)',
  '(!(a=b)(c=d))',
  '(:=x)',
  '(:dn:=x)',
  '(a:b:c:=x)',
  '(&(a=b)',
  '(cn=\0)',
  '(>=5)',
])('%j is refused, and where is told', (filter) => {
  expect(() => printFilter(filter)).toThrow(/at character \d+/);
});

test('a filter nested without end is refused, not followed', () => {
  expect(() => printFilter(`${'(!'.repeat(100_000)}(a=b)${')'.repeat(100_000)}`)).toThrow(LdapFault);
});

test('whatever a person types, escaped, is found as typed and changes nothing else of the filter', () =>
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('*', '(', ')', '\\', '\0', '王', 'a') })),
      (typed) => {
        fc.pre(typed.isWellFormed());
        const reader = new BerReader(printFilter(`(uid=${filterValue(typed)})`));
        reader.open(0xa3);
        expect([reader.text(), textOf(reader.octets())]).toEqual(['uid', typed]);
        expect(utf8(filterValue(typed))).not.toContain(0);
      },
    ),
  ));

test('whatever the text, it prints or it is refused by LdapFault', () =>
  fc.assert(anyFilterPrints.property, { numRuns: 2000 }));
