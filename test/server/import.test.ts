import fc from 'fast-check';
import { expect, test } from 'vitest';
import { attributeMap } from '../../src/server/attribute-map.ts';
import { csvRows, type CsvProblem, type CsvRow } from '../../src/server/csv.ts';
import { readImport, type ImportRows } from '../../src/server/import-file.ts';
import { ldifRecords } from '../../src/server/ldif.ts';
import { matchRows, type Matched, type Present } from '../../src/server/import-match.ts';
import { personId } from '../../src/book/person-id.ts';
import type { Refusal } from '../../src/server/administration.ts';
import { resultOf } from './ended.ts';
import { anyTextImports } from './hostile-import.ts';

const map = attributeMap();
type Read = ImportRows | Refusal;
const csv = (text: string): Read => resultOf(readImport({ format: 'csv', text }, map));
const ldif = (text: string): Read => resultOf(readImport({ format: 'ldif', text }, map));
function readCsv(text: string): readonly CsvRow[] | CsvProblem {
  const rows: CsvRow[] = [];
  const steps = csvRows(text);
  for (let next = steps.next(); ; next = steps.next()) {
    if (next.done === true) return next.value ?? rows;
    rows.push(next.value);
  }
}
const rowsOf = (read: Read): unknown => (read.kind === 'rows' ? read.rows.map((row) => row.fields) : read);

test('a CSV row begins on the line where its first cell does, whatever line feeds are quoted within', () => {
  expect(readCsv('a,b\r\n"x\ny","1""2"\r\r\nlast,"" ,')).toEqual({
    line: 5,
    problem: expect.stringContaining('after a closing quote'),
  });
  expect(readCsv('\ufeffa,b\r\n"x\ny","1""2"\n\nlast,')).toEqual([
    { line: 1, cells: ['a', 'b'] },
    { line: 2, cells: ['x\ny', '1"2'] },
    { line: 5, cells: ['last', ''] },
  ]);
  expect(readCsv('')).toEqual([]);
  expect(readCsv('a;b,c;d\n')).toEqual([{ line: 1, cells: ['a', 'b,c', 'd'] }]);
  expect(readCsv('a\tb\n1\t2')).toEqual([
    { line: 1, cells: ['a', 'b'] },
    { line: 2, cells: ['1', '2'] },
  ]);
  expect(readCsv('a,"b\n1,2')).toEqual({ line: 1, problem: 'a quote is opened and never closed' });
});

test('what is written as CSV is read back, whatever the cells hold', () =>
  fc.assert(
    fc.property(
      fc.array(
        fc.array(fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', '张') }), {
          minLength: 2,
          maxLength: 4,
        }),
        { minLength: 1 },
      ),
      (rows) => {
        const text = [['x', 'y'], ...rows]
          .map((cells) => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(','))
          .join('\r\n');
        const read = readCsv(text);
        expect('problem' in read ? read : read.slice(1).map((row) => row.cells)).toEqual(rows);
      },
    ),
  ));

test('any text is read as CSV or as LDIF or refused, and never anything else', () =>
  fc.assert(anyTextImports.property, { numRuns: 300 }));

test.each([
  ['names of fields', 'name,officeTelephone,employeeNumber\nAda,8001,E1'],
  ['labels in English, any case, full width too', 'NAME;Office Telephone;Ｅｍｐｌｏｙｅｅ number\nAda;8001;E1'],
  ['labels in Chinese', '姓名\t办公电话\t工号\nAda\t8001\tE1'],
  ['LDAP attributes', 'cn,telephoneNumber,employeeNumber\nAda,8001,E1'],
])('a header may be %s', (_, text) => {
  expect(rowsOf(csv(text))).toEqual([{ name: 'Ada', officeTelephone: '8001', employeeNumber: 'E1' }]);
});

test('a column may be called what the administrator calls the field', () => {
  const labels = { extra1: { en: 'Cost centre', zh: '成本中心' }, title: { en: 'Mail', zh: '职位' } };
  const read = (text: string) => resultOf(readImport({ format: 'csv', text }, attributeMap(), labels));
  expect(rowsOf(read('name,COST CENTRE,mail\nAda,K100,ada@x'))).toEqual([
    { name: 'Ada', extra1: 'K100', mail: 'ada@x' },
  ]);
  expect(rowsOf(read('姓名,成本中心,职位\nAda,K100,x'))).toEqual([{ name: 'Ada', extra1: 'K100', title: 'x' }]);
  expect(read('name,faxUri\nAda,tel:+1')).toMatchObject({ kind: 'refused', status: 400 });
});

