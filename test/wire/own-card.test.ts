import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { revision } from '../../src/book/change.ts';
import { personId } from '../../src/book/person-id.ts';
import { nothingOwn, type OwnContact, type PersonalEntry } from '../../src/book/personal-entry.ts';
import { printOwnCard, readOwnCards } from '../../src/wire/own-card.ts';
import { anyOwnCardIsRead, anyTextOfContacts } from './hostile-own-card.ts';

const unfolded = (text: string): readonly string[] => text.replaceAll('\r\n ', '').split('\r\n');

const entry: PersonalEntry = {
  person: personId('ada2'),
  base: { name: '单丹', pinyin: 'Shan Dan', officeTelephone: '+86 10 8888 8001', manager: 'ben2' },
  own: {
    nickname: 'Dan',
    note: 'met in Paris,\nowes me a book',
    groups: ['chess; club', 'friends'],
    favourite: true,
    numbers: [{ label: 'cottage', number: '+44 20 7946 0000' }],
    values: { webPage: 'https://example.com/dan Her page', mobileTelephone: '123' },
  },
  revision: revision(1),
  state: 'held',
};

test('what is printed of an entry is read as it was, in both versions, in lines of 75 octets', () =>
  fc.assert(anyOwnCardIsRead.property, { numRuns: 60 }));

test.each(['3.0', '4.0'] as const)('a mail address that is there twice is read once, of %s', (version) => {
  const twice = { ...entry, base: { name: 'Ada', mail: 'a@example.com', otherMails: 'b@example.com\na@example.com' } };
  const [card] = readOwnCards(printOwnCard(twice, version));
  expect(card).toMatchObject({ contact: { values: { mail: 'a@example.com', otherMails: 'b@example.com' } } });
});

