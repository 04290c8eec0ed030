// What comes into the PC client's address book and goes out of it: own contacts, vCards, codes, paper. A whole server, real
// Chromium.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import jsqr from 'jsqr';
import type { CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Profile } from './chromium.ts';
import { findingsOf, logIn, openPcClient, patience, type PcClient } from './pc-client.ts';

// What its types call the module's default is the module.
const readCode = jsqr as unknown as typeof jsqr.default;

const cardOf = (...lines: readonly string[]): string =>
  ['BEGIN:VCARD', 'VERSION:3.0', ...lines, 'END:VCARD', ''].join('\r\n');

export function inAndOut(browser: () => Profile): void {
  let client: PcClient;
  let page: Page;
  let cdp: CDPSession;
  const folder = mkdtempSync(join(tmpdir(), 'downloads-'));

  beforeAll(async () => {
    client = await openPcClient(browser());
    page = client.page;
    // Room for a dialog beside what is said at the edge.
    await page.setViewportSize({ width: 1280, height: 900 });
    await logIn(page, { user: 'ben', password: 'carter123' });
    await page.getByText('Your address book is empty').waitFor();
    // Nobody else tells this Chromium where what is downloaded goes.
    cdp = await page.context().newCDPSession(page);
    await cdp.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: folder, eventsEnabled: true });
  });
  afterAll(async () => {
    await client[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const downloaded = async (
    press: () => Promise<void>,
  ): Promise<{ readonly name: string; readonly content: Buffer }> => {
    const name = new Promise<string>((resolve) =>
      cdp.once('Browser.downloadWillBegin', ({ suggestedFilename }) => resolve(suggestedFilename)),
    );
    const whole = new Promise<void>((resolve) =>
      cdp.on('Browser.downloadProgress', ({ state }) => state === 'completed' && resolve()),
    );
    await press();
    const [suggested] = await Promise.all([name, whole]);
    return { name: suggested, content: readFileSync(join(folder, suggested)) };
  };

  const row = (name: string) => page.getByRole('listitem').filter({ hasText: name });
  const undo = () => page.getByRole('button', { name: 'Undo', exact: true });
  const choose = async (name: string, text: string | Buffer): Promise<void> => {
    await page
      .getByLabel('Choose a file')
      .last()
      .setInputFiles({
        name,
        mimeType: 'text/vcard',
        buffer: Buffer.from(text),
      });
  };
  const exported = async (version: string): Promise<{ readonly name: string; readonly text: string }> => {
    const dialog = page.getByRole('dialog', { name: /^Export/ });
    await dialog.getByLabel(`vCard ${version}`).check();
    const download = await downloaded(() => dialog.getByRole('button', { name: 'Export' }).click());
    await dialog.waitFor({ state: 'detached' });
    return { name: download.name, text: download.content.toString() };
  };
  const ofList = async (item: string): Promise<void> => {
    await page.locator('header').first().getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: item }).click();
  };
  const ofPerson = async (item: string): Promise<void> => {
    await page.getByRole('article').getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: item }).click();
  };

  test('A and the keyboard alone make an own contact, who is told apart, and gone by undo', async () => {
    await page.keyboard.press('a');
    await page.getByRole('dialog', { name: 'New own contact' }).waitFor();
    expect(await findingsOf(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await page.getByText('Write a name, a number').waitFor();
    await page.keyboard.type('Dr. Lee');
    await page.keyboard.press('Tab');
    await page.keyboard.type('Teeth & Co.');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Dr. Lee' }).waitFor();
    await row('Dr. Lee').getByLabel('own contact').waitFor();
    await page.getByText('Your own contact: nobody else sees it.').waitFor();
    expect(await findingsOf(page)).toEqual([]);
    await undo().click();
    await row('Dr. Lee').waitFor({ state: 'detached' });
  });

  test('a contact has a photo of its own, scaled in the page, and is edited with a way back', async () => {
    await page.keyboard.press('a');
    await page.getByRole('dialog').getByLabel('Name', { exact: true }).fill('Dr. Lee');
    await page.getByRole('dialog').getByLabel('Mobile telephone').fill('+44 1632 960001');
    await page.getByRole('dialog').getByLabel('Mail', { exact: true }).fill('lee@teeth.example');
    const photo = page.getByRole('dialog').getByLabel('Photo');
    await photo.setInputFiles({ name: 'no.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
    await page.getByText('This is no picture that can be read.').waitFor();
    await photo.setInputFiles('src/apps/pc-client/public/icon-512.png');
    await page.getByRole('img', { name: 'Photo' }).waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('article').locator('img').first().waitFor();
    await ofPerson('Edit the contact');
    await page.getByRole('dialog').getByLabel('Mobile telephone').fill('+44 1632 960002');
    await page.getByRole('button', { name: 'Save' }).click();
    await row('960002').waitFor();
    await undo().click();
    await row('960001').waitFor();
  });

  test('a look-up finds own contacts beside the company’s people, told apart', async () => {
    await page.keyboard.press('/');
    await page.getByRole('combobox', { name: 'Look up' }).waitFor();
    await page.keyboard.type('lee');
    await page.getByRole('option', { name: /Dr\. Lee.*own contact/ }).waitFor();
    await page.keyboard.press('Control+a');
    await page.keyboard.type('ada');
    await page.getByRole('option', { name: /Ada Lovelace/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('In your book').waitFor();
    await page.keyboard.press('Escape');
    await row('Ada Lovelace').click();
    await page.getByLabel('Note').fill('met in Paris, call; after 9\nor not');
    await page.getByLabel('Note').blur();
    await page.getByText('Saved.').waitFor();
  });

  test.each(['4.0', '3.0'])('what is exported as vCard %s is read as it was: nothing of it is new', async (version) => {
    await ofList('Export as vCards');
    if (version === '4.0') expect(await findingsOf(page)).toEqual([]);
    const { name, text } = await exported(version);
    expect(name).toMatch(/^Everyone \d{4}-\d{2}-\d{2}\.vcf$/);
    expect(text.match(/^PHOTO/gm)?.length).toBe(1);
    await ofList('Import contacts');
    await choose(name, text);
    await page.getByText('2 cards found.').waitFor();
    expect(await page.getByText('All of it is there already.').count()).toBe(2);
    expect(await page.getByRole('button', { name: 'Import 0 people' }).isDisabled()).toBe(true);
    if (version === '4.0') expect(await findingsOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Another file' }).click();
    await page.getByRole('link', { name: 'Everyone' }).first().click();
  });

  test('one card that cannot be read stops no other, and says where and why; an import is taken back at once', async () => {
    await ofList('Import contacts');
    const file = [
      cardOf('FN:<img src=x onerror=alert(1)>', 'TEL;TYPE=cell:+1 555 0100'),
      cardOf('FN:Broken', 'this is no property'),
      'BEGIN:VCARD\r\nVERSION:5.0\r\nFN:Old\r\nEND:VCARD\r\n',
      cardOf('FN:王芳', 'NOTE:from the telephone'),
    ].join('');
    await choose('telephone.vcf', file);
    await page.getByText('2 cards found. 2 could not be read.').waitFor();
    await page.getByText('telephone.vcf, line 9').waitFor();
    await page.getByText('it is of version 5.0; 3.0 and 4.0 are read').waitFor();
    await page.getByText('<img src=x onerror=alert(1)>').waitFor();
    await page.getByRole('button', { name: 'Import 2 people' }).click();
    await page.getByText('2 people imported.').waitFor();
    await row('王芳').waitFor();
    await undo().click();
    await row('王芳').waitFor({ state: 'detached' });
    await row('Dr. Lee').waitFor();
  });

  test('who may be there already is shown beside the entry and merged only when it is said, undone with all else', async () => {
    await ofList('Import contacts');
    const lee = cardOf('FN:Lee', 'EMAIL:lee@teeth.example', 'TEL;TYPE=work:+44 1632 960077');
    const ada = cardOf('FN:Ada Lovelace', 'TEL;TYPE=home:+44 1632 960088');
    await choose('two.vcf', lee + ada + ada);
    await page.getByText('3 cards found. 3 may be there already.').waitFor();
    await page.getByText('The same: mail address').waitFor();
    const of = (name: string) => page.getByRole('group', { name, exact: true });
    expect(await of('Lee').getByLabel('Keep both').isChecked()).toBe(true);
    expect(await of('Ada Lovelace').last().getByLabel('Leave out').isChecked()).toBe(true);
    await of('Lee').getByLabel('Merge').press('Space');
    await of('Ada Lovelace').first().getByLabel('Merge').check();
    await page.getByRole('button', { name: 'Import 2 people' }).press('Enter');
    await page.getByText('2 people merged.').waitFor();
    await row('Dr. Lee').click();
    await page.getByText('+44 1632 960077').first().waitFor();
    await undo().click();
    await page.getByText('+44 1632 960077').first().waitFor({ state: 'detached' });
    expect(await row('Lee').count()).toBe(1);
  });

  test('a file that is none, too long or too large, or in an old writing is told in words or read', async () => {
    await ofList('Import contacts');
    await choose('letter.vcf', 'Dear Ada');
    await page.getByText('letter.vcf has no vCard in it.').waitFor();
    expect(await findingsOf(page)).toEqual([]);
    await choose('long.vcf', 'BEGIN:VCARD\nEND:VCARD\n'.repeat(50_001));
    await page.getByText('has more than 50,000 cards.').waitFor();
    await choose('latin.vcf', Buffer.from(cardOf('FN:Zoë Müller'), 'latin1'));
    await page.getByText('Zoë Müller').waitFor();
    await page.getByRole('button', { name: 'Another file' }).click();
    await page.getByRole('link', { name: 'Everyone' }).first().click();
    await page.evaluate(() => {
      const files = new DataTransfer();
      const [megabyte] = [new Blob([new Uint8Array(1024 * 1024)])];
      files.items.add(
        new File(
          Array.from({ length: 129 }, () => megabyte),
          'large.vcf',
        ),
      );
      for (const kind of ['dragover', 'drop'])
        document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: files, bubbles: true, cancelable: true }));
    });
    await page.getByText('large.vcf is larger than 128 MB.').waitFor();
    expect(new URL(page.url()).pathname).toBe('/import');
    await page.getByRole('link', { name: 'Everyone' }).first().click();
  });

  test('the code of a person is scanned, in the dark too, and is the same on the screen and as a picture', async () => {
    await page.emulateMedia({ colorScheme: 'dark' });
    await row('Dr. Lee').click();
    await ofPerson('QR code');
    const code = page.getByRole('img', { name: /^QR code of Dr\. Lee/ });
    const onScreen = await code.screenshot();
    const { content } = await downloaded(() => page.getByRole('button', { name: 'Save as picture' }).click());
    const scanned = await scannedFrom(page, onScreen);
    expect(scanned).toMatch(/^BEGIN:VCARD\r\nVERSION:3\.0\r\n/);
    expect(scanned).toContain('TEL;TYPE=cell:+44 1632 960001');
    expect(scanned).toContain('lee@teeth.example');
    expect(await scannedFrom(page, content)).toBe(scanned);
    await page.getByRole('dialog').getByText('lee@teeth.example').waitFor();
    expect(await findingsOf(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.emulateMedia({ colorScheme: 'light' });
  });

  test('on paper is the list or the person alone, whoever asked for it', async () => {
    await page.emulateMedia({ media: 'print' });
    const onPaper = async (): Promise<string> => {
      await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
      const text = await page.evaluate(() => document.body.innerText);
      await page.evaluate(() => dispatchEvent(new Event('afterprint')));
      return text;
    };
    const person = await onPaper();
    expect(person).toMatch(/^Dr\. Lee/);
    expect(person).toContain('+44 1632 960001');
    expect(person).not.toContain('Ada Lovelace');
    await page.keyboard.press('Escape');
    const list = await onPaper();
    expect(list).toMatch(/^Everyone\n+2 people\n+\w+ \d+, \d{4}\n+A\n+Ada Lovelace/);
    expect(list).not.toContain('Favourites');
    await page.evaluate(() => addEventListener('beforeprint', () => (document.title = 'asked')));
    await page.pdf();
    expect(await page.title()).toBe('asked');
    await page.emulateMedia({ media: 'screen' });
  });

  describe('where the browser has little room', () => {
    let outside: Page;
    let origin: string;
    let session: CDPSession;

    beforeAll(async () => {
      outside = page;
      page = await client.profile.context.newPage();
      page.setDefaultTimeout(patience);
      // Another site to the browser, told of its room before it asks: Chromium does not ask again soon.
      origin = `http://localhost:${new URL(client.server.url).port}`;
      session = await page.context().newCDPSession(page);
      await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 2.5 * 1024 * 1024 });
      await page.goto(origin);
      await logIn(page, { user: 'ben', password: 'carter123' });
    });
    afterAll(async () => {
      await page.close();
      page = outside;
    });

    const cards = (many: number): string =>
      Array.from({ length: many }, (_, at) => cardOf(`FN:Much ${at}`, `NOTE:${'much '.repeat(2000)}`)).join('');
    const saidFull = () => page.getByText('make room on this device. Nothing was lost.');

    test('an import that has no room says so and changes nothing; what there is room for comes in', async () => {
      await ofList('Import contacts');
      await choose('much.vcf', cards(250));
      await page.getByRole('button', { name: 'Import 250 people' }).click();
      await saidFull().waitFor();
      await page.getByRole('button', { name: 'Another file' }).click();
      await choose('less.vcf', cards(1));
      await page.getByRole('button', { name: 'Import 1 person' }).click();
      await page.getByText('1 person imported.').waitFor();
      expect(await row('Much').count()).toBe(1);
    });

    test('a nickname and a note that have no room say so and stay in their fields; once there is room they are written', async () => {
      await page.evaluate(fillTheSite);
      await row('Much').click();
      await page.getByLabel('Nickname').fill('Plenty');
      await page.getByLabel('Nickname').press('Enter');
      await saidFull().waitFor();
      const ofNickname = await saidFull().elementHandle();
      await page.getByLabel('Note').fill('too much');
      await page.getByLabel('Note').blur();
      await ofNickname?.waitForElementState('hidden'); // it makes way for that of the note
      await saidFull().waitFor();
      expect(await page.getByLabel('Nickname').inputValue()).toBe('Plenty');
      expect(await page.getByLabel('Note').inputValue()).toBe('too much');
      expect(await row('Plenty').count()).toBe(0);
      await session.send('Storage.overrideQuotaForOrigin', { origin });
      for (const field of ['Nickname', 'Note']) {
        await page.getByLabel(field).focus();
        await page.getByLabel(field).blur();
      }
      await row('Plenty').waitFor();
      await page.getByText('Saved.').first().waitFor();
      expect(await page.getByLabel('Note').inputValue()).toBe('too much');
    });
  });

  test('nothing was complained of meanwhile', () => {
    expect(client.complaints).toEqual([]);
  });
}

/** Takes what room there is left, to the last kilobyte, as another program of the same site would. */
async function fillTheSite(): Promise<void> {
  const asked = indexedDB.open('other');
  asked.addEventListener('upgradeneeded', () => asked.result.createObjectStore('filling', { autoIncrement: true }));
  await new Promise((resolve) => asked.addEventListener('success', resolve));
  const hasTaken = (octets: number): Promise<boolean> =>
    new Promise((resolve) => {
      const writing = asked.result.transaction('filling', 'readwrite');
      writing.objectStore('filling').add(crypto.getRandomValues(new Uint8Array(octets)));
      writing.addEventListener('complete', () => resolve(true));
      writing.addEventListener('abort', () => resolve(false));
    });
  for (let octets = 65_536; octets >= 512; octets /= 2) while (await hasTaken(octets));
  asked.result.close();
}

/** What a scanner reads from a picture. */
async function scannedFrom(page: Page, png: Buffer): Promise<string | undefined> {
  const { dark, side } = await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes]));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext('2d') ?? undefined;
    context?.drawImage(bitmap, 0, 0);
    const pixels = new Uint32Array(context?.getImageData(0, 0, canvas.width, canvas.height).data.buffer ?? []);
    return { dark: Array.from(pixels, (pixel) => ((pixel & 255) < 128 ? '1' : '0')).join(''), side: canvas.width };
  }, png.toString('base64'));
  const pixels = Array.from(dark, (each) => (each === '1' ? 0xff000000 : 0xffffffff));
  return readCode(new Uint8ClampedArray(Uint32Array.from(pixels).buffer), side, dark.length / side)?.data;
}
