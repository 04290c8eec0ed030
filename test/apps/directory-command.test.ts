// `rollcall directory` against a server of its own: the administrator's book, imports, sources, brake, accounts.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { photo, picture } from '../peers/pictures.ts';
import { Bench, type Ended, type Served } from './command.ts';

const bench = new Bench();
let server: Served;
beforeAll(async () => {
  const settings = file('rollcall.yaml', 'fields: { extra1: { label: { en: Cost centre, zh: 成本中心 } } }');
  server = await bench.serve(['--config', settings], { environment: { ROLLCALL_SAMPLE: 'false' } });
});
afterAll(() => bench.clear());

const directory = (...words: readonly string[]): Promise<Ended> =>
  bench.call(['directory', '--data', server.data, ...words]);

async function add(...fields: readonly string[]): Promise<string> {
  const added = await directory('add', ...fields, '--json');
  expect(added).toMatchObject({ code: 0, err: '' });
  return String(added.json[0]?.['person']);
}

function file(name: string, content: string | Uint8Array): string {
  const path = join(bench.folder(), name);
  writeFileSync(path, content);
  return path;
}

const refusal = (words: string): object => ({ code: 3, out: '', err: `rollcall: ${words}\n` });

test('add, show, list, alter and remove: in words for a person, as lines of JSON for a program', async () => {
  const person = await add('name=林黛玉', 'department=财务部', 'officeTelephone=8001', 'city=', 'extra1=R1');
  expect((await directory('show', person)).out).toBe(
    [
      'Name              林黛玉',
      'Chinese name      林黛玉',
      'Pinyin            Lin Daiyu',
      'Department        财务部',
      'Office telephone  8001',
      'Cost centre       R1',
      '',
    ].join('\n'),
  );
  const second = await add('name=Zoë Quux', 'department=R&D', 'officeTelephone=8002');
  // Columns line up on a screen, where a Chinese character is as wide as two others.
  expect((await directory('list', 'daiyu')).out).toBe(
    [
      `PERSON${' '.repeat(person.length - 6)}  NAME    DEPARTMENT  TITLE  OFFICE TELEPHONE`,
      `${person}  林黛玉  财务部             8001`,
      '',
    ].join('\n'),
  );
  const found = await directory('list', 'quux', '--json');
  expect(found.json).toMatchObject([{ id: second, fields: { name: 'Zoë Quux', department: 'R&D' } }]);
  const altered = await directory('alter', second, 'officeTelephone=8003', 'department=', 'title=a=b');
  expect(altered).toMatchObject({ code: 0, err: '' });
  expect(altered.out).toMatch(/^altered; the log is at revision \d+\n$/);
  const shown = await directory('show', second, '--json');
  expect(shown.json[0]?.['fields']).toMatchObject({ name: 'Zoë Quux', officeTelephone: '8003', title: 'a=b' });
  expect(shown.json[0]?.['fields']).not.toHaveProperty('department');
  expect(await directory('alter', second, 'officeTelephone=8003')).toMatchObject({
    code: 0,
    out: 'nothing to alter\n',
  });
  expect(await directory('remove', second)).toMatchObject({ code: 0, out: `removed ${second}\n` });
  expect(await directory('restore', second)).toMatchObject({ code: 0, out: `${second} is in the book again\n` });
  expect(await directory('--json', 'restore', second)).toMatchObject({ code: 3, out: '' });
  expect(await directory('remove', second)).toMatchObject({ code: 0 });
  expect(await directory('remove', second)).toMatchObject({ code: 3, out: '' });
  expect(await directory('list', 'quux', '--json')).toMatchObject({ code: 0, out: '', err: '' });
});

test('a photo comes from a file, with the fields or alone, and is shown as what it is', async () => {
  const red = file('red.jpg', picture(1));
  const added = await directory('add', 'name=Photo Person', '--photo', red, '--json');
  const person = String(added.json[0]?.['person']);
  expect((await directory('show', person)).out).toContain('Photo  (a picture)\n');
  expect((await directory('show', person, '--json')).json[0]).toMatchObject({ fields: { photo: photo(1).hash } });
  const blue = file('blue.png', picture(2, 300, 'image/png'));
  expect(await directory('alter', person, '--photo', blue)).toMatchObject({ code: 0, err: '' });
  expect(await directory('alter', person, 'photo=')).toMatchObject({ code: 0, err: '' });
  expect((await directory('show', person)).out).not.toContain('(a picture)');
});

