// The PC client in Chromium: what crosses the network before the first picture, how soon one can use it, and what it takes
// of a machine with a large book, over a day of changes. "Usable" is drawn: a frame after the first row of the list.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { chromiumPath } from '../test/browser/chromium.ts';
import { median, quantile, type Bench, type Figure } from './figure.ts';
import { atWork, pageFolder, thread, type AtWork } from './pc-client-at-work.ts';
import { importing } from './pc-client-importing.ts';

interface Size {
  readonly held: number;
  readonly loads: number;
  readonly screens: number;
  readonly changes: number;
  /** Of a working day: what stands in memory in the middle and at the end is compared with its beginning. */
  readonly changesOfDay: number;
}

/** Of 200 changes an hour are eight hours; before them come so many that the prompts that a page keeps are all there. */
const sizes: Readonly<Record<'short' | 'full', Size>> = {
  short: { held: 100, loads: 1, screens: 2, changes: 2, changesOfDay: 12 },
  full: { held: 10_000, loads: 5, screens: 100, changes: 15, changesOfDay: 1600 },
};

const dayBefore = 1000;
const list = '[role=list]';
const row = '[role=listitem]';

export const bench: Bench = {
  name: 'pc-client',
  what: 'the page of the PC client in Chromium: first load, time to usable, scrolling, look-up, a day of changes',
  missing: () => (existsSync(chromiumPath) ? undefined : 'there is no Chromium'),
  measure: (round) => measure(sizes[round]),
};

async function* measure(size: Size): AsyncGenerator<Figure> {
  await using work = await atWork({ persons: size.held + 1, held: size.held });
  yield* firstLoad();
  yield* loads(work, size);
  yield* scrolling(work, size);
  yield* lookingUp(work, size);
  yield* changing(work, size);
  yield* aDay(work, size);
  yield* importing(work);
  yield* offline(work, size);
}

