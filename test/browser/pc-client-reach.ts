// The PC client: starting what comes next, and who is around a person.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Profile } from './chromium.ts';
import { publicClient, startOpenId, type OpenId } from '../peers/openid.ts';
import { findingsOf, openPcClient, type PcClient } from './pc-client.ts';

const links = `
client:
  links:
    - { kind: meeting, label: Video, url: 'https://meet.example.com/{room}' }
    - { kind: message, label: Chat, url: 'https://chat.example.com/?with={mail}', separator: ',' }
`;

declare const window: { readonly started: string[] };

/** What links lead to out of the page, which no program of this machine is to take. */
const noteLinks = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const started: string[] = [];
    Object.assign(window, { started });
    addEventListener('click', (event) => {
      const link = event.target instanceof Element ? event.target.closest('a') : null;
      if (link === null || link.origin === location.origin) return;
      event.preventDefault();
      started.push(link.href);
    });
  });

export function reachingPeople(browser: () => Profile): void {
  let client: PcClient;
  let openId: OpenId;
  let page: Page;
  let ada: string;

  beforeAll(async () => {
    openId = await startOpenId();
    openId.accounts.set('carter', { email: 'ben@example.com', email_verified: true });
    const { issuer } = openId;
    const oidc = `logIn: { oidc: { issuer: '${issuer}', clientId: ${publicClient.client_id} } }`;
    client = await openPcClient(browser(), `${links}${oidc}\n`, '/departments');
    page = client.page;
    ada = client.server.accounts[0]?.person ?? '';
  });
  afterAll(async () => {
    await client[Symbol.asyncDispose]();
    await openId[Symbol.asyncDispose]();
  });

  const row = (name: string) =>
    page
      .getByRole('list', { name: /\d (?:person|people)/ })
      .getByRole('listitem')
      .filter({ hasText: name });
  const item = (name: RegExp) => page.getByRole('treeitem', { name });
  const press = (key: string): Promise<void> => page.keyboard.press(key);
  const said = (text: string | RegExp): Promise<void> => page.getByText(text).first().waitFor();
  const lastStarted = (): Promise<string | undefined> => page.evaluate(() => window.started.at(-1));

  test('the company’s account lets in where one was; who turns back at the provider is told so, and no second try is left over', async () => {
    const leave = async (): Promise<void> => {
      await page.getByRole('button', { name: 'Log in with the company account' }).click();
      await page.waitForSelector('[name=login]');
    };
    await leave();
    await page.click('text=Cancel');
    await page.getByRole('alert').getByText('The company account did not let you in.').waitFor();
    await leave();
    await page.fill('[name=login]', 'carter');
    await page.fill('[name=password]', 'any');
    await page.click('button:has-text("Sign-in")');
    await page.click('button:has-text("Continue")');
    await page.getByRole('link', { name: /Management/ }).waitFor();
    expect(page.url()).toBe(`${client.server.url}/departments`);
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
    await page.getByRole('button', { name: /Ben Carter.*account and appearance/ }).waitFor();
    await press('1');
  });

  test('an empty book suggests the manager and the own department, and one key keeps', async () => {
    await page.getByRole('list', { name: 'People you may want' }).waitFor();
    await page.getByRole('button', { name: 'Keep all of Research' }).waitFor();
    expect(await findingsOf(page)).toEqual([]);
    await page.getByRole('link', { name: 'Import contacts' }).focus();
    await press('Tab');
    expect(await page.locator(':focus').textContent()).toContain('Ada LovelaceYour manager');
    await press('ArrowDown');
    const second = (await page.locator(':focus').textContent()) ?? '';
    await press('ArrowUp');
    await press('+');
    await said('Ada Lovelace is in your address book.');
    await row('Ada Lovelace').waitFor();
    expect(second).toContain('You manage');
  });

  test('each way to reach somebody is a link and a key; of several the last one taken is the next one', async () => {
    await row('Ada Lovelace').click();
    await page.getByRole('link', { name: 'Call' }).waitFor();
    await noteLinks(page);
    await press('c');
    expect(await lastStarted()).toBe('tel:8001');
    await page.getByRole('button', { name: 'Other ways to call' }).press('Enter');
    await page.getByRole('menuitem', { name: '8001 · Office telephone' }).waitFor();
    expect(await findingsOf(page)).toEqual([]);
    await page.getByRole('menuitem', { name: /Mobile telephone/ }).click();
    const mobile = await lastStarted();
    expect(mobile).toMatch(/^tel:\+\d+$/);
    await page.getByRole('menu').waitFor({ state: 'detached' });
    await press('c');
    expect(await lastStarted()).toBe(mobile);
    await press('t');
    expect(await lastStarted()).toBe('https://chat.example.com/?with=ada%40example.com');
    await press('m');
    expect(await lastStarted()).toBe('mailto:ada@example.com');
    await press('v');
    await said('The meeting opens beside this page.');
    expect(await lastStarted()).toMatch(/^https:\/\/meet\.example\.com\/[a-z2-7]{20}$/);
    // Nobody configured a way to send pictures.
    expect(await page.getByRole('link', { name: 'Picture' }).count()).toBe(0);
  });

  test('the organisation around a person is walked by keys: opened, gone on from, kept', async () => {
    await press('o');
    await item(/Ben Carter/).waitFor();
    expect(await findingsOf(page)).toEqual([]);
    await item(/Ada Lovelace/).focus();
    await press('ArrowDown');
    expect(await page.locator(':focus').textContent()).toContain('Ben Carter');
    await press('ArrowRight');
    await item(/Karen Wood/).waitFor();
    await press('ArrowRight');
    await press('o');
    await page.getByText(/^Around 何娜$/).waitFor();
    expect(await item(/Ada Lovelace/).getAttribute('aria-level')).toBe('1');
    expect(await item(/何娜/).getAttribute('aria-level')).toBe('3');
    await item(/何娜/).focus();
    await press('+');
    await said('何娜 is in your address book.');
    // The first one closes whom 何娜 manages.
    await press('ArrowLeft');
    await press('ArrowLeft');
    expect(await page.locator(':focus').textContent()).toContain('Ben Carter');
    await press('ArrowLeft');
    await said('8 others');
    await press('End');
    await press('Enter');
    await item(/Simon Cooper/).waitFor();
    await item(/Simon Cooper/).focus();
    await press('Enter');
    await page.getByRole('heading', { name: 'Simon Cooper' }).waitFor();
    // Whom the server has just shown is there at once, with what keeps.
    await press('Enter');
    await row('Simon Cooper').waitFor();
  });

  test('at a person there is who of the book is around them', async () => {
    await row('Ada Lovelace').click();
    await page.getByRole('list', { name: 'Manages' }).getByRole('link', { name: 'Simon Cooper' }).click();
    await page.getByRole('list', { name: 'Manager' }).getByRole('link', { name: 'Ada Lovelace' }).waitFor();
    expect(await findingsOf(page)).toEqual([]);
  });

  test('several who are selected make one meeting, one mail, one message, and say who is left out', async () => {
    await client.alter(ada, { mail: '' });
    await page.getByRole('region', { name: 'What just changed' }).getByText('Ada Lovelace').first().waitFor();
    for (const key of ['x', 'k', 'x', 'k', 'x']) await press(key);
    await page
      .getByRole('region', { name: /select/i })
      .getByRole('link', { name: 'Meet' })
      .waitFor();
    expect(await findingsOf(page)).toEqual([]);
    await noteLinks(page);
    await press('v');
    const meeting = await lastStarted();
    await press('v');
    expect(await lastStarted()).toBe(meeting);
    expect(meeting).toMatch(/^https:\/\/meet\.example\.com\//);
    await press('m');
    expect(await lastStarted()).toMatch(/^mailto:[^,]+@example\.com,[^,]+@example\.com$/);
    await said('Without Ada Lovelace, who cannot be reached this way.');
    await press('Escape');
  });

  test('departments are searched, and all of one are kept and taken back at once', async () => {
    await press('3');
    await page.getByRole('link', { name: /Management/ }).waitFor();
    expect(await findingsOf(page)).toEqual([]);
    await page.getByRole('searchbox').fill('zzz');
    await said('No department is called that.');
    await page.getByRole('searchbox').fill('legal');
    await press('Tab');
    await press('Enter');
    await page.getByRole('heading', { name: 'Legal' }).waitFor();
    await page.getByRole('button', { name: 'Keep all of Legal' }).press('Enter');
    await said('91 people kept in your address book.');
    expect(await findingsOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page
      .getByRole('button', { name: /^Keep / })
      .nth(90)
      .waitFor();
    await press('1');
    await page.getByRole('list', { name: '3 people' }).waitFor();
  });

  test('a number in any writing says whose it is before all else, and one that is nobody’s can be called', async () => {
    await press('/');
    await page.getByRole('combobox').fill(' 80-01 ');
    await said('This is the number of Ada Lovelace.');
    expect(await page.getByRole('option').first().textContent()).toContain('Ada Lovelace');
    expect(await findingsOf(page)).toEqual([]);
    await page.getByRole('combobox').fill('+1 (999) 555-0199');
    await said('Nobody known has this number.');
    expect(await page.getByRole('link', { name: 'Call it' }).getAttribute('href')).toBe('tel:+19995550199');
    await press('Escape');
  });

  test('without the server the book still knows who is around a person, and the organisation says why it does not', async () => {
    await row('Ada Lovelace').click();
    await press('o');
    await item(/Ben Carter/).waitFor();
    await client.server[Symbol.asyncDispose]();
    await item(/Ada Lovelace/).focus();
    await press('1');
    await row('Ada Lovelace').click();
    await page.getByRole('button', { name: 'Offline' }).waitFor();
    await page.getByRole('list', { name: 'Manages' }).waitFor();
    await press('o');
    await said('The server cannot be reached.');
    await page.getByRole('button', { name: 'Try again' }).waitFor();
    expect(await findingsOf(page)).toEqual([]);
  });

  test('nothing was complained of meanwhile: no error, and nothing that the policy forbids', () => {
    expect(client.complaints.filter((text) => !text.includes('ERR_CONNECTION_REFUSED'))).toEqual([]);
  });
}