describe('a card of version 2.1', () => {
  const contactsOf = (...lines: readonly string[]) => [
    ...readOwnCards(['BEGIN:VCARD', 'VERSION:2.1', ...lines, 'END:VCARD', ''].join('\r\n')),
  ];

  test('of Outlook: types without a name, soft line breaks, windows-1252', () => {
    const label = ['LABEL;WORK;PREF;ENCODING=QUOTED-PRINTABLE:Hauptstra=DFe 1=0D=0A=', '80331 M=FCnchen'];
    const [card] = contactsOf(
      'N;LANGUAGE=de;CHARSET=Windows-1252:Müller;Jörg;;Herr',
      'FN;CHARSET=Windows-1252;ENCODING=QUOTED-PRINTABLE:J=F6rg M=FCller',
      'ORG:Contoso;Vertrieb',
      'TEL;WORK;VOICE:+49 (89) 1234-56',
      'TEL;CELL;VOICE:+49 170 1234567',
      'TEL;WORK;FAX:+49 89 999',
      'ADR;WORK;PREF;CHARSET=Windows-1252:;;Hauptstraße 1;München;;80331;Deutschland',
      ...label,
      'EMAIL;PREF;INTERNET:joerg@contoso.example',
      'NOTE;ENCODING=QUOTED-PRINTABLE:Zeile 1=0D=0A=',
      'Zeile 2, und =3D',
      'X-MS-OL-DESIGN;CHARSET=utf-8:<card xmlns="x"/>',
    );
    expect(card).toEqual({
      line: 1,
      contact: {
        ...nothingOwn,
        note: 'Zeile 1\nZeile 2, und =',
        values: {
          name: 'Jörg Müller',
          surname: 'Müller',
          givenName: 'Jörg',
          company: 'Contoso',
          department: 'Vertrieb',
          officeTelephone: '+49 (89) 1234-56',
          mobileTelephone: '+49 170 1234567',
          fax: '+49 89 999',
          mail: 'joerg@contoso.example',
          street: 'Hauptstraße 1',
          city: 'München',
          postalCode: '80331',
          country: 'Deutschland',
        },
      },
    });
  });

  test('of telephones: names in UTF-8 or GB2312, a photo whose lines are not indented, parameters that are none', () => {
    const gif = Buffer.from('GIF89a-and-more').toString('base64');
    const [card] = contactsOf(
      'N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E7=8E=8B;=E5=B0=8F=E6=98=8E;;;',
      'FN;CHARSET=GB2312;QUOTED-PRINTABLE:=CD=F5=D0=A1=C3=F7',
      'TEL;CELL:13800138000',
      'TEL;X-CUSTOM(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,=E5=BE=AE=E4=BF=A1):123',
      'PHOTO;JPEG;ENCODING=BASE64:',
      gif.slice(0, 8),
      gif.slice(8),
      '',
      'EMAIL;HOME:wang@example.cn',
    );
    expect(card).toMatchObject({
      contact: {
        photo: new Uint8Array(Buffer.from('GIF89a-and-more')),
        values: {
          name: '王小明',
          surname: '王',
          givenName: '小明',
          mobileTelephone: '13800138000',
          otherTelephones: '123',
          mail: 'wang@example.cn',
        },
      },
    });
  });

  test('of a text without end it has as much as of any other', () => {
    const [card] = contactsOf('FN:Ada', `NOTE;QUOTED-PRINTABLE:${'=41'.repeat(300_000)}`);
    expect(card !== undefined && 'contact' in card && card.contact.note).toBe('A'.repeat(65_536));
  });

  test('what is not right in it is as it is written, and harms no other card', () => {
    const odd = ['FN;ENCODING=QUOTED-PRINTABLE;CHARSET=no-such-set:=G1 =E4=B8 王', 'NOTE;QUOTED-PRINTABLE:to the end='];
    const good = 'BEGIN:VCARD\nVERSION:3.0\nFN:Ada\nTEL;WORK:1\nEND:VCARD\n';
    expect(contactsOf(...odd)).toMatchObject([{ contact: { values: { name: '=G1 ä¸ çŽ‹' }, note: 'to the end=' } }]);
    expect(contactsOf('no colon', ...odd)).toEqual([
      { line: 3, problem: expect.stringContaining('NAME;PARAMETER=value:value') },
    ]);
    expect([...readOwnCards(`BEGIN:VCARD\nVERSION:2.1\nFN:Ben\nEND:VCARD\n${good}`)]).toMatchObject([
      { line: 1, contact: { values: { name: 'Ben' } } },
      { line: 8, problem: expect.stringContaining('NAME;PARAMETER=value:value') },
    ]);
    expect([...readOwnCards('VERSION:2.1\nFN;QUOTED-PRINTABLE:=')]).toMatchObject([{ line: 1 }]);
  });
});

test('any text is contacts, and problems', () => fc.assert(anyTextOfContacts.property, { numRuns: 60 }));

test('RFC 6350: an entry with what is one’s own over what is the company’s', () => {
  expect(unfolded(printOwnCard(entry, '4.0'))).toEqual([
    'BEGIN:VCARD',
    'VERSION:4.0',
    'PRODID:-//Rollcall//Rollcall//EN',
    'KIND:individual',
    'UID;VALUE=text:ada2',
    'N;SORT-AS="Shan Dan":;;;;',
    'FN:单丹',
    'FN;LANGUAGE=zh-Latn-pinyin:Shan Dan',
    'TEL;TYPE=work:+86 10 8888 8001',
    'TEL;TYPE=cell:123',
    'RELATED;TYPE=x-manager;VALUE=text:ben2',
    'NICKNAME:Dan',
    'NOTE:met in Paris\\,\\nowes me a book',
    'CATEGORIES:chess\\; club,friends',
    'X-FAVOURITE:true',
    'item1.TEL:+44 20 7946 0000',
    'item1.X-ABLABEL:cottage',
    'item2.URL:https://example.com/dan',
    'item2.X-ABLABEL:Her page',
    'END:VCARD',
    '',
  ]);
});

