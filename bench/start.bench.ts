// A start on a full book: from the start of the process to the first answer that needs the book.

import { apiPrefix } from '../src/wire/protocol-version.ts';
import { credentialsOf, makeBook } from './book.ts';
import { monotonic } from './clock.ts';
import { median, type Bench, type Figure } from './figure.ts';
import { scratch } from './scratch.ts';
import { startServerProcess } from './server-process.ts';

const sizes = { short: { persons: 500, rounds: 1 }, full: { persons: 100_000, rounds: 5 } } as const;

export const bench: Bench = {
  name: 'start',
  what: 'from the start of the process to the first answer to a terminal',
  missing: () => undefined,
  measure: (round) => measure(sizes[round]),
};

async function* measure({ persons, rounds }: (typeof sizes)['short' | 'full']): AsyncGenerator<Figure> {
  await using folder = await scratch();
  const data = `${folder.folder}/data`;
  const { head } = await makeBook(data, { persons, sessions: 1 });
  const taken: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await using server = await startServerProcess(data);
    const after = head.revision - 5;
    const response = await fetch(`${server.url}${apiPrefix}/changes?after=${after}&with=entries`, {
      headers: { authorization: `Bearer ${credentialsOf(0).token}` },
    });
    if (response.status !== 200) throw new Error(`the first answer was ${response.status}`);
    await response.text();
    taken.push((monotonic() - server.startedAt) / 1000);
  }
  const note = `${persons} persons, median of ${rounds}`;
  yield { figure: 'to the first answer', value: median(taken), unit: 's', target: 1, better: 'less', note };
}
