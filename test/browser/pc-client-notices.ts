// What the PC client tells of changes: at the side, in the history, at a person, and outside of the page. A whole server,
// real Chromium, and two windows of one profile.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Profile } from './chromium.ts';
import { findingsOf, logIn, openPcClient, type PcClient } from './pc-client.ts';

export function noticesOfChanges(browser: () => Profile): void {
  let client: PcClient;
  let page: Page;
  let second: Page;
  let ada: string;
  let ben: string;
  let zhangs: readonly string[];

  const notice = (of: Page, name: string) => of.getByRole('article', { name });
  /** A notice in the history, not a line of one. */
  const history = () => page.locator('main li[data-key]');
  const goTo = (key: string): Promise<void> => page.keyboard.press(key);

  /** The first `count` who are found, by the keyboard. */
  async function keep(text: string, count: number): Promise<void> {
    await page.keyboard.press('/');
    await page.getByRole('combobox', { name: 'Look up' }).fill(text);
    await page
      .getByRole('option')
      .nth(count - 1)
      .waitFor();
    for (let at = 0; at < count; at += 1) {
      const option = page.getByRole('option').nth(at);
      await option.and(page.locator('[data-highlighted]')).waitFor();
      await page.keyboard.press('Enter');
      await option.getByText('In your book').waitFor();
      await page.keyboard.press('ArrowDown');
    }
    await page.keyboard.press('Escape');
    await page.getByRole('combobox', { name: 'Look up' }).waitFor({ state: 'detached' });
  }

  /** What the system shows of the page's. */
  const told = (of: Page): Promise<readonly string[]> =>
    of.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      return ((await registration?.getNotifications()) ?? []).map(({ body }) => body);
    });

  beforeAll(async () => {
    client = await openPcClient(browser());
    page = client.page;
    [ada = '', ben = ''] = client.server.accounts.map(({ person }) => person);
    await logIn(page, { user: 'ben', password: 'carter123' });
    await page.getByText('Your address book is empty').waitFor();
    await keep('ada lovelace', 1);
    await keep('zhang', 7);
    await page.getByRole('list', { name: '8 people' }).waitFor();
    const rows = page.getByRole('list', { name: '8 people' }).getByRole('link');
    const held = await rows.evaluateAll((links) => links.map((link) => link.getAttribute('href')?.slice('/p/'.length)));
    zhangs = held.filter((person) => person !== undefined && person !== ada) as readonly string[];
    await page.getByRole('button', { name: 'Live' }).waitFor();
    // A window of its own, so that both are to be seen.
    const opened = client.profile.context.waitForEvent('page');
    await page.evaluate((url) => void window.open(url, '', 'popup'), client.server.url);
    second = await opened;
    // What slides in would be pale for a moment.
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await second.getByRole('button', { name: 'Live' }).waitFor();
  });
  afterAll(() => client[Symbol.asyncDispose]());

  test('a change is told at once in both windows, said to who hears the page, and takes the focus from nobody', async () => {
    await page.getByRole('link', { name: 'Everyone' }).focus();
    await client.alter(ada, { officeTelephone: '7007' });
    for (const window of [page, second]) {
      await notice(window, 'Ada Lovelace').getByText('8001').waitFor();
      await notice(window, 'Ada Lovelace').getByText('7007').waitFor();
    }
    await page.getByRole('status').getByText('Ada Lovelace: Office telephone from 8001 to 7007').waitFor();
    expect(await page.evaluate(() => document.activeElement?.getAttribute('href'))).toBe('/');
    expect(await page.title()).toBe('(1) Everyone · Rollcall');
    await page.getByRole('link', { name: 'History, 1 not seen yet' }).waitFor();
    expect(await findingsOf(page)).toEqual([]);
  });

  test('by the keyboard alone it is come to, undone, and left to where one was', async () => {
    await page.keyboard.press('n');
    await page.locator('article:focus').waitFor();
    const undo = page.getByRole('button', { name: 'Go back to Office telephone 8001, for yourself' });
    while (!(await undo.evaluate((button) => button === document.activeElement))) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByText('The value from before is yours now.').waitFor();
    await page.getByRole('listitem').filter({ hasText: 'Ada Lovelace' }).getByText('8001').waitFor();
    await notice(page, 'Ada Lovelace').waitFor({ state: 'detached' });
    await page.waitForFunction(() => document.activeElement?.getAttribute('href') === '/');
    // Undone is seen, in every window.
    await notice(second, 'Ada Lovelace').waitFor({ state: 'detached' });
    await second.waitForFunction(() => !document.title.startsWith('('));
  });

  test('what was seen in one window is gone in the other', async () => {
    await client.alter(ada, { title: 'Countess' });
    await notice(second, 'Ada Lovelace').waitFor();
    await notice(page, 'Ada Lovelace').waitFor();
    await page.keyboard.press('n');
    await page.keyboard.press('Escape');
    await notice(second, 'Ada Lovelace').waitFor({ state: 'detached' });
    await notice(page, 'Ada Lovelace').waitFor({ state: 'detached' });
  });

  test('many who move are one notice, which opens to its people and is undone as a whole', async () => {
    for (const person of zhangs) await client.alter(person, { office: 'Tower 7' });
    const many = notice(page, '7 people');
    await many.getByText('Tower 7').waitFor();
    await page.getByRole('status').getByText('7 people: Office changed').waitFor();
    expect(await page.getByRole('article').count()).toBe(1);
    expect(await page.title()).toBe('(1) Everyone · Rollcall');
    await many.getByRole('button', { name: 'Show the people' }).click();
    expect(await many.getByRole('button', { name: /Go back to Office/ }).count()).toBe(7);
    expect(await findingsOf(page)).toEqual([]);
    await many.getByRole('button', { name: 'Undo all' }).click();
    await many.waitFor({ state: 'detached' });
    await notice(second, '7 people').waitFor({ state: 'detached' });
  });

  test('who leaves, comes back, or is new in the department is told so; a newcomer is kept from there', async () => {
    await client.leave(ada);
    await notice(page, 'Ada Lovelace').getByText('Left the company').waitFor();
    await client.comeBack(ada);
    await notice(page, 'Ada Lovelace').getByText('Came back to the company').waitFor();
    await client.alter(ben, { department: 'Mechanisms' });
    await client.join({ name: 'Grace Hopper', department: 'Mechanisms' });
    const grace = notice(page, 'Grace Hopper');
    await grace.getByText('New in Mechanisms').waitFor();
    await grace.getByRole('button', { name: 'Keep Grace Hopper' }).click();
    await grace.getByText('In your book').waitFor();
  });

  test('the history has it all, and finds names in any script, fields and values', async () => {
    await goTo('2');
    await page.getByRole('heading', { name: 'History' }).waitFor();
    await history().filter({ hasText: 'New in Mechanisms' }).waitFor();
    expect(await findingsOf(page)).toEqual([]);
    const search = page.getByRole('searchbox', { name: 'Search the history' });
    for (const [text, found, not] of [
      ['zhang', 'Tower 7', 'Ada Lovelace'],
      ['TOWER', 'Tower 7', 'Ada Lovelace'],
      ['lovelace telephone', '7007', 'Grace Hopper'],
      ['countess', 'Countess', 'Grace Hopper'],
      ['mechanisms', 'Grace Hopper', 'Ada Lovelace'],
    ] as const) {
      await search.fill(text);
      await history().filter({ hasText: not }).first().waitFor({ state: 'detached' });
      await history().filter({ hasText: found }).first().waitFor();
    }
    await search.clear();
    await search.pressSequentially('nobody of this name');
    await page.getByText('Nothing in the history fits.').waitFor();
    expect(new URL(page.url()).searchParams.get('q')).toBe('nobody of this name');
    await page.getByRole('link', { name: 'Show all of it' }).click();
    await history().filter({ hasText: 'Tower 7' }).waitFor();
  });

  test('the unseen stay until they are ticked off, all at once where one likes', async () => {
    await page.getByRole('link', { name: /^Not seen/ }).click();
    await client.alter(ada, { city: 'Turin' });
    await history().filter({ hasText: 'Turin' }).waitFor();
    await page.getByRole('button', { name: 'Mark all as seen' }).press('Enter');
    await page.getByText('You have seen everything.').waitFor();
    // The button is gone with them; the focus is at what comes next, and not at nothing.
    await page.waitForFunction(() => document.activeElement?.closest('main') !== null);
    await page.waitForFunction(() => !document.title.startsWith('('));
    await second.waitForFunction(() => !document.title.startsWith('('));
    expect(await findingsOf(page)).toEqual([]);
  });

  test('what one looks at in the history for a moment is seen', async () => {
    await page.getByRole('link', { name: 'All', exact: true }).click();
    await client.alter(ada, { city: 'Paris' });
    await history().filter({ hasText: 'Paris' }).waitFor();
    await page.waitForFunction(() => !document.title.startsWith('('));
    await second.waitForFunction(() => !document.title.startsWith('('));
  });

  test('a person has a history of their own, which leads to the whole of it', async () => {
    await goTo('1');
    await page.getByRole('listitem').filter({ hasText: 'Ada Lovelace' }).click();
    const own = page.getByRole('region', { name: 'What changed' });
    await own.getByText('Paris').waitFor();
    expect(await findingsOf(page)).toEqual([]);
    await page.goto(`${client.server.url}/history?person=${ada}`);
    await history().filter({ hasText: 'Paris' }).waitFor();
    expect(await history().filter({ hasText: 'Grace Hopper' }).count()).toBe(0);
    await page.getByRole('link', { name: /^Only Ada Lovelace/ }).click();
    await history().filter({ hasText: 'Grace Hopper' }).waitFor();
  });

  test('the system tells once of what comes while no window is looked at, and only to who asked for it', async () => {
    await client.profile.context.grantPermissions(['notifications'], { origin: client.server.url });
    await page.evaluate(async () => navigator.serviceWorker.ready);
    await page.getByRole('button', { name: 'Notify me' }).click();
    await page.getByRole('button', { name: 'Notify me no more' }).waitFor();
    await second.close();
    const front = await client.profile.context.newPage();
    try {
      await page.waitForFunction(() => document.visibilityState === 'hidden', undefined, { polling: 100 });
      await client.alter(ada, { city: 'Rome' });
      await expect.poll(() => told(page), { timeout: 20_000 }).toEqual(['Ada Lovelace: City from Paris to Rome']);
    } finally {
      // Whatever became of it: a page that stays hidden draws nothing for the tests that follow.
      await front.close();
      await page.bringToFront();
    }
    await expect.poll(() => told(page), { timeout: 20_000 }).toEqual([]);
  });

  test('what lies thousands of changes back is read and found too', async () => {
    await page.evaluate(async (person) => {
      const asked = indexedDB.open('rollcall');
      const opened = Promise.withResolvers<void>();
      asked.addEventListener('success', () => opened.resolve());
      await opened.promise;
      const writing = asked.result.transaction('prompt', 'readwrite');
      const fact = { kind: 'altered', field: 'city', from: 'Oslo', to: 'Bergen' };
      for (let at = 0; at < 2500; at += 1)
        writing.objectStore('prompt').add({ person, name: 'Ada Lovelace', fact, at: Date.now(), undone: false });
      const written = Promise.withResolvers<void>();
      writing.addEventListener('complete', () => written.resolve());
      await written.promise;
      asked.result.close();
    }, ada);
    await page.goto(`${client.server.url}/history?q=mechanisms`);
    await history().filter({ hasText: 'Grace Hopper' }).waitFor();
    await page.getByRole('searchbox', { name: 'Search the history' }).fill('nobody');
    await page.getByText('Nothing in the history fits.').waitFor();
  });

  test('a page that comes back as it was left is live at once', async () => {
    await page.getByRole('link', { name: 'Everyone' }).first().click();
    await page.evaluate(() => Object.assign(window, { stayed: true }));
    await page.goto('about:blank');
    for (const person of zhangs) await client.leave(person);
    await page.evaluate(() => void setTimeout(() => window.history.back()));
    await page.getByRole('region', { name: 'Did 7 people leave the company?' }).waitFor();
    // It was not loaded anew: the browser kept it, asleep.
    expect(await page.evaluate(() => 'stayed' in window)).toBe(true);
  });

  test('many who would go at once are asked about by name, and stay as own contacts where that is the answer', async () => {
    const question = page.getByRole('region', { name: 'Did 7 people leave the company?' });
    await question.waitFor();
    expect(await question.getByRole('list', { name: 'Whom it concerns' }).getByRole('link').count()).toBe(7);
    expect(await findingsOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Later' }).click();
    await question.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Needs your word' }).click();
    await page.getByRole('main').getByRole('region', { name: 'Did 7 people leave the company?' }).waitFor();
    expect(await findingsOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'No, keep them as own contacts' }).click();
    await page.getByText('7 people kept as own contacts.').waitFor();
    await question.waitFor({ state: 'detached' });
    await goTo('1');
    await page.getByRole('list', { name: '9 people' }).waitFor();
  });

  test('nothing was complained of meanwhile', () => {
    // That one was closed is told by Chromium of each page that it keeps.
    expect(client.complaints.filter((text) => !text.includes('Back-Forward Cache'))).toEqual([]);
  });
}
