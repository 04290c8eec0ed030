// SIP: subscriptions by the ten thousand, and one change told to all of them or to the few that it concerns, over
// UDP. The subscribers are another process that speaks SIP over a few sockets; each has a session and a
// subscription of its own, authenticated by digest. Beside it, where it is installed: Kamailio's presence.

import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { AdminClient } from '../src/apps/admin-client.ts';
import { utf8 } from '../src/base/bytes.ts';
import { parseMessage } from '../src/sip/parse.ts';
import { doneSchema } from '../src/wire/admin.ts';
import { printEntityTag } from '../src/wire/change-list.ts';
import { makeBook } from './book.ts';
import { beside, Child } from './child.ts';
import { monotonic } from './clock.ts';
import { median, type Bench, type Figure } from './figure.ts';
import { presenceMissing, startPresence } from './kamailio-presence.ts';
import type { Plan } from './load-plan.ts';
import { scratch } from './scratch.ts';
import { startServerProcess, type ServerProcess } from './server-process.ts';
import { subscribeMessage } from './subscribe-message.ts';
import type { SubscribersTold } from './subscribers-process.ts';

/** The sizes whose figures have targets. */
const [subscribed, whole] = [20_000, 100_000];

const sizes = {
  short: {
    persons: 100,
    subscriptions: [50, 100],
    held: { count: 100, each: 5, concerned: 10 },
    presence: [{ count: 50, resources: 1 }],
    rounds: 1,
    parsed: 1000,
    forgetMilliseconds: 0,
  },
  full: {
    persons: 1000,
    subscriptions: [5000, subscribed, 50_000, whole],
    held: { count: whole, each: 50, concerned: 50 },
    presence: [
      { count: 5000, resources: 1 },
      { count: subscribed, resources: 40 },
    ],
    rounds: 5,
    parsed: 100_000,
    // Timer J: a transaction over UDP is remembered for 32 s (RFC 3261 §17.2.2).
    forgetMilliseconds: 40_000,
  },
} as const;

type Size = (typeof sizes)['short' | 'full'];

export const bench: Bench = {
  name: 'sip',
  what: 'subscriptions, and one change told to many or to few, over SIP/UDP',
  missing: () => undefined,
  measure: (round) => measure(sizes[round]),
};

async function* measure(size: Size): AsyncGenerator<Figure> {
  yield parsing(size.parsed);
  const took: number[] = [];
  for (const count of size.subscriptions) {
    const rounds: Round[] = [];
    yield* broadcast(size, count, rounds);
    took.push(median(rounds.map(({ seconds }) => seconds)));
  }
  const [small, large] = size.subscriptions;
  const growth = (took[1] ?? Number.NaN) / (took[0] ?? Number.NaN);
  yield { figure: `growth from ${small} to ${large}`, value: growth, unit: 'times', target: 4.5, better: 'less' };
  yield* held(size);
  try {
    yield* presence(size);
  } catch (error) {
    // Where it gives up under the load, that is its figure; ours are not to be lost with it.
    console.error(
      `sip: Kamailio's presence broke off: ${error instanceof Error ? error.message.slice(0, 300) : String(error)}`,
    );
  }
}

function parsing(count: number): Figure {
  const bytes = utf8(subscribeMessage);
  const rates = [0, 1, 2].map(() => {
    const began = process.cpuUsage();
    for (let number = 0; number < count; number += 1)
      if (parseMessage(bytes).kind !== 'request') throw new Error('the message is not read');
    const { user, system } = process.cpuUsage(began);
    return count / ((user + system) / 1e6);
  });
  const figure = `a SUBSCRIBE of ${bytes.length} octets is read`;
  return { figure, value: Math.max(...rates), unit: 'a CPU-second', target: 150_000, better: 'more' };
}

/** All subscribers come from one address. */
async function serving(folder: string): Promise<ServerProcess> {
  const configFile = `${folder}/config.yaml`;
  await writeFile(configFile, `limits: { subscriptionsPerAddress: ${whole} }\n`);
  return startServerProcess(`${folder}/data`, ['--config', configFile]);
}

interface Parties {
  readonly server: ServerProcess;
  readonly load: Child<SubscribersTold>;
}

