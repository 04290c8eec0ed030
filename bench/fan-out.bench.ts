// One change to very many subscriptions of one book over SIP/UDP: until the last NOTIFY is answered. The
// subscribers are another process that speaks SIP over a few sockets; each has a session and a
// subscription of its own, authenticated by digest.

import { setTimeout as sleep } from 'node:timers/promises';
import { AdminClient } from '../src/apps/admin-client.ts';
import { doneSchema } from '../src/wire/admin.ts';
import { printEntityTag } from '../src/wire/change-list.ts';
import { makeBook } from './book.ts';
import { beside, Child } from './child.ts';
import { monotonic } from './clock.ts';
import { median, type Bench, type Figure } from './figure.ts';
import { scratch } from './scratch.ts';
import { startServerProcess, type ServerProcess } from './server-process.ts';
import type { SubscribersTold } from './subscribers-process.ts';

const sizes = {
  short: { persons: 100, subscriptions: [50, 100], rounds: 1, forgetMilliseconds: 0 },
  // Timer J: a transaction over UDP is remembered for 32 s (RFC 3261 §17.2.2).
  full: { persons: 1000, subscriptions: [5000, 20_000], rounds: 5, forgetMilliseconds: 40_000 },
} as const;

type Size = (typeof sizes)['short' | 'full'];

export const bench: Bench = {
  name: 'fan-out',
  what: 'one change to many subscriptions of one book over SIP/UDP',
  missing: () => undefined,
  measure: (round) => measure(sizes[round]),
};

interface Measured {
  readonly seconds: number;
  readonly microsecondsEach: number;
  readonly retransmissions: number;
}

async function* measure(size: Size): AsyncGenerator<Figure> {
  const took: number[] = [];
  for (const [at, count] of size.subscriptions.entries()) {
    const last = at === size.subscriptions.length - 1;
    await using stack = new AsyncDisposableStack();
    const { folder } = stack.use(await scratch());
    const { head, persons } = await makeBook(`${folder}/data`, { persons: size.persons, sessions: count });
    const server = stack.use(await startServerProcess(`${folder}/data`));
    const child = stack.use(
      new Child<SubscribersTold>(beside('subscribers-process.ts'), [server.udp, printEntityTag(head)]),
    );
    const note = `${count} subscriptions`;
    yield* subscribed({ server, child, size }, count, last);
    const rounds: Measured[] = [];
    for (let round = 0; round <= size.rounds; round += 1) {
      const measured = await notified({ server, child }, count, persons[0] ?? '');
      if (round > 0) rounds.push(measured); // the first warms up
    }
    took.push(median(rounds.map(({ seconds }) => seconds)));
    yield* figuresOf(rounds, note, last);
  }
  const [first = 1, second = 1] = took;
  const figure = `growth from ${size.subscriptions.join(' to ')}`;
  yield { figure, value: second / first, unit: 'times', target: 4.5, better: 'less' };
}

interface Parties {
  readonly server: ServerProcess;
  readonly child: Child<SubscribersTold>;
}

async function* subscribed(
  { server, child, size }: Parties & { readonly size: Size },
  count: number,
  last: boolean,
): AsyncGenerator<Figure> {
  const note = `${count} subscriptions, challenge and answer each`;
  const before = await server.collected();
  const began = await server.usage();
  const { milliseconds } = await child.ask({ kind: 'subscribe', count }, 'subscribed');
  const after = await server.usage();
  if (!last) return;
  const rate = count / (milliseconds / 1000);
  yield { figure: 'new subscriptions', value: rate, unit: 'a second', target: 8000, better: 'more', note };
  const cost = (after.cpuMicroseconds - began.cpuMicroseconds) / count;
  yield { figure: 'server CPU for a new subscription', value: cost, unit: 'us', target: 100, better: 'less', note };
  await sleep(size.forgetMilliseconds);
  const { heapBytes } = await server.collected();
  const memory = (heapBytes - before.heapBytes) / count / 1000;
  yield { figure: 'memory of a subscription', value: memory, unit: 'kB', target: 2.5, better: 'less', note };
}

async function notified({ server, child }: Parties, count: number, person: string): Promise<Measured> {
  const admin = new AdminClient({ data: server.data });
  const text = JSON.stringify({ fields: { officeTelephone: String(Math.floor(monotonic()) % 1_000_000) } });
  const path = `/v1/admin/persons/${person}`;
  await child.ask({ kind: 'watch', count }, 'watching');
  const before = await server.usage();
  const since = monotonic();
  await admin.ask({ method: 'PATCH', path, body: { type: 'application/json', text }, answer: doneSchema });
  const { at, retransmissions } = await child.next('notified');
  const after = await server.usage();
  return {
    seconds: (at - since) / 1000,
    microsecondsEach: (after.cpuMicroseconds - before.cpuMicroseconds) / count,
    retransmissions,
  };
}

function* figuresOf(rounds: readonly Measured[], note: string, last: boolean): Generator<Figure> {
  const seconds = median(rounds.map((each) => each.seconds));
  const each = median(rounds.map(({ microsecondsEach }) => microsecondsEach));
  const again = Math.max(...rounds.map(({ retransmissions }) => retransmissions));
  const time = last ? ({ target: 0.8, better: 'less' } as const) : {};
  yield { figure: `${note}: until the last is answered`, value: seconds, unit: 's', ...time };
  yield { figure: `${note}: server CPU a NOTIFY`, value: each, unit: 'us', target: 30, better: 'less' };
  yield { figure: `${note}: retransmissions`, value: again, unit: '', target: 0, better: 'less' };
}
