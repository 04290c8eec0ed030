// What a SUBSCRIBE chooses: its delivery, the bodies that it takes, its rates, whom it holds.

import type { PersonId } from '../book/person-id.ts';
import type { SubscribeRequest } from '../sip/transaction-user.ts';
import { deliveries, deliveryOf, parseHeld } from '../wire/interest.ts';
import { WireFault } from '../wire/problem.ts';
import { heldType } from '../wire/protocol-version.ts';
import { takesOf } from './notification-body.ts';
import { ratesOf, type Rates } from './rhythm.ts';
import type { KeptSubscription } from './subscription-store.ts';
import type { Choice, Subscription } from './subscriptions.ts';

export interface Asked {
  readonly choice: Choice;
  readonly rates: Rates | undefined;
  readonly held?: ReadonlySet<PersonId>;
}

export interface Refusal {
  readonly status: number;
  readonly reason: string;
}

/** As they were accepted once. */
export function readRates(kept: KeptSubscription['rates']): Rates | undefined {
  const rates = ratesOf(new Map(Object.entries(kept ?? {})));
  return rates === 'bad' ? undefined : rates;
}

/** What a SUBSCRIBE chooses, or why it cannot. */
export function readChoice(request: SubscribeRequest, known: Subscription | undefined): Asked | Refusal {
  const delivery = deliveryOf(request.parameters.get('delivery'));
  if (delivery === undefined) return { status: 400, reason: `delivery must be one of ${deliveries.join(', ')}` };
  const takes = takesOf(request.accept);
  if (takes === undefined) return { status: 406, reason: 'None of the bodies of this event package is accepted' };
  const rates = ratesOf(request.parameters);
  if (rates === 'bad') return { status: 400, reason: 'max-rate and min-rate must be numbers above 0 and under 100' };
  const choice: Choice = { delivery, takes };
  if (delivery !== 'held') return { choice, rates };
  if (request.body === undefined)
    return known?.choice.delivery === 'held'
      ? { choice, rates }
      : { status: 400, reason: 'delivery=held needs a body that names the held persons' };
  const type = request.body.type.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== heldType) return { status: 415, reason: `The body of delivery=held must be ${heldType}` };
  try {
    return { choice, rates, held: parseHeld(request.body.text) };
  } catch (fault) {
    if (fault instanceof WireFault) return { status: 400, reason: fault.message };
    throw fault;
  }
}
