// Whom a subscription names, where its delivery is `held`. The server then tells only of the named; so one
// who is kept later is named by a refresh, and, once that is accepted, compared: what changed between
// the keeping and the naming was told to nobody.

import type { PersonId } from '../book/person-id.ts';
import { printEntityTag } from '../wire/change-list.ts';
import type { Delivery } from '../wire/interest.ts';
import type { Naming } from './hearing.ts';
import type { Holdings } from './personal-address-book.ts';

export interface Names {
  readonly named: ReadonlySet<PersonId>;
  /** A SUBSCRIBE is out. */
  readonly underWay: boolean;
  /** In the SUBSCRIBE that is out, and not in the one before. */
  readonly added: ReadonlySet<PersonId>;
  /** Named now, and not yet compared. */
  readonly toCheck: ReadonlySet<PersonId>;
}

const nobody: ReadonlySet<PersonId> = new Set();
export const noNames: Names = { named: nobody, underWay: false, added: nobody, toCheck: nobody };

/** The names of a first SUBSCRIBE. Its Suppress-If-Match makes the server tell all that is new since. */
export const firstNames = (holdings: Holdings): Names => ({
  ...noNames,
  named: new Set(holdings.people.keys()),
  underWay: true,
});

/** The names of a refresh. */
export const nextNames = (names: Names, holdings: Holdings): Names => ({
  ...names,
  named: new Set(holdings.people.keys()),
  underWay: true,
  added: new Set([...names.added, ...[...holdings.people.keys()].filter((person) => !names.named.has(person))]),
});

/** Whether others are held than are named. */
export const misnames = ({ named }: Names, { people }: Holdings): boolean =>
  named.size !== people.size || [...people.keys()].some((person) => !named.has(person));

/** Held, but perhaps not known to the server as such: its notifications may leave their changes out. */
export const unnamed = ({ named, added, toCheck }: Names, { people }: Holdings): ReadonlySet<PersonId> =>
  new Set([...people.keys()].filter((each) => !named.has(each) || added.has(each) || toCheck.has(each)));

export const accepted = (names: Names, delivery: Delivery): Names => ({
  ...names,
  underWay: false,
  added: nobody,
  toCheck: delivery === 'held' ? new Set([...names.toCheck, ...names.added]) : nobody,
});

export const checked = (names: Names, people: ReadonlySet<PersonId>): Names =>
  people.size === 0 ? names : { ...names, toCheck: new Set([...names.toCheck].filter((each) => !people.has(each))) };

export const printNames = (names: Names, { mark }: Holdings, delivery: Delivery): Naming => ({
  ...(mark !== undefined && { suppressIfMatch: printEntityTag(mark) }),
  ...(delivery === 'held' && { held: [...names.named].sort() }),
});