test('a photo that cannot be is refused with a reason: too large, no picture, no file, nothing at all', async () => {
  const person = await add('name=No Photo');
  const huge = file('huge.jpg', picture(1, 600_000));
  expect(await directory('alter', person, '--photo', huge)).toMatchObject(
    refusal(`${huge} has 600000 bytes; a photo has at most 524288`),
  );
  const text = file('text.jpg', 'not a picture');
  expect(await directory('alter', person, '--photo', text)).toMatchObject(
    refusal('the photo is not a JPEG, PNG, GIF or WebP'),
  );
  expect(await directory('alter', person, '--photo', '/no/such/file')).toMatchObject({ code: 1, out: '' });
  expect(await directory('alter', person)).toMatchObject({ code: 2, err: expect.stringContaining('--photo FILE') });
  expect((await directory('show', person)).out).not.toContain('(a picture)');
});

test('an import says which photos it leaves out, by line, and what one changes without its hash', async () => {
  const record = (name: string, bytes: Uint8Array): string =>
    `dn: cn=${name}\nobjectClass: person\ncn: ${name}\nmail: ${name}@photos.example\njpegPhoto:: ${Buffer.from(bytes).toString('base64')}\n\n`;
  const people = (bytes: Uint8Array): string =>
    file('photos.ldif', record('Pia', bytes) + record('Quin', new TextEncoder().encode('no picture')));
  const imported = await directory('import', people(picture(1)), '--apply');
  expect(imported).toMatchObject({ code: 0, err: '' });
  expect(imported.out).toContain('line 7: without its photo: the photo is not a JPEG, PNG, GIF or WebP\n');
  const again = await directory('import', people(picture(2)));
  expect(again.out).toContain('line 1: Pia: Photo changed\n');
});

test('what cannot be is refused with a reason: an unknown person, no name, an unknown field, no assignment', async () => {
  const person = await add('name=Only One');
  expect(await directory('show', 'zzzzz')).toMatchObject(refusal('There is no person "zzzzz"'));
  expect(await directory('alter', 'zzzzz', 'name=x')).toMatchObject(refusal('there is no person zzzzz'));
  expect(await directory('remove', '../accounts')).toMatchObject({ code: 3, out: '' });
  expect(await directory('add', 'mail=a@example.com')).toMatchObject({ code: 3, out: '' });
  expect(await directory('alter', person, 'name=')).toMatchObject({ code: 3, out: '' });
  const field = await directory('add', 'name=A', 'phone=1');
  expect(field).toMatchObject({
    code: 2,
    err: `rollcall: "phone" is not a field; 'rollcall directory fields' lists them\n`,
  });
  expect(await directory('add', 'Ada Lovelace')).toMatchObject({
    code: 2,
    err: 'rollcall: "Ada Lovelace" is not of the form field=value\n',
  });
  expect(await directory('list', '--limit', 'ten')).toMatchObject({ code: 2, out: '' });
  expect(await directory('show', person, '--json')).toMatchObject({ code: 0 });
});

