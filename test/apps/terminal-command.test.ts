// `rollcall terminal`, an employee's terminal on the command line, against a server of its own.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { personId } from '../../src/book/person-id.ts';
import { openTerminal } from '../../src/node/terminal.ts';
import { sampleDomain } from '../../src/server/sample-enterprise.ts';
import { publicClient, startOpenId, type OpenId } from '../peers/openid.ts';
import { photo } from '../peers/pictures.ts';
import { Bench, type CallOptions, type Ended, type RunningCommand, type Served } from './command.ts';

const shared = new Bench();
const bench = new Bench();
let server: Served;
let openId: OpenId;
beforeAll(async () => {
  openId = await startOpenId();
  const config = join(shared.folder(), 'rollcall.yaml');
  const oidc = { issuer: openId.issuer, clientId: publicClient.client_id };
  const fields = {
    fax: { label: { en: 'Facsimile', zh: '传真机' } },
    extra1: { label: { en: 'Cost centre', zh: '成本中心' }, class: 'internal' },
    office: { class: 'restricted' },
  };
  writeFileSync(config, JSON.stringify({ logIn: { oidc }, fields })); // JSON is YAML
  server = await shared.serve(['--config', config]);
});
afterEach(() => bench.clear());
afterAll(async () => {
  await shared.clear();
  await openId[Symbol.asyncDispose]();
});

const directory = (...words: readonly string[]): Promise<Ended> =>
  bench.call(['directory', '--data', server.data, ...words]);

/** Somebody new in the enterprise address book. */
async function newPerson(...fields: readonly string[]): Promise<string> {
  const added = await directory('add', ...fields, '--json');
  return String(added.json[0]?.['person']);
}

/** A terminal of a home of its own. */
class Home {
  readonly folder: string = bench.folder();

  call(...words: readonly string[]): Promise<Ended> {
    return bench.call(['terminal', '--home', this.folder, ...words]);
  }

  callWith(options: CallOptions, ...words: readonly string[]): Promise<Ended> {
    return bench.call(['terminal', '--home', this.folder, ...words], options);
  }

  start(...words: readonly string[]): RunningCommand {
    return bench.start(['terminal', '--home', this.folder, ...words]);
  }
}

async function loggedIn(): Promise<Home> {
  const home = new Home();
  const entered = await home.call('--server', server.url, 'log-in', '--user', 'ben', '--password', 'carter123');
  expect(entered).toMatchObject({ code: 0, out: 'logged in as ben\n', err: '' });
  return home;
}

describe('photos', () => {
  test('one comes with its person, is written into a file without a server, and a change of it is told in words', async () => {
    const [red, blue] = [photo(1), photo(2, 400, 'image/png')];
    const folder = bench.folder();
    const files = { red: join(folder, 'red.jpg'), blue: join(folder, 'blue.png'), out: join(folder, 'out') };
    writeFileSync(files.red, red.bytes);
    writeFileSync(files.blue, blue.bytes);
    const person = await newPerson('name=Photo Genic', '--photo', files.red);
    const home = await loggedIn();
    await home.call('add', person);
    await home.call('log-out');
    const written = await home.call('photo', 'Photo Genic', '--out', files.out);
    expect(written).toMatchObject({ code: 0, out: `wrote ${files.out}: image/jpeg, 300 bytes\n`, err: '' });
    expect(new Uint8Array(readFileSync(files.out))).toEqual(red.bytes);
    expect((await home.call('show', person)).out).toContain('Photo  (a picture)\n');
    await directory('alter', person, '--photo', files.blue);
    await home.call('--server', server.url, 'log-in', '--user', 'ben', '--password', 'carter123');
    expect((await home.call('sync')).out).toContain('Photo Genic: Photo changed\n');
    const json = await home.call('photo', person, '--out', files.out, '--json');
    expect(json.json).toEqual([{ person, out: files.out, type: 'image/png', bytes: 400 }]);
    expect(new Uint8Array(readFileSync(files.out))).toEqual(blue.bytes);
  });

  test('where there is none, it is not here, or the file cannot be written, the command says so', async () => {
    const home = await loggedIn();
    const [plain, shown] = [await newPerson('name=Plain Person'), join(bench.folder(), 'shown.jpg')];
    writeFileSync(shown, photo(3).bytes);
    const person = await newPerson('name=Shown Person', '--photo', shown);
    await home.call('add', plain);
    await home.call('add', person);
    expect(await home.call('photo', plain, '--out', '/tmp/x')).toMatchObject({
      code: 3,
      err: 'rollcall: Plain Person has no photo\n',
    });
    expect(await home.call('photo', 'Nobody', '--out', '/tmp/x')).toMatchObject({ code: 3, out: '' });
    expect(await home.call('photo', plain)).toMatchObject({ code: 2, out: '' });
    const unwritable = await home.call('photo', person, '--out', bench.folder());
    expect(unwritable).toMatchObject({ code: 1, out: '', err: expect.stringContaining('cannot write') });
    await directory('alter', person, 'photo=');
    await using terminal = await openTerminal({ store: join(home.folder, 'personal-address-book.sqlite') });
    expect(await terminal.photo(personId(person))).toMatchObject({ hash: photo(3).hash });
  });
});

