// Takes a picture of every page of the PC client, in both languages, both themes, on a telephone and on a desk; of some on a
// wide screen, a telephone that lies, and at 320 px too, which is 1,280 px at 400 % (WCAG 1.4.10). Says what does not fit and
// what axe finds: node tools/screens.mjs FOLDER [PAGE ...]. The pictures are there to be looked at one by one.

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
/** Beyond those, where a page may look different. */
const oddSizes = {
  wide: { width: 1920, height: 1080 },
  low: { width: 844, height: 390 },
  narrow: { width: 320, height: 640 },
};
/** What has fingers for a pointer. */
const touched = ['phone', 'low', 'narrow'];
const languages = ['en', 'zh-CN'];
const themes = ['light', 'dark'];
/** Of whom each of these finds the first is kept. */
const lookedUp = ['ada lovelace', '张伟', '王', 'henry', '李', '刘', 'nora', '陈', 'samuel', '赵', 'emma', '杨'];
/** What is altered to next. */
let telephone = 8100;
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
const devtools = await context.newCDPSession(page);
page.setDefaultTimeout(20_000);
page.on('pageerror', (error) => console.log(`thrown: ${error.message}`));

await page.goto(server.url);
await everyLook('log-in');
// Of more tries the server would have one wait.
await everyLook('log-in-wrong', () => logIn('not the password', '[role=alert]:not(:empty)'), { low: oddSizes.low });
await page.goto(server.url);
await logIn();
await everyLook('empty', () => page.getByRole('heading', { name: /may want|可能需要/ }).waitFor());
const people = await keepThem();
await write(people);
await happen(people);
const [ada, zhang, wang] = people;
await at('list', '/', undefined, { ...sizes, ...oddSizes });
await at('person', `/p/${ada}`, undefined, { ...sizes, ...oddSizes });
await at('person-chinese', `/p/${zhang}`);
await at('changed', '/changed');
await at('group', `/g/${encodeURIComponent('董事会 Board')}`);
await at('left', '/left');
await at('history', '/history', undefined, { ...sizes, ...oddSizes });
await at('look-up-empty', '/look-up', () => page.getByRole('option').first().waitFor());
await at('look-up', '/look-up?q=zhw', () => page.getByRole('option').first().waitFor(), { ...sizes, ...oddSizes });
await at('look-up-nothing', '/look-up?q=qqqqqq');
await at('kept', '/look-up?q=ma', keepFirst);
await at('organisation', `/o/${ada}`, undefined, { ...sizes, ...oddSizes });
await at('departments', '/departments');
await at('department', '/departments/Research');
await at('import', '/import');
await at('settings', '/settings', undefined, { ...sizes, ...oddSizes });
await at('privacy', '/settings/privacy');
await at('nowhere', '/no/such/place');
await at('selection', '/', select);
await at('menu', `/p/${ada}`, () =>
  page
    .getByRole('article')
    .getByRole('button', { name: /^(More|更多)/ })
    .click(),
);
await at('form', '/', () => page.keyboard.press('a'), { ...sizes, ...oddSizes });
await at('keys', '/', () => page.keyboard.press('?'), { ...sizes, ...oddSizes });
await at('notices', `/p/${ada}`, alterTwo);
await lengthen(wang);
await at('long', `/p/${wang}`, undefined, { ...sizes, ...oddSizes });
await at('history-long', '/history', undefined, { ...sizes, ...oddSizes });
await server[Symbol.asyncDispose]();
await at('offline', `/p/${ada}`);
await at('look-up-offline', '/look-up?q=ada', () => page.getByRole('option').first().waitFor());
await at('unknown', '/p/nobodyhere', () => page.getByRole('article').getByRole('button').first().waitFor());
await at('departments-offline', '/departments', () => page.getByRole('main').getByRole('button').first().waitFor());

async function logIn(password = server.accounts[1].password, then = 'nav') {
  await page.fill('#user', server.accounts[1].user);
  await page.fill('#password', password);
  await page.keyboard.press('Enter');
  await page.waitForSelector(then);
}

/** And takes the way back, so that it can be done again. */
async function keepFirst() {
  const keep = page.getByRole('option').filter({ hasText: /Keep|保存/ });
  await keep
    .first()
    .getByText(/Keep|保存/)
    .click();
  await page.locator('[data-toast]').waitFor();
}

async function select() {
  await page.locator('section header button[aria-haspopup=menu]').click();
  await page.getByRole('menuitem').first().click();
  for (const at of [0, 2]) await page.getByRole('checkbox').nth(at).check();
}

