// Look-up over HTTP, one query after another on one connection, as somebody who types.

import { request as ask, Agent } from 'node:http';
import { once } from 'node:events';
import { fieldNames } from '../src/book/field.ts';
import { sampleEnterprise } from '../src/server/sample-enterprise.ts';
import { apiPrefix } from '../src/wire/protocol-version.ts';
import { credentialsOf, makeBook } from './book.ts';
import { monotonic } from './clock.ts';
import { median, quantile, type Bench, type Figure } from './figure.ts';
import { scratch } from './scratch.ts';
import { startServerProcess } from './server-process.ts';

const sizes = {
  short: { persons: 500, queries: 20, rounds: 1 },
  full: { persons: 100_000, queries: 300, rounds: 3 },
} as const;

export const bench: Bench = {
  name: 'look-up',
  what: 'look-up over HTTP: Chinese names, pinyin, initials, departments, digits, words that nobody has',
  missing: () => undefined,
  measure: (round) => measure(sizes[round]),
};

async function* measure({ persons, queries, rounds }: (typeof sizes)['short' | 'full']): AsyncGenerator<Figure> {
  await using stack = new AsyncDisposableStack();
  const { folder } = stack.use(await scratch());
  await makeBook(`${folder}/data`, { persons, sessions: 1 });
  const server = stack.use(await startServerProcess(`${folder}/data`));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  stack.defer(() => agent.destroy());
  const mix = mixOf(persons, queries);
  const note = `${persons} persons, ${queries} queries of 6 kinds`;
  const first = await timed(server.url, { agent, text: 'ada' });
  yield { figure: 'the first, which reads everyone', value: first, unit: 'ms', note };
  const taken: number[][] = [];
  for (let round = 0; round < rounds; round += 1) {
    const times: number[] = [];
    for (const text of mix) times.push(await timed(server.url, { agent, text }));
    taken.push(times);
  }
  yield { figure: 'p50', value: median(taken.map((times) => quantile(times, 0.5))), unit: 'ms', note };
  const p95 = median(taken.map((times) => quantile(times, 0.95)));
  yield { figure: 'p95', value: p95, unit: 'ms', target: 10, better: 'less', note };
}

/** What is typed: parts of what persons of the sample have, and nonsense. */
function mixOf(persons: number, count: number): readonly string[] {
  const people = sampleEnterprise(Math.min(persons, 5000)).map(({ fields }) => fields);
  const chinese = people.filter(({ chineseName }) => chineseName !== undefined);
  const kinds: readonly ((at: number) => string | undefined)[] = [
    (at) => chinese[(at * 7) % chinese.length]?.chineseName,
    (at) => chinese[(at * 11) % chinese.length]?.pinyin?.toLowerCase().replaceAll(/[^a-z]/g, ''),
    (at) => (chinese[(at * 13) % chinese.length]?.pinyin ?? '').toLowerCase().replaceAll(/(?<=\p{L})\p{L}+|\s/gu, ''),
    (at) => people[(at * 17) % people.length]?.department,
    (at) => people[(at * 19) % people.length]?.mobileTelephone?.slice(-6),
    (at) => `${fieldNames[at % fieldNames.length]} zzq${at}`,
  ];
  return Array.from({ length: count }, (_, at) => kinds[at % kinds.length]?.(at) ?? 'ada');
}

async function timed(url: string, { agent, text }: { readonly agent: Agent; readonly text: string }): Promise<number> {
  const since = monotonic();
  const path = `${apiPrefix}/persons?search=${encodeURIComponent(text)}`;
  const request = ask(url + path, { agent, headers: { authorization: `Bearer ${credentialsOf(0).token}` } }).end();
  const [response] = await once(request, 'response');
  if (response.statusCode !== 200) throw new Error(`look-up of ${text}: ${response.statusCode}`);
  response.resume();
  await once(response, 'end');
  return monotonic() - since;
}