function* firstLoad(): Generator<Figure> {
  const html = readFileSync(join(pageFolder, 'index.html'), 'utf8');
  const assets = join(pageFolder, 'assets');
  const named = [...html.matchAll(/\/assets\/([^"]+)/g)].map(([, name]) => name ?? '');
  // Which texts are fetched the language tells; the longest of them is counted.
  const all = readdirSync(assets);
  const texts = all.filter((name) => /^(?:en|zh-CN)-/.test(name)).map((name) => octets([name]));
  const first = octets(named) + gzipSync(html).length + Math.max(0, ...texts);
  const note = 'the document, its scripts, styles and texts, gzip';
  yield { figure: 'first load', value: first / 1000, unit: 'kB', target: 180, better: 'less', note };
  yield { figure: 'all there is to load', value: octets(all) / 1000, unit: 'kB', note: 'fetched when it is wanted' };

  function octets(names: readonly string[]): number {
    return names.reduce((sum, name) => sum + gzipSync(readFileSync(join(assets, name))).length, 0);
  }
}

async function* loads(work: AtWork, { held, loads: count }: Size): AsyncGenerator<Figure> {
  const note = `${held} entries, median of ${count}`;
  yield { figure: 'cold, nobody logged in: until one can log in', value: work.logInDrawn, unit: 'ms', note: 'once' };
  const cold: number[] = [];
  const warm: number[] = [];
  const spent: number[] = [];
  const empty: number[] = [];
  for (let load = 0; load < count; load += 1) {
    await forgetCode(work);
    cold.push(await loaded(work));
    await work.page.evaluate(async () => void (await navigator.serviceWorker.ready));
    warm.push(await loaded(work));
    spent.push(await thread(work));
    empty.push(await emptyPage(work));
  }
  yield { figure: 'cold, no code here: until usable', value: median(cold), unit: 'ms', note };
  yield { figure: 'warm: until usable', value: median(warm), unit: 'ms', note };
  yield { figure: 'warm: CPU of the page until then', value: median(spent), unit: 'ms', note };
  yield { figure: 'beside: a document of the same server', value: median(empty), unit: 'ms', note: 'no script at all' };
}

/** The book stays; the code is as on the first day. */
async function forgetCode({ page, devTools, server }: AtWork): Promise<void> {
  await page.goto('about:blank');
  const storageTypes = 'service_workers,cache_storage';
  await devTools.send('Storage.clearDataForOrigin', { origin: server.url, storageTypes });
  await devTools.send('Network.clearBrowserCache');
}

async function loaded({ page, server }: AtWork): Promise<number> {
  await page.goto(server.url);
  return page.evaluate((selector) => window.drawnAt(selector), row);
}

async function emptyPage({ page, server }: AtWork): Promise<number> {
  await page.goto(`${server.url}/health`);
  return page.evaluate(() => window.drawnAt('body'));
}

async function* scrolling(work: AtWork, { held, screens }: Size): AsyncGenerator<Figure> {
  await loaded(work);
  await live(work);
  const before = await thread(work);
  const { frames } = await work.page.evaluate(([at, count]) => window.scrollThrough(at, count), [
    list,
    screens,
  ] as const);
  const spent = (await thread(work)) - before;
  const note = `${held} entries, ${screens} screens, a quarter each frame`;
  yield { figure: 'scrolling: CPU a screen', value: spent / screens, unit: 'ms', target: 33, better: 'less', note };
  yield { figure: 'scrolling: from frame to frame, p95', value: quantile(frames, 0.95), unit: 'ms', note };
  const late = frames.filter((each) => each > 50).length;
  yield { figure: 'scrolling: frames later than 50 ms', value: (100 * late) / frames.length, unit: '%', note };
}

const live = ({ page }: AtWork): Promise<unknown> => page.getByRole('button', { name: 'Live' }).waitFor();

async function* lookingUp(work: AtWork, { held, changes }: Size): AsyncGenerator<Figure> {
  yield* typed(work, { count: changes, figure: 'look-up, live: last key to the person drawn', held });
}

interface Typing {
  readonly count: number;
  readonly figure: string;
  readonly held: number;
}

async function* typed(work: AtWork, { count, figure, held }: Typing): AsyncGenerator<Figure> {
  const { page, people } = work;
  const times: number[] = [];
  await page.keyboard.press('/');
  const field = page.getByRole('combobox');
  for (let at = 0; at < count; at += 1) {
    const { name } = people[(at * 37) % people.length] ?? { name: '' };
    await field.fill(name.slice(0, -1));
    await page.keyboard.type(name.slice(-1));
    times.push(await page.evaluate((text) => window.drawnWith('[role=option]', text), name));
  }
  await page.keyboard.press('Escape');
  const note = `${held} entries; 60 ms of it wait for another key; median of ${count}`;
  yield { figure, value: median(times), unit: 'ms', target: 200, better: 'less', note };
}

/** The first of the list: what is drawn there is seen. */
async function atTop({ page, people }: AtWork): Promise<string> {
  await page.evaluate((at) => document.querySelector(at)?.parentElement?.scrollTo(0, 0), list);
  const name = await page.locator(row).first().textContent();
  const found = people.find((each) => name?.includes(each.name) === true);
  if (found === undefined) throw new Error(`nobody is ${name}`);
  return found.id;
}

/** Until the number is in the list. */
async function seen(work: AtWork, person: string, number: string): Promise<number> {
  const drawn = work.page.evaluate(([at, text]) => window.drawnWith(at, text), [row, number] as const);
  await work.alter(person, { officeTelephone: number });
  return drawn;
}

async function* changing(work: AtWork, { held, changes }: Size): AsyncGenerator<Figure> {
  await loaded(work);
  await live(work);
  const person = await atTop(work);
  const times: number[] = [];
  const before = await thread(work);
  for (let change = 0; change < changes; change += 1) times.push(await seen(work, person, `+1 555 01${100 + change}`));
  const spent = (await thread(work)) - before;
  const note = `${held} entries, median of ${changes}`;
  yield { figure: 'a change: altered to drawn', value: median(times), unit: 'ms', target: 1000, better: 'less', note };
  yield { figure: 'a change: CPU of the page', value: spent / changes, unit: 'ms', note };
}

async function* aDay(work: AtWork, { held, changesOfDay: changes }: Size): AsyncGenerator<Figure> {
  const person = await atTop(work);
  await changesOf(work, { person, count: Math.min(dayBefore, changes), from: 2000 });
  const start = await heap(work);
  await changesOf(work, { person, count: changes / 2, from: 4000 });
  const middle = await heap(work);
  await changesOf(work, { person, count: changes / 2, from: 6000 });
  const end = await heap(work);
  const note = `${held} entries, ${changes} changes, after a collection`;
  yield { figure: 'memory of the page', value: start / 1e6, unit: 'MB', note };
  yield { figure: 'growth over half a day', value: (middle - start) / 1e6, unit: 'MB', note };
  yield { figure: 'growth over a day', value: (end - start) / 1e6, unit: 'MB', target: 1, better: 'less', note };
}

interface Changes {
  readonly person: string;
  readonly count: number;
  readonly from: number;
}

/** Twenty of them follow each other, as somebody edits; the last of these is waited for. */
async function changesOf(work: AtWork, { person, count, from }: Changes): Promise<void> {
  for (let change = 0; change < count; change += 1) {
    const number = `+1 556 ${from + change}`;
    const other = work.people[(change * 7) % work.people.length]?.id ?? person;
    if (change % 20 === 19) await seen(work, person, number);
    else await work.alter(other, { officeTelephone: number });
  }
  await seen(work, person, `+1 557 ${from}`);
}

async function heap({ devTools }: AtWork): Promise<number> {
  for (let round = 0; round < 2; round += 1) await devTools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devTools.send('Runtime.getHeapUsage');
  return usedSize;
}

async function* offline(work: AtWork, { held, loads: count, changes }: Size): AsyncGenerator<Figure> {
  await work.page.evaluate(async () => void (await navigator.serviceWorker.ready));
  await work.server[Symbol.asyncDispose]();
  const times: number[] = [];
  const spent: number[] = [];
  for (let load = 0; load < count; load += 1) {
    times.push(await loaded(work));
    spent.push(await thread(work));
  }
  const note = `${held} entries, no server, median of ${count}`;
  yield { figure: 'offline: until usable', value: median(times), unit: 'ms', target: 1000, better: 'less', note };
  yield { figure: 'offline: CPU of the page until then', value: median(spent), unit: 'ms', note };
  yield* typed(work, { count: changes, figure: 'look-up, offline: last key to the person drawn', held });
}
