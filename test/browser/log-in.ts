// Log-in by a real OpenID Provider, whose pages the browser really goes to.

import type { Page } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TestPage } from './page.ts';
import { anotherOrigin, type World } from './world.ts';

declare const window: { readonly book: TestPage };

export function logInByProvider(world: () => World): void {
  describe('log-in by the identity provider in a page', () => {
    let page: Page;
    beforeEach(async () => {
      page = await world().newPage('/people?of=mine#ada');
    });
    afterEach(() => page.close());

    const server = (): string => world().account.server;

    /** To a provider that does not know this browser yet. */
    async function leave(): Promise<void> {
      await world().profile.context.clearCookies();
      await page.evaluate((at) => void window.book.leaveToLogIn(at), server());
      await page.waitForSelector('[name=login]');
    }

    async function confirm(account: string): Promise<void> {
      await page.fill('[name=login]', account);
      await page.fill('[name=password]', 'any');
      await page.click('button:has-text("Sign-in")');
      await page.click('button:has-text("Continue")');
      await page.waitForURL(`${world().site.origin}/?**`);
    }

    const logIn = (): Promise<string | undefined> =>
      page.evaluate(async () => {
        const attempt = window.book.returnedLogIn();
        if (attempt === undefined) return undefined;
        await window.book.share('by-provider', '1');
        return (await window.book.terminal?.logIn(attempt))?.name;
      });

    test('is offered before anybody is logged in; the page is come back to, is where it was, and is logged in once', async () => {
      world().openId.accounts.set('ada', { email: 'ada@example.com', email_verified: true });
      expect(await page.evaluate((at) => window.book.identityProvider(at), server())).toBe('offered');
      expect(await logIn()).toBeUndefined();
      await leave();
      await confirm('ada');
      const { searchParams } = new URL(page.url());
      expect(await logIn()).toBe('Ada Lovelace');
      expect(page.url()).toBe(`${world().site.origin}/people?of=mine#ada`);
      // Whoever has the code has it without the verifier, and a second time it is nobody's.
      await page.goto(`${world().site.origin}/?${searchParams}`);
      expect(await logIn()).toBeUndefined();
      expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
    });

    test('who turns back at the provider, or is nobody in the book, is told so; a stranger’s link begins nothing', async () => {
      await leave();
      await page.click('text=Cancel');
      await page.waitForURL(`${world().site.origin}/?**`);
      await expect(logIn()).rejects.toThrow('The identity provider says access_denied');
      await leave();
      world().openId.accounts.set('eve', { email: 'eve@example.com', email_verified: true });
      await confirm('eve');
      await expect(logIn()).rejects.toThrow('Nobody in the enterprise address book');
      await leave();
      await page.goto(`${world().site.origin}/?code=of-a-stranger&state=of-a-stranger`);
      expect(await logIn()).toBeUndefined();
      await page.evaluate(() => sessionStorage.setItem('rollcall:log-in', '{'));
      expect(await logIn()).toBeUndefined();
    });

    test('a page that the server lists no address of does not leave, and a server that is away is told', async () => {
      await page.goto(anotherOrigin(world().site));
      const at = (url: string): Promise<void> => page.evaluate((each) => window.book.leaveToLogIn(each), url);
      await expect(at(server())).rejects.toThrow('The server lists no address at http://localhost');
      await expect(at('http://127.0.0.1:9')).rejects.toThrow('cannot be reached');
      await expect(page.evaluate(() => window.book.identityProvider('http://127.0.0.1:9'))).rejects.toThrow(
        'cannot be reached',
      );
    });
  });
}
