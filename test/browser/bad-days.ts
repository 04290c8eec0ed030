// What goes wrong in a browser, and what the page is told of it.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PersonId } from '../../src/book/person-id.ts';
import type { KeptSession } from '../../src/terminal/personal-address-book.ts';
import { keepsNothing } from './chromium.ts';
import type { TestPage } from './page.ts';
import { anotherOrigin, keep, state, telephones, told, until, type World } from './world.ts';

declare const window: { readonly book: TestPage };

export function badDays(world: () => World): void {
  describe('on a bad day of the browser', () => {
    let page: Page;
    let ada: PersonId;
    let number = 100;

    beforeAll(async () => {
      page = await world().newPage();
      await page.evaluate(() => window.book.share('bad-days', '1'));
      await page.evaluate((account) => window.book.terminal?.logIn(account), world().account);
      ada = await keep(page, 'Ada Lovelace');
      await state(page, 'live');
      await change();
      await has();
    });
    afterAll(() => page.close());

    const words = (): Promise<string | undefined> => page.evaluate(() => window.book.terminal?.state.words);
    const change = (): Promise<void> => world().telephone(ada, String((number += 1)));
    const has = async (): Promise<void> => {
      await until(() => telephones(page), [String(number)]);
      await until(async () => (await told(page)).filter((each) => each.endsWith(` -> ${number}`)).length, 1);
    };

    test('where the browser keeps nothing for the page, it says what to do', async () => {
      const private_ = await world().newPage(keepsNothing);
      await expect(private_.evaluate(() => window.book.share('bad-days', '1'))).rejects.toThrow(
        'the browser keeps nothing for this page: allow its site data, or leave the private window',
      );
      await private_.close();
    });

    test('where there is no room left nothing is written, and it is said; once there is, all goes on', async () => {
      const full = await world().newPage();
      const session = await world().profile.context.newCDPSession(full);
      const origin = anotherOrigin(world().site);
      await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 });
      await full.goto(origin);
      const logIn = (): Promise<string | undefined> =>
        full.evaluate(async (account) => {
          await window.book.share('bad-days', '1');
          return (await window.book.terminal?.logIn(account))?.name;
        }, world().account);
      await expect(logIn()).rejects.toThrow('the browser has no room left for it');
      await session.send('Storage.overrideQuotaForOrigin', { origin });
      await full.reload();
      expect(await logIn()).toBe('Ada Lovelace');
      await full.close();
    });

    test('where the session has ended the book stays, and goes on after the next log-in', async () => {
      const store = await page.evaluate(() => window.book.openStore('bad-days'));
      const kept = await page.evaluate((at) => window.book.ask(at, 'session', []), store);
      const { token } = (kept as KeptSession).session;
      const headers = { authorization: `Bearer ${token}` };
      expect((await fetch(`${world().account.server}/v1/session`, { method: 'DELETE', headers })).status).toBe(204);
      await state(page, 'refused');
      expect(await words()).toBe('The server has ended the session: log in again.');
      expect(await telephones(page)).toEqual([String(number)]);
      await change();
      await page.evaluate((account) => window.book.terminal?.logIn(account), world().account);
      await state(page, 'live');
      await has();
    });

    test('where a newer program makes the book anew, the page says so and does nothing more, and an older one does not open it', async () => {
      const newer = await world().newPage();
      await newer.evaluate(
        () =>
          new Promise<void>((resolve, reject) => {
            const request = indexedDB.open('bad-days', 99);
            request.addEventListener('success', () => {
              request.result.close();
              resolve();
            });
            request.addEventListener('blocked', () => reject(new Error('blocked')));
          }),
      );
      await state(page, 'reload');
      expect(await words()).toContain('load the page again');
      await expect(page.evaluate(() => window.book.terminal?.entries())).rejects.toThrow('load the page again');
      await expect(newer.evaluate(() => window.book.share('bad-days', '1'))).rejects.toThrow(
        'a newer version of this program has made it anew',
      );
      await newer.close();
    });
  });
}
