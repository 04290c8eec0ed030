import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wallTime } from '../../src/base/time.ts';
import type { ChangeList } from '../../src/book/change-list.ts';
import { personId } from '../../src/book/person-id.ts';
import { openSqliteChangeLog } from '../../src/node/sqlite-change-log.ts';
import { Announcer } from '../../src/server/announcer.ts';
import { sourceName, type ChangeLog } from '../../src/server/change-log.ts';

const source = sourceName('embedded');
let people = 0;
const newPerson = () =>
  personId(`p${(people += 1).toString(5).replaceAll(/\d/g, (digit) => 'abcde'.charAt(Number(digit)))}aaa`);

const append = (log: ChangeLog, count = 1): Promise<ChangeList> =>
  log.append({
    source,
    at: wallTime(1),
    changes: Array.from({ length: count }, () => ({ kind: 'added', person: newPerson(), fields: { name: 'Ada' } })),
  });

async function begin(): Promise<{ log: ChangeLog; announcer: Announcer; announced: ChangeList[] } & AsyncDisposable> {
  const log = openSqliteChangeLog({ path: ':memory:' });
  const announced: ChangeList[] = [];
  const announcer = new Announcer(log, { head: await log.head() }, (list) => announced.push(list));
  return { log, announcer, announced, [Symbol.asyncDispose]: () => log[Symbol.asyncDispose]() };
}

async function caughtUp(announcer: Announcer): Promise<void> {
  while (await announcer.catchUp());
}

/** One of ours; one of others, and whether a word of it comes; two of one word at once. */
const acts = fc.array(fc.constantFrom('ours', 'others', 'others, unsaid', 'word', 'two words'), { maxLength: 30 });

test('however our commits and those of others come in turn, and whatever words of them are late, doubled or lost, each is announced once and in order', () =>
  fc.assert(
    fc.asyncProperty(acts, async (all) => {
      await using world = await begin();
      const { log, announcer, announced } = world;
      for (const act of all) {
        if (act === 'ours') announcer.appended(await append(log));
        if (act === 'others' || act === 'others, unsaid') await append(log);
        if (act === 'word' || act === 'others') await caughtUp(announcer);
        if (act === 'two words') await Promise.all([caughtUp(announcer), caughtUp(announcer)]);
      }
      await caughtUp(announcer);
      const { revision } = await log.head();
      expect(announced.flatMap(({ after, upTo }) => [after, upTo])).toEqual(
        announced.flatMap((_, at) => [announced[at - 1]?.upTo ?? 0, announced[at + 1]?.after ?? revision]),
      );
      expect(announced.flatMap(({ changes }) => changes)).toHaveLength(revision);
    }),
    { numRuns: 60 },
  ));

test('much is announced in parts, none of which is empty', async () => {
  await using world = await begin();
  const { log, announcer, announced } = world;
  await append(log, 1200);
  await caughtUp(announcer);
  expect(announced.map(({ changes }) => changes.length)).toEqual([500, 500, 200]);
  expect(await announcer.catchUp()).toBe(false);
  expect(announced).toHaveLength(3);
});

test('a purge forgets nothing that is not announced, and what is announced nobody needs any more', async () => {
  await using world = await begin();
  const { log, announcer, announced } = world;
  await append(log, 3);
  const purge = () => log.purge({ keep: 0, before: wallTime(9), leftBefore: wallTime(9), upTo: announcer.at });
  await purge();
  await caughtUp(announcer);
  expect(announced.flatMap(({ changes }) => changes)).toHaveLength(3);
  await append(log, 600);
  await announcer.catchUp();
  await purge();
  expect(await log.head()).toMatchObject({ revision: 603, oldest: 503 });
  await caughtUp(announcer);
  expect(announced.flatMap(({ changes }) => changes)).toHaveLength(603);
});

test('where somebody else made the log forget what was not announced, it is said, and nothing is announced as if it were all', async () => {
  await using world = await begin();
  const { log, announcer, announced } = world;
  await append(log, 3);
  await log.purge({ keep: 1, before: wallTime(0), leftBefore: wallTime(0) });
  await expect(announcer.catchUp()).rejects.toThrow(/nothing after 0, up to which it is announced/);
  expect(announced).toEqual([]);
});
