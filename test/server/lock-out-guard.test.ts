import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instant, type Instant } from '../../src/base/time.ts';
import { LockOutGuard, type BindAnswer, type BindAttempt } from '../../src/server/lock-out-guard.ts';

const at = (minute: number): Instant => instant(minute * 60_000);

/** A directory with one right password, which counts what it is asked. */
class Directory {
  readonly guard = new LockOutGuard((text) => `digest of ${text}`);
  asked = 0;

  try(password: string, now: Instant, who: Partial<BindAttempt> = {}): Promise<BindAnswer> {
    return this.guard.try({ account: 'ada', password, ...who }, now, async () => {
      this.asked += 1;
      return password === 'right' ? 'right' : password === 'barred' ? 'barred' : 'wrong';
    });
  }
}

test('an old password that is tried each minute for an hour is asked about four times, and a new one goes in meanwhile', async () => {
  const directory = new Directory();
  for (let minute = 0; minute < 60; minute += 1) expect(await directory.try('old', at(minute))).toBe('wrong');
  expect(directory.asked).toBe(4);
  expect(await directory.try('right', at(60))).toBe('right');
});

test('terminals that come back together with the same old password ask once', async () => {
  const directory = new Directory();
  const answers = await Promise.all(Array.from({ length: 50 }, () => directory.try('old', at(0))));
  expect(new Set(answers)).toEqual(new Set(['wrong']));
  expect(directory.asked).toBe(1);
});

test('of guesses four reach the directory, and again four once it has forgotten those', async () => {
  const directory = new Directory();
  for (let guess = 0; guess < 20; guess += 1) await directory.try(`guess ${guess}`, at(0));
  expect(directory.asked).toBe(4);
  expect(await directory.try('another', at(6))).toEqual({ retryAfter: 10 * 60_000 });
  for (let guess = 0; guess < 20; guess += 1) await directory.try(`guess ${guess}`, at(16));
  expect(directory.asked).toBe(8);
});

test('guesses from elsewhere do not shut out an employee where the employee has come in before', async () => {
  const directory = new Directory();
  for (let guess = 0; guess < 20; guess += 1) await directory.try(`guess ${guess}`, at(0));
  expect(await directory.try('right', at(0))).toMatchObject({ retryAfter: expect.any(Number) });
  expect(await directory.try('right', at(0), { knownAt: '192.0.2.7' })).toBe('right');
  expect(await directory.try('right', at(0), { account: 'ben' })).toBe('right');
});

test('right passwords, and accounts that are barred whatever the password, use nothing up and are not remembered', async () => {
  const directory = new Directory();
  for (let time = 0; time < 10; time += 1) {
    expect(await directory.try('right', at(0))).toBe('right');
    expect(await directory.try('barred', at(0))).toBe('barred');
  }
  expect(directory.asked).toBe(20);
});

test('a directory that fails has said nothing of the password: all who wait hear of it, and it is asked again', async () => {
  const guard = new LockOutGuard((text) => text);
  const attempt = { account: 'ada', password: 'x' };
  const failing = () => Promise.reject(new Error('away'));
  const both = [guard.try(attempt, at(0), failing), guard.try(attempt, at(0), failing)];
  expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  for (let time = 0; time < 9; time += 1) await expect(guard.try(attempt, at(0), failing)).rejects.toThrow('away');
  expect(await guard.try(attempt, at(0), async () => 'right')).toBe('right');
});

test('whatever is tried when, an account that locks at five within 15 minutes, as directories count, is not locked', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ minutes: fc.nat(20), password: fc.nat(6) }), { maxLength: 80 }),
      async (tries) => {
        const guard = new LockOutGuard((text) => text);
        let [now, count, lastAt] = [0, 0, -Infinity];
        for (const { minutes, password } of tries) {
          now += minutes;
          await guard.try({ account: 'ada', password: String(password) }, at(now), async () => {
            // Active Directory: the count begins anew once the last failure lies so far back.
            count = now - lastAt >= 15 ? 1 : count + 1;
            lastAt = now;
            return 'wrong';
          });
          expect(count).toBeLessThan(5);
        }
      },
    ),
    { numRuns: 30 },
  ));
