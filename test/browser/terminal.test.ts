// A terminal in real Chromium and a whole server.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServer, type RunningServer } from '../../src/apps/serve.ts';
import type { PersonId } from '../../src/book/person-id.ts';
import { readConfig } from '../../src/node/config.ts';
import { createReport } from '../../src/node/report.ts';
import { skipWithout } from '../peers/installed.ts';
import { freePort } from '../peers/program.ts';
import { chromiumPath, openProfile, openSite, type Profile, type Site } from './chromium.ts';
import type { TestPage } from './page.ts';

declare const window: { readonly book: TestPage };

/** A whole page may have 180 kB. With what names are read by, which is loaded apart, the door alone would be larger. */
const mostOctets = 70_000;

describe.skipIf(skipWithout('Chromium', () => existsSync(chromiumPath)))('a terminal in a browser', () => {
  let folder: string;
  let site: Site;
  let profile: Profile;
  let settings: string;
  let server: RunningServer;
  let account: { readonly server: string; readonly user: string; readonly password: string };
  let page: Page;
  let ada: PersonId;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'browser-'));
    site = await openSite();
    profile = await openProfile();
    settings = join(folder, 'rollcall.yaml');
    const port = await freePort(['127.0.0.1']);
    const http = { port, allowedOrigins: [site.origin] };
    // JSON is YAML.
    writeFileSync(settings, JSON.stringify({ data: join(folder, 'data'), http, sip: { port: 0 } }));
    server = await serve();
    const [first] = server.accounts;
    if (first === undefined) throw new Error('the sample has accounts');
    account = { server: server.url, user: first.user, password: first.password };
    page = await open();
  });
  afterAll(async () => {
    await profile[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    await site[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const serve = (): Promise<RunningServer> => startServer(readConfig(settings, {}, {}), createReport('fatal'));

  async function open(): Promise<Page> {
    const opened = await profile.context.newPage();
    await opened.goto(site.origin);
    await opened.evaluate(() => window.book.open());
    return opened;
  }

  const state = (wanted: string): Promise<unknown> =>
    page.waitForFunction((kind) => window.book.terminal?.state.kind === kind, wanted);

  const telephones = (): Promise<unknown> =>
    page.evaluate(async () => (await window.book.terminal?.entries())?.map(({ base }) => base.officeTelephone));

  const prompts = (): Promise<unknown> =>
    page.evaluate(async () => {
      const stored = (await window.book.terminal?.prompts()) ?? [];
      return stored.map(({ fact }) => (fact.kind === 'altered' ? [fact.field, fact.from, fact.to] : fact.kind));
    });

  const toldTimes = (): Promise<number> =>
    page.evaluate(() => window.book.events.filter(({ kind }) => kind === 'prompted').length);

  async function telephone(number: string): Promise<void> {
    const token = readFileSync(join(folder, 'data', 'admin-token'), 'utf8').trim();
    const answer = await fetch(`${server.url}/v1/admin/persons/${ada}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ fields: { officeTelephone: number } }),
    });
    expect(answer.status).toBe(200);
  }

  test('what the door loads first leaves most of a page’s 180 kB to the page', () => {
    expect(site.gzippedOctets).toBeLessThan(mostOctets);
  });

  test('a wrong password is told as such', async () => {
    const refused = page.evaluate((wrong) => window.book.terminal?.logIn(wrong), { ...account, password: 'wrong' });
    await expect(refused).rejects.toThrow('The user or the password is wrong.');
  });

  test('somebody logs in, looks Ada up and holds her, and a change comes live, with what was and what is', async () => {
    await page.evaluate((who) => window.book.terminal?.logIn(who), account);
    ada = await page.evaluate(async () => {
      const found = await window.book.terminal?.lookUp('Ada Lovelace');
      const person = found?.persons[0]?.id;
      if (person === undefined) throw new Error('nobody was found');
      await window.book.terminal?.keep(person);
      return person;
    });
    await state('live');
    await telephone('7001');
    await page.waitForFunction(() => window.book.events.some(({ kind }) => kind === 'prompted'));
    expect(await telephones()).toEqual(['7001']);
    expect(await prompts()).toEqual([['officeTelephone', expect.any(String), '7001']]);
  });

  test('without the server a page that is loaded again has the whole book; with it, it catches up, and tells once', async () => {
    await server[Symbol.asyncDispose]();
    await state('offline');
    await page.close();
    page = await open();
    expect(await telephones()).toEqual(['7001']);
    expect(await page.evaluate(async () => (await window.book.terminal?.lookUp('Ada'))?.source)).toBe('held');
    server = await serve();
    await telephone('7002');
    await state('live');
    await page.waitForFunction(() => window.book.events.some(({ kind }) => kind === 'prompted'));
    expect(await telephones()).toEqual(['7002']);
    expect(await prompts()).toEqual([
      ['officeTelephone', expect.any(String), '7001'],
      ['officeTelephone', '7001', '7002'],
    ]);
    expect(await toldTimes()).toBe(1);
  });

  test('of two pages over one book none loses what the other writes; one that deletes it is not held up, and the other says so', async () => {
    const other = await open();
    const note = async (person: PersonId) => window.book.terminal?.writeOwn(person, { note: 'met in Paris' });
    const nickname = async (person: PersonId) => window.book.terminal?.writeOwn(person, { nickname: 'Countess' });
    await Promise.all([page.evaluate(note, ada), other.evaluate(nickname, ada)]);
    const own = await page.evaluate(async () => (await window.book.terminal?.entries())?.[0]?.own);
    expect(own).toMatchObject({ note: 'met in Paris', nickname: 'Countess' });
    const deleted = await profile.context.newPage();
    await deleted.goto(site.origin);
    await deleted.evaluate(
      () =>
        new Promise((resolve, reject) => {
          const request = indexedDB.deleteDatabase('people');
          request.addEventListener('success', resolve);
          request.addEventListener('blocked', () => reject(new Error('blocked')));
        }),
    );
    for (const each of [page, other])
      await expect(each.evaluate(async () => window.book.terminal?.entries())).rejects.toThrow('load the page again');
  });
});
