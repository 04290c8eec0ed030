import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mostPhotoBytes } from '../../src/book/photo.ts';
import { readVCards, type VCard } from '../../src/wire/read-vcard.ts';
import type { VCardProblem } from '../../src/wire/vcard-property.ts';
import { anyCardIsRead, anyTextOfCards } from './hostile-vcard.ts';

const cards = (text: string): readonly (VCard | VCardProblem)[] => [...readVCards(text)];
const card = (...lines: readonly string[]): VCard => {
  const [first] = cards(['BEGIN:VCARD', 'VERSION:4.0', ...lines, 'END:VCARD', ''].join('\r\n'));
  if (first === undefined || 'problem' in first) throw new Error(first?.problem ?? 'none');
  return first;
};

test('what is printed is read as it was, in both versions', () => fc.assert(anyCardIsRead.property));

test('any text is cards, and problems that name a line', () => fc.assert(anyTextOfCards.property));

test('RFC 6350 §3.2: lines are unfolded at a space or a tab, whatever ends them; groups and case say nothing', () => {
  const text =
    '\ufeffbegin:vcard\nversion:3.0\nfn:Ada\n  Love\r\n\tlace\r\nitem1.tel;type=WORK,voice:80\r\n 01\rend:vcard\n\n';
  expect(cards(text)).toMatchObject([{ line: 1, fields: { name: 'Ada Lovelace', officeTelephone: '8001' } }]);
});

test('parameters may be quoted, be lists, or have carets (RFC 6868); escapes of text are undone', () => {
  const { fields, properties } = card(
    'TEL;TYPE="cell,text";X-SAYS="a;b:c^n^^^\'":1',
    'TITLE:a\\;b\\,c\\\\d\\Ne\\:f',
    'ORG:Babbage\\; Sons;Engines;Analytical',
  );
  expect(fields).toEqual({
    mobileTelephone: '1',
    title: 'a;b,c\\d\ne:f',
    company: 'Babbage; Sons',
    department: 'Engines',
  });
  expect(properties.get('org#2')).toEqual(['Analytical']);
  expect(properties.get('tel;type=text')).toEqual(['1']);
});

test('numbers and mail addresses: the preferred one first, what is of the home apart, more of them among the others', () => {
  const { fields, properties } = card(
    'TEL;TYPE=work:8001',
    'TEL;TYPE=work;PREF=1;VALUE=uri:tel:+442079460001;ext=12;phone-context=x',
    'TEL;TYPE=home,fax:7',
    'TEL;TYPE=home,cell:6',
    'TEL;TYPE=fax,work:5',
    'TEL;VALUE=uri:sip:ada@example.com',
    'EMAIL;TYPE=home:ada@home.example',
    'EMAIL:other@example.com',
    'EMAIL;TYPE=work,pref:ada@example.com',
    'IMPP:xmpp:ada@example.com',
    'ADR;TYPE=home:;;Own Street;;;;',
    'NOTE:unknown',
  );
  expect(fields).toEqual({
    officeTelephone: '+442079460001 ext. 12',
    otherTelephones: '8001',
    homeTelephone: '6',
    fax: '5',
    sipAddress: 'sip:ada@example.com',
    mail: 'ada@example.com',
    otherMails: 'other@example.com',
  });
  expect(properties.get('email;type=home')).toEqual(['ada@home.example']);
  expect(properties.get('note')).toEqual(['unknown']);
});

test('a card that is not right is named by its line and passed over; those after it are read', () => {
  const whole = 'BEGIN:VCARD\nVERSION:4.0\nFN:Ada\nEND:VCARD\n';
  const bad = (lines: string): string => `BEGIN:VCARD\nVERSION:4.0\n${lines}\nEND:VCARD\n`;
  for (const [text, line, problem] of [
    [bad('rubbish'), 3, 'not of the form'],
    [bad('TEL;WORK:1'), 3, 'not of the form'],
    [bad('TEL;TYPE="work:1'), 3, 'not of the form'],
    ['BEGIN:VCARD\nVERSION:2.1\nEND:VCARD\n', 1, 'version 2.1'],
    ['BEGIN:VCARD\nFN:Ada\nEND:VCARD\n', 1, 'version ?'],
    ['BEGIN:VCARD\nVERSION:4.0\n', 3, 'before the one above has its END'],
    ['FN:Ada\nTITLE:x\n', 1, 'begins with BEGIN:VCARD'],
    ['END:VCARD\n', 1, 'begins with BEGIN:VCARD'],
    [bad('PHOTO;ENCODING=b:?'), 3, 'not base64'],
    [bad('X:1\n'.repeat(10_001)), 10_002, 'more than 10000 properties'],
    [bad(`NOTE:${'x'.repeat(5_000_000)}`), 3, 'more than 4194304 characters'],
    [bad(`NOTE:${'x'.repeat(60)}${`\n ${'x'.repeat(2_500_000)}`.repeat(2)}`), 3, 'more than 4194304 characters'],
  ] as const)
    expect(cards(text + whole)).toEqual([
      { line, problem: expect.stringContaining(problem) },
      expect.objectContaining({ fields: { name: 'Ada' } }),
    ]);
  expect(cards('BEGIN:VCARD\nVERSION:4.0\nFN:Ada\n')).toEqual([{ line: 1, problem: 'the card has no END:VCARD' }]);
  expect(cards(' \n')).toEqual([{ line: 1, problem: expect.stringContaining('not of the form') }]);
  expect(cards('')).toEqual([]);
});

test('a photo is read from either version, however large, and is fetched from nowhere', () => {
  const octets = Buffer.alloc(mostPhotoBytes + 1, 7);
  for (const line of [
    `PHOTO:data:image/jpeg;base64,${octets.toString('base64')}`,
    `PHOTO;ENCODING=b;TYPE=JPEG:${octets.toString('base64').replaceAll(/.{60}/g, '$&\r\n ')}`,
  ])
    expect(octets.equals(card(line).photo ?? Buffer.alloc(0))).toBe(true);
  expect(card('PHOTO:https://example.com/ada.jpg').photo).toBeUndefined();
});

test('values that are very long are cut, and take no long time', () => {
  const { fields, properties } = card(
    `TITLE:${'\\'.repeat(200_000)}`,
    `N:${';'.repeat(200_000)}`,
    `TEL;TYPE=${'a,'.repeat(200_000)}:1`,
  );
  expect(fields.title).toHaveLength(32_768);
  expect(properties.size).toBeLessThan(60);
});
