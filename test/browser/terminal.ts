// A terminal in one page.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PersonId } from '../../src/book/person-id.ts';
import type { TestPage } from './page.ts';
import { keep, state, telephones, until, type World } from './world.ts';

declare const window: { readonly book: TestPage };

/** A whole page may have 180 kB. With what names are read by, which is loaded apart, the door alone would be larger. */
const mostOctets = 60_000;

export function terminalInPage(world: () => World): void {
  describe('a terminal in a browser', () => {
    let page: Page;
    let ada: PersonId;

    beforeAll(async () => {
      page = await open();
    });
    afterAll(() => page.close());

    async function open(): Promise<Page> {
      const opened = await world().newPage();
      await opened.evaluate(() => window.book.open());
      return opened;
    }

    const prompts = (): Promise<unknown> =>
      page.evaluate(async () => {
        const stored = (await window.book.terminal?.prompts()) ?? [];
        return stored.map(({ fact }) => (fact.kind === 'altered' ? [fact.field, fact.from, fact.to] : fact.kind));
      });

    const toldTimes = (): Promise<number> =>
      page.evaluate(() => window.book.events.filter(({ kind }) => kind === 'prompted').length);

    test('what the door loads first leaves most of a page’s 180 kB to the page', () => {
      expect(world().site.gzippedOctets).toBeLessThan(mostOctets);
    });

    test('a wrong password is told as such', async () => {
      const refused = page.evaluate((wrong) => window.book.terminal?.logIn(wrong), {
        ...world().account,
        password: 'wrong',
      });
      await expect(refused).rejects.toThrow('The user or the password is wrong.');
    });

    test('somebody logs in, looks Ada up and holds her, and a change comes live, with what was and what is', async () => {
      await page.evaluate((who) => window.book.terminal?.logIn(who), world().account);
      ada = await keep(page, 'Ada Lovelace');
      await state(page, 'live');
      await world().telephone(ada, '7001');
      await until(toldTimes, 1);
      expect(await telephones(page)).toEqual(['7001']);
      expect(await prompts()).toEqual([['officeTelephone', expect.any(String), '7001']]);
    });

    test('without the server a page that is loaded again has the whole book; with it, it catches up, and tells once', async () => {
      await world().stop();
      await state(page, 'offline');
      await page.close();
      page = await open();
      expect(await telephones(page)).toEqual(['7001']);
      expect(await page.evaluate(async () => (await window.book.terminal?.lookUp('Ada'))?.source)).toBe('held');
      await world().start();
      await world().telephone(ada, '7002');
      await state(page, 'live');
      await until(toldTimes, 1);
      expect(await telephones(page)).toEqual(['7002']);
      expect(await prompts()).toEqual([
        ['officeTelephone', expect.any(String), '7001'],
        ['officeTelephone', '7001', '7002'],
      ]);
    });

    test('hundreds of own contacts come in one act, and go and are put back in one; prompts come in pages, and look-ups are counted', async () => {
      const seen = await page.evaluate(async () => {
        const { terminal } = window.book;
        if (terminal === undefined) throw new Error('no terminal');
        const before = (await terminal.entries()).length;
        const contacts = Array.from({ length: 700 }, (_, at) => ({ nickname: `Own ${at}` }));
        const photo = new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 1]);
        const added = await terminal.addAllOwn([{ nickname: 'Mum', photo }, ...contacts]);
        const [mum] = added;
        if (mum === undefined) throw new Error('nobody was added');
        await terminal.lookedUp(mum.person);
        const often = await terminal.oftenLookedUp(1);
        const removed = await terminal.remove(...added.map(({ person }) => person));
        const without = (await terminal.entries()).length;
        await terminal.putBack(removed);
        const back = await terminal.photo(mum.person);
        const after = (await terminal.entries()).length;
        await terminal.remove(...added.map(({ person }) => person));
        const [newest] = await terminal.prompts({ limit: 1 });
        const older = await terminal.prompts({ limit: 1, before: newest?.id ?? 0 });
        return {
          counts: [without - before, after - before],
          often: often[0] === mum.person,
          photo: back?.bytes.length,
          prompts: [newest, older[0]].map((prompt) => (prompt?.fact.kind === 'altered' ? prompt.fact.to : undefined)),
        };
      });
      expect(seen).toEqual({ counts: [0, 701], often: true, photo: 5, prompts: ['7002', '7001'] });
    });

    test('of two pages over one book none loses what the other writes; one that deletes it is not held up, and the other says so', async () => {
      const other = await open();
      const note = async (person: PersonId) => window.book.terminal?.writeOwn(person, { note: 'met in Paris' });
      const nickname = async (person: PersonId) => window.book.terminal?.writeOwn(person, { nickname: 'Countess' });
      await Promise.all([page.evaluate(note, ada), other.evaluate(nickname, ada)]);
      const own = await page.evaluate(async () => (await window.book.terminal?.entries())?.[0]?.own);
      expect(own).toMatchObject({ note: 'met in Paris', nickname: 'Countess' });
      const deleted = await world().newPage();
      await deleted.evaluate(
        () =>
          new Promise((resolve, reject) => {
            const request = indexedDB.deleteDatabase('people');
            request.addEventListener('success', resolve);
            request.addEventListener('blocked', () => reject(new Error('blocked')));
          }),
      );
      for (const each of [page, other])
        await expect(each.evaluate(async () => window.book.terminal?.entries())).rejects.toThrow('load the page again');
      for (const each of [other, deleted]) await each.close();
    });
  });
}
