// A folder of files as a source: real files, the real following, stage and log.

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { instant, seconds, wallTime } from '../../src/base/time.ts';
import type { Fields } from '../../src/book/person.ts';
import { filesSchema, type FilesConfig } from '../../src/node/files-config.ts';
import { readFolder, testFolder } from '../../src/node/folder-reading.ts';
import { followFolder } from '../../src/node/folder-source.ts';
import { makePersonIds, newHoldId } from '../../src/node/person-ids.ts';
import { findRunning } from '../../src/node/running.ts';
import { createReport } from '../../src/node/report.ts';
import { openSqliteChangeLog } from '../../src/node/sqlite-change-log.ts';
import { sourceKey, sourceName, type ChangeLog } from '../../src/server/change-log.ts';
import { runCommand, spawnServer } from '../scenario/server-process.ts';
import { createStage } from '../../src/server/stage.ts';
import type { Stage } from '../../src/server/stage-options.ts';
import { healthSchema } from '../../src/wire/admin.ts';
import { parseJson } from '../../src/wire/problem.ts';
import type { StageFact } from '../../src/server/stage-fact.ts';

const hr = sourceName('hr');
const header = 'employeeNumber,name,Office telephone,manager\n';
const rows = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, at) => `${from + at},Person ${from + at},80${from + at},\n`).join('');

let parent: string;
let folder: string;
beforeAll(() => (parent = mkdtempSync(join(tmpdir(), 'rollcall-folder-'))));
beforeEach(() => (folder = mkdtempSync(join(parent, 'in-'))));
afterAll(() => rmSync(parent, { recursive: true }));

const put = (name: string, content: string | Uint8Array): void => writeFileSync(join(folder, name), content);
const config = (more: object = {}): FilesConfig =>
  v.parse(filesSchema, { name: 'hr', kind: 'files', folder, every: '1s', ...more });

async function read(
  more: object = {},
): Promise<{ reading: Awaited<ReturnType<typeof readFolder>>; persons: Map<string, Fields> }> {
  const persons = new Map<string, Fields>();
  const reading = await readFolder(config(more), async (events) => {
    for (const event of events) if (event.kind === 'person') persons.set(event.key, event.fields);
  });
  return { reading, persons };
}