test('a value that would move the cursor or turn the line is shown as spaces, and as escapes in JSON', async () => {
  const person = await add('name=Eve\u009b2J \u202eevil', 'title=a\nremoved everybody');
  for (const words of [
    ['show', person],
    ['list', 'evil'],
    ['show', person, '--json'],
    ['list', 'evil', '--json'],
  ]) {
    const { out, code } = await directory(...words);
    expect(code).toBe(0);
    expect(out).toContain('evil');
    expect(out.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    if (!words.includes('--json')) {
      expect(out).not.toContain('\u202e');
      expect(out).not.toMatch(/^removed everybody/m);
    }
  }
});

test('an import is a preview until --apply; then it says what it did, and done twice it does nothing', async () => {
  const csv = file(
    'people.csv',
    'name,工号,电话,部门\n王芳,E900,8100,财务部\nImp Ort,E901,8101,\n'.replace('电话', '办公电话'),
  );
  const preview = await directory('import', csv);
  expect(preview).toMatchObject({ code: 0, err: '' });
  expect(preview.out).toBe(
    [
      'line 2: + 王芳',
      'line 3: + Imp Ort',
      '2 rows: 2 to add, 0 to alter, 0 as they are, 0 wrong',
      'nothing was changed; --apply does it',
      '',
    ].join('\n'),
  );
  expect((await directory('list', 'E901', '--json')).json).toEqual([]);
  const applied = await directory('import', csv, '--apply');
  expect(applied.out).toMatch(
    /2 rows: 2 added, 0 altered, 0 as they are, 0 wrong\ndone; the log is at revision \d+\n$/,
  );
  expect((await directory('import', csv, '--apply')).out).toMatch(
    /^2 rows: 0 added, 0 altered, 2 as they are, 0 wrong\n/,
  );
  const moved = file('moved.csv', 'name;employeeNumber;officeTelephone\nImp Ort;E901;8109\n');
  const report = await directory('import', moved, '--json');
  expect(report.json[0]).toMatchObject({
    rows: 1,
    altered: [{ line: 2, name: 'Imp Ort', to: { officeTelephone: '8109' } }],
  });
  expect((await directory('import', moved)).out).toContain('line 2: Imp Ort: Office telephone 8101 -> 8109');
});

test('wrong rows are named by line and reason, end with 3 and change nothing, unless --skip-rejected leaves them out', async () => {
  const csv = file(
    'wrong.csv',
    'name,employeeNumber,mail\nGood One,E910,good@example.com\n,E911,nameless@example.com\nToo,Many,Cells,Here\nTwice,E910,\n',
  );
  const preview = await directory('import', csv);
  expect(preview.code).toBe(3);
  expect(preview.out).toMatch(/^line 3: WRONG: a new person needs a name$/m);
  expect(preview.out).toMatch(/^line 4: WRONG: it has 4 cells, the header has 3/m);
  expect(preview.out).toMatch(/^line 5: WRONG: employee number E910 is also that of line 2$/m);
  expect(preview.out).toMatch(/1 to add, 0 to alter, 0 as they are, 3 wrong\nnothing was changed; --apply does it\n$/);
  const refused = await directory('import', csv, '--apply');
  expect(refused).toMatchObject({ code: 3, out: '' });
  expect(refused.err).toMatch(
    /3 of 4 rows are wrong, and nothing was changed; the first: line 3: .*--skip-rejected\n$/,
  );
  expect((await directory('list', 'E910', '--json')).json).toEqual([]);
  const skipped = await directory('import', csv, '--apply', '--skip-rejected');
  expect(skipped.code).toBe(0);
  expect(skipped.out).toMatch(/1 added, 0 altered, 0 as they are, 3 wrong\ndone; the log is at revision/);
  expect((await directory('list', 'E910', '--json')).json).toMatchObject([{ fields: { name: 'Good One' } }]);
});

test('files that cannot be used as a whole are refused: not there, binary, no rows, an unknown column, an unclosed quote', async () => {
  expect(await directory('import', '/nowhere/people.csv')).toMatchObject({ code: 1, out: '' });
  const binary = await directory('import', file('photo.csv', Uint8Array.of(0xff, 0xfe, 0xff, 0x00)));
  expect(binary).toMatchObject({ code: 1, out: '' });
  expect(binary.err).toMatch(/photo\.csv is neither UTF-8 nor GB18030 text\n$/);
  for (const [name, text, reason] of [
    ['empty.csv', '', 'The file has no rows'],
    ['header.csv', 'name,mail\n', 'The file has no rows'],
    ['column.csv', 'name,shoe size\nA,43\n', 'The column "shoe size" is no field'],
    ['quote.csv', 'name\n"A\n', 'Line 2'],
  ] as const) {
    const refused = await directory('import', file(name, text));
    expect(refused).toMatchObject({ code: 3, out: '' });
    expect(refused.err).toContain(reason);
  }
});

test('a GB18030 file, as a spreadsheet on Chinese Windows writes it, is read as one', async () => {
  // 姓名,工号 / 赵云,E920 in GB18030.
  const octets = Buffer.from('d0d5c3fb2cb9a4bac50d0a', 'hex');
  const row = Buffer.from('d5d4d4c62c453932300d0a', 'hex');
  const applied = await directory('import', file('gb.csv', Buffer.concat([octets, row])), '--apply');
  expect(applied.out).toContain('line 2: + 赵云');
  expect((await directory('list', 'zhao yun', '--json')).json).toMatchObject([{ fields: { employeeNumber: 'E920' } }]);
});

test('an LDIF export is imported: persons with their managers, the containers left out', async () => {
  const ldif = file(
    'people.ldif',
    [
      'dn: ou=people,dc=example',
      'objectClass: organizationalUnit',
      'ou: people',
      '',
      'dn: uid=boss,ou=people,dc=example',
      'objectClass: inetOrgPerson',
      'cn: Bo Ss',
      'employeeNumber: E930',
      '',
      'dn: uid=clerk,ou=people,dc=example',
      'objectClass: inetOrgPerson',
      `cn:: ${Buffer.from('孙权').toString('base64')}`,
      'employeeNumber: E931',
      'manager: uid=boss,ou=people,dc=example',
      '',
    ].join('\n'),
  );
  expect((await directory('import', ldif, '--apply')).out).toContain('2 rows: 2 added');
  const [boss] = (await directory('list', 'E930', '--json')).json;
  const [clerk] = (await directory('list', 'E931', '--json')).json;
  expect(clerk).toMatchObject({ fields: { name: '孙权', manager: boss?.['id'] } });
});

test('fields, sources and the brake say how things are', async () => {
  const fields = await directory('fields');
  expect(fields.out).toMatch(
    /^officeTelephone {2,}Office telephone {2,}办公电话 {2,}telephone {2,}public {2,}telephonenumber {2,}telephonenumber {2,}phonenumbers\.work, phonenumbers$/m,
  );
  expect(fields.out).toMatch(/^mail .* {2,}mail {2,}mail, proxyaddresses \(primaryMail\) {2,}emails\.work, emails$/m);
  expect((await directory('fields', '--json')).json).toContainEqual(
    expect.objectContaining({
      name: 'mail',
      class: 'public',
      attributes: {
        ldap: [{ attribute: 'mail' }],
        ad: expect.any(Array),
        scim: [{ attribute: 'emails.work' }, { attribute: 'emails' }],
      },
    }),
  );
  const config = file(
    'fields.yaml',
    'fields: { extra1: { class: internal, label: Cost centre } }\nsources: [{ name: hq, kind: ad, url: ldap://127.0.0.1, bindDn: x, password: x, base: dc=x, attributes: { extra1: { attribute: dept, transform: rdn }, fax: [] } }]',
  );
  const inEffect = await directory('fields', '--config', config);
  expect(inEffect.out).toMatch(/^FIELD +LABEL +KIND +CLASS +HQ$/m);
  expect(inEffect.out).toMatch(/^extra1 +Cost centre +Cost centre +text +internal +dept \(rdn\)$/m);
  expect(inEffect.out).toMatch(/^fax .* public$/m);
  expect(await directory('fields', '--config', 'none.yaml')).toMatchObject({ code: 1 });
  expect((await directory('sources')).out).toMatch(/^SOURCE +STATE +PERSONS +LAST CHANGE\nembedded +ready +\d+ +-\n$/);
  expect((await directory('sources', '--json')).json).toMatchObject([{ source: 'embedded', state: 'ready' }]);
  expect(await directory('brake')).toMatchObject({ code: 0, out: 'nothing waits\n' });
  expect(await directory('brake', 'list', '--json')).toMatchObject({ code: 0, out: '' });
  for (const verb of ['approve', 'reject'])
    expect(await directory('brake', verb, 'none')).toMatchObject(
      refusal('there is no hold none; it may have been decided already'),
    );
});

test('persons of several sources: doubles, join, separate and forget say what they did, or why not', async () => {
  const [one, other] = [await add('name=One'), await add('name=Other')];
  expect(await directory('doubles')).toMatchObject({ code: 0, out: 'nobody may be somebody else\n' });
  expect((await directory('doubles', '--join', '--json')).json).toEqual([{ joined: 0 }]);
  expect(await directory('join', one, other)).toMatchObject(refusal('embedded has an entry of each: mend that there'));
  expect(await directory('separate', one, 'embedded')).toMatchObject(
    refusal(`embedded is the only one that knows ${one}`),
  );
  expect(await directory('forget', 'old', '--removing', '5')).toMatchObject(refusal('there is nobody of a source old'));
});

test('accounts: put with a password from standard input, listed without it, removed; a short password is refused', async () => {
  const person = await add('name=Hugo Account');
  const put = await bench.call(['directory', '--data', server.data, 'account', 'put', 'hugo', '--person', person], {
    input: 'long enough\n',
  });
  expect(put).toMatchObject({ code: 0, out: 'account hugo\n' });
  const logIn = (password: string): Promise<Ended> =>
    bench.call([
      'terminal',
      '--home',
      bench.folder(),
      '--server',
      server.url,
      'log-in',
      '--user',
      'hugo',
      '--password',
      password,
    ]);
  expect(await logIn('long enough')).toMatchObject({ code: 0 });
  const listed = await directory('account', '--json');
  expect(listed.json).toMatchObject([{ user: 'hugo', person, sessions: 1 }]);
  expect(listed.out).not.toMatch(/password|argon2/);
  expect((await directory('account')).out).toMatch(/^USER +PERSON +SESSIONS\nhugo +\S+ +1\n$/);
  expect(await directory('account', 'put', 'ida', '--password', 'short')).toMatchObject(
    refusal('password: a password has at least 8 characters'),
  );
  expect(await directory('account', 'put', 'ida')).toMatchObject({ code: 2, out: '' });
  expect(await directory('account', 'put', 'ida', '--password', 'long enough', '--person', 'nobody')).toMatchObject({
    code: 3,
  });
  expect(await directory('account', 'remove', 'hugo')).toMatchObject({ code: 0, out: 'removed account hugo\n' });
  expect(await directory('account', 'remove', 'hugo')).toMatchObject({ code: 3, out: '' });
  expect(await logIn('long enough')).toMatchObject({ code: 3 });
});

test('without a server it ends with 4 and says what to do; a wrong token ends with 3; a token that is not there with 1', async () => {
  const nowhere = bench.folder();
  expect(await bench.call(['directory', '--data', nowhere, 'list'])).toMatchObject({
    code: 4,
    out: '',
    err: `rollcall: no server runs on ${nowhere}; start one with 'rollcall serve', or name another with --data or --server\n`,
  });
  const token = file('token', 'not the token\n');
  const away = await directory('--server', 'http://127.0.0.1:2', '--token-file', token, 'list');
  expect(away).toMatchObject({ code: 4, out: '' });
  expect(away.err).toMatch(/^rollcall: http:\/\/127\.0\.0\.1:2 cannot be reached: .*ECONNREFUSED.*\n$/);
  const nonsense = await directory('--server', 'nonsense', '--token-file', token, 'list');
  expect(nonsense).toMatchObject({ code: 2, out: '' });
  expect(nonsense.err).toContain('not the URL of a server (http://HOST:PORT or https://HOST): "nonsense"');
  const wrong = await directory('--token-file', token, 'list');
  expect(wrong).toMatchObject({ code: 3, out: '' });
  expect(wrong.err).toContain(`does not take the administrator's token in ${token}; --token-file names another`);
  const absent = await directory('--token-file', join(nowhere, 'none'), 'list');
  expect(absent).toMatchObject({ code: 1, out: '' });
  expect(absent.err).toMatch(/^rollcall: cannot read the administrator's token: ENOENT/);
});

test("the token of the folder's own server is not told to another server", async () => {
  const given = await directory('--server', 'http://127.0.0.1:2', 'list');
  expect(given).toMatchObject({ code: 2, out: '' });
  expect(given.err).toContain('--server needs --token-file');
});

test('a reader that goes away, as head does, is no failure', async () => {
  const command = bench.start(['directory', 'fields', '--json']);
  command.closeOutput();
  expect(await command.end()).toMatchObject({ code: 0, err: '' });
});