interface Round {
  readonly seconds: number;
  readonly secondsFromCommit: number;
  readonly microsecondsEach: number;
  readonly retransmissions: number;
}

async function* broadcast(size: Size, count: number, rounds: Round[]): AsyncGenerator<Figure> {
  await using stack = new AsyncDisposableStack();
  const { folder } = stack.use(await scratch());
  const { head, persons } = await makeBook(`${folder}/data`, { persons: size.persons, sessions: count });
  const server = stack.use(await serving(folder));
  const load = stack.use(new Child<SubscribersTold>(beside('subscribers-process.ts'), [server.udp]));
  const parties = { server, load };
  const plan: Plan = { kind: 'broadcast', etag: printEntityTag(head) };
  const before = await server.collected();
  yield* subscribing(parties, plan, count);
  if (count === size.subscriptions[1]) {
    const value = await memoryOf({ server, before: before.heapBytes, size }, count);
    yield { figure: `${count}: memory of a subscription`, value, unit: 'kB', target: 2.5, better: 'less' };
  }
  for (let round = 0; round <= size.rounds; round += 1) {
    const told = await changed(parties, persons[0] ?? '', count);
    if (round > 0) rounds.push(told); // the first warms up
  }
  yield* figuresOf(rounds, count);
}

/** In kB, once the transactions are forgotten. */
async function memoryOf(
  { server, before, size }: { readonly server: ServerProcess; readonly before: number; readonly size: Size },
  count: number,
): Promise<number> {
  await sleep(size.forgetMilliseconds);
  const { heapBytes } = await server.collected();
  return (heapBytes - before) / count / 1000;
}

async function* subscribing({ server, load }: Parties, plan: Plan, count: number): AsyncGenerator<Figure> {
  const before = await server.usage();
  const { milliseconds, turnedAway } = await load.ask({ kind: 'subscribe', count, plan }, 'subscribed');
  const after = await server.usage();
  const measured = plan.kind === 'broadcast';
  const name = `${count}${plan.kind === 'held' ? ' held' : ''}`;
  yield {
    figure: `${name}: new subscriptions`,
    value: count / (milliseconds / 1000),
    unit: 'a second',
    ...(measured && { target: 8000, better: 'more' as const }),
    note: `challenge and answer each${turnedAway === 0 ? '' : `; ${turnedAway} turned away at first`}`,
  };
  yield {
    figure: `${name}: server CPU for a new subscription`,
    value: (after.cpuMicroseconds - before.cpuMicroseconds) / count,
    unit: 'us',
    ...(measured && { target: 100, better: 'less' as const }),
  };
}

/** From the administrator's request, and from the commit that it leads to, to the last answer of those `concerned`. */
async function changed({ server, load }: Parties, person: string, concerned: number): Promise<Round> {
  const admin = new AdminClient({ data: server.data });
  const text = JSON.stringify({ fields: { officeTelephone: String(Math.floor(monotonic()) % 1_000_000) } });
  const path = `/v1/admin/persons/${person}`;
  await load.ask({ kind: 'watch', count: concerned }, 'watching');
  const before = await server.usage();
  const since = monotonic();
  const done = admin.ask({ method: 'PATCH', path, body: { type: 'application/json', text }, answer: doneSchema });
  const { at, retransmissions, missing } = await load.next('notified');
  if (missing > 0) throw new Error(`${missing} of ${concerned} were not told`);
  await done;
  const after = await server.usage();
  const microsecondsEach = (after.cpuMicroseconds - before.cpuMicroseconds) / concerned;
  const secondsFromCommit = (at - after.committedAt) / 1000;
  return { seconds: (at - since) / 1000, secondsFromCommit, microsecondsEach, retransmissions };
}

function* figuresOf(rounds: readonly Round[], count: number): Generator<Figure> {
  const most = { [subscribed]: 0.8, [whole]: 4.5 }[count];
  const time = most === undefined ? {} : ({ target: most, better: 'less' } as const);
  const seconds = median(rounds.map((each) => each.seconds));
  const each = median(rounds.map(({ microsecondsEach }) => microsecondsEach));
  const again = Math.max(...rounds.map(({ retransmissions }) => retransmissions));
  yield { figure: `${count}: until the last is answered`, value: seconds, unit: 's', ...time };
  yield { figure: `${count}: server CPU a NOTIFY`, value: each, unit: 'us', target: 30, better: 'less' };
  yield { figure: `${count}: retransmissions`, value: again, unit: '', target: 0, better: 'less' };
}