async function alterTwo() {
  // On a telephone it is behind the person.
  await page
    .locator('button', { hasText: /^(Live|实时)/ })
    .first()
    .waitFor({ state: 'attached' });
  const [, second, , fourth] = people;
  telephone += 1;
  await administer(second, 'PATCH', { officeTelephone: `+86 10 8888 ${telephone}` });
  await administer(fourth, 'PATCH', { office: `Building 7, 4.${telephone % 100}` });
  await page.locator('section > article').first().waitFor();
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

async function administer(person, method, fields) {
  const token = readFileSync(join(settings.data, 'admin-token'), 'utf8').trim();
  await fetch(`${server.url}/v1/admin/persons/${person}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(fields && { 'content-type': 'application/json' }) },
    ...(fields && { body: JSON.stringify({ fields }) }),
  });
}

/** What the company changes: two numbers, a title, an office, and somebody leaves. */
async function happen([first, second, third, ...others]) {
  await page.goto(server.url);
  await page.getByRole('button', { name: 'Live' }).waitFor();
  await administer(first, 'PATCH', { officeTelephone: '8002' });
  await administer(second, 'PATCH', { officeTelephone: '+86 10 8888 8002', title: '高级软件工程师' });
  await administer(third, 'PATCH', { office: 'Building 7, 4.12' });
  await administer(others.at(-1), 'DELETE');
  await page.getByText('8002').first().waitFor();
}

/** All that there is of a person is as long as may be. */
async function lengthen(person) {
  await administer(person, 'PATCH', {
    name: 'Maximiliane-Charlotte Freifrau von und zu Hohenstein-Württemberg',
    title: 'Deputy Assistant to the Senior Vice President for International Regulatory Affairs',
    mail: 'maximiliane-charlotte.von.und.zu.hohenstein-wuerttemberg@international.example.com',
  });
  await page.goto(`${server.url}/p/${person}`);
  await page.getByLabel('Note').fill(`${'Never before nine, and only about the audit. '.repeat(40)}${'x'.repeat(300)}`);
  await page.getByLabel('Note').blur();
}

async function at(name, path, then, among) {
  await page.goto(server.url + path);
  await everyLook(name, then, among);
}

/** `then` is what is done at the page each time it is loaded. */
async function everyLook(name, then = () => undefined, among = sizes) {
  if (wanted.length > 0 && !wanted.includes(name)) return;
  for (const [size, viewport] of Object.entries(among))
    for (const language of languages)
      for (const theme of themes) {
        // Words and theme change together: each of both is there, on each size.
        const isTelling = (language === 'en') === (theme === 'light');
        if (size in oddSizes && !isTelling) continue;
        await devtools.send('Emulation.setTouchEmulationEnabled', { enabled: touched.includes(size) });
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
        await settled();
        await Promise.resolve(then()).catch((error) => console.log(`${name} ${size} ${language}: ${error.message}`));
        await settled();
        await page.screenshot({ path: join(folder, `${name}.${size}.${language}.${theme}.png`) });
        if (isTelling) await judge(`${name} ${size} ${language} ${theme}`);
      }
  await devtools.send('Emulation.setTouchEmulationEnabled', { enabled: false });
  await page.setViewportSize(sizes.desk);
  await page.evaluate(() => localStorage.setItem('rollcall.language', 'en'));
  await page.reload();
  await page.waitForSelector('#page > *');
}

/** What comes after the first picture is there, and nothing moves any more. */
async function settled() {
  await page.waitForTimeout(300);
  await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => undefined))));
}

async function judge(name) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wide > 0) console.log(`${name}: ${wide} px too wide`);
  if (touched.some((size) => name.includes(` ${size} `)))
    for (const small of await page.evaluate(smallTargets)) console.log(`${name}: a small target: ${small}`);
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  for (const { id, nodes } of violations)
    for (const { html } of nodes) console.log(`${name}: ${id}: ${html.slice(0, 200)}`);
}

/** What a finger may miss: less than 44 px in both directions, or less than 24 in one (WCAG 2.5.8). */
function smallTargets() {
  return [...document.querySelectorAll('a[href], button, input, select, [role=option], [role=menuitem]')]
    .filter((each) => each.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && each.tabIndex >= 0)
    .map((each) => [each, (each.closest('label') ?? each).getBoundingClientRect()])
    .filter(([, { width, height }]) => width > 1 && (Math.max(width, height) < 44 || Math.min(width, height) < 24))
    .map(
      ([each, { width, height }]) => `${Math.round(width)} x ${Math.round(height)}: ${each.outerHTML.slice(0, 120)}`,
    );
}
