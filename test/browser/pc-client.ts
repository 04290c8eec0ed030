// The PC client in Chromium: a whole server that serves the page as it is built, and an employee at it.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { startServer, type RunningServer } from '../../src/apps/serve.ts';
import { readConfig } from '../../src/node/config.ts';
import { createReport } from '../../src/node/report.ts';
import type { Profile } from './chromium.ts';
import { makeNewer, serveFrom } from './newer-program.ts';

const root = join(import.meta.dirname, '..', '..');

/** In milliseconds: a machine with much to do takes its time. */
export const patience = 20_000;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

declare const window: {
  readonly axe: {
    run(options: object): Promise<{
      readonly violations: readonly {
        readonly id: string;
        readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
      }[];
    }>;
  };
};

export interface PcClient extends AsyncDisposable {
  server: Pick<RunningServer, 'url' | 'accounts'> & AsyncDisposable;
  /** Stops the server and starts it again at its address; `between` is given its folder. */
  restart(between: (folder: string) => Promise<void> | void): Promise<void>;
  /** Stops the server and starts a newer version of all of it, a process of its own, in its place. */
  update(): Promise<void>;
  readonly page: Page;
  readonly profile: Profile;
  /** What the page's console complained of, and what it threw. */
  readonly complaints: string[];
  /** One more window of the same profile. */
  open(path?: string): Promise<Page>;
  /** As an administrator alters a person; `photo` is a picture. */
  alter(person: string, fields: Readonly<Record<string, string>>, photo?: Buffer): Promise<void>;
  /** As an administrator removes one. */
  leave(person: string): Promise<void>;
  /** As an administrator takes a removal back. */
  comeBack(person: string): Promise<void>;
  /** As an administrator adds a person. */
  join(fields: Readonly<Record<string, string>>): Promise<void>;
}

/** A process of its own: what bundles would stay in this one's memory. */
export function buildPage(): void {
  execFileSync(process.execPath, [join(root, 'tools', 'page.mjs')], { cwd: root, stdio: 'inherit' });
}

/** A server of its own, hence a site of its own to the browser, which many share. `yaml`: what the administrator configured; `path`: what is opened. */
export async function openPcClient(profile: Profile, yaml = '', path = '/'): Promise<PcClient> {
  const before = new Set(profile.context.pages());
  const data = mkdtempSync(join(tmpdir(), 'pc-client-'));
  const file = join(data, 'rollcall.yaml');
  writeFileSync(file, yaml);
  const config = readConfig(
    yaml === '' ? undefined : file,
    {},
    { data: join(data, 'data'), 'http.port': 0, 'sip.port': 0 },
  );
  const report = createReport('fatal');
  const first = await startServer(config, report);
  const again = { ...config, http: { ...config.http, port: Number(new URL(first.url).port) } };
  const complaints: string[] = [];
  const open = async (path = '/'): Promise<Page> => {
    const page = await profile.context.newPage();
    page.setDefaultTimeout(patience);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      // A refused log-in is an answer, which Chromium reports as an error all the same.
      // So is that there is no log-in by a provider.
      const isAnswer = message.text().includes('401') || message.location().url.endsWith('/v1/oidc');
      // The pages of an identity provider are its own.
      const isOurs = page.url().startsWith(first.url);
      if (message.type() === 'error' && isOurs && !isAnswer) complaints.push(message.text());
    });
    await page.goto(`${first.url}${path}`);
    return page;
  };
  const administer = async (path: string, method: string, body?: string): Promise<void> => {
    const token = readFileSync(join(data, 'data', 'admin-token'), 'utf8').trim();
    const headers = {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    };
    const answer = await fetch(`${first.url}/v1/admin/persons${path}`, {
      method,
      headers,
      ...(body !== undefined && { body }),
    });
    expect(answer.ok).toBe(true);
  };
  const client: PcClient = {
    server: first,
    restart: async (between) => {
      await client.server[Symbol.asyncDispose]();
      await between(join(data, 'data'));
      client.server = await startServer(again, report);
    },
    update: async () => {
      const { url, accounts } = client.server;
      const folder = join(data, 'newer');
      makeNewer(folder);
      await client.server[Symbol.asyncDispose]();
      const program = await serveFrom({ folder, data: join(data, 'data'), port: new URL(url).port });
      client.server = { url, accounts, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
    },
    profile,
    complaints,
    page: await open(path),
    open,
    alter: (person, fields, photo) =>
      administer(`/${person}`, 'PATCH', JSON.stringify({ fields, photo: photo?.toString('base64') })),
    leave: (person) => administer(`/${person}`, 'DELETE'),
    comeBack: (person) => administer(`/${person}/restore`, 'POST'),
    join: (fields) => administer('', 'POST', JSON.stringify({ fields })),
    [Symbol.asyncDispose]: async () => {
      for (const each of profile.context.pages()) if (!before.has(each)) await each.close();
      await client.server[Symbol.asyncDispose]();
      rmSync(data, { recursive: true });
    },
  };
  return client;
}

/** What is fetched before the first picture, as it crosses a network: what the page names, and the texts of one language. */
export function firstLoadOctets(): number {
  const folder = join(root, 'dist', 'pc-client');
  const page = readFileSync(join(folder, 'index.html'));
  const named = [...page.toString().matchAll(/assets\/[\w.-]+/g)].map(([name]) => name);
  const texts = readdirSync(join(folder, 'assets')).filter((name) => /^(?:en|formats)-/.test(name));
  const files = [...named, ...texts.map((name) => `assets/${name}`)].map((name) => readFileSync(join(folder, name)));
  return [page, ...files].reduce((octets, file) => octets + gzipSync(file).length, 0);
}

export async function logIn(
  page: Page,
  { user, password }: { readonly user: string; readonly password: string },
): Promise<void> {
  await page.getByLabel('User name').fill(user);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.keyboard.press('Enter');
}

/** What axe-core finds wrong in what is shown, light and dark: the rule, and where. */
export async function findingsOf(page: Page): Promise<readonly string[]> {
  const light = await foundBy(page, 'light', {});
  // Nothing but the colours differs, and not even they where the employee has chosen a theme.
  const isChosen = await page.evaluate(() => document.documentElement.dataset['theme'] !== undefined);
  const dark = isChosen ? [] : await foundBy(page, 'dark', { runOnly: ['color-contrast'] });
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  return [...light, ...dark.map((finding) => `dark: ${finding}`)];
}

/** By `evaluate`, which the page's policy does not bind. */
async function foundBy(page: Page, colorScheme: 'light' | 'dark', rules: object): Promise<readonly string[]> {
  // What slides in is pale on its way: nothing moves for who asked for less motion, and what moves already is let arrive.
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  const hasAxe = await page.evaluate(() => {
    // What begins once another has arrived is let arrive too: a colour that is inherited, for one.
    const moving = (): readonly Animation[] =>
      document.getAnimations().filter((each) => each.effect?.getComputedTiming().endTime !== Infinity);
    for (let rest = moving(); rest.length > 0; rest = moving()) for (const each of rest) each.finish();
    return 'axe' in window;
  });
  if (!hasAxe) await page.evaluate(axe);
  // What is right need not be told of, and there is nothing that plays, for which the style sheets would be fetched again.
  const how = { resultTypes: ['violations'], preload: false, ...rules };
  const { violations } = await page.evaluate((options) => window.axe.run(options), how);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  );
}
