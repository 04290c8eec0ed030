// One changed field to a terminal that holds the person: every octet that crosses the terminal's sockets,
// both ways, from the alteration until nothing more is said. Datagrams and streams are counted with all
// headers and frames of SIP, HTTP and WebSocket, compressed as they go; not those of TCP, UDP and IP.

import { setTimeout as sleep } from 'node:timers/promises';
import { AdminClient } from '../src/apps/admin-client.ts';
import { acquisitions, type Acquire } from '../src/terminal/acquisition.ts';
import type { TransportChoice } from '../src/terminal/flow-target.ts';
import { doneSchema } from '../src/wire/admin.ts';
import { deliveries, type Delivery } from '../src/wire/interest.ts';
import { beside, Child } from './child.ts';
import { median, type Bench, type Figure } from './figure.ts';
import { scratch } from './scratch.ts';
import { startServerProcess } from './server-process.ts';
import type { TerminalAsked, TerminalTold } from './terminal-process.ts';

interface Way {
  readonly delivery: Delivery;
  readonly acquire: Acquire;
  readonly transport: TransportChoice;
}

const transports = ['udp', 'tcp', 'websocket'] as const satisfies readonly TransportChoice[];

const everyWay: readonly Way[] = deliveries.flatMap((delivery) =>
  acquisitions.flatMap((acquire) => transports.map((transport) => ({ delivery, acquire, transport }))),
);

const sizes = {
  short: {
    ways: everyWay.filter(({ acquire, transport }) => acquire === 'list' && transport === 'udp'),
    warmUp: 1,
    changes: 1,
  },
  full: { ways: everyWay, warmUp: 19, changes: 3 },
};

export const bench: Bench = {
  name: 'bytes',
  what: 'one changed field to a terminal that holds the person: all octets, both ways',
  missing: () => undefined,
  measure: (round) => measure(sizes[round]),
};

type Size = (typeof sizes)['short' | 'full'];

async function* measure({ ways, ...counts }: Size): AsyncGenerator<Figure> {
  await using stack = new AsyncDisposableStack();
  const { folder } = stack.use(await scratch());
  const server = stack.use(await startServerProcess(`${folder}/data`));
  const child = stack.use(new Child<TerminalTold>(beside('terminal-process.ts'), []));
  const [ada, ben] = ['ada', 'ben'].map((user) => server.accounts.find((account) => account.user === user));
  if (ada === undefined || ben === undefined) throw new Error('the sample has no accounts');
  const alter = alterer(server.data, ada.person);
  for (const way of ways) {
    const asked: TerminalAsked = {
      kind: 'open',
      options: way,
      server: server.url,
      user: ben.user,
      password: ben.password,
      person: 'Ada Lovelace',
    };
    await child.ask(asked, 'live');
    const octets = await oneChange(child, alter, counts);
    await child.ask({ kind: 'close' }, 'closed');
    const { delivery, acquire, transport } = way;
    const note = `change ${counts.warmUp + 1} and after of one subscription, a person of 15 fields`;
    yield {
      figure: `${delivery}, acquires ${acquire}, ${transport}`,
      value: octets,
      unit: 'B',
      note,
      ...targetOf(way),
    };
  }
}

/** The goals name these; the other ways are told beside them. */
function targetOf({ delivery, acquire, transport }: Way): { readonly target?: number; readonly better?: 'less' } {
  if (acquire === 'list' && delivery === 'notice') return { target: 1500, better: 'less' };
  if (acquire !== 'list' || delivery === 'notice' || transport === 'tcp') return {};
  return { target: transport === 'udp' ? 1000 : 250, better: 'less' };
}

/** Alters the person's telephone as the administrator; each time to another number. */
function alterer(data: string, person: string): () => Promise<string> {
  const admin = new AdminClient({ data });
  let number = 8002;
  return async () => {
    number += 1;
    const text = JSON.stringify({ fields: { officeTelephone: String(number) } });
    const path = `/v1/admin/persons/${person}`;
    await admin.ask({ method: 'PATCH', path, body: { type: 'application/json', text }, answer: doneSchema });
    return String(number);
  };
}

async function oneChange(
  child: Child<TerminalTold>,
  alter: () => Promise<string>,
  { warmUp, changes }: { readonly warmUp: number; readonly changes: number },
): Promise<number> {
  const counted: number[] = [];
  for (let at = 0; at < warmUp + changes; at += 1) {
    const before = at < warmUp ? 0 : await quiet(child);
    const telephone = await alter();
    while ((await child.next('prompted')).to !== telephone);
    if (at >= warmUp) counted.push((await quiet(child)) - before);
  }
  return median(counted);
}

/** The count, once it grows no more. */
async function quiet(child: Child<TerminalTold>): Promise<number> {
  for (let before = -1; ;) {
    const { sent, received } = await child.ask({ kind: 'count' }, 'counted');
    if (sent + received === before) return before;
    before = sent + received;
    await sleep(40);
  }
}
