// Takes a picture of every page of the PC client, in both languages, both themes, on a telephone and on a desk, and says
// what does not fit and what axe finds: node tools/screens.mjs FOLDER [PAGE ...]. The pictures are there to be looked at one by one.

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { startServer } from '../src/apps/serve.ts';
import { readConfig } from '../src/node/config.ts';
import { createReport } from '../src/node/report.ts';
import { buildPage } from './page.mjs';

const [folder = 'screens', ...wanted] = process.argv.slice(2);
const sizes = { desk: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
const languages = ['en', 'zh-CN'];
const themes = ['light', 'dark'];
/** Of whom each of these finds the first is kept. */
const lookedUp = ['ada lovelace', '张伟', '王', 'henry', '李', '刘', 'nora', '陈', 'samuel', '赵', 'emma', '杨'];
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

await buildPage();
await using stack = new AsyncDisposableStack();
const data = mkdtempSync(join(tmpdir(), 'screens-'));
stack.defer(() => rmSync(data, { recursive: true }));
const settings = { data: join(data, 'data'), 'http.port': 0, 'sip.port': 0 };
const server = stack.use(await startServer(readConfig(undefined, {}, settings), createReport('fatal')));
mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
stack.defer(() => browser.close());
const context = await browser.newContext({ viewport: sizes.desk });
const page = await context.newPage();
page.setDefaultTimeout(20_000);
page.on('pageerror', (error) => console.log(`thrown: ${error.message}`));

await page.goto(server.url);
await everyLook('log-in');
await logIn();
await everyLook('empty');
const people = await keepThem();
await write(people);
await happen(people);
const [ada, zhang] = people;
await at('list', '/');
await at('person', `/p/${ada}`);
await at('person-chinese', `/p/${zhang}`);
await at('changed', '/changed');
await at('group', `/g/${encodeURIComponent('董事会 Board')}`);
await at('left', '/left');
await at('history', '/history');
await at('look-up', '/look-up?q=zhw');
await at('look-up-nothing', '/look-up?q=qqqqqq');
await at('organisation', `/o/${ada}`);
await at('departments', '/departments');
await at('import', '/import');
await at('settings', '/settings');
await at('privacy', '/settings/privacy');
await at('nowhere', '/no/such/place');
await page.setViewportSize(sizes.desk);
await page.goto(server.url);
await page.keyboard.press('?');
await everyLook('keys', () => page.keyboard.press('?'));
await server[Symbol.asyncDispose]();
await at('offline', `/p/${ada}`);

async function logIn() {
  const [, ben] = server.accounts;
  await page.fill('#user', ben.user);
  await page.fill('#password', ben.password);
  await page.keyboard.press('Enter');
  await page.waitForSelector('nav');
}

/** Gives their IDs. */
async function keepThem() {
  const ids = [];
  for (const name of lookedUp) {
    await page.goto(`${server.url}/look-up?q=${encodeURIComponent(name)}`);
    await page.getByRole('option').first().waitFor();
    await page.keyboard.press('Control+Enter');
    await page.waitForURL('**/p/*');
    ids.push(page.url().split('/').at(-1));
    await page.getByRole('button', { name: /^Keep in your address book/ }).click();
    await page.getByLabel('Note').waitFor();
  }
  return ids;
}

/** What is one's own. */
async function write([first, second]) {
  await page.goto(`${server.url}/p/${first}`);
  await page.getByLabel('Nickname').fill('Countess');
  await page.getByLabel('Note').fill('Met in Paris. Call after 9, never on Fridays: she is at the engine then.');
  await page.getByLabel('Note').blur();
  for (const person of [first, second]) {
    await page.goto(`${server.url}/p/${person}`);
    await page.getByLabel('Add to a group').fill('董事会 Board');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: '董事会 Board' }).first().waitFor();
  }
}

/** What the company changes: two numbers, a title, and somebody leaves. */
async function happen([first, second, third, ...others]) {
  const token = readFileSync(join(settings.data, 'admin-token'), 'utf8').trim();
  const administer = (person, method, fields) =>
    fetch(`${server.url}/v1/admin/persons/${person}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(fields && { 'content-type': 'application/json' }) },
      ...(fields && { body: JSON.stringify({ fields }) }),
    });
  await page.goto(server.url);
  await page.getByRole('button', { name: 'Live' }).waitFor();
  await administer(first, 'PATCH', { officeTelephone: '8002' });
  await administer(second, 'PATCH', { officeTelephone: '+86 10 8888 8002', title: '高级软件工程师' });
  await administer(third, 'PATCH', { office: 'Building 7, 4.12' });
  await administer(others.at(-1), 'DELETE');
  await page.getByText('8002').first().waitFor();
}

async function at(name, path) {
  await page.goto(server.url + path);
  await everyLook(name);
}

/** `again` brings back what loading the page anew takes away. */
async function everyLook(name, again = () => undefined) {
  if (wanted.length > 0 && !wanted.includes(name)) return;
  for (const [size, viewport] of Object.entries(sizes))
    for (const language of languages)
      for (const theme of themes) {
        await page.setViewportSize(viewport);
        await page.evaluate(
          ([spoken, worn]) => {
            localStorage.setItem('rollcall.language', spoken);
            localStorage.setItem('rollcall.theme', worn);
          },
          [language, theme],
        );
        await page.reload();
        await page.waitForSelector('#page > *');
        again();
        await page.waitForTimeout(400);
        await page.screenshot({ path: join(folder, `${name}.${size}.${language}.${theme}.png`) });
        // Words and theme change together: each of both is judged, on each size.
        if ((language === 'en') === (theme === 'light')) await judge(`${name} ${size} ${language} ${theme}`);
      }
  await page.setViewportSize(sizes.desk);
  await page.evaluate(() => localStorage.setItem('rollcall.language', 'en'));
  await page.reload();
  await page.waitForSelector('#page > *');
}

async function judge(name) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wide > 0) console.log(`${name}: ${wide} px too wide`);
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  for (const { id, nodes } of violations)
    for (const { html } of nodes) console.log(`${name}: ${id}: ${html.slice(0, 200)}`);
}
