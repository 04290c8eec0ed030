// The contract of the personal address book, kept by Chromium's own IndexedDB.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';
import type { PersonalAddressBookStore } from '../../src/terminal/personal-address-book.ts';
import { addressBookContract } from '../contract/address-book.ts';
import { ownWritingContract } from '../contract/address-book-own.ts';
import { pack, unpack } from './packed.ts';
import type { StoreVerb, TestPage } from './page.ts';
import type { World } from './world.ts';

declare const window: { readonly book: TestPage };

export function storeInChromium(world: () => World): void {
  describe('a store in a page', () => {
    let page: Page;
    let made = 0;
    beforeAll(async () => {
      page = await world().newPage();
    });
    afterAll(() => page.close());

    for (const contract of [addressBookContract, ownWritingContract])
      contract('Chromium', async () => {
        made += 1;
        const name = `contract-${made}`;
        return { store: await openIn(page, name), reopen: () => openIn(page, name) };
      });
  });
}

/** The store of that name in the page: each verb is carried out there. */
async function openIn(page: Page, name: string): Promise<PersonalAddressBookStore> {
  const number = await page.evaluate((each) => window.book.openStore(each), name);
  const ask = async (verb: StoreVerb, given: readonly unknown[]): Promise<unknown> =>
    unpack(
      await page.evaluate(([store, ...asked]) => window.book.ask(store, ...asked), [
        number,
        verb,
        pack(given),
      ] as const),
    );
  return new Proxy({} as PersonalAddressBookStore, {
    get: (_, verb) =>
      typeof verb === 'string' && verb !== 'then'
        ? (...given: unknown[]) => ask(verb as StoreVerb, given)
        : verb === Symbol.asyncDispose
          ? () => Promise.resolve()
          : undefined,
  });
}
