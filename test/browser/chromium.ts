// Debian's Chromium with a page of `rollcall/browser`, bundled as who embeds it would bundle it.

import { createServer } from 'node:http';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { chromium, type BrowserContext } from 'playwright-core';
import { build, type Rollup } from 'vite';
import { Program } from '../peers/program.ts';

export const chromiumPath = '/usr/bin/chromium';

const words = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface Site extends AsyncDisposable {
  readonly origin: string;
  /** Of the script, as it crosses a network. */
  readonly gzippedOctets: number;
}

const page = '<!doctype html><meta charset="utf-8"><title>book</title><script type="module" src="/page.js"></script>';

/** The path of a page that the browser keeps nothing for. */
export const keepsNothing = '/keeps-nothing';

/** A site that shows one page, whose script puts the door on `window`. */
export async function openSite(): Promise<Site> {
  const scripts = await bundled();
  const server = createServer(({ url = '' }, response) => {
    const script = scripts.get(url.slice(1));
    // As where site data is blocked: the page keeps nothing.
    if (url === keepsNothing) response.setHeader('content-security-policy', 'sandbox allow-scripts');
    response
      .setHeader('content-type', script === undefined ? 'text/html' : 'text/javascript')
      .setHeader('access-control-allow-origin', '*')
      .end(script?.code ?? page);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    gzippedOctets: gzipSync(loadedFirst(scripts)).length,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function bundled(): Promise<ReadonlyMap<string, Rollup.OutputChunk>> {
  const entry = join(import.meta.dirname, 'page.ts');
  const outputs = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, rolldownOptions: { input: entry, output: { entryFileNames: 'page.js' } } },
  });
  const [built] = (Array.isArray(outputs) ? outputs : [outputs]) as readonly Rollup.RollupOutput[];
  const scripts = new Map<string, Rollup.OutputChunk>();
  for (const output of built?.output ?? []) if (output.type === 'chunk') scripts.set(output.fileName, output);
  return scripts;
}

/** What the page's script imports before it runs, with itself. */
function loadedFirst(scripts: ReadonlyMap<string, Rollup.OutputChunk>): string {
  const names = new Set(['page.js']);
  for (const name of names) for (const imported of scripts.get(name)?.imports ?? []) names.add(imported);
  return [...names].map((name) => scripts.get(name)?.code ?? '').join('');
}

export interface Profile extends AsyncDisposable {
  readonly context: BrowserContext;
}

/** A new profile of the browser. Its tabs are hidden and seen as an employee's are, so what waits for a frame may wait for ever. */
export async function openProfile(): Promise<Profile> {
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'chromium-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const program = stack.use(
    new Program(
      chromiumPath,
      [...words, `--user-data-dir=${folder}`, '--remote-debugging-port=0', 'about:blank'],
      folder,
    ),
  );
  const browser = await chromium.connectOverCDP(await debuggerOf(program), { noDefaults: true });
  stack.defer(() => browser.close());
  const [context] = browser.contexts();
  if (context === undefined) throw new Error('Chromium has no window');
  const whole = stack.move();
  return { context, [Symbol.asyncDispose]: () => whole.disposeAsync() };
}

async function debuggerOf(program: Program): Promise<string> {
  for (;;) {
    const [, url] = /DevTools listening on (\S+)/.exec(program.said) ?? [];
    if (url !== undefined) return url;
    if (!program.isRunning) throw new Error(program.said);
    await setTimeout(20);
  }
}
