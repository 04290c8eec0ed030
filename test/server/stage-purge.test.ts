import { expect, test } from 'vitest';
import { personId } from '../../src/book/person-id.ts';
import { wallTime } from '../../src/base/time.ts';
import { openSqliteChangeLog } from '../../src/node/sqlite-change-log.ts';
import { defaultBrakeLimits } from '../../src/server/brake.ts';
import { holdId, type ChangeLog } from '../../src/server/change-log.ts';
import { createStage } from '../../src/server/stage.ts';
import { gone, key, person, refresh, source } from './directory.ts';

/** A log that is asked over a network: `meanwhile` happens after `known` was read and before the answer is there. */
const slow = (log: ChangeLog, meanwhile: () => Promise<void>): ChangeLog =>
  new Proxy(log, {
    get: (target, name) => {
      const verb: unknown = Reflect.get(target, name);
      if (name !== 'known') return typeof verb === 'function' ? (verb.bind(target) as unknown) : verb;
      return async (...given: Parameters<ChangeLog['known']>) => {
        const answer = await target.known(...given);
        await meanwhile();
        return answer;
      };
    },
  });

test('a leaver who comes back while a purge forgets leavers is linked still, so that a next leaving is a removal', async () => {
  await using log = openSqliteChangeLog({ path: ':memory:' });
  let now = wallTime(1_700_000_000_000);
  let meanwhile = async (): Promise<void> => undefined;
  const stage = await createStage({
    source,
    changeLog: slow(log, () => meanwhile()),
    brake: defaultBrakeLimits,
    newPersonId: () => personId('ada2'),
    newHoldId: () => holdId('hold'),
    wallClock: () => now,
    announce: () => undefined,
    report: () => undefined,
  });
  const leave = async (): Promise<void> => {
    await stage.take([gone('ada')]);
    now = stage.deadline() ?? now;
    await stage.wake();
  };
  await stage.take([...refresh('one', person('ada'))]);
  await leave();
  meanwhile = () => log.purge({ keep: 0, before: now, leftBefore: wallTime(now + 1) });
  await stage.take([person('ada')]);
  meanwhile = async () => undefined;
  expect([...(await log.known(source, [key('ada')])).values()]).toMatchObject([{ person: 'ada2', left: false }]);
  await leave();
  expect(await log.countLiving(source)).toBe(0);
  expect((await log.persons([personId('ada2')])).persons).toEqual([]);
});
