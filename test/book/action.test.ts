import fc from 'fast-check';
import { expect, test } from 'vitest';
import { actionsOf } from '../../src/book/action.ts';
import { revision } from '../../src/book/change.ts';
import { linkSchemes, longestLink, templateProblem, type LinkTemplate } from '../../src/book/link-template.ts';
import type { Fields, Person } from '../../src/book/person.ts';
import { nothingOwn, type PersonalEntry } from '../../src/book/personal-entry.ts';
import { personId } from '../../src/book/person-id.ts';

const [adaId, benId] = [personId('adaa'), personId('benn')];
const person = (fields: Fields, id = adaId): Person => ({ id, fields });
const label = { en: 'Meet', zh: '会议' };
const link = (url: string, more: Partial<LinkTemplate> = {}): LinkTemplate => ({
  kind: 'meeting',
  label,
  url,
  ...more,
});
const urls = (people: Parameters<typeof actionsOf>[0], links: readonly LinkTemplate[] = [], room?: string) =>
  actionsOf(people, links, room).map(({ url }) => url);

const ada = person({
  name: 'Ada Lovelace',
  officeTelephone: '010-88888001\n8001',
  officeTelephoneUri: 'tel:+861088888001;ext=12\n',
  mobileTelephone: '+86 139 1234 5678',
  fax: '+86 10 8888 9999',
  sipAddress: 'sip:ada@example.com;transport=tcp',
  mail: 'ada+x@example.com',
  otherMails: 'countess@example.org',
});
const ben = person({ name: '白 本', mobileTelephone: '+44 7700 900123', mail: 'ben@example.com' }, benId);

test('of one person, each number can be called, a mobile one written to, each address mailed to; no fax, no desk gets messages', () => {
  expect(actionsOf([ada]).map(({ kind, url, field, to }) => [kind, url, field, to])).toEqual([
    ['call', 'tel:+861088888001;ext=12', 'officeTelephone', '010-88888001'],
    ['call', 'tel:8001', 'officeTelephone', '8001'],
    ['call', 'tel:+8613912345678', 'mobileTelephone', '+86 139 1234 5678'],
    ['call', 'sip:ada@example.com', 'sipAddress', 'ada@example.com'],
    ['message', 'sms:+8613912345678', 'mobileTelephone', '+86 139 1234 5678'],
    ['mail', 'mailto:ada+x@example.com', 'mail', 'ada+x@example.com'],
    ['mail', 'mailto:countess@example.org', 'otherMails', 'countess@example.org'],
  ]);
});

test('of an entry it is what is shown, and the employee’s own numbers, that is called', () => {
  const entry: PersonalEntry = {
    person: adaId,
    base: ada.fields,
    revision: revision(1),
    own: {
      ...nothingOwn,
      values: { officeTelephone: '+86 10 1234 5678', mail: 'a@b.example' },
      numbers: [{ label: 'cottage', number: '+44 20 7946 0000' }],
    },
    state: 'held',
  };
  expect(urls([entry])).toEqual([
    'tel:+861012345678',
    'tel:+8613912345678',
    'tel:+442079460000',
    'sip:ada@example.com',
    'sms:+8613912345678',
    'sms:+442079460000',
    'mailto:a@b.example',
    'mailto:countess@example.org',
  ]);
});

test('several people are written and mailed to at once, each once; who cannot be is named; who is called is one', () => {
  const cleo = person({ name: 'Cleo', mail: 'cleo@example.com' }, personId('cleo'));
  expect(actionsOf([ada, ben, cleo, ada]).map(({ kind, url, without }) => [kind, url, without])).toEqual([
    ['message', 'sms:+8613912345678,+447700900123', [cleo.id]],
    ['mail', 'mailto:ada+x@example.com,ben@example.com,cleo@example.com', []],
  ]);
  expect(actionsOf([cleo, person({ name: 'Dan' }, benId)]).map(({ kind }) => kind)).toEqual(['mail']);
  expect(actionsOf([])).toEqual([]);
  expect(actionsOf([person({ name: 'Dan' })])).toEqual([]);
});

test('the administrator’s links come first: for one person, for several where a separator is said, one room for all', () => {
  const teams = link('https://teams.example/meeting?to={mail}&subject={name}', { separator: ',' });
  const one = link('https://chat.example/{mail}', { kind: 'message' });
  const room = link('https://meet.example/{room}');
  const bridge = link('https://bridge.example/');
  expect(urls([ada], [one, teams, room, bridge], 'r4nd0m').slice(0, 6)).toEqual([
    'https://chat.example/ada%2Bx%40example.com',
    'https://chat.example/countess%40example.org',
    'https://teams.example/meeting?to=ada%2Bx%40example.com&subject=Ada%20Lovelace',
    'https://teams.example/meeting?to=countess%40example.org&subject=Ada%20Lovelace',
    'https://meet.example/r4nd0m',
    'https://bridge.example/',
  ]);
  expect(urls([ada, ben], [one, teams, room, bridge], 'r4nd0m').slice(0, 3)).toEqual([
    'https://teams.example/meeting?to=ada%2Bx%40example.com,ben%40example.com&subject=Ada%20Lovelace,%E7%99%BD%20%E6%9C%AC',
    'https://meet.example/r4nd0m',
    'https://bridge.example/',
  ]);
  expect(urls([person({ name: 'Dan' })], [room])).toEqual([]);
});

