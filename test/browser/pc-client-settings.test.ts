// Settings, privacy and bad days of the PC client, by the keyboard: a whole server, the page as it is built, real Chromium.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { skipWithout } from '../peers/installed.ts';
import { chromiumPath } from './chromium.ts';
import { findingsOf, logIn, openPcClient, type PcClient } from './pc-client.ts';

describe.skipIf(skipWithout('Chromium', () => existsSync(chromiumPath)))('the PC client', () => {
  let client: PcClient;
  let page: Page;
  let ada: string;

  beforeAll(async () => {
    client = await openPcClient();
    page = client.page;
    ada = client.server.accounts[0]?.person ?? '';
    await logIn(page, { user: 'ben', password: 'carter123' });
    await page.getByText('Your address book is empty').waitFor();
    await page.goto(`${client.server.url}/p/${ada}`);
    await page.getByRole('button', { name: 'Keep in your address book' }).click();
    await page.getByRole('button', { name: 'Live' }).waitFor();
  });
  afterAll(() => client[Symbol.asyncDispose]());

  const choose = async (name: string): Promise<void> => {
    await page.getByRole('radio', { name }).focus();
    await page.keyboard.press('Space');
  };

  /** The file that a click saves. */
  async function savedBy(button: Locator): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), 'saved-'));
    const session = await page.context().newCDPSession(page);
    const behaviour = { behavior: 'allow', downloadPath: folder, eventsEnabled: true } as const;
    await session.send('Browser.setDownloadBehavior', behaviour);
    const done = new Promise<void>((resolve) =>
      session.on('Browser.downloadProgress', ({ state }) => state === 'completed' && resolve()),
    );
    await button.click();
    await done;
    const saved = readFileSync(join(folder, 'address-book.vcf'), 'utf8');
    rmSync(folder, { recursive: true });
    return saved;
  }

  test('settings are chosen by the keyboard, at once, and the account menu knows of them', async () => {
    await page.getByRole('button', { name: /account and appearance/ }).click();
    await page.getByRole('menuitem', { name: 'Settings' }).click();
    await page.getByRole('heading', { name: 'Settings' }).waitFor();
    await page.getByText(`Ben Carter (ben)at ${new URL(client.server.url).host}`).waitFor();
    await page.getByText(/^Version \d+\.\d+\.\d+, build /).waitFor();
    expect(await findingsOf(page)).toEqual([]);
    await choose('Dark');
    expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark');
    await choose('简体中文');
    await page.getByRole('heading', { name: '设置' }).waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('zh-CN');
    await page.getByRole('button', { name: /账户与外观/ }).click();
    await page.getByRole('menuitemradio', { name: '深色', checked: true }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('radio', { name: '跟随系统' }).nth(1).click();
    await page.getByRole('radio', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'Settings' }).waitFor();
    expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBeUndefined();
  });

  test('privacy says what the server knows under the delivery that is chosen, and shows each message, and which of them name people', async () => {
    await page.getByRole('link', { name: 'Privacy' }).click();
    await page.getByText('does not know whom you keep').first().waitFor();
    const said = page.getByRole('table', { name: 'What was just said' });
    await said
      .getByRole('row', { name: /Tell me of changes to the server/ })
      .first()
      .waitFor();
    expect(await said.getByText('names people you keep').count()).toBe(0);
    expect(await findingsOf(page)).toEqual([]);

    await choose('Come and get it');
    await page.getByText('It knows which of the people who changed you keep').waitFor();
    const fetched = said.getByRole('row', { name: /What are these people’s entries now\? to the server/ });
    await said
      .getByRole('row', { name: /200 OK/ })
      .first()
      .waitFor();
    await client.alter(ada, { officeTelephone: '7007' });
    await fetched.getByText('names people you keep').waitFor();
    await said.getByRole('row', { name: /Their entries from the server/ }).waitFor();

    await choose('Only what concerns you');
    await page.getByText('It knows everyone you keep.').waitFor();
    await said
      .getByRole('row', { name: /Tell me of changes to the server names people you keep S301 SUBSCRIBE/ })
      .first()
      .waitFor();
    // It is of all tabs, and stays.
    const other = await client.open('/settings/privacy');
    await other.getByRole('radio', { name: 'Only what concerns you', checked: true }).waitFor();
    await other.getByRole('radio', { name: 'All changes come to everyone' }).click();
    await page.getByRole('radio', { name: 'All changes come to everyone', checked: true }).waitFor();
    await other.close();
    await page.reload();
    await page.getByRole('radio', { name: 'All changes come to everyone', checked: true }).waitFor();
  });

  test('forgetting the book is asked about, offers a copy first, and leaves nothing on the device', async () => {
    await page.getByRole('link', { name: 'General' }).click();
    await page.getByRole('button', { name: 'Forget this book on this device' }).click();
    const asked = page.getByRole('dialog', { name: 'Forget this address book?' });
    await asked.getByText('1 person would be gone').waitFor();
    expect(await findingsOf(page)).toEqual([]);
    const saved = await savedBy(asked.getByRole('button', { name: 'Save a copy' }));
    expect(saved).toContain('FN:Ada Lovelace');
    await asked.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Forget this book on this device' }).click();
    await asked.getByRole('button', { name: 'Forget it' }).click();
    await page.getByLabel('User name').waitFor();
    await logIn(page, { user: 'ben', password: 'carter123' });
    await page.getByText('Your address book is empty').waitFor();
  });

  test('nothing was complained of meanwhile: no error, and nothing that the policy forbids', () => {
    expect(client.complaints).toEqual([]);
  });
});
