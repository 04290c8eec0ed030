import fc from 'fast-check';
import { expect, test } from 'vitest';
import { captured, captures } from '../vectors/ldap/captures.ts';
import { anyCutFollows, anyHarmFollows, follow } from './hostile.ts';

test.each(captures)('what slapd said in "%s" makes the events that were found right', (name) => {
  expect(follow(name, (stream) => [stream])).toEqual(captured(name).events);
});

test.each(captures)('"%s" makes the same events byte by byte', (name) => {
  expect(follow(name, (stream) => Array.from(stream, (byte) => Uint8Array.of(byte)))).toEqual(captured(name).events);
});

test('a captured stream makes the same events however it is cut', () =>
  fc.assert(anyCutFollows.property, { numRuns: 400 }));

test('a captured stream with octets changed never throws: it is followed, or the connection is given up', () =>
  fc.assert(anyHarmFollows.property, { numRuns: 1000 }));
