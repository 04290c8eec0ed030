import { expect, test } from 'vitest';
import { personId } from '../../src/book/person-id.ts';
import { instant, wallTime } from '../../src/base/time.ts';
import { openSqliteChangeLog } from '../../src/node/sqlite-change-log.ts';
import { defaultBrakeLimits } from '../../src/server/brake.ts';
import { holdId, type ChangeLog } from '../../src/server/change-log.ts';
import { createStage } from '../../src/server/stage.ts';
import type { Stage } from '../../src/server/stage-options.ts';
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

/** A stage over a log in which, once told, a purge comes between what the stage reads and what it commits. */
class Purged implements AsyncDisposable {
  readonly log: ChangeLog = openSqliteChangeLog({ path: ':memory:' });
  #now = wallTime(1_700_000_000_000);
  #meanwhile = async (): Promise<void> => undefined;
  #made = 1;
  stage!: Stage;

  static async open(): Promise<Purged> {
    const made = new Purged();
    made.stage = await createStage({
      atOnce: 500,
      source,
      changeLog: slow(made.log, () => made.#meanwhile()),
      brake: defaultBrakeLimits,
      newPersonId: () => personId(`ada${(made.#made += 1)}`),
      newHoldId: () => holdId('hold'),
      wallClock: () => made.#now,
      clock: () => instant(made.#now),
      announce: () => undefined,
      report: () => undefined,
    });
    return made;
  }

  async leave(name: string): Promise<void> {
    await this.stage.take([gone(name)]);
    this.#now = wallTime(this.stage.deadline() ?? this.#now);
    await this.stage.wake();
  }

  async purgedMeanwhile(work: () => Promise<void>): Promise<void> {
    const limits = { keep: 0, before: this.#now, leftBefore: wallTime(this.#now + 1) };
    this.#meanwhile = () => this.log.purge(limits);
    await work();
    this.#meanwhile = async () => undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.log[Symbol.asyncDispose]());
  }
}

test('a leaver who comes back while a purge forgets leavers is linked still, so that a next leaving is a removal', async () => {
  await using purged = await Purged.open();
  const { log, stage } = purged;
  await stage.take([...refresh('one', person('ada'))]);
  await purged.leave('ada');
  await purged.purgedMeanwhile(() => stage.take([person('ada')]));
  expect([...(await log.known(source, [key('ada')])).values()]).toMatchObject([{ person: 'ada2', left: false }]);
  await purged.leave('ada');
  expect(await log.countLiving(source)).toBe(0);
  expect((await log.persons([personId('ada2')])).persons).toEqual([]);
});

test.each([
  ['named', () => person('ada')],
  ['said to be present', () => ({ kind: 'present', keys: [key('ada')] }) as const],
])('a leaver who is %s in a whole refresh while a purge forgets leavers is not swept by it', async (_, word) => {
  await using purged = await Purged.open();
  const { log, stage } = purged;
  await stage.take([...refresh('one', person('ada'), person('ben'))]);
  await purged.leave('ada');
  await purged.purgedMeanwhile(() => stage.take([...refresh('two', word(), person('ben'))]));
  expect(await log.countLiving(source)).toBe(2);
  expect(await log.known(source, [key('ada')])).toMatchObject(new Map([['ada', { person: 'ada2', left: false }]]));
});
