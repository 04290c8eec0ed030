import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instant } from '../../src/base/time.ts';
import { SendingWindow } from '../../src/server/sending-window.ts';

/** Plainly: who was sent to, since when. */
type Model = Map<number, number>;

const patience = 500;

function forgiveIn(model: Model, now: number): void {
  for (const [one, since] of model) if (since + patience <= now) model.delete(one);
}

test('whatever is sent and answered, as many are let out as the plain model has room for, and nobody waits past the patience', () => {
  const step = fc.record({ passed: fc.constantFrom(0, 1, 100, 499, 500), answered: fc.nat(12), queued: fc.nat(4) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const window = new SendingWindow<number>(3);
      const model: Model = new Map();
      let [now, made] = [0, 0];
      for (const { passed, answered, queued } of steps) {
        now += passed;
        window.answered(answered);
        model.delete(answered);
        for (let count = 0; count < queued; count += 1) window.queue((made += 1));
        window.forgive(instant(now));
        forgiveIn(model, now);
        for (let next = window.next(); next !== undefined; next = window.next()) {
          window.sent(next, instant(now));
          model.set(next, now);
        }
        expect(window.counts.unanswered).toBe(model.size);
        if (window.counts.waiting === 0) continue;
        // Rather too soon than too late: then it is only asked again.
        const due = Math.min(...model.values()) + patience;
        expect(window.deadline()).toBeLessThanOrEqual(due);
        expect(window.deadline()).toBeGreaterThan(now);
      }
    }),
  );
});
