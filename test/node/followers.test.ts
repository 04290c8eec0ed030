// The thread that follows the sources, over a real directory and a real file.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import * as v from 'valibot';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { wallTime } from '../../src/base/time.ts';
import { Followers } from '../../src/node/followers.ts';
import { HostFault } from '../../src/node/host-fault.ts';
import { makePersonIds } from '../../src/node/person-ids.ts';
import { createReport } from '../../src/node/report.ts';
import { sourceSchema, type SourceConfig } from '../../src/node/source-config.ts';
import { openSqliteChangeLog } from '../../src/node/sqlite-change-log.ts';
import { holdId, sourceKey, sourceName, type ChangeLog } from '../../src/server/change-log.ts';
import { noPriority } from '../../src/server/merge.ts';
import { skipWithout } from '../peers/installed.ts';
import { slapdIsInstalled, startSlapd, type Slapd } from '../peers/slapd.ts';

const people = 300;
const headquarters = sourceName('headquarters');
const embedded = sourceName('embedded');

describe.skipIf(skipWithout('slapd', slapdIsInstalled))('the thread that follows', () => {
  let slapd: Slapd;
  let folder: string;
  let stack: AsyncDisposableStack;
  let threads: Worker[];
  const began = (message: unknown): void => void threads.push((message as { readonly worker: Worker }).worker);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rollcall-followers-'));
    slapd = await startSlapd({ people });
    subscribe('worker_threads', began);
    stack = new AsyncDisposableStack();
    threads = [];
  });
  afterEach(async () => {
    await stack.disposeAsync();
    stack = new AsyncDisposableStack();
    threads = [];
  });
  afterAll(async () => {
    unsubscribe('worker_threads', began);
    await slapd[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const source = (more: object = {}): SourceConfig =>
    v.parse(sourceSchema, {
      name: headquarters,
      kind: 'openldap',
      url: slapd.url,
      bindDn: slapd.sync.dn,
      password: slapd.sync.password,
      base: slapd.people,
      ...more,
    });

  interface Followed {
    readonly log: ChangeLog;
    readonly followers: Followers;
    /** What the server was told went wrong. */
    readonly troubles: string[];
    /** How many words came that something was appended. */
    words: number;
  }

  const newPath = () => join(mkdtempSync(join(folder, 'log-')), 'book.sqlite');

  async function follow(config = source(), path = newPath()): Promise<Followed> {
    const log = stack.use(openSqliteChangeLog({ path }));
    const troubles: string[] = [];
    const trouble = (task: string, fault: unknown): void => void troubles.push(`${task}: ${String(fault)}`);
    const followed = { log, troubles, words: 0 };
    const followers = stack.use(
      await Followers.begin({
        log: { path },
        data: folder,
        sources: [config],
        rules: [],
        priority: noPriority,
        report: { ...createReport('silent'), trouble },
        appended: async () => void (followed.words += 1),
        countLiving: (name) => log.countLiving(name),
      }),
    );
    return Object.assign(followed, { followers });
  }

  const stateOf = ({ followers }: Followed) => followers.sources[0]?.state();

  async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
    for (const end = performance.now() + 30_000; !(await holds()); await sleep(20))
      if (performance.now() > end) throw new Error(`not in time: ${what}`);
  }
  const follows = (followed: Followed) =>
    until('it follows', async () => (await stateOf(followed))?.state === 'following');

  test('a first load is in the log and was told of; embedded persons who are written meanwhile are there too, and nobody twice', async () => {
    const followed = await follow();
    const nextId = makePersonIds(Date.now);
    for (let count = 0; count < 50; count += 1) {
      const person = nextId();
      await followed.log.append({
        source: embedded,
        at: wallTime(Date.now()),
        changes: [{ kind: 'added', person, fields: { name: `Own ${count}` } }],
        links: [{ key: sourceKey(person), person, place: '' }],
      });
    }
    await follows(followed);
    expect(await followed.log.countLiving(headquarters)).toBe(people);
    expect(await followed.log.countLiving(embedded)).toBe(50);
    expect((await followed.log.head()).revision).toBe(people + 50);
    expect(followed.words).toBeGreaterThan(0);
    expect(await stateOf(followed)).toMatchObject({ source: headquarters, state: 'following', persons: people });
    const refusal = await followed.followers.sources[0]?.approve(holdId('nobody'));
    expect(refusal).toMatchObject({ kind: 'refused', status: 404 });
    expect(followed.troubles).toEqual([]);
  });

  test('a thread that ends is told of and begun again, and goes on from where the log stands', async () => {
    const followed = await follow();
    await follows(followed);
    const before = await followed.log.head();
    await threads[0]?.terminate();
    expect(await stateOf(followed)).toMatchObject({
      state: 'lost',
      persons: people,
      problem: expect.stringContaining('it is begun again in 1 s') as string,
    });
    expect(followed.troubles).toEqual([expect.stringContaining('following the sources')]);
    await expect(followed.followers.sources[0]?.reject(holdId('any'))).rejects.toThrow(HostFault);
    await slapd.change(
      `dn: uid=late,${slapd.people}\nchangetype: add\nobjectClass: inetOrgPerson\nuid: late\ncn: Late\nsn: Late\n`,
    );
    await until('the new one', async () => (await followed.log.countLiving(headquarters)) === people + 1);
    await slapd.change(`dn: uid=late,${slapd.people}\nchangetype: delete\n`);
    expect(threads).toHaveLength(2);
    expect((await followed.log.head()).revision).toBe(before.revision + 1);
  });

  test('while the main thread writes in its turn, nothing of the sources is committed; then all of it is', async () => {
    const followed = await follow();
    await follows(followed);
    const { followers, log } = followed;
    const entry = `uid=turn,${slapd.people}`;
    await followers.turns.inTurn(async () => {
      await slapd.change(`dn: ${entry}\nchangetype: add\nobjectClass: inetOrgPerson\nuid: turn\ncn: Turn\nsn: Turn\n`);
      await sleep(100);
      expect(await log.countLiving(headquarters)).toBe(people);
    });
    await until('the new one', async () => (await log.countLiving(headquarters)) === people + 1);
    await slapd.change(`dn: ${entry}\nchangetype: delete\n`);
    const failing = followers.turns.inTurn(() => Promise.reject(new Error('it cannot be written')));
    await expect(failing).rejects.toThrow('it cannot be written');
    await threads[0]?.terminate();
    expect(await followers.turns.inTurn(async () => 'nobody else writes')).toBe('nobody else writes');
  });

  test('stopped in the middle of a load, all that was taken is committed, and no thread is left', async () => {
    const followed = await follow();
    await until('some', async () => (await followed.log.head()).revision > 0);
    await followed.followers[Symbol.asyncDispose]();
    expect(threads.map(({ threadId }) => threadId)).toEqual([-1]);
    const { revision } = await followed.log.head();
    expect(await followed.log.countLiving(headquarters)).toBe(revision);
    expect(followed.troubles).toEqual([]);
  });

  test('stopped while changed settings are tried on a copy, nothing of the copy is left, nor of one that a killed process left', async () => {
    const path = newPath();
    const first = await follow(source(), path);
    await follows(first);
    await first.followers[Symbol.asyncDispose]();
    mkdirSync(join(dirname(path), 'rollcall-preview-killed'));
    const second = await follow(source({ filter: '(uid=nobody)' }), path);
    expect(await stateOf(second)).toMatchObject({ state: 'comparing', persons: people });
    await second.followers[Symbol.asyncDispose]();
    expect(threads.map(({ threadId }) => threadId)).toEqual([-1, -1]);
    expect(readdirSync(dirname(path)).filter((name) => name.startsWith('rollcall-preview'))).toEqual([]);
    expect([await second.log.countLiving(headquarters), second.troubles]).toEqual([people, []]);
  });

  test('what cannot be right in the configuration ends the start, in the administrator’s words', async () => {
    const wrong = follow(source({ url: 'ldap://192.0.2.1', password: 'secret' }));
    await expect(wrong).rejects.toThrow(/sources\.headquarters: the password would go to 192\.0\.2\.1 in clear text/);
    await expect(wrong).rejects.toThrow(HostFault);
    expect(threads.map(({ threadId }) => threadId)).toEqual([-1]);
  });
});
