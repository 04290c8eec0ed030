// One LDAP modify, from the directory's answer to it until another process has written its personal
// address book and made the prompt. Directory, server, terminal and this are a process each; beside it our
// follower alone, which is what receiving the change by syncrepl takes.

import { setTimeout as sleep } from 'node:timers/promises';
import { openSession, type LdapSession } from '../src/node/ldap-session.ts';
import type { PracticeDirectory } from '../src/node/practice-directory.ts';
import type { Delivery } from '../src/wire/interest.ts';
import { beside, Child } from './child.ts';
import { monotonic } from './clock.ts';
import { loaded, slapdMissing, startDirectory } from './directory.ts';
import { median, quantile, type Bench, type Figure } from './figure.ts';
import type { FollowerTold } from './follower-process.ts';
import { scratch } from './scratch.ts';
import { startServerProcess } from './server-process.ts';
import type { TerminalAsked, TerminalTold } from './terminal-process.ts';

const sizes = {
  short: { persons: 100, warmUp: 2, changes: 5, rounds: 1 },
  full: { persons: 1000, warmUp: 50, changes: 200, rounds: 3 },
} as const;

type Size = (typeof sizes)['short' | 'full'];

const ways = (['broadcast', 'notice'] as const).flatMap((delivery) =>
  (['udp', 'websocket'] as const).map((transport) => ({ delivery, transport })),
);

export const bench: Bench = {
  name: 'propagation',
  what: 'LDAP modify acknowledged -> personal address book written and prompt made, in another process',
  missing: slapdMissing,
  measure: (round) => measure(sizes[round]),
};

async function* measure(size: Size): AsyncGenerator<Figure> {
  await using stack = new AsyncDisposableStack();
  const { folder } = stack.use(await scratch());
  const { directory, configFile } = stack.use(await startDirectory(folder, size.persons));
  const session = stack.use(await openSession({ url: directory.url }));
  await session.bind(directory.administrator.dn, directory.administrator.password);
  const altering: Altering = { session, directory, size };
  const note = `${size.persons} persons, ${size.changes} changes, median of ${size.rounds} rounds`;
  yield* figures('our follower alone (syncrepl), until it has the entry', await alone(altering), note);
  const server = stack.use(await startServerProcess(`${folder}/data`, ['--config', configFile]));
  await loaded(server.data, size.persons);
  for (const way of ways) {
    const rounds = await prompted(altering, { server: server.url, ...way });
    yield* figures(`${way.delivery} over ${way.transport}`, rounds, note, { p50: 4, p99: 20 });
  }
}

function* figures(
  figure: string,
  rounds: readonly (readonly number[])[],
  note: string,
  target?: { readonly p50: number; readonly p99: number },
): Generator<Figure> {
  for (const [name, part] of [
    ['p50', 0.5],
    ['p99', 0.99],
  ] as const) {
    const value = median(rounds.map((round) => quantile(round, part)));
    const aim = target === undefined ? {} : { target: target[name], better: 'less' as const };
    yield { figure: `${figure}: ${name}`, value, unit: 'ms', note, ...aim };
  }
}

interface Altering {
  readonly session: LdapSession;
  readonly directory: PracticeDirectory;
  readonly size: Size;
}

/** Milliseconds from the directory's answer until `arrives` resolves with when it arrived; a list a round. */
async function timed(
  { session, directory, size }: Altering,
  arrives: (telephone: string) => Promise<number>,
): Promise<readonly (readonly number[])[]> {
  const rounds: number[][] = [];
  let number = Math.floor(monotonic()) % 10_000_000;
  const once = async (): Promise<number> => {
    number += 1;
    const telephone = String(number);
    const values = [telephone];
    await session.modify(directory.dnOf('ada'), [{ kind: 'replace', attribute: 'telephoneNumber', values }]);
    const acknowledged = monotonic();
    const at = await arrives(telephone);
    // So that one change's last writes are not the next one's first.
    await sleep(5);
    return at - acknowledged;
  };
  for (let round = 0; round < size.rounds; round += 1) {
    for (let at = 0; at < size.warmUp; at += 1) await once();
    const taken: number[] = [];
    for (let at = 0; at < size.changes; at += 1) taken.push(await once());
    rounds.push(taken);
  }
  return rounds;
}

async function alone(altering: Altering): Promise<readonly (readonly number[])[]> {
  const { url, reader, base, filter } = altering.directory;
  const words = [url, reader.dn, reader.password, base, filter];
  await using child = new Child<FollowerTold>(beside('follower-process.ts'), words);
  await child.next('refreshed');
  return await timed(altering, async (telephone) => {
    for (;;) {
      const heard = await child.next('heard');
      if (heard.telephone === telephone) return heard.at;
    }
  });
}

async function prompted(
  altering: Altering,
  way: { readonly server: string; readonly delivery: Delivery; readonly transport: 'udp' | 'websocket' },
): Promise<readonly (readonly number[])[]> {
  const { server, delivery, transport } = way;
  await using child = new Child<TerminalTold>(beside('terminal-process.ts'), []);
  const asked: TerminalAsked = {
    kind: 'open',
    options: { delivery, transport },
    server,
    user: 'ben',
    password: 'ben',
    person: 'Ada Lovelace',
  };
  await child.ask(asked, 'live');
  const rounds = await timed(altering, async (telephone) => {
    for (;;) {
      const { at, to } = await child.next('prompted');
      if (to === telephone) return at;
    }
  });
  await child.ask({ kind: 'close' }, 'closed');
  return rounds;
}
