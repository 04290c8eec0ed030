// The first minute with the PC client, by the keyboard: a whole server, the page as it is built, real Chromium.

import { readFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Profile } from './chromium.ts';
import { findingsOf, firstLoadOctets, logIn, openPcClient, type PcClient } from './pc-client.ts';

export function firstMinute(browser: () => Profile): void {
  let client: PcClient;
  let page: Page;
  let ada: string;

  beforeAll(async () => {
    client = await openPcClient(browser());
    page = client.page;
    ada = client.server.accounts[0]?.person ?? '';
  });
  afterAll(() => client[Symbol.asyncDispose]());

  const seen = (text: string | RegExp): Promise<void> => page.getByText(text).first().waitFor();
  const row = (name: string) =>
    page
      .getByRole('list', { name: /person|people|人$/ })
      .getByRole('listitem')
      .filter({ hasText: name });

  test('what is fetched before the first picture is at most 180 kB, of all code', () => {
    expect(firstLoadOctets()).toBeLessThan(180_000);
  });

  test('a wrong password is told in words, and the one that is right lets in', async () => {
    await logIn(page, { user: 'ben', password: 'wrong' });
    await seen('The user name or the password is wrong.');
    expect(await findingsOf(page)).toEqual([]);
    await logIn(page, { user: 'ben', password: 'carter123' });
    await seen('Your address book is empty');
    expect(await findingsOf(page)).toEqual([]);
  });

  test('three key strokes find a colleague, Enter keeps, and the book follows by itself', async () => {
    await page.keyboard.press('/');
    await page.getByRole('combobox', { name: 'Look up' }).waitFor();
    await page.keyboard.type('ada');
    await page.getByRole('option', { name: /Ada Lovelace/ }).waitFor();
    expect(await findingsOf(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await seen('In your book');
    await seen('Ada Lovelace is in your address book.');
    // By initials of pinyin, and in characters.
    await page.keyboard.press('Control+a');
    // Faster than any answer: who is meant is who is found for all that was typed.
    await page.keyboard.type('zhw');
    await page.keyboard.press('Control+Enter');
    await page.getByRole('heading', { name: '张伟' }).waitFor();
    await page.goBack();
    await page.getByRole('option', { name: /张伟/ }).first().waitFor();
    expect(new URL(page.url()).search).toBe('?q=zhw');
    await page.goForward();
    await page.getByRole('heading', { name: '张伟' }).waitFor();
    await page.keyboard.press('Enter');
    await row('张伟').waitFor();
    await page.getByRole('button', { name: 'Live' }).waitFor();
    expect(await page.getByRole('list', { name: '2 people' }).getByRole('listitem').count()).toBe(2);
  });

  test('somebody whose number changes is redrawn at once, marked until seen; a click copies a value', async () => {
    await client.alter(ada, { officeTelephone: '7007' });
    await row('7007').waitFor();
    await row('Ada Lovelace').getByRole('img', { name: 'changed, not seen yet' }).waitFor();
    await page.keyboard.press('k');
    await page.getByRole('heading', { name: 'Ada Lovelace' }).waitFor();
    await page.getByRole('button', { name: /^7007/ }).click();
    await seen('Copied: 7007');
    await row('Ada Lovelace').getByRole('img').waitFor({ state: 'detached' });
    expect(await findingsOf(page)).toEqual([]);
  });

  test('a nickname and a note are written in place, kept over a reload, and taken back by undo', async () => {
    await page.getByLabel('Nickname').fill('Countess');
    await page.keyboard.press('Enter');
    await row('Countess').waitFor();
    await page.getByRole('button', { name: 'Undo', exact: true }).click();
    await row('Countess').waitFor({ state: 'detached' });
    await page.getByLabel('Note').fill('met in Paris\ncall after 9');
    await page.getByLabel('Note').blur();
    await seen('Saved.');
    await page.reload();
    await page.getByText('met in Paris').waitFor();
    await page.getByRole('button', { name: 'Live' }).waitFor();
  });

  test('a value of one’s own covers the company’s, is marked and stays, until a click gives it up', async () => {
    const write = page.getByRole('button', { name: 'Change Office telephone for yourself' });
    await write.click();
    await page.keyboard.type('1815');
    await page.keyboard.press('Escape');
    await row('7007').waitFor();
    await write.click();
    await page.keyboard.type('1815');
    await page.keyboard.press('Enter');
    await row('1815').waitFor();
    await page.getByText('the company: 7007').waitFor();
    await client.alter(ada, { officeTelephone: '7008' });
    await page.getByText('the company: 7008').waitFor();
    await row('1815').waitFor();
    expect(await findingsOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Take it' }).click();
    await row('7008').waitFor();
  });

  test('what changed lately says what it was; undo makes that one’s own', async () => {
    await page.getByText(/^was 7007 until today/).waitFor();
    await page.getByRole('button', { name: 'undo: Office telephone' }).click();
    await row('7007').waitFor();
    await page.getByText('the company: 7008').waitFor();
  });

  test('a private number and a group are written in place; a group is a list of its own, and is renamed and dissolved', async () => {
    await page.getByRole('button', { name: 'Add a private number' }).click();
    await page.keyboard.type('cottage');
    await page.keyboard.press('Tab');
    await page.keyboard.type('+44 1632 960001');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: '+44 1632 960001' }).waitFor();
    await page.getByLabel('Add to a group').fill('Board');
    await page.keyboard.press('Enter');
    await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Board' }).click();
    await page.getByRole('heading', { name: 'Board' }).waitFor();
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Rename the group' }).waitFor();
    expect(await findingsOf(page)).toEqual([]);
    await page.getByRole('menuitem', { name: 'Rename the group' }).click();
    await page.getByLabel('Name of the group').fill('Trustees');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Trustees' }).waitFor();
    expect(page.url()).toBe(`${client.server.url}/g/Trustees`);
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Dissolve the group' }).click();
    await page.getByRole('heading', { name: 'Everyone' }).waitFor();
  });

  test('several are selected by the keyboard and the pointer, and what is done with all of them is undone at once', async () => {
    await row('Ada Lovelace').click();
    await page.keyboard.press('x');
    await row('张伟').click();
    await page.getByText('2 selected').waitFor();
    expect(await findingsOf(page)).toEqual([]);
    const selection = page.getByRole('region', { name: 'What to do with those selected' });
    await selection.getByRole('button', { name: 'Remove' }).click();
    await seen('Your address book is empty');
    await page.getByRole('button', { name: 'Undo', exact: true }).click();
    await row('张伟').waitFor();
    await row('Ada Lovelace').click();
  });

  test('who leaves the company stays, marked, and is kept as an own contact', async () => {
    await row('张伟').click();
    await page.getByRole('heading', { name: '张伟' }).waitFor();
    await client.leave(page.url().split('/').at(-1) ?? '');
    await row('left the company').waitFor();
    await page.getByRole('button', { name: 'Keep as own contact' }).click();
    await seen('An own contact: the company does not keep it any more.');
    await row('left the company').waitFor({ state: 'detached' });
    await row('Ada Lovelace').click();
  });

  test('who is removed is back by undo, with what the employee wrote', async () => {
    await page.getByRole('article').getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Remove' }).waitFor();
    expect(await findingsOf(page)).toEqual([]);
    await page.getByRole('menuitem', { name: 'Remove' }).click();
    await row('Ada Lovelace').waitFor({ state: 'detached' });
    // Not to nothing: to what is left of where one was.
    await page.waitForFunction(() => document.activeElement?.closest('main') !== null);
    await page.getByRole('button', { name: 'Undo', exact: true }).click();
    await row('Ada Lovelace').click();
    await page.getByText('met in Paris').waitFor();
  });

  test('the keys are shown by ?, going back leads where one was, and an address that is nobody’s says so', async () => {
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    expect(await findingsOf(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await seen('Choose somebody from the list.');
    await page.goBack();
    await page.getByRole('heading', { name: 'Ada Lovelace' }).waitFor();
    await page.goto(`${client.server.url}/no/such/place`);
    await seen('There is nothing at this address.');
    expect(await findingsOf(page)).toEqual([]);
    await page.getByRole('link', { name: 'To your address book' }).click();
    await row('Ada Lovelace').waitFor();
  });

  test('a photo is shown in the list and at the person; one that is no picture, though it begins as one, leaves the monogram', async () => {
    const drawn = (image: Locator): Promise<number> =>
      image.evaluate(async (each: HTMLImageElement) => {
        await each.decode();
        return each.naturalWidth;
      });
    await row('Ada Lovelace').click();
    await client.alter(ada, {}, readFileSync('src/apps/pc-client/public/icon-192.png'));
    expect(await drawn(row('Ada Lovelace').locator('img'))).toBe(192);
    expect(await drawn(page.getByRole('article').first().locator('img'))).toBe(192);
    await client.alter(ada, {}, Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, 1, 2, 3]));
    for (const place of [row('Ada Lovelace'), page.getByRole('article').first()]) {
      await place.locator('img').waitFor({ state: 'detached' });
      await place.getByText('AL', { exact: true }).first().waitFor();
    }
    await page.keyboard.press('Escape');
  });

  test('Chromium would install it: the manifest is right, and each icon is a picture of the size that it says', async () => {
    const cdp = await page.context().newCDPSession(page);
    const { errors, data = '' } = await cdp.send('Page.getAppManifest');
    expect(errors).toEqual([]);
    expect(await cdp.send('Page.getInstallabilityErrors')).toEqual({ installabilityErrors: [] });
    const { icons } = JSON.parse(data) as {
      readonly icons: readonly { readonly src: string; readonly sizes: string }[];
    };
    const sizes = await page.evaluate(
      (sources) =>
        Promise.all(
          sources.map(async (src) => {
            const image = Object.assign(new Image(), { src });
            await image.decode();
            return `${image.naturalWidth}x${image.naturalHeight}`;
          }),
        ),
      icons.map(({ src }) => src),
    );
    // An SVG has no size of its own: the manifest says `any`, and there is nothing to compare.
    expect(sizes.slice(1)).toEqual(icons.slice(1).map((icon) => icon.sizes));
    expect(icons.map((icon) => icon.sizes)).toEqual(['any', '192x192', '512x512', '512x512']);
  });

  test('in Chinese, dark and on a phone it is whole, and without a finding', async () => {
    await page.getByRole('button', { name: /account and appearance/ }).click();
    await page.getByRole('menuitemradio', { name: 'Dark' }).waitFor();
    expect(await findingsOf(page)).toEqual([]);
    await page.getByRole('menuitemradio', { name: 'Dark' }).click();
    await page.getByRole('button', { name: /account and appearance/ }).click();
    await page.getByRole('menuitemradio', { name: '简体中文' }).click();
    await page.getByRole('heading', { name: '所有人' }).waitFor();
    expect(await findingsOf(page)).toEqual([]);
    await page.setViewportSize({ width: 390, height: 844 });
    await row('Ada Lovelace').click();
    await page.getByRole('link', { name: '返回列表' }).waitFor();
    // The row that had the focus is behind the person now.
    await page.getByRole('heading', { name: 'Ada Lovelace' }).and(page.locator(':focus')).waitFor();
    expect(await findingsOf(page)).toEqual([]);
    await page.getByRole('link', { name: '返回列表' }).click();
    await row('Ada Lovelace').waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  });

  test('without the server the page itself opens, with the whole book', async () => {
    await page.evaluate(async () => navigator.serviceWorker.ready);
    await client.server[Symbol.asyncDispose]();
    await page.reload();
    await row('Ada Lovelace').waitFor();
    await page.getByRole('button', { name: '离线' }).waitFor();
  });

  test('nothing was complained of meanwhile: no error, and nothing that the policy forbids', () => {
    expect(client.complaints.filter((text) => !text.includes('ERR_CONNECTION_REFUSED'))).toEqual([]);
  });
}
