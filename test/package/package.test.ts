// The package as others get it: packed, installed in an empty folder, called, imported, type-checked.

import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'rollcall-package-'));
const user = join(folder, 'user');
const installed = join(user, 'node_modules', 'rollcall');
const windows = process.platform === 'win32';
const mostOctets = 1_000_000;

interface Manifest {
  readonly version: string;
  readonly bin: { readonly rollcall: string };
  readonly exports: Readonly<Record<string, { readonly types: string; readonly default: string }>>;
  readonly dependencies: Readonly<Record<string, string>>;
}
const manifest = (): Manifest => JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Manifest;

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a program of the user's folder as npm does, which finds its Node there. */
async function call(program: string, words: readonly string[], cwd: string = user): Promise<Ended> {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, words, { cwd, shell: windows, env: environment() });
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string };
    if (typeof code !== 'number') throw error;
    return { code, out: stdout, err: stderr };
  }
}

const environment = (): NodeJS.ProcessEnv => ({ ...process.env, npm_config_update_notifier: 'false' });

beforeAll(async () => {
  const built = await call(process.execPath, [join(root, 'tools', 'build.mjs')], root);
  expect(built, built.out + built.err).toMatchObject({ code: 0 });
  // The scripts would install packages in this very folder; what they build is built above.
  const packed = await call('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], root);
  expect(packed, packed.err).toMatchObject({ code: 0 });
  const [tarball] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  mkdirSync(user);
  writeFileSync(join(user, 'package.json'), '{ "private": true, "type": "module" }');
  const words = ['install', '--prefer-offline', '--no-audit', '--no-fund', join(folder, tarball ?? '')];
  const done = await call('npm', words);
  expect(done, done.err).toMatchObject({ code: 0 });
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let started: { readonly child: ChildProcess; readonly data: string }[] = [];
afterEach(async () => {
  for (const each of started.splice(0)) await stop(each);
  started = [];
});

/** npx passes no signal on to what it started, so the server is asked itself. */
async function stop({ child, data }: (typeof started)[number]): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  const { processId } = JSON.parse(readFileSync(join(data, 'running.json'), 'utf8')) as { processId: number };
  process.kill(processId, 'SIGTERM');
  await ended;
}

/** What the package consists of, with `/` between folders. */
const files = (): readonly string[] =>
  (readdirSync(installed, { recursive: true }) as string[])
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !path.startsWith('node_modules/') && statSync(join(installed, path)).isFile());

interface Serving {
  readonly url: string;
  readonly out: string;
}

async function serve(): Promise<Serving> {
  const data = mkdtempSync(join(folder, 'data-'));
  const words = ['rollcall', 'serve', '--data', data, '--http-port', '0', '--sip-port', '0'];
  const child = spawn('npx', words, {
    cwd: user,
    env: environment(),
    stdio: ['ignore', 'pipe', 'ignore'],
    shell: windows,
  });
  started.push({ child, data });
  let out = '';
  for await (const text of child.stdout.setEncoding('utf8') as AsyncIterable<string>) {
    out += text;
    const url = /HTTP +(http:\S+)/.exec(out)?.[1];
    if (url !== undefined && out.includes('officeTelephone=8002')) return { url, out };
  }
  throw new Error(`the server ended: ${out}`);
}

test('it has what is emitted, its documents, and nothing else: no tests, no sources, no large file, no path of this machine', () => {
  const all = files();
  for (const path of all) {
    expect(path).toMatch(
      /^(dist\/pc-client\/[\w./-]+\.(html|js|css|svg|png|webmanifest)|dist\/[\w/-]+\.(js|d\.ts)|docs\/.+|package\.json|README(\.zh-CN)?\.md|CHANGELOG\.md|LICENSE)$/,
    );
    const text = readFileSync(join(installed, path), 'utf8');
    expect(text.length, path).toBeLessThan(mostOctets);
    expect(text.includes(root.replace(/\/$/, '')), `${path} names ${root}`).toBe(false);
  }
  const { bin, exports } = manifest();
  for (const { types, default: code } of Object.values(exports))
    for (const path of [types, code]) expect(all).toContain(path.slice(2));
  expect(readFileSync(join(installed, bin.rollcall), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
});

test('each emitted file has its source, so that nothing of what is gone is shipped', () => {
  for (const path of files().filter((each) => each.startsWith('dist/') && !each.startsWith('dist/pc-client/')))
    expect(existsSync(join(root, path.replace(/^dist/, 'src').replace(/(\.d\.ts|\.js)$/, '.ts'))), path).toBe(true);
});

const imported =
  /^(?:import|export)\b[^'"\n;]*\bfrom ['"]([^'"\n]+)['"]|^import ['"]([^'"\n]+)['"]|\bimport\(['"]([^'"\n]+)['"]\)/gm;

/** `libphonenumber-js/max` is of the package before the slash. */
const packageOf = (name: string): string => /^(?:node:.*|@[^/]+\/[^/]+|[^/]+)/.exec(name)?.[0] ?? name;

test('what is emitted imports only its own files, Node’s modules and the dependencies', () => {
  const allowed = new Set([
    ...builtinModules.map((name) => `node:${name}`),
    'node:sqlite',
    ...Object.keys(manifest().dependencies),
  ]);
  const used = new Set<string>();
  for (const path of files().filter((each) => each.endsWith('.js'))) {
    const text = readFileSync(join(installed, path), 'utf8');
    for (const [, from, bare, called] of text.matchAll(imported)) {
      const name = from ?? bare ?? called ?? '';
      if (!name.startsWith('.')) {
        used.add(packageOf(name));
        continue;
      }
      expect(name, path).toMatch(/\.js$/);
      expect(existsSync(join(installed, dirname(path), name)), `${path} imports ${name}`).toBe(true);
    }
  }
  expect([...used].filter((name) => !allowed.has(name))).toEqual([]);
  // Nobody installs a dependency that nothing here uses.
  expect(Object.keys(manifest().dependencies).filter((name) => !used.has(name))).toEqual([]);
});

test('npx rollcall says how it is called, and which version it is', async () => {
  const help = await call('npx', ['rollcall', '--help']);
  expect(help).toMatchObject({ code: 0 });
  expect(help.out).toMatch(/^Usage: rollcall <command> \[options\]\n/);
  const commands = [...help.out.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);
  expect(commands).toEqual(['serve', 'drain', 'directory', 'source', 'restore', 'sip', 'terminal', 'practice', 'demo']);
  expect(await call('npx', ['rollcall', '--version'])).toMatchObject({ code: 0, out: `${manifest().version}\n` });
  expect(await call('npx', ['rollcall', 'sevre'])).toMatchObject({ code: 2, out: '' });
});

test('npx rollcall serve answers, and what it says to type next can be typed here', async () => {
  const { url, out } = await serve();
  expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ ok: true, revision: 2000 });
  expect(await (await fetch(url)).text()).toMatch(/<script type="module"[^>]* src="\/assets\//);
  const [, words = ''] = /^ {2}npx rollcall (terminal log-in .*)$/m.exec(out) ?? [];
  const home = ['--home', join(user, 'home')];
  expect(await call('npx', ['rollcall', ...words.split(' '), ...home])).toMatchObject({
    code: 0,
    out: 'logged in as ben\n',
  });
  const added = await call('npx', [
    'rollcall',
    'terminal',
    ...home,
    'add',
    windows ? '"Ada Lovelace"' : 'Ada Lovelace',
  ]);
  expect(added).toMatchObject({ code: 0 });
});

