import fc from 'fast-check';
import { expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { sha256 } from '../../src/node/chance.ts';
import { attributeMap, attributesToAsk, personOf, type EntryAttributes } from '../../src/server/attribute-map.ts';
import { classesInEffect, type Transform } from '../../src/book/field.ts';
import { readingBy } from '../../src/server/telephone.ts';
import { cleaned, joined, problemOf } from '../../src/server/field-value.ts';
import { placeOf } from '../../src/server/place.ts';
import { eventOf } from '../../src/server/source.ts';
import { entryKey } from '../../src/ldap/sync.ts';
import { photo, picture } from '../peers/pictures.ts';

const gb = new TextDecoder('gb18030', { fatal: true });
const decodeGb18030 = (bytes: Uint8Array): string | undefined => {
  try {
    return gb.decode(bytes);
  } catch {
    return undefined; // neither UTF-8 nor GB18030: no value
  }
};
const entry = (values: Readonly<Record<string, readonly (string | Uint8Array)[]>>): EntryAttributes =>
  new Map(
    Object.entries(values).map(([name, each]) => [
      name,
      each.map((value) => (typeof value === 'string' ? utf8(value) : value)),
    ]),
  );
const map = attributeMap({ decodeGb18030 });
const fieldsOf = (values: Parameters<typeof entry>[0], by = map): unknown => personOf(entry(values), by).fields;

test('an inetOrgPerson becomes a person by the table of fields', () => {
  expect(
    personOf(
      entry({
        cn: ['Ada L.'],
        displayname: ['Ada Lovelace'],
        sn: ['Lovelace'],
        givenname: ['Ada'],
        telephonenumber: ['8001'],
        mail: ['ada@example.com'],
        ou: ['Research'],
        sipuri: ['ada@example.com'],
        manager: ['cn=Ben,dc=x'],
      }),
      map,
    ),
  ).toEqual({
    fields: {
      name: 'Ada Lovelace',
      surname: 'Lovelace',
      givenName: 'Ada',
      officeTelephone: '8001',
      mail: 'ada@example.com',
      department: 'Research',
      sipAddress: 'sip:ada@example.com',
    },
    managerDn: 'cn=Ben,dc=x',
  });
});

const adMap = attributeMap({ table: 'ad', decodeGb18030 });

test('a user of Active Directory becomes a person by its own attributes', () => {
  expect(
    personOf(
      entry({
        cn: ['ada'],
        displayname: ['Ada Lovelace'],
        employeeid: ['100001'],
        telephonenumber: ['8001'],
        othertelephone: ['8009', '8010'],
        othermobile: ['+86 138'],
        'msrtcsip-primaryuseraddress': ['sip:ada@example.test'],
        streetaddress: ['1 Long Street'],
        co: ['China'],
        url: ['https://example.test/ada'],
        manager: ['CN=Ben,DC=x'],
        homephone: ['private'],
      }),
      adMap,
    ),
  ).toEqual({
    fields: {
      name: 'Ada Lovelace',
      employeeNumber: '100001',
      officeTelephone: '8001',
      otherTelephones: '+86 138\n8009\n8010',
      sipAddress: 'sip:ada@example.test',
      street: '1 Long Street',
      country: 'China',
      webPage: 'https://example.test/ada',
    },
    managerDn: 'CN=Ben,DC=x',
  });
});

test.each([
  [
    ['SMTP:ada@x', 'smtp:a.l@x', 'sip:ada@sip', 'X400:c=us', 'x500:/o=x'],
    undefined,
    { mail: 'ada@x', otherMails: 'a.l@x', sipAddress: 'sip:ada@sip' },
  ],
  [['smtp:a.l@x'], undefined, { otherMails: 'a.l@x' }],
  [['SMTP:Ada@X', 'smtp:b@x'], 'ada@x', { mail: 'ada@x', otherMails: 'b@x' }],
  [['SMTP:ada@x'], 'ada@x', { mail: 'ada@x' }],
  [['ada@x', ':', 'SMTP:', 'smtp', 'SIP:ada@sip'], undefined, { sipAddress: 'sip:ada@sip' }],
])('proxyAddresses %j beside mail %j are told apart', (proxyaddresses, mail, wanted) => {
  const values = { proxyaddresses, ...(mail !== undefined && { mail: [mail] }) };
  expect(fieldsOf(values, adMap)).toEqual(wanted);
});

test('the order of an attribute’s values is nothing: LDAP sets have none', () =>
  fc.assert(
    fc.property(fc.shuffledSubarray(['b@x', 'a@x', 'c@x', 'a@x'], { minLength: 4 }), (mail) => {
      expect(fieldsOf({ cn: ['Ada'], mail })).toEqual({ name: 'Ada', mail: 'a@x', otherMails: 'b@x\nc@x' });
    }),
  ));

test('a second telephone number is not lost', () => {
  expect(fieldsOf({ cn: ['Ada'], telephonenumber: ['8002', '8001'], mobile: ['139', '138'] })).toEqual({
    name: 'Ada',
    officeTelephone: '8001',
    mobileTelephone: '138',
    otherTelephones: '139\n8002',
  });
});

test('values that are not UTF-8 are GB18030 where they can be, and otherwise none; the next attribute is taken', () => {
  const zhang = Uint8Array.of(0xd5, 0xc5, 0xce, 0xb0);
  expect(fieldsOf({ cn: [zhang] })).toMatchObject({ name: '张伟' });
  expect(fieldsOf({ displayname: [Uint8Array.of(0xff, 0xfe)], cn: ['Ada'] })).toEqual({ name: 'Ada' });
  expect(fieldsOf({ cn: [zhang] }, attributeMap())).toEqual({});
});

test('a Chinese name has its own field and its pinyin by the surname’s reading, unless the directory says them', () => {
  expect(fieldsOf({ cn: ['曾志伟'] })).toEqual({ name: '曾志伟', chineseName: '曾志伟', pinyin: 'Zeng Zhiwei' });
  expect(fieldsOf({ cn: ['Wei'], 'cn;lang-zh': ['欧阳修'] })).toEqual({
    name: 'Wei',
    chineseName: '欧阳修',
    pinyin: 'Ouyang Xiu',
  });
  expect(fieldsOf({ cn: ['吕布'] })).toMatchObject({ pinyin: 'Lü Bu' });
  expect(fieldsOf({ cn: ['单'], 'cn;lang-zh-pinyin': ['Dan'] })).toMatchObject({ pinyin: 'Dan' });
  expect(fieldsOf({ cn: ['司马相如'], sn: ['司马'] })).toMatchObject({ pinyin: 'Sima Xiangru' });
});

test('a name is made of its parts where there is no other, in each script’s order', () => {
  expect(fieldsOf({ sn: ['Lovelace'], givenname: ['Ada'] })).toMatchObject({ name: 'Ada Lovelace' });
  expect(fieldsOf({ sn: ['王'], givenname: ['小明'] })).toMatchObject({ name: '王小明' });
  expect(fieldsOf({ title: ['Nobody'] })).toEqual({ title: 'Nobody' });
  expect(fieldsOf({ cn: ['  \u0007 '] })).toEqual({});
});

test('a postal address is one line, its escapes undone (RFC 4517 §3.3.28)', () => {
  expect(fieldsOf({ cn: ['A'], postaladdress: ['1 Main St$ Suite \\241 $$Paris \\5CX'] })).toMatchObject({
    street: '1 Main St, Suite $1, Paris \\X',
  });
});

test('restricted fields are not asked for; an own mapping goes before the table', () => {
  expect(attributesToAsk(map)).not.toContain('homephone');
  expect(attributesToAsk(map)).toContain('cn');
  expect(attributesToAsk(map).some((name) => name.includes(';'))).toBe(false);
  const own = attributeMap({
    own: {
      homeTelephone: [{ attribute: 'homePhone' }],
      department: [{ attribute: 'X-Dept;Lang-EN' }, { attribute: 'ou' }],
      fax: [],
    },
  });
  expect(attributesToAsk(own)).toEqual(expect.arrayContaining(['homephone', 'x-dept']));
  expect(
    fieldsOf({ cn: ['A'], homephone: ['1'], 'x-dept;lang-en': ['D'], ou: ['O'], facsimiletelephonenumber: ['2'] }, own),
  ).toEqual({ name: 'A', homeTelephone: '1', department: 'D' });
});

test('any bytes give fields that are clean: one line, NFC, nothing unseen, not too long', () =>
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 60 }), { minLength: 1, maxLength: 3 }),
      fc.string({ unit: 'binary', maxLength: 3000 }),
      (values, text) => {
        const { fields } = personOf(entry({ cn: [...values, text], title: [text], ou: values }), map);
        for (const value of Object.values(fields)) {
          expect(value).not.toMatch(/[\p{Cc}\u202e\u2028]/u);
          expect(value).toBe(value.trim().normalize('NFC'));
          expect(value.length).toBeGreaterThan(0);
          expect(value.length).toBeLessThanOrEqual(1024);
        }
      },
    ),
  ));

