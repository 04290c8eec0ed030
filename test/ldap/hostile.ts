// What any octets and texts may do to the LDAP parser, the follower and the filter: an LdapFault, or nothing.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { instant } from '../../src/base/time.ts';
import { AttributeNames } from '../../src/ldap/attributes.ts';
import { LdapFault } from '../../src/ldap/fault.ts';
import { printFilter } from '../../src/ldap/filter.ts';
import { Follower } from '../../src/ldap/follower.ts';
import type { FollowerSaid } from '../../src/ldap/line.ts';
import { parseMessage } from '../../src/ldap/message.ts';
import { syncCookie } from '../../src/ldap/sync.ts';
import { edited, inPieces } from '../fuzz/octets.ts';
import type { FuzzProperty } from '../fuzz/property.ts';
import { captured, captures, searchOfCapture, timeOfCapture } from '../vectors/ldap/captures.ts';
import { written } from './written-events.ts';

const streams = captures.map((name) => Uint8Array.from(Buffer.from(captured(name).said, 'base64')));

/** What a follower makes of a captured stream that arrives in `chunks`. */
export function follow(
  name: (typeof captures)[number],
  chunks: (stream: Uint8Array) => readonly Uint8Array[],
): readonly string[] {
  const { cookie, said } = captured(name);
  const follower = new Follower({ ...searchOfCapture, urls: ['ldap://slapd'], startTls: false, random: () => 0 });
  const now = instant(0);
  const events: string[] = [];
  const note = (all: readonly FollowerSaid[]): void => {
    for (const each of all)
      if (each.kind !== 'connect' && each.kind !== 'send' && each.kind !== 'secure' && each.kind !== 'hang-up')
        events.push(written(each));
  };
  note(follower.handle({ kind: 'start' }, now));
  note(
    follower.handle(
      { kind: 'connected', cookie: cookie === null ? undefined : syncCookie(cookie), at: timeOfCapture },
      now,
    ),
  );
  for (const bytes of chunks(Uint8Array.from(Buffer.from(said, 'base64')))) {
    note(follower.handle({ kind: 'received', bytes }, now));
    bytes.fill(0xee); // views end with the call
  }
  return events;
}

const harmedPart = fc
  .tuple(edited(streams, 5), fc.nat())
  .map(([stream, from]) => stream.slice(from % stream.length, (from % stream.length) + 400));

const orLdapFault = (work: () => unknown): void => {
  try {
    work();
  } catch (fault) {
    assert.ok(fault instanceof LdapFault, String(fault));
  }
};

export const anyOctetsParse: FuzzProperty = {
  name: 'ldap-parser',
  property: fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), harmedPart), (bytes) =>
    orLdapFault(() => parseMessage(bytes, new AttributeNames())),
  ),
};

/** A captured stream with octets changed is followed, or the connection is given up. */
export const anyHarmFollows: FuzzProperty = {
  name: 'ldap-follower',
  property: fc.property(
    fc.constantFrom(...captures),
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }),
    fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 }),
    (name, changes, lengths) => {
      follow(name, (stream) => {
        for (const [at, octet] of changes) stream[at % stream.length] = octet;
        return inPieces(stream, lengths);
      });
    },
  ),
};

/** However a captured stream is cut, it makes the same events. */
export const anyCutFollows: FuzzProperty = {
  name: 'ldap-stream',
  property: fc.property(
    fc.constantFrom(...captures),
    fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 }),
    (name, lengths) =>
      assert.deepEqual(
        follow(name, (stream) => inPieces(stream, lengths)),
        captured(name).events,
      ),
  ),
};

export const anyFilterPrints: FuzzProperty = {
  name: 'ldap-filter',
  property: fc.property(
    fc.string({ unit: fc.constantFrom('(', ')', '&', '|', '!', '=', '*', ':', '\\', 'a', '2') }),
    (filter) => orLdapFault(() => printFilter(filter)),
  ),
};