const program = `
import { openTerminal, type Terminal, type TerminalEvent, type TerminalOptions } from 'rollcall/terminal';
import { Endpoint, flow, instant, subscriptionId, type FlowPath, type Machine, type Heard, type Said } from 'rollcall/sip';
import { Follower, filterValue, type DirectoryEvent, type FollowerSaid } from 'rollcall/ldap';
import { HostFault, run, SipSockets, type Running } from 'rollcall/node';

const options: TerminalOptions = { store: 'book.sqlite', delivery: 'broadcast' };
const terminal: Terminal = await openTerminal(options);
await terminal.logIn({ server: process.argv[2] ?? '', user: 'ben', password: 'carter123' });
const found = await terminal.lookUp('ada lovelace');
const [ada] = found.persons;
if (ada === undefined) throw new Error('nobody');
const events: AsyncIterableIterator<TerminalEvent> = terminal.events();
const entry = await terminal.keep(ada.id);
for await (const event of events) if (event.kind === 'state' && event.state.kind === 'live') break;
const held: readonly string[] = (await terminal.entries()).map(({ person }) => person);
await terminal[Symbol.asyncDispose]();

const endpoint: Machine<Heard, Said> = new Endpoint({ random: () => 'x', hash: (algorithm, text) => algorithm + text.length });
const path: FlowPath = { flow: flow('f'), transport: 'UDP', local: { host: '127.0.0.1', port: 5060 }, remote: { host: '127.0.0.1', port: 5070 } } as unknown as FlowPath;
const said: readonly Said[] = endpoint.handle({ kind: 'received', path, bytes: new TextEncoder().encode('OPTIONS sip:x SIP/2.0\\r\\n\\r\\n') }, instant(0));

const follower = new Follower({
  urls: ['ldap://127.0.0.1'], startTls: false, dn: '', password: '', base: 'dc=x', filter: \`(cn=\${filterValue('*')})\`, attributes: ['cn'], random: () => 0,
});
const asked: readonly FollowerSaid[] = follower.handle({ kind: 'start' }, instant(0));
const kinds: readonly DirectoryEvent['kind'][] = ['entry'];

await using sockets: SipSockets = new SipSockets(() => undefined);
const { udp } = await sockets.listen({ host: '127.0.0.1', port: 0 });
const running: Running<Heard> = run(endpoint, () => undefined);
running.stop();
console.log(JSON.stringify({
  name: entry.base.name, held, said: said.map(({ kind }) => kind), asked: asked.map(({ kind }) => kind), kinds,
  listens: udp.port > 0, fault: new HostFault('x').blame, subscription: subscriptionId('s'),
}));
`;

