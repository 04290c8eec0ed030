import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instant } from '../../src/base/time.ts';
import { Follower, type FollowerSaid } from '../../src/ldap/follower.ts';
import { syncCookie } from '../../src/ldap/sync.ts';
import { captured, captures, searchOfCapture } from '../vectors/ldap/captures.ts';
import { written } from './written-events.ts';

/** What a follower makes of a captured stream that arrives in `chunks`. */
function follow(
  name: (typeof captures)[number],
  cut: (stream: Uint8Array) => readonly Uint8Array[],
): readonly string[] {
  const { cookie, said } = captured(name);
  const follower = new Follower({ ...searchOfCapture, urls: ['ldap://slapd'], startTls: false, random: () => 0 });
  const now = instant(0);
  const heard: FollowerSaid[] = [
    ...follower.handle({ kind: 'start' }, now),
    ...follower.handle({ kind: 'connected', cookie: cookie === null ? undefined : syncCookie(cookie) }, now),
  ];
  const events: string[] = [];
  const note = (all: readonly FollowerSaid[]): void => {
    for (const each of all)
      if (each.kind !== 'connect' && each.kind !== 'send' && each.kind !== 'secure' && each.kind !== 'hang-up')
        events.push(written(each));
  };
  note(heard);
  for (const bytes of cut(Uint8Array.from(Buffer.from(said, 'base64')))) {
    note(follower.handle({ kind: 'received', bytes }, now));
    bytes.fill(0xee); // views end with the call
  }
  return events;
}

test.each(captures)('what slapd said in "%s" makes the events that were found right', (name) => {
  expect(follow(name, (stream) => [stream])).toEqual(captured(name).events);
});

test.each(captures)('"%s" makes the same events byte by byte', (name) => {
  expect(follow(name, (stream) => Array.from(stream, (byte) => Uint8Array.of(byte)))).toEqual(captured(name).events);
});

test.each(captures)('"%s" makes the same events however it is cut', (name) =>
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 }), (lengths) => {
      const cut = (stream: Uint8Array): readonly Uint8Array[] => {
        const chunks: Uint8Array[] = [];
        for (let at = 0, turn = 0; at < stream.length; turn += 1) {
          const length = lengths[turn % lengths.length] ?? 1;
          chunks.push(stream.slice(at, at + length));
          at += length;
        }
        return chunks;
      };
      expect(follow(name, cut)).toEqual(captured(name).events);
    }),
    { numRuns: 50 },
  ),
);

test('a captured stream with bytes changed never throws: it is followed, or the connection is given up', () =>
  fc.assert(
    fc.property(
      fc.constantFrom(...captures),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }),
      (name, changes) => {
        const harmed = (stream: Uint8Array): readonly Uint8Array[] => {
          for (const [at, byte] of changes) stream[at % stream.length] = byte;
          return [stream];
        };
        expect(() => follow(name, harmed)).not.toThrow();
      },
    ),
    { numRuns: 1000 },
  ));