test('a link that no program would take, for so many people, is not offered', () => {
  const many = Array.from({ length: 200 }, (_, at) =>
    person(
      { name: 'X', mail: `somebody.${at}@example.com` },
      personId(`p${String.fromCodePoint(97 + (at % 26))}${String.fromCodePoint(97 + Math.floor(at / 26))}zz`),
    ),
  );
  expect(actionsOf(many)).toEqual([]);
  expect(urls(many.slice(0, 50))).toHaveLength(1);
});

test.each([
  ['javascript:alert({name})', 'begins with none of'],
  ['JavaScript:{name}', 'begins with none of'],
  ['data:text/html,{name}', 'begins with none of'],
  ['vbscript:x', 'begins with none of'],
  ['file:///etc/passwd', 'begins with none of'],
  ['{name}', 'begins with none of'],
  ['{name}://example.com', 'begins with none of'],
  ['//example.com/{name}', 'begins with none of'],
  [' https://example.com/', 'begins with none of'],
  ['', 'begins with none of'],
  ['https://{name}/', 'the host must be there'],
  ['https://example.com{name}/', 'the host must be there'],
  ['https://{name}@example.com/', 'the host must be there'],
  ['https://user@example.com/', 'the host must be there'],
  ['https:{name}', 'the host must be there'],
  ['https:///{name}', 'the host must be there'],
  ['https:\\\\example.com', 'a character that no link has'],
  ['https://example.com/\n{name}', 'a character that no link has'],
  ['https://example.com/"onclick=', 'a character that no link has'],
  ['https://example.com/{phone}', 'there is no {phone}'],
  ['https://example.com/{}', 'there is no {}'],
  ['https://example.com/{name', 'a brace is alone'],
  [`https://example.com/${'x'.repeat(longestLink)}`, 'more than'],
])('the template %j is refused: %s', (url, words) => {
  expect(templateProblem(url)).toContain(words);
});

test('whatever a directory says, no link leads elsewhere than its template, and none carries what could end it', () => {
  const templates = [
    link('https://meet.example/r/{name}?to={mail}&n={number}&s={sip}', { separator: ';' }),
    link('https://meet.example/{name}/x'),
    link('msteams:/l/chat/0/0?users={mail}', { kind: 'message', separator: ',' }),
  ];
  expect(templates.map(({ url }) => templateProblem(url))).toEqual([undefined, undefined, undefined]);
  const hostile = fc.oneof(
    fc.constantFrom(
      'javascript:alert(1)',
      '..',
      '.',
      '//evil.example',
      '@evil.example',
      '\u0000',
      '\uD800',
      "'onload='x",
      '"><script>',
      'a@b?bcc=all@example.com',
      'a@b&body=x',
      'a@b,c@d',
      'sip:a@b;method=REFER',
      '+8610\r\nX: y',
      'tel:javascript:1',
    ),
    fc.string({ unit: 'binary', maxLength: 30 }),
  );
  const fields = fc.record(
    {
      name: hostile,
      mail: hostile,
      otherMails: hostile,
      sipAddress: hostile,
      officeTelephone: hostile,
      mobileTelephone: hostile,
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fields, fields, hostile, (one, other, uri) => {
      const all = [person({ ...one, officeTelephoneUri: uri, mobileTelephoneUri: uri }), person(other, benId)];
      for (const url of [
        ...urls(all, templates),
        ...urls(all.slice(0, 1), templates),
        ...urls(all.slice(1), templates),
      ]) {
        expect(url).toMatch(/^[\x21-\x7e]+$/);
        expect(url).not.toMatch(/[<>"'\\^`|{}]/);
        const { protocol, host, pathname, search } = new URL(url);
        expect(linkSchemes).toContain(protocol.slice(0, -1));
        if (protocol !== 'https:') continue;
        expect(host).toBe('meet.example');
        expect(pathname).toMatch(/^\/(?:r\/[^/]+|[^/]+\/x)$/);
        if (search !== '') expect([...new URLSearchParams(search).keys()]).toEqual(['to', 'n', 's']);
      }
      for (const url of urls(all)) {
        if (url.startsWith('mailto:')) expect(url.slice(7)).not.toMatch(/[?&:]/);
        if (url.startsWith('sip:')) expect(url.slice(4)).not.toMatch(/[?;]/);
        if (url.startsWith('tel:')) expect(url).toMatch(/^tel:\+?\d{2,15}(?:;ext=\d+)?$/);
        if (url.startsWith('sms:')) expect(url).toMatch(/^sms:\+\d{7,15}(?:,\+\d{7,15})*$/);
      }
    }),
    { numRuns: 200 },
  );
});
