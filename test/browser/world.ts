// A whole server, a site with a page of `rollcall/browser`, and Chromium, for all tests in it.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, vi } from 'vitest';
import { startServer, type RunningServer } from '../../src/apps/serve.ts';
import type { PersonId } from '../../src/book/person-id.ts';
import { readConfig } from '../../src/node/config.ts';
import { createReport } from '../../src/node/report.ts';
import { publicClient, startOpenId, type OpenId } from '../peers/openid.ts';
import { freePort } from '../peers/program.ts';
import { openProfile, openSite, type Profile, type Site } from './chromium.ts';
import type { TestPage } from './page.ts';

declare const window: { readonly book: TestPage };

export interface Account {
  readonly server: string;
  readonly user: string;
  readonly password: string;
}

export interface World extends AsyncDisposable {
  readonly site: Site;
  readonly profile: Profile;
  readonly account: Account;
  readonly openId: OpenId;
  /** Where the server keeps its book. */
  readonly data: string;
  stop(): Promise<void>;
  /** As it was, after `stop`. */
  start(): Promise<void>;
  /** At the path of the site. */
  newPage(path?: string): Promise<Page>;
  /** As the administrator. */
  telephone(person: PersonId, number: string): Promise<void>;
  subscriptions(): Promise<number>;
}

export async function openWorld(): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'browser-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const site = stack.use(await openSite());
  const openId = stack.use(await startOpenId());
  const settings = join(folder, 'rollcall.yaml');
  const data = join(folder, 'data');
  const http = { port: await freePort(['127.0.0.1']), allowedOrigins: [site.origin, anotherOrigin(site)] };
  const { issuer } = openId;
  const oidc = { issuer, clientId: publicClient.client_id, returnAddresses: [`${site.origin}/`] };
  // JSON is YAML.
  writeFileSync(settings, JSON.stringify({ data, http, sip: { port: 0 }, logIn: { oidc } }));
  const serve = (): Promise<RunningServer> => startServer(readConfig(settings, {}, {}), createReport('fatal'));
  let server = await serve();
  stack.defer(() => server[Symbol.asyncDispose]());
  const profile = stack.use(await openProfile());
  const [first] = server.accounts;
  if (first === undefined) throw new Error('the sample has accounts');
  const token = readFileSync(join(data, 'admin-token'), 'utf8').trim();
  const whole = stack.move();
  const world: World = {
    site,
    profile,
    openId,
    data,
    account: { server: server.url, user: first.user, password: first.password },
    stop: async () => server[Symbol.asyncDispose](),
    start: async () => {
      server = await serve();
    },
    newPage: async (path = '/') => {
      const page = await profile.context.newPage();
      await page.goto(`${site.origin}${path}`);
      return page;
    },
    telephone: async (person, officeTelephone) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const body = JSON.stringify({ fields: { officeTelephone } });
      const answer = await fetch(`${server.url}/v1/admin/persons/${person}`, { method: 'PATCH', headers, body });
      if (!answer.ok) throw new Error(await answer.text());
    },
    subscriptions: async () => {
      const answer = await fetch(`${server.url}/health`);
      return ((await answer.json()) as { readonly subscriptions: number }).subscriptions;
    },
    [Symbol.asyncDispose]: () => whole.disposeAsync(),
  };
  return world;
}

/** Of the same site, by another name of this machine: no address of it is listed to come back to. */
export const anotherOrigin = ({ origin }: Site): string => origin.replace('127.0.0.1', 'localhost');

/** Who is found by `name` is held from then on. */
export const keep = (page: Page, name: string): Promise<PersonId> =>
  page.evaluate(async (text) => {
    const found = await window.book.terminal?.lookUp(text);
    const person = found?.persons[0]?.id;
    if (person === undefined) throw new Error(`nobody is called ${text}`);
    await window.book.terminal?.keep(person);
    return person;
  }, name);

/** Until the terminal of `page` is in the state. */
export const state = (page: Page, wanted: string): Promise<void> =>
  until(() => page.evaluate(() => window.book.terminal?.state.kind), wanted);

/** Until `read` gives what is wanted; a machine with much to do takes its time. */
export const until = async (read: () => Promise<unknown>, wanted: unknown): Promise<void> =>
  vi.waitFor(async () => expect(await read()).toEqual(wanted), { timeout: 20_000, interval: 25 });

export const telephones = (page: Page): Promise<readonly (string | undefined)[]> =>
  page.evaluate(async () => ((await window.book.terminal?.entries()) ?? []).map(({ base }) => base.officeTelephone));

/** What the prompts say that the page was told, each time it was told. */
export const told = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() =>
    window.book.events.flatMap((event) =>
      event.kind === 'prompted'
        ? event.prompts.map(({ fact }) => (fact.kind === 'altered' ? `${fact.from} -> ${fact.to}` : fact.kind))
        : [],
    ),
  );
