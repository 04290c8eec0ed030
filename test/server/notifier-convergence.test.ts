// However things interleave, each terminal ends right. The network here does what the endpoint does: one
// NOTIFY in flight a subscription, a refresh's waits behind it, and the last answer only is told.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { later, milliseconds, seconds, type Instant } from '../../src/base/time.ts';
import { altered, type Fields } from '../../src/book/person.ts';
import type { PersonId } from '../../src/book/person-id.ts';
import { Notifier, type NotifierHeard, type NotifierSaid } from '../../src/server/notifier.ts';
import { Tail } from '../../src/server/tail.ts';
import { subscriptionId } from '../../src/sip/transaction-user.ts';
import { parseChangeList } from '../../src/wire/change-list.ts';
import { printHeld } from '../../src/wire/interest.ts';
import { heldType } from '../../src/wire/protocol-version.ts';
import { ada, at, ben, book, eve, listOf, noon, subscribe } from './samples.ts';

const people = [ada, ben, eve];

/** A terminal as the protocol's §5 has it: it applies a list that joins on, and has no other way to learn. */
class Terminal {
  revision = 10;
  readonly values = new Map<PersonId, Fields>();
  readonly holds: ReadonlySet<PersonId>;
  constructor(holds: readonly PersonId[]) {
    this.holds = new Set(holds);
  }
  hear(text: string): void {
    const list = parseChangeList(text);
    if (list.upTo <= this.revision) return;
    expect(list.after).toBeLessThanOrEqual(this.revision);
    for (const change of list.changes)
      if (change.kind === 'altered' && this.holds.has(change.person))
        this.values.set(change.person, altered(this.values.get(change.person) ?? {}, change));
    this.revision = list.upTo;
  }
}

class Network {
  readonly terminals: readonly Terminal[] = [[ada], [ben, eve], people].map((holds) => new Terminal(holds));
  readonly truth = new Map<PersonId, Fields>();
  readonly #tail = new Tail({ book, revision: at(10) });
  readonly #machine = new Notifier({
    tailOf: () => this.#tail,
    roomFor: () => Infinity,
    publicUrl: () => '',
    window: 2,
  });
  readonly #event: Readonly<Record<string, string>>;
  /** By terminal: the body in flight, and the one that waits behind it. */
  readonly #flights = new Map<string, { readonly text: string; next?: string }>();
  #now: Instant = noon;
  #head = 10;

  constructor(delivery: string) {
    this.#event = { delivery };
  }

  change(person: PersonId, value: string): void {
    const from = this.truth.get(person) ?? {};
    const to: Fields = { officeTelephone: value };
    this.truth.set(person, to);
    const list = listOf(this.#head, { kind: 'altered', person, from, to });
    this.#tell({ kind: 'announced', list, tail: this.#tail });
    this.#head += 1;
  }

  subscribe(index: number, refresh: boolean): void {
    const terminal = this.terminals[index];
    if (terminal === undefined) return;
    const body = { type: heldType, text: printHeld([...terminal.holds]) };
    const tag = `${book}.${terminal.revision}`;
    this.#tell(
      { kind: 'asked', request: subscribe(String(index), { refresh, tag, event: this.#event, body }) },
      refresh,
    );
  }

  answer(index: number, lost: boolean): void {
    const subscription = subscriptionId(String(index));
    const flight = this.#flights.get(subscription);
    if (flight === undefined) return;
    this.#flights.delete(subscription);
    if (lost) return this.#tell({ kind: 'undelivered', subscription, status: 503, retryAfterSeconds: 1 });
    if (flight.text !== '') this.terminals[index]?.hear(flight.text);
    if (flight.next === undefined) this.#tell({ kind: 'delivered', subscription });
    else this.#flights.set(subscription, { text: flight.next });
  }

  pass(time: ReturnType<typeof milliseconds>): void {
    this.#now = later(this.#now, time);
    this.#carry(this.#machine.wake(this.#now), false);
  }

  #tell(heard: NotifierHeard, refresh = false): void {
    this.#carry(this.#machine.handle(heard, this.#now), refresh);
  }

  #carry(said: readonly NotifierSaid[], refresh: boolean): void {
    for (const each of said) {
      if (each.kind !== 'notify' && each.kind !== 'accept') continue;
      const flight = this.#flights.get(each.subscription);
      if (each.kind === 'notify') expect(flight).toBeUndefined();
      if (each.kind === 'accept' && each.suppress && refresh) continue; // 204: no NOTIFY
      const text = each.body?.text ?? '';
      if (flight === undefined) this.#flights.set(each.subscription, { text });
      else flight.next = text;
    }
  }
}

const events = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('change' as const), person: fc.constantFrom(...people), value: fc.nat(3) }),
    fc.record({ kind: fc.constant('answer' as const), terminal: fc.nat(2), lost: fc.boolean() }),
    fc.record({ kind: fc.constant('refresh' as const), terminal: fc.nat(2) }),
  ),
  { maxLength: 60 },
);

test.each(['broadcast', 'held'])(
  'however changes, answers, losses and refreshes interleave, each %s terminal ends with the book’s values',
  (delivery) => {
    fc.assert(
      fc.property(events, (happened) => {
        const network = new Network(delivery);
        network.terminals.forEach((_, index) => network.subscribe(index, false));
        for (const each of happened) {
          network.pass(milliseconds(100));
          if (each.kind === 'answer') network.answer(each.terminal, each.lost);
          else if (each.kind === 'refresh') network.subscribe(each.terminal, true);
          else network.change(each.person, String(each.value));
        }
        for (let round = 0; round < 20; round += 1) {
          network.pass(seconds(2));
          network.terminals.forEach((_, index) => network.answer(index, false));
        }
        for (const terminal of network.terminals)
          for (const person of terminal.holds) expect(terminal.values.get(person)).toEqual(network.truth.get(person));
      }),
      { numRuns: 300 },
    );
  },
);
