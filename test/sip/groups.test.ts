import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Groups } from '../../src/sip/groups.ts';

const step = fc.tuple(fc.constantFrom('add', 'delete'), fc.nat(2), fc.nat(4));

test('however things are added and taken away, each key has its own, once, in the order in which they were added', () =>
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const members = Array.from({ length: 5 }, (_, name) => ({ name }));
      const groups = new Groups<number, { readonly name: number }>();
      const plain = new Map<number, Set<{ readonly name: number }>>([0, 1, 2].map((key) => [key, new Set()]));
      for (const [kind, key, name] of steps) {
        const member = members[name];
        if (member === undefined) continue;
        groups[kind](key, member);
        plain.get(key)?.[kind](member);
        for (const [each, set] of plain) expect(groups.of(each)).toEqual([...set]);
      }
    }),
  ));
