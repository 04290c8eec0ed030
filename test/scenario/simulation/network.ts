// The network between one terminal and the server: datagrams, streams, and exchanges over HTTP, which all
// go by the same road. A road may lose, double, delay and reorder, and may be cut for a while.

import type { Chance } from './chance.ts';
import type { Timeline } from './timeline.ts';

/** How a road is; may change while it is used. */
export interface Road {
  /** Of datagrams, and of segments of a stream, which then come later. */
  loss: number;
  doubling: number;
  /** Each way, in milliseconds. */
  leastDelay: number;
  mostDelay: number;
  cut: boolean;
}

export const goodRoad: Readonly<Road> = { loss: 0, doubling: 0, leastDelay: 1, mostDelay: 10, cut: false };

export interface Network {
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly road: Road;
}

const delayOf = ({ chance, road }: Network): number => chance.between(road.leastDelay, road.mostDelay);

/** How long a lost segment takes to be sent again. */
const retransmission = 300;

export function sendDatagram(network: Network, arrive: () => void): void {
  const { timeline, chance, road } = network;
  if (road.cut) return;
  if (!chance.is(road.loss)) timeline.after(delayOf(network), arrive);
  if (chance.is(road.doubling)) timeline.after(delayOf(network), arrive);
}

/** Something that arrives for certain, though late: after what was sent before it the same way. */
export class Lane {
  readonly #network: Network;
  #last = 0;

  constructor(network: Network) {
    this.#network = network;
  }

  send(arrive: () => void): void {
    const { timeline, chance, road } = this.#network;
    let delay = delayOf(this.#network);
    while (chance.is(road.loss)) delay += retransmission;
    this.#last = Math.max(this.#last, timeline.elapsed + delay);
    timeline.after(this.#last - timeline.elapsed, () => this.#pass(arrive));
  }

  /** Through a road that is cut nothing passes; what is next in the lane waits too. */
  #pass(arrive: () => void): void {
    const { timeline, road } = this.#network;
    if (!road.cut) return arrive();
    this.#last = timeline.elapsed + retransmission;
    timeline.after(retransmission, () => this.#pass(arrive));
  }
}

/** One end of a stream, as its process sees it. */
export interface StreamEnd {
  hear(bytes: Uint8Array): void;
  closed(): void;
}

export type Side = 'terminal' | 'server';

const other: Readonly<Record<Side, Side>> = { terminal: 'server', server: 'terminal' };

/** A connection: octets in order, in pieces of any size, until it breaks. `whole` keeps messages whole (WebSocket). */
export class Stream {
  readonly #network: Network;
  readonly #whole: boolean;
  readonly #ends: Record<Side, StreamEnd | undefined>;
  readonly #lanes: Readonly<Record<Side, Lane>>;
  #broken = false;

  constructor(network: Network, whole: boolean, ends: Readonly<Record<Side, StreamEnd>>) {
    this.#network = network;
    this.#whole = whole;
    this.#ends = { ...ends };
    this.#lanes = { terminal: new Lane(network), server: new Lane(network) };
  }

  /** Whether the terminal has been told that it broke, or ended it. */
  get over(): boolean {
    return this.#ends.terminal === undefined;
  }

  send(from: Side, bytes: Uint8Array): void {
    if (this.#ends[from] === undefined) return;
    // Who sends into a connection that broke is told so (RST), in time.
    if (this.#broken) return this.#tellLater(from);
    for (const piece of this.#pieces(bytes))
      this.#lanes[from].send(() => {
        if (!this.#broken) this.#ends[other[from]]?.hear(piece);
      });
  }

  /** One end closes it; the other hears of it after what was sent before. */
  close(from: Side): void {
    this.#ends[from] = undefined;
    this.#lanes[from].send(() => {
      this.#broken = true;
      this.#tell(other[from]);
    });
  }

  /** It breaks underway: each end is told at once, in time, or, where it is half-open, when it next sends. */
  break(): void {
    if (this.#broken) return;
    this.#broken = true;
    for (const side of ['terminal', 'server'] as const) if (this.#network.chance.is(0.6)) this.#tellLater(side);
  }

  /** The process at this end is gone: it is told nothing any more; nor is the other end, where power was lost. */
  abandon(side: Side, silently: boolean): void {
    if (silently) {
      this.#ends[side] = undefined;
      this.#broken = true;
    } else this.close(side);
  }

  #tellLater(side: Side): void {
    this.#network.timeline.after(delayOf(this.#network), () => this.#tell(side));
  }

  #tell(side: Side): void {
    const end = this.#ends[side];
    this.#ends[side] = undefined;
    end?.closed();
  }

  #pieces(bytes: Uint8Array): readonly Uint8Array[] {
    const { chance } = this.#network;
    if (this.#whole || bytes.length < 2 || chance.is(0.5)) return [bytes];
    const cut = chance.between(1, bytes.length - 1);
    return [bytes.subarray(0, cut), bytes.subarray(cut)];
  }
}

/** A terminal waits no longer than this for an answer over HTTP. */
export const httpTimeLimit = 60_000;

/** The server's part of an exchange; undefined where nobody listens, or whoever did was killed. */
export type Asked<Answer> = (tell: (answer: Answer | undefined) => void) => void;

/** Asks over HTTP: `tell` is called once. `breaks`: how often the connection is lost on either way. */
export function exchange<Answer>(
  network: Network,
  asked: Asked<Answer>,
  { breaks, tell }: { readonly breaks: number; readonly tell: (answer: Answer | undefined) => void },
): void {
  const { timeline, chance } = network;
  let over = false;
  const end = (answer: Answer | undefined): void => {
    if (!over) tell(answer);
    over = true;
  };
  timeline.after(httpTimeLimit, () => end(undefined));
  if (chance.is(breaks)) return timeline.after(delayOf(network), () => end(undefined));
  new Lane(network).send(() => {
    // The question is there, but whoever asked is told that the connection was lost.
    if (chance.is(breaks)) timeline.after(delayOf(network), () => end(undefined));
    asked((answer) => new Lane(network).send(() => end(answer)));
  });
}