test('cleaning: decomposed letters are composed, direction marks taken out, and no character is cut in half', () => {
  expect(cleaned('Jose\u0301\t\n  A\u202eda\u0000')).toBe('José Ada');
  expect(cleaned(`${'a'.repeat(1023)}𠮷`)).toBe('a'.repeat(1023));
  expect(joined([' b ', 'a', 'b', ''])).toBe('a\nb');
  expect(joined(Array.from({ length: 100 }, (_, index) => `${index}${'x'.repeat(500)}`)).length).toBeLessThanOrEqual(
    8192,
  );
});

test.each([
  [
    'officeTelephone',
    ['8001', '+86 (10) 8888-8001', '8888.8001 ext. 12', '010-88888001,12', '8001转12'],
    ['call me', '', '--', '80O1', '1'.repeat(2000)],
  ],
  ['mail', ['a@b', '张@example.com'], ['a', 'a@b@c', 'a b@c', '@b', 'a@']],
  ['sipAddress', ['sip:a@b', 'SIPS:8001@x;user=phone', 'sip:8001'], ['a@b', 'tel:1', 'sip:a b', 'sip:']],
  ['manager', ['abcd2'], ['Ada', 'cn=ada', 'a']],
  ['photo', [], ['x']],
] as const)('%s: what is right passes, what is wrong is said with what would be right', (field, right, wrong) => {
  for (const value of right) expect(problemOf(field, value), value).toBeUndefined();
  for (const value of wrong) expect(problemOf(field, value), value).toMatch(/is not right; .{10}/);
});

