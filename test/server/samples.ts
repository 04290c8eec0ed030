// Persons, changes and SUBSCRIBEs that the tests of the server's face speak of.

import { instant, type Instant } from '../../src/base/time.ts';
import { bookId, revision, type Change, type Revision } from '../../src/book/change.ts';
import type { ChangeList } from '../../src/book/change-list.ts';
import { personId, type PersonId } from '../../src/book/person-id.ts';
import type { Body, Flow, SubscribeRequest, SubscriptionId, Transport } from '../../src/sip/transaction-user.ts';

export const book = bookId('0b9f6c1e-3f5a-4d5e-9a55-6f6c2f5f0d11');
export const otherBook = bookId('11111111-2222-4333-8444-555555555555');
export const ada = personId('ada2');
export const ben = personId('ben2');
export const eve = personId('eve2');

export const at = (revisionNumber: number): Revision => revision(revisionNumber);
export const noon: Instant = instant(1_000_000);

export const telephone = (person: PersonId, from: string, to: string): Change => ({
  kind: 'altered',
  person,
  from: { officeTelephone: from },
  to: { officeTelephone: to },
});

export const listOf = (after: number, ...changes: readonly Change[]): ChangeList => ({
  book,
  after: at(after),
  upTo: at(after + changes.length),
  changes,
});

export interface Asking {
  readonly tag?: string;
  readonly refresh?: boolean;
  readonly event?: Readonly<Record<string, string>>;
  readonly accept?: readonly string[];
  readonly user?: string;
  readonly expires?: number;
  readonly body?: Body;
  readonly transport?: Transport;
  /** The address that it comes from. */
  readonly from?: string;
}

export function subscribe(id: string, asking: Asking = {}): SubscribeRequest {
  const address = { host: '192.0.2.1', port: 5060 };
  return {
    subscription: id as SubscriptionId,
    refresh: asking.refresh ?? false,
    user: asking.user ?? id,
    path: {
      flow: 'udp:1' as Flow,
      transport: asking.transport ?? 'UDP',
      local: address,
      remote: { ...address, host: asking.from ?? address.host },
    },
    event: 'address-book',
    lasting: (asking.transport ?? 'UDP') === 'UDP',
    parameters: new Map(Object.entries(asking.event ?? {})),
    expiresInSeconds: asking.expires ?? 3600,
    accept: asking.accept ?? [],
    ...(asking.tag !== undefined && { suppressIfMatch: asking.tag }),
    ...(asking.body && { body: asking.body }),
  };
}
