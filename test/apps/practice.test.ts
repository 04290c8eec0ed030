// `rollcall practice`: a throw-away OpenLDAP, its settings for `serve`, alterations, and an end that leaves nothing.

import { readdirSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/node/config.ts';
import { isDirectoryConfig } from '../../src/node/source-config.ts';
import { practicePeople } from '../../src/apps/practice-people.ts';
import { startPracticeDirectory } from '../../src/node/practice-directory.ts';
import { openSession } from '../../src/node/ldap-session.ts';
import { skipWithout } from '../peers/installed.ts';
import { slapdIsInstalled } from '../peers/slapd.ts';
import { Bench, ports, type RunningCommand } from './command.ts';

const bench = new Bench();
afterEach(() => bench.clear());

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return String(port);
}

interface Practising {
  readonly command: RunningCommand;
  readonly port: string;
  readonly folder: string;
  readonly configFile: string;
}

async function practise(persons: number): Promise<Practising> {
  const folder = bench.folder();
  const port = await freePort();
  const configFile = join(folder, 'practice.yaml');
  const words = ['practice', '--persons', String(persons), '--port', port, '--config-file', configFile];
  const command = bench.start(words, { environment: { TMPDIR: folder }, cwd: folder });
  await command.until(/^To follow it: .*\n/m);
  return { command, port, folder, configFile };
}

const leftOf = (folder: string): readonly string[] =>
  readdirSync(folder).filter((name) => name.startsWith('rollcall-practice-'));