test('two ways to write one DN are one place (RFC 4514)', () => {
  const same = [
    ['cn=Ada, ou=People,DC=x', 'CN=ada,ou=people,dc=x'],
    ['cn = Ada + uid = 1 , dc=x', 'cn=ada+uid=1,dc=x'],
    ['cn=Love\\, Ada,dc=x', 'cn=Love\\2C Ada,dc=x'],
    ['cn=\\E5\\BC\\A0,dc=x', 'cn=张,dc=x'],
    ['cn=a\\=b,dc=x', 'cn=a\\3db,dc=x'],
  ];
  for (const [one = '', other = ''] of same) expect(placeOf(one)).toBe(placeOf(other));
  expect(placeOf('cn=a\\,b,dc=x')).not.toBe(placeOf('cn=a,b,dc=x'));
  expect(placeOf('cn=a\\\\2c,dc=x')).not.toBe(placeOf('cn=a\\,,dc=x'));
  expect(placeOf('x'.repeat(100_000)).length).toBe(4096);
});

test('a directory’s entry is read at once: its bytes may be overwritten afterwards', () => {
  const bytes = utf8('Ada');
  const key = '00000000-0000-0000-0000-000000000001' as never;
  const event = eventOf({ kind: 'entry', key, dn: 'CN=Ada,dc=x', attributes: new Map([['cn', [bytes]]]) }, map);
  bytes.fill(0x58);
  expect(event).toEqual({ kind: 'person', key, fields: { name: 'Ada' }, place: 'cn=ada,dc=x' });
});

test.each([
  ['ldap', 'jpegphoto'],
  ['ad', 'thumbnailphoto'],
] as const)('a photo is asked for by the name that it has in a directory of the table %s', (table, attribute) => {
  const red = photo(1);
  const withPhotos = attributeMap({ table, sha256 });
  expect(attributesToAsk(withPhotos)).toContain(attribute);
  expect(personOf(entry({ cn: ['A'], [attribute]: [red.bytes] }), withPhotos)).toEqual({
    fields: { name: 'A', photo: red.hash },
    photo: red,
  });
});

