import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instant } from '../../src/base/time.ts';
import { never, SendingWindow, type Sendable } from '../../src/server/sending-window.ts';

/** Plainly: who was sent to, since when. */
type Model = Map<Sendable, number>;

const patience = 500;

function forgiveIn(model: Model, now: number): void {
  for (const [one, since] of model) if (since + patience <= now) model.delete(one);
}

test('whatever is sent and answered, as many are let out as the plain model has room for, and nobody waits past the patience', () => {
  const step = fc.record({ passed: fc.constantFrom(0, 1, 100, 499, 500), answered: fc.nat(12), queued: fc.nat(4) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const window = new SendingWindow(3);
      const model: Model = new Map();
      const made: Sendable[] = [];
      let now = 0;
      for (const { passed, answered, queued } of steps) {
        now += passed;
        const one = made[answered];
        if (one !== undefined) {
          window.answered(one);
          // Also whoever is without an answer, or was sent to before, may come again.
          if (model.delete(one)) window.queue(one);
        }
        for (let count = 0; count < queued; count += 1) {
          const fresh = { awaitedSince: never };
          made.push(fresh);
          window.queue(fresh);
        }
        window.forgive(instant(now));
        forgiveIn(model, now);
        for (let next = window.next(); next !== undefined; next = window.next()) {
          window.sent(next, instant(now));
          model.set(next, now);
        }
        expect(window.counts.unanswered).toBe(model.size);
        if (window.counts.waiting === 0) continue;
        expect(window.deadline()).toBe(Math.min(...model.values()) + patience);
      }
    }),
  );
});
