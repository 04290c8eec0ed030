// Rates of notifications (RFC 6446): `max-rate` and `min-rate`, at the notifier.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { later, milliseconds, type Instant } from '../../src/base/time.ts';
import { Notifier, type NotifierSaid } from '../../src/server/notifier.ts';
import { ratesOf } from '../../src/server/rhythm.ts';
import { Tail } from '../../src/server/tail.ts';
import type { SubscriptionId } from '../../src/sip/transaction-user.ts';
import { parseChangeList } from '../../src/wire/change-list.ts';
import { changesType } from '../../src/wire/protocol-version.ts';
import { ada, at, book, listOf, noon, subscribe, telephone, type Asking } from './samples.ts';

const one = 'one' as SubscriptionId;
const after = (count: number): Instant => later(noon, milliseconds(1000 * count));

interface Heard {
  readonly machine: Notifier;
  readonly tail: Tail;
  /** What was said, with how many seconds after noon. */
  readonly log: (readonly [number, NotifierSaid])[];
  announce(count: number, from: number, ...numbers: readonly string[]): void;
  /** Lets time pass, waking the notifier when it asked, and answers each NOTIFY at once unless told not to. */
  pass(until: number, answers?: boolean): void;
  ask(count: number, asking: Asking): void;
}

/** A notifier at revision 10 with one subscription that has all of it. */
function subscribed(event: Readonly<Record<string, string>>): Heard {
  const tail = new Tail({ book, revision: at(10) }, {});
  const machine = new Notifier({
    tailOf: () => tail,
    roomFor: () => Infinity,
    publicUrl: () => 'https://book.example',
  });
  const log: [number, NotifierSaid][] = [];
  const keep = (said: readonly NotifierSaid[], now: Instant): void => {
    for (const each of said) log.push([(now - noon) / 1000, each]);
  };
  const deliver = (now: Instant): void => {
    for (let answered = -1; answered < log.length;) {
      answered = log.length;
      keep(machine.handle({ kind: 'delivered', subscription: one }, now), now);
    }
  };
  const heard: Heard = {
    machine,
    tail,
    log,
    ask: (count, asking) => {
      keep(machine.handle({ kind: 'asked', request: subscribe('one', asking) }, after(count)), after(count));
      deliver(after(count));
    },
    announce: (count, from, ...numbers) => {
      const list = listOf(from, ...numbers.map((number) => telephone(ada, number, `${number}0`)));
      keep(machine.handle({ kind: 'announced', list, tail }, after(count)), after(count));
    },
    pass: (until, answers = true) => {
      for (let due = machine.deadline(); due !== undefined && due <= after(until); due = machine.deadline()) {
        keep(machine.wake(due), due);
        if (answers) deliver(due);
      }
    },
  };
  heard.ask(0, { tag: `${book}.10`, event: { delivery: 'broadcast', ...event } });
  return heard;
}

const notified = ({ log }: Heard): readonly number[] =>
  log.flatMap(([count, { kind }]) => (kind === 'notify' ? [count] : []));

test('max-rate, RFC 6446 §5.3: what comes too early waits, folded, and goes out when the pause is over', () => {
  const heard = subscribed({ 'max-rate': '0.1' });
  heard.announce(3, 10, '1');
  heard.announce(5, 11, '10');
  expect(notified(heard)).toEqual([]);
  heard.pass(30);
  expect(notified(heard)).toEqual([10]);
  const [, last] = heard.log.at(-1) ?? expect.unreachable();
  expect(last).toMatchObject({ kind: 'notify', etag: `${book}.12`, body: { type: changesType } });
  expect(parseChangeList('body' in last ? (last.body?.text ?? '') : '')).toEqual({
    ...listOf(10),
    upTo: 12,
    changes: [telephone(ada, '1', '100')],
  });
  expect(heard.machine.deadline()).toBeUndefined();
});

test('max-rate: a change after a longer silence goes out at once', () => {
  const heard = subscribed({ 'max-rate': '0.1' });
  heard.announce(20, 10, '1');
  expect(notified(heard)).toEqual([20]);
});

test('max-rate: the NOTIFY that follows a SUBSCRIBE, and the last one, are never held up', () => {
  const heard = subscribed({ 'max-rate': '0.001' });
  heard.announce(3, 10, '1');
  const event = { delivery: 'broadcast', 'max-rate': '0.001' };
  heard.ask(4, { tag: `${book}.10`, refresh: true, event });
  expect(heard.log.at(-1)).toMatchObject([4, { kind: 'accept', etag: `${book}.11`, body: { type: changesType } }]);
  heard.announce(5, 11, '2');
  const said = heard.machine.handle({ kind: 'session-over', user: 'one' }, after(6));
  expect(said).toMatchObject([{ kind: 'end', reason: 'rejected' }]);
  expect(heard.machine.deadline()).toBeUndefined();
});

test('max-rate: what is taken back before its time is not told', () => {
  const heard = subscribed({ 'max-rate': '0.1', 'min-rate': '0.02' });
  const { machine, tail } = heard;
  machine.handle({ kind: 'announced', list: listOf(10, telephone(ada, '1', '2')), tail }, after(1));
  machine.handle({ kind: 'announced', list: listOf(11, telephone(ada, '2', '1')), tail }, after(2));
  heard.pass(49);
  expect(notified(heard)).toEqual([]);
  heard.pass(50);
  expect(notified(heard)).toEqual([50]);
});

