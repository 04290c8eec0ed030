// The PC client's files as browsers get them.

import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHttpHost, type HttpHost } from '../../src/node/http.ts';
import { servePage } from '../../src/node/page.ts';

const folder = mkdtempSync(join(tmpdir(), 'page-'));
const script = 'console.log("here");'.repeat(50);
let host: HttpHost;
let url: string;

beforeAll(async () => {
  host = await openHttpHost({
    answer: async () => ({ status: 404, headers: { 'content-type': 'application/problem+json' }, body: '{}' }),
    listen: { host: '127.0.0.1', port: 0 },
    failed: (error) => expect.unreachable(String(error)),
    prepare: servePage(folder),
  });
  url = `http://127.0.0.1:${host.address.port}`;
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const ask = (path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Response> =>
  fetch(`${url}${path}`, { headers, method });

function build(index: string): void {
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'assets', 'index-abc.js'), script);
  writeFileSync(join(folder, 'sw.js'), 'self;');
  writeFileSync(join(folder, 'index.html'), index);
}

test('where nothing is built, the page says so in words, and the API is as it was', async () => {
  const answer = await ask('/', browser);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
  expect(await answer.text()).toContain('npm run build');
  expect((await ask('/assets/index-abc.js')).headers.get('content-type')).toBe('application/problem+json');
});

test('every address that a browser opens is the one page, except those of the API; a program is told that nothing is there', async () => {
  build('<!doctype html>one');
  for (const path of ['/', '/p/abcd', '/g/%E7%A0%94', '/look-up?q=ada', '/settings/privacy'])
    expect(await (await ask(path, browser)).text()).toBe('<!doctype html>one');
  expect(await (await ask('/')).text()).toBe('<!doctype html>one');
  for (const path of ['/v1/book', '/v1', '/health', '/scim/v2/hr/Users', '/sip'])
    expect((await ask(path, browser)).headers.get('content-type'), path).toBe('application/problem+json');
  expect((await ask('/p/abcd')).status).toBe(404);
  expect((await ask('/', browser, 'POST')).status).toBe(404);
});

test('nothing outside the folder is given, however the path is written', async () => {
  for (const path of [
    '/../package.json',
    '/assets/../../package.json',
    '/%2e%2e/package.json',
    '/assets/%2fetc',
    '//index.html',
  ])
    expect((await ask(path)).status, path).toBe(404);
});

test('the page may run its own code and talk to its own server, and nothing else; nobody may frame it', async () => {
  const { headers } = await ask('/', browser);
  const policy = headers.get('content-security-policy');
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self';");
  expect(policy).toContain(`connect-src 'self' ws://${new URL(url).host} wss://${new URL(url).host};`);
  expect(policy).toContain("frame-ancestors 'none'");
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
});

test('what has its hash in its name is kept for ever; the page and its service worker are asked for anew, and answered by tag', async () => {
  expect((await ask('/assets/index-abc.js')).headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  for (const path of ['/', '/sw.js']) {
    const { headers } = await ask(path);
    expect(headers.get('cache-control')).toBe('no-cache');
    const again = await ask(path, { 'if-none-match': headers.get('etag') ?? '' });
    expect([again.status, await again.text()]).toEqual([304, '']);
  }
  const before = (await ask('/')).headers.get('etag') ?? '';
  build('<!doctype html>two');
  utimesSync(join(folder, 'index.html'), 1, 1);
  const renewed = await ask('/', { 'if-none-match': before });
  expect([renewed.status, await renewed.text()]).toEqual([200, '<!doctype html>two']);
});

test('it comes compressed as the browser likes best, and each form has a tag of its own', async () => {
  const plain = await ask('/assets/index-abc.js', { 'accept-encoding': 'identity' });
  const br = await ask('/assets/index-abc.js', { 'accept-encoding': 'br, gzip' });
  expect(await plain.text()).toBe(script);
  expect(await br.text()).toBe(script);
  expect(br.headers.get('content-encoding')).toBe('br');
  expect(Number(br.headers.get('content-length'))).toBeLessThan(100);
  expect(br.headers.get('etag')).not.toBe(plain.headers.get('etag'));
  expect(br.headers.get('vary')).toBe('accept-encoding');
  const head = await ask('/assets/index-abc.js', { 'accept-encoding': 'br' }, 'HEAD');
  expect([head.headers.get('content-length'), await head.text()]).toEqual([br.headers.get('content-length'), '']);
});