test('its doors type-check in a strict program of another package, declarations included, and run', async () => {
  writeFileSync(join(user, 'program.ts'), program);
  const compilerOptions = {
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable'],
    module: 'nodenext',
    moduleResolution: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    typeRoots: [join(root, 'node_modules', '@types')],
    types: ['node'],
  };
  writeFileSync(join(user, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }));
  const tsc = join(root, 'node_modules', '.bin', windows ? 'tsc.cmd' : 'tsc');
  const checked = await call(tsc, ['-p', 'tsconfig.json']);
  expect(checked, checked.out).toMatchObject({ code: 0, out: '' });
  const { url } = await serve();
  const ran = await call('npx', ['--no', 'node', 'program.js', url]);
  expect(ran, ran.err).toMatchObject({ code: 0 });
  expect(JSON.parse(ran.out)).toMatchObject({
    name: 'Ada Lovelace',
    held: [expect.stringMatching(/^[a-z2-9]{4,13}$/)],
    asked: ['connect'],
    listens: true,
    fault: 'host',
  });
});

test('the door for browsers type-checks where there is a DOM and no Node', async () => {
  const page = `
import { connectTerminal, shown, type Terminal, type TerminalEvent } from 'rollcall/browser';
const terminal: Terminal = await connectTerminal({ store: 'people' });
await terminal.logIn({ user: 'ben', password: 'carter123' });
const events: AsyncIterableIterator<TerminalEvent> = terminal.events();
for (const entry of await terminal.entries()) document.body.append(shown(entry).name ?? '', String(events));
`;
  writeFileSync(join(user, 'page.ts'), page);
  const compilerOptions = {
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable', 'dom', 'dom.iterable', 'dom.asynciterable'],
    module: 'nodenext',
    moduleResolution: 'nodenext',
    strict: true,
    skipLibCheck: false,
    types: [],
    noEmit: true,
  };
  writeFileSync(join(user, 'tsconfig.page.json'), JSON.stringify({ compilerOptions, files: ['page.ts'] }));
  const tsc = join(root, 'node_modules', '.bin', windows ? 'tsc.cmd' : 'tsc');
  const checked = await call(tsc, ['-p', 'tsconfig.page.json']);
  expect(checked, checked.out).toMatchObject({ code: 0, out: '' });
});

test('what is no door cannot be imported', async () => {
  const inner = relative(join(installed), join(installed, 'dist', 'server', 'server.js')).replaceAll('\\', '/');
  writeFileSync(join(user, 'inner.js'), `await import('rollcall/${inner}');`);
  const refused = await call('npx', ['--no', 'node', 'inner.js']);
  expect(refused.code).toBe(1);
  expect(refused.err).toContain('ERR_PACKAGE_PATH_NOT_EXPORTED');
});