/** A change that concerns a few of very many, each of whom holds some persons. */
async function* held(size: Size): AsyncGenerator<Figure> {
  const { count, each, concerned } = size.held;
  await using stack = new AsyncDisposableStack();
  const { folder } = stack.use(await scratch());
  const { head, persons } = await makeBook(`${folder}/data`, { persons: size.persons, sessions: count });
  const server = stack.use(await serving(folder));
  const load = stack.use(new Child<SubscribersTold>(beside('subscribers-process.ts'), [server.udp]));
  const before = await server.collected();
  const plan: Plan = { kind: 'held', etag: printEntityTag(head), persons, each, holders: concerned };
  yield* subscribing({ server, load }, plan, count);
  const memory = await memoryOf({ server, before: before.heapBytes, size }, count);
  const target = 2.5 + (8 * each) / 1000;
  const held = { note: `${each} persons each` };
  yield { figure: `${count} held: memory of one`, value: memory, unit: 'kB', target, better: 'less', ...held };
  const rounds: Round[] = [];
  for (let round = 0; round < 4 * size.rounds; round += 1)
    rounds.push(await changed({ server, load }, persons[0] ?? '', concerned));
  const value = median(rounds.map(({ secondsFromCommit }) => secondsFromCommit * 1000));
  const note = 'from the commit to the last answer';
  yield { figure: `${count} held: ${concerned} are told`, value, unit: 'ms', target: 5, better: 'less', note };
  const again = Math.max(...rounds.map(({ retransmissions }) => retransmissions));
  yield { figure: `${count} held: retransmissions`, value: again, unit: '', target: 0, better: 'less' };
}

async function* presence(size: Size): AsyncGenerator<Figure> {
  const missing = presenceMissing();
  if (missing !== undefined) return console.error(`sip: Kamailio's presence is left out, ${missing}`);
  for (const { count, resources } of size.presence) {
    await using stack = new AsyncDisposableStack();
    const { folder } = stack.use(await scratch());
    const kamailio = stack.use(await startPresence(folder));
    const load = stack.use(new Child<SubscribersTold>(beside('subscribers-process.ts'), [kamailio.udp]));
    const name = `Kamailio's presence, ${count} of ${resources}`;
    const began = kamailio.cpuMicroseconds();
    const { milliseconds } = await load.ask(
      { kind: 'subscribe', count, plan: { kind: 'presence', resources } },
      'subscribed',
    );
    const note = 'without digest';
    yield { figure: `${name}: new subscriptions`, value: count / (milliseconds / 1000), unit: 'a second', note };
    yield { figure: `${name}: CPU for one`, value: (kamailio.cpuMicroseconds() - began) / count, unit: 'us', note };
    const rounds: (Omit<Round, 'secondsFromCommit'> & { readonly missing: number })[] = [];
    for (let round = 0; round <= size.rounds; round += 1) {
      await load.ask({ kind: 'watch', count }, 'watching');
      const [before, since] = [kamailio.cpuMicroseconds(), monotonic()];
      load.send({ kind: 'publish', resources, note: `state ${round}` });
      const { at, retransmissions, missing } = await load.next('notified');
      const microsecondsEach = (kamailio.cpuMicroseconds() - before) / (count - missing);
      if (round > 0) rounds.push({ seconds: (at - since) / 1000, microsecondsEach, retransmissions, missing });
    }
    yield {
      figure: `${name}: until the last is answered`,
      value: median(rounds.map(({ seconds }) => seconds)),
      unit: 's',
    };
    yield { figure: `${name}: CPU a NOTIFY`, value: median(rounds.map((each) => each.microsecondsEach)), unit: 'us' };
    yield {
      figure: `${name}: retransmissions`,
      value: Math.max(...rounds.map((each) => each.retransmissions)),
      unit: '',
    };
    // Whom it gave up after 30 s of retransmissions it has forgotten.
    const lost = Math.max(...rounds.map(({ missing }) => missing));
    yield { figure: `${name}: never told`, value: lost, unit: '' };
  }
}