test('RFC 2426: in 3.0 with a SORT-STRING, and with properties of ours where it has none', () => {
  const lines = unfolded(printOwnCard(entry, '3.0'));
  expect(lines).toEqual(
    expect.arrayContaining(['UID:ada2', 'N:;;;;', 'SORT-STRING:Shan Dan', 'X-PINYIN-NAME:Shan Dan', 'X-MANAGER:ben2']),
  );
  const nameless = printOwnCard({ ...entry, base: {}, own: { ...nothingOwn, nickname: 'Dan' } }, '3.0');
  expect(unfolded(nameless)).toContain('FN;X-MADE=true:Dan');
});

const read = (lines: string, language?: 'en' | 'zh'): OwnContact => {
  const [first] = readOwnCards(`BEGIN:VCARD\nVERSION:3.0\n${lines}\nEND:VCARD\n`, language);
  if (first === undefined || 'problem' in first) throw new Error(first?.problem ?? 'none');
  return first.contact;
};

test('a card of a telephone: the home’s mail and address are kept, own labels are labels, a birthday is a line of the note', () => {
  const card = [
    'N:Lee;Ann;;Dr.;',
    'FN:Dr. Ann Lee',
    'NICKNAME:Annie',
    'ORG:Dentists;',
    'EMAIL;type=INTERNET;type=HOME;type=pref:ann@home.example',
    'item1.EMAIL;type=INTERNET:ann@work.example',
    'item1.X-ABLabel:_$!<Other>!$_',
    'TEL;type=CELL;type=VOICE;type=pref:+44 7700 900123',
    'TEL;type=HOME;type=FAX:020 7946 0002',
    'TEL;type=HOME:020 7946 0003',
    'TEL;type=HOME:020 7946 0004',
    'item2.TEL:020 7946 0005',
    'item2.X-ABLabel:_$!<Assistant>!$_',
    'ADR;type=HOME:;;1 Own Street;London;;W1;UK',
    'ADR;type=HOME:;;2 Other Street;Leeds;;;',
    'item3.URL;type=pref:https://lee.example',
    'item3.X-ABLabel:_$!<HomePage>!$_',
    'BDAY:1970-02-01',
    'IMPP;X-SERVICE-TYPE=Jabber:xmpp:ann@example.com',
    'NOTE:second floor',
    'CATEGORIES:doctors,,friends,doctors',
    'X-ABUID:1',
  ].join('\n');
  expect(read(card)).toEqual({
    nickname: 'Annie',
    values: {
      name: 'Dr. Ann Lee',
      surname: 'Lee',
      givenName: 'Ann',
      company: 'Dentists',
      mail: 'ann@home.example',
      otherMails: 'ann@work.example',
      mobileTelephone: '+44 7700 900123',
      homeTelephone: '020 7946 0003',
      street: '1 Own Street',
      city: 'London',
      postalCode: 'W1',
      country: 'UK',
      webPage: 'https://lee.example',
    },
    numbers: [
      { label: 'Home fax', number: '020 7946 0002' },
      { label: 'Assistant', number: '020 7946 0005' },
      { label: 'Home telephone', number: '020 7946 0004' },
    ],
    note: 'second floor\nAddress: 2 Other Street, Leeds\nBirthday: 1970-02-01\nChat: xmpp:ann@example.com',
    groups: ['doctors', 'friends'],
    favourite: false,
  });
  expect(read('FN:Lee\nBDAY:1970-02-01\nTITLE:a\nTITLE:b', 'zh').note).toBe('生日: 1970-02-01\n职务: b');
});

test('a group of contacts, a photo that is none and an old version are problems of their card alone', () => {
  const card = (lines: string): string => `BEGIN:VCARD\nVERSION:3.0\n${lines}\nEND:VCARD\n`;
  const text =
    card('FN:Friends\nX-ADDRESSBOOKSERVER-KIND:group') + card('FN:A\nPHOTO;ENCODING=b:?') + card('FN:B\nUID:7');
  expect([...readOwnCards(text)]).toMatchObject([
    { line: 1, problem: 'it is a group of contacts, and none itself' },
    { line: 9, problem: 'the photo is not base64' },
    { line: 11, uid: '7', contact: { values: { name: 'B' } } },
  ]);
});
