// An import into a book of many, as the employee does it: as many cards as there are entries, merged with them, then as many
// of others, added; each is undone. What is measured is the page's thread: what it spent, and for how long it was deaf.

import type { Figure } from './figure.ts';
import { thread, type AtWork } from './pc-client-at-work.ts';
import { longestTask } from './pc-client-tasks.ts';

export async function* importing(work: AtWork): AsyncGenerator<Figure> {
  const merged = work.people.map(({ id, name }, at) => card([`UID:${id}`, `FN:${name}`, 'NICKNAME:Merged'], at));
  yield* imported(work, { how: 'merging', nickname: 'Merged', cards: merged });
  const added = work.people.map((_, at) => card([`FN:Aa ${at}`, 'NICKNAME:Added'], at));
  yield* imported(work, { how: 'adding', nickname: 'Added', cards: added });
}

function card(lines: readonly string[], at: number): string {
  const number = `TEL:+44 20 ${10_000_000 + at}`;
  return ['BEGIN:VCARD', 'VERSION:4.0', ...lines, number, 'NOTE:Met', 'END:VCARD', ''].join('\r\n');
}

interface Import {
  readonly how: 'merging' | 'adding';
  /** By which who is imported is known in the list. */
  readonly nickname: string;
  readonly cards: readonly string[];
}

async function* imported(work: AtWork, { how, nickname, cards }: Import): AsyncGenerator<Figure> {
  const { page, server, people } = work;
  const note = `${cards.length} cards, ${people.length} entries`;
  await page.goto(`${server.url}/import`);
  const file = { name: 'people.vcf', mimeType: 'text/vcard', buffer: Buffer.from(cards.join('')) };
  const takeIn = page.getByRole('button', { name: /^Import [\d,]+ / });
  yield* spent(work, { what: `${how}: reading the file`, note }, async () => {
    await page.locator('input[type=file]').setInputFiles(file);
    await takeIn.waitFor();
  });
  if (how === 'merging') await page.getByRole('button', { name: 'Merge', exact: true }).click();
  const undo = page.getByRole('button', { name: 'Undo', exact: true });
  const row = page.getByRole('listitem').filter({ hasText: nickname }).first();
  yield* spent(work, { what: how, note }, async () => {
    await takeIn.click();
    await undo.waitFor();
    await row.waitFor();
  });
  yield* spent(work, { what: `${how}, undone`, note }, async () => {
    await undo.click();
    await row.waitFor({ state: 'hidden' });
  });
}

interface What {
  readonly what: string;
  readonly note: string;
}

async function* spent(work: AtWork, { what, note }: What, act: () => Promise<void>): AsyncGenerator<Figure> {
  const before = { thread: await thread(work), at: performance.now() };
  const longest = await longestTask(work.devTools, act);
  const took = performance.now() - before.at;
  yield { figure: what, value: took / 1000, unit: 's', note };
  yield { figure: `${what}: CPU of the page`, value: ((await thread(work)) - before.thread) / 1000, unit: 's' };
  yield { figure: `${what}: longest task, CPU`, value: longest, unit: 'ms', target: 200, better: 'less' };
}
