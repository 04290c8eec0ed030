// Settings, privacy and bad days of the PC client, by the keyboard: a whole server, the page as it is built, real Chromium.

import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KeptSession } from '../../src/terminal/personal-address-book.ts';
import type { Profile } from './chromium.ts';
import { findingsOf, logIn, openPcClient, patience, type PcClient } from './pc-client.ts';

export function settingsAndBadDays(browser: () => Profile): void {
  let client: PcClient;
  let page: Page;
  let ada: string;

  beforeAll(async () => {
    client = await openPcClient(browser());
    page = client.page;
    ada = client.server.accounts[0]?.person ?? '';
    await logIn(page, { user: 'ben', password: 'carter123' });
    await page.getByText('Your address book is empty').waitFor();
    await page.keyboard.press('/');
    await page.getByRole('combobox', { name: 'Look up' }).fill('ada lovelace');
    await page.getByRole('option', { name: /Ada Lovelace/ }).click();
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
    await settings();
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

  const session = (of: Page) => client.profile.context.newCDPSession(of);
  const live = () => page.getByRole('button', { name: 'Live' }).waitFor();

  test('a session that has ended is begun again in place: what is half written stays', async () => {
    await page.getByRole('link', { name: 'Everyone' }).first().click();
    await page.getByRole('link', { name: /Ada Lovelace/ }).click();
    await live();
    await page.getByLabel('Note').fill('half writ');
    await endSession();
    const matter = page.getByRole('status').filter({ hasText: 'Your session has ended. Your address book' });
    await matter.waitFor();
    expect(await findingsOf(page)).toEqual([]);
    await matter.getByRole('button', { name: 'Log in again' }).press('Enter');
    const over = page.getByRole('dialog', { name: 'Log in again' });
    await over.getByText('What you were writing is still there.').waitFor();
    expect(await over.getByLabel('User name').inputValue()).toBe('ben');
    expect(await findingsOf(page)).toEqual([]);
    await page.keyboard.type('wrong');
    await page.keyboard.press('Enter');
    await over.getByText('The user name or the password is wrong.').waitFor();
    await page.keyboard.press('Control+a');
    await page.keyboard.type('carter123');
    await page.keyboard.press('Enter');
    await live();
    expect(new URL(page.url()).pathname).toBe(`/p/${ada}`);
    expect(await page.getByLabel('Note').inputValue()).toBe('half writ');
  });

  /** As the server does, where it has been too long. */
  async function endSession(): Promise<void> {
    const kept = await page.evaluate(
      (name) =>
        new Promise<string>((resolve) => {
          const opening = indexedDB.open(name);
          opening.addEventListener('success', () => {
            const reading = opening.result.transaction('note').objectStore('note').get('session');
            reading.addEventListener('success', () => resolve(reading.result as string));
            opening.result.close();
          });
        }),
      'rollcall',
    );
    const { token } = (JSON.parse(kept) as KeptSession).session;
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(`${client.server.url}/v1/session`, { method: 'DELETE', headers })).status).toBe(204);
  }

  test('a server that goes is told by the dot; back from an older copy of its book it is followed, and what is one’s own stays', async () => {
    let copy = '';
    await client.restart(async (folder) => {
      await page.getByRole('button', { name: 'Offline' }).waitFor();
      copy = `${folder}-copy`;
      cpSync(folder, copy, { recursive: true });
    });
    await live();
    await client.alter(ada, { officeTelephone: '7008' });
    await page.getByRole('button', { name: /^7008/ }).waitFor();
    await client.restart((folder) => {
      rmSync(folder, { recursive: true });
      renameSync(copy, folder);
    });
    await page.getByRole('button', { name: /^7007/ }).waitFor();
    await live();
    expect(await page.getByLabel('Note').inputValue()).toBe('half writ');
  });

  /** A tab beside, whose requests the service worker does not answer; closed in any case, so that the other is seen again. */
  async function beside(act: (other: Page) => Promise<void>): Promise<void> {
    const other = await client.profile.context.newPage();
    other.setDefaultTimeout(patience);
    try {
      const cdp = await session(other);
      await cdp.send('Network.enable');
      await cdp.send('Network.setBypassServiceWorker', { bypass: true });
      await act(other);
    } finally {
      await other.close();
    }
  }

  test('a clock that is hours off is told, once, and how far', () =>
    beside(async (ahead) => {
      await ahead.clock.setFixedTime(Date.now() + 3 * 60 * 60 * 1000);
      await ahead.goto(client.server.url);
      const matter = ahead.getByRole('status').filter({ hasText: 'This device’s clock is 3 hours ahead' });
      await matter.waitFor();
      expect(await findingsOf(ahead)).toEqual([]);
      // It lies over nothing, on a phone either.
      for (const width of [390, 1280]) {
        await ahead.setViewportSize({ width, height: 844 });
        const [line, below] = [await matter.boundingBox(), await ahead.locator('main section').boundingBox()];
        expect(line).toMatchObject({ x: 0, y: 0, width });
        expect(line?.height).toBeLessThanOrEqual(below?.y ?? 0);
      }
      await matter.getByRole('button', { name: 'Dismiss' }).press('Enter');
      await matter.waitFor({ state: 'detached' });
    }));

  test('a part of the page that cannot be fetched, or that fails, says so; the rest goes on', () =>
    beside(async (other) => {
      await other.route(/assets.settings-.*js/, (route) => route.abort());
      await other.goto(`${client.server.url}/settings`);
      await other.getByText('This part of the page could not be fetched.').waitFor();
      expect(await findingsOf(other)).toEqual([]);
      await other.unroute(/assets.settings-.*js/);
      const defect = 'export default () => { throw new Error("a defect") }';
      await other.route(/assets.settings-.*js/, (route) =>
        route.fulfill({ contentType: 'text/javascript', body: defect }),
      );
      await other.getByRole('main').getByRole('button', { name: 'Load again' }).click();
      await other.getByText('Your address book is stored and was not touched.').waitFor();
      await other.getByRole('link', { name: 'Everyone' }).click();
      await other.getByRole('link', { name: /Ada Lovelace/ }).waitFor();
    }));

  test('where the browser keeps nothing, the page says what to do in the employee’s language', () =>
    beside(async (private_) => {
      // As where site data is blocked.
      await private_.route('**', async (route) => {
        const response = await route.fetch();
        const headers = {
          ...response.headers(),
          'content-security-policy': 'sandbox allow-scripts',
          'access-control-allow-origin': '*',
        };
        await route.fulfill({ response, headers });
      });
      await private_.goto(client.server.url);
      await private_.getByRole('heading', { name: 'The address book cannot be opened' }).waitFor();
      await private_.getByText('This browser keeps nothing for this page').waitFor();
      expect(await findingsOf(private_)).toEqual([]);
    }));

  const settings = async (): Promise<void> => {
    await page.getByRole('button', { name: /account and appearance/ }).click();
    await page.getByRole('menuitem', { name: 'Settings' }).click();
  };

  test('all of it is updated while it is open: a tab takes the new page when it is told to; the other says that it is older, keeps what is half written, and loads again by one key', async () => {
    const other = await client.open(`/p/${ada}`);
    await other.getByLabel('Nickname').fill('Count');
    await page.bringToFront();
    await page.getByLabel('Note').fill('written before the update');
    const built = (): Promise<string | null> =>
      page.evaluate(() => document.querySelector('script')?.getAttribute('src') ?? null);
    const before = await built();
    await client.update();
    // It began while the page waited before its next try.
    await page.getByRole('button', { name: 'Live' }).waitFor({ timeout: 30_000 });
    const isHere = (of: Page) => of.getByRole('status').filter({ hasText: 'A new version is here.' });
    await isHere(page).waitFor();
    await isHere(other).waitFor();
    await isHere(page).getByRole('button', { name: 'Load it' }).press('Enter');
    await page.waitForFunction((old) => document.querySelector('script')?.getAttribute('src') !== old, before);
    await live();
    expect(await page.getByLabel('Note').inputValue()).toBe('written before the update');
    const older = other.getByRole('status').filter({ hasText: 'Another tab has a newer version of this page' });
    await older.waitFor();
    expect(await other.getByLabel('Nickname').inputValue()).toBe('Count');
    await older.getByRole('button', { name: 'Load again' }).press('Enter');
    await other.getByRole('button', { name: 'Live' }).waitFor();
    await other.close();
  });

  test('forgetting the book is asked about, offers a copy first, and leaves nothing on the device', async () => {
    await settings();
    await page.getByRole('button', { name: 'Forget this book on this device' }).click();
    const asked = page.getByRole('dialog', { name: 'Forget this address book?' });
    await asked.getByText('1 person would be gone').waitFor();
    expect(await findingsOf(page)).toEqual([]);
    const saved = await savedBy(asked.getByRole('button', { name: 'Save a copy' }));
    expect(saved).toContain('FN:Ada Lovelace');
    await asked.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Forget this book on this device' }).click();
    await asked.getByRole('button', { name: 'Forget it' }).click();
    // The page begins anew once nothing is left.
    await page.waitForURL(`${client.server.url}/`);
    await page.getByLabel('User name').waitFor();
    await logIn(page, { user: 'ben', password: 'carter123' });
    await page.getByText('Your address book is empty').waitFor();
  });

  test('the log-in page speaks another language at a click; too many tries say how long to wait, and a server that is away what to do', async () => {
    await settings();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('button', { name: '简体中文' }).click();
    await page.getByLabel('用户名').waitFor();
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByLabel('User name').waitFor();
    const tell = page.getByRole('alert');
    for (let tries = 0; !/wait|Try again in/.test((await tell.textContent()) ?? ''); tries += 1) {
      await logIn(page, { user: 'ada', password: `guess ${tries}` });
      await page.getByRole('button', { name: 'Log in', exact: true, disabled: false }).waitFor();
      expect(tries).toBeLessThan(30);
    }
    expect(await tell.textContent()).toMatch(/^Too many tries\. Try again in \d+ (?:second|minute)s?\.$/);
    await client.restart(async () => {
      await logIn(page, { user: 'ben', password: 'carter123' });
      await page.getByText('The server cannot be reached. Look whether this device is in the network').waitFor();
    });
  });

  test('nothing was complained of meanwhile: no error, and nothing that the policy forbids', () => {
    const unexpected = client.complaints.filter(
      (text) => !/ERR_CONNECTION_REFUSED|status of (?:410|429)|WebSocket/.test(text),
    );
    expect(unexpected).toEqual([]);
  });
}
