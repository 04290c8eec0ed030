import * as v from 'valibot';
import type { PersonId } from '../book/person-id.ts';
import { personIdSchema } from './change-list.ts';
import { parseJson } from './problem.ts';
import { eventPackage } from './protocol-version.ts';

/**
 * Who is notified of a change, and what the server learns of the personal address book:
 * `notice` everyone, come and get it; `broadcast` everyone, the changes themselves; `held` only those
 * who hold a person that changed, whom the SUBSCRIBE names.
 */
export type Delivery = 'notice' | 'broadcast' | 'held';

export const deliveries: readonly Delivery[] = ['notice', 'broadcast', 'held'];

/** The Event header of a subscription with this delivery. */
export const eventOf = (delivery: Delivery): string => `${eventPackage};delivery=${delivery}`;

/** The delivery that an Event header's parameter names; `notice` where it is absent, undefined where it is none of ours. */
export const deliveryOf = (parameter: string | undefined): Delivery | undefined =>
  deliveries.find((delivery) => delivery === (parameter ?? 'notice'));

const heldSchema: v.GenericSchema<unknown, { readonly held: readonly PersonId[] }> = v.object({
  held: v.pipe(v.array(personIdSchema), v.maxLength(100_000)),
});

export const printHeld = (people: readonly PersonId[]): string => JSON.stringify({ held: people });

/** @throws WireFault when `text` does not name persons */
export const parseHeld = (text: string): ReadonlySet<PersonId> =>
  new Set(parseJson(heldSchema, text, 'list of held persons').held);