test('min-rate, RFC 6446 §5.3: where nothing changed the subscriber hears the entity tag, without a body', () => {
  const heard = subscribed({ 'min-rate': '0.05' });
  heard.pass(45);
  expect(notified(heard)).toEqual([20, 40]);
  expect(heard.log.at(-1)).toEqual([40, { kind: 'notify', subscription: one, etag: `${book}.10` }]);
  // A change is told at once, and the pause begins anew.
  heard.announce(50, 10, '1');
  heard.machine.handle({ kind: 'delivered', subscription: one }, after(50));
  heard.pass(75);
  expect(notified(heard)).toEqual([20, 40, 50, 70]);
});

test('min-rate: while a NOTIFY is unanswered, or is to be tried later, none is added to it', () => {
  const heard = subscribed({ 'min-rate': '0.1' });
  heard.announce(1, 10, '1');
  heard.pass(35, false);
  expect(notified(heard)).toEqual([1]);
  heard.machine.handle({ kind: 'undelivered', subscription: one, status: 503, retryAfterSeconds: 100 }, after(36));
  heard.pass(130, false);
  expect(notified(heard)).toEqual([1]);
  heard.pass(140);
  expect(notified(heard)).toEqual([1, 136]);
});

test('what was accepted is said with the 200: a min-rate is lowered to one in ten seconds, and to max-rate', () => {
  const accepted = (event: Readonly<Record<string, string>>) => {
    const [, said] = subscribed(event).log[0] ?? expect.unreachable();
    return said.kind === 'accept' && said.rates !== undefined ? Object.fromEntries(said.rates) : undefined;
  };
  expect(accepted({})).toBeUndefined();
  expect(accepted({ 'max-rate': '2.50', 'min-rate': '0.01' })).toEqual({ 'max-rate': '2.50', 'min-rate': '0.01' });
  expect(accepted({ 'min-rate': '10' })).toEqual({ 'min-rate': '0.1' });
  expect(accepted({ 'max-rate': '0.05', 'min-rate': '0.07' })).toEqual({ 'max-rate': '0.05', 'min-rate': '0.05' });
  // The third of RFC 6446 is not had, and so not said.
  expect(accepted({ 'adaptive-min-rate': '0.1' })).toBeUndefined();
});

test.each(['0', '0.0', '100', '-1', '1e1', '', 'often', '1.', '.5', '1.12345678901'])(
  'a rate of "%s" is 400',
  (rate) => {
    for (const name of ['max-rate', 'min-rate'])
      expect(subscribed({ [name]: rate }).log).toMatchObject([[0, { kind: 'refuse', status: 400 }]]);
  },
);

test('a SUBSCRIBE without rates takes them back', () => {
  const heard = subscribed({ 'max-rate': '0.01', 'min-rate': '0.01' });
  heard.announce(1, 10, '1');
  heard.ask(2, { tag: `${book}.11`, refresh: true, event: { delivery: 'broadcast' } });
  heard.announce(3, 11, '2');
  expect(notified(heard)).toEqual([3]);
  heard.pass(1000);
  expect(notified(heard)).toEqual([3]);
});

test('however changes and answers fall, NOTIFYs keep their distance, none is later than it need be, and the last says all', () =>
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 20 }),
      fc.constantFrom('0.05', '0.1', '1', '4'),
      fc.constantFrom(undefined, '0.02'),
      (pauses, most, least) => {
        const heard = subscribed({ 'max-rate': most, ...(least !== undefined && { 'min-rate': least }) });
        let now = 0;
        let revision = 10;
        for (const pause of pauses) {
          now += pause;
          heard.pass(now);
          heard.announce(now, revision, `${revision}`);
          heard.machine.handle({ kind: 'delivered', subscription: one }, after(now));
          revision += 1;
        }
        heard.pass(now + 100);
        const at = [0, ...notified(heard)];
        for (const [index, count] of at.slice(1).entries()) {
          const distance = count - (at[index] ?? 0);
          expect(distance).toBeGreaterThanOrEqual(1 / Number(most) - 1e-6);
          if (least !== undefined) expect(distance).toBeLessThanOrEqual(1 / Number(least) + 1e-6);
        }
        expect(heard.log.findLast(([, said]) => said.kind === 'notify')?.[1]).toMatchObject({
          etag: `${book}.${revision}`,
        });
      },
    ),
    { numRuns: 200 },
  ));

test('any parameters are rates, none, or bad', () =>
  fc.assert(
    fc.property(fc.option(fc.string()), fc.option(fc.double({ min: 0.001, max: 99 }).map(String)), (one, other) => {
      const rates = ratesOf(
        new Map([
          ...(one === null ? [] : [['max-rate', one] as const]),
          ...(other === null ? [] : [['min-rate', other] as const]),
        ]),
      );
      if (rates === 'bad' || rates === undefined) return;
      expect(rates.atLeastApart).toBeLessThanOrEqual(rates.atMostApart);
    }),
  ));