describe('what files say', () => {
  test('columns are found by field, label in any language, or attribute, in any order and with any delimiter; others are passed over', async () => {
    put(
      'a.csv',
      'Shoe size;工号;displayName;mail;otherMails\n43;7;Ada Lovelace;ada@example.com;a@example.com|b@example.com\n',
    );
    put('B.CSV', 'employeeNumber\tname\tCost centre\thomePhone\n8\tBen\tR1\t123\n');
    const { reading, persons } = await read({ attributes: { extra1: 'Cost centre' } });
    expect(reading.kind).toBe('read');
    expect(persons.get('7')).toMatchObject({ name: 'Ada Lovelace', mail: 'ada@example.com', employeeNumber: '7' });
    expect(persons.get('7')?.otherMails).toBe('a@example.com\nb@example.com');
    // Restricted fields are taken only where the settings name the column.
    expect(persons.get('8')).toEqual({ name: 'Ben', employeeNumber: '8', extra1: 'R1' });
  });

  test('UTF-8 with a mark, UTF-16 of either order, and what the settings name are read; no encoding is guessed', async () => {
    const text = `${header}1,张伟,8001,\n`;
    const utf16 = Buffer.from(`\ufeff${text}`, 'utf16le');
    const gb = Buffer.concat([
      Buffer.from(`${header}1,`),
      Buffer.from([0xd5, 0xc5, 0xce, 0xb0]),
      Buffer.from(',8001,\n'),
    ]);
    for (const [bytes, more] of [
      [Buffer.from(`\ufeff${text}`), {}],
      [utf16, {}],
      [Buffer.from(utf16).swap16(), {}],
      [gb, { encoding: 'gb18030' }],
    ] as const) {
      put('a.csv', bytes);
      expect((await read(more)).persons.get('1')).toMatchObject({ name: '张伟', pinyin: 'Zhang Wei' });
    }
    put('a.csv', gb);
    expect((await read()).reading).toMatchObject({
      kind: 'lost',
      problem: expect.stringContaining('a.csv line 2: it is not utf-8'),
    });
    put('a.csv', `${header}1,A\0da,,\n`);
    expect((await read()).reading).toMatchObject({ problem: expect.stringContaining('a.csv line 2: there is a NUL') });
    expect(() => config({ encoding: 'klingon' })).toThrow('the name of an encoding');
  });

  test('LDIF is known by DN or by what the settings name, with its managers; containers are no persons', async () => {
    put(
      'all.ldif',
      'version: 1\n\ndn: ou=People,dc=x\nobjectClass: organizationalUnit\nou: People\n\n' +
        'dn: uid=ada,ou=People,dc=x\nobjectClass: inetOrgPerson\ncn:: 5byg5Lyf\nuid: ada\nmanager: uid=ben,ou=People,dc=x\n\n' +
        'dn: uid=ben,ou=People,dc=x\nobjectClass: inetOrgPerson\ncn: Ben\nuid: ben\n',
    );
    expect([...(await read()).persons.keys()]).toEqual(['uid=ada,ou=people,dc=x', 'uid=ben,ou=people,dc=x']);
    const { persons } = await read({ keyAttribute: 'uid' });
    expect(persons.get('ada')).toMatchObject({ name: '张伟' });
  });

  const vcard = (...lines: readonly string[]): string =>
    ['BEGIN:VCARD', 'VERSION:3.0', ...lines, 'END:VCARD', ''].join('\r\n');
  const ada = vcard(
    'UID:urn:x:Ada',
    'FN:Ada Lovelace',
    'TEL;TYPE=work:8001',
    'TEL;TYPE=home:1',
    'X-COST:R1',
    'RELATED;TYPE=x-manager;VALUE=text:urn:x:Ben',
  );

  test('vCards are known by UID, else by employee number, or by what the settings name; groups are no persons', async () => {
    const gif = Buffer.from('GIF89a-and-more').toString('base64');
    const zhang = vcard(
      'X-EMPLOYEE-NUMBER:7',
      'FN:张伟',
      `PHOTO;ENCODING=b;TYPE=GIF:${gif}`,
      'FAX:no field',
      'SN:none',
    );
    put('all.vcf', ada + zhang + vcard('FN:Nobody') + vcard('KIND:group', 'UID:g', 'FN:All'));
    const { reading, persons } = await read();
    expect(reading).toMatchObject({
      kind: 'read',
      passedOver: { rows: 1, words: [expect.stringMatching(/^all\.vcf line 18 does not say/)] },
    });
    expect([...persons.keys()]).toEqual(['urn:x:Ada', '7']);
    // Restricted fields are taken only where the settings name the property.
    expect(persons.get('urn:x:Ada')).toEqual({ name: 'Ada Lovelace', officeTelephone: '8001' });
    expect(persons.get('7')).toEqual({
      name: '张伟',
      chineseName: '张伟',
      pinyin: 'Zhang Wei',
      employeeNumber: '7',
      photo: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const more = { attributes: { homeTelephone: 'TEL;TYPE=home', extra1: 'X-Cost', officeTelephone: [], photo: [] } };
    const named = await read({ keyAttribute: 'X-COST', ...more });
    expect([...named.persons]).toEqual([['R1', { name: 'Ada Lovelace', homeTelephone: '1', extra1: 'R1' }]]);
    expect([...(await read({ keyAttribute: 'name' })).persons.keys()]).toEqual(['Ada Lovelace', '张伟', 'Nobody']);
  });

  test.each([
    ['a.vcf', '', 'line 1: the file is empty'],
    ['a.vcf', `${ada}${ada.slice(0, 60)}`, 'line 14: it is not of the form'],
    ['a.vcf', `${ada}${ada.slice(0, -12)}`, 'line 10: the card has no END:VCARD'],
    ['a.VCF', ada.replace('3.0', '2.1'), 'line 1: it is of version 2.1'],
    ['a.csv', '', 'line 1: the file is empty'],
    ['a.csv', 'name,mail\nAda,a@x\n', 'line 1: there is no column "employeeNumber"'],
    ['a.csv', 'employeeNumber,name,NAME\n', 'line 1: two columns are called "name"'],
    ['a.csv', `${header}1,Ada,8001,\n2,Be`, 'line 3: it has 2 cells, the header has 4'],
    ['a.csv', `${header}1,"Ada,8001,\n`, 'line 2: a quote is opened and never closed'],
    ['a.ldif', 'dn: uid=a,dc=x\ncn: A\n\ndn: uid=b,dc=x\nrubbish\n', 'line 4: line 5: not of the form'],
    ['a.ldif', ' \n', 'line 1: the file is empty'],
  ])('%s with %j is not taken at all: %s', async (name, content, problem) => {
    put(name, content);
    const { reading, persons } = await read();
    expect(reading).toMatchObject({ kind: 'lost', problem: expect.stringContaining(`${name} ${problem}`) });
    expect(persons.size).toBe(0);
  });

  test('pipes, folders and links to nowhere that are called like files are said to be none, and wait for nobody; links to files are read', async () => {
    put('a.data', `${header}1,Ada,,\n`);
    symlinkSync('a.data', join(folder, 'a.csv'));
    put('.hidden.csv', 'rubbish');
    expect((await read()).persons.size).toBe(1);
    for (const make of [
      (path: string) => execFileSync('mkfifo', [path]),
      (path: string) => mkdirSync(path),
      (path: string) => symlinkSync('nowhere', path),
    ]) {
      make(join(folder, 'x.csv'));
      expect((await read()).reading).toMatchObject({ kind: 'lost', problem: expect.stringMatching(/^x\.csv: /) });
      rmSync(join(folder, 'x.csv'), { recursive: true });
    }
  });

  test('a test of the source says how many there are, what is filled and what is passed over', async () => {
    put('a.csv', `${header}1,Ada,8001,\n1,Twin,,\n,Nobody,,\n2,Ben,8002,1\n`);
    const findings = [];
    for await (const finding of testFolder(config(), () => undefined)) findings.push(finding);
    expect(findings.map(({ check, verdict }) => `${check} ${verdict}`)).toEqual([
      'reading odd',
      'persons good',
      'fields good',
      'photos good',
    ]);
    expect(findings[0]?.says).toBe(
      'all files read; 3 rows are passed over:\n  a.csv line 3 and a.csv line 2 are both "1": none of them is taken\n  a.csv line 4 does not say who it is',
    );
    expect(findings[1]?.says).toBe(`1 found in ${folder}`);
    rmSync(folder, { recursive: true });
    expect((await read()).reading).toMatchObject({ kind: 'lost', problem: expect.stringContaining('ENOENT') });
  });
});

describe('a folder that is followed', () => {
  let stack = new AsyncDisposableStack();
  let facts: StageFact[] = [];
  afterEach(async () => {
    await stack.disposeAsync();
    stack = new AsyncDisposableStack();
    facts = [];
  });

  async function follow(more: object = {}): Promise<{ log: ChangeLog; stage: Stage }> {
    const log = stack.use(openSqliteChangeLog({ path: ':memory:' }));
    const given = config(more);
    const stage = await createStage({
      source: hr,
      changeLog: log,
      brake: given.brake,
      newPersonId: makePersonIds(Date.now),
      newHoldId,
      wallClock: () => wallTime(Date.now()),
      clock: () => instant(performance.now()),
      announce: () => undefined,
      report: (fact) => void facts.push(fact),
      settle: seconds(1),
    });
    const report = { ...createReport('silent'), stage: (fact: StageFact) => void facts.push(fact) };
    stack.use(followFolder(given, stage, report));
    return { log, stage };
  }

  async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
    for (const end = performance.now() + 20_000; !(await holds()); await sleep(50))
      if (performance.now() > end) throw new Error(`not in time: ${what}`);
  }
  const state = async ({ stage }: { stage: Stage }, wanted: string, problem = ''): Promise<void> =>
    until(`${wanted} ${problem}`, async () => {
      const now = await stage.state();
      return now.state === wanted && (now.problem ?? '').includes(problem);
    });
  const name = async ({ log }: { log: ChangeLog }, key: string): Promise<Fields | undefined> =>
    (await log.known(hr, [sourceKey(key)])).get(sourceKey(key))?.fields;
  const living = ({ log }: { log: ChangeLog }, count: number): Promise<void> =>
    until(`${count} living`, async () => (await log.countLiving(hr)) === count);
  const revision = async ({ log }: { log: ChangeLog }): Promise<number> => (await log.head()).revision;

  test('rows appear, change, move to another file and leave; what is as it was is no change; the manager is named by key', async () => {
    put('a.csv', header + rows(1, 3) + '4,Ada,8004,1\n');
    const followed = await follow();
    await living(followed, 4);
    await state(followed, 'following');
    const boss = (await followed.log.known(hr, [sourceKey('1')])).get(sourceKey('1'))?.person;
    expect(await name(followed, '4')).toMatchObject({ name: 'Ada', manager: boss });
    const before = await revision(followed);
    put('new', header + rows(1, 2) + '4,Ada Lovelace,8004,1\n');
    renameSync(join(folder, 'new'), join(folder, 'a.csv'));
    put('b.csv', header + rows(3, 3));
    await until('the change', async () => (await name(followed, '4'))?.name === 'Ada Lovelace');
    await state(followed, 'following');
    expect(await revision(followed)).toBe(before + 1);
    put('b.csv', header);
    await living(followed, 3);
    const card = (uid: string, more: string): string =>
      `BEGIN:VCARD\nVERSION:4.0\nUID:${uid}\nFN:${uid}\n${more}END:VCARD\n`;
    put('c.vcf', card('urn:x:Eve', 'RELATED;TYPE=x-manager;VALUE=text:urn:x:Dan\n') + card('urn:x:Dan', ''));
    await living(followed, 5);
    const dan = (await followed.log.known(hr, [sourceKey('urn:x:Dan')])).get(sourceKey('urn:x:Dan'))?.person;
    await until('the manager', async () => (await name(followed, 'urn:x:Eve'))?.manager === dan);
  });

  test('a file that is half-written, and one that is away, remove nobody, while others flow; mended, all is in step', async () => {
    put('a.csv', header + rows(1, 5));
    put('b.csv', header + rows(6, 9));
    const followed = await follow();
    await living(followed, 9);
    put('a.csv', `${header}1,Other,8001,\n2,Pe`);
    put('b.csv', header + rows(6, 8) + '10,New,,\n');
    await state(followed, 'lost', 'a.csv line 3: it has 2 cells');
    const { since } = await followed.stage.state();
    expect(since).toBeGreaterThan(0);
    put('a.csv', `${header}1`);
    await state(followed, 'lost', 'a.csv line 2: it has 1 cell');
    expect((await followed.stage.state()).since).toBe(since);
    expect(await name(followed, '1')).toMatchObject({ name: 'Person 1' });
    expect(await name(followed, '10')).toMatchObject({ name: 'New' });
    expect(await followed.log.countLiving(hr)).toBe(10);
    put('a.csv', header + rows(1, 5));
    await living(followed, 9);
    await state(followed, 'following');
    expect(await followed.stage.state()).not.toHaveProperty('since');
  });

  test('a folder that is away, unreadable or empty removes nobody; when it is back nothing was', async () => {
    put('a.csv', header + rows(1, 3));
    const followed = await follow();
    await living(followed, 3);
    await state(followed, 'following');
    const before = await revision(followed);
    renameSync(folder, `${folder}-away`);
    await state(followed, 'lost', 'ENOENT');
    mkdirSync(folder);
    await state(followed, 'lost', 'there is no file');
    if (process.getuid?.() !== 0) {
      chmodSync(folder, 0);
      await state(followed, 'lost', 'EACCES');
      chmodSync(folder, 0o700);
    }
    rmSync(folder, { recursive: true });
    renameSync(`${folder}-away`, folder);
    await state(followed, 'following');
    expect(await revision(followed)).toBe(before);
  });

  test('of rows with one key none is taken, in one file or in two, and who is known stays; the one that is left counts then', async () => {
    put('a.csv', header + rows(1, 3));
    const followed = await follow();
    await living(followed, 3);
    put('b.csv', `${header}2,Somebody else,,\n9,Twin one,,\n9,Twin two,,\n,Nobody,,\n`);
    await until('the report', async () => facts.some(({ kind }) => kind === 'passed-over'));
    await state(followed, 'following');
    expect(facts.find(({ kind }) => kind === 'passed-over')).toMatchObject({ source: hr, count: 5 });
    expect([await name(followed, '2'), await name(followed, '9')]).toEqual([
      expect.objectContaining({ name: 'Person 2' }),
      undefined,
    ]);
    put('a.csv', header + rows(1, 1) + rows(3, 3));
    await until('the other one', async () => (await name(followed, '2'))?.name === 'Somebody else');
  });

  test('a file that is removed takes its persons along after a while; where they are many, the brake holds them', async () => {
    put('a.csv', header + rows(1, 60));
    put('b.csv', header + rows(61, 64));
    const followed = await follow();
    await living(followed, 64);
    unlinkSync(join(folder, 'b.csv'));
    await living(followed, 60);
    put('b.csv', header + rows(61, 61));
    unlinkSync(join(folder, 'a.csv'));
    await until('the hold', async () => (await followed.log.holds()).length === 1);
    expect((await followed.log.holds())[0]?.removals).toHaveLength(60);
    expect(await followed.log.countLiving(hr)).toBe(61);
  });

  test('20,000 rows are taken while the loop goes on; written anew unchanged, they are no change', async () => {
    put('a.csv', header + rows(1, 20_000));
    const followed = await follow();
    await living(followed, 20_000);
    await state(followed, 'following');
    const before = await revision(followed);
    put('a.csv', `${header}${rows(1, 19_999)}20000,Last,8020000,\n`);
    await until('the last', async () => (await name(followed, '20000'))?.name === 'Last');
    expect(await revision(followed)).toBe(before + 1);
  });
});

test('a server follows a folder beside all else, and says what is wrong with a file', async () => {
  put('a.csv', header + rows(1, 3));
  const settings = join(mkdtempSync(join(parent, 'server-')), 'rollcall.yaml');
  const data = join(parent, 'data');
  const ports = { http: { port: 0 }, sip: { port: 0 } };
  const sources = [{ name: 'hr', kind: 'files', folder, every: '1s' }];
  writeFileSync(settings, JSON.stringify({ data, ...ports, sources }));
  const server = await spawnServer(settings);
  try {
    const says = async (words: string): Promise<void> => {
      for (const end = performance.now() + 20_000; !server.complaints().includes(words); await sleep(50))
        if (performance.now() > end) throw new Error(`it did not say ${words}: ${server.complaints()}`);
    };
    await says('source hr: in step; 3 changes');
    put('a.csv', `${header}1,Ada`);
    await says('a.csv line 2: it has 2 cells');
    const { url = '' } = findRunning(data) ?? {};
    const health = await fetch(`${url}/health`);
    expect([health.status, parseJson(healthSchema, await health.text(), 'health').sources]).toEqual([
      200,
      [
        { source: 'embedded', state: 'ready' },
        { source: 'hr', state: 'lost', since: expect.any(Number), manner: expect.stringContaining('by its files') },
      ],
    ]);
    expect((await runCommand(['directory', '--data', data, 'sources'])).said).toMatch(/lost \(not in step since 2/);
    put('a.csv', header + rows(1, 4));
    // One that cannot be read keeps nobody from seeing the others.
    const gone = { name: 'gone', kind: 'files', folder: join(parent, 'no-such-folder') };
    writeFileSync(settings, JSON.stringify({ data, ...ports, sources: [gone, ...sources] }));
    const preview = await runCommand(['--json', 'source', 'preview', '--config', settings]);
    expect(JSON.parse(preview.said)).toMatchObject({ source: 'hr', found: 4 });
    expect([preview.code, preview.complaints]).toEqual([4, expect.stringContaining('rollcall: source gone: ENOENT')]);
    await says('source hr: in step; 1 changes');
  } finally {
    await server.stop();
  }
});