describe('log-in', () => {
  test('the password comes from standard input, from the environment, or as an option; a wrong one ends with 3', async () => {
    const home = new Home();
    const words = ['--server', server.url, 'log-in', '--user', 'ben'];
    expect(await home.callWith({ input: 'carter123\nmore\n' }, ...words)).toMatchObject({ code: 0 });
    expect(await home.callWith({ environment: { ROLLCALL_PASSWORD: 'carter123' } }, ...words)).toMatchObject({
      code: 0,
    });
    const json = await home.call(...words, '--password', 'carter123', '--json');
    expect(json).toMatchObject({ code: 0, json: [{ user: 'ben' }], err: '' });
    const wrong = { code: 3, out: '', err: 'rollcall: The user or the password is wrong.\n' };
    expect(await home.callWith({ input: 'carter124\n' }, ...words)).toMatchObject(wrong);
    expect(await home.call(...words, '--password', ' carter123')).toMatchObject(wrong);
    expect(await home.call('--server', server.url, 'log-in', '--user', 'nobody', '--password', 'x')).toMatchObject(
      wrong,
    );
    const none = await home.callWith({ input: '' }, ...words);
    expect(none).toMatchObject({ code: 2, out: '' });
    expect(none.err).toContain('a password is needed');
    expect(await home.call('log-in')).toMatchObject({ code: 2, out: '' });
  });

  test('by the identity provider: the command tells what to open, waits for the browser, and keeps the session', async () => {
    openId.accounts.set('sub of ada', { email: `ada@${sampleDomain}`, email_verified: true });
    const home = new Home();
    const words = ['--server', server.url, 'log-in', '--oidc'];
    const command = home.start(...words);
    const [url = ''] = await command.until(/^http.*$/m);
    const page = await fetch(await openId.browse(url, 'sub of ada'));
    expect(await page.text()).toContain('You are logged in, Ada Lovelace. This page may be closed.');
    expect(await command.end()).toMatchObject({
      code: 0,
      out: `open this in a browser on this machine, and log in there:\n${url}\nlogged in as Ada Lovelace\n`,
      err: '',
    });
    expect(await home.call('add', 'Ben Carter')).toMatchObject({ code: 0 });
    const json = home.start(...words, '--json');
    const [line = '{}'] = await json.until(/^\{.*\}$/m);
    const { open } = JSON.parse(line) as { open: string };
    expect((await fetch(await openId.turnBack(open))).status).toBe(200);
    const refused = 'rollcall: The identity provider says access_denied: End-User aborted interaction.\n';
    expect(await json.end()).toMatchObject({ code: 3, json: [{ open }], err: refused });
    expect(await home.call(...words, '--user', 'ada')).toMatchObject({ code: 2, out: '' });
  });

  test('the session is kept for the next command, until log-out; the address book stays', async () => {
    const home = await loggedIn();
    expect(await home.call('add', 'Ada Lovelace')).toMatchObject({ code: 0 });
    expect(await home.call('log-out')).toMatchObject({ code: 0, out: 'logged out; your address book stays\n' });
    expect(await home.call('sync')).toMatchObject({ code: 3, out: '', err: 'rollcall: Nobody is logged in.\n' });
    expect((await home.call('list', '--json')).json).toMatchObject([{ base: { name: 'Ada Lovelace' } }]);
    const among = await home.call('look-up', 'ada');
    expect(among).toMatchObject({ code: 0, err: 'Only among your own entries: Nobody is logged in: log in first.\n' });
    expect(among.out).toContain('Ada Lovelace');
  });

  test('a server that is not there ends with 4, what is no server with 2, a home that cannot be with 1', async () => {
    const home = new Home();
    const words = ['log-in', '--user', 'ben', '--password', 'x'];
    const away = await home.call('--server', 'http://127.0.0.1:2', ...words);
    expect(away).toMatchObject({ code: 4, out: '' });
    expect(away.err).toBe('rollcall: The server 127.0.0.1:2 cannot be reached (ECONNREFUSED).\n');
    expect(await home.call('--server', 'ben@example.com', ...words)).toMatchObject({ code: 2, out: '' });
    const file = join(home.folder, 'file');
    writeFileSync(file, '');
    const nowhere = await bench.call(['terminal', '--home', join(file, 'home'), 'list']);
    expect(nowhere).toMatchObject({ code: 1, out: '' });
    expect(nowhere.err).toMatch(/^rollcall: --home: cannot make the folder .*file\/home: ENOTDIR.*\n$/);
  });
});

