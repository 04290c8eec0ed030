// A data folder that is restored from an old copy, with a real server process, a real directory, and terminals that
// have seen revisions which the copy has not.

import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PersonId } from '../../src/book/person-id.ts';
import { healthSchema, type Health } from '../../src/wire/admin.ts';
import { parseJson } from '../../src/wire/problem.ts';
import { skipWithout } from '../peers/installed.ts';
import { testPerson } from '../peers/people.ts';
import { slapdIsInstalled, startSlapd, type Slapd } from '../peers/slapd.ts';
import { setTelephone } from './directory.ts';
import { runCommand } from './server-process.ts';
import { until } from './waiting.ts';
import { enter, telephone, type Watched } from './watched.ts';
import { World } from './world.ts';

const people = 6;
const own = { nickname: 'Chief', note: 'tea, no sugar', values: { city: 'Kashgar' } };
const first = testPerson(0, '').attributes['telephoneNumber'] ?? '';

describe.skipIf(skipWithout('slapd', slapdIsInstalled))('a data folder restored from an old copy', () => {
  let stack: AsyncDisposableStack;
  let slapd: Slapd;
  let world: World;
  let copy: string;
  let ada: PersonId;

  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    slapd = stack.use(await startSlapd({ people }));
    world = stack.use(await World.open({ slapd, ownProcess: true }, people));
    copy = join(world.folder, 'copy');
    ada = await world.person(0);
  });
  afterEach(() => stack.disposeAsync());

  const health = async (): Promise<Health & { readonly revision: number }> => {
    const { revision, ...rest } = parseJson(healthSchema, await (await fetch(`${world.url}/health`)).text(), 'health');
    if (revision === undefined) throw new Error('the server tells no revision');
    return { revision, ...rest };
  };
  const reaches = (revision: number): Promise<Health> =>
    until(`revision ${revision}`, health, (now) => now.revision === revision);

  /** A terminal that keeps Ada; then the copy is made. */
  async function copied(transport: 'udp' | 'websocket'): Promise<{ watched: Watched; revision: number }> {
    await world.addClerk();
    const watched = stack.use(await enter(world, { transport }));
    await watched.hold(ada);
    await watched.terminal.writeOwn(ada, own);
    const { revision } = await health();
    await world.stop();
    cpSync(world.data, copy, { recursive: true });
    await world.start();
    return { watched, revision };
  }

  /** Puts the copy in the place of the data folder, as an administrator does who does not know of the command. */
  function putBack(): void {
    rmSync(world.data, { recursive: true });
    cpSync(copy, world.data, { recursive: true });
  }

  const restore = (...words: readonly string[]) => runCommand(['--json', 'restore', ...words, '--data', world.data]);

  /** Altered one after another, each a revision of its own. */
  async function alter(watched: Watched, ...values: readonly string[]): Promise<void> {
    for (const value of values) {
      const from = watched.told.all.length;
      await setTelephone(slapd, 0, value);
      await watched.prompted(from);
    }
  }

  async function expectRight(watched: Watched, ...values: readonly string[]): Promise<void> {
    await until(
      `the entry at ${values.at(-1)}`,
      () => watched.entry(ada),
      ({ base }) => base.officeTelephone === values.at(-1),
    );
    expect((await watched.entry(ada)).own).toMatchObject(own);
    expect((await watched.entry(ada)).state).toBe('held');
    const before = [first, ...values];
    expect(await watched.facts(ada)).toEqual(values.map((value, at) => telephone(before[at], value)));
  }

  const isSubscribed = (watched: Watched, from: number): Promise<unknown> =>
    watched.told.first('live again', (event) => event.kind === 'state' && event.state.kind === 'live', from);

  test.each([
    // A datagram says nothing of a server that came back: it is the hourly question, here one that is asked at once.
    ['udp', 'compares at its next question'],
    ['websocket', 'compares when it subscribes again'],
  ] as const)(
    'over %s a terminal that is ahead of the log %s; the server says in its log and on /health what to do, until that is done',
    async (...[transport]) => {
      const { watched, revision } = await copied(transport);
      await watched.live();
      await alter(watched, '8001', '8002', '8003');
      const { book } = await reaches(revision + 3);
      await world.stop();
      putBack();
      const from = watched.told.all.length;
      await world.start();
      // What the directory has is one change now.
      await reaches(revision + 1);
      if (transport === 'udp') await watched.terminal.sync();
      const told = await until('what /health says', health, ({ behind }) => behind !== undefined);
      expect(told).toMatchObject({ ok: true, book, behind: { revision: revision + 3 } });
      expect(told.behind?.advice).toContain('rollcall restore');
      const line = world.complaints.split('\n').filter((each) => each.includes('"kind":"behind"'));
      expect(line).toHaveLength(1);
      expect(JSON.parse(line[0] ?? '')).toMatchObject({ level: 'error', user: 'clerk', has: revision + 3 });
      await watched.told.first('the comparison', (event) => event.kind === 'step' && event.step === 'S308', from);
      await expectRight(watched, '8001', '8002', '8003');

      await world.stop();
      const done = await restore();
      expect([done.code, done.complaints]).toEqual([0, '']);
      const restored = JSON.parse(done.said) as { readonly book: string; readonly revision: number };
      expect(restored).toMatchObject({ data: world.data, revision: revision + 1 });
      const again = watched.told.all.length;
      await world.start();
      const now = await health();
      expect(now).toEqual({ ...now, ok: true, book: restored.book });
      expect([now.behind, now.book === book]).toEqual([undefined, false]);
      if (transport === 'websocket') await isSubscribed(watched, again);
      await setTelephone(slapd, 0, '8004');
      await reaches(restored.revision + 1);
      if (transport === 'udp') await watched.terminal.sync();
      await expectRight(watched, '8001', '8002', '8003', '8004');
    },
  );

  test('a terminal whose revision the restored log takes again, for another change, is right all the same after `restore`', async () => {
    const { watched, revision } = await copied('websocket');
    await watched.live();
    await alter(watched, '8001');
    await watched[Symbol.asyncDispose](); // its mark is the revision after the copy's
    await world.stop();
    await setTelephone(slapd, 0, '8002');
    const { code } = await restore(copy);
    expect(code).toBe(0);
    await world.start();
    await reaches(revision + 1); // the same revision, and another telephone
    await setTelephone(slapd, 1, '9001');
    await reaches(revision + 2);
    const again = stack.use(await watched.again());
    await again.live();
    await expectRight(again, '8001', '8002');
  });

  test('a running server, a folder without a book, the folder itself, and a file of another kind are refused, and what was there stays', async () => {
    await copied('udp');
    const refused = async (words: readonly string[], why: RegExp): Promise<void> => {
      const { code, said, complaints } = await restore(...words);
      expect([code, said]).toEqual([1, '']);
      expect(complaints).toMatch(why);
    };
    await refused([], /in use by process \d+/);
    await refused([copy], /in use by process \d+/);
    const { book } = await health();
    await world.stop();
    await refused([join(world.folder, 'nowhere')], /there is no book\.sqlite in this folder/);
    await refused([world.data], /the same folder/);
    const odd = join(world.folder, 'odd');
    cpSync(copy, odd, { recursive: true });
    cpSync(join(copy, 'accounts.sqlite'), join(odd, 'book.sqlite'));
    await refused([odd], /another program's file, not a change log/);
    await world.start();
    expect((await health()).book).toBe(book);
  });
});
