// The connections of an endpoint, from opened to closed: octets that are not yet a message, how long a
// message may take, and who has not yet shown who they are. Connections cost the server memory before
// anybody is authenticated, so each waits for one thing only, and for a bounded time.

import type { Instant, Milliseconds } from '../base/time.ts';
import { later, seconds } from '../base/time.ts';
import { alarm } from './agenda.ts';
import type { Agenda, Alarm } from './agenda.ts';
import type { EndpointCounts } from './counts.ts';
import { StreamFramer } from './frame.ts';
import type { Framed } from './frame.ts';
import type { Flow, FlowPath, Said } from './transaction-user.ts';

export interface StreamLimits {
  /** From the first octet of a message on a stream to its last. */
  readonly messageWithin: Milliseconds;
  /** For a peer to be authenticated, on a connection to a notifier. */
  readonly strangerWithin: Milliseconds;
  /** So many connections may be of strangers; the one that waits longest makes way for the next. */
  readonly mostStrangers: number;
  /** Of the unfinished messages of all strangers together. */
  readonly mostStrangerOctets: number;
}

const defaults: StreamLimits = {
  // A SUBSCRIBE that names 20,000 persons, about 200 kB, comes in time over 100 kbit/s.
  messageWithin: seconds(20),
  // A challenge and its answer take two rounds; a person types nothing meanwhile.
  strangerWithin: seconds(30),
  // All terminals of a large enterprise, back at once after a power cut, are let in within seconds.
  mostStrangers: 10_000,
  // A usual SUBSCRIBE comes whole and holds nothing; 300 of the largest may be on their way at once.
  mostStrangerOctets: 64 * 1024 * 1024,
};

interface Stream {
  readonly framer: StreamFramer;
  readonly slow: Alarm;
  /** What it counts in `#strangerOctets`. */
  counted: number;
}

export class Streams {
  readonly #agenda: Agenda<Alarm>;
  readonly #say: (output: Said) => void;
  readonly #limits: StreamLimits;
  readonly #streams = new Map<Flow, Stream>();
  /** In the order in which they came. */
  readonly #strangers = new Map<Flow, Alarm>();
  #strangerOctets = 0;

  constructor(agenda: Agenda<Alarm>, say: (output: Said) => void, limits: Partial<StreamLimits> = {}) {
    this.#agenda = agenda;
    this.#say = say;
    this.#limits = { ...defaults, ...limits };
  }

  counts(): Pick<EndpointCounts, 'streams' | 'strangers'> {
    return { streams: this.#streams.size, strangers: this.#strangers.size };
  }

  /** A connection to a notifier: who is at its end is not known yet. Datagrams have no end to wait at. */
  hearStranger({ flow, transport }: FlowPath, now: Instant): void {
    if (transport === 'UDP') return;
    const impatient = alarm(() => this.#turnAway(flow));
    this.#strangers.set(flow, impatient);
    this.#agenda.set(impatient, later(now, this.#limits.strangerWithin));
    const [longest] = this.#strangers.keys();
    if (this.#strangers.size > this.#limits.mostStrangers && longest !== undefined) this.#turnAway(longest);
  }

  /** The peer at the end of `flow` is authenticated, or is one that we ask ourselves. */
  know(flow: Flow): void {
    const impatient = this.#strangers.get(flow);
    if (impatient === undefined) return;
    this.#strangers.delete(flow);
    this.#agenda.drop(impatient);
    const stream = this.#streams.get(flow);
    if (stream !== undefined) this.#count(stream, 0);
  }

  /** From now on line breaks on `flow` are answers to our pings (RFC 5626 §4.4.1). */
  ping(flow: Flow): void {
    (this.#streams.get(flow) ?? this.#begin(flow)).framer.pinging = true;
  }

  push(flow: Flow, bytes: Uint8Array, now: Instant): readonly Framed[] {
    const stream = this.#streams.get(flow) ?? this.#begin(flow);
    const { framer, slow } = stream;
    const framed = framer.push(bytes);
    if (this.#strangers.has(flow)) this.#hold(flow, stream);
    if (!framer.unfinished) this.#agenda.drop(slow);
    else if (slow.place < 0 || framed.length > 0) this.#agenda.set(slow, later(now, this.#limits.messageWithin));
    return framed;
  }

  /** Nothing is left of what was heard on `flow`. */
  forget(flow: Flow): void {
    this.know(flow);
    const stream = this.#streams.get(flow);
    if (stream === undefined) return;
    this.#streams.delete(flow);
    this.#agenda.drop(stream.slow);
  }

  #begin(flow: Flow): Stream {
    const slow = alarm(() => {
      this.#say({ kind: 'malformed', flow, section: 'RFC 3261 §18.3', problem: 'a message was not complete in time' });
      this.#say({ kind: 'close', flow });
    });
    const stream = { framer: new StreamFramer(), slow, counted: 0 };
    this.#streams.set(flow, stream);
    return stream;
  }

  /** Who makes the strangers' unfinished messages too many together is turned away. */
  #hold(flow: Flow, stream: Stream): void {
    this.#count(stream, stream.framer.octets);
    if (stream.counted > 0 && this.#strangerOctets > this.#limits.mostStrangerOctets) this.#turnAway(flow);
  }

  #count(stream: Stream, octets: number): void {
    this.#strangerOctets += octets - stream.counted;
    stream.counted = octets;
  }

  #turnAway(flow: Flow): void {
    this.know(flow);
    this.#say({ kind: 'close', flow });
  }
}
