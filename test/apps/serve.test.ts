// `rollcall serve` as a process: ports, banner, stop, kill, a folder that is in use, wrong settings, log.

import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { openTerminal } from '../../src/node/terminal.ts';
import { Bench, ports } from './command.ts';

const bench = new Bench();
let held: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await bench.clear();
  for (const release of held.splice(0)) await release();
  held = [];
});

/** Takes a TCP port of 127.0.0.1; one that another program has already is as taken. */
async function takePort(port: number): Promise<number> {
  const server = createServer();
  const settled = once(server, 'listening').then(
    () => true,
    () => false,
  );
  server.listen(port, '127.0.0.1');
  if (!(await settled)) return port;
  held.push(async () => {
    server.close();
    await once(server, 'close');
  });
  return (server.address() as AddressInfo).port;
}

async function takeUdpPort(port: number): Promise<void> {
  const socket = createSocket('udp4');
  const settled = once(socket, 'listening').catch(() => undefined);
  socket.bind(port, '127.0.0.1');
  await settled;
  held.push(async () => socket.close());
}

interface HealthAnswer {
  readonly ok: boolean;
  readonly book: string;
  readonly revision: number;
}

const healthOf = async (url: string): Promise<HealthAnswer> =>
  (await (await fetch(`${url}/health`)).json()) as HealthAnswer;

