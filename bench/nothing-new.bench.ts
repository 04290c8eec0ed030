// Terminals that ask whether anything is new, when nothing is: 50 connections that are kept, each asks
// again as soon as it is answered.

import { apiPrefix } from '../src/wire/protocol-version.ts';
import { printEntityTag } from '../src/wire/change-list.ts';
import type { AskersTold } from './askers-process.ts';
import { credentialsOf, makeBook } from './book.ts';
import { beside, Child } from './child.ts';
import { median, type Bench, type Figure } from './figure.ts';
import { scratch } from './scratch.ts';
import { startServerProcess } from './server-process.ts';

const connections = 50;
const sizes = {
  short: { persons: 500, milliseconds: 200, rounds: 1 },
  full: { persons: 10_000, milliseconds: 3000, rounds: 5 },
} as const;

export const bench: Bench = {
  name: 'nothing-new',
  what: `304 answers a second over ${connections} connections`,
  missing: () => undefined,
  measure: (round) => measure(sizes[round]),
};

async function* measure(size: (typeof sizes)['short' | 'full']): AsyncGenerator<Figure> {
  await using stack = new AsyncDisposableStack();
  const { folder } = stack.use(await scratch());
  const { head } = await makeBook(`${folder}/data`, { persons: size.persons, sessions: 1 });
  const server = stack.use(await startServerProcess(`${folder}/data`));
  const { hostname, port } = new URL(server.url);
  const request = [
    `GET ${apiPrefix}/changes?after=${head.revision} HTTP/1.1`,
    `Host: ${hostname}:${port}`,
    `Authorization: Bearer ${credentialsOf(0).token}`,
    `If-None-Match: "${printEntityTag(head)}"`,
    '\r\n',
  ].join('\r\n');
  const child = stack.use(new Child<AskersTold>(beside('askers-process.ts'), [hostname, port, request]));
  const rates: number[] = [];
  const costs: number[] = [];
  // The first round warms up.
  for (let round = 0; round <= size.rounds; round += 1) {
    const before = await server.usage();
    const { answers, seconds } = await child.ask(
      { kind: 'ask', connections, milliseconds: size.milliseconds },
      'asked',
    );
    const after = await server.usage();
    if (round === 0) continue;
    rates.push(answers / seconds);
    costs.push((after.cpuMicroseconds - before.cpuMicroseconds) / answers);
  }
  const note = `${size.persons} persons, median of ${size.rounds}`;
  yield { figure: '304 answers', value: median(rates), unit: 'a second', target: 7000, better: 'more', note };
  yield { figure: 'server CPU for one', value: median(costs), unit: 'us', note };
}
