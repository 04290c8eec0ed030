// The stage against a model: a directory in which anything happens, over a connection that breaks at any
// time, with processes that end at any time. At the end the log has whom the directory has.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { milliseconds, wallTime } from '../../src/base/time.ts';
import type { Fields } from '../../src/book/person.ts';
import { mostRemovals } from '../../src/server/brake.ts';
import type { SourceKey } from '../../src/server/change-log.ts';
import type { SourceEvent, SourcePerson } from '../../src/server/source.ts';
import { Bench, gone, key, person, source } from './directory.ts';

const brake = { count: 3, percent: 10, container: { persons: 4, percent: 60 } };
const names = Array.from({ length: 40 }, (_, index) => `p${index}`);

interface Put {
  readonly kind: 'put';
  readonly who: number;
  readonly title: number;
  readonly manager: number | undefined;
  readonly place: number;
}

type Step =
  | Put
  /** All of it is heard at once. */
  | { readonly kind: 'burst'; readonly all: readonly (Put | number)[] }
  | { readonly kind: 'delete'; readonly from: number; readonly count: number }
  | { readonly kind: 'pass'; readonly milliseconds: number }
  | { readonly kind: 'reconnect'; readonly how: 'full' | 'present' | 'deletes'; readonly cutAfter: number | undefined }
  | { readonly kind: 'hidden'; readonly to: number }
  | { readonly kind: 'restart' }
  | { readonly kind: 'decide'; readonly approve: boolean }
  | { readonly kind: 'undo' }
  | { readonly kind: 'restore'; readonly who: number };