/** The log on standard error: each line is one object. */
const logOf = (err: string): readonly Record<string, unknown>[] =>
  err
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const logIn = (url: string, user: string, password: string): Promise<Response> =>
  fetch(`${url}/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user, password }),
  });

describe('ports', () => {
  test('on ports 0 it serves the sample and says where, as a person reads it and as one line of JSON', async () => {
    const data = bench.folder();
    const command = bench.start(['serve', '--data', data, ...ports]);
    const [, url = ''] = await command.until(/HTTP +(http:\S+)$/m);
    await command.until(/alter \S+ officeTelephone=8002\n\n/);
    expect(command.out).toMatch(/^Rollcall is running\. Stop it with Ctrl-C\.$/m);
    expect(command.out).toMatch(
      /SIP +127\.0\.0\.1:\d+ \(UDP\), 127\.0\.0\.1:\d+ \(TCP\), ws:\/\/127\.0\.0\.1:\d+\/sip$/m,
    );
    expect(command.out).toContain('2,000 persons (a generated enterprise)');
    expect(command.out).toContain(`Data   ${data}`);
    expect(command.out).toContain('Accounts to try: ada / lovelace and ben / carter123');
    expect(command.out).toContain(
      `npm run rollcall -- terminal log-in --server ${url} --user ben --password carter123`,
    );
    expect(await healthOf(url)).toMatchObject({ ok: true, revision: 2000 });
    const other = await bench.serve();
    expect(other.persons).toBe(2000);
    expect(other.accounts.map(({ user }) => user)).toEqual(['ada', 'ben']);
    expect((await fetch(`${other.url}/v1/openapi.json`)).status).toBe(200);
  });

  test('where the usual ports are taken it takes the next that are free for both UDP and TCP, and says so', async () => {
    await takePort(8080);
    await takePort(5060);
    await takeUdpPort(5061);
    const command = bench.start(['serve', '--data', bench.folder()]);
    const [, http = ''] = await command.until(
      /127\.0\.0\.1:(\d+) +\(port 8080 is taken, so this is the next free one\)/,
    );
    const [, sip = ''] = await command.until(/SIP +127\.0\.0\.1:(\d+) \(UDP, TCP\).*\(port 5060 is taken, so/);
    expect(Number(http)).toBeGreaterThan(8080);
    expect(Number(sip)).toBeGreaterThan(5061);
  });

  test('a port that was asked for and is taken is named, and the command ends with 1', async () => {
    const taken = await takePort(0);
    const forHttp = await bench.call([
      'serve',
      '--data',
      bench.folder(),
      '--http-port',
      String(taken),
      '--sip-port',
      '0',
    ]);
    expect(forHttp).toMatchObject({ code: 1, out: '' });
    expect(forHttp.err).toBe(
      `rollcall: http.port: ${taken} of 127.0.0.1 is taken by another program; stop that, or give another port\n`,
    );
    const data = bench.folder();
    const forSip = await bench.call(['serve', '--data', data, '--sip-port', String(taken), '--http-port', '0']);
    expect(forSip).toMatchObject({ code: 1, out: '' });
    expect(forSip.err).toContain(`sip.port: ${taken} of 127.0.0.1 is taken`);
    expect(existsSync(join(data, 'running.json'))).toBe(false);
  });
});

describe('stopping', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s ends it with 0; running.json is gone and a terminal on a connection is told',
    async (signal) => {
      const { command, data, url } = await bench.serve();
      await using terminal = await openTerminal({ store: join(bench.folder(), 'book.sqlite'), transport: 'tcp' });
      await terminal.logIn({ server: url, user: 'ben', password: 'carter123' });
      const [ada] = (await terminal.lookUp('Ada Lovelace')).persons;
      if (ada === undefined) throw new Error('Ada is not there');
      const events = terminal.events();
      await terminal.keep(ada.id);
      for await (const event of events) if (event.kind === 'state' && event.state.kind === 'live') break;
      const after = terminal.events();
      command.signal(signal);
      for await (const event of after) if (event.kind === 'state' && event.state.kind !== 'live') break;
      const ended = await command.end();
      expect(ended.code).toBe(0);
      expect(logOf(ended.err).at(-1)).toMatchObject({ kind: 'stopped', why: `stopped by ${signal}` });
      expect(existsSync(join(data, 'running.json'))).toBe(false);
    },
  );

  test('a Ctrl-C that npm passes on a second time does not cut the clean stop short', async () => {
    const { command, data } = await bench.serve();
    command.signal('SIGINT');
    command.signal('SIGINT');
    command.signal('SIGTERM');
    const ended = await command.end();
    expect(ended.code).toBe(0);
    expect(logOf(ended.err).at(-1)).toMatchObject({ kind: 'stopped' });
    expect(existsSync(join(data, 'running.json'))).toBe(false);
  });
});

describe('the data folder', () => {
  test('after kill -9 the next server takes the folder over: same book, same revision, sessions still good', async () => {
    const first = await bench.serve();
    const health = await healthOf(first.url);
    const session = (await (await logIn(first.url, 'ben', 'carter123')).json()) as { token: string };
    const altered = await bench.call([
      'directory',
      '--data',
      first.data,
      'alter',
      first.accounts[0]?.person ?? '',
      'officeTelephone=8002',
    ]);
    expect(altered.code).toBe(0);
    expect(first.accounts[0]?.otherTelephone).toBe('8002');
    await first.command.stop('SIGKILL');
    expect(existsSync(join(first.data, 'running.json'))).toBe(true);
    const second = await bench.serve(['--data', first.data]);
    expect(await healthOf(second.url)).toMatchObject({ ok: true, book: health.book, revision: health.revision + 1 });
    // What it then says to try is a change again.
    expect(second.accounts[0]?.otherTelephone).toBe('8003');
    const persons = await fetch(`${second.url}/v1/persons?search=ada&limit=1`, {
      headers: { authorization: `Bearer ${session.token}` },
    });
    expect(persons.status).toBe(200);
    expect(await persons.text()).toContain('"8002"');
  });

  test('what a killed server left does not lock the folder, whoever has its process ID now', async () => {
    const data = bench.folder();
    writeFileSync(join(data, 'running.json'), JSON.stringify({ url: 'http://127.0.0.1:9', processId: process.pid }));
    const { url } = await bench.serve(['--data', data]);
    expect(await healthOf(url)).toMatchObject({ ok: true });
  });

  test('a second server on one folder is refused by name, and the first goes on undisturbed', async () => {
    const first = await bench.serve();
    const second = await bench.call(['serve', '--data', first.data, ...ports]);
    expect(second).toMatchObject({ code: 1, out: '' });
    expect(second.err).toBe(
      `rollcall: ${first.data} is in use by process ${first.command.processId} (${first.url}); stop it, or name another folder with --data\n`,
    );
    expect(await healthOf(first.url)).toMatchObject({ ok: true });
    expect((await bench.call(['directory', '--data', first.data, 'sources'])).code).toBe(0);
  });

  test('of servers that start at the same instant on one folder one serves and the others are refused', async () => {
    const data = bench.folder();
    const commands = [1, 2, 3].map(() => bench.start(['serve', '--data', data, '--json', ...ports]));
    const outcomes = await Promise.all(
      commands.map((command) =>
        Promise.race([command.until(/^\{"url"/).then(() => 'serves'), command.end().then(({ err }) => err)]),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === 'serves')).toHaveLength(1);
    for (const outcome of outcomes) if (outcome !== 'serves') expect(outcome).toContain(`${data} is in use by`);
  });

  test('a folder that cannot be made or written is named with the reason, without a stack', async () => {
    const file = join(bench.folder(), 'file');
    writeFileSync(file, '');
    const under = await bench.call(['serve', '--data', join(file, 'data'), ...ports]);
    expect(under.code).toBe(1);
    expect(under.err).toMatch(/^rollcall: data: cannot make the folder .*file\/data: ENOTDIR.*\n$/);
    const is = await bench.call(['serve', '--data', file, ...ports]);
    expect(is.code).toBe(1);
    expect(is.err).toMatch(/^rollcall: data: cannot make the folder .*file: EEXIST.*\n$/);
    const broken = bench.folder();
    mkdirSync(join(broken, 'book.sqlite'));
    const notAFile = await bench.call(['serve', '--data', broken, ...ports]);
    expect(notAFile.code).toBe(1);
    expect(notAFile.err).toMatch(/^rollcall: .*book\.sqlite: it cannot be opened: see that .*\n$/);
    expect(existsSync(join(broken, 'running.json'))).toBe(false);
  });

  test('a folder that is read-only for this account is refused', async () => {
    // Root may write everywhere but where the system itself refuses it.
    const data = process.getuid?.() === 0 ? '/proc/self' : bench.folder();
    if (data !== '/proc/self') chmodSync(data, 0o500);
    const refused = await bench.call(['serve', '--data', data, ...ports]);
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(
      /^rollcall: .*in-use: it cannot be opened: see that the folder exists and that this account may write there\n$/,
    );
  });

  test('files of the store that are damaged or another program’s are left as they are', async () => {
    const data = bench.folder();
    const text = 'this is no database, and somebody may want it back\n'.repeat(100);
    writeFileSync(join(data, 'book.sqlite'), text);
    const refused = await bench.call(['serve', '--data', data, ...ports]);
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/^rollcall: .*book\.sqlite: it is not a SQLite file, or it is damaged: .*\n$/);
    expect(readFileSync(join(data, 'book.sqlite'), 'utf8')).toBe(text);
  });
});

describe('settings', () => {
  test('each mistake is named by key, value and what would be right; the command ends with 1 and nothing is made', async () => {
    const folder = bench.folder();
    const file = join(folder, 'rollcall.yaml');
    writeFileSync(
      file,
      [
        `data: ${join(folder, 'data')}`,
        'http: { port: 123456, hots: 127.0.0.1 }',
        'sources:',
        '  - { name: Practice, kind: openldap, url: "http://x", bindDn: cn=a, password: secret-word, base: dc=x }',
        'log: { level: loud }',
        '',
      ].join('\n'),
    );
    const wrong = await bench.call(['serve', '--config', file]);
    expect(wrong).toMatchObject({ code: 1, out: '' });
    for (const mistake of [
      'http.port: 123456 is not right: a whole number from 0 to 65535',
      'http.hots: no such setting; here go host, port, publicUrl',
      'sources.0.name: "Practice" is not right: lower-case letters',
      'sources.0.url: "http://x" is not right: a URL that begins with ldap://',
      'log.level: "loud" is not right: fatal, error, warn, info, debug or silent',
    ])
      expect(wrong.err).toContain(`${file}: ${mistake}`);
    expect(wrong.err).not.toContain('secret-word');
    expect(wrong.err).not.toMatch(/^ +at /m);
    expect(readdirSync(folder)).toEqual(['rollcall.yaml']);
  });

  test('a file that is not there, or not YAML, is named; so is a wrong flag and a wrong variable', async () => {
    const folder = bench.folder();
    const absent = await bench.call(['serve', '--config', join(folder, 'none.yaml')]);
    expect(absent).toMatchObject({ code: 1 });
    expect(absent.err).toMatch(/^rollcall: configuration: cannot read .*none\.yaml: ENOENT.*\n$/);
    writeFileSync(join(folder, 'bad.yaml'), 'http: { port: [\n');
    const unreadable = await bench.call(['serve', '--config', join(folder, 'bad.yaml')]);
    expect(unreadable).toMatchObject({ code: 1 });
    expect(unreadable.err).toMatch(/^rollcall: .*bad\.yaml: .* at line \d+/);
    const flag = await bench.call(['serve', '--http-port', 'eighty']);
    expect(flag).toMatchObject({ code: 2, out: '' });
    expect(flag.err).toContain("option '--http-port <n>' argument 'eighty' is invalid");
    const variable = await bench.call(['serve'], { cwd: folder, environment: { ROLLCALL_HTTP_PORT: '8080x' } });
    expect(variable).toMatchObject({ code: 1 });
    expect(variable.err).toContain('configuration: http.port: "8080x" is not right');
    expect(existsSync(join(folder, 'rollcall-data'))).toBe(false);
  });

  test('a wrong call ends with 2 and says how it is called, at every depth', async () => {
    const calls = [
      ['sevre'],
      ['serve', 'now'],
      ['directory', 'alter', 'x'],
      ['directory', 'brake', 'release'],
      ['terminal', 'undo', 'x'],
    ];
    for (const ended of await Promise.all(calls.map((words) => bench.call(words)))) {
      expect(ended).toMatchObject({ code: 2, out: '' });
      expect(ended.err).toMatch(/^error: .*\n(\(Did you mean .*\n)?\(--help shows how it is called\)\n$/);
    }
    expect(await bench.call(['directory', 'brake', '--help'])).toMatchObject({ code: 0, err: '' });
  });

  test('help names what the commands above take and this one heeds', async () => {
    const { code, out } = await bench.call(['terminal', 'list', '--help']);
    expect(code).toBe(0);
    for (const option of ['--home <folder>', '--server <url>', '--json']) expect(out).toContain(`\n  ${option}`);
  });
});

describe('the log', () => {
  test('it is one object a line on standard error, which no log-in name can forge', async () => {
    const { command, url } = await bench.serve();
    const name = 'eve\n{"level":"info","kind":"logged-in","user":"ada"}\u001b[2J\u009b2J\u2028';
    expect((await logIn(url, name, 'x')).status).toBe(401);
    expect((await logIn(url, 'ben', 'carter123')).status).toBe(200);
    const { err } = await command.stop();
    const log = logOf(err);
    expect(log.map(({ kind }) => kind)).toEqual(['started', 'log-in-refused', 'logged-in', 'stopped']);
    expect(log[1]).toMatchObject({ level: 'warn', why: 'wrong' });
    expect(log[2]).toMatchObject({ user: 'ben' });
    expect(err.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u2028]/u);
    for (const line of log) expect(Date.parse(String(line['time']))).not.toBeNaN();
  });

  test('--log-level leaves out what is less, and silent leaves out all', async () => {
    const warn = await bench.serve(['--log-level', 'warn']);
    expect((await logIn(warn.url, 'ben', 'wrong')).status).toBe(401);
    expect((await logIn(warn.url, 'ben', 'carter123')).status).toBe(200);
    expect(logOf((await warn.command.stop()).err).map(({ kind }) => kind)).toEqual(['log-in-refused']);
    const silent = await bench.serve(['--log-level', 'silent']);
    expect((await logIn(silent.url, 'ben', 'wrong')).status).toBe(401);
    expect((await silent.command.stop()).err).toBe('');
    const wrong = await bench.call(['serve', '--log-level', 'loud', '--data', join(bench.folder(), 'data')]);
    expect(wrong).toMatchObject({ code: 1 });
    expect(wrong.err).toContain('log.level: "loud" is not right');
  });
});
