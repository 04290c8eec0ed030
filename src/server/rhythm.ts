// How often a subscriber wants to hear (RFC 6446): `max-rate` and `min-rate` in the Event header, both in
// notifications a second.
//
// At most: what comes too early waits and is folded with what comes after it. At least: where nothing came, the
// subscriber hears that it still has the newest state. Neither holds up the NOTIFY that follows a
// SUBSCRIBE, nor the last one. A SUBSCRIBE without them takes them back.

import { later, milliseconds, type Instant, type Milliseconds } from '../base/time.ts';
import { alarm, type Agenda, type Alarm } from '../sip/agenda.ts';

export interface Rates {
  readonly atLeastApart: Milliseconds;
  /** Infinity where nothing is to be sent without need. */
  readonly atMostApart: Milliseconds;
  /** As accepted, for Subscription-State. */
  readonly accepted: ReadonlyMap<string, string>;
}

/** The rates of one subscription, and when it was last notified. */
export interface Rhythm {
  readonly rates: Rates;
  readonly alarm: Alarm;
  sentAt: Instant;
}

/** A rate above this is lowered: a NOTIFY that says nothing new, each ten seconds, is burden enough. */
const mostMinRate = '0.1';

/** RFC 6446 §8.3. */
const shape = /^\d{1,2}(?:\.\d{1,10})?$/;

/** What the parameters of an Event header ask; undefined where they ask nothing, 'bad' where a rate is none. */
export function ratesOf(parameters: ReadonlyMap<string, string>): Rates | 'bad' | undefined {
  const [most, wanted] = [parameters.get('max-rate'), parameters.get('min-rate')];
  if (most === undefined && wanted === undefined) return undefined;
  if (![most, wanted].every((text) => text === undefined || (shape.test(text) && Number(text) > 0))) return 'bad';
  // The least of the three, each as it is written.
  const least = wanted && [wanted, mostMinRate, ...(most === undefined ? [] : [most])].reduce(lower);
  const accepted = new Map<string, string>();
  if (most !== undefined) accepted.set('max-rate', most);
  if (least !== undefined) accepted.set('min-rate', least);
  return { atLeastApart: gap(most) ?? milliseconds(0), atMostApart: gap(least) ?? milliseconds(Infinity), accepted };
}

const lower = (one: string, other: string): string => (Number(other) < Number(one) ? other : one);

const gap = (rate: string | undefined): Milliseconds | undefined =>
  rate === undefined ? undefined : milliseconds(1000 / Number(rate));

export const rhythm = (rates: Rates, now: Instant, ring: (now: Instant) => void): Rhythm => ({
  rates,
  alarm: alarm(ring),
  sentAt: now,
});

/** From now on counted: the next is due, at the latest, when the longest pause is over. */
export function keepTime(kept: Rhythm, agenda: Agenda<Alarm>, now: Instant): void {
  kept.sentAt = now;
  awaitOverdue(kept, agenda);
}

export const awaitOverdue = (kept: Rhythm, agenda: Agenda<Alarm>): void =>
  agenda.set(kept.alarm, later(kept.sentAt, kept.rates.atMostApart));

/** The longest pause is over: what is sent now need not say anything new. */
export const isOverdue = (kept: Rhythm | undefined, now: Instant): boolean =>
  kept !== undefined && now >= later(kept.sentAt, kept.rates.atMostApart);
