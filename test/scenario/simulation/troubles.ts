// What can go wrong, and how much of it there is in each kind of simulation.

import type { TransportChoice } from '../../../src/terminal/flow-target.ts';
import type { Chance } from './chance.ts';
import type { Road } from './network.ts';

export interface Troubles {
  /** The sentence that the simulation tries. */
  readonly claim: string;
  readonly road: Partial<Road>;
  /** How often an exchange over HTTP is broken off, each way. */
  readonly breaks: number;
  readonly disk: { readonly slowness: number; readonly failures: number };
  readonly transports: readonly [TransportChoice, ...TransportChoice[]];
  /** How often each fault comes, beside eight steps of the enterprise and five of the employees. */
  readonly faults: Readonly<Partial<Record<Fault, number>>>;
  /** Whether removals in numbers are held, and judged by the administrator. */
  readonly brake: boolean;
}

export type Fault =
  | 'restart-server'
  | 'restart-terminal'
  | 'break-streams'
  | 'cut'
  | 'lose-directory'
  | 'forget-cookies'
  | 'purge'
  | 'hide';

const every = ['udp', 'tcp', 'websocket'] as const;
const streams = ['tcp', 'websocket'] as const;
const quiet = { road: {}, breaks: 0, disk: { slowness: 0, failures: 0 }, transports: every, faults: {}, brake: false };

export const troubles: readonly [Troubles, ...Troubles[]] = [
  {
    claim: 'however datagrams are lost, doubled and reordered',
    ...quiet,
    road: { loss: 0.3, doubling: 0.15, leastDelay: 1, mostDelay: 4000 },
    transports: ['udp'],
  },
  {
    claim: 'with a server that is restarted between any two steps, with or without a farewell',
    ...quiet,
    faults: { 'restart-server': 6 },
  },
  {
    claim: 'with terminals that are killed between any two steps and started again over the same book',
    ...quiet,
    faults: { 'restart-terminal': 6 },
  },
  {
    claim: 'with connections that break or are half-open, and exchanges over HTTP that break off',
    ...quiet,
    road: { loss: 0.05, mostDelay: 1500 },
    breaks: 0.25,
    transports: streams,
    faults: { 'break-streams': 8 },
  },
  {
    claim: 'with a network that is cut for a while',
    ...quiet,
    faults: { cut: 5 },
  },
  {
    claim: 'with stores that are slow, answer in another order, or fail',
    ...quiet,
    disk: { slowness: 3000, failures: 0.05 },
    faults: { purge: 1 },
  },
  {
    claim: 'with a directory that is lost in the middle of a refresh, and forgets its cookies',
    ...quiet,
    faults: { 'lose-directory': 5, 'forget-cookies': 2, purge: 2 },
  },
  {
    claim: 'with a directory of which many suddenly cannot be read, whose removals the brake holds',
    ...quiet,
    faults: { hide: 2, 'lose-directory': 1, 'restart-server': 1 },
    brake: true,
  },
  everythingAtOnce('whatever goes wrong at once'),
  everythingAtOnce('whatever goes wrong at once, the brake among it', true),
];

function everythingAtOnce(claim: string, brake = false): Troubles {
  return {
    claim,
    road: { loss: 0.15, doubling: 0.1, mostDelay: 1500 },
    breaks: 0.1,
    disk: { slowness: 300, failures: 0.02 },
    transports: every,
    faults: {
      'restart-server': 2,
      'restart-terminal': 2,
      'break-streams': 1,
      cut: 1,
      'lose-directory': 1,
      'forget-cookies': 1,
      purge: 1,
      ...(brake && { hide: 1 }),
    },
    brake,
  };
}

export const troublesOf = (seed: number): Troubles => troubles[seed % troubles.length] ?? troubles[0];

/** A fault of these, as often as they come beside `others` of other things; else a number below `others`. */
export function drawFault({ faults }: Troubles, chance: Chance, others: number): Fault | number {
  const weighed = Object.entries(faults) as [Fault, number][];
  let draw = chance.share() * weighed.reduce((sum, [, weight]) => sum + weight, others);
  for (const [fault, weight] of weighed) {
    if (draw < weight) return fault;
    draw -= weight;
  }
  return draw;
}
