// The PC client as an employee has it who holds many: the server in a process of its own, the page as it is built, Chromium.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CDPSession, Page } from 'playwright-core';
import { build, type Rollup } from 'vite';
import { wallTime } from '../src/base/time.ts';
import { nothingOwn } from '../src/book/personal-entry.ts';
import type { Removed } from '../src/browser/browser.ts';
import { passwords } from '../src/node/passwords.ts';
import { openAccountStore } from '../src/node/sqlite-sessions.ts';
import { sampleEnterprise } from '../src/server/sample-enterprise.ts';
import { openProfile } from '../test/browser/chromium.ts';
import { makeBook, type BookMade } from './book.ts';
import { watch } from './pc-client-watch.ts';
import { scratch } from './scratch.ts';
import { startServerProcess, type ServerProcess } from './server-process.ts';

const root = join(import.meta.dirname, '..');
export const pageFolder = join(root, 'dist', 'pc-client');

const account = { user: 'ben', password: 'carter123' };

export interface AtWork extends AsyncDisposable {
  readonly server: ServerProcess;
  readonly page: Page;
  readonly devTools: CDPSession;
  readonly people: readonly Named[];
  /** Until one could log in, with nothing of the page in the browser: milliseconds. */
  readonly logInDrawn: number;
  /** As an administrator alters a person. */
  alter(person: string, fields: Readonly<Record<string, string>>): Promise<void>;
}

export interface Named {
  readonly id: string;
  readonly name: string;
}

/** Logged in, with `held` of the `persons` there are. */
export async function atWork({ persons, held }: { readonly persons: number; readonly held: number }): Promise<AtWork> {
  await using stack = new AsyncDisposableStack();
  execFileSync(process.execPath, [join(root, 'tools', 'page.mjs')], { cwd: root, stdio: 'inherit' });
  const data = join(stack.use(await scratch()).folder, 'data');
  const book = await makeBook(data, { persons, sessions: 0 });
  await openAccount(data, book);
  const server = stack.use(await startServerProcess(data));
  const { context } = stack.use(await openProfile());
  const page = await context.newPage();
  await watch(page);
  await page.goto(server.url);
  const logInDrawn = await page.evaluate(() => window.drawnAt('#user'));
  await page.fill('#user', account.user);
  await page.fill('#password', account.password);
  await page.keyboard.press('Enter');
  await page.waitForSelector('nav');
  const removed = heldOf(book, held);
  await fill(page, server.url, removed);
  const devTools = await context.newCDPSession(page);
  // The CPU time of the page's thread, and not what passed meanwhile.
  await devTools.send('Performance.enable', { timeDomain: 'threadTicks' });
  const token = readFileSync(join(data, 'admin-token'), 'utf8').trim();
  const whole = stack.move();
  return {
    server,
    page,
    devTools,
    people: removed.entries.map(({ person, base }) => ({ id: person, name: base.name ?? '' })),
    logInDrawn,
    alter: (person, fields) => alter(`${server.url}/v1/admin/persons/${person}`, token, fields),
    [Symbol.asyncDispose]: () => whole.disposeAsync(),
  };
}

async function openAccount(data: string, { persons: [person] }: BookMade): Promise<void> {
  await using accounts = openAccountStore(join(data, 'accounts.sqlite'));
  const passwordHash = await passwords.hash(account.password);
  const of = person === undefined ? {} : { person };
  await accounts.putAccount({ user: account.user, passwordHash, createdAt: wallTime(Date.now()), ...of });
}

function heldOf({ head, persons }: BookMade, held: number): Removed {
  const people = sampleEnterprise(persons.length);
  const entries = persons.slice(0, held).map((person, at) => {
    const base = people[at]?.fields ?? {};
    return { person, base, revision: head.revision, state: 'held', own: nothingOwn } as const;
  });
  return { entries, mark: { book: head.book, revision: head.revision }, withheld: [], photos: [] };
}

/** At the API's description of itself, which has the page's origin and none of its rules. */
async function fill(page: Page, url: string, people: Removed): Promise<void> {
  await page.goto(`${url}/v1/openapi.json`);
  await page.evaluate(await bundledFilling());
  const filled = await page.evaluate((given) => window.fill(given), people);
  if (filled !== people.entries.length) throw new Error(`${filled} entries in place of ${people.entries.length}`);
}

async function bundledFilling(): Promise<string> {
  const input = join(import.meta.dirname, 'pc-client-filling.ts');
  const built = (await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: false,
      rolldownOptions: { input, output: { format: 'iife', codeSplitting: false } },
    },
  })) as Rollup.RollupOutput;
  return built.output[0].code;
}

async function alter(url: string, token: string, fields: Readonly<Record<string, string>>): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'PATCH', headers, body: JSON.stringify({ fields }) });
  if (!answer.ok) throw new Error(`altering: ${answer.status}`);
}

/** CPU milliseconds of the page's thread since the page was asked for. */
export async function thread({ devTools }: AtWork): Promise<number> {
  const { metrics } = await devTools.send('Performance.getMetrics');
  return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN);
}