describe('the address book', () => {
  test('look-up finds by pinyin and number, shows columns that line up, and says how many more there are', async () => {
    const home = await loggedIn();
    await newPerson('name=诸葛亮', 'department=Strategy', 'officeTelephone=70001', 'employeeNumber=Z1');
    const found = await home.call('look-up', 'zhuge');
    expect(found.out).toMatch(
      /^PERSON +NAME +PINYIN +DEPARTMENT +OFFICE TELEPHONE\n\S+ +诸葛亮 {2}Zhuge Liang {2}Strategy {4}70001\n$/,
    );
    expect((await home.call('look-up', '70001', '--json')).json).toMatchObject([{ fields: { name: '诸葛亮' } }]);
    const wang = await home.call('look-up', 'wang', '--limit', '3');
    expect(wang.out.split('\n')).toHaveLength(5);
    expect(wang.err).toMatch(/^3 of \d+; --limit shows more\n$/);
    expect(await home.call('look-up', 'xyzzy')).toMatchObject({ code: 0, out: 'nobody was found\n', err: '' });
    expect(await home.call('look-up', 'xyzzy', '--json')).toMatchObject({ code: 0, out: '', err: '' });
  });

  test('add takes a person ID or a name that only one bears; several are listed, none is said', async () => {
    const home = await loggedIn();
    const person = await newPerson('name=Quirin Single', 'department=One');
    await newPerson('name=Quirin Twin', 'department=Two');
    expect(await home.call('add', person)).toMatchObject({ code: 0, out: `added ${person} Quirin Single\n` });
    expect(await home.call('add', 'quirin single', '--json')).toMatchObject({
      code: 0,
      json: [{ person, state: 'held' }],
    });
    const several = await home.call('add', 'quirin');
    expect(several).toMatchObject({ code: 3, out: '' });
    expect(several.err).toMatch(/^rollcall: 2 persons are found by "quirin"; name one by its ID:\n {2}\S+ {2}Quirin/);
    expect(await home.call('add', 'quirin nobody')).toMatchObject({ code: 3, out: '' });
    expect(await home.call('add', 'a2345678')).toMatchObject({
      code: 3,
      err: 'rollcall: There is no such person in the enterprise address book.\n',
    });
    expect((await home.call('list', '--json')).json).toHaveLength(1);
  });

  test('list, show, note and remove work while the server is stopped; sync then ends with 4', async () => {
    const own = await bench.serve();
    const home = new Home();
    await home.call('--server', own.url, 'log-in', '--user', 'ben', '--password', 'carter123');
    await home.call('add', 'Ada Lovelace');
    await own.command.stop();
    expect(await home.call('note', 'ada', 'call after 9')).toMatchObject({ code: 0, out: 'noted on Ada Lovelace\n' });
    expect((await home.call('list')).out).toMatch(
      /^PERSON.*NOTE\n\S+ {2}Ada Lovelace {2}Management {2}8001.*call after 9\n$/,
    );
    const shown = await home.call('show', 'Ada Lovelace');
    expect(shown.out).toMatch(/^Name {14}Ada Lovelace$/m);
    expect(shown.out).toMatch(/^your note: call after 9$/m);
    const away = await home.call('sync');
    expect(away).toMatchObject({ code: 4, out: '' });
    expect(away.err).toMatch(/cannot be reached/);
    // A department is no name: who types it does not mean the only one of it.
    expect(await home.call('remove', 'Management')).toMatchObject({ code: 3, out: '' });
    expect(await home.call('remove', 'lovelace')).toMatchObject({ code: 0, out: 'removed Ada Lovelace\n' });
    expect(await home.call('show', 'Ada Lovelace')).toMatchObject({ code: 3, out: '' });
    expect((await home.call('list')).out).toMatch(/^your address book is empty; /);
  });

  test('import says what it would do, does it with --apply, merges whom it is told to and nobody by the name alone; export takes it all out again', async () => {
    const home = new Home();
    const file = join(bench.folder(), 'cards.vcf');
    const card = (...lines: readonly string[]): string =>
      ['BEGIN:VCARD', 'VERSION:3.0', ...lines, 'END:VCARD', ''].join('\r\n');
    const dentist = card('FN:Dr. Lee', 'TEL;TYPE=CELL:+44 7700 900123', 'NOTE:second floor', 'CATEGORIES:doctors');
    writeFileSync(file, dentist + card('FN:Lee', 'TEL:07700 900123') + card('FN:Dr. Lee') + card('PHOTO;ENCODING=b:?'));
    const preview = await home.call('import', file);
    expect(preview).toMatchObject({ code: 0, err: '' });
    expect(preview.out.split('\n')).toEqual([
      'line 19: the photo is not base64; left out',
      'line 8: Lee may be Dr. Lee (line 1), by number: left out; --alike merge or add takes it',
      'line 13: Dr. Lee may be Dr. Lee (line 1), by name: left out; --alike merge or add takes it',
      '1 to add, 0 to merge, 2 left out, 1 not right: nothing is written; --apply does it',
      '',
    ]);
    const applied = await home.call('import', file, '--apply', '--alike', 'merge', '--json');
    expect(applied.json.at(-1)).toEqual({ add: 1, merge: 1, skip: 1, problems: 1, applied: true });
    expect((await home.call('show', 'Dr. Lee')).out.split('\n')).toEqual([
      'Name              Dr. Lee',
      'Mobile telephone  +44 7700 900123',
      'your groups: doctors',
      'your note: second floor Name: Lee',
      '',
    ]);
    const out = join(bench.folder(), 'out.vcf');
    expect(await home.call('export', out, '--format', '3.0')).toMatchObject({
      code: 0,
      out: `wrote ${out}: 1 entry\n`,
    });
    const written = readFileSync(out, 'utf8');
    for (const line of [
      'FN:Dr. Lee',
      'TEL;TYPE=cell:+44 7700 900123',
      'NOTE:second floor\\nName: Lee',
      'CATEGORIES:doctors',
    ])
      expect(written).toContain(`${line}\r\n`);
    const again = await home.call('import', out, '--json');
    expect(again.json).toMatchObject([
      { does: 'skip', like: { by: ['uid', 'number', 'name'] } },
      { add: 0, skip: 1 },
    ]);
    // The second is like the first only: all three are hers.
    const mail = 'EMAIL:lee@example.com';
    const first = card('FN:A', 'TEL:07700 900123', mail, 'NOTE:one');
    writeFileSync(file, first + card('FN:B', mail, 'NOTE:two') + card('FN:C', 'TEL:07700 900123', 'NOTE:three'));
    await home.call('import', file, '--apply', '--alike', 'merge');
    await home.call('export', out);
    const notes = /^NOTE:.*(?:\r\n .*)*/m.exec(readFileSync(out, 'utf8'))?.[0].replaceAll('\r\n ', '');
    expect(notes).toMatch(/one.*two.*three/);
    writeFileSync(file, '');
    expect(await home.call('import', file)).toMatchObject({ code: 3, out: '' });
    expect(await home.call('import', join(file, 'x'))).toMatchObject({ code: 1, out: '' });
  });

  test('what the settings hide is shown to nobody and finds nobody; fields are called what they say, and found', async () => {
    const person = await newPerson('name=Owen Field', 'extra1=K4711', 'fax=8001', 'office=Attic77');
    const home = await loggedIn();
    expect((await home.call('look-up', 'Attic77')).out).not.toContain('Owen');
    expect((await home.call('add', 'k4711')).out).toContain('Owen Field');
    await directory('alter', person, 'extra1=K4712', 'fax=8002', 'office=Attic78');
    const synced = (await home.call('sync')).out;
    expect(synced).toContain('Owen Field: Cost centre K4711 -> K4712\n');
    expect(synced).toContain('Owen Field: Facsimile 8001 -> 8002\n');
    const shown = (await home.call('show', person)).out;
    expect(shown).toMatch(/^Facsimile {2,}8002$/m);
    expect(shown).toMatch(/^Cost centre {2,}K4712$/m);
    expect(synced + shown).not.toContain('Attic');
  });

  test('a change comes with sync as a prompt; undo keeps the old value as one’s own; seen prompts are not shown again', async () => {
    const home = await loggedIn();
    const person = await newPerson('name=Pru Mpt', 'officeTelephone=8001');
    await home.call('add', person);
    expect(await home.call('prompts')).toMatchObject({ code: 0, out: '', err: 'nothing new\n' });
    await directory('alter', person, 'officeTelephone=8002');
    const synced = await home.call('sync');
    expect(synced.out).toMatch(/^ {3}\d {2}Pru Mpt: Office telephone 8001 -> 8002\nin step, at revision \d+; 1 new\n$/);
    expect((await home.call('sync')).out).toMatch(/^in step, at revision \d+; 0 new\n$/);
    const [prompt] = (await home.call('prompts', '--json')).json;
    expect(prompt).toMatchObject({ name: 'Pru Mpt', fact: { kind: 'altered', from: '8001', to: '8002' } });
    const number = String(prompt?.['id']);
    const undone = await home.call('undo', number);
    expect(undone).toMatchObject({ code: 0, out: 'Pru Mpt: Office telephone is your own value now\n' });
    expect((await home.call('show', person)).out).toMatch(/^your own values:\nOffice telephone {2}8001$/m);
    expect(await home.call('undo', number)).toMatchObject({
      code: 3,
      err: expect.stringContaining('your own value is there, 8001, and stays') as string,
    });
    expect(await home.call('undo', '4711')).toMatchObject({ code: 3, out: '' });
    expect(await home.call('undo', 'first')).toMatchObject({ code: 2, out: '' });
    await home.call('prompts', '--seen');
    expect(await home.call('prompts', '--json')).toMatchObject({ code: 0, out: '' });
    expect((await home.call('prompts', '--all', '--json')).json).toHaveLength(1);
  });

  test('names and notes that would move the cursor, forge a line or turn it are shown as plain text', async () => {
    const home = await loggedIn();
    const person = await newPerson('name=Mal\u009b31m\u202eLory', 'department=x\u001b[2Jy', 'officeTelephone=8001');
    expect((await home.call('add', person)).out).not.toMatch(/[\u202e]|\p{Cc}\p{Cc}/u);
    await home.call('note', person, 'a\u001b]0;title\u0007b\nremoved everybody');
    await directory('alter', person, 'title=Chief\u2028of\u009b2J8002');
    for (const words of [['sync'], ['list'], ['show', person], ['prompts'], ['look-up', 'mal'], ['list', '--json']]) {
      const { out, code } = await home.call(...words);
      expect(code).toBe(0);
      expect(out).toMatch(/Lory|8002/);
      expect(out.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
      if (words[1] !== '--json') expect(out).not.toMatch(/\u202e|^removed everybody/mu);
    }
  });

  test.each([
    ['proceed', "marked as left; 'rollcall terminal remove' takes an entry out", 'left'],
    ['keep', 'kept as your own contacts', 'kept'],
  ] as const)('many removals at once are held back until %s, which another process says', async (verb, said, state) => {
    const home = await loggedIn();
    const names = [1, 2, 3, 4, 5, 6].map((number) => `Braked ${verb} ${number}`);
    const persons = await Promise.all(names.map((name) => newPerson(`name=${name}`)));
    {
      await using terminal = await openTerminal({
        store: join(home.folder, 'personal-address-book.sqlite'),
        online: false,
      });
      for (const person of persons) await terminal.keep(personId(person));
    }
    for (const person of persons) await directory('remove', person);
    const synced = await home.call('sync');
    expect(synced.err).toMatch(
      /^6 of your entries would be removed at once\. Remove them\? \('rollcall terminal proceed' /,
    );
    expect((await home.call('list', '--json')).json).toHaveLength(6);
    expect(await home.call(verb)).toMatchObject({ code: 0, out: `${said}\n`, err: '' });
    expect((await home.call('list', '--json')).json.map((entry) => entry['state'])).toEqual(Array(6).fill(state));
    expect(await home.call(verb)).toMatchObject({ code: 3 });
  });

  test('without removals that wait there is nothing to answer', async () => {
    const home = await loggedIn();
    for (const verb of ['proceed', 'keep'])
      expect(await home.call(verb)).toMatchObject({
        code: 3,
        out: '',
        err: 'rollcall: no removals wait for your word\n',
      });
  });
});

describe('watch', () => {
  test.each(['broadcast', 'notice', 'held'])(
    'with %s it tells a change made in the directory, and ends with 0 when stopped',
    async (delivery) => {
      const home = await loggedIn();
      const person = await newPerson('name=Wat Ched', 'officeTelephone=8001');
      await home.call('add', person);
      const watch = home.start('--delivery', delivery, 'watch');
      await watch.until(/^\[live\] In step with the enterprise address book\.$/m);
      await directory('alter', person, 'officeTelephone=8002');
      await watch.until(/^ +\d+ {2}Wat Ched: Office telephone 8001 -> 8002$/m);
      expect(await watch.stop('SIGTERM')).toMatchObject({ code: 0, err: '' });
      expect((await home.call('list')).out).toContain('8002');
    },
  );

  test('it outlives the server, comes back by itself and tells what happened meanwhile; Ctrl-C ends it with 0', async () => {
    const own = await bench.serve();
    const home = new Home();
    await home.call('--server', own.url, 'log-in', '--user', 'ben', '--password', 'carter123');
    await home.call('add', 'Ada Lovelace');
    const watch = home.start('watch', '--json');
    await watch.until(/"kind":"live"/);
    await own.command.stop();
    await watch.until(/"kind":"offline"/);
    const ports = ['--http-port', own.url.split(':').at(-1) ?? '', '--sip-port', own.udp.split(':').at(-1) ?? ''];
    await bench.serve(['--data', own.data, ...ports]);
    await bench.call(['directory', '--data', own.data, 'alter', own.accounts[0]?.person ?? '', 'officeTelephone=8002']);
    await watch.until(/"from":"8001","to":"8002"/);
    const ended = await watch.stop('SIGINT');
    expect(ended).toMatchObject({ code: 0, err: '' });
    expect(ended.json.length).toBeGreaterThan(2);
  });

  test('it sees whom another command adds meanwhile', async () => {
    const home = await loggedIn();
    const person = await newPerson('name=Late Comer', 'officeTelephone=8001');
    await home.call('add', 'Ada Lovelace');
    const watch = home.start('watch');
    await watch.until(/^\[live\]/m);
    await home.call('add', person);
    await directory('alter', person, 'officeTelephone=8002');
    await watch.until(/Late Comer: Office telephone 8001 -> 8002/);
    expect(await watch.stop()).toMatchObject({ code: 0 });
  });

  test('with an empty book it waits; a home that another command uses is shared', async () => {
    const home = await loggedIn();
    const watch = home.start('watch');
    await watch.until(/^\[offline\] No entry yet: there is nothing to follow\.$/m);
    expect(await home.call('list')).toMatchObject({ code: 0 });
    expect(await watch.stop()).toMatchObject({ code: 0, err: '' });
  });
});

test('the book of a home that is not one is named, and left as it is', async () => {
  const home = new Home();
  mkdirSync(join(home.folder, 'personal-address-book.sqlite'));
  const refused = await home.call('list');
  expect(refused).toMatchObject({ code: 1, out: '' });
  expect(refused.err).toMatch(/^rollcall: .*personal-address-book\.sqlite: it cannot be opened: .*\n$/);
});