test('the first value that is a photo is taken; where none is, the rest of the person is, and why', () => {
  const withPhotos = attributeMap({ table: 'ad', sha256 });
  const [red, blue] = [photo(1), photo(2)];
  const garbage = new TextEncoder().encode('no picture');
  const of = (values: Parameters<typeof entry>[0]): unknown => personOf(entry({ cn: ['A'], ...values }), withPhotos);
  expect(of({ jpegphoto: [red.bytes, blue.bytes] })).toMatchObject({ photo: red });
  expect(of({ jpegphoto: [red.bytes], thumbnailphoto: [blue.bytes] })).toMatchObject({ photo: blue });
  expect(of({ jpegphoto: [red.bytes], thumbnailphoto: [garbage] })).toMatchObject({ photo: red });
  expect(of({ jpegphoto: [picture(1, 600_000), garbage] })).toEqual({
    fields: { name: 'A' },
    photoProblem: 'the photo has 600000 bytes; at most 524288 are taken',
  });
  expect(of({})).toEqual({ fields: { name: 'A' } });
});

test('a source that is to have no photos does not ask for them', () => {
  const without = attributeMap({ sha256, own: { photo: [] } });
  expect(attributesToAsk(without)).not.toContain('jpegphoto');
  expect(fieldsOf({ cn: ['A'], jpegphoto: [picture(1)] }, without)).toEqual({ name: 'A' });
  const elsewhere = attributeMap({ sha256, own: { photo: [{ attribute: 'Photo' }] } });
  expect(attributesToAsk(elsewhere)).toContain('photo');
  expect(fieldsOf({ cn: ['A'], photo: [picture(1)] }, elsewhere)).toMatchObject({ photo: photo(1).hash });
});

test('a field that the settings open to all is taken without being named, and one that they close is not', () => {
  const classes = classesInEffect({ homeTelephone: 'internal', mobileTelephone: 'restricted', extra2: 'public' });
  const asked = attributesToAsk(attributeMap({ table: 'ad', classes }));
  expect(asked).toEqual(expect.arrayContaining(['homephone', 'extensionattribute2']));
  expect(asked).not.toContain('mobile');
  expect(asked).not.toContain('extensionattribute1');
});

test.each<readonly [Transform, string, string]>([
  ['lowerCase', 'Ada.LOVELACE@Example.com', 'ada.lovelace@example.com'],
  ['rdn', 'OU=Research,DC=example,DC=com', 'Research'],
  ['rdn', ' cn = R\\+D\\2C \\e7\\a0\\94 100%25 + uid=1 ,dc=x', 'R+D, 研 100%25'],
  ['rdn', '2.5.4.11=Research', 'Research'],
  ['rdn', 'cn=\\ff\\fe,dc=x', ''],
  ['rdn', 'Research', ''],
  ['rdn', '', ''],
  ['units', 'uid=ada, OU=R\\2C D,ou=R\\/D\\, Labs,ou=EMEA , OU=People,DC=example,DC=com', 'EMEA/R/D, Labs/R, D'],
  ['units', 'uid=ada,ou=people,dc=example,dc=com', ''],
  ['units', 'ou=Sales,ou=people,dc=example,dc=com', ''],
  ['units', 'uid=ada,cn=Users,l=Paris+ou=\\e7\\a0\\94,2.5.4.11=Top,ou=people,dc=example,dc=com', 'Top/研'],
  ['units', 'uid=ada,ou=Elsewhere,dc=example,dc=org', 'Elsewhere'],
  ['units', 'uid=ada,ou=\\ff,ou=,ou=,ou=x,ou=people,dc=example,dc=com', 'x'],
  ['units', 'Research', ''],
  ['units', '', ''],
  ['units', `uid=a,${'\\'.repeat(50_000)}`, ''],
  ['units', `uid=a,${'ou'.repeat(50_000)},${'ou+'.repeat(50_000)}`, ''],
  ['postalLines', '1 Main St$$ Paris ', '1 Main St, Paris'],
  ['primaryMail', 'SMTP:ada@x', 'ada@x'],
  ['primaryMail', 'smtp:ada@x', ''],
  ['otherMail', 'smtp:ada@x', 'ada@x'],
  ['sipAddress', 'SIP:ada@x', 'sip:ada@x'],
  ['sipAddress', 'SIP:', ''],
  ['latin', 'Zhāng Wěi', 'Zhāng Wěi'],
  ['latin', 'やまだ', ''],
  ['notLatin', 'ヤマダ タロウ', 'ヤマダ タロウ'],
  ['notLatin', 'Yamada', ''],
])('the transform %s of %j gives %j', (transform, text, wanted) => {
  const units = { below: 'OU=people, dc=example,dc=com', separator: '/' };
  const taking = attributeMap({ own: { title: [{ attribute: 'x', transform }] }, units });
  const { title } = personOf(entry({ x: [text] }), taking).fields;
  expect(title ?? '').toBe(wanted);
});