const put: fc.Arbitrary<Put> = fc.record({
  kind: fc.constant('put' as const),
  who: fc.nat(39),
  title: fc.nat(2),
  manager: fc.option(fc.nat(39), { nil: undefined }),
  place: fc.nat(2),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: put },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('burst' as const),
      all: fc.array(fc.oneof({ weight: 4, arbitrary: put }, { weight: 1, arbitrary: fc.nat(39) }), { maxLength: 12 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('delete' as const),
      from: fc.nat(39),
      count: fc.integer({ min: 1, max: 8 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), milliseconds: fc.constantFrom(1, 3000, 6000, 700_000) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('reconnect' as const),
      how: fc.constantFrom('full' as const, 'present' as const, 'deletes' as const),
      cutAfter: fc.option(fc.nat(20), { nil: undefined }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('hidden' as const), to: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('decide' as const), approve: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('undo' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restore' as const), who: fc.nat(39) }) },
);

/** A directory that remembers when each of its entries was last touched. Cookies count its changes. */
class Directory {
  readonly entries = new Map<string, SourcePerson>();
  /** Who was ever at a place. */
  readonly visitors = new Map<string, Set<string>>();
  readonly #touched = new Map<string, number>();
  #clock = 0;

  get cookie(): string {
    return String(this.#clock);
  }

  put(each: Put): readonly SourceEvent[] {
    const name = names[each.who] ?? '';
    const managerPlace = each.manager === undefined ? {} : { managerPlace: `cn=p${each.manager}-0` };
    const entry = person(name, { title: String(each.title) }, { place: `cn=${name}-${each.place}`, ...managerPlace });
    this.entries.set(name, entry);
    this.visitors.set(entry.place, (this.visitors.get(entry.place) ?? new Set()).add(name));
    this.#touch(name);
    return [entry, { kind: 'checkpoint', cookie: this.cookie }];
  }

  delete(name: string): readonly SourceEvent[] {
    if (!this.entries.delete(name)) return [];
    this.#touch(name);
    return [gone(name), { kind: 'checkpoint', cookie: this.cookie }];
  }

  refresh(
    how: 'full' | 'present' | 'deletes',
    cookie: string | undefined,
    shown: ReadonlySet<string>,
  ): readonly SourceEvent[] {
    const since = cookie === undefined || how === 'full' ? -1 : Number(cookie);
    const there = [...this.entries].filter(([name]) => shown.has(name));
    const changed = there.filter(([name]) => (this.#touched.get(name) ?? 0) > since).map(([, entry]) => entry);
    const unchanged = there.filter(([name]) => (this.#touched.get(name) ?? 0) <= since).map(([name]) => key(name));
    const deleted = [...this.#touched]
      .filter(([name, at]) => at > since && !this.entries.has(name))
      .map(([name]) => gone(name));
    const sweep = how !== 'deletes' || since === -1;
    return [
      ...changed,
      ...(sweep ? [{ kind: 'present', keys: unchanged } as const] : deleted),
      { kind: 'refreshed', sweep, cookie: this.cookie },
    ];
  }

  #touch(name: string): void {
    this.#clock += 1;
    this.#touched.set(name, this.#clock);
  }
}

class Play {
  readonly bench: Bench;
  readonly directory = new Directory();
  connected = false;

  constructor(bench: Bench) {
    this.bench = bench;
  }

  async step(each: Step): Promise<void> {
    const { bench, directory } = this;
    switch (each.kind) {
      case 'put':
        return this.live(directory.put(each));
      case 'burst':
        return this.live(
          each.all.flatMap((one) =>
            typeof one === 'number' ? directory.delete(names[one] ?? '') : directory.put(one),
          ),
        );
      case 'delete':
        for (const name of names.slice(each.from, each.from + each.count)) await this.live(directory.delete(name));
        return;
      case 'pass':
        return bench.pass(each.milliseconds);
      case 'reconnect':
        return this.connect(each.how, each.cutAfter);
      case 'hidden':
        // The account's right to read most entries is lost for one full refresh, and is back by the next.
        return this.connect('full', undefined, new Set(names.slice(0, each.to)));
      case 'restart':
        this.connected = false;
        return bench.restart();
      case 'undo':
        for (const { id } of await bench.log.approvedHolds()) await bench.stage.undo(id);
        return;
      case 'restore':
        return void (await bench.stage.restore(key(names[each.who] ?? '')));
      case 'decide':
        for (const hold of await bench.log.holds())
          await (each.approve && this.right(hold.removals.map((removal) => removal.key))
            ? bench.stage.approve(hold.id)
            : bench.stage.reject(hold.id));
        for (const { id } of await bench.log.heldFields())
          await (each.approve ? bench.stage.approve(id) : bench.stage.reject(id));
    }
  }

  async connect(
    how: 'full' | 'present' | 'deletes',
    cutAfter?: number,
    shown: ReadonlySet<string> = new Set(names),
  ): Promise<void> {
    const events = this.directory.refresh(how, await this.bench.stage.cookie(), shown);
    await this.bench.take({ kind: 'began' }, ...events.slice(0, cutAfter));
    this.connected = cutAfter === undefined || cutAfter >= events.length;
    if (!this.connected)
      await this.bench.take({ kind: 'lost', problem: 'cut', retryInMilliseconds: milliseconds(1000) });
  }

  async live(events: readonly SourceEvent[]): Promise<void> {
    if (this.connected) await this.bench.take(...events);
  }

  /** An administrator approves only what the directory really lacks. */
  right(keys: readonly SourceKey[]): boolean {
    return keys.every((each) => !this.directory.entries.has(each));
  }

  /** What the log shall have of those whom the directory has. */
  async wanted(): Promise<Map<SourceKey, Fields>> {
    const living = await this.bench.living();
    const byPlace = new Map<string, string>();
    for (const entry of this.directory.entries.values()) byPlace.set(entry.place, entry.key);
    const wanted = new Map<SourceKey, Fields>();
    for (const entry of this.directory.entries.values()) {
      const manager = byPlace.get(entry.managerPlace ?? '') ?? (await this.formerlyAt(entry.managerPlace));
      const id = manager === undefined ? undefined : await this.bench.idOf(manager);
      // A manager who is held lives on, and is named as long.
      const held = living.get(entry.key)?.manager;
      wanted.set(entry.key, {
        ...entry.fields,
        ...(id !== undefined
          ? { manager: id }
          : held !== undefined && (await this.isHeld(held))
            ? { manager: held }
            : {}),
      });
    }
    return wanted;
  }

  /** Whom a reference to a place means that nobody is at now: of those who were there, whom the log saw there last. */
  async formerlyAt(place = ''): Promise<string | undefined> {
    const there = (await this.bench.log.knownAt(source, [place])).get(place) ?? [];
    const found = there.find(({ left }) => !left)?.key;
    if (found !== undefined) expect(this.directory.visitors.get(place)?.has(found)).toBe(true);
    return found;
  }

  async isHeld(id: string): Promise<boolean> {
    return (await this.bench.log.holds()).some((hold) => hold.removals.some((removal) => removal.person === id));
  }
}

test('whatever happens, the log ends with whom the directory has and whom the brake holds, and the brake holds', () =>
  fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80, size: 'max' }), async (steps) => {
      const bench = await Bench.open({ brake });
      const play = new Play(bench);
      names.forEach((_, who) => play.directory.put({ kind: 'put', who, title: 0, manager: who >> 2, place: 0 }));
      await play.connect('full');
      for (const each of steps) {
        await play.step(each);
        const since = wallTime(bench.now - 600_000);
        expect((await bench.log.leftSince(source, since)).length).toBeLessThanOrEqual(
          mostRemovals(brake, names.length),
        );
      }
      await bench.pass(1_200_000);
      await play.connect('full');
      await bench.pass(1_200_000);
      const living = await bench.living();
      const held = new Set((await bench.log.holds()).flatMap((hold) => hold.removals.map((removal) => removal.key)));
      const wanted = await play.wanted();
      expect(await bench.settled()).toEqual(await bench.withoutHeld(wanted));
      // A field is held only where the directory has none.
      for (const { field, persons } of await bench.log.heldFields())
        for (const each of persons)
          expect([field, play.directory.entries.get(each.key)?.managerPlace]).toEqual(['manager', undefined]);
      expect([...held].every((each) => living.has(each) && !play.directory.entries.has(each))).toBe(true);
      // The log, followed from its begin, gives the same persons.
      const whole = new Map<string, Fields>();
      for await (const page of (await bench.log.book()).pages) for (const each of page) whole.set(each.id, each.fields);
      expect(await bench.replayed()).toEqual(whole);
      expect(whole.size).toBe(living.size);
      expect(await bench.log.countLiving(source)).toBe(living.size);
      // And nothing is done twice.
      const before = await bench.revision();
      await play.connect('full');
      expect(await bench.revision()).toBe(before);
      await bench.log[Symbol.asyncDispose]();
    }),
    { numRuns: 150 },
  ));