test.each([
  ['a column that is no field', 'name,salary\nAda,1', /"salary" is no field.*name, surname/],
  ['one field twice', 'name,cn\nAda,Ada', /"name" and "cn" are the same field/],
  ['a photo', 'name,photo\nAda,x', /"photo" is no field/],
  ['nothing', '', /no rows/],
  ['only a header', 'name,mail\n', /no rows/],
  ['an open quote', 'name,mail\n"Ada,x', /Line 2: a quote is opened/],
])('a CSV file with %s is refused, and what would be right is said', (_, text, problem) => {
  expect(csv(text)).toMatchObject({ kind: 'refused', status: 400, problem: expect.stringMatching(problem) });
});

test('ragged rows and values that their fields do not take are rejected by line; empty lines are none', () => {
  expect(
    csv(
      'name,mail,mobile\nAda,ada@x\n,,\n\nBen,ben at x,1\nCho,c@x,call me\nDan,d@x,+86 (10) 1-2;\nEve,e@x,"138 0000 0001 ext. 7"',
    ),
  ).toEqual({
    kind: 'rows',
    leftOut: [],
    rows: [{ line: 8, fields: { name: 'Eve', mail: 'e@x', mobileTelephone: '138 0000 0001 ext. 7' } }],
    rejected: [
      { line: 2, reason: expect.stringContaining('2 cells, the header has 3') },
      { line: 5, reason: expect.stringContaining('one @') },
      { line: 6, reason: expect.stringContaining('Mobile telephone: "call me"') },
      { line: 7, reason: expect.stringContaining('digits') },
    ],
  });
});

test('a huge cell is rejected by its length, not taken or cut', () => {
  const read = csv(`name,title\nAda,${'x'.repeat(1_000_000)}`);
  expect(read).toMatchObject({
    rows: [],
    rejected: [{ line: 2, reason: expect.stringContaining('at most 1024 characters') }],
  });
});

test('list values may be parted by line feeds, ; or |', () => {
  expect(rowsOf(csv('name,otherMails\nAda,"b@x;a@x|b@x\nc@x"'))).toEqual([
    { name: 'Ada', otherMails: 'a@x\nb@x\nc@x' },
  ]);
});

// ---- LDIF (RFC 2849) ---------------------------------------------------------------------------

test('RFC 2849: comments, folding, base64, version, options of attributes', () => {
  const records = Array.from(
    ldifRecords(
      'version: 1\n# a comment\n  that goes on\ndn: cn=Ada,dc=x\nobjectClass: person\ncn: Ada Love\n lace\nSN;Lang-EN: L\ncn;lang-zh:: 5byg5Lyf\n\n\ndn:: Y249QmVu\nchangetype: add\ncn: Ben\n',
    ),
  );
  const texts = records.map((record) =>
    'problem' in record
      ? record
      : {
          ...record,
          attributes: Object.fromEntries(
            [...record.attributes].map(([name, values]) => [
              name,
              values.map((value) => new TextDecoder().decode(value)),
            ]),
          ),
        },
  );
  expect(texts).toEqual([
    {
      line: 4,
      dn: 'cn=Ada,dc=x',
      attributes: { objectclass: ['person'], cn: ['Ada Lovelace'], 'sn;lang-en': ['L'], 'cn;lang-zh': ['张伟'] },
    },
    { line: 12, dn: 'cn=Ben', attributes: { cn: ['Ben'] } },
  ]);
});

test.each([
  ['dn: cn=x\nchangetype: delete\n', 1, /changetype delete is not read/],
  ['dn: cn=x\nchangetype: modify\nreplace: cn\ncn: y\n-\n', 1, /changetype modify|not of the form/],
  ['cn: x\n', 1, /begins with dn/],
  ['dn: cn=x\njpegPhoto:< file:///etc/passwd\n', 1, /another address/],
  ['dn: cn=x\ncn:: !!!\n', 1, /not base64/],
  ['\n\ndn: cn=x\nwhat is this\n', 3, /line 4: not of the form/],
])('an LDIF record that is not one to add is rejected: %j', (text, line, reason) => {
  expect(ldif(text)).toMatchObject({
    kind: 'rows',
    rows: [],
    rejected: [{ line, reason: expect.stringMatching(reason) }],
  });
});