test('the own DN is asked of nobody, and of its units the nearest alone is taken where nothing is to part them', () => {
  const own = { department: [{ attribute: 'departmentNumber' }, { attribute: 'DN', transform: 'units' }] } as const;
  const map = attributeMap({ own, units: { below: 'dc=x' } });
  expect(attributesToAsk(map)).toContain('departmentnumber');
  expect(attributesToAsk(map)).not.toContain('dn');
  expect([map.byPlace, attributeMap().byPlace]).toEqual([true, false]);
  const said = (attributes: EntryAttributes) =>
    eventOf({ kind: 'entry', key: entryKey('k'), dn: 'uid=ada,ou=Sales,ou=EMEA,dc=x', attributes }, map);
  expect(said(entry({ cn: ['Ada'] }))).toMatchObject({ fields: { name: 'Ada', department: 'Sales' } });
  expect(said(entry({ cn: ['Ada'], departmentnumber: ['7'] }))).toMatchObject({ fields: { department: '7' } });
});

test('attributes are told apart by their options, in any case and order (RFC 4512 §2.5)', () => {
  const own = attributeMap({ own: { phoneticName: [{ attribute: 'CN;Phonetic;LANG-ja' }] } });
  expect(fieldsOf({ cn: ['山田太郎'], 'cn;lang-ja;phonetic': ['やまだ たろう'] }, own)).toEqual({
    name: '山田太郎',
    phoneticName: 'やまだ たろう',
  });
});

test('a Japanese name is not read as a Chinese one where its kana are told', () => {
  expect(fieldsOf({ cn: ['山田太郎'], 'cn;lang-ja;phonetic': ['やまだ たろう'] })).toEqual({
    name: '山田太郎',
    phoneticName: 'やまだ たろう',
  });
  expect(fieldsOf({ displayname: ['林 さくら'] })).toEqual({ name: '林 さくら' });
  expect(fieldsOf({ cn: ['山田太郎'], 'msds-phoneticdisplayname': ['ヤマダ'] }, adMap)).not.toHaveProperty('pinyin');
  expect(fieldsOf({ cn: ['曾伟'], 'msds-phoneticdisplayname': ['Zēng Wěi'] }, adMap)).toMatchObject({
    pinyin: 'Zēng Wěi',
  });
});

test('a name in another script stands beside the one that is shown', () => {
  expect(fieldsOf({ cn: ['Anna Ivanova'], 'cn;lang-ru': ['Анна Иванова'], 'cn;lang-zh-tw': ['安娜'] })).toMatchObject({
    name: 'Anna Ivanova',
    nativeName: 'Анна Иванова',
    chineseName: '安娜',
    pinyin: 'An Na',
  });
  expect(fieldsOf({ cn: ['张伟 (Bob)'] })).toMatchObject({ pinyin: 'Zhang Wei' });
});

test('numbers are kept as the directory has them, with their URIs beside them', () => {
  const reading = attributeMap({ telephoneUri: readingBy({ country: 'CN' }) });
  expect(
    fieldsOf({ cn: ['A'], telephonenumber: ['010-88888001', '8001'], mobile: ['+86 138 1234 5678'] }, reading),
  ).toEqual({
    name: 'A',
    officeTelephone: '010-88888001',
    officeTelephoneUri: 'tel:+861088888001',
    mobileTelephone: '+86 138 1234 5678',
    otherTelephones: '8001',
  });
});
