// Look-up over HTTP, one query after another on one connection, as somebody who types; and what somebody else waits for
// meanwhile, who asks whether the server is well.

import { request as ask, Agent } from 'node:http';
import { once } from 'node:events';
import { freemem } from 'node:os';
import { fieldNames } from '../src/book/field.ts';
import { sampleEnterprise } from '../src/server/sample-enterprise.ts';
import { apiPrefix } from '../src/wire/protocol-version.ts';
import { credentialsOf, makeBook } from './book.ts';
import { monotonic } from './clock.ts';
import { median, quantile, type Bench, type Figure } from './figure.ts';
import { scratch } from './scratch.ts';
import { startServerProcess, type ServerProcess } from './server-process.ts';

interface Size {
  readonly persons: number;
  readonly queries: number;
  readonly rounds: number;
}

const sizes: Readonly<Record<'short' | 'full', readonly Size[]>> = {
  short: [{ persons: 500, queries: 21, rounds: 1 }],
  full: [
    { persons: 100_000, queries: 301, rounds: 3 },
    { persons: 1_000_000, queries: 140, rounds: 1 },
  ],
};

/** What it takes to make a book, in this process, and to serve it. */
const memoryFor = (persons: number): number => persons * 5000;

export const bench: Bench = {
  name: 'look-up',
  what: 'look-up over HTTP: Chinese names, pinyin, initials, departments, digits, mistyped names, words that nobody has',
  missing: () => undefined,
  async *measure(round) {
    for (const size of sizes[round]) if (freemem() > memoryFor(size.persons)) yield* measure(size);
  },
};

async function* measure({ persons, queries, rounds }: Size): AsyncGenerator<Figure> {
  await using stack = new AsyncDisposableStack();
  const { folder } = stack.use(await scratch());
  await makeBook(`${folder}/data`, { persons, sessions: 1 });
  const server = stack.use(await startServerProcess(`${folder}/data`));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  stack.defer(() => agent.destroy());
  const note = `${persons} persons, ${queries} queries of 7 kinds`;
  const named = (figure: string): string => `${persons}: ${figure}`;

  const before = await server.collected();
  const making = watched(server);
  const since = monotonic();
  while (!(await lookUp(server.url, { agent, text: 'ada' })).complete);
  yield { figure: named('until everyone is found'), value: (monotonic() - since) / 1000, unit: 's', note };
  yield { figure: named('the longest wait of another meanwhile'), value: await making.end(), unit: 'ms', note };
  const after = await server.collected();
  const bytes = (after.residentBytes - before.residentBytes) / persons;
  yield { figure: named('memory of a person'), value: bytes, unit: 'B', note };

  const mix = mixOf(persons, queries);
  const asking = watched(server);
  const taken: number[][] = [];
  for (let round = 0; round < rounds; round += 1) {
    const times: number[] = [];
    for (const text of mix) times.push((await lookUp(server.url, { agent, text })).milliseconds);
    taken.push(times);
  }
  yield { figure: named('p50'), value: median(taken.map((times) => quantile(times, 0.5))), unit: 'ms', note };
  const p95 = median(taken.map((times) => quantile(times, 0.95)));
  const target = persons > 100_000 ? {} : ({ target: 10, better: 'less' } as const);
  yield { figure: named('p95'), value: p95, unit: 'ms', ...target, note };
  yield { figure: named('the longest wait of another during look-ups'), value: await asking.end(), unit: 'ms', note };
}

/** What is typed: parts of what persons of the sample have, with errors too, and nonsense. */
function mixOf(persons: number, count: number): readonly string[] {
  const people = sampleEnterprise(Math.min(persons, 5000)).map(({ fields }) => fields);
  const chinese = people.filter(({ chineseName }) => chineseName !== undefined);
  const western = people.filter(({ chineseName }) => chineseName === undefined);
  const kinds: readonly ((at: number) => string | undefined)[] = [
    (at) => chinese[(at * 7) % chinese.length]?.chineseName,
    (at) => chinese[(at * 11) % chinese.length]?.pinyin?.toLowerCase().replaceAll(/[^a-z]/g, ''),
    (at) => (chinese[(at * 13) % chinese.length]?.pinyin ?? '').toLowerCase().replaceAll(/(?<=\p{L})\p{L}+|\s/gu, ''),
    (at) => people[(at * 17) % people.length]?.department,
    (at) => people[(at * 19) % people.length]?.mobileTelephone?.slice(-6),
    (at) => western[(at * 23) % western.length]?.name?.replace(/(.)(.)(.)$/, '$1$3$2'),
    (at) => `${fieldNames[at % fieldNames.length]} zzq${at}`,
  ];
  return Array.from({ length: count }, (_, at) => kinds[at % kinds.length]?.(at) ?? 'ada');
}

async function lookUp(
  url: string,
  { agent, text }: { readonly agent: Agent; readonly text: string },
): Promise<{ readonly milliseconds: number; readonly complete: boolean }> {
  const since = monotonic();
  const path = `${apiPrefix}/persons?search=${encodeURIComponent(text)}`;
  const request = ask(url + path, { agent, headers: { authorization: `Bearer ${credentialsOf(0).token}` } }).end();
  const [response] = await once(request, 'response');
  if (response.statusCode !== 200) throw new Error(`look-up of ${text}: ${response.statusCode}`);
  let body = '';
  response.setEncoding('utf8').on('data', (part: string) => (body += part));
  await once(response, 'end');
  return { milliseconds: monotonic() - since, complete: body.includes('"complete":true') };
}

/** Asks `server` all the while whether it is well; `end` gives the longest that an answer took, in milliseconds. */
function watched(server: ServerProcess): { end(): Promise<number> } {
  const ending = new AbortController();
  let longest = 0;
  const watching = (async () => {
    while (!ending.signal.aborted) {
      const since = monotonic();
      await (await fetch(`${server.url}/health`)).text();
      longest = Math.max(longest, monotonic() - since);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  return {
    end: async () => {
      ending.abort();
      await watching;
      return longest;
    },
  };
}
