// One engine for several tabs.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PersonId } from '../../src/book/person-id.ts';
import type { TestPage } from './page.ts';
import { keep, state, telephones, told, until, type World } from './world.ts';

declare const window: { readonly book: TestPage };

export function tabsShareOneEngine(world: () => World): void {
  describe('tabs of one origin', () => {
    const open = new Set<Page>();
    let tabs: Page[] = [];
    let ada: PersonId;
    let number = 1;

    async function openTab(version = '1'): Promise<Page> {
      const page = await world().newPage();
      open.add(page);
      await page.evaluate((each) => window.book.share('shared', each), version);
      return page;
    }

    /** Of the last change, once. */
    const hears = (tab: Page): Promise<void> => {
      const last = `${number - 1} -> ${number}`;
      return until(async () => (await told(tab)).filter((each) => each === last), [last]);
    };

    /** Ada's number changes, and each tab tells so, once, and shows it. */
    async function change(): Promise<void> {
      number += 1;
      await world().telephone(ada, String(number));
      for (const tab of tabs) {
        await hears(tab);
        expect(await telephones(tab)).toEqual([String(number)]);
      }
    }

    const oneSubscription = (): Promise<void> => until(() => world().subscriptions(), 1);

    /** Whether the engine is in this tab. */
    const holds = (tab: Page): Promise<boolean> =>
      tab.evaluate(() =>
        navigator.locks.request('whose', async (whose) => {
          const { held = [] } = await navigator.locks.query();
          const of = (wanted: string | undefined): unknown => held.find(({ name }) => name === wanted)?.clientId;
          return of('rollcall:shared') === of(whose?.name);
        }),
      );

    const holders = async (): Promise<readonly Page[]> => {
      const holding = await Promise.all(tabs.map(holds));
      return tabs.filter((_, at) => holding[at]);
    };

    /** `away` takes the engine's tab out of `tabs`; another one has the engine then, and nothing is told twice or not at all. */
    async function moves(away: (holder: Page, others: readonly Page[]) => Promise<void>): Promise<Page> {
      const [holder] = await holders();
      if (holder === undefined) throw new Error('nobody holds');
      tabs = tabs.filter((tab) => tab !== holder);
      await away(holder, tabs);
      await until(async () => (await holders()).length, 1);
      await change();
      return holder;
    }

    beforeAll(async () => {
      const first = await openTab();
      await first.evaluate((account) => window.book.terminal?.logIn(account), world().account);
      ada = await keep(first, 'Ada Lovelace');
      await world().telephone(ada, '1');
      await state(first, 'live');
      tabs = [first, await openTab(), await openTab()];
    });
    afterAll(async () => {
      for (const page of open) await page.close();
    });

    const kinds = (tab: Page): Promise<readonly string[]> =>
      tab.evaluate(() => window.book.events.map(({ kind }) => kind));

    test('are live and logged in all, are each told of a change once, and subscribe once', async () => {
      for (const tab of tabs) {
        const [kind, name] = await tab.evaluate(() => [
          window.book.terminal?.state.kind,
          window.book.terminal?.me?.name,
        ]);
        expect([kind, name]).toEqual(['live', expect.any(String)]);
      }
      await change();
    });

    test('hear what one of them wrote, kept, and asked for', async () => {
      const [first, second] = tabs as [Page, Page];
      await second.evaluate((person) => window.book.terminal?.writeOwn(person, { nickname: 'Countess' }), ada);
      await until(async () => (await kinds(first)).includes('reread'), true);
      expect(await kinds(second)).not.toContain('reread');
      const ben = await keep(second, 'Ben');
      await second.evaluate((person) => window.book.terminal?.remove(person), ben);
      await second.evaluate(() => window.book.terminal?.goOffline());
      await state(first, 'offline');
      await state(second, 'offline');
      await first.evaluate(() => window.book.terminal?.goOnline());
      await state(second, 'live');
      await change();
      await oneSubscription();
    });

    test('go on in another one at once where the one with the engine is frozen, which hears of all once it wakes', async () => {
      let wake = async (): Promise<unknown> => undefined;
      const frozen = await moves(async (holder, others) => {
        const session = await world().profile.context.newCDPSession(holder);
        // One that is seen is never frozen.
        await others[0]?.bringToFront();
        await session.send('Page.setWebLifecycleState', { state: 'frozen' });
        wake = () => session.send('Page.setWebLifecycleState', { state: 'active' });
      });
      await wake();
      tabs.push(frozen);
      await hears(frozen);
      expect(await holds(frozen)).toBe(false);
      await change();
      await oneSubscription();
    });

    test('go on in another one where it does not answer any more, and takes no harm when it does again', async () => {
      let resume = async (): Promise<unknown> => undefined;
      const stuck = await moves(async (holder, [other]) => {
        const session = await world().profile.context.newCDPSession(holder);
        await session.send('Debugger.enable');
        const paused = new Promise((resolve) => session.once('Debugger.paused', resolve));
        await session.send('Debugger.pause');
        const answer = holder.evaluate(() => 1);
        await paused;
        resume = async () => (await session.send('Debugger.disable'), answer);
        await other?.bringToFront();
      });
      await resume();
      tabs.push(stuck);
      await hears(stuck);
      await until(async () => (await holders()).length, 1);
      await change();
      await oneSubscription();
    });

    test('go on in another one where it crashes, and where it is closed', async () => {
      await moves((holder) =>
        holder.goto('chrome://crash').then(
          () => undefined,
          () => undefined,
        ),
      );
      tabs.push(await openTab());
      await moves((holder) => holder.close());
      await oneSubscription();
    });

    test('of an older version do nothing more, say that the page is to be loaded again, and leave the engine to the newer', async () => {
      const newer = await openTab('2');
      for (const tab of tabs) {
        await state(tab, 'reload');
        await expect(tab.evaluate(() => window.book.terminal?.entries())).rejects.toThrow('load this page again');
      }
      tabs = [newer];
      await state(newer, 'live');
      await change();
      await oneSubscription();
    });
  });
}