describe.skipIf(skipWithout('slapd', slapdIsInstalled))('with slapd', () => {
  test('it answers where it says, with so many persons, and stops with 0 without leaving anything', async () => {
    const { command, port, folder, configFile } = await practise(40);
    const url = `ldap://127.0.0.1:${port}`;
    expect(command.out).toBe(
      [
        `OpenLDAP listens at ${url} with 40 persons below ou=people,dc=practice,dc=example`,
        "Everybody's password is the log-in name, e.g. ben / ben. Stop with Ctrl-C; nothing is kept.",
        '',
        `To follow it: npm run rollcall -- serve --config ${configFile}`,
        '',
      ].join('\n'),
    );
    const [source] = readConfig(configFile, {}, {}).sources.filter(isDirectoryConfig);
    expect(source).toMatchObject({ name: 'practice', urls: [url], logInAttributes: ['uid'] });
    {
      await using session = await openSession({ url });
      await session.bind(source?.bindDn ?? '', source?.password ?? '');
      const filter = source?.filter ?? '';
      const { entries } = await session.search({
        base: source?.base ?? '',
        scope: 'subtree',
        filter,
        attributes: ['cn'],
        sizeLimit: 0,
      });
      expect(entries).toHaveLength(40);
    }
    expect(leftOf(folder)).toHaveLength(1);
    expect(await command.stop('SIGINT')).toMatchObject({ code: 0, err: 'stopped by SIGINT\n' });
    expect(leftOf(folder)).toEqual([]);
  });

  test('the settings it writes are followed: an alteration of an entry reaches a terminal', async () => {
    const { port, folder, configFile } = await practise(40);
    const server = bench.start(['serve', '--config', configFile, '--json', ...ports], { cwd: folder });
    await server.until(/"kind":"refreshed"/, 'err');
    const [, url = ''] = await server.until(/^\{"url":"([^"]+)"/);
    const home = ['terminal', '--home', join(folder, 'home')];
    const logIn = ['--server', url, 'log-in', '--user', 'ben', '--password', 'ben'];
    expect(await bench.call([...home, ...logIn])).toMatchObject({ code: 0 });
    expect(await bench.call([...home, 'add', 'Ada Lovelace'])).toMatchObject({ code: 0 });
    const watch = bench.start([...home, 'watch']);
    await watch.until(/^\[live\]/m);
    const alter = (...words: readonly string[]): ReturnType<Bench['call']> =>
      bench.call(['practice', '--port', port, 'alter', ...words]);
    expect(await alter('ada', 'telephoneNumber=8002', 'title=')).toMatchObject({
      code: 0,
      out: 'altered uid=ada,ou=people,dc=practice,dc=example\n',
      err: '',
    });
    await watch.until(/Ada Lovelace: Office telephone 8001 -> 8002$/m);
    await watch.until(/Ada Lovelace: Title Chief Executive -> \(none\)$/m);
    const json = await alter('ada', 'telephoneNumber=8003', '--json');
    expect(json.json).toEqual([{ altered: 'uid=ada,ou=people,dc=practice,dc=example' }]);
    const refusals = [
      ['nobody', 'title=x'],
      ['ada,ou=people', 'title=x'],
      ['ada', 'shoeSize=43'],
    ];
    for (const words of refusals) {
      const refused = await alter(...words);
      expect(refused).toMatchObject({ code: 1, out: '' });
      expect(refused.err).toMatch(/^rollcall: .*\n$/);
    }
    for (const words of [['ada', 'title'], ['ada', '=x'], ['ada']])
      expect(await alter(...words)).toMatchObject({ code: 2, out: '' });
  });

  test('while it loads it tells how many entries are in, up to all', async () => {
    const counts: number[] = [];
    await using directory = await startPracticeDirectory({
      people: practicePeople(500),
      port: Number(await freePort()),
      path: process.env['PATH'] ?? '',
      loaded: (count) => counts.push(count),
    });
    expect(directory.url).toMatch(/^ldap:/);
    // The persons, and what holds them: the suffix, the branch, the reader.
    expect(counts.at(-1)).toBe(503);
    expect(counts).toEqual(counts.toSorted((one, other) => one - other));
  });

  test('the log says when a first load begins and how it ends', async () => {
    const { folder, configFile } = await practise(3000);
    const server = bench.start(['serve', '--config', configFile, '--json', ...ports], { cwd: folder });
    await server.until(/"kind":"refreshed"/, 'err');
    const log = (await server.stop()).err
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(log.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['started', 'began', 'refreshed', 'stopped']));
    const { source, changes } = log.find(({ kind }) => kind === 'refreshed') ?? {};
    expect(source).toBe('practice');
    // One each, though RFC 4511 §4.5.2 knows no order: who comes before the manager waits.
    expect(changes).toBe(3000);
  });

  test('a port that is taken is named and nothing is left; so is a settings file that cannot be written', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const folder = bench.folder();
    const where = { environment: { TMPDIR: folder } };
    const taken = await bench.call(['practice', '--port', String(port)], where);
    server.close();
    expect(taken).toMatchObject({ code: 1, out: '' });
    expect(taken.err).toContain(`rollcall: port ${port} of 127.0.0.1 is taken; choose another\n`);
    const words = ['practice', '--persons', '10', '--port', await freePort(), '--config-file', join(folder, 'no', 'x')];
    const unwritten = await bench.call(words, where);
    expect(unwritten).toMatchObject({ code: 1, out: '' });
    expect(unwritten.err).toMatch(/^rollcall: --config-file: cannot write .*no\/x: ENOENT.*\n$/);
    expect(leftOf(folder)).toEqual([]);
  });

  test('when OpenLDAP itself ends, practice says so and ends with 1', async () => {
    const { command, folder } = await practise(10);
    const [name = ''] = leftOf(folder);
    process.kill(Number(readFileSync(join(folder, name, 'slapd.pid'), 'utf8')), 'SIGKILL');
    expect(await command.end()).toMatchObject({ code: 1, err: 'rollcall: OpenLDAP ended by itself: it was stopped\n' });
    expect(leftOf(folder)).toEqual([]);
  });
});

test('a directory that is not there cannot be altered', async () => {
  const away = await bench.call(['practice', '--port', await freePort(), 'alter', 'ada', 'title=x']);
  expect(away).toMatchObject({ code: 1, out: '' });
  expect(away.err).toMatch(/^rollcall: .*ECONNREFUSED.*\n$/);
});
