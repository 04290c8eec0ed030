import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instant } from '../../src/base/time.ts';
import { alarm, alarms } from '../../src/sip/agenda.ts';

test('however alarms are set, moved and dropped, they ring in order and the soonest is known', () =>
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(20), fc.option(fc.nat(1000)))), (orders) => {
      const agenda = alarms();
      const rung: number[] = [];
      const twentyOne = Array.from({ length: 21 }, (_, name) => alarm(() => void rung.push(name)));
      const plain = new Map<number, number>();
      for (const [name, at] of orders) {
        const each = twentyOne[name];
        if (each === undefined) continue;
        if (at === null) {
          agenda.drop(each);
          plain.delete(name);
        } else {
          agenda.set(each, instant(at));
          plain.set(name, at);
        }
        expect(agenda.soonest()).toBe(plain.size === 0 ? undefined : Math.min(...plain.values()));
      }
      agenda.ring(instant(500));
      const due = [...plain].filter(([, at]) => at <= 500);
      expect(rung.map((name) => plain.get(name))).toEqual(due.map(([, at]) => at).sort((one, other) => one - other));
      expect(new Set(rung)).toEqual(new Set(due.map(([name]) => name)));
    }),
  ));

test('an alarm that is set for never does not ring', () => {
  const agenda = alarms();
  const each = alarm(() => expect.unreachable());
  agenda.set(each, instant(5));
  agenda.set(each, instant(Infinity));
  expect(agenda.soonest()).toBeUndefined();
  agenda.ring(instant(10));
});