test('an LDIF export gives its persons, with their managers by place, and leaves out containers and groups', () => {
  const read = ldif(
    'dn: ou=people,dc=x\nobjectClass: organizationalUnit\nou: people\n\ndn: cn=Ada, dc=x\nobjectClass: inetOrgPerson\ncn: Ada\nmanager: CN=Ben,DC=x\n\ndn: cn=Ben,dc=x\nobjectClass: inetOrgPerson\ncn: Ben\n',
  );
  expect(read).toMatchObject({
    rows: [{ place: 'cn=ada,dc=x', manager: { kind: 'place', place: 'cn=ben,dc=x' } }, { place: 'cn=ben,dc=x' }],
    rejected: [],
  });
});

// ---- matching ----------------------------------------------------------------------------------

const present: readonly Present[] = [
  { id: personId('ada2'), fields: { name: 'Ada', employeeNumber: 'E1', mail: 'ada@x' } },
  { id: personId('ben2'), fields: { name: 'Ben', mail: 'ben@x' } },
  { id: personId('cho2'), fields: { name: 'Cho', mail: 'twins@x' } },
  { id: personId('dan2'), fields: { name: 'Dan', mail: 'Twins@x' } },
];
const matched = (text: string): Matched => {
  const read = csv(text);
  if (read.kind === 'refused') throw new Error(read.problem);
  let count = 0;
  return resultOf(matchRows(read, { present, newPersonId: () => personId(`new${'abcdefgh'.charAt(count++)}`) }));
};

test('rows are matched by employee number, else by mail without regard to case; the rest is new', () => {
  expect(matched('name,employeeNumber,mail,title\nAda,E1,,Countess\nBen,,BEN@x,\nEve,E9,eve@x,Spy')).toMatchObject({
    rows: 3,
    altered: [
      { line: 2, person: 'ada2', name: 'Ada', from: {}, to: { title: 'Countess' } },
      { line: 3, person: 'ben2', from: { mail: 'ben@x' }, to: { mail: 'BEN@x' } },
    ],
    added: [{ line: 4, fields: { name: 'Eve', employeeNumber: 'E9', mail: 'eve@x', title: 'Spy' } }],
    rejected: [],
  });
});

test('an empty cell takes nothing away, and a row that says what is known is unchanged', () => {
  expect(matched('name,employeeNumber,mail\nAda,E1,')).toMatchObject({ unchanged: 1, altered: [], added: [] });
});

test.each([
  ['a mail of two persons', 'name,mail\nCho,twins@x', [{ line: 2, reason: /cho2 and dan2/ }]],
  ['two rows of one person', 'name,employeeNumber\nAda,E1\nAda King,E1', [{ line: 3, reason: /line 2/ }]],
  ['two new rows with one employee number', 'name,employeeNumber\nEve,E9\nEva,E9', [{ line: 3, reason: /line 2/ }]],
  ['a new row without a name', 'employeeNumber,title\nE9,Spy', [{ line: 2, reason: /needs a name/ }]],
  ['a manager whom nobody knows', 'name,employeeNumber,manager\nEve,E9,E77', [{ line: 2, reason: /E77/ }]],
  ['a row that manages itself', 'name,employeeNumber,manager\nEve,E9,E9', [{ line: 2, reason: /own manager/ }]],
  [
    'a manager whose own row is wrong',
    'name,employeeNumber,manager\nEve,E9,E8\nFay,E8,E7',
    [
      { line: 2, reason: /E8/ },
      { line: 3, reason: /E7/ },
    ],
  ],
])('%s is rejected, not guessed', (_, text, rejected) => {
  const result = matched(text);
  expect(result.rejected).toEqual(
    rejected.map(({ line, reason }) => ({ line, reason: expect.stringMatching(reason) })),
  );
});

test('a manager may be a person ID, an employee number of the book, or one of the file', () => {
  expect(
    matched('name,employeeNumber,manager\nEve,E9,ben2\nFay,E8,E1\nGus,E7,E8').added.map((each) => each.fields.manager),
  ).toEqual(['ben2', 'ada2', 'newb']);
});

test('a new person with a Chinese name gets its pinyin', () => {
  expect(matched('姓名,工号\n单雄信,E9').added[0]?.fields).toEqual({
    name: '单雄信',
    chineseName: '单雄信',
    pinyin: 'Shan Xiongxin',
    employeeNumber: 'E9',
  });
});
